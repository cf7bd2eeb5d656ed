"""A school may ask everybody for the authenticator: a password alone then records, and reads nothing."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts import demands, lowering, people
from accounts.demands import Demand
from accounts.holders import TooFewLeft
from accounts.models import School
from accounts.permissions import Permission, Role
from accounts.viewer import Viewer, system_viewer, viewer_for
from incidents import emails
from incidents.models import Action, Alert, Draft, Incident, Upload
from pupils import closeness
from pupils.models import Conflict
from tests import factories
from tests.accounts.doors import app_for, code_given_to, signed_in, state_of
from tests.accounts.test_enrolling import PASSWORD, shown_on
from tests.incidents.typing import answers, send, submit

pytestmark = pytest.mark.django_db

MINE = reverse("my-incidents")


@pytest.fixture
def asking(oak, dee, hal) -> School:
    """Oak, which asks everybody; Dee and Hal have an authenticator."""
    app_for(dee.user)
    app_for(hal.user)
    demands.change(by=dee.elevated(), demanded=[Demand.EVERYBODY])
    oak.refresh_from_db()
    return oak


def anew(viewer: Viewer) -> Viewer:
    """Somebody as their next request finds them."""
    return viewer_for(viewer.user, School.objects.get(pk=viewer.school_id))


def page_of(answer) -> str:
    return " ".join(answer.content.decode().split())


def is_led_to_elevate(answer) -> bool:
    return answer.status_code == 302 and answer.url.startswith(reverse("elevate"))


def test_it_is_off_until_somebody_says_so(oak, ada, sam, open_as):
    """SR-19: and then a password reads what its owner recorded."""
    incident = factories.incident(ada, sam)

    assert not oak.requires_authenticator
    assert Incident.objects.visible_to(ada).contains(incident)
    assert "Confirm that it is you" not in page_of(open_as(ada).get(reverse("home")))


def test_a_password_alone_reads_nothing_that_is_stored(asking, ada, eli, dee, team, sam):
    """SR-19, SR-42: neither one's own, nor what one is alerted to, nor what is kept about oneself."""
    incident = factories.incident(anew(ada), sam, alerted=[eli.user])
    factories.action(anew(dee).elevated(), incident, alerted=[eli.user])
    closeness.declare_conflict(
        by=anew(eli),
        user=eli.user,
        pupil=factories.pupil(asking, "Rosa Lee"),
        kind=Conflict.Kind.RELATION,
    )
    for person in (anew(ada), anew(eli), anew(dee)):
        seen = [
            kind.objects.visible_to(person).exists() for kind in (Incident, Action, Alert, Conflict)
        ]
        assert seen == [False] * 4

    assert Incident.objects.visible_to(anew(ada).elevated()).contains(incident)
    assert Conflict.objects.visible_to(anew(eli).elevated()).exists()


def test_an_incident_is_recorded_with_a_password_alone_as_ever(
    asking, ada, dee, team, sam, open_as
):
    """AC6: a teacher whose telephone is flat reports; the receipt names no child."""
    client, pk = open_as(ada), uuid4()
    pictures = {"files": SimpleUploadedFile("note.txt", b"as it was said")}

    found = client.post(reverse("find-pupil"), {"q": "Sam"})
    send(client, answers(anew(ada), sam), pk, **pictures)
    review = page_of(client.get(reverse("review-draft", args=[pk])))
    sent = submit(client, pk)
    receipt = client.get(sent.url)

    incident = Incident.objects.get(submission=pk)
    assert found.status_code == 200
    assert "note.txt" in review
    assert sent.url == reverse("incident-received", args=[incident.pk])
    assert incident.reference in page_of(receipt)
    assert "Read what you wrote" not in page_of(receipt)
    assert sam.surname not in page_of(receipt)
    assert incident.attachments.count() == 1
    assert not Draft.objects.exists()
    # A second click, a late autosave: they find the receipt, and make nothing.
    assert submit(client, pk, "anything").url == sent.url
    assert is_led_to_elevate(client.get(reverse("incident", args=[incident.pk])))


def test_home_says_what_to_do_and_tells_of_nothing_that_waits(asking, ada, eli, sam, open_as):
    """SR-48: the badge neither."""
    factories.incident(anew(ada), sam, alerted=[eli.user])

    home = page_of(open_as(eli).get(reverse("home")))
    elevated = page_of(open_as(anew(eli).elevated()).get(reverse("home")))

    assert "Your school asks everybody to confirm with an authenticator" in home
    assert "Nothing is open" not in home
    assert 'class="count"' not in home
    assert "Alerts you have not read" not in home
    assert reverse("alerts") in home  # leads to the authenticator
    assert "Alerts you have not read" in elevated
    assert "Confirm that it is you" not in elevated


@pytest.mark.parametrize("who", ["gus", "max_", "ivy"])
def test_who_records_nothing_is_told_too(who, request, asking, open_as):
    home = page_of(open_as(request.getfixturevalue(who)).get(reverse("home")))

    assert "Your school asks everybody" in home
    assert "You can add an incident without" not in home


def test_the_link_in_the_mail_leads_on_after_the_authenticator(asking, ada, eli, sam):
    """SR-45: the mail goes out although a password alone would not open it."""
    incident = factories.incident(anew(ada), sam, alerted=[eli.user])
    alert = Alert.objects.get(recipient=eli.user, incident=incident)

    emails.send_alert(alert.pk)
    [sent] = [one for one in mail.outbox if eli.user.email in one.to]
    address = re.search(r"https?://[^/]+(/\S+)", sent.body)[1]
    client, app = signed_in(eli), app_for(eli.user)
    first = client.get(address)
    client.post(first.url, {"code": app.code()})

    assert is_led_to_elevate(first)
    assert client.get(address, follow=True).status_code == 200


def test_a_draft_of_another_session_waits_for_the_authenticator(asking, ada, sam, open_as):
    """SR-19: a password that somebody else got hold of shows nothing half written."""
    mine, theirs, pk = open_as(ada), open_as(ada), uuid4()
    typed = {"saw": "Half a sentence", "pupil": str(sam.pk)}
    send(mine, typed, pk, files=SimpleUploadedFile("note.txt", b"as it was said"))
    edit = reverse("edit-draft", args=[pk])

    assert "Half a sentence" in page_of(mine.get(edit))
    assert edit in page_of(mine.get(reverse("home")))
    assert is_led_to_elevate(theirs.get(edit))
    assert is_led_to_elevate(theirs.get(reverse("review-draft", args=[pk])))
    assert edit not in page_of(theirs.get(reverse("home")))
    file = Upload.objects.get()
    assert theirs.post(reverse("remove-upload", args=[pk, file.pk])).status_code == 404
    assert "Half a sentence" in page_of(open_as(anew(ada).elevated()).get(edit))
    # What is not there at all is not there: nobody else's draft leads to the authenticator.
    assert theirs.get(reverse("edit-draft", args=[uuid4()])).status_code == 404


def test_what_is_typed_on_in_a_new_session_is_kept_and_shown_there(asking, ada, sam, open_as):
    """FI-18: the page that stayed open is sent again after signing in, and nothing of it is lost."""
    before, pk = open_as(ada), uuid4()
    send(before, {"saw": "Half a sentence"}, pk)
    after = open_as(ada)

    page = send(after, answers(anew(ada), sam, saw="A whole sentence."), pk)

    assert page.url == reverse("review-draft", args=[pk])
    assert "A whole sentence." in page_of(after.get(page.url))
    assert is_led_to_elevate(before.get(reverse("edit-draft", args=[pk])))
    after.post(reverse("edit-draft", args=[pk]), {"discard": ""})
    assert not Draft.objects.exists()


def test_who_has_no_authenticator_sets_one_up_with_a_code_given_in_person(
    asking, ada, dee, open_as
):
    """SR-25: a teacher, in a school that asks everybody."""
    client = signed_in(ada)
    first = page_of(client.get(MINE, follow=True))
    listed = page_of(open_as(anew(dee).elevated()).get(reverse("authenticators")))
    given = code_given_to(anew(ada))
    app, offer = shown_on(
        client.get(f"{reverse('enrol-authenticator')}?next={MINE}").content.decode()
    )
    typed = {"offer": offer, "code": app.code(), "password": PASSWORD, "given": given}

    client.post(f"{reverse('enrol-authenticator')}?next={MINE}", typed)

    assert "Your school asks everybody to confirm with an authenticator" in first
    assert reverse("enrol-authenticator") in first
    assert reverse("give-code", args=[ada.user_id]) in listed
    assert state_of(client).elevated_until is not None
    assert client.get(MINE).status_code == 200


def test_in_a_school_that_asks_nothing_a_teacher_sets_none_up(oak, ada):
    """SR-42."""
    client = signed_in(ada)

    assert client.get(reverse("enrol-authenticator")).status_code == 404
    assert client.get(reverse("elevate")).status_code == 404


def test_with_fewer_than_two_holders_it_is_refused(oak, dee, hal, ada, cho):
    """SR-28: the school does not lock itself out; neither a teacher's nor the chair's counts."""
    for person in (dee, ada, cho):
        app_for(person.user)

    with pytest.raises(TooFewLeft, match="have an authenticator"):
        demands.change(by=dee.elevated(), demanded=[Demand.EVERYBODY])
    assert not School.objects.get(pk=oak.pk).requires_authenticator

    app_for(hal.user)
    hal.user.memberships.update(ends_on=timezone.localdate() + timedelta(days=3))
    with pytest.raises(TooFewLeft, match="after "):
        demands.change(by=dee.elevated(), demanded=[Demand.EVERYBODY])


def test_the_page_says_who_has_none_yet(oak, dee, hal, ada, open_as):
    app_for(dee.user)
    app_for(hal.user)

    page = page_of(open_as(dee.elevated()).get(reverse("demands")))
    of_everybody = page.partition('id="effect-requires_authenticator"')[2].partition("</section>")[
        0
    ]

    assert "would only record until they have one" in of_everybody
    assert ada.user.name in of_everybody
    assert dee.user.name not in of_everybody


def test_what_is_demanded_is_ticked_when_the_page_is_opened_again(asking, ada, dee, open_as):
    """Or to save the page for something else would propose to demand it no more."""
    page = page_of(open_as(anew(dee).elevated()).get(reverse("demands")))

    [box] = re.findall(r'<input[^>]*value="requires_authenticator"[^>]*>', page)
    assert "checked" in box
    assert "These have none yet, and only record" in page


def test_two_people_ask_for_it_no_more(asking, dee, hal, ada, sam):
    """SR-51."""
    incident = factories.incident(anew(ada), sam)
    waits = demands.change(by=anew(dee).elevated(), demanded=[]).waits
    before = Incident.objects.visible_to(anew(ada)).contains(incident)

    lowering.approve(by=anew(hal).elevated(), proposal=waits, now=timezone.now())

    assert lowering.in_words(waits) == "Demand no more: an authenticator of everybody"
    assert (before, Incident.objects.visible_to(anew(ada)).contains(incident)) == (False, True)


def test_what_safeguard_does_by_itself_goes_on(asking):
    """It has no authenticator: the roll is imported by night, an account made on the console."""
    system = system_viewer(asking)

    assert not system.is_kept_back
    assert system.has(Permission.IMPORT_PUPILS)


def test_another_school_is_asked_nothing(asking, una, elm):
    """SR-47: one school's demand is for that school."""
    assert not anew(una).is_kept_back


def test_a_newcomer_records_on_the_first_day(asking, ivy, sam, open_as):
    added = people.add_person(
        by=anew(ivy).elevated(),
        email="new@oak.example.org",
        name="Nia New",
        roles=[Role.SUPPORT],
    )
    page = open_as(viewer_for(added.user, School.objects.get(pk=asking.pk))).get(
        reverse("add-incident")
    )

    assert page.status_code == 200
