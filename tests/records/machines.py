"""Bare machines: copies of Safeguard with servers and folders of their own, to back up and lose."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
from django.conf import settings

from safeguard import embedded
from safeguard.embedded_home import find

OURS = ("SAFEGUARD", "DATABASE", "REDIS", "EMAIL", "PYTEST", "DJANGO")
# Keeps the servers up, so that not every command starts them anew.
HOLDER = """
import json, sys
from django.conf import settings
from safeguard import embedded
print(json.dumps({
    "owner": settings.SERVICES.database_owner_url,
    "app": settings.SERVICES.database_url,
    **embedded.pids(settings.INSTANCE, settings.VAR_DIR),
}), flush=True)
sys.stdin.read()
"""
STORY = """
import django
django.setup()
from uuid import uuid4
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from accounts.permissions import Role
from django.db import connection
from incidents import files
from ledger.adopting import adopt_everything
from safeguard.owner import as_owner
from safeguard.walls import acting_in
from tests import factories

call_command("migrate", verbosity=0)
with as_owner(), connection.cursor() as cursor:
    cursor.execute("INSERT INTO safeguard_installation VALUES ('test') ON CONFLICT DO NOTHING")
oak = factories.school()
here = acting_in(oak.pk)
here.__enter__()
factories.always_alerted(oak, Role.DSL)
ada = factories.person("Ada Teach", oak, Role.TEACHER)
dee = factories.person("Dee Okafor", oak, Role.DSL)
sam = factories.pupil(oak, "Sam Winter")
adopt_everything()  # the roles of those who are there
for number in range(3):
    draft = uuid4()
    for name in ("note.txt", "map.txt"):
        content = f"Sam’s words in {name}, {number}.".encode() * 400
        files.keep(by=ada, draft=draft, sent=SimpleUploadedFile(name, content, "text/plain"))
    incident = factories.incident(ada, sam, submission=draft)
    factories.action(dee.elevated(), incident)
"""


class Machine:
    """A computer with a fresh checkout and nothing configured."""

    def __init__(self, folder: Path, name: str):
        self.var = folder / name
        self.instance = f"{name}{os.getpid()}"
        self.holder: subprocess.Popen | None = None
        self.says: dict = {}
        self.more: dict[str, str] = {}

    @property
    def environment(self) -> dict[str, str]:
        """What its programs see: nothing of the tests' own copy."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith(OURS)}
        return (
            kept
            | {
                "SAFEGUARD_INSTANCE": self.instance,
                "SAFEGUARD_VAR": str(self.var),
                "DJANGO_SETTINGS_MODULE": "safeguard.settings",
            }
            | self.more
        )

    def start(self) -> None:
        """Start its servers, and keep them."""
        self.holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        said = self.holder.stdout.readline()
        assert said, "the servers did not start"
        self.says = json.loads(said)

    def run(self, *command: object, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command of Safeguard's on it; what is typed is all that it can ask for."""
        return subprocess.run(
            [sys.executable, *map(str, command)],
            cwd=settings.BASE_DIR,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )

    def must(self, *command: object) -> str:
        """Run a command that has to succeed, and return what it said."""
        done = self.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, query: str, role: str = "owner") -> list[tuple]:
        """Ask its database."""
        with psycopg.connect(self.says[role], autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def rows(self) -> dict[str, str]:
        """Return a hash of all rows of every table."""
        tables = self.ask("SELECT relname FROM pg_stat_user_tables ORDER BY relname")
        query = "SELECT md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) FROM {} t"
        return {table: self.ask(query.format(table))[0][0] for (table,) in tables}

    def files(self) -> dict[str, str]:
        """Return a hash of every sealed file."""
        top = self.var / "files"
        return {
            str(path.relative_to(top)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in top.rglob("*")
            if path.is_file()
        }

    def key(self) -> str:
        """Return the key that opens its files, as it stands on paper."""
        return (self.var / "files-key").read_text()

    def take_key(self, key: str) -> None:
        """Type the key in from the paper."""
        self.var.mkdir(exist_ok=True)
        (self.var / "files-key").write_text(key)

    def destroy(self) -> None:
        """Lose it: servers killed, disk gone."""
        if self.holder:
            self.holder.kill()
            self.holder.wait()
            self.holder.stdin.close()
            self.holder.stdout.close()
            self.holder = None
            for name in ("postgres", "valkey"):
                os.kill(self.says[name], signal.SIGKILL)
        home = find(self.instance, self.var)
        embedded.wipe(self.instance, self.var)
        assert not home.folder.exists()
        shutil.rmtree(self.var, ignore_errors=True)
