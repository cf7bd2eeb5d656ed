"""The screen at which somebody may not be sitting any more: blank it, open it, keep it open."""

from axes.helpers import get_client_ip_address
from axes.utils import reset as forget_wrong_passwords
from django.contrib.auth import authenticate
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import sessions
from accounts.decorators import own_session, requires
from accounts.forms import PasswordForm
from accounts.next_page import next_page, on_the_way
from accounts.permissions import S1, Permission

WRONG = "That is not your password. Try again; the screen stays blank until it is right."


@require_POST
@own_session("hiding a screen must work at any strength, and twice")
def blank_screen(request):
    """Lock the session on the server: nothing but the password opens it again."""
    sessions.lock(request.session_state.pk, timezone.now())
    request.session.cycle_key()
    return redirect(on_the_way("unlock", request))


@own_session("the session is locked, so there is no viewer")
@sensitive_post_parameters("password")
@transaction.non_atomic_requests
def unlock(request):
    """Open a blanked screen to the password of whoever blanked it."""
    state = request.session_state
    if state.locked_at is None:
        return redirect(next_page(request))
    form = PasswordForm()
    if request.method == "POST":
        form = PasswordForm(request.POST)
        if form.is_valid() and _password_is_right(request, form):
            sessions.unlock(state.pk, locked_at=state.locked_at, now=timezone.now())
            request.session.cycle_key()
            return redirect(next_page(request))
    return render(request, "accounts/unlock.html", {"form": form, "name": request.user.name})


def _password_is_right(request, form: PasswordForm):
    """Judge the password as at sign-in, so that wrong ones count towards the same lock-out."""
    email, password = request.user.email, form.cleaned_data["password"]
    if authenticate(request, username=email, password=password) is None:
        form.add_error("password", WRONG)
        return False
    forget_wrong_passwords(ip=get_client_ip_address(request), username=email)
    return True


@require_POST
@requires(Permission.USE_ACCOUNT, strength=S1)
def keep_alive(request):
    """Note that somebody is at the screen, and say for how many seconds that is good."""
    left = sessions.ends_at(request.session_state) - timezone.now()
    return JsonResponse({"seconds_left": max(0, round(left.total_seconds()))})
