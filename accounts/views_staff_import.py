"""Bringing people in from a file: upload it, look at what it would change, apply that.

The file comes back sealed in the form of the second page, so that nothing of it is stored before
somebody has looked; what it would change is worked out again before anything is written.
"""

import base64
import hashlib
import json
import zlib
from binascii import Error as NotBase64
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import audited, requires
from accounts.forms_people import StaffFileForm
from accounts.permissions import S2, Permission
from accounts.staff_csv import StaffFile, read_staff
from accounts.staff_import import Differences, apply_differences, find_differences
from safeguard import sealing
from safeguard.errors import DomainError

OFFER_LASTS = timedelta(minutes=30)
GONE = "The file was shown more than half an hour ago. Choose it again."


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.MANAGE_PEOPLE, strength=S2, audits="people.imported")
def import_staff(request: HttpRequest) -> HttpResponse:
    """Take a file and show what it would change."""
    form = StaffFileForm()
    if request.method == "POST":
        form = StaffFileForm(request.POST, request.FILES)
        if form.is_valid():
            upload = form.cleaned_data["file"]
            return _show(request, upload.name, upload.read())
    return render(request, "school/import_staff.html", {"form": form})


@require_POST
@requires(Permission.MANAGE_PEOPLE, strength=S2, audits="people.imported", fresh=True)
def apply_staff(request: HttpRequest) -> HttpResponse:
    """Change what was shown. The sealed file waits where a further code is asked for."""
    offer = _unsealed(request)
    if offer is None:
        messages.error(request, GONE)
        return redirect("import-staff")
    name, content, shown = offer
    file = read_staff(name, content)
    try:
        found = find_differences(by=request.viewer, file=file)
        if _mark(found) != shown:
            return _show(request, name, content, "People have changed since. Look again.")
        apply_differences(by=request.viewer, file=file, shown=found)
    except DomainError as error:
        return _show(request, name, content, str(error))
    audited(
        request, "people.imported", detail=f"{len(found.new)} new, {len(found.changed)} changed"
    )
    messages.success(request, f"{len(found.new)} added, {len(found.changed)} changed.")
    return redirect("people")


def _show(request: HttpRequest, name: str, content: bytes, problem: str = "") -> HttpResponse:
    file = read_staff(name, content)
    found = find_differences(by=request.viewer, file=file)
    sealed = _sealed(request, file, content, found)
    context = {"file": file, "found": found, "sealed": sealed, "problem": problem}
    return render(request, "school/import_staff_shown.html", context)


def _sealed(request: HttpRequest, file: StaffFile, content: bytes, found: Differences) -> str:
    said = {
        "name": file.file,
        "content": base64.b64encode(content).decode(),
        "shown": _mark(found),
        "at": timezone.now().timestamp(),
    }
    sealed = sealing.seal(zlib.compress(json.dumps(said).encode()), purpose=_purpose(request))
    return base64.urlsafe_b64encode(sealed).decode()


def _unsealed(request: HttpRequest) -> tuple[str, bytes, str] | None:
    """Return the file that was shown to this person half an hour ago at most; else None."""
    try:
        sealed = base64.urlsafe_b64decode(request.POST.get("sealed", "").encode())
        said = json.loads(zlib.decompress(sealing.unseal(sealed, purpose=_purpose(request))))
    except (NotBase64, ValueError, sealing.Unsealable):
        return None
    if said["at"] + OFFER_LASTS.total_seconds() <= timezone.now().timestamp():
        return None
    return said["name"], base64.b64decode(said["content"]), said["shown"]


def _mark(found: Differences) -> str:
    """Return what is the same as long as a file would change the same."""
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _purpose(request: HttpRequest) -> str:
    return f"staff-import:{request.viewer.school_id}:{request.viewer.user_id}"
