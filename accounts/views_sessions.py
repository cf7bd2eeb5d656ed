"""My sessions: where one is signed in, and an end to each of them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import sessions
from accounts.decorators import audited, requires
from accounts.factors import HelpRequest
from accounts.models import AccountNotice
from accounts.permissions import S1, Permission
from accounts.ways import ways_of

GIVE_CODES = Permission.GIVE_CODES
MOST = 10  # notices on the page


@require_safe
@requires(Permission.USE_ACCOUNT, strength=S1)
def my_sessions(request: HttpRequest) -> HttpResponse:
    """Show where this person is signed in, and their authenticator."""
    context = {
        "sessions": sessions.open_of(request.viewer.user, timezone.now()),
        "ways": ways_of(request.viewer, timezone.now()),
        "asking": HelpRequest.objects.visible_to(request.viewer)
        .still_open(timezone.now())
        .select_related("user"),
        "may_give_codes": request.viewer.has(GIVE_CODES)
        or request.viewer.could_with_authenticator(GIVE_CODES),
        "notices": AccountNotice.objects.visible_to(request.viewer)
        .select_related("about")
        .order_by("-recorded_at")[:MOST],
    }
    return render(request, "accounts/my_sessions.html", context)


@require_POST
@requires(Permission.USE_ACCOUNT, strength=S1, audits="session.ended")
def end_session(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End one of one's own sessions; somebody else's is as though it were not there."""
    if sessions.end(pk, timezone.now(), of=request.viewer.user):
        audited(request, "session.ended", target=pk)
        messages.success(request, "That session has ended. Nothing can be opened in it any more.")
    else:
        messages.info(request, "That session had ended already.")
    return redirect("my-sessions")


@require_POST
@requires(Permission.USE_ACCOUNT, strength=S1, audits="session.ended")
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all of one's sessions but this one."""
    ended = sessions.end_all(request.viewer.user, timezone.now(), but=request.viewer.session.pk)
    if ended:
        audited(request, "session.ended", detail=f"{ended} others")
    messages.success(request, "You are signed in here, and nowhere else.")
    return redirect("my-sessions")
