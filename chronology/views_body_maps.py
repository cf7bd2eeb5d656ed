"""A child's body maps over time."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe

from accounts.decorators import audited, requires
from accounts.next_page import by_way_of
from accounts.permissions import S2, Permission
from chronology.body_maps import over_time
from chronology.forms_body_maps import BodyMapsForm
from pupils.models import Pupil


@require_safe
@requires(Permission.READ_CHRONOLOGY, strength=S2, audits="body_maps.read")
def body_maps(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Lay a pupil's body maps over each other, and show them one by one."""
    if Pupil.objects.awaiting_reason_of(request.viewer).filter(pk=pk).exists():
        return redirect(by_way_of("give-reason", request, pk))
    pupil = get_object_or_404(Pupil.objects.visible_to(request.viewer), pk=pk)
    form = BodyMapsForm(request.GET)
    history = over_time(request.viewer, pupil, form.wanted())
    audited(request, "body_maps.read", pupils=[pupil.pk], target=pupil.pk)
    context = {"pupil": pupil, "form": form, "history": history}
    return render(request, "chronology/body_maps.html", context)
