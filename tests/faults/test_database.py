"""The database gone, or hanging: people are told so at once, and keep what they typed."""

import contextlib
import time
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.faults.teacher import Lost
from tests.faults.writers import MARK

AT_MOST = 15.0  # seconds on a busy machine; ten on a free one


def refused(teacher, draft: str, typed: dict) -> tuple[Lost, float]:
    began = time.monotonic()
    with pytest.raises(Lost) as lost:
        teacher.fill_in(draft, typed)
    return lost.value, time.monotonic() - began


def assert_keeps(page: Lost, words: str) -> None:
    assert page.status == 503
    assert "cannot reach its records" in page.text
    assert page.text.count(words) >= 2  # to read or print, and to send again
    assert "Try again" in page.text
    assert "paper__line" in page.text


@pytest.mark.parametrize("what", ["gone", "hanging", "cut off"])
def test_without_the_database_the_words_stay_on_the_page_and_go_in_when_it_is_back(
    copy, teacher, filled_in, what
):
    """P12, I8, FI-03, FI-07, FI-37: without a restart of the web process, and without a double."""
    draft = str(uuid4())
    typed = filled_in | {"saw": f"{MARK} {draft}", "opinion": "These words are nowhere else."}
    web = copy.pids()["web"]

    with copy.unattended():
        if what == "gone":
            copy.kill("postgres")
            page, seconds = refused(teacher, draft, typed)
        else:
            with copy.hanging("postgres") if what == "hanging" else copy.cut_off("postgres"):
                page, seconds = refused(teacher, draft, typed)
    print(f"\n503 after {seconds:.1f} s with the database {what}")  # noqa: T201
    copy.wait_until_well()
    teacher.submit(draft, teacher.fill_in(draft, typed))

    assert_keeps(page, "These words are nowhere else.")
    assert seconds < AT_MOST
    assert copy.pids()["web"] == web
    ((there,),) = copy.query("SELECT count(*) FROM incidents_incident WHERE submission = %s", draft)
    assert there == 1


def test_a_submission_that_meets_a_dead_database_is_sent_again_from_the_page(
    copy, teacher, filled_in
):
    """FI-08: the review's own button is kept too; the draft is safe on the server."""
    draft = str(uuid4())
    page = teacher.fill_in(draft, filled_in | {"saw": f"{MARK} {draft}"})

    with copy.unattended():
        copy.kill("postgres")
        with pytest.raises(Lost) as lost:
            teacher.submit(draft, page)
    copy.wait_until_well()
    receipt = teacher.submit(draft)

    assert lost.value.status == 503
    assert f'action="/incidents/add/{draft}/review/"' in lost.value.text
    assert teacher.reference_on(receipt)


def test_when_the_database_takes_no_more_connections_the_words_stay_on_the_page(
    copy, teacher, filled_in
):
    """FI-09: everything that the application's role may hold is held by others."""
    draft = str(uuid4())
    typed = filled_in | {"saw": f"{MARK} {draft}", "opinion": "These words are nowhere else."}
    web = copy.family("web")
    copy.kill("web")  # the next one connects when it is first asked for something
    while any(Path(f"/proc/{pid}").exists() for pid in web):
        time.sleep(0.1)

    with contextlib.ExitStack() as held:
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                held.enter_context(psycopg.connect(copy.addresses["app"], autocommit=True))
        page, seconds = refused(teacher, draft, typed)
    copy.wait_until_well()
    teacher.submit(draft, teacher.fill_in(draft, typed))

    assert_keeps(page, "These words are nowhere else.")
    assert seconds < AT_MOST
    ((there,),) = copy.query("SELECT count(*) FROM incidents_incident WHERE submission = %s", draft)
    assert there == 1
