"""Two people at once: nothing is overwritten, since nothing is ever changed."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from incidents.models import Action, Incident
from ledger.models import Entry, SealedBody
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
TIMES = 6


def test_two_leads_who_act_at_once_both_stand_in_the_thread_and_in_the_ledger(
    oak, team, ada, dee, dan, sam
):
    """FI-19: closing, opening again and adding, at the same moment, on one incident."""
    incident = factories.incident(ada, sam)
    start = Barrier(2)

    def act(who, kinds) -> list:
        try:
            start.wait(20)
            lead = who.elevated()
            return [factories.action(lead, incident, kind=kind).pk for kind in kinds]
        finally:
            connections.close_all()

    turns = [Action.Kind.CLOSED, Action.Kind.REOPENED] * (TIMES // 2)
    with ThreadPoolExecutor(2) as hands:
        one = hands.submit(act, dee, turns)
        two = hands.submit(act, dan, [Action.Kind.UPDATE] * TIMES)
        added = {*one.result(), *two.result()}

    assert set(incident.actions.values_list("pk", flat=True)) == added
    assert len(added) == 2 * TIMES
    entries = SealedBody.objects.filter(obj__in=added).values_list("pk", flat=True)
    numbers = list(
        Entry.objects.filter(tree="records").order_by("seq").values_list("seq", flat=True)
    )
    assert Entry.objects.filter(pk__in=entries).count() == 2 * TIMES
    assert numbers == list(range(len(numbers)))
    state = Incident.objects.with_state().get(pk=incident.pk)
    last = max(
        (json.loads(bytes(entry.entry))["seq"], body.obj)
        for entry in Entry.objects.filter(pk__in=entries)
        for body in [SealedBody.objects.get(pk=entry.pk)]
        if Action.objects.get(pk=body.obj).kind in turns
    )
    assert state.last_turn == Action.objects.get(pk=last[1]).kind
