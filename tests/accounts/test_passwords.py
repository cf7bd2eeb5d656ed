"""What a password must be like and how it is kept (SR-01, SR-03)."""

import string

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, check_password, make_password
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.forms import ChoosePasswordForm
from accounts.hashers import Argon2id
from accounts.models import User
from accounts.passwords import LongOrMixed, NotCommon
from tests.accounts.doors import sign_in, with_password

ADA = User(email="ada.teach@oak-lane.example.org", name="Ada Teach")


def accepted(password: str) -> bool:
    try:
        LongOrMixed().validate(password)
    except ValidationError:
        return False
    return True


def errors_of(first: str, second: str | None = None) -> dict[str, list[str]]:
    """What the page says about a password chosen by Ada."""
    again = first if second is None else second
    return ChoosePasswordForm(ADA, {"new_password1": first, "new_password2": again}).errors


@pytest.mark.parametrize(
    "password",
    ["Ab1!efgh", "Łódź 7zł", "three word pass", "x" * 15, "🦉" * 15, "1" * 15, "x" * 128],
)
def test_eight_of_four_kinds_or_fifteen_of_any_will_do(password):
    """SR-01."""
    assert accepted(password)


@pytest.mark.parametrize(
    "password",
    ["", "Ab1!efg", "ab1!efgh", "AB1!EFGH", "Abc!efgh", "Ab12efgh", "three word pas", "x" * 129],
)
def test_anything_shorter_plainer_or_endless_will_not(password):
    """SR-01."""
    assert not accepted(password)


@given(st.text(min_size=15, max_size=128))
def test_fifteen_characters_need_nothing_else(password):
    assert accepted(password)


@given(st.text(alphabet=string.ascii_letters + string.digits, max_size=14))
def test_under_fifteen_letters_and_digits_alone_never_do(password):
    assert not accepted(password)


def test_a_refusal_says_what_to_do():
    assert "15 or more characters" in errors_of("short")["new_password1"][0]
    assert "at most 128" in errors_of("x" * 129)["new_password1"][0]


@pytest.mark.parametrize(
    "password",
    [
        "Password1!",
        "P@ssw0rd1",
        "pA55w0rd!!",
        "Sunshine-2026",
        "Sun5h1ne-2026",
        "Safeguarding1!",
        "qwertyuiop",
        "!QAZ2wsx",
        "123456789123456789",
    ],
)
def test_a_password_that_is_tried_first_is_refused_in_its_usual_disguises_too(password):
    """SR-02, offline."""
    with pytest.raises(ValidationError):
        NotCommon().validate(password)


@pytest.mark.parametrize(
    "password",
    ["Correct-horse-7-battery", "plum lantern Tuesday", "password manager wins", "Gr8!mxQz"],
)
def test_a_common_word_inside_a_long_password_is_no_reason_to_refuse_it(password):
    NotCommon().validate(password)


def test_common_is_said_in_plain_words():
    assert "list of common ones" in errors_of("Password1!")["new_password1"][0]


@pytest.mark.parametrize("password", ["ada.teach@oak-lane.example.org", "Ada-Teach1"])
def test_ones_own_name_or_address_is_refused(password):
    assert "too like your name" in errors_of(password)["new_password1"][0]


def test_the_two_must_be_the_same():
    errors = errors_of("three random words", "three random word")

    assert errors == {"new_password2": ["The two passwords differ: type the same one twice"]}


def test_a_good_password_has_nothing_said_against_it():
    assert errors_of("  plum lantern Tuesday  ") == {}


def test_passwords_are_kept_as_argon2id_of_the_strength_that_owasp_asks_for():
    """SR-03."""
    kept = Argon2id().encode("plum lantern Tuesday", "a-salt-of-its-own-22ch")

    assert kept.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert Argon2id().verify("plum lantern Tuesday", kept)
    assert not Argon2id().verify("plum lantern tuesday", kept)


def test_production_uses_it(settings):
    settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2id"]

    assert make_password("plum lantern Tuesday").startswith("argon2$argon2id$")


def test_an_older_hash_is_renewed_at_sign_in(client, ada, settings):
    """SR-03: a school that rises the cost need not ask for new passwords."""
    with_password(ada)
    assert ada.user.password.startswith(MD5PasswordHasher.algorithm)
    settings.PASSWORD_HASHERS = [
        "accounts.hashers.Argon2id",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]

    assert sign_in(client, ada.user.email).status_code == 302

    ada.user.refresh_from_db()
    assert ada.user.password.startswith("argon2$argon2id$")
    assert check_password("Correct-horse-7-battery", ada.user.password)


def test_a_hash_of_weaker_figures_is_known_to_be_weaker():
    class Weaker(Argon2id):
        memory_cost = 8 * 1024

    kept = Weaker().encode("plum lantern Tuesday", "a-salt-of-its-own-22ch")

    assert Argon2id().must_update(kept)


@pytest.mark.parametrize("password", ["P@ssw0rd1!", "Sunshine-2026"])
def test_the_page_refuses_a_common_password_in_disguise(password):
    """SR-02: the list is asked for wherever a password is chosen."""
    assert "list of common ones" in errors_of(password)["new_password1"][0]
