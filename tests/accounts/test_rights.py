"""What a school takes from a role, and who stands in for an absent DSL."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import lowering, rights
from accounts.models import AccountNotice, Cover
from accounts.permissions import MAY_BE_WITHHELD, Permission, Role
from accounts.roles import DatesDoNotFit, HeldAlready
from accounts.viewer import viewer_for
from ledger.models import SealedBody
from safeguard.errors import DomainError, NotAllowed

P = Permission
DAY = timedelta(days=1)


def anew(viewer):
    return viewer_for(viewer.user, type(viewer.school).objects.get(pk=viewer.school_id)).elevated()


def last_body() -> dict:
    return json.loads(bytes(SealedBody.objects.order_by("recorded_at").last().body))


def arrange(by, absent, deputy, first=0, last=3):
    today = timezone.localdate()
    return rights.arrange_cover(
        by=by.elevated(),
        absent=absent.user,
        deputy=deputy.user,
        starts_on=today + first * DAY,
        ends_on=today + last * DAY,
    )


def test_what_is_taken_from_a_role_is_gone_and_comes_back(dee, hal, pat):
    """SR-35, SR-51: from the next request on; taken by one person, given back by two."""
    rights.withhold(by=dee.elevated(), role=Role.PASTORAL, withheld=[P.READ_CHRONOLOGY])
    taken = anew(pat).has(P.READ_CHRONOLOGY)
    said = last_body()

    waits = rights.withhold(by=anew(dee), role=Role.PASTORAL, withheld=[]).waits
    waiting = anew(pat).has(P.READ_CHRONOLOGY)
    lowering.approve(by=anew(hal), proposal=waits, now=timezone.now())

    assert not taken
    assert said["withheld"] == ["READ_CHRONOLOGY"]
    assert not waiting
    assert anew(pat).has(P.READ_CHRONOLOGY)


def test_nothing_is_taken_beyond_the_bounds(dee):
    """SR-54: a school cannot lock its DSL out, or take recording from anybody."""
    for role in Role:
        for one in set(P) - MAY_BE_WITHHELD.get(role, frozenset()):
            with pytest.raises(NotAllowed):
                rights.withhold(by=dee.elevated(), role=role, withheld=[one])


@pytest.mark.parametrize("who", ["ivy", "dan", "sal", "pat", "ada", "max_", "gus"])
def test_only_the_dsl_and_the_head_change_rights_or_arrange_cover(who, request, dee, dan):
    """C2, note 7: the administrator sees rights and cannot widen anybody's."""
    by = request.getfixturevalue(who).elevated()

    with pytest.raises(NotAllowed):
        rights.withhold(by=by, role=Role.SLT, withheld=[])
    with pytest.raises(NotAllowed):
        arrange(by, dee, dan)


def test_giving_back_is_told_to_the_other_leads_and_taking_is_not(dee, hal, pat):
    rights.withhold(by=dee.elevated(), role=Role.PASTORAL, withheld=[P.MAKE_REPORTS])
    taken = AccountNotice.objects.count()

    waits = rights.withhold(by=anew(dee), role=Role.PASTORAL, withheld=[]).waits
    proposed = [(one.user, one.what) for one in AccountNotice.objects.all()]
    lowering.approve(by=anew(hal), proposal=waits, now=timezone.now())

    assert taken == 0
    assert proposed == [(hal.user, AccountNotice.What.SETTING)]
    told = AccountNotice.objects.get(what=AccountNotice.What.RIGHTS)
    assert told.user == dee.user


def test_a_deputy_reads_every_category_while_they_stand_in(dee, hal, dan):
    """C2, note 2."""
    before = anew(dan).reads_every_category
    arrange(dee, dee, dan)
    during = anew(dan).reads_every_category
    rights.end_cover(by=hal.elevated(), cover=Cover.objects.get())

    assert (before, during, anew(dan).reads_every_category) == (False, True, False)
    assert AccountNotice.objects.filter(user=dan.user).exists()


def test_cover_that_has_begun_ends_with_yesterday_and_stays_to_be_seen(dee, dan):
    cover = arrange(dee, dee, dan)
    Cover.objects.update(starts_on=timezone.localdate() - 5 * DAY)

    rights.end_cover(by=dee.elevated(), cover=cover)

    cover.refresh_from_db()
    assert cover.ends_on == timezone.localdate() - DAY
    assert last_body()["setting"] == "cover"
    with pytest.raises(DomainError, match="over already"):
        rights.end_cover(by=dee.elevated(), cover=cover)


def test_only_a_deputy_stands_in_and_only_for_a_dsl(dee, hal, dan, pat, una):
    for absent, deputy in ((dee, pat), (hal, dan), (dan, dan), (una, dan), (dee, una)):
        with pytest.raises(NotAllowed):
            arrange(hal, absent, deputy)


def test_days_that_do_not_fit_are_refused(dee, dan):
    with pytest.raises(DatesDoNotFit):
        arrange(dee, dee, dan, 3, 2)
    with pytest.raises(DatesDoNotFit):
        arrange(dee, dee, dan, -5, -2)
    arrange(dee, dee, dan, 0, 3)
    with pytest.raises(HeldAlready):
        arrange(dee, dee, dan, 3, 6)


def test_the_pages_take_and_arrange(dee, dan, open_as):
    client = open_as(dee.elevated())
    page = reverse("withhold-rights", args=["slt"])
    client.post(page, {"withheld": ["READ_CHRONOLOGY"], "role": "dsl"})
    bad = client.post(page, {"withheld": ["ADD_INCIDENT"]})
    day = timezone.localdate().isoformat()
    form = {"absent": dee.user_id, "deputy": dan.user_id, "starts_on": day, "ends_on": day}
    client.post(reverse("arrange-cover"), form)

    assert "READ_CHRONOLOGY" in anew(dee).school.withheld["slt"]
    assert "Choose from the list" in bad.content.decode()
    assert Cover.objects.get().by == dan.user
    assert "Dan Price" in client.get(reverse("cover")).content.decode()
    assert client.get(reverse("withhold-rights", args=["dsl"])).status_code == 404
    assert "Taken from them here" in client.get(reverse("rights")).content.decode()
