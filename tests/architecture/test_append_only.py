"""What happened stays: Python refuses, and PostgreSQL refuses the application's role again."""

import psycopg
import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from incidents.models import Incident
from ledger.access import record_access
from ledger.models import AccessEntry
from safeguard.append_only import AppendOnlyModel, ImmutableRow
from tests import factories

APPEND_ONLY = sorted(
    (model for model in apps.get_models() if issubclass(model, AppendOnlyModel)),
    key=lambda model: model._meta.db_table,
)
TABLES = [model._meta.db_table for model in APPEND_ONLY]
EXPECTED = {
    "accounts_accountnotice",
    "accounts_codebatch",
    "accounts_helpconfirmation",
    "accounts_helpgiven",
    "accounts_helprequest",
    "accounts_passwordresetrequest",
    "accounts_roledecision",
    "accounts_roleproposal",
    "accounts_settingdecision",
    "accounts_settingproposal",
    "accounts_printedcode",
    "accounts_printedcodeuse",
    "accounts_sealedcode",
    "accounts_sealedcodeagreed",
    "accounts_sealedcodereview",
    "accounts_sealedcodeuse",
    "incidents_acknowledgement",
    "incidents_action",
    "incidents_actioncategory",
    "incidents_actionreader",
    "incidents_alert",
    "incidents_attachment",
    "incidents_bodymark",
    "incidents_incident",
    "incidents_incidentagency",
    "incidents_incidentcategory",
    "incidents_linkedpupil",
    "incidents_restriction",
    "incidents_restrictionreader",
    "incidents_significance",
    "incidents_slip",
    "incidents_slipaddress",
    "incidents_slipalert",
    "incidents_slipfiled",
    "incidents_slipputaside",
    "incidents_subject",
    "ledger_accessentry",
    "ledger_checkpoint",
    "ledger_checkpointmail",
    "ledger_entry",
    "ledger_sealedbody",
    "ledger_verification",
    "pupils_accessreason",
    "pupils_breakglass",
    "pupils_breakglassreview",
    "pupils_importrun",
    "pupils_statuschange",
    "records_anomalyfinding",
    "records_anomalymail",
    "records_anomalynote",
    "records_backupmade",
    "records_drillmade",
    "records_disposal",
    "records_disposalapproval",
    "records_erasure",
    "records_legalhold",
    "reports_reportmade",
    "reports_reporttext",
}
# What the database itself does when a row is added, beside keeping it.
ALSO = {
    "ledger_accessentry": "ledger_accessentry_queue",
    "ledger_sealedbody": "ledger_sealedbody_append",
}
ATTEMPTS = [
    "UPDATE {table} SET id = id",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "DROP TRIGGER {table}_append_only ON {table}",
    "ALTER TABLE {table} ADD COLUMN note text",
    "DROP TABLE {table} CASCADE",
    "SELECT * FROM {table} FOR UPDATE",
]
ELSEWHERE = [
    "SET session_replication_role = replica",
    "SET ROLE safeguard_owner",
    "SET SESSION AUTHORIZATION safeguard_owner",
    "CREATE TABLE mine (id int)",
    "CREATE TEMPORARY TABLE mine (id int)",
    (
        "CREATE OR REPLACE FUNCTION forbid_change() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RETURN NEW; END'"
    ),
    "COPY incidents_incident TO PROGRAM 'cat'",
    "SELECT pg_read_file('/etc/passwd')",
    "INSERT INTO safeguard_installation (kind) VALUES ('demo')",
    "DROP SCHEMA public CASCADE",
]


def test_the_list_of_append_only_tables_is_known():
    """A table that leaves the list is a decision, not a slip."""
    assert set(TABLES) == EXPECTED


@pytest.mark.django_db
@pytest.mark.parametrize("attempt", ATTEMPTS)
@pytest.mark.parametrize("table", TABLES)
def test_the_application_role_cannot_touch_what_happened(table, attempt):
    """SR-55: no statement of the running application changes or removes a row."""
    with pytest.raises(ProgrammingError) as refused, transaction.atomic():
        connection.cursor().execute(attempt.format(table=table))

    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


@pytest.mark.django_db
@pytest.mark.parametrize("attempt", ELSEWHERE)
def test_the_application_role_cannot_get_round_its_limits(attempt):
    """SR-55: nor by becoming somebody else, nor by way of the server's files."""
    with pytest.raises(ProgrammingError) as refused, transaction.atomic():
        connection.cursor().execute(attempt)

    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


@pytest.mark.django_db
def test_no_table_can_be_truncated_by_the_application_role():
    """SR-55, for tables that may change too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace ="
            " 'public'::regnamespace AND has_table_privilege(current_user, oid, 'TRUNCATE')"
        )
        assert cursor.fetchall() == []


@pytest.mark.django_db
@pytest.mark.parametrize("table", TABLES)
def test_every_append_only_table_has_its_triggers_always_enabled(table):
    """ENABLE ALWAYS: a session in replica mode does not get round them either."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = %s::regclass"
            " AND NOT tgisinternal ORDER BY tgname",
            [table],
        )
        found = set(cursor.fetchall())
    of_its_parent = (f"{table}_school", "A")  # where the wall between schools needs one
    triggers = {f"{table}_append_only", f"{table}_recorded_at", ALSO.get(table)} - {None}
    assert found - {of_its_parent} == {(name, "A") for name in triggers}


@pytest.mark.django_db(transaction=True)
def test_even_the_owner_is_refused_an_update_and_a_deletion(as_owner, ada, sam):
    """SR-55: the trigger binds the owner's ordinary statements as well."""
    factories.incident(ada, sam)

    for statement in ("UPDATE incidents_incident SET saw = 'x'", "DELETE FROM incidents_incident"):
        with pytest.raises(Exception, match="never changed or deleted"):
            as_owner.cursor().execute(statement)


def test_python_refuses_before_the_database_is_asked(ada, sam):
    incident = factories.incident(ada, sam)

    for change in (
        incident.save,
        incident.delete,
        lambda: Incident.objects.update(saw=""),
        lambda: Incident.objects.all().delete(),
        lambda: Incident.objects.bulk_update([incident], ["saw"]),
        lambda: Incident.objects.update_or_create(pk=incident.pk, defaults={"saw": ""}),
    ):
        with pytest.raises(ImmutableRow):
            change()


def test_recorded_at_is_the_database_clock_whatever_is_sent(ada, sam):
    """SR-60: neither a value nor the owner's clock setting moves it for the application's role."""
    long_ago = factories.ago(days=400)
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL safeguard.clock = '2020-01-01 00:00+00'")
    incident = factories.incident(ada, sam)

    again = Incident(
        **{
            field.attname: getattr(incident, field.attname)
            for field in Incident._meta.concrete_fields
            if field.name not in {"id", "submission", "reference", "recorded_at"}
        },
        submission=incident.pupil_id,
        recorded_at=long_ago,
    )
    again.save()

    moments = list(Incident.objects.values_list("recorded_at", flat=True))
    assert len(moments) == 2
    assert all(moment >= before for moment in moments)


@pytest.mark.django_db(transaction=True)
def test_the_owner_says_when_only_in_a_database_marked_as_invented(as_owner, ada, sam):
    factories.incident(ada, sam)
    copy = (
        "INSERT INTO incidents_significance (id, incident_id, significant, by_id)"
        " SELECT gen_random_uuid(), id, true, reported_by_id FROM incidents_incident"
        " RETURNING recorded_at"
    )
    with as_owner.cursor() as cursor:
        cursor.execute("SET safeguard.clock = '2021-03-04 08:41+00'")
        cursor.execute(copy)
        told = cursor.fetchone()[0]
        cursor.execute("DELETE FROM safeguard_installation")
        try:
            cursor.execute(copy)
            real = cursor.fetchone()[0]
        finally:
            cursor.execute("INSERT INTO safeguard_installation (kind) VALUES ('test')")
            cursor.execute("RESET safeguard.clock")

    assert told.year == 2021
    assert abs((timezone.now() - real).total_seconds()) < 60


@pytest.mark.django_db(transaction=True)
def test_a_denial_stays_on_record_when_the_request_is_rolled_back(dee):
    """V1: the access log is written through the audit role's own connection."""

    def refuse() -> None:
        with transaction.atomic():
            record_access(dee, "denied:incident.read", detail="test")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        refuse()

    assert AccessEntry.objects.filter(user=dee.user_id, event="denied:incident.read").exists()


@pytest.mark.django_db
def test_the_audit_role_adds_to_the_access_log_and_does_nothing_else():
    """The audit role may INSERT, and SELECT what an insert returns."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, privilege_type FROM pg_class, aclexplode(relacl) AS held"
            " WHERE held.grantee = 'safeguard_audit'::regrole"
        )
        tables = cursor.fetchall()
        cursor.execute(
            "SELECT has_column_privilege('safeguard_audit', 'ledger_accessentry', 'id', 'SELECT'),"
            " has_column_privilege('safeguard_audit', 'ledger_accessentry', 'pupil', 'SELECT'),"
            " has_table_privilege('safeguard_audit', 'incidents_incident', 'SELECT')"
        )
        may = cursor.fetchone()

    assert tables == [("ledger_accessentry", "INSERT")]
    assert may == (True, False, False)
