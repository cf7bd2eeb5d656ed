"""The fence around the access log: who sees which of its lines.

A line about a record is for those who may see the record. Otherwise the log itself would tell a
lead who had written about them, or about a child to whom they are too near (AC22).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F, Q
from django.utils import timezone

from accounts.looks import LISTS, UNSENT, LookKind, in_words, kind_of
from accounts.models import User
from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents.models import Action, Alert, Attachment, Audience, Incident, LinkedPupil
from ledger.models import AccessEntry, AccessEntryQuerySet
from pupils.models import AccessReason, BreakGlass, Conflict, Pupil
from pupils.people import REASON_LASTS

# One page writes its rows in one statement; each has the moment of its own row.
AT_ONCE = timedelta(milliseconds=300)


@dataclass(frozen=True)
class Hidden:
    """What a person may not see: the records, what belongs to them, and whose they are."""

    targets: frozenset[UUID]
    pupils: frozenset[UUID]
    near: frozenset[UUID]


@dataclass(frozen=True)
class Line:
    """Something that somebody did, to one record or to a list of several."""

    user: UUID | None
    name: str
    what: str
    kind: LookKind | None
    at: datetime
    elevated: bool
    pupils: tuple[Pupil, ...]
    unnamed: int
    reasons: tuple[str, ...]


def seen_by(viewer: Viewer) -> AccessEntryQuerySet:
    """Return the lines of the school's log that somebody who oversees it may see.

    One's own are on a page of their own, so that nobody oversees themselves.
    """
    rows = AccessEntry.objects.filter(school=viewer.school_id).exclude(user=viewer.user_id)
    return _fenced(viewer, rows, hidden_from(viewer))


def seen_of(viewer: Viewer, pupil: Pupil) -> AccessEntryQuerySet:
    """Return the lines about one child, one's own among them, that somebody may see."""
    rows = AccessEntry.objects.filter(school=viewer.school_id, pupil=pupil.pk)
    return _fenced(viewer, rows, hidden_from(viewer, pupil))


def _fenced(viewer: Viewer, rows: AccessEntryQuerySet, hidden: Hidden) -> AccessEntryQuerySet:
    if not viewer.has(Permission.SEE_ACCESS_LOG):
        return rows.none()
    elsewhere = Q(event="chronology.read", target__isnull=False) & ~Q(target=F("pupil"))
    return _outside(rows, hidden).exclude(
        (Q(event__in=LISTS) | elsewhere) & Q(pupil__in=hidden.pupils)
    )


def numbered_for(viewer: Viewer) -> AccessEntryQuerySet:
    """Return the lines of the school's log to who oversees the head: what, when, and of how many.

    Whose records they were, and the reasons that were given, are not theirs to know: what is made of
    these lines goes through `without_names`.
    """
    if not viewer.has(Permission.SEE_HEADS_ANOMALIES):
        return AccessEntry.objects.none()
    rows = AccessEntry.objects.filter(school=viewer.school_id).exclude(user=viewer.user_id)
    return _outside(rows, Hidden(_near(viewer), frozenset(), _near(viewer)))


def without_names(lines: Iterable[Line]) -> list[Line]:
    """Return lines that say of how many pupils, and neither whose nor why."""
    return [
        replace(line, pupils=(), unnamed=len(line.pupils) + line.unnamed, reasons=())
        for line in lines
    ]


def own_of(viewer: Viewer) -> AccessEntryQuerySet:
    """Return what a person did here themselves, but for children to whom they are too near."""
    rows = AccessEntry.objects.filter(school=viewer.school_id, user=viewer.user_id)
    near = _near(viewer)
    rows = rows.exclude(event="log.own")  # reading this page is on record, and not news
    return rows.exclude(pupil__in=near).exclude(target__in=near)


def hidden_from(viewer: Viewer, pupil: Pupil | None = None) -> Hidden:
    """Return the school's records, or one child's, that somebody who oversees may yet not see."""
    near = _near(viewer)
    of = Q(school=viewer.school)
    if pupil is not None:
        linked = LinkedPupil.objects.filter(pupil=pupil).values("incident")
        of &= Q(pupil=pupil) | Q(pk__in=linked)
    of_interest = Incident.objects.filter(of)
    visible = of_interest.visible_to(viewer).values("pk")
    rows = of_interest.exclude(pk__in=visible)
    incidents: set[UUID] = set()
    pupils: set[UUID] = set()
    for pk, *children in rows.values_list("pk", "pupil", "linked_pupils__pupil"):
        incidents.add(pk)
        pupils.update(child for child in children if child)
    limited = Action.objects.filter(incident__in=of_interest).exclude(audience=Audience.THREAD)
    actions = limited.exclude(pk__in=Action.objects.visible_to(viewer).values("pk"))
    under = Q(incident__in=incidents) | Q(action__in=actions)
    alerts = Alert.objects.filter(under).values_list("pk", flat=True)
    files = Attachment.objects.filter(under).values_list("pk", flat=True)
    targets = {*incidents, *near, *alerts.union(files)}
    return Hidden(frozenset(targets), frozenset(pupils), near)


def lines_of(viewer: Viewer, rows: Iterable[AccessEntry]) -> list[Line]:
    """Put rows into lines: what one page showed of several children is one line."""
    rows = list(rows)
    people = User.objects.in_bulk({row.user for row in rows if row.user})
    named = _named(viewer, {row.pupil for row in rows if row.pupil})
    refused = _refused_at(viewer, {row.target for row in rows if not row.pupil and row.target})
    reasons = _reasons(viewer, rows)
    return [_line(those, people, named, refused, reasons) for those in _of_one_page(rows)]


def _of_one_page(rows: list[AccessEntry]) -> list[list[AccessEntry]]:
    """Put together rows, in order of time, that one page wrote: one for each child on it."""
    pages: list[list[AccessEntry]] = []
    open_pages: dict[tuple, list[AccessEntry]] = {}
    for row in rows:
        key = (row.user, row.event, row.target)
        page = open_pages.get(key)
        is_of_it = (
            page is not None
            and row.pupil is not None
            and abs(page[-1].recorded_at - row.recorded_at) < AT_ONCE
            and all(row.pupil != other.pupil for other in page)
        )
        if page is not None and is_of_it:
            page.append(row)
        else:
            open_pages[key] = [row]
            pages.append(open_pages[key])
    return pages


def _line(rows: list[AccessEntry], people, named, refused, reasons) -> Line:
    first = rows[0]
    asked = [row.pupil for row in rows if row.pupil]
    pupils = [named[pk] for pk in asked if pk in named]
    pupils += [refused[row.target] for row in rows if not row.pupil and row.target in refused]
    given = [
        text
        for row in rows
        for since, until, text in reasons.get((row.user, row.pupil), ())
        if since <= row.recorded_at <= until
    ]
    return Line(
        user=first.user,
        name=people[first.user].name if first.user in people else "Somebody no longer known",
        what=in_words(first.event),
        kind=kind_of(first.event),
        at=first.recorded_at,
        elevated=first.elevated,
        pupils=tuple(pupils),
        unnamed=sum(pk not in named for pk in asked),
        reasons=tuple(dict.fromkeys(given)),
    )


def _refused_at(viewer: Viewer, targets: set[UUID]) -> dict[UUID, Pupil]:
    """Return whose record a refusal was about, to who may read that record themselves.

    To the person who was refused it must not say that there is one.
    """
    if not viewer.has(Permission.SEE_ACCESS_LOG):
        return {}
    pupils = Pupil.objects.visible_to(viewer).in_bulk(targets)
    incidents = Incident.objects.visible_to(viewer).filter(pk__in=targets).select_related("pupil")
    return pupils | {incident.pk: incident.pupil for incident in incidents}


def _named(viewer: Viewer, pupils: set[UUID]) -> dict[UUID, Pupil]:
    """Return the pupils who may be named to this person: those whom they read or find."""
    if viewer.has(Permission.FIND_PUPIL):
        return Pupil.objects.filter(school=viewer.school).in_bulk(pupils)
    return Pupil.objects.visible_to(viewer).in_bulk(pupils)


def _reasons(viewer: Viewer, rows: list[AccessEntry]) -> dict[tuple, list[tuple]]:
    """Return what people said before they looked, by who and whose: from when, until when, why."""
    pupils = {row.pupil for row in rows if row.pupil}
    given = AccessReason.objects.visible_to(viewer).filter(pupil__in=pupils)
    opened = BreakGlass.objects.visible_to(viewer).filter(pupil__in=pupils)
    found: dict[tuple, list[tuple]] = {}
    for by, pupil, at, text in given.values_list("by", "pupil", "recorded_at", "reason"):
        found.setdefault((by, pupil), []).append((at, at + REASON_LASTS, text))
    for by, pupil, at, until, text in opened.values_list(
        "by", "pupil", "recorded_at", "ends_at", "reason"
    ):
        found.setdefault((by, pupil), []).append((at, until, text))
    return found


def _outside(rows: AccessEntryQuerySet, hidden: Hidden) -> AccessEntryQuerySet:
    unsent = UNSENT | {f"denied:{event}" for event in UNSENT}
    rows = rows.exclude(event__in=unsent).exclude(pupil__in=hidden.near)
    return rows.exclude(target__in=hidden.targets)


def _near(viewer: Viewer) -> frozenset[UUID]:
    of_today = Conflict.objects.current(timezone.localdate()).filter(user=viewer.user_id)
    return frozenset(of_today.values_list("pupil", flat=True))
