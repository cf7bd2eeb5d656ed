"""Entries are made by the database at the commit: numbered without gaps, byte for byte as specified."""

import hashlib
import json
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
import rfc8785
from django.db import IntegrityError, ProgrammingError, connection, connections, transaction

from incidents import services
from incidents.models import Action, Alert, Incident
from ledger.bodies import canonical, entry_id
from ledger.models import Entry, Head, Kind, Pseudonym, SealedBody
from ledger.recording import pseudonym, settle
from ledger.verifier import commitment
from tests import factories

VECTORS = json.loads((Path(__file__).parent / "ledger-vectors.json").read_text())


def entries(**which) -> list[dict]:
    """Return the school's entries as they read, in their order."""
    settle()
    rows = Entry.objects.filter(**which).order_by("tree", "seq")
    return [json.loads(bytes(row.entry)) for row in rows]


@pytest.mark.django_db
@pytest.mark.parametrize("number", range(len(VECTORS["entries"])))
def test_the_database_writes_the_published_entries_to_the_byte(number):
    """The vectors of the format: the same fields give the same bytes and the same leaf."""
    wanted = VECTORS["entries"][number]
    told = json.loads(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger_entry_bytes(ROW(gen_random_uuid(), %s::timestamptz, %s, %s, %s::uuid,"
            " %s, %s, '{}', %s, %s, %s::uuid[], NULL, NULL, %s, gen_random_uuid())"
            "::ledger_sealedbody, %s, %s, %s, %s::bigint[], %s::bigint[])",
            [
                told["at"],
                told["tree"],
                told["type"],
                told["obj"],
                told["actor"],
                told["via"],
                told.get("approver", ""),
                told.get("rule", ""),
                [told["obj"]] * len(told.get("targets", [])),
                bytes.fromhex(told["commit"]) if "commit" in told else None,
                told["school"],
                told["epoch"],
                told["seq"],
                told["refs"],
                told.get("targets", []),
            ],
        )
        made = bytes(cursor.fetchone()[0])

    assert made.decode() == wanted
    assert hashlib.sha256(b"\x00" + made).hexdigest() == VECTORS["leaves"][number]


def test_a_body_is_committed_to_as_the_format_says():
    body, salt = VECTORS["body0"].encode(), bytes.fromhex(VECTORS["salt0"])

    assert rfc8785.dumps(json.loads(body)) == body
    assert commitment(salt, body).hex() == VECTORS["commit0"]


def test_a_body_leaves_out_what_is_empty_and_has_one_kind_of_line():
    assert canonical({"b": "x\r\ny", "a": "", "c": None, "d": [], "e": False}) == (
        b'{"b":"x\\ny","e":false}'
    )


def test_an_incident_its_alerts_and_its_thread_are_entries_in_their_order(team, ada, dee, sam):
    """Every incident, action, alert, correction and acknowledgement is an entry."""
    incident = factories.incident(ada, sam)
    lead = dee.elevated()
    correction = factories.action(
        lead, incident, kind=Action.Kind.CORRECTION, narrative="It was Tuesday."
    )
    services.acknowledge_alerts(by=dee, alerts=[Alert.objects.get(incident=incident, action=None)])
    services.mark_significant(by=lead, incident=incident, significant=True)

    told = entries(school=ada.school)

    assert [(one["type"], one["seq"], one["refs"]) for one in told] == [
        ("incident.created", 0, []),
        ("alert.granted", 1, [0]),
        ("record.corrected", 2, [0]),
        ("alert.acknowledged", 3, [1]),
        ("record.marked", 4, [0]),
    ]
    assert [one["via"] for one in told] == ["S1", "S1", "S2", "S1", "S2"]
    assert told[0]["obj"] == str(incident.pk)
    assert told[2]["obj"] == str(correction.pk)
    assert told[0]["school"] == "oak-lane"
    assert told[0]["actor"] == pseudonym(ada.school_id, ada.user_id) != told[2]["actor"]


def test_an_entry_names_nobody_and_says_nothing(team, ada, sam):
    """E3: no names, categories or ids of pupils in an entry; they are in the sealed body."""
    factories.incident(ada, sam)
    settle()

    said = b" ".join(bytes(row.entry) for row in Entry.objects.all()).decode()

    for secret in ("Sam", "Ada", "crying", "Home", str(sam.pk), str(ada.user_id)):
        assert secret not in said


def test_every_entry_is_in_the_canonical_form_and_its_leaf_is_its_hash(team, ada, sam):
    factories.incident(ada, sam)
    settle()

    for row in Entry.objects.all():
        raw = bytes(row.entry)
        assert rfc8785.dumps(json.loads(raw)) == raw
        assert bytes(row.leaf) == hashlib.sha256(b"\x00" + raw).digest()
        body = SealedBody.objects.get(pk=row.pk)
        assert json.loads(raw)["commit"] == bytes(body.commitment).hex()
        assert commitment(bytes(body.salt), bytes(body.body)) == bytes(body.commitment)


def test_what_is_rolled_back_to_a_savepoint_leaves_no_number_out(ada, sam):
    """Gapless: an entry gets its number only when it is certain."""
    factories.incident(ada, sam)

    def break_off() -> None:
        with transaction.atomic():
            factories.incident(ada, sam)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    factories.incident(ada, sam)

    assert [one["seq"] for one in entries()] == [0, 1]
    assert Head.objects.get(tree="records").size == 2


def test_the_same_thing_cannot_be_said_twice(ada, sam):
    """The entry's identity is made from the row and what happened to it: an idempotency key."""
    incident = factories.incident(ada, sam)
    said = SealedBody.objects.get(pk=entry_id(Kind.INCIDENT, incident.pk))

    again = SealedBody(**{f.attname: getattr(said, f.attname) for f in SealedBody._meta.fields})
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()


def test_two_schools_have_trees_of_their_own(ada, una, sam, leo):
    factories.incident(ada, sam)
    factories.incident(una, leo)

    assert [(one["school"], one["seq"]) for one in entries()] == [("oak-lane", 0), ("elm-park", 0)]


def test_a_school_with_a_urn_is_called_by_it(oak, ada, sam):
    oak.urn = "123456"
    oak.save()
    factories.incident(ada, sam)

    assert [one["school"] for one in entries()] == ["123456"]


FORGERIES = [
    (
        "INSERT INTO ledger_entry (id, school_id, tree, epoch, seq, entry, leaf)"
        " SELECT gen_random_uuid(), school_id, tree, epoch, seq + 9, entry, leaf FROM ledger_entry"
    ),
    "UPDATE ledger_head SET size = 0",
    (
        "INSERT INTO ledger_head (id, school_id, tree, epoch, is_current, name, size)"
        " SELECT gen_random_uuid(), school_id, tree, 2, false, name, 7 FROM ledger_head"
    ),
    "DELETE FROM ledger_head",
    "UPDATE ledger_pseudonym SET user_id = NULL",
    "DELETE FROM ledger_pseudonym",
    "ALTER TABLE ledger_sealedbody DISABLE TRIGGER ledger_sealedbody_append",
    "DROP TRIGGER ledger_sealedbody_append ON ledger_sealedbody",
]


@pytest.mark.parametrize("forgery", FORGERIES)
def test_the_application_can_neither_write_an_entry_nor_choose_its_number(forgery, ada, sam):
    """V17, SR-55: entries and heads are the database's own; the application adds bodies only."""
    factories.incident(ada, sam)
    settle()

    with pytest.raises(ProgrammingError) as refused, transaction.atomic():
        connection.cursor().execute(forgery)

    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


@pytest.mark.django_db(transaction=True)
def test_even_the_owner_cannot_store_an_entry_with_another_leaf(as_owner, ada, sam):
    factories.incident(ada, sam)

    with pytest.raises(Exception, match="entry_leaf_is_its_hash"):
        as_owner.cursor().execute(
            "INSERT INTO ledger_entry (id, school_id, tree, epoch, seq, entry, leaf)"
            " SELECT gen_random_uuid(), school_id, tree, epoch, 99, entry, sha256(entry)"
            " FROM ledger_entry"
        )


@pytest.mark.django_db(transaction=True)
def test_an_acknowledged_incident_has_its_entry_when_its_transaction_is_over(ada, sam):
    incident = factories.incident(ada, sam)

    assert Entry.objects.filter(pk=entry_id(Kind.INCIDENT, incident.pk)).exists()


def test_a_pseudonym_is_the_persons_own_in_each_school(ada, una):
    assert pseudonym(ada.school_id, ada.user_id) == pseudonym(ada.school_id, ada.user_id)
    assert pseudonym(ada.school_id, ada.user_id) != pseudonym(una.school_id, ada.user_id)
    assert pseudonym(ada.school_id, None) != pseudonym(ada.school_id, ada.user_id)
    assert Pseudonym.objects.count() == 3


@pytest.mark.django_db
def test_only_plain_words_can_stand_in_an_entry(ada, sam):
    """What would need escaping never reaches the bytes: the table refuses it."""
    incident = factories.incident(ada, sam)
    said = SealedBody.objects.get(obj=incident.pk)
    for name, value in (("actor", 'u-"'), ("rule", "a b"), ("kind", "x"), ("via", "S3")):
        odd = SealedBody(
            **{f.attname: getattr(said, f.attname) for f in SealedBody._meta.fields}
            | {"id": UUID(int=1), name: value}
        )
        with pytest.raises(IntegrityError), transaction.atomic():
            odd.save()
    assert Incident.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_heads_lock_is_not_held_while_somebody_works(ada, eli, sam):
    """A transaction that has recorded and works on keeps nobody of its school waiting."""
    second = connections.create_connection("default")
    second.settings_dict = dict(connections["default"].settings_dict)
    with transaction.atomic():
        factories.incident(ada, sam)
        with second.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            cursor.execute(
                "INSERT INTO ledger_sealedbody (id, school_id, tree, kind, obj, actor, via, acts_on,"
                " approver, rule, targets) VALUES (gen_random_uuid(), %s, 'records',"
                " 'setting.changed', gen_random_uuid(), 'u-1', 'S2', '{}', '', '', '{}')",
                [ada.school_id],
            )
        assert [json.loads(bytes(one.entry))["type"] for one in Entry.objects.all()] == [
            "setting.changed"
        ]
    second.close()

    assert [one["type"] for one in entries()] == ["setting.changed", "incident.created"]
