"""The questions to think of while writing: as the school has them, and changing them."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import audited, requires
from accounts.doing import outcome
from accounts.permissions import S2, Permission
from incidents.forms.prompting import PromptsForm
from incidents.lists import Category
from incidents.prompting import asking
from incidents.prompting.asking import Prompts
from safeguard.errors import DomainError

PAGES = ["GET", "HEAD", "POST"]
NEW = "new"


@require_safe
@requires(Permission.MANAGE_RIGHTS, strength=S2)
def prompts(request: HttpRequest) -> HttpResponse:
    """Show every set of questions as those who record read them."""
    names = dict(Category.objects.visible_to(request.viewer).top_level().values_list("pk", "name"))
    rows = [
        {"prompts": one, "categories": sorted(names[pk] for pk in one.categories if pk in names)}
        for one in asking.all_of(request.viewer)
    ]
    may_change = request.viewer.has(Permission.APPROVE_RIGHTS)
    return render(request, "school/prompts.html", {"rows": rows, "may_change": may_change})


@require_http_methods(PAGES)
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="prompts.changed")
def change_prompts(request: HttpRequest, key: str) -> HttpResponse:
    """Change the questions of an occasion, or write new ones."""
    found = _found(request, key)
    data = request.POST if request.method == "POST" else None
    form = PromptsForm(data, viewer=request.viewer, prompts=found)
    row = outcome(form, asking.change_prompts, by=request.viewer, key=found.key if found else "")
    if row is None:
        context = {"form": form, "found": found}
        return render(request, "school/change_prompts.html", context)
    audited(request, "prompts.changed", target=row.pk)
    messages.success(request, f"The questions of “{row.title}” are changed.")
    return redirect("prompts")


@require_POST
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="prompts.changed")
def take_back_prompts(request: HttpRequest, key: str) -> HttpResponse:
    """Ask the standard questions again, or give up a set of the school's own."""
    found = _found(request, key)
    if found is None:
        raise Http404
    try:
        asking.take_back(by=request.viewer, key=found.key)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        audited(request, "prompts.changed", target=_id_of(found))
        messages.success(request, f"The school’s own questions of “{found.title}” are taken back.")
    return redirect("prompts")


def _found(request: HttpRequest, key: str) -> Prompts | None:
    if key == NEW:
        return None
    found = asking.find(request.viewer, key)
    if found is None:
        raise Http404
    return found


def _id_of(found: Prompts) -> UUID | None:
    """Return the id of a set of the school's own; the standard ones have none."""
    try:
        return UUID(found.key)
    except ValueError:
        return None
