"""Asking, watching and opening, as a browser sees it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.middleware import POLL_HEADER
from incidents.services import Account
from ledger.models import AccessEntry
from reports import forms, making, services
from reports.models import Report, ReportDraft, ReportMade, ReportText
from reports.parts import typed_parts
from safeguard import menu
from tests import factories
from tests.reports import story

pytestmark = pytest.mark.django_db

POLL = {f"HTTP_{POLL_HEADER.upper().replace('-', '_')}": "1"}


@pytest.fixture
def lead(dee, open_as):
    return open_as(dee.elevated())


def chronology_of(pupil) -> str:
    return f"/reports/pupils/{pupil.pk}/chronology/"


def conference_of(pupil) -> str:
    return f"/reports/pupils/{pupil.pk}/conference/"


def asked(**fields) -> dict:
    ticked = {"scope": fields.pop("scope", "own"), "wording": "full", "make": "1"}
    return {"submission": str(uuid4()), "reason": story.REASON} | ticked | fields


def test_a_chronology_report_is_asked_for_in_one_form(lead, ada, sam):
    dropped = factories.incident(ada, sam)

    answer = lead.post(
        chronology_of(sam),
        asked(
            from_on="2026-09-01",
            until_on="",
            levels=["2", "3"],
            scope="own",
            wording="line",
            left_out=[str(dropped.pk), "nonsense"],
        ),
    )

    report = Report.objects.get()
    assert answer.url == f"/reports/{report.pk}/"
    assert (report.reason, str(report.from_on), report.until_on) == (
        story.REASON,
        "2026-09-01",
        None,
    )
    assert report.left_out == [dropped.pk]
    assert report.choices["levels"] == [2, 3]
    assert (report.choices["scope"], report.choices["wording"]) == ("own", "line")


def test_without_a_reason_nothing_is_made_and_what_was_chosen_stays(lead, ada, sam):
    review = factories.incident(ada, sam)

    answer = lead.post(chronology_of(sam), asked(reason=" ", levels=["3"]))

    assert "Say why you are making this report" in answer.content.decode()
    assert str(review.pk) not in answer.content.decode()
    assert not Report.objects.exists()


def test_dates_the_wrong_way_round_are_refused(lead, sam):
    answer = lead.post(chronology_of(sam), asked(from_on="2026-09-02", until_on="2026-09-01"))

    assert "The last day must not be before the first" in answer.content.decode()
    assert not Report.objects.exists()


def test_the_entries_are_shown_before_anything_is_made(lead, ada, sam):
    old = factories.incident(
        ada, sam, account=Account(saw="Old story."), occurred_at=factories.ago(days=90)
    )
    new = factories.incident(ada, sam, account=Account(saw="New story."))
    since = timezone.localdate() - timedelta(days=30)

    first = lead.get(chronology_of(sam)).content.decode()
    shown = lead.post(
        chronology_of(sam), {"show": "1", "from_on": since, "left_out": [str(new.pk)]}
    ).content.decode()

    assert str(old.pk) in first
    assert str(old.pk) not in shown
    assert re.search(rf'value="{new.pk}"\s+id="leave-{new.pk}" checked', shown)
    assert "Say why" not in shown
    assert not Report.objects.exists()


def test_entries_that_may_not_be_read_are_not_offered_to_be_left_out(ada, pat, sam, oak, open_as):
    factories.grant(oak, "pastoral", "Bullying")
    hidden = factories.incident(ada, sam)

    page = open_as(pat.elevated()).get(chronology_of(sam)).content.decode()

    assert str(hidden.pk) not in page


@pytest.mark.parametrize("address", [chronology_of, conference_of])
def test_the_form_is_a_reading_of_the_childs_record(address, lead, sam, transactional_db):
    lead.get(address(sam))

    assert AccessEntry.objects.filter(event="chronology.read", pupil=sam.pk).count() == 1


def test_a_conference_report_asks_for_every_part_that_only_a_person_can_write(lead, sam):
    page = lead.get(conference_of(sam)).content.decode()

    for part in typed_parts():
        assert f'name="part_{part.key}"' in page
        assert part.question in page.replace("&#x27;", "'")


def test_what_is_typed_is_kept_with_the_report_and_offered_again(lead, dee, sam):
    typed = {f"part_{key}": text for key, text in story.answers().items()}

    lead.post(conference_of(sam), asked(**typed))
    page = lead.get(conference_of(sam)).content.decode()

    kept = ReportText.objects.get().answers
    assert {key: answer["text"] for key, answer in kept.items()} == story.answers()
    for text in story.answers().values():
        assert text in page


def test_a_conference_report_holds_the_childs_own_incidents_unless_more_is_chosen(lead, sam):
    lead.post(conference_of(sam), asked())

    assert Report.objects.get().choices["scope"] == "own"


def test_what_is_being_typed_is_saved_by_itself_sealed(lead, sam):
    answer = lead.post(conference_of(sam), {"part_risk": "Canary risk", "reason": "why"}, **POLL)

    draft = ReportDraft.objects.get()
    assert answer.json()["kept"] is True
    assert draft.typed()["part_risk"] == "Canary risk"
    assert b"Canary" not in bytes(draft.sealed)
    assert "Canary risk" in lead.get(conference_of(sam)).content.decode()


def test_save_for_later_works_without_javascript_and_keeps_what_is_not_well_formed(lead, sam):
    answer = lead.post(
        conference_of(sam), {"later": "1", "part_meeting_on": "soon", "part_risk": "High"}
    )

    assert answer.url == conference_of(sam)
    page = lead.get(answer.url).content.decode()
    assert "High" in page
    assert 'value="soon"' in page
    assert not Report.objects.exists()


def test_a_draft_is_its_writers_alone_and_ends_with_the_report(lead, hal, sam, open_as):
    lead.post(conference_of(sam), {"part_risk": "Canary risk"}, **POLL)
    other = open_as(hal.elevated()).get(conference_of(sam)).content.decode()
    lead.post(conference_of(sam), asked(part_risk="Canary risk"))

    assert "Canary" not in other
    assert not ReportDraft.objects.exists()


def test_a_text_that_is_too_long_is_refused_and_stays_on_the_page(lead, sam):
    answer = lead.post(conference_of(sam), asked(part_risk="x" * (forms.LONGEST + 1)))

    assert answer.status_code == 200
    assert "x" * 100 in answer.content.decode()
    assert not Report.objects.exists()


def test_the_page_of_a_report_waits_then_offers_the_file(lead, dee, sam):
    report = story.ask(dee, sam)

    waiting = lead.get(f"/reports/{report.pk}/").content.decode()
    Report.objects.filter(pk=report.pk).update(state="working", step="Laying out", done=41)
    working = lead.get(f"/reports/{report.pk}/progress/", **POLL).content.decode()
    story.make(report)
    ready = lead.get(f"/reports/{report.pk}/progress/", **POLL).content.decode()
    page = lead.get(f"/reports/{report.pk}/").content.decode()

    address = f'data-poll="/reports/{report.pk}/progress/"'
    assert address in waiting
    assert "<noscript>" in waiting
    assert address in working
    assert 'value="41"' in working
    assert "data-poll" not in ready
    assert f"/reports/{report.pk}/file/" in ready
    assert Report.objects.get().sha256 in page


def test_the_piece_that_is_asked_for_again_and_again_names_nobody(lead, dee, sam):
    report = story.ask(dee, sam)

    piece = lead.get(f"/reports/{report.pk}/progress/", **POLL).content.decode()

    assert "Winter" not in piece
    assert story.REASON not in piece


def test_a_failed_report_says_why_and_is_tried_again(lead, dee, sam, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(making, "MOST_SECONDS", -1)
        failed = story.make(story.ask(dee, sam))

    page = lead.get(f"/reports/{failed.pk}/").content.decode()
    again = lead.post(f"/reports/{failed.pk}/")

    assert "took too long" in page
    assert "Try again" in page
    assert again.url != f"/reports/{failed.pk}/"
    assert lead.get(again.url).status_code == 200
    assert Report.objects.count() == 2


def test_making_a_finished_report_again_is_refused_with_a_sentence(lead, dee, sam):
    report = story.make(story.ask(dee, sam))

    answer = lead.post(f"/reports/{report.pk}/", follow=True)

    assert "does not need to be made again" in answer.content.decode()


def test_the_file_is_for_keeping_and_its_name_tells_nothing(lead, dee, sam):
    report = story.make(story.ask(dee, sam))

    answer = lead.get(f"/reports/{report.pk}/file/")

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == (
        f'attachment; filename="safeguard-{report.reference}.pdf"'
    )
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.content.startswith(b"%PDF")


def test_a_file_that_is_gone_is_explained_and_offered_again(lead, dee, sam):
    report = story.make(story.ask(dee, sam))
    making.files.forget(report.stored_as)

    answer = lead.get(f"/reports/{report.pk}/file/", follow=True)

    assert "cannot be opened. Make it again." in answer.content.decode()


def test_a_report_that_is_not_ready_has_no_file(lead, dee, sam):
    report = story.ask(dee, sam)

    assert lead.get(f"/reports/{report.pk}/file/").url == f"/reports/{report.pk}/"


def test_no_title_and_no_address_names_the_child(lead, dee, sam):
    report = story.make(story.ask(dee, sam))

    for address in (
        chronology_of(sam),
        conference_of(sam),
        "/reports/",
        f"/reports/{report.pk}/",
    ):
        page = lead.get(address).content.decode()
        assert "Winter" not in re.search(r"<title>(.*?)</title>", page, re.DOTALL)[1]
        assert not re.search(r'(?:href|action)="[^"]*Winter', page)


def test_the_list_shows_ones_own_reports_newest_first_page_by_page(lead, dee, hal, sam):
    for number in range(60):
        story.ask(dee, sam, reason=f"Reason {number:02}")
    story.ask(hal, sam, reason="The head's")

    first = lead.get("/reports/").content.decode()
    older = re.search(r'href="(\?after=[^"]+)"', first)[1]
    second = lead.get(f"/reports/{older}").content.decode()
    newer = re.search(r'href="(\?before=[^"]+)"', second)[1]

    assert re.findall(r"Reason (\d\d)", first) == [f"{n:02}" for n in range(59, 34, -1)]
    assert re.findall(r"Reason (\d\d)", second) == [f"{n:02}" for n in range(34, 9, -1)]
    assert re.findall(r"Reason (\d\d)", lead.get(f"/reports/{newer}").content.decode()) == (
        re.findall(r"Reason (\d\d)", first)
    )
    assert "The head" not in first
    assert "?before=" not in first


def test_a_made_up_place_in_the_list_is_its_beginning(lead, dee, sam):
    story.ask(dee, sam)

    assert story.REASON in lead.get("/reports/?after=nonsense").content.decode()


def test_the_list_costs_the_same_for_one_and_for_ten(
    lead, dee, sam, rosa, django_assert_max_num_queries
):
    story.ask(dee, sam)
    lead.get("/reports/")
    with django_assert_max_num_queries(30) as one:
        lead.get("/reports/")
    for pupil in [sam, rosa] * 5:
        story.ask(dee, pupil)
    with django_assert_max_num_queries(30) as ten:
        lead.get("/reports/")

    assert len(one) == len(ten)


def test_an_empty_list_says_what_will_be_here(lead):
    assert "You have not made a report yet" in lead.get("/reports/").content.decode()


def test_the_menu_has_reports_for_those_who_may_make_them(dee, pat, sal, ada, gus, ivy):
    shown = {
        viewer.user.name
        for viewer in (dee, dee.elevated(), pat, sal, ada, gus, ivy)
        if "reports" in {entry.url_name for entry in menu.entries_for(viewer)}
    }

    assert shown == {"Dee Okafor", "Pat Lowe", "Sal Reed"}


def test_asking_twice_by_a_double_click_lands_on_one_report(lead, sam):
    form = asked()

    first = lead.post(chronology_of(sam), form)
    second = lead.post(chronology_of(sam), form)

    assert first.url == second.url
    assert Report.objects.count() == 1


def test_the_log_of_papers_is_seen_by_who_may_see_the_report(dee, hal, sam):
    report = story.make(story.ask(dee, sam))

    assert ReportMade.objects.visible_to(dee.elevated()).get().report == report
    assert not ReportMade.objects.visible_to(hal.elevated()).exists()
    assert services.open_paper(by=dee.elevated(), report=report)
