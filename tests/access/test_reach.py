"""Grants by year and date, teams, cover, an emergency: what opens a file, for whom and how long."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountNotice, Cover
from accounts.permissions import Permission, Role
from accounts.viewer import viewer_for
from incidents.models import Action, Attachment, Category, CategoryGrant, Incident
from incidents.rules import NotInThread, WrongCategories
from ledger.models import Kind, SealedBody
from pupils import closeness
from pupils.closeness import NeedsAReason, NotForOneself
from pupils.models import BreakGlass, Conflict, Pupil
from safeguard.errors import NotAllowed
from tests import factories

pytestmark = pytest.mark.django_db


def sees(viewer, incident) -> bool:
    return Incident.objects.visible_to(viewer.elevated()).contains(incident)


def again(viewer):
    """Return the person as the next request would find them."""
    return viewer_for(viewer.user, viewer.school)


# Grants


def test_a_grant_for_some_years_reaches_pupils_of_those_alone(oak, ada, dan, sam, rosa):
    """SR-42: Sam is in year 4, Rosa in year 2."""
    factories.grant(oak, Role.DEPUTY_DSL, "Home and family")
    CategoryGrant.objects.update(year_groups=["2", "3"])
    of_sam, of_rosa = factories.incident(ada, sam), factories.incident(ada, rosa)

    assert (sees(dan, of_sam), sees(dan, of_rosa)) == (False, True)
    found = Pupil.objects.visible_to(dan.elevated())
    assert (found.contains(sam), found.contains(rosa)) == (False, True)


@pytest.mark.parametrize(
    ("starts", "ends", "holds"), [(-9, -1, False), (1, 9, False), (-9, 0, True)]
)
def test_a_grant_holds_between_its_days(oak, ada, dan, sam, starts, ends, holds):
    """SR-35."""
    today, grant = timezone.localdate(), factories.grant(oak, Role.DEPUTY_DSL, "Home and family")
    CategoryGrant.objects.filter(pk=grant.pk).update(
        starts_on=today + timedelta(days=starts), ends_on=today + timedelta(days=ends)
    )

    assert sees(dan, factories.incident(ada, sam)) is holds


def test_a_grant_to_a_person_is_that_persons_alone(oak, ada, dan, sam):
    """SR-42."""
    other = factories.person("Fay North", oak, Role.DEPUTY_DSL)
    CategoryGrant.objects.create(
        school=oak, user=dan.user, category=factories.category(oak, "Home and family")
    )

    incident = factories.incident(ada, sam)

    assert (sees(dan, incident), sees(other, incident)) == (True, False)


def test_a_grant_opens_nothing_to_somebody_one_person_named_as_a_key_worker(
    oak, ada, eli, dee, sam, rosa
):
    """SR-51: else one lead alone, by a team and a grant, would let anybody read a category."""
    closeness.join_team(by=dee.elevated(), pupil=sam, user=eli.user, part="Key worker")
    CategoryGrant.objects.create(
        school=oak, user=eli.user, category=factories.category(oak, "Home and family")
    )
    of_sam, of_rosa = factories.incident(ada, sam), factories.incident(ada, rosa)
    eli = again(eli)

    assert (sees(eli, of_sam), sees(eli, of_rosa)) == (True, False)
    found = Pupil.objects.visible_to(eli.elevated())
    assert (found.contains(sam), found.contains(rosa)) == (True, False)


def test_an_incident_of_a_restricted_category_needs_the_grant_for_it_as_well(oak, ada, dan, sam):
    """SR-42: not even that it has a second category is told."""
    factories.grant(oak, Role.DEPUTY_DSL, "Home and family")
    factories.category(oak, "Sexual harm", restricted=True)
    incident = factories.incident(ada, sam, categories=["Home and family", "Sexual harm"])
    assert not sees(dan, incident)

    factories.grant(oak, Role.DEPUTY_DSL, "Sexual harm")

    assert sees(dan, incident)


def test_a_grant_to_see_is_not_one_to_act(oak, ada, dan, sam, open_as):
    """SR-42: reading, and nothing to add but by those alerted."""
    factories.grant(oak, Role.DEPUTY_DSL, "Home and family")
    CategoryGrant.objects.update(act=False)
    incident = factories.incident(ada, sam)

    assert sees(dan, incident)
    with pytest.raises(NotInThread):
        factories.action(dan.elevated(), incident)
    client = open_as(dan.elevated())
    page = client.get(reverse("incident", args=[incident.pk])).content.decode()
    assert "Add action" not in page
    assert client.get(reverse("add-action", args=[incident.pk])).status_code == 404


def test_a_category_may_be_kept_for_those_who_are_granted_to_record_in_it(oak, ada, sen, sam):
    """SR-44."""
    factories.category(oak, "Counselling", added_by_grant=True)
    offered = Category.objects.visible_to(ada).recorded_in_by(ada)
    assert not offered.filter(name="Counselling").exists()
    with pytest.raises(WrongCategories):
        factories.incident(ada, sam, categories=["Counselling"])

    factories.grant(oak, Role.SENCO, "Counselling")

    assert factories.incident(sen, sam, categories=["Counselling"])


def test_pictures_of_injuries_need_a_grant_by_name(oak, ada, pat, dan, sam):
    """SR-43: for pastoral leads and SENCOs; other files come with the incident."""
    for role in (Role.PASTORAL, Role.DEPUTY_DSL):
        factories.grant(oak, role, "Home and family")
    incident = factories.incident(ada, sam)
    stored = {"size": 1, "sha256": "0" * 64, "incident": incident}
    Attachment.objects.create(name="a.jpg", content_type="image/jpeg", stored_as="1", **stored)
    Attachment.objects.create(name="b.pdf", content_type="application/pdf", stored_as="2", **stored)

    def files(viewer) -> set[str]:
        return {one.name for one in Attachment.objects.visible_to(viewer.elevated())}

    assert (files(pat), files(dan)) == ({"b.pdf"}, {"a.jpg", "b.pdf"})
    factories.category(oak, "Injury", shows_injuries=True)
    factories.grant(oak, Role.PASTORAL, "Injury")
    assert files(pat) == {"a.jpg", "b.pdf"}


def test_a_school_takes_rights_from_a_role_within_bounds(oak, ada, sal, dee, sam):
    """SR-41: leadership may be limited to granted categories; the DSL's core may not be taken."""
    incident = factories.incident(ada, sam)
    assert sees(sal, incident)
    oak.withheld = {"slt": ["READ_EVERY_CATEGORY"], "dsl": ["READ_EVERY_CATEGORY"]}
    oak.save()

    assert not sees(again(sal), incident)
    assert sees(again(dee), incident)


# The team around the child


def test_the_team_around_a_child_reads_of_that_child_with_the_authenticator(
    oak, ada, eli, dee, sam, rosa, open_as
):
    """SR-19, SR-42: and of nobody else; without the authenticator nothing more than before."""
    of_sam, of_rosa = factories.incident(ada, sam), factories.incident(ada, rosa)
    assert not again(eli).may_elevate

    member = closeness.join_team(by=dee.elevated(), pupil=sam, user=eli.user, part="Key worker")

    worker = again(eli)
    assert worker.has(Permission.READ_INCIDENTS) is False
    assert (sees(worker, of_sam), sees(worker, of_rosa)) == (True, False)
    assert not Incident.objects.visible_to(worker).exists()
    client = open_as(worker.elevated())
    assert client.get(reverse("chronology", args=[sam.pk])).status_code == 200
    assert client.get(reverse("chronology", args=[rosa.pk])).status_code == 404
    closeness.leave_team(by=dee.elevated(), member=member)
    assert not sees(again(eli), of_sam)


def test_a_conflict_beats_the_team_and_a_limit_shuts_it_out(ada, eli, dee, sam):
    """SR-50."""
    incident = factories.incident(ada, sam)
    closeness.join_team(by=dee.elevated(), pupil=sam, user=eli.user, part="Tutor")
    closeness.declare_conflict(by=eli, user=eli.user, pupil=sam, kind=Conflict.Kind.OWN_CHILD)

    assert not sees(again(eli), incident)


def test_only_the_dsl_and_the_head_name_a_team(ada, dan, eli, dee, sam, granted):
    """SR-42."""
    for viewer in (ada, dan.elevated(), dee):
        with pytest.raises(NotAllowed):
            closeness.join_team(by=viewer, pupil=sam, user=eli.user, part="Tutor")


# Cover


def test_a_deputy_who_stands_in_reads_every_category_between_the_days(oak, ada, dan, dee, sam):
    """SR-35: and is told of what the absent person would be."""
    incident = factories.incident(ada, sam)
    assert not sees(dan, incident)
    today = timezone.localdate()
    cover = Cover.objects.create(
        school=oak,
        absent=dee.user,
        by=dan.user,
        arranged_by=dee.user,
        starts_on=today,
        ends_on=today,
    )
    assert sees(again(dan), incident)

    factories.always_alerted(oak, Role.DSL)
    told = factories.incident(ada, sam).alerts.values_list("recipient__name", "because")
    assert set(told) == {("Dee Okafor", "always"), ("Dan Price", "cover")}
    Cover.objects.filter(pk=cover.pk).update(
        starts_on=today - timedelta(days=9), ends_on=today - timedelta(days=1)
    )
    assert not sees(again(dan), incident)


def test_standing_in_gives_nothing_to_who_is_no_deputy(oak, ada, eli, pat, dee, sam):
    """SR-44."""
    today, incident = timezone.localdate(), factories.incident(ada, sam)
    for viewer in (eli, pat):
        Cover.objects.create(
            school=oak,
            absent=dee.user,
            by=viewer.user,
            arranged_by=dee.user,
            starts_on=today,
            ends_on=today,
        )

    assert not sees(again(eli), incident)
    assert not sees(again(pat), incident)


# An emergency


def test_a_file_opened_in_an_emergency_is_open_for_hours_and_the_leads_are_told_at_once(
    ada, pat, dee, dan, hal, sam, rosa, open_as
):
    """SR-27: with a reason, on the ledger, and signed at once."""
    incident, other = factories.incident(ada, sam), factories.incident(ada, rosa)
    client = open_as(pat.elevated())
    assert client.get(reverse("chronology", args=[sam.pk])).status_code == 404

    answer = client.post(
        reverse("break-glass"), {"pupil": sam.pk, "reason": "Police at the gate, DSL on a train."}
    )

    assert answer.url == reverse("chronology", args=[sam.pk])
    assert client.get(answer.url).status_code == 200
    assert (sees(pat, incident), sees(pat, other)) == (True, False)
    notices = AccountNotice.objects.filter(what=AccountNotice.What.EMERGENCY)
    assert {one.user for one in notices} == {dee.user, dan.user, hal.user}
    assert SealedBody.objects.filter(kind=Kind.EMERGENCY).count() == 1
    assert mail.outbox == []  # by the outbox, after the commit
    opened = BreakGlass.objects.get()
    assert timedelta(hours=3) < opened.ends_at - timezone.now() < timedelta(hours=5)


def test_it_needs_a_reason_and_opens_no_file_in_conflict_and_nothing_that_is_limited(
    ada, pat, dee, sam, rosa
):
    """SR-27, SR-49, SR-50: no reason overrides a conflict."""
    incident = factories.incident(ada, sam)
    with pytest.raises(NeedsAReason):
        closeness.break_glass(by=pat.elevated(), pupil=sam, reason=" ")
    closeness.declare_conflict(by=pat, user=pat.user, pupil=rosa, kind=Conflict.Kind.RELATION)
    with pytest.raises(NotAllowed):
        closeness.break_glass(by=pat.elevated(), pupil=rosa, reason="Now.")
    about_pat = factories.incident(ada, sam, subjects=[pat.user])

    closeness.break_glass(by=pat.elevated(), pupil=sam, reason="Now.")

    assert sees(pat, incident)
    assert not sees(pat, about_pat)


@pytest.mark.parametrize("name", ["ada", "gus", "max_", "ivy"])
def test_nobody_else_opens_anything_in_an_emergency(request, sam, name, open_as):
    """SR-27."""
    viewer = request.getfixturevalue(name)

    with pytest.raises(NotAllowed):
        closeness.break_glass(by=viewer.elevated(), pupil=sam, reason="Now.")
    assert open_as(viewer.elevated()).get(reverse("break-glass")).status_code == 404


def test_another_lead_reviews_it_in_writing_and_the_badge_goes(ada, pat, dee, hal, sam, open_as):
    """SR-27: not whoever opened it."""
    opened = closeness.break_glass(by=dee.elevated(), pupil=sam, reason="I was at home.")
    with pytest.raises(NotForOneself):
        closeness.review_break_glass(by=dee.elevated(), opened=opened, judgement="Fine.")
    with pytest.raises(NotAllowed):
        closeness.review_break_glass(by=pat.elevated(), opened=opened, judgement="Fine.")
    client = open_as(hal.elevated())
    assert "I was at home." in client.get(reverse("emergencies")).content.decode()

    answer = client.post(
        reverse("review-emergency", args=[opened.pk]), {"judgement": "Right, and well recorded."}
    )

    assert answer.url == reverse("emergencies")
    assert "Right, and well recorded." in client.get(answer.url).content.decode()
    assert not BreakGlass.objects.not_reviewed().exists()


def test_the_emergency_of_a_child_in_conflict_is_not_listed(pat, dee, sam, open_as):
    """SR-50."""
    closeness.declare_conflict(by=dee, user=dee.user, pupil=sam, kind=Conflict.Kind.OWN_CHILD)
    closeness.break_glass(by=pat.elevated(), pupil=sam, reason="Canary reason.")

    page = open_as(dee.elevated()).get(reverse("emergencies"))

    assert "Canary reason" not in page.content.decode()
    assert not AccountNotice.objects.filter(user=dee.user).exists()


def test_actions_of_an_emergency_are_recorded_as_ever(ada, pat, sam):
    """SR-55."""
    incident = factories.incident(ada, sam)
    closeness.break_glass(by=pat.elevated(), pupil=sam, reason="Now.")

    factories.action(pat.elevated(), incident, narrative="Rang the social worker.")

    assert Action.objects.get().author == pat.user
