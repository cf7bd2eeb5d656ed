"""Headers that every answer carries, and requests that other sites may not make."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers

# A poll asks on its own; it must not keep an unattended session alive.
POLL_HEADER = "X-Safeguard-Poll"
# Says nothing: any HttpOnly cookie will do. Not the session's own, which a slow answer from
# another tab would put back over a key that has just been rotated.
FRESH = "fresh" if settings.TRYING_OUT else "__Host-fresh"


class NothingKept:
    """Nothing of a signed-in page stays in a browser's cache or history (SR-39).

    `no-store` alone does not evict a page from Chromium's back/forward cache; setting an HttpOnly
    cookie with each answer does, and only together with `no-store` (security.md V11).
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path_info.startswith(settings.STATIC_URL):
            return response
        response["Cache-Control"] = "no-store, private"
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.set_cookie(
                FRESH,
                "1",
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite=settings.SESSION_COOKIE_SAMESITE,
            )
        return response


# Whatever shows pages has a policy of its own (django-csp); what has none may do nothing at all.
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
POWERS = (
    *("accelerometer", "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope"),
    *("magnetometer", "microphone", "midi", "payment", "sync-xhr", "usb", "xr-spatial-tracking"),
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # never no-referrer: Origin would be null (V8)
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{power}=()" for power in POWERS),
    "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet",
}


class HeadersOfAll:
    """Stands first, so that files, redirects, probes and errors carry the same headers as pages.

    What a view or another middleware has said stays: a file's own policy is stricter.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", NOTHING)
        return response


class OwnPagesOnly:
    """Refuse what another site's page asks for, unless somebody followed a link (SR-80).

    Browsers say where a request comes from, and no page can make them say otherwise. An alert's link
    in a web mail is another site's, and is a person's own navigation: it opens.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if _is_from_elsewhere(request) and not _is_a_followed_link(request):
            response = HttpResponse(
                "This was asked for by another site's page, and is not given.\n",
                content_type="text/plain; charset=utf-8",
                status=HTTPStatus.FORBIDDEN,
            )
        else:
            response = self.get_response(request)
        patch_vary_headers(response, ["Sec-Fetch-Site"])
        return response


def _is_from_elsewhere(request) -> bool:
    return request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}


def _is_a_followed_link(request) -> bool:
    return (
        request.method in {"GET", "HEAD"}
        and request.headers.get("Sec-Fetch-Mode") == "navigate"
        and request.headers.get("Sec-Fetch-Dest") == "document"
    )
