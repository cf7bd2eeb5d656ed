"""The sealed code: two halves, one named person, four hours, once, and everybody hears of it."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import codes, roles, sealed, sessions, tasks
from accounts.authenticator import CodeRefused
from accounts.factors import CodeKind
from accounts.models import AccountNotice, SessionState
from accounts.permissions import Role, Strength
from accounts.roles import NeedsSecondPerson, NotForOneself, ProposalIsOver
from accounts.sealed_codes import SealedCode, SealedCodeReview, SealedCodeUse
from accounts.viewer import system_viewer, viewer_for
from ledger.models import AccessEntry, SealedBody, Via
from safeguard.errors import NotAllowed
from tests import factories
from tests.accounts.doors import key_of, signed_in, state_of, with_password
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

NOW = timezone.now
What = AccountNotice.What
READS = "/pupils/"


@pytest.fixture
def chair(oak):
    return factories.person("Cho Chair", oak, Role.CHAIR)


@pytest.fixture
def officer(oak):
    return factories.person("Dpo Officer", oak, Role.DPO)


def made_for(user, *, asked_by, agreed_by) -> tuple[str, str]:
    """Both halves of a code for somebody, as they stand in the two envelopes."""
    first = sealed.ask(by=asked_by.elevated(), user=user, now=NOW())
    second = sealed.agree(by=agreed_by.elevated(), code=first.code, now=NOW())
    return first.half, second.half


@pytest.fixture
def halves(dan, dee, hal) -> tuple[str, str]:
    """The school's code, for Dan."""
    return made_for(dan.user, asked_by=dee, agreed_by=hal)


def opening(halves, **other) -> dict:
    """What the form sends."""
    said = {"first": halves[0], "second": halves[1], "reason": "Nobody is here."}
    return said | {"password": PASSWORD} | other


@pytest.fixture
def opened(dan, halves) -> Client:
    """Dan's browser, in which he used the code."""
    client = signed_in(dan)
    assert client.post(reverse("use-sealed-code"), opening(halves)).status_code == 302
    return client


def bodies() -> list[dict]:
    rows = SealedBody.objects.order_by("recorded_at")
    said = [json.loads(bytes(row.body)) for row in rows]
    return [body for body in said if body.get("setting") == "sealed code"]


def test_break_glass_opens_for_four_hours_once(opened, dan, halves):
    """SR-27: elevated, by nothing but the two halves; and a used code is void."""
    assert opened.get(READS).status_code == 200
    used = SealedCodeUse.objects.get()
    assert timedelta(hours=4) - (used.ends_at - NOW()) < timedelta(minutes=1)

    again = signed_in(dan)
    assert again.get(reverse("use-sealed-code")).status_code == 404
    assert again.post(reverse("use-sealed-code"), opening(halves)).status_code == 404
    assert not state_of(again).elevated_until


def test_it_is_a_code_of_128_bits_of_which_the_database_holds_hashes(halves):
    """SR-27, SR-30."""
    for half in halves:
        assert len(half.replace(" ", "")) == 13  # 64 bits
    code = SealedCode.objects.get()
    for kept in (code.first_half, code.agreed.second_half):
        assert kept.startswith("argon2$argon2id$")
    assert halves[0] != halves[1]


def test_each_half_is_shown_to_one_of_two_people_once(dee, hal, dan, open_as):
    """SR-27: nobody sees both."""
    asks, agrees = open_as(dee.elevated()), open_as(hal.elevated())

    first = asks.post(reverse("ask-sealed-code"), {"user": str(dan.user_id)})
    code = SealedCode.objects.get()
    second = agrees.post(reverse("agree-sealed-code", args=[code.pk]), {})

    assert "The first half" in first.content.decode()
    assert "the headteacher" in first.content.decode()
    assert "The second half" in second.content.decode()
    assert "the chair of governors" in second.content.decode()
    half = second.context["half"].half
    assert half not in first.content.decode()
    assert agrees.get(reverse("agree-sealed-code", args=[code.pk])).status_code == 404
    assert asks.get(reverse("agree-sealed-code", args=[code.pk])).status_code == 404
    assert half not in asks.get(reverse("sealed-code")).content.decode()


def test_it_takes_two_people_and_neither_is_the_one_it_names(dee, dan, hal, ada):
    """SR-27."""
    with pytest.raises(NotForOneself):
        sealed.ask(by=dee.elevated(), user=dee.user, now=NOW())
    for by in (dan, ada):
        with pytest.raises(NotAllowed):
            sealed.ask(by=by.elevated(), user=hal.user, now=NOW())
    with pytest.raises(NotAllowed, match="uses an authenticator"):
        sealed.ask(by=dee.elevated(), user=ada.user, now=NOW())
    code = sealed.ask(by=dee.elevated(), user=dan.user, now=NOW()).code
    for by in (dee, dan):
        with pytest.raises(NeedsSecondPerson):
            sealed.agree(by=by.elevated(), code=code, now=NOW())
    with pytest.raises(NotAllowed):
        sealed.agree(by=ada.elevated(), code=code, now=NOW())
    with pytest.raises(ProposalIsOver):
        sealed.agree(by=hal.elevated(), code=code, now=NOW() + timedelta(days=7, minutes=1))
    sealed.agree(by=hal.elevated(), code=code, now=NOW())
    with pytest.raises(ProposalIsOver):
        sealed.agree(by=hal.elevated(), code=code, now=NOW())


def test_what_nobody_agreed_to_opens_nothing(dee, dan):
    """SR-27."""
    first = sealed.ask(by=dee.elevated(), user=dan.user, now=NOW())

    assert signed_in(dan).get(reverse("use-sealed-code")).status_code == 404
    with pytest.raises(NotAllowed):
        sealed.use(by=dan, first=first.half, second="", reason="Now.", now=NOW())


def test_a_new_code_ends_the_one_before_also_for_another(dan, sal, dee, hal, halves):
    """SR-27."""
    made_for(sal.user, asked_by=dee, agreed_by=hal)

    assert SealedCode.objects.usable(dan.user, dan.school) is None
    assert SealedCode.objects.usable(sal.user, sal.school) is not None


def test_it_opens_for_nobody_but_whom_it_names(halves, sal, una):
    """SR-27, SR-47."""
    for viewer in (sal, una):
        client = signed_in(viewer)
        assert client.post(reverse("use-sealed-code"), opening(halves)).status_code == 404
        assert not state_of(client).elevated_until
    assert not SealedCodeUse.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": "AAAA AAAA AAAA A"},
        {"second": "AAAA AAAA AAAA A"},
        {"second": ""},
        {"password": "not it"},
        {"reason": "  "},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_with_one_of_them_wrong_it_stays_shut_and_good(dan, halves, wrong):
    """SR-27: one half opens nothing."""
    client = signed_in(dan)

    page = client.post(reverse("use-sealed-code"), opening(halves, **wrong))

    assert "govuk-error-summary" in page.content.decode()
    assert not state_of(client).elevated_until
    assert not SealedCodeUse.objects.exists()
    assert not AccountNotice.objects.filter(what=What.SEALED_USED).exists()


def test_wrong_halves_are_counted_and_bring_pauses(dan, halves):
    """SR-13: also where the request fails, and the right ones wait like any."""
    for _ in range(6):
        with pytest.raises(CodeRefused):
            sealed.use(by=dan, first="A" * 13, second="B" * 13, reason="Now.", now=NOW())

    book = codes.book_of(dan.user, CodeKind.SEALED)
    assert book.throttling_failure_count == 1  # the others came during the pause
    with pytest.raises(CodeRefused):
        sealed.use(by=dan, first=halves[0], second=halves[1], reason="Now.", now=NOW())
    with time_machine.travel(NOW() + timedelta(seconds=2)):
        sealed.use(by=dan, first=halves[0], second=halves[1], reason="Now.", now=NOW())


def test_head_chair_officer_and_every_dsl_are_told_at_once_who_it_was(
    dan, halves, hal, chair, officer, dee, ada, opened
):
    """SR-27."""
    told = AccountNotice.objects.filter(what=What.SEALED_USED)

    assert {one.user for one in told} == {hal.user, chair.user, officer.user, dee.user}
    assert {one.about for one in told} == {dan.user}


@pytest.mark.django_db(transaction=True)
def test_the_mail_says_who_and_what_and_no_word_more(mailbox, dan, dee, hal, chair):
    """SR-27, SR-88: of the reason nothing leaves."""
    halves = made_for(dan.user, asked_by=dee, agreed_by=hal)
    said = opening(halves, reason="Sam Winter did not come home.")
    signed_in(dan).post(reverse("use-sealed-code"), said)
    tasks.send_waiting_account_notices()

    mails = [mail for mail in mailbox.messages if "used the sealed code" in mail.text]
    assert {mail["To"] for mail in mails} == {one.user.email for one in (dee, hal, chair)}
    for mail in mails:
        assert dan.user.name in mail.text
        assert "Winter" not in mail.text


def test_the_ledger_keeps_who_asked_who_agreed_who_used_it_and_why(dan, dee, hal, opened):
    """SR-27."""
    use = SealedCodeUse.objects.get()
    sealed.review(by=hal.elevated(), used=use, judgement="Right.")

    assert [body["what"] for body in bodies()] == ["asked for", "made", "used", "reviewed"]
    assert bodies()[2]["reason"] == "Nobody is here."
    assert bodies()[2]["user"] == str(dan.user_id)


def test_what_is_done_under_it_says_so(dan, opened):
    """SR-27: an entry of then is marked as break-glass."""
    state = state_of(opened)

    viewer = viewer_for(dan.user, dan.school, strength=Strength.ELEVATED, session=state)
    assert viewer.via == Via.BREAK_GLASS
    state.refresh_from_db()
    sessions.drop_elevation(state.pk)
    sessions.elevate(state.pk, NOW())
    state.refresh_from_db()
    assert replace(viewer, session=state).via == Via.ELEVATED


@pytest.mark.django_db(transaction=True)
def test_the_access_log_says_so_too(dan, dee, hal):
    """SR-87."""
    halves = made_for(dan.user, asked_by=dee, agreed_by=hal)
    client = signed_in(dan)
    client.post(reverse("use-sealed-code"), opening(halves, first="AAAA"))
    codes.CodeBook.objects.update(throttling_failure_count=0)
    client.post(reverse("use-sealed-code"), opening(halves))

    events = AccessEntry.objects.order_by("recorded_at").values_list("event", flat=True)
    assert list(events) == ["session.elevation_refused", "sealed_code.used", "session.elevated"]


def test_it_is_no_proof_for_what_asks_for_a_further_code(dan, opened):
    """SR-27, SR-38: no export, no role and no code for a colleague by it."""
    assert not state_of(opened).is_fresh(NOW())
    asked = opened.post(reverse("give-code", args=[dan.user_id]))
    assert asked.status_code == 403
    assert "A code once more" in asked.content.decode()


def test_it_elevates_under_a_new_session_key(dan, halves):
    """SR-31."""
    client = signed_in(dan)
    before = key_of(client)

    client.post(reverse("use-sealed-code"), opening(halves))

    assert key_of(client) != before


def test_within_the_four_hours_one_goes_on_and_not_beyond(dan, opened):
    """SR-27, SR-33."""
    used = SealedCodeUse.objects.get()
    opened.post(reverse("drop-elevation"))
    assert opened.get(READS).status_code == 302
    assert "Go on under the sealed code" in opened.get(reverse("elevate")).content.decode()
    opened.post(reverse("resume-sealed-code"))
    assert opened.get(READS).status_code == 200

    late = used.ends_at - timedelta(minutes=3)
    with time_machine.travel(late):
        client = signed_in(dan)
        client.post(reverse("resume-sealed-code"))
        assert state_of(client).elevated_until == used.ends_at
        assert client.get(READS).status_code == 200
        assert state_of(client).elevated_until == used.ends_at  # activity slides it no further
    with time_machine.travel(used.ends_at + timedelta(seconds=1)):
        assert client.get(READS).status_code == 302
        assert client.post(reverse("resume-sealed-code")).status_code == 404


def test_nobody_else_goes_on_under_it(opened, sal):
    """SR-27."""
    client = signed_in(sal)

    assert client.post(reverse("resume-sealed-code")).status_code == 404
    assert not SessionState.objects.get(pk=state_of(client).pk).elevated_until


def test_every_dsl_sees_a_banner_for_thirty_days_on_every_page(opened, dee, ada, hal, open_as):
    """SR-27."""
    said = "Dan Price used the sealed code on"

    for path in (reverse("home"), reverse("my-sessions"), reverse("alerts")):
        assert said in open_as(dee).get(path).content.decode()
    assert said not in open_as(ada).get(reverse("home")).content.decode()
    with time_machine.travel(NOW() + timedelta(days=29, hours=23)):
        assert said in open_as(dee).get(reverse("home")).content.decode()
    with time_machine.travel(NOW() + timedelta(days=30, minutes=1)):
        assert said not in open_as(dee).get(reverse("home")).content.decode()


def test_another_lead_reviews_it_in_writing_once(opened, dan, dee, hal, ada, open_as):
    """SR-27."""
    used = SealedCodeUse.objects.get()
    page = reverse("review-sealed-code", args=[used.pk])
    roles.grant_role(by=system_viewer(dan.school), user=dan.user, role=Role.DSL)
    himself = viewer_for(dan.user, dan.school).elevated()

    with pytest.raises(NotForOneself):
        sealed.review(by=himself, used=used, judgement="Fine.")
    assert open_as(himself).get(page).status_code == 404
    with pytest.raises(NotAllowed):
        sealed.review(by=ada.elevated(), used=used, judgement="Fine.")
    browser = open_as(hal.elevated())
    assert "Say whether it was right" in browser.post(page, {"judgement": " "}).content.decode()
    browser.post(page, {"judgement": "It was right."})
    assert SealedCodeReview.objects.get().by == hal.user
    assert browser.get(page).status_code == 404
    with pytest.raises(ProposalIsOver):
        sealed.review(by=dee.elevated(), used=used, judgement="No.")
    assert "It was right." in open_as(dee.elevated()).get(reverse("sealed-code")).content.decode()


def test_the_page_of_it_is_for_those_who_give_codes(halves, dee, dan, ada, una, open_as):
    """SR-42, SR-47: and names no half."""
    for viewer in (dee, dan):
        page = open_as(viewer.elevated()).get(reverse("sealed-code")).content.decode()
        assert "Dan Price" in page
        assert halves[0] not in page
    assert open_as(ada).get(reverse("sealed-code")).status_code == 404
    assert "Dan Price" not in open_as(una.elevated()).get(reverse("sealed-code")).content.decode()


def test_who_is_named_is_told_and_offered_it_where_one_elevates(halves, dan, sal):
    """SR-27."""
    assert AccountNotice.objects.get(what=What.SEALED_MADE).user == dan.user
    with_password(dan)
    assert "Use the sealed code" in signed_in(dan).get(reverse("elevate")).content.decode()
    assert "Use the sealed code" not in signed_in(sal).get(reverse("elevate")).content.decode()
