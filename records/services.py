"""What people decide about the end of a record: hold it, propose to remove it, agree to that.

With the second approval the disposal is executed: its entry is on the ledger. Nothing is erased
here, and nothing could be: that is the part of another database role (`disposal`).
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents.bodies import kind_of
from incidents.models import (
    Action,
    Incident,
    LinkedPupil,
    Slip,
    SlipFiled,
    SlipPutAside,
    Subject,
)
from ledger.bodies import entry_id
from ledger.models import Kind, SealedBody
from ledger.recording import pseudonym, record_change, record_disposal
from pupils.models import Conflict, Pupil
from records.bodies import of_disposal
from records.models import Disposal, DisposalApproval, LegalHold
from safeguard.errors import DomainError, NotAllowed

NEEDED = 2
MOST = 2000  # numbers in one entry, which may have 64 KB


class OnHold(DomainError):
    """A court or an inquiry needs the record."""


class NotDisposable(DomainError):
    """It cannot be removed like this; the message says why."""


class ConflictOfInterest(DomainError):
    """Somebody may not decide on the removal of what they recorded, or are too near to."""


# One sentence, whatever it is that keeps it from somebody: no other would be as silent.
NOT_ALL_READ = "You cannot read all of this, so you cannot decide on it."


def place_hold(*, by: Viewer, pupil: Pupil, reason: str) -> LegalHold:
    """Keep everything about a child from being removed until the hold is lifted."""
    return _hold(by, pupil, reason, is_placed=True)


def lift_hold(*, by: Viewer, pupil: Pupil, reason: str) -> LegalHold:
    """Let what is recorded about a child be removed again when its time has come."""
    return _hold(by, pupil, reason, is_placed=False)


def propose_disposal(
    *,
    by: Viewer,
    rule: str,
    reason: str,
    incidents: Sequence[Incident] = (),
    actions: Sequence[Action] = (),
    slips: Sequence[Slip] = (),
) -> Disposal:
    """Propose to remove incidents with everything under them, single entries of a thread, or slips.

    The proposer approves nothing by proposing.
    """
    by.require(Permission.DISPOSE)
    if not reason.strip():
        raise NotDisposable("Say why this is to be removed.")
    disposal = Disposal(
        school=by.school,
        proposed_by=by.user,
        rule=rule,
        reason=reason.strip(),
        incidents=sorted({incident.pk for incident in incidents}),
        actions=sorted({action.pk for action in actions}),
        slips=sorted({slip.pk for slip in slips}),
    )
    _require_readable(by, disposal)
    with transaction.atomic():
        _require_no_hold(disposal)
        _require_unconflicted(by, disposal)
        _targets(disposal)
        try:
            disposal.save()
        except IntegrityError as error:
            raise NotDisposable(
                "The rule is a code of small letters, digits and hyphens, such as cp-dob25."
            ) from error
    return disposal


def approve_disposal(*, by: Viewer, disposal: Disposal) -> DisposalApproval:
    """Agree that this is removed; with the second person's word the ledger says that it is.

    One transaction: approval and entry. Approving twice is approving once. What goes besides (drafts
    of reports about any child in it, the answers and documents of reports that hold any of it) is
    what both are told before, docs/running.md.
    """
    by.require(Permission.DISPOSE)
    if not Disposal.objects.visible_to(by).contains(disposal):
        raise NotAllowed(NOT_ALL_READ)
    _require_readable(by, disposal)
    if by.user_id in _authors(disposal):
        raise ConflictOfInterest(
            "You recorded some of what is to be removed, so two other people have to decide on it."
        )
    with transaction.atomic():
        _require_no_hold(disposal)  # and everybody who approves this waits for one another
        _require_unconflicted(by, disposal)
        _require_nothing_new(disposal)
        approval, is_new = DisposalApproval.objects.get_or_create(disposal=disposal, by=by.user)
        approvals = list(disposal.approvals.order_by("recorded_at", "id"))
        if is_new and len(approvals) == NEEDED:
            first, second = (pseudonym(by.school_id, one.by_id) for one in approvals)
            record_disposal(
                of_disposal(disposal),
                actor=first,
                approver=second,
                rule=disposal.rule,
                targets=_targets(disposal),
                via=by.via,
            )
        elif is_new and len(approvals) > NEEDED:
            raise NotDisposable("Two people have approved this already.")
    return approval


def _hold(by: Viewer, pupil: Pupil, reason: str, *, is_placed: bool) -> LegalHold:
    by.require(Permission.DISPOSE)
    near = Conflict.objects.of(by).filter(pupil=pupil)
    if pupil.school_id != by.school_id or near.exists():
        raise NotAllowed("You cannot decide on the record of this pupil.")
    if not reason.strip():
        raise DomainError("Say who needs the record, or why no longer.")
    with transaction.atomic():
        _lock({pupil.pk})
        if LegalHold.objects.in_force().filter(pupil=pupil).exists() == is_placed:
            raise DomainError("That is so already.")
        hold = LegalHold.objects.create(
            school=by.school, pupil=pupil, is_placed=is_placed, reason=reason.strip(), by=by.user
        )
        body = {
            "setting": "legal hold",
            "pupil": pupil.pk,
            "is_placed": is_placed,
            "reason": hold.reason,
        }
        record_change(by=by, obj=hold.pk, body=body)
    return hold


def _require_readable(by: Viewer, disposal: Disposal) -> None:
    incidents = Incident.objects.read_in_full_by(by).filter(pk__in=disposal.incidents)
    whole = Incident.objects.read_in_full_by(by)
    actions = Action.objects.filter(pk__in=disposal.actions, incident__in=whole)
    if (incidents.count(), actions.count()) != (len(disposal.incidents), len(disposal.actions)):
        raise NotAllowed(NOT_ALL_READ)
    slips = Slip.objects.visible_to(by).filter(pk__in=disposal.slips)
    if slips.count() != len(disposal.slips):
        raise NotAllowed(NOT_ALL_READ)
    if slips.set_aside().count() != len(disposal.slips):
        raise NotDisposable(
            "A visitor’s slip is removed when it has been put aside. One that was filed goes with"
            " its incident."
        )
    if not (disposal.incidents or disposal.actions or disposal.slips):
        raise NotDisposable("Choose what is to be removed.")


def _require_no_hold(disposal: Disposal) -> None:
    """Refuse while any child in it is under a hold; nobody places one until this is over."""
    children = _children(disposal)
    _lock(children)
    if LegalHold.objects.in_force().filter(pupil__in=children).exists():
        raise OnHold(
            "A legal hold is on the record of a child in this. It stays until the hold is lifted."
        )


def _require_unconflicted(by: Viewer, disposal: Disposal) -> None:
    """Refuse while it is about anybody who takes part in deciding, or of a child near to them (AC20).

    Also about whom it was found out after they had proposed it or agreed.
    """
    away = _kept_away(disposal)
    if by.user_id in away:
        raise NotAllowed(NOT_ALL_READ)
    if away & {disposal.proposed_by_id, *disposal.approvals.values_list("by", flat=True)}:
        raise ConflictOfInterest(
            "Somebody who proposed this or agreed to it may not decide on it any more. "
            "Somebody else has to propose it anew."
        )


def _kept_away(disposal: Disposal) -> set[UUID]:
    """Return whom it is about, of the staff, and who is too near to a child in it today."""
    subjects = Subject.objects.filter(incident__in=_incidents(disposal))
    near = Conflict.objects.current(timezone.localdate()).filter(pupil__in=_children(disposal))
    return {*subjects.values_list("user", flat=True), *near.values_list("user", flat=True)}


def _incidents(disposal: Disposal) -> set[UUID]:
    """Return the incidents that are named, and those of which single entries are."""
    under = Action.objects.filter(pk__in=disposal.actions).values_list("incident", flat=True)
    return {*disposal.incidents, *under}


def _children(disposal: Disposal) -> set[UUID]:
    incidents = _incidents(disposal)
    about = Incident.objects.filter(pk__in=incidents).values_list("pupil", flat=True)
    linked = LinkedPupil.objects.filter(incident__in=incidents).values_list("pupil", flat=True)
    return {*about, *linked}


def _lock(pupils: set[UUID]) -> None:
    list(Pupil.objects.select_for_update().filter(pk__in=pupils).order_by("pk"))


def _authors(disposal: Disposal) -> set[UUID]:
    recorded = Incident.objects.filter(pk__in=disposal.incidents)
    return {
        *recorded.values_list("reported_by", flat=True),
        *_actions(disposal).values_list("author", flat=True),
    }


def _actions(disposal: Disposal) -> QuerySet[Action]:
    """Return the entries of threads that go: the named ones, and all under a named incident."""
    return Action.objects.filter(Q(incident__in=disposal.incidents) | Q(pk__in=disposal.actions))


def _require_nothing_new(disposal: Disposal) -> None:
    """Refuse when something was added that whoever proposed or agreed first did not see."""
    if _actions(disposal).filter(recorded_at__gt=disposal.recorded_at).exists():
        raise NotDisposable(
            "Something was added since this was proposed. Read it, and propose the removal anew."
        )


def _targets_of_slips(disposal: Disposal) -> set[UUID]:
    """Return the entries that hold the words of slips: named ones, and those of named incidents."""
    filed = SlipFiled.objects.filter(incident__in=disposal.incidents)
    slips = {*disposal.slips, *filed.values_list("slip", flat=True)}
    aside = SlipPutAside.objects.filter(slip__in=slips).values_list("pk", flat=True)
    return {
        *(entry_id(Kind.SLIP, key) for key in slips),
        *(entry_id(Kind.SLIP_PUT_ASIDE, key) for key in aside),
    }


def _targets(disposal: Disposal) -> list[UUID]:
    """Return the entries whose contents hold the words: the incident's and its thread's.

    Who was alerted and who has read it stays, as does that it was marked as significant: those
    entries say nothing of what happened.
    """
    wanted = {
        *(entry_id(Kind.INCIDENT, key) for key in disposal.incidents),
        *(entry_id(kind_of(action), action.pk) for action in _actions(disposal)),
        *_targets_of_slips(disposal),
    }
    if SealedBody.objects.filter(pk__in=wanted).count() < len(wanted):
        raise NotDisposable(
            "Part of this is not on the ledger yet. Whoever runs Safeguard puts it there with "
            "“manage.py adopt_records”."
        )
    executed = SealedBody.objects.filter(kind=Kind.DISPOSAL, school=disposal.school_id)
    named = executed.filter(targets__overlap=list(wanted)).values_list("targets", flat=True)
    left = wanted.difference(*named)
    if not left:
        raise NotDisposable("This has been disposed of already.")
    if len(left) > MOST:
        raise NotDisposable(f"Divide this: at most {MOST} entries are removed at once.")
    return sorted(left)
