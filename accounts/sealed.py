"""Making, using and reviewing the sealed code, for the day when nobody's authenticator is at hand.

It elevates and does no more: what needs a further code (exports, roles, codes for colleagues) needs
an authenticator. No limit to readers and no conflict of interest yields to it (SR-27, SR-49).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.timezone import localdate, localtime

from accounts import authenticator, bodies, codes, notices
from accounts.factors import CodeKind, in_fours
from accounts.holders import USING_ROLES
from accounts.models import AccountNotice, School, User
from accounts.permissions import Permission, Role
from accounts.roles import NeedsSecondPerson, NotForOneself, ProposalIsOver, tell_leads
from accounts.sealed_codes import (
    SealedCode,
    SealedCodeAgreed,
    SealedCodeReview,
    SealedCodeUse,
    hashed,
    new_half,
)
from accounts.viewer import Viewer
from ledger.recording import record, record_change
from safeguard.banners import Banner
from safeguard.errors import DomainError, NotAllowed

LASTS = timedelta(hours=4)
BANNER_LASTS = timedelta(days=30)
TOLD = (Role.HEAD, Role.CHAIR, Role.DPO, Role.DSL)
What = AccountNotice.What


class NeedsAReason(DomainError):
    """Nothing was given where a reason is asked for."""


@dataclass(frozen=True)
class Half:
    """Half of a code, to be printed once and put into an envelope, and for whom the envelope is."""

    half: str
    code: SealedCode
    number: str
    keeper: str


def may_be_named(by: Viewer, on: datetime) -> QuerySet[User]:
    """Return for whom a code may be made: whose role uses an authenticator, and nobody themselves."""
    using = User.objects.visible_to(by).holding(USING_ROLES, by.school, localdate(on))
    return using.exclude(pk=by.user_id).order_by("name", "pk")


def ask(*, by: Viewer, user: User, now: datetime) -> Half:
    """Ask for a code for one named person; return its first half, which is shown this once."""
    by.require(Permission.APPROVE_RIGHTS)
    if user.pk == by.user_id:
        raise NotForOneself("Nobody asks for a code for themselves.")
    if not may_be_named(by, now).filter(pk=user.pk).exists():
        raise NotAllowed("Choose somebody whose role here uses an authenticator.")
    half = new_half()
    with transaction.atomic():
        code = SealedCode.objects.create(
            school=by.school, user=user, asked_by=by.user, first_half=hashed(half)
        )
        record_change(by=by, obj=code.pk, body=bodies.sealed_code(code, "asked for"))
        tell_leads(by.school, What.SEALED_ASKED, but={by.user, user})
    return Half(in_fours(half), code, "first", "the headteacher")


def agree(*, by: Viewer, code: SealedCode, now: datetime) -> Half:
    """Agree to a code, as the second person; return its second half. Codes before it are void."""
    by.require(Permission.GIVE_CODES)
    rows = SealedCode.objects.visible_to(by).filter(pk=code.pk)
    held = rows.select_related("user").first()
    if held is None:
        raise NotAllowed("There is no such code.")
    if by.user_id in {held.asked_by_id, held.user_id}:
        raise NeedsSecondPerson("Somebody else has to agree: not who asked, nor whom it names.")
    if not rows.waiting(now).exists():
        raise ProposalIsOver("It was agreed already, or has waited for more than a week.")
    half = new_half()
    try:
        with transaction.atomic():
            SealedCodeAgreed.objects.create(code=held, by=by.user, second_half=hashed(half))
            record_change(by=by, obj=held.pk, body=bodies.sealed_code(held, "made"))
            notices.notify(held.user, What.SEALED_MADE)
    except IntegrityError as error:
        raise ProposalIsOver("Somebody else has agreed just now.") from error
    return Half(in_fours(half), held, "second", "the chair of governors")


def use(*, by: Viewer, first: str, second: str, reason: str, now: datetime) -> SealedCodeUse:
    """Open the sealed code: both halves, once, by whom it names; those who must know hear of it."""
    code = SealedCode.objects.usable(by.user, by.school)
    if code is None:
        raise NotAllowed("There is no code for you.")
    if not reason.strip():
        raise NeedsAReason("Say why it cannot wait.")
    book = codes.book_of(by.user, CodeKind.SEALED)
    with transaction.atomic():
        school = School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        if authenticator.judge(book, f"{by.school_id}:{first}{second}"):
            used = SealedCodeUse.objects.create(
                code=code, reason=reason.strip(), ends_at=now + LASTS
            )
            school.seal_used_at = now
            school.save(update_fields=["seal_used_at"])
            record(bodies.of_sealed_code_used(used), by=by, sign=True)
            _tell(by.school, by.user, now)
            return used
    book.refresh_from_db()
    raise authenticator.CodeRefused(
        "These are not the two halves of your school’s code." + authenticator.until_when(book, now)
    )


def names(by: Viewer) -> bool:
    """Whether the school's code names this person and was not used."""
    return SealedCode.objects.usable(by.user, by.school) is not None


def open_use(by: Viewer, now: datetime) -> SealedCodeUse | None:
    """Return the use under which this person may go on, until its four hours are over."""
    return SealedCodeUse.objects.open_for(by.user, by.school, now).order_by("-ends_at").first()


def review(*, by: Viewer, used: SealedCodeUse, judgement: str) -> SealedCodeReview:
    """Take down what another lead thinks of the use of a sealed code."""
    by.require(Permission.REVIEW_BREAK_GLASS)
    if not SealedCodeUse.objects.visible_to(by).contains(used):
        raise NotAllowed("There is nothing to review.")
    if used.code.user_id == by.user_id:
        raise NotForOneself("Somebody else reviews what you opened.")
    if not judgement.strip():
        raise NeedsAReason("Say whether it was right, and what follows from it.")
    try:
        with transaction.atomic():
            said = SealedCodeReview.objects.create(of=used, by=by.user, judgement=judgement.strip())
            record_change(by=by, obj=said.pk, body=bodies.sealed_code_reviewed(said))
    except IntegrityError as error:
        raise ProposalIsOver("Somebody else has reviewed it just now.") from error
    return said


def banner_for(viewer: Viewer, now: datetime) -> list[Banner]:
    """Tell every DSL, on every page and for thirty days, that a sealed code was used."""
    last, since = viewer.school.seal_used_at, now - BANNER_LASTS
    if Role.DSL not in viewer.roles or last is None or last <= since - timedelta(days=1):
        return []
    return [
        Banner(
            f"{used.code.user.name} used the sealed code on"
            f" {localtime(used.recorded_at):%A %-d %B at %H:%M}.",
            "sealed-code",
            "Why, and its review",
        )
        for used in SealedCodeUse.objects.lately(viewer.school, since)
    ]


def _tell(school: School, user: User, now: datetime) -> None:
    told = set(User.objects.holding(TOLD, school, localdate(now)))
    for person in sorted(told, key=lambda one: str(one.pk)):
        notices.notify(person, What.SEALED_USED, about=user)
