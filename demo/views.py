"""The demo's mail, so that alerts can be read without a mail program."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.decorators import public
from demo import mailbox


@public("invented mail to invented people; exists in the demo and the tests only")
def mail(request: HttpRequest) -> HttpResponse:
    """List what the catcher has received."""
    return render(
        request,
        "demo/mail.html",
        {"messages_received": mailbox.received(settings.VAR_DIR / "mail")},
    )


@public("invented mail to invented people; exists in the demo and the tests only")
def message(request: HttpRequest, name: str) -> HttpResponse:
    """Show one message with its headers."""
    found = mailbox.find(settings.VAR_DIR / "mail", name)
    if found is None:
        raise Http404
    return render(request, "demo/message.html", {"message": found})
