"""Opening an incident's page."""

from django.urls import reverse


def address(incident) -> str:
    return reverse("incident", args=[incident.pk])


def page_as(open_as, viewer, incident) -> str:
    answer = open_as(viewer).get(address(incident))
    assert answer.status_code == 200
    return answer.content.decode()
