"""Data to measure on, and one place that collects the figures."""

import json
import os
import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.permissions import Role
from incidents.models import Action
from incidents.services import Account
from tests import factories

WORDS = [
    "during",
    "the",
    "lesson",
    "the",
    "child",
    "sat",
    "alone",
    "and",
    "said",
    "little",
    "when",
    "asked",
    "about",
    "the",
    "weekend",
    "at",
    "home",
    "there",
    "had",
    "been",
    "shouting",
    "and",
    "a",
    "neighbour",
    "had",
    "come",
    "round",
    "with",
    "food",
    "and",
    "a",
    "coat",
    "staff",
    "noticed",
    "the",
    "shoes",
    "were",
    "wet",
    "and",
    "lent",
    "a",
    "pair",
    "from",
    "the",
    "cupboard",
    "before",
    "lunch",
]


MOST_BY_ONE = 40  # incidents: nobody may record more than a hundred in a day


class Figures:
    """Collects what was measured and writes it where script/bench looks for it."""

    def __init__(self):
        self.found: dict[str, object] = {}

    def keep(self, name: str, value: object) -> None:
        """Keep one figure and show it."""
        self.found[name] = value
        print(f"\n{name}: {value}")  # noqa: T201

    def write(self, path: Path) -> None:
        """Write all figures, beside those of other processes."""
        known = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(json.dumps(known | self.found, indent=2))


@pytest.fixture(scope="session")
def figures():
    collected = Figures()
    yield collected
    target = os.environ.get("SAFEGUARD_BENCH_RESULT")
    if target:
        collected.write(Path(target))


def milliseconds(work: Callable[[], object], times: int = 15) -> float:
    """Return the median of several runs after one that is not counted."""
    work()
    spans = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spans.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(spans), 2)


def story(chance: random.Random, words: int = 90) -> str:
    """Return about 500 letters of believable length."""
    return " ".join(chance.choices(WORDS, k=words)).capitalize() + "."


def history(by, lead, about, incidents: int, *, actions: int = 2) -> None:
    """Give a pupil so many incidents, each with so many actions."""
    chance = random.Random(incidents)
    writers = [by]
    for number in range(incidents):
        if number % MOST_BY_ONE == MOST_BY_ONE - 1:
            writer = factories.person(f"Writer{incidents}{number} Bench", by.school, Role.TEACHER)
            writers.append(writer)
        incident = factories.incident(
            writers[-1],
            about,
            account=Account(saw=story(chance), child_words=story(chance, 20)),
            occurred_at=factories.ago(days=1 + number, hours=2),
            categories=["Home and family", "Presentation"][: 1 + number % 2],
        )
        for turn in range(actions):
            factories.action(
                lead,
                incident,
                kind=Action.Kind.UPDATE,
                narrative=story(chance, 40),
                occurred_at=factories.ago(days=1 + number, minutes=50 - turn),
            )


@pytest.fixture
def school(oak, team, ada, dee, dan):
    """A school whose leads are alerted to everything."""
    factories.grant(oak, Role.DEPUTY_DSL, "Home and family")
    return oak
