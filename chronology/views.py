"""The leads' pages: what waits for review, the search for a pupil, the chronology, statuses."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.decorators import audited, requires
from accounts.next_page import by_way_of
from accounts.permissions import S2, Permission
from accounts.viewer import Viewer
from chronology import cursors, review, search, timeline
from chronology.cursors import Page
from chronology.forms import PupilSearchForm, ReviewForm, StatusForm, TimelineForm
from chronology.front import front_sheet
from incidents.slips.waiting import to_file
from pupils import services
from pupils.models import Pupil
from safeguard.errors import DomainError


@require_safe
@requires(Permission.READ_INCIDENTS, strength=S2, audits="review.read")
def for_review(request: HttpRequest) -> HttpResponse:
    """List the incidents that the person reads in full, urgent first, then the newest."""
    form = ReviewForm(request.GET, viewer=request.viewer)
    page = review.for_review(request.viewer, form.wanted(), timezone.now(), **_place(request))
    audited(request, "review.read", pupils={row.pupil_id for row in page.rows})
    context = {"form": form, "page": page, "slips": to_file(request.viewer)}
    return render(request, "chronology/for_review.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.READ_CHRONOLOGY, strength=S2, audits="pupils.search")
def pupils(request: HttpRequest) -> HttpResponse:
    """Find a pupil whose chronology is to be read; what is looked for stands in no address."""
    if request.method == "POST":
        form = PupilSearchForm(request.POST)
        found = search.find(request.viewer, form.words())
    else:
        form, found = PupilSearchForm(), search.lately(request.viewer)
    audited(request, "pupils.search", pupils=[row.pupil.pk for row in found.rows])
    breaks = _needs_emergencies(request.viewer)
    context = {"form": form, "found": found, "may_break_glass": breaks}
    return render(request, "chronology/pupils.html", context)


@require_safe
@requires(Permission.READ_CHRONOLOGY, strength=S2, audits="chronology.read")
def chronology(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a pupil's story in the order it happened, behind the head of the file."""
    if Pupil.objects.awaiting_reason_of(request.viewer).filter(pk=pk).exists():
        return redirect(by_way_of("give-reason", request, pk))
    pupil = get_object_or_404(Pupil.objects.visible_to(request.viewer), pk=pk)
    form = TimelineForm(request.GET, viewer=request.viewer)
    page = timeline.page(request.viewer, pupil, form.wanted(), **_place(request))
    front = front_sheet(request.viewer, pupil)
    audited(request, "chronology.read", pupils=_shown(pupil, page), target=pupil.pk)
    context = {"pupil": pupil, "form": form, "page": page, "front": front}
    return render(request, "chronology/chronology.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.RECORD_STATUS, strength=S2, audits="status.recorded")
def record_status(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Record that a safeguarding status began or ended."""
    pupil = get_object_or_404(Pupil.objects.visible_to(request.viewer), pk=pk)
    form = StatusForm(request.POST) if request.method == "POST" else StatusForm()
    if _is_recorded(request, pupil, form):
        messages.success(request, "The status has been recorded.")
        return redirect("chronology", pupil.pk)
    audited(request, "status.form", pupils=[pupil.pk], target=pupil.pk)
    return render(request, "chronology/record_status.html", {"form": form, "pupil": pupil})


def _needs_emergencies(viewer: Viewer) -> bool:
    """Whether somebody may open files in an emergency, and does not reach them all anyway."""
    return viewer.has(Permission.BREAK_GLASS) and not viewer.reads_every_category


def _is_recorded(request: HttpRequest, pupil: Pupil, form: StatusForm) -> bool:
    if not (form.is_bound and form.is_valid()):
        return False
    try:
        status = services.record_status(by=request.viewer, pupil=pupil, **form.cleaned_data)
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    audited(request, "status.recorded", pupils=[pupil.pk], target=status.pk)
    return True


def _place(request: HttpRequest) -> cursors.Asked:
    return {"after": request.GET.get("after", ""), "before": request.GET.get("before", "")}


def _shown(pupil: Pupil, page: Page) -> list[UUID]:
    """Return whose record is read: the pupil's, and that of children whose incidents are linked."""
    about = {entry.about_id for entry in page.rows if entry.about_id != pupil.pk}
    return [pupil.pk, *sorted(about)]
