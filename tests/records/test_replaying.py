"""Erased stays erased: broken off, killed, and restored from a back-up of before."""

import json
import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings as configured
from django.core.management import call_command
from django.db import connections

from incidents.models import Action, Incident
from ledger.bodies import entry_id
from ledger.models import Entry, Kind, SealedBody
from records import disposal as disposals
from records import services
from records.models import Disposal, Erasure
from tests import factories
from tests.records import telling
from tests.records.putting_back import Backup
from tests.records.test_erasing import forged

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_was_erased_after_the_back_up_is_erased_again(
    ada, lead, sam, rosa, team, disposed, as_owner
):
    """P13, FI-28: from the list in the archive, with an entry that says so."""
    incident = telling.everything(ada, lead, sam, rosa)
    other = factories.incident(ada, sam)
    backup = Backup(as_owner)
    disposal = disposed(incident)
    backup.restore()
    assert Incident.objects.get(pk=incident.pk).saw == telling.word("saw")

    replayed = disposals.replay(disposals.listed_in_archive(), [])

    assert replayed == 1
    assert Incident.objects.get(pk=incident.pk).saw == "Disposed of under rule cp-dob25"
    assert not Action.objects.filter(incident=incident, narrative__contains="Canary").exists()
    assert Incident.objects.get(pk=other.pk).saw == other.saw
    said = json.loads(bytes(Entry.objects.get(pk=entry_id(Kind.DISPOSAL, disposal.pk)).entry))
    assert (said["rule"], said["via"]) == ("replayed", "SYS")
    before = disposals.listed_in_archive()[0].entry
    assert (said["actor"], said["approver"]) == (before["actor"], before["approver"])
    assert Disposal.objects.get().rule == "cp-dob25"


def test_a_hold_in_the_back_up_and_a_forged_entry_stop_no_other_and_are_told(
    ada, lead, head, sam, rosa, disposed, as_owner
):
    """P13, FI-28, E9: a restore is carried through, and says what is left to do."""
    held, other = factories.incident(ada, rosa), factories.incident(ada, sam)
    services.place_hold(by=head, pupil=rosa, reason="Inquiry")
    false = forged(lead, sam, factories.incident(ada, sam))
    false.save()
    backup = Backup(as_owner)
    services.lift_hold(by=head, pupil=rosa, reason="Over")
    with pytest.raises(disposals.NotErased):
        disposed(held)
    with pytest.raises(disposals.NotErased):
        disposed(other)
    first = Disposal.objects.get(incidents=[held.pk])
    backup.restore()
    problems: list[str] = []

    assert disposals.replay(disposals.listed_in_archive(), problems) == 2

    assert Incident.objects.get(pk=other.pk).saw.startswith("Disposed of")
    assert Incident.objects.get(pk=held.pk).saw == held.saw
    refused, waiting = problems
    assert str(false.obj) in refused
    assert f"{first.pk}: not erased again, since a legal hold" in waiting


def test_replaying_twice_replays_once(ada, lead, sam, disposed, as_owner):
    incident = factories.incident(ada, sam)
    backup = Backup(as_owner)
    disposed(incident)
    backup.restore()

    assert disposals.replay(disposals.listed_in_archive(), []) == 1
    assert disposals.replay(disposals.listed_in_archive(), []) == 0
    assert Erasure.objects.count() == 1
    assert len(disposals.listed_in_archive()) == 1


def test_a_back_up_between_the_approval_and_the_erasing_is_carried_out(
    ada, sam, approved, archive, as_owner
):
    """FI-27, FI-28: the entry is in it, the erasing is not."""
    incident = factories.incident(ada, sam)
    approved(incident)
    backup = Backup(as_owner)
    disposals.erase_waiting()
    backup.restore()

    assert disposals.replay(disposals.listed_in_archive(), []) == 0

    assert Incident.objects.get(pk=incident.pk).saw.startswith("Disposed of")


def test_what_came_after_the_back_up_and_was_erased_needs_nothing(ada, sam, disposed, as_owner):
    factories.incident(ada, sam)
    backup = Backup(as_owner)
    disposed(factories.incident(ada, sam))
    backup.restore()

    assert disposals.replay(disposals.listed_in_archive(), []) == 0
    assert not SealedBody.objects.filter(kind=Kind.DISPOSAL).exists()


def test_the_list_holds_numbers_and_random_ids_and_nothing_about_anybody(
    ada, lead, sam, rosa, team, disposed, archive
):
    """E6: it lies in the archive for years."""
    disposal = disposed(telling.everything(ada, lead, sam, rosa))

    text = (archive / "oak-lane" / "disposals.jsonl").read_text()

    line = json.loads(text)
    assert line["obj"] == str(disposal.pk)
    assert line["entry"]["targets"]
    for secret in ("Sam", "Rosa", "Dee", "25 years", str(sam.pk), str(lead.user_id)):
        assert secret not in text


def test_a_line_that_a_power_cut_tore_is_written_again(ada, sam, approved, archive):
    disposal = approved(factories.incident(ada, sam))
    path = archive / "oak-lane" / "disposals.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text('{"entry": {"actor": "u-')

    assert disposals.erase_waiting() == [disposal.pk]

    assert [one.obj for one in disposals.listed_in(path)] == [disposal.pk]


def test_a_line_torn_just_behind_a_brace_stops_nothing(ada, sam, approved, disposed, archive):
    first = disposed(factories.incident(ada, sam))
    path = archive / "oak-lane" / "disposals.jsonl"
    whole = path.read_text()
    path.write_text(whole + '{"entry": {"actor": "u-7"}')
    second = approved(factories.incident(ada, sam))

    assert disposals.erase_waiting() == [second.pk]

    assert [one.obj for one in disposals.listed_in(path)] == [first.pk, second.pk]
    assert path.read_text().startswith(whole)


def test_a_last_line_that_only_lacks_its_end_counts(ada, sam, approved, disposed, archive):
    first = disposed(factories.incident(ada, sam))
    path = archive / "oak-lane" / "disposals.jsonl"
    path.write_text(path.read_text().rstrip("\n"))
    assert [one.obj for one in disposals.listed_in(path)] == [first.pk]
    second = approved(factories.incident(ada, sam))
    disposals.erase_waiting()

    assert [one.obj for one in disposals.listed_in(path)] == [first.pk, second.pk]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_command_erases_again_what_a_list_names_and_the_ledger_lost(
    elsewhere, ada, sam, disposed, archive, as_owner, tmp_path, capsys
):
    """P13: also where the restore broke off before it came to that."""
    incident = factories.incident(ada, sam)
    backup = Backup(as_owner)
    disposed(incident)
    backup.restore()
    path = archive / "oak-lane" / "disposals.jsonl"
    if elsewhere:
        path = path.rename(tmp_path / "from the safe.jsonl")

    for _ in range(2):
        call_command("dispose", disposals=[path] if elsewhere else [], yes=True)

    assert Incident.objects.get(pk=incident.pk).saw.startswith("Disposed of")
    said = capsys.readouterr().out
    assert said.count("recorded again") == 1
    assert said.count(": erased.") == 1


def test_a_damaged_list_is_not_passed_over(archive):
    path = archive / "oak-lane" / "disposals.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text('{"obj": "no id", "seq": 1}\n')

    with pytest.raises(disposals.NotReplayed, match="Line 1"):
        disposals.listed_in(path)


KILLED = """
import os, signal, sys
import django
from django.conf import settings
django.setup()
from pathlib import Path
from django.db import connections
name = sys.argv[1]
for alias in ("default", "audit"):
    connections[alias].settings_dict["NAME"] = name
settings.ARCHIVE_DIR = Path(sys.argv[2])
from records import disposal
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[3] == "before the list":
    disposal.append = kill
elif sys.argv[3] == "before the erasing":
    real = disposal.append
    disposal.append = lambda one: (real(one), kill())
elif sys.argv[3] == "before the commit":
    import psycopg
    real_execute = psycopg.Connection.execute
    def execute(self, query, *args, **more):
        real_execute(self, query, *args, **more)
        if "records_erase" in str(query):
            kill()
    psycopg.Connection.execute = execute
disposal.erase_waiting()
"""


@pytest.mark.parametrize("moment", ["before the list", "before the erasing", "before the commit"])
def test_killed_at_any_point_the_next_run_completes(moment, ada, sam, approved, archive):
    """FI-27: a real process, a real kill -9; whole or not at all, and finished by the next run."""
    incident = factories.incident(ada, sam)
    disposal = approved(incident)

    killed = subprocess.run(
        [
            *(sys.executable, "-c", KILLED),
            *(connections["default"].settings_dict["NAME"], str(archive), moment),
        ],
        env=os.environ
        | {"SAFEGUARD_INSTANCE": "test", "DJANGO_SETTINGS_MODULE": "safeguard.settings"},
        cwd=configured.BASE_DIR,
        timeout=120,
        check=False,
    )

    assert killed.returncode == -signal.SIGKILL
    assert Incident.objects.get(pk=incident.pk).saw == incident.saw
    assert not Erasure.objects.exists()
    assert disposals.erase_waiting() == [disposal.pk]
    assert Incident.objects.get(pk=incident.pk).saw.startswith("Disposed of")
    assert len(disposals.listed_in_archive()) == 1
