"""What must hold before anything about an incident is written, and what a person is told if not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents.models import (
    Action,
    Agency,
    AlertGroup,
    Audience,
    Category,
    Incident,
    LinkedPupil,
)
from pupils.models import Pupil
from safeguard.errors import DomainError

MOST_CATEGORIES = 3
MOST_REFINED = 5
CLOCKS_MAY_DIFFER = timedelta(minutes=5)
# A child's whole time at school and more; before that it is a slip in typing the year.
LONGEST_AGO = timedelta(days=25 * 366)

# Only those who read a whole thread turn its state, decide, or speak for the school.
LEADING_KINDS = frozenset(
    {
        Action.Kind.DECISION,
        Action.Kind.REFERRAL,
        Action.Kind.OUTCOME,
        Action.Kind.CATEGORIES,
        Action.Kind.MESSAGE,
        Action.Kind.CLOSED,
        Action.Kind.REOPENED,
        Action.Kind.CORRECTION,
    }
)

# They change what everybody sees of the incident, so everybody who reads it reads them.
FOR_EVERYBODY = frozenset(
    {
        *(Action.Kind.CATEGORIES, Action.Kind.MESSAGE, Action.Kind.CLOSED),
        *(Action.Kind.REOPENED, Action.Kind.MISTAKE),
    }
)

# Made on pages of their own, with more to say than an entry's text.
MADE_ELSEWHERE = frozenset({Action.Kind.MISTAKE, Action.Kind.CATEGORIES})


class NotYet(DomainError):
    """The time given lies in the future, or too long ago to be meant."""


class WrongCategories(DomainError):
    """None, too many, or not from that part of the school's own list which is open here."""


class SaysNothing(DomainError):
    """Nothing was seen, told, said or heard."""


class NotInThread(DomainError):
    """The person may not make this kind of entry here."""


class TooManyToday(DomainError):
    """More incidents in a day than a person writes."""


class NotOfThisSchool(DomainError):
    """Something was picked that is not on the school's own list."""


class HasLeft(DomainError):
    """A pupil is no longer on the roll."""


class WrongLinks(DomainError):
    """A pupil is linked twice, or without saying which part they played."""


class NotAColleague(DomainError):
    """Somebody to be alerted does not work at the school, or does not record."""


class MayKnow(Protocol):
    """Says whether somebody may be told."""

    def may_know(self, person: UUID) -> bool: ...


@dataclass(frozen=True)
class Linked:
    """Another pupil in an incident, as the reporter says it."""

    pupil: Pupil
    role: str
    in_chronology: bool = True


@dataclass(frozen=True)
class Account:
    """What the reporter writes, each part in its own field."""

    saw: str = ""
    told: str = ""
    told_by: str = ""
    child_words: str = ""
    heard: str = ""
    opinion: str = ""
    done_already: str = ""
    parents_told: str = ""
    parents_detail: str = ""
    medical: str = ""
    told_in_person: str = ""
    late_reason: str = ""

    def require_something(self) -> None:
        """Raise SaysNothing unless something was seen, told, said or heard."""
        if not any((self.saw, self.told, self.child_words, self.heard)):
            raise SaysNothing("Describe what happened: what you saw, were told or heard.")


def start_of_today() -> datetime:
    """Return last midnight in the school's time, from which limits of a day are counted."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)


def leads(viewer: Viewer, incident: Incident) -> bool:
    """Return whether this person's rights let them act on an incident, and not only read it."""
    if incident.school_id != viewer.school_id or not viewer.has(Permission.READ_INCIDENTS):
        return False
    return Incident.objects.led_by(viewer).contains(incident)


def kinds_open_to(viewer: Viewer, incident: Incident) -> list[Action.Kind]:
    """Return the kinds of entry that this person may make under this incident now."""
    in_lead = leads(viewer, incident)
    if not in_lead and not Incident.objects.written_by_or_told_to(viewer).contains(incident):
        return []
    return [
        kind
        for kind in Action.Kind
        if kind not in MADE_ELSEWHERE and (in_lead or kind not in LEADING_KINDS)
    ]


def may_refine(viewer: Viewer, incident: Incident) -> bool:
    """Return whether this person may set the incident's categories anew."""
    return viewer.has(Permission.REFINE_CATEGORIES) and leads(viewer, incident)


def require_past(occurred_at: datetime) -> None:
    """Refuse the future, beyond what two clocks may differ, and what must be a slip of the year."""
    now = timezone.now()
    if occurred_at > now + CLOCKS_MAY_DIFFER:
        raise NotYet("Give a date and time that is not in the future.")
    if occurred_at < now - LONGEST_AGO:
        raise NotYet("Check the year: the date is more than 25 years ago.")


def require_categories(by: Viewer, categories: Sequence[Category]) -> None:
    """Refuse none, too many, sub-categories, retired ones and those of another school."""
    known = all(
        category.school_id == by.school_id
        and category.parent_id is None
        and category.retired_on is None
        for category in categories
    )
    limited = {category.pk for category in categories if category.added_by_grant}
    if limited:
        open_to_them = Category.objects.visible_to(by).recorded_in_by(by).filter(pk__in=limited)
        known = known and open_to_them.count() == len(limited)
    if not known or not 1 <= len(set(categories)) <= MOST_CATEGORIES:
        raise WrongCategories("Choose one, two or three categories.")


def require_refined(by: Viewer, categories: Sequence[Category]) -> None:
    """Refuse none, too many, and what is not in use on this school's list, on either level."""
    to_choose = Category.objects.visible_to(by).in_use()
    wanted = {category.pk for category in categories}
    known = to_choose.filter(pk__in=wanted).exclude(parent__retired_on__isnull=False).count()
    if known < len(wanted) or not 1 <= len(wanted) <= MOST_REFINED:
        raise WrongCategories("Choose between one and five categories.")


def most_particular(categories: Sequence[Category]) -> list[Category]:
    """Return each category once, without those for which a sub-category speaks already."""
    spoken_for = {category.parent_id for category in categories}
    return [one for one in dict.fromkeys(categories) if one.pk not in spoken_for]


def require_colleagues(by: Viewer, people: Sequence[User]) -> None:
    """Refuse anybody who does not work here today, or could not open what they are told of."""
    wanted = {person.pk for person in people}
    if not wanted:
        return
    found = User.objects.who_record_at(by.school, timezone.localdate()).filter(pk__in=wanted)
    if wanted - set(found.values_list("pk", flat=True)):
        raise NotAColleague("Choose the staff to alert from the list.")


def require_subjects(by: Viewer, subjects: Sequence[User], alerted: Sequence[User]) -> None:
    """Refuse strangers among those whom it is about, oneself, and anybody who is to be told of it."""
    wanted = {person.pk for person in subjects}
    if not wanted:
        return
    here = User.objects.working_at(by.school, timezone.localdate()).filter(pk__in=wanted)
    if by.user_id in wanted or here.count() < len(wanted):
        raise NotAColleague("Choose the member of staff whom it is about from the list.")
    if wanted & {person.pk for person in alerted}:
        raise NotAColleague("Somebody whom it is about cannot be alerted to it.")


def require_may_be_told(kept: MayKnow, alerted: Sequence[User]) -> None:
    """Refuse to alert by name somebody who may not know of it, as a parent of the child."""
    away = [person.name for person in alerted if not kept.may_know(person.pk)]
    if away:
        raise NotAColleague(f"{', '.join(away)} cannot be alerted to this. Choose somebody else.")


def require_audience(
    by: Viewer, audience: str, kind: str, *, leads: bool, alerted: Sequence[User]
) -> None:
    """Let leads alone limit who reads an entry; and nobody what turns the incident for all."""
    if audience == Audience.THREAD:
        return
    if not leads or not by.has(Permission.RESTRICT):
        raise NotInThread("You cannot limit who reads this entry.")
    if audience not in Audience or kind in FOR_EVERYBODY:
        raise NotInThread("This kind of entry is for everybody who may read the incident.")
    if audience == Audience.NAMED and not alerted:
        raise NotAColleague("Choose who may read it, under who is told.")


def require_own_lists(by: Viewer, agencies: Sequence[Agency], groups: Sequence[AlertGroup]) -> None:
    """Refuse entries of another school's lists, retired ones, and groups that are not for picking."""
    picked = all(group.purpose == AlertGroup.Purpose.PICKED for group in groups)
    entries: list[Agency | AlertGroup] = [*agencies, *groups]
    if not picked or any(
        entry.school_id != by.school_id or entry.retired_on is not None for entry in entries
    ):
        raise NotOfThisSchool("Choose agencies and alert groups from the lists.")


def require_pupils(by: Viewer, pupil: Pupil, linked: Sequence[Linked]) -> None:
    """Refuse another school's children and leavers, one child twice, and a link that says no part."""
    pupils = [pupil, *(link.pupil for link in linked)]
    if any(one.school_id != by.school_id for one in pupils):
        raise NotOfThisSchool("Choose the pupil from the list.")
    left = [one for one in pupils if one.leaving_date is not None]
    if left:
        raise HasLeft(has_left(left))
    if any(link.pupil.pk == pupil.pk for link in linked):
        raise WrongLinks(
            f"{pupil.name} is the pupil whom it is about. Take them off the other pupils."
        )
    if len({one.pk for one in pupils}) < len(pupils):
        raise WrongLinks("Link each pupil once.")
    if any(link.role not in LinkedPupil.Part for link in linked):
        raise WrongLinks("Say what part each linked pupil played.")


def has_left(pupils: Sequence[Pupil]) -> str:
    """Say that nothing can be recorded here about these pupils, and what to do instead."""
    names = " and ".join(pupil.name for pupil in pupils)
    have = "has" if len(pupils) == 1 else "have"
    return (
        f"{names} {have} left the school, so nothing new is recorded about them here. "
        "Tell the DSL. What you have typed is still here."
    )


def require_not_too_many(by: Viewer) -> None:
    """Stop a script that got hold of a session; no person writes a hundred in a day (SR-66)."""
    today = Incident.objects.filter(reported_by=by.user, recorded_at__gte=start_of_today())
    if today.count() >= settings.INCIDENTS_A_DAY:
        raise TooManyToday(
            f"You have recorded {settings.INCIDENTS_A_DAY} incidents today, which is the most in one day. "
            "Tell the DSL in person. What you have written is kept as a draft."
        )
