"""Whether a school's staff hear that a colleague has recorded about the same child today.

It is off until somebody proposes it and a second person agrees, since it tells staff of records that
they may not read (SR-48); one person turns it off, at once.
"""

from django.db import transaction

from accounts import lowering
from accounts.models import School, SettingProposal
from accounts.permissions import Permission
from accounts.viewer import Viewer
from ledger.recording import record_change

OF_THE_SCHOOL = "school"
TELLS = "tells_of_colleagues"


def change(*, by: Viewer, tells: bool) -> lowering.Changed:
    """Stop telling, from the next click on; or propose that staff are told."""
    by.require(Permission.APPROVE_RIGHTS)
    with transaction.atomic():
        school = School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        if tells == school.tells_of_colleagues:
            return lowering.Changed()
        if not tells:
            _set(by, school, tells=False)
            return lowering.Changed()
        waits = lowering.propose(
            by=by, setting=lowering.Setting.TELLING, of=OF_THE_SCHOOL, lowered=[TELLS]
        )
    return lowering.Changed(waits)


def lower(*, by: Viewer, proposal: SettingProposal) -> None:
    """Tell staff, as two people agreed."""
    school = School.objects.select_for_update(no_key=True).get(pk=proposal.school_id)
    _set(by, school, tells=True)


def lowered_in_words(proposal: SettingProposal) -> str:
    """Say what staff would hear."""
    return "Staff hear that a colleague has recorded something about the same pupil today"


def _set(by: Viewer, school: School, *, tells: bool) -> None:
    school.tells_of_colleagues = tells
    school.save(update_fields=[TELLS])
    body = {"setting": "telling of colleagues", "tells": tells}
    record_change(by=by, obj=school.pk, body=body)
