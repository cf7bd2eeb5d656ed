"""What is known of authenticators: that two people of each school can read its records (SR-28)."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.timezone import localdate

from accounts.holders import FEWEST, first_short_day, holders
from accounts.models import School
from safeguard import status
from safeguard.status import Fact, State


def authenticators(now: datetime) -> Iterator[Fact]:
    """Say for each school whether enough people who read records have an authenticator."""
    for school in School.objects.order_by("name", "pk"):
        there = holders(school).count()
        said = f"{there} who read{'s' if there == 1 else ''} records {'has' if there == 1 else 'have'} one."
        short = first_short_day(school, localdate(now))
        if short is None:
            yield Fact(f"Authenticators at {school.name}", State.WELL, said)
        elif there >= FEWEST:
            yield Fact(
                f"Authenticators at {school.name}",
                State.NOTICE,
                f"{said} From {short:%-d %B %Y} on it will be fewer than two, as roles end.",
                "Give a safeguarding role to somebody else for longer: “Safeguarding roles”.",
            )
        else:
            yield Fact(
                f"Authenticators at {school.name}",
                State.BAD,
                said,
                "Let a second one set theirs up today: “Authenticators at your school”, or on the "
                "console manage.py enrolment_code.",
            )


status.register("Recording", authenticators)
