"""Passkeys and security keys: what they are asked, adding one, taking one away."""

from django.contrib import messages
from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import authenticator, keys
from accounts.decorators import audited, deny, requires
from accounts.forms import AddKeyForm, FirstKeyByAppForm, FirstKeyForm
from accounts.permissions import S1, S2, Permission
from accounts.views_authenticator import NOT_PASSWORD, onwards, raise_here
from accounts.ways import ways_of
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
@requires(Permission.USE_ACCOUNT, strength=S1)
def ask_first_key(request: HttpRequest) -> HttpResponse:
    """Say what somebody's first key is to sign; what is proved beside it is judged when it comes."""
    _require_no_key(request)
    return JsonResponse(keys.ask(request.session_state, keys.Purpose.ADD, timezone.now()))


@require_http_methods(["GET", "POST"])
@requires(Permission.USE_ACCOUNT, strength=S1)
@sensitive_post_parameters("password", "given", "code")
@transaction.non_atomic_requests
def first_key(request: HttpRequest) -> HttpResponse:
    """Begin with a key: for a code given in person, or one of the app that somebody has (SR-25)."""
    _require_no_key(request)
    ways = ways_of(request.viewer, timezone.now())
    kind = FirstKeyByAppForm if ways.app else FirstKeyForm
    form = kind(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _is_first_key_added(request, form):
        audited(request, "key.added")
        raise_here(request)
        messages.success(request, "Your key is added, and your access is elevated.")
        return onwards(request, ways)
    return render(request, "accounts/first_key.html", {"form": form, "ways": ways})


def _require_no_key(request: HttpRequest) -> None:
    """To whoever uses no authenticator, or has a key, this page is not there."""
    if not request.viewer.holds_authenticated_role or keys.keys_of(request.viewer.user):
        deny(request, "key.added")


def _is_first_key_added(request: HttpRequest, form: FirstKeyForm | FirstKeyByAppForm):
    """Judge the password first, then the code, then what the key answered."""
    said = dict(form.cleaned_data)
    email, password = request.viewer.user.email, said.pop("password")
    if authenticate(request, username=email, password=password) is None:
        form.add_error("password", NOT_PASSWORD)
        return False
    add = authenticator.add_key_with if "given" in said else authenticator.add_key_by_app
    try:
        add(session=request.session_state, now=timezone.now(), **said)
    except authenticator.GivenCodeRefused as problem:
        audited(request, "authenticator.code_refused")
        form.add_error("given", str(problem))
        return False
    except authenticator.CodeRefused as problem:
        audited(request, "session.elevation_refused")
        form.add_error("code", str(problem))
        return False
    except DomainError as problem:
        form.add_error(None, str(problem))
        return False
    return True


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
