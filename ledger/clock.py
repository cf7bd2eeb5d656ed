"""Marks in a ledger where the database's clock had gone back (SR-90).

The order of entries is that of their numbers, whatever their times say. Who reads the times later has
to know that they cannot be compared across this place.
"""

from uuid import uuid5

from ledger.bodies import Said
from ledger.models import Head, Kind, Tree
from ledger.recording import record_once
from safeguard import walls
from safeguard.models import Heartbeat


def mark_steps() -> None:
    """Take down in every school's ledger each step that a heartbeat has noticed, once."""
    heads = Head.objects.filter(tree=Tree.RECORDS, is_current=True)
    schools = heads.values_list("school", flat=True)
    for seen in Heartbeat.objects.all():
        if seen.stepped_back_at is None or seen.stepped_back_by is None:
            continue
        body = {
            "back_at": seen.stepped_back_at,
            "seconds": int(seen.stepped_back_by.total_seconds()),
        }
        for school in schools:
            step = uuid5(school, f"{seen.name} {seen.stepped_back_at.isoformat()}")
            with walls.acting_in(school):
                record_once(Said(Kind.CLOCK, school, step, body))
