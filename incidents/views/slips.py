"""The visitors' slip: the form that only takes, and what leads do with what came in."""

from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.addresses import client_address
from accounts.decorators import audited, public, requires
from accounts.permissions import S2, Permission
from accounts.viewer import system_viewer
from incidents.forms.slips import FileSlipForm, PutAsideForm, VisitorSlipForm
from incidents.models import Slip, SlipAddress
from incidents.paging import page_of as page_of_rows
from incidents.slips import filing, poster, receiving, waiting
from incidents.slips.counting import TooManySlips, sender_of
from safeguard import walls
from safeguard.errors import DomainError
from safeguard.middleware import FRESH

FORM_STEPS = ("find", "remove")
PUT_ASIDE = "The slip has been put aside. It stays, and can still be filed."


# There is no session to ride on, so a token would protect nothing, and a telephone that keeps no
# cookies would lose what was written. Other sites' pages are refused all the same (OwnPagesOnly).
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@public("a visitor has no account: it takes a slip, and shows nothing of the school's records")
def visitor_slip(request: HttpRequest, token: str) -> HttpResponse:
    """Take a slip. An address that has ended is nothing, as one that never was."""
    address = poster.open_at(token)
    if address is None:
        raise Http404
    form = VisitorSlipForm.blank()
    if request.method == "POST":
        form = VisitorSlipForm(request.POST)
        if form.is_valid():
            return _received(request, address, form)
    return _visitors_page(request, address, form)


def _received(request: HttpRequest, address: SlipAddress, form: VisitorSlipForm) -> HttpResponse:
    sender = sender_of(client_address(request), timezone.localdate())
    try:
        with walls.acting_in(address.school_id):
            slip = receiving.receive_slip(
                by=system_viewer(address.school),
                submission=form.cleaned_data["submission"],
                sender=sender,
                written=form.written(),
            )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        too_many = isinstance(refusal, TooManySlips)
        status = HTTPStatus.TOO_MANY_REQUESTS if too_many else HTTPStatus.OK
        return _visitors_page(request, address, form, status=status)
    context = {"address": address, "slip": slip}
    return _leaves_nothing(render(request, "incidents/slip_received.html", context))


def _visitors_page(
    request: HttpRequest,
    address: SlipAddress,
    form: VisitorSlipForm,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {"address": address, "form": form}
    page = render(request, "incidents/visitor_slip.html", context, status=status)
    return _leaves_nothing(page)


def _leaves_nothing(response: HttpResponse) -> HttpResponse:
    """Keep the page out of the browser's memory of pages, without a session too (V11)."""
    response.set_cookie(
        FRESH, "1", secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
    return response


@require_safe
@requires(Permission.READ_SLIPS, strength=S2, audits="slips.listed")
def slips(request: HttpRequest) -> HttpResponse:
    """List what waits to be filed, urgent first, and what was put aside."""
    mine = Slip.objects.visible_to(request.viewer)
    to_file = list(mine.waiting().urgent_first()[: waiting.MOST_SHOWN])
    page = page_of_rows(mine.set_aside().select_related("put_aside__by"), request.GET)
    audited(request, "slips.listed")
    return render(request, "incidents/slips.html", {"to_file": to_file, "page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.READ_SLIPS, strength=S2, audits="slip.read")
def slip(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a slip as it was written, and file it to the pupil who is picked."""
    found = get_object_or_404(Slip.objects.visible_to(request.viewer), pk=pk)
    form = FileSlipForm(viewer=request.viewer, slip=found, answers=request.POST or None)
    if request.method == "POST" and not any(step in request.POST for step in FORM_STEPS):
        form = FileSlipForm(request.POST, viewer=request.viewer, slip=found)
        filed = _filed(request, found, form) if form.is_valid() else None
        if filed is not None:
            return redirect("incident-received", filed)
    return _slip_page(request, found, form, PutAsideForm())


@require_POST
@requires(Permission.READ_SLIPS, strength=S2, audits="slip.put_aside")
def put_slip_aside(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Put a slip aside, with the reason."""
    found = get_object_or_404(Slip.objects.visible_to(request.viewer), pk=pk)
    audited(request, "slip.put_aside", target=found.pk)
    form = PutAsideForm(request.POST)
    if form.is_valid():
        try:
            filing.put_aside(by=request.viewer, slip=found, **form.cleaned_data)
        except DomainError as error:
            messages.error(request, str(error))
            return redirect("slip", found.pk)
        messages.success(request, PUT_ASIDE)
        return redirect("slips")
    return _slip_page(request, found, FileSlipForm(viewer=request.viewer, slip=found), form)


def _filed(request: HttpRequest, found: Slip, form: FileSlipForm) -> UUID | None:
    try:
        incident = filing.file_slip(by=request.viewer, slip=found, **form.filing())
    except DomainError as error:
        form.add_error(None, str(error))
        return None
    children = [incident.pupil_id, *(link.pupil.pk for link in form.links())]
    audited(request, "slip.filed", pupils=children, target=found.pk)
    return incident.pk


def _slip_page(
    request: HttpRequest, found: Slip, form: FileSlipForm, aside: PutAsideForm
) -> HttpResponse:
    page = waiting.page_of(request.viewer, found)
    picked = {UUID(one["value"]) for name in ("pupil", "linked") for one in form[name].picked}
    if page.may_open_incident and page.filed is not None:
        picked.add(page.filed.incident.pupil_id)
    audited(request, "slip.read", pupils=picked, target=found.pk)
    context = {"page": page, "form": form, "aside": aside}
    return render(request, "incidents/slip.html", context)
