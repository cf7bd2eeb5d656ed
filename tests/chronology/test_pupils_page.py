"""Finding the pupil whose file is to be read."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.permissions import Role
from ledger.models import AccessEntry
from pupils.models import StatusChange
from tests import factories

pytestmark = pytest.mark.django_db

PUPILS = reverse("pupils")


def search(open_as, viewer, words: str) -> str:
    answer = open_as(viewer.elevated()).post(PUPILS, {"query": words})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("name", "elevated", "status"),
    [
        *(("dee", True, 200), ("dee", False, 302), ("pat", True, 200), ("sen", True, 200)),
        *(("ada", True, 404), ("max_", True, 404), ("gus", True, 404), ("ivy", False, 404)),
    ],
)
def test_who_opens_the_page(request, open_as, name, elevated, status):
    viewer = request.getfixturevalue(name)

    answer = open_as(viewer.elevated() if elevated else viewer).get(PUPILS)

    assert answer.status_code == status


@pytest.mark.parametrize("words", ["winter", "SAM", "sam w", "4b", "Wi"])
def test_a_pupil_is_found_by_name_or_form(dee, sam, rosa, open_as, words):
    page = search(open_as, dee, words)

    assert reverse("chronology", args=[sam.pk]) in page
    assert "Rosa Diaz" not in page


def test_a_pupil_who_has_left_is_found_and_marked(oak, dee, open_as):
    factories.pupil(oak, "Noah Gone", leaving_date=date(2026, 7, 20))

    page = search(open_as, dee, "Gone")

    assert "Noah Gone" in page
    assert "left 20 Jul 2026" in page


def test_a_pupil_of_another_school_is_not_found(dee, leo, open_as):
    page = search(open_as, dee, "Leo")

    assert "Nobody found" in page
    assert "Leo Summers" not in page


@pytest.mark.parametrize("words", ["", "s", "s w", " "])
def test_too_few_letters_find_nobody_and_say_so(dee, sam, open_as, words):
    page = search(open_as, dee, words)

    assert "Sam Winter" not in page
    assert "There is a problem" in page
    assert "Nobody found" not in page


def test_two_of_one_name_are_told_apart(oak, dee, sam, open_as):
    factories.pupil(oak, "Sam Winter", form="6A", year_group="6", date_of_birth=date(2015, 1, 9))

    page = search(open_as, dee, "sam winter")

    for text in ("Year 4, 4B", "Year 6, 6A", "3 May 2017", "9 Jan 2015"):
        assert text in page


def test_what_is_looked_for_stands_in_no_address(dee, sam, open_as):
    client = open_as(dee.elevated())

    page = client.get(PUPILS).content.decode()
    by_get = client.get(PUPILS, {"query": "winter"}).content.decode()

    assert 'method="post"' in page
    assert "Sam Winter" not in by_get


def test_more_than_a_page_says_so(oak, dee, open_as):
    for number in range(31):
        factories.pupil(oak, f"Sam Number{number:02}")

    page = search(open_as, dee, "sam")

    assert page.count("/pupils/") - page.count(f'"{PUPILS}"') == 30
    assert "There are more." in page


def test_a_status_in_force_stands_beside_the_name(dee, sam, open_as):
    StatusChange.objects.create(
        pupil=sam, by=dee.user, kind="early_help", change="started", on_date=date(2026, 1, 5)
    )
    StatusChange.objects.create(
        pupil=sam, by=dee.user, kind="ehcp", change="started", on_date=date(2026, 1, 5)
    )
    StatusChange.objects.create(
        pupil=sam, by=dee.user, kind="ehcp", change="ended", on_date=date(2026, 1, 6)
    )

    page = search(open_as, dee, "sam")

    assert "Early help" in page
    assert "Education, health and care plan" not in page


def test_before_searching_stand_those_recorded_about_lately(oak, ada, dee, pat, sam, rosa, open_as):
    factories.grant(oak, Role.PASTORAL, "Behaviour")
    factories.incident(ada, sam, categories=["Home and family"])
    factories.incident(ada, rosa, categories=["Behaviour"])
    factories.incident(ada, sam, categories=["Home and family"])

    of_dee = open_as(dee.elevated()).get(PUPILS).content.decode()
    of_pat = open_as(pat.elevated()).get(PUPILS).content.decode()

    assert of_dee.index("Sam Winter") < of_dee.index("Rosa Diaz")
    assert of_dee.count("Sam Winter") == 1
    assert "Sam Winter" not in of_pat
    assert "Rosa Diaz" in of_pat


def test_one_pupil_and_ten_cost_the_same_queries(oak, ada, dee, open_as):
    client = open_as(dee.elevated())

    def fill(number):
        for one in range(number):
            child = factories.pupil(oak, f"Sam Again{number}{one}")
            factories.incident(ada, child)
            StatusChange.objects.create(
                pupil=child, by=dee.user, kind="ehcp", change="started", on_date=date(2026, 1, 5)
            )

    def count() -> list[int]:
        with CaptureQueriesContext(connection) as lately:
            client.get(PUPILS)
        with CaptureQueriesContext(connection) as found:
            client.post(PUPILS, {"query": "sam"})
        return [len(lately), len(found)]

    fill(1)
    count()
    one = count()
    fill(9)

    assert count() == one
    assert max(one) <= 14


@pytest.mark.django_db(transaction=True)
def test_a_search_is_on_record_with_whom_it_showed_and_not_what_was_typed(dee, sam, rosa, open_as):
    search(open_as, dee, "winter")

    logged = AccessEntry.objects.get()
    assert (logged.event, logged.pupil, logged.detail) == ("pupils.search", sam.pk, "")
