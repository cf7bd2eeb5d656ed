"""A process that uses an embedded instance until it is told to leave, or killed."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg

from safeguard import embedded
from safeguard import embedded_processes as processes
from safeguard.embedded_home import CHECKOUT, find

NAME = "private"
PROGRAM = """
import json, os, sys
from dataclasses import asdict
from pathlib import Path
from safeguard import embedded
state = Path(sys.argv[1])
services = embedded.serve("private", state)
print(json.dumps(asdict(services) | embedded.pids("private", state)), flush=True)
"""
UNTIL_TOLD = PROGRAM + "sys.stdin.read()\n"


class Using:
    """One process that shares the instance."""

    def __init__(self, state: Path, program: str = UNTIL_TOLD):
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, str(state)],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        said = self.process.stdout.readline()
        assert said, "the process ended before it could say where the servers are"
        self.says = json.loads(said)

    def leave(self) -> None:
        """End in good order."""
        self.process.stdin.close()
        assert self.process.wait(30) == 0
        self.process.stdout.close()

    def kill(self) -> None:
        """End as by a power cut."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()

    def connect(self, role: str = "database_url") -> psycopg.Connection:
        """Connect as one of the roles."""
        return psycopg.connect(self.says[role], autocommit=True)


@dataclass
class Instance:
    """An instance of its own for tests that kill things."""

    state: Path

    def __post_init__(self):
        self.users: list[Using] = []

    def use(self, program: str = UNTIL_TOLD) -> Using:
        """Start a process that uses it."""
        using = Using(self.state, program)
        self.users.append(using)
        return using

    @property
    def data(self) -> Path:
        """PostgreSQL's data folder; each of its processes works in it."""
        return find(NAME, self.state).folder / "postgres" / "data"

    def all_processes(self) -> list[int]:
        """Return PostgreSQL's processes and Valkey's."""
        return processes.all_in(self.data) + processes.all_in(self.data.parents[1] / "valkey")

    def forget(self) -> None:
        """Leave nothing behind on this machine."""
        for using in self.users:
            if using.process.poll() is None:
                using.kill()
        embedded.wipe(NAME, self.state)
