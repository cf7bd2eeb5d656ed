"""Opening a file: the permission is asked at each request, and the browser only ever stores it."""

from pathlib import PurePath
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods

from accounts.decorators import audited, requires
from accounts.permissions import S1, Permission
from accounts.viewer import Viewer
from incidents import files
from incidents.file_types import is_picture
from incidents.models import Attachment
from incidents.views.held import held_back


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OPEN_INCIDENT, strength=S1, audits="attachment.opened")
def attachment(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send a stored file to be saved, never to be shown in the page (SR-70); a picture is looked at.

    One that is not known to be clean is sent to those who lead when they have read so, and said yes.
    """
    found = visible_file(request.viewer, pk)
    if is_picture(found.content_type):
        return redirect("look-at-file", pk)
    page = held_back(request, found)
    if page is not None:
        return page
    audited(request, "attachment.opened", pupils=[found.incident.pupil_id], target=found.pk)
    return to_be_saved(request.viewer, pk)


def visible_file(viewer: Viewer, pk: UUID) -> Attachment:
    """Return a file that this person may see, or answer that there is none."""
    visible = Attachment.objects.visible_to(viewer).select_related("incident", "action")
    return get_object_or_404(visible, pk=pk)


def to_be_saved(viewer: Viewer, pk: UUID) -> HttpResponse:
    """Return a stored file as it was sent, for the browser to store and nothing else."""
    found = visible_file(viewer, pk)
    response = HttpResponse(files.content_of(found), content_type=found.content_type)
    response["Content-Disposition"] = content_disposition_header(True, _name(found))
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _name(found: Attachment) -> str:
    """Return the name to save it under: the reference keeps the download tied to its incident."""
    return f"{found.incident.reference} {PurePath(found.name).name}"
