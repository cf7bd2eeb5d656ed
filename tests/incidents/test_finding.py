"""Finding a pupil or a colleague by a few letters, without leaving the name anywhere."""

import logging

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from ledger.models import AccessEntry
from tests import factories
from tests.incidents.counting import queries_of

pytestmark = pytest.mark.django_db

PUPIL, STAFF = "find-pupil", "find-staff"


def labels(client, url_name: str, typed: str) -> list[str]:
    return [person["label"] for person in found(client, url_name, typed)["results"]]


def found(client, url_name: str, typed: str) -> dict:
    response = client.post(reverse(url_name), {"q": typed})
    assert response.status_code == 200
    return response.json()


# Pupils (SR-53)


@pytest.mark.parametrize(
    "typed",
    ["sa", "Sam", "SAM", "wi", "winter", "inte", "sam w", "winter sam", "4b", "sa 4b"],
)
def test_a_pupil_is_found_by_the_beginning_of_a_word_or_three_letters_anywhere(
    ada, sam, rosa, open_as, typed
):
    assert labels(open_as(ada), PUPIL, typed) == ["Sam Winter"]


@pytest.mark.parametrize(
    "typed", ["", " ", "s", "s w", "am", "nt", "zz", "sam diaz", "%%", "__", "'"]
)
def test_less_than_that_finds_nobody(ada, sam, rosa, open_as, typed):
    assert found(open_as(ada), PUPIL, typed) == {"results": [], "more": False}


def test_a_pupil_is_found_by_preferred_and_by_legal_name_and_without_accents(ada, open_as):
    factories.pupil(ada.school, "Zoë O’Brien", preferred_forename="Jo", form="3A")
    client = open_as(ada)

    for typed in ("zoe", "jo", "obrien", "o'brien", "O’Brien"):
        assert labels(client, PUPIL, typed) == ["Jo O’Brien"]


def test_a_pupil_is_shown_with_year_and_form(ada, sam, open_as):
    result = found(open_as(ada), PUPIL, "sam")["results"][0]

    assert result == {"value": str(sam.pk), "label": "Sam Winter", "detail": "Year 4, 4B"}


def test_two_pupils_of_one_name_in_one_form_are_told_apart_by_their_birthdays(ada, sam, open_as):
    factories.pupil(ada.school, "Sam Winter", date_of_birth=sam.date_of_birth.replace(day=30))

    details = [one["detail"] for one in found(open_as(ada), PUPIL, "sam")["results"]]

    assert sorted(details) == ["Year 4, 4B, born 3 May 2017", "Year 4, 4B, born 30 May 2017"]


def test_ten_are_shown_and_it_is_said_that_there_are_more(ada, open_as):
    for n in range(10):
        factories.pupil(ada.school, f"Sam{n} Winter")
    client = open_as(ada)

    ten = found(client, PUPIL, "winter")
    factories.pupil(ada.school, "Sam10 Winter")
    eleven = found(client, PUPIL, "winter")

    assert (len(ten["results"]), ten["more"]) == (10, False)
    assert (len(eleven["results"]), eleven["more"]) == (10, True)


def test_leavers_and_pupils_of_other_schools_are_not_found(ada, sam, leo, open_as):
    factories.pupil(ada.school, "Sam Gone", leaving_date=timezone.localdate())
    client = open_as(ada)

    assert labels(client, PUPIL, "sam") == ["Sam Winter"]
    assert labels(client, PUPIL, "leo") == []


def test_a_school_of_any_size_costs_the_same(ada, open_as):
    client = open_as(ada)
    factories.pupil(ada.school, "Sam Winter")
    one = post_queries(client, PUPIL, "sam")
    for n in range(9):
        factories.pupil(ada.school, f"Sam{n} Winter")

    assert post_queries(client, PUPIL, "sam") == one


# Staff


def test_a_colleague_is_found_by_the_beginning_of_any_name(ada, eli, tess, open_as):
    client = open_as(ada)

    assert labels(client, STAFF, "eli") == ["Eli Moore"]
    assert labels(client, STAFF, "mo") == ["Eli Moore"]
    assert labels(client, STAFF, "moore el") == ["Eli Moore"]
    assert labels(client, STAFF, "oor") == []
    assert labels(client, STAFF, "e") == []


def test_a_colleague_is_shown_with_what_they_do(ada, eli, open_as):
    Membership.objects.create(
        user=eli.user, school=eli.school, role=Role.SENCO, job_title="SENCO (mornings)"
    )

    result = found(open_as(ada), STAFF, "eli")["results"][0]

    assert result["value"] == str(eli.user_id)
    assert set(result["detail"].split(", ")) == {"Teaching staff", "SENCO (mornings)"}


def test_oneself_and_those_who_could_not_open_an_alert_are_not_found(
    ada, gus, ivy, max_, una, eli, open_as
):
    eli.user.is_active = False
    eli.user.save()
    client = open_as(ada)

    for name in ("ada", "gus", "ivy", "max", "una", "eli"):
        assert labels(client, STAFF, name) == []


def test_any_number_of_colleagues_costs_the_same(ada, eli, open_as):
    client = open_as(ada)
    one = post_queries(client, STAFF, "el")
    for n in range(9):
        factories.person(f"El{n} Other", ada.school, Role.TEACHER)

    assert post_queries(client, STAFF, "el") == one


# Who may ask, and what is left behind


@pytest.mark.parametrize(
    ("who", "url_name", "status"),
    [
        ("ada", PUPIL, 200),
        ("max_", PUPIL, 200),
        ("gus", PUPIL, 404),
        ("ivy", PUPIL, 404),
        ("ada", STAFF, 200),
        ("max_", STAFF, 404),
        ("gus", STAFF, 404),
    ],
)
def test_those_who_record_may_search(who, url_name, status, open_as, request):
    client = open_as(request.getfixturevalue(who))

    assert client.post(reverse(url_name), {"q": "sam"}).status_code == status


@pytest.mark.parametrize("url_name", [PUPIL, STAFF])
def test_a_name_is_never_taken_from_the_address(ada, sam, open_as, url_name):
    """A query in an address stands in the access logs of every proxy on the way."""
    client = open_as(ada)

    assert client.get(reverse(url_name), {"q": "sam"}).status_code == 405
    assert client.post(f"{reverse(url_name)}?q=sam").json()["results"] == []


@pytest.mark.django_db(transaction=True)
def test_a_search_is_on_record_without_its_words_or_its_results(ada, sam, open_as, caplog):
    caplog.set_level(logging.DEBUG)

    open_as(ada).post(reverse(PUPIL), {"q": "winter"})

    entry = AccessEntry.objects.get(event="pupil.find")
    assert entry.user == ada.user_id
    assert (entry.pupil, entry.detail) == (None, "")
    kept = [record.getMessage() for record in caplog.records if record.name != "django.db.backends"]
    assert not [line for line in kept if "winter" in line.casefold()]


def post_queries(client, url_name: str, typed: str) -> int:
    return queries_of(client, reverse(url_name), {"q": typed})
