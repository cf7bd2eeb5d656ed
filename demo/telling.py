"""Tells a planned incident through the ordinary services, at the time it is said to have happened."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import School
from accounts.viewer import Viewer
from demo.material import Step
from demo.planning import Planned
from incidents import services
from incidents.models import Action, Agency, Alert, Category, Incident, Level

LEVELS = {"record": Level.RECORD, "review": Level.REVIEW, "urgent": Level.URGENT}
CLOSINGS = (
    "Closed on {day} after the team meeting. {pupil} has been settled in {form} since.",
    "We looked at {pupil}'s file together on {day} and nothing new has come. Closed.",
    "{pupil} says it has got better, and {form} staff agree. Closed on {day} by {lead}.",
    "Closed by {lead} on {day}: what {pupil} needed has been put in place.",
    "Checked with {pupil} on {day}. Nothing further for now, so this is closed.",
    "At the review on {day} everybody who works with {pupil} was content to close this.",
)
THANKS = (
    "Thank you, {author}. I have seen {pupil} and it is in hand. {lead}",
    "Thank you for writing this down, {author}: it helped us with {pupil}. {lead}",
    "{author}, we have spoken with {pupil}. Please keep an eye out this week. {lead}",
    "Read and acted on, {author}. You were right to record it about {pupil}. {lead}",
)


@dataclass
class Cast:
    """Who works at the school, as viewers, and its lists."""

    school: School
    viewers: dict[str, list[Viewer]]
    categories: dict[str, Category]
    agencies: dict[str, Agency]
    set_clock: Callable[[datetime], None]
    chance: random.Random
    by_user: dict[UUID, Viewer] = field(default_factory=dict)

    def __post_init__(self):
        for people in self.viewers.values():
            self.by_user.update({viewer.user_id: viewer for viewer in people})

    def one(self, role: str, planned: Planned) -> Viewer:
        """Return a person for a role; the same child tends to meet the same adult."""
        people = self.viewers.get(role) or self.viewers["teacher"]
        if role in {"teacher", "support"} and self.chance.random() < 0.6:
            return people[int(planned.pupil.pk) % len(people)]
        return self.chance.choice(people)


@dataclass(frozen=True)
class Sitting:
    """A moment at which somebody goes through what they were told."""

    at: datetime
    reader: Viewer
    alerts: list[Alert]


def tell(cast: Cast, planned: Planned, now: datetime) -> Incident:
    """Record the incident and what followed it up to now; who read it, `read` tells."""
    author = cast.one(planned.narrative.author, planned)
    cast.set_clock(planned.recorded_at)
    incident = _incident(cast, planned, author)
    last = planned.recorded_at
    for act, at in _steps(cast, planned, incident, author, now):
        cast.set_clock(at)
        act()
        last = at
    _thank(cast, planned, incident, author, last, now)
    _close(cast, planned, incident, last, now)
    return incident


def sittings(cast: Cast, now: datetime) -> list[Sitting]:
    """Return when people mark as read what they were told; what is recent may still be unread.

    What is urgent they read within the half-hour, the rest at their next sitting.
    """
    found: dict[tuple[datetime, UUID], Sitting] = {}
    told = Alert.objects.filter(incident__school=cast.school).select_related("incident")
    for alert in told.order_by("recorded_at", "recipient", "id"):
        at, reader = _reads_at(cast, alert), alert.recipient_id
        is_old = now - alert.recorded_at > timedelta(days=7)
        if at < now and (is_old or cast.chance.random() < 0.8):
            sitting = found.setdefault((at, reader), Sitting(at, cast.by_user[reader], []))
            sitting.alerts.append(alert)
    return [found[when] for when in sorted(found)]


def read(cast: Cast, sitting: Sitting) -> None:
    """Let somebody mark as read what they were told."""
    cast.set_clock(sitting.at)
    services.acknowledge_alerts(by=sitting.reader, alerts=sitting.alerts)


def _reads_at(cast: Cast, alert: Alert) -> datetime:
    is_urgent = alert.action_id is None and alert.incident.level == Level.URGENT
    hours = (0.2 if is_urgent else 3.0) * cast.chance.uniform(0.2, 3)
    at = school_hours(alert.recorded_at + timedelta(hours=hours))
    return at if is_urgent else _next_sitting(at, alert.recipient_id)


def _next_sitting(at: datetime, reader: UUID) -> datetime:
    """Return when this person next sits down to what has come in: in the afternoon, or at first."""
    late = timedelta(minutes=(int(reader) + at.toordinal()) % 17)  # nobody is a clock
    today = at.replace(second=0, microsecond=0)
    morning = school_hours((today + timedelta(days=1)).replace(hour=8, minute=20))
    afternoon = today.replace(hour=15, minute=45)
    return (afternoon if at <= afternoon + late else morning) + late


def words_for(planned: Planned) -> dict[str, str]:
    """Return what stands in the narrative's gaps."""
    girl = planned.pupil.sex.upper().startswith("F")
    he, him, his = ("she", "her", "her") if girl else ("he", "him", "his")
    return {
        "pupil": planned.pupil.forename,
        "he": he,
        "him": him,
        "his": his,
        "He": he.capitalize(),
        "His": his.capitalize(),
        "himself": "herself" if girl else "himself",
        "linked": planned.linked.forename if planned.linked else "",
        "form": planned.pupil.form,
    }


def _incident(cast: Cast, planned: Planned, author: Viewer) -> Incident:
    told = planned.narrative
    words = words_for(planned)
    account = {name: text.format(**words) for name, text in told.account.items()}
    named = (
        cast.viewers["pastoral"] if told.level == "review" and cast.chance.random() < 0.2 else []
    )
    return services.add_incident(
        by=author,
        submission=UUID(int=cast.chance.getrandbits(128), version=4),
        pupil=planned.pupil,
        account=services.Account(**account),
        level=LEVELS[told.level],
        occurred_at=planned.occurred_at,
        precision=cast.chance.choices(list(Incident.Precision), weights=(60, 32, 8))[0],
        place=told.place,
        categories=[cast.categories[name] for name in dict.fromkeys(told.categories)][:3],
        linked=[services.Linked(planned.linked, told.linked)] if planned.linked else [],
        agencies=[cast.agencies[name] for name in told.agencies if name in cast.agencies],
        alerted=[cast.chance.choice(named).user] if named else [],
        marks=told.marks,
    )


def _steps(
    cast: Cast, planned: Planned, incident: Incident, author: Viewer, now: datetime
) -> Iterator[tuple[Callable[[], Action], datetime]]:
    earliest = planned.recorded_at
    for step in planned.narrative.steps:
        at = school_hours(max(earliest, planned.occurred_at + timedelta(hours=step.after_hours)))
        if at > now:
            return
        earliest = at + timedelta(minutes=5)
        words = words_for(planned)
        by = _actor(cast, step, author, incident)
        agencies = planned.narrative.agencies
        known = cast.agencies.get(agencies[0]) if agencies else None

        def act(step=step, at=at, words=words, by=by, known=known):
            if step.categories:
                return _refine(cast, step, incident, words, by, at)
            return services.add_action(
                by=by,
                submission=UUID(int=cast.chance.getrandbits(128), version=4),
                incident=incident,
                kind=step.kind,
                narrative=step.narrative.format(**words),
                occurred_at=at - timedelta(minutes=cast.chance.randrange(2, 40)),
                decision=step.decision,
                reasons=step.reasons.format(**words),
                impact=step.impact.format(**words),
                agency=known if step.kind in {"agency_contact", "referral"} else None,
            )

        yield act, at


def _refine(
    cast: Cast, step: Step, incident: Incident, words: dict[str, str], by: Viewer, at: datetime
) -> Action:
    return services.refine_categories(
        by=by,
        submission=UUID(int=cast.chance.getrandbits(128), version=4),
        incident=incident,
        categories=[cast.categories[name] for name in step.categories],
        reasons=step.narrative.format(**words),
        occurred_at=at,
    )


def _actor(cast: Cast, step: Step, author: Viewer, incident: Incident) -> Viewer:
    if step.by == "author" and step.kind not in services.LEADING_KINDS:
        return author
    leads = cast.viewers["dsl" if step.by == "dsl" else "deputy_dsl"]
    return leads[int(incident.pk) % len(leads)]


def school_hours(at: datetime) -> datetime:
    """Return the moment itself, or the next school morning when it falls outside school hours."""
    while at.weekday() > 4 or not 8 <= at.hour < 18:
        at = (at + timedelta(days=1 if at.hour >= 18 or at.weekday() > 4 else 0)).replace(hour=8)
        at = at.replace(minute=at.minute % 50 + 5)
    return at


def _thank(cast, planned: Planned, incident: Incident, author: Viewer, last: datetime, now) -> None:
    at = school_hours(last + timedelta(hours=2))
    lead = cast.viewers["dsl"][0]
    if at > now or author.user_id == lead.user_id or cast.chance.random() > 0.12:
        return
    cast.set_clock(at)
    services.add_action(
        by=lead,
        submission=UUID(int=cast.chance.getrandbits(128), version=4),
        incident=incident,
        kind=Action.Kind.MESSAGE,
        narrative=cast.chance.choice(THANKS).format(
            author=author.user.name.split()[0], pupil=planned.pupil.name, lead=lead.user.name
        ),
        occurred_at=at,
    )


def _close(cast, planned: Planned, incident: Incident, last: datetime, now: datetime) -> None:
    at = school_hours(last + timedelta(days=cast.chance.randrange(4, 24)))
    seldom = planned.narrative.level == "record"  # read, and left as it is
    if at > now or cast.chance.random() > (0.2 if seldom else 0.9):
        return
    lead = cast.viewers["dsl"][0]
    cast.set_clock(at)
    services.add_action(
        by=lead,
        submission=UUID(int=cast.chance.getrandbits(128), version=4),
        incident=incident,
        kind=Action.Kind.CLOSED,
        narrative=cast.chance.choice(CLOSINGS).format(
            pupil=planned.pupil.name,
            form=planned.pupil.form,
            day=f"{at:%-d %B}",
            lead=lead.user.name,
        ),
        occurred_at=at,
    )
