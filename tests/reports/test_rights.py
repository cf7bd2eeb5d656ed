"""Whose report it is, and what may stand in it: judged at asking, at making and at opening."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from incidents import services as incident_services
from incidents.models import CategoryGrant, LinkedPupil
from incidents.services import Account
from ledger.models import AccessEntry
from reports import files, rendering, services
from reports.models import Report, ReportMade, ReportText
from reports.selection import Selection, Wording
from safeguard.errors import NotAllowed
from tests import factories
from tests.reports import story

pytestmark = pytest.mark.django_db

MARK = incident_services.Mark("front-knee-left", "cut", child_said="I fell.")
BOTH = ["/reports/pupils/{}/chronology/", "/reports/pupils/{}/conference/"]


def leave(viewer) -> None:
    """End somebody's work at the school yesterday."""
    yesterday = timezone.localdate() - timedelta(days=1)
    Membership.objects.filter(user=viewer.user).update(ends_on=yesterday)


@pytest.mark.parametrize("address", BOTH)
def test_a_teacher_finds_no_such_page(address, ada, sam, open_as):
    assert open_as(ada).get(address.format(sam.pk)).status_code == 404


@pytest.mark.parametrize("address", BOTH)
def test_a_lead_is_asked_for_the_authenticator_first(address, dee, sam, open_as):
    answer = open_as(dee).get(address.format(sam.pk))

    assert answer.status_code == 302
    assert answer.url.startswith("/elevate/?next=")


@pytest.mark.parametrize("address", BOTH)
def test_the_lead_of_another_school_finds_no_such_page(address, una, sam, open_as):
    assert open_as(una.elevated()).get(address.format(sam.pk)).status_code == 404


@pytest.mark.parametrize("part", ["", "progress/", "file/"])
def test_a_report_is_its_askers_alone(part, dee, hal, una, ada, sam, open_as):
    report = story.make(story.ask(dee, sam))
    address = f"/reports/{report.pk}/{part}"

    seen = {
        viewer.user.name: open_as(viewer).get(address).status_code
        for viewer in (dee.elevated(), hal.elevated(), una.elevated(), ada)
    }

    assert seen == {"Dee Okafor": 200, "Hal Grant": 404, "Una Frost": 404, "Ada Teach": 404}


def test_asking_needs_elevation_whatever_the_page_says(dee, sam):
    with pytest.raises(NotAllowed):
        services.ask_for_report(
            by=dee,
            submission=sam.pk,
            pupil=sam,
            kind=Report.Kind.CHRONOLOGY,
            reason="x",
            selection=Selection(),
        )


def test_nobody_asks_about_a_pupil_of_another_school(dee, leo):
    with pytest.raises(NotAllowed):
        story.ask(dee, leo)


def test_a_right_lost_between_asking_and_making_means_no_paper(ada, dee, sam):
    """SR-46."""
    factories.incident(ada, sam)
    report = story.ask(dee, sam)
    leave(dee)

    made = story.make(report)

    assert made.state == Report.State.FAILED
    assert made.problem == "The report was not made: you may no longer make reports here."
    assert not ReportMade.objects.exists()
    assert not list(files.folder().glob("*"))


def test_a_right_lost_while_the_pages_are_laid_out_means_no_paper(dee, sam, monkeypatch):
    def render(paper, **how):
        leave(dee)
        return rendering.Printed(b"%PDF", 1)

    monkeypatch.setattr(rendering, "render", render)

    assert story.make(story.ask(dee, sam)).state == Report.State.FAILED
    assert not list(files.folder().glob("*"))


def test_a_lead_who_became_a_teacher_meanwhile_gets_no_paper(ada, dee, sam):
    report = story.ask(dee, sam)
    Membership.objects.filter(user=dee.user).update(role=Role.TEACHER)

    assert story.make(report).state == Report.State.FAILED


def test_an_account_that_was_closed_meanwhile_gets_no_paper(dee, sam):
    report = story.ask(dee, sam)
    dee.user.is_active = False
    dee.user.save()

    assert story.make(report).state == Report.State.FAILED


def test_a_right_lost_between_making_and_opening_closes_the_paper(dee, sam, open_as):
    report = story.make(story.ask(dee, sam))
    Membership.objects.filter(user=dee.user).update(role=Role.TEACHER)
    teacher = factories.viewer_for(dee.user, dee.school)

    assert open_as(teacher).get(f"/reports/{report.pk}/file/").status_code == 404


def test_a_category_taken_back_closes_the_papers_that_hold_it(ada, pat, sam, oak, open_as):
    factories.grant(oak, Role.PASTORAL, "Home and family")
    factories.incident(ada, sam)
    report = story.make(story.ask(pat, sam))
    address = f"/reports/{report.pk}/file/"
    before = open_as(pat.elevated()).get(address).status_code
    CategoryGrant.objects.update(see_incidents=False)

    assert before == 200
    assert open_as(pat.elevated()).get(address).status_code == 404


def test_an_action_no_longer_readable_closes_the_paper_too(ada, eli, pat, sam, oak):
    factories.grant(oak, Role.PASTORAL, "Home and family")
    incident = factories.incident(ada, sam, alerted=[pat.user])
    factories.action(eli_alerted(eli, incident, ada), incident, narrative="Seen by few.")
    report = story.make(story.ask(pat, sam))
    assert ReportMade.objects.get().actions
    CategoryGrant.objects.update(see_incidents=False)

    with pytest.raises(NotAllowed, match="no longer read everything"):
        story.paper(pat, report)


def test_a_body_map_no_longer_shown_closes_the_paper_too(ada, pat, sam, oak):
    """SR-43: a grant for injuries that ends takes the papers along in which they stand."""
    factories.grant(oak, Role.PASTORAL, "Home and family")
    factories.category(oak, "Physical injury", shows_injuries=True)
    injuries = factories.grant(oak, Role.PASTORAL, "Physical injury")
    factories.incident(ada, sam, marks=[MARK])
    report = story.make(story.ask(pat, sam))
    assert "knee, left (front)" in story.words(story.paper(pat, report))
    CategoryGrant.objects.filter(pk=injuries.pk).update(see_incidents=False)

    with pytest.raises(NotAllowed, match="no longer read everything"):
        story.paper(pat, report)

    text = story.words(story.paper(pat, story.make(story.ask(pat, sam))))
    assert "Sam was crying" in text
    assert ("knee, left" in text, "Body map" in text) == (False, False)


def test_another_childs_injuries_are_not_on_a_linked_childs_paper(ada, dee, sam, rosa):
    """The words are, as they concern both; a drawing of one child is in that child's file alone."""
    linked = [incident_services.Linked(rosa, LinkedPupil.Part.WITNESS)]
    factories.incident(ada, sam, marks=[MARK], linked=linked)

    papers = [story.words(story.paper(dee, story.make(story.ask(dee, who)))) for who in (sam, rosa)]

    assert ["Sam was crying" in text for text in papers] == [True, True]
    assert ["knee, left (front)" in text for text in papers] == [True, False]


def eli_alerted(eli, incident, ada):
    """Alert Eli to the incident, so that he may add to it."""
    factories.action(ada, incident, narrative="Eli, please look.", alerted=[eli.user])
    return eli


def test_what_the_person_may_not_read_is_not_on_paper(ada, pat, sam, oak):
    factories.grant(oak, Role.PASTORAL, "Bullying")
    factories.incident(
        ada, sam, account=Account(saw="Pushed in the queue."), categories=["Bullying"]
    )
    factories.incident(ada, sam, account=Account(saw="Canary at home."))

    for kind in (Report.Kind.CHRONOLOGY, Report.Kind.CASE_CONFERENCE):
        text = story.words(story.paper(pat, story.make(story.ask(pat, sam, kind))))

        assert "Pushed in the queue." in text
        assert "Canary" not in text
        assert "Home and family" not in text
        assert "1 incident," in text
        assert "made by somebody who reads some categories" in text


def test_a_lead_who_reads_everything_is_not_said_to_read_a_part(dee, sam):
    text = story.words(story.paper(dee, story.make(story.ask(dee, sam))))

    assert "reads some categories" not in text


def test_what_a_lead_typed_is_not_offered_to_who_reads_some_categories(dee, hal, pat, sam):
    story.ask(dee, sam, Report.Kind.CASE_CONFERENCE)

    seen = [
        viewer.user.name
        for viewer in (dee.elevated(), hal.elevated(), pat.elevated(), dee)
        if ReportText.objects.visible_to(viewer).exists()
    ]

    assert seen == ["Dee Okafor", "Hal Grant"]


def test_other_children_are_not_named_in_what_the_family_reads(ada, dee, sam, rosa):
    linked = [incident_services.Linked(rosa, LinkedPupil.Part.WITNESS)]
    factories.incident(ada, sam, linked=linked)

    family = story.words(
        story.paper(dee, story.make(story.ask(dee, sam, Report.Kind.CASE_CONFERENCE)))
    )
    school = story.words(story.paper(dee, story.make(story.ask(dee, sam))))

    assert "Another pupil (witness)" in family
    assert "Rosa" not in family
    assert "Rosa Diaz (witness)" in school


def test_another_childs_words_are_not_printed_as_this_childs(ada, dee, sam, rosa):
    words = Account(saw="They argued.", child_words="He hit me.")
    linked = [incident_services.Linked(sam, LinkedPupil.Part.ALLEGED_TO_HAVE_HARMED)]
    factories.incident(ada, rosa, account=words, linked=linked)

    family = story.words(
        story.paper(dee, story.make(story.ask(dee, sam, Report.Kind.CASE_CONFERENCE)))
    )

    assert "The child’s own words Not recorded" in family
    assert "The child’s exact words Second-hand He hit me." in family
    assert "Child’s words He hit me." not in family
    assert "Recorded about another pupil; this child is linked to it" in family


@pytest.mark.django_db(transaction=True)
def test_asking_making_and_opening_are_in_the_access_log(dee, sam, open_as):
    report = story.make(story.ask(dee, sam))
    open_as(dee.elevated()).get(f"/reports/{report.pk}/file/")

    entries = AccessEntry.objects.filter(target=report.pk, event__startswith="report.")

    assert sorted(entries.values_list("event", flat=True)) == [
        "report.asked",
        "report.downloaded",
        "report.made",
    ]
    assert {entry.pupil for entry in entries} == {sam.pk}
    assert entries.get(event="report.made").detail == f"sha256 {report.sha256}"
    assert all(entry.elevated for entry in entries)


@pytest.mark.parametrize("kind", Report.Kind)
def test_papers_name_what_an_incident_was_refined_to_and_reported_as(kind, ada, dee, sam):
    incident = factories.incident(ada, sam)
    factories.refined(dee.elevated(), incident, "Online: Contact", reasons="Mum found the chat.")

    text = story.words(story.paper(dee, story.make(story.ask(dee, sam, kind))))

    assert "Category Online: Contact (reported as Home and family)" in text
    assert "Categories refined to Online: Contact" in text
    assert "Mum found the chat." in text


def test_a_report_of_one_category_holds_what_was_refined_to_it(ada, dee, sam, oak):
    incident = factories.incident(ada, sam, account=Account(saw="Always on the phone."))
    factories.refined(dee.elevated(), incident, "Online: Contact")
    chosen = Selection(categories=frozenset({factories.category(oak, "Online").pk}))

    text = story.words(story.paper(dee, story.make(story.ask(dee, sam, selection=chosen))))

    assert "Always on the phone." in text


def test_a_choice_of_categories_no_longer_readable_closes_the_paper(ada, dee, pat, sam, oak):
    """SR-45: also when the entry that made the choice lies outside the report's dates."""
    factories.grant(oak, Role.PASTORAL, "Home and family")
    incident = factories.incident(ada, sam, alerted=[pat.user], occurred_at=factories.ago(days=9))
    factories.refined(dee.elevated(), incident, "Online: Contact")
    until = timezone.localdate() - timedelta(days=5)
    report = story.make(story.ask(pat, sam, selection=Selection(until_on=until)))
    CategoryGrant.objects.update(see_incidents=False)

    with pytest.raises(NotAllowed, match="no longer read everything"):
        story.paper(pat, report)


def test_body_maps_stand_beside_each_other_at_the_end_of_a_chronology(oak, ada, dee, pat, sam):
    """SR-43: for whom injuries are shown. One alone is drawn with its incident, and not again."""
    factories.grant(oak, Role.PASTORAL, "Home and family")
    first = factories.incident(ada, sam, marks=[MARK], occurred_at=factories.ago(days=60))
    one = story.words(story.paper(dee, story.make(story.ask(dee, sam))))
    second = factories.incident(ada, sam, marks=[MARK])

    two = story.words(story.paper(dee, story.make(story.ask(dee, sam))))
    line = story.words(
        story.paper(dee, story.make(story.ask(dee, sam, selection=Selection(wording=Wording.LINE))))
    )
    without = story.words(story.paper(pat, story.make(story.ask(pat, sam))))

    heading = "One figure for each incident"
    assert [heading in text for text in (one, two, line, without)] == [False, True, True, False]
    for text in (two, line):
        figures = text[text.rindex(heading) :]
        assert figures.index(first.reference) < figures.index(second.reference)
        assert figures.count("knee, left (front)") == 2
