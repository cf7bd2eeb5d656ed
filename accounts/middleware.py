"""Who looks, decided anew at each request: from the session, and from rights as they are now."""

from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import resolve, reverse
from django.utils import timezone

from accounts import sessions
from accounts.viewer import viewer_for

# A poll asks on its own; it must not keep an unattended session alive.
POLL_HEADER = "X-Safeguard-Poll"
WHILE_LOCKED = {"unlock", "sign-out", "blank-screen", "demo-mail"}


class ViewerMiddleware:
    """Sets request.viewer; ends idle sessions, holds locked ones, and notes activity."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.viewer = None
        request.session_state = None
        if request.user.is_authenticated:
            refusal = self._admit(request)
            if refusal is not None:
                return refusal
        return self.get_response(request)

    def _admit(self, request) -> HttpResponse | None:
        now = timezone.now()
        key = request.session.get(sessions.KEY)
        state = sessions.alive(UUID(key), now) if key else None
        if state is None or state.user_id != request.user.pk:
            return self._ended(request)
        request.session_state = state
        name = resolve(request.path_info).url_name if self._resolves(request) else ""
        if state.locked_at is not None and name not in WHILE_LOCKED:
            return self._locked(request)
        if state.locked_at is None and POLL_HEADER not in request.headers:
            sessions.touch(state.pk, now)
            state.refresh_from_db(fields=["elevated_until"])
        if state.school is not None:
            request.viewer = viewer_for(
                state.user, state.school, strength=state.strength(now), session=state
            )
            if request.viewer is None:
                return self._ended(request)
        elif name not in {"choose-school", "sign-out"}:
            return HttpResponseRedirect(reverse("choose-school"))
        return None

    def _resolves(self, request) -> bool:
        try:
            resolve(request.path_info)
        except Exception:  # noqa: BLE001 - any failure here is an ordinary 404 further on
            return False
        return True

    def _ended(self, request) -> HttpResponse | None:
        logout(request)
        request.viewer = None
        if request.method == "GET" and request.path_info in {reverse("sign-in"), "/"}:
            return None
        if POLL_HEADER in request.headers:
            return HttpResponse(status=401)
        return HttpResponseRedirect(f"{reverse('session-ended')}?{urlencode(self._back(request))}")

    def _locked(self, request) -> HttpResponse:
        if POLL_HEADER in request.headers:
            return HttpResponse(status=423)
        return HttpResponseRedirect(f"{reverse('unlock')}?{urlencode(self._back(request))}")

    def _back(self, request) -> dict[str, str]:
        return {"next": request.get_full_path() if request.method == "GET" else "/"}
