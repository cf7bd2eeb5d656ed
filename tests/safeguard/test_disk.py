"""A disk that fills takes files away first, then reports and imports, and words never."""

from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from incidents import files
from incidents.file_types import FileRefused
from incidents.models import Incident, Upload
from pupils.importing import ImportRun, apply_differences, find_differences
from reports.models import Report, ReportDraft
from safeguard import disk
from safeguard.disk import GIB, NoRoom, Room, room_of
from safeguard.status import State
from tests import factories
from tests.incidents.samples import png, sent
from tests.pupils.exports import BEN, export_of
from tests.reports.story import ask, make

DISK = 100 * GIB


@pytest.fixture
def fill(monkeypatch):
    """Leave so many per cent of a disk of 100 GB."""

    def leave(percent: float) -> None:
        monkeypatch.setattr(disk, "measure", lambda folder: (DISK, int(DISK * percent / 100)))

    return leave


@pytest.mark.parametrize(
    ("free", "room"),
    [
        (150, Room.PLENTY),
        (149, Room.LOW),
        (80, Room.LOW),
        (79, Room.NO_FILES),
        (30, Room.NO_FILES),
        (29, Room.WORDS_ONLY),
        (10, Room.WORDS_ONLY),
        (9, Room.NONE),
        (0, Room.NONE),
    ],
)
def test_the_watermarks_are_at_15_8_3_and_1_per_cent(free, room):
    """P12."""
    assert room_of(free=free, total=1000) == room


def test_a_few_per_cent_of_a_very_large_disk_are_plenty():
    assert room_of(free=100 * GIB, total=4000 * GIB) == Room.PLENTY
    assert room_of(free=2 * GIB, total=4000 * GIB) == Room.WORDS_ONLY


def test_a_file_is_refused_below_8_per_cent_and_says_that_the_words_are_safe(ada, fill):
    fill(7.9)

    with pytest.raises(FileRefused, match=r"“coat.png” was not added.*What you typed is safe"):
        files.keep(by=ada, draft=uuid4(), sent=sent("coat.png", png()))

    fill(8.1)
    files.keep(by=ada, draft=uuid4(), sent=sent("coat.png", png()))
    assert Upload.objects.count() == 1


def test_words_are_recorded_on_a_disk_that_is_nearly_full(ada, sam, fill):
    """P12, FI-13."""
    fill(0.5)

    factories.incident(ada, sam)

    assert Incident.objects.count() == 1


def test_the_words_of_a_form_stay_when_its_file_is_refused(ada, sam, open_as, fill):
    fill(5)
    draft, client = uuid4(), open_as(ada)
    typed = {"saw": "Sam sat alone at lunch.", "pupil": str(sam.pk), "files": sent("a.png", png())}

    page = client.post(reverse("edit-draft", args=[draft]), typed, follow=True).content.decode()

    assert "Sam sat alone at lunch." in page
    assert "nearly full" in page
    assert not Upload.objects.exists()


def test_a_report_is_refused_below_3_per_cent_and_its_answers_stay(dee, sam, open_as, fill):
    fill(2.9)
    client = open_as(dee.elevated())
    url = reverse("conference-report", args=[sam.pk])
    asked = {"reason": "Conference", "ask": "1"}

    with pytest.raises(NoRoom, match="No report can be made now"):
        ask(dee, sam)
    answer = client.post(url, asked)

    assert answer.status_code == 200
    assert not Report.objects.exists()
    assert not ReportDraft.objects.exists()


def test_a_report_that_was_asked_for_fails_with_a_reason_when_the_disk_has_filled(dee, sam, fill):
    report = ask(dee, sam)
    fill(2.9)

    made = make(report)

    assert made.state == Report.State.FAILED
    assert "nearly full" in made.problem
    fill(50)
    assert make(ask(dee, sam)).state == Report.State.READY


def test_an_import_writes_nothing_below_3_per_cent(max_, fill):
    export = export_of(BEN)
    shown = find_differences(by=max_, export=export)
    fill(2.9)

    with pytest.raises(NoRoom, match="Nothing was imported"):
        apply_differences(by=max_, export=export, shown=shown)

    assert not ImportRun.objects.exists()


def test_the_disk_is_really_measured(settings, monkeypatch):
    monkeypatch.undo()

    measured = disk.volumes()

    assert measured
    assert all(0 < volume.free <= volume.total for volume in measured)
    names = ", ".join(volume.holds for volume in measured).lower()
    assert "files of incidents" in names
    assert "temporary files" in names


def test_the_databases_disk_is_watched_where_it_is_named(settings, tmp_path):
    settings.DATABASE_FOLDER = str(tmp_path / "data" / "not-made-yet")

    assert "the database" in ", ".join(volume.holds for volume in disk.volumes())


def test_a_folder_that_cannot_be_looked_at_refuses_nothing_and_is_said(ada, settings, tmp_path):
    """P12: a mount that went stale, or a folder of another user's, is no reason to lose a file."""
    (tmp_path / "round").symlink_to(tmp_path / "round")
    settings.DATABASE_FOLDER = str(tmp_path / "round" / "data")

    files.keep(by=ada, draft=uuid4(), sent=sent("coat.png", png()))
    said = {fact.name: fact for fact in disk.facts(timezone.now())}

    assert Upload.objects.count() == 1
    assert "could not be looked at" in said["The database"].says
    assert said["The database"].state == State.BAD
    assert said["The database"].do
    assert any("iles of incidents" in name for name in said)


@pytest.mark.parametrize("percent", [50, 5])
def test_a_disk_that_cannot_be_measured_does_not_hide_how_full_the_others_are(
    settings, monkeypatch, tmp_path, percent
):
    full = (DISK, int(DISK * percent / 100))

    def measured(folder):
        if folder == tmp_path:
            raise PermissionError(13, "Permission denied")
        return full

    monkeypatch.setattr(disk, "measure", measured)
    settings.VAR_DIR = tmp_path

    assert disk.room() == room_of(total=full[0], free=full[1])
