"""Elevating access, showing again who one is, ending that, and setting an authenticator app up."""

from datetime import datetime
from http import HTTPStatus

from django.contrib import messages
from django.contrib.auth import authenticate
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import authenticator, binding, codes, keys, notices, sealed, sessions
from accounts.authenticator import GivenCodeRefused, Offer
from accounts.decorators import CODE_AGAIN, audited, deny, kept, requires
from accounts.forms import CodeForm, EnrolForm, RecoveryCodeForm, ReplaceForm
from accounts.models import AccountNotice
from accounts.next_page import next_page, on_the_way
from accounts.permissions import S1, S2, Permission
from accounts.ways import Ways, ways_of
from safeguard.errors import DomainError

STALE = "This page had been open for too long. Scan the new picture and type the code it gives."
NOT_PASSWORD = "That is not your password"  # noqa: S105 - words for a person
NO_APP = "No code of an app elevates you here: use your key."
LAST_CODES = 3
SENT = f"{CODE_AGAIN}-sent"  # the page that asked had been sent something


@requires(Permission.USE_ACCOUNT, strength=S1)
@sensitive_post_parameters("code")
@transaction.non_atomic_requests
def elevate(request):
    """Raise the session to what the person's role allows, for a code of their authenticator."""
    ways = _ways_or_deny(request, "session.elevated")
    if request.viewer.is_elevated:
        return redirect(next_page(request))
    if not ways.any:
        return _not_enrolled(request, ways)
    form = _form(request, ways)
    if _is_proved(request, ways, form):
        raise_here(request)
        return redirect(next_page(request))
    return render(request, "accounts/elevate.html", _context(request, ways, form) | _seal(request))


def _not_enrolled(request, ways: Ways):
    url = on_the_way("first-key" if ways.key_only else "enrol-authenticator", request)
    context = {"enrol_url": url, "ways": ways} | _seal(request)
    return render(request, "accounts/not_enrolled.html", context)


def _seal(request):
    """Return whether this person may go on under the sealed code, or use the one that names them."""
    viewer, now = request.viewer, timezone.now()
    return {
        "sealed_until": getattr(sealed.open_use(viewer, now), "ends_at", None),
        "may_use_seal": sealed.names(viewer),
        "next": next_page(request),
    }


@requires(Permission.USE_ACCOUNT, strength=S2)
@sensitive_post_parameters(f"{CODE_AGAIN}-code")
@transaction.non_atomic_requests
def code_again(request):
    """Ask for a further code, and then go on: to the page, or with what was sent to it (SR-38)."""
    ways = ways_of(request.viewer, timezone.now())
    if request.viewer.session.is_fresh(timezone.now()):
        return _go_on(request)
    form = _form(request, ways, prefix=CODE_AGAIN)
    if _is_proved(request, ways, form):
        sessions.prove_again(request.session_state.pk, timezone.now())
        return _go_on(request)
    more = {
        "address": request.get_full_path(),
        "typed": kept(request) if SENT in request.POST else None,
    }
    context = _context(request, ways, form) | more
    return render(request, "accounts/code_again.html", context)


def _go_on(request):
    """Go to the page that asked; what was sent to it is sent again by the browser (307)."""
    answer = redirect(next_page(request))
    if SENT in request.POST:
        answer.status_code = HTTPStatus.TEMPORARY_REDIRECT
    return answer


def _ways_or_deny(request, event: str) -> Ways:
    if not request.viewer.holds_authenticated_role:
        deny(request, event)
    return ways_of(request.viewer, timezone.now())


def _by_recovery(request, ways: Ways):
    """Whether a code on paper is asked for: as the person chose, or since there is nothing else."""
    return not ways.has_factor or (request.GET.get("with") == "recovery" and ways.codes_left > 0)


def _form(request, ways: Ways, prefix=None):
    kind = RecoveryCodeForm if _by_recovery(request, ways) else CodeForm
    by_code = request.method == "POST" and not request.POST.get(_answer(prefix))
    return kind(request.POST if by_code else None, prefix=prefix)


def _answer(prefix: str | None):
    """Return the name of the field in which a key's answer comes."""
    return f"{prefix}-answer" if prefix else "answer"


def _context(request, ways: Ways, form):
    query = request.GET.copy()
    query.pop("with", None)
    back = f"?{query.urlencode()}"
    query["with"] = "recovery"
    return {
        "form": form,
        "ways": ways,
        "other_url": back if _by_recovery(request, ways) else f"?{query.urlencode()}",
        "by_recovery": _by_recovery(request, ways),
    }


def _is_proved(request, ways: Ways, form):
    answer = request.POST.get(_answer(form.prefix))
    if answer:
        return _key_is_right(request, answer)
    return form.is_bound and form.is_valid() and _code_is_right(request, ways, form)


def _key_is_right(request, answer: str):
    try:
        keys.use(request.session_state, answer, timezone.now())
    except DomainError as error:
        audited(request, "session.elevation_refused")
        messages.error(request, str(error))
        return False
    return True


def _code_is_right(request, ways: Ways, form):
    code, now = form.cleaned_data["code"], timezone.now()
    try:
        if _by_recovery(request, ways):
            authenticator.use_recovery_code(request.user, code, now)
            audited(request, "recovery_code.used")
            _say_how_many_are_left(request, ways.codes_left - 1)
        elif ways.app is not None and ways.app_counts:
            authenticator.use(ways.app, code, now)
        else:
            raise authenticator.CodeRefused(NO_APP)
    except DomainError as error:
        audited(request, "session.elevation_refused")
        form.add_error("code", str(error))
        return False
    return True


def _say_how_many_are_left(request, left: int) -> None:
    said = f"You used a recovery code; {left} {'is' if left == 1 else 'are'} left."
    if left <= LAST_CODES:
        said += " Make new ones on “My sessions”."
    messages.info(request, said)


def raise_here(request, until: datetime | None = None) -> None:
    """Elevate in this browser, unless its screen was blanked meanwhile, under a new key (V3).

    With until it is by the sealed code, whose time is over then.
    """
    audited(request, "session.elevated")
    request.elevation_secret = binding.new_secret()
    bound_to = binding.bound_to(request.elevation_secret, request.headers.get("User-Agent", ""))
    pk, now = request.session_state.pk, timezone.now()
    if until is not None:
        raised = sessions.elevate_by_seal(pk, now, until=until, bound_to=bound_to)
    else:
        raised = sessions.elevate(pk, now, bound_to=bound_to)
    if raised:
        sessions.drop_other_elevations(request.session_state)
    request.session.cycle_key()


@require_POST
@requires(Permission.USE_ACCOUNT, strength=S1)
def drop_elevation(request):
    """Return the session to the password's strength."""
    sessions.drop_elevation(request.session_state.pk)
    request.session.cycle_key()
    return redirect("home")


@requires(Permission.USE_ACCOUNT, strength=S1)
@sensitive_post_parameters("password", "code", "given", "offer")
@transaction.non_atomic_requests
def enrol_authenticator(request):
    """Set an app up: for a code given in person, or, with a fresh code, in the old one's place."""
    ways = _ways_or_deny(request, "authenticator.enrolled")
    if ways.has_factor and not request.viewer.is_elevated:
        messages.info(request, "You have an authenticator already. To change it, use it first.")
        return redirect(on_the_way("elevate", request))
    if ways.lacks_key and not request.viewer.is_elevated:
        return redirect(on_the_way("first-key", request))
    replaces = request.viewer.session.is_fresh(timezone.now())
    if request.viewer.is_elevated and not replaces:
        return redirect(on_the_way("code-again", request, next=request.get_full_path()))
    return _enrol_page(request, ways, ReplaceForm if replaces else EnrolForm)


def _enrol_page(request, ways: Ways, kind):
    offer, form = authenticator.new_offer(request.user, timezone.now()), kind()
    if request.method == "POST":
        sent = request.POST.get("offer", "")
        known = authenticator.offer_from(request.user, sent, timezone.now())
        offer, form = known or offer, kind(request.POST)
        if form.is_valid() and _is_enrolled(request, known, form):
            return _enrolled(request, ways)
    context = {"form": form, "offer": offer, "ways": ways}
    return render(request, "accounts/enrol_authenticator.html", context)


def _is_enrolled(request, offer: Offer | None, form):
    """Judge the password first, then the code given in person, then the app's own."""
    if offer is None:
        form.add_error("code", STALE)
        return False
    email, password = request.user.email, form.cleaned_data.pop("password")
    if authenticate(request, username=email, password=password) is None:
        form.add_error("password", NOT_PASSWORD)
        return False
    enrol = authenticator.enrol_with if "given" in form.cleaned_data else authenticator.replace
    try:
        enrol(user=request.user, secret=offer.secret, now=timezone.now(), **form.cleaned_data)
    except GivenCodeRefused as error:
        audited(request, "authenticator.code_refused")
        form.add_error("given", str(error))
        return False
    except DomainError as error:
        form.add_error("code", str(error))
        return False
    return True


def _enrolled(request, ways: Ways):
    """Elevate; and to whoever has no recovery codes yet show ten, this once."""
    notices.notify(request.user, AccountNotice.What.AUTHENTICATOR)
    audited(request, "authenticator.enrolled")
    raise_here(request)
    messages.success(request, "Your authenticator is set up, and your access is elevated.")
    return onwards(request, ways)


def onwards(request, ways: Ways):
    """Go on after setting something up; whoever has no recovery codes is shown ten, this once."""
    return redirect(next_page(request)) if ways.codes_left else _show_recovery_codes(request)


def _show_recovery_codes(request):
    made = codes.make_recovery_codes(by=request.viewer)
    audited(request, "recovery_codes.made")
    context = {"codes": made, "next": next_page(request), "on": timezone.localdate()}
    return render(request, "accounts/recovery_codes_made.html", context)


@requires(Permission.USE_ACCOUNT, strength=S2, fresh=True)
def recovery_codes(request):
    """Make ten new recovery codes, shown once; those before are void."""
    if request.method == "POST":
        return _show_recovery_codes(request)
    context = {"ways": ways_of(request.viewer, timezone.now())}
    return render(request, "accounts/recovery_codes.html", context)
