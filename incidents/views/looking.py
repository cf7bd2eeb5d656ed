"""Looking at a file in a page of ours: a picture, or the pages of a PDF, as copies drawn anew.

The browser never opens what was sent. A picture's original is evidence, and taken out for a reason.
"""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import audited, requires
from accounts.permissions import S1, S2, Permission
from incidents import viewing
from incidents.file_types import is_looked_at, is_picture
from incidents.files import size_in_words
from incidents.forms.looking import OriginalForm
from incidents.models import Attachment
from incidents.opening import Way, may_open
from incidents.views.files import to_be_saved, visible_file
from incidents.views.held import held_back

# Were a picture more than one, it could still do nothing, and stand in no other site's page.
ONLY_A_PICTURE = "sandbox; default-src 'none'; frame-ancestors 'none'"


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OPEN_INCIDENT, strength=S1, audits="attachment.looked_at")
def look_at_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a picture, or the pages of a PDF; one that is not known to be clean after a warning."""
    found = visible_file(request.viewer, pk)
    if not is_looked_at(found.content_type):
        return redirect("attachment", pk)
    page = held_back(request, found, redrawn=True)
    if page is not None:
        return page
    audited(request, "attachment.looked_at", pupils=[found.incident.pupil_id], target=found.pk)
    context = {
        "file": found,
        "size": size_in_words(found.size),
        "sight": viewing.sights([found])[found.pk],
        "is_picture": is_picture(found.content_type),
        "may_take_original": _may_take_original(request),
    }
    return render(request, "incidents/look_at_file.html", context)


@require_safe
@requires(Permission.OPEN_INCIDENT, strength=S1, audits="attachment.shown")
def page_of_file(request: HttpRequest, pk: UUID, page: int) -> HttpResponse:
    """Show one page, or the picture, as it was drawn anew (SR-70, SR-72)."""
    return _shown(request, pk, page, small=False)


@require_safe
@requires(Permission.OPEN_INCIDENT, strength=S1, audits="attachment.shown")
def small_picture(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the small picture that stands in a list."""
    return _shown(request, pk, 1, small=True)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OPEN_ORIGINAL, strength=S2, audits="attachment.original", fresh=True)
def take_original(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Hand out a picture as it was sent, with all that is hidden in it, for a reason (SR-72)."""
    found = visible_file(request.viewer, pk)
    if not is_picture(found.content_type):
        raise Http404
    opening = may_open(found, request.viewer)
    if opening.way == Way.CLOSED:
        raise Http404
    form = OriginalForm(request.POST) if request.method == "POST" else OriginalForm()
    if not (form.is_bound and form.is_valid()):
        context = {"form": form, "file": found, "unchecked": opening.way == Way.WARNS}
        return render(request, "incidents/take_original.html", context)
    audited(
        request,
        "attachment.original",
        pupils=[found.incident.pupil_id],
        target=found.pk,
        detail=form.cleaned_data["reason"],
    )
    return to_be_saved(request.viewer, pk)


def _shown(request: HttpRequest, pk: UUID, page: int, *, small: bool) -> HttpResponse:
    found = get_object_or_404(
        Attachment.objects.visible_to(request.viewer).select_related("incident", "action"), pk=pk
    )
    if may_open(found, request.viewer, redrawn=True).way == Way.CLOSED:
        raise Http404
    content = viewing.copy_of(found, page, small=small)
    if content is None:
        raise Http404
    audited(
        request,
        "attachment.shown",
        pupils=[found.incident.pupil_id],
        target=found.pk,
        detail="small" if small else f"page {page}",
    )
    response = HttpResponse(content, content_type="image/jpeg")
    response["Content-Disposition"] = "inline"
    response["Content-Security-Policy"] = ONLY_A_PICTURE
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _may_take_original(request: HttpRequest) -> bool:
    """Whether they may, now or once they have used the authenticator."""
    viewer = request.viewer
    may = Permission.OPEN_ORIGINAL
    return viewer.has(may) or viewer.could_with_authenticator(may)
