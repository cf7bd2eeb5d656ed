"""Adding an incident in the browser: form, review, submit, receipt; with and without JavaScript."""

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from accounts.permissions import Role
from incidents.forms.recording import AddIncidentForm
from incidents.models import Agency, AlertGroup, Draft, Incident, LinkedPupil
from ledger.models import AccessEntry
from tests import factories
from tests.incidents.typing import answers, record, seen, send, submit

pytestmark = pytest.mark.django_db


def errors_of(response) -> dict:
    assert response.status_code == 200
    return response.context["form"].errors


# From the form to the receipt


def test_a_teacher_records_reviews_submits_and_gets_a_receipt(ada, dee, dan, team, sam, open_as):
    client, pk = open_as(ada), uuid4()

    reviewing = send(client, answers(ada, sam), pk)
    page = client.get(reviewing["Location"])
    done = submit(client, pk)
    receipt = client.get(done["Location"])

    incident = Incident.objects.get()
    assert reviewing["Location"] == reverse("review-draft", args=[pk])
    assert b"You cannot edit this once submitted" in page.content
    assert done["Location"] == reverse("incident-received", args=[incident.pk])
    assert incident.reference in receipt.content.decode()
    assert "Dee Okafor" in receipt.content.decode()
    assert "Dan Price" in receipt.content.decode()
    assert reverse("my-incidents") in receipt.content.decode()


def test_everything_that_was_typed_reaches_the_incident(ada, eli, pat, sam, rosa, open_as):
    police = Agency.objects.create(school=ada.school, name="Police")
    group = AlertGroup.objects.create(school=ada.school, name="Pastoral", roles=[Role.PASTORAL])
    online = factories.category(ada.school, "Online")
    prose = {
        name: f"{name} line one\r\nline two"
        for name in ("saw", "told", "child_words", "heard", "opinion", "done_already", "medical")
    }
    typed = answers(
        ada,
        sam,
        **prose,
        level="3",
        told_by="Her aunt",
        parents_told="no",
        parents_detail="It could put her at risk.",
        told_in_person="Dee",
        precision="approximate",
        place="toilets",
        place_detail="by the gym",
        categories=[str(factories.category(ada.school).pk), str(online.pk)],
        agencies=[str(police.pk)],
        linked=[str(rosa.pk)],
        alerted=[str(eli.user_id)],
        groups=[str(group.pk)],
        **{f"linked_role_{rosa.pk}": "alleged_to_have_harmed"},
    )

    incident = record(open_as(ada), typed)

    for name, text in prose.items():
        assert getattr(incident, name) == text.replace("\r\n", "\n")
    assert (incident.level, incident.told_by, incident.told_in_person) == (3, "Her aunt", "Dee")
    assert (incident.parents_told, incident.parents_detail) == ("no", "It could put her at risk.")
    assert (incident.precision, incident.place, incident.place_detail) == (
        *("approximate", "toilets", "by the gym"),
    )
    assert incident.categories.count() == 2
    assert incident.agencies.get().agency == police
    link = incident.linked_pupils.get()
    assert (link.pupil, link.role) == (rosa, LinkedPupil.Part.ALLEGED_TO_HAVE_HARMED)
    assert link.in_chronology is False
    assert {alert.recipient for alert in incident.alerts.all()} == {eli.user, pat.user}


def test_the_receipt_can_be_printed_and_left_on_the_printer(ada, sam, rosa, open_as):
    client = open_as(ada)
    typed = answers(ada, sam, linked=[str(rosa.pk)], **{f"linked_role_{rosa.pk}": "witness"})
    incident = record(client, typed)

    page = client.get(reverse("incident-received", args=[incident.pk])).content.decode()

    for name in ("Sam", "Winter", "Rosa", "Diaz", "crying"):
        assert name not in page


def test_the_receipt_is_its_authors_alone(ada, eli, dee, team, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])

    for viewer in (eli, dee.elevated()):
        response = open_as(viewer).get(reverse("incident-received", args=[incident.pk]))
        assert response.status_code == 404


def test_nobody_alerted_is_said_and_not_passed_over(ada, sam, open_as):
    client = open_as(ada)
    incident = record(client, answers(ada, sam))

    page = client.get(reverse("incident-received", args=[incident.pk])).content.decode()

    assert "Nobody was alerted: tell a safeguarding lead in person." in page


@pytest.mark.parametrize("who", ["gus", "max_", "ivy"])
def test_those_who_do_not_record_find_no_form(who, open_as, request):
    client = open_as(request.getfixturevalue(who))

    for url in (reverse("add-incident"), reverse("edit-draft", args=[uuid4()])):
        assert client.get(url).status_code == 404
        assert client.post(url, {}).status_code in {404, 405}


# Once


def test_submitting_twice_lands_on_one_receipt(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam), pk)
    mark = seen(client, pk)

    first, again = submit(client, pk, mark), submit(client, pk, mark)

    assert first["Location"] == again["Location"]
    assert Incident.objects.count() == 1


def test_every_way_back_to_a_submitted_draft_leads_to_its_receipt(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam), pk)
    receipt = submit(client, pk)["Location"]

    assert client.get(reverse("edit-draft", args=[pk]))["Location"] == receipt
    assert client.get(reverse("review-draft", args=[pk]))["Location"] == receipt
    assert send(client, answers(ada, sam), pk)["Location"] == receipt
    assert not Draft.objects.exists()


# In order (SR-58)


def test_nothing_is_submitted_that_was_not_shown_first(ada, sam, open_as):
    """SR-58."""
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam), pk)

    for sent in ({}, {"seen": ""}, {"seen": "0" * 64}):
        response = client.post(reverse("review-draft", args=[pk]), sent)
        assert b"You cannot edit this once submitted" in response.content

    assert not Incident.objects.exists()


def test_what_was_changed_in_another_window_is_shown_again_before_it_is_submitted(
    ada, sam, open_as
):
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam), pk)
    mark = seen(client, pk)
    send(client, answers(ada, sam, saw="Something else."), pk)

    response = submit(client, pk, mark)

    assert not Incident.objects.exists()
    assert b"changed in another window" in response.content
    assert b"Something else." in response.content


def test_an_unfinished_draft_leads_back_to_what_is_missing(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam, saw=""), pk)

    response = client.get(reverse("review-draft", args=[pk]), follow=True)

    assert "Describe what happened" in response.context["form"].errors["saw"][0]


def test_a_pupil_who_leaves_meanwhile_is_asked_for_again(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam), pk)
    mark = seen(client, pk)
    sam.leaving_date = timezone.localdate()
    sam.save()

    response = client.post(reverse("review-draft", args=[pk]), {"seen": mark}, follow=True)

    assert not Incident.objects.exists()
    assert response.context["form"].errors["pupil"][0].startswith("Sam Winter has left the school")


def test_a_refusal_of_the_service_keeps_the_draft(ada, sam, open_as, settings):
    settings.INCIDENTS_A_DAY = 0
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam), pk)

    response = client.post(
        reverse("review-draft", args=[pk]), {"seen": seen(client, pk)}, follow=True
    )

    assert b"which is the most in one day" in response.content
    assert b"Sam was crying in the corridor." in response.content
    assert Draft.objects.filter(pk=pk).exists()


@pytest.mark.django_db(transaction=True)
def test_whom_the_review_names_is_in_the_access_log(ada, sam, rosa, open_as):
    client, pk = open_as(ada), uuid4()
    typed = answers(ada, sam, linked=[str(rosa.pk)], **{f"linked_role_{rosa.pk}": "witness"})
    send(client, typed, pk)

    client.get(reverse("review-draft", args=[pk]))

    entries = AccessEntry.objects.filter(event="incident.review", user=ada.user_id)
    assert set(entries.values_list("pupil", flat=True)) == {sam.pk, rosa.pk}


# Errors keep everything


def test_an_error_keeps_everything_that_was_typed(ada, eli, sam, rosa, open_as):
    client = open_as(ada)
    typed = answers(
        ada,
        sam,
        level="",
        told="She said it again.\r\nTwice.",
        told_by="Rosa",
        place="trip",
        occurred_on="31/02/2026",
        linked=[str(rosa.pk)],
        alerted=[str(eli.user_id)],
        **{f"linked_role_{rosa.pk}": "sibling"},
    )

    response = send(client, typed)
    page = response.content.decode()

    assert set(errors_of(response)) == {"level", "occurred_on"}
    assert "Error: Add incident" in page
    for kept in ("She said it again.", "Twice.", 'value="Rosa"', 'value="31/02/2026"'):
        assert kept in page
    for chip in (sam.pk, rosa.pk, eli.user_id):
        assert f'data-chip="{chip}"' in page
    assert '<option value="trip" selected>' in page
    assert '<option value="sibling" selected>' in page


REFUSED = {
    "pupil": {"pupil": ""},
    "level": {"level": ""},
    "saw": {"saw": " \r\n "},
    "told_by": {"told": "Something."},
    "parents_detail": {"parents_told": "no"},
    "occurred_on": {"occurred_on": ""},
    "occurred_time": {"occurred_time": ""},
    "precision": {"precision": ""},
    "categories": {"categories": []},
}
NONSENSE = {
    "pupil": {"pupil": "Sam Winter"},
    "level": {"level": "4"},
    "occurred_on": {"occurred_on": "yesterday"},
    "occurred_time": {"occurred_time": "25:00"},
    "precision": {"precision": "certain"},
    "place": {"place": "moon"},
    "parents_told": {"parents_told": "maybe"},
    "categories": {"categories": ["Home and family"]},
    "agencies": {"agencies": [str(uuid4())]},
    "alerted": {"alerted": [str(uuid4())]},
    "linked": {"linked": [str(uuid4())]},
    "told_by": {"told_by": "x" * 121},
    "opinion": {"opinion": "x" * 20_001},
    "heard": {"heard": "a\x00b"},
}


@pytest.mark.parametrize("table", [REFUSED, NONSENSE], ids=["missing", "nonsense"])
def test_each_field_has_its_rule(ada, sam, open_as, table):
    """SR-59."""
    client = open_as(ada)

    for field, wrong in table.items():
        errors = errors_of(send(client, answers(ada, sam) | wrong))
        assert list(errors) == [field], (field, errors)

    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    ("hours", "precision", "accepted"),
    [
        (-1, "exact", True),
        (-24 * 400, "exact", True),
        (1, "exact", False),
        (1, "approximate", False),
        (1, "day", True),
        (48, "day", False),
        (-24 * 366 * 26, "exact", False),
    ],
)
def test_it_happened_now_or_earlier(ada, sam, hours, precision, accepted):
    noon = timezone.localtime().replace(hour=12, minute=0)
    when = noon + timedelta(hours=hours)
    typed = answers(
        ada,
        sam,
        occurred_on=f"{when:%Y-%m-%d}",
        occurred_time=f"{when:%H:%M}",
        precision=precision,
        late_reason="It came to light only today.",
    )

    sent = {name: value if isinstance(value, list) else [value] for name, value in typed.items()}
    with time_machine.travel(noon, tick=False):
        form = AddIncidentForm(MultiValueDict(sent), viewer=ada)
        assert form.is_valid() is accepted


def test_only_the_day_is_known(ada, sam, open_as):
    typed = answers(ada, sam, precision="day", occurred_time="", late_reason="I was away.")
    typed["occurred_on"] = f"{timezone.localdate() - timedelta(days=3):%Y-%m-%d}"

    incident = record(open_as(ada), typed)

    local = timezone.localtime(incident.occurred_at)
    assert (local.hour, local.minute) == (0, 0)
    assert local.date() == timezone.localdate() - timedelta(days=3)


def test_the_form_begins_with_now(ada, open_as):
    form = open_as(ada).get(reverse("add-incident")).context["form"]

    now = timezone.localtime()
    assert form["occurred_on"].value() == f"{now:%Y-%m-%d}"
    assert form["occurred_time"].value()[:2] in {f"{now:%H}", f"{now - timedelta(minutes=1):%H}"}
    assert form["precision"].value() == "exact"


def test_one_two_or_three_of_the_top_level_categories(ada, sam, open_as):
    client = open_as(ada)
    four = [str(factories.category(ada.school, name).pk) for name in "ABCD"]
    below = factories.Category.objects.create(
        school=ada.school, name="Below", parent=factories.category(ada.school)
    )

    assert "categories" in errors_of(send(client, answers(ada, sam, categories=four)))
    assert "categories" in errors_of(send(client, answers(ada, sam, categories=[str(below.pk)])))
    assert record(client, answers(ada, sam, categories=four[:3])).categories.count() == 3


def test_a_linked_pupil_needs_a_part_and_is_not_the_pupil_themselves(ada, sam, rosa, open_as):
    client = open_as(ada)
    of_sam = {"linked": [str(sam.pk)], f"linked_role_{sam.pk}": "friend"}

    assert "linked" in errors_of(send(client, answers(ada, sam, linked=[str(rosa.pk)])))
    assert "linked" in errors_of(send(client, answers(ada, sam, **of_sam)))


def test_a_pupil_of_another_school_cannot_be_picked(ada, sam, leo, open_as):
    client = open_as(ada)
    linked = {"linked": [str(leo.pk)], f"linked_role_{leo.pk}": "friend"}

    assert "pupil" in errors_of(send(client, answers(ada, leo)))
    page = send(client, answers(ada, sam, **linked))

    assert "linked" in errors_of(page)
    assert "Leo" not in page.content.decode()


def test_what_the_form_does_not_know_is_ignored(ada, eli, sam, open_as):
    """SR-61: no field of the model can be set by naming it."""
    typed = answers(ada, sam, reported_by=str(eli.user_id), reference="AAA-AAA", school="x")
    typed |= {"recorded_at": "2001-01-01", "author": str(eli.user_id), "linked_role_": "friend"}
    client, pk = open_as(ada), uuid4()

    send(client, typed, pk)

    kept = set(Draft.objects.get(pk=pk).answers())
    assert kept == set(answers(ada, sam))
    submit(client, pk)
    assert Incident.objects.get().reported_by == ada.user
