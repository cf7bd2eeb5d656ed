"""Recording that a safeguarding status began or ended."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ledger.models import AccessEntry
from pupils import services
from pupils.models import StatusChange
from safeguard.append_only import ImmutableRow
from safeguard.errors import NotAllowed
from tests import factories

pytestmark = pytest.mark.django_db

CIN = StatusChange.Kind.CHILD_IN_NEED
STARTED, ENDED = StatusChange.Change.STARTED, StatusChange.Change.ENDED


def record(by, pupil, **said) -> StatusChange:
    return services.record_status(
        by=by,
        pupil=pupil,
        kind=said.pop("kind", CIN),
        change=said.pop("change", STARTED),
        on_date=said.pop("on_date", date(2026, 1, 5)),
        **said,
    )


def in_force(pupil, day: date) -> list[str]:
    rows = StatusChange.objects.filter(pupil=pupil).in_force(day)
    return sorted(rows.values_list("kind", flat=True))


def address(pupil) -> str:
    return reverse("record-status", args=[pupil.pk])


def answers(**said) -> dict:
    return {"kind": "child_in_need", "change": "started", "on_date": "2026-01-05"} | said


def test_a_status_is_kept_with_its_authority_worker_and_note(dee, sam):
    row = record(
        dee.elevated(), sam, authority="Ashford", worker="Jo Bright", note="Category: neglect."
    )

    row.refresh_from_db()
    assert (row.pupil, row.kind, row.change, row.on_date) == (sam, CIN, STARTED, date(2026, 1, 5))
    assert (row.authority, row.worker, row.note) == ("Ashford", "Jo Bright", "Category: neglect.")
    assert row.by == dee.user


@pytest.mark.parametrize("name", ["dee", "dan", "hal"])
def test_leads_record_a_status_once_elevated(request, granted, sam, name):
    viewer = request.getfixturevalue(name)

    with pytest.raises(NotAllowed):
        record(viewer, sam)
    record(viewer.elevated(), sam)

    assert StatusChange.objects.get().by == viewer.user


@pytest.mark.parametrize("name", ["ada", "tess", "pat", "sen", "sal", "gus", "max_", "ivy", "una"])
def test_nobody_else_records_a_status(request, sam, name):
    viewer = request.getfixturevalue(name)

    for one in (viewer, viewer.elevated()):
        with pytest.raises(NotAllowed):
            record(one, sam)

    assert not StatusChange.objects.exists()


def test_a_day_that_has_not_come_is_refused(dee, sam):
    tomorrow = timezone.localdate() + timedelta(days=1)

    with pytest.raises(services.NotYetThatDay):
        record(dee.elevated(), sam, on_date=tomorrow)
    record(dee.elevated(), sam, on_date=timezone.localdate())


def test_saying_the_same_twice_is_one_row(granted, dee, dan, sam):
    first = record(dee.elevated(), sam)
    again = record(dee.elevated(), sam)
    record(dan.elevated(), sam)
    record(dee.elevated(), sam, worker="Jo Bright")

    assert again == first
    assert StatusChange.objects.count() == 3


def test_a_status_is_never_changed_or_deleted(dee, sam):
    row = record(dee.elevated(), sam)

    with pytest.raises(ImmutableRow):
        row.save()
    with pytest.raises(ImmutableRow):
        row.delete()
    with pytest.raises(ImmutableRow):
        StatusChange.objects.update(note="x")


def test_what_holds_on_a_day_follows_the_last_change_before_it(dee, sam, rosa):
    lead = dee.elevated()
    record(lead, sam, on_date=date(2026, 1, 5))
    record(lead, sam, change=ENDED, on_date=date(2026, 3, 1))
    record(lead, sam, kind=StatusChange.Kind.EHCP, on_date=date(2026, 2, 1))
    record(lead, rosa, kind=StatusChange.Kind.YOUNG_CARER, on_date=date(2026, 1, 1))
    record(lead, sam, on_date=date(2026, 5, 1))

    assert in_force(sam, date(2026, 1, 4)) == []
    assert in_force(sam, date(2026, 1, 5)) == ["child_in_need"]
    assert in_force(sam, date(2026, 2, 28)) == ["child_in_need", "ehcp"]
    assert in_force(sam, date(2026, 3, 1)) == ["ehcp"]
    assert in_force(sam, date(2026, 5, 1)) == ["child_in_need", "ehcp"]


def test_of_two_changes_on_one_day_the_one_recorded_last_counts(dee, sam):
    lead = dee.elevated()
    record(lead, sam)
    record(lead, sam, change=ENDED)

    assert in_force(sam, date(2026, 1, 5)) == []


def test_a_change_recorded_late_takes_its_place_by_its_day(dee, sam):
    lead = dee.elevated()
    record(lead, sam, change=ENDED, on_date=date(2026, 3, 1))
    record(lead, sam, change=STARTED, on_date=date(2026, 1, 5))

    assert in_force(sam, date(2026, 4, 1)) == []


@pytest.mark.parametrize(
    ("name", "strength", "sees"),
    [
        *(("dee", 2, True), ("pat", 2, True), ("dee", 1, False), ("ada", 2, False)),
        *(("una", 2, False), ("gus", 2, False), ("max_", 2, False)),
    ],
)
def test_who_sees_statuses(request, granted, dee, sam, name, strength, sees):
    record(dee.elevated(), sam)
    viewer = request.getfixturevalue(name)
    viewer = viewer.elevated() if strength == 2 else viewer

    assert StatusChange.objects.visible_to(viewer).exists() is sees


@pytest.mark.parametrize(
    ("name", "elevated", "status"),
    [
        *(("dee", True, 200), ("dee", False, 302), ("hal", True, 200), ("sal", True, 404)),
        *(("pat", True, 404), ("ada", False, 404), ("una", True, 404), ("max_", True, 404)),
    ],
)
def test_who_opens_the_form(request, sam, open_as, name, elevated, status):
    viewer = request.getfixturevalue(name)
    client = open_as(viewer.elevated() if elevated else viewer)

    assert client.get(address(sam)).status_code == status
    if status != 200:
        assert client.post(address(sam), answers()).status_code == status
        assert not StatusChange.objects.exists()


def test_the_form_records_and_returns_to_the_chronology(dee, sam, open_as):
    answer = open_as(dee.elevated()).post(
        address(sam), answers(on_date="5/1/2026", authority="Ashford", worker="Jo", note="New.")
    )

    assert answer["Location"] == reverse("chronology", args=[sam.pk])
    row = StatusChange.objects.get()
    assert (row.on_date, row.authority, row.worker, row.note) == (
        date(2026, 1, 5),
        "Ashford",
        "Jo",
        "New.",
    )


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("kind", "", "Choose the status"),
        ("change", "", "Say whether it started or ended"),
        ("on_date", "", "Give the day"),
        ("on_date", "soon", "Give the day as a date, like 7/9/2026"),
        ("on_date", "2999-01-01", "Give a day that is not in the future"),
        ("note", "x" * 2001, "2000"),
    ],
)
def test_errors_are_said_and_what_was_typed_is_kept(dee, sam, open_as, field, value, says):
    answer = open_as(dee.elevated()).post(
        address(sam), answers(worker="Jo Bright, 01632 960 111") | {field: value}
    )

    page = answer.content.decode()
    assert says in page
    assert "Jo Bright, 01632 960 111" in page
    assert not StatusChange.objects.exists()


def test_the_title_of_the_page_names_no_child(dee, sam, open_as):
    page = open_as(dee.elevated()).get(address(sam)).content.decode()

    assert "Sam" not in page[page.index("<title>") : page.index("</title>")]


@pytest.mark.django_db(transaction=True)
def test_recording_a_status_is_on_record(dee, sam, open_as):
    factories.pupil(sam.school, "Rosa Diaz")
    client = open_as(dee.elevated())

    client.get(address(sam))
    client.post(address(sam), answers())

    logged = AccessEntry.objects.order_by("recorded_at").values_list("event", "pupil", "target")
    assert list(logged) == [
        ("status.form", sam.pk, sam.pk),
        ("status.recorded", sam.pk, StatusChange.objects.get().pk),
    ]


def test_what_was_typed_comes_back_when_elevated_access_had_ended(dee, sam, open_as):
    """SR-19: it is not recorded, and not lost either; the page tells how to send it again."""
    client = open_as(dee)
    typed = answers(note="Ended by the court today.", worker="Jo")

    page = client.post(address(sam), typed, headers={"origin": "http://testserver"})

    words = page.content.decode()
    assert page.status_code == 403
    assert words.count("Ended by the court today.") == 2
    assert f'href="{reverse("elevate")}"' in words
    assert f'action="{address(sam)}"' in words
    assert not StatusChange.objects.exists()


def test_nothing_comes_back_to_somebody_who_may_not_elevate(ada, sam, open_as):
    client, typed = open_as(ada), answers(note="Ended by the court today.")

    page = client.post(address(sam), typed, headers={"origin": "http://testserver"})

    assert page.status_code == 404
    assert "Ended by the court" not in page.content.decode()
