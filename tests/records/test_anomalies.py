"""What is unusual in the access log: found by rules, read by the head, sent as numbers."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts import limits
from incidents.models import Alert
from ledger.access import record_access
from ledger.models import AccessEntry
from pupils import closeness
from pupils.models import Conflict
from records import anomalies, anomaly_mail, anomaly_page
from records.models import AnomalyFinding, AnomalyMail, AnomalyNote
from records.tasks import look_for_anomalies, prepare_anomaly_mail, send_waiting_anomaly_mail
from safeguard.errors import DomainError
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

TUESDAY = date(2026, 11, 24)
SUNDAY = date(2026, 11, 22)
Rule = AnomalyFinding.Rule


@pytest.fixture
def at(as_owner):
    """Return a function that puts looks on the log at a moment, as the owner of the clock."""

    def look(viewer, pupils, moment: datetime, event="incident.read", times=1) -> None:
        with as_owner.cursor() as owner:
            for number in range(times):
                owner.execute(
                    "SELECT set_config('safeguard.clock', %s, false)",
                    [(moment + timedelta(seconds=number)).isoformat()],
                )
                for pupil in pupils or [None]:
                    owner.execute(
                        'INSERT INTO ledger_accessentry (id, school, "user", event, pupil, target,'
                        " page, elevated, detail) VALUES (%s, %s, %s, %s, %s, NULL, '', true, '')",
                        [uuid4(), viewer.school_id, viewer.user_id, event, pupil and pupil.pk],
                    )
            owner.execute("RESET safeguard.clock")

    return look


def on(day: date, hour: int, minute: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def found(school, day=TUESDAY) -> dict[str, AnomalyFinding]:
    anomalies.look_for(school, day)
    rows = AnomalyFinding.objects.select_related("person", "school")
    return {row.rule: row for row in rows.filter(on_day=day)}


def alerted(viewer, by, *pupils) -> None:
    """Give somebody a part in these children, so that looking is not unusual by itself."""
    for pupil in pupils:
        factories.incident(by, pupil, alerted=[viewer.user])


def many(school, number: int) -> list:
    return [factories.pupil(school, f"Pupil Number{n}") for n in range(number)]


def test_more_than_thirty_pupils_in_an_hour_is_unusual_and_thirty_are_not(oak, dee, hal, at):
    """SR-16, SR-52."""
    children = many(oak, 31)
    for child in children:
        at(hal, [child], on(TUESDAY, 10, 5))
    for child in children[:30]:
        at(dee, [child], on(TUESDAY, 10, 5))

    anomalies.look_for(oak, TUESDAY)

    row = AnomalyFinding.objects.get(rule=Rule.MANY_PUPILS)
    assert (row.person, row.hour, row.pupils) == (hal.user, 10, 31)
    assert anomaly_page.in_a_sentence(row) == (
        "Hal Grant opened the records of 31 pupils between 10:00 and 11:00 on Tue 24 Nov 2026."
        " More than 30 in an hour is unusual."
    )


def test_more_than_three_hundred_views_in_an_hour_are_unusual(oak, hal, sam, at):
    """SR-16, SR-52."""
    at(hal, [sam], on(TUESDAY, 11), times=301)

    row = found(oak)[Rule.MANY_VIEWS]

    assert (row.hour, row.looks, row.pupils) == (11, 301, 1)


def test_a_list_of_many_and_what_is_being_written_are_no_looks_at_records(oak, dee, at):
    at(dee, many(oak, 31), on(TUESDAY, 22), event="review.read")
    at(dee, many(oak, 31), on(TUESDAY, 22), event="incident.add")

    assert found(oak) == {}


@pytest.mark.parametrize(
    ("day", "hour", "minute", "unusual"),
    [
        *((TUESDAY, 6, 59, True), (TUESDAY, 7, 0, False), (TUESDAY, 17, 59, False)),
        *((TUESDAY, 18, 0, True), (SUNDAY, 11, 0, True)),
    ],
)
def test_outside_school_hours_is_before_seven_from_six_and_at_weekends(
    day, hour, minute, unusual, oak, dee, ada, sam, at
):
    """SR-52."""
    alerted(dee, ada, sam)
    at(dee, [sam], on(day, hour, minute))

    assert (Rule.OUT_OF_HOURS in found(oak, day)) is unusual


def test_the_school_says_when_it_is_open(oak, dee, ada, sam, at):
    oak.closes_at = time(20)
    oak.save()
    alerted(dee, ada, sam)
    at(dee, [sam], on(TUESDAY, 19))

    assert found(oak) == {}


def test_a_look_at_a_colleagues_child_is_listed_and_the_parents_denials_are_not(
    oak, dee, ada, eli, sam, rosa, at
):
    """SR-52: T3, the curious colleague."""
    closeness.declare_conflict(by=eli, user=eli.user, pupil=sam, kind=Conflict.Kind.OWN_CHILD)
    closeness.declare_conflict(by=eli, user=eli.user, pupil=rosa, kind=Conflict.Kind.RELATION)
    Conflict.objects.update(starts_on=TUESDAY)
    alerted(dee, ada, sam, rosa)
    at(dee, [sam], on(TUESDAY, 10), times=2)
    at(dee, [rosa], on(TUESDAY, 11))
    at(eli, [sam], on(TUESDAY, 12), event="denied:incident.read")

    rows = found(oak)

    assert set(rows) == {Rule.COLLEAGUES_CHILD}
    row = rows[Rule.COLLEAGUES_CHILD]
    assert (row.person, row.about, row.looks) == (dee.user, [sam.pk], 2)


def test_looking_where_one_recorded_was_told_works_or_gave_a_reason_is_no_finding(
    oak, ada, eli, dee, hal, pat, sam, rosa, at
):
    """SR-52."""
    incident = factories.incident(ada, sam, alerted=[eli.user])
    factories.action(dee.elevated(), incident)
    closeness.join_team(by=dee.elevated(), pupil=sam, user=pat.user, part="Tutor")
    closeness.give_reason(by=hal.elevated(), pupil=sam, reason="A meeting")
    today = timezone.localdate()
    assert Alert.objects.filter(recipient=eli.user).exists()
    for viewer in (ada, eli, dee, pat, hal):
        record_access(viewer, "incident.read", pupils=[sam.pk])
    record_access(pat, "incident.read", pupils=[rosa.pk])

    anomalies.look_for(oak, today)

    row = AnomalyFinding.objects.get(rule=Rule.NO_PART)
    assert (row.person, row.about) == (pat.user, [rosa.pk])


def test_more_than_ten_refusals_in_an_hour_are_unusual(oak, ada, eli, at):
    """SR-52, SR-86."""
    at(ada, [], on(TUESDAY, 9), event="denied:chronology.read", times=11)
    at(eli, [], on(TUESDAY, 9), event="denied:chronology.read", times=10)

    anomalies.look_for(oak, TUESDAY)

    row = AnomalyFinding.objects.get()
    assert (row.rule, row.person, row.looks) == (Rule.DENIALS, ada.user, 11)


def test_the_rules_read_twice_find_once_and_read_nobody_elses_school(
    oak, elm, una, leo, hal, sam, at
):
    """SR-47."""
    at(hal, [sam], on(TUESDAY, 22))
    at(una, [leo], on(TUESDAY, 22))

    first, again = anomalies.look_for(oak, TUESDAY), anomalies.look_for(oak, TUESDAY)

    assert first > 0
    assert again == 0
    assert set(AnomalyFinding.objects.values_list("person", flat=True)) == {hal.user_id}


def test_the_nightly_task_reads_the_last_three_days_and_leaves_today(oak, hal, sam, at):
    today = timezone.localdate()
    for back in range(5):
        at(hal, [sam], on(today - timedelta(days=back), 23, 30))

    look_for_anomalies()

    days = set(AnomalyFinding.objects.values_list("on_day", flat=True))
    assert days == {today - timedelta(days=back) for back in (1, 2, 3)}


def test_the_head_reads_each_finding_with_its_looks_and_notes_it_once(
    oak, dee, hal, sam, at, open_as
):
    """SR-52."""
    at(dee, [sam], on(TUESDAY, 22), times=3)
    at(dee, [sam], on(TUESDAY, 12))
    row = found(oak)[Rule.OUT_OF_HOURS]
    client = open_as(hal.elevated())
    page = reverse("anomaly", args=[row.pk])

    listed = client.get(reverse("anomalies")).content.decode()
    looks = client.get(page)
    empty = client.post(page, {"text": " "}).content.decode()
    client.post(page, {"text": "She was called by the police."})
    client.post(page, {"text": "Something else."})

    assert "Dee Okafor opened records 3 times, of 1 pupil, outside school hours" in listed
    assert len(looks.context["told"].lines) == 3
    assert "Sam Winter" in looks.content.decode()
    assert "Say what you found out" in empty
    assert AnomalyNote.objects.get().text == "She was called by the police."
    assert str(row.pk) not in client.get(reverse("anomalies")).content.decode()
    assert str(row.pk) in client.get(reverse("anomalies") + "?all=yes").content.decode()


def test_nobody_judges_their_own_looks_nor_learns_of_their_own_child(
    oak, dee, hal, ada, sam, rosa, at, open_as
):
    """SR-50, SR-52: what is about the head is kept, and not shown to the head."""
    closeness.declare_conflict(by=hal, user=hal.user, pupil=sam, kind=Conflict.Kind.OWN_CHILD)
    Conflict.objects.update(starts_on=TUESDAY)
    alerted(dee, ada, sam)
    at(dee, [sam], on(TUESDAY, 10))
    at(hal, [rosa], on(TUESDAY, 22))

    anomalies.look_for(oak, TUESDAY)

    about = set(AnomalyFinding.objects.values_list("person", "rule"))
    assert (dee.user_id, Rule.COLLEAGUES_CHILD) in about
    assert (hal.user_id, Rule.OUT_OF_HOURS) in about
    assert not AnomalyFinding.objects.visible_to(hal.elevated()).exists()
    row = AnomalyFinding.objects.get(person=hal.user, rule=Rule.OUT_OF_HOURS)
    with pytest.raises(DomainError):
        anomaly_page.acknowledge(by=hal.elevated(), finding=row, text="It was me.")


def test_the_weekly_mail_holds_numbers_and_names_nobody(oak, dee, hal, sam, at, mailbox):
    """SR-52, SR-88: once a week to each head."""
    monday = TUESDAY + timedelta(days=6)
    at(dee, [sam], on(TUESDAY, 22))
    anomalies.look_for(oak, TUESDAY)

    assert anomaly_mail.prepare(on(monday, 6, 59)) == 0
    assert anomaly_mail.prepare(on(monday, 7)) == 1
    assert anomaly_mail.prepare(on(monday + timedelta(days=2), 7)) == 0
    send_waiting_anomaly_mail()

    (message,) = mailbox.messages
    text = message.get_content()
    assert message["To"] == hal.user.email
    assert "2 things were unusual. 2 in all wait" in " ".join(text.split())
    assert settings.BASE_URL.rstrip("/") + reverse("anomalies") in text
    assert not any(name in text + message["Subject"] for name in ("Sam", "Winter", "Dee", "Okafor"))
    assert AnomalyMail.objects.get().recipient == hal.user


def test_the_task_promises_the_mail_of_this_week(oak, hal):
    prepare_anomaly_mail()
    prepare_anomaly_mail()

    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    assert list(AnomalyMail.objects.values_list("week_of", flat=True)) in ([monday], [])


def test_three_times_the_limit_ends_elevated_access(oak, dee, sam, open_as):
    """SR-16: the page that crosses it is shown; the next one asks for the authenticator."""
    for child in many(oak, limits.ENDS_AT * limits.PUPILS_AN_HOUR):
        record_access(dee.elevated(), "incident.read", pupils=[child.pk])
    client = open_as(dee.elevated())
    page = reverse("chronology", args=[sam.pk])

    crossing, after = client.get(page), client.get(page)

    assert crossing.status_code == 200
    assert after.status_code == 302
    assert after.url.startswith(reverse("elevate"))
    ended = AccessEntry.objects.get(event="session.elevation_ended")
    assert (ended.user, ended.detail) == (dee.user_id, "91 pupils, 91 views")


def test_at_the_limit_elevated_access_goes_on(oak, dee, sam, open_as):
    """SR-16."""
    for child in many(oak, limits.ENDS_AT * limits.PUPILS_AN_HOUR - 1):
        record_access(dee.elevated(), "incident.read", pupils=[child.pk])
    client = open_as(dee.elevated())

    statuses = [client.get(reverse("chronology", args=[sam.pk])).status_code for _ in range(2)]

    assert statuses == [200, 200]
