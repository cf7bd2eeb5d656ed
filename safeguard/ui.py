"""What every page shows around its content: the banner, the menu, the badge."""

from dataclasses import dataclass

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from safeguard import banners, menu, rescue
from safeguard.views import WRITTEN_IN


@dataclass(frozen=True)
class Link:
    """An entry of the menu."""

    url: str
    label: str
    current: bool
    count: int = 0


def page(request: HttpRequest) -> dict[str, object]:
    """Return the context of the frame; a page opened without signing in has no menu."""
    viewer = getattr(request, "viewer", None)
    state = getattr(request, "session_state", None)
    return {
        "viewer": viewer,
        "school": viewer.school if viewer else None,
        "nav": [
            Link(
                reverse(entry.url_name),
                entry.label,
                _is_current(request, entry),
                entry.count(viewer),
            )
            for entry in menu.entries_for(viewer)
        ]
        if viewer
        else [],
        "banners": banners.banners_for(viewer, timezone.now()) if viewer else [],
        "session_state": state,
        "idle_seconds": viewer.school.idle_minutes * 60 if viewer else 0,
        "rescue_token": rescue.token_for(request),
        "rescue_turn": rescue.turn_in(rescue.sent_with(request)),
        "kept_here": _kept_here(request, viewer),
        "is_demo": settings.DEMO,
    }


def _kept_here(request: HttpRequest, viewer) -> list:
    """Return what this person typed into the form of this page and never sent."""
    match = request.resolver_match
    name = match.url_name if match and viewer and request.method == "GET" else ""
    if name not in WRITTEN_IN or name in rescue.KEEPERS:
        return []
    words = apps.get_model("accounts", "KeptWords").objects.visible_to(viewer).waiting()
    return list(words.filter(path=request.path).order_by("-saved_at", "id"))


def _is_current(request: HttpRequest, entry: menu.Entry) -> bool:
    match = request.resolver_match
    return match is not None and match.url_name in {entry.url_name, *entry.also}
