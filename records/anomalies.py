"""The rules by which the access log is read each night for what is unusual (SR-16, SR-52).

A rule accuses nobody: it names a person, a day and a number, and the head asks. Each rule is one
query over a day of the log, and says the same however often it is asked.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

from django.db.models import Count, Q
from django.db.models.functions import ExtractHour

from accounts.limits import PUPILS_AN_HOUR, VIEWS_AN_HOUR
from accounts.looks import DENIED, OPENS_A_RECORD
from accounts.models import School, User
from incidents.models import Action, Alert, Incident, LinkedPupil
from ledger.models import AccessEntry, AccessEntryQuerySet
from pupils.models import AccessReason, BreakGlass, Conflict, TeamMember
from records.access_log import begins
from records.models import AnomalyFinding
from safeguard import walls

REFUSALS_AN_HOUR = 10
NIGHTS = 3  # read again, should a night have been missed
SATURDAY = 5
Rule = AnomalyFinding.Rule
DAY = timedelta(days=1)


def look_for(school: School, day: date) -> int:
    """Keep what every rule finds in a day of a school's log; return how much is new."""
    found = [finding for rule in RULES for finding in rule(school, day)]
    known_people = set(
        User.objects.filter(pk__in={one.person_id for one in found}).values_list("pk", flat=True)
    )
    known = set(
        AnomalyFinding.objects.filter(pk__in={one.pk for one in found}).values_list("pk", flat=True)
    )
    new = [one for one in found if one.person_id in known_people and one.pk not in known]
    AnomalyFinding.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def look_for_all(today: date) -> int:
    """Read the last nights' logs of every school."""
    days = [today - night * DAY for night in range(NIGHTS, 0, -1)]
    new = 0
    for school in School.objects.order_by("pk"):
        with walls.acting_in(school.pk):
            new += sum(look_for(school, day) for day in days)
    return new


def looks_behind(rows: AccessEntryQuerySet, finding: AnomalyFinding) -> AccessEntryQuerySet:
    """Return those of these lines of the log for which a finding stands."""
    rows = _on(rows, finding.on_day).filter(user=finding.person_id)
    if finding.rule == Rule.DENIALS:
        rows = rows.filter(event__startswith=DENIED)
    else:
        rows = rows.filter(OPENS_A_RECORD)
    if finding.rule == Rule.OUT_OF_HOURS:
        rows = rows.filter(_outside_hours(finding.school, finding.on_day))
    if finding.hour is not None:
        rows = rows.annotate(at_hour=ExtractHour("recorded_at")).filter(at_hour=finding.hour)
    return rows.filter(pupil__in=finding.about) if finding.about else rows


def _many_in_an_hour(school: School, day: date) -> Iterator[AnomalyFinding]:
    for row in _by_hour(_opened(school, day)):
        if row["pupils"] > PUPILS_AN_HOUR:
            yield _finding(school, Rule.MANY_PUPILS, day, row)
        if row["times"] > VIEWS_AN_HOUR:
            yield _finding(school, Rule.MANY_VIEWS, day, row)


def _outside_school_hours(school: School, day: date) -> Iterator[AnomalyFinding]:
    rows = _opened(school, day).filter(_outside_hours(school, day))
    for row in _counted(rows.values("user")):
        yield _finding(school, Rule.OUT_OF_HOURS, day, row)


def _of_colleagues_children(school: School, day: date) -> Iterator[AnomalyFinding]:
    parents: dict[UUID, set[UUID]] = {}
    declared = Conflict.objects.current(day).filter(school=school, kind=Conflict.Kind.OWN_CHILD)
    for pupil, user in declared.values_list("pupil", "user"):
        parents.setdefault(pupil, set()).add(user)
    for row in _counted(_opened(school, day).filter(pupil__in=parents).values("user", "pupil")):
        if row["user"] not in parents[row["pupil"]]:
            yield _finding(school, Rule.COLLEAGUES_CHILD, day, row, [row["pupil"]])


def _without_a_part(school: School, day: date) -> Iterator[AnomalyFinding]:
    alone: dict[UUID, list[dict]] = {}
    rows = list(_counted(_opened(school, day).values("user", "pupil")))
    taking_part = _taking_part(
        school, day, {row["user"] for row in rows}, {row["pupil"] for row in rows}
    )
    for row in rows:
        if (row["user"], row["pupil"]) not in taking_part:
            alone.setdefault(row["user"], []).append(row)
    for user, theirs in alone.items():
        told = {
            "user": user,
            "times": sum(row["times"] for row in theirs),
            "pupils": len(theirs),
        }
        about = sorted((row["pupil"] for row in theirs), key=str)
        yield _finding(school, Rule.NO_PART, day, told, about)


def _refused_often(school: School, day: date) -> Iterator[AnomalyFinding]:
    rows = _on(AccessEntry.objects.filter(school=school.pk), day)
    for row in _by_hour(rows.filter(event__startswith=DENIED, user__isnull=False)):
        if row["times"] > REFUSALS_AN_HOUR:
            yield _finding(school, Rule.DENIALS, day, row)


RULES: tuple[Callable[[School, date], Iterator[AnomalyFinding]], ...] = (
    _many_in_an_hour,
    _outside_school_hours,
    _of_colleagues_children,
    _without_a_part,
    _refused_often,
)


def _taking_part(school: School, day: date, users: set, pupils: set) -> set[tuple[UUID, UUID]]:
    """Return who has to do with which child: recorded, was told, acted, or said why they look."""
    since = begins(day - DAY)
    of_team = TeamMember.objects.current(day).filter(school=school, user__in=users)
    links = LinkedPupil.objects.filter(pupil__in=pupils)
    known: set[tuple[UUID, UUID]] = set()
    for path, of_user in (
        (Incident.objects.filter(school=school), "reported_by"),
        (links, "incident__reported_by"),
        (Alert.objects.filter(incident__school=school), "recipient"),
        (links, "incident__alerts__recipient"),
        (Action.objects.filter(incident__school=school), "author"),
        (links, "incident__actions__author"),
        (of_team, "user"),
        (AccessReason.objects.filter(school=school, recorded_at__gte=since), "by"),
        (BreakGlass.objects.filter(school=school, recorded_at__gte=since), "by"),
    ):
        pupil = "incident__pupil" if path.model in (Alert, Action) else "pupil"
        theirs = path.filter(**{f"{of_user}__in": users, f"{pupil}__in": pupils})
        known.update(theirs.values_list(of_user, pupil).distinct())
    return known


def _opened(school: School, day: date) -> AccessEntryQuerySet:
    rows = _on(AccessEntry.objects.filter(school=school.pk), day)
    return rows.filter(OPENS_A_RECORD, user__isnull=False)


def _on(rows: AccessEntryQuerySet, day: date) -> AccessEntryQuerySet:
    return rows.filter(recorded_at__gte=begins(day), recorded_at__lt=begins(day + DAY))


def _outside_hours(school: School, day: date) -> Q:
    """Say that it was before the school opens, after it closes, or at the weekend."""
    if day.weekday() >= SATURDAY:
        return Q()
    opens, closes = (
        datetime.combine(day, at, tzinfo=begins(day).tzinfo)
        for at in (school.opens_at, school.closes_at)
    )
    return Q(recorded_at__lt=opens) | Q(recorded_at__gte=closes)


def _by_hour(rows: AccessEntryQuerySet):
    return _counted(rows.annotate(hour=ExtractHour("recorded_at")).values("user", "hour"))


def _counted(groups):
    return groups.annotate(times=Count("pk"), pupils=Count("pupil", distinct=True)).order_by("user")


def _finding(school: School, rule, day: date, row: dict, about=()) -> AnomalyFinding:
    hour = row.get("hour")
    one = about[0] if rule == Rule.COLLEAGUES_CHILD else ""
    return AnomalyFinding(
        id=uuid5(school.pk, f"{rule} {row['user']} {day} {hour} {one}"),
        school=school,
        person_id=row["user"],
        rule=rule,
        on_day=day,
        hour=hour,
        about=list(about),
        looks=row["times"],
        pupils=row.get("pupils", 1),
    )
