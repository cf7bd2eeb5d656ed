"""What a person sends from the form in which an action is added."""

from uuid import uuid4

from django.urls import reverse
from django.utils import timezone

from incidents.models import Action


def address(incident) -> str:
    return reverse("add-action", args=[incident.pk])


def answers(**said) -> dict:
    now = timezone.localtime()
    return {
        "submission": str(uuid4()),
        "kind": "update",
        "narrative": "Rang home; nobody answered.",
        "occurred_on": f"{now:%Y-%m-%d}",
        "occurred_time": f"{now:%H:%M}",
    } | said


def refused(client, incident, **said) -> str:
    """Send what must be refused, and return the page that says so."""
    answer = client.post(address(incident), answers(**said))
    assert answer.status_code == 200
    assert not Action.objects.exists()
    return answer.content.decode()
