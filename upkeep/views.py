"""How the installation is: for those who run it, and in a word for the machines that watch it."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import public, requires
from accounts.permissions import S1, Permission
from safeguard import status as vital
from upkeep import probes

PLAIN = "text/plain; charset=utf-8"


@require_safe
@requires(Permission.SEE_STATUS, strength=S1)
def status(request: HttpRequest) -> HttpResponse:
    """Show each fact with what to do about it. It holds no name and no word of a record."""
    now = timezone.now()
    groups = vital.groups(now)
    context = {"groups": groups, "needs": vital.needs_somebody(groups), "now": now}
    return render(request, "upkeep/status.html", context)


@public("a machine asks whether the process lives; the answer is always the same word")
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that the process lives. It asks nothing and nobody."""
    return _plain("ok\n")


@public("a machine asks whether incidents can be recorded; the answer is words that name nothing")
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether what is submitted now would be recorded for good."""
    found = probes.lately()
    return _plain(
        str(found), status=HTTPStatus.OK if found.is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    )


@public("a machine that collects pages is told to collect none")
def robots(request: HttpRequest) -> HttpResponse:
    """Keep out whoever asks (AC56)."""
    return _plain("User-agent: *\nDisallow: /\n")


def _plain(text: str, status: int = HTTPStatus.OK) -> HttpResponse:
    answer = HttpResponse(text, content_type=PLAIN, status=status)
    answer["Cache-Control"] = "no-store"
    answer["X-Content-Type-Options"] = "nosniff"
    answer._has_been_logged = True  # type: ignore[attr-defined]  # who asked is told; no line each time
    return answer
