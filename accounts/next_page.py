"""Where somebody was going: kept through signing in, unlocking and elevating, and only if ours."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def next_page(request):
    """Return the page asked for if it is a page of this site; otherwise the home page."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return reverse("home")


def on_the_way(url_name: str, request, **more: str) -> str:
    """Return the address of a page to pass through, which remembers where to go afterwards."""
    return f"{reverse(url_name)}?{urlencode({'next': next_page(request), **more})}"


def by_way_of(url_name: str, request, *args) -> str:
    """Return the address of a page to pass through first, which leads back to this one."""
    return f"{reverse(url_name, args=args)}?{urlencode({'next': request.get_full_path()})}"
