"""Who has an authenticator at the school, and the code with which a colleague sets theirs up."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts import codes, holders
from accounts.decorators import audited, requires
from accounts.models import User
from accounts.permissions import S2, Permission
from safeguard.errors import DomainError


@require_safe
@requires(Permission.GIVE_CODES, strength=S2)
def authenticators(request: HttpRequest) -> HttpResponse:
    """List the people whose role uses an authenticator: those who have none first."""
    context = {
        "people": holders.people_with_roles(request.viewer, timezone.localdate()),
        "holders": holders.holders(request.viewer.school).count(),
        "fewest": holders.FEWEST,
    }
    return render(request, "accounts/authenticators.html", context)


@require_POST
@requires(Permission.GIVE_CODES, strength=S2, audits="authenticator.code_given", fresh=True)
def give_code(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a code for a colleague, this once, to be handed over in person."""
    user = get_object_or_404(User.objects.visible_to(request.viewer), pk=pk)
    try:
        given = codes.give_enrolment_code(by=request.viewer, user=user, now=timezone.now())
    except DomainError as problem:
        messages.error(request, str(problem))
        return redirect("authenticators")
    audited(request, "authenticator.code_given", target=user.pk)
    return render(request, "accounts/code_given.html", {"given": given})
