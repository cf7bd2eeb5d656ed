"""Those who can read what was recorded: at least two are left, always (SR-28)."""

from django.utils import timezone

from accounts.models import Authenticator, School, User
from accounts.permissions import SAFEGUARDING_ROLES
from safeguard.errors import DomainError

FEWEST = 2


class TooFewLeft(DomainError):
    """Fewer than two people would be left who hold an authenticator and a safeguarding role."""


def holders(school: School):
    """Return who holds an authenticator and a safeguarding role in this school today."""
    able = Authenticator.objects.filter(confirmed=True).values("user")
    today = timezone.localdate()
    return User.objects.holding(SAFEGUARDING_ROLES, school, today).filter(pk__in=able)


def require_two_left(school: School, *, without: User) -> None:
    """Refuse to take out a holder when fewer than two others would be left."""
    able = holders(school)
    if able.filter(pk=without.pk).exists() and able.exclude(pk=without.pk).count() < FEWEST:
        raise TooFewLeft(
            "Fewer than two people with a safeguarding role would be left who have an"
            " authenticator. Give the role to somebody else first, and let them set theirs up."
        )
