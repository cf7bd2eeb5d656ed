"""The page that is shown when no page could be made: what is safe, what to do, what was typed."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from django import forms
from django.core.exceptions import BadRequest
from django.db import InterfaceError, OperationalError
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException
from django.test import RequestFactory
from django.urls import get_resolver, reverse

from accounts.forms import AddKeyForm, CodeForm, PasswordField
from accounts.forms_people import (
    AddPersonForm,
    ChangePersonForm,
    DecideRoleForm,
    DecideSettingForm,
    GiveRoleForm,
    SearchForm,
)
from accounts.forms_sealed import ReviewSealedForm, UseSealedForm
from chronology.forms import PupilSearchForm, StatusForm
from chronology.forms_need import BreakGlassForm, JudgementForm, ReasonForm, TeamForm
from incidents.forms.acting import AddActionForm
from incidents.forms.limiting import LimitReadersForm
from incidents.forms.looking import OriginalForm
from incidents.forms.marking import MarkForm
from incidents.forms.mistake import MistakeForm
from incidents.forms.photos import PhotoRuleForm
from incidents.forms.picking import PickingForm
from incidents.forms.prompting import PromptsForm
from incidents.forms.prose import ProseField
from incidents.forms.recording import AddIncidentForm
from incidents.forms.refining import RefineCategoriesForm
from incidents.forms.school import CategoryForm, GroupForm
from incidents.forms.slips import PutAsideForm, VisitorSlipForm
from incidents.forms.writing import WritingWordForm
from records.forms import KeeperForm
from records.forms_looks import NoteForm
from reports.forms import ChronologyReportForm, ConferenceReportForm
from safeguard.views import WRITTEN, WRITTEN_IN, Typed, server_error

WORDS = "She said she does not want to go home."
HERE = {"HTTP_ORIGIN": "http://testserver"}


def answer_to(error: Exception, request):
    """Return what is shown when a view raises this."""
    try:
        raise error
    except type(error):
        return server_error(request)


def typed(path: str, **more):
    return RequestFactory().post(path, {"saw": WORDS, "csrfmiddlewaretoken": "x" * 64}, **more)


@pytest.fixture
def form() -> str:
    return reverse("edit-draft", args=[uuid4()])


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_database_that_is_away_is_said_to_be_away_with_a_form_for_paper(form, error):
    """P12: nothing here asks the database, so the page needs none."""
    answer = answer_to(error, typed(form, **HERE))

    assert answer.status_code == 503
    assert answer["Retry-After"]
    page = answer.content.decode()
    assert "everything for which you were shown a reference is safe" in page
    assert "tell your designated safeguarding lead in person" in page
    assert "On paper" in page


def test_what_was_typed_is_on_the_page_to_print_and_to_send_again(form):
    """P12, I8, also when the fault is our own."""
    for error, status in ((OperationalError("gone"), 503), (ZeroDivisionError(), 500)):
        answer = answer_to(error, typed(form, **HERE))
        page = answer.content.decode()

        assert answer.status_code == status
        assert f'action="{form}"' in page
        assert page.count(WORDS) == 2
        assert f'<textarea name="csrfmiddlewaretoken" hidden readonly>\n{"x" * 64}' in page


def test_what_was_typed_can_do_nothing_on_the_page(form):
    request = RequestFactory().post(form, {"saw": "<script>alert('a b')</script> "}, **HERE)

    page = answer_to(OperationalError("gone"), request).content.decode()

    assert "<script>" not in page


@pytest.mark.parametrize(
    "more",
    [
        {"HTTP_ORIGIN": "https://elsewhere.example.org"},
        {"HTTP_SEC_FETCH_SITE": "cross-site", **HERE},
        {},
    ],
)
def test_words_that_another_site_sends_are_not_shown_as_somebodys_own(form, more):
    page = answer_to(OperationalError("gone"), typed(form, **more)).content.decode()

    assert WORDS not in page


@pytest.mark.parametrize("name", ["sign-in", "unlock", "elevate"])
def test_a_password_never_comes_back_on_a_page(name):
    request = RequestFactory().post(
        reverse(name), {"password": "a long and secret one", "username": "ada"}, **HERE
    )

    page = answer_to(OperationalError("gone"), request).content.decode()

    assert "secret" not in page


def test_a_form_that_did_not_arrive_whole_is_not_shown(form):
    request = typed(form, **HERE)
    request._read_started = True  # as after a connection that was cut
    request._post_parse_error = True

    assert answer_to(OperationalError("gone"), request).status_code == 503


class Broken(RequestFactory):
    """Makes requests whose body cannot be read, in one of the ways that Django knows."""

    def of(self, error: Exception, path: str):
        request = self.post(path, {"saw": WORDS}, **HERE)

        class Unreadable(type(request)):
            @property
            def POST(self):  # noqa: N802 - Django's name
                raise error

        request.__class__ = Unreadable
        return request


def test_a_form_with_too_many_fields_is_not_shown_and_the_page_is(form, settings):
    """P12: with the database away the form is first read while this page is being made."""
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1

    answer = answer_to(OperationalError("gone"), typed(form, **HERE))

    assert answer.status_code == 503
    assert WORDS not in answer.content.decode()


def test_a_form_that_is_too_large_is_not_shown_and_the_page_is(form, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    request = RequestFactory().post(
        form, "saw=" + "a" * 20, content_type="application/x-www-form-urlencoded", **HERE
    )

    assert answer_to(OperationalError("gone"), request).status_code == 503


def test_a_form_that_is_none_is_not_shown_and_the_page_is(form):
    request = RequestFactory().post(form, b"--", content_type="multipart/form-data", **HERE)

    assert answer_to(OperationalError("gone"), request).status_code == 503


@pytest.mark.parametrize("error", [BadRequest(), MultiPartParserError(), RawPostDataException()])
def test_whatever_is_wrong_with_a_form_the_page_is_shown(form, error):
    assert answer_to(OperationalError("gone"), Broken().of(error, form)).status_code == 503


@pytest.mark.parametrize("words", ["He hit me", "No", "“Ow”"])
def test_the_shortest_answer_is_shown_as_it_was_typed(form, words):
    """P12: a child's exact words are often short."""
    sent = {"child_words": words, "level": "3", "submission": str(uuid4()), "find": "pupil"}

    page = answer_to(OperationalError("gone"), RequestFactory().post(form, sent, **HERE))

    shown = Typed(form, list(sent.items())).prose
    assert shown == [("Child words", words)]
    assert f'<dd class="words">{words}</dd>' in page.content.decode()


# Where each form stands in which people write, by hand; one that is not here fails the next test.
STANDS_AT = {
    AddIncidentForm: {"edit-draft", "remove-upload", "review-draft"},
    MarkForm: {"edit-draft", "remove-upload", "review-draft"},
    AddActionForm: {"add-action"},
    MistakeForm: {"report-mistake"},
    RefineCategoriesForm: {"refine-categories"},
    CategoryForm: {"change-category"},
    StatusForm: {"record-status"},
    ChronologyReportForm: {"make-chronology-report"},
    ConferenceReportForm: {"conference-report"},
    LimitReadersForm: {"limit-readers"},
    ReasonForm: {"give-reason"},
    BreakGlassForm: {"break-glass"},
    JudgementForm: {"review-emergency"},
    TeamForm: {"team"},
    DecideRoleForm: {"decide-role"},
    DecideSettingForm: {"decide-setting"},
    OriginalForm: {"take-original"},
    PhotoRuleForm: {"photographs"},
    NoteForm: {"anomaly", "heads-look"},
    ReviewSealedForm: {"review-sealed-code"},
    VisitorSlipForm: {"visitor-slip"},
    PutAsideForm: {"put-slip-aside"},
}
# A form with a password and a code, of which nothing may come back; a name looked for, a code, a keeper,
# what somebody or something is called, a word of a list: a line each, and no record's words.
NOT_WRITTEN = {
    UseSealedForm,
    *(PupilSearchForm, SearchForm, CodeForm, AddKeyForm, KeeperForm),
    *(AddPersonForm, ChangePersonForm, GiveRoleForm, GroupForm, WritingWordForm, PromptsForm),
}


def forms_under(form: type[forms.Form]) -> Iterator[type[forms.Form]]:
    for below in form.__subclasses__():
        yield below
        yield from forms_under(below)


def written(form: type[forms.Form]) -> set[str]:
    """The names of a form's fields for free text; passwords are none."""
    return {
        name
        for name, field in form.base_fields.items()
        if (
            type(field) in {forms.CharField, ProseField} or isinstance(field.widget, forms.Textarea)
        )
        and not isinstance(field, PasswordField)
        and not field.widget.is_hidden
    }


def test_every_form_in_which_people_write_gives_back_what_they_typed():
    """P12: a new form with room for words has to be named here and in `safeguard.views`."""
    assert get_resolver().url_patterns  # loads every page, and with it every form
    ours = {one for one in forms_under(forms.Form) if not one.__module__.startswith("django.")}

    for form in ours - NOT_WRITTEN - {PickingForm}:
        fields = written(form) if not issubclass(form, tuple(NOT_WRITTEN)) else set()
        assert not fields or form in STANDS_AT, form
        assert fields <= WRITTEN, form
    for form, pages in STANDS_AT.items():
        assert pages <= set(WRITTEN_IN), form


def test_what_was_written_of_each_mark_on_a_body_map_is_given_back():
    sent = [("mark-0-child_said", "It hurts"), ("mark-1-colour", "blue"), ("mark-1-kind", "bruise")]

    assert Typed("/", sent).prose == [("Child said", "It hurts"), ("Colour", "blue")]


def test_every_part_of_a_conference_report_is_given_back(dee):
    form = ConferenceReportForm(viewer=dee)
    names = {name for name, field in form.fields.items() if type(field) is forms.CharField}
    sent = [(name, f"words of {name}") for name in sorted(names)]

    assert [text for _, text in Typed("/", sent).prose] == [text for _, text in sent]
