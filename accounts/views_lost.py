"""A lost authenticator: its owner shuts it and asks; two colleagues say that they have seen them."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import authenticate
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import recovery
from accounts.decorators import audited, deny, requires
from accounts.factors import HelpRequest
from accounts.forms import LostForm, SeenForm
from accounts.permissions import S1, S2, Permission
from accounts.ways import ways_of
from safeguard.errors import DomainError

NOT_PASSWORD = "That is not your password"  # noqa: S105 - words for a person


@require_http_methods(["GET", "POST"])
@requires(Permission.USE_ACCOUNT, strength=S1)
@sensitive_post_parameters("password")
@transaction.non_atomic_requests
def lost_authenticator(request: HttpRequest) -> HttpResponse:
    """Shut one's own authenticator, or ask for help with one that is broken (AC42, SR-26)."""
    if not request.viewer.holds_authenticated_role:
        deny(request, "authenticator.lost")
    form = LostForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _is_them(request, form):
        _ask(request, form.cleaned_data["what"])
        return redirect("lost-authenticator")
    context = {
        "form": form,
        "asked": recovery.open_request(request.viewer.user, timezone.now()),
        "ways": ways_of(request.viewer, timezone.now()),
    }
    return render(request, "accounts/lost_authenticator.html", context)


def _is_them(request: HttpRequest, form: LostForm):
    email, password = request.viewer.user.email, form.cleaned_data["password"]
    if authenticate(request, username=email, password=password) is None:
        form.add_error("password", NOT_PASSWORD)
        return False
    return True


def _ask(request: HttpRequest, what: str) -> None:
    if what == LostForm.LOST:
        audited(request, "authenticator.lost")
        recovery.report_lost(by=request.viewer, now=timezone.now())
        messages.success(request, "Your authenticator is shut: nobody can use it any more.")
        request.session.cycle_key()
    else:
        audited(request, "authenticator.help_asked")
        recovery.ask_for_help(by=request.viewer, now=timezone.now())


@require_http_methods(["GET", "POST"])
@requires(Permission.CONFIRM_PERSON, strength=S2, audits="person.confirmed", fresh=True)
def confirm_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say that one has seen a colleague who lost their authenticator (SR-26)."""
    asking = HelpRequest.objects.visible_to(request.viewer).still_open(timezone.now())
    found = get_object_or_404(asking.select_related("user", "school"), pk=pk)
    form = SeenForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        return _confirmed(request, found)
    return render(request, "accounts/confirm_person.html", {"form": form, "asked": found})


def _confirmed(request: HttpRequest, found: HelpRequest) -> HttpResponse:
    try:
        given = recovery.confirm(by=request.viewer, request=found, now=timezone.now())
    except DomainError as problem:
        messages.error(request, str(problem))
        return redirect("my-sessions")
    audited(request, "person.confirmed", target=found.user_id)
    if given is None:
        messages.success(
            request, f"Noted. A second colleague has to see {found.user.name} within half an hour."
        )
        return redirect("my-sessions")
    audited(request, "authenticator.code_given", target=found.user_id)
    return render(request, "accounts/code_given.html", {"given": given})
