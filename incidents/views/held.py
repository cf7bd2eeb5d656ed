"""What stands before a file that is not known to be clean: a warning, or that it is closed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.decorators import audited
from incidents.models import Attachment
from incidents.opening import Way, may_open

YES = "open"  # what the warning's button sends


def held_back(
    request: HttpRequest, found: Attachment, *, redrawn: bool = False
) -> HttpResponse | None:
    """Return the page that is shown in place of a file; None when the file is to be sent.

    Whoever hands out a file, or our own redrawn copy of it, asks here first.
    """
    opening = may_open(found, request.viewer, redrawn=redrawn)
    agreed = opening.way == Way.WARNS and request.method == "POST" and YES in request.POST
    if opening.way == Way.OPENS or agreed:
        return None
    audited(request, "attachment.held", pupils=[found.incident.pupil_id], target=found.pk)
    context = {
        "incident": found.incident,
        "name": found.name,
        "state": opening.state.name.lower(),
        "may_go_on": opening.way == Way.WARNS,
        "yes": YES,
    }
    return render(request, "incidents/file_held.html", context)
