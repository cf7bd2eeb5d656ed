"""Authenticators: who has one, who gives whom the code to set it up, and never fewer than two."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import authenticator, codes, vitals
from accounts.factors import CodeBatch, CodeBook, CodeKind, PrintedCode
from accounts.models import AccountNotice
from ledger.models import AccessEntry
from safeguard.errors import NotAllowed
from safeguard.status import State
from tests.accounts.doors import app_for

pytestmark = pytest.mark.django_db

PAGE = "authenticators"


def shown(answer) -> str:
    """The code on the page that shows it once."""
    return answer.content.decode().split('class="reference words">')[1].split("<")[0]


def test_a_holder_gives_a_colleague_a_code_that_is_shown_once_and_on_record(
    dee, dan, open_as, transactional_db
):
    """SR-25: audited, and the colleague is told."""
    client = open_as(dee.elevated())

    code = shown(client.post(reverse("give-code", args=[dan.user_id])))

    assert authenticator.judge(CodeBook.objects.get(user=dan.user), code)
    assert code not in client.get(reverse(PAGE)).content.decode()
    entry = AccessEntry.objects.get(event="authenticator.code_given")
    assert (entry.user, entry.target) == (dee.user_id, dan.user_id)
    assert AccountNotice.objects.get(user=dan.user).what == AccountNotice.What.CODE_GIVEN


def test_nobody_gives_a_code_to_themselves(dee, open_as):
    """SR-25: neither on the page nor past it."""
    answer = open_as(dee.elevated()).post(reverse("give-code", args=[dee.user_id]), follow=True)

    assert "Nobody gives a code to themselves" in answer.content.decode()
    with pytest.raises(IntegrityError, match="from_another_person"), transaction.atomic():
        codes.issue_enrolment_code(by=dee, user=dee.user, now=timezone.now())


def test_whoever_has_one_or_uses_none_is_given_no_code(dee, dan, ada, open_as):
    """SR-08, SR-25: no colleague sets up a second one beside it."""
    app_for(dan.user)
    client = open_as(dee.elevated())

    has = client.post(reverse("give-code", args=[dan.user_id]), follow=True)
    uses_none = client.post(reverse("give-code", args=[ada.user_id]), follow=True)

    assert "has an authenticator" in has.content.decode()
    assert "does not use an authenticator" in uses_none.content.decode()
    assert not PrintedCode.objects.exists()


def test_a_colleague_of_another_school_is_not_there(dee, una, open_as):
    """SR-42, SR-47."""
    answer = open_as(dee.elevated()).post(reverse("give-code", args=[una.user_id]))

    assert answer.status_code == 404


def test_giving_a_code_needs_the_right_in_the_service_too(pat, dan):
    with pytest.raises(NotAllowed):
        codes.give_enrolment_code(by=pat.elevated(), user=dan.user, now=timezone.now())


def test_the_page_lists_who_has_one_and_warns_of_too_few(dee, dan, hal, ada, open_as):
    """SR-28."""
    app_for(dee.user)
    client = open_as(dee.elevated())
    one = client.get(reverse(PAGE)).content.decode()
    app_for(hal.user)
    two = client.get(reverse(PAGE)).content.decode()

    assert "Fewer than two people" in one
    assert "Fewer than two people" not in two
    assert reverse("give-code", args=[dan.user_id]) in two
    assert reverse("give-code", args=[hal.user_id]) not in two
    assert ada.user.name not in two


def test_no_code_can_be_read_in_the_database(dee, dan):
    """SR-23: a hash, and four characters by which it is found."""
    given = codes.give_enrolment_code(by=dee.elevated(), user=dan.user, now=timezone.now())

    row = PrintedCode.objects.get()
    plain = given.code.replace(" ", "")
    assert row.hashed.startswith("argon2$argon2id$")
    assert plain[4:] not in row.hashed
    assert row.prefix == plain[:4]
    assert len(plain) == 16


def test_the_console_gives_the_first_holder_their_code(dee, transactional_db):
    """SR-25: whoever runs the installation, and on record."""
    out = StringIO()

    call_command("enrolment_code", dee.user.email.upper(), stdout=out)

    code = out.getvalue().splitlines()[0]
    assert authenticator.judge(CodeBook.objects.get(user=dee.user), code)
    assert CodeBatch.objects.get(kind=CodeKind.ENROLMENT).issued_by.is_system
    assert AccessEntry.objects.filter(event="authenticator.code_given").exists()


def test_the_console_gives_none_to_those_who_have_one_use_none_or_are_unknown(dee, ada):
    app_for(dee.user)

    for email, why in [
        (dee.user.email, "already"),
        (ada.user.email, "no role"),
        ("nobody@example.org", "Nobody"),
    ]:
        with pytest.raises(CommandError, match=why):
            call_command("enrolment_code", email, stdout=StringIO())


def test_the_status_page_says_when_fewer_than_two_hold_one(dee, dan, una):
    """SR-28: school by school, and names nobody."""
    app_for(dee.user)
    one = {fact.name: fact for fact in vitals.authenticators(timezone.now())}
    app_for(dan.user)
    two = {fact.name: fact for fact in vitals.authenticators(timezone.now())}

    assert {fact.state for fact in one.values()} == {State.BAD}
    assert two["Authenticators at Oak Lane Primary"].state == State.WELL
    assert two["Authenticators at Elm Park Academy"].state == State.BAD
    assert dee.user.name not in str(one)
