"""The visitors' poster: switch the slip on, change what it says, replace it, switch it off."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.decorators import audited, requires
from accounts.permissions import S2, Permission
from incidents.forms.slips import PosterForm
from incidents.slips import poster
from safeguard.errors import DomainError

PUT_UP = "The visitors’ slip is open. Print the poster and put it up."
REPLACED = "There is a new poster. Take the old ones down: they lead nowhere now."
CHANGED = "Saved. Posters that hang already go on working; print a new one to show it there too."
TAKEN_DOWN = "The visitors’ slip is switched off. Take the posters down: they lead nowhere now."


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.KEEP_POSTER, strength=S2, audits="poster.changed")
def visitors_poster(request: HttpRequest) -> HttpResponse:
    """Say whether the visitors' slip is open, and do what the button says."""
    address = poster.address_of(request.viewer)
    if request.method == "POST":
        audited(request, "poster.changed")
        _do(request, is_open=address is not None)
        return redirect("visitors-poster")
    form = PosterForm(initial={"shows_lead": address is not None and address.shows_lead})
    return render(request, "school/visitors_poster.html", {"form": form, "address": address})


def _do(request: HttpRequest, *, is_open: bool) -> None:
    form = PosterForm(request.POST)
    shows_lead = form.is_valid() and form.cleaned_data["shows_lead"]
    try:
        if "off" in request.POST:
            poster.take_down(by=request.viewer)
            messages.success(request, TAKEN_DOWN)
        elif "save" in request.POST:
            poster.change(by=request.viewer, shows_lead=shows_lead)
            messages.success(request, CHANGED)
        elif "new" in request.POST:
            poster.put_up(by=request.viewer, shows_lead=shows_lead)
            messages.success(request, REPLACED if is_open else PUT_UP)
    except DomainError as error:
        messages.error(request, str(error))
