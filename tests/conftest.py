"""The cast, and a database that is real: migrated by its owner, used as the application's role.

Ada and Eli teach at Oak. Tess supports there. Dee leads safeguarding at Oak, Dan is her deputy,
Hal is the head, Sal is in the leadership team, Pat leads pastoral care, Sen is the SENCO, Gus is
a governor, Cho chairs the governors, Max manages the data, Ivy is the technician. Una leads at Elm and must never see
anything of Oak's. Sam and Rosa are pupils at Oak, Leo at Elm.
"""

import os
from collections.abc import Iterator
from uuid import UUID

import pytest
from celery.app.task import Task
from django.conf import settings
from django.contrib.auth import SESSION_KEY  # noqa: F401 - Django's session machinery is loaded
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections
from django.test import Client, TransactionTestCase
from django.test.utils import setup_databases, teardown_databases
from django.utils import timezone

from accounts import binding, sessions
from accounts.models import School
from accounts.permissions import Role
from accounts.viewer import Viewer
from incidents.models import AlertGroup
from safeguard import disk, grants, walls
from tests import emptying, factories

DATABASES = ["default", "audit"]


def become(role: dict, name: str) -> None:
    """Let the default alias speak as another database role from now on."""
    connection = connections["default"]
    connection.close()
    connection.settings_dict.update(
        NAME=name, USER=role["USER"], PASSWORD=role["PASSWORD"], HOST=role["HOST"]
    )


def is_kept(name: str | None) -> bool:
    """Whether script/mutate keeps this database from one run to the next, and it is made already."""
    if not name or not os.environ.get("SAFEGUARD_TEST_DB_KEPT"):
        return False
    with connections["default"]._nodb_cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [name])
        return cursor.fetchone() is not None


def make(name: str | None) -> list:
    """Make and migrate the test database as its owner; return what Django needs to remove it."""
    if name:  # two people may run tests beside each other on one machine
        connections["default"].settings_dict["TEST"]["NAME"] = name
    made = setup_databases(verbosity=0, interactive=False, aliases={"default": None})
    with connections["default"].cursor() as cursor:
        cursor.execute("INSERT INTO safeguard_installation (kind) VALUES ('test')")
        open_a_door_for_tests(cursor)
    return made


def end_other_sessions(alias: str) -> None:
    """End what a test's thread has left open under this role: the database could not be dropped."""
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user"
            " AND datname = current_database() AND pid <> pg_backend_pid()"
        )


# Tests arrange and look at the rows of several schools, and try one wall at a time. So while none
# of our own code has said where it acts, they act "everywhere": a school that there is not, for which
# the test database alone has a door in the wall. What they try meets the wall as in production:
# requests, the worker's tasks and commands begin nowhere (see below).
EVERYWHERE = UUID(int=0)
walls.NOWHERE = EVERYWHERE


def open_a_door_for_tests(cursor) -> None:
    """Give the application's role a policy for "everywhere" on every walled table."""
    cursor.execute(grants.WALLED)
    for (table,) in cursor.fetchall():
        cursor.execute(
            f"CREATE POLICY everywhere_in_tests ON {table} TO {settings.DATABASE_APP_ROLE}"
            f" USING ((SELECT current_setting('{walls.SETTING}', true)) = '{EVERYWHERE}')"
        )


@pytest.fixture(scope="session", autouse=True)
def _tasks_and_commands_begin_nowhere() -> Iterator[None]:
    """As in a worker of its own: what a test says of schools is not known there."""

    def in_no_school(run):
        def running(*args, **kwargs):
            with walls.acting_in(None):
                return run(*args, **kwargs)

        return running

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Task, "__call__", in_no_school(Task.__call__))
        patch.setattr(BaseCommand, "execute", in_no_school(BaseCommand.execute))
        yield


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment, django_db_blocker, django_db_modify_db_settings
) -> Iterator[None]:
    """Make and migrate the test database as its owner, then step down to the app's role."""
    app = dict(settings.DATABASES["default"])
    with django_db_blocker.unblock():
        become(settings.DATABASE_OWNER, connections["default"].settings_dict["NAME"])
        own_name = os.environ.get("SAFEGUARD_TEST_DB")
        made = [] if is_kept(own_name) else make(own_name)
        name = connections["default"].settings_dict["NAME"] if made else own_name
        become(app, name)
        connections["audit"].settings_dict["NAME"] = name
    yield
    with django_db_blocker.unblock():
        for alias in DATABASES:
            end_other_sessions(alias)
        become(settings.DATABASE_OWNER, name)
        end_other_sessions("default")
        connections["audit"].close()
        if not os.environ.get("SAFEGUARD_TEST_DB_KEPT"):
            teardown_databases(made, verbosity=0)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test that uses the database uses the audit role's connection too."""
    for item in items:
        mark = item.get_closest_marker("django_db")
        fixtures = set(getattr(item, "fixturenames", ()))
        if mark is None and not fixtures & {"db", "transactional_db", "live_server"}:
            continue
        asked = mark.kwargs if mark is not None else {}
        committing = asked.get("transaction", bool(fixtures & {"transactional_db", "live_server"}))
        if "databases" not in asked:
            item.add_marker(
                pytest.mark.django_db(databases=DATABASES, transaction=committing), append=False
            )


@pytest.fixture(scope="session")
def as_owner(django_db_setup, django_db_blocker):
    """A second connection as the owner, in autocommit, to the test database."""
    connection = connections.create_connection("default")
    connection.settings_dict = dict(connections["default"].settings_dict) | {
        key: settings.DATABASE_OWNER[key] for key in ("USER", "PASSWORD")
    }
    yield connection
    connection.close()


@pytest.fixture(scope="session", autouse=True)
def _a_folder_for_collected_files() -> None:
    """WhiteNoise warns when it is not there, and warnings are errors."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session", autouse=True)
def _emptied_by_the_owner(request) -> Iterator[None]:
    """After a test that commits, the owner empties the tables: the app's role may not."""

    def empty(self) -> None:
        emptying.empty(request.getfixturevalue("as_owner"))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


@pytest.fixture(autouse=True)
def _fast_and_separate(settings, tmp_path, monkeypatch):
    """Each test keeps its files for itself, on a disk with room."""
    settings.FILES_DIR = tmp_path / "files"
    monkeypatch.setattr(disk, "measure", lambda folder: (100 * disk.GIB, 50 * disk.GIB))


@pytest.fixture
def oak(db) -> School:
    return factories.school()


@pytest.fixture
def elm(db) -> School:
    return factories.school("Elm Park Academy", "elm-park", phase="secondary")


@pytest.fixture
def team(oak) -> AlertGroup:
    """The group at Oak that nobody can leave out."""
    return factories.always_alerted(oak, Role.DSL, Role.DEPUTY_DSL)


@pytest.fixture
def ada(oak) -> Viewer:
    return factories.person("Ada Teach", oak, Role.TEACHER)


@pytest.fixture
def eli(oak) -> Viewer:
    return factories.person("Eli Moore", oak, Role.TEACHER)


@pytest.fixture
def tess(oak) -> Viewer:
    return factories.person("Tess Bell", oak, Role.SUPPORT)


@pytest.fixture
def dee(oak) -> Viewer:
    return factories.person("Dee Okafor", oak, Role.DSL)


@pytest.fixture
def dan(oak) -> Viewer:
    return factories.person("Dan Price", oak, Role.DEPUTY_DSL)


@pytest.fixture
def hal(oak) -> Viewer:
    return factories.person("Hal Grant", oak, Role.HEAD)


@pytest.fixture
def sal(oak) -> Viewer:
    return factories.person("Sal Reed", oak, Role.SLT)


@pytest.fixture
def pat(oak) -> Viewer:
    return factories.person("Pat Lowe", oak, Role.PASTORAL)


@pytest.fixture
def sen(oak) -> Viewer:
    return factories.person("Sen Hart", oak, Role.SENCO)


@pytest.fixture
def gus(oak) -> Viewer:
    return factories.person("Gus Field", oak, Role.GOVERNOR)


@pytest.fixture
def cho(oak) -> Viewer:
    return factories.person("Cho Reed", oak, Role.CHAIR)


@pytest.fixture
def max_(oak) -> Viewer:
    return factories.person("Max Shaw", oak, Role.DATA_MANAGER)


@pytest.fixture
def ivy(oak) -> Viewer:
    return factories.person("Ivy Stone", oak, Role.IT_ADMIN)


@pytest.fixture
def una(elm) -> Viewer:
    return factories.person("Una Frost", elm, Role.DSL)


@pytest.fixture
def granted(oak) -> None:
    """Let Dan, Pat and Sen read what concerns home and family."""
    for role in (Role.DEPUTY_DSL, Role.PASTORAL, Role.SENCO):
        factories.grant(oak, role, "Home and family")


@pytest.fixture
def sam(oak):
    return factories.pupil(oak, "Sam Winter")


@pytest.fixture
def rosa(oak):
    return factories.pupil(oak, "Rosa Diaz", form="2A", year_group="2")


@pytest.fixture
def leo(elm):
    return factories.pupil(elm, "Leo Summers", form="9C", year_group="9")


@pytest.fixture
def open_as():
    """Return a function that gives a browser-like client signed in as somebody of the cast."""

    def signed_in(viewer: Viewer) -> Client:
        client = Client()
        client.force_login(viewer.user, backend="django.contrib.auth.backends.ModelBackend")
        now = timezone.now()
        state = sessions.begin(user=viewer.user, school=viewer.school, now=now)
        if viewer.is_elevated:
            sessions.elevate(state.pk, now, bound_to=binding.bound_to("a secret", ""))
            client.cookies[binding.COOKIE] = "a secret"
        session = client.session
        session[sessions.KEY] = str(state.pk)
        session.save()
        return client

    return signed_in


@pytest.fixture
def _migrated(db):
    """Migrations match the models."""
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
