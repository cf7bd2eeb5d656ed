"""Who may read an incident: see who does and why, limit it, keep it from a person it is about."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.decorators import audited, deny, requires
from accounts.permissions import S2, Permission
from incidents import limiting, rules
from incidents.forms.limiting import KeepFromForm, LimitReadersForm
from incidents.models import Incident
from incidents.readers import readers_of
from safeguard.errors import DomainError

LIMITED = "Who may read it has been changed, from now on and for everybody."
KEPT = "It is kept from them from now on."
FORM_STEPS = ("find", "remove")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.RESTRICT, strength=S2, audits="incident.readers", fresh=True, steps=FORM_STEPS)
def limit_readers(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show who reads an incident and why, and limit that to named people, or open it again."""
    found = _led(request, pk, "incident.readers")
    form = LimitReadersForm(viewer=request.viewer, answers=request.POST or None)
    if _is_sent(request):
        form = LimitReadersForm(request.POST, viewer=request.viewer)
        if form.is_valid() and _limited(request, found, form):
            return redirect("incident", found.pk)
    context = {"incident": found, "form": form, "readers": readers_of(request.viewer, found)}
    return render(request, "incidents/limit_readers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.RESTRICT, strength=S2, audits="incident.readers")
def keep_from(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say which member of staff an incident is about, so that nothing of it is shown to them."""
    found = _led(request, pk, "incident.readers")
    form = KeepFromForm(viewer=request.viewer, answers=request.POST or None)
    if _is_sent(request):
        form = KeepFromForm(request.POST, viewer=request.viewer)
        if form.is_valid() and _kept(request, found, form):
            return redirect("incident", found.pk)
    return render(request, "incidents/keep_from.html", {"incident": found, "form": form})


def _is_sent(request: HttpRequest) -> bool:
    """Whether the form is sent, and not only one of its buttons that find somebody."""
    return request.method == "POST" and not any(step in request.POST for step in FORM_STEPS)


def _led(request: HttpRequest, pk: UUID, event: str) -> Incident:
    found = Incident.objects.visible_to(request.viewer).filter(pk=pk).with_people().first()
    if found is None or not rules.leads(request.viewer, found):
        return deny(request, event)
    audited(request, event, pupils=[found.pupil_id], target=found.pk)
    return found


def _limited(request: HttpRequest, found: Incident, form: LimitReadersForm) -> bool:
    try:
        limiting.limit_readers(by=request.viewer, incident=found, **form.limit())
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, LIMITED)
    return True


def _kept(request: HttpRequest, found: Incident, form: KeepFromForm) -> bool:
    try:
        for person in form.cleaned_data["person"]:
            limiting.keep_from(by=request.viewer, incident=found, person=person)
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    messages.success(request, KEPT)
    return True
