"""FI-31, SR-85: the installation's key on paper, three shares of which any two give it back."""

import base64
import io
import os
import pty
import re
import secrets
import select
import stat
import subprocess
import sys
from itertools import combinations, permutations

import pytest
from django.core.management import CommandError, call_command
from shamir_mnemonic import generate_mnemonics

from records import key_shares
from records.key_shares import NotJoined, fingerprint, join, split
from safeguard.errors import DomainError

KEY = bytes(range(32))


@pytest.fixture(scope="module")
def shares():
    return split(KEY)


@pytest.fixture
def here(settings):
    """The installation whose key it is."""
    settings.FILES_KEY = KEY
    settings.BASE_URL = "https://safeguard.oak.example"


def typed(monkeypatch, *lines: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def lines_of(share: str) -> list[str]:
    words = share.split()
    return [" ".join(words[at : at + 3]) for at in range(0, 33, 3)]


# What the shares are


def test_any_two_shares_in_any_order_give_the_key_back(shares):
    """SR-85: two of three."""
    for two in permutations(shares, 2):
        assert join(two, fingerprint(KEY)) == KEY


def test_a_key_of_any_bytes_survives(shares):
    for key in (bytes(32), b"\xff" * 32, secrets.token_bytes(32)):
        for two in combinations(split(key), 2):
            assert join(two, fingerprint(key)) == key


def test_two_sets_of_one_key_have_nothing_in_common_and_one_fingerprint(shares):
    again = split(KEY)

    assert set(again).isdisjoint(shares)
    assert key_shares.set_of(again[0]) != key_shares.set_of(shares[0])
    assert re.fullmatch(r"[0-9a-f]{4}( [0-9a-f]{4}){3}", fingerprint(KEY))
    assert fingerprint(KEY) != fingerprint(bytes(32))


def test_one_share_alone_is_refused(shares):
    """FI-31: with one share it must fail."""
    with pytest.raises(NotJoined, match=r"One share alone.*Ask another"):
        join(shares[:1], fingerprint(KEY))


def test_four_letters_of_each_word_are_enough_and_capitals_do_not_matter(shares):
    short = [" ".join(word[:4].upper() for word in share.split()) for share in shares]

    assert join(short[1:], fingerprint(KEY).upper().replace(" ", "")) == KEY


# What is refused, in a sentence that says what to do


def test_the_same_share_twice_is_refused(shares):
    with pytest.raises(NotJoined, match=r"same share twice.*Ask another"):
        join([shares[0], shares[0]], fingerprint(KEY))


def test_shares_of_different_sets_are_refused(shares):
    with pytest.raises(NotJoined, match=r"different sets.*Look on the pages"):
        join([shares[0], split(KEY)[1]], fingerprint(KEY))


@pytest.mark.parametrize("place", [2, 3, 10, 32])
def test_a_word_that_is_another_of_the_list_is_noticed(shares, place):
    words = shares[1].split()
    words[place] = "wisdom" if words[place] != "wisdom" else "yield"

    with pytest.raises(NotJoined, match=r"A word of share 2 is not the one.*Compare each line"):
        join([shares[0], " ".join(words)], fingerprint(KEY))


def test_two_words_that_changed_places_are_noticed(shares):
    words = shares[0].split()
    at = next(n for n in range(4, 32) if words[n] != words[n + 1])
    words[at], words[at + 1] = words[at + 1], words[at]

    with pytest.raises(NotJoined, match="changed places"):
        join([" ".join(words), shares[1]], fingerprint(KEY))


def test_a_word_that_is_none_is_named_by_its_place_and_not_repeated(shares):
    words = shares[0].split()
    words[6] = "secretly"

    with pytest.raises(DomainError, match="Word 7 is none of those") as refused:
        join([" ".join(words), shares[1]], fingerprint(KEY))
    assert "secretly" not in str(refused.value)


@pytest.mark.parametrize("number", [32, 34])
def test_too_few_and_too_many_words_are_counted(shares, number):
    words = (shares[1].split() * 2)[:number]

    with pytest.raises(NotJoined, match=f"33 words, and {number} were typed of share 2"):
        join([shares[0], " ".join(words)], fingerprint(KEY))


def test_a_key_with_another_fingerprint_is_not_given_out(shares):
    with pytest.raises(NotJoined, match=r"another fingerprint.*type it again"):
        join(shares[:2], fingerprint(bytes(32)))
    with pytest.raises(NotJoined, match="another fingerprint"):
        join(shares[:2], "")


def test_shares_of_another_program_are_called_that():
    ((first, second, _),) = generate_mnemonics(1, [(3, 3)], KEY)

    with pytest.raises(NotJoined, match="of another program"):
        join([first, second], fingerprint(KEY))


# The pages


def test_three_pages_to_print_are_written_for_their_owner_alone(here, tmp_path):
    out = io.StringIO()
    folder = tmp_path / "shares"
    call_command("key_shares", folder, stdout=out)

    pages = sorted(folder.iterdir())
    assert [page.name for page in pages] == ["share-1.txt", "share-2.txt", "share-3.txt"]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(page.stat().st_mode) for page in pages} == {0o600}
    said = pages[1].read_text()
    assert "SHARE 2 OF 3" in said
    assert "https://safeguard.oak.example" in said
    assert fingerprint(KEY) in said
    assert "Kept by        ____" in said
    assert "key_from_shares FILE" in said
    assert max(map(len, said.splitlines())) <= 80
    assert len(said.splitlines()) <= 60  # one page of any printer


def test_the_pages_give_the_key_and_the_screen_shows_no_share(here, tmp_path):
    out = io.StringIO()
    call_command("key_shares", tmp_path / "shares", stdout=out)

    read = [
        re.findall(r"^ +\d+ {3}(.+)$", (tmp_path / "shares" / name).read_text(), re.MULTILINE)
        for name in ("share-2.txt", "share-3.txt")
    ]
    words = [" ".join(" ".join(lines).split()) for lines in read]
    assert join(words, fingerprint(KEY)) == KEY
    assert fingerprint(KEY) in out.getvalue()
    for line in (line for lines in read for line in lines):
        assert " ".join(line.split()) not in out.getvalue()


def test_pages_are_written_over_nothing(here, tmp_path):
    with pytest.raises(CommandError, match="is there already"):
        call_command("key_shares", tmp_path)
    with pytest.raises(CommandError, match="No such file or directory"):
        call_command("key_shares", tmp_path / "no" / "folder")


# Typing them in


def test_the_key_is_written_as_the_settings_take_it(shares, tmp_path, monkeypatch):
    out, file = io.StringIO(), tmp_path / "key"
    typed(monkeypatch, *lines_of(shares[0]), *lines_of(shares[2]), fingerprint(KEY))
    call_command("key_from_shares", file, stdout=out)

    name, _, value = file.read_text().strip().partition("=")
    assert (name, base64.b64decode(value, validate=True)) == ("SAFEGUARD_KEY", KEY)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert value not in out.getvalue()


def test_a_mistyped_line_is_asked_for_again_and_not_shown(shares, tmp_path, monkeypatch):
    first = lines_of(shares[0])
    wrong = [*first[:2], "three wrong wordz", *first[2:]]
    out = io.StringIO()
    typed(monkeypatch, *wrong, *lines_of(shares[1]), fingerprint(KEY))
    call_command("key_from_shares", tmp_path / "key", stdout=out)

    assert "is none of those" in out.getvalue()
    assert "wordz" not in out.getvalue()
    assert (tmp_path / "key").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda one, two: one, "Not all of it was typed"),
        (lambda one, two: [*one, *one, fingerprint(KEY)], "same share twice"),
        (lambda one, two: [*one, *two, fingerprint(bytes(32))], "another fingerprint"),
        (lambda one, two: ["x"] * 5, "is none of those"),
    ],
    ids=["one share", "one share twice", "another fingerprint", "no words"],
)
def test_what_does_not_give_the_key_writes_nothing(shares, tmp_path, monkeypatch, given, said):
    typed(monkeypatch, *given(lines_of(shares[0]), lines_of(shares[1])))

    with pytest.raises(CommandError, match=f"{said}.*Nothing was written"):
        call_command("key_from_shares", tmp_path / "key", stdout=io.StringIO())
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_never_written_over_another(shares, tmp_path, monkeypatch):
    (tmp_path / "key").write_text("old")
    with pytest.raises(CommandError, match="never written over"):
        call_command("key_from_shares", tmp_path / "key")
    with pytest.raises(CommandError, match="Give FILE"):
        call_command("key_from_shares")
    with pytest.raises(CommandError, match="Give FILE"):
        call_command("key_from_shares", tmp_path / "other", check=True)


def test_the_drill_compares_and_writes_nothing(here, shares, tmp_path, monkeypatch, settings):
    """SR-85: proved by the termly drill."""
    lines = [*lines_of(shares[0]), *lines_of(shares[1]), fingerprint(KEY)]
    out = io.StringIO()
    typed(monkeypatch, *lines)
    call_command("key_from_shares", check=True, stdout=out)
    assert "give the key of this installation" in out.getvalue()

    settings.FILES_KEY = bytes(32)
    typed(monkeypatch, *lines)
    with pytest.raises(CommandError, match="not the one in use here"):
        call_command("key_from_shares", check=True, stdout=io.StringIO())


def test_at_a_terminal_what_is_typed_is_not_shown(shares, tmp_path):
    """On a machine without a key yet and without servers, as after a loss."""
    ours = ("SAFEGUARD", "DATABASE", "REDIS", "EMAIL", "PYTEST", "DJANGO")
    kept = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    environment = kept | {"SAFEGUARD_EMBEDDED": "off", "SAFEGUARD_VAR": str(tmp_path / "var")}
    lines = [*lines_of(shares[0]), *lines_of(shares[1]), fingerprint(KEY)]
    ours, theirs = pty.openpty()
    command = [sys.executable, "manage.py", "key_from_shares", str(tmp_path / "key")]
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    ) as process:
        os.close(theirs)
        shown = b""
        for line in lines:
            while not re.search(rb"(Line \d+|page): \Z", shown):
                assert select.select([ours], [], [], 20)[0], shown
                shown += os.read(ours, 4096)
            os.write(ours, line.encode() + b"\n")
            shown += b"\n"
        while process.poll() is None:
            try:
                shown += os.read(ours, 4096)
            except OSError:  # it has ended
                break
    os.close(ours)

    assert process.returncode == 0, shown
    assert base64.b64encode(KEY).decode() in (tmp_path / "key").read_text()
    typed = [line for share in shares[:2] for line in lines_of(share)]  # a word may be a prompt's
    assert [line for line in typed if line.encode() in shown] == []
