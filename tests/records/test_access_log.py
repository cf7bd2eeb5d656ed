"""The access log: who reads which of its lines, as pages and as a file."""

from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from incidents import limiting
from incidents.models import Alert, Audience
from ledger.access import record_access
from ledger.models import AccessEntry
from pupils import closeness
from pupils.models import Conflict
from records import access_log
from tests import factories

# The audit role writes through a connection of its own, so that each test commits.
pytestmark = pytest.mark.django_db(transaction=True)


def read(viewer, pupil, event="chronology.read", target: UUID | None = None) -> None:
    record_access(viewer, event, pupils=[pupil.pk], target=target or pupil.pk)


def page_of(open_as, viewer, query: str = "", name: str = "access-log") -> str:
    answer = open_as(viewer.elevated()).get(reverse(name) + query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def shown(page: str) -> str:
    return page[page.index("<tbody") : page.index("</tbody>")] if "<tbody" in page else ""


def test_the_dsl_and_the_head_see_each_others_looks_and_not_their_own(
    dee, hal, ada, sam, rosa, open_as
):
    """SR-52: nobody oversees themselves; each finds their own on a page of their own."""
    read(dee.elevated(), sam)
    read(hal.elevated(), rosa)
    read(ada, sam, "incident.read")

    of_dee, of_hal = (shown(page_of(open_as, one)) for one in (dee, hal))

    assert "<b>Hal Grant</b> read the chronology" in of_dee
    assert "<b>Ada Teach</b> read an incident" in of_dee
    assert "<b>Dee Okafor</b>" not in of_dee
    assert "<b>Dee Okafor</b> read the chronology" in of_hal
    assert "<b>Hal Grant</b>" not in of_hal
    newest_first = ("<b>Ada Teach</b> read an incident", "<b>Dee Okafor</b> read the chronology")
    assert of_hal.index(newest_first[0]) < of_hal.index(newest_first[1])


@pytest.mark.parametrize("kept_from", ["subject", "readers"])
def test_a_record_that_one_may_not_see_leaves_no_line_in_ones_log(
    kept_from, team, ada, dee, hal, sam, rosa, open_as
):
    """SR-42, SR-49: whom an incident is about learns of it from no line of the log either (AC22)."""
    incident = factories.incident(ada, sam, alerted=[hal.user])
    alert = Alert.objects.get(incident=incident, recipient=hal.user)
    if kept_from == "subject":
        limiting.keep_from(by=hal.elevated(), incident=incident, person=dee.user)
    else:
        limiting.limit_readers(
            by=hal.elevated(),
            incident=incident,
            audience=Audience.NAMED,
            readers=[hal.user],
            reason="It is about her.",
        )
    open_as(ada).get(reverse("incident", args=[incident.pk]))
    open_as(ada).get(reverse("my-incidents"))
    open_as(ada).get(reverse("add-incident") + f"?pupil={sam.pk}")
    open_as(hal).get(reverse("alerts"))
    open_as(hal).get(reverse("alert", args=[alert.pk]))
    record_access(ada, "denied:incident.read", target=incident.pk)
    record_access(hal, "chronology.read", pupils=[rosa.pk, sam.pk], target=rosa.pk)

    of_dee = shown(page_of(open_as, dee))
    on_file = open_as(dee.elevated()).get(reverse("chronology", args=[sam.pk])).content.decode()

    assert "Sam" not in of_dee
    assert "incident" not in of_dee
    assert "alert" not in of_dee
    assert "Rosa Diaz" in of_dee
    assert "Nobody before you." in on_file


def test_a_child_to_whom_one_is_too_near_is_in_no_line_of_ones_log(dee, hal, ada, sam, open_as):
    """SR-50: who else looked at one's own child is not shown to a lead either."""
    read(ada, sam, "incident.read")
    read(hal.elevated(), sam)
    record_access(ada, "denied:chronology.read", target=sam.pk)
    closeness.declare_conflict(by=dee, user=dee.user, pupil=sam, kind=Conflict.Kind.OWN_CHILD)

    assert "Sam" not in page_of(open_as, dee)
    assert "refused" not in shown(page_of(open_as, dee))
    assert "Sam Winter" in page_of(open_as, hal)


def test_everybody_reads_what_the_log_says_of_them_and_of_nobody_else(
    oak, ada, eli, gus, sam, rosa, open_as
):
    """SR-86: one's own looks, with the password alone, and one's own child's are not among them."""
    read(ada, sam, "incident.read")
    read(ada, rosa, "incident.read")
    read(eli, sam, "alert.opened")
    closeness.declare_conflict(by=ada, user=ada.user, pupil=rosa, kind=Conflict.Kind.OWN_CHILD)

    of_ada = open_as(ada).get(reverse("my-looks")).content.decode()
    of_gus = open_as(gus).get(reverse("my-looks")).content.decode()

    assert "read an incident" in of_ada
    assert "Sam Winter" in of_ada
    assert "Rosa" not in of_ada
    assert "opened an alert" not in of_ada
    assert "You have not opened anything yet" in of_gus


def test_reasons_and_emergencies_stand_beside_the_looks_that_they_were_given_for(
    dee, hal, pat, sam, open_as
):
    """SR-27, SR-52: in the log, on the pupil's page, and to the person themselves."""
    closeness.give_reason(by=hal.elevated(), pupil=sam, reason="The conference is today.")
    closeness.break_glass(by=pat.elevated(), pupil=sam, reason="He ran away.")
    read(hal.elevated(), sam)
    read(pat.elevated(), sam)

    log = page_of(open_as, dee)
    file = open_as(dee.elevated()).get(reverse("chronology", args=[sam.pk])).content.decode()
    own = page_of(open_as, hal, name="my-looks")

    for page in (log, file):
        assert "The conference is today." in page
        assert "He ran away." in page
    assert f"{reverse('access-log')}?pupil={sam.pk}" in file
    assert "The conference is today." in own
    assert "He ran away." not in own


def test_the_log_is_narrowed_by_person_pupil_kind_and_days(dee, hal, ada, sam, rosa, open_as):
    read(ada, sam, "incident.read")
    read(ada, rosa, "attachment.opened")
    read(hal, sam)
    record_access(ada, "denied:chronology.read")
    today = timezone.localdate().isoformat()

    def lines(query: str) -> int:
        return shown(page_of(open_as, dee, query)).count("<tr")

    assert lines("") == 4
    assert lines(f"?person={ada.user_id}") == 3
    assert lines(f"?pupil={sam.pk}") == 2
    assert lines(f"?pupil={sam.pk}&person={ada.user_id}") == 1
    assert lines("?kind=take") == 1
    assert lines("?kind=denied") == 1
    assert lines(f"?since={today}&until={today}") == 4
    assert lines("?until=2020-01-01") == 0


def test_what_makes_no_sense_is_said_and_narrows_nothing(dee, ada, sam, open_as):
    read(ada, sam, "incident.read")

    page = page_of(open_as, dee, "?since=soon&person=7&kind=x")

    assert "Give the day as a date" in page
    assert "<b>Ada Teach</b>" in page


def test_a_pupil_is_picked_and_no_name_comes_into_an_address(dee, ada, sam, open_as):
    """SR-53: the form is sent by POST; what stands in the address afterwards is an id."""
    client = open_as(dee.elevated())
    read(ada, sam, "incident.read")

    looked_for = client.post(reverse("access-log"), {"pupil_query": "win", "find": "pupil"})
    sent = client.post(reverse("access-log"), {"pupil": str(sam.pk)})
    never_picked = client.post(reverse("access-log"), {"pupil_query": "win"})

    assert "Sam Winter" in looked_for.content.decode()
    assert sent.url == f"{reverse('access-log')}?pupil={sam.pk}"
    assert "Choose “win” from the list" in never_picked.content.decode()


def test_a_page_of_the_log_begins_where_the_one_before_ended(dee, ada, sam, open_as, monkeypatch):
    monkeypatch.setattr(access_log, "SIZE", 2)
    for _ in range(5):
        read(ada, sam, "incident.read")
    query = f"?person={ada.user_id}"

    counted = []
    while query:
        answer = open_as(dee.elevated()).get(reverse("access-log") + query)
        counted.append(len(answer.context["page"].lines))
        assert f"person={ada.user_id}" in query
        query = answer.context["page"].older

    assert counted == [2, 2, 1]


def test_one_line_and_thirty_cost_the_same(dee, ada, sam, rosa, open_as):
    def cost() -> int:
        client = open_as(dee.elevated())
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("access-log")).status_code == 200
        return len(queries)

    read(ada, sam, "incident.read")
    few = cost()
    for number in range(30):
        read(ada, factories.pupil(ada.school, f"Pupil Number{number}"), "incident.read")

    assert cost() == few


def test_the_file_holds_the_narrowed_log_and_nothing_that_a_spreadsheet_works_out(
    oak, dee, ada, eli, sam, open_as
):
    """SR-86: taking it is on the log, with every child it names."""
    trap = factories.pupil(oak, "=HYPERLINK(1) Trap")
    read(ada, trap, "incident.read")
    read(eli, sam, "incident.read")

    answer = open_as(dee.elevated()).post(
        reverse("export-access-log"), {"person": str(ada.user_id)}
    )

    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == '"When","Who","What","Pupils","Authenticator used","Reason given"'
    assert len(lines) == 2
    assert '"Ada Teach","read an incident","\'=HYPERLINK(1) Trap (Year 4, 4B)","no",""' in lines[1]
    assert answer["Content-Disposition"].startswith("attachment;")
    taken = AccessEntry.objects.get(event="log.exported")
    assert (taken.user, taken.pupil, taken.detail) == (dee.user_id, trap.pk, "1 lines")


def test_the_sixth_file_of_a_day_is_refused(dee, ada, sam, open_as):
    """SR-16."""
    client = open_as(dee.elevated())
    read(ada, sam, "incident.read")
    for _ in range(access_log.EXPORTS_A_DAY):
        assert client.post(reverse("export-access-log")).status_code == 200

    answer = client.post(reverse("export-access-log"), follow=True)

    assert "Try tomorrow" in answer.content.decode()


def test_it_and_the_dpo_see_how_much_was_looked_at_and_no_name(
    oak, ivy, ada, eli, sam, rosa, una, open_as
):
    """SR-54: days, kinds and numbers; neither who, nor whose."""
    read(ada, sam, "incident.read")
    read(eli, rosa, "incident.read")
    read(una, sam, "incident.read")  # of another school
    record_access(ada, "denied:chronology.read")
    dpo = factories.person("Dot Price", oak, Role.DPO)

    for viewer in (ivy, dpo):
        page = page_of(open_as, viewer, name="log-counts")
        body = shown(page)
        assert (
            'Opened a record</td> <td class="govuk-table__cell govuk-table__cell--numeric">2<'
            in body
        )
        assert "Refused" in body
        assert not any(name in page for name in ("Ada", "Eli", "Sam", "Rosa", str(sam.pk)))


def test_what_one_page_showed_of_several_children_is_one_line(dee, hal, ada, sam, rosa, open_as):
    for _ in range(2):
        record_access(ada, "incident.read", pupils=[sam.pk, rosa.pk])

    body = shown(page_of(open_as, dee))

    assert body.count("<tr") == 2
    assert body.count("Rosa Diaz") == body.count("Sam Winter") == 2


def test_a_refusal_names_the_child_to_the_leads_and_never_to_the_refused(
    team, ada, eli, dee, sam, open_as
):
    """SR-42, SR-86: whose record somebody tried to open; to them it stays absent."""
    incident = factories.incident(ada, sam)
    open_as(eli).get(reverse("incident", args=[incident.pk]))
    open_as(eli).get(reverse("chronology", args=[sam.pk]))

    of_dee = shown(page_of(open_as, dee, f"?person={eli.user_id}"))
    of_eli = shown(open_as(eli).get(reverse("my-looks")).content.decode())

    assert of_dee.count("was refused") == of_dee.count("Sam Winter") == 2
    assert of_eli.count("was refused") == 2
    assert "Sam" not in of_eli
