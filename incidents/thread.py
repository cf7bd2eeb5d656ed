"""An incident as its page shows it: what was said, who was told, and the thread that followed.

Everything here is what the viewer may see, asked for through `visible_to`; the number of queries
is the same for one action and for a hundred.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch
from django.urls import reverse

from accounts.models import Membership
from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents import rules, viewing
from incidents.account import Part, Tag, how_late, parts_of, recorded_later
from incidents.categories import categories_of, in_order
from incidents.file_types import is_looked_at
from incidents.files import size_in_words
from incidents.marking import BodyMap, body_map_of
from incidents.models import (
    Action,
    ActionCategory,
    ActionReader,
    Alert,
    Attachment,
    Audience,
    BodyMark,
    Incident,
    IncidentAgency,
    Level,
    LinkedPupil,
    Restriction,
    Subject,
)
from incidents.opening import Opening, Way, openings
from incidents.slips.waiting import FiledFrom, filed_from
from pupils.models import AccessReason

# Somebody was asked themselves, and not as one of those who are always told.
ASKED = {Alert.Because.NAMED, Alert.Because.GROUP}


@dataclass(frozen=True)
class Told:
    """Somebody who was alerted, and when they said that they read it."""

    name: str
    because: str
    read_at: datetime | None


@dataclass(frozen=True)
class Fact:
    """Something said beside an entry's text, under its name."""

    key: str
    value: str


@dataclass(frozen=True)
class SmallPicture:
    """The small copy of a picture, and how large it is drawn."""

    url: str
    width: int
    height: int


@dataclass(frozen=True)
class FileLink:
    """A file, with its address where this person may open it, and what the scanner has said.

    A picture comes with a small one of itself, where there is one.
    """

    url: str
    name: str
    detail: str
    state: str
    small: SmallPicture | None


@dataclass(frozen=True)
class Involved:
    """Another child in the incident, in which part."""

    id: UUID
    name: str
    where: str
    part: str


@dataclass(frozen=True)
class Entry:
    """One turn of the conversation under an incident."""

    id: UUID
    kind: str
    title: str
    author: str
    author_id: UUID
    job_title: str
    mine: bool
    occurred_at: datetime
    recorded_at: datetime
    recorded_late: bool
    text: str
    facts: tuple[Fact, ...]
    files: tuple[FileLink, ...]
    told: tuple[Told, ...]
    for_whom: str
    is_new: bool
    asks_me: bool


@dataclass(frozen=True)
class IncidentPage:
    """Everything on an incident's page."""

    incident: Incident
    parts: tuple[Part, ...]
    categories: tuple[Tag, ...]
    reported_as: tuple[str, ...]
    agencies: tuple[str, ...]
    involved: tuple[Involved, ...]
    files: tuple[FileLink, ...]
    told: tuple[Told, ...]
    unread: tuple[UUID, ...]
    entries: tuple[Entry, ...]
    job_title: str
    is_mine: bool
    reads_in_full: bool
    may_mark_significant: bool
    may_refine: bool
    may_open_chronology: bool
    may_act: bool
    may_limit: bool
    limit: str
    subjects: tuple[str, ...]
    asks_reason: bool
    body_map: BodyMap | None
    filed_from: FiledFrom | None

    @property
    def pupils(self) -> list[UUID]:
        """Whom the page is about: what the access log names."""
        return [self.incident.pupil_id, *(child.id for child in self.involved)]

    @property
    def how_late(self) -> str:
        """By how much it was recorded later than it happened; "" when it was soon."""
        incident = self.incident
        return how_late(incident.occurred_at, incident.recorded_at, incident.precision)

    @property
    def level(self) -> str:
        """The level by its name: urgent, review or record."""
        return Level(self.incident.level).name.lower()

    @property
    def may_ask_reporter(self) -> bool:
        """Whether there is somebody else who recorded this and can be asked or thanked."""
        return self.may_act and self.reads_in_full and not self.is_mine

    @property
    def state(self) -> str:
        """What has become of it; said to its author and to those who read all of it."""
        if not (self.is_mine or self.reads_in_full):
            return ""
        turned: dict[str, str] = {
            Action.Kind.CLOSED: "Closed",
            Action.Kind.REOPENED: "Opened again",
        }
        read = "Read" if self.incident.is_read else "Received"
        otherwise = "Being looked at" if self.incident.is_acted_on else read
        return turned.get(self.incident.last_turn, otherwise)


def page_of(viewer: Viewer, found: Incident) -> IncidentPage:
    """Return an incident, found through `visible_to`, with all that this viewer may see of it."""
    incident = _whole(viewer, found)
    actions = list(_actions(viewer, found))
    people = {incident.reported_by_id, *(action.author_id for action in actions)}
    thread = _Thread(
        viewer,
        _titles(viewer, people),
        _my_last_answer(viewer, actions),
        incident.reported_by_id == viewer.user_id,
    )
    for alert in _alerts(viewer, found):
        thread.note(alert)
    attached = [file for one in (incident, *actions) for file in one.attachments.all()]
    thread.openings = openings(attached, viewer, redrawn=_drawn_anew(attached))
    thread.sights = viewing.sights(attached)
    in_full = Incident.objects.visible_to(viewer).read_in_full_by(viewer).contains(found)
    in_lead = in_full and rules.leads(viewer, found)
    known = categories_of(viewer, [found.pk])[found.pk]
    return IncidentPage(
        incident=incident,
        parts=parts_of(incident),
        categories=known.now,
        reported_as=known.reported,
        agencies=tuple(agency.wording for agency in incident.agencies.all()),
        involved=tuple(map(_involved, incident.linked_pupils.all())),
        files=thread.links(incident.attachments.all()),
        told=tuple(thread.told[None]),
        unread=tuple(thread.unread.values()),
        entries=tuple(map(thread.entry, actions)),
        job_title=thread.titles.get(incident.reported_by_id, ""),
        is_mine=thread.is_mine,
        reads_in_full=in_full,
        may_mark_significant=in_lead and viewer.has(Permission.MARK_SIGNIFICANT),
        may_refine=in_lead and viewer.has(Permission.REFINE_CATEGORIES),
        may_open_chronology=viewer.has(Permission.READ_CHRONOLOGY)
        or viewer.could_with_authenticator(Permission.READ_CHRONOLOGY),
        may_act=viewer.has(Permission.ADD_ACTION) and (in_lead or thread.is_mine or thread.is_told),
        may_limit=in_lead and viewer.has(Permission.RESTRICT),
        limit=_limit(viewer, found),
        subjects=_subjects(viewer, found),
        asks_reason=in_full and _asks_reason(viewer, found),
        body_map=body_map_of(incident.marks.all()),
        filed_from=filed_from(viewer, incident),
    )


@dataclass
class _Thread:
    """Who was told of what, kept by action; the incident's own alerts stand under None."""

    viewer: Viewer
    titles: dict[UUID, str]
    answered_at: datetime | None
    is_mine: bool
    is_told: bool = False
    told: dict = field(default_factory=lambda: defaultdict(list))
    unread: dict = field(default_factory=dict)
    openings: dict[UUID, Opening] = field(default_factory=dict)
    sights: dict[UUID, viewing.Sight] = field(default_factory=dict)
    asked: set = field(default_factory=set)

    def note(self, alert: Alert) -> None:
        """Remember an alert under what it told of."""
        acknowledgement = getattr(alert, "acknowledgement", None)
        read_at = acknowledgement.recorded_at if acknowledgement else None
        self.told[alert.action_id].append(
            Told(alert.recipient.name, alert.get_because_display(), read_at)
        )
        if alert.recipient_id == self.viewer.user_id:
            self.is_told = True
            if read_at is None:
                self.unread[alert.action_id] = alert.pk
            if alert.because in ASKED:
                self.asked.add(alert.action_id)

    def links(self, files: Iterable[Attachment]) -> tuple[FileLink, ...]:
        """Return files as they are listed."""
        return tuple(_link(file, self.openings[file.pk], self.sights[file.pk]) for file in files)

    def entry(self, action: Action) -> Entry:
        """Return an action as a turn of the conversation."""
        answered = self.answered_at is not None and self.answered_at > action.recorded_at
        return Entry(
            id=action.pk,
            kind=action.kind,
            title=action.get_kind_display(),
            author=action.author.name,
            author_id=action.author_id,
            job_title=self.titles.get(action.author_id, ""),
            mine=action.author_id == self.viewer.user_id,
            occurred_at=action.occurred_at,
            recorded_at=action.recorded_at,
            recorded_late=recorded_later(
                action.occurred_at, action.recorded_at, Incident.Precision.EXACT
            ),
            text=action.narrative,
            facts=_facts(action),
            files=self.links(action.attachments.all()),
            told=tuple(self.told[action.pk]),
            for_whom=_for_whom(action),
            is_new=action.pk in self.unread,
            asks_me=action.kind == Action.Kind.QUESTION
            and action.pk in self.asked
            and not answered,
        )


def _limit(viewer: Viewer, incident: Incident) -> str:
    """Return in words who alone reads an incident that is limited; said to those who read it all."""
    last = Restriction.objects.visible_to(viewer).latest_of(incident).first()
    if last is None or last.audience == Audience.THREAD:
        return ""
    names = ", ".join(
        reader.user.name for reader in last.readers.select_related("user").order_by("user__name")
    )
    return f"the DSL and {names}" if last.audience == Audience.LEADS else names


def _subjects(viewer: Viewer, incident: Incident) -> tuple[str, ...]:
    """Return the members of staff whom it is about, as far as the viewer may know."""
    named = Subject.objects.visible_to(viewer).filter(incident=incident).select_related("user")
    return tuple(row.user.name for row in named.order_by("user__name", "id"))


def _asks_reason(viewer: Viewer, incident: Incident) -> bool:
    """Whether the viewer reads what is for the DSL only after a reason, and has given none."""
    if not viewer.has(Permission.READ_LEADS_ONLY) or not viewer.must_give_reasons:
        return False
    return not AccessReason.objects.of(viewer).filter(pupil=incident.pupil_id).exists()


def _for_whom(action: Action) -> str:
    """Return for whom an entry is that is not for everybody who reads the incident."""
    names = [reader.user.name for reader in action.readers.all()]
    if action.audience == Audience.LEADS:
        return "Only for the DSL" + (f" and {', '.join(names)}" if names else "")
    return f"Only for {', '.join(names)}" if action.audience == Audience.NAMED else ""


def _whole(viewer: Viewer, found: Incident) -> Incident:
    """Fetch the incident again with all that belongs to it."""
    links = LinkedPupil.objects.visible_to(viewer).select_related("pupil")
    return (
        Incident.objects.visible_to(viewer)
        .with_people()
        .select_related("filed_from__slip")
        .with_state()
        .with_significance()
        .prefetch_related(
            Prefetch("agencies", IncidentAgency.objects.visible_to(viewer).order_by("wording")),
            Prefetch("linked_pupils", links.order_by("recorded_at", "id")),
            Prefetch("attachments", _files(viewer).filter(action=None)),
            Prefetch("marks", BodyMark.objects.visible_to(viewer).in_order()),
        )
        .get(pk=found.pk)
    )


def _actions(viewer: Viewer, incident: Incident):
    return (
        Action.objects.visible_to(viewer)
        .filter(incident=incident)
        .select_related("author", "agency")
        .prefetch_related(
            Prefetch("attachments", _files(viewer)),
            Prefetch("categories", in_order(ActionCategory.objects.visible_to(viewer))),
            Prefetch(
                "readers",
                ActionReader.objects.visible_to(viewer)
                .select_related("user")
                .order_by("user__name", "id"),
            ),
        )
        .as_it_happened()
    )


def _alerts(viewer: Viewer, incident: Incident):
    return (
        Alert.objects.visible_to(viewer)
        .filter(incident=incident)
        .select_related("recipient", "acknowledgement")
        .order_by("recipient__name", "id")
    )


def _files(viewer: Viewer):
    return Attachment.objects.visible_to(viewer).order_by("name", "id")


def _titles(viewer: Viewer, people: set[UUID]) -> dict[UUID, str]:
    """Return what these people are at the school: the title of their latest job."""
    known = Membership.objects.visible_to(viewer).filter(user__in=people).exclude(job_title="")
    return {job.user_id: job.job_title for job in known.order_by("starts_on", "id")}


def _my_last_answer(viewer: Viewer, actions: Iterable[Action]) -> datetime | None:
    answers = (
        action.recorded_at
        for action in actions
        if action.kind == Action.Kind.ANSWER and action.author_id == viewer.user_id
    )
    return max(answers, default=None)


def _involved(link: LinkedPupil) -> Involved:
    return Involved(link.pupil_id, link.pupil.name, link.pupil.where, link.get_role_display())


def _drawn_anew(files: Iterable[Attachment]) -> set[UUID]:
    """Return which of these are looked at as copies of ours, and not as they were sent."""
    return {file.pk for file in files if is_looked_at(file.content_type)}


def _facts(action: Action) -> tuple[Fact, ...]:
    said = {
        "Categories": "; ".join(map(str, action.categories.all())),
        "Decision": action.get_decision_display() if action.decision else "",
        "Reasons": action.reasons,
        "Agency": action.agency.name if action.agency else "",
        "Difference made": action.impact,
    }
    return tuple(Fact(key, value) for key, value in said.items() if value)


def _link(file: Attachment, opening: Opening, sight: viewing.Sight) -> FileLink:
    """Return a file as it is listed; of one that does not open at once nothing is shown."""
    url, small = "", None
    if opening.way != Way.CLOSED:
        opens = "look-at-file" if is_looked_at(file.content_type) else "attachment"
        url = reverse(opens, args=[file.pk])
    if opening.way == Way.OPENS and sight.small:
        small = SmallPicture(reverse("small-picture", args=[file.pk]), *sight.small)
    return FileLink(url, file.name, size_in_words(file.size), opening.words, small)
