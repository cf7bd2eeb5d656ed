"""Doing what a form asks for; what a service refuses stands over the form, with all that was typed."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.forms import Form

from safeguard.errors import DomainError

Done = TypeVar("Done")


def outcome(form: Form, do: Callable[..., Done], **said: Any) -> Done | None:
    """Return what the service made of it; None when the form, or the service, says why not."""
    if not (form.is_bound and form.is_valid()):
        return None
    try:
        return do(**said, **form.cleaned_data)
    except DomainError as error:
        form.add_error(None, str(error))
        return None
