"""What a lead does with a visitor's slip: read it, file it to the right pupil, or put it aside."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Permission, Role
from incidents.models import (
    Alert,
    Incident,
    Level,
    LinkedPupil,
    Slip,
    SlipFiled,
    SlipPutAside,
    Subject,
)
from incidents.rules import Linked
from incidents.slips import filing
from ledger.adopting import adopt_everything
from ledger.models import AccessEntry, Kind, SealedBody
from ledger.verification import verify
from pupils import closeness
from pupils.models import Conflict
from safeguard.errors import DomainError, NotAllowed
from tests import factories
from tests.incidents import slipping

pytestmark = pytest.mark.django_db


def file(by, slip, pupil, **fields):
    said = {"level": Level.REVIEW, "categories": [factories.category(by.school)]} | fields
    return filing.file_slip(by=by, slip=slip, pupil=pupil, **said)


def test_a_filed_slip_is_an_incident_of_the_writers_words(oak, dee, dan, team, sam, rosa):
    """SR-58: word for word, told by the writer and recorded by the lead, who is not alerted."""
    slip = slipping.slip(oak, heard="Rosa said the door was locked.", place="The cloakroom")

    witness = Linked(rosa, LinkedPupil.Part.WITNESS)
    incident = file(dee.elevated(), slip, sam, level=Level.URGENT, linked=[witness])

    assert (incident.told, incident.heard) == (slipping.SAW, "Rosa said the door was locked.")
    assert incident.told_by == "Vera Quill, Supply teacher, on a visitor’s slip"
    assert incident.child_words == "My arm got shut in the door."
    assert (incident.saw, incident.reported_by, incident.pupil) == ("", dee.user, sam)
    assert (incident.occurred_at, incident.precision) == (slip.occurred_at, "approximate")
    assert (incident.level, incident.place_detail) == (Level.URGENT, "The cloakroom")
    assert {alert.recipient for alert in incident.alerts.all()} == {dan.user}
    assert incident.linked_pupils.get().pupil == rosa
    assert SlipFiled.objects.get().incident == incident
    assert not Slip.objects.waiting().exists()


def test_the_longest_name_and_role_still_say_who_told(oak, dee, sam):
    slip = slipping.slip(oak, writer_name="N" * 60, writer_role="R" * 36)

    assert file(dee.elevated(), slip, sam).told_by == slip.told_by


def test_child_words_alone_are_enough(oak, dee, sam):
    slip = slipping.slip(oak, saw="", child_words="He hits me.", is_time_known=False)

    incident = file(dee.elevated(), slip, sam)

    assert (incident.told, incident.child_words, incident.precision) == ("", "He hits me.", "day")


def test_who_may_file_and_put_aside(oak, team, dee, dan, hal, ada, sal, pat, cho, sam):
    """SR-42: by right and by the kind of slip; the chair files nothing."""
    factories.grant(oak, Role.DEPUTY_DSL, "Home and family")
    for viewer in (dan.elevated(), hal.elevated()):
        file(viewer, slipping.slip(oak), sam)
    slip = slipping.slip(oak)

    for viewer in (dee, ada.elevated(), sal.elevated(), pat.elevated(), cho.elevated()):
        with pytest.raises(NotAllowed if not viewer.has(Permission.READ_SLIPS) else DomainError):
            file(viewer, slip, sam)
        with pytest.raises(DomainError):
            filing.put_aside(by=viewer, slip=slip, why="test", note="")
    about_head = slipping.slip(oak, about="head")
    with pytest.raises(filing.NotYours):
        filing.put_aside(by=hal.elevated(), slip=about_head, why="test", note="")
    with pytest.raises(NotAllowed):
        file(cho.elevated(), about_head, sam)
    assert filing.put_aside(by=cho.elevated(), slip=about_head, why="elsewhere", note="")


def test_another_schools_pupil_lead_and_category_are_refused(oak, dee, una, sam, leo):
    """SR-47."""
    slip = slipping.slip(oak)

    with pytest.raises(filing.NotYours):
        file(una.elevated(), slip, leo)
    with pytest.raises(DomainError):
        file(dee.elevated(), slip, leo)
    with pytest.raises(DomainError):
        file(dee.elevated(), slip, sam, categories=[factories.category(una.school)])
    assert not Incident.objects.exists()
    assert Slip.objects.waiting().get() == slip


def test_filed_twice_by_one_it_is_one_incident_and_by_two_the_second_is_told(oak, dee, hal, sam):
    """SR-58."""
    slip = slipping.slip(oak)

    first, again = (file(dee.elevated(), slip, sam) for _ in range(2))
    assert first == again
    with pytest.raises(filing.AlreadyDealtWith):
        file(hal.elevated(), slip, sam)
    with pytest.raises(filing.AlreadyDealtWith):
        filing.put_aside(by=hal.elevated(), slip=slip, why="test", note="")


@pytest.mark.django_db(transaction=True)
def test_filed_by_two_at_once_it_is_one_incident(oak, dee, hal, sam):
    """SR-58."""
    slip, category = slipping.slip(oak), factories.category(oak)

    def attempt(viewer):
        try:
            return file(viewer, slip, sam, categories=[category])
        except DomainError as refusal:
            return type(refusal)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        ended = list(pool.map(attempt, (dee.elevated(), hal.elevated())))

    assert ended.count(filing.AlreadyDealtWith) == 1
    assert Incident.objects.count() == SlipFiled.objects.count() == 1


def test_put_aside_it_stays_with_the_reason_and_can_still_be_filed(oak, dee, hal, sam, open_as):
    slip, client = slipping.slip(oak), open_as(dee.elevated())

    answer = client.post(
        reverse("put-slip-aside", args=[slip.pk]), {"why": "duplicate", "note": "See K7Q-2MD."}
    )

    assert answer.url == reverse("slips")
    page = client.get(reverse("slips")).content.decode()
    assert "It is recorded already" in page
    assert "No slip waits to be filed" in page
    assert "See K7Q-2MD." in client.get(reverse("slip", args=[slip.pk])).content.decode()
    with pytest.raises(filing.AlreadyDealtWith):
        filing.put_aside(by=hal.elevated(), slip=slip, why="test", note="")
    assert file(hal.elevated(), slip, sam)
    assert SlipPutAside.objects.get().by == dee.user


@pytest.mark.parametrize("why", ["", "because"])
def test_nothing_is_put_aside_without_a_reason(oak, dee, open_as, why):
    slip = slipping.slip(oak)

    answer = open_as(dee.elevated()).post(reverse("put-slip-aside", args=[slip.pk]), {"why": why})

    assert answer.status_code == 200
    assert "Error: Visitor’s slip" in answer.content.decode()
    assert Slip.objects.waiting().get() == slip


# About somebody who works here


def test_what_is_about_staff_is_filed_only_with_their_name_and_never_shown_to_them(
    oak, team, dee, dan, hal, sam
):
    """SR-49: nobody is told of it whom it is about."""
    slip = slipping.slip(oak, about="staff", staff_name="Dan, the deputy")

    with pytest.raises(DomainError, match="Name them below"):
        file(hal.elevated(), slip, sam)
    incident = file(hal.elevated(), slip, sam, subjects=[dan.user])

    assert Subject.objects.get().user == dan.user
    assert {alert.recipient for alert in Alert.objects.all()} == {dee.user}
    assert not Incident.objects.visible_to(dan.elevated()).contains(incident)


def test_whoever_may_not_read_the_incident_reads_its_slip_no_more(oak, team, dee, dan, hal, sam):
    """SR-48, SR-49: conflicts and limits of the incident hold for the words it came from."""
    factories.grant(oak, Role.DEPUTY_DSL, "Home and family")
    slip = slipping.slip(oak)
    assert Slip.objects.visible_to(dan.elevated()).contains(slip)
    closeness.declare_conflict(
        by=dee.elevated(), user=dan.user, pupil=sam, kind=Conflict.Kind.OWN_CHILD
    )
    file(dee.elevated(), slip, sam)

    assert not Slip.objects.visible_to(dan.elevated()).exists()
    assert not SlipFiled.objects.visible_to(dan.elevated()).exists()
    assert Slip.objects.visible_to(hal.elevated()).contains(slip)


# The pages


@pytest.mark.django_db(transaction=True)
def test_the_page_shows_what_was_written_and_files_it(oak, team, dee, dan, sam, open_as):
    """SR-86: who read it, who filed it, and about whom."""
    slip, client = slipping.slip(oak), open_as(dee.elevated())
    category = factories.category(oak)
    address = reverse("slip", args=[slip.pk])

    page = client.get(address).content.decode()
    for word in (slipping.SAW, "Sammy W", "Vera Quill", "01632 960 777", "Alerted as always: Dan"):
        assert word in page
    found = client.post(address, {"find": "pupil", "pupil_query": "Sam"}).content.decode()
    assert "Sam Winter" in found
    assert "Error:" not in found
    answer = client.post(
        address, {"pupil": str(sam.pk), "level": "2", "categories": [str(category.pk)]}
    )

    incident = Incident.objects.get()
    assert answer.url == reverse("incident-received", args=[incident.pk])
    shown = client.get(reverse("incident", args=[incident.pk])).content.decode()
    assert "Vera Quill, Supply teacher, on a" in shown
    assert address in shown
    assert "Filed by" in shown
    again = client.get(address).content.decode()
    assert incident.reference in again
    assert "File as an incident" not in again
    entries = AccessEntry.objects.filter(event="slip.filed")
    assert {(one.user, one.pupil, one.target) for one in entries} == {
        (dee.user_id, sam.pk, slip.pk)
    }
    assert AccessEntry.objects.filter(event="slip.read", target=slip.pk).exists()


def test_whoever_is_alerted_to_the_incident_reads_who_wrote_it_and_not_how_to_reach_them(
    oak, team, dee, eli, sam, open_as
):
    slip = slipping.slip(oak)
    incident = file(dee.elevated(), slip, sam, alerted=[eli.user])

    page = open_as(eli).get(reverse("incident", args=[incident.pk])).content.decode()

    assert "Vera Quill, Supply teacher" in page
    assert "01632 960 777" not in page
    assert reverse("slip", args=[slip.pk]) not in page


def test_what_is_missing_is_said_beside_its_field(oak, dee, sam, open_as):
    slip = slipping.slip(oak, about="nobody")
    answer = open_as(dee.elevated()).post(reverse("slip", args=[slip.pk]), {"level": "2"})

    page = answer.content.decode()
    assert "Choose the pupil from the list" in page
    assert "Choose one, two or three categories" in page
    assert not Incident.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_filing_and_putting_aside_have_entries_and_the_ledger_is_whole(oak, dee, sam):
    """SR-87: the slip, the incident, and what ties them."""
    first, second = slipping.slip(oak), slipping.slip(oak)
    incident = file(dee.elevated(), first, sam)
    filing.put_aside(by=dee.elevated(), slip=second, why="test", note="A try.")
    adopt_everything()

    filed = SealedBody.objects.get(kind=Kind.SLIP_FILED)
    assert str(incident.pk) in bytes(filed.body).decode()
    assert "A try." in bytes(SealedBody.objects.get(kind=Kind.SLIP_PUT_ASIDE).body).decode()
    assert verify(oak.pk, timezone.now()).findings.as_json() == []
