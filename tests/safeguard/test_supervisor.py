"""The supervisor: what dies comes back, and what it started never outlives it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings

from safeguard import supervisor as module
from safeguard.supervisor import Child, NoFreePortError, Supervisor, listen

pytestmark = pytest.mark.processes


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def soon(condition) -> bool:
    until = time.monotonic() + 10
    while not condition() and time.monotonic() < until:
        time.sleep(0.02)
    return condition()


@pytest.fixture
def supervise(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "handle_stop_signals", lambda _: None)
    monkeypatch.setattr(module, "PATIENCE", 0.5)
    monkeypatch.setattr(module, "LOOK_AFTER", 0.0)
    started = []

    def make(*commands: list[str], look_after=dict) -> Supervisor:
        children = [
            Child(f"child-{number}", command, tmp_path / "logs" / f"{number}.log", tmp_path)
            for number, command in enumerate(commands)
        ]
        supervisor = Supervisor(
            children, pids_file=tmp_path / "pids.json", look_after=look_after, say=lambda _: None
        )
        supervisor.start()
        started.append(supervisor)
        return supervisor

    yield make
    for supervisor in started:
        supervisor.stop()


def test_a_child_that_dies_is_started_again_and_its_new_id_is_written_down(supervise, tmp_path):
    supervisor = supervise(["sleep", "60"], ["sleep", "60"])
    before = json.loads((tmp_path / "pids.json").read_text())

    os.kill(before["child-0"], signal.SIGKILL)
    child = supervisor.children[0]
    assert soon(
        lambda: supervisor.look() or (child.process and child.process.pid != before["child-0"])
    )
    supervisor.look()
    after = json.loads((tmp_path / "pids.json").read_text())

    assert alive(after["child-0"])
    assert after["child-0"] != before["child-0"]
    assert after["child-1"] == before["child-1"]
    assert after["supervisor"] == os.getpid()


def test_one_that_keeps_dying_is_started_ever_more_slowly(tmp_path):
    child = Child("child", ["false"], tmp_path / "log", tmp_path)
    pauses = []

    for _ in range(9):
        child.start()
        child.process.wait()
        assert child.died()
        pauses.append(child.pause)

    assert pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0]


def test_one_that_lived_long_is_started_again_at_once(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LIVED_LONG", 0.0)
    child = Child("child", ["true"], tmp_path / "log", tmp_path)
    child.start()
    child.process.wait()

    assert child.died()
    assert child.pause == 0.0


def test_what_a_dead_child_had_started_dies_before_it_comes_back(supervise, tmp_path):
    supervisor = supervise(["sh", "-c", "sleep 300 & echo $! > orphan; wait"])
    assert soon(lambda: (tmp_path / "orphan").exists() and (tmp_path / "orphan").read_text())
    orphan = int((tmp_path / "orphan").read_text())

    os.kill(supervisor.children[0].process.pid, signal.SIGKILL)
    supervisor.children[0].process.wait()
    supervisor.look()

    assert soon(lambda: not alive(orphan))


def test_stopping_ends_those_too_that_do_not_want_to(supervise, tmp_path):
    stubborn = "trap '' TERM; echo ready > stubborn; while :; do sleep 0.1; done"
    supervisor = supervise(["sh", "-c", stubborn], ["sleep", "60"])
    assert soon((tmp_path / "stubborn").exists)
    pids = [child.process.pid for child in supervisor.children]

    supervisor.stop()

    assert [pid for pid in pids if alive(pid)] == []
    assert not (tmp_path / "pids.json").exists()


def test_database_and_broker_are_looked_after_and_written_down(supervise, tmp_path):
    pids = iter([{"postgres": 11, "valkey": 12}, {"postgres": 21, "valkey": 12}])
    supervisor = supervise(look_after=lambda: next(pids))

    supervisor.look()

    assert json.loads((tmp_path / "pids.json").read_text())["postgres"] == 21


def test_a_child_writes_to_its_own_log_and_a_large_one_begins_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_LOG", 3)
    command = ["sh", "-c", "echo words; echo more >&2"]
    child = Child("child", command, tmp_path / "child.log", tmp_path)

    for _ in range(2):
        child.start()
        child.process.wait()

    assert child.log.read_text() == "words\nmore\n"
    assert child.log.with_suffix(".log.1").read_text() == "words\nmore\n"


PROGRAM = """
import sys
from pathlib import Path
from safeguard.supervisor import Child, Supervisor
folder = Path(sys.argv[1])
children = [Child("one", ["sleep", "300"], folder / "one.log", folder)]
supervisor = Supervisor(children, pids_file=folder / "pids.json", look_after=dict, say=print)
supervisor.start()
supervisor.watch()
supervisor.stop()
"""


@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 0), (signal.SIGINT, 0)]
)
def test_children_never_outlive_the_supervisor(tmp_path, how, code):
    supervisor = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)], cwd=settings.BASE_DIR
    )
    assert soon((tmp_path / "pids.json").exists)
    child = json.loads((tmp_path / "pids.json").read_text())["one"]
    was_alive = alive(child)

    supervisor.send_signal(how)

    assert was_alive
    assert supervisor.wait(20) == code
    assert soon(lambda: not alive(child))


@pytest.mark.parametrize(
    ("number", "stops"), [(signal.SIGHUP, False), (signal.SIGINT, True), (signal.SIGTERM, True)]
)
def test_nohup_keeps_its_meaning_and_a_job_in_the_background_can_be_stopped(
    monkeypatch, number, stops
):
    handled = []
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_IGN)
    monkeypatch.setattr(signal, "signal", lambda number, _: handled.append(number))

    module.handle_stop_signals(lambda *_: None)

    assert (number in handled) is stops


def test_a_port_is_taken_for_both_kinds_of_address():
    port, sockets = listen(21800)
    taken = {opened.getsockname()[0] for opened in sockets}
    with pytest.raises(NoFreePortError, match=f"No port from {port} on is free"):
        listen(port, tries=1)

    for opened in sockets:
        opened.close()

    assert "127.0.0.1" in taken
    assert taken <= {"127.0.0.1", "::1"}
