"""What each page declares: the right it needs, the strength, and what its reading is called.

A page without a declaration stops the application from starting (`accounts.checks`). Lacking the
right looks like absence: 404, the same bytes. Only a person whose role could pass with the
authenticator is offered to use it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts import keeping
from accounts.decide import Decision, may_open
from accounts.forms import CodeForm, RecoveryCodeForm
from accounts.limits import end_if_too_many
from accounts.looks import DENIED
from accounts.permissions import Permission, Strength
from accounts.ways import ways_of
from ledger.access import record_access
from safeguard import rescue
from safeguard.views import WRITTEN_IN, Typed, typed_in

SAFE = {"GET", "HEAD", "OPTIONS"}
CODE_AGAIN = "code_again"  # the field in which a further code is sent, beside what is kept
NOT_KEPT = {"csrfmiddlewaretoken", CODE_AGAIN}


@dataclass(frozen=True)
class Access:
    """A page's declaration."""

    permission: Permission | None
    strength: Strength | None
    audits: str | None
    public_because: str = ""
    needs_session: bool = False
    needs_fresh_code: bool = False


def requires(
    permission: Permission,
    *,
    strength: Strength,
    audits: str | None = None,
    fresh: bool = False,
    fresh_to_open: bool = False,
    steps: tuple[str, ...] = (),
):
    """Open a page to those who hold the permission, at the strength the page needs.

    audits names the event under which the page records whose record it shows (`audited`); a
    denial is recorded here, under the same name, also when a row is not there for the person.
    fresh asks for a second code, two minutes old at most, for whatever is sent to the page, but
    for its steps: buttons that look somebody up and change nothing. fresh_to_open asks for one to
    open it, too (SR-38).
    """

    def declare(view: Callable[..., HttpResponse]):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            viewer = getattr(request, "viewer", None)
            if viewer is None:
                raise Http404
            decision = may_open(viewer, permission, strength)
            if decision is Decision.ELEVATE:
                return offer_to_elevate(request)
            if decision is not Decision.ALLOW:
                deny(request, audits or permission.name.lower())
            if fresh_to_open or (fresh and _changes(request, steps)):
                wanted = code_wanted(request)
                if wanted is not None:
                    return wanted
            try:
                return _noting_what_was_taken(request, view(request, *args, **kwargs))
            except Refused:
                raise
            except Http404:
                refused(request, audits or permission.name.lower(), target=kwargs.get("pk"))
                raise

        guarded.access = Access(  # type: ignore[attr-defined]
            permission, strength, audits, needs_fresh_code=fresh or fresh_to_open
        )
        return guarded

    return declare


def _noting_what_was_taken(request, response: HttpResponse) -> HttpResponse:
    """Let words wait no more whose form was taken: it leads to another page then."""
    name = request.resolver_match.url_name
    if name in WRITTEN_IN and _leads_on(request, response):
        page = rescue.page_of(rescue.sent_with(request))
        if page is not None and page.is_for(request.viewer):
            keeping.take(by=request.viewer, page=page)
    return response


def _leads_on(request, response: HttpResponse) -> bool:
    return request.method == "POST" and 300 <= response.status_code < 400


def _changes(request, steps: tuple[str, ...]) -> bool:
    """Whether something is sent, and not only one of the form's buttons that find somebody."""
    return request.method not in SAFE and not any(step in request.POST for step in steps)


def public(because: str):
    """Open a page to everybody, and say why that is right."""

    def declare(view: Callable[..., HttpResponse]):
        @wraps(view)
        def open_to_all(request, *args, **kwargs):
            return view(request, *args, **kwargs)

        open_to_all.access = Access(None, None, None, because)  # type: ignore[attr-defined]
        return login_not_required(open_to_all)

    return declare


def own_session(because: str):
    """Open a page to whoever has a session, even one that is locked or has no school yet."""

    def declare(view: Callable[..., HttpResponse]):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if getattr(request, "session_state", None) is None:
                return HttpResponseRedirect(reverse("sign-in"))
            return view(request, *args, **kwargs)

        guarded.access = Access(None, None, None, because, needs_session=True)  # type: ignore[attr-defined]
        return login_not_required(guarded)

    return declare


def offer_to_elevate(request):
    """Send the person to the authenticator, and back here afterwards.

    Elevated access may have ended while they wrote: then what they wrote is on the page that says
    so, to send again when they have elevated beside it. Nothing of it is looked at here.
    """
    typed = typed_in(request)
    if typed is not None and typed.prose:
        page = "accounts/elevation_ended.html"
        return render(request, page, {"typed": typed}, status=HTTPStatus.FORBIDDEN)
    back = request.get_full_path() if request.method == "GET" else reverse("home")
    return HttpResponseRedirect(f"{reverse('elevate')}?{urlencode({'next': back})}")


def code_wanted(request) -> HttpResponse | None:
    """Ask for a further code where the last is more than two minutes old; None where it is not.

    What was sent is kept on the page that asks, and goes on when the code is right (SR-38).
    """
    if request.viewer.session is not None and request.viewer.session.is_fresh(timezone.now()):
        return None
    here = request.get_full_path()
    address = f"{reverse('code-again')}?{urlencode({'next': here})}"
    if request.method in SAFE:
        return HttpResponseRedirect(address)
    ways = ways_of(request.viewer, timezone.now())
    form = CodeForm if ways.has_factor else RecoveryCodeForm
    context = {
        "form": form(prefix=CODE_AGAIN),
        "ways": ways,
        "by_recovery": not ways.has_factor,
        "address": address,
        "typed": kept(request),
    }
    page = "accounts/code_again.html"
    return render(request, page, context, status=HTTPStatus.FORBIDDEN)


def kept(request) -> Typed:
    """Return all that our own form sent, but for passwords and the codes of this very asking."""
    return Typed(
        request.path,
        [
            (name, value)
            for name, values in request.POST.lists()
            for value in values
            if not name.startswith(CODE_AGAIN) and name not in NOT_KEPT and "password" not in name
        ],
    )


class Refused(Http404):
    """Absence, as far as anybody can tell; that it was asked for is on record already."""


def deny(request, event: str):
    """Record that somebody was refused, and answer as though nothing were there."""
    refused(request, event, target=request.resolver_match.kwargs.get("pk"))
    raise Refused


def refused(request, event: str, *, target: UUID | None) -> None:
    """Record what somebody asked for and did not get, whether or not it exists."""
    page = request.resolver_match.view_name or ""
    record_access(request.viewer, f"{DENIED}{event}", target=target, page=page)


def audited(request, event: str, *, pupils=(), target=None, detail: str = "") -> None:
    """Record what a page shows, before it is shown: no record, no page.

    Who opens far too much in an hour sees this page, and then has to elevate again (SR-16).
    """
    record_access(
        request.viewer,
        event,
        pupils=pupils,
        target=target,
        page=request.resolver_match.view_name or "",
        detail=detail,
    )
    end_if_too_many(request.viewer, event, timezone.now())
