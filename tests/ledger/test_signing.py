"""The signer's door: a process of its own, and what those who ask are told."""

import json
import re
import socket
import stat
import subprocess
import sys
import threading

import pytest

from ledger import signer as signing_process
from ledger import signing
from ledger.signer import Refusal, answer
from ledger.signing import NoSigner, NotSigned, ask_for_note, ask_for_vkey
from ledger.verifier import Vkey
from safeguard.embedded_home import CHECKOUT
from tests.ledger.signers import HOST, SignerProcess, database_url, signer_in

OAK = {"school": "oak-hill", "tree": "records", "epoch": 1}


@pytest.mark.processes
def test_a_new_signer_makes_its_key_once_and_says_where_its_public_half_is_filed(signer_process):
    first = "".join(signer_process.said)
    key = (signer_process.folder / "key").read_bytes()

    signer_process.kill()
    signer_process.start()

    assert "governors' minutes" in first
    assert "governors' minutes" not in "".join(signer_process.said)
    assert (signer_process.folder / "key").read_bytes() == key
    assert stat.S_IMODE((signer_process.folder / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE(signer_process.folder.stat().st_mode) == 0o700


@pytest.mark.processes
def test_the_socket_is_for_its_group_and_comes_back_after_kill_9(signer_process):
    before = ask_for_vkey(**OAK)
    signer_process.kill()
    signer_process.start()

    assert stat.S_IMODE(signer_process.socket.stat().st_mode) == 0o660
    assert ask_for_vkey(**OAK) == before
    assert Vkey.parse(before).name == f"{HOST}/oak-hill/records/1"


@pytest.mark.processes
def test_no_second_signer_runs_with_the_same_memory(signer_process):
    second = SignerProcess(signer_process.folder, database_url())

    assert second.process.wait(10) == 1
    assert "already runs" in "".join(second.said)
    assert ask_for_vkey(**OAK)
    second.process.stdout.close()


@pytest.mark.processes
def test_it_ends_when_told_to_and_leaves_no_socket(signer_process):
    signer_process.process.terminate()

    assert signer_process.process.wait(10) == 0
    assert not signer_process.socket.exists()
    signer_process.process.stdout.close()


@pytest.mark.processes
def test_a_caller_who_says_nothing_keeps_nobody_else_waiting_for_long(signer_process):
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(signer_process.socket))

        assert ask_for_vkey(**OAK)


@pytest.mark.processes
def test_what_it_lacks_is_named_and_no_secret_of_the_application_is_asked_for():
    done = subprocess.run(
        [sys.executable, "-m", "ledger.signer"],
        cwd=CHECKOUT,
        env={"SAFEGUARD_BASE_URL": "https://x"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert re.findall(r"[A-Z_]{9,}", done.stderr) == [
        "DATABASE_SIGNER_URL",
        "SAFEGUARD_SIGNER_DIR",
        "SAFEGUARD_SIGNER_SOCKET",
    ]


def test_django_is_not_part_of_the_signer():
    """E4: as little as possible stands between the entries and the key."""
    program = "import sys, ledger.signer; print([m for m in sys.modules if m.startswith('django')])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )

    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"sign\n",
        b"[" * 4096,
        b"{}\n",
        b'{"sign":{"school":"oak-hill","tree":"records"}}\n',
        b'{"sign":{"school":"../oak","tree":"records","epoch":1}}\n',
        b'{"sign":{"school":"oak-hill","tree":"drafts","epoch":1}}\n',
        b'{"sign":{"school":"oak-hill","tree":"records","epoch":true}}\n',
        b'{"sign":{"school":"oak-hill","tree":"records","epoch":0}}\n',
        b'{"sign":{"school":"oak-hill","tree":["records"],"epoch":1}}\n',
        b'{"vkey":{"school":"oak-hill","tree":"records","epoch":1},"sign":{}}\n',
    ],
)
def test_what_is_not_a_question_is_refused_in_a_sentence(tmp_path, line):
    with pytest.raises(Refusal, match=r"\.$"):
        answer(signer_in(tmp_path / "signer"), line)


def test_without_a_signer_there_is_a_sentence(settings, tmp_path):
    settings.SIGNER_SOCKET = tmp_path / "nobody"

    with pytest.raises(NoSigner, match="does not answer"):
        ask_for_note(**OAK)


def serving(path, reply: bytes):
    """Answer one caller with this, whatever is asked."""
    door = socket.socket(socket.AF_UNIX)
    door.bind(str(path))
    door.listen()

    def serve() -> None:
        caller, _ = door.accept()
        with caller:
            caller.recv(4096)
            caller.sendall(reply)
        door.close()

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (b'{"error": "Entry 3 is missing."}\n', "Entry 3 is missing."),
        (b'{"note": 3}\n', "an answer that is none"),
        (b"[]\n", "an answer that is none"),
        (b"\n", "does not answer"),
        (b"", "does not answer"),
    ],
)
def test_what_the_signer_refuses_is_said_in_its_words(settings, tmp_path, reply, said):
    settings.SIGNER_SOCKET = tmp_path / "socket"
    thread = serving(settings.SIGNER_SOCKET, reply)

    with pytest.raises(NotSigned, match=said):
        ask_for_note(**OAK)
    thread.join()


def test_a_signer_that_hangs_is_given_up_after_a_while(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(signing, "PATIENCE", 0.1)
    settings.SIGNER_SOCKET = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(settings.SIGNER_SOCKET))
        door.listen()

        with pytest.raises(NoSigner):
            ask_for_note(**OAK)


def test_a_folder_in_which_others_may_write_is_no_place_for_its_socket(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o777)

    with pytest.raises(signing_process.CannotSign, match="Others may write"):
        signing_process.Door(folder / "socket", signer_in(tmp_path / "signer"))


def test_the_clients_line_is_one_that_the_signer_reads(tmp_path):
    line = json.dumps({"vkey": OAK}).encode()

    assert "vkey" in answer(signer_in(tmp_path / "signer"), line)
