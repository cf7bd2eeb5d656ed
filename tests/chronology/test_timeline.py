"""A pupil's story as the page and the reports read it."""

from datetime import date, datetime

import pytest
from django.utils import timezone

from accounts.permissions import Role
from chronology import timeline
from chronology.timeline import Kind, Scope
from incidents import services
from incidents.models import Action, Agency, Attachment, Incident, Level, LinkedPupil, Place
from tests import factories
from tests.chronology.telling import EVERYTHING, LONDON, at, status, story

pytestmark = pytest.mark.django_db


def test_everything_stands_in_the_order_it_happened_not_as_it_was_recorded(ada, dee, sam):
    late = factories.incident(ada, sam, occurred_at=at("2026-03-10"))
    early = factories.incident(ada, sam, occurred_at=at("2026-03-02"))
    lead = dee.elevated()
    between = factories.action(lead, late, occurred_at=at("2026-03-05"))
    began = status(sam, dee, "2026-03-03")

    assert story(lead, sam) == [early.pk, began.pk, between.pk, late.pk]


def test_at_one_moment_a_status_precedes_an_incident_and_an_incident_its_actions(ada, dee, sam):
    lead = dee.elevated()
    midnight = at("2026-03-03", "00:00")
    incident = factories.incident(ada, sam, occurred_at=midnight)
    first = factories.action(lead, incident, occurred_at=midnight)
    second = factories.action(lead, incident, occurred_at=midnight)
    began = status(sam, dee, "2026-03-03")

    assert story(lead, sam) == [began.pk, incident.pk, first.pk, second.pk]


def test_an_incident_comes_with_everything_that_belongs_to_it(oak, ada, dee, sam, rosa):
    agency = Agency.objects.create(school=oak, name="School nurse")
    account = services.Account(
        saw="A bruise on the left arm.",
        told="He fell.",
        told_by="his mother",
        child_words="It hurts.",
    )
    incident = factories.incident(
        ada,
        sam,
        account=account,
        occurred_at=at("2026-03-02", "08:41"),
        precision=Incident.Precision.APPROXIMATE,
        place=Place.PLAYGROUND,
        place_detail="by the gate",
        level=Level.URGENT,
        categories=["Home and family", "Bruises"],
        linked=[services.Linked(rosa, LinkedPupil.Part.WITNESS)],
        agencies=[agency],
    )
    file = Attachment.objects.create(
        incident=incident, name="arm.jpg", content_type="image/jpeg", size=2048, sha256="0" * 64,
        stored_as="a",
    )  # fmt: skip

    [entry] = timeline.entries(dee.elevated(), sam, EVERYTHING)

    assert entry.kind == Kind.INCIDENT
    assert (entry.reference, entry.who, entry.who_is) == (
        incident.reference,
        "Ada Teach",
        "Teaching staff",
    )
    assert (entry.occurred_at, entry.precision) == (at("2026-03-02", "08:41"), "approximate")
    assert entry.recorded_at == incident.recorded_at or entry.recorded_at is not None
    assert entry.text == "A bruise on the left arm."
    assert [(part.label, part.text) for part in entry.incident.parts] == [
        ("What was seen", "A bruise on the left arm."),
        ("What was told, by his mother", "He fell."),
        ("The child’s exact words", "It hurts."),
    ]
    assert entry.incident.child_words == "It hurts."
    assert entry.incident.level == Level.URGENT
    assert entry.incident.place == "Playground or field, by the gate"
    assert [tag.name for tag in entry.incident.categories] == ["Bruises", "Home and family"]
    assert entry.incident.agencies == ("School nurse",)
    assert [(other.name, other.part) for other in entry.incident.others] == [
        ("Rosa Diaz", "Witness")
    ]
    assert [(kept.id, kept.name, kept.size) for kept in entry.files] == [(file.pk, "arm.jpg", 2048)]
    assert (entry.about, entry.part, entry.is_own) == ("Sam Winter", "", True)


def test_an_action_says_what_was_decided_and_why_and_under_which_incident(oak, ada, dee, sam):
    lead = dee.elevated()
    incident = factories.incident(ada, sam, occurred_at=at("2026-03-02"))
    agency = Agency.objects.create(school=oak, name="Early help")
    decided = factories.action(
        lead,
        incident,
        kind=Action.Kind.DECISION,
        narrative="We agreed a plan with the family.",
        decision=Action.Decision.EARLY_HELP,
        reasons="Third time this month.",
        impact="Sam feels listened to.",
        agency=agency,
        occurred_at=at("2026-03-04"),
    )
    Attachment.objects.create(
        incident=incident, action=decided, name="plan.pdf", content_type="application/pdf",
        size=10, sha256="0" * 64, stored_as="b",
    )  # fmt: skip

    entry = timeline.entries(lead, sam, EVERYTHING)[1]

    assert entry.kind == Kind.ACTION
    assert entry.title == "Decision: Early help"
    assert entry.action == timeline.ActionFacts(
        kind="decision",
        narrative="We agreed a plan with the family.",
        decision="Early help",
        reasons="Third time this month.",
        impact="Sam feels listened to.",
        agency="Early help",
    )
    assert (entry.reference, entry.incident_id) == (incident.reference, incident.pk)
    assert [file.name for file in entry.files] == ["plan.pdf"]


def test_a_file_of_an_action_is_not_listed_with_the_incident(ada, dee, sam):
    lead = dee.elevated()
    incident = factories.incident(ada, sam)
    action = factories.action(lead, incident)
    Attachment.objects.create(
        incident=incident, action=action, name="plan.pdf", content_type="application/pdf",
        size=10, sha256="0" * 64, stored_as="b",
    )  # fmt: skip

    of_incident, of_action = timeline.entries(lead, sam, EVERYTHING)

    assert of_incident.files == ()
    assert [file.name for file in of_action.files] == ["plan.pdf"]


def test_a_status_says_what_began_where_and_with_whom(dee, sam):
    status(sam, dee, "2026-03-03", authority="Ashford", worker="Jo Bright", note="Reviewed in May.")

    [entry] = timeline.entries(dee.elevated(), sam, EVERYTHING)

    assert (entry.kind, entry.title) == (Kind.STATUS, "Child in need plan: started")
    assert entry.occurred_at == at("2026-03-03", "00:00")
    assert entry.status == timeline.StatusFacts(
        status="Child in need plan",
        change="started",
        on_date=date(2026, 3, 3),
        authority="Ashford",
        worker="Jo Bright",
        note="Reviewed in May.",
    )
    assert entry.is_significant


def test_an_incident_stands_in_a_linked_pupils_chronology_with_their_part(ada, dee, sam, rosa):
    linked = [services.Linked(rosa, LinkedPupil.Part.ALLEGED_HARMED)]
    incident = factories.incident(ada, sam, linked=linked)

    [entry] = timeline.entries(dee.elevated(), rosa, EVERYTHING)

    assert entry.id == incident.pk
    assert (entry.about, entry.part, entry.is_own) == (
        "Sam Winter",
        "Alleged to have been harmed",
        False,
    )


def test_an_incident_stays_out_of_a_linked_pupils_chronology_when_the_reporter_said_so(
    ada, dee, sam, rosa
):
    linked = [services.Linked(rosa, LinkedPupil.Part.WITNESS, in_chronology=False)]
    incident = factories.incident(ada, sam, linked=linked)
    factories.action(dee.elevated(), incident)

    assert timeline.entries(dee.elevated(), rosa, EVERYTHING) == []


def test_own_and_linked_tell_the_two_apart(ada, dee, sam, rosa):
    lead = dee.elevated()
    own = factories.incident(ada, rosa, occurred_at=at("2026-03-02"))
    linked = factories.incident(
        ada, sam, linked=[services.Linked(rosa, LinkedPupil.Part.FRIEND)], occurred_at=at("2026-03-03")
    )  # fmt: skip
    under = factories.action(lead, linked, occurred_at=at("2026-03-04"))
    began = status(rosa, dee, "2026-03-01")

    assert story(lead, rosa, scope=Scope.OWN) == [began.pk, own.pk]
    assert story(lead, rosa, scope=Scope.LINKED) == [linked.pk, under.pk]
    assert story(lead, rosa, scope=Scope.ALL) == [began.pk, own.pk, linked.pk, under.pk]


def test_a_category_or_a_level_leaves_out_the_rest_and_statuses(oak, ada, dee, sam):
    lead = dee.elevated()
    home = factories.incident(ada, sam, categories=["Home and family"], level=Level.RECORD)
    online = factories.incident(ada, sam, categories=["Online"], level=Level.URGENT)
    under_home = factories.action(lead, home)
    status(sam, dee, "2026-03-01")
    category = factories.category(oak, "Home and family")

    assert set(story(lead, sam, categories=frozenset({category.pk}))) == {home.pk, under_home.pk}
    assert story(lead, sam, levels=frozenset({Level.URGENT})) == [online.pk]


def test_dates_take_in_both_days_and_judge_an_action_by_its_own_day(ada, dee, sam):
    lead = dee.elevated()
    before = factories.incident(ada, sam, occurred_at=at("2026-03-01", "23:59"))
    first = factories.incident(ada, sam, occurred_at=at("2026-03-02", "00:00"))
    last = factories.incident(ada, sam, occurred_at=at("2026-03-04", "23:59"))
    factories.incident(ada, sam, occurred_at=at("2026-03-05", "00:00"))
    answer = factories.action(lead, before, occurred_at=at("2026-03-03"))
    factories.action(lead, first, occurred_at=at("2026-03-09"))
    status(sam, dee, "2026-03-01")
    status(sam, dee, "2026-03-05")
    inside = status(sam, dee, "2026-03-04")

    found = story(lead, sam, from_on=date(2026, 3, 2), until_on=date(2026, 3, 4))

    assert found == [first.pk, answer.pk, inside.pk, last.pk]


def test_significant_only_follows_the_latest_mark_and_keeps_statuses(ada, dee, sam):
    lead = dee.elevated()
    marked = factories.incident(ada, sam, occurred_at=at("2026-03-02"))
    under = factories.action(lead, marked, occurred_at=at("2026-03-03"))
    unmarked = factories.incident(ada, sam, occurred_at=at("2026-03-04"))
    factories.incident(ada, sam, occurred_at=at("2026-03-05"))
    services.mark_significant(by=lead, incident=marked, significant=True)
    services.mark_significant(by=lead, incident=unmarked, significant=True)
    services.mark_significant(by=lead, incident=unmarked, significant=False)
    began = status(sam, dee, "2026-03-06")

    assert story(lead, sam, significant_only=True) == [marked.pk, under.pk, began.pk]


@pytest.mark.parametrize(
    ("hours", "precision", "late"),
    [(3, "exact", False), (5, "exact", True), (5, "approximate", True), (49, "day", True)],
)
def test_recorded_later_is_said_after_more_than_a_few_hours(ada, dee, sam, hours, precision, late):
    factories.incident(ada, sam, occurred_at=factories.ago(hours=hours), precision=precision)

    [entry] = timeline.entries(dee.elevated(), sam, EVERYTHING)

    assert entry.recorded_later is late


def test_a_day_without_a_time_is_not_late_when_recorded_that_day(ada, dee, sam):
    morning = datetime.combine(timezone.localdate(), datetime.min.time(), tzinfo=LONDON)
    factories.incident(ada, sam, occurred_at=morning, precision=Incident.Precision.DAY)

    [entry] = timeline.entries(dee.elevated(), sam, EVERYTHING)

    assert not entry.recorded_later


def test_a_pastoral_lead_reads_the_granted_categories_and_their_actions_only(
    oak, ada, dee, pat, sam
):
    factories.grant(oak, Role.PASTORAL, "Behaviour")
    granted = factories.incident(ada, sam, categories=["Behaviour"], occurred_at=at("2026-03-02"))
    hidden = factories.incident(ada, sam, categories=["Home and family"])
    seen = factories.action(dee.elevated(), granted, occurred_at=at("2026-03-03"))
    factories.action(dee.elevated(), hidden)

    assert story(pat.elevated(), sam) == [granted.pk, seen.pk]


def test_another_schools_lead_and_a_lead_without_the_authenticator_read_nothing(
    ada, dee, una, gus, sam
):
    factories.action(dee.elevated(), factories.incident(ada, sam))
    status(sam, dee, "2026-03-03")

    assert story(una.elevated(), sam) == []
    assert story(dee, sam) == []
    assert story(gus.elevated(), sam) == []


def test_an_incident_stands_under_what_it_was_refined_to(oak, ada, dee, sam):
    lead = dee.elevated()
    incident = factories.incident(ada, sam, categories=["Home and family"])
    refined = factories.refined(lead, incident, "Online: Contact", "Home and family")

    entry, action = timeline.entries(lead, sam, EVERYTHING)

    online, home, other = (
        factories.category(oak, name).pk for name in ("Online", "Home and family", "Bruises")
    )
    assert {tag.name for tag in entry.incident.categories} == {"Online: Contact", "Home and family"}
    assert entry.incident.reported_as == ("Home and family",)
    assert action.title.startswith("Categories refined to ")
    assert "Online: Contact" in action.title
    for category in (online, home):
        found = story(lead, sam, categories=frozenset({category}))
        assert found == [incident.pk, refined.pk]
    assert story(lead, sam, categories=frozenset({other})) == []


def test_who_does_not_read_in_full_has_the_reported_categories(oak, ada, dee, pat, sam):
    incident = factories.incident(ada, sam, alerted=[pat.user])
    factories.refined(dee.elevated(), incident, "Online: Contact")
    online = factories.category(oak, "Online").pk

    [entry] = timeline.entries(pat.elevated(), sam, EVERYTHING)

    assert [tag.name for tag in entry.incident.categories] == ["Home and family"]
    assert entry.incident.reported_as == ()
    assert story(pat.elevated(), sam, categories=frozenset({online})) == []
