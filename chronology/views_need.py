"""Reading what one's grants do not reach: a reason, an emergency and its review, the child's team."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import audited, requires
from accounts.next_page import next_page
from accounts.permissions import S2, Permission
from chronology.forms_need import BreakGlassForm, JudgementForm, ReasonForm, TeamForm
from pupils import closeness
from pupils.models import BreakGlass, Pupil, TeamMember
from safeguard.errors import DomainError

OPENED = "The file is open to you for four hours. The leads have been told."
FORM_STEPS = ("find", "remove")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.GIVE_REASON, strength=S2, audits="reason.given")
def give_reason(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Ask the head why they read what is for the DSL only, and an inspector why they read at all.

    Once a pupil and half a day.
    """
    pupil = get_object_or_404(Pupil.objects.listed_for(request.viewer), pk=pk)
    audited(request, "reason.given", pupils=[pupil.pk], target=pupil.pk)
    form = ReasonForm(request.POST) if request.method == "POST" else ReasonForm()
    if form.is_bound and form.is_valid() and _done(form, _give, request, pupil, form):
        return redirect(next_page(request))
    return render(request, "chronology/give_reason.html", {"form": form, "pupil": pupil})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.BREAK_GLASS, strength=S2, audits="emergency.opened")
def break_glass(request: HttpRequest) -> HttpResponse:
    """Open the file of a pupil whom one's grants do not reach, because it cannot wait."""
    form = BreakGlassForm(viewer=request.viewer, answers=request.POST or None)
    if request.method == "POST" and not any(step in request.POST for step in FORM_STEPS):
        form = BreakGlassForm(request.POST, viewer=request.viewer)
        if form.is_valid() and _done(form, _open, request, form):
            return redirect("chronology", form.cleaned_data["pupil"].pk)
    return render(request, "chronology/break_glass.html", {"form": form})


@require_safe
@requires(Permission.REVIEW_BREAK_GLASS, strength=S2, audits="emergency.listed")
def emergencies(request: HttpRequest) -> HttpResponse:
    """List files that were opened in an emergency, those first that nobody has reviewed."""
    rows = (
        BreakGlass.objects.visible_to(request.viewer)
        .select_related("pupil", "by", "review__by")
        .order_by("-recorded_at", "id")[:50]
    )
    audited(request, "emergency.listed", pupils={row.pupil_id for row in rows})
    ordered = sorted(rows, key=lambda row: hasattr(row, "review"))
    return render(request, "chronology/emergencies.html", {"rows": ordered})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.REVIEW_BREAK_GLASS, strength=S2, audits="emergency.reviewed")
def review_emergency(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what one thinks of a file that a colleague opened in an emergency."""
    rows = BreakGlass.objects.visible_to(request.viewer).not_reviewed()
    opened = get_object_or_404(rows.exclude(by=request.viewer.user).select_related("pupil"), pk=pk)
    audited(request, "emergency.reviewed", pupils=[opened.pupil_id], target=opened.pk)
    form = JudgementForm(request.POST) if request.method == "POST" else JudgementForm()
    if form.is_bound and form.is_valid() and _done(form, _review, request, opened, form):
        messages.success(request, "Your review is on record.")
        return redirect("emergencies")
    return render(request, "chronology/review_emergency.html", {"form": form, "opened": opened})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.NAME_TEAM, strength=S2, audits="team.changed", fresh=True, steps=FORM_STEPS)
def team(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the team around a child, and take somebody into it."""
    pupil = get_object_or_404(Pupil.objects.visible_to(request.viewer), pk=pk)
    audited(request, "team.changed", pupils=[pupil.pk], target=pupil.pk)
    form = TeamForm(viewer=request.viewer, answers=request.POST or None)
    if request.method == "POST" and not any(step in request.POST for step in FORM_STEPS):
        form = TeamForm(request.POST, viewer=request.viewer)
        if form.is_valid() and _done(form, _join, request, pupil, form):
            return redirect("team", pupil.pk)
    members = TeamMember.objects.visible_to(request.viewer).current(timezone.localdate())
    rows = members.filter(pupil=pupil).select_related("user").order_by("user__name", "id")
    context = {"form": form, "pupil": pupil, "members": rows}
    return render(request, "chronology/team.html", context)


@require_POST
@requires(Permission.NAME_TEAM, strength=S2, audits="team.changed", fresh=True)
def leave_team(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End somebody's part in the team around a child, with yesterday: at once."""
    member = get_object_or_404(TeamMember.objects.visible_to(request.viewer), pk=pk)
    audited(request, "team.changed", pupils=[member.pupil_id], target=member.pk)
    closeness.leave_team(by=request.viewer, member=member)
    messages.success(request, "They are no longer in the team, and no longer read the chronology.")
    return redirect("team", member.pupil_id)


def _done(form, act, *args) -> bool:
    """Do it; what is refused stands in the form, with everything typed."""
    try:
        act(*args)
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    return True


def _give(request: HttpRequest, pupil: Pupil, form: ReasonForm) -> None:
    closeness.give_reason(by=request.viewer, pupil=pupil, reason=form.cleaned_data["reason"])


def _open(request: HttpRequest, form: BreakGlassForm) -> None:
    opened = closeness.break_glass(by=request.viewer, **form.cleaned_data)
    audited(request, "emergency.opened", pupils=[opened.pupil_id], target=opened.pk)
    messages.warning(request, OPENED)


def _review(request: HttpRequest, opened: BreakGlass, form: JudgementForm) -> None:
    closeness.review_break_glass(by=request.viewer, opened=opened, **form.cleaned_data)


def _join(request: HttpRequest, pupil: Pupil, form: TeamForm) -> None:
    said = form.cleaned_data
    for person in said["user"]:
        closeness.join_team(
            by=request.viewer, pupil=pupil, user=person, part=said["part"], ends_on=said["ends_on"]
        )
