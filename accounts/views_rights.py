"""What each role may do in the school, and who stands in for an absent DSL."""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import demands, lowering, rights
from accounts.decorators import audited, requires
from accounts.doing import outcome
from accounts.forms_people import DecideSettingForm
from accounts.forms_rights import CoverForm, WithholdForm, capital
from accounts.models import Cover, SettingProposal
from accounts.permissions import GRANTS, MAY_BE_WITHHELD, S2, Permission, Role
from safeguard.errors import DomainError

# The settings that stand on the page of rights.
ON_RIGHTS = (lowering.Setting.ROLE, lowering.Setting.DEMANDS, lowering.Setting.TELLING)
PAGES = ["GET", "HEAD", "POST"]
WAITS = (
    "what is stricter counts at once. What opens more waits for a second person, for seven days;"
    " every other DSL and the head have been told."
)


@dataclass(frozen=True)
class RoleRights:
    """What a role may do here, in words, and what the school has taken from it."""

    role: Role
    may: list[str]
    with_authenticator: list[str]
    withheld: list[str]
    is_editable: bool


@require_safe
@requires(Permission.MANAGE_RIGHTS, strength=S2)
def rights_page(request: HttpRequest) -> HttpResponse:
    """Show what each role may do in this school."""
    withheld = request.viewer.school.withheld
    demanded = demands.demanded_by(request.viewer.school)
    context = {
        "roles": [_in_words(role, withheld.get(role, ())) for role in Role],
        "may_change": request.viewer.has(Permission.APPROVE_RIGHTS),
        "demanded": [one.label for one in demands.Demand if one in demanded],
        "waiting": lowering.waiting_for(request.viewer, ON_RIGHTS, timezone.now()),
    }
    return render(request, "school/rights.html", context)


@require_http_methods(PAGES)
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="rights.changed", fresh=True)
def withhold_rights(request: HttpRequest, role: str) -> HttpResponse:
    """Take something from a role, or give it back."""
    if role not in MAY_BE_WITHHELD:
        raise Http404
    chosen = Role(role)
    form = WithholdForm(initial={"withheld": request.viewer.school.withheld.get(role)}, role=chosen)
    if request.method == "POST":
        form = WithholdForm(request.POST, role=chosen)
    changed = outcome(form, rights.withhold, by=request.viewer, role=chosen)
    if changed is None:
        return render(request, "school/withhold_rights.html", {"form": form, "role": chosen})
    audited(request, "rights.changed", detail=role)
    messages.success(request, what_follows(chosen.label, changed))
    return redirect("rights")


@require_http_methods(PAGES)
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="setting.decided", fresh=True)
def decide_setting(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Answer, as the second person, to a setting that is to be lowered; or take it back."""
    waiting = SettingProposal.objects.visible_to(request.viewer).waiting(timezone.now())
    proposal = get_object_or_404(waiting.select_related("proposed_by"), pk=pk)
    form = DecideSettingForm(request.POST) if request.method == "POST" else DecideSettingForm()
    decided = outcome(form, _decided, viewer=request.viewer, proposal=proposal)
    page = "rights" if proposal.setting in ON_RIGHTS else "categories"
    if decided is None:
        may_approve = request.viewer.user_id != proposal.proposed_by_id
        said = {"words": lowering.in_words(proposal), "page": page, "may_approve": may_approve}
        context = {"form": form, "proposal": proposal, **said}
        return render(request, "school/decide_setting.html", context)
    audited(request, "setting.decided", target=pk, detail=decided)
    messages.success(request, f"It has been {decided}.")
    return redirect(page)


@require_safe
@requires(Permission.MANAGE_RIGHTS, strength=S2)
def cover(request: HttpRequest) -> HttpResponse:
    """Show who stands in for whom."""
    rows = Cover.objects.visible_to(request.viewer).select_related("absent", "by", "arranged_by")
    today = timezone.localdate()
    context = {
        "current": rows.filter(ends_on__gte=today).order_by("starts_on", "id"),
        "over": rows.filter(ends_on__lt=today).order_by("-ends_on", "id")[:10],
        "may_arrange": request.viewer.has(Permission.APPROVE_RIGHTS),
    }
    return render(request, "school/cover.html", context)


@require_http_methods(PAGES)
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="cover.arranged", fresh=True)
def arrange_cover(request: HttpRequest) -> HttpResponse:
    """Let a deputy stand in for an absent DSL."""
    data = request.POST if request.method == "POST" else None
    form = CoverForm(data, viewer=request.viewer)
    arranged = outcome(form, rights.arrange_cover, by=request.viewer)
    if arranged is None:
        return render(request, "school/arrange_cover.html", {"form": form})
    audited(request, "cover.arranged", target=arranged.pk)
    messages.success(request, f"{arranged.by.name} stands in. They and the leads have been told.")
    return redirect("cover")


@require_POST
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="cover.ended", fresh=True)
def end_cover(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End a cover at once."""
    held = get_object_or_404(Cover.objects.visible_to(request.viewer), pk=pk)
    try:
        rights.end_cover(by=request.viewer, cover=held)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        audited(request, "cover.ended", target=pk)
        messages.success(request, "The cover has ended.")
    return redirect("cover")


def what_follows(name: str, changed: lowering.Changed) -> str:
    """Say whether a change holds, or waits."""
    if changed.waits is None:
        return f"{name}: changed, from everybody’s next click on."
    return f"{name}: {WAITS}"


def _decided(*, viewer, proposal, answer, reason) -> str:
    now = timezone.now()
    if answer == DecideSettingForm.APPROVE:
        lowering.approve(by=viewer, proposal=proposal, now=now)
        return "changed, from everybody’s next click on"
    lowering.refuse(by=viewer, proposal=proposal, reason=reason, now=now)
    return "left as it is"


def _in_words(role: Role, withheld) -> RoleRights:
    held = {one: at for one, at in GRANTS[role].items() if one.name not in withheld}
    return RoleRights(
        role=role,
        may=[capital(one.value) for one, at in held.items() if at < S2],
        with_authenticator=[capital(one.value) for one, at in held.items() if at == S2],
        withheld=[capital(one.value) for one in Permission if one.name in withheld],
        is_editable=role in MAY_BE_WITHHELD,
    )
