"""Passkeys and security keys: what they are asked, adding one, taking one away."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import keys
from accounts.decorators import audited, deny, requires
from accounts.forms import AddKeyForm
from accounts.permissions import S1, S2, Permission
from safeguard.errors import DomainError


@require_POST
@requires(Permission.USE_ACCOUNT, strength=S1)
def ask_key(request: HttpRequest) -> HttpResponse:
    """Say what one of this person's keys is to sign to elevate, or to be shown again."""
    if not request.viewer.holds_authenticated_role:
        deny(request, "session.elevated")
    return JsonResponse(keys.ask(request.session_state, keys.Purpose.PROVE, timezone.now()))


@require_POST
@requires(Permission.USE_ACCOUNT, strength=S2, fresh=True)
def ask_new_key(request: HttpRequest) -> HttpResponse:
    """Say what a new key is to sign; a fresh code comes before (SR-25, SR-38)."""
    return JsonResponse(keys.ask(request.session_state, keys.Purpose.ADD, timezone.now()))


@require_http_methods(["GET", "POST"])
@requires(Permission.USE_ACCOUNT, strength=S2, fresh_to_open=True)
def add_key(request: HttpRequest) -> HttpResponse:
    """Add a passkey or security key under a name."""
    form = AddKeyForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            keys.add(request.session_state, now=timezone.now(), **form.cleaned_data)
        except DomainError as problem:
            form.add_error(None, str(problem))
        else:
            audited(request, "key.added")
            messages.success(request, "Your key is added. Use it where a code is asked for.")
            return redirect("my-sessions")
    return render(request, "accounts/add_key.html", {"form": form})


@require_POST
@requires(Permission.USE_ACCOUNT, strength=S2, fresh=True)
def remove_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one of one's own keys away."""
    return _removed(request, lambda: keys.remove_key(request.viewer.user, pk))


@require_POST
@requires(Permission.USE_ACCOUNT, strength=S2, fresh=True)
def remove_app(request: HttpRequest) -> HttpResponse:
    """Take one's authenticator app away."""
    return _removed(request, lambda: keys.remove_app(request.viewer.user))


def _removed(request: HttpRequest, remove) -> HttpResponse:
    try:
        remove()
    except DomainError as problem:
        messages.error(request, str(problem))
    else:
        audited(request, "factor.removed")
        messages.success(request, "It is taken away, and opens nothing here any more.")
    return redirect("my-sessions")
