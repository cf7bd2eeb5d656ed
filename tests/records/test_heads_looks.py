"""What is unusual about the head's own looks: for the chair alone, and without any child's name."""

from datetime import datetime, time, timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from chronology import looks
from ledger.access import record_access
from pupils import closeness
from pupils.models import Conflict
from records import anomaly_mail, anomaly_page
from records.models import AnomalyFinding, AnomalyNote
from records.tasks import send_waiting_anomaly_mail
from safeguard.errors import NotAllowed
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

Rule = AnomalyFinding.Rule


def finding(about, rule=Rule.NO_PART, pupils=(), **more) -> AnomalyFinding:
    said = {"on_day": timezone.localdate(), "looks": len(pupils), "pupils": len(pupils)} | more
    return AnomalyFinding.objects.create(
        school=about.school,
        person=about.user,
        rule=rule,
        about=[one.pk for one in pupils],
        **said,
    )


def seen_by(viewer) -> set:
    return set(AnomalyFinding.objects.visible_to(viewer.elevated()))


def page(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_the_chair_sees_what_is_about_the_head_and_the_head_all_else(dee, hal, cho, una, elm):
    """SR-47, SR-52: nobody judges their own looks, and no school another's."""
    factories.person("Hana Elm", elm, Role.HEAD)
    of_head, of_lead = finding(hal), finding(dee)
    of_chair = finding(cho)

    assert seen_by(cho) == {of_head}
    assert seen_by(hal) == {of_lead, of_chair}
    assert seen_by(factories.person("Uma Elm", elm, Role.CHAIR)) == set()
    assert not AnomalyFinding.objects.visible_to(cho).exists()  # without the authenticator


def test_of_two_heads_neither_judges_the_other(oak, hal, cho):
    """SR-52: a job share is the chair's to look at."""
    other = factories.person("Hedy Grant", oak, Role.HEAD)
    of_hal, of_other = finding(hal), finding(other)

    assert seen_by(hal) == seen_by(other) == set()
    assert seen_by(cho) == {of_hal, of_other}


def test_who_was_the_head_that_day_counts_and_not_who_is(oak, dee, hal, cho):
    """SR-52: neither leaving nor coming changes whose it is to judge."""
    today = timezone.localdate()
    before, after = (finding(hal, on_day=today - timedelta(days=back)) for back in (9, 1))
    Membership.objects.filter(user=hal.user).update(ends_on=today - timedelta(days=5))

    head = factories.person("Nell Next", oak, Role.HEAD)
    Membership.objects.filter(user=head.user).update(starts_on=today)
    earlier = finding(head, on_day=today - timedelta(days=9))

    assert seen_by(cho) == {before}
    assert seen_by(head) == {after}
    assert seen_by(factories.person("Hedy Grant", oak, Role.HEAD)) == {after, earlier}


@pytest.mark.parametrize("who", ["ada", "dee", "dan", "hal", "sal", "gus", "ivy", "max_"])
def test_nobody_else_opens_the_page(who, request, hal, open_as):
    """SR-41, SR-52."""
    client = open_as(request.getfixturevalue(who).elevated())

    assert client.get(reverse("heads-looks")).status_code == 404
    assert client.get(reverse("heads-look", args=[finding(hal).pk])).status_code == 404


def test_the_chair_reads_times_and_numbers_and_no_childs_name(hal, cho, ada, sam, rosa, open_as):
    """SR-52, SR-88: what was done and when, of how many; not whose, nor the reasons given."""
    factories.incident(ada, sam)
    closeness.give_reason(by=hal.elevated(), pupil=sam, reason="The heron has a wooden leg.")
    record_access(hal.elevated(), "incident.read", pupils=[sam.pk, rosa.pk])
    record_access(ada, "incident.read", pupils=[sam.pk])
    held = finding(hal, pupils=(sam, rosa))
    client = open_as(cho.elevated())

    shown = page(client.get(reverse("heads-looks")))
    one = page(client.get(reverse("heads-look", args=[held.pk])))

    assert "Hal Grant opened the records of 2 pupils" in shown
    assert "read an incident" in one
    assert "2 pupils" in one
    assert "Ada Teach" not in one
    for words in ("Sam", "Winter", "Rosa", "Diaz", "heron", str(sam.pk), str(rosa.pk)):
        assert words not in shown + one


def test_also_a_chair_who_finds_pupils_by_another_role_is_named_none(oak, hal, sam, open_as):
    """SR-52: it is the page that names nobody, and not the person's other roles."""
    both = factories.person("Bo Both", oak, Role.CHAIR, Role.SUPPORT)
    record_access(hal.elevated(), "incident.read", pupils=[sam.pk])
    held = finding(hal, pupils=(sam,))

    one = page(open_as(both.elevated()).get(reverse("heads-look", args=[held.pk])))

    assert "1 pupil" in one
    assert "Winter" not in one


def test_the_chair_notes_it_once_and_what_was_typed_stays(hal, cho, open_as):
    """SR-52."""
    held = finding(hal)
    client = open_as(cho.elevated())
    address = reverse("heads-look", args=[held.pk])

    empty = page(client.post(address, {"text": " "}))
    client.post(address, {"text": "He was asked by the police."})
    client.post(address, {"text": "Something else."})

    assert "Say what you found out" in empty
    assert AnomalyNote.objects.get().text == "He was asked by the police."
    assert "Nothing waits for you" in page(client.get(reverse("heads-looks")))
    assert "He was asked" in page(client.get(reverse("heads-looks") + "?all=yes"))


def test_the_chair_notes_nothing_about_anybody_else(dee, hal, cho, open_as):
    """SR-52."""
    of_lead = finding(dee)

    with pytest.raises(NotAllowed):
        anomaly_page.acknowledge(by=cho.elevated(), finding=of_lead, text="Well.")
    with pytest.raises(NotAllowed):
        anomaly_page.acknowledge(by=hal.elevated(), finding=finding(hal), text="It was me.")
    answer = open_as(cho.elevated()).get(reverse("heads-look", args=[of_lead.pk]))
    assert answer.status_code == 404


def test_a_chair_who_is_near_to_the_child_is_told_nothing_of_it(hal, cho, sam, rosa):
    """SR-50."""
    closeness.declare_conflict(by=hal, user=hal.user, pupil=rosa, kind=Conflict.Kind.RELATION)
    Conflict.objects.create(
        school=cho.school,
        user=cho.user,
        pupil=sam,
        kind=Conflict.Kind.OWN_CHILD,
        starts_on=timezone.localdate(),
        declared_by=cho.user,
    )
    record_access(hal.elevated(), "incident.read", pupils=[sam.pk])
    of_child = finding(hal, Rule.COLLEAGUES_CHILD, (sam,))
    other = finding(hal, pupils=(sam,))

    assert of_child not in seen_by(cho)
    assert anomaly_page.told(cho.elevated(), other).lines == []


def test_the_chair_is_told_by_mail_that_something_waits_and_not_what(oak, dee, hal, cho, mailbox):
    """SR-52, SR-88: numbers, once a week; and no mail to the chair where nothing waits."""
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    morning = timezone.make_aware(datetime.combine(monday, time(7)))
    finding(dee)
    assert anomaly_mail.prepare(morning) == 1  # to the head alone
    old = finding(hal, on_day=monday - timedelta(days=20))
    finding(hal, on_day=monday - timedelta(days=2))

    assert anomaly_mail.prepare(morning) == 1
    assert anomaly_mail.prepare(morning) == 0
    send_waiting_anomaly_mail()

    [message] = [one for one in mailbox.messages if one["To"] == cho.user.email]
    text = " ".join(message.get_content().split())
    assert "something about the head waits for you to look at: 2 in all, 1 of it" in text
    assert settings.BASE_URL.rstrip("/") + reverse("heads-looks") in text
    assert not any(name in text + message["Subject"] for name in ("Hal", "Grant", "Dee", "Okafor"))

    anomaly_page.acknowledge(by=cho.elevated(), finding=old, text="Asked, and answered.")
    [other] = AnomalyFinding.objects.visible_to(cho.elevated()).not_noted()
    anomaly_page.acknowledge(by=cho.elevated(), finding=other, text="Asked, and answered.")
    assert anomaly_mail.prepare(morning + timedelta(days=7)) == 1  # to the head alone


def test_the_lines_are_for_the_chair_alone(dee, hal, ivy, ada, sam):
    record_access(hal.elevated(), "incident.read", pupils=[sam.pk])

    for viewer in (dee, ivy, ada, hal):
        assert not looks.numbered_for(viewer.elevated()).exists()
