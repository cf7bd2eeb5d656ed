"""The sealed code: made by two people, used by the one it names, reviewed by another."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import authenticate
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import sealed
from accounts.decorators import audited, deny, requires
from accounts.doing import outcome
from accounts.forms_people import NoQuestions
from accounts.forms_sealed import AskSealedForm, ReviewSealedForm, UseSealedForm
from accounts.next_page import next_page
from accounts.permissions import S1, S2, Permission
from accounts.sealed_codes import SealedCode, SealedCodeUse
from accounts.views_authenticator import NOT_PASSWORD, raise_here
from safeguard.errors import DomainError

PAGES = ["GET", "HEAD", "POST"]
MOST = 20  # uses on the page


@require_safe
@requires(Permission.GIVE_CODES, strength=S2)
def sealed_code(request: HttpRequest) -> HttpResponse:
    """Show for whom the school's sealed code is, what waits, and what was used."""
    codes = SealedCode.objects.visible_to(request.viewer)
    uses = SealedCodeUse.objects.visible_to(request.viewer)
    context = {
        "current": codes.newest(request.viewer.school),
        "waiting": codes.waiting(timezone.now()).select_related("user", "asked_by"),
        "uses": uses.select_related("code__user", "review__by").order_by("-recorded_at")[:MOST],
        "may_ask": request.viewer.has(Permission.APPROVE_RIGHTS),
        "may_review": request.viewer.has(Permission.REVIEW_BREAK_GLASS),
    }
    return render(request, "accounts/sealed_code.html", context)


@require_http_methods(PAGES)
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="sealed_code.asked", fresh=True)
def ask_sealed_code(request: HttpRequest) -> HttpResponse:
    """Ask for a code for somebody, and see its first half, this once."""
    named = sealed.may_be_named(request.viewer, timezone.now())
    form = AskSealedForm(request.POST if request.method == "POST" else None, named=named)
    half = outcome(form, sealed.ask, by=request.viewer, now=timezone.now())
    if half is None:
        return render(request, "accounts/ask_sealed_code.html", {"form": form})
    audited(request, "sealed_code.asked", target=half.code.user_id)
    return render(request, "accounts/sealed_half.html", {"half": half})


@require_http_methods(PAGES)
@requires(Permission.GIVE_CODES, strength=S2, audits="sealed_code.made", fresh=True)
def agree_sealed_code(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Agree to a code, as the second person, and see its second half, this once."""
    waiting = SealedCode.objects.visible_to(request.viewer).waiting(timezone.now())
    code = get_object_or_404(waiting.select_related("user", "asked_by"), pk=pk)
    form = NoQuestions(request.POST) if request.method == "POST" else NoQuestions()
    half = outcome(form, sealed.agree, by=request.viewer, code=code, now=timezone.now())
    if half is None:
        return render(request, "accounts/agree_sealed_code.html", {"form": form, "code": code})
    audited(request, "sealed_code.made", target=half.code.user_id)
    return render(request, "accounts/sealed_half.html", {"half": half})


@require_http_methods(PAGES)
@requires(Permission.USE_ACCOUNT, strength=S1)
@sensitive_post_parameters("password", "first", "second")
@transaction.non_atomic_requests
def use_sealed_code(request: HttpRequest) -> HttpResponse:
    """Elevate by both halves, the password and a reason; to whom it does not name it is not there."""
    if not sealed.names(request.viewer):
        deny(request, "sealed_code.used")
    form = UseSealedForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _is_opened(request, form):
        return redirect(next_page(request))
    return render(request, "accounts/use_sealed_code.html", {"form": form})


@require_POST
@requires(Permission.USE_ACCOUNT, strength=S1)
def resume_sealed_code(request: HttpRequest) -> HttpResponse:
    """Elevate again under the code that was used, within its four hours."""
    used = sealed.open_use(request.viewer, timezone.now())
    if used is None:
        raise Http404
    raise_here(request, until=used.ends_at)
    return redirect(next_page(request))


@require_http_methods(PAGES)
@requires(Permission.REVIEW_BREAK_GLASS, strength=S2, audits="sealed_code.reviewed")
def review_sealed_code(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say what one thinks of a colleague's use of the sealed code."""
    rows = SealedCodeUse.objects.visible_to(request.viewer).filter(review=None)
    others = rows.exclude(code__user=request.viewer.user).select_related("code__user")
    used = get_object_or_404(others, pk=pk)
    form = ReviewSealedForm(request.POST) if request.method == "POST" else ReviewSealedForm()
    if outcome(form, sealed.review, by=request.viewer, used=used) is None:
        return render(request, "accounts/review_sealed_code.html", {"form": form, "used": used})
    audited(request, "sealed_code.reviewed", target=used.code.user_id)
    messages.success(request, "Your review is on record.")
    return redirect("sealed-code")


def _is_opened(request: HttpRequest, form: UseSealedForm):
    """Judge the password first, then both halves."""
    said = dict(form.cleaned_data)
    email, password = request.viewer.user.email, said.pop("password")
    if authenticate(request, username=email, password=password) is None:
        form.add_error("password", NOT_PASSWORD)
        return False
    try:
        used = sealed.use(by=request.viewer, now=timezone.now(), **said)
    except DomainError as problem:
        audited(request, "session.elevation_refused")
        form.add_error(None, str(problem))
        return False
    audited(request, "sealed_code.used")
    raise_here(request, until=used.ends_at)
    messages.warning(
        request,
        f"Your access is elevated until {timezone.localtime(used.ends_at):%H:%M}. The head, the "
        "chair of governors, the data protection officer and every DSL have been told.",
    )
    return True
