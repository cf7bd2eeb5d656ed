"""The broker is only nudged: gone or hanging, it holds nobody up and nothing is lost."""

import statistics
import time
from uuid import uuid4

import pytest

from tests.faults.writers import MARK

TIMES = 3
AT_MOST = 10.0  # seconds; how much slower it really is is printed


def seconds(teacher, filled_in) -> float:
    """Return how long a submission takes, in the middle of several."""
    taken = []
    for _ in range(TIMES):
        draft = str(uuid4())
        page = teacher.fill_in(draft, filled_in | {"saw": f"{MARK} {draft}"})
        began = time.monotonic()
        teacher.submit(draft, page)
        taken.append(time.monotonic() - began)
    return statistics.median(taken)


@pytest.mark.parametrize("what", ["down", "hanging", "cut off"])
def test_submitting_waits_for_no_broker(copy, teacher, filled_in, what):
    """P12, FI-05, FI-06, FI-37: and the mail goes out when the broker is back."""
    usual = seconds(teacher, filled_in)

    with copy.unattended():
        if what == "down":
            copy.kill("valkey")
            without = seconds(teacher, filled_in)
        else:
            with copy.hanging("valkey") if what == "hanging" else copy.cut_off("valkey"):
                without = seconds(teacher, filled_in)

    print(f"\nsubmit {usual:.2f} s, with the broker {what} {without:.2f} s")  # noqa: T201
    assert without < AT_MOST
    copy.wait_until_well()
    ((promised,),) = copy.query(
        "SELECT count(*) FROM incidents_alert a WHERE NOT EXISTS"
        " (SELECT FROM safeguard_outbox o WHERE o.key = a.id)"
    )
    assert promised == 0
