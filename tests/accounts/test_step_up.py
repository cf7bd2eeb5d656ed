"""Every page that takes something either asks for a further code, or says here why it does not."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.checks import pages
from accounts.models import Authenticator, Membership, User
from accounts.permissions import Role
from incidents.models import CategoryGrant
from pupils.models import TeamMember
from tests import factories
from tests.accounts.doors import app_for, no_longer_fresh, signed_in

pytestmark = pytest.mark.django_db

ASK = {
    # Who may do what, and who has an account: widened, given back or ended.
    *("add-person", "end-person", "apply-staff"),
    *("give-role", "end-role", "decide-role", "withhold-rights", "demands", "telling"),
    "decide-setting",
    *("add-grant", "end-grant", "change-category", "photographs"),
    *("arrange-cover", "end-cover"),
    *("add-alert-group", "change-alert-group", "retire-alert-group"),
    *("team", "leave-team", "limit-readers", "end-conflict"),
    # How somebody proves who they are.
    *("give-code", "confirm-person", "recovery-codes", "ask-sealed-code", "agree-sealed-code"),
    *("ask-new-key", "add-key", "remove-key", "remove-app"),
    # What leaves Safeguard, and who keeps what proves that it is whole.
    *("report", "export-access-log", "add-keeper", "end-keeper", "take-original"),
}
ASK_TO_OPEN = {"report-file", "add-key"}
DO_NOT_ASK = {
    "they come before there is a session, or end one, or are the asking itself": {
        *("sign-in", "sign-out", "choose-school", "reset-password", "choose-password"),
        *("elevate", "drop-elevation", "code-again", "ask-key", "unlock", "blank-screen"),
        *("keep-alive", "session-ended"),
    },
    "they show the same to everybody, whatever is sent to them": {
        *("reset-password-sent", "demo-mail", "demo-message", "healthz", "readyz", "robots"),
    },
    "they close a way in, which must not wait for a code": {
        *("end-session", "end-other-sessions", "end-persons-sessions", "lost-authenticator"),
    },
    "they keep something from somebody, which must not wait for a code": {
        *("declare-conflict", "record-conflict", "keep-from"),
    },
    "a child may be in danger: four hours, with a reason, the leads told, reviewed": {
        "break-glass",
    },
    "they prove the password and a code from a colleague, or a code of the old one": {
        *("enrol-authenticator", "first-key", "ask-first-key"),
    },
    "a child may be in danger: both halves, the password and a reason; those who must know are told": {
        *("use-sealed-code", "resume-sealed-code"),
    },
    "they change nobody's rights": {
        *("people", "change-person", "unlock-person", "send-link"),
        *("give-reason", "review-emergency", "review-sealed-code", "anomaly", "heads-look"),
        *("change-writing-word", "take-back-writing-word", "outline"),
        *("prompts", "change-prompts", "take-back-prompts"),
    },
    "they take a visitor's slip, or open and shut the form that does: it lets nobody read": {
        *("visitor-slip", "visitors-poster"),
    },
    "they record, or find what one may already read": {
        *("add-incident", "edit-draft", "review-draft", "remove-upload", "my-incidents"),
        *("send-file", "take-back-file", "attachment", "look-at-file"),
        *("choose-wording", "keep-words", "kept-words"),
        *("find-pupil", "find-staff", "pupils", "access-log", "advise", "compare", "what-to-know"),
        *("report-mistake", "add-action", "refine-categories", "mark-significant"),
        *("incident", "acknowledge-alert", "record-status", "verify-ledger"),
        *("slip", "put-slip-aside"),
    },
    "they ask once everything else is right: test_a_report_is_asked_for_under_a_fresh_code": {
        *("make-chronology-report", "conference-report"),
    },
    "it only shows what a file would change; apply-staff asks": {"import-staff"},
}


@pytest.fixture
def desk(dee):
    """Dee's browser, elevated three minutes ago, and her app."""
    client, app = signed_in(dee), app_for(dee.user)
    client.post(reverse("elevate"), {"code": app.code()})
    no_longer_fresh(client)
    Authenticator.objects.update(last_step=-1)
    return client, app


def somewhere(name: str) -> str:
    """An address of the page, of nothing that there is."""
    made = {"uuid": uuid4(), "int": 1, "slug": "slt"}
    (pattern,) = [pattern for _, pattern in pages() if pattern.name == name]
    kinds = [type(one).__name__ for one in pattern.pattern.converters.values()]
    given = [made.get(kind.removesuffix("Converter").lower(), "x") for kind in kinds]
    return reverse(name, args=given)


def asks(answer) -> bool:
    names = {template.name for template in answer.templates}
    return answer.status_code == 403 and "accounts/code_again.html" in names


def go_on(client, app, asked):
    """Give the code, as a browser would send it with what was kept."""
    kept = dict(asked.context["typed"].fields) | {"code_again-sent": "yes"}
    sent = kept | {"code_again-code": app.code()}
    return client.post(asked.context["address"], sent, follow=True)


@pytest.mark.parametrize("name", sorted(ASK))
def test_what_is_sent_to_these_waits_for_a_code_of_the_last_two_minutes(desk, name):
    """SR-38: test_stepup_for_high_risk."""
    client, _ = desk

    assert asks(client.post(somewhere(name), {"reason": "because"}))


@pytest.mark.parametrize("name", sorted(ASK_TO_OPEN))
def test_these_are_not_even_opened_without_one(desk, name):
    """SR-38."""
    client, _ = desk

    assert client.get(somewhere(name)).url.startswith(reverse("code-again"))


def test_every_page_that_takes_something_asks_or_says_why_not(desk):
    """SR-38: a new page fails here until somebody has said which it is."""
    client, _ = desk
    client.raise_request_exception = False
    excused = set().union(*DO_NOT_ASK.values())
    names = {pattern.name for _, pattern in pages()} - ASK - ASK_TO_OPEN - excused

    takes = {name for name in names if client.post(somewhere(name)).status_code != 405}

    assert takes == set()
    assert not ASK & excused


def test_whoever_does_not_ask_is_a_page_there_is(desk):
    """SR-38: the list of reasons names no page that has gone."""
    assert set().union(ASK, ASK_TO_OPEN, *DO_NOT_ASK.values()) <= {
        pattern.name for _, pattern in pages()
    }


def test_a_grant_ends_after_the_code(desk, oak, dee):
    """SR-38: although nothing was filled in."""
    client, app = desk
    held = factories.grant(oak, Role.PASTORAL, "Home and family")

    asked = client.post(reverse("end-grant", args=[held.pk]))
    before = CategoryGrant.objects.get(pk=held.pk).ends_on
    answer = go_on(client, app, asked)

    assert asks(asked)
    assert before is None
    assert "The grant has ended" in answer.content.decode()


def test_a_role_ends_after_the_code_on_the_day_that_was_chosen(desk, ada):
    """SR-38."""
    client, app = desk
    held = Membership.objects.get(user=ada.user, role=Role.TEACHER)
    today = timezone.localdate()

    asked = client.post(
        reverse("end-role", args=[held.pk]), {"when": "later", "last_day": today.isoformat()}
    )
    before = Membership.objects.get(pk=held.pk).ends_on
    go_on(client, app, asked)

    assert asks(asked)
    assert before is None
    assert Membership.objects.get(pk=held.pk).ends_on == today


def test_a_file_of_staff_is_shown_without_a_code_and_waits_for_one_to_be_applied(desk):
    """SR-38: the file is not chosen a second time."""
    client, app = desk
    file = SimpleUploadedFile("staff.csv", b"Name,Email\nNia Ford,nia@oak-lane.example.org\n")

    shown = client.post(reverse("import-staff"), {"file": file})
    sealed = shown.context["sealed"]
    asked = client.post(reverse("apply-staff"), {"sealed": sealed})
    before = User.objects.filter(name="Nia Ford").exists()
    go_on(client, app, asked)

    assert shown.status_code == 200
    assert asks(asked)
    assert not before
    assert User.objects.filter(name="Nia Ford").exists()


def test_looking_somebody_up_for_the_team_needs_no_code_and_taking_them_in_does(desk, sam, ada):
    """SR-38: and a button that looks up takes nobody in."""
    client, _ = desk
    address = reverse("team", args=[sam.pk])
    form = {"user": str(ada.user_id), "part": "key_worker"}

    found = client.post(address, form | {"find": "user"})
    asked = client.post(address, form)

    assert found.status_code == 200
    assert asks(asked)
    assert not TeamMember.objects.exists()
