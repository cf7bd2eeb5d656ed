"""What two people have agreed to remove is gone everywhere, and nothing else is."""

import json
import threading
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, connection, connections
from django.urls import reverse
from django.utils import timezone

from accounts import keeping
from accounts.models import KeptWords
from incidents import viewing, wordings
from incidents.models import (
    Action,
    ActionCategory,
    Alert,
    Attachment,
    BodyMark,
    Incident,
    IncidentCategory,
    LinkedPupil,
    Upload,
    Wording,
)
from incidents.services import Account, mark_significant
from ledger.adopting import adopt_everything
from ledger.bodies import entry_id
from ledger.models import Entry, Kind, SealedBody
from ledger.recording import pseudonym
from ledger.verification import verify
from ledger.verifier import commitment
from records import disposal as disposals
from records import services
from records.certificate import certificate
from records.models import Disposal, ErasedFile, Erasure
from reports import facts
from reports.models import Report, ReportDraft, ReportText
from reports.selection import Selection
from safeguard.rescue import Page
from tests import factories
from tests.records import telling
from tests.reports import story

pytestmark = pytest.mark.django_db(transaction=True)


def everything_kept(owner) -> str:
    """Return every row of every table as one text, as the owner reads it."""
    found = []
    with owner.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_stat_user_tables")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT to_jsonb(t)::text FROM "{table}" t')
            found += [row for (row,) in cursor.fetchall()]
        cursor.execute("SELECT convert_from(body, 'UTF8') FROM ledger_sealedbody WHERE body <> ''")
        found += [row for (row,) in cursor.fetchall()]
    return "\n".join(found)


def fingerprint(owner, besides=()) -> dict[str, str]:
    """Return what each table holds, so that a change anywhere shows."""
    with owner.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_stat_user_tables")
        tables = sorted({name for (name,) in cursor.fetchall()} - set(besides))
        kept = {}
        for table in tables:
            cursor.execute(
                f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t'
            )
            kept[table] = cursor.fetchone()[0]
    return kept


def rows_of(owner, table, **but) -> str:
    name, value = next(iter(but.items()))
    with owner.cursor() as cursor:
        cursor.execute(
            f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t'
            f" WHERE {name} <> ALL(%s)",
            [value],
        )
        return cursor.fetchone()[0]


def test_no_word_of_it_is_left_in_any_table_or_file(ada, lead, sam, rosa, team, disposed, as_owner):
    """SR-93: text, thread, category links, other children, names of files, bodies, salts, uploads."""
    incident = telling.everything(ada, lead, sam, rosa)
    for word in telling.words():
        if word not in map(
            telling.word, ("category", "agency", "draft_file")
        ):  # the last is sealed
            assert word in everything_kept(as_owner)
    while viewing.prepare_next(timezone.now()):  # what is looked at of each of the three pictures
        pass
    assert len(telling.stored_files()) == 9

    disposed(incident)
    disposals.remove_erased_files()

    left = everything_kept(as_owner)
    assert [word for word in telling.words() if word in left] == []
    assert telling.stored_files() == []
    assert not LinkedPupil.objects.filter(incident=incident).exists()
    assert not IncidentCategory.objects.filter(incident=incident).exists()
    assert not ActionCategory.objects.exists()
    assert not BodyMark.objects.filter(incident=incident).exists()
    assert not Attachment.objects.filter(incident=incident).exists()
    assert not Upload.objects.exists()
    assert not ErasedFile.objects.exists()


def test_what_is_left_says_that_it_was_disposed_of_and_under_which_rule(
    ada, lead, sam, rosa, team, disposed
):
    incident = telling.everything(ada, lead, sam, rosa)

    disposed(incident, rule="cp-dob25")

    left = Incident.objects.get(pk=incident.pk)
    assert left.saw == "Disposed of under rule cp-dob25"
    assert (left.reference, left.recorded_at) == (incident.reference, incident.recorded_at)
    assert {action.narrative for action in Action.objects.filter(incident=incident)} == {left.saw}
    for body in SealedBody.objects.filter(kind__in=["incident.created", "action.added"]):
        assert body.body is None
        assert body.salt is None
        assert len(bytes(body.commitment)) == 32


def test_the_entry_names_two_people_the_rule_and_exactly_what_was_erased(
    ada, lead, head, sam, rosa, team, disposed
):
    """V17: written before anything is erased, and open to every verifier."""
    incident = telling.everything(ada, lead, sam, rosa)

    disposal = disposed(incident)

    said = json.loads(bytes(Entry.objects.get(pk=entry_id(Kind.DISPOSAL, disposal.pk)).entry))
    assert said["actor"] == pseudonym(lead.school_id, lead.user_id)
    assert said["approver"] == pseudonym(head.school_id, head.user_id)
    assert (said["rule"], said["via"], said["obj"]) == ("cp-dob25", "S2", str(disposal.pk))
    gone = SealedBody.objects.filter(body=None, tree="records")
    assert said["targets"] == sorted(
        Entry.objects.filter(pk__in=gone).values_list("seq", flat=True)
    )
    assert {body.kind for body in gone} == {
        "incident.created",
        "action.added",
        "record.corrected",
    }
    body = SealedBody.objects.get(obj=disposal.pk)
    assert commitment(bytes(body.salt), bytes(body.body)) == bytes(body.commitment)
    assert json.loads(bytes(body.body))["reason"] == "25 years old."


def test_nothing_else_is_changed(ada, lead, sam, rosa, leo, una, team, disposed, as_owner):
    """SR-93: other incidents, other tables and the other school are as they were, to the byte."""
    incident = telling.everything(ada, lead, sam, rosa)
    telling.everything(ada, lead, sam, rosa)
    factories.incident(una, leo, account=Account(saw="Of another school."))
    touched = {
        "ledger_sealedbody",
        *("ledger_entry", "ledger_head", "ledger_pseudonym"),
        *("incidents_incident", "incidents_action", "incidents_attachment", "incidents_upload"),
        *("incidents_linkedpupil", "incidents_incidentcategory", "incidents_incidentagency"),
        *("incidents_actioncategory", "incidents_bodymark"),
        *("records_disposal", "records_disposalapproval", "records_erasure", "records_erasedfile"),
    }
    its = [incident.pk]
    actions = list(Action.objects.filter(incident=incident).values_list("pk", flat=True))
    bodies = list(SealedBody.objects.filter(obj__in=[*its, *actions]).values_list("pk", flat=True))

    def others() -> dict[str, str]:
        return fingerprint(as_owner, touched) | {
            "incidents": rows_of(as_owner, "incidents_incident", id=its),
            "actions": rows_of(as_owner, "incidents_action", id=actions),
            "files": rows_of(as_owner, "incidents_attachment", incident_id=its),
            "marks": rows_of(as_owner, "incidents_bodymark", incident_id=its),
            "links": rows_of(as_owner, "incidents_linkedpupil", incident_id=its),
            "categories": rows_of(as_owner, "incidents_incidentcategory", incident_id=its),
            "bodies": rows_of(as_owner, "ledger_sealedbody", id=bodies),
        }

    def kept(row) -> dict:
        names = {*telling.FIELDS, "place", "place_detail", "parents_told"}
        return {key: value for key, value in row.items() if key not in names}

    before, itself = others(), Incident.objects.values().get(pk=incident.pk)
    disposal = disposed(incident)

    after = others()
    told = SealedBody.objects.get(obj=disposal.pk)
    assert after | {"bodies": None} == before | {"bodies": None}
    bodies.append(told.pk)
    assert rows_of(as_owner, "ledger_sealedbody", id=bodies) == before["bodies"]
    assert kept(Incident.objects.values().get(pk=incident.pk)) == kept(itself)


def test_a_single_entry_of_a_thread_can_be_removed(ada, lead, head, sam, team, disposed):
    incident = factories.incident(ada, sam)
    wrong = factories.action(ada, incident, narrative="About another child.")
    right = factories.action(lead, incident, narrative="Spoke with Sam.")

    disposed(actions=[wrong], rule="wrong-child")

    assert Action.objects.get(pk=wrong.pk).narrative == "Disposed of under rule wrong-child"
    assert Action.objects.get(pk=right.pk).narrative == "Spoke with Sam."
    assert Incident.objects.get(pk=incident.pk).saw == incident.saw


def test_erasing_twice_changes_nothing_more(ada, sam, approved, archive, as_disposal, as_owner):
    disposal = approved(factories.incident(ada, sam))
    assert disposals.erase_waiting() == [disposal.pk]
    once = fingerprint(as_owner)

    assert disposals.erase_waiting() == []
    again = as_disposal.execute("SELECT records_erase(%s)", [disposal.pk]).fetchone()

    assert again == (False,)
    assert fingerprint(as_owner) == once
    assert Erasure.objects.count() == 1


def test_two_that_erase_at_once_erase_once(ada, sam, approved, archive):
    disposal = approved(factories.incident(ada, sam))
    done, start = [], threading.Barrier(4)

    def go():
        start.wait(10)
        done.append(disposals.erase_waiting())
        connections.close_all()

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(done) == 4
    assert Erasure.objects.filter(disposal=disposal.pk).count() == 1
    assert len(disposals.listed_in_archive()) == 1


def test_the_nightly_verification_finds_nothing_wrong_with_it(
    ada, lead, sam, rosa, team, oak, disposed, approved
):
    """What an entry by two people names may be absent, and no row is compared with it."""
    disposed(telling.everything(ada, lead, sam, rosa))
    disposals.remove_erased_files()
    adopt_everything()  # the roles of those who are there

    result = verify(oak.pk, timezone.now())

    assert result.is_good, result.findings.as_json()


# -- Never without an entry, never by one person ----------------------------------------------------


def test_nothing_is_erased_that_no_entry_names(ada, lead, head, sam, as_disposal):
    """V17, FI-27: a proposal, also one that a single person approved, erases nothing."""
    incident = factories.incident(ada, sam)
    disposal = services.propose_disposal(
        by=lead, rule="cp-dob25", reason="Old.", incidents=[incident]
    )
    services.approve_disposal(by=lead, disposal=disposal)

    for what in (disposal.pk, incident.pk, uuid4()):
        with pytest.raises(psycopg.errors.RestrictViolation, match="no entry of the ledger"):
            as_disposal.execute("SELECT records_erase(%s)", [what])

    assert disposals.erase_waiting() == []
    assert Incident.objects.get(pk=incident.pk).saw == incident.saw


def forged(lead, sam, incident, **fields) -> SealedBody:
    """Return a disposal's body as somebody with the application's password would write it."""
    told = SealedBody.objects.get(pk=entry_id(Kind.INCIDENT, incident.pk))
    obj = uuid4()
    return SealedBody(
        **{
            "id": entry_id(Kind.DISPOSAL, obj),
            "school_id": lead.school_id,
            "kind": Kind.DISPOSAL,
            "obj": obj,
            "actor": "u-aaaaaaaaaaaa",
            "approver": "u-bbbbbbbbbbbb",
            "via": "S2",
            "rule": "x",
            "targets": [told.pk],
            **fields,
        }
    )


@pytest.mark.parametrize(
    "fields", [{"approver": "u-aaaaaaaaaaaa"}, {"approver": ""}, {"targets": []}]
)
def test_an_entry_by_one_person_or_about_nothing_cannot_be_written(fields, ada, lead, sam):
    """SR-93, V17: also past the application's own rules."""
    told = forged(lead, sam, factories.incident(ada, sam), **fields)

    with pytest.raises(IntegrityError, match="sealed_body_disposal_by_two"):
        told.save()


def test_a_second_body_for_what_happened_once_cannot_be_written(ada, lead, sam):
    """No decoy stands in for the body that an entry commits to; a setting changes many times."""
    incident = factories.incident(ada, sam)
    told = SealedBody.objects.get(pk=entry_id(Kind.INCIDENT, incident.pk))
    fields = {field.attname: getattr(told, field.attname) for field in SealedBody._meta.fields}

    with pytest.raises(IntegrityError, match="sealed_body_once_each"):
        SealedBody(**fields | {"id": uuid4()}).save()


def test_an_entry_that_two_named_people_never_approved_erases_nothing(
    ada, lead, head, sam, as_disposal
):
    """SR-93: whoever writes an entry as the application decides nothing with it."""
    incident = factories.incident(ada, sam)
    names = [pseudonym(lead.school_id, person.user_id) for person in (lead, head)]
    disposal = services.propose_disposal(
        by=lead, rule="cp-dob25", reason="Old.", incidents=[incident]
    )
    services.approve_disposal(by=lead, disposal=disposal)
    proposed = forged(lead, sam, incident, actor=names[0], approver=names[1], obj=disposal.pk)
    proposed.save()
    made_up = forged(lead, sam, incident, actor=names[0], approver=names[1])
    made_up.save()

    for told in (proposed, made_up):
        with pytest.raises(psycopg.errors.RestrictViolation, match="not both approved"):
            as_disposal.execute("SELECT records_erase(%s)", [told.obj])

    assert Incident.objects.get(pk=incident.pk).saw == incident.saw


def test_an_entry_that_claims_to_be_replayed_erases_only_what_the_list_names(
    ada, lead, sam, disposed
):
    """P13: the word alone, which the application can write, opens nothing."""
    disposed(factories.incident(ada, sam))
    incident = factories.incident(ada, sam)
    told = forged(lead, sam, incident, rule="replayed", via="SYS")
    told.save()

    with pytest.raises(disposals.NotErased, match="no list of disposals names it"):
        disposals.erase_waiting()

    assert Incident.objects.get(pk=incident.pk).saw == incident.saw


def test_one_that_cannot_be_erased_keeps_no_other_waiting(
    ada, lead, sam, approved, archive, capsys
):
    """FI-27: a forged entry blocks no lawful one, is never listed, and is told at the end."""
    kept, gone = factories.incident(ada, sam), factories.incident(ada, sam)
    false = forged(lead, sam, kept)
    false.save()
    disposal = approved(gone)

    with pytest.raises(CommandError, match=f"{false.obj}: the two people") as refused:
        call_command("dispose", yes=True)

    assert refused.value.returncode == 1
    assert Incident.objects.get(pk=gone.pk).saw.startswith("Disposed of")
    assert Incident.objects.get(pk=kept.pk).saw == kept.saw
    assert [one.obj for one in disposals.listed_in_archive()] == [disposal.pk]
    with pytest.raises(disposals.NotErased, match=str(false.obj)):
        disposals.erase_waiting()


# -- A hold comes first ----------------------------------------------------------------------------


@pytest.mark.parametrize("about", ["sam", "rosa"])
def test_a_hold_after_the_second_approval_stops_the_erasing_until_it_is_lifted(
    about, request, ada, lead, head, sam, rosa, team, approved, archive, as_disposal, capsys
):
    """E9: also on a child who is only linked, and it is waiting, not failing."""
    held = request.getfixturevalue(about)
    incident = telling.everything(ada, lead, sam, rosa)
    disposal = approved(incident)
    services.place_hold(by=head, pupil=held, reason="Inquiry")

    call_command("dispose", yes=True)
    assert f"{disposal.pk}: waits, since a legal hold" in capsys.readouterr().out
    with pytest.raises(psycopg.errors.ObjectInUse, match="legal hold"):
        as_disposal.execute("SELECT records_erase(%s)", [disposal.pk])
    assert Incident.objects.get(pk=incident.pk).saw == incident.saw
    assert disposals.listed_in_archive() == []

    services.lift_hold(by=head, pupil=held, reason="Over")
    assert disposals.erase_waiting() == [disposal.pk]


# -- Looking first ---------------------------------------------------------------------------------


def test_nothing_is_erased_before_somebody_has_seen_what_and_said_yes(
    ada, lead, head, sam, approved, archive, capsys
):
    """The list shows numbers, the rule and ids, and nothing about anybody."""
    incident = factories.incident(ada, sam)
    disposal = approved(incident)
    seq = Entry.objects.get(pk=entry_id(Kind.INCIDENT, incident.pk)).seq

    with pytest.raises(CommandError, match="--yes"):
        call_command("dispose")

    shown = capsys.readouterr().out
    assert f"{disposal.pk}: rule cp-dob25, approved by " in shown
    assert f"Erases the contents of 1 entries: {seq}" in shown
    assert pseudonym(head.school_id, head.user_id) in shown
    for secret in ("Sam", "Ada", "Dee", "Hal", incident.saw, "25 years old"):
        assert secret not in shown
    assert Incident.objects.get(pk=incident.pk).saw == incident.saw


def test_an_entry_of_one_school_cannot_name_records_of_another(ada, lead, una, leo, sam):
    """SR-47: the database refuses at the commit."""
    theirs = factories.incident(una, leo)
    told = forged(lead, sam, theirs)

    with pytest.raises(Exception, match="is not an entry of this tree"):
        told.save()


def test_a_row_that_only_looks_like_a_disposal_erases_nothing(
    ada, lead, sam, as_owner, as_disposal
):
    """Not even the owner can slip one past the ledger: the entry's own bytes are what counts."""
    incident = factories.incident(ada, sam)
    told = forged(lead, sam, incident)
    with as_owner.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_sealedbody DISABLE TRIGGER ledger_sealedbody_append")
        try:
            told.save()
        finally:
            cursor.execute(
                "ALTER TABLE ledger_sealedbody ENABLE ALWAYS TRIGGER ledger_sealedbody_append"
            )

    with pytest.raises(psycopg.errors.RestrictViolation, match="no entry of the ledger"):
        as_disposal.execute("SELECT records_erase(%s)", [told.obj])


# -- The three roles -----------------------------------------------------------------------------


def test_the_application_cannot_call_the_function_that_erases(ada, sam, approved):
    """SR-93, SR-55: what decides cannot erase."""
    disposal = approved(factories.incident(ada, sam))

    with pytest.raises(Exception, match="permission denied for function records_erase"):
        connection.cursor().execute("SELECT records_erase(%s)", [disposal.pk])


def test_the_disposals_role_reads_and_changes_no_table(as_disposal):
    """What erases cannot read, nor write an entry that would let it."""
    tables = as_disposal.execute(
        "SELECT relname FROM pg_class, aclexplode(relacl) AS held"
        " WHERE held.grantee = current_user::regrole"
    ).fetchall()
    functions = as_disposal.execute(
        "SELECT proname FROM pg_proc, aclexplode(proacl) AS held"
        " WHERE held.grantee = current_user::regrole"
    ).fetchall()

    assert tables == []
    assert functions == [("records_erase",)]
    for attempt in (
        "SELECT * FROM incidents_incident",
        "UPDATE ledger_sealedbody SET body = NULL, salt = NULL",
        "UPDATE incidents_incident SET saw = 'Disposed of'",
        "DELETE FROM incidents_attachment",
        "INSERT INTO records_erasure DEFAULT VALUES",
        "SET ROLE safeguard_owner",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_disposal.execute(attempt)


def test_the_owners_own_statements_are_refused_also_for_what_is_named(
    ada, lead, sam, rosa, team, approved, as_owner
):
    """SR-55: an entry opens the way for the function alone, not for whoever owns the tables."""
    incident = telling.everything(ada, lead, sam, rosa)
    disposal = approved(incident)

    for statement in (
        "UPDATE ledger_sealedbody SET body = NULL, salt = NULL",
        "UPDATE incidents_incident SET saw = 'Disposed of under rule x'",
        "UPDATE incidents_action SET narrative = 'Disposed of under rule x'",
        "DELETE FROM incidents_attachment",
        "DELETE FROM incidents_linkedpupil",
        "DELETE FROM incidents_bodymark",
        "SET session_replication_role = replica",
        f"SELECT records_erase('{disposal.pk}')",
    ):
        with pytest.raises(Exception, match=r"never changed or deleted|permission denied"):
            as_owner.cursor().execute(statement)


BY_THE_FUNCTIONS_WAY = [
    # What a function of the owner's, called by the disposal's role, could try beyond its part.
    ("UPDATE incidents_incident SET saw = 'Nothing happened.'", "writes nothing there"),
    ("UPDATE incidents_incident SET occurred_at = now()", "changes nothing else"),
    ("UPDATE incidents_incident SET pupil_id = pupil_id, level = 1", "changes nothing else"),
    ("UPDATE incidents_action SET author_id = gen_random_uuid()", "changes nothing else"),
    ("UPDATE ledger_sealedbody SET body = 'x'", r"writes nothing|names this row"),
    ("DELETE FROM incidents_incident", "never changed or deleted"),
    ("DELETE FROM ledger_sealedbody", "never changed or deleted"),
    ("UPDATE incidents_attachment SET name = ''", "never changed or deleted"),
    ("DELETE FROM incidents_alert", "never changed or deleted"),
    ("UPDATE incidents_significance SET significant = false", "never changed or deleted"),
    ("UPDATE ledger_entry SET seq = seq", "never changed or deleted"),
    ("UPDATE records_erasure SET files = 0", "never changed or deleted"),
]


@pytest.fixture
def as_function(as_owner, as_disposal):
    """Let any statement run as the erase function's would: as the owner, for the disposal's role."""
    with as_owner.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION try_this(what text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER"
            " SET search_path = public AS 'BEGIN EXECUTE what; END'"
        )
    yield lambda statement: as_disposal.execute("SELECT try_this(%s)", [statement])
    with as_owner.cursor() as cursor:
        cursor.execute("DROP FUNCTION try_this(text)")


@pytest.mark.parametrize(("attempt", "why"), BY_THE_FUNCTIONS_WAY)
def test_even_the_functions_way_reaches_no_other_column(
    attempt, why, ada, lead, sam, rosa, team, disposed, as_function
):
    """SR-93: the triggers hold what the function may do, whatever it were to contain."""
    incident = telling.everything(ada, lead, sam, rosa)
    mark_significant(by=lead, incident=incident, significant=True)
    disposed(incident)
    Attachment.objects.create(
        incident=incident, name="x", content_type="x", size=1, sha256="0", stored_as=uuid4().hex
    )

    with pytest.raises(psycopg.errors.RestrictViolation, match=why):
        as_function(attempt)


def test_even_the_functions_way_reaches_no_row_that_no_entry_names(
    ada, lead, sam, rosa, team, disposed, as_function
):
    disposed(factories.incident(ada, sam))
    telling.everything(ada, lead, sam, rosa)

    for attempt in (
        "UPDATE incidents_incident SET told = ''",
        "UPDATE incidents_action SET impact = ''",
        "UPDATE ledger_sealedbody SET body = NULL, salt = NULL",
        "DELETE FROM incidents_attachment",
        "DELETE FROM incidents_linkedpupil",
        "DELETE FROM incidents_bodymark",
        "DELETE FROM incidents_incidentcategory",
        "DELETE FROM incidents_actioncategory",
    ):
        with pytest.raises(psycopg.errors.RestrictViolation, match="no entry by two people"):
            as_function(attempt)


# -- Copies --------------------------------------------------------------------------------------


def test_reports_that_held_it_and_what_was_written_for_them_go_too(
    ada, lead, sam, rosa, team, disposed
):
    """SR-93: derived copies."""
    incident = telling.everything(ada, lead, sam, rosa)
    conference = story.make(story.ask(lead, sam, Report.Kind.CASE_CONFERENCE))
    other = story.make(
        story.ask(lead, rosa, selection=Selection(left_out=frozenset({incident.pk})))
    )
    ReportDraft.objects.create(
        school=lead.school, pupil=sam, author=lead.user, sealed=b"what was being typed"
    )
    assert conference.made.incidents == [incident.pk]

    disposed(incident)
    disposals.remove_erased_files()

    conference.refresh_from_db()
    other.refresh_from_db()
    assert not conference.has_file
    assert ReportText.objects.get(report=conference).answers == {}
    assert other.has_file
    assert not ReportDraft.objects.exists()
    assert story.paper(lead, other)


def test_what_other_windows_held_and_what_was_never_sent_goes_too(
    ada, lead, sam, rosa, team, disposed
):
    """SR-93: of the incident itself, of an action under it, of a form about the child."""
    incident = telling.everything(ada, lead, sam, rosa)
    kept = factories.incident(ada, rosa)
    for one in (incident, kept):
        wordings.keep_beside(
            by=ada, draft=one.submission, window=uuid4(), answers={"saw": [telling.word("saw")]}
        )
        for path in (reverse("add-action", args=[one.pk]), reverse("home")):
            page = Page(ada.user_id, ada.school_id, path, uuid4())
            keeping.keep(by=ada, page=page, fields=[("narrative", "x")], turn=1)

    disposed(incident)

    assert [row.draft for row in Wording.objects.all()] == [kept.submission]
    left = set(KeptWords.objects.values_list("path", flat=True))
    assert left == {reverse("add-action", args=[kept.pk]), reverse("home")}


def test_what_is_being_written_about_a_linked_child_goes_too(ada, lead, sam, rosa, team, disposed):
    """SR-93: drafts about every child in it, and a report that was asked for and is not made."""
    incident = telling.everything(ada, lead, sam, rosa)
    ReportDraft.objects.create(
        school=lead.school, pupil=rosa, author=lead.user, sealed=b"what was being typed"
    )
    asked = Report.objects.create(
        school=lead.school, pupil=rosa, kind=Report.Kind.CHRONOLOGY, asked_by=lead.user, reason="x"
    )
    ReportText.objects.create(
        pupil=rosa, report=asked, written_by=lead.user, answers={"views": telling.word("saw")}
    )

    disposed(incident)

    assert not ReportDraft.objects.exists()
    assert ReportText.objects.get(report=asked).answers == {}


def test_no_file_is_deleted_that_a_row_still_names(ada, lead, sam, rosa, team, as_owner):
    """SR-69: the application adds nothing to the list of files to delete, and it is not trusted."""
    incident = telling.everything(ada, lead, sam, rosa)
    paper = story.make(story.ask(lead, sam, Report.Kind.CASE_CONFERENCE))
    there = telling.stored_files()
    with pytest.raises(ProgrammingError, match="permission denied"):
        ErasedFile.objects.create(disposal=uuid4(), stored_as=there[0])
    with as_owner.cursor() as cursor:
        for name in (*there, f"reports/{paper.stored_as}"):
            cursor.execute(
                "INSERT INTO records_erasedfile (id, disposal, stored_as)"
                " VALUES (gen_random_uuid(), gen_random_uuid(), %s)",
                [name],
            )

    assert disposals.remove_erased_files() == 0

    assert telling.stored_files() == there
    assert telling.attached_to(incident) <= set(there)
    assert story.paper(lead, paper)


def test_a_report_that_was_being_made_meanwhile_is_taken_back(
    ada, lead, sam, approved, archive, monkeypatch
):
    incident = factories.incident(ada, sam)
    asked = story.ask(lead, sam)
    disposal = approved(incident)
    gather = facts.gather

    def read_then_erased(*args):
        paper = gather(*args)
        assert disposals.erase_waiting() == [disposal.pk]
        return paper

    monkeypatch.setattr(facts, "gather", read_then_erased)
    report = story.make(asked)
    assert report.has_file

    disposals.remove_erased_files()

    report.refresh_from_db()
    assert not report.has_file


# -- Broken off ----------------------------------------------------------------------------------


def test_when_the_list_cannot_be_written_nothing_is_erased_and_it_stays_due(
    ada, sam, approved, archive
):
    """FI-27: what could not be erased again after a restore is not erased yet."""
    incident = factories.incident(ada, sam)
    approved(incident)
    archive.parent.mkdir(exist_ok=True)
    archive.write_text("a file where the folder should be")

    with pytest.raises(CommandError):
        call_command("dispose", yes=True)
    assert Incident.objects.get(pk=incident.pk).saw == incident.saw
    archive.unlink()
    call_command("dispose", yes=True)

    assert Incident.objects.get(pk=incident.pk).saw.startswith("Disposed of")


def test_without_its_role_nothing_is_erased_and_the_command_says_what_is_missing(
    ada, sam, approved, archive, settings
):
    approved(factories.incident(ada, sam))
    settings.DATABASE_DISPOSAL = None

    with pytest.raises(CommandError, match="DATABASE_DISPOSAL_URL"):
        call_command("dispose", yes=True)


def test_the_certificate_says_what_when_and_by_whom_and_nothing_about_anybody(
    ada, lead, head, sam, rosa, team, disposed
):
    """SR-93: executed with proof."""
    incident = telling.everything(ada, lead, sam, rosa)
    disposal = disposed(incident)

    text = certificate(disposal.pk)

    entry = Entry.objects.get(pk=entry_id(Kind.DISPOSAL, disposal.pk))
    assert "1 incident, 4 entries of threads, 3 files" in text
    assert "cp-dob25" in text
    assert pseudonym(lead.school_id, lead.user_id) in text
    assert pseudonym(head.school_id, head.user_id) in text
    assert f"records/1 entry {entry.seq}" in text
    assert bytes(entry.leaf).hex() in text
    for secret in ("Sam", "Rosa", "Dee", "Hal", "Ada", "25 years old", *telling.words()):
        assert secret not in text
    assert Disposal.objects.count() == 1
    assert Alert.objects.filter(incident=incident).exists()
