"""How long a submission takes while ten a second are submitted (P8), with everything on this machine.

SAFEGUARD_BENCH_SECONDS says for how long; 60 unless said. Drafts are filled in before: what is timed is
the request that submits, from its first byte to the receipt's address.
"""

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.faults.running import Copy
from tests.faults.teacher import Teacher, version_of
from tests.faults.writers import answers, teachers

A_SECOND = 10
SECONDS = int(os.environ.get("SAFEGUARD_BENCH_SECONDS", "60"))
PEOPLE = 24


def submit(teacher: Teacher, draft: str, typed: dict, at: float) -> tuple[float, float]:
    """Submit at this moment; return how late it was begun, and how long it took, in seconds."""
    time.sleep(max(0.0, at - time.monotonic()))
    began = time.monotonic()
    fields = teacher.token | {"seen": version_of(typed)}
    page = teacher.post(f"/incidents/add/{draft}/review/", fields, opener=teacher.hasty)
    assert "/received/" in page.url
    return began - at, time.monotonic() - began


@pytest.mark.timeout(1200)
def test_ten_a_second(tmp_path, figures):
    copy = Copy(tmp_path, "traffic")
    try:
        assert copy.address  # it is all there only now
        people, typed = teachers(copy, PEOPLE, patience=60), answers(copy)
        drafts = [str(uuid4()) for _ in range(A_SECOND * SECONDS)]
        by = {draft: people[number % PEOPLE] for number, draft in enumerate(drafts)}
        with ThreadPoolExecutor(8) as pool:
            list(
                pool.map(
                    lambda draft: by[draft].post(
                        f"/incidents/add/{draft}/", by[draft].token | typed, opener=by[draft].hasty
                    ),
                    drafts,
                )
            )
        begin = time.monotonic() + 1
        with ThreadPoolExecutor(64) as pool:
            spans = list(
                pool.map(
                    lambda each: submit(by[each[1]], each[1], typed, begin + each[0] / A_SECOND),
                    enumerate(drafts),
                )
            )
        took = time.monotonic() - begin
        ((found,),) = copy.query(
            "SELECT count(*) FROM incidents_incident WHERE submission = ANY (%s::uuid[])", drafts
        )
    finally:
        copy.stop()

    assert found == len(drafts)
    cuts = statistics.quantiles((span * 1000 for _, span in spans), n=100)
    figures.keep("traffic: submissions, ten a second wanted", len(drafts))
    figures.keep("traffic: a second, in fact", round(len(drafts) / took, 1))
    figures.keep("traffic: median, ms", round(cuts[49]))
    figures.keep("traffic: 95 of 100 within, ms", round(cuts[94]))
    figures.keep("traffic: 99 of 100 within, ms", round(cuts[98]))
    figures.keep("traffic: begun late at most, ms", round(max(late for late, _ in spans) * 1000))
