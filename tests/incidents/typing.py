"""What a browser sends from the form in which an incident is recorded."""

from uuid import uuid4

from django.urls import reverse
from django.utils import timezone

from incidents.models import Incident
from tests import factories


def answers(viewer, pupil, /, **more) -> dict:
    """Return the fields of a form that passes, as a browser sends them."""
    when = timezone.localtime(factories.ago(hours=2))
    return {
        "pupil": str(pupil.pk),
        "level": "2",
        "saw": "Sam was crying in the corridor.",
        "occurred_on": f"{when:%Y-%m-%d}",
        "occurred_time": f"{when:%H:%M}",
        "precision": "exact",
        "categories": [str(factories.category(viewer.school).pk)],
    } | more


def send(client, typed, pk=None, **more):
    """Send the form of a draft; a new one when none is named."""
    return client.post(reverse("edit-draft", args=[pk or uuid4()]), typed | more)


def seen(client, pk) -> str:
    """Open the review of a draft and return the mark of what stood there."""
    return client.get(reverse("review-draft", args=[pk])).context["review"].version


def submit(client, pk, mark=None):
    """Submit a draft after its review, with every box ticked that stands there."""
    boxes = [ask.mark for ask in asked(client, pk)]
    mark = mark or seen(client, pk)
    sent = {"seen": mark, "heeded": boxes, "no_body": "on"}
    return client.post(reverse("review-draft", args=[pk]), sent)


def asked(client, pk) -> list:
    """Open the review of a draft and return what it asks."""
    context = client.get(reverse("review-draft", args=[pk])).context
    return context["review"].asks if context and "review" in context else []


def record(client, typed) -> Incident:
    """Go through form and review to the receipt."""
    pk = uuid4()
    send(client, typed, pk)
    submit(client, pk)
    return Incident.objects.get(submission=pk)
