"""The visitors' poster as a file to print."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.decorators import audited, requires
from accounts.permissions import S2, Permission
from incidents.models import SlipAddress
from reports import poster


@require_safe
@requires(Permission.KEEP_POSTER, strength=S2, audits="poster.printed")
def print_poster(request: HttpRequest) -> HttpResponse:
    """Give the poster of the address that counts now; none while the slip is switched off."""
    address = SlipAddress.objects.visible_to(request.viewer).in_force()
    if address is None:
        raise Http404
    audited(request, "poster.printed")
    paper = poster.render(poster.poster_of(address, timezone.localdate()))
    response = HttpResponse(paper, content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(True, "visitors-poster.pdf")
    return response
