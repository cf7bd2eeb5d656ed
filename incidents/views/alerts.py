"""Alerts: the list, the link in the mail, and "mark as read"."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import audited, requires
from accounts.next_page import next_page
from accounts.permissions import S1, Permission
from incidents import own, services
from incidents.models import Alert
from incidents.paging import page_of


@require_safe
@requires(Permission.READ_ALERTED, strength=S1, audits="alert.list")
def alerts(request: HttpRequest) -> HttpResponse:
    """Show this person's alerts: those not yet read, or all of them."""
    everything = "all" in request.GET
    rows = own.alerts_of(request.viewer)
    shown = rows if everything else rows.waiting()
    page = page_of(shown, request.GET, also="all=yes" if everything else "")
    audited(request, "alert.list", pupils={row.incident.pupil_id for row in page.rows})
    context = {
        "page": page,
        "lines": own.as_alert_lines(request.viewer, page.rows),
        "everything": everything,
    }
    return render(request, "incidents/alerts.html", context)


@require_safe
@requires(Permission.READ_ALERTED, strength=S1, audits="alert.opened")
def alert(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Open what an alert is about: where the link in the mail leads, before or after signing in."""
    found = own.alerts_of(request.viewer).filter(pk=pk).first()
    if found is None:
        return _elsewhere(request, pk)
    audited(request, "alert.opened", pupils=[found.incident.pupil_id], target=found.pk)
    page = reverse("incident", args=[found.incident_id])
    return redirect(f"{page}#entry-{found.action_id}" if found.action_id else page)


@require_POST
@requires(Permission.READ_ALERTED, strength=S1, audits="alert.acknowledged")
def acknowledge_alert(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Note that this person has read it, and go back to where they said so."""
    mine = Alert.objects.addressed_to(request.viewer).visible_to(request.viewer)
    found = get_object_or_404(mine.select_related("incident"), pk=pk)
    services.acknowledge_alerts(by=request.viewer, alerts=[found])
    audited(request, "alert.acknowledged", pupils=[found.incident.pupil_id], target=found.pk)
    return redirect(next_page(request) if "next" in request.POST else "alerts")


def _elsewhere(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Offer the other school, to those who work in two and are signed in to the wrong one."""
    if not own.is_elsewhere(request.viewer, pk):
        raise Http404
    return redirect(f"{reverse('choose-school')}?{urlencode({'next': request.path})}")
