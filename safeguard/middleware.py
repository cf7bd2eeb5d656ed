"""Headers that every answer carries."""

from django.conf import settings

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
