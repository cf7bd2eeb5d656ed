"""From which year on pupils are drawn as young people on body maps."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.decorators import audited, requires
from accounts.doing import outcome
from accounts.permissions import S2, Permission
from incidents import outlining
from incidents.bodymap.regions import VIEWS, Figure
from incidents.forms.outlining import OutlineForm
from incidents.marking import picture_of
from incidents.outlines import Outline


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="outline.changed")
def outline_page(request: HttpRequest) -> HttpResponse:
    """Choose the year, beside both outlines."""
    form = OutlineForm(initial={"young_from": Outline.young_from_in(request.viewer)})
    if request.method == "POST":
        form = OutlineForm(request.POST)
    outline = outcome(form, outlining.choose_outline, by=request.viewer)
    if outline is None:
        drawn = [picture_of(VIEWS["front"], (), figure) for figure in Figure]
        return render(request, "school/outline.html", {"form": form, "drawn": drawn})
    audited(request, "outline.changed", target=outline.pk)
    messages.success(request, "Changed. It counts from the next body map on.")
    return redirect("categories")
