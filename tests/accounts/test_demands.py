"""A school may demand a passkey or security key for elevating (SR-22)."""

import json
from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import codes, demands, holders, keys, lowering, sessions
from accounts.demands import Demand
from accounts.factors import PrintedCodeUse
from accounts.holders import TooFewLeft
from accounts.models import AccountNotice, Authenticator, School, SessionState
from accounts.permissions import Role
from accounts.roles import NeedsSecondPerson
from ledger.models import SealedBody
from safeguard.errors import NotAllowed
from tests.accounts.doors import app_for, code_given_to, no_longer_fresh, signed_in, state_of
from tests.accounts.security_key import SecurityKey, key_for
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

ELEVATE = "/elevate/?next=/pupils/"
READS = "/pupils/"
KEY = [Demand.KEY]


def own_key(viewer) -> SecurityKey:
    """A key of somebody's, without the page."""
    state = sessions.begin(user=viewer.user, school=viewer.school, now=timezone.now())
    return key_for(state)


@pytest.fixture
def keyed(dee, hal):
    """Dee and Hal have a key each."""
    return {one: own_key(one) for one in (dee, hal)}


@pytest.fixture
def strict(oak, keyed, dee) -> School:
    """Oak, which demands a key."""
    demands.change(by=dee.elevated(), demanded=KEY)
    oak.refresh_from_db()
    return oak


def asked(client: Client, name: str = "ask-key") -> dict:
    return client.post(reverse(name)).json()


def is_elevated(client: Client) -> bool:
    return state_of(client).elevated_until is not None


def test_it_is_off_until_somebody_says_so(oak, dee):
    """SR-22."""
    assert demands.demanded_by(oak) == set()
    client, app = signed_in(dee), app_for(dee.user)
    client.post(ELEVATE, {"code": app.code()})
    assert is_elevated(client)


def test_who_demands_it_is_in_the_ledger_and_the_other_leads_are_told(oak, keyed, dee, hal):
    """SR-22, SR-51: to demand it no more takes a second person."""
    demands.change(by=dee.elevated(), demanded=KEY)
    proposed = demands.change(by=hal.elevated(), demanded=[]).waits
    with pytest.raises(NeedsSecondPerson):
        lowering.approve(by=hal.elevated(), proposal=proposed, now=timezone.now())
    oak.refresh_from_db()
    held_until_then = demands.demanded_by(oak)

    lowering.approve(by=dee.elevated(), proposal=proposed, now=timezone.now())

    oak.refresh_from_db()
    assert (held_until_then, demands.demanded_by(oak)) == (set(KEY), set())

    bodies = [json.loads(bytes(row.body)) for row in SealedBody.objects.order_by("recorded_at")]
    said = [body.get("demanded", []) for body in bodies if body.get("setting") == "demands"]
    assert said == [["requires_key"], []]
    told = AccountNotice.objects.filter(what=AccountNotice.What.DEMANDS).order_by("recorded_at")
    assert [one.user for one in told] == [hal.user, hal.user]


@pytest.mark.parametrize("who", ["ada", "pat", "dan", "sal", "ivy", "max_"])
def test_only_the_dsl_and_the_head_say_what_is_demanded(who, request, keyed, oak):
    """SR-22, SR-54."""
    with pytest.raises(NotAllowed):
        demands.change(by=request.getfixturevalue(who).elevated(), demanded=KEY)


def test_with_fewer_than_two_holders_who_have_a_key_it_is_refused(oak, dee, hal, ada):
    """SR-22, SR-28: an app does not count, nor does a key of somebody without such a role."""
    own_key(dee)
    own_key(ada)
    app_for(hal.user)

    with pytest.raises(TooFewLeft, match="Fewer than two people"):
        demands.change(by=dee.elevated(), demanded=KEY)

    own_key(hal)
    last = timezone.localdate()
    hal.user.memberships.update(ends_on=last)
    with pytest.raises(TooFewLeft, match=f"after {last:%-d %B %Y}"):
        demands.change(by=dee.elevated(), demanded=KEY)
    assert not School.objects.get(pk=oak.pk).requires_key


def test_while_it_is_demanded_two_with_keys_stay(strict, dee, hal, sal):
    """SR-28: a third holder's app spares nobody their key."""
    app_for(sal.user)
    app_for(dee.user)

    assert holders.holders(strict).count() == 2
    with pytest.raises(TooFewLeft):
        keys.remove_key(dee.user, keys.keys_of(dee.user)[0].pk)
    keys.remove_app(dee.user)  # which opens nothing here
    own_key(sal)
    keys.remove_key(dee.user, keys.keys_of(dee.user)[0].pk)


def test_the_page_says_whom_it_would_lock_out(keyed, dee, sal, ada, open_as):
    """SR-22: those whose role uses an authenticator and who have no key; nobody else."""
    app_for(sal.user)
    browser = open_as(dee.elevated())

    page = browser.get(reverse("demands")).content.decode()
    done = browser.post(reverse("demands"), {"demanded": ["requires_key"]}, follow=True)

    of_key = page.partition('id="effect-requires_key"')[2]
    assert "These could not elevate any more" in of_key
    assert sal.user.name in of_key
    assert ada.user.name not in of_key
    assert "A passkey or security key to elevate" in done.content.decode()
    assert School.objects.get(pk=dee.school_id).requires_key


def test_what_is_refused_stands_over_the_form_with_what_was_chosen(dee, open_as):
    page = open_as(dee.elevated()).post(reverse("demands"), {"demanded": ["requires_key"]})

    assert "Fewer than two people" in page.content.decode()
    assert "checked" in page.content.decode()


def test_elevated_access_ends_everywhere_but_where_it_was_demanded(oak, elm, keyed, dee, sal, una):
    """SR-22: who elevated by a code does so no longer."""
    elsewhere = sessions.begin(user=sal.user, school=oak, now=timezone.now())
    at_elm = sessions.begin(user=una.user, school=elm, now=timezone.now())
    mine = sessions.begin(user=dee.user, school=oak, now=timezone.now())
    for one in (elsewhere, at_elm, mine):
        sessions.elevate(one.pk, timezone.now(), bound_to="a browser")
    mine.refresh_from_db()

    demands.change(by=replace(dee.elevated(), session=mine), demanded=KEY)

    elevated = SessionState.objects.exclude(elevated_until=None)
    assert set(elevated) == {at_elm, mine}


def test_a_code_of_the_app_no_longer_elevates_and_a_key_and_a_recovery_code_do(strict, dee, keyed):
    """SR-22."""
    app = app_for(dee.user)
    [paper, *_] = codes.make_recovery_codes(by=dee)
    by_app, by_key, by_paper = (signed_in(dee) for _ in range(3))

    page = by_app.get(ELEVATE).content.decode()
    by_app.post(ELEVATE, {"code": app.code()})
    assert not is_elevated(by_app)
    by_key.post(ELEVATE, {"answer": keyed[dee].answer_to_use(asked(by_key))})
    assert is_elevated(by_key)
    by_paper.post(f"{reverse('elevate')}?with=recovery", {"code": paper})
    assert is_elevated(by_paper)
    assert "What code does your" not in page
    assert Authenticator.objects.get(user=dee.user).last_step == -1  # it was not even judged


def test_no_code_of_the_app_proves_again_either(strict, dee, keyed):
    """SR-22, SR-38."""
    app, client = app_for(dee.user), signed_in(dee)
    client.post(ELEVATE, {"answer": keyed[dee].answer_to_use(asked(client))})
    no_longer_fresh(client)

    client.post(reverse("code-again"), {"code_again-code": app.code()})

    assert not state_of(client).is_fresh(timezone.now())


def test_in_another_school_the_app_counts_as_before(strict, elm, una):
    """SR-22, SR-47: one school's demand is for that school."""
    client, app = signed_in(una), app_for(una.user)

    client.post(ELEVATE, {"code": app.code()})

    assert is_elevated(client)


def test_who_has_the_app_alone_adds_a_key_by_it_and_is_elevated(strict, sal):
    """SR-22, SR-25: the password, a code of the app and the key; no colleague is needed."""
    app, client, key = app_for(sal.user), signed_in(sal), SecurityKey()
    page = client.get(ELEVATE).content.decode()
    assert reverse("first-key") in page
    assert client.get(reverse("enrol-authenticator")).url.startswith(reverse("first-key"))
    sent = {"name": "My key", "password": PASSWORD, "code": app.code()}

    done = client.post(
        f"{reverse('first-key')}?next=/pupils/",
        sent | {"answer": key.answer_to_add(asked(client, "ask-first-key"))},
    )

    assert done.status_code == 200  # ten recovery codes, this once
    assert [one.name for one in keys.keys_of(sal.user)] == ["My key"]
    assert client.get(READS).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("password", "not it"), ("code", "000000"), ("answer", "{}"), ("answer", ""), ("code", "")],
)
def test_with_one_of_them_wrong_no_first_key_is_added(strict, sal, field, value):
    """SR-25."""
    app, client, key = app_for(sal.user), signed_in(sal), SecurityKey()
    sent = {
        "name": "My key",
        "password": PASSWORD,
        "code": app.code(),
        "answer": key.answer_to_add(asked(client, "ask-first-key")),
    }

    page = client.post(reverse("first-key"), sent | {field: value})

    assert "govuk-error-summary" in page.content.decode()
    assert keys.keys_of(sal.user) == []
    assert not is_elevated(client)


def test_a_newcomer_begins_with_a_key_for_a_code_given_in_person(strict, sal):
    """SR-22, SR-25."""
    given, client, key = code_given_to(sal), signed_in(sal), SecurityKey()
    sent = {"name": "My key", "password": PASSWORD, "given": given}

    asked(client, "ask-first-key")
    refused = client.post(reverse("first-key"), sent | {"answer": "{}"})
    assert "was not accepted" in refused.content.decode()
    assert not PrintedCodeUse.objects.exists()  # the code is good still
    client.post(
        reverse("first-key"),
        sent | {"answer": key.answer_to_add(asked(client, "ask-first-key"))},
    )

    assert is_elevated(client)
    assert PrintedCodeUse.objects.exists()


def test_a_wrong_given_code_stays_counted(oak, sal):
    """SR-13: also where the school demands nothing."""
    code_given_to(sal)
    client, key = signed_in(sal), SecurityKey()
    sent = {"name": "My key", "password": PASSWORD, "given": "AAAA BBBB CCCC DDDD"}

    client.post(
        reverse("first-key"),
        sent | {"answer": key.answer_to_add(asked(client, "ask-first-key"))},
    )

    assert codes.book_of(sal.user, codes.CodeKind.ENROLMENT).throttling_failure_count == 1
    assert not keys.keys_of(sal.user)


def test_whoever_has_a_key_adds_the_next_with_it_and_not_here(keyed, dee, ada):
    """SR-25, SR-42."""
    for viewer in (dee, ada):  # who has one, and who uses none
        client = signed_in(viewer)
        assert client.get(reverse("first-key")).status_code == 404
        assert client.post(reverse("ask-first-key")).status_code == 404


def test_the_list_of_authenticators_says_who_lacks_a_key(strict, sal, dee, open_as):
    app_for(sal.user)

    page = open_as(dee.elevated()).get(reverse("authenticators")).content.decode()

    assert "An app, no key yet" in page
    assert Role.SLT.label in page
