"""What a new password must be like."""

import re

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

SHORT, LONG, LONGEST = 8, 15, 128
DISGUISES = str.maketrans("@4301!$57", "aaeoiisst")
OUR_WORDS = frozenset({"safeguard", "safeguarding", "school", "teacher", "welcome"})


class LongOrMixed:
    """Long, of whatever it likes, or shorter and of four kinds of character.

    Three random words are easier to type and harder to guess than `Pa55w0rd!`, so length alone is
    enough; the four kinds are the policy that schools know.
    """

    def validate(self, password: str, user=None) -> None:
        """Raise ValidationError with what to do about it."""
        if len(password) > LONGEST:
            raise ValidationError(
                f"Use at most {LONGEST} characters in your password", code="password_too_long"
            )
        if len(password) < LONG and not (len(password) >= SHORT and has_four_kinds(password)):
            raise ValidationError(
                f"Use {LONG} or more characters in your password, or at least {SHORT} with a "
                "capital letter, a small letter, a digit and a symbol",
                code="password_too_short",
            )

    def get_help_text(self) -> str:
        """Return the rule as a sentence."""
        return (
            f"Use {LONG} or more characters of any kind (three random words are good), or at "
            f"least {SHORT} with a capital letter, a small letter, a digit and a symbol."
        )


def has_four_kinds(password: str) -> bool:
    """Return whether a capital, a small letter, a digit and something else are all there."""
    return (
        any(c.isupper() for c in password)
        and any(c.islower() for c in password)
        and any(c.isdigit() for c in password)
        and any(not c.isalnum() for c in password)
    )


class NotCommon(CommonPasswordValidator):
    """Not one of the twenty thousand that are tried first, nor one of them in the usual disguise.

    `P@ssw0rd1!` meets the rule of four kinds and is `password`: below fifteen characters a word of
    the list stays one with letters swapped for signs, and with digits and signs at its end.
    """

    def validate(self, password: str, user=None) -> None:
        """Raise ValidationError when the password, or what it disguises, is on the list."""
        if any(word in self.passwords or word in OUR_WORDS for word in disguised(password)):
            raise ValidationError(self.get_error_message(), code="password_too_common")


def disguised(password: str) -> set[str]:
    """Return the password as lists spell it, and the word in it when it is short."""
    plain = password.casefold().strip()
    if len(password) >= LONG:
        return {plain}
    stem = re.sub(r"[\W\d_]+$", "", plain)
    return {plain, stem, plain.translate(DISGUISES), stem.translate(DISGUISES)}
