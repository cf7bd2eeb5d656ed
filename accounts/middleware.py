"""Who looks, decided anew at each request: from the session, and from rights as they are now."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, ResolverMatch, resolve, reverse
from django.utils import timezone

from accounts import binding, sessions, views_kept
from accounts.permissions import Strength
from accounts.viewer import viewer_for
from safeguard import walls
from safeguard.middleware import POLL_HEADER

# Says to our own script that the session is over or locked. A network's sign-in page does not.
SESSION_HEADER = "X-Safeguard-Session"
# None of these shows anything of a record, or who is signed in to somebody who does not know.
WHILE_LOCKED = {
    "unlock",
    "blank-screen",
    "sign-out",
    "session-ended",
    "reset-password",
    "reset-password-sent",
    "choose-password",
    "demo-mail",
    "visitor-slip",
}
BEFORE_A_SCHOOL = WHILE_LOCKED | {"choose-school"}


class ViewerMiddleware:
    """Sets request.viewer; ends idle sessions, holds locked ones, and notes activity.

    While the screen is locked there is no viewer, so that no page can show anything for one. The
    database shows the rows of the viewer's school while the page is made, and none without a viewer
    (SR-47).
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.viewer = None
        request.session_state = None
        request.elevation_secret = ""  # set by the page that elevates
        with walls.acting_in(None):
            refusal = self._refusal(request)
            if refusal is not None:
                return refusal
            viewer = request.viewer
            with walls.acting_in(viewer.school_id if viewer else None):
                response = self.get_response(request)
            if request.elevation_secret:
                self._give(response, request.elevation_secret)
            return response

    def _refusal(self, request):
        """Return what is answered instead of the page; words that were sent are kept all the same."""
        if request.user.is_authenticated:
            refusal = self._admit(request, timezone.now())
            if refusal is not None:
                status = refusal.status_code if refusal.status_code >= 400 else 401
                return views_kept.rescued(request, status=status) or refusal
            if request.viewer is None or not views_kept.is_anothers(request):
                return None
            return views_kept.rescued(request, status=401)
        return views_kept.rescued(request, status=401)

    def _admit(self, request, now: datetime):
        match = self._match(request)
        state = self._state(request, now)
        if state is None:
            return self._ended(request, match)
        request.session_state = state
        name = match.url_name if match else None
        if state.locked_at is not None:
            return None if name in WHILE_LOCKED else self._elsewhere(request, "unlock", 423)
        moved = state.strength(now) is Strength.ELEVATED and not self._is_where_elevated(request)
        if not moved and POLL_HEADER not in request.headers and sessions.touch(state.pk, now):
            state.refresh_from_db(fields=["last_activity", "elevated_until"])
        if state.school is None:
            return None if name in BEFORE_A_SCHOOL else self._elsewhere(request, "choose-school")
        strength = Strength.SIGNED_IN if moved else state.strength(now)
        request.viewer = viewer_for(state.user, state.school, strength=strength, session=state)
        if moved and request.viewer:
            binding.end_elsewhere(
                state,
                viewer=request.viewer,
                user_agent=request.headers.get("User-Agent", ""),
                page=match.view_name if match else "",
            )
        return None if request.viewer else self._ended(request, match)

    def _match(self, request):
        try:
            return resolve(request.path_info)
        except Resolver404:
            return None

    def _state(self, request, now: datetime):
        key = request.session.get(sessions.KEY)
        state = sessions.alive(UUID(key), now) if key else None
        return state if state is not None and state.user_id == request.user.pk else None

    def _is_where_elevated(self, request):
        """Whether this is the browser in which the session was elevated (AC24)."""
        return binding.belongs(
            request.session_state,
            request.COOKIES.get(binding.COOKIE, ""),
            request.headers.get("User-Agent", ""),
        )

    def _give(self, response, secret: str) -> None:
        """Send the browser its half of what its elevation is bound to."""
        response.set_cookie(
            binding.COOKIE,
            secret,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite=settings.SESSION_COOKIE_SAMESITE,
        )

    def _ended(self, request, match: ResolverMatch | None):
        """Forget the session; a page that is open to strangers opens as for any stranger."""
        key = request.session.get(sessions.KEY)
        if key:
            sessions.end(UUID(key), timezone.now())
        logout(request)
        request.viewer = request.session_state = None
        access = getattr(match.func, "access", None) if match else None
        if access is not None and access.public_because and not access.needs_session:
            return None
        if request.get_full_path() == "/" and POLL_HEADER not in request.headers:
            return None  # somebody begins their day with the site's own address: sign in
        return self._elsewhere(request, "session-ended", 401)

    def _elsewhere(self, request, url_name: str, status: int = 409):
        """Send a person to another page and remember this one; tell a script by its status."""
        match = self._match(request)
        if POLL_HEADER in request.headers or (match and match.url_name == "keep-alive"):
            said = {401: "over", 423: "locked"}.get(status)
            return HttpResponse(status=status, headers={SESSION_HEADER: said} if said else {})
        back = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
        return HttpResponseRedirect(f"{reverse(url_name)}?{urlencode({'next': back})}")
