"""Nothing acknowledged is ever lost: real processes of a running copy are killed while submitting.

`script/faults` does the same for longer, with as many kills and writers as one likes.
"""

import random

from tests.faults.harness import count, run

WRITERS = 4
ENOUGH = 24  # acknowledgements that make the count worth something
SEED = 1
VICTIMS = ["web", "worker", "valkey", "postmaster", "mail", "signer", "postgres", "beat", "backend"]


def test_every_receipt_shown_is_there_after_everything_was_killed(copy):
    """P1, SR-57, FI-02, FI-03, FI-08: all of it dies by kill -9, and I1 to I8 hold."""
    copy.wait_until_well()
    faults = [f"kill {name}" for name in random.Random(SEED).sample(VICTIMS, len(VICTIMS))]

    before, told, died = run(
        copy, writers=WRITERS, acknowledgements=ENOUGH, faults=faults, seed=SEED, breath=0.5
    )
    result = count(copy, before, told, died, SEED, WRITERS, ENOUGH)
    print("\n" + "\n".join(result.lines()))  # noqa: T201

    assert result.acknowledged >= ENOUGH
    assert sum(died.values()) == len(VICTIMS)
    assert (result.lost, result.doubled, result.given_up) == (0, 0, 0)
    assert result.mails_sent == result.mails_due
    assert result.ledger_gaps == 0
    before.assert_hold(told)
