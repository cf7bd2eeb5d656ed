"""A real clamd of the tests' own: one signature, which the tests write, and nothing fetched."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from safeguard import clamav

TEST_FILE = "".join(clamav.HARMLESS).encode()
# The EICAR test file by its content, wherever it stands in a file: name:any kind:any place:hex.
SIGNATURE = f"Safeguard.Test.File:0:*:{TEST_FILE.hex()}\n"
FOUND = "Safeguard.Test.File.UNOFFICIAL"
CONFIGURATION = """\
LocalSocket {folder}/clamd.ctl
DatabaseDirectory {folder}/signatures
TemporaryDirectory {folder}
Foreground yes
StreamMaxLength {most}
MaxFileSize {most}
MaxScanSize {most}
AlertExceedsMax yes
MaxThreads 2
"""
SECONDS_TO_START = 60


@dataclass
class Clamd:
    """The daemon: it can be ended, stopped for a while, and started again."""

    folder: Path
    program: str
    most: str = "30M"
    process: subprocess.Popen | None = field(default=None)

    @property
    def address(self) -> str:
        """Where it listens."""
        return str(self.folder / "clamd.ctl")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        signatures = self.folder / "signatures"
        signatures.mkdir(exist_ok=True)
        (signatures / "test.ndb").write_text(SIGNATURE)
        configuration = self.folder / "clamd.conf"
        configuration.write_text(CONFIGURATION.format(folder=self.folder, most=self.most))
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.program, f"--config-file={configuration}"], stdout=log, stderr=log
            )
        until = time.monotonic() + SECONDS_TO_START
        while not self.answers():
            assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < until, "clamd does not answer"
            time.sleep(0.1)

    def answers(self) -> bool:
        """Whether somebody listens on its socket."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as daemon:
            daemon.settimeout(2)
            daemon.connect(self.address)
            daemon.sendall(b"zPING\0")
            return daemon.recv(16) == b"PONG\0"
        return False

    def kill(self) -> None:
        """End it as a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """Let it hang meanwhile."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


def program() -> str | None:
    """Return where clamd is; Debian keeps it where not every user's PATH leads."""
    return shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


@contextlib.contextmanager
def running(most: str = "30M") -> Iterator[Clamd]:
    """A daemon until the block ends, in a folder whose path is short enough for a socket's."""
    found = program()
    # Never passed over in silence: script/setup installs it.
    assert found, "clamd is missing: script/setup installs it (clamav-daemon on Debian)"
    with tempfile.TemporaryDirectory(prefix="sg-clamd-") as folder:
        Path(folder).chmod(0o755)
        daemon = Clamd(Path(folder), found, most)
        daemon.start()
        try:
            yield daemon
        finally:
            daemon.kill()
