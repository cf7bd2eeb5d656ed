"""Fills an empty database with the demo schools, through the product's own services.

Runs as the database's owner, in a database marked as a demo: only there may anybody say when a
row was recorded (`safeguard.clock`, see safeguard/migrations/0001_append_only.py).
"""

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import Membership, School
from accounts.permissions import Strength
from accounts.viewer import Viewer, viewer_for
from demo import material, people, planning, roll, telling
from demo.material import DemoSchool
from incidents.models import Agency, Category
from incidents.seeding import seed_lists
from ledger.recording import pseudonym
from pupils.models import Pupil, StatusChange
from pupils.services import record_status
from safeguard.models import Outbox

DOT = 40  # incidents after which something is seen to happen
AT_ONCE = 8  # sittings in one transaction; with many more each entry waits for the ledger's head
STATUSES = [
    (StatusChange.Kind.CHILD_IN_NEED, "Elmbridge children's services", "Tola Brightwell", 140),
    (StatusChange.Kind.EARLY_HELP, "Elmbridge early help", "Sian Maddox", 95),
    (StatusChange.Kind.CHILD_PROTECTION, "Elmbridge children's services", "Andre Fontaine", 60),
    (StatusChange.Kind.LOOKED_AFTER, "Elmbridge children's services", "Jill Overton", 300),
    (StatusChange.Kind.YOUNG_CARER, "Elmbridge young carers", "", 210),
    (StatusChange.Kind.SOCIAL_WORKER, "Elmbridge children's services", "Tola Brightwell", 150),
]


def mark_as_demo() -> None:
    """Mark the database as holding invented data; the owner alone can."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO safeguard_installation (kind) VALUES ('demo') ON CONFLICT DO NOTHING"
        )


def set_clock(at: datetime | None) -> None:
    """Say when the rows that follow are recorded; None gives the clock back to the database."""
    with connection.cursor() as cursor:
        said = at.isoformat() if at else ""
        cursor.execute("SELECT set_config('safeguard.clock', %s, false)", [said])


def add_school(written: DemoSchool, folder: Path, now: datetime) -> list[people.Key]:
    """Add a school with its lists, staff and roll, and return how to sign in there."""
    _, trust = material.password_and_trust()
    school = School.objects.create(
        name=written.name,
        slug=written.slug,
        urn=written.urn,
        phase=written.phase,
        trust_name=trust,
        emergency_instruction=written.emergency_instruction,
        lead_name_and_room=written.lead_name_and_room,
        lead_telephone=written.lead_telephone,
    )
    seed_lists(school)
    keys = people.add_staff(school, written)
    export = roll.write_export(written, folder, now.date())
    call_command("import_pupils", school.slug, str(export), "--apply", verbosity=0)
    for membership in Membership.objects.filter(school=school):
        # Made here, by one process: the parts of the year would make them at once, each in a long
        # transaction and in its own order, and wait for each other.
        pseudonym(school.pk, membership.user_id)
    return keys


def cast_of(school: School, chance: random.Random) -> telling.Cast:
    """Return the school's people, those who read everything already elevated."""
    viewers: dict[str, list[Viewer]] = defaultdict(list)
    memberships = Membership.objects.filter(school=school).select_related("user")
    for membership in memberships.order_by("user__name"):
        viewer = viewer_for(membership.user, school, strength=Strength.ELEVATED)
        if viewer is not None:
            viewers[membership.role].append(viewer)
    return telling.Cast(
        school=school,
        viewers=dict(viewers),
        categories=categories_of(school),
        agencies={row.name: row for row in Agency.objects.filter(school=school)},
        set_clock=set_clock,
        chance=chance,
    )


def categories_of(school: School) -> dict[str, Category]:
    """Return the school's categories by name, those below another as "Online: Contact"."""
    rows = Category.objects.filter(school=school).select_related("parent")
    return {f"{row.parent}: {row}" if row.parent else row.name: row for row in rows}


@dataclass(frozen=True)
class Part:
    """One process's share: every so many-th incident, and of people's reading."""

    number: int
    of: int


def tell_the_year(
    part: Part, now: datetime, progress: Callable[[], None], most: int | None = None
) -> None:
    """Record this part of both schools' year of incidents, and what followed each.

    Every part makes the whole plan, which is the same each time for the same roll and moment.
    """
    chooser = planning.Chooser(random.Random("demo"))
    for written in material.schools():
        school = School.objects.get(slug=written.slug)
        pupils = list(Pupil.objects.filter(school=school).in_order())
        planned = planning.plan_school(written, pupils, now, chooser, most)
        cast = cast_of(school, random.Random(f"{written.slug} {part.number}"))
        if part.number == 0:
            record_statuses(cast, planned, now)
        for number, entry in enumerate(planned[part.number :: part.of], start=1):
            with transaction.atomic():
                telling.tell(cast, entry, now)
            if number % DOT == 0:
                progress()
    set_clock(None)


def tell_who_read(part: Part, now: datetime, progress: Callable[[], None]) -> None:
    """Let both schools' staff mark as read what they were told in the year: this part of it."""
    for school in School.objects.order_by("slug"):
        cast = cast_of(school, random.Random(f"{school.slug} readers"))
        mine = telling.sittings(cast, now)[part.number :: part.of]
        for start in range(0, len(mine), AT_ONCE):
            with transaction.atomic():
                for sitting in mine[start : start + AT_ONCE]:
                    telling.read(cast, sitting)
        progress()
    set_clock(None)


def record_statuses(cast: telling.Cast, planned: list[planning.Planned], now: datetime) -> None:
    """Give some of the children whom incidents are about a status that began in the year."""
    lead = cast.viewers["dsl"][0]
    children = list(dict.fromkeys(entry.pupil for entry in planned))
    for child, (kind, authority, worker, ago) in zip(children[4::5], STATUSES * 3, strict=False):
        began = now - timedelta(days=ago)
        set_clock(began + timedelta(days=1))
        record_status(
            by=lead,
            pupil=child,
            kind=kind,
            change=StatusChange.Change.STARTED,
            on_date=began.date(),
            authority=authority,
            worker=worker,
            note="",
        )


def settle_old_mail(now: datetime) -> None:
    """Count alerts of earlier days as sent; today's are really sent when the worker starts."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE safeguard_outbox SET done_at = %s, tries = 1 WHERE done_at IS NULL AND key IN"
            " (SELECT id FROM incidents_alert WHERE recorded_at < %s)",
            [now, day],
        )
    Outbox.objects.filter(done_at=None).update(next_try_at=now)
