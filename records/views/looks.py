"""The access log: for those who oversee it, for everybody their own, and counts without names."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import audited, requires
from accounts.permissions import S1, S2, Permission
from records import access_log
from records.forms_looks import FILTERS, LogFilterForm
from safeguard import spreadsheets
from safeguard.errors import DomainError

FORM_STEPS = ("find", "remove")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.SEE_ACCESS_LOG, strength=S2, audits="log.read")
def log(request: HttpRequest) -> HttpResponse:
    """Show who looked at what; what it is to be narrowed to comes by POST and stands as ids."""
    form = _form(request)
    if request.method == "POST" and form.is_bound and form.is_valid():
        return redirect(f"{request.path}?{urlencode(form.narrows())}")
    narrows = form.narrows()
    page = access_log.log_for(request.viewer, request.GET, _answers(form), urlencode(narrows))
    audited(request, "log.read", pupils=page.pupils)
    context = {"form": form, "page": page, "narrows": narrows}
    return render(request, "records/access_log.html", context)


@require_POST
@requires(Permission.SEE_ACCESS_LOG, strength=S2, audits="log.exported", fresh=True)
def export_log(request: HttpRequest) -> HttpResponse:
    """Give the narrowed log as a file for a spreadsheet; taking it is on the log too."""
    form = LogFilterForm(request.POST, viewer=request.viewer)
    try:
        access_log.may_export(request.viewer, timezone.now())
    except DomainError as problem:
        messages.error(request, str(problem))
        return redirect("access-log")
    lines, more = access_log.lines_to_export(request.viewer, _answers(form))
    pupils = {pupil.pk for line in lines for pupil in line.pupils}
    audited(request, "log.exported", pupils=pupils, detail=f"{len(lines)} lines")
    table = spreadsheets.as_csv(access_log.as_rows(lines, more))
    answer = HttpResponse(table, content_type="text/csv; charset=utf-8")
    name = f"access-log-{timezone.localdate():%Y-%m-%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_safe
@requires(Permission.READ_ABOUT_SELF, strength=S1, audits="log.own")
def my_looks(request: HttpRequest) -> HttpResponse:
    """Show a person what the log says of them."""
    page = access_log.own_looks(request.viewer, request.GET)
    audited(request, "log.own", pupils=page.pupils)
    return render(request, "records/my_looks.html", {"page": page})


@require_safe
@requires(Permission.SEE_LOG_COUNTS, strength=S2, audits="log.counts")
def log_counts(request: HttpRequest) -> HttpResponse:
    """Show how much is looked at, to those who may know no name."""
    counts = access_log.counts_for(request.viewer, timezone.localdate())
    audited(request, "log.counts")
    context = {"counts": counts, "days": access_log.COUNTED_DAYS}
    return render(request, "records/log_counts.html", context)


def _form(request: HttpRequest) -> LogFilterForm:
    """Return the form as sent, as it is being filled in, or as the address has it."""
    if request.method == "POST":
        if any(step in request.POST for step in FORM_STEPS):
            return LogFilterForm(viewer=request.viewer, answers=request.POST)
        return LogFilterForm(request.POST, viewer=request.viewer)
    asked = any(request.GET.get(name) for name in FILTERS)
    return LogFilterForm(request.GET if asked else None, viewer=request.viewer)


def _answers(form: LogFilterForm) -> dict:
    """Return what was understood; a wrong answer narrows nothing."""
    if not form.is_bound:
        return {}
    form.is_valid()
    return form.cleaned_data
