"""A form whose page has outlived its session: its words are kept, for their author, unseen."""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import time_machine
from django.core import signing
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import keeping, sessions, views_kept
from accounts.middleware import POLL_HEADER
from accounts.models import KeptWords, Membership, SessionState
from accounts.permissions import Role
from incidents import drafting
from incidents.before_you_go import waiting_for
from incidents.models import Action, Draft, Incident, Wording
from safeguard import rescue
from safeguard.rescue import Page
from safeguard.views import WRITTEN_IN
from tests import factories
from tests.accounts.doors import state_of, with_password
from tests.incidents import acting
from tests.incidents.typing import answers, send, submit

pytestmark = pytest.mark.django_db

POLL = {f"HTTP_{POLL_HEADER.upper().replace('-', '_')}": "1"}
HERE = {"HTTP_ORIGIN": "http://testserver", "HTTP_SEC_FETCH_SITE": "same-origin"}
HIDDEN = re.compile(r'name="(rescue|revision|turn|csrfmiddlewaretoken)"\s+value="([^"]*)"')
SECRET = "Rosa pushed Sam behind the bins"
SAVED = "Your words are saved."


def sign_in_at(client: Client, viewer) -> None:
    """Sign in as at the page, secret and all; whoever was signed in there is so no more."""
    if not viewer.user.has_usable_password():
        with_password(viewer)
    client.get(reverse("sign-in"))
    secret = client.cookies["csrftoken"].value
    sent = {"username": viewer.user.email, "password": factories.PASSWORD}
    answer = client.post(reverse("sign-in"), sent | {"csrfmiddlewaretoken": secret})
    assert answer.status_code == 302


@pytest.fixture(autouse=True)
def _a_new_minute():
    cache.clear()


@pytest.fixture
def pc() -> Client:
    return Client(enforce_csrf_checks=True, **HERE)


@pytest.fixture
def form(ada, pc) -> "Form":
    """The form for an incident, open in Ada's browser."""
    sign_in_at(pc, ada)
    return Form(pc, reverse("add-incident"))


class Form:
    """What a page would send: its hidden fields, and where to."""

    def __init__(self, client: Client, address: str) -> None:
        self.client = client
        page = client.get(address).content.decode()
        found = re.search(r'<form[^>]*action="(/incidents/add/[^"]+/)"', page)
        self.path = found[1] if found else address
        part = page[found.start() :] if found else page[page.index('name="rescue"') - 400 :]
        self.fields = dict(HIDDEN.findall(part))

    @property
    def pk(self) -> UUID:
        return UUID(self.path.split("/")[-2])

    def send(self, typed: dict, **extra):
        return self.client.post(self.path, typed | self.fields, **extra)


def time_is_over() -> None:
    SessionState.objects.update(last_activity=timezone.now() - timedelta(minutes=31))


def said_in(draft: UUID) -> str:
    return Draft.objects.get(pk=draft).answers()["saw"][0]


# Kept, and shown to nobody but its author


def test_words_sent_after_the_session_ended_are_kept_and_offered_after_signing_in(
    ada, sam, pc, form
):
    """SR-63, FI-21: also without JavaScript; nothing of them is on the page that says so."""
    time_is_over()

    answer = form.send(answers(ada, sam, saw=SECRET))
    page = answer.content.decode()

    assert answer.status_code == 403
    assert f"{SAVED} Sign in to finish." in page
    assert "Rosa" not in page
    assert "Winter" not in page
    assert str(form.pk) not in page
    sign_in_at(pc, ada)
    assert form.path in pc.get(reverse("home")).content.decode()
    assert SECRET in pc.get(form.path).content.decode()


@pytest.mark.parametrize("how", ["time-out", "signed out", "blanked", "ended elsewhere"])
def test_it_does_not_matter_how_the_session_ended(how, ada, pc, form):
    """SR-63: idle, signed out in another tab, locked, ended from another device."""
    state = state_of(pc)
    if how == "time-out":
        time_is_over()
    elif how == "blanked":
        sessions.lock(state.pk, timezone.now())
    elif how == "ended elsewhere":
        sessions.end(state.pk, timezone.now())
    else:
        secret = form.fields["csrfmiddlewaretoken"]
        pc.post(reverse("sign-out"), {"csrfmiddlewaretoken": secret})

    answer = form.send({"saw": SECRET})

    assert SAVED in answer.content.decode()
    assert SECRET not in answer.content.decode()
    assert said_in(form.pk) == SECRET


def test_signing_in_again_in_another_tab_loses_nothing(ada, pc, form):
    """SR-64, FI-22, V9: the secret of the form has changed, and Django refuses it."""
    sign_in_at(pc, ada)

    answer = form.send({"saw": SECRET})

    assert answer.status_code == 403
    assert SAVED in answer.content.decode()
    assert SECRET not in answer.content.decode()
    assert said_in(form.pk) == SECRET


def test_who_signs_in_next_at_that_computer_sees_nothing(ada, eli, pc, form):
    """FI-21: the words are Ada's, whoever is signed in when the button is pressed."""
    sign_in_at(pc, eli)

    page = form.send({"saw": SECRET}).content.decode()

    assert SAVED in page
    for path in (form.path, reverse("home"), reverse("compare-wordings", args=[form.pk])):
        assert SECRET not in pc.get(path).content.decode()
    assert pc.get(form.path).status_code == 404
    assert str(form.pk) not in pc.get(reverse("home")).content.decode()
    assert waiting_for(eli).is_nothing
    assert said_in(form.pk) == SECRET
    assert Draft.objects.get().author == ada.user


def test_saving_by_itself_goes_on_when_the_session_is_over(ada, pc, form):
    """FI-21: forty minutes of writing while the server's clock ran out."""
    form.send({"saw": "before"}, **POLL)
    time_is_over()

    for turn, words in enumerate(("after", "after, and more"), start=2):
        answer = form.send({"saw": words, "turn": str(turn)}, **POLL)
        said = answer.json()
        assert (answer.status_code, said["kept"], said["beside"]) == (401, True, False)
        assert set(said) == {"kept", "revision", "beside"}

    assert said_in(form.pk) == "after, and more"


def test_files_are_not_taken_from_a_page_without_a_session(ada, form):
    time_is_over()

    page = form.send({"saw": SECRET}).content.decode()

    assert "have to be chosen again" in page


def test_the_review_is_not_lost_either_and_nothing_is_submitted(ada, dee, team, sam, pc, form):
    form.send(answers(ada, sam, saw=SECRET))
    review = Form(pc, reverse("review-draft", args=[form.pk]))
    time_is_over()

    page = review.send({"seen": "x"}).content.decode()

    assert SAVED in page
    assert not Incident.objects.exists()
    assert said_in(form.pk) == SECRET


# Write-only, and only there


def test_the_token_reads_nothing(ada, pc, form):
    """SR-63: it opens no page, and no answer to it holds a word."""
    form.send({"saw": SECRET}, **POLL)
    token = {"rescue": form.fields["rescue"]}
    stranger = Client(enforce_csrf_checks=True, **HERE)

    for path in (form.path, reverse("home"), reverse("review-draft", args=[form.pk])):
        assert SECRET not in stranger.get(path, token).content.decode()
    kept = stranger.post(form.path, token | {"saw": "x"})
    assert SECRET not in kept.content.decode()
    saved = stranger.post(form.path, token | {"saw": "x"}, **POLL)
    assert SECRET not in saved.content.decode()


def test_the_token_writes_nowhere_but_into_its_own_draft(ada, eli, pc, form, open_as):
    """SR-63: sent to another draft's address it still counts for its own alone."""
    other = uuid4()
    drafting.keep_draft(by=eli, draft=other, answers={"saw": ["Eli's"]})
    time_is_over()

    pc.post(reverse("edit-draft", args=[other]), {"saw": SECRET} | form.fields)

    assert said_in(other) == "Eli's"
    assert said_in(form.pk) == SECRET


def test_a_token_for_anothers_draft_keeps_nothing_in_it(ada, eli, pc):
    """As if Ada had come by the id of Eli's draft: the token is good, the draft is not hers."""
    pk = uuid4()
    drafting.keep_draft(by=eli, draft=pk, answers={"saw": ["Eli's"]})
    path = reverse("edit-draft", args=[pk])
    token = rescue.token_of(Page(ada.user_id, ada.school_id, path, uuid4()))

    answer = pc.post(path, {"rescue": token, "saw": SECRET}, **POLL)

    assert answer.json() == {"kept": False}
    assert said_in(pk) == "Eli's"
    assert Draft.objects.count() == 1


def test_what_is_newer_is_not_overwritten_and_the_rescued_words_stand_beside_it(
    ada, pc, form, open_as
):
    """SR-63: another window has gone on since."""
    form.send({"saw": "begun"}, **POLL)
    later = open_as(ada)
    page = Form(later, form.path)
    later.post(form.path, {"saw": "gone on at home"} | page.fields, **POLL)
    time_is_over()

    form.send({"saw": "held in the classroom"})

    assert said_in(form.pk) == "gone on at home"
    assert Wording.objects.get().answers()["saw"] == ["held in the classroom"]


def test_after_the_submission_rescued_words_stay_and_make_no_second_incident(
    ada, dee, team, sam, pc, form
):
    """FI-18, SR-63."""
    form.send(answers(ada, sam, saw="as submitted"))
    pc.handler.enforce_csrf_checks = False
    submit(pc, form.pk)
    pc.handler.enforce_csrf_checks = True
    time_is_over()

    page = form.send(answers(ada, sam, saw="and this, too")).content.decode()

    assert SAVED in page
    assert Incident.objects.get().saw == "as submitted"
    assert Wording.objects.get().answers()["saw"] == ["and this, too"]


@pytest.mark.parametrize(
    "token",
    [
        "",
        "no token",
        signing.dumps(["a", "b", "/", "c"], salt="something else"),
    ],
    ids=["none", "nonsense", "of another kind"],
)
def test_without_a_good_token_nothing_is_kept_and_the_words_come_back_on_the_page(token, ada, form):
    """SR-63: they would be lost otherwise, and whoever sent them has them before their eyes."""
    time_is_over()
    form.fields["rescue"] = token

    answer = form.send({"saw": SECRET})

    assert answer.status_code == 403
    assert SECRET in answer.content.decode()
    assert "Sign in, then send this again" in answer.content.decode()
    assert not Draft.objects.exists()


def test_a_token_is_good_for_twelve_hours(ada, form):
    """SR-63."""
    with time_machine.travel(timezone.now() + timedelta(hours=12, minutes=1)):
        assert rescue.page_of(form.fields) is None
    with time_machine.travel(timezone.now() + timedelta(hours=11, minutes=59)):
        assert rescue.page_of(form.fields) is not None


def test_a_token_that_was_changed_is_none(form):
    token = form.fields["rescue"]

    assert rescue.page_of({"rescue": token[:-1] + ("A" if token[-1] != "A" else "B")}) is None


def test_the_words_of_a_page_out_of_date_can_be_sent_again_at_once(ada, pc, form):
    """SR-64: with a token too old, and signed in again since: the page has the new secret."""
    form.fields["rescue"] = ""
    sign_in_at(pc, ada)

    page = form.send({"saw": SECRET}).content.decode()
    secret = re.search(r'name="csrfmiddlewaretoken" hidden readonly>\s*(\w+)', page)[1]
    again = pc.post(form.path, {"saw": SECRET, "csrfmiddlewaretoken": secret})

    assert again.status_code == 200
    assert said_in(form.pk) == SECRET


def test_another_sites_page_cannot_use_a_token(form):
    time_is_over()

    answer = form.send({"saw": SECRET}, HTTP_SEC_FETCH_SITE="cross-site")

    assert answer.status_code == 403
    assert not Draft.objects.exists()


def test_more_than_anybody_types_is_not_kept(ada, form):
    time_is_over()

    answer = form.send({"saw": "x" * (keeping.LONGEST + 1)}, **POLL)

    assert answer.json() == {"kept": False}
    assert not Draft.objects.exists()


def test_sixty_times_a_minute_is_the_most(ada, form, monkeypatch):
    monkeypatch.setattr(views_kept, "MOST_A_MINUTE", 2)
    time_is_over()

    kept = [form.send({"saw": str(n)}, **POLL).json()["kept"] for n in range(3)]

    assert kept == [True, True, False]
    assert said_in(form.pk) == "1"


@pytest.mark.parametrize("why", ["left", "shut"])
def test_nothing_is_kept_for_somebody_who_has_left(why, ada, form):
    if why == "shut":
        ada.user.is_active = False
        ada.user.save()
    else:
        yesterday = timezone.localdate() - timedelta(days=1)
        Membership.objects.filter(user=ada.user).update(ends_on=yesterday)

    answer = form.send({"saw": SECRET})

    assert not Draft.objects.exists()
    assert SAVED not in answer.content.decode()


def test_words_written_at_one_school_are_not_sent_to_another(ada, elm, pc, form):
    """In another tab the person has chosen their other school meanwhile."""
    Membership.objects.create(user=ada.user, school=elm, role=Role.TEACHER)
    SessionState.objects.update(school=elm)

    page = form.send({"saw": SECRET}).content.decode()

    assert "Choose that school to finish." in page
    assert Draft.objects.get().school == ada.school


def test_with_fifty_drafts_the_words_are_kept_all_the_same(ada, pc, form, monkeypatch):
    monkeypatch.setattr(drafting, "MOST_DRAFTS", 1)
    drafting.keep_draft(by=ada, draft=uuid4(), answers={"saw": ["x"]})
    time_is_over()

    assert SAVED in form.send({"saw": SECRET}).content.decode()

    [words] = waiting_for(ada).not_sent
    sign_in_at(pc, ada)
    assert SECRET in pc.get(words.url).content.decode()


# Every other form in which people write


@pytest.fixture
def incident(ada, sam, team):
    return factories.incident(ada, sam)


@pytest.fixture
def action(ada, incident, pc) -> Form:
    sign_in_at(pc, ada)
    return Form(pc, acting.address(incident))


def autosave(form: Form, typed: dict, turn: int = 1):
    sent = typed | form.fields | {"turn": str(turn)}
    return form.client.post(reverse("keep-words"), sent, **POLL)


def test_what_is_typed_in_an_action_is_saved_by_itself_and_stands_there_again(ada, pc, action):
    """P4: a browser that dies, a screen that is blanked, a session that ends."""
    for turn, words in enumerate(("Rang home", "Rang home; nobody"), start=1):
        answer = autosave(action, acting.answers(narrative=words), turn)
        assert (answer.status_code, answer.json()["kept"]) == (200, True)

    page = pc.get(action.path).content.decode()
    kept = KeptWords.objects.get()
    shown = pc.get(reverse("kept-words", args=[kept.pk])).content.decode()
    fields = dict(re.findall(r'<textarea name="(\w+)" hidden readonly>\n([^<]*)</textarea>', shown))
    again = dict(HIDDEN.findall(shown[shown.index(f'action="{action.path}"') :])) | fields
    back = pc.post(action.path, again | {"find": ""}).content.decode()

    assert reverse("kept-words", args=[kept.pk]) in page
    assert "Rang home; nobody" in shown
    assert "Rang home; nobody</textarea>" in back
    assert "There is a problem" not in back
    assert not Action.objects.exists()
    action.fields = dict(HIDDEN.findall(back[back.index('name="rescue"') - 400 :]))
    counted = int(action.fields["turn"]) + 1
    autosave(action, acting.answers(narrative="Rang home; nobody answered"), counted)
    assert dict(KeptWords.objects.get().fields())["narrative"] == "Rang home; nobody answered"
    kept.refresh_from_db()
    assert b"Rang" not in bytes(kept.sealed)


def test_an_action_sent_after_the_session_ended_is_kept_and_not_added(ada, pc, action):
    """SR-63."""
    time_is_over()

    page = action.send(acting.answers(narrative=SECRET)).content.decode()

    assert SAVED in page
    assert SECRET not in page
    assert not Action.objects.exists()
    [words] = waiting_for(ada).not_sent
    assert words.what == "Add action"
    sign_in_at(pc, ada)
    assert SECRET in pc.get(words.url).content.decode()


def test_saving_an_action_by_itself_goes_on_whoever_sits_at_the_computer(ada, eli, pc, action):
    """FI-21, FI-22: signed out, then somebody else, whose secret is another."""
    time_is_over()
    assert autosave(action, acting.answers(narrative="one")).status_code == 401
    sign_in_at(pc, eli)
    after = autosave(action, acting.answers(narrative="two"), turn=2)

    assert (after.status_code, after.json()["kept"]) == (403, True)
    kept = KeptWords.objects.get()
    assert kept.author == ada.user
    assert dict(kept.fields())["narrative"] == "two"


def test_words_wait_no_more_once_their_form_was_taken(ada, action):
    typed = acting.answers()
    autosave(action, typed)

    assert action.send(typed).status_code == 302

    assert waiting_for(ada).not_sent == []
    assert bytes(KeptWords.objects.get().sealed) == b""
    autosave(action, typed, turn=2)  # what a slow connection brings afterwards
    assert waiting_for(ada).not_sent == []


def test_a_form_that_is_shown_again_with_its_errors_is_the_same_window(ada, pc, action):
    autosave(action, acting.answers())
    shown = action.send(acting.answers(kind="")).content.decode()
    action.fields = dict(HIDDEN.findall(shown[shown.index('name="rescue"') - 400 :]))

    autosave(action, acting.answers(narrative="Rang again"), turn=2)

    assert KeptWords.objects.count() == 1


def test_two_windows_of_one_form_are_kept_apart(pc, action, incident):
    other = Form(pc, acting.address(incident))

    autosave(action, acting.answers(narrative="one"))
    autosave(other, acting.answers(narrative="two"))

    assert KeptWords.objects.count() == 2


def test_a_form_in_which_nothing_is_written_leaves_nothing_behind(action):
    autosave(action, acting.answers(narrative=""))
    assert not KeptWords.objects.exists()

    autosave(action, acting.answers(narrative="Rang"), turn=2)
    autosave(action, acting.answers(narrative=" "), turn=3)
    assert not KeptWords.objects.exists()


def test_kept_words_are_their_authors_alone(ada, dee, eli, una, action, open_as):
    autosave(action, acting.answers(narrative=SECRET))
    path = reverse("kept-words", args=[KeptWords.objects.get().pk])

    for viewer in (eli, dee.elevated(), una.elevated()):
        assert open_as(viewer).get(path).status_code == 404
        assert open_as(viewer).post(path).status_code == 404
    assert KeptWords.objects.count() == 1


def test_kept_words_can_be_deleted(ada, open_as, action):
    autosave(action, acting.answers())

    open_as(ada).post(reverse("kept-words", args=[KeptWords.objects.get().pk]))

    assert not KeptWords.objects.exists()


def test_no_password_and_no_code_is_kept(action):
    autosave(action, {"password": "a long one", "code_again-code": "123456", "narrative": "x"})

    assert KeptWords.objects.get().fields() == [("narrative", "x")]


def test_kept_words_go_after_a_fortnight(action):
    autosave(action, acting.answers())
    now = timezone.now()

    assert keeping.forget_old(now + timedelta(days=13, hours=23)) == 0
    assert keeping.forget_old(now + timedelta(days=14, minutes=1)) == 1


def test_twenty_forms_are_the_most(ada):
    for n in range(keeping.MOST + 2):
        page = Page(ada.user_id, ada.school_id, "/", uuid4())
        keeping.keep(by=ada, page=page, fields=[("narrative", str(n))], turn=1)

    kept = [dict(words.fields())["narrative"] for words in keeping.waiting_for(ada)]
    assert len(kept) == keeping.MOST
    assert "0" not in kept


def test_every_form_in_which_people_write_carries_a_token(open_as, dee, hal, sam, team, ada):
    """SR-63: each page that `safeguard.views` names, as far as one can stand before it here."""
    incident = factories.incident(ada, sam)
    lead = open_as(dee.elevated())
    about = {"report-mistake": ada}
    ids = {
        **dict.fromkeys(["add-action", "refine-categories", "limit-readers"], incident.pk),
        **dict.fromkeys(["record-status", "make-chronology-report", "conference-report"], sam.pk),
        **dict.fromkeys(["team", "give-reason"], sam.pk),
        "report-mistake": incident.pk,
    }
    for name, pk in ids.items():
        by = hal.elevated() if name == "give-reason" else about.get(name)
        client = open_as(by) if by else lead
        page = client.get(reverse(name, args=[pk])).content.decode()
        assert 'name="rescue" value="' in page, name
        assert "data-autosave=" in page, name
    assert set(ids) <= set(WRITTEN_IN)


@pytest.mark.parametrize("name", ["sign-in", "unlock", "elevate"])
def test_a_form_with_a_password_carries_none(name, ada, open_as):
    assert 'name="rescue"' not in open_as(ada).get(reverse(name)).content.decode()


def test_sending_without_a_browsers_token_still_works(ada, sam, open_as):
    """What another program sends, or a test: it is taken as the latest."""
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam, saw="one"), pk)
    send(client, answers(ada, sam, saw="two"), pk)

    assert said_in(pk) == "two"
