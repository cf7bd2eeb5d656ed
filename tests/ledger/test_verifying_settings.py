"""What is told of as a setting, each time anew, is what the last entry says it is (P11).

Who keeps checkpoints, grants by category, covers, conflicts of interest and teams stand in rows that
change, and what a school demands in the school's own; each change is taken down whole.
"""

from datetime import UTC, date, datetime
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts import bodies, demands, lowering, people, rights
from accounts.demands import Demand
from accounts.models import School
from accounts.permissions import Role
from accounts.viewer import viewer_for
from incidents import granting
from ledger.adopting import adopt_everything
from ledger.models import Entry, SealedBody
from ledger.verification import verify
from pupils import closeness
from records import keepers
from tests import factories
from tests.accounts.doors import app_for
from tests.ledger.histories import tamper

pytestmark = pytest.mark.django_db(transaction=True)


def found(school) -> list[dict]:
    return verify(school.pk, timezone.now()).findings.as_json()


def seq_of(obj: UUID) -> int:
    return Entry.objects.get(pk=SealedBody.objects.get(obj=obj, kind="setting.changed").pk).seq


@pytest.fixture
def settings_told(ada, dee, dan, hal, sam, oak):
    """One row of each such table, and the entry of it, made by the services."""
    adopt_everything()
    head, today = hal.elevated(), timezone.localdate()
    named = {"name": "Kit Moss", "part": "Chair", "address": "kit@example.org"}
    rows = {
        "keepers of checkpoints": keepers.add_keeper(by=head, submission=uuid4(), **named),
        "grants by category": granting.add_grant(
            by=head,
            category=factories.category(oak, "Attendance"),
            role=Role.TEACHER,
            parts=["see_incidents"],
            year_groups=["4"],
        ),
        "conflicts of interest": closeness.declare_conflict(
            by=head, user=ada.user, pupil=sam, kind="own_child"
        ),
        "teams around a child": closeness.join_team(
            by=dee.elevated(), pupil=sam, user=ada.user, part="Key worker"
        ),
        "who stands in for whom": rights.arrange_cover(
            by=head, absent=dee.user, deputy=dan.user, starts_on=today, ends_on=today
        ),
    }
    assert found(oak) == []
    return rows


ENDED = {
    "keepers of checkpoints": lambda by, row: keepers.end_keeper(by=by, keeper=row),
    "grants by category": lambda by, row: granting.end_grant(by=by, grant=row),
    "conflicts of interest": lambda by, row: closeness.end_conflict(by=by, conflict=row),
    "teams around a child": lambda by, row: closeness.leave_team(by=by, member=row),
    "who stands in for whom": lambda by, row: rights.end_cover(by=by, cover=row),
}
every_setting = pytest.mark.parametrize("name", ENDED)


@every_setting
def test_a_row_that_no_setting_tells_of_is_found(settings_told, oak, name):
    """P11: a keeper or a grant put into its table by hand, with the database's password."""
    row = settings_told[name]
    row.pk = uuid4()
    if name == "keepers of checkpoints":  # each address once
        row.address = "mal@example.org"
    row.save(force_insert=True)

    assert found(oak) == [{"code": "E_NO_ENTRY", "obj": str(row.pk), "rows": name}]
    call_command("adopt_records", stdout=StringIO())
    assert found(oak) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("keepers of checkpoints", {"address": "mal@example.org"}),
        ("keepers of checkpoints", {"ended_at": datetime(2026, 1, 1, tzinfo=UTC)}),
        ("grants by category", {"role": "governor"}),
        ("grants by category", {"act": True}),
        ("grants by category", {"year_groups": []}),
        ("grants by category", {"ends_on": date(2030, 1, 1)}),
        ("conflicts of interest", {"ends_on": date(2020, 1, 1)}),
        ("teams around a child", {"ends_on": date(2030, 1, 1)}),
        ("who stands in for whom", {"ends_on": date(2030, 1, 1)}),
    ],
)
def test_a_row_that_became_another_than_the_last_entry_says_is_found(
    settings_told, oak, name, change
):
    row = settings_told[name]
    type(row).objects.filter(pk=row.pk).update(**change)

    assert found(oak) == [
        {
            "code": "E_ROW",
            "ledger": "records/1",
            "obj": str(row.pk),
            "rows": name,
            "seq": seq_of(row.pk),
        }
    ]


@every_setting
def test_what_was_ended_stays_ended(settings_told, hal, oak, as_owner, name):
    """The last entry counts, not the first; and a row that is there again has none that says so."""
    row = settings_told[name]
    ENDED[name](hal.elevated(), row)
    assert found(oak) == []

    type(row).objects.filter(pk=row.pk).delete()
    row.save(force_insert=True)

    assert [(one["code"], one["rows"]) for one in found(oak)] == [("E_ROW", name)]


@every_setting
def test_a_row_that_was_taken_out_is_found(settings_told, oak, as_owner, name):
    row = settings_told[name]
    tamper(
        as_owner, row._meta.db_table, f"DELETE FROM {row._meta.db_table} WHERE id = %s", [row.pk]
    )

    assert [(one["code"], one["obj"]) for one in found(oak)] == [("E_ROW_GONE", str(row.pk))]


def by_hand(school, **fields) -> list[str]:
    """What is found once somebody has changed a school past the application."""
    School.objects.filter(pk=school.pk).update(**fields)
    return [one["code"] for one in found(school) if one["rows"] == "what schools demand"]


def test_what_a_school_demands_is_what_the_last_entry_says(oak, elm, dee, hal):
    """SR-19, P11: neither loosened nor set by hand with the database's password."""
    adopt_everything()
    for person in (dee, hal):
        app_for(person.user)
    assert by_hand(oak, requires_authenticator=True) == ["E_NO_ENTRY"]
    assert by_hand(oak, requires_authenticator=False) == []

    demands.change(by=dee.elevated(), demanded=[Demand.EVERYBODY])
    assert found(oak) == found(elm) == []
    assert by_hand(oak, requires_authenticator=False) == ["E_ROW_GONE"]
    assert by_hand(oak, requires_authenticator=True, requires_key=True) == ["E_ROW"]
    assert by_hand(oak, requires_key=False) == []

    lead = viewer_for(dee.user, School.objects.get(pk=oak.pk)).elevated()
    proposed = demands.change(by=lead, demanded=[]).waits
    lowering.approve(by=hal.elevated(), proposal=proposed, now=timezone.now())
    assert found(oak) == []
    assert by_hand(oak, requires_authenticator=True) == ["E_ROW"]


def test_every_demand_is_told_of():
    """A demand that the ledger knows nothing of could be dropped without a trace."""
    assert sorted(Demand.values) == sorted(bodies.DEMANDED)


def test_another_setting_of_the_same_key_does_not_stand_for_a_grant(oak, ada, hal):
    """A grant that took the key of something that other settings were told of has none itself."""
    people.change_person(by=hal.elevated(), user=ada.user, name="Ada Teach", job_title="Music")
    grant = factories.grant(oak, Role.TEACHER, "Attendance")
    taken = SealedBody.objects.filter(kind="setting.changed").first().obj
    type(grant).objects.filter(pk=grant.pk).update(id=taken)

    assert {"code": "E_NO_ENTRY", "obj": str(taken), "rows": "grants by category"} in found(oak)


def test_rows_of_one_key_in_two_tables_do_not_hide_each_other(settings_told, hal, oak):
    """The keeper's entry is the later one; the grant is compared with its own all the same."""
    grant = settings_told["grants by category"]
    named = {"name": "Mo Hart", "part": "DPO", "address": "mo@example.org"}
    keepers.add_keeper(by=hal.elevated(), submission=grant.pk, **named)
    type(grant).objects.filter(pk=grant.pk).update(role="governor")

    assert [(one["code"], one["rows"]) for one in found(oak)] == [("E_ROW", "grants by category")]
