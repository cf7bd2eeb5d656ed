"""Photographs of injuries: not, unless the school says so; and what whoever adds a picture is asked."""

from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from incidents import photos
from incidents.forms.photos import ASK, NO_BODY
from incidents.models import Action, Incident, PhotoRule
from ledger.models import AccessEntry, Kind, SealedBody
from safeguard.errors import NotAllowed
from tests import factories
from tests.incidents.samples import film, pdf, png, sent
from tests.incidents.typing import answers, seen, send

pytestmark = pytest.mark.django_db
WHEN = "Only when the DSL has said so."
NEVER = "Do not photograph a child’s body."


@pytest.fixture
def allowed(dee) -> PhotoRule:
    return photos.change_rule(by=dee.elevated(), allowed=True, conditions=WHEN)


def review(client, ada, sam, *files):
    """Send an incident with these files, and return its draft."""
    pk = uuid4()
    send(client, answers(ada, sam, files=list(files)), pk)
    return pk


# Off, unless somebody says so


def test_a_school_that_has_said_nothing_allows_none(ada):
    assert not photos.are_allowed(ada)


def test_the_reason_stands_where_files_are_added(ada, eli, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])

    for page in (reverse("add-incident"), reverse("add-action", args=[incident.pk])):
        said = open_as(ada).get(page).content.decode()
        assert NEVER in said
        assert "body map" in said
        assert "Tell the DSL at once." in said


def test_who_adds_a_picture_is_asked_at_the_review_and_nothing_is_lost(ada, sam, open_as):
    client = open_as(ada)
    pk = review(client, ada, sam, sent("bus.png", png()))
    mark = seen(client, pk)

    unsaid = client.post(reverse("review-draft", args=[pk]), {"seen": mark})

    assert unsaid.status_code == 200
    assert ASK in unsaid.content.decode()
    assert "<title>Error: Review" in unsaid.content.decode()
    assert not Incident.objects.exists()
    said = client.post(reverse("review-draft", args=[pk]), {"seen": mark, "no_body": "on"})
    incident = Incident.objects.get()
    assert said["Location"] == reverse("incident-received", args=[incident.pk])
    assert incident.attachments.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_log_keeps_that_they_said_so(ada, sam, open_as):
    client = open_as(ada)
    pk = review(client, ada, sam, sent("bus.png", png()))

    client.post(reverse("review-draft", args=[pk]), {"seen": seen(client, pk), "no_body": "on"})

    entry = AccessEntry.objects.get(event="incident.pictures")
    assert (entry.user, entry.target) == (ada.user_id, Incident.objects.get().pk)


@pytest.mark.parametrize(
    ("name", "content", "asked"),
    [
        ("bus.png", png(), True),
        ("playground.mp4", film(), True),
        ("plan.pdf", pdf(), False),
        ("note.txt", b"x", False),
    ],
)
def test_pictures_and_films_are_asked_about(ada, sam, open_as, name, content, asked):
    client = open_as(ada)
    pk = review(client, ada, sam, sent(name, content))

    page = client.get(reverse("review-draft", args=[pk])).content.decode()

    assert (NO_BODY in page) == asked


def test_without_a_picture_nothing_is_asked(ada, sam, open_as):
    client = open_as(ada)
    pk = review(client, ada, sam)

    client.post(reverse("review-draft", args=[pk]), {"seen": seen(client, pk)})

    assert Incident.objects.exists()


def test_an_action_with_a_picture_asks_as_well_and_keeps_words_and_file(ada, eli, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    client, address = open_as(eli), reverse("add-action", args=[incident.pk])
    form = client.get(address).context["form"]
    typed = {
        "submission": form["submission"].value(),
        "kind": "update",
        "narrative": "He showed me this.",
        "occurred_on": form["occurred_on"].value(),
        "occurred_time": form["occurred_time"].value(),
    }

    unsaid = client.post(address, typed | {"files": sent("bus.png", png())})
    page = unsaid.content.decode()
    assert not Action.objects.filter(kind="update").exists()
    assert ASK in page
    assert "He showed me this." in page
    assert "bus.png" in page

    client.post(address, typed | {"no_body": "on"})
    assert Action.objects.get(kind="update").attachments.count() == 1


# Allowed, under conditions


def test_where_they_are_allowed_the_conditions_are_shown_and_nothing_is_asked(
    ada, sam, open_as, allowed
):
    client = open_as(ada)
    pk = review(client, ada, sam, sent("arm.png", png()))

    form = client.get(reverse("add-incident")).content.decode()
    page = client.get(reverse("review-draft", args=[pk])).content.decode()

    assert WHEN in form
    assert NEVER not in form
    assert "Tell the DSL at once." in form
    assert NO_BODY not in page


def test_another_schools_rule_is_not_ours(una, allowed):
    assert not photos.are_allowed(una)


def test_who_is_asked_about_what(ada, allowed, una):
    assert not photos.must_be_asked(ada, ["image/png"])
    assert photos.must_be_asked(una, ["application/pdf", "image/png"])
    assert not photos.must_be_asked(una, ["application/pdf"])


# Changing it


def test_the_dsl_and_the_head_say_so_and_the_ledger_keeps_it(dee, hal):
    rule = photos.change_rule(by=dee.elevated(), allowed=True, conditions=f" {WHEN} ")
    photos.change_rule(by=hal.elevated(), allowed=False, conditions=WHEN)

    said = SealedBody.objects.filter(kind=Kind.SETTING, obj=rule.pk).order_by("recorded_at")
    bodies = [bytes(one.body).decode() for one in said]
    assert len(bodies) == 2
    assert '"allowed":"yes"' in bodies[0]
    assert WHEN in bodies[0]
    assert '"allowed":"no"' in bodies[1]
    assert PhotoRule.objects.count() == 1


@pytest.mark.parametrize("who", ["ada", "dan", "pat", "ivy", "gus"])
def test_nobody_else_does(who, request):
    with pytest.raises(NotAllowed):
        photos.change_rule(
            by=request.getfixturevalue(who).elevated(), allowed=True, conditions=WHEN
        )


def test_they_are_allowed_under_conditions_only(dee, as_owner):
    with pytest.raises(photos.SaysNoConditions):
        photos.change_rule(by=dee.elevated(), allowed=True, conditions=" ")
    rule = photos.change_rule(by=dee.elevated(), allowed=False, conditions="")

    with pytest.raises(IntegrityError), transaction.atomic():
        PhotoRule.objects.filter(pk=rule.pk).update(allowed=True)


def test_the_page_shows_words_to_begin_with_and_takes_the_schools(dee, ada, open_as):
    client, address = open_as(dee.elevated()), reverse("photographs")

    first = client.get(address).content.decode()
    refused = client.post(address, {"allowed": "yes", "conditions": ""})
    changed = client.post(address, {"allowed": "yes", "conditions": WHEN}, follow=True)

    assert photos.SUGGESTED[:30] in first
    assert "they are not allowed" in first
    assert "Say under which conditions" in refused.content.decode()
    assert "allowed under your conditions from now on" in changed.content.decode()
    assert "Last changed by Dee" in changed.content.decode()
    assert WHEN in open_as(ada).get(reverse("add-incident")).content.decode()


def test_the_page_of_categories_says_how_it_stands(dee, open_as, allowed):
    page = open_as(dee.elevated()).get(reverse("categories")).content.decode()

    assert reverse("photographs") in page
    assert "Photographs of injuries" in page
