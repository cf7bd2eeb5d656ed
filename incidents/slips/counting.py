"""How many slips a day: enough for a fair or a trip, and too few to bury a real one."""

import hmac
from datetime import date
from hashlib import sha256

from django.conf import settings
from django.db import connection

from accounts.models import School
from incidents.models import Slip, SlipCount
from incidents.rules import start_of_today
from safeguard import walls
from safeguard.errors import DomainError

# A school is one address on the internet, and a fair brings many visitors.
FROM_ONE_PLACE_A_DAY = 20
A_DAY = 60
COUNT = """
INSERT INTO incidents_slipcount (id, school_id, sender, day, number)
VALUES (gen_random_uuid(), %s, %s, %s, 1)
ON CONFLICT (school_id, sender, day) DO UPDATE
    SET number = least(incidents_slipcount.number + 1, 30000)
RETURNING number
"""


class TooManySlips(DomainError):
    """More slips in a day than people write."""


def sender_of(address: str | None, on: date) -> str:
    """Return a place as it is counted: a keyed hash, of which tomorrow's is another."""
    said = f"slip:{on.isoformat()}:{address or ''}"
    return hmac.new(settings.SECRET_KEY.encode(), said.encode(), sha256).hexdigest()


def require_not_too_many(school: School, sender: str, today: date) -> None:
    """Count one more from this place, and refuse it where there were too many."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [school.pk, sender, today])
        (number,) = cursor.fetchone()
    received = Slip.objects.filter(school=school, recorded_at__gte=start_of_today())
    if number > FROM_ONE_PLACE_A_DAY or received.count() >= A_DAY:
        raise TooManySlips(
            "So many slips have been sent today that this one was not taken. Go to the school office"
            " now and tell the designated safeguarding lead in person. What you wrote is still on"
            " this page: show it to them, or print it."
        )


def forget(before: date) -> None:
    """Delete what was counted on earlier days, in every school."""
    for school in walls.schools():
        with walls.acting_in(school):
            SlipCount.objects.filter(day__lt=before).delete()
