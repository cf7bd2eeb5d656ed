"""Asking for reports, watching them being made, and opening them."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import audited, code_wanted, requires
from accounts.middleware import POLL_HEADER
from accounts.permissions import S2, Permission
from accounts.views_kept import as_said_to_a_script
from chronology import cursors
from incidents.files import size_in_words
from pupils.models import Pupil
from reports import facts, forms, services
from reports.models import Report
from safeguard.errors import DomainError, NotAllowed
from safeguard.rescue import Kept

MAKE_REPORTS = Permission.MAKE_REPORTS
TEMPLATES: dict[str, str] = {
    Report.Kind.CHRONOLOGY: "reports/make_chronology_report.html",
    Report.Kind.CASE_CONFERENCE: "reports/conference_report.html",
}
PAGE = 25
PLACE = (datetime, UUID)


@require_http_methods(["GET", "POST"])
@requires(MAKE_REPORTS, strength=S2, audits="report.asked")
def make_chronology_report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose what of a pupil's story is printed, see it, and ask for it."""
    pupil = get_object_or_404(Pupil.objects.visible_to(request.viewer), pk=pk)
    data = request.POST if request.method == "POST" else None
    form = forms.ChronologyReportForm(data, viewer=request.viewer)
    if form.is_asked and form.is_valid():
        return _ask(request, pupil, Report.Kind.CHRONOLOGY, form)
    return _form_page(request, TEMPLATES[Report.Kind.CHRONOLOGY], pupil, form)


@require_http_methods(["GET", "POST"])
@requires(MAKE_REPORTS, strength=S2, audits="report.asked")
def conference_report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write what only a person can write of a case-conference report, and ask for it."""
    pupil = get_object_or_404(Pupil.objects.visible_to(request.viewer), pk=pk)
    data = request.POST if request.method == "POST" else None
    initial = None if data else forms.offered(request.viewer, pupil)
    form = forms.ConferenceReportForm(data, viewer=request.viewer, initial=initial)
    if data is not None and (POLL_HEADER in request.headers or "later" in data):
        return _keep_draft(request, pupil, form)
    if form.is_asked and form.is_valid():
        return _ask(request, pupil, Report.Kind.CASE_CONFERENCE, form)
    return _form_page(request, TEMPLATES[Report.Kind.CASE_CONFERENCE], pupil, form)


@require_safe
@requires(MAKE_REPORTS, strength=S2, audits="report.listed")
def reports(request: HttpRequest) -> HttpResponse:
    """The reports one asked for, newest first."""
    page = _page_of_reports(request)
    audited(request, "report.listed", pupils={report.pupil_id for report in page.rows})
    return render(request, "reports/reports.html", {"page": page})


@require_http_methods(["GET", "POST"])
@requires(MAKE_REPORTS, strength=S2, audits="report.read", fresh=True)
def report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One report: how far it is, then its file; or why there is none, and how to try again."""
    found = _report(request, pk)
    if request.method == "POST":
        return _try_again(request, found)
    audited(request, "report.read", pupils=[found.pupil_id], target=found.pk)
    return render(request, "reports/report.html", _state(found))


@require_safe
@requires(MAKE_REPORTS, strength=S2, audits="report.read")
def report_progress(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The piece of the page that says how far it is; asked for again and again, names nobody."""
    return render(request, "reports/state.html", _state(_report(request, pk)))


@require_safe
@requires(MAKE_REPORTS, strength=S2, audits="report.downloaded", fresh_to_open=True)
def report_file(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The paper itself, to be kept: never shown inside the page, never kept on the way."""
    found = _report(request, pk)
    try:
        content = services.open_paper(by=request.viewer, report=found)
    except NotAllowed as refusal:
        raise Http404 from refusal
    except services.NoPaper as problem:
        messages.error(request, str(problem))
        return redirect("report", pk=found.pk)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="safeguard-{found.reference}.pdf"'
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


def _report(request: HttpRequest, pk: UUID) -> Report:
    rows = Report.objects.visible_to(request.viewer).select_related("pupil", "made", "text")
    return get_object_or_404(rows, pk=pk)


def _state(report: Report) -> dict[str, object]:
    return {
        "report": report,
        "progress_url": reverse("report-progress", args=[report.pk]),
        "file_url": reverse("report-file", args=[report.pk]),
        "size": size_in_words(report.made.size) if report.has_file else "",
    }


def _ask(request: HttpRequest, pupil: Pupil, kind: str, form) -> HttpResponse:
    """Ask for the report, under a fresh code: it takes a child's story out of here (SR-38)."""
    wanted = code_wanted(request)
    if wanted is not None:
        return wanted
    try:
        asked = services.ask_for_report(by=request.viewer, pupil=pupil, kind=kind, **form.request())
    except NotAllowed as refusal:
        raise Http404 from refusal
    except DomainError as problem:
        form.add_error(None, str(problem))
        return _form_page(request, TEMPLATES[kind], pupil, form)
    return redirect("report", pk=asked.pk)


def _form_page(request: HttpRequest, template: str, pupil: Pupil, form) -> HttpResponse:
    selection = form.selection()
    audited(request, "chronology.read", pupils=[pupil.pk], target=pupil.pk)
    lines = facts.lines_of(facts.entries_for(request.viewer, pupil, selection))
    context = {"pupil": pupil, "form": form, "lines": lines, "left_out": selection.left_out}
    return render(request, template, context)


def _keep_draft(request: HttpRequest, pupil: Pupil, form) -> HttpResponse:
    services.keep_draft(by=request.viewer, pupil=pupil, typed=form.typed_so_far())
    if POLL_HEADER in request.headers:
        return as_said_to_a_script(Kept())
    messages.success(request, "Saved. You find it here again for 14 days.")
    return redirect("conference-report", pk=pupil.pk)


def _try_again(request: HttpRequest, report: Report) -> HttpResponse:
    try:
        again = services.try_again(by=request.viewer, report=report)
    except DomainError as problem:
        messages.error(request, str(problem))
        return redirect("report", pk=report.pk)
    return redirect("report", pk=again.pk)


def _page_of_reports(request: HttpRequest) -> cursors.Page[Report]:
    """Return a page of one's own reports, by place: older onwards, newer backwards."""
    rows = Report.objects.visible_to(request.viewer).select_related("pupil")
    older = cursors.read(request.GET.get("after", ""), PLACE)
    newer = cursors.read(request.GET.get("before", ""), PLACE) if older is None else None
    if older is not None:
        at, pk = older
        rows = rows.filter(Q(asked_at__lt=at) | Q(asked_at=at, pk__lt=pk))
    if newer is not None:
        at, pk = newer
        rows = rows.filter(Q(asked_at__gt=at) | Q(asked_at=at, pk__gt=pk))
        found = list(rows.order_by("asked_at", "id")[: PAGE + 1])[::-1]
    else:
        found = list(rows.newest_first()[: PAGE + 1])
    return cursors.page_of(
        found,
        PAGE,
        lambda row: (row.asked_at, row.pk),
        begun=older is not None,
        backwards=newer is not None,
        ended=newer is None,
    )
