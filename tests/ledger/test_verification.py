"""A full verification from inside finds each of these, and says where (E8, P11)."""

import json
from datetime import date, timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Membership
from accounts.roles import end_role
from accounts.viewer import system_viewer
from incidents import files
from incidents.models import Incident
from ledger import archive as archives
from ledger import tasks, verifying
from ledger.access import record_access
from ledger.adopting import adopt_everything, without_entry
from ledger.bodies import SOURCES, entry_id
from ledger.entries import ENTRY
from ledger.models import (
    AccessWaiting,
    Checkpoint,
    Entry,
    Head,
    Kind,
    SealedBody,
    Verification,
    VerificationRun,
)
from ledger.sequencing import sequence_access
from ledger.verification import verify
from ledger.verifier import Checkpoint as Said
from ledger.verifier import Frontier, commitment, leaf_hash
from safeguard.models import Outbox
from tests import factories
from tests.ledger.histories import History, entry, tamper
from tests.ledger.test_notes import VECTORS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def story(signer_at_work, ada, dee, team, sam, oak):
    """Oak has two incidents, an action and a reading, and all of it was signed."""
    adopt_everything()  # the roles of those who are there
    first = factories.incident(ada, sam)
    factories.action(dee.elevated(), first, narrative="Rang home.")
    factories.incident(ada, sam)
    record_access(dee.elevated(), "incident.read", pupils=[sam.pk])
    sequence_access()
    tasks.take_due_checkpoints()
    return first


def found(school) -> list[dict]:
    return verify(school.pk, timezone.now()).findings.as_json()


def codes(school) -> set[str]:
    return {one["code"] for one in found(school)}


def seq_of(obj: UUID, kind: str) -> int:
    return Entry.objects.get(pk=SealedBody.objects.get(obj=obj, kind=kind).pk).seq


def test_a_ledger_that_nobody_touched_is_found_whole(story, oak):
    result = verify(oak.pk, timezone.now())

    assert result.findings.as_json() == []
    assert result.entries == {
        tree: Entry.objects.filter(tree=tree).count() for tree in ("records", "access")
    }
    assert result.checkpoints == 2


def test_a_school_without_a_ledger_has_nothing_to_find(oak, archive):
    assert found(oak) == []


def test_another_schools_ledger_is_not_looked_at(story, elm, as_owner):
    tamper(as_owner, "incidents_incident", "UPDATE incidents_incident SET saw = 'Nothing.'")

    assert found(elm) == []


def test_what_is_not_signed_yet_is_verified_too(story, ada, sam, oak, as_owner):
    factories.incident(ada, sam, submission=uuid4())
    newest = Incident.objects.order_by("-recorded_at").first()
    assert found(oak) == []

    change_body(as_owner, newest.pk, "incident.created")

    assert found(oak) == [
        {"code": "E_COMMIT", "ledger": "records/1", "seq": seq_of(newest.pk, "incident.created")}
    ]


# Changed behind the application's back


def change_body(owner, obj: UUID, kind: str) -> None:
    tamper(
        owner,
        "ledger_sealedbody",
        "UPDATE ledger_sealedbody SET body = set_byte(body, 20, get_byte(body, 20) # 1)"
        " WHERE obj = %s AND kind = %s",
        [obj, kind],
    )


def test_one_changed_byte_of_a_sealed_body_is_found_where_it_is(story, oak, as_owner):
    """P11: a single changed byte found and located."""
    change_body(as_owner, story.pk, "incident.created")

    assert found(oak) == [
        {"code": "E_COMMIT", "ledger": "records/1", "seq": seq_of(story.pk, "incident.created")}
    ]


def test_a_changed_narrative_in_its_table_is_found(story, oak, as_owner):
    tamper(
        as_owner,
        "incidents_incident",
        "UPDATE incidents_incident SET saw = 'Nothing.' WHERE id = %s",
        [story.pk],
    )

    assert found(oak) == [
        {
            "code": "E_ROW",
            "ledger": "records/1",
            "obj": str(story.pk),
            "rows": "incidents",
            "seq": seq_of(story.pk, "incident.created"),
        }
    ]


def test_a_narrative_changed_with_its_sealed_body_and_commitment_is_found(story, oak, as_owner):
    tamper(
        as_owner,
        "ledger_sealedbody",
        "UPDATE ledger_sealedbody SET body = '{}', commitment = sha256('x') WHERE obj = %s",
        [story.pk],
    )

    assert {"E_COMMIT", "E_BODY"} <= codes(oak)


def test_a_row_that_was_deleted_is_found(story, oak, as_owner):
    alert = story.alerts.get()
    tamper(as_owner, "safeguard_outbox", "DELETE FROM safeguard_outbox")
    tamper(as_owner, "incidents_alert", "DELETE FROM incidents_alert WHERE id = %s", [alert.pk])

    assert [(one["code"], one["obj"]) for one in found(oak)] == [("E_ROW_GONE", str(alert.pk))]


@pytest.mark.parametrize(
    "changed",
    [
        {"at": "2020-01-01T00:00:00.000000Z"},
        {"actor": "u-somebody"},
        {"via": "BG"},
        {"obj": "6f1b0c3e-6d0a-4c52-9d3e-0a3c1c0b7a01"},
        {"type": "record.marked"},
        {"commit": "0" * 64},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_rewritten_entry_is_found_where_it_is_and_by_every_later_root(
    story, oak, as_owner, changed
):
    rewrite(as_owner, 1, **changed)

    findings = found(oak)

    size = Head.objects.get(tree="records").size
    assert {"code": "E_ROOT", "ledger": "records/1", "seq": 0, "until": size - 1} in findings
    assert {"code": "E_BODY", "ledger": "records/1", "seq": 1} in findings


def rewrite(owner, place: int, **changed) -> None:
    """Put other bytes, with the hash that belongs to them, in an entry's place."""
    row = Entry.objects.get(tree="records", seq=place)
    content = json.dumps(json.loads(bytes(row.entry)) | changed, separators=(",", ":")).encode()
    tamper(
        owner,
        "ledger_entry",
        "UPDATE ledger_entry SET entry = %s, leaf = %s WHERE id = %s",
        [content, leaf_hash(content), row.pk],
    )


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"seq": 2}, "E_SEQ"),
        ({"school": "elm-park"}, "E_SCOPE"),
        ({"epoch": 2}, "E_SCOPE"),
        ({"refs": [1]}, "E_REF"),
        ({"v": 2}, "E_CANON"),
        ({"zeal": 1}, "E_CANON"),
    ],
)
def test_an_entry_that_says_what_it_cannot_is_found(story, oak, as_owner, changed, code):
    rewrite(as_owner, 1, **changed)

    assert {"code": code, "ledger": "records/1", "seq": 1} in [
        {name: one[name] for name in ("code", "ledger", "seq")} for one in found(oak)
    ]


def test_an_entry_that_was_deleted_is_found(story, oak, as_owner):
    tamper(as_owner, "ledger_entry", "DELETE FROM ledger_entry WHERE tree='records' AND seq=1")

    findings = found(oak)

    assert {"code": "E_SEQ", "ledger": "records/1", "seq": 1, "until": 1} in findings
    assert {"E_ROOT", "E_TRUNC", "E_NO_ENTRY"} & {one["code"] for one in findings}


def test_a_tail_that_was_cut_off_is_found_also_when_the_head_agrees(story, oak, as_owner):
    size = Head.objects.get(tree="records").size
    tamper(
        as_owner,
        "ledger_entry",
        f"DELETE FROM ledger_entry WHERE tree='records' AND seq={size - 1}",
    )
    tamper(as_owner, "ledger_head", "UPDATE ledger_head SET size = size - 1 WHERE tree = 'records'")

    assert {"code": "E_TRUNC", "ledger": "records/1", "seq": size - 1, "until": size - 1} in found(
        oak
    )


def test_a_row_written_past_the_application_is_found(story, oak, as_owner):
    with as_owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incidents_significance (id, incident_id, significant, by_id)"
            " SELECT gen_random_uuid(), id, true, reported_by_id FROM incidents_incident LIMIT 1"
            " RETURNING id"
        )
        (obj,) = cursor.fetchone()

    assert found(oak) == [{"code": "E_NO_ENTRY", "obj": str(obj), "rows": "significance marks"}]

    adopt_everything()
    assert found(oak) == []


# Roles: nobody is given one, or keeps one, behind the ledger's back


@pytest.fixture
def role(story, oak, as_owner):
    """Ada's role, which the ledger has from the owner of the database, as everybody's there."""
    return Membership.objects.get(user__email="ada@oak-lane.example.org")


def test_a_role_that_no_entry_gives_is_found(story, oak, eli):
    """P11: a row put into the table of roles by somebody who has the database's password."""
    row = Membership.objects.get(user=eli.user)

    assert found(oak) == [{"code": "E_NO_ENTRY", "obj": str(row.pk), "rows": "roles"}]


@pytest.mark.parametrize(
    "change",
    [{"role": "dsl"}, {"starts_on": date(1999, 1, 1)}],
    ids=["another role", "another first day"],
)
def test_a_role_that_became_another_is_found(role, oak, change):
    Membership.objects.filter(pk=role.pk).update(**change)

    assert found(oak) == [
        {"code": "E_ROW", "ledger": "records/1", "seq": seq_of(role.pk, "role.granted")}
        | {"obj": str(role.pk), "rows": "roles"}
    ]


def test_a_role_that_was_given_to_somebody_else_is_found(role, oak, dee):
    Membership.objects.filter(pk=role.pk).update(user=dee.user)

    assert [(one["code"], one["obj"]) for one in found(oak)] == [("E_ROW", str(role.pk))]


def test_another_name_for_a_post_is_no_other_role(role, oak):
    Membership.objects.filter(pk=role.pk).update(job_title="Teacher of music")

    assert found(oak) == []


@pytest.mark.parametrize("longer", [None, date(2026, 12, 30)])
def test_a_role_that_was_made_longer_again_is_found(role, oak, longer):
    """An entry gave it a last day, a later one an earlier day; it ends on neither now."""
    by = system_viewer(role.school)
    end_role(by=by, membership=role, on=date(2026, 12, 31))
    end_role(by=by, membership=role, on=date(2026, 12, 1))
    assert found(oak) == []

    Membership.objects.filter(pk=role.pk).update(ends_on=longer)

    assert [(one["code"], one["obj"]) for one in found(oak)] == [("E_ROW", str(role.pk))]


def test_another_schools_roles_are_not_asked_for(story, oak, una):
    """Roles have no wall between schools: the verification asks for those of its school alone."""
    row = Membership.objects.get(user=una.user)

    asked = {key for name in ("roles", "ends of roles") for key in rows_left(name, oak)}

    assert row.pk not in asked
    assert found(oak) == []


def rows_left(name: str, school) -> list[UUID]:
    return list(without_entry(SOURCES[name], school.pk))


def test_readings_that_wait_too_long_are_found_and_fresh_ones_are_not(story, oak, dee, as_owner):
    record_access(dee, "incident.read")
    fresh = found(oak)
    tamper(
        as_owner,
        "ledger_accessentry",
        "UPDATE ledger_accessentry SET recorded_at = recorded_at - interval '6 minutes'"
        " WHERE id IN (SELECT id FROM ledger_accesswaiting)",
    )

    assert fresh == []
    assert [one["code"] for one in found(oak)] == ["E_LATE"]


def decoy(school, **fields) -> SealedBody:
    """A body as a taken-over web process could add one."""
    said = {
        "kind": "setting.changed",
        "actor": "u-1",
        "via": "S2",
        "body": b"{}",
        "salt": b"s" * 32,
    }
    said |= {"commitment": commitment(b"s" * 32, b"{}")}
    return SealedBody.objects.create(school=school, **(said | fields))


def test_a_reading_is_not_put_on_the_tree_by_something_else_of_its_name(story, oak, dee):
    """Taken out of the queue and covered by a body of another kind, it is late all the same."""
    record_access(dee.elevated(), "incident.read")
    hidden = AccessWaiting.objects.get()
    AccessWaiting.objects.all().delete()
    decoy(oak, tree="access", obj=hidden.pk)

    late = verify(oak.pk, timezone.now() + timedelta(minutes=6)).findings.as_json()

    assert [(one["code"], one["obj"]) for one in late] == [("E_LATE", str(hidden.pk))]


@pytest.mark.parametrize(
    "beside",
    [
        "recorded_at = recorded_at + interval '1 microsecond'",
        "recorded_at = recorded_at + interval '1 day'",
        "recorded_at = 'infinity'",
        "actor = 'u-8'",
        "via = 'S2'",
        "obj = gen_random_uuid()",
        "kind = 'record.marked'",
        "commitment = sha256('x')",
    ],
)
def test_what_is_kept_beside_an_entry_and_differs_is_found_where_it_is(
    beside, story, oak, as_owner
):
    tamper(
        as_owner,
        "ledger_sealedbody",
        f"UPDATE ledger_sealedbody SET {beside} WHERE obj = %s AND kind = 'incident.created'",
        [story.pk],
    )

    seq = Entry.objects.get(pk=entry_id(Kind.INCIDENT, story.pk)).seq
    assert {"code": "E_BODY", "ledger": "records/1", "seq": seq} in found(oak)


@pytest.mark.parametrize("fraction", ["000000", "500000", "000001", "100200"])
def test_a_time_of_any_fraction_is_found_to_agree(fraction, story, oak, as_owner):
    """PostgreSQL leaves out the noughts at the end of a time, and an entry does not."""
    at = f"2026-09-07T08:40:00.{fraction}Z"
    tamper(
        as_owner,
        "ledger_sealedbody",
        "UPDATE ledger_sealedbody SET recorded_at = %s WHERE obj = %s AND kind = 'incident.created'",
        [at, story.pk],
    )
    seq = Entry.objects.get(pk=entry_id(Kind.INCIDENT, story.pk)).seq
    rewrite(as_owner, seq, at=at)

    assert "E_BODY" not in codes(oak)


def test_an_entry_that_commits_to_nothing_is_found(story, oak):
    """Only a disposal says everything by itself."""
    decoy(oak, obj=uuid4(), body=None, salt=None, commitment=None)

    assert codes(oak) == {"E_BODY"}


def test_a_file_that_is_gone_or_another_one_is_found(signer_at_work, oak, ada, team, sam, settings):
    submission = uuid4()
    files.keep(by=ada, draft=submission, sent=SimpleUploadedFile("note.txt", b"What Sam drew."))
    incident = factories.incident(ada, sam, submission=submission)
    adopt_everything()
    assert found(oak) == []
    (path,) = [one for one in settings.FILES_DIR.rglob("*") if one.is_file()]
    path.write_bytes(b"x" + path.read_bytes())

    assert found(oak) == [{"code": "E_FILE", "obj": str(incident.pk)}]


# Erased


def erase(owner, obj: UUID) -> None:
    tamper(
        owner,
        "ledger_sealedbody",
        "UPDATE ledger_sealedbody SET body = NULL, salt = NULL WHERE obj = %s",
        [obj],
    )


def dispose(school, targets, *, approver: str) -> None:
    SealedBody.objects.create(
        school=school,
        kind="disposal.executed",
        obj=uuid4(),
        actor="u-one",
        approver=approver,
        via="S2",
        rule="cp-dob25",
        targets=[SealedBody.objects.get(obj=obj, kind="incident.created").pk for obj in targets],
    )


def test_a_content_that_was_quietly_erased_is_found(story, oak, as_owner):
    erase(as_owner, story.pk)

    assert found(oak) == [
        {"code": "E_MISSING", "ledger": "records/1", "seq": seq_of(story.pk, "incident.created")}
    ]


def test_a_content_that_two_people_disposed_of_may_be_gone(story, oak, as_owner):
    dispose(oak, [story.pk], approver="u-two")
    erase(as_owner, story.pk)

    assert found(oak) == []


def test_a_disposal_by_one_person_is_none(story, oak, as_owner):
    """The table refuses one; where the owner let it in, the verification does not."""
    by_two = "ALTER TABLE ledger_sealedbody {} CONSTRAINT sealed_body_disposal_by_two {}"
    with as_owner.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conname = 'sealed_body_disposal_by_two'"
        )
        (rule,) = cursor.fetchone()
        cursor.execute(by_two.format("DROP", ""))
        try:
            dispose(oak, [story.pk], approver="u-one")
        finally:
            cursor.execute(by_two.format("ADD", f"{rule} NOT VALID"))
    erase(as_owner, story.pk)

    assert codes(oak) == {"E_TWO", "E_MISSING"}


def test_a_content_that_came_back_is_found(story, oak):
    dispose(oak, [story.pk], approver="u-two")

    assert codes(oak) == {"E_UNDEAD"}


# Checkpoints


def test_a_history_rewritten_as_a_whole_is_found_by_an_older_note(story, oak, as_owner, archive):
    """With the table of checkpoints emptied too: the archive remembers."""
    rewrite(as_owner, 1, actor="u-somebody")
    tamper(as_owner, "ledger_checkpoint", "DELETE FROM ledger_checkpoint")

    assert "E_ROOT" in codes(oak)


def test_a_range_is_named_that_ends_with_the_first_root_that_differs(
    story, oak, ada, sam, as_owner
):
    first = Checkpoint.objects.get(tree="records").size
    factories.incident(ada, sam)
    tasks.take_due_checkpoints()
    factories.incident(ada, sam)
    tasks.take_due_checkpoints()
    second = sorted(Checkpoint.objects.filter(tree="records").values_list("size", flat=True))[1]
    rewrite(as_owner, first, actor="u-somebody")

    assert {"code": "E_ROOT", "ledger": "records/1", "seq": first, "until": second - 1} in found(
        oak
    )


def test_a_forged_note_in_the_archive_is_found(story, oak):
    folder = archives.folder_of("oak-lane", "records", 1)
    note = Checkpoint.objects.get(tree="records").note
    (folder / "2.note").write_text(note.replace("\n", "\n", 1))

    assert found(oak) == [{"code": "E_SIG", "ledger": "records/1", "seq": 1}]


def test_a_second_root_of_the_same_size_is_a_fork(story, oak, signer_at_work):
    origin = f"{signer_at_work.host}/oak-lane/records/1"
    size = Checkpoint.objects.get(tree="records").size
    other = signer_at_work.key.note(Said(origin, size, bytes(32)))
    folder = archives.folder_of("oak-lane", "records", 1)
    (folder / f"{size}.note").write_text(other)

    assert found(oak) == [{"code": "E_FORK", "ledger": "records/1", "seq": size - 1}]


def test_an_archive_that_was_taken_away_is_said(story, oak, archive):
    for path in sorted(archive.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()

    assert {"code": "E_ARCHIVE", "ledger": "records/1"} in found(oak)


# Asked for, and on record


def test_a_verification_is_on_record_with_what_it_found(story, oak, dee):
    run = verifying.ask(oak.pk, user_id=dee.user_id)
    waiting = (run.state, verifying.ask(oak.pk).pk == run.pk)

    tasks.verify_waiting_ledgers()

    result = Verification.objects.get(run=run)
    run.refresh_from_db()
    assert waiting == ("waiting", True)
    assert (run.state, run.done) == ("done", 100)
    assert (result.is_good, result.findings) == (True, [])
    assert result.records == Head.objects.get(tree="records").size
    assert verifying.latest(oak.pk) == result
    assert not Outbox.objects.filter(kind="verification", done_at=None).exists()


def test_every_school_is_verified_every_night(story, una, leo):
    factories.incident(una, leo)

    tasks.verify_every_ledger()
    tasks.verify_waiting_ledgers()

    assert Verification.objects.count() == 2


def test_a_verification_that_breaks_off_every_time_is_given_up_and_says_so(story, oak, monkeypatch):
    monkeypatch.setattr(verifying, "verify", lambda *_: 1 / 0)
    run = verifying.ask(oak.pk)

    tasks.verify_waiting_ledgers()

    run.refresh_from_db()
    assert run.state == VerificationRun.State.FAILED
    assert not Verification.objects.exists()


def test_findings_beyond_what_anybody_reads_are_counted(as_owner, oak, archive):
    History(as_owner, oak).begin().grow(300)

    findings = verify(oak.pk, timezone.now()).findings.as_json()

    assert len(findings) == 201
    assert findings[-1] == {"code": "MORE", "count": 400}


def test_the_command_says_the_same_and_ends_with_a_number(story, oak, as_owner):
    said = StringIO()
    call_command("verify_ledger", "oak-lane", stdout=said)
    change_body(as_owner, story.pk, "incident.created")

    with pytest.raises(CommandError) as failed:
        call_command("verify_ledger", stdout=said)

    assert "Everything holds" in said.getvalue()
    assert "E_COMMIT" in said.getvalue()
    assert failed.value.returncode == 1


def test_the_command_knows_only_schools_that_are_there(oak):
    with pytest.raises(CommandError, match="no ledger"):
        call_command("verify_ledger", "nowhere")


@pytest.mark.parametrize("published", VECTORS["entries"])
def test_published_entries_are_read(published):
    assert ENTRY.fullmatch(published.encode())


@pytest.mark.parametrize(
    "wrong",
    [
        entry(3).replace(b",", b", ", 1),
        entry(3).replace(b'"seq":3', b'"seq":03'),
        entry(3) + b"\n",
        entry(3).replace(b"u-7", b"u-\xd9\xa3"),
        entry(3).replace(b'"via":"S1"', b'"via":"S9"'),
        entry(3).replace(b'"refs":[2]', b'"refs":[2,]'),
    ],
)
def test_an_entry_in_any_other_form_is_none(wrong):
    assert ENTRY.fullmatch(entry(3))
    assert not ENTRY.fullmatch(wrong)


def test_the_walk_and_the_signer_agree_on_the_root(as_owner, oak, signer_at_work):
    history = History(as_owner, oak).begin().grow(11)
    tasks.take_due_checkpoints()

    frontier = Frontier()
    for leaf in history.leaves:
        frontier.append(leaf)

    assert bytes(Checkpoint.objects.get().root) == frontier.root()
    assert "E_ROOT" not in codes(oak)
