"""Whether photographs of injuries may be added: the school's own choice."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.decorators import audited, requires
from accounts.doing import outcome
from accounts.permissions import S2, Permission
from incidents import photos
from incidents.forms.photos import PhotoRuleForm


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="photographs.changed", fresh=True)
def photographs(request: HttpRequest) -> HttpResponse:
    """Say whether photographs of injuries may be added, and under which conditions."""
    rule = photos.rule_of(request.viewer)
    form = PhotoRuleForm.of(rule)
    if request.method == "POST":
        form = PhotoRuleForm(request.POST)
    changed = outcome(form, photos.change_rule, by=request.viewer)
    if changed is None:
        return render(request, "school/photographs.html", {"form": form, "rule": rule})
    audited(request, "photographs.changed", target=changed.pk)
    said = "allowed under your conditions" if changed.allowed else "not allowed"
    messages.success(request, f"Photographs of injuries are {said} from now on.")
    return redirect("photographs")
