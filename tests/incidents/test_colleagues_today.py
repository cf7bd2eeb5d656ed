"""The one hint of what one may not read: a school has to want it, and it says next to nothing."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts import lowering
from accounts.models import School
from incidents import limiting, services
from incidents.guards import telling
from incidents.guards.colleagues import recorded_today
from incidents.models import Audience, Incident, LinkedPupil
from ledger.models import SealedBody
from pupils import closeness
from pupils.models import Conflict
from safeguard.errors import NotAllowed
from tests import factories
from tests.incidents.counting import queries_of
from tests.incidents.typing import answers, send

HINT = "A colleague has recorded something about Sam Winter today"


@pytest.fixture
def telling_oak(oak) -> School:
    """Oak, which tells its staff."""
    oak.tells_of_colleagues = True
    oak.save()
    return oak


def chosen(client, *pupils, name="pupil") -> str:
    """Return what a script is told when somebody has chosen these pupils."""
    answer = client.post(reverse("what-to-know"), {name: [str(pupil.pk) for pupil in pupils]})
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_is_off_until_a_school_wants_it(team, ada, eli, sam, open_as):
    """SR-48."""
    factories.incident(eli, sam)

    assert HINT not in chosen(open_as(ada), sam)


def test_it_stands_on_form_and_review_without_scripts(telling_oak, team, ada, eli, sam, open_as):
    factories.incident(eli, sam)
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam), pk)

    pages = [
        client.get(reverse(name, args=[pk])).content.decode()
        for name in ("edit-draft", "review-draft")
    ]

    assert all(HINT in page for page in [*pages, chosen(client, sam)])


def test_it_says_no_time_number_author_or_content(telling_oak, team, ada, eli, dee, sam, open_as):
    """SR-48: one incident or three, of whomever and at whatever hour: the same bytes."""
    client = open_as(ada)
    factories.incident(eli, sam, categories=["Online"])
    one = chosen(client, sam)
    for _ in range(2):
        factories.incident(dee, sam, level=3)

    assert chosen(client, sam) == one
    assert "Eli" not in one
    assert "Online" not in one
    assert not re.search(r"\d", one)


def test_what_one_recorded_oneself_or_another_day_is_no_colleagues_today(
    telling_oak, ada, eli, sam, open_as
):
    factories.incident(ada, sam)
    with time_machine.travel(timezone.localtime().replace(hour=10), tick=False):
        assert HINT not in chosen(open_as(ada), sam)

    factories.incident(eli, sam)

    with time_machine.travel(timezone.localtime() + timedelta(days=1), tick=False):
        assert recorded_today(ada, [sam]) == []


def test_a_linked_pupil_is_told_of_where_it_stands_in_their_story(
    telling_oak, ada, eli, sam, rosa, open_as
):
    part = LinkedPupil.Part.WITNESS
    factories.incident(eli, rosa, linked=[services.Linked(sam, part)])

    assert HINT in chosen(open_as(ada), sam, name="linked")
    assert HINT in chosen(open_as(ada), sam)


def test_nor_where_it_does_not(telling_oak, ada, eli, sam, rosa):
    part = LinkedPupil.Part.WITNESS
    factories.incident(eli, rosa, linked=[services.Linked(sam, part, in_chronology=False)])

    assert recorded_today(ada, [sam]) == []


def limited(lead, incident, audience) -> None:
    readers = [lead.user] if audience == Audience.NAMED else []
    limiting.limit_readers(
        by=lead.elevated(), incident=incident, audience=audience, readers=readers, reason="Grave."
    )


@pytest.mark.parametrize("audience", [Audience.NAMED, Audience.LEADS])
def test_never_from_what_is_limited(telling_oak, team, ada, eli, dee, sam, audience):
    """SR-48: and again once it is opened to all."""
    incident = factories.incident(eli, sam)
    limited(dee, incident, audience)
    hidden = recorded_today(ada, [sam])
    limiting.limit_readers(
        by=dee.elevated(), incident=incident, audience=Audience.THREAD, readers=[], reason="Over."
    )

    assert (hidden, recorded_today(ada, [sam])) == ([], [sam])


@pytest.mark.parametrize("refined", [False, True])
def test_never_from_a_restricted_category(telling_oak, team, ada, eli, dee, sam, refined):
    """SR-48: neither as it was reported nor as a lead has it now, also below a restricted one."""
    factories.category(ada.school, "Grave", restricted=True)
    incident = factories.incident(eli, sam, categories=["Online" if refined else "Grave"])
    if refined:
        factories.refined(dee.elevated(), incident, "Grave: Very")

    assert recorded_today(ada, [sam]) == []


def test_never_from_what_is_about_a_member_of_staff(telling_oak, team, ada, eli, tess, sam):
    """SR-50: least of all to them."""
    factories.incident(eli, sam, subjects=[tess.user])

    assert recorded_today(ada, [sam]) == recorded_today(tess, [sam]) == []


@pytest.mark.parametrize("near", ["sam", "rosa"])
def test_never_to_somebody_in_conflict_with_a_child_in_it(
    telling_oak, team, ada, eli, dee, sam, rosa, near, request
):
    """SR-49."""
    factories.incident(eli, sam, linked=[services.Linked(rosa, LinkedPupil.Part.WITNESS)])
    closeness.declare_conflict(
        by=dee.elevated(),
        user=ada.user,
        pupil=request.getfixturevalue(near),
        kind=Conflict.Kind.OWN_CHILD,
    )

    assert recorded_today(ada, [sam, rosa]) == []


def test_never_of_another_schools(telling_oak, elm, ada, una, sam, leo, open_as):
    """SR-47: and an id from elsewhere is nobody's."""
    factories.incident(una, leo)

    assert chosen(open_as(ada), leo) == chosen(open_as(ada))


def test_what_is_hidden_changes_nothing_beside_what_is_seen(
    telling_oak, team, ada, eli, dee, tess, sam, rosa, open_as
):
    """SR-48: apart from the exception that is declared, byte by byte, as JavaScript is told and without."""
    factories.category(ada.school, "Grave", restricted=True)
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam), pk)

    def told() -> list[str]:
        pages = [client.get(reverse(name, args=[pk])) for name in ("edit-draft", "review-draft")]
        texts = [page.content.decode() for page in pages]
        token = re.compile(
            r'name="(?:csrfmiddlewaretoken|rescue)" value="[^"]+"|nonce="[^"]+"|\d\d:\d\d'
        )
        return [token.sub("", text) for text in [*texts, chosen(client, sam)]]

    before = told()
    limited(dee, factories.incident(eli, sam), Audience.NAMED)
    limited(dee, factories.incident(eli, sam), Audience.LEADS)
    factories.incident(eli, sam, categories=["Grave"])
    factories.incident(eli, sam, subjects=[ada.user])

    assert told() == before


def test_before_a_demanded_authenticator_is_used_nothing_is_said(
    telling_oak, ada, eli, dee, sam, open_as
):
    """SR-19, SR-48: a password that somebody else got hold of tells nothing of what is stored."""
    factories.incident(eli, sam, alerted=[ada.user])
    assert "has recorded something" in chosen(open_as(ada), sam)
    telling_oak.requires_authenticator = True
    telling_oak.save()

    assert json.loads(chosen(open_as(ada), sam)) == {"recorded_today": [], "threads": []}


def test_it_costs_the_same_for_one_and_for_many(telling_oak, ada, eli, sam, rosa, open_as):
    client = open_as(ada)
    sent = {"pupil": str(sam.pk), "linked": str(rosa.pk)}
    factories.incident(eli, sam)
    once = queries_of(client, reverse("what-to-know"), sent)
    for _ in range(4):
        factories.incident(eli, sam)
        factories.incident(eli, rosa)

    assert queries_of(client, reverse("what-to-know"), sent) == once


# The setting


def test_two_people_turn_it_on_and_one_turns_it_off(oak, dee, hal):
    """SR-51: it opens something; SR-48's exception is the school's own choice, and in the ledger."""
    waits = telling.change(by=dee.elevated(), tells=True).waits
    until_then = School.objects.get(pk=oak.pk).tells_of_colleagues
    lowering.approve(by=hal.elevated(), proposal=waits, now=timezone.now())
    agreed = School.objects.get(pk=oak.pk).tells_of_colleagues
    telling.change(by=dee.elevated(), tells=False)

    assert (until_then, agreed) == (False, True)
    assert not School.objects.get(pk=oak.pk).tells_of_colleagues
    told = [bytes(body) for body in SealedBody.objects.values_list("body", flat=True)]
    said = [one for one in told if b"telling of colleagues" in one]
    assert len(said) == 2


def test_what_stands_already_changes_nothing(telling_oak, dee):
    assert telling.change(by=dee.elevated(), tells=True).waits is None


@pytest.mark.parametrize("who", ["ada", "dan", "ivy"])
def test_nobody_else_changes_it(oak, request, who):
    with pytest.raises(NotAllowed):
        telling.change(by=request.getfixturevalue(who).elevated(), tells=True)


def test_the_page_says_what_it_tells(oak, dee, hal, open_as):
    browser = open_as(dee.elevated())

    page = browser.get(reverse("telling")).content.decode()
    done = browser.post(reverse("telling"), {"tells": "yes"}, follow=True).content.decode()
    unsaid = browser.post(reverse("telling"), {}).content.decode()

    assert "off until two people agree" in page
    assert "waits for a second person" in done
    assert "Staff hear that a colleague has recorded something" in done
    assert "Choose whether staff hear of it" in unsaid
    assert not Incident.objects.exists()
