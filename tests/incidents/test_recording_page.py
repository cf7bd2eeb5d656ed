"""The form as a page: the emergency, who is told, and all of it without JavaScript."""

from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.permissions import Role
from incidents.models import AlertGroup, Draft, Incident
from tests.incidents.typing import answers, send, submit

pytestmark = pytest.mark.django_db


def errors_of(response) -> dict:
    assert response.status_code == 200
    return response.context["form"].errors


# Emergency


def test_the_schools_instruction_and_number_stand_where_urgent_is_chosen(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()

    form = client.get(reverse("add-incident")).content.decode()
    send(client, answers(ada, sam, level="3"), pk)
    review = client.get(reverse("review-draft", args=[pk])).content.decode()
    receipt = client.get(submit(client, pk)["Location"]).content.decode()

    for page in (form, review, receipt):
        assert ada.school.emergency_instruction in page
        assert 'href="tel:01632960123"' in page
    assert 'data-shown-for="3"' in form


def test_the_review_of_what_is_not_urgent_leaves_the_emergency_out(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam), pk)

    page = client.get(reverse("review-draft", args=[pk])).content.decode()

    assert ada.school.emergency_instruction not in page


# Who is told


def test_the_always_alerted_group_is_shown_with_its_people_and_cannot_be_taken_off(
    ada, dee, dan, team, sam, open_as
):
    client, pk = open_as(ada), uuid4()
    form = client.get(reverse("add-incident")).content.decode()
    send(client, answers(ada, sam, groups=[]), pk)
    review = client.get(reverse("review-draft", args=[pk])).content.decode()
    submit(client, pk)

    assert "Safeguarding team" in form
    assert "Dan Price, Dee Okafor" in form
    assert "always told" in form
    assert str(team.pk) not in form
    assert "Dee Okafor" in review
    assert Incident.objects.get().alerts.count() == 2


def test_groups_that_can_be_picked_name_their_people(ada, pat, open_as):
    AlertGroup.objects.create(school=ada.school, name="Pastoral", roles=[Role.PASTORAL])

    assert b"Pastoral (Pat Lowe)" in open_as(ada).get(reverse("add-incident")).content


def test_a_group_in_which_there_is_nobody_is_not_offered(ada, pat, open_as):
    """Ticking it would tell nobody, and look as though it did."""
    for name, role in (("Pastoral", Role.PASTORAL), ("Special needs", Role.SENCO)):
        AlertGroup.objects.create(school=ada.school, name=name, roles=[role])

    page = open_as(ada).get(reverse("add-incident")).content.decode()

    assert "Pastoral (Pat Lowe)" in page
    assert "Special needs" not in page


# Without JavaScript


def test_find_shows_whom_it_found_and_keeps_what_was_typed(ada, sam, rosa, open_as):
    client, pk = open_as(ada), uuid4()
    typed = answers(ada, sam, saw="Half a sen", pupil_query="ro di", find="pupil")
    del typed["pupil"]

    answer = send(client, typed, pk)
    page = client.get(answer["Location"]).content.decode()

    assert answer["Location"] == f"{reverse('edit-draft', args=[pk])}#id_pupil"
    assert f'value="{rosa.pk}"' in page
    assert "Year 2, 2A" in page
    assert "Half a sen" in page
    assert "govuk-error-message" not in page


def test_whom_one_found_and_ticked_is_picked(ada, sam, rosa, open_as):
    client, pk = open_as(ada), uuid4()
    typed = answers(ada, sam, pupil=str(rosa.pk), pupil_query="rosa", pupil_found="rosa")

    send(client, typed, pk)
    submit(client, pk)

    assert Incident.objects.get().pupil == rosa


def test_finding_again_and_choosing_another_replaces_the_first(ada, sam, rosa, open_as):
    client, pk = open_as(ada), uuid4()
    typed = answers(ada, sam, pupil=[str(sam.pk), str(rosa.pk)])

    send(client, typed, pk)
    submit(client, pk)

    assert Incident.objects.get().pupil == rosa


def test_a_name_that_was_typed_and_never_picked_is_not_passed_over(ada, eli, sam, open_as):
    client = open_as(ada)

    lost = errors_of(send(client, answers(ada, sam, alerted_query="Eli")))
    other = answers(ada, sam, alerted_query="Tess", alerted_found="Eli", alerted=[str(eli.user_id)])

    assert "“Eli”" in lost["alerted"][0]
    assert "“Tess”" in errors_of(send(client, other))["alerted"][0]


def test_a_linked_pupil_found_without_javascript_begins_in_their_chronology(
    ada, sam, rosa, open_as
):
    client, pk = open_as(ada), uuid4()

    page = send(client, answers(ada, sam, linked=[str(rosa.pk)]), pk).content.decode()

    tick = f'id="id_linked_chronology_{rosa.pk}"'
    assert "checked" in page[page.index(tick) : page.index(tick) + 200].split(">")[0]


def test_remove_takes_one_pick_off_and_keeps_the_rest(ada, eli, tess, sam, open_as):
    client, pk = open_as(ada), uuid4()
    both = [str(eli.user_id), str(tess.user_id)]

    answer = send(
        client, answers(ada, sam, alerted=both, remove=f"alerted:{eli.user_id}", saw="Kept"), pk
    )

    assert answer["Location"].endswith("#id_alerted")
    kept = Draft.objects.get(pk=pk).answers()
    assert kept["alerted"] == [str(tess.user_id)]
    assert kept["saw"] == ["Kept"]


def test_a_button_with_a_made_up_name_is_only_a_form_that_was_sent(ada, sam, open_as):
    client = open_as(ada)

    for button in ({"find": "javascript:alert(1)"}, {"remove": "csrf:x"}):
        answer = send(client, answers(ada, sam, **button))
        assert answer["Location"].endswith("/review/")


def test_a_pupils_page_can_lead_here_with_the_pupil_picked(ada, sam, leo, open_as):
    client = open_as(ada)

    mine = client.get(f"{reverse('add-incident')}?pupil={sam.pk}").content.decode()
    foreign = client.get(f"{reverse('add-incident')}?pupil={leo.pk}").content.decode()
    nonsense = client.get(f"{reverse('add-incident')}?pupil=x' OR 1")

    assert f'data-chip="{sam.pk}"' in mine
    assert "Leo" not in foreign
    assert nonsense.status_code == 200


def test_no_page_of_the_form_has_a_name_in_its_title_or_address(ada, sam, open_as):
    client, pk = open_as(ada), uuid4()

    answer = send(client, answers(ada, sam), pk)
    review = client.get(answer["Location"])

    for page in (client.get(reverse("edit-draft", args=[pk])), review):
        title = page.content.decode().split("<title>")[1].split("</title>")[0]
        assert "Sam" not in title
        assert "Winter" not in title
    assert "sam" not in answer["Location"].casefold()
