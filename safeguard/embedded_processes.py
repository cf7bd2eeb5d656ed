"""Which processes are really there: a pid in a file may be dead, a zombie, or somebody else's."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PROC = Path("/proc")
HAS_PROC = (PROC / "self" / "cwd").exists()


def works_in(pid: int, folder: Path, name: str) -> bool:
    """Whether a living process of that name works in the folder.

    A zombie does not: where process 1 reaps nothing, a killed server stays one for ever, and a
    signal to it still succeeds. Without /proc the name has to be enough.
    """
    if not HAS_PROC:
        command = ["ps", "-o", "stat=,comm=", "-p", str(pid)]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout.split()
        return len(said) > 1 and not said[0].startswith("Z") and name in said[-1]
    try:
        return os.readlink(PROC / str(pid) / "cwd") == os.path.realpath(folder)
    except PermissionError:  # a container without the right to look
        return name in _status(pid, "Name") and "Z" not in _status(pid, "State")
    except OSError:
        return False


def all_in(folder: Path) -> list[int]:
    """Return every living process that works in the folder; none where /proc is missing."""
    if not HAS_PROC:
        return []
    real = os.path.realpath(folder)
    pids = (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())
    return [pid for pid in pids if pid != os.getpid() and _cwd(pid) == real]


def end(pids: list[int], how: signal.Signals, still_there: Callable[[int], bool], wait: float):
    """Signal the processes and wait until they are gone; return those that are not."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
    until = time.monotonic() + wait
    while (left := [pid for pid in pids if still_there(pid)]) and time.monotonic() < until:
        time.sleep(0.01)
    return left


def _cwd(pid: int) -> str:
    try:
        return os.readlink(PROC / str(pid) / "cwd")
    except OSError:
        return ""


def _status(pid: int, field: str) -> str:
    try:
        for line in (PROC / str(pid) / "status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return "Z" if field == "State" else ""
