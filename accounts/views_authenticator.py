"""Elevating access with the authenticator, ending that, and setting an authenticator up."""

from django.contrib import messages
from django.contrib.auth import authenticate
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import authenticator, services, sessions
from accounts.authenticator import Offer
from accounts.decorators import audited, deny, requires
from accounts.forms import CodeForm, EnrolForm
from accounts.models import AccountNotice, Authenticator
from accounts.next_page import next_page, on_the_way
from accounts.permissions import S1, Permission
from safeguard.errors import DomainError

STALE = "This page had been open for too long. Scan the new picture and type the code it gives."
NOT_PASSWORD = "That is not your password"  # noqa: S105 - words for a person


@requires(Permission.USE_ACCOUNT, strength=S1)
@sensitive_post_parameters("code")
@transaction.non_atomic_requests
def elevate(request):
    """Raise the session to what the person's role allows, for a code of their authenticator."""
    device = _authenticator_or_deny(request, "session.elevated")
    if request.viewer.is_elevated:
        return redirect(next_page(request))
    if device is None:
        url = on_the_way("enrol-authenticator", request)
        return render(request, "accounts/not_enrolled.html", {"enrol_url": url})
    form = CodeForm()
    if request.method == "POST":
        form = CodeForm(request.POST)
        if form.is_valid() and _code_is_right(request, device, form):
            return _raised(request)
    return render(request, "accounts/elevate.html", {"form": form})


def _authenticator_or_deny(request, event: str):
    if not request.viewer.holds_authenticated_role:
        deny(request, event)
    return authenticator.authenticator_of(request.user)


def _code_is_right(request, device: Authenticator, form: CodeForm):
    try:
        authenticator.use(device, form.cleaned_data["code"], timezone.now())
    except DomainError as error:
        audited(request, "session.elevation_refused")
        form.add_error("code", str(error))
        return False
    return True


def _raised(request):
    """Elevate, unless the screen was blanked meanwhile, under a new session key (V3)."""
    audited(request, "session.elevated")
    if sessions.elevate(request.session_state.pk, timezone.now()):
        sessions.drop_other_elevations(request.session_state)
    request.session.cycle_key()
    return redirect(next_page(request))


@require_POST
@requires(Permission.USE_ACCOUNT, strength=S1)
def drop_elevation(request):
    """Return the session to the password's strength."""
    sessions.drop_elevation(request.session_state.pk)
    request.session.cycle_key()
    return redirect("home")


@requires(Permission.USE_ACCOUNT, strength=S1)
@sensitive_post_parameters("password", "code", "offer")
@transaction.non_atomic_requests
def enrol_authenticator(request):
    """Set up an authenticator app: a picture to scan, its first code, and the password again."""
    if _authenticator_or_deny(request, "authenticator.enrolled") is not None:
        messages.info(request, "You have an authenticator already.")
        return redirect(on_the_way("elevate", request))
    offer, form = authenticator.new_offer(request.user, timezone.now()), EnrolForm()
    if request.method == "POST":
        sent = request.POST.get("offer", "")
        kept = authenticator.offer_from(request.user, sent, timezone.now())
        offer, form = kept or offer, EnrolForm(request.POST)
        if form.is_valid() and _enrolled(request, kept, form):
            return _raised(request)
    return render(request, "accounts/enrol_authenticator.html", {"form": form, "offer": offer})


def _enrolled(request, offer: Offer | None, form: EnrolForm):
    if offer is None:
        form.add_error("code", STALE)
        return False
    email, password = request.user.email, form.cleaned_data["password"]
    if authenticate(request, username=email, password=password) is None:
        form.add_error("password", NOT_PASSWORD)
        return False
    try:
        authenticator.enrol(request.user, offer.secret, form.cleaned_data["code"])
    except DomainError as error:
        form.add_error("code", str(error))
        return False
    services.notify(request.user, AccountNotice.What.AUTHENTICATOR)
    audited(request, "authenticator.enrolled")
    messages.success(request, "Your authenticator is set up, and your access is elevated.")
    return True
