"""Headers that every answer carries."""

from django.conf import settings


class NothingKept:
    """Nothing of a signed-in page stays in a browser's cache or history.

    `no-store` alone does not evict a page from Chromium's back/forward cache; re-emitting an
    HttpOnly cookie with each answer does, and only together with `no-store` (security.md V11). The
    session cookie is sent again as it is, without saving the session (V22).
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.path_info.startswith(settings.STATIC_URL):
            return response
        response["Cache-Control"] = "no-store, private"
        name = settings.SESSION_COOKIE_NAME
        if name in request.COOKIES and name not in response.cookies:
            response.set_cookie(
                name,
                request.COOKIES[name],
                max_age=settings.SESSION_COOKIE_AGE,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite=settings.SESSION_COOKIE_SAMESITE,
            )
        return response
