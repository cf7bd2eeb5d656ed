"""A month of a school's records, twenty times over and in minutes: it stays quick, and nothing piles up.

FI-38. A school of 900 pupils records about 80 incidents a month, and for each of them its people open
about five pages. SAFEGUARD_BENCH_INCIDENTS says how many; twenty months unless said.
"""

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.bench.bench_traffic import submit
from tests.faults.running import Copy
from tests.faults.teacher import Teacher
from tests.faults.writers import answers, teachers

A_MONTH = 80
INCIDENTS = int(os.environ.get("SAFEGUARD_BENCH_INCIDENTS", str(20 * A_MONTH)))
A_SECOND = 3
PEOPLE = 24
OPENED = ("/", "/alerts/", "/my-incidents/", "/my-incidents/", "/incidents/add/")
PATIENCE = 300  # seconds until everything that was promised has to be done
# What waits to be done, was begun and not ended, or is kept for a while: none of it may pile up.
PILES = {
    "promised and not done": "SELECT count(*) FROM safeguard_outbox WHERE done_at IS NULL",
    "looks without a number": "SELECT count(*) FROM ledger_accesswaiting",
    "unfinished incidents": "SELECT count(*) FROM incidents_draft",
    "files of none": "SELECT count(*) FROM incidents_upload",
}


def record_and_look(teacher: Teacher, typed: dict, at: float) -> float:
    """Write a draft, submit it at this moment, look at five pages; return what submitting took."""
    draft = str(uuid4())
    time.sleep(max(0.0, at - 2 - time.monotonic()))
    teacher.post(f"/incidents/add/{draft}/", teacher.token | typed, opener=teacher.hasty)
    _, took = submit(teacher, draft, typed, at)
    for page in OPENED:
        teacher.get(page)
    return took


@pytest.mark.timeout(3600)
def test_a_month_twenty_times(tmp_path, figures):
    copy = Copy(tmp_path, "month")
    try:
        assert copy.address  # it is all there only now
        people, typed = teachers(copy, PEOPLE, patience=60), answers(copy)
        ((before,),) = copy.query("SELECT count(*) FROM incidents_incident")
        begin = time.monotonic() + 3
        with ThreadPoolExecutor(64) as pool:
            spans = list(
                pool.map(
                    lambda number: record_and_look(
                        people[number % PEOPLE], typed, begin + number / A_SECOND
                    ),
                    range(INCIDENTS),
                )
            )
        ended = time.monotonic()
        left = _piles(copy)
        while any(left.values()) and time.monotonic() < ended + PATIENCE:
            time.sleep(2)
            left = _piles(copy)
        settled = time.monotonic() - ended
        ((after,),) = copy.query("SELECT count(*) FROM incidents_incident")
        ((sessions,),) = copy.query(
            "SELECT count(*) FROM accounts_sessionstate WHERE ended_at IS NULL"
        )
    finally:
        copy.stop()

    assert after - before == INCIDENTS
    assert left == dict.fromkeys(PILES, 0)
    assert sessions <= 3 * PEOPLE
    cuts = statistics.quantiles((span * 1000 for span in spans), n=100)
    name = "a month twenty times"
    figures.keep(f"{name}: incidents", INCIDENTS)
    figures.keep(f"{name}: pages opened beside", INCIDENTS * len(OPENED))
    figures.keep(f"{name}: minutes", round((ended - begin) / 60, 1))
    figures.keep(f"{name}: submitting, median, ms", round(cuts[49]))
    figures.keep(f"{name}: submitting, 95 of 100 within, ms", round(cuts[94]))
    figures.keep(f"{name}: until nothing waited any more, s", round(settled))
    figures.keep(f"{name}: left over of what waits", sum(left.values()))


def _piles(copy: Copy) -> dict[str, int]:
    return {name: copy.query(sql)[0][0] for name, sql in PILES.items()}
