"""Every version takes over what each released version holds, and a broken upgrade can be finished.

Each fixture is what a version's own code left in the database (`script/release-fixture`). It is
put into tables of that version's state, and carried forward by the command that a school runs.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from io import StringIO

import psycopg
import pytest
from django.apps import apps
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections
from django.db.migrations import RunSQL
from django.db.migrations.executor import MigrationExecutor

from accounts import totp
from accounts.hashers import Argon2id
from accounts.models import Authenticator, User
from accounts.permissions import Role
from accounts.viewer import Viewer, viewer_for
from incidents.models import Draft, Incident, Upload
from ledger.bodies import entry_id
from ledger.models import Entry, Kind
from pupils.models import Pupil
from safeguard.append_only import AppendOnlyModel
from safeguard.grants import privileges
from safeguard.management.commands import migrate
from safeguard.models import Outbox
from safeguard.owner import as_owner
from tests import factories
from tests.conftest import open_a_door_for_tests
from tests.factories import PASSWORD
from tests.upgrades import rows, story

FIXTURES = sorted(rows.FOLDER.glob("*.sql"))
# In the middle of this one the upgrade breaks off in the tests below.
BREAKS_IN = ("incidents", "0002_append_only")
VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")


@pytest.fixture
def scratch(django_db_setup, django_db_blocker) -> Iterator[None]:
    """An empty database of its own, in which nothing has been migrated yet."""
    with django_db_blocker.unblock(), _database("upgrade"):
        yield


@contextmanager
def _database(what: str) -> Iterator[None]:
    tests = connections["default"].settings_dict["NAME"]
    name = f"{tests}_{what}"
    owner = psycopg.connect(
        host=project.DATABASE_OWNER["HOST"],
        port=project.DATABASE_OWNER["PORT"] or None,
        user=project.DATABASE_OWNER["USER"],
        password=project.DATABASE_OWNER["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    )
    with owner:
        owner.execute(f"DROP DATABASE IF EXISTS {name}")
        owner.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        try:
            _use(name)
            yield
        finally:
            _use(tests)
            owner.execute(f"DROP DATABASE {name}")


def _use(name: str) -> None:
    for alias in ("default", "audit"):
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


def migrate_to(*targets: tuple[str, str]) -> None:
    """Make the tables of an older version, as its owner."""
    with as_owner():
        MigrationExecutor(connection).migrate(list(targets))


def upgrade() -> str:
    """Do what docs/running.md tells a school to do, and return what it says."""
    said = StringIO()
    call_command("migrate", interactive=False, stdout=said)
    return said.getvalue()


@pytest.fixture(params=FIXTURES, ids=[path.stem for path in FIXTURES])
def upgraded(request, scratch, settings) -> rows.Rows:
    """Each released version's data, carried forward to now; what they were before is returned."""
    settings.FILES_KEY = story.FILES_KEY
    migrate_to(*rows.migrations_in(request.param))
    with as_owner():
        rows.load(request.param)
        before = rows.read_all()
    upgrade()
    with as_owner(), connection.cursor() as cursor:
        open_a_door_for_tests(cursor)
    return before


def person(email: str) -> Viewer:
    """Return somebody of the fixture as they are when they have used their authenticator."""
    user = User.objects.get(email=email)
    viewer = viewer_for(user, user.memberships.get().school)
    assert viewer is not None
    return viewer.elevated()


def test_an_upgrade_loses_and_changes_nothing(upgraded):
    """P10, FI-32: every row that the old version knew is there, each of its columns as it was;
    nobody has a right more or less, and people's work goes on where they left it."""
    called = [row.pop("name") for row in upgraded["incidents_upload"]]  # sealed since
    with as_owner():
        after = rows.read_all(only=upgraded)

    assert after == upgraded
    assert [upload.name for upload in Upload.objects.all()] == called
    assert sum(map(len, upgraded.values())) > 100
    _triggers_guard_what_happened()
    _the_application_holds_its_rights_and_no_more()
    _secrets_open_as_before()
    _old_records_are_read_and_new_ones_added()
    _the_ledger_takes_down_what_was_before_it()


def _triggers_guard_what_happened() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgenabled = 'A'"
        )
        guarded = set(cursor.fetchall())
    for model in apps.get_models():
        if issubclass(model, AppendOnlyModel):
            table = model._meta.db_table
            assert (table, f"{table}_append_only") in guarded
            stamped = not getattr(model, "is_written_by_database", False)
            assert not stamped or (table, f"{table}_recorded_at") in guarded


def _the_application_holds_its_rights_and_no_more() -> None:
    for model in apps.get_models(include_auto_created=True):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT verb FROM unnest(%s::text[]) AS verb WHERE has_table_privilege(%s, %s, verb)",
                [list(VERBS), project.DATABASE_APP_ROLE, model._meta.db_table],
            )
            held = [verb for (verb,) in cursor.fetchall()]
        assert held == privileges(model).split(", "), model._meta.db_table


def _secrets_open_as_before() -> None:
    dee = User.objects.get(email="dee@oak-lane.example.org")
    sealed = Authenticator.objects.get(user=dee).sealed_secret
    ada = User.objects.get(email="ada@oak-lane.example.org")

    assert totp.unsealed(sealed, dee.pk) == story.AUTHENTICATOR_SECRET
    assert [draft.answers() for draft in Draft.objects.all()] == [story.TYPED]
    assert Argon2id().verify(PASSWORD, ada.password)


def _old_records_are_read_and_new_ones_added() -> None:
    ada, dee = person("ada@oak-lane.example.org"), person("dee@oak-lane.example.org")
    sam = Pupil.objects.get(legal_forename="Sam")

    old = Incident.objects.visible_to(ada).get(saw=story.ACCOUNT.saw)
    answer = factories.action(dee, old, narrative="After the upgrade.")
    new = factories.incident(ada, sam)

    assert old.child_words == story.ACCOUNT.child_words
    assert Incident.objects.visible_to(dee).of_and_linked_to(sam).count() == 2
    assert new.alerts.filter(recipient=dee.user).exists()
    assert Outbox.objects.filter(key__in=new.alerts.values("pk"), done_at=None).exists()
    assert answer.recorded_at > old.recorded_at
    assert ada.roles == {Role.TEACHER}


def _the_ledger_takes_down_what_was_before_it() -> None:
    call_command("adopt_records", stdout=StringIO())

    taken_down = set(Entry.objects.values_list("pk", flat=True))
    for incident in Incident.objects.all():
        assert entry_id(Kind.INCIDENT, incident.pk) in taken_down


def test_an_upgrade_that_is_killed_half_way_is_finished_by_running_it_again(scratch, monkeypatch):
    """FI-33: the server ends the connection in the middle of a migration."""
    module = import_module(".".join((BREAKS_IN[0], "migrations", BREAKS_IN[1])))
    kill = RunSQL("SELECT pg_terminate_backend(pg_backend_pid())")
    whole = module.Migration.operations
    monkeypatch.setattr(module.Migration, "operations", [*whole[:3], kill, *whole[3:]])

    with pytest.raises(OperationalError):
        upgrade()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'incidents%%'", [])
        assert cursor.fetchone() == (0,)  # not three tables of nine
    monkeypatch.setattr(module.Migration, "operations", whole)
    upgrade()

    _triggers_guard_what_happened()
    _the_application_holds_its_rights_and_no_more()
    assert "No migrations to apply" in upgrade()


def test_an_upgrade_does_not_stop_the_site_behind_a_busy_table(scratch, monkeypatch):
    """FI-32: a migration waits for a table for a moment only, and then says what to do."""
    monkeypatch.setattr(migrate, "LONGEST_WAIT", "200ms")
    migrate_to(("incidents", "0001_initial"), ("safeguard", "0002_outbox"))
    somebody = connections.create_connection("default")
    somebody.settings_dict = somebody.settings_dict | {
        key: project.DATABASE_OWNER[key] for key in ("USER", "PASSWORD")
    }
    somebody.set_autocommit(False)
    try:
        somebody.cursor().execute("LOCK TABLE incidents_alert IN ROW EXCLUSIVE MODE")
        with pytest.raises(CommandError, match=r"was in use for 200ms.*Run migrate again"):
            upgrade()
    finally:
        somebody.close()

    upgrade()

    _triggers_guard_what_happened()
