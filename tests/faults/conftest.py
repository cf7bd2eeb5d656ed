"""One running copy for all that is done to it: it has to come back from each thing anyway."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.invariants import Invariants
from tests.faults.running import Copy
from tests.faults.teacher import Teacher
from tests.faults.writers import Told, answers, teachers

# All of these in one worker of pytest-xdist, so that there is one copy.
TOGETHER = "running-copy"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the copy; nothing else may be marked so."""
    for item in items:
        if "copy" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.processes)
            item.add_marker(pytest.mark.xdist_group(TOGETHER))


@pytest.fixture(scope="session")
def copy(tmp_path_factory) -> Iterator[Copy]:
    running = Copy(Path(tmp_path_factory.mktemp("copy")), "faults")
    try:
        assert running.address
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def invariants(copy) -> Invariants:
    return Invariants(copy)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture(scope="session")
def filled_in(copy) -> dict:
    """What every field of the form is answered with."""
    return answers(copy)


@pytest.fixture(scope="session")
def _teacher(copy) -> Teacher:
    (teacher,) = teachers(copy, 1)
    return teacher


@pytest.fixture
def teacher(copy, _teacher) -> Teacher:
    """Somebody who is signed in, with a copy that answers."""
    copy.wait_until_well()
    return _teacher
