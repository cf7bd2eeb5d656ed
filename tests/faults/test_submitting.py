"""Submitting, with the process dying or failing at every step of it, and sent 32 times at once."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.faults.teacher import Lost, version_of
from tests.faults.writers import MARK, Acknowledged

BEFORE = [
    "submit.before_tx",
    "submit.after_incident",
    "submit.after_outbox",
    "submit.before_ledger",
]
AFTER = "submit.after_commit_before_response"


def stored(copy, draft: str) -> dict[str, int]:
    """Return how much of a submission is in the database, part by part."""
    ((incidents, parts, alerts, errands, entries, drafts),) = copy.query(
        "WITH i AS (SELECT id FROM incidents_incident WHERE submission = %s),"
        " a AS (SELECT id FROM incidents_alert WHERE incident_id IN (SELECT id FROM i))"
        " SELECT (SELECT count(*) FROM i),"
        " (SELECT count(*) FROM incidents_incidentcategory WHERE incident_id IN (SELECT id FROM i)),"
        " (SELECT count(*) FROM a),"
        " (SELECT count(*) FROM safeguard_outbox WHERE key IN (SELECT id FROM a)),"
        " (SELECT count(*) FROM ledger_entry e JOIN ledger_sealedbody b USING (id)"
        "   WHERE b.obj IN (SELECT id FROM i UNION SELECT id FROM a)),"
        " (SELECT count(*) FROM incidents_draft WHERE id = %s)",
        draft,
        draft,
    )
    return {
        "incidents": incidents,
        "parts": parts,
        "alerts": alerts,
        "errands": errands,
        "entries": entries,
        "drafts": drafts,
    }


def everything(copy) -> tuple:
    """Return how many rows there are of all that a submission writes."""
    return copy.query(
        "SELECT (SELECT count(*) FROM incidents_incident), (SELECT count(*) FROM incidents_alert),"
        " (SELECT count(*) FROM incidents_incidentcategory),"
        " (SELECT count(*) FROM ledger_entry WHERE tree = 'records')"
    )[0]


def assert_whole(copy, draft: str) -> None:
    found = stored(copy, draft)
    assert (found["incidents"], found["parts"], found["drafts"]) == (1, 1, 0)
    assert found["alerts"] == found["errands"] > 0
    assert found["entries"] == 1 + found["alerts"]


@pytest.mark.parametrize("how", ["kill", "raise"])
@pytest.mark.parametrize("point", BEFORE)
def test_what_dies_before_the_commit_leaves_the_draft_and_nothing_else(
    copy, teacher, filled_in, point, how
):
    """FI-01, I8: and trying again succeeds."""
    draft = str(uuid4())
    page = teacher.fill_in(draft, filled_in | {"saw": f"{MARK} {draft}"})
    before = everything(copy)
    copy.arm(point, how)

    with pytest.raises(Lost) as lost:
        teacher.submit(draft, page)
    reached, after, left = not copy.armed(point), everything(copy), stored(copy, draft)
    teacher.submit(draft)

    assert reached
    assert lost.value.status == (500 if how == "raise" else None)
    assert after == before
    assert left == dict.fromkeys(left, 0) | {"drafts": 1}
    assert_whole(copy, draft)


@pytest.mark.parametrize("how", ["kill", "raise"])
def test_what_dies_after_the_commit_is_there_and_a_retry_lands_on_its_receipt(
    copy, teacher, filled_in, told, invariants, how
):
    """FI-01, SR-57."""
    draft, text = str(uuid4()), f"{MARK} {uuid4()}"
    page = teacher.fill_in(draft, filled_in | {"saw": text})
    copy.arm(AFTER, how)

    with pytest.raises(Lost):
        teacher.submit(draft, page)
    reached, at_once = not copy.armed(AFTER), stored(copy, draft)
    receipt = teacher.submit(draft)
    teacher.submit(draft)

    assert reached
    assert at_once["incidents"] == 1
    assert_whole(copy, draft)
    told.acknowledged = [
        Acknowledged(receipt.url.split("/")[-3], draft, text, teacher.email),
    ]
    invariants.assert_hold(told)


def test_the_same_form_sent_32_times_at_once_is_one_incident_and_32_times_its_receipt(
    copy, teacher, filled_in
):
    """FI-18, SR-57."""
    draft = str(uuid4())
    typed = filled_in | {"saw": f"{MARK} {draft}"}
    teacher.fill_in(draft, typed)
    fields = teacher.token | {"seen": version_of(typed)}

    def send(_) -> str:
        return teacher.post(f"/incidents/add/{draft}/review/", fields, opener=teacher.hasty).url

    with ThreadPoolExecutor(32) as hands:
        led_to = set(hands.map(send, range(32)))

    assert len(led_to) == 1
    assert led_to.pop().endswith("/received/")
    assert_whole(copy, draft)
