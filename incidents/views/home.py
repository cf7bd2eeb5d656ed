"""Home, and what one recorded oneself."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.decorators import audited, requires
from accounts.permissions import S1, Permission
from incidents import own, recipients, services
from incidents.before_you_go import waiting_for
from incidents.forms.alerting import names
from incidents.forms.mistake import MistakeForm
from incidents.models import Incident
from incidents.paging import page_of
from safeguard import status
from safeguard.errors import DomainError


@require_safe
@requires(Permission.USE_ACCOUNT, strength=S1)
def home(request: HttpRequest) -> HttpResponse:
    """Show what to do first, and what still waits. It is opened before classes: it names no child."""
    viewer = request.viewer
    context = {
        "waiting": waiting_for(viewer),
        "may_record": viewer.has(Permission.ADD_INCIDENT),
        "warnings": status.warnings(timezone.now()) if viewer.has(Permission.SEE_STATUS) else [],
    }
    return render(request, "incidents/home.html", context)


@require_safe
@requires(Permission.READ_OWN, strength=S1, audits="incident.own_list")
def my_incidents(request: HttpRequest) -> HttpResponse:
    """Show what this person recorded, how far each has come, and what the DSL writes back."""
    page = page_of(own.incidents_of(request.viewer), request.GET)
    audited(request, "incident.own_list", pupils={row.pupil_id for row in page.rows})
    context = {"page": page, "lines": own.as_lines(request.viewer, page.rows)}
    return render(request, "incidents/my_incidents.html", context)


@requires(Permission.READ_OWN, strength=S1, audits="incident.mistake")
def report_mistake(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take what is wrong in an incident of one's own to the school's site leads."""
    mine = Incident.objects.visible_to(request.viewer).written_by(request.viewer.user)
    incident = get_object_or_404(mine, pk=pk)
    audited(request, "incident.mistake", pupils=[incident.pupil_id], target=pk)
    form = MistakeForm()
    if request.method == "POST":
        form = MistakeForm(request.POST)
        if form.is_valid() and _reported(request, incident, form):
            return redirect("my-incidents")
    leads = recipients.site_leads(request.viewer.school, timezone.localdate())
    told = names(lead for lead in leads if lead.pk != request.viewer.user_id)
    context = {"form": form, "incident": incident, "told": told}
    return render(request, "incidents/report_mistake.html", context)


def _reported(request: HttpRequest, incident: Incident, form: MistakeForm) -> bool:
    try:
        services.report_mistake(by=request.viewer, incident=incident, **form.cleaned_data)
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, f"Your note on {incident.reference} has been sent.")
    return True
