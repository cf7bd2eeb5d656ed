"""SR-85: the key is changed while people work; nothing is lost, and the old key goes when nothing needs it."""

import ast
import base64
import io
import json
import os
import subprocess
import sys
import textwrap
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.apps import apps
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.db import models
from django.utils import timezone

from accounts import totp
from accounts.models import Authenticator
from incidents import files, orphans
from incidents.models import Draft, Upload
from records import key_rotation, key_shares, manifest, tasks
from reports import files as papers
from reports.models import Report, ReportDraft
from safeguard import resealing, sealing, status, walls
from safeguard.models import KeyGeneration
from safeguard.resealing import Outcome
from tests import factories
from tests.incidents.samples import sent

pytestmark = pytest.mark.django_db

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
SECRET = b"s" * 20


@pytest.fixture
def old(settings):
    """The installation as it was: one key."""
    settings.FILES_KEY, settings.FORMER_KEYS = OLD, []
    key_rotation.note()
    return settings


@pytest.fixture
def everything(old, ada, dee, una, sam, leo):
    """Something of each kind that is sealed, at two schools."""
    kept = {"files": [], "drafts": [], "reports": []}
    for viewer, pupil in ((ada, sam), (una, leo)):
        draft = Draft(school=viewer.school, author=viewer.user)
        draft.keep({"saw": [viewer.user.name]})
        draft.save()
        kept["drafts"].append(draft)
        kept["files"].append(
            files.keep(by=viewer, draft=uuid4(), sent=sent("a.txt", viewer.user.name.encode()))
        )
        submission = uuid4()
        files.keep(by=viewer, draft=submission, sent=sent("b.txt", b"attached"))
        kept["files"].append(
            factories.incident(viewer, pupil, submission=submission).attachments.get()
        )
    Authenticator.objects.create(
        user=dee.user, name="app", sealed_secret=totp.sealed(SECRET, dee.user_id)
    )
    typed = ReportDraft(school=dee.school, author=dee.user, pupil=sam)
    typed.keep({"views": ["hers"]})
    typed.save()
    report = Report.objects.create(
        school=dee.school,
        pupil=sam,
        asked_by=dee.user,
        kind=Report._meta.get_field("kind").choices[0][0],
    )
    name = papers.keep(report.pk, 1, b"a paper")
    Report.objects.filter(pk=report.pk).update(stored_as=name)
    return kept | {"paper": name}


def change(settings) -> None:
    """What whoever runs it does: the new key in, the old one beside it."""
    settings.FILES_KEY, settings.FORMER_KEYS = NEW, [OLD]


def run(*options: str) -> str:
    said = io.StringIO()
    call_command("rotate_key", *options, stdout=said)
    return said.getvalue()


def all_that_is_sealed() -> list[bytes]:
    rows = [bytes(row.sealed) for model in (Draft, ReportDraft) for row in model.objects.all()]
    rows += [bytes(row.sealed_secret) for row in Authenticator.objects.all()]
    return rows + [path.read_bytes() for path in project.FILES_DIR.rglob("*") if path.is_file()]


def everything_opens(kept) -> bool:
    return (
        [files.stored(one.stored_as) for one in kept["files"]]
        == [b"Ada Teach", b"attached", b"Una Frost", b"attached"]
        and [Draft.objects.get(pk=one.pk).answers() for one in kept["drafts"]]
        == [{"saw": ["Ada Teach"]}, {"saw": ["Una Frost"]}]
        and totp.unsealed(
            Authenticator.objects.get().sealed_secret, Authenticator.objects.get().user_id
        )
        == SECRET
        and ReportDraft.objects.get().typed() == {"views": ["hers"]}
        and papers.content_of(kept["paper"]) == b"a paper"
    )


# Sealing under several keys


def test_what_was_sealed_before_keys_had_names_opens(old):
    """SR-85: the bytes of every installation that there is."""
    nonce = os.urandom(12)
    former = b"\x01" + nonce + AESGCM(OLD).encrypt(nonce, b"words", b"draft")

    under_old = sealing.unseal(former, purpose="draft")
    change(old)

    assert under_old == sealing.unseal(former, purpose="draft") == b"words"
    with pytest.raises(sealing.Unsealable):
        sealing.unseal(former, purpose="another")


def test_new_things_are_sealed_under_the_new_key_and_old_ones_open_beside_them(old):
    before = sealing.seal(b"old", purpose="x")
    change(old)
    after = sealing.seal(b"new", purpose="x")

    assert sealing.unseal(before, purpose="x") == b"old"
    old.FORMER_KEYS = []
    assert sealing.unseal(after, purpose="x") == b"new"
    with pytest.raises(sealing.Unsealable, match="a key that is not here"):
        sealing.unseal(before, purpose="x")


def test_a_sealed_thing_tells_which_key_it_needs_and_nothing_of_the_key(old):
    one, two = (sealing.seal(b"x", purpose="x", key=key) for key in (OLD, NEW))

    assert sealing.is_present(one)
    assert not sealing.is_present(two)
    assert OLD[:8] not in one


# Changing the key


def test_everything_is_sealed_again_and_then_the_old_key_is_not_needed(everything, old):
    """SR-85."""
    before = all_that_is_sealed()
    change(old)

    said = run()

    old.FORMER_KEYS = []
    after = all_that_is_sealed()
    assert len(after) == len(before) == 9
    assert all(map(sealing.is_present, after))
    assert everything_opens(everything)
    for name, number in {"drafts": 2, "files": 4, "authenticators": 1, "reports": 1}.items():
        assert f"{name}: {number} sealed again, 0 left" in said
    assert "Nothing here needs the former key any more" in said
    assert key_shares.fingerprint(OLD) in said


def test_the_report_says_how_long_back_ups_need_the_old_keys_paper(everything, old):
    change(old)

    said = run()

    until = timezone.localtime(KeyGeneration.objects.get(key=key_rotation.name_of(NEW)).done_at)
    assert f"{until + timedelta(days=35):%-d %B %Y}" in said
    assert "Then destroy it." in said


def test_until_all_is_done_the_old_key_is_said_to_be_needed(everything, old):
    change(old)

    looked = run("--status")
    key_rotation.work(seconds=-1)

    assert "files: 0 sealed again, 4 left" in looked
    assert "The former key is still needed" in looked
    assert not key_rotation.standing().is_done
    assert everything_opens(everything)


def test_the_worker_does_it_by_itself_a_part_at_a_time(everything, old):
    tasks.seal_again()
    untouched = all(sealed.startswith(sealing.head(OLD)) for sealed in all_that_is_sealed())
    change(old)

    tasks.seal_again()
    tasks.seal_again()

    assert untouched
    assert all(map(sealing.is_present, all_that_is_sealed()))
    assert key_rotation.standing().is_done


def test_only_one_at_a_time(everything, old, as_owner):
    with as_owner.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [resealing.LOCK])
        try:
            with pytest.raises(CommandError, match="Another process is at it"):
                run()
            tasks.seal_again()
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [resealing.LOCK])


def test_what_a_person_writes_in_the_same_moment_is_not_written_over(everything, old, monkeypatch):
    change(old)
    draft = everything["drafts"][0]
    real = sealing.unseal

    def and_meanwhile(sealed, *, purpose):
        if purpose == draft.purpose and not sealing.is_present(bytes(sealed)):
            draft.keep({"saw": ["later"]})
            Draft.objects.filter(pk=draft.pk).update(sealed=draft.sealed)
        return real(sealed, purpose=purpose)

    monkeypatch.setattr(resealing.sealing, "unseal", and_meanwhile)
    run()
    monkeypatch.undo()

    assert Draft.objects.get(pk=draft.pk).answers() == {"saw": ["later"]}
    assert key_rotation.standing().is_done


def test_a_file_that_is_taken_away_in_the_same_moment_does_not_come_back(
    everything, old, monkeypatch
):
    """What was lawfully erased, or taken back, must not be on the disk again."""
    change(old)
    upload = everything["files"][0]
    path = project.FILES_DIR / upload.stored_as[:2] / upload.stored_as
    real = Path.rename

    def and_meanwhile(self, target):
        if target == path:
            with walls.acting_in(upload.school_id):
                Upload.objects.filter(pk=upload.pk).delete()
            files.forget(upload.stored_as)
        return real(self, target)

    monkeypatch.setattr(Path, "rename", and_meanwhile)
    run()

    assert not path.exists()
    assert [p for p in path.parent.iterdir() if p.name.startswith(".")] == []


def test_what_no_key_opens_is_named_and_holds_nothing_up(everything, old):
    path = next(project.FILES_DIR.glob("[0-9a-f][0-9a-f]/*"))
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    change(old)

    said = run()

    assert "files: 3 sealed again, 0 left, 1 that no key opens" in said
    assert "Nothing here needs the former key any more" in said


def test_each_place_in_which_something_is_sealed_is_sealed_again_or_is_gone_in_an_hour():
    """A new place in the code has to be entered here, and in its app's `resealed` module."""
    found = set()
    for path in project.BASE_DIR.glob("*/**/*.py"):
        inside = path.relative_to(project.BASE_DIR)
        if inside.parts[0] in {"tests", "var", "build", "node_modules"} or ".venv" in inside.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "sealing.seal":
                found.add(str(inside))
    kept = {"accounts/totp.py", "accounts/kept_words.py"}
    kept |= {"incidents/drafts.py", "incidents/files.py"}
    kept |= {"reports/files.py", "reports/models.py", "safeguard/resealing.py"}
    on_a_page = {"accounts/authenticator.py", "accounts/views_staff_import.py"}
    in_a_back_up = {"records/manifest.py"}

    assert found == kept | on_a_page | in_a_back_up
    assert {store.name for store in resealing.STORES} == {
        *("authenticators", "words not sent", "drafts", "other windows' words"),
        *("names of waiting files", "files", "report drafts", "reports"),
    }
    columns = {
        (model.__name__, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.BinaryField) and field.name.startswith("sealed")
    }
    rows = [store for store in resealing.STORES if isinstance(store, resealing.Rows)]
    assert {(store.model.__name__, store.column) for store in rows} == columns


# Killed between any two steps

KILLED = """
    import os, sys
    from pathlib import Path
    os.environ |= {"SAFEGUARD_EMBEDDED": "off", "DJANGO_SETTINGS_MODULE": "safeguard.settings"}
    import django
    django.setup()
    from django.conf import settings
    from safeguard import failpoints, resealing, sealing
    from records import key_rotation
    failpoints._holds_invented_data = lambda: True
    settings.FAILPOINTS = sys.argv[1]
    settings.FILES_KEY, settings.FORMER_KEYS = b"n" * 32, [b"o" * 32]
    what, where = sys.argv[2], Path(sys.argv[3])
    if what == "file":
        resealing.reseal_file(where, "p")
    else:
        key_rotation.change_in_trial(where)
"""


def killed_at(point: str, what: str, where: Path) -> int:
    command = [sys.executable, "-c", textwrap.dedent(KILLED), f"{point}=kill", what, str(where)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    environment["SAFEGUARD_VAR"] = str(where.parent.parent / "elsewhere")
    return subprocess.run(command, cwd=project.BASE_DIR, env=environment, check=False).returncode


@pytest.mark.parametrize("point", ["reseal.after_write", "reseal.after_rename", "nowhere"])
def test_a_kill_at_any_step_leaves_a_whole_file_and_the_next_run_ends_it(tmp_path, old, point):
    """SR-85: kill -9, and the file opens with the keys that are kept."""
    path = tmp_path / "f" / ("a" * 64)
    path.parent.mkdir()
    path.write_bytes(sealing.seal(b"every word", purpose="p", key=OLD))
    os.utime(path, (1_000_000_000, 1_000_000_000))

    ended = killed_at(point, "file", path)
    change(old)
    after = sealing.unseal(path.read_bytes(), purpose="p")
    again = resealing.reseal_file(path, "p")

    assert ended == (0 if point == "nowhere" else -9)
    assert after == b"every word"
    assert again == Outcome.DONE
    assert sealing.is_present(path.read_bytes())
    assert sealing.unseal(path.read_bytes(), purpose="p") == b"every word"
    assert list(path.parent.iterdir()) == [path]
    assert path.stat().st_mtime == 1_000_000_000
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("point", ["rotate.after_former", "rotate.after_key", "nowhere"])
def test_a_kill_while_a_trials_key_is_changed_loses_no_key(tmp_path, point):
    folder = tmp_path / "var" / "trial"
    folder.mkdir(parents=True)
    before = base64.urlsafe_b64encode(OLD).decode().rstrip("=")
    (folder / "files-key").write_text(before)
    (folder / "files-key").chmod(0o600)

    killed_at(point, "trial", folder)
    present = (folder / "files-key").read_text()
    former = (folder / "files-key-former").read_text().split()

    assert before in {present, *former}
    assert (present == before) == (point == "rotate.after_former")
    assert former == [before]
    for path in folder.iterdir():
        assert path.stat().st_mode & 0o777 == 0o600


def test_what_a_killed_run_has_left_beside_a_file_is_tidied_away(everything, old):
    path = next(project.FILES_DIR.glob("[0-9a-f][0-9a-f]/*"))
    left = path.with_name(f".{path.name}.again")
    left.write_bytes(b"half")
    os.utime(left, (1, 1))

    orphans.forget(timezone.now())

    assert not left.exists()
    assert path.exists()


def test_broken_off_after_each_item_it_goes_on_and_everything_opens_all_the_while(
    everything, old, monkeypatch
):
    """However often it is broken off: each run does at least one thing more."""
    change(old)
    left = [resealing.count().left]
    real = resealing._pass

    def one_only(store, until):
        counts, pending = resealing.Counts(), list(store.pending())
        if pending and not done:
            done.append(pending[0]())
            counts.done = 1
        counts.left = len(list(store.pending()))
        return counts

    monkeypatch.setattr(resealing, "_pass", one_only)
    while left[-1]:
        done: list = []
        resealing.reseal()
        assert everything_opens(everything)
        left.append(resealing.count().left)
    monkeypatch.setattr(resealing, "_pass", real)

    assert all(after == before - 1 for before, after in pairwise(left))
    run()
    assert key_rotation.standing().is_done


# Making a new key


@pytest.fixture
def in_production(settings):
    settings.TRYING_OUT = False
    return settings


def test_a_new_key_is_written_beside_the_old_one_and_nothing_changes_yet(
    old, in_production, tmp_path
):
    said = run("--begin", str(tmp_path / "new"))

    lines = dict(line.split("=", 1) for line in (tmp_path / "new").read_text().splitlines())
    new = base64.b64decode(lines["SAFEGUARD_KEY"].strip("'"))
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o600
    assert lines["SAFEGUARD_FORMER_KEYS"] == f"'{base64.b64encode(OLD).decode()}'"
    assert len(new) == 32
    assert new != OLD
    assert key_shares.fingerprint(new) in said
    assert lines["SAFEGUARD_KEY"].strip("'") not in said
    assert project.FILES_KEY == OLD


def test_the_new_key_can_be_put_on_paper_before_it_is_used(old, in_production, tmp_path):
    run("--begin", str(tmp_path / "new"))
    said = io.StringIO()

    call_command("key_shares", tmp_path / "pages", of=tmp_path / "new", stdout=said)

    new = key_rotation.key_in(tmp_path / "new")
    assert new != OLD
    page = (tmp_path / "pages" / "share-1.txt").read_text()
    assert key_shares.fingerprint(new) in page
    assert "Shares of the former key stay needed" in said.getvalue()


def test_a_second_change_is_not_begun_before_the_first_is_done(old, in_production, tmp_path):
    change(old)

    with pytest.raises(CommandError, match="being changed already"):
        run("--begin", str(tmp_path / "new"))
    assert not (tmp_path / "new").exists()


def test_no_key_is_written_over_another(old, in_production, tmp_path):
    (tmp_path / "new").write_text("a key")

    with pytest.raises(CommandError, match="never written over another"):
        run("--begin", str(tmp_path / "new"))
    assert (tmp_path / "new").read_text() == "a key"


def test_the_drill_with_papers_knows_the_former_key(old, monkeypatch):
    change(old)
    one, two, _ = key_shares.split(OLD)
    lines = []
    for share in (one, two):
        words = share.split()
        lines += [" ".join(words[at : at + 3]) for at in range(0, 33, 3)]
    typed = "".join(f"{line}\n" for line in [*lines, key_shares.fingerprint(OLD)])
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    said = io.StringIO()

    call_command("key_from_shares", check=True, stdout=said)

    assert "a former key of this installation" in said.getvalue()


# Back-ups


def test_a_back_up_made_meanwhile_is_restored_only_with_both_keys(old):
    change(old)
    made = manifest.Manifest(
        made_at=timezone.now().isoformat(),
        postgres=18,
        migrations=[],
        roles=[],
        counts={},
        ledger=[],
        sealed_probe=manifest.sealed_probe(),
        former_probes=manifest.former_probes(),
    )
    read = manifest.Manifest.from_bytes(made.to_bytes())

    opens = {}
    for name, (key, former) in {
        "both": (NEW, [OLD]),
        "the other way": (OLD, [NEW]),
        "new alone": (NEW, []),
        "old alone": (OLD, []),
        "another": (OTHER, [OLD]),
    }.items():
        old.FILES_KEY, old.FORMER_KEYS = key, former
        opens[name] = read.opens_with_our_key()

    assert opens == {
        "both": True,
        "the other way": True,
        "new alone": False,
        "old alone": False,
        "another": False,
    }


def test_the_list_of_a_back_up_of_before_is_read_as_it_was(old):
    said = json.loads(
        manifest.Manifest(
            made_at=timezone.now().isoformat(),
            postgres=18,
            migrations=[],
            roles=[],
            counts={},
            ledger=[],
            sealed_probe=manifest.sealed_probe(),
        ).to_bytes()
    )
    del said["former_probes"]

    assert manifest.Manifest.from_bytes(json.dumps(said).encode()).opens_with_our_key()


# What those who run it are told


def fact():
    group = next(one for one in status.groups(timezone.now()) if one.title == "Files")
    return next(one for one in group.facts if one.name == "Key")


def test_status_says_how_far_the_change_is_and_when_a_key_is_missing(everything, old):
    before = fact()
    change(old)
    key_rotation.note()
    under_way = fact()
    old.FORMER_KEYS = []
    missing = fact()
    old.FORMER_KEYS = [OLD]
    run()
    done = fact()
    old.FORMER_KEYS = []
    let_go = fact()

    assert (before.state, let_go.state) == (status.State.WELL, status.State.WELL)
    assert key_shares.fingerprint(OLD) in before.says
    assert key_shares.fingerprint(NEW) in let_go.says
    assert under_way.state == done.state == status.State.NOTICE
    assert "is being sealed again" in under_way.says
    assert "Everything is sealed under it" in done.says
    assert missing.state == status.State.BAD
    assert "that key is not here" in missing.says


def test_a_third_key_asks_for_the_second_and_not_for_the_first(everything, old):
    change(old)
    run()
    old.FILES_KEY, old.FORMER_KEYS = OTHER, [NEW]
    key_rotation.note()

    assert key_rotation.standing().is_known
    run()
    assert everything_opens(everything)
    old.FORMER_KEYS = []
    assert key_rotation.standing().is_known
