"""A clock that is set back changes no order: what comes first is what the ledger numbers first."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from demo.seeding import set_clock
from incidents.models import Incident
from ledger.models import Entry, SealedBody
from safeguard.owner import as_owner
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def test_when_the_clock_goes_back_entries_keep_their_order(oak, team, ada, dee, sam):
    """FI-24: an hour forward, then a day back; none is refused, and the time that was is kept."""
    now = timezone.now().replace(microsecond=0)
    clocks = [now, now + timedelta(hours=1), now - timedelta(days=1), now - timedelta(hours=2)]
    factories.category(oak)

    recorded = []
    with as_owner():
        try:
            for clock in clocks:
                set_clock(clock)
                recorded.append(
                    factories.incident(ada, sam, occurred_at=now - timedelta(days=2)).pk
                )
        finally:
            set_clock(None)

    told = {
        body.obj: json.loads(bytes(Entry.objects.get(pk=body.pk).entry))
        for body in SealedBody.objects.filter(obj__in=recorded)
    }
    numbers = [told[pk]["seq"] for pk in recorded]
    assert numbers == sorted(numbers)
    times = [Incident.objects.get(pk=pk).recorded_at for pk in recorded]
    assert times == clocks
    assert [told[pk]["at"][:19] for pk in recorded] == [f"{at:%Y-%m-%dT%H:%M:%S}" for at in clocks]
