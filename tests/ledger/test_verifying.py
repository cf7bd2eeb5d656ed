"""Running the verifier as an outsider does: files, mails, a command, an answer in sentences."""

import base64
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from ledger import verifier
from ledger.verifier import Evidence, Proof, Receipt, Refused, find_notes, verify
from tests.ledger.building import Parts, copied, school_year, vkey, zipped

HONEST = school_year()
NOTE = HONEST.note(12)
VKEY = str(vkey(HONEST.origin))


@pytest.fixture
def bundle(tmp_path):
    return Parts([copied(HONEST)]).write(tmp_path)


def index():
    return Parts([copied(HONEST)]).index()


def found(path):
    """Return the codes and the sentences of what is found; the verifier never breaks down."""
    report = verify(path, Evidence())
    return {one.code for one in report.findings if one.is_error}, verifier.in_text(report)


# -- The command


def run(*arguments, file=verifier.__file__, cwd=None):
    given = [sys.executable, "-I", str(file), *map(str, arguments)]
    done = subprocess.run(given, capture_output=True, cwd=cwd, timeout=60, check=False)
    assert b"Traceback" not in done.stderr
    return done.returncode, done.stdout.decode()


def test_the_one_file_runs_where_there_is_no_safeguard(tmp_path, bundle):
    alone = tmp_path / "elsewhere"
    alone.mkdir()
    program = shutil.copy(verifier.__file__, alone / "verifier.py")
    (alone / "chair.txt").write_text(NOTE, "utf-8")
    (alone / "mine.tlog-proof").write_text(str(HONEST.proof(3)), "utf-8")
    root = base64.b64encode(HONEST.checkpoint(5).root).decode()
    given = ["--vkey", VKEY, "--note", "chair.txt", "--proof", "mine.tlog-proof", "--root", root]
    receipt = f"K7Q-2M2 {HONEST.leaf(2).hex()[:12]}"

    code, text = run(bundle, *given, "--receipt", receipt, file=program, cwd=alone)

    assert code == 0
    assert "RESULT: everything that was given agrees (exit code 0)" in text
    for part in (receipt, "mine.tlog-proof", root[:12], "NOT PROVED", "7 September 2026"):
        assert part in text


def test_the_command_ends_with_the_number_of_what_it_found(tmp_path, bundle):
    ledger = copied(HONEST)
    ledger.elements[0]["body"] = ledger.elements[0]["body"].replace("home", "school")
    changed = Parts([ledger]).write(tmp_path, "changed.zip")

    assert run(bundle)[0] == 4
    assert run(changed)[0] == 33
    assert "E_COMMIT: The content shown for record #0" in run(changed)[1]
    assert run(tmp_path / "nowhere.zip")[0] == 2
    assert run()[0] == 2


def test_the_help_names_every_outcome():
    code, text = run("--help")

    assert code == 0
    for name, (number, sentence) in verifier.OUTCOMES.items():
        assert f"{number:>2}  {name:<12} {sentence}" in text


def test_every_outcome_has_a_number_of_its_own():
    numbers = [number for number, _ in verifier.OUTCOMES.values()]

    assert len(set(numbers)) == len(numbers)
    assert 0 not in numbers
    assert 1 not in numbers  # what Python itself ends with when it breaks down


def test_a_proof_and_a_key_need_no_bundle(tmp_path):
    path = tmp_path / "mine.tlog-proof"
    path.write_bytes(str(HONEST.proof(3)).replace("\n", "\r\n").encode())

    code, text = run("--proof", path, "--vkey", VKEY)

    assert code == 0
    assert f"record #3 of {HONEST.origin}, which had 12 records" in text
    assert run("--proof", path)[0] == 2


@pytest.mark.parametrize(
    "given",
    [
        ["--vkey", "nonsense"],
        ["--note", "nowhere.txt"],
        ["--note", __file__],
        ["--proof", __file__],
        ["--proof", "nowhere.tlog-proof"],
        ["--root", "AAAA"],
        ["--root", "tQZROBrNZsiO"],
        ["--receipt", "K7Q-2MD"],
        ["--receipt", "b59f01eb3f2"],
    ],
)
def test_what_is_given_wrongly_is_said_in_a_sentence(bundle, given, capsys):
    assert verifier.main([str(bundle), *given]) == 2
    assert "E_USAGE: " in capsys.readouterr().out


def test_a_file_too_long_to_be_a_mail_is_not_read(bundle, tmp_path, capsys):
    path = tmp_path / "mail"
    with path.open("wb") as file:
        file.truncate(verifier.LARGEST_MAIL + 1)

    assert verifier.main([str(bundle), "--note", str(path)]) == 2
    assert "too long" in capsys.readouterr().out


# -- Unpacked, and long


def unpack(bundle, folder):
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder)
    return folder


def test_an_unpacked_bundle_reads_the_same(bundle, tmp_path):
    folder = unpack(bundle, tmp_path / "open")

    packed, unpacked = verify(bundle, Evidence()), verify(folder, Evidence())

    assert verifier.in_text(unpacked) == verifier.in_text(packed)
    assert verifier.in_text(verify(folder / "bundle.json", Evidence())) == verifier.in_text(packed)


def test_a_long_ledger_may_stand_in_a_file_of_lines(tmp_path):
    index = Parts([copied(HONEST)]).index()
    lines = "".join(json.dumps(one) + "\n" for one in index["trees"][0]["entries"])
    index["trees"][0]["entries"] = "entries/records-1.jsonl"
    members = {
        "bundle.json": json.dumps(index).encode(),
        "entries/records-1.jsonl": lines.encode(),
        **Parts([]).files_as_members(),
    }

    def codes(**changed):
        path = tmp_path / "long.zip"
        path.write_bytes(zipped({k: v for k, v in (members | changed).items() if v is not None}))
        return found(path)[0]

    assert codes() == set()
    assert codes(**{"entries/records-1.jsonl": None}) == {"E_FORMAT"}
    assert codes(**{"entries/records-1.jsonl": lines.encode()[:-1]}) == {"E_FORMAT"}
    assert codes(**{"entries/records-1.jsonl": lines.encode()[:-30]}) == {"E_FORMAT"}
    assert codes(**{"entries/records-1.jsonl": b"\xff\n"}) == {"E_FORMAT"}
    assert codes(**{"entries/records-1.jsonl": b"x" * 70_000_000}) == {"E_FORMAT"}


# -- Bundles that are none


def test_a_bundle_that_is_nothing_of_the_kind_is_refused_in_a_sentence(tmp_path, bundle):
    path = tmp_path / "odd"
    for data in (b"", b"PK", b"hello", bundle.read_bytes()[:-30], zipped({"a": b"b"})):
        path.write_bytes(data)
        codes, text = found(path)
        assert codes == {"E_FORMAT"}
        assert "E_FORMAT: The" in text or "E_FORMAT: This" in text
    path.unlink()
    path.mkdir()
    assert found(path)[0] == {"E_FORMAT"}


def change(**more):
    return lambda index: index | more


def change_tree(**more):
    return lambda index: index | {"trees": [index["trees"][0] | more]}


def without(name):
    return lambda index: {k: v for k, v in index.items() if k != name}


def twice(index):
    return index | {"trees": index["trees"] * 2}


def twice_by_one_name(index):
    return index | {"trees": [*index["trees"], index["trees"][0] | {"epoch": 2}]}


ENTRY = index()["trees"][0]["entries"][0]
BAD_INDEXES = {
    "another format": change(format="safeguard-bundle/2"),
    "no format": without("format"),
    "no scope": without("scope"),
    "no school": without("school"),
    "something unknown": change(more=1),
    "another scope": change(scope="some"),
    "a number for a school": change(school=123456),
    "a path for a school": change(school="../x"),
    "no date": change(made_at=None),
    "people in a list": change(people=["Ada"]),
    "people by number": change(people={"u-7": 7}),
    "no trees": change(trees=[]),
    "trees in an object": change(trees={}),
    "a number for trees": change(trees=7),
    "a number for a tree": change(trees=[7]),
    "two of the same": twice,
    "two of one name": twice_by_one_name,
    "unknown tree": change_tree(tree="other"),
    "a list for a tree": change_tree(tree=["records"]),
    "true for an epoch": change_tree(epoch=True),
    "epoch nought": change_tree(epoch=0),
    "no origin": change_tree(origin=None),
    "no key": change_tree(vkey=None),
    "something unknown in a tree": change_tree(more=1),
    "a number for entries": change_tree(entries=7),
    "entries in a missing file": change_tree(entries="../../etc/passwd"),
    "a number for notes": change_tree(notes=7),
    "a number for a note": change_tree(notes=[7]),
    "a number for an entry": change_tree(entries=[7]),
    "an empty entry": change_tree(entries=[{}]),
    "an entry that is an object": change_tree(entries=[{"entry": {}}]),
    "both ways": change_tree(entries=[ENTRY | {"leaf": "0" * 64}]),
    "a short leaf": change_tree(entries=[{"leaf": "00"}]),
    "a leaf in capitals": change_tree(entries=[{"leaf": "A" * 64}]),
    "a number for a leaf": change_tree(entries=[{"leaf": 7}]),
    "more beside a leaf": change_tree(entries=[{"leaf": "0" * 64, "more": 1}]),
    "more beside an entry": change_tree(entries=[ENTRY | {"more": 1}]),
    "salt alone": change_tree(entries=[{k: v for k, v in ENTRY.items() if k != "body"}]),
    "body is null": change_tree(entries=[ENTRY | {"body": None}]),
    "salt is null": change_tree(entries=[ENTRY | {"salt": None}]),
    "short salt": change_tree(entries=[ENTRY | {"salt": "00"}]),
    "body without end": change_tree(entries=[ENTRY | {"body": "x" * (16 * 1024**2 + 1)}]),
    "a word for what is withheld": change_tree(entries=[ENTRY | {"withheld": "0" * 64}]),
    "a number withheld": change_tree(entries=[ENTRY | {"withheld": [7]}]),
    "a name withheld": change_tree(entries=[ENTRY | {"withheld": ["photo.png"]}]),
}


@pytest.mark.parametrize("spoil", BAD_INDEXES.values(), ids=BAD_INDEXES)
def test_an_index_of_another_form_is_refused(tmp_path, spoil):
    path = tmp_path / "odd.zip"
    path.write_bytes(zipped({"bundle.json": json.dumps(spoil(index())).encode()}))

    assert found(path)[0] == {"E_FORMAT"}


@pytest.mark.parametrize(
    "data",
    [
        b"\xff\xfe",
        b"[]",
        b"7",
        b"{",
        b"[" * 100_000,
        json.dumps(index()).encode("utf-16"),
        json.dumps(index()).replace('"format"', '"format":1,"format"').encode(),
        json.dumps(index()).replace('"epoch": 1,', '"epoch": 1.0,').encode(),
        json.dumps(index()).replace('"epoch": 1,', '"epoch": NaN,').encode(),
        json.dumps(index()).replace('"epoch": 1,', '"epoch": 9007199254740992,').encode(),
        json.dumps(index()).encode() + b"{}",
    ],
)
def test_an_index_that_is_not_strict_json_is_refused(tmp_path, data):
    path = tmp_path / "odd.zip"
    path.write_bytes(zipped({"bundle.json": data}))

    codes, text = found(path)

    assert codes == {"E_FORMAT"}
    assert len(text) < 3000


def test_a_damaged_key_in_the_bundle_is_found(tmp_path):
    path = tmp_path / "odd.zip"
    spoilt = change_tree(vkey="x" + VKEY)(index())
    path.write_bytes(
        zipped({"bundle.json": json.dumps(spoilt).encode(), **Parts([]).files_as_members()})
    )

    assert found(path)[0] == {"E_SIG", "E_NOCP"}
    filed = verify(path, Evidence(vkeys=[vkey(HONEST.origin)]))
    assert {one.code for one in filed.findings} == {"E_SIG", "W_OWN_WORD"}


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../out", "files/../../out", "files\\out", "C:/out", "a/..", ".."]
)
def test_a_zip_that_would_write_elsewhere_is_refused(tmp_path, name):
    path = tmp_path / "odd.zip"
    path.write_bytes(zipped({"bundle.json": json.dumps(index()).encode(), name: b""}))

    codes, text = found(path)

    assert codes == {"E_FORMAT"}
    assert "forbidden name" in text


def pack(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for info, data in members:
            archive.writestr(info, data)
    return path


def test_a_zip_bomb_is_refused_before_it_is_opened(tmp_path):
    bomb = pack(tmp_path / "bomb.zip", [("bundle.json", b" " * 50_000_000)])

    codes, text = found(bomb)

    assert codes == {"E_FORMAT"}
    assert "overwhelm" in text


def test_a_zip_whose_members_overlap_is_refused(tmp_path, bundle):
    data = json.dumps(index()).encode()
    path = pack(tmp_path / "odd.zip", [("bundle.json", data)], zipfile.ZIP_STORED)
    whole = bytearray(path.read_bytes())
    start = whole.index(b"PK\x01\x02")
    entry = bytes(whole[start : whole.index(b"PK\x05\x06")])
    other = entry.replace(b"bundle.json", b"bundle.jso2")
    end = whole[start + len(entry) :]
    end[8:12] = b"\x02\x00\x02\x00"
    end[12:16] = (2 * len(entry)).to_bytes(4, "little")
    path.write_bytes(bytes(whole[:start]) + entry + other + bytes(end))

    codes, text = found(path)

    assert codes == {"E_FORMAT"}
    assert "overlap" in text


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_zip_with_doubled_linked_locked_or_oddly_packed_files_is_refused(tmp_path):
    data = json.dumps(index()).encode()
    link = zipfile.ZipInfo("files/link")
    link.external_attr = 0o120777 << 16
    doubled = pack(tmp_path / "a.zip", [("bundle.json", data), ("bundle.json", data)])
    linked = pack(tmp_path / "b.zip", [("bundle.json", data), (link, b"/etc/passwd")])
    packed = pack(tmp_path / "c.zip", [("bundle.json", data)], zipfile.ZIP_BZIP2)
    locked = pack(tmp_path / "d.zip", [("bundle.json", data)])
    whole = bytearray(locked.read_bytes())
    whole[whole.index(b"PK\x01\x02") + 8] |= 1
    locked.write_bytes(whole)

    assert "twice" in found(doubled)[1]
    assert "link" in found(linked)[1]
    assert "another way" in found(packed)[1]
    assert "locked" in found(locked)[1]


def test_a_folder_with_a_link_is_refused(bundle, tmp_path):
    folder = unpack(bundle, tmp_path / "open")
    os.symlink("/etc/passwd", folder / "files" / "link")

    codes, text = found(folder)

    assert codes == {"E_FORMAT"}
    assert "something else than files" in text


def test_nothing_in_a_bundle_can_steer_the_screen(tmp_path):
    ledger = copied(HONEST)
    body = ledger.body(4)
    body["files"][0] |= {"name": "\x1b[2J\nRESULT: all is well" + "x" * 500, "sha256": "0" * 64}
    ledger.reseal(4, body)
    path = Parts([ledger], more={"made_at": "\x1b[31m\n"}).write(tmp_path)

    _, text = found(path)

    assert "\x1b" not in text
    assert "\nRESULT: all" not in text
    assert "x" * 100 not in text


# -- Notes in mails


def mail(subtype="plain", charset="utf-8", cte=None, text=None):
    message = EmailMessage()
    message["Subject"] = "Your ledger at 07:00"
    message["From"] = "safeguard@example.org"
    body = text or f"Good morning. Keep this mail.\n\n{NOTE}\nYours, Safeguard\n"
    message.set_content(body, subtype=subtype, charset=charset, cte=cte)
    return message


def quoted(text, width=76):
    lines = []
    for line in text.split("\n"):
        lines += [line[at : at + width] for at in range(0, len(line), width)] or [""]
    return "\r\n".join(f"> > {line}" for line in lines)


def attached():
    message = mail(text="See the file.")
    message.add_attachment(NOTE.encode(), maintype="text", subtype="plain", filename="a.note")
    return message.as_bytes()


def forwarded():
    message = mail(text="See below.")
    message.add_attachment(mail())
    return message.as_bytes()


MAILS = {
    "the note itself": NOTE.encode(),
    "with Windows' line ends": NOTE.replace("\n", "\r\n").encode(),
    "from Windows' editor": NOTE.encode("utf-16"),
    "as a mail": mail().as_bytes(),
    "in base64": mail(cte="base64").as_bytes(),
    "in quoted-printable": mail(cte="quoted-printable").as_bytes(),
    "in another alphabet": mail(charset="windows-1252").as_bytes(),
    "as a page": mail("html", text=f"<html><pre>{NOTE}</pre></html>").as_bytes(),
    "quoted and broken up": quoted(NOTE).encode(),
    "indented": NOTE.replace("\n", "\n    ").encode(),
    "attached": attached(),
    "forwarded": forwarded(),
    "in an unknown alphabet": mail().as_bytes().replace(b'"utf-8"', b'"x-odd"'),
}


@pytest.mark.parametrize("data", MAILS.values(), ids=MAILS)
def test_a_note_is_found_in_whatever_way_the_mail_was_kept(data):
    assert find_notes(data) == [NOTE]


def test_every_note_in_a_mail_is_found_once_and_other_signatures_do_not_hide_it():
    other = HONEST.note(8)
    witnessed = NOTE + "— witness.example/1 " + base64.b64encode(b"x" * 76).decode() + "\n"
    twice_signed = NOTE + NOTE.split("\n\n")[1]

    assert find_notes((NOTE + "and\n" + other + NOTE).encode()) == [NOTE, other]
    assert find_notes(witnessed.encode()) == [NOTE]
    assert find_notes(twice_signed.encode()) == [twice_signed]


@pytest.mark.parametrize(
    "data", [b"", b"no note", NOTE.encode()[:-20], NOTE.replace("—", "-").encode()]
)
def test_where_there_is_no_note_none_is_found(data):
    assert find_notes(data) == []


@pytest.mark.parametrize("part", ["a", "<", "a 1 ", "— a A ", "> ", "a 1 A"])
def test_a_long_line_is_searched_in_good_time(part):
    """Twice as long may take about twice as long, and not four times."""

    def seconds(text):
        before = time.process_time()
        assert find_notes(text.encode()) == []
        return time.process_time() - before

    once, twice = (seconds(part * count + " " * count) for count in (40_000, 80_000))

    assert twice < 3 * once + 0.5


# -- Receipts and proofs as they are written


@pytest.mark.parametrize(
    ("text", "reference", "leaf", "seq"),
    [
        ("K7Q-2MD b59f01eb3f29", "K7Q-2MD", "b59f01eb3f29", None),
        (" K7Q-2MD · B59F01EB3F29 ", "K7Q-2MD", "b59f01eb3f29", None),
        ("b59f01eb3f29", "", "b59f01eb3f29", None),
        ("b59f01eb3f29d919@12345", "", "b59f01eb3f29d919", 12345),
        ("a" * 64, "", "a" * 64, None),
    ],
)
def test_a_receipt_is_read_as_people_copy_it(text, reference, leaf, seq):
    receipt = Receipt.parse(text)

    assert (receipt.reference, receipt.leaf, receipt.seq) == (reference, leaf, seq)


@pytest.mark.parametrize(
    "text", ["", "K7Q-2MD", "a" * 11, "a" * 65, "b59f01eb3f29@", "b59f01eb3f29@-1"]
)
def test_what_is_no_receipt_is_refused(text):
    with pytest.raises(Refused, match="not a receipt"):
        Receipt.parse(text)


def test_a_proof_is_written_as_c2sp_says():
    proof = HONEST.proof(0, 3)
    lines = str(proof).split("\n")

    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1] == "extra " + base64.b64encode(HONEST.raw(0).encode()).decode()
    assert lines[2] == "index 0"
    assert lines[3:5] == [base64.b64encode(HONEST.leaf(seq)).decode() for seq in (1, 2)]
    assert "\n".join(lines[6:]) == HONEST.note(3)
    assert Proof.parse(str(Proof(0, proof.hashes, proof.note))).extra is None
    assert Proof.parse(str(Proof(0, (), proof.note))).hashes == ()


PROOF = str(HONEST.proof(3))


@pytest.mark.parametrize(
    "text",
    [
        "",
        PROOF.replace("@v1", "@v2"),
        PROOF.replace("index 3", "index 03"),
        PROOF.replace("index 3", "index -3"),
        PROOF.replace("index 3", "place 3"),
        PROOF.replace("index 3\n", ""),
        PROOF.replace("extra ", "extra !"),
        PROOF.split("index")[0] + "\n" + NOTE,
        verifier.PROOF_HEADER + "\n\n" + NOTE,
        PROOF.split("\n\n")[0],
        PROOF.replace("\n\n", "\nAAAA\n\n", 1),
        PROOF.replace("\n\n", "\n*\n\n", 1),
        PROOF.replace("\n\n", "\n" + f"{'A' * 43}=\n" * 65 + "\n", 1),
        PROOF + "x" * verifier.LARGEST_PROOF,
    ],
)
def test_what_is_no_proof_is_refused(text):
    with pytest.raises(Refused, match="damaged"):
        Proof.parse(text)


def test_a_report_fits_a_console_that_lacks_letters(bundle):
    out = io.TextIOWrapper(io.BytesIO(), "ascii")
    before, sys.stdout = sys.stdout, out
    try:
        verifier.main([str(bundle), "--receipt", "K7Q-2MD · 000000000000"])
    finally:
        sys.stdout = before
    out.flush()
    assert b"RESULT" in out.buffer.getvalue()


def test_the_verifier_needs_nothing_but_python_and_cryptography():
    source = Path(verifier.__file__).read_text("utf-8")
    imports = {
        line.split()[1].split(".")[0]
        for line in source.splitlines()
        if line.startswith(("import ", "from "))
    }

    assert imports - set(sys.stdlib_module_names) == {"cryptography"}


def test_everything_that_can_happen_has_words():
    models = Path(verifier.__file__).with_name("models.py").read_text("utf-8")
    kinds = set(re.findall(r'^    [A-Z_]+ = "([a-z_]+\.[a-z_]+)",', models, re.MULTILINE))

    assert len(kinds) > 10
    assert kinds - set(verifier.WORDS) == set()


def test_the_guide_explains_every_outcome_with_the_programs_own_sentence():
    guide = (Path(__file__).parents[2] / "docs" / "verify.md").read_text("utf-8")
    words = " ".join(guide.split())

    for name, (number, sentence) in verifier.OUTCOMES.items():
        assert f"| {number} | {name} | {sentence} | " in guide
    for sentence in verifier.CANNOT[:-1]:
        assert f"- {sentence}" in words


# -- The words, to the letter


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-12-09T08:05:00.000000Z", "9 December 2026 at 08:05 UTC"),
        ("2026-01-31T23:59:59.000000Z", "31 January 2026 at 23:59 UTC"),
        ("2026-13-02T10:00:00.000000Z", "2 13 2026 at 10:00 UTC"),
        ("2026-00-02T10:00:00.000000Z", "2 00 2026 at 10:00 UTC"),
    ],
)
def test_a_time_is_said_as_people_write_it(at, words):
    """A month that there is not is said as it stands, and does not break the program down."""
    assert verifier.in_words(at) == words


def test_contents_are_called_proved_only_where_some_are_shown_and_all_of_them_fit(tmp_path, bundle):
    proved = "contents shown is exactly the one"
    ledger, hidden = copied(HONEST), copied(HONEST)
    ledger.elements[0]["body"] = ledger.elements[0]["body"].replace("home", "school")
    for element in hidden.elements:
        for name in ("body", "salt"):
            element.pop(name, None)

    assert proved in found(bundle)[1]
    assert proved not in found(Parts([ledger]).write(tmp_path, "changed.zip"))[1]
    assert proved not in found(Parts([hidden]).write(tmp_path, "hidden.zip"))[1]


@pytest.mark.parametrize(
    ("given", "ends"), [(None, "is not in the ledger."), (3, "is not in the ledger at its place.")]
)
def test_a_receipt_that_is_not_there_says_whether_its_place_was_looked_at(bundle, given, ends):
    receipt = Receipt(text="K7Q-2M2", reference="K7Q-2M2", leaf="0" * 12, seq=given)

    report = verify(bundle, Evidence(receipts=[receipt]))

    sentences = [one.sentence for one in report.findings if one.code == "E_RECEIPT"]
    assert [sentence.endswith(ends) for sentence in sentences] == [True]


@pytest.mark.parametrize("name", ["Thumbs.db", "desktop.ini"])
def test_what_a_file_manager_leaves_in_a_folder_is_passed_over(bundle, tmp_path, name):
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(folder)
    (folder / name).write_text("[ViewState]")

    assert found(folder)[0] == found(bundle)[0]


@pytest.mark.parametrize("digits", ["9007199254740992", "99999999999999999", "1" * 18])
def test_a_number_that_programs_read_differently_is_refused(digits):
    with pytest.raises(ValueError, match="2\\^53"):
        verifier.strict_json(f'{{"n":{digits}}}')
