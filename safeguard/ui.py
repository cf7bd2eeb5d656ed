"""What every page shows around its content: the banner, the menu, the badge."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from safeguard import banners, menu


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
        "is_demo": settings.DEMO,
    }


def _is_current(request: HttpRequest, entry: menu.Entry) -> bool:
    match = request.resolver_match
    return match is not None and match.url_name in {entry.url_name, *entry.also}
