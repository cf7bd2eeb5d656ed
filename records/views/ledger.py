"""The school's ledger: its newest checkpoints, who keeps them, and having it verified."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.decorators import requires
from accounts.permissions import S2, Permission
from ledger import verifying
from ledger.models import Keeper
from records import keepers
from records.forms import KeeperForm
from records.ledger_page import page_for, verified
from safeguard.errors import DomainError


@require_safe
@requires(Permission.READ_LEDGER, strength=S2)
def ledger(request: HttpRequest) -> HttpResponse:
    """The newest checkpoints, the last verification, and who keeps copies."""
    page = page_for(request.viewer, timezone.now())
    return render(request, "records/ledger.html", {"page": page, "verified": page.verified})


@require_safe
@requires(Permission.READ_LEDGER, strength=S2)
def ledger_progress(request: HttpRequest) -> HttpResponse:
    """The piece of the page that says how far a verification is; asked for again and again."""
    context = {"verified": verified(request.viewer.school)}
    return render(request, "records/verification.html", context)


@require_POST
@requires(Permission.READ_LEDGER, strength=S2)
def verify_ledger(request: HttpRequest) -> HttpResponse:
    """Ask for a full verification; while one is under way, asking again changes nothing."""
    verifying.ask(request.viewer.school.pk, user_id=request.viewer.user_id)
    return redirect("ledger")


@require_http_methods(["GET", "POST"])
@requires(Permission.NAME_KEEPERS, strength=S2, fresh=True)
def add_keeper(request: HttpRequest) -> HttpResponse:
    """Name somebody outside who is to be sent the checkpoints."""
    form = KeeperForm(request.POST) if request.method == "POST" else KeeperForm()
    if form.is_bound and form.is_valid():
        try:
            added = keepers.add_keeper(by=request.viewer, **form.cleaned_data)
        except keepers.AlreadyKeeps as problem:
            form.add_error("address", str(problem))
        else:
            messages.success(request, f"{added.name} is sent the checkpoints from today on.")
            return redirect("ledger")
    return render(request, "records/add_keeper.html", {"form": form})


@require_POST
@requires(Permission.NAME_KEEPERS, strength=S2, fresh=True)
def end_keeper(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Send somebody no more checkpoints."""
    keeper = get_object_or_404(Keeper.objects.visible_to(request.viewer), pk=pk)
    try:
        keepers.end_keeper(by=request.viewer, keeper=keeper)
    except DomainError as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, f"{keeper.name} is sent no more checkpoints.")
    return redirect("ledger")
