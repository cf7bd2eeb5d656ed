"""Conflicts of interest: everybody says of which pupils they must see nothing; leads of others too."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import audited, requires
from accounts.doing import outcome
from accounts.permissions import S1, S2, Permission
from incidents.forms.conflicts import ColleaguesConflictForm, ConflictForm
from pupils import closeness
from pupils.models import Conflict
from safeguard.errors import DomainError

PAGES = ["GET", "HEAD", "POST"]
MINE = "It holds from now on: nothing about that child is shown to you. You can still record."
THEIRS = "It holds from their next click on: nothing about that child is shown to them."


@require_safe
@requires(Permission.READ_ABOUT_SELF, strength=S1, audits="conflicts.read")
def conflicts(request: HttpRequest) -> HttpResponse:
    """Show one's own conflicts of interest, and to leads those of others."""
    viewer = request.viewer
    rows = Conflict.objects.visible_to(viewer).current(timezone.localdate())
    held = list(
        rows.select_related("user", "pupil").order_by("user__name", "pupil__sort_key", "id")
    )
    audited(request, "conflicts.read", pupils={one.pupil_id for one in held})
    context = {
        "mine": [one for one in held if one.user_id == viewer.user_id],
        "theirs": [one for one in held if one.user_id != viewer.user_id],
        "may_declare": viewer.has(Permission.FIND_PUPIL),
        "may_record": viewer.has(Permission.RECORD_CONFLICT),
        "could_record": viewer.could_with_authenticator(Permission.RECORD_CONFLICT),
    }
    return render(request, "incidents/conflicts.html", context)


@require_http_methods(PAGES)
@requires(Permission.FIND_PUPIL, strength=S1, audits="conflict.declared")
def declare_conflict(request: HttpRequest) -> HttpResponse:
    """Say of oneself that one is too near to a pupil."""
    form = ConflictForm(viewer=request.viewer, answers=request.POST or None)
    if _is_sent(request):
        form = ConflictForm(request.POST, viewer=request.viewer)
    return _declared(request, form, MINE, user=request.viewer.user)


@require_http_methods(PAGES)
@requires(Permission.RECORD_CONFLICT, strength=S2, audits="conflict.declared")
def record_conflict(request: HttpRequest) -> HttpResponse:
    """Say of a colleague that they are too near to a pupil."""
    form = ColleaguesConflictForm(viewer=request.viewer, answers=request.POST or None)
    if _is_sent(request):
        form = ColleaguesConflictForm(request.POST, viewer=request.viewer)
    return _declared(request, form, THEIRS)


@require_POST
@requires(Permission.RECORD_CONFLICT, strength=S2, audits="conflict.ended", fresh=True)
def end_conflict(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a colleague's conflict of interest; never one's own."""
    held = get_object_or_404(Conflict.objects.visible_to(request.viewer), pk=pk)
    try:
        closeness.end_conflict(by=request.viewer, conflict=held)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        audited(request, "conflict.ended", pupils=[held.pupil_id], target=pk)
        messages.success(request, "It has ended.")
    return redirect("conflicts")


def _is_sent(request: HttpRequest) -> bool:
    """Whether the form is sent, and not only one of its buttons that find somebody."""
    steps = ("find", "remove")
    return request.method == "POST" and not any(step in request.POST for step in steps)


def _declared(request: HttpRequest, form: ConflictForm, done: str, **said) -> HttpResponse:
    conflict = outcome(form, closeness.declare_conflict, by=request.viewer, **said)
    if conflict is None:
        context = {"form": form, "is_own": "user" in said}
        return render(request, "incidents/declare_conflict.html", context)
    audited(request, "conflict.declared", pupils=[conflict.pupil_id], target=conflict.pk)
    messages.success(request, done)
    return redirect("conflicts")
