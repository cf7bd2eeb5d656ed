"""What the school demands of everybody before they read."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts import demands
from accounts.decorators import audited, requires
from accounts.doing import outcome
from accounts.forms_rights import DemandsForm
from accounts.permissions import S2, Permission
from accounts.views_rights import what_follows


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="demands.changed", fresh=True)
def demands_page(request: HttpRequest) -> HttpResponse:
    """Say what is demanded, after seeing whom that would lock out today."""
    form = DemandsForm(initial={"demanded": sorted(demands.demanded_by(request.viewer.school))})
    if request.method == "POST":
        form = DemandsForm(request.POST)
    changed = outcome(form, demands.change, by=request.viewer)
    if changed is None:
        effects = demands.effects(request.viewer, timezone.localdate())
        return render(request, "school/demands.html", {"form": form, "effects": effects})
    audited(request, "demands.changed")
    messages.success(request, what_follows("What your school demands", changed))
    return redirect("rights")
