"""The application does not start while any page lacks a declaration of who may open it."""

from collections.abc import Iterator

from django.core.checks import Error, register
from django.urls import URLPattern, URLResolver, get_resolver

# Views of libraries, each with the reason why it needs no declaration of ours.
OPEN_LIBRARY_VIEWS: dict[str, str] = {}


def pages(patterns=None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Return every URL pattern of the application with its path."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from pages(pattern.url_patterns, path)
        else:
            yield path, pattern


@register("security")
def every_page_declares_who_may_open_it(app_configs, **kwargs) -> list[Error]:
    """E001: a URL whose view has neither @requires nor @public (SR-41)."""
    return [
        Error(f"/{path} does not declare who may open it", id="accounts.E001")
        for path, pattern in pages()
        if not hasattr(pattern.callback, "access") and path not in OPEN_LIBRARY_VIEWS
    ]
