"""What another window holds of an incident: compared with the draft, taken over, or deleted."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import audited, requires
from accounts.permissions import S1, Permission
from incidents import drafting, wordings
from incidents.forms.wordings import compared
from incidents.models import Draft, Wording

TAKEN = "You go on with the other words. Those that stood here before are kept beside them."
DELETED = "The other words have been deleted."


@require_safe
@requires(Permission.ADD_INCIDENT, strength=S1, audits="incident.add")
def compare_wordings(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a draft beside what other windows hold of it; or what a submitted incident does not say."""
    viewer = request.viewer
    draft = Draft.objects.visible_to(viewer).filter(pk=pk).first()
    others = wordings.beside(viewer, pk)
    added = drafting.added_instead(viewer, pk)
    incident = added.incident if added else drafting.submitted(viewer, pk)
    if not others and draft is None and incident is None:
        raise Http404
    found = [compared(viewer, draft, other) for other in others]
    audited(
        request, "incident.add", pupils={one for each in found for one in each.pupils}, target=pk
    )
    context = {
        "pk": pk,
        "comparisons": found,
        "incident": incident,
        "is_kept": draft is not None,
        "days": drafting.KEPT.days,
    }
    return render(request, "incidents/compare_wordings.html", context)


@require_POST
@requires(Permission.ADD_INCIDENT, strength=S1, audits="incident.add")
def choose_wording(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Go on with what another window holds, or delete it."""
    wording = get_object_or_404(Wording.objects.visible_to(request.viewer), pk=pk)
    if "discard" in request.POST:
        wordings.discard(by=request.viewer, wording=wording)
        messages.success(request, DELETED)
        return redirect("compare-wordings", wording.draft)
    became = drafting.submitted, drafting.added_instead
    if any(find(request.viewer, wording.draft) for find in became):
        return redirect("compare-wordings", wording.draft)
    wordings.take_over(by=request.viewer, wording=wording)
    messages.success(request, TAKEN)
    return redirect("edit-draft", wording.draft)
