"""What is asked once before an incident is submitted, and never in the way for ever."""

from datetime import date
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from incidents import services
from incidents.models import Draft, Incident
from pupils import closeness
from pupils.models import Conflict, TeamMember
from tests import factories
from tests.incidents.counting import queries_of
from tests.incidents.typing import answers, asked, seen, send

WORDS = "Sam came in late and wet, and said that nobody had been at home since Friday."


def review(client, typed, pk=None):
    """Keep a draft and return its id and its review."""
    pk = pk or uuid4()
    send(client, typed, pk)
    return pk, client.get(reverse("review-draft", args=[pk])).context["review"]


def kinds(client, typed) -> list[str]:
    return [ask.kind for ask in review(client, typed)[1].asks]


def press_submit(client, pk, *boxes):
    """Press the button with these boxes ticked."""
    sent = {"seen": seen(client, pk), "heeded": [*boxes]}
    return client.post(reverse("review-draft", args=[pk]), sent)


# Asked once


def test_nothing_is_asked_of_an_ordinary_incident(team, ada, sam, open_as):
    assert kinds(open_as(ada), answers(ada, sam)) == []


def test_what_is_asked_waits_for_its_box_and_then_goes_on(ada, sam, open_as):
    """Without JavaScript, and for ever: the box is a field of the form."""
    client, typed = open_as(ada), answers(ada, sam, level="3")
    pk, shown = review(client, typed)
    (ask,) = shown.asks

    refused = press_submit(client, pk)
    page = refused.content.decode()

    assert refused.status_code == 200
    assert not Incident.objects.exists()
    assert "Nothing has been submitted yet" in page
    assert f'href="#ask-{ask.mark}"' in page
    assert page.index("Check before you submit") < page.index("Submit incident")
    assert press_submit(client, pk, ask.mark).status_code == 302
    assert Incident.objects.get().submission == pk


def test_a_box_that_was_ticked_is_not_asked_for_again(ada, eli, sam, open_as):
    """Not twice for the same wording, also when something else is changed on the way."""
    client = open_as(ada)
    typed = answers(ada, sam, level="3", alerted=[str(eli.user_id)])
    pk, shown = review(client, typed)
    untold, outside = shown.asks

    press_submit(client, pk, untold.mark)
    kept = client.get(reverse("edit-draft", args=[pk]))
    send(client, typed | {"heeded": kept.context["form"].heeded, "saw": "He was crying."}, pk)
    again = client.get(reverse("review-draft", args=[pk])).context["review"]

    assert f'name="heeded" value="{untold.mark}"' in kept.content.decode()
    assert [ask.kind for ask in again.waits_for([])] == ["outside"]
    assert press_submit(client, pk, outside.mark).status_code == 302


def test_an_answer_changes_nothing_of_what_was_read(ada, eli, sam, open_as):
    """SR-58: the mark of the wording is the same before and after a box was ticked."""
    client = open_as(ada)
    pk, shown = review(client, answers(ada, sam, level="3", alerted=[str(eli.user_id)]))
    untold, outside = shown.asks
    address = reverse("review-draft", args=[pk])

    client.post(address, {"seen": shown.version, "heeded": untold.mark})
    done = client.post(address, {"seen": shown.version, "heeded": outside.mark})

    assert done.status_code == 302
    assert Incident.objects.get().submission == pk


def test_something_else_is_asked_anew(team, ada, eli, tess, sam, open_as):
    client = open_as(ada)
    pk, shown = review(client, answers(ada, sam, alerted=[str(eli.user_id)]))
    (ask,) = shown.asks
    both = answers(ada, sam, alerted=[str(eli.user_id), str(tess.user_id)], heeded=ask.mark)

    again = review(client, both, pk)[1]

    assert [one.kind for one in again.waits_for([])] == ["outside"]


def test_a_made_up_box_opens_nothing(ada, sam, open_as):
    client = open_as(ada)
    pk, _ = review(client, answers(ada, sam, level="3"))

    assert press_submit(client, pk, "on", "").status_code == 200
    assert not Incident.objects.exists()


def test_the_gravest_stands_first(team, ada, eli, sam, open_as):
    factories.incident(ada, sam, account=services.Account(saw=WORDS))
    factories.pupil(ada.school, "Sam Winter", form="2A", year_group="2")
    typed = answers(ada, sam, level="3", saw=WORDS, alerted=[str(eli.user_id)])

    assert kinds(open_as(ada), typed) == ["untold", "namesake", "outside", "repeat"]


def test_the_review_costs_the_same_however_much_one_has_recorded(team, ada, eli, sam, open_as):
    client = open_as(ada)
    typed = answers(ada, sam, saw=WORDS, level="3", alerted=[str(eli.user_id)])

    def cost() -> int:
        pk, _ = review(client, typed)
        return queries_of(client, reverse("review-draft", args=[pk]))

    factories.incident(ada, sam, account=services.Account(saw=WORDS))
    factories.pupil(ada.school, "Sam Winter", form="2A", year_group="2")
    once = cost()
    for _ in range(3):
        factories.incident(ada, sam, account=services.Account(saw=WORDS))
        factories.pupil(ada.school, "Sam Winter", form="3A", year_group="3")

    assert cost() == once


# Urgent


@pytest.mark.parametrize(
    ("level", "told", "asks"), [("3", "", True), ("3", "Dee Okafor", False), ("2", "", False)]
)
def test_urgent_without_anybody_told_in_person_is_asked_of(ada, sam, open_as, level, told, asks):
    typed = answers(ada, sam, level=level, told_in_person=told)

    assert ("untold" in kinds(open_as(ada), typed)) is asks


# The circle


@pytest.mark.parametrize(
    "role", [Role.DSL, Role.DEPUTY_DSL, Role.HEAD, Role.SLT, Role.PASTORAL, Role.SENCO]
)
def test_those_who_lead_safeguarding_are_of_every_circle(ada, sam, open_as, role):
    lead = factories.person("Lee Ford", ada.school, role)

    assert kinds(open_as(ada), answers(ada, sam, alerted=[str(lead.user_id)])) == []


def test_a_colleague_outside_the_circle_is_asked_of_by_name(ada, eli, dee, sam, open_as):
    typed = answers(ada, sam, alerted=[str(eli.user_id), str(dee.user_id)])

    (ask,) = review(open_as(ada), typed)[1].asks

    assert ask.title == "Does Eli Moore need to know?"
    assert "Dee" not in ask.text


def test_who_is_always_told_is_not_asked_of(ada, eli, sam, open_as):
    group = factories.always_alerted(ada.school, Role.DSL)
    group.members.add(eli.user)

    assert kinds(open_as(ada), answers(ada, sam, alerted=[str(eli.user_id)])) == []


def test_whom_one_has_told_of_the_child_before_is_not_asked_of_again(ada, eli, sam, rosa, open_as):
    factories.incident(ada, sam, alerted=[eli.user])
    alerted = [str(eli.user_id)]

    assert kinds(open_as(ada), answers(ada, sam, alerted=alerted)) == []
    assert kinds(open_as(ada), answers(ada, rosa, alerted=alerted)) == ["outside"]


@pytest.fixture
def in_team(eli, hal, sam):
    """Eli is in the team around Sam."""
    return lambda: TeamMember.objects.create(
        school=sam.school,
        pupil=sam,
        user=eli.user,
        part="Tutor",
        starts_on=timezone.localdate(),
        named_by=hal.user,
    )


@pytest.mark.parametrize("linked", [False, True])
def test_the_team_around_the_child_counts_for_those_who_may_know_of_it(
    team, in_team, eli, hal, sam, rosa, open_as, linked
):
    """SR-48: that there is a team says something of the child: at S1 one is asked all the same."""
    in_team()
    about, other = (rosa, sam) if linked else (sam, rosa)
    typed = answers(hal, about, alerted=[str(eli.user_id)])
    typed |= {"linked": str(other.pk), f"linked_role_{other.pk}": "witness"}

    assert kinds(open_as(hal), typed) == ["outside"]
    assert kinds(open_as(hal.elevated()), typed) == []


def test_a_team_changes_nothing_for_who_may_not_know_of_it(ada, eli, in_team, sam, open_as):
    """SR-48."""
    client, typed = open_as(ada), answers(ada, sam, alerted=[str(eli.user_id)])
    pk, before = review(client, typed)
    in_team()

    assert asked(client, pk) == before.asks


# The same words


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (WORDS, WORDS),
        (WORDS, f"  {WORDS.upper()}\n\n"),
        (WORDS, WORDS.replace(",", " –").rstrip(".")),
    ],
)
def test_words_submitted_before_are_asked_of_and_shown(ada, sam, open_as, first, second):
    mine = factories.incident(ada, sam, account=services.Account(saw=first))

    (ask,) = review(open_as(ada), answers(ada, sam, saw=second))[1].asks

    assert ask.kind == "repeat"
    assert mine.reference in ask.links[0].text
    assert ask.links[0].url == reverse("incident", args=[mine.pk])


def test_a_text_copied_from_one_child_to_the_next_is_found_under_the_other_name(
    ada, sam, rosa, open_as
):
    factories.incident(ada, sam, account=services.Account(told=f"{WORDS} Sam’s mother rang."))
    copied = f"{WORDS} Sam’s mother rang.".replace("Sam", "Rosa")

    (ask,) = review(open_as(ada), answers(ada, rosa, saw=copied))[1].asks

    assert "about another child" in ask.text


def test_another_persons_words_are_none_of_mine(ada, eli, sam, open_as):
    """SR-48: only what one wrote oneself, and may read again."""
    factories.incident(eli, sam, account=services.Account(saw=WORDS))

    assert kinds(open_as(ada), answers(ada, sam, saw=WORDS)) == []


def test_what_one_may_not_read_again_is_not_shown(ada, dee, sam, rosa, open_as):
    """SR-49: of one's own child one keeps the receipt alone."""
    nameless = WORDS.replace("Sam", "He")
    factories.incident(ada, sam, account=services.Account(saw=nameless))
    assert kinds(open_as(ada), answers(ada, rosa, saw=nameless)) == ["repeat"]
    closeness.declare_conflict(
        by=dee.elevated(), user=ada.user, pupil=sam, kind=Conflict.Kind.OWN_CHILD
    )

    assert kinds(open_as(ada), answers(ada, rosa, saw=nameless)) == []


def test_short_notes_are_alike_without_being_copied(ada, sam, open_as):
    factories.incident(ada, sam, account=services.Account(saw="Late again. Mum rang."))

    assert kinds(open_as(ada), answers(ada, sam, saw="Late again. Mum rang.")) == []


def test_the_log_names_the_other_child_whose_words_they_were(ada, sam, rosa, open_as):
    """SR-54: the page shows an incident of Sam's."""
    factories.incident(ada, sam, account=services.Account(saw=WORDS))

    _, shown = review(open_as(ada), answers(ada, rosa, saw=WORDS.replace("Sam", "Rosa")))

    assert set(shown.pupils) == {sam.pk, rosa.pk}


# Pupils of one name


@pytest.fixture
def other_sam(oak):
    return factories.pupil(
        oak, "Sam Winter", form="4B", year_group="4", date_of_birth=date(2016, 9, 30)
    )


def test_a_namesake_is_asked_of_with_what_tells_them_apart(ada, sam, oak, open_as):
    factories.pupil(oak, "SAM Winter", form="2A", year_group="2", date_of_birth=date(2018, 12, 1))

    (ask,) = review(open_as(ada), answers(ada, sam))[1].asks

    assert ask.title == "Is it the right Sam Winter?"
    assert "Year 4, 4B, born 3 May 2017" in ask.text
    assert "Year 2, 2A, born 1 December 2018" in ask.text


def test_a_linked_pupil_has_namesakes_too(ada, sam, rosa, oak, open_as):
    factories.pupil(oak, "Rosa Diaz", form="5C", year_group="5")
    linked = {"linked": str(rosa.pk), f"linked_role_{rosa.pk}": "witness"}

    assert [ask.title for ask in review(open_as(ada), answers(ada, sam, **linked))[1].asks] == [
        "Is it the right Rosa Diaz?"
    ]


def test_a_namesake_who_has_left_or_is_elsewhere_is_not_asked_of(ada, sam, oak, elm, open_as):
    factories.pupil(oak, "Sam Winter", form="6A", leaving_date=date(2026, 7, 20))
    factories.pupil(elm, "Sam Winter", form="9C")

    assert kinds(open_as(ada), answers(ada, sam)) == []


def test_the_one_chosen_is_told_from_the_other_in_the_same_form(ada, sam, other_sam, open_as):
    """Also on the chip, where the other is no longer beside them."""
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam), pk)

    found = client.post(reverse("find-pupil"), {"q": "Sam Win"}).json()["results"]
    page = client.get(reverse("edit-draft", args=[pk])).content.decode()

    assert sorted(one["detail"] for one in found) == [
        "Year 4, 4B, born 3 May 2017",
        "Year 4, 4B, born 30 September 2016",
    ]
    assert "Year 4, 4B, born 3 May 2017" in page
    assert "30 September 2016" not in page


# The pupil picked


def test_a_linked_pupil_who_is_the_main_one_is_refused_by_name(ada, sam, open_as):
    linked = {"linked": str(sam.pk), f"linked_role_{sam.pk}": "witness"}

    response = send(open_as(ada), answers(ada, sam, **linked))

    assert response.context["form"].errors["linked"] == [
        "Sam Winter is the pupil whom it is about. Take them off the other pupils."
    ]
    assert "Sam was crying in the corridor." in response.content.decode()


@pytest.mark.parametrize("field", ["pupil", "linked"])
def test_a_leaver_is_refused_by_name_and_the_words_are_kept(ada, sam, rosa, open_as, field):
    rosa.leaving_date = timezone.localdate()
    rosa.save()
    picked = {"pupil": {"pupil": str(rosa.pk)}, "linked": {"linked": str(rosa.pk)}}[field]
    pk = uuid4()

    response = send(open_as(ada), answers(ada, sam) | picked, pk)

    (refusal,) = response.context["form"].errors[field]
    assert refusal.startswith("Rosa Diaz has left the school")
    assert refusal.endswith("Tell the DSL. What you have typed is still here.")
    assert "Sam was crying in the corridor." in response.content.decode()
    assert Draft.objects.get(pk=pk).answers()["saw"] == ["Sam was crying in the corridor."]


def test_the_service_refuses_a_leaver_too(ada, sam):
    sam.leaving_date = timezone.localdate()
    sam.save()

    with pytest.raises(services.DomainError, match="Sam Winter has left the school"):
        factories.incident(ada, sam)


def test_another_schools_pupil_is_refused_and_not_named(ada, leo, open_as):
    """SR-47: to pick them is to pick nobody."""
    response = send(open_as(ada), answers(ada, leo))

    assert response.context["form"].errors["pupil"] == ["Choose the pupil from the list"]
    assert "Leo" not in response.content.decode()
    assert "Sam was crying in the corridor." in response.content.decode()
