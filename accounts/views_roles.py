"""Roles: given, ended, proposed, and decided by a second person."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import roles
from accounts.decorators import audited, requires
from accounts.doing import outcome
from accounts.forms_people import DecideRoleForm, EndRoleForm, GiveRoleForm
from accounts.holders import shortage
from accounts.models import Membership, RoleProposal, User
from accounts.permissions import S2, Permission
from accounts.staff_list import account_of, roles_page

PAGES = ["GET", "HEAD", "POST"]
WAITS = "It waits for a second person, for seven days. Every DSL and the head have been told."


@require_safe
@requires(Permission.MANAGE_RIGHTS, strength=S2)
def role_list(request: HttpRequest) -> HttpResponse:
    """Show who holds the safeguarding roles, and what waits for a second person."""
    page = roles_page(request.viewer, timezone.now())
    return render(request, "school/roles.html", {"page": page})


@require_http_methods(PAGES)
@requires(Permission.MANAGE_RIGHTS, strength=S2, audits="role.given", fresh=True)
def give_role(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give somebody a role, or propose it where a second person has to agree."""
    user = get_object_or_404(User.objects.administered_by(request.viewer), pk=pk, is_active=True)
    title = account_of(request.viewer, user, timezone.now()).title
    form = GiveRoleForm(request.POST) if request.method == "POST" else _titled(title)
    given = outcome(form, _given, viewer=request.viewer, user=user)
    if given is None:
        return render(request, "school/give_role.html", {"form": form, "person": user})
    audited(request, "role.proposed" if given.proposals else "role.given", target=pk)
    messages.success(request, WAITS if given.proposals else "The role has been given.")
    return redirect("person", pk)


@require_http_methods(PAGES)
@requires(Permission.MANAGE_RIGHTS, strength=S2, audits="role.ended", fresh=True)
def end_role(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a role, at once or after a day."""
    held = get_object_or_404(_held(request), pk=pk)
    form = EndRoleForm(request.POST) if request.method == "POST" else EndRoleForm()
    if outcome(form, _ended, viewer=request.viewer, held=held) is None:
        return render(request, "school/end_role.html", {"form": form, "held": held})
    audited(request, "role.ended", target=held.user_id)
    messages.success(request, "The role ends. It takes effect at their next request.")
    return redirect("person", held.user_id)


@require_http_methods(PAGES)
@requires(Permission.MANAGE_RIGHTS, strength=S2, audits="role.decided", fresh=True)
def decide_role(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Answer, as the second person, to a role that was proposed; or take one's proposal back."""
    waiting = RoleProposal.objects.visible_to(request.viewer).waiting(timezone.now()).with_people()
    proposal = get_object_or_404(waiting, pk=pk)
    form = DecideRoleForm(request.POST) if request.method == "POST" else DecideRoleForm()
    decided = outcome(form, _decided, viewer=request.viewer, proposal=proposal)
    if decided is None:
        context = {"form": form, "proposal": proposal, **_may(request, proposal)}
        return render(request, "school/decide_role.html", context)
    audited(request, f"role.{decided}", target=proposal.user_id)
    messages.success(request, f"The role has been {decided}.")
    ahead = shortage(request.viewer.school, timezone.localdate())
    if ahead and proposal.ends_on is not None:
        messages.warning(request, ahead)
    return redirect("roles")


def _held(request: HttpRequest):
    rows = Membership.objects.visible_to(request.viewer).not_over(timezone.localdate())
    return rows.select_related("user")


def _titled(title: str) -> GiveRoleForm:
    return GiveRoleForm(initial={"job_title": title})


def _given(*, viewer, user, role, job_title, starts_on, ends_on) -> roles.Given:
    term = roles.Term(job_title, starts_on, ends_on)
    return roles.give_or_propose(by=viewer, user=user, roles=[role], term=term)


def _ended(*, viewer, held, when, last_day) -> Membership:
    at_once = when == EndRoleForm.AT_ONCE
    on = timezone.localdate() - roles.ONE_DAY if at_once else last_day
    return roles.end_role(by=viewer, membership=held, on=on)


def _decided(*, viewer, proposal, answer, reason) -> str:
    now = timezone.now()
    if answer == DecideRoleForm.APPROVE:
        roles.approve_role(by=viewer, proposal=proposal, now=now)
        return "given"
    roles.refuse_role(by=viewer, proposal=proposal, reason=reason, now=now)
    return "refused"


def _may(request: HttpRequest, proposal: RoleProposal) -> dict[str, bool]:
    """Return what this person may answer, for the page to say so before they try."""
    viewer = request.viewer
    involved = viewer.user_id in {proposal.user_id, proposal.proposed_by_id}
    approves = viewer.has(Permission.APPROVE_RIGHTS)
    return {
        "may_approve": approves and not involved,
        "may_refuse": approves or viewer.user_id == proposal.proposed_by_id,
    }
