"""The school's own lists: rights by category, and alert groups."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import lowering
from accounts.decorators import audited, requires
from accounts.doing import outcome
from accounts.permissions import S2, Permission
from accounts.views_rights import what_follows
from incidents import granting, grouping, photos
from incidents.forms.school import CategoryForm, GrantForm, GroupForm
from incidents.models import AlertGroup, Category, CategoryGrant
from incidents.outlines import CHOICES as OUTLINES
from incidents.outlines import Outline
from incidents.school_lists import groups_with_people, rights_by_category
from safeguard.errors import DomainError

PAGES = ["GET", "HEAD", "POST"]


@require_safe
@requires(Permission.MANAGE_RIGHTS, strength=S2)
def categories(request: HttpRequest) -> HttpResponse:
    """Show who may do what in each category."""
    may_change = request.viewer.has(Permission.APPROVE_RIGHTS)
    waiting = lowering.waiting_for(request.viewer, [lowering.Setting.CATEGORY], timezone.now())
    rows = rights_by_category(request.viewer)
    context = {
        "rows": rows,
        "may_change": may_change,
        "waiting": waiting,
        "photo_rule": photos.rule_of(request.viewer),
        "outline": dict(OUTLINES)[Outline.young_from_in(request.viewer)],
    }
    return render(request, "school/categories.html", context)


@require_http_methods(PAGES)
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="category.changed", fresh=True)
def change_category(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what is special about a category."""
    category = get_object_or_404(_tops(request), pk=pk)
    flags = [flag for flag in granting.FLAGS if getattr(category, flag)]
    form = CategoryForm(initial={"flags": flags})
    if request.method == "POST":
        form = CategoryForm(request.POST)
    changed = outcome(form, granting.change_category, by=request.viewer, category=category)
    if changed is None:
        context = {"form": form, "category": category}
        return render(request, "school/change_category.html", context)
    audited(request, "category.changed", target=pk)
    messages.success(request, what_follows(category.name, changed))
    return redirect("categories")


@require_http_methods(PAGES)
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="grant.added", fresh=True)
def add_grant(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let a role, or one person, do something in a category."""
    category = get_object_or_404(_tops(request), pk=pk)
    form = GrantForm(viewer=request.viewer, initial={"parts": list(granting.PARTS)})
    if request.method == "POST":
        form = GrantForm(request.POST, viewer=request.viewer)
    grant = outcome(form, granting.add_grant, by=request.viewer, category=category)
    if grant is None:
        return render(request, "school/add_grant.html", {"form": form, "category": category})
    audited(request, "grant.added", target=grant.pk)
    messages.success(request, "The grant holds. Every other DSL and the head have been told.")
    return redirect("categories")


@require_POST
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="grant.ended", fresh=True)
def end_grant(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a grant at once."""
    grant = get_object_or_404(CategoryGrant.objects.visible_to(request.viewer), pk=pk)
    try:
        granting.end_grant(by=request.viewer, grant=grant)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        audited(request, "grant.ended", target=pk)
        messages.success(request, "The grant has ended, from everybody’s next click on.")
    return redirect("categories")


@require_safe
@requires(Permission.MANAGE_RIGHTS, strength=S2)
def alert_groups(request: HttpRequest) -> HttpResponse:
    """Show the alert groups and who is in them today."""
    may_change = request.viewer.has(Permission.APPROVE_RIGHTS)
    context = {"rows": groups_with_people(request.viewer), "may_change": may_change}
    return render(request, "school/alert_groups.html", context)


@require_http_methods(PAGES)
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="group.changed", fresh=True)
def add_alert_group(request: HttpRequest) -> HttpResponse:
    """Add a group that can be picked."""
    form = GroupForm(viewer=request.viewer)
    if request.method == "POST":
        form = GroupForm(request.POST, viewer=request.viewer)
    group = outcome(form, grouping.add_group, by=request.viewer)
    if group is None:
        return render(request, "school/change_alert_group.html", {"form": form, "group": None})
    audited(request, "group.changed", target=group.pk)
    messages.success(request, f"{group.name} can be picked from now on.")
    return redirect("alert-groups")


@require_http_methods(PAGES)
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="group.changed", fresh=True)
def change_alert_group(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Set anew what a group is called and who is in it."""
    group = get_object_or_404(AlertGroup.objects.visible_to(request.viewer).in_use(), pk=pk)
    form = GroupForm(viewer=request.viewer, initial=_as_it_is(group))
    if request.method == "POST":
        form = GroupForm(request.POST, viewer=request.viewer)
    if outcome(form, grouping.change_group, by=request.viewer, group=group) is None:
        context = {"form": form, "group": group, "may_retire": _may_retire(group)}
        return render(request, "school/change_alert_group.html", context)
    audited(request, "group.changed", target=pk)
    messages.success(request, "Changed. It counts from the next alert on.")
    return redirect("alert-groups")


@require_POST
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="group.retired", fresh=True)
def retire_alert_group(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Offer a group no more."""
    group = get_object_or_404(AlertGroup.objects.visible_to(request.viewer), pk=pk)
    try:
        grouping.retire_group(by=request.viewer, group=group, on=timezone.localdate())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        audited(request, "group.retired", target=pk)
        messages.success(request, f"{group.name} is offered no more.")
    return redirect("alert-groups")


def _tops(request: HttpRequest):
    return Category.objects.visible_to(request.viewer).in_use().top_level()


def _as_it_is(group: AlertGroup) -> dict:
    return {"name": group.name, "roles": group.roles, "members": group.members.all()}


def _may_retire(group: AlertGroup) -> bool:
    return group.purpose == AlertGroup.Purpose.PICKED
