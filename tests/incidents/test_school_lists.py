"""Grants by category and alert groups, as the DSL and the head set them."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts import lowering, people, roles
from accounts.leaving import NobodyLeft
from accounts.models import AccountNotice, SettingProposal
from accounts.permissions import Role
from accounts.roles import DatesDoNotFit, HeldAlready, NeedsSecondPerson, NotForOneself
from incidents import granting, grouping
from incidents.grouping import NameTaken, NobodyInIt
from incidents.models import AlertGroup, Category, CategoryGrant, Incident
from ledger.models import SealedBody
from safeguard.errors import DomainError, NotAllowed
from tests import factories

OTHERS = ["ivy", "dan", "sal", "pat", "ada", "max_", "gus"]


@pytest.fixture
def home(oak) -> Category:
    return factories.category(oak)


def grant(by, category, **fields):
    fields = {"role": Role.DEPUTY_DSL, "parts": ["see_incidents"]} | fields
    return granting.add_grant(by=by.elevated(), category=category, **fields)


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_a_grant_opens_a_category_and_its_end_closes_it(dee, hal, dan, ada, sam, home):
    """SR-35: at the next request."""
    incident = factories.incident(ada, sam)
    before = Incident.objects.visible_to(dan.elevated()).exists()

    held = grant(dee, home)
    during = Incident.objects.visible_to(dan.elevated()).contains(incident)
    granting.end_grant(by=hal.elevated(), grant=held)

    assert (before, during) == (False, True)
    assert not Incident.objects.visible_to(dan.elevated()).exists()
    said = json.loads(bytes(SealedBody.objects.order_by("recorded_at").last().body))
    assert said["setting"] == "category grant"
    told = AccountNotice.objects.filter(what=AccountNotice.What.RIGHTS)
    assert [notice.user for notice in told] == [hal.user]


@pytest.mark.parametrize("who", OTHERS)
def test_only_the_dsl_and_the_head_give_grants_and_change_lists(who, request, home, team, dee):
    """AC32, SR-54: an administrator opens no content, neither by a grant nor by a group."""
    by = request.getfixturevalue(who).elevated()
    held = grant(dee, home)

    for attempt in (
        lambda: grant(by, home),
        lambda: granting.end_grant(by=by, grant=held),
        lambda: granting.change_category(by=by, category=home, flags=[], reason="x"),
        lambda: grouping.add_group(by=by, name="Ours", roles=[Role.IT_ADMIN], members=[by.user]),
        lambda: grouping.change_group(
            by=by, group=team, name=team.name, roles=[], members=[by.user]
        ),
        lambda: grouping.retire_group(by=by, group=team, on=timezone.localdate()),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_nobody_gives_themselves_a_grant(dee, home):
    with pytest.raises(NotForOneself):
        grant(dee, home, role="", user=dee.user)


def test_a_grant_is_for_a_role_or_a_person_of_the_school_in_its_own_category(
    dee, pat, una, elm, home, oak
):
    below = factories.either_level(oak, "Home and family: Housing")
    for fields, category in (
        ({"user": pat.user}, home),  # and a role
        ({"role": ""}, home),
        ({"role": "", "user": una.user}, home),
        ({"role": Role.DSL}, home),
        ({"parts": []}, home),
        ({"parts": ["read_everything"]}, home),
        ({}, factories.category(elm)),
        ({}, below),
    ):
        with pytest.raises(DomainError):
            grant(dee, category, **fields)
    assert not CategoryGrant.objects.exists()


def test_the_same_grant_is_not_given_twice_and_days_must_fit(dee, home):
    today = timezone.localdate()
    grant(dee, home)
    with pytest.raises(HeldAlready):
        grant(dee, home)
    with pytest.raises(DatesDoNotFit):
        grant(dee, home, starts_on=today, ends_on=today - timedelta(days=1))
    grant(dee, home, year_groups=["4"])


@pytest.mark.parametrize(
    ("guarded", "opened"),
    [
        (["restricted"], []),
        (["added_by_grant"], []),
        ([], ["shows_injuries"]),
        (["restricted", "added_by_grant"], ["shows_injuries"]),
    ],
)
def test_one_person_guards_a_category_and_two_open_it(guarded, opened, dee, hal, home):
    """SR-51: a lowered setting waits for a second person; of both the others are told."""
    granting.change_category(by=dee.elevated(), category=home, flags=guarded, reason="x")
    told = AccountNotice.objects.count()
    waits = granting.change_category(
        by=dee.elevated(), category=home, flags=opened, reason="x"
    ).waits

    home.refresh_from_db()
    assert [flag for flag in granting.FLAGS if getattr(home, flag)] == guarded
    assert told == 0
    assert [notice.user for notice in AccountNotice.objects.all()] == [hal.user]

    with pytest.raises(NeedsSecondPerson):
        lowering.approve(by=dee.elevated(), proposal=waits, now=timezone.now())
    lowering.approve(by=hal.elevated(), proposal=waits, now=timezone.now())
    home.refresh_from_db()
    assert [flag for flag in granting.FLAGS if getattr(home, flag)] == opened


def test_a_change_both_ways_guards_at_once_and_opens_with_the_second_person(dee, hal, home):
    """SR-51."""
    granting.change_category(by=dee.elevated(), category=home, flags=["restricted"], reason="x")
    changed = granting.change_category(
        by=dee.elevated(), category=home, flags=["added_by_grant"], reason="x"
    )

    home.refresh_from_db()
    assert (home.restricted, home.added_by_grant) == (True, True)
    assert changed.waits.lowered == ["restricted"]
    lowering.approve(by=hal.elevated(), proposal=changed.waits, now=timezone.now())
    home.refresh_from_db()
    assert (home.restricted, home.added_by_grant) == (False, True)


def test_an_opened_category_waits_on_its_page_and_is_answered_there(dee, hal, home, open_as):
    """SR-51, from page to page."""
    granting.change_category(by=dee.elevated(), category=home, flags=["restricted"], reason="x")
    client = open_as(dee.elevated())
    sent = client.post(
        reverse("change-category", args=[home.pk]), {"reason": "Two grants fit."}, follow=True
    )
    page = reverse("decide-setting", args=[SettingProposal.objects.get().pk])

    assert "waits for a second person" in text(sent)
    assert "Home and family: no longer restricted" in text(client.get(reverse("categories")))
    assert "You cannot agree to this one" in text(client.get(page))
    assert "Two grants fit." in text(client.get(page))
    again = client.post(page, {"answer": "approve"})
    assert "a second person has to agree" in text(again)

    second = open_as(hal.elevated())
    assert "Home and family: no longer restricted" in text(second.get(page))
    answered = second.post(page, {"answer": "approve"}, follow=True)
    home.refresh_from_db()
    assert not home.restricted
    assert "agreed by Hal Grant" in text(answered)
    assert second.get(page).status_code == 404


def test_the_always_alerted_group_is_never_left_with_nobody(dee, dan, gus, team):
    """Somebody is told of every concern."""
    change = {"by": dee.elevated(), "group": team, "name": team.name}
    for in_it in (
        {"roles": [], "members": []},
        {"roles": [Role.SENCO], "members": []},  # nobody holds it
        {"roles": [], "members": [gus.user]},  # a governor records nothing and is told nothing
    ):
        with pytest.raises(NobodyInIt):
            grouping.change_group(**change, **in_it)
    with pytest.raises(NobodyInIt):
        grouping.retire_group(by=dee.elevated(), group=team, on=timezone.localdate())

    team.refresh_from_db()
    assert team.roles == [Role.DSL, Role.DEPUTY_DSL]
    grouping.change_group(**change, roles=[], members=[dan.user])


def test_who_is_alone_in_the_always_alerted_group_cannot_leave(ivy, dee, dan, eli, team):
    """Neither by the end of the account nor by the end of the role."""
    people.end_person(by=ivy.elevated(), user=dan.user, now=timezone.now())

    with pytest.raises(NobodyLeft):
        people.end_person(by=ivy.elevated(), user=dee.user, now=timezone.now())
    yesterday = timezone.localdate() - roles.ONE_DAY
    with pytest.raises(NobodyLeft):
        roles.end_role(by=ivy.elevated(), membership=dee.user.memberships.get(), on=yesterday)

    dee.user.refresh_from_db()
    assert dee.user.is_active
    people.end_person(by=ivy.elevated(), user=eli.user, now=timezone.now())


def test_a_group_is_added_renamed_and_retired(dee, ada, team):
    added = grouping.add_group(
        by=dee.elevated(), name="Year 4", roles=[Role.SENCO], members=[ada.user]
    )
    grouping.change_group(
        by=dee.elevated(), group=added, name="Year four", roles=[], members=[ada.user]
    )
    renamed = AlertGroup.objects.get(pk=added.pk)
    grouping.retire_group(by=dee.elevated(), group=added, on=timezone.localdate())

    assert (renamed.name, renamed.roles, renamed.purpose) == ("Year four", [], "picked")
    assert not AlertGroup.objects.in_use().contains(added)
    with pytest.raises(NameTaken):
        grouping.add_group(by=dee.elevated(), name=team.name, roles=[], members=[])


def test_nobody_of_another_school_gets_into_a_group(dee, una, team):
    with pytest.raises(NotAllowed):
        grouping.add_group(by=dee.elevated(), name="X", roles=[], members=[una.user])
    with pytest.raises(NotAllowed):
        grouping.change_group(by=una.elevated(), group=team, name="X", roles=[], members=[])


def test_the_pages_set_what_they_are_sent_and_nothing_else(dee, pat, ada, home, team, open_as):
    """SR-44, SR-61."""
    client = open_as(dee.elevated())
    more = {"school": "elm-park", "purpose": "always", "shows_injuries": "on", "see_pupils": "on"}
    form = {"user": pat.user_id, "parts": ["see_incidents"], "year_groups": ["4", "5"], **more}
    client.post(reverse("add-grant", args=[home.pk]), form)
    group = {"name": "Year 4", "roles": ["senco"], "members": [ada.user_id], **more}
    client.post(reverse("add-alert-group"), group)
    client.post(
        reverse("change-category", args=[home.pk]), {"flags": ["restricted"], "reason": "x", **more}
    )

    held = CategoryGrant.objects.get()
    home.refresh_from_db()
    assert (held.user, held.see_pupils, held.see_incidents) == (pat.user, False, True)
    assert held.year_groups == ["4", "5"]
    assert AlertGroup.objects.get(name="Year 4").purpose == "picked"
    assert (home.restricted, home.shows_injuries) == (True, False)
    assert "Pat Lowe" in text(client.get(reverse("categories")))
    client.post(reverse("end-grant", args=[held.pk]))
    assert "Pat Lowe" not in text(client.get(reverse("categories")))


def test_what_does_not_fit_is_said_and_what_was_typed_stays(dee, home, team, open_as):
    client = open_as(dee.elevated())

    nobody = text(client.post(reverse("add-grant", args=[home.pk]), {"parts": ["act"]}))
    empty = text(client.post(reverse("change-alert-group", args=[team.pk]), {"name": "Our group"}))

    assert "one of the two" in nobody
    assert "always alerted" in empty
    assert 'value="Our group"' in empty


@pytest.mark.parametrize("name", ["categories", "alert-groups"])
def test_ten_cost_what_one_costs(name, dee, oak, ada, home, team, open_as):
    client = open_as(dee.elevated())
    grant(dee, home)
    client.get(reverse(name))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse(name))
    for number in range(10):
        grant(dee, factories.category(oak, f"Category {number}"), role="", user=ada.user)
        grouping.add_group(by=dee.elevated(), name=f"Group {number}", roles=[], members=[ada.user])

    with CaptureQueriesContext(connection) as ten:
        client.get(reverse(name))

    assert len(ten) == len(one)
