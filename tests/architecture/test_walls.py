"""Schools are walled off from each other by PostgreSQL itself, whatever a query forgets (SR-47).

Here the tests act as the running program does: in one school, or in none. Elsewhere they act
"everywhere" (tests/conftest.py), so that each wall is tried by itself.
"""

import psycopg
import pytest
from django.apps import apps
from django.db import DatabaseError, ProgrammingError, connection, transaction

from accounts.models import Membership
from accounts.permissions import Role
from incidents.finding import find_pupils
from incidents.models import Action, Alert, Incident, LinkedPupil
from ledger.access import record_access
from ledger.models import AccessEntry
from pupils.models import Contact, Pupil
from safeguard import grants, walls
from safeguard.walls import acting_in
from tests import factories
from tests.access.crawling import crawl
from tests.architecture.test_every_fence import one_of_each  # noqa: F401 - a fixture

# A table that a wall does not stand around, and why that is right.
OPEN = {
    "django_session": "sign-in precedes any school",
    "axes_accessattempt": "sign-in precedes any school",
    "axes_accessattemptexpiration": "sign-in precedes any school",
    "axes_accessfailurelog": "sign-in precedes any school",
    "axes_accesslog": "sign-in precedes any school",
    "accounts_school": "sign-in precedes any school; every sweep begins here",
    "accounts_user": "a person may work at several schools",
    "accounts_membership": "says at which schools a person works, before one is chosen",
    "accounts_cover": "says who stands in for whom, read together with who works where",
    "accounts_roleproposal": "who is to work where; of accounts, as memberships are",
    "accounts_roledecision": "who is to work where; of accounts, as memberships are",
    "accounts_sessionstate": "says in which school a session acts",
    "accounts_authenticator": "a person's, at whatever school",
    "accounts_codebatch": "a person's, at whatever school",
    "accounts_printedcode": "a person's, at whatever school; hashes",
    "accounts_printedcodeuse": "a person's, at whatever school",
    "accounts_codebook": "a person's, at whatever school",
    "accounts_keychallenge": "a session's, before a school is chosen too",
    "accounts_helprequest": "a person's, who may work at several schools",
    "accounts_helpconfirmation": "a person's, who may work at several schools",
    "accounts_helpgiven": "a person's, who may work at several schools",
    "django_otp_webauthn_webauthncredential": "a person's, at whatever school",
    "django_otp_webauthn_webauthnattestation": "a person's, at whatever school",
    "django_otp_webauthn_webauthnuserhandle": "a person's, at whatever school",
    "accounts_passwordresetrequest": "sign-in precedes any school",
    "accounts_accountnotice": "a person's, at whatever school",
    "incidents_slipaddress": "the token on a poster says in which school its form acts",
    "auth_group": "Django's own, empty",
    "auth_group_permissions": "Django's own, empty",
    "auth_permission": "Django's own, of no school",
    "django_content_type": "Django's own, of no school",
    "django_migrations": "of the installation",
    "safeguard_installation": "of the installation",
    "safeguard_heartbeat": "of the installation",
    "safeguard_keygeneration": "of the installation",
    "safeguard_outbox": "random ids; the worker learns here in which school to act",
    "records_backupmade": "of the installation",
    "records_drillmade": "of the installation",
    "records_erasedfile": "random names of files; deleted for all schools",
    "ledger_accesswaiting": "random ids, sequenced for all schools",
    "ledger_head": "lengths of trees; read by the signer and the status page over all schools",
    "ledger_entry": "numbers, hashes and commitments, without words; signed for all schools",
    "ledger_checkpoint": "roots that are published",
    "ledger_verification": "numbers of entries; the status page looks over all schools",
    "ledger_verificationrun": "how far a verification is; the worker finds it by its errand",
}
HOW = (
    "It holds a school's data? Then one line in its migration (after safeguard.0008_walls):"
    " RunSQL(\"SELECT wall('TABLE')\", \"SELECT unwall('TABLE')\"), or wall_by('TABLE', 'parent_id',"
    " 'PARENT') where it has no school of its own. If it does not: a reason in OPEN above."
)
# Made by other processes than a test's; what they show is tried where they are made.
WITHOUT_ROWS = {
    "incidents_alertgroup_members",
    "ledger_accessentry",
    "ledger_checkpointmail",
    "records_anomalymail",
    "records_erasure",
}


def walled() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(grants.WALLED)
        return [table for (table,) in cursor.fetchall()]


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_every_table_is_walled_or_says_why_not():
    """SR-47: a new table is a decision."""
    tables = {name for name in connection.introspection.table_names() if name != "spatial_ref_sys"}
    behind = set(walled())

    assert sorted(tables - behind - OPEN.keys()) == [], HOW
    assert sorted(OPEN.keys() - tables) == []
    assert sorted(behind & OPEN.keys()) == []


@pytest.mark.django_db
def test_every_model_with_a_school_is_walled_or_says_why_not():
    """SR-47: nothing that names its school is forgotten."""
    named = {
        model._meta.db_table
        for model in apps.get_models()
        if any(field.name == "school" for field in model._meta.fields)
    }
    assert named - set(walled()) == {table for table in named if table in OPEN}


def test_rls_no_school(one_of_each, oak, elm):  # noqa: F811
    """SR-47: no school set, no rows, of any walled table; and none of another school's."""
    factories.grant(oak, Role.DEPUTY_DSL, "Home and family")
    there = {table: count(table) for table in walled()}
    assert {table for table, rows in there.items() if not rows} == WITHOUT_ROWS

    for school, name in ((None, "none"), (elm.pk, "another")):
        with acting_in(school):
            seen = {table: count(table) for table in there}
        assert not any(seen.values()), (name, seen)
    with acting_in(oak.pk):
        assert {table: count(table) for table in there} == there


def test_a_queryset_without_a_fence_shows_nothing_of_another_school(oak, elm, una, leo, sam, ada):
    """SR-47: the filter that somebody forgot."""
    at_elm = factories.incident(una, leo)
    factories.incident(ada, sam)

    with acting_in(oak.pk):
        assert set(Pupil.objects.all()) == {sam}
        assert not Incident.objects.filter(pk=at_elm.pk).exists()
        assert not Alert.objects.filter(incident=at_elm.pk).exists()
        assert Incident.objects.count() == 1


def test_nothing_can_be_written_into_another_school(oak, elm, sam, leo, ada):
    """SR-47: also where the row names the other school itself, or hangs on a row of it."""
    incident = factories.incident(ada, sam)
    attempts = (
        lambda: factories.pupil(elm, "Max Moss"),
        lambda: Contact.objects.create(pupil=leo, surname="Moss"),
        lambda: LinkedPupil.objects.create(incident=incident, pupil=leo, role="witness"),
    )

    with acting_in(oak.pk):
        for attempt in attempts[:2]:
            with pytest.raises(DatabaseError), transaction.atomic():
                attempt()
    with acting_in(elm.pk):
        assert Pupil.objects.filter(pk=leo.pk).update(form="9D") == 1
        with pytest.raises(DatabaseError), transaction.atomic():
            attempts[2]()
    with acting_in(oak.pk):
        assert Pupil.objects.filter(pk=leo.pk).update(form="9E") == 0
        assert Pupil.objects.filter(pk=leo.pk).delete()[0] == 0


def test_the_column_that_a_wall_stands_on_is_the_databases(oak, elm, sam, ada):
    """SR-47: whatever is sent, a row belongs to its parent's school."""
    incident = factories.incident(ada, sam)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incidents_significance (id, incident_id, significant, by_id, school_id)"
            " VALUES (gen_random_uuid(), %s, true, %s, %s) RETURNING school_id",
            [incident.pk, ada.user_id, elm.pk],
        )
        assert cursor.fetchone() == (oak.pk,)
        cursor.execute(
            "INSERT INTO pupils_contact (id, pupil_id, title, forename, surname, relationship,"
            " priority, telephone, mobile, email, address, restriction, language)"
            " VALUES (gen_random_uuid(), %s, '', '', 'W', '', 1, '', '', '', '', '', '')",
            [sam.pk],
        )
        cursor.execute("UPDATE pupils_contact SET school_id = %s RETURNING school_id", [elm.pk])
        assert cursor.fetchone() == (oak.pk,)


@pytest.mark.parametrize(
    "attempt",
    [
        "ALTER TABLE pupils_pupil DISABLE ROW LEVEL SECURITY",
        "DROP POLICY school_wall ON pupils_pupil",
        "CREATE POLICY mine ON pupils_pupil USING (true)",
        "SELECT unwall('pupils_pupil')",
        "SET ROLE safeguard_backup",
    ],
)
@pytest.mark.django_db
def test_the_application_role_cannot_take_the_wall_down(attempt):
    """SR-47: it is not the owner's role."""
    with pytest.raises(ProgrammingError) as refused, transaction.atomic():
        connection.cursor().execute(attempt)

    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


@pytest.mark.django_db
def test_the_setting_is_asked_for_once_in_a_statement(oak):
    """SR-47: as an InitPlan; asked for each row it would cost nine times as much and more."""
    with acting_in(oak.pk), connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT * FROM incidents_action")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "InitPlan" in plan
    assert "current_setting" not in plan  # in the filter, it would stand here


# -- Where the school is said ---------------------------------------------------------------------


def told() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('safeguard.school', true)")
        return cursor.fetchone()[0]


class Broken(Exception):
    """Something failed in the middle."""


def break_off_at(school) -> None:
    assert told() == str(school.pk)
    raise Broken


@pytest.mark.django_db
def test_leaving_a_block_leaves_the_school_also_after_an_exception(oak, elm):
    """SR-47: the setting never stays behind on a connection that is kept open."""
    with acting_in(None):
        with acting_in(oak.pk), acting_in(elm.pk):
            assert told() == str(elm.pk)
        assert told() == ""
        with pytest.raises(Broken), acting_in(oak.pk):
            break_off_at(oak)
        assert told() == ""


@pytest.mark.django_db
def test_a_rollback_does_not_leave_another_school_behind(oak, elm):
    """SR-47: PostgreSQL takes a setting back with the transaction in which it was made."""
    with acting_in(oak.pk):
        assert told() == str(oak.pk)
        with pytest.raises(Broken), transaction.atomic(), acting_in(elm.pk):
            break_off_at(elm)
        assert told() == str(oak.pk)
        with pytest.raises(DatabaseError), transaction.atomic(), acting_in(elm.pk):
            connection.cursor().execute("SELECT 1 / 0")
        assert told() == str(oak.pk)


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_and_autocommit_are_told_as_well(oak, elm):
    """SR-47: a server that was restarted, and views that are not atomic."""
    with acting_in(oak.pk):
        assert told() == str(oak.pk)
        connection.close()
        assert told() == str(oak.pk)
        with acting_in(elm.pk):
            connection.close()
            assert told() == str(elm.pk)
        assert told() == str(oak.pk)


def test_a_page_acts_in_the_viewers_school_and_leaves_it(oak, elm, sam, leo, ada, una, open_as):
    """SR-47: on one connection after another, with a stranger and a fault in between."""
    seen = []

    def look(answer):
        seen.append(told())
        return answer

    for client in (open_as(ada), open_as(una)):
        client.handler.load_middleware()
        real = client.handler._view_middleware

        def spy(request, view, args, kwargs):
            look(None)

        client.handler._view_middleware = [*real, spy]
        assert client.get("/").status_code == 200
        client.logout()
        client.get("/sign-in/")

    assert seen == [str(oak.pk), "", str(elm.pk), ""]
    assert told() == str(walls.NOWHERE)


@pytest.mark.django_db(transaction=True)
def test_the_access_log_of_a_school_is_read_there_alone(oak, elm, ada, una):
    """SR-47, SR-86: the audit's role adds to any, and reads nothing of them."""
    with acting_in(oak.pk):
        record_access(una, "pupil.viewed")
        record_access(ada, "pupil.viewed")

    with acting_in(oak.pk):
        assert set(AccessEntry.objects.values_list("user", flat=True)) == {ada.user_id}


@pytest.mark.django_db
def test_who_works_where_is_known_before_a_school_is(ada, una):
    """Sign-in precedes any school."""
    with acting_in(None):
        assert Membership.objects.count() == 2


def test_a_crawl_of_one_school_meets_nothing_of_the_other(
    one_of_each,  # noqa: F811
    oak,
    sam,
    dee,
    una,
    open_as,
):
    """SR-47: all that two leads can open and search; Oak's words and keys are on Oak's pages alone."""
    kept = [str(key) for key in Incident.objects.values_list("pk", flat=True)]
    kept += [str(sam.pk), str(oak.pk), "Winter", "Rosa", "crying", "Oak Lane"]

    lead = open_as(dee.elevated())
    lead.raise_request_exception = False  # of a file there is the row alone
    at_oak = b"".join(crawl(lead).values()).decode(errors="replace")
    pages = crawl(open_as(una.elevated()))
    at_elm = b"".join(pages.values()).decode(errors="replace")

    assert [word for word in kept if word in at_oak] != []
    assert [word for word in kept if word in at_elm] == []
    assert len(pages) > 15


# -- Search ---------------------------------------------------------------------------------------


def test_search_finds_in_the_school_acted_in_alone(oak, elm, sam, leo, ada, una):
    """SR-47, SR-53: the function that runs as the owner asks for the school itself."""
    twin = factories.pupil(elm, "Sam Winter")
    words = ["sam", "wi"]

    def found():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pupils_named_like(%s)", [words])
            return {key for (key,) in cursor.fetchall()}

    with acting_in(oak.pk):
        assert found() == {sam.pk}
        assert [one.value for one in find_pupils(ada, "sam wi").results] == [str(sam.pk)]
        assert find_pupils(una, "sam wi").results == ()
    with acting_in(elm.pk):
        assert found() == {twin.pk}
    with acting_in(None):
        assert found() == set()


@pytest.mark.django_db
def test_search_takes_words_for_words(oak, sam):
    """SR-53: whatever is asked for, it is text and never SQL or a pattern's end."""
    with acting_in(oak.pk), connection.cursor() as cursor:
        for words in (["'; DROP TABLE x; --"], ["sam') OR ('a' = 'a"], ["\\"], ["%L"]):
            cursor.execute("SELECT count(*) FROM pupils_named_like(%s)", [words])
            assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_searching_by_name_uses_the_index_behind_the_wall(as_owner, oak):
    """SR-47: LIKE is not leakproof, so that under the policy itself the index lies idle."""
    with as_owner.cursor() as cursor:
        cursor.execute(MANY, [oak.pk, 20_000])
        cursor.execute("VACUUM ANALYZE pupils_pupil")  # also takes in what waits for the index

    with acting_in(oak.pk), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("EXPLAIN SELECT id FROM pupils_pupil WHERE search_text LIKE '%quuxley%'")
        assert "pupil_search" not in str(cursor.fetchall())
        before = scans(cursor)
        cursor.execute("SELECT count(*) FROM pupils_named_like(ARRAY['quuxley', 'ab'])")
        assert cursor.fetchone() == (0,)
        assert scans(cursor) == before + 1


MANY = """
INSERT INTO pupils_pupil (id, school_id, upn, mis_id, admission_number, legal_forename,
    legal_surname, middle_names, preferred_forename, preferred_surname, sex, year_group, form, house,
    ethnicity, first_language, home_language, sen_provision, address, sort_key, search_text)
SELECT gen_random_uuid(), %s, '', '', '', 'A', 'B', '', '', '', '', '', '', '', '', '', '', '', '',
    n::text, md5(n::text) || ' ' || md5((n + 1)::text)
FROM generate_series(1, %s) AS n
"""


def scans(cursor) -> int:
    cursor.execute("SELECT pg_stat_get_xact_numscans('pupil_search'::regclass)")
    return cursor.fetchone()[0]


def test_actions_of_a_thread_are_seen_with_it(oak, ada, dee, sam, team):
    """The column from the parent is there for what came before and after."""
    incident = factories.incident(ada, sam)
    action = factories.action(dee.elevated(), incident)
    with acting_in(oak.pk):
        assert Action.objects.get().pk == action.pk
