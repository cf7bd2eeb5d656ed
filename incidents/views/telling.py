"""Whether staff hear that a colleague has recorded about the same child today."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.decorators import audited, requires
from accounts.doing import outcome
from accounts.permissions import S2, Permission
from accounts.views_rights import what_follows
from incidents.forms.telling import TellingForm
from incidents.guards import telling


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="telling.changed", fresh=True)
def telling_page(request: HttpRequest) -> HttpResponse:
    """Say whether staff are told, after reading what it tells them."""
    form = TellingForm(
        initial={"tells": "yes" if request.viewer.school.tells_of_colleagues else "no"}
    )
    if request.method == "POST":
        form = TellingForm(request.POST)
    changed = outcome(form, telling.change, by=request.viewer)
    if changed is None:
        return render(request, "school/telling.html", {"form": form})
    audited(request, "telling.changed")
    messages.success(request, what_follows("What staff hear while they record", changed))
    return redirect("rights")
