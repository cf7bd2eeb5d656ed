"""Backing up and restoring the demo's year, alone and with half a gigabyte of files beside it."""

import os
from pathlib import Path

import pytest

from records import age
from tests.records.machines import Machine

MEGABYTES = 512
TIMED = """
import sys, time
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
import django
django.setup()
from django.core.management import call_command
began = time.perf_counter()
call_command(*sys.argv[1:])
seconds = time.perf_counter() - began
used = [getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
busy = sum(one.ru_utime + one.ru_stime for one in used)
print("measured", round(seconds, 1), round(busy, 1), max(one.ru_maxrss for one in used) // 1024)
"""


class Demo(Machine):
    """A machine with the demo's schools on it."""

    @property
    def environment(self) -> dict[str, str]:
        """What its programs see."""
        fewer = os.environ.get("SAFEGUARD_DEMO_INCIDENTS", "")
        return super().environment | {"SAFEGUARD_DEMO": "1", "SAFEGUARD_DEMO_INCIDENTS": fewer}


def timed(figures, machine: Machine, what: str, *command: object) -> None:
    """Run a command there, and keep its seconds, those of processors, and its most memory."""
    seconds, busy, peak = machine.must("-W", "ignore", "-c", TIMED, *command).split()[-3:]
    figures.keep(f"back-up: {what}, s", seconds)
    figures.keep(f"back-up: {what}, s of processor", busy)
    figures.keep(f"back-up: {what}, peak memory, MiB", peak)


@pytest.fixture
def machines(tmp_path):
    made = [Demo(tmp_path, "benchdemo"), Demo(tmp_path, "benchbare"), Demo(tmp_path, "benchmore")]
    yield made
    for machine in made:
        machine.destroy()


@pytest.mark.timeout(1800)
def test_back_up_and_restore_of_the_demo(machines, tmp_path, figures):
    demo, bare, more = machines
    key = tmp_path / "key.txt"
    key.write_text(str(age.new_identity()))
    public = str(age.identities(key)[0].to_public())
    demo.start()
    demo.must("manage.py", "migrate", "-v0")
    demo.must("-W", "ignore", "manage.py", "seed_demo")
    backup = ("backup", "--recipient", public, "--to")

    for name, onto, megabytes in (("demo", bare, 0), (f"demo and {MEGABYTES} MB", more, MEGABYTES)):
        fill(demo.var / "files" / "ff", megabytes)
        timed(figures, demo, f"{name}, making", *backup, tmp_path / name)
        (path,) = (tmp_path / name).glob("*.age")
        figures.keep(f"back-up: {name}, size, MB", round(path.stat().st_size / 1e6, 1))
        onto.take_key(demo.key())
        onto.start()
        timed(figures, onto, f"{name}, restoring", "restore", path, "--identity", key)
    ((rows,),) = demo.ask("SELECT max(rows) FROM records_backupmade")
    figures.keep("back-up: rows of the demo", rows)


def fill(folder: Path, megabytes: int) -> None:
    """Put sealed files there, which nothing compresses."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(megabytes):
        (folder / f"{number:064x}").write_bytes(os.urandom(1_000_000))
