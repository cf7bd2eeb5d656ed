"""Signers for tests: one in this process, and one in a process of its own that can be killed."""

import subprocess
import sys
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connections

from ledger.notes import load_key, make_key
from ledger.signer import Signer
from safeguard.embedded_home import CHECKOUT

HOST = "ledger.example.sch.uk"


def database_url() -> str:
    """Return the signer's address of the test database."""
    name = connections["default"].settings_dict["NAME"]
    return settings.SERVICES.database_signer_url.replace("/safeguard?", f"/{name}?")


def signer_in(folder: Path, host: str = HOST) -> Signer:
    """Return a signer that remembers in this folder, as though it had just been started."""
    folder.mkdir(exist_ok=True)
    make_key(folder / "key")
    return Signer(
        key=load_key(folder / "key"),
        folder=folder,
        connect=lambda: psycopg.connect(database_url()),
        host=host,
    )


class SignerProcess:
    """`python -m ledger.signer`, with its own settings and nothing of the application's."""

    def __init__(self, folder: Path, url: str, host: str = HOST):
        self.folder = folder
        self.socket = folder / "socket"
        self.environment = {
            "DATABASE_SIGNER_URL": url,
            "SAFEGUARD_SIGNER_DIR": str(folder),
            "SAFEGUARD_SIGNER_SOCKET": str(self.socket),
            "SAFEGUARD_BASE_URL": f"https://{host}",
        }
        self.said: list[str] = []
        self.start()

    def start(self) -> None:
        """Start it, and wait until it listens or has ended."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ledger.signer"],
            cwd=CHECKOUT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = []
        for line in self.process.stdout:
            self.said.append(line)
            if "listens" in line:
                return

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
