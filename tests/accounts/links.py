"""Mailed links, as a person asks for them, finds them in the mailbox and opens them."""

import re

from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts import tasks
from accounts.models import User

NEW = "plum lantern Tuesday"


def ask(email: str, address: str = "203.0.113.7"):
    """Send the form that asks for a link."""
    return Client().post(reverse("reset-password"), {"email": email}, REMOTE_ADDR=address)


def link_in(message) -> str:
    """The path of the link in a mail."""
    return re.search(rf"{re.escape(settings.BASE_URL)}(/\S+)", message.text)[1]


def link_for(user: User, mailbox) -> str:
    """Ask for a link, let the worker send it, and take it out of the mail."""
    ask(user.email)
    tasks.send_waiting_password_resets()
    return link_in(mailbox.messages[-1])


def choose(client: Client, link: str, password: str = NEW):
    """Open a mailed link as a person does, and choose a password."""
    page = client.get(link)
    form = {"new_password1": password, "new_password2": password}
    return client.post(page.url, form) if page.status_code == 302 else page
