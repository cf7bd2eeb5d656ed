"""On the way to adding an action nothing typed is lost, and nothing is sent twice."""

import re
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from incidents.models import Action, Agency, Alert, Attachment, Upload
from tests import factories
from tests.incidents.acting import address, answers, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(ada, eli, sam):
    return factories.incident(ada, sam, alerted=[eli.user], occurred_at=factories.ago(days=9))


def test_the_same_form_sent_twice_is_one_action(team, incident, ada, dee, open_as):
    client, said = open_as(ada), answers()

    first = client.post(address(incident), said)
    second = client.post(address(incident), said)

    assert first["Location"] == second["Location"]
    assert Action.objects.count() == 1
    assert Alert.objects.exclude(action=None).count() == 1


def test_nobody_else_lands_on_an_action_by_its_submission(incident, ada, eli, open_as):
    said = answers()
    open_as(ada).post(address(incident), said)

    page = open_as(eli).post(address(incident), said)

    assert "This form has been sent before. Open it again." in page.content.decode()
    assert Action.objects.get().author == ada.user


def test_errors_keep_everything_that_was_typed(oak, team, incident, dee, tess, open_as):
    agency = Agency.objects.create(school=oak, name="Family help")
    said = {
        "kind": "decision",
        "narrative": "We met on Monday.",
        "reasons": "",
        "impact": "He smiled.",
        "decision": "monitor",
        "agency": str(agency.pk),
        "occurred_on": "2026-01-05",
        "occurred_time": "10:05",
        "alerted": str(tess.user.pk),
    }

    page = refused(open_as(dee.elevated()), incident, **said)

    for kept in ("We met on Monday.", "He smiled.", 'value="2026-01-05"', 'value="10:05"'):
        assert kept in page
    assert f'<option value="{agency.pk}" selected>' in page
    assert '<option value="monitor" selected>' in page
    assert f'<input type="hidden" name="alerted" value="{tess.user.pk}">' in page
    assert re.search(r'value="decision"\s+id="id_kind_\d+" checked', page)


def test_files_are_kept_with_the_action(incident, ada, open_as):
    file = SimpleUploadedFile("note.txt", b"He rang back at noon.", "text/plain")

    open_as(ada).post(address(incident), answers(files=[file]))

    attachment = Attachment.objects.get()
    assert (attachment.action, attachment.name) == (Action.objects.get(), "note.txt")
    assert not Upload.objects.exists()


def test_a_file_survives_an_error_elsewhere_and_is_sent_with_the_next_try(incident, ada, open_as):
    client, said = open_as(ada), answers(narrative="")
    file = SimpleUploadedFile("note.txt", b"He rang back at noon.", "text/plain")

    page = client.post(address(incident), said | {"files": [file]}).content.decode()
    client.post(address(incident), said | {"narrative": "Rang home."})

    assert "note.txt" in page
    assert Attachment.objects.get().action == Action.objects.get()


def test_a_kept_file_can_be_taken_off_again_without_sending(incident, ada, open_as):
    client, said = open_as(ada), answers(narrative="")
    file = SimpleUploadedFile("note.txt", b"He rang back at noon.", "text/plain")
    client.post(address(incident), said | {"files": [file]})
    upload = Upload.objects.get()

    page = client.post(
        address(incident), said | {"narrative": "Rang home.", "remove_file": str(upload.pk)}
    ).content.decode()

    assert not Action.objects.exists()
    assert not Upload.objects.exists()
    assert "Rang home." in page
    assert "note.txt" not in page


def test_nobody_takes_off_a_file_of_somebody_else(incident, ada, eli, open_as):
    said = answers(narrative="")
    file = SimpleUploadedFile("note.txt", b"He rang back at noon.", "text/plain")
    open_as(ada).post(address(incident), said | {"files": [file]})

    open_as(eli).post(address(incident), said | {"remove_file": str(Upload.objects.get().pk)})

    assert Upload.objects.exists()


def test_a_refused_file_is_said_and_nothing_is_sent(incident, ada, open_as):
    file = SimpleUploadedFile("run.exe", b"MZ", "application/octet-stream")

    answer = open_as(ada).post(address(incident), answers(files=[file]))

    assert "run.exe" in answer.content.decode()
    assert not Action.objects.exists()


def test_staff_are_found_without_javascript_and_nothing_is_sent(incident, ada, tess, open_as):
    page = (
        open_as(ada)
        .post(
            address(incident), answers(find="alerted", alerted_query="Tess", narrative="Rang home.")
        )
        .content.decode()
    )

    assert "Tess Bell" in page
    assert "Rang home." in page
    assert not Action.objects.exists()


def test_somebody_picked_is_taken_off_without_javascript(incident, ada, tess, open_as):
    page = (
        open_as(ada)
        .post(
            address(incident),
            answers(alerted=str(tess.user.pk), remove=f"alerted:{tess.user.pk}"),
        )
        .content.decode()
    )

    assert "Tess Bell" not in page
    assert "Rang home; nobody answered." in page
    assert not Action.objects.exists()


def test_a_name_typed_and_not_picked_is_not_lost(incident, ada, open_as):
    page = refused(open_as(ada), incident, alerted_query="Tess")

    assert "Choose “Tess” from the list" in page


def test_a_link_to_answer_picks_the_kind_and_whom(incident, ada, dee, open_as):
    page = open_as(ada).get(f"{address(incident)}?kind=answer&to={dee.user.pk}").content.decode()

    assert re.search(r'value="answer"\s+id="id_kind_\d+" checked', page)
    assert f'<input type="hidden" name="alerted" value="{dee.user.pk}">' in page


def test_a_link_cannot_pick_somebody_of_another_school(incident, ada, una, open_as):
    page = open_as(ada).get(f"{address(incident)}?to={una.user.pk}").content.decode()

    assert "Una Frost" not in page


def test_each_form_has_an_id_of_its_own(incident, ada, open_as):
    client = open_as(ada)

    def submission() -> UUID:
        page = client.get(address(incident)).content.decode()
        return UUID(page.split('name="submission" value="')[1][:36])

    assert submission() != submission()


@pytest.mark.parametrize("nonsense", ["", "x", "1"])
def test_a_form_without_a_proper_id_is_given_one(incident, ada, open_as, nonsense):
    answer = open_as(ada).post(address(incident), answers(submission=nonsense))

    assert answer.status_code == 302
    assert Action.objects.get().submission
