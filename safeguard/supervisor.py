"""Keeps a handful of processes running: restarts what dies, and takes everything down with it."""

import contextlib
import ctypes
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.context import ForkProcess
from pathlib import Path

PR_SET_PDEATHSIG = 1
PAUSE = 0.2  # seconds between looks
LOOK_AFTER = 1.0  # seconds between looks at what is not our child
LONGEST_PAUSE = 30.0  # before something that keeps dying is started again
LIVED_LONG = 10.0  # who lived longer than this is started again at once
PATIENCE = 10.0  # with those who are asked to stop
LARGEST_LOG = 5 * 1024 * 1024
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

_prctl = getattr(ctypes.CDLL(None), "prctl", None)


class NoFreePortError(Exception):
    """No port is free; the message is a sentence for whoever started us."""


@dataclass
class Child:
    """A process to keep running, in a session of its own so that Ctrl-C reaches only us."""

    name: str
    command: Sequence[str]
    log: Path
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    sockets: Sequence[socket.socket] = ()
    process: subprocess.Popen | None = None
    started_at: float = 0.0
    start_at: float = 0.0
    pause: float = 0.0

    def start(self) -> None:
        """Start it, with its words going to its log."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        parent = os.getpid()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[listening.fileno() for listening in self.sockets],
                start_new_session=True,
                preexec_fn=lambda: end_with(parent),  # noqa: PLW1509 - we have one thread
            )
        self.started_at = time.monotonic()

    def died(self) -> bool:
        """Whether it ran and has ended; then nothing of its group is left behind either."""
        if self.process is None or self.process.poll() is None:
            return False
        self.signal_group(signal.SIGKILL)
        lived_long = time.monotonic() - self.started_at > LIVED_LONG
        self.pause = 0.0 if lived_long else min(max(self.pause * 2, 0.5), LONGEST_PAUSE)
        self.start_at = time.monotonic() + self.pause
        return True

    def signal_group(self, number: signal.Signals) -> None:
        """Signal it and those it started."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, number)


class Supervisor:
    """Starts children, watches them and the embedded servers, and ends them together."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        pids_file: Path,
        look_after: Callable[[], dict[str, int | None]],
        say: Callable[[str], None],
    ):
        self.children = children
        self.pids_file = pids_file
        self.look_after = look_after
        self.say = say
        self.stopping = False
        self.others: dict[str, int | None] = {}
        self.looked_after_at = 0.0
        self.written: dict[str, int | None] = {}

    def start(self) -> None:
        """Start whoever does not run yet, and from now on take a signal as the wish to stop."""
        handle_stop_signals(self._stop_soon)
        self.look()

    def look(self) -> None:
        """Bring back what has died, and say who is who."""
        for child in self.children:
            self._revive(child)
        if time.monotonic() - self.looked_after_at > LOOK_AFTER:
            self.others = self.look_after()
            self.looked_after_at = time.monotonic()
        self._write_pids()

    def watch(self) -> None:
        """Look after everything until somebody asks us to stop."""
        while not self.stopping:
            self.look()
            time.sleep(PAUSE)

    def stop(self) -> None:
        """Ask all children to end, wait, and end by force those that do not."""
        running = [(child, child.process) for child in self.children if child.process]
        for _, process in running:
            process.terminate()
        until = time.monotonic() + PATIENCE
        for child, process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))
            child.signal_group(signal.SIGKILL)
            process.wait()
        self.pids_file.unlink(missing_ok=True)

    def _revive(self, child: Child) -> None:
        if child.died():
            code = child.process.returncode if child.process else 0
            child.process = None
            self.say(f"{child.name} ended ({_reason(code)}); it starts again. Its log: {child.log}")
        if child.process is None and time.monotonic() >= child.start_at:
            child.start()

    def _stop_soon(self, *_) -> None:
        self.stopping = True

    def _write_pids(self) -> None:
        """Write each process's id, for a person or a test that looks for one of them."""
        pids: dict[str, int | None] = {"supervisor": os.getpid()}
        pids |= {c.name: c.process.pid if c.process else None for c in self.children}
        pids |= self.others
        if pids != self.written:
            half = self.pids_file.with_suffix(".part")
            half.write_text(json.dumps(pids, indent=2) + "\n")
            half.replace(self.pids_file)
            self.written = pids


def handle_stop_signals(handler: Callable) -> None:
    """Call the handler when somebody wants us to stop; nohup keeps its meaning."""
    for number in STOP_SIGNALS:
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def end_with(parent: int) -> None:
    """In a new child: ask the kernel for SIGTERM when the parent dies, even by kill -9."""
    if sys.platform == "linux" and _prctl:
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died before we could ask
            os._exit(1)


def start_copy(task: Callable[..., object], *args) -> ForkProcess:
    """Let a copy of this process, with all that it has loaded, do something; it ends with us.

    Close every connection first, and have one thread: nothing of either survives in a copy. Wait
    with `join`; its `exitcode` is 0 when the task came to its end.
    """
    parent = os.getpid()

    def run() -> None:
        end_with(parent)
        task(*args)

    copy = multiprocessing.get_context("fork").Process(target=run)
    copy.start()
    return copy


def listen(first: int, tries: int = 100) -> tuple[int, list[socket.socket]]:
    """Listen on the first free port from `first` on, where a browser's localhost may lead.

    We keep the sockets and the web process inherits them, so a request that comes while it
    restarts waits instead of being refused.
    """
    for port in range(first, min(first + tries, 65536)):
        sockets: list[socket.socket] = []
        try:
            sockets.append(_listening(socket.AF_INET, "127.0.0.1", port))
            if _has_ipv6():
                sockets.append(_listening(socket.AF_INET6, "::1", port))
        except OSError:
            for opened in sockets:
                opened.close()
            continue
        return port, sockets
    raise NoFreePortError(f"No port from {first} on is free: name another with --port.")


def _listening(family: socket.AddressFamily, address: str, port: int) -> socket.socket:
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((address, port))
        listening.listen(512)
    except OSError:
        listening.close()
        raise
    return listening


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


def _reason(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
