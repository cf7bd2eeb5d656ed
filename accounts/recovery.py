"""A lost authenticator: shut at once by its owner, replaced by two others who have seen them (SR-26)."""

from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate
from django_otp_webauthn.models import WebAuthnCredential

from accounts import codes, notices, sessions
from accounts.codes import Given
from accounts.factors import CodeBatch, CodeKind, HelpConfirmation, HelpGiven, HelpRequest
from accounts.holders import GIVING_ROLES
from accounts.models import AccountNotice, Authenticator, User
from accounts.permissions import Permission
from accounts.viewer import Viewer
from safeguard.errors import DomainError, NotAllowed

NEEDED = 2
What = AccountNotice.What


class CannotConfirm(DomainError):
    """This person cannot confirm this request, or not now."""


def report_lost(*, by: Viewer, now: datetime) -> HelpRequest:
    """Shut one's own factors at once, wherever they are; codes on paper stay good (AC42)."""
    with transaction.atomic():
        _shut(by.user)
        sessions.end_all(by.user, now, but=by.session.pk if by.session else None)
        if by.session is not None:
            sessions.drop_elevation(by.session.pk)
        notices.tell_holders(by.user, What.LOST)
        return _ask(by, now, said_lost=True)


def ask_for_help(*, by: Viewer, now: datetime) -> HelpRequest:
    """Ask two colleagues to confirm who one is; what one has goes on working until they did."""
    with transaction.atomic():
        return _ask(by, now, said_lost=False)


def open_request(user: User, now: datetime) -> HelpRequest | None:
    """Return what somebody asked and what is not over."""
    return HelpRequest.objects.filter(user=user).still_open(now).order_by("-asked_at").first()


def confirm(*, by: Viewer, request: HelpRequest, now: datetime) -> Given | None:
    """Say that one has seen the person; the second who does gets the code to hand over.

    One of them leads safeguarding. The applicant's row is held, so that of two who press at once
    each counts, and one code comes of it.
    """
    by.require(Permission.CONFIRM_PERSON)
    if by.session is None or not by.session.is_fresh(now):
        raise NotAllowed("This needs a code of the last two minutes.")
    if request.user_id == by.user_id or request.school_id != by.school_id:
        raise CannotConfirm("Nobody confirms themselves: two other people have to.")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=request.user_id)
        if not HelpRequest.objects.still_open(now).filter(pk=request.pk).exists():
            raise CannotConfirm(
                "This request is over: two people have to confirm within half an hour. Let your "
                "colleague ask again."
            )
        if request.confirmations.filter(by=by.user).exists():
            raise CannotConfirm("You have confirmed already. Somebody else has to, as well.")
        HelpConfirmation.objects.create(request=request, by=by.user, confirmed_at=now)
        return _give(by, request, now) if _is_enough(request, now) else None


def _is_enough(request: HelpRequest, now: datetime) -> bool:
    seen_by = request.confirmations.values("by")
    leads = User.objects.holding(GIVING_ROLES, request.school, localdate(now))
    return request.confirmations.count() >= NEEDED and leads.filter(pk__in=seen_by).exists()


def _give(by: Viewer, request: HelpRequest, now: datetime) -> Given:
    user = request.user
    _shut(user)
    codes.end_recovery_codes(by=by, user=user)
    sessions.end_all(user, now)
    given = codes.issue_enrolment_code(by=by, user=user, now=now)
    HelpGiven.objects.create(
        request=request, batch=CodeBatch.objects.newest(user, CodeKind.ENROLMENT)
    )
    notices.tell_leading_roles(user, What.RECOVERED)
    return given


def _shut(user: User) -> None:
    Authenticator.objects.filter(user=user).delete()
    WebAuthnCredential.objects.filter(user=user).delete()


def _ask(by: Viewer, now: datetime, *, said_lost: bool) -> HelpRequest:
    already = open_request(by.user, now)
    if already is not None and (already.said_lost or not said_lost):
        return already
    notices.tell_leading_roles(by.user, What.HELP_ASKED)
    return HelpRequest.objects.create(
        user=by.user, school=by.school, said_lost=said_lost, asked_at=now
    )
