"""What one wrote oneself, what became of it, and what one was told: the reporter's way back.

People stop reporting when they never hear again; here each incident says how far it has come, who
has read it, and what the DSL writes back.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from accounts.models import School
from accounts.services import schools_of
from accounts.viewer import Viewer
from incidents.account import Tag
from incidents.categories import categories_of
from incidents.models import Action, Alert, Incident, Level, LinkedPupil
from incidents.thread import Told
from ledger.bodies import entry_id
from ledger.models import Entry, Kind
from ledger.proving import covering, proof_of
from safeguard import walls


@dataclass(frozen=True)
class OwnIncident:
    """An incident in its author's list."""

    row: Incident
    level: str
    state: str
    state_kind: str
    categories: tuple[Tag, ...]
    told: list[Told]
    messages: list[Action]


@dataclass(frozen=True)
class OwnAlert:
    """An alert in the list of whom it told."""

    row: Alert
    level: str
    author: str
    what: str
    categories: tuple[Tag, ...]
    read: bool


@dataclass(frozen=True)
class Receipt:
    """What somebody may print and keep: that it arrived, when, and who was told. No child.

    `leaf` is the beginning of its hash on the ledger: whoever holds it on paper can show later
    that the incident was there and what became of it. `proof` is where the proof file is, once a
    checkpoint has been signed.
    """

    reference: str
    recorded_at: datetime
    leaf: str
    proof: str
    alerted: list[Told]
    note: str
    links: list[dict]
    is_urgent: bool


def receipt_for(incident: Incident, told: list[Told], is_read_again: bool) -> Receipt:
    """Return the receipt of an incident of one's own; of one's own child it is all that remains."""
    note = (
        "Each of them gets an e-mail that names no child. When they have read it, My incidents "
        "says so. You can print this page: it names no child either."
        if told
        else "Nobody was alerted: tell a safeguarding lead in person."
    )
    links = [
        {"url": reverse("my-incidents"), "text": "My incidents"},
        {"url": reverse("add-incident"), "text": "Add another incident"},
    ]
    if is_read_again:
        again = {"url": reverse("incident", args=[incident.pk]), "text": "Read what you wrote"}
        links.insert(1, again)
    entry = Entry.objects.filter(pk=entry_id(Kind.INCIDENT, incident.pk)).first()
    return Receipt(
        reference=incident.reference,
        recorded_at=incident.recorded_at,
        leaf=entry.short_leaf if entry else "",
        proof=reverse("incident-proof", args=[incident.pk]) if entry and covering(entry) else "",
        alerted=told,
        note=note,
        links=links,
        is_urgent=incident.level == Level.URGENT,
    )


def proof_for(incident: Incident) -> str | None:
    """Return the proof file of an incident of one's own; None until a checkpoint covers it."""
    entry = Entry.objects.filter(pk=entry_id(Kind.INCIDENT, incident.pk)).first()
    checkpoint = covering(entry) if entry else None
    return proof_of(entry, checkpoint) if entry and checkpoint else None


def incidents_of(viewer: Viewer):
    """Return what this person recorded at the school, with its state."""
    mine = Incident.objects.visible_to(viewer).written_by(viewer.user)
    return mine.with_people().with_state()


def as_lines(viewer: Viewer, incidents: list[Incident]) -> list[OwnIncident]:
    """Return own incidents with their state in words, who has read them, and messages back."""
    alerts = Alert.objects.visible_to(viewer).filter(incident__in=incidents, action=None)
    told, said = told_of(alerts), _messages(viewer, incidents)
    named = categories_of(viewer, [incident.pk for incident in incidents])
    return [
        OwnIncident(
            row=incident,
            level=Level(incident.level).name.lower(),
            state=(state := state_of(incident)),
            state_kind={"Received": "waiting", "Closed": "done"}.get(state, ""),
            categories=named[incident.pk].now,
            told=told.get(incident.pk, []),
            messages=said[incident.pk],
        )
        for incident in incidents
    ]


def alerts_of(viewer: Viewer):
    """Return what this person was alerted to at the school, with what a list shows of it."""
    return (
        Alert.objects.visible_to(viewer)
        .addressed_to(viewer)
        .select_related("incident__pupil", "incident__reported_by", "action__author")
        .select_related("acknowledgement")
    )


def as_alert_lines(viewer: Viewer, alerts: list[Alert]) -> list[OwnAlert]:
    """Return one's alerts with who raised them, about which entry, and in which categories."""
    named = categories_of(viewer, [alert.incident_id for alert in alerts])
    return [
        OwnAlert(
            row=alert,
            level=Level(alert.incident.level).name.lower(),
            author=raised_by(alert).name,
            what=_what(alert),
            categories=named[alert.incident_id].now,
            read=hasattr(alert, "acknowledgement"),
        )
        for alert in alerts
    ]


def _what(alert: Alert) -> str:
    """Return what kind of entry it is, as whom it is for would say it."""
    if alert.action is None:
        return "New incident"
    kind, because = alert.action.kind, alert.because
    if kind == Action.Kind.MESSAGE and because == Alert.Because.REPORTER:
        return "Message to you"
    if kind == Action.Kind.QUESTION and because != Alert.Because.ALWAYS:
        return "Question to you"
    return alert.action.get_kind_display()


def raised_by(alert: Alert):
    """Return whose entry it is that somebody was alerted to."""
    return alert.action.author if alert.action else alert.incident.reported_by


def state_of(incident: Incident) -> str:
    """Return how far an incident has come, in the reporter's words; needs `with_state`."""
    if incident.last_turn == Action.Kind.CLOSED:
        return "Closed"
    if incident.is_acted_on:
        return "Being looked at"
    return "Read" if incident.is_read else "Received"


def told_of(alerts) -> dict[UUID, list[Told]]:
    """Return, by incident, who was alerted and when each said that they had read it."""
    told = defaultdict(list)
    rows = alerts.select_related("recipient", "acknowledgement")
    for alert in rows.order_by("recipient__name", "id"):
        read = getattr(alert, "acknowledgement", None)
        told[alert.incident_id].append(
            Told(
                name=alert.recipient.name,
                because=alert.get_because_display(),
                read_at=read.recorded_at if read else None,
            )
        )
    return told


def pupils_of(incidents: Iterable[Incident]) -> list[UUID]:
    """Return every child in these incidents: whom the access log names."""
    incidents = list(incidents)
    linked = LinkedPupil.objects.filter(incident__in=incidents).values_list("pupil", flat=True)
    return list(dict.fromkeys([*(incident.pupil_id for incident in incidents), *linked]))


def is_elsewhere(viewer: Viewer, pk: UUID) -> bool:
    """Return whether an alert is this person's own, in another school where they work."""
    return any(
        _is_theirs_at(school, viewer, pk)
        for school in schools_of(viewer.user, timezone.localdate())
        if school != viewer.school
    )


def _is_theirs_at(school: School, viewer: Viewer, pk: UUID) -> bool:
    with walls.acting_in(school.pk):
        return Alert.objects.filter(pk=pk, recipient=viewer.user, incident__school=school).exists()


def _messages(viewer: Viewer, incidents: list[Incident]) -> dict[UUID, list[Action]]:
    said = defaultdict(list)
    rows = Action.objects.visible_to(viewer).filter(
        incident__in=incidents, kind=Action.Kind.MESSAGE
    )
    for message in rows.select_related("author").order_by("recorded_at", "id"):
        said[message.incident_id].append(message)
    return said
