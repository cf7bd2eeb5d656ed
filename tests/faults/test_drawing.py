"""FI-37: what a long run does to a copy is drawn from its seed, and can be drawn again."""

from tests.faults.harness import FAULTS, order

EVERY = {f"{kind} {name}" for kind, names in FAULTS.items() for name in names}


def test_a_seed_draws_the_same_faults_again_and_another_seed_others():
    drawn = order(7, 60, None, [*FAULTS])

    assert order(7, 60, None, [*FAULTS]) == drawn
    assert order(7, 30, None, [*FAULTS]) == drawn[:30]
    assert order(8, 60, None, [*FAULTS]) != drawn


def test_each_fault_comes_once_before_any_comes_twice():
    drawn = order(7, 2 * len(EVERY), None, [*FAULTS])

    assert set(drawn[: len(EVERY)]) == EVERY
    assert sorted(drawn) == sorted(2 * [*EVERY])


def test_only_some_kinds_or_one_part_can_be_asked_for():
    assert {one.split()[0] for one in order(7, 60, None, ["kill"])} == {"kill"}
    assert set(order(7, 20, "postgres", [*FAULTS])) == {
        "kill postgres",
        "stop postgres",
        "cut postgres",
    }
