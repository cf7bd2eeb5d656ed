"""The access log is put on a tree of its own: every reading once, in batches, and none lost."""

import json

import pytest
from django.db import connection, transaction

from ledger import sequencing
from ledger.access import record_access
from ledger.models import AccessEntry, AccessWaiting, Entry, Head, SealedBody
from ledger.sequencing import sequence_access
from tests import factories


def on_the_tree() -> list[dict]:
    rows = Entry.objects.filter(tree="access").order_by("seq")
    return [json.loads(bytes(row.entry)) for row in rows]


@pytest.mark.django_db(transaction=True)
def test_readings_refusals_and_copies_taken_away_become_entries(dee, ada, sam):
    """SR-86: access.viewed, access.denied and access.exported, by whom and how strongly."""
    record_access(dee.elevated(), "incident.read", pupils=[sam.pk], page="incident")
    record_access(ada, "denied:chronology.read", page="chronology")
    record_access(dee.elevated(), "report.downloaded", pupils=[sam.pk])

    assert sequence_access() == 3

    told = on_the_tree()
    assert [(one["type"], one["seq"], one["via"]) for one in told] == [
        ("access.viewed", 0, "S2"),
        ("access.denied", 1, "S1"),
        ("access.exported", 2, "S2"),
    ]
    assert str(sam.pk) not in json.dumps(told)
    body = json.loads(bytes(SealedBody.objects.get(obj=told[0]["obj"]).body))
    assert body["pupil"] == str(sam.pk)
    assert body["event"] == "incident.read"


@pytest.mark.django_db(transaction=True)
def test_each_reading_is_put_there_once(dee):
    record_access(dee, "pupils.search")
    sequence_access()

    assert sequence_access() == 0
    assert len(on_the_tree()) == AccessEntry.objects.count() == 1
    assert not AccessWaiting.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_broken_off_half_way_a_reading_still_waits(dee, monkeypatch):
    """Taking from the queue and adding to the tree are one transaction."""
    record_access(dee, "pupils.search")

    def break_off() -> None:
        with transaction.atomic():
            sequence_access()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()

    assert AccessWaiting.objects.count() == 1
    assert on_the_tree() == []
    assert sequence_access() == 1


@pytest.mark.django_db(transaction=True)
def test_more_than_a_batch_is_taken_in_the_order_of_reading(dee, monkeypatch):
    monkeypatch.setattr(sequencing, "BATCH", 2)
    for number in range(5):
        record_access(dee, "pupils.search", detail=str(number))

    taken = [sequence_access() for _ in range(4)]

    assert taken == [2, 2, 1, 0]
    bodies = {str(row.obj): json.loads(bytes(row.body)) for row in SealedBody.objects.all()}
    assert [bodies[one["obj"]]["detail"] for one in on_the_tree()] == ["0", "1", "2", "3", "4"]
    assert Head.objects.get(tree="access").size == 5


@pytest.mark.django_db(transaction=True)
def test_schools_have_access_trees_of_their_own_and_records_are_not_on_it(dee, una, ada, sam):
    factories.incident(ada, sam)
    record_access(dee, "pupils.search")
    record_access(una, "pupils.search")
    sequence_access()

    sizes = set(Head.objects.values_list("name", "tree", "size"))
    assert sizes == {
        ("oak-lane", "records", 1),
        ("oak-lane", "access", 1),
        ("elm-park", "access", 1),
    }


@pytest.mark.django_db(transaction=True)
def test_the_audit_role_reaches_the_queue_only_by_adding_to_the_log(dee):
    record_access(dee, "pupils.search")

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege('safeguard_audit', 'ledger_accesswaiting', %s)", ["INSERT"]
        )
        assert cursor.fetchone() == (False,)
    assert AccessWaiting.objects.count() == 1
