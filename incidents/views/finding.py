"""What the type-ahead asks. Names come by POST, so that they stand in no address and no log."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.decorators import audited, requires
from accounts.permissions import S1, Permission
from incidents import finding


@require_POST
@sensitive_post_parameters("q")
@requires(Permission.FIND_PUPIL, strength=S1, audits="pupil.find")
def find_pupil(request: HttpRequest) -> JsonResponse:
    """Return up to ten pupils on the roll whose name or form is like what was typed."""
    audited(request, "pupil.find")
    found = finding.find_pupils(request.viewer, request.POST.get("q", ""))
    return JsonResponse(found.as_json())


@require_POST
@sensitive_post_parameters("q")
@requires(Permission.ADD_INCIDENT, strength=S1, audits="staff.find")
def find_staff(request: HttpRequest) -> JsonResponse:
    """Return up to ten colleagues who may be alerted and whose name is like what was typed."""
    audited(request, "staff.find")
    found = finding.find_staff(request.viewer, request.POST.get("q", ""))
    return JsonResponse(found.as_json())
