"""An incident's page: what it says, to whom, and what it offers to do."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents import services, thread
from incidents.models import (
    Action,
    Agency,
    Attachment,
    Incident,
    Level,
    LinkedPupil,
    Place,
)
from ledger.models import AccessEntry
from tests import factories
from tests.incidents.showing import address, page_as

pytestmark = pytest.mark.django_db

FULL_ACCOUNT = services.Account(
    saw="Sam was holding his arm.",
    told="He said he fell off the wall.",
    told_by="Mrs Hill",
    child_words="I did not fall.",
    heard="Rosa saw him pushed.",
    opinion="He seemed frightened.",
    done_already="Took him to the nurse.",
    parents_told="no",
    parents_detail="The DSL asked me to wait.",
    medical="Ice, by the nurse.",
    told_in_person="Dee Okafor",
)


def plain(answer) -> str:
    """An answer's text, but for the address that was asked and the token that is always new."""
    text = answer.content.decode().replace(answer.wsgi_request.path, "")
    return re.sub(r'(?<=name="csrfmiddlewaretoken" value=")\w+', "", text)


def test_the_page_shows_everything_that_was_recorded(oak, ada, eli, sam, rosa, open_as):
    agency = Agency.objects.create(school=oak, name="School nurse")
    incident = factories.incident(
        ada,
        sam,
        account=FULL_ACCOUNT,
        level=Level.URGENT,
        place=Place.PLAYGROUND,
        place_detail="by the gate",
        linked=[services.Linked(rosa, LinkedPupil.Part.WITNESS)],
        agencies=[agency],
        categories=["Home and family", "Bruises"],
        alerted=[eli.user],
    )
    file = Attachment.objects.create(
        incident=incident, name="arm.jpg", content_type="image/jpeg", size=2048,
        sha256="0" * 64, stored_as="a",
    )  # fmt: skip

    shown = page_as(open_as, ada, incident)

    for text in (
        *(incident.reference, "Urgent", "Home and family", "Bruises", "Sam Winter"),
        *("Sam was holding his arm.", "He said he fell off the wall.", "by Mrs Hill"),
        *("I did not fall.", "Rosa saw him pushed.", "He seemed frightened."),
        *("Took him to the nurse.", "The DSL asked me to wait.", "Ice, by the nurse."),
        *("Dee Okafor", "Playground or field, by the gate", "Rosa Diaz", "Witness"),
        *("School nurse", "arm.jpg", reverse("attachment", args=[file.pk]), "Eli Moore"),
    ):
        assert text in shown


def test_a_prompt_without_an_answer_is_not_shown(ada, sam, open_as):
    shown = page_as(open_as, ada, factories.incident(ada, sam))

    assert "What was seen" in shown
    assert "What was told" not in shown
    assert "Medical attention" not in shown


def test_the_childs_words_stand_apart(ada, sam, open_as):
    account = services.Account(child_words="It hurts.")

    shown = page_as(open_as, ada, factories.incident(ada, sam, account=account))

    assert '<blockquote class="child-words words">It hurts.</blockquote>' in shown


def test_what_people_typed_is_text_and_never_markup(ada, sam, open_as):
    account = services.Account(saw="<script>alert(1)</script>")

    shown = page_as(open_as, ada, factories.incident(ada, sam, account=account))

    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_the_title_of_the_page_names_no_child(ada, sam, open_as):
    incident = factories.incident(ada, sam)

    shown = page_as(open_as, ada, incident)

    title = shown[shown.index("<title>") : shown.index("</title>")]
    assert incident.reference in title
    assert "Sam" not in title


@pytest.mark.parametrize(("hours", "said"), [(1, False), (30, True)])
def test_recorded_later_is_said_on_the_page(ada, sam, open_as, hours, said):
    incident = factories.incident(ada, sam, occurred_at=factories.ago(hours=hours))

    assert ("recorded later than it happened" in page_as(open_as, ada, incident)) is said


@pytest.mark.parametrize(
    ("precision", "said"),
    [("exact", "<time"), ("approximate", "about <time"), ("day", "</time>, time not known")],
)
def test_how_exactly_the_time_is_known_is_said(ada, sam, open_as, precision, said):
    incident = factories.incident(ada, sam, precision=precision)

    assert said in page_as(open_as, ada, incident)


@pytest.mark.parametrize(
    ("name", "elevated", "status"),
    [
        ("ada", False, 200),
        ("eli", False, 200),
        ("tess", False, 404),
        ("tess", True, 404),
        ("dee", True, 200),
        ("dee", False, 302),
        ("pat", True, 404),
        ("pat", False, 302),
        ("gus", False, 404),
        ("gus", True, 404),
        ("ivy", False, 404),
        ("una", True, 404),
    ],
)
def test_who_opens_an_incident(request, ada, eli, sam, open_as, name, elevated, status):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    viewer = request.getfixturevalue(name)

    answer = open_as(viewer.elevated() if elevated else viewer).get(address(incident))

    assert answer.status_code == status
    if status == 302:
        assert answer["Location"].startswith(reverse("elevate"))


def test_a_lead_is_offered_to_elevate_whether_or_not_there_is_an_incident(dee, open_as):
    """The offer must not tell what is behind it."""
    answer = open_as(dee).get(reverse("incident", args=[uuid4()]))

    assert answer["Location"].startswith(reverse("elevate"))


def test_somebody_elses_incident_and_none_look_the_same(ada, tess, sam, open_as):
    client = open_as(tess)

    hidden = client.get(address(factories.incident(ada, sam)))
    missing = client.get(reverse("incident", args=[uuid4()]))

    assert hidden.status_code == missing.status_code == 404
    assert plain(hidden) == plain(missing)


def test_the_thread_reads_in_the_order_in_which_things_were_done(ada, dee, sam):
    lead = dee.elevated()
    incident = factories.incident(ada, sam, occurred_at=factories.ago(days=3))
    later = factories.action(lead, incident, occurred_at=factories.ago(hours=1))
    earlier = factories.action(lead, incident, occurred_at=factories.ago(days=2))

    page = thread.page_of(lead, incident)

    assert [entry.id for entry in page.entries] == [earlier.pk, later.pk]
    assert [entry.recorded_late for entry in page.entries] == [True, False]


def test_a_decision_stands_with_its_reasons(oak, ada, dee, sam, open_as):
    lead = dee.elevated()
    incident = factories.incident(ada, sam)
    agency = Agency.objects.create(school=oak, name="Family help")
    factories.action(
        lead,
        incident,
        kind=Action.Kind.DECISION,
        decision=Action.Decision.NOT_REFERRED,
        reasons="The threshold is not met.",
        impact="Sam has a named adult.",
        agency=agency,
    )

    shown = page_as(open_as, lead, incident)

    for text in (
        *("Decision", "Referral considered and not made", "The threshold is not met."),
        *("Sam has a named adult.", "Family help"),
    ):
        assert text in shown


def test_everybody_sees_their_own_part_of_the_thread(ada, eli, dee, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    lead = dee.elevated()
    factories.action(lead, incident, narrative="For Eli alone.", alerted=[eli.user])
    factories.action(lead, incident, narrative="For the leads alone.")
    factories.action(ada, incident, narrative="Ada wrote again.")

    of_ada, of_eli, of_dee = (page_as(open_as, one, incident) for one in (ada, eli, lead))

    said = ["For Eli alone.", "For the leads alone.", "Ada wrote again."]
    assert [text in of_ada for text in said] == [False, False, True]
    assert [text in of_eli for text in said] == [True, False, False]
    assert [text in of_dee for text in said] == [True, True, True]


def test_who_does_not_read_everything_is_told_so(ada, dee, sam, open_as):
    incident = factories.incident(ada, sam)

    assert "The safeguarding team may have added more." in page_as(open_as, ada, incident)
    assert "may have added more" not in page_as(open_as, dee.elevated(), incident)


@pytest.mark.parametrize(
    ("name", "linked"), [("ada", False), ("eli", False), ("dee", True), ("dan", True)]
)
def test_only_who_may_open_chronologies_is_led_to_one(
    request, ada, eli, sam, open_as, name, linked
):
    """Also before elevating: the chronology then asks for the authenticator."""
    viewer = request.getfixturevalue(name)
    alerted = [viewer.user] if name != "ada" else []
    incident = factories.incident(ada, sam, alerted=alerted)

    shown = page_as(open_as, viewer, incident)

    assert (reverse("chronology", args=[sam.pk]) in shown) is linked


def test_the_author_is_offered_to_report_a_mistake(ada, eli, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    link = reverse("report-mistake", args=[incident.pk])

    assert link in page_as(open_as, ada, incident)
    assert link not in page_as(open_as, eli, incident)


def test_one_action_and_ten_cost_the_same_queries(
    ada, dee, eli, sam, rosa, open_as, django_assert_num_queries
):
    lead = dee.elevated()
    few, many = factories.incident(ada, sam), factories.incident(ada, rosa)
    factories.action(lead, few, alerted=[eli.user])
    for _ in range(10):
        factories.action(lead, many, alerted=[eli.user, ada.user])

    with django_assert_num_queries(17):
        thread.page_of(lead, few)
    with django_assert_num_queries(17):
        thread.page_of(lead, many)


@pytest.mark.django_db(transaction=True)
def test_reading_an_incident_is_on_record_for_every_child_in_it(ada, dee, sam, rosa, open_as):
    linked = [services.Linked(rosa, LinkedPupil.Part.WITNESS)]
    incident = factories.incident(ada, sam, linked=linked)

    page_as(open_as, dee.elevated(), incident)

    logged = AccessEntry.objects.filter(event="incident.read")
    assert {(row.pupil, row.user, row.target) for row in logged} == {
        (sam.pk, dee.user.pk, incident.pk),
        (rosa.pk, dee.user.pk, incident.pk),
    }
    assert all(row.elevated and row.page == "incident" for row in logged)
    assert all(row.school == dee.school.pk for row in logged)


@pytest.mark.django_db(transaction=True)
def test_a_refused_reading_is_on_record_and_names_no_child(ada, tess, sam, open_as):
    """SR-86."""
    incident = factories.incident(ada, sam)

    open_as(tess).get(address(incident))

    denied = AccessEntry.objects.get()
    assert (denied.event, denied.user, denied.pupil) == (
        "denied:incident.read",
        tess.user.pk,
        None,
    )


def test_an_age_old_incident_opens_like_a_new_one(ada, sam, open_as):
    incident = factories.incident(ada, sam, occurred_at=timezone.now() - timedelta(days=4000))

    assert Incident.objects.get() == incident
    assert "recorded later" in page_as(open_as, ada, incident)
