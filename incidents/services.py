"""What people do with incidents: log, act, acknowledge, report a mistake, mark as significant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents import recipients
from incidents.models import (
    Acknowledgement,
    Action,
    Agency,
    Alert,
    AlertGroup,
    Attachment,
    Category,
    Draft,
    Incident,
    IncidentAgency,
    IncidentCategory,
    LinkedPupil,
    Significance,
    Upload,
)
from incidents.references import new_reference
from pupils.models import Pupil
from safeguard import outbox
from safeguard.errors import DomainError
from safeguard.models import Outbox

MOST_CATEGORIES = 3
CLOCKS_MAY_DIFFER = timedelta(minutes=5)
REFERENCE_TRIES = 5

# Only those who read a whole thread turn its state, decide, or speak for the school.
LEADING_KINDS = frozenset(
    {
        Action.Kind.DECISION,
        Action.Kind.REFERRAL,
        Action.Kind.OUTCOME,
        Action.Kind.MESSAGE,
        Action.Kind.CLOSED,
        Action.Kind.REOPENED,
        Action.Kind.CORRECTION,
    }
)


class NotYet(DomainError):
    """The time given lies in the future."""


class WrongCategories(DomainError):
    """None, too many, or not from the top level of the school's own list."""


class SaysNothing(DomainError):
    """Nothing was seen, told, said or heard."""


class NotInThread(DomainError):
    """The person may not make this kind of entry here."""


class NotAColleague(DomainError):
    """Somebody to be alerted does not work at the school, or does not record."""


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

    def require_something(self) -> None:
        """Raise SaysNothing unless something was seen, told, said or heard."""
        if not any((self.saw, self.told, self.child_words, self.heard)):
            raise SaysNothing("Describe what happened: what you saw, were told or heard.")


def add_incident(
    *,
    by: Viewer,
    submission: UUID,
    pupil: Pupil,
    account: Account,
    level: int,
    occurred_at: datetime,
    precision: str = Incident.Precision.EXACT,
    place: str = "",
    place_detail: str = "",
    categories: Sequence[Category],
    linked: Sequence[Linked] = (),
    agencies: Sequence[Agency] = (),
    alerted: Sequence[User] = (),
    groups: Sequence[AlertGroup] = (),
) -> Incident:
    """Record an incident about a pupil and alert the leads and everybody who was picked.

    One transaction: incident, its parts, alerts, errands and the draft's end, or nothing. The
    same submission twice, also at once, is one incident.
    """
    by.require(Permission.ADD_INCIDENT)
    account.require_something()
    _require_past(occurred_at)
    _require_categories(by, categories)
    _require_colleagues(by, alerted)
    _require_pupils(by, [pupil, *(link.pupil for link in linked)])
    existing = _submitted(by, submission)
    if existing is not None:
        return existing
    try:
        with transaction.atomic():
            incident = _insert_with_free_reference(
                school=by.school,
                submission=submission,
                reported_by=by.user,
                pupil=pupil,
                occurred_at=occurred_at,
                precision=precision,
                place=place,
                place_detail=place_detail,
                level=level,
                **vars(account),
            )
            _add_parts(incident, categories, linked, agencies)
            _attach(by, submission, incident, None)
            told = recipients.gather(
                school=by.school,
                on=timezone.localdate(),
                author=by.user,
                named=alerted,
                groups=groups,
            )
            _alert(incident, None, told)
            Draft.objects.filter(pk=submission, author=by.user).delete()
    except IntegrityError:
        existing = _submitted(by, submission)
        if existing is None:
            raise
        return existing
    return incident


def add_action(
    *,
    by: Viewer,
    submission: UUID,
    incident: Incident,
    kind: str,
    narrative: str,
    occurred_at: datetime,
    decision: str = "",
    reasons: str = "",
    impact: str = "",
    agency: Agency | None = None,
    alerted: Sequence[User] = (),
    groups: Sequence[AlertGroup] = (),
) -> Action:
    """Add an entry to an incident's thread, on closed incidents too, and alert those who need it.

    The author of the incident is told when the entry is a message to them.
    """
    by.require(Permission.ADD_ACTION)
    if not Incident.objects.visible_to(by).contains(incident):
        raise NotInThread("You cannot add to this incident.")
    if kind in LEADING_KINDS and kind not in kinds_open_to(by, incident):
        raise NotInThread("Elevate access to make this kind of entry.")
    if kind == Action.Kind.DECISION and not (decision and reasons.strip()):
        raise DomainError("Choose the decision and give your reasons.")
    _require_past(occurred_at)
    _require_colleagues(by, alerted)
    told = recipients.gather(
        school=by.school, on=timezone.localdate(), author=by.user, named=alerted, groups=groups
    )
    if kind == Action.Kind.MESSAGE:
        told = _with(told, incident.reported_by, Alert.Because.REPORTER, by)
    return _insert_action(
        by=by,
        submission=submission,
        incident=incident,
        told=told,
        kind=kind,
        narrative=narrative,
        occurred_at=occurred_at,
        decision=decision,
        reasons=reasons,
        impact=impact,
        agency=agency,
    )


def report_mistake(*, by: Viewer, submission: UUID, incident: Incident, narrative: str) -> Action:
    """Tell the school's site leads what is wrong in an incident; the incident stays as it is."""
    by.require(Permission.READ_OWN)
    if incident.reported_by_id != by.user_id or incident.school_id != by.school_id:
        raise NotInThread("You can report a mistake in what you wrote yourself.")
    told = [
        (person, Alert.Because.MISTAKE)
        for person in recipients.site_leads(by.school, timezone.localdate())
        if person.pk != by.user_id
    ]
    return _insert_action(
        by=by,
        submission=submission,
        incident=incident,
        told=told,
        kind=Action.Kind.MISTAKE,
        narrative=narrative,
        occurred_at=timezone.now(),
    )


def acknowledge_alert(*, by: Viewer, alert: Alert) -> Acknowledgement:
    """Note that the alerted person has read it; a second time changes nothing."""
    by.require(Permission.READ_ALERTED)
    if alert.recipient_id != by.user_id:
        raise NotInThread("Only the person alerted can mark this as read.")
    acknowledgement, _ = Acknowledgement.objects.get_or_create(alert=alert, defaults={"by": by.user})
    return acknowledgement


def mark_significant(*, by: Viewer, incident: Incident, significant: bool) -> Significance:
    """Mark an incident as a significant event in the child's life, or take the mark back."""
    by.require(Permission.MARK_SIGNIFICANT)
    if not Incident.objects.read_in_full_by(by).contains(incident):
        raise NotInThread("You cannot mark this incident.")
    return Significance.objects.create(incident=incident, significant=significant, by=by.user)


def kinds_open_to(viewer: Viewer, incident: Incident) -> list[Action.Kind]:
    """Return the kinds of entry that this person may make under this incident now."""
    leads = Incident.objects.read_in_full_by(viewer).contains(incident)
    return [
        kind
        for kind in Action.Kind
        if kind != Action.Kind.MISTAKE and (leads or kind not in LEADING_KINDS)
    ]


def _require_past(occurred_at: datetime) -> None:
    if occurred_at > timezone.now() + CLOCKS_MAY_DIFFER:
        raise NotYet("Give a date and time that is not in the future.")


def _require_categories(by: Viewer, categories: Sequence[Category]) -> None:
    known = all(
        category.school_id == by.school_id
        and category.parent_id is None
        and category.retired_on is None
        for category in categories
    )
    if not known or not 1 <= len(set(categories)) <= MOST_CATEGORIES:
        raise WrongCategories("Choose one, two or three categories.")


def _require_colleagues(by: Viewer, people: Sequence[User]) -> None:
    wanted = {person.pk for person in people}
    found = User.objects.who_record_at(by.school, timezone.localdate()).filter(pk__in=wanted)
    if wanted - set(found.values_list("pk", flat=True)):
        raise NotAColleague("Choose the staff to alert from the list.")


def _require_pupils(by: Viewer, pupils: Sequence[Pupil]) -> None:
    if any(pupil.school_id != by.school_id for pupil in pupils):
        raise DomainError("Choose the pupil from the list.")
    if len({pupil.pk for pupil in pupils}) < len(pupils):
        raise DomainError("Link each pupil once, and not the pupil whom it is about.")


def _submitted(by: Viewer, submission: UUID) -> Incident | None:
    return Incident.objects.filter(submission=submission, reported_by=by.user).first()


def _insert_with_free_reference(**fields) -> Incident:
    for _ in range(REFERENCE_TRIES - 1):
        reference = new_reference()
        if not Incident.objects.filter(school=fields["school"], reference=reference).exists():
            return Incident.objects.create(reference=reference, **fields)
    return Incident.objects.create(**fields)


def _add_parts(incident, categories, linked, agencies) -> None:
    IncidentCategory.objects.bulk_create(
        IncidentCategory(
            incident=incident, category=category, wording=category.name, colour=category.colour
        )
        for category in dict.fromkeys(categories)
    )
    LinkedPupil.objects.bulk_create(
        LinkedPupil(
            incident=incident, pupil=link.pupil, role=link.role, in_chronology=link.in_chronology
        )
        for link in linked
    )
    IncidentAgency.objects.bulk_create(
        IncidentAgency(incident=incident, agency=agency, wording=agency.name)
        for agency in dict.fromkeys(agencies)
    )


def _attach(by: Viewer, submission: UUID, incident: Incident, action: Action | None) -> None:
    waiting = Upload.objects.filter(draft=submission, author=by.user)
    Attachment.objects.bulk_create(
        Attachment(
            incident=incident,
            action=action,
            name=upload.name,
            content_type=upload.content_type,
            size=upload.size,
            sha256=upload.sha256,
            stored_as=upload.stored_as,
        )
        for upload in waiting.order_by("sent_at", "id")
    )
    waiting.delete()


def _alert(incident: Incident, action: Action | None, told: Sequence[tuple[User, str]]) -> None:
    alerts = Alert.objects.bulk_create(
        Alert(incident=incident, action=action, recipient=person, because=because)
        for person, because in told
    )
    for alert in alerts:
        outbox.put(Outbox.Kind.ALERT, alert.pk)


def _with(told, person: User, because: str, by: Viewer) -> list[tuple[User, str]]:
    others = [pair for pair in told if pair[0].pk != person.pk]
    return others if person.pk == by.user_id else [*others, (person, because)]


def _insert_action(
    *, by: Viewer, submission: UUID, incident: Incident, told: Sequence[tuple[User, str]], **fields
) -> Action:
    mine = Action.objects.filter(submission=submission, author=by.user)
    existing = mine.first()
    if existing is not None:
        return existing
    try:
        with transaction.atomic():
            action = Action.objects.create(
                submission=submission, incident=incident, author=by.user, **fields
            )
            _attach(by, submission, incident, action)
            _alert(incident, action, told)
    except IntegrityError:
        existing = mine.first()
        if existing is None:
            raise
        return existing
    return action
