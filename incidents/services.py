"""What people do with incidents: log, act, acknowledge, report a mistake, mark as significant."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents import bodies, drafting, marking, recipients, rules
from incidents.files import hold_draft
from incidents.injuries import Mark, WrongMark, require_marks
from incidents.models import (
    Acknowledgement,
    Action,
    ActionCategory,
    ActionReader,
    Agency,
    Alert,
    AlertGroup,
    Attachment,
    Audience,
    BodyMark,
    Category,
    Incident,
    IncidentAgency,
    IncidentCategory,
    Level,
    LinkedPupil,
    Significance,
    Subject,
    Upload,
)
from incidents.outlines import figure_of
from incidents.references import new_reference
from incidents.rules import (
    LEADING_KINDS,
    Account,
    Linked,
    NotAColleague,
    NotInThread,
    NotOfThisSchool,
    NotYet,
    SaysNothing,
    TooManyToday,
    WrongCategories,
    WrongLinks,
    kinds_open_to,
    may_refine,
)
from ledger.recording import record
from pupils.models import Pupil
from safeguard import outbox
from safeguard.errors import DomainError
from safeguard.failpoints import failpoint
from safeguard.models import Outbox

__all__ = [
    "LEADING_KINDS",
    "Account",
    "Linked",
    "Mark",
    "NotAColleague",
    "NotInThread",
    "NotOfThisSchool",
    "NotYet",
    "SaysNothing",
    "TooManyToday",
    "WrongCategories",
    "WrongLinks",
    "WrongMark",
    "acknowledge_alerts",
    "add_action",
    "add_incident",
    "kinds_open_to",
    "mark_significant",
    "may_refine",
    "refine_categories",
    "report_mistake",
]

REFERENCE_TRIES = 5


class AlreadySent(DomainError):
    """Somebody else sent a form with the same id, as from a page left open on a shared computer."""


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
    subjects: Sequence[User] = (),
    marks: Sequence[Mark] = (),
    figure: str = "",
) -> Incident:
    """Record an incident about a pupil and alert the leads and everybody who was picked.

    Nobody is told who is too near to a child in it, or whom it is about (subjects). One transaction: incident, its parts, alerts, errands and the draft's end, or nothing. The
    same submission twice, also at once, is one incident.
    """
    by.require(Permission.ADD_INCIDENT)
    existing = _submitted(by, submission)
    if existing is not None:
        return existing
    account.require_something()
    rules.require_past(occurred_at)
    rules.require_categories(by, categories)
    rules.require_colleagues(by, alerted)
    rules.require_own_lists(by, agencies, groups)
    rules.require_pupils(by, pupil, linked)
    rules.require_subjects(by, subjects, alerted)
    require_marks(marks)
    rules.require_not_too_many(by)
    kept = recipients.kept_from_those_near(
        [pupil.pk, *(link.pupil.pk for link in linked)], subjects, timezone.localdate()
    )
    rules.require_may_be_told(kept, alerted)
    failpoint("submit.before_tx")
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
            failpoint("submit.after_incident")
            parts = _add_parts(incident, categories, linked, agencies)
            drawn = BodyMark.objects.bulk_create(
                marking.rows_of(marks, figure or (figure_of(by, pupil) if marks else ""), incident)
            )
            files = _attach(by, submission, incident, None)
            told = recipients.gather(
                school=by.school,
                on=timezone.localdate(),
                author=by.user,
                named=alerted,
                groups=groups,
                kept=kept,
            )
            about = Subject.objects.bulk_create(
                Subject(incident=incident, user=person, named_by=by.user)
                for person in dict.fromkeys(subjects)
            )
            alerts = _alert(incident, None, told)
            failpoint("submit.after_outbox")
            drafting.end_draft(by=by, incident=incident)
            said = bodies.of_incident(incident, files=files, marks=drawn, **parts)
            record(said, *map(bodies.of_subject, about), *map(bodies.of_alert, alerts), by=by)
            failpoint("submit.before_ledger")  # the database writes it as it commits
    except IntegrityError:
        existing = _submitted(by, submission)
        if existing is None:
            raise
        return existing
    failpoint("submit.after_commit_before_response")
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
    audience: str = Audience.THREAD,
) -> Action:
    """Add an entry to an incident's thread, on closed incidents too, and alert those who need it.

    The author of the incident is told when the entry is a message to them. An entry that is not
    for the whole thread is for its author and those alerted by name, or for the DSL as well.
    """
    by.require(Permission.ADD_ACTION)
    open_kinds = kinds_open_to(by, incident)
    leads = not LEADING_KINDS.isdisjoint(open_kinds)
    if not open_kinds:
        raise NotInThread("You cannot add to this incident.")
    if kind not in open_kinds:
        raise NotInThread("You cannot make this kind of entry here with the access you have now.")
    if kind == Action.Kind.DECISION and not (decision and reasons.strip()):
        raise DomainError("Choose the decision and give your reasons.")
    rules.require_audience(by, audience, kind, leads=leads, alerted=alerted)
    rules.require_past(occurred_at)
    rules.require_colleagues(by, alerted)
    rules.require_own_lists(by, [agency] if agency else [], groups)
    told = _gather(by, incident, alerted, groups, audience)
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
        audience=audience,
        readers=alerted if audience != Audience.THREAD else (),
    )


def refine_categories(
    *,
    by: Viewer,
    submission: UUID,
    incident: Incident,
    categories: Sequence[Category],
    reasons: str,
    occurred_at: datetime,
    alerted: Sequence[User] = (),
    groups: Sequence[AlertGroup] = (),
) -> Action:
    """Set an incident's categories anew, by an entry; what its author chose stays as it was."""
    mine = Action.objects.filter(submission=submission, author=by.user).first()
    if mine is not None:  # also when the refinement took one's own access away
        return mine
    by.require(Permission.REFINE_CATEGORIES)
    if not may_refine(by, incident):
        raise NotInThread("You cannot refine this incident's categories with your access now.")
    rules.require_refined(by, categories)
    if not reasons.strip():
        raise SaysNothing("Give your reasons.")
    rules.require_past(occurred_at)
    rules.require_colleagues(by, alerted)
    rules.require_own_lists(by, [], groups)
    told = _gather(by, incident, alerted, groups)
    # What the leads make of it is not told to whoever reported it by a group they happen to be in.
    told = [
        (person, why)
        for person, why in told
        if person.pk != incident.reported_by_id or why == Alert.Because.NAMED
    ]
    return _insert_action(
        by=by,
        submission=submission,
        incident=incident,
        told=told,
        categories=rules.most_particular(categories),
        kind=Action.Kind.CATEGORIES,
        narrative=reasons,
        occurred_at=occurred_at,
    )


def report_mistake(*, by: Viewer, submission: UUID, incident: Incident, narrative: str) -> Action:
    """Tell the school's site leads what is wrong in an incident; the incident stays as it is."""
    by.require(Permission.READ_OWN)
    mine = Incident.objects.visible_to(by).written_by(by.user)
    if not mine.contains(incident):
        raise NotInThread("You can report a mistake in what you wrote yourself.")
    kept = recipients.kept_from(incident, timezone.localdate())
    told = [
        (person, Alert.Because.MISTAKE)
        for person in recipients.site_leads(by.school, timezone.localdate())
        if person.pk != by.user_id and kept.may_know(person.pk)
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


def acknowledge_alerts(*, by: Viewer, alerts: Sequence[Alert]) -> list[Acknowledgement]:
    """Note that the alerted person has read these; a second time changes nothing."""
    by.require(Permission.READ_ALERTED)
    if any(
        alert.recipient_id != by.user_id or alert.incident.school_id != by.school_id
        for alert in alerts
    ):
        raise NotInThread("Only the person alerted can mark this as read.")
    # In one order, so that two windows in which the same is marked do not wait for each other.
    told = {alert.pk: alert for alert in sorted(alerts, key=lambda alert: alert.pk)}
    mine = [Acknowledgement(alert=alert, by=by.user) for alert in told.values()]
    with transaction.atomic(savepoint=False):  # nothing in it can fail and be gone on from
        Acknowledgement.objects.bulk_create(mine, ignore_conflicts=True)
        noted = list(Acknowledgement.objects.filter(alert__in=told).order_by("alert"))
        for one in noted:
            one.alert = told[one.alert_id]
        new = {one.pk for one in mine}
        record(*(bodies.of_acknowledgement(one) for one in noted if one.pk in new), by=by)
    return noted


def mark_significant(*, by: Viewer, incident: Incident, significant: bool) -> Significance:
    """Mark an incident as a significant event in the child's life, or take the mark back."""
    by.require(Permission.MARK_SIGNIFICANT)
    if not rules.leads(by, incident):
        raise NotInThread("You cannot mark this incident.")
    with transaction.atomic(savepoint=False):
        mark = Significance.objects.create(incident=incident, significant=significant, by=by.user)
        record(bodies.of_significance(mark), by=by)
    return mark


def _submitted(by: Viewer, submission: UUID) -> Incident | None:
    return Incident.objects.filter(submission=submission, reported_by=by.user).first()


def _insert_with_free_reference(**fields: Any) -> Incident:
    for _ in range(REFERENCE_TRIES - 1):
        reference = new_reference()
        if not Incident.objects.filter(school=fields["school"], reference=reference).exists():
            return Incident.objects.create(reference=reference, **fields)
    return Incident.objects.create(**fields)


class Parts(TypedDict):
    """The rows that belong to an incident from its beginning."""

    categories: list[IncidentCategory]
    linked: list[LinkedPupil]
    agencies: list[IncidentAgency]


def _add_parts(
    incident: Incident,
    categories: Sequence[Category],
    linked: Sequence[rules.Linked],
    agencies: Sequence[Agency],
) -> Parts:
    return Parts(
        categories=IncidentCategory.objects.bulk_create(
            IncidentCategory(
                incident=incident, category=category, wording=category.name, colour=category.colour
            )
            for category in dict.fromkeys(categories)
        ),
        linked=LinkedPupil.objects.bulk_create(
            LinkedPupil(
                incident=incident,
                pupil=link.pupil,
                role=link.role,
                in_chronology=link.in_chronology,
            )
            for link in linked
        ),
        agencies=IncidentAgency.objects.bulk_create(
            IncidentAgency(incident=incident, agency=agency, wording=agency.name)
            for agency in dict.fromkeys(agencies)
        ),
    )


def _categorise(action: Action, categories: Sequence[Category]) -> list[ActionCategory]:
    return ActionCategory.objects.bulk_create(
        ActionCategory(
            action=action,
            category=category,
            wording=category.name,
            parent_wording=category.parent.name if category.parent else "",
            colour=category.colour,
        )
        for category in categories
    )


def _attach(
    by: Viewer, submission: UUID, incident: Incident, action: Action | None
) -> list[Attachment]:
    # Locked, so that a file which is being added or removed in another window is attached or not there.
    hold_draft(submission)
    mine = Upload.objects.filter(draft=submission, author=by.user)
    waiting = list(mine.select_for_update().order_by("sent_at", "id"))
    if not waiting:
        return []
    attached = Attachment.objects.bulk_create(
        Attachment(
            incident=incident,
            action=action,
            name=upload.name,
            content_type=upload.content_type,
            size=upload.size,
            sha256=upload.sha256,
            stored_as=upload.stored_as,
        )
        for upload in waiting
    )
    mine.filter(pk__in=[upload.pk for upload in waiting]).delete()
    return attached


def _alert(
    incident: Incident, action: Action | None, told: Sequence[tuple[User, str]]
) -> list[Alert]:
    alerts = Alert.objects.bulk_create(
        Alert(incident=incident, action=action, recipient=person, because=because)
        for person, because in told
    )
    urgent = incident.level == Level.URGENT
    keys = [alert.pk for alert in alerts]
    outbox.put(Outbox.Kind.ALERT, keys, school=incident.school_id, urgent=urgent)
    return alerts


def _gather(
    by: Viewer,
    incident: Incident,
    alerted: Sequence[User],
    groups: Sequence[AlertGroup],
    audience: str = Audience.THREAD,
) -> list[tuple[User, Alert.Because]]:
    """Return who is told of an entry: never who may not know of the incident, or of the entry."""
    today = timezone.localdate()
    kept = recipients.kept_from(incident, today)
    rules.require_may_be_told(kept, alerted)
    if audience != Audience.THREAD:
        kept = kept.but_for(recipients.readers_of(audience, _ids(alerted), by.school, today))
    return recipients.gather(
        school=by.school, on=today, author=by.user, named=alerted, groups=groups, kept=kept
    )


def _ids(people: Sequence[User]) -> list[UUID]:
    return [person.pk for person in people]


def _with(
    told: Sequence[tuple[User, Alert.Because]], person: User, because: Alert.Because, by: Viewer
) -> list[tuple[User, Alert.Because]]:
    others = [pair for pair in told if pair[0].pk != person.pk]
    return others if person.pk == by.user_id else [*others, (person, because)]


def _insert_action(
    *,
    by: Viewer,
    submission: UUID,
    incident: Incident,
    told: Sequence[tuple[User, str]],
    categories: Sequence[Category] = (),
    readers: Sequence[User] = (),
    **fields: Any,
) -> Action:
    try:
        with transaction.atomic():
            action = Action.objects.create(
                submission=submission, incident=incident, author=by.user, **fields
            )
            chosen = _categorise(action, categories)
            named = ActionReader.objects.bulk_create(
                ActionReader(action=action, user=person) for person in dict.fromkeys(readers)
            )
            files = _attach(by, submission, incident, action)
            said = bodies.of_action(action, categories=chosen, files=files, readers=named)
            drafting.end_carried(by=by, action=action)
            record(said, *map(bodies.of_alert, _alert(incident, action, told)), by=by)
    except IntegrityError:
        existing = Action.objects.filter(submission=submission).first()
        if existing is None:
            raise
        if existing.author_id != by.user_id:
            raise AlreadySent("This form has been sent before. Open it again.") from None
        return existing
    return action
