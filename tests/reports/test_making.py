"""The worker: once, visibly, within its time, and again when it was killed."""

import hashlib
import logging
import signal
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from reports import files, making, rendering, services, tasks
from reports.models import Report, ReportDraft, ReportMade
from reports.rendering import Printed
from safeguard import errands
from safeguard.errors import DomainError
from safeguard.models import Outbox
from safeguard.sealing import Unsealable
from tests import factories
from tests.reports import story

pytestmark = pytest.mark.django_db

SOON = timedelta(seconds=1)


@pytest.fixture
def quick(monkeypatch):
    """Let a paper be a few bytes, and return a place to say what happens while it is made."""
    during = []

    def render(paper, *, tell, most_seconds):
        for happening in during:
            happening(tell)
        return Printed(b"%PDF-1.7 quick", 1)

    monkeypatch.setattr(rendering, "render", render)
    return during


def stored() -> list[str]:
    folder = files.folder()
    return sorted(path.name for path in folder.glob("*")) if folder.exists() else []


def test_the_log_holds_the_sha256_of_the_very_file(ada, dee, sam):
    factories.incident(ada, sam)

    report = story.make(story.ask(dee, sam))

    made = ReportMade.objects.get(report=report)
    content = story.paper(dee, report)
    assert hashlib.sha256(content).hexdigest() == made.sha256 == report.sha256
    assert (made.size, made.pages) == (len(content), len(story.pages(content)))
    assert content.startswith(b"%PDF-1.7")


def test_the_file_on_the_disk_is_sealed_and_nobody_elses_to_read(dee, sam, quick):
    report = story.make(story.ask(dee, sam))

    path = files._path(report.stored_as)
    assert b"PDF" not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert files.content_of(report.stored_as) == b"%PDF-1.7 quick"


def test_a_file_that_was_changed_or_swapped_on_the_disk_is_not_given_out(dee, sam, rosa, quick):
    report = story.make(story.ask(dee, sam))
    other = story.make(story.ask(dee, rosa))
    files._path(report.stored_as).write_bytes(files._path(other.stored_as).read_bytes())

    with pytest.raises(Unsealable):
        files.content_of(report.stored_as)
    with pytest.raises(services.NoPaper):
        story.paper(dee, report)


def test_a_file_with_another_sha256_is_not_given_out(dee, sam, quick):
    report = story.make(story.ask(dee, sam))
    files.forget(report.stored_as)
    stored_as = files.keep(report.pk, 1, b"%PDF-1.7 forged")
    assert stored_as == report.stored_as

    with pytest.raises(services.NoPaper, match="not the one that was made"):
        story.paper(dee, report)


def test_the_same_submission_twice_is_one_report(dee, sam, quick):
    submission = uuid4()

    first = story.ask(dee, sam, submission=submission)
    second = story.ask(dee, sam, submission=submission)

    assert first == second
    assert Report.objects.count() == Outbox.objects.filter(kind=Outbox.Kind.REPORT).count() == 1


def test_making_twice_makes_once(dee, sam, quick):
    story.make(story.ask(dee, sam))
    tasks.make_waiting_reports()
    tasks.make_waiting_reports()

    assert ReportMade.objects.count() == 1
    assert len(stored()) == 1


def test_the_task_makes_everything_that_waits(dee, sam, rosa, quick):
    story.ask(dee, sam)
    story.ask(dee, rosa)

    tasks.make_waiting_reports()

    assert set(Report.objects.values_list("state", "done")) == {("ready", 100)}


def test_a_worker_killed_midway_leaves_the_report_to_be_made_again_and_once(dee, sam, quick):
    report = story.ask(dee, sam)
    quick.append(killed)
    with pytest.raises(SystemExit):
        making.make_next(timezone.now())
    quick.clear()
    at_once = making.make_next(timezone.now())
    later = timezone.now() + errands.LEASE + SOON

    assert not at_once
    assert making.make_next(later)
    assert not making.make_next(later + errands.LEASE + SOON)
    assert Report.objects.get(pk=report.pk).state == Report.State.READY
    assert ReportMade.objects.count() == 1
    assert len(stored()) == 1


def killed(tell) -> None:
    raise SystemExit


def test_a_worker_killed_after_the_file_and_before_the_row_leaves_no_file_behind(
    dee, sam, quick, monkeypatch
):
    report = story.ask(dee, sam)
    with monkeypatch.context() as broken:
        broken.setattr(making, "_finish", lambda *a: killed(None))
        with pytest.raises(SystemExit):
            making.make_next(timezone.now())
    left = stored()

    making.make_next(timezone.now() + errands.LEASE + SOON)

    assert left == [f"{report.pk.hex}.1"]
    assert stored() == [f"{report.pk.hex}.2"]


def test_a_worker_that_was_only_slow_does_not_make_it_a_second_time(dee, sam, quick):
    report = story.ask(dee, sam)

    def overtaken(tell) -> None:
        quick.clear()
        making.make_next(timezone.now() + errands.LEASE + SOON)

    quick.append(overtaken)
    making.make_next(timezone.now())

    assert ReportMade.objects.count() == 1
    assert Report.objects.get(pk=report.pk).stored_as == f"{report.pk.hex}.2"
    assert stored() == [f"{report.pk.hex}.2"]


def test_a_worker_overtaken_at_the_last_moment_takes_its_file_back(dee, sam, quick, monkeypatch):
    report = story.ask(dee, sam)
    keep = files.keep

    def overtaken(*args) -> str:
        stored_as = keep(*args)
        Outbox.objects.filter(key=report.pk).update(tries=7)
        return stored_as

    monkeypatch.setattr(files, "keep", overtaken)
    making.make_next(timezone.now())

    assert stored() == []
    assert not ReportMade.objects.exists()


def test_a_working_report_is_renewed_and_not_taken_by_another(dee, sam, quick):
    story.ask(dee, sam)
    later = timezone.now() + errands.LEASE - SOON
    errand = errands.take(Outbox.Kind.REPORT, timezone.now())

    assert errands.renew(errand, later)
    assert errands.take(Outbox.Kind.REPORT, later + SOON * 2) is None
    assert errands.take(Outbox.Kind.REPORT, later + errands.LEASE + SOON) is not None
    assert not errands.renew(errand, later)
    assert not errands.settle(errand, later)


@pytest.mark.django_db(transaction=True)
def test_progress_is_seen_while_the_report_is_being_made(dee, sam, quick, monkeypatch):
    monkeypatch.setattr(making, "TELL_EVERY", -1)
    report = story.ask(dee, sam)
    seen = []

    def look(tell) -> None:
        tell(4)
        found = Report.objects.get(pk=report.pk)
        seen.append((connection.in_atomic_block, found.state, found.step, found.done))

    quick.append(look)
    story.make(report)

    [(inside, state, step, done)] = seen
    assert not inside  # inside a transaction nobody else would see it
    assert state == Report.State.WORKING
    assert step == "Laying out the pages: 4 so far"
    assert 10 < done < 90


def test_progress_is_told_of_each_page_that_is_laid_out(ada, dee, sam):
    factories.incident(ada, sam)
    report = story.ask(dee, sam)
    told = []
    paper = making.facts.gather(dee.elevated(), report, timezone.now())

    printed = rendering.render(paper, tell=told.append, most_seconds=60)

    assert max(told) == printed.pages
    assert told == sorted(told)


def test_progress_is_written_once_a_second_at_most(dee, sam, quick, django_assert_max_num_queries):
    report = story.ask(dee, sam)
    queries = []

    def tell_much(tell) -> None:
        before = len(connection.queries_log)
        for page in range(500):
            tell(page)
        queries.append(len(connection.queries_log) - before)

    quick.append(tell_much)
    connection.force_debug_cursor = True
    try:
        story.make(report)
    finally:
        connection.force_debug_cursor = False

    assert queries[0] <= 2


def test_the_loggers_of_the_layout_are_left_as_they_were(dee, sam):
    before = (rendering.PROGRESS.level, rendering.PROGRESS.propagate)

    story.make(story.ask(dee, sam))

    assert (rendering.PROGRESS.level, rendering.PROGRESS.propagate) == before
    assert not rendering.PROGRESS.handlers


def test_a_report_that_takes_too_long_is_given_up_with_advice(dee, sam, monkeypatch):
    monkeypatch.setattr(making, "MOST_SECONDS", -1)

    report = story.make(story.ask(dee, sam))

    assert report.state == Report.State.FAILED
    assert report.problem.startswith("The report took too long to make. Choose fewer entries")
    assert not ReportMade.objects.exists()


def test_a_report_whose_layout_never_ends_is_given_up_and_the_next_one_is_made(
    dee, sam, rosa, monkeypatch
):
    """FI-26: no page is ever laid out, so that nothing is heard; the worker goes on all the same."""
    hangs, goes = story.ask(dee, sam), story.ask(dee, rosa)
    html = rendering.html
    monkeypatch.setattr(making, "MOST_SECONDS", 0.5)
    monkeypatch.setattr(rendering, "html", lambda paper: time.sleep(60))
    began = time.monotonic()
    making.make_next(timezone.now())
    monkeypatch.setattr(making, "MOST_SECONDS", 120)
    monkeypatch.setattr(rendering, "html", html)

    making.make_next(timezone.now())

    assert time.monotonic() - began < 60
    hangs.refresh_from_db()
    goes.refresh_from_db()
    assert (hangs.state, goes.state) == (Report.State.FAILED, Report.State.READY)
    assert hangs.problem.startswith("The report took too long to make")
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_work_that_breaks_off_three_times_is_given_up(dee, sam, quick):
    report = story.ask(dee, sam)
    quick.append(killed)
    now = timezone.now()
    for attempt in range(3):
        with pytest.raises(SystemExit):
            making.make_next(now + (errands.LEASE + SOON) * attempt)

    making.make_next(now + (errands.LEASE + SOON) * 3)

    report.refresh_from_db()
    assert report.state == Report.State.FAILED
    assert report.problem.startswith("The report could not be made: the work broke off")


def test_a_fault_is_told_in_a_sentence_and_its_text_stays_out_of_log_and_row(
    dee, sam, quick, caplog
):
    def fault(tell) -> None:
        raise ValueError("Sam said canary")

    quick.append(fault)
    with caplog.at_level(logging.DEBUG):
        report = story.make(story.ask(dee, sam))

    assert report.state == Report.State.FAILED
    assert report.problem == making.FAULT
    assert "canary" not in caplog.text
    assert "ValueError" in caplog.text
    assert not Outbox.objects.filter(key=report.pk, done_at=None).exists()


def test_a_database_that_went_away_puts_the_report_off(dee, sam, quick):
    def gone(tell) -> None:
        raise OperationalError("server closed the connection")

    report = story.ask(dee, sam)
    quick.append(gone)
    making.make_next(timezone.now())
    quick.clear()
    waiting = Report.objects.get(pk=report.pk).state

    making.make_next(timezone.now() + errands.LEASE + SOON)

    assert waiting == Report.State.WORKING
    assert Report.objects.get(pk=report.pk).state == Report.State.READY


def test_trying_again_asks_for_the_same_once_more(ada, dee, sam, quick):
    quick.append(lambda tell: 1 / 0)
    failed = story.make(story.ask(dee, sam, Report.Kind.CASE_CONFERENCE))
    quick.clear()

    again = services.try_again(by=dee.elevated(), report=failed)
    pressed_twice = services.try_again(by=dee.elevated(), report=failed)

    assert again == pressed_twice != failed
    assert story.make(again).state == Report.State.READY
    assert again.text.answers == failed.text.answers
    assert again.reason == failed.reason
    assert Report.objects.get(pk=failed.pk).state == Report.State.FAILED


def test_a_report_that_is_ready_is_not_made_again(dee, sam, quick):
    report = story.make(story.ask(dee, sam))

    with pytest.raises(DomainError, match="does not need"):
        services.try_again(by=dee.elevated(), report=report)


def test_files_are_removed_after_their_days_and_the_log_stays(dee, sam, quick, settings):
    report = story.make(story.ask(dee, sam))
    now = timezone.now()

    making.forget_old(now + timedelta(days=settings.REPORT_KEPT_DAYS) - SOON)
    kept = stored()
    making.forget_old(now + timedelta(days=settings.REPORT_KEPT_DAYS) + SOON * 60)

    report.refresh_from_db()
    assert kept
    assert not stored()
    assert not report.has_file
    assert ReportMade.objects.filter(report=report, sha256=report.sha256).exists()
    with pytest.raises(services.NoPaper, match="has been removed"):
        story.paper(dee, report)
    assert services.try_again(by=dee.elevated(), report=report) != report


def test_drafts_go_after_two_weeks(dee, sam, quick):
    services.keep_draft(by=dee.elevated(), pupil=sam, typed={"part_risk": "High."})

    making.forget_old(timezone.now() + timedelta(days=13))
    before = ReportDraft.objects.count()
    making.forget_old(timezone.now() + timedelta(days=15))

    assert (before, ReportDraft.objects.count()) == (1, 0)
