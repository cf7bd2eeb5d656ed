"""A disk for files that is full: the file is refused, the words are recorded."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from incidents.models import Attachment, Incident, Upload
from tests.incidents.samples import sent
from tests.incidents.typing import answers, seen, send, submit

pytestmark = pytest.mark.django_db
KILOBYTES = 64
NOT_RUN = "not run: a small disk for files could not be mounted here"


@pytest.fixture
def small_disk(tmp_path, settings) -> Iterator[str]:
    """A disk of 64 KiB as the folder of files; the reason, where this machine refuses to mount."""
    settings.FILES_DIR = tmp_path / "small"
    settings.FILES_DIR.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={KILOBYTES}k", "tmpfs"]
    done = subprocess.run(
        [*command, settings.FILES_DIR], capture_output=True, text=True, check=False
    )
    mounted = settings.FILES_DIR
    yield f"{NOT_RUN} ({done.stderr.strip()})" if done.returncode else ""
    if not done.returncode:
        subprocess.run(["umount", mounted], check=True)


def is_full(folder: Path) -> bool:
    """Fill what is left; true when the disk says so."""
    try:
        (folder / "ballast").write_bytes(b"x" * KILOBYTES * 2048)
    except OSError:
        return True
    return False


def test_on_a_full_disk_the_file_is_refused_and_the_words_are_recorded(
    ada, dee, team, sam, open_as, settings, small_disk
):
    """FI-13, P12: one that is too large for what is left, and any on a disk that is full."""
    if small_disk:  # only who may mount can have a full disk: said, not passed over
        print(f"\n{small_disk}")  # noqa: T201
        assert small_disk.startswith(NOT_RUN)
        return
    client, first, second, third = open_as(ada), uuid4(), uuid4(), uuid4()
    typed = answers(ada, sam)
    small = b"What was seen on the stairs."

    page = send(client, typed, first, files=[sent("stairs.txt", small * 4000)])
    no_room = page.content.decode()
    kept, halves = Upload.objects.count(), list(settings.FILES_DIR.rglob("*.part"))
    submit(client, first, seen(client, first))
    send(client, typed, second, files=[sent("stairs.txt", small)])
    submit(client, second, seen(client, second))
    assert is_full(settings.FILES_DIR)
    send(client, typed, third, files=[sent("stairs.txt", small)])
    submit(client, third, seen(client, third))

    assert "the disk for files cannot take it now" in no_room
    assert (kept, halves) == (0, [])
    assert Incident.objects.count() == 3
    assert Attachment.objects.get().incident.submission == second


@pytest.fixture
def read_only_disk(tmp_path, settings) -> Iterator[str]:
    """A folder of files that nobody can write to; the reason, where this machine cannot make one."""
    settings.FILES_DIR = tmp_path / "read-only"
    settings.FILES_DIR.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", settings.FILES_DIR]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    yield f"{NOT_RUN} ({done.stderr.strip()})" if done.returncode else ""
    if not done.returncode:
        subprocess.run(["umount", settings.FILES_DIR], check=True)


def test_on_a_disk_that_cannot_be_written_to_the_file_is_refused_and_the_words_are_recorded(
    ada, dee, team, sam, open_as, read_only_disk
):
    """FI-15: a volume that was mounted read-only after an error (EROFS)."""
    if read_only_disk:
        print(f"\n{read_only_disk}")  # noqa: T201
        assert read_only_disk.startswith(NOT_RUN)
        return
    client, draft = open_as(ada), uuid4()

    page = send(client, answers(ada, sam), draft, files=[sent("stairs.txt", b"On the stairs.")])
    submit(client, draft, seen(client, draft))

    assert "the disk for files cannot take it now" in page.content.decode()
    assert (Incident.objects.count(), Upload.objects.count()) == (1, 0)


def test_without_room_for_what_is_being_sent_the_words_stay_on_the_page_and_are_recorded(
    ada, dee, team, sam, open_as, settings, small_disk, tmp_path
):
    """FI-16: what is larger than memory takes goes by way of the disk for what is under way."""
    if small_disk:
        print(f"\n{small_disk}")  # noqa: T201
        assert small_disk.startswith(NOT_RUN)
        return
    settings.FILE_UPLOAD_TEMP_DIR = settings.FILES_DIR
    settings.FILES_DIR = tmp_path / "files"
    large = sent("stairs.txt", b"What was seen. " * 250_000)
    client, draft = open_as(ada), uuid4()
    typed = answers(ada, sam)
    small = sent("lunch.txt", b"At lunch.")

    page = send(client, typed, draft, files=[large, small]).content.decode()
    submit(client, draft, seen(client, draft))

    assert "“stairs.txt” could not be kept: the disk for files cannot take it now" in page
    assert typed["saw"] in page
    assert Attachment.objects.get().name == "lunch.txt"
    assert not list(settings.FILE_UPLOAD_TEMP_DIR.iterdir())
