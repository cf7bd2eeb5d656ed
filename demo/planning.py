"""Which child gets which narrative on which day: believable, repeatable, no sentence too often."""

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from demo import material
from demo.material import DemoSchool, Narrative, Story
from incidents.injuries import YEARS
from pupils.models import Pupil

MOST_USES = 5  # of one sentence, in all incidents of both schools
# Weeks of the year without school, by ISO week: Christmas, half-terms, Easter, summer.
HOLIDAYS = {1, 8, 15, 16, 22, 31, 32, 33, 34, 35, 44, 52, 53}


@dataclass(frozen=True)
class Planned:
    """An incident that the demo will have."""

    narrative: Narrative
    pupil: Pupil
    linked: Pupil | None
    occurred_at: datetime
    recorded_at: datetime


def sentences(narrative: Narrative) -> set[str]:
    """Return what is said in a narrative and its actions, sentence by sentence."""
    texts = [text for name, text in narrative.account.items() if name != "told_by"]
    texts += [text for step in narrative.steps for text in (step.narrative, step.reasons)]
    said = (part.strip() for text in texts for part in re.split(r"(?<=[.!?])\s+", text))
    return {part for part in said if len(part.split()) > 2}


class Chooser:
    """Hands out narratives so that none is heard too often."""

    def __init__(self, chance: random.Random):
        self.chance = chance
        self.sentences = {entry.id: sentences(entry) for entry in material.narratives()}
        self.uses: Counter[str] = Counter()
        self.said: Counter[str] = Counter()
        self.heard_enough: set[str] = set()  # sentences

    def count(self, narrative: Narrative) -> None:
        """Note that a narrative has been used."""
        self.uses[narrative.id] += 1
        said = self.sentences.get(narrative.id) or sentences(narrative)
        self.said.update(said)
        self.heard_enough.update(one for one in said if self.said[one] >= MOST_USES)

    def next_for(self, pupil: Pupil, phase: str) -> Narrative | None:
        """Return the least used narrative that suits the child; None when all have been heard."""
        suiting = [
            narrative
            for narrative in material.narratives()
            if suits(narrative, pupil, phase) and not self._heard_enough(narrative)
        ]
        if not suiting:
            return None
        self.chance.shuffle(suiting)
        chosen = min(suiting, key=lambda narrative: self.uses[narrative.id])
        self.count(chosen)
        return chosen

    def _heard_enough(self, narrative: Narrative) -> bool:
        return not self.heard_enough.isdisjoint(self.sentences[narrative.id])


def suits(narrative: Narrative, pupil: Pupil, phase: str) -> bool:
    """Return whether a narrative could be about this child."""
    if narrative.ages not in {"any", phase}:
        return False
    if narrative.only_for:
        return False
    if narrative.years is None or phase == "secondary":
        return True
    first, last = (YEARS.index(year) for year in narrative.years)
    return first <= YEARS.index(pupil.year_group) <= last


def school_days(until: date) -> list[date]:
    """Return the days of the past year on which there was school, and today if it is a weekday."""
    days = [until - timedelta(days=ago) for ago in range(365)]
    return [
        day
        for day in reversed(days)
        if day.weekday() < 5
        and (day.isocalendar().week not in HOLIDAYS or until - day < timedelta(8))
    ]


def plan_school(
    school: DemoSchool,
    pupils: Sequence[Pupil],
    now: datetime,
    chooser: Chooser,
    most: int | None = None,
) -> list[Planned]:
    """Return a school's year of incidents, oldest first; `most` makes a small one for a test."""
    chance = random.Random(f"{school.slug} year")
    taken: set = set()
    planned = list(_stories(school, pupils, now, chance, chooser, taken))
    others = [pupil for pupil in pupils if pupil.pk not in taken]
    known = chance.sample(others, k=int(len(others) * 0.42))
    weights = [chance.paretovariate(1.4) for _ in known]
    days = school_days(now.date())
    recent = [1 + 2 * (index / len(days)) ** 6 for index in range(len(days))]
    while len(planned) < (school.incidents if most is None else most):
        pupil = chance.choices(known, weights=[min(weight, 9) for weight in weights])[0]
        narrative = chooser.next_for(pupil, school.phase)
        if narrative is None:
            break
        day = chance.choices(days, weights=recent)[0]
        occurred = moment(day, narrative.hour, chance)
        recorded = occurred + timedelta(minutes=chance.randrange(6, 170))
        if recorded > now:
            continue
        linked = _another(pupil, pupils, chance) if narrative.linked else None
        planned.append(Planned(narrative, pupil, linked, occurred, recorded))
    return sorted(planned, key=lambda entry: entry.recorded_at)[:most]


def moment(day: date, hour: int, chance: random.Random) -> datetime:
    """Return a time within an hour of the school day."""
    return datetime.combine(day, time(hour, chance.randrange(60)), tzinfo=UTC)


def _stories(school, pupils, now, chance, chooser, taken: set) -> Iterable[Planned]:
    monday = now.date() - timedelta(days=now.weekday())  # the stories count back from a Monday
    for story in material.stories():
        if story.school != school.slug:
            continue
        first, second = _children(story, pupils, taken, chance)
        for entry in story.incidents:
            occurred = moment(monday - timedelta(days=entry.days_ago), entry.hour, chance)
            late = timedelta(days=entry.recorded_late_days, minutes=chance.randrange(8, 90))
            chooser.count(entry)
            child, other = (first, second) if entry.pupil == 1 else (second, first)
            linked = other if entry.linked else None
            yield Planned(entry, child, linked, occurred, occurred + late)


def _children(
    story: Story, pupils: Sequence[Pupil], taken: set, chance: random.Random
) -> tuple[Pupil, Pupil]:
    free = [pupil for pupil in pupils if pupil.pk not in taken]
    firsts = [pupil for pupil in free if pupil.year_group == story.year_group]
    second_year = story.second_year_group or story.year_group
    seconds = [pupil for pupil in free if pupil.year_group == second_year]
    pairs = [(one, two) for one in firsts for two in seconds if one != two]
    if story.second_relation == "sibling":
        pairs = [pair for pair in pairs if pair[0].surname == pair[1].surname] or pairs
    pair = chance.choice(pairs)
    taken.update(pupil.pk for pupil in pair)
    return pair


def _another(pupil: Pupil, pupils: Sequence[Pupil], chance: random.Random) -> Pupil:
    year = [other for other in pupils if other.year_group == pupil.year_group and other != pupil]
    return chance.choice(year)
