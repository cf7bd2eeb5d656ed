"""What a page sends by itself while somebody writes: a file into the draft, or one to be taken back."""

from http import HTTPStatus
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from accounts.decorators import audited, requires
from accounts.permissions import S1, Permission
from incidents import sending
from incidents.files import size_in_words
from safeguard.errors import DomainError, NotAllowed


@require_POST
@requires(Permission.ADD_ACTION, strength=S1, audits="incident.add")
def send_file(request: HttpRequest, pk: UUID, file_pk: UUID) -> HttpResponse:
    """Keep one file, or say in a sentence why not."""
    sent = request.FILES.get("file")
    if sent is None:
        raise Http404
    try:
        upload = sending.send(by=request.viewer, draft=pk, key=file_pk, sent=sent)
    except NotAllowed as error:
        raise Http404 from error
    except DomainError as refusal:
        return JsonResponse({"refused": str(refusal)}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    audited(request, "incident.add", target=pk)
    return JsonResponse({"name": upload.name, "detail": size_in_words(upload.size)})


@require_POST
@requires(Permission.ADD_ACTION, strength=S1, audits="incident.add")
def take_back_file(request: HttpRequest, pk: UUID, file_pk: UUID) -> HttpResponse:
    """Remove a file that waits in one's own draft."""
    sending.take_back(by=request.viewer, draft=pk, key=file_pk)
    audited(request, "incident.add", target=pk)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
