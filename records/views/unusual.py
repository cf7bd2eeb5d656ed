"""What was unusual in the access log, for the head; and about the head, for the chair."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import audited, requires
from accounts.permissions import S2, Permission
from incidents.paging import page_of
from records import anomaly_page
from records.forms_looks import NoteForm
from records.models import AnomalyFinding
from safeguard.errors import DomainError

PAGES = ["GET", "HEAD", "POST"]


@require_safe
@requires(Permission.SEE_ANOMALIES, strength=S2, audits="anomalies.listed")
def anomalies(request: HttpRequest) -> HttpResponse:
    """List what the rules found, for the head."""
    return _listed(request, "records/anomalies.html")


@require_http_methods(PAGES)
@requires(Permission.SEE_ANOMALIES, strength=S2, audits="anomaly.read")
def anomaly(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one finding with its looks, and take down what the head says of it."""
    return _one(request, pk, "anomalies", "records/anomaly.html")


@require_safe
@requires(Permission.SEE_HEADS_ANOMALIES, strength=S2, audits="anomalies.listed")
def heads_looks(request: HttpRequest) -> HttpResponse:
    """List what the rules found about the head, for the chair."""
    return _listed(request, "records/heads_looks.html")


@require_http_methods(PAGES)
@requires(Permission.SEE_HEADS_ANOMALIES, strength=S2, audits="anomaly.read")
def heads_look(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one finding about the head, without names of children, and take down what the chair says."""
    return _one(request, pk, "heads-looks", "records/heads_look.html")


def _listed(request: HttpRequest, template: str) -> HttpResponse:
    """List findings, newest first: what waits, or everything with ?all=yes."""
    rows = AnomalyFinding.objects.visible_to(request.viewer)
    with_all = request.GET.get("all") == "yes"
    rows = rows if with_all else rows.not_noted()
    page = page_of(
        rows.select_related("person", "school", "note__by"),
        request.GET,
        also="all=yes" if with_all else "",
    )
    audited(request, "anomalies.listed")
    told = [(row, anomaly_page.in_a_sentence(row)) for row in page.rows]
    return render(request, template, {"page": page, "told": told, "with_all": with_all})


def _one(request: HttpRequest, pk: UUID, back: str, template: str) -> HttpResponse:
    rows = AnomalyFinding.objects.visible_to(request.viewer)
    found = get_object_or_404(rows.select_related("person", "school", "note__by"), pk=pk)
    form = NoteForm(request.POST) if request.method == "POST" else NoteForm()
    if form.is_bound and form.is_valid() and _noted(request, found, form):
        return redirect(back)
    told = anomaly_page.told(request.viewer, found)
    pupils = {pupil.pk for line in told.lines for pupil in line.pupils}
    audited(request, "anomaly.read", pupils=pupils, target=found.pk)
    return render(request, template, {"form": form, "told": told})


def _noted(request: HttpRequest, found: AnomalyFinding, form: NoteForm) -> bool:
    try:
        anomaly_page.acknowledge(by=request.viewer, finding=found, **form.cleaned_data)
    except DomainError as problem:
        form.add_error("text", str(problem))
        return False
    audited(request, "anomaly.read", target=found.pk)
    messages.success(request, "Your note is on record.")
    return True
