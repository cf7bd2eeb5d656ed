"""What the access log calls each thing that somebody can do, in words for who reads the log.

Every event that a page declares stands here (a test holds that), so that no line of the log is
without its words. An event's name is said again, with `denied:` before it, when it was refused.
"""

from dataclasses import dataclass

from django.db import models
from django.db.models import F, Q

DENIED = "denied:"


class LookKind(models.TextChoices):
    """What somebody may narrow the log to."""

    READ = "read", "Opened a record"
    LIST = "list", "Listed or searched"
    TAKE = "take", "Took a file, a report or an export"
    WRITE = "write", "Recorded or changed"
    NEED = "need", "Reasons and emergencies"
    ACCOUNT = "account", "Account and session"
    DENIED = "denied", "Refused"


@dataclass(frozen=True)
class Event:
    """What a line of the log says somebody did."""

    words: str
    kind: LookKind


K = LookKind
EVENTS: dict[str, Event] = {
    "alert.acknowledged": Event("marked an alert as read", K.WRITE),
    "alert.list": Event("listed their alerts", K.LIST),
    "alert.opened": Event("opened an alert", K.READ),
    "anomalies.listed": Event("listed what was unusual in the log", K.LIST),
    "anomaly.read": Event("read what was unusual in the log", K.LIST),
    "attachment.looked_at": Event("looked at a file", K.READ),
    "attachment.held": Event("was warned of a file, or kept from it", K.READ),
    "attachment.opened": Event("opened a file", K.TAKE),
    "attachment.original": Event("took a picture out as it was sent", K.TAKE),
    "attachment.shown": Event("saw a picture or a page", K.READ),
    "authenticator.code_given": Event(
        "gave a colleague a code to set an authenticator up", K.ACCOUNT
    ),
    "authenticator.code_refused": Event("gave a wrong code to set an authenticator up", K.ACCOUNT),
    "authenticator.enrolled": Event("set up an authenticator", K.ACCOUNT),
    "authenticator.help_asked": Event("asked two people to help after a loss", K.ACCOUNT),
    "authenticator.lost": Event("said that their authenticator is lost", K.ACCOUNT),
    "body_maps.read": Event("read the body maps", K.READ),
    "bundle.exported": Event("took a bundle of the ledger", K.TAKE),
    "category.changed": Event("changed a category, or began to", K.WRITE),
    "chronology.read": Event("read the chronology", K.READ),
    "conflict.declared": Event("said who is too near to a child, or began to", K.WRITE),
    "conflict.ended": Event("ended a conflict of interest", K.WRITE),
    "conflicts.read": Event("listed who is too near to which child", K.LIST),
    "cover.arranged": Event("arranged who stands in for a DSL", K.ACCOUNT),
    "cover.ended": Event("ended who stands in for a DSL", K.ACCOUNT),
    "demands.changed": Event("changed what the school demands, or began to", K.ACCOUNT),
    "emergency.listed": Event("listed what was opened in emergencies", K.LIST),
    "emergency.opened": Event("opened the file in an emergency", K.NEED),
    "emergency.reviewed": Event("reviewed an emergency, or began to", K.NEED),
    "factor.removed": Event("removed an authenticator or key", K.ACCOUNT),
    "grant.added": Event("gave a right in a category, or began to", K.ACCOUNT),
    "grant.ended": Event("ended a right in a category", K.ACCOUNT),
    "prompts.changed": Event("changed what people are asked to think of", K.WRITE),
    "writing.changed": Event("changed what the help with writing looks for", K.WRITE),
    "group.changed": Event("changed an alert group, or began to", K.WRITE),
    "group.retired": Event("retired an alert group", K.WRITE),
    "incident.act": Event("added an action, or began to", K.WRITE),
    "incident.add": Event("wrote an incident", K.WRITE),
    "incident.mistake": Event("reported a mistake, or began to", K.WRITE),
    "incident.offered": Event("was told what is open of a child while recording", K.LIST),
    "incident.own_list": Event("listed what they recorded", K.LIST),
    "incident.pictures": Event("said that pictures show no child’s body", K.WRITE),
    "incident.proof": Event("took the proof of an incident", K.TAKE),
    "incident.read": Event("read an incident", K.READ),
    "incident.readers": Event("said who may read an incident, or began to", K.WRITE),
    "incident.refine": Event("set an incident’s categories, or began to", K.WRITE),
    "incident.review": Event("was recording an incident", K.WRITE),
    "incident.significant": Event("marked an event", K.WRITE),
    "photographs.changed": Event("said whether injuries may be photographed, or began to", K.WRITE),
    "key.added": Event("added a passkey or security key", K.ACCOUNT),
    "words.read": Event("read what they had typed and not sent", K.ACCOUNT),
    "log.counts": Event("read how much is looked at", K.LIST),
    "log.exported": Event("took the access log as a file", K.TAKE),
    "log.own": Event("read what they looked at themselves", K.LIST),
    "log.read": Event("read the access log", K.LIST),
    "outline.changed": Event("changed the outlines of body maps, or began to", K.WRITE),
    "people.imported": Event("imported staff, or began to", K.ACCOUNT),
    "person.added": Event("added a person, or began to", K.ACCOUNT),
    "person.changed": Event("changed a person’s account, or began to", K.ACCOUNT),
    "person.confirmed": Event("said that they have seen somebody in person", K.ACCOUNT),
    "person.ended": Event("ended a person’s account, or began to", K.ACCOUNT),
    "person.link": Event("sent somebody a link to sign in", K.ACCOUNT),
    "person.unlocked": Event("unlocked an account", K.ACCOUNT),
    "poster.changed": Event("changed the visitors’ poster, or began to", K.WRITE),
    "poster.printed": Event("took the visitors’ poster to print", K.TAKE),
    "pupil.find": Event("looked for a pupil to record about", K.LIST),
    "pupils.search": Event("looked for a pupil’s file", K.LIST),
    "reason.given": Event("said why they look, or were asked to", K.NEED),
    "recovery_code.used": Event("used a recovery code", K.ACCOUNT),
    "recovery_codes.made": Event("made recovery codes", K.ACCOUNT),
    "report.asked": Event("asked for a report", K.TAKE),
    "report.downloaded": Event("took a report as a file", K.TAKE),
    "report.listed": Event("listed their reports", K.LIST),
    "report.made": Event("was made a report", K.TAKE),
    "report.read": Event("opened a report", K.READ),
    "review.read": Event("listed incidents for review", K.LIST),
    "rights.changed": Event("changed what a role may do, or began to", K.ACCOUNT),
    "role.decided": Event("decided about a role", K.ACCOUNT),
    "role.ended": Event("ended a role, or began to", K.ACCOUNT),
    "role.given": Event("gave a role, or began to", K.ACCOUNT),
    "sealed_code.asked": Event("asked for a sealed code, or began to", K.ACCOUNT),
    "sealed_code.made": Event("agreed to a sealed code, or began to", K.ACCOUNT),
    "sealed_code.reviewed": Event("reviewed the use of a sealed code, or began to", K.NEED),
    "sealed_code.used": Event("used the sealed code", K.NEED),
    "session.elevated": Event("elevated their access", K.ACCOUNT),
    "session.elevation_ended": Event(
        "had their elevated access ended: too many records", K.ACCOUNT
    ),
    "session.elevation_moved": Event(
        "had their elevated access ended: it turned up in another browser", K.ACCOUNT
    ),
    "session.elevation_refused": Event("gave a wrong code", K.ACCOUNT),
    "session.ended": Event("ended a session", K.ACCOUNT),
    "setting.decided": Event("decided about a security setting, or began to", K.ACCOUNT),
    "slip.filed": Event("filed a visitor’s slip", K.WRITE),
    "slip.put_aside": Event("put a visitor’s slip aside, or began to", K.WRITE),
    "slip.read": Event("read a visitor’s slip", K.READ),
    "slips.listed": Event("listed visitors’ slips", K.LIST),
    "staff.find": Event("looked for a colleague", K.LIST),
    "status.form": Event("began to record a status", K.WRITE),
    "status.recorded": Event("recorded a status", K.WRITE),
    "telling.changed": Event("changed what staff hear while they record, or began to", K.ACCOUNT),
    "team.changed": Event("changed the team, or began to", K.WRITE),
}
# A name in a list of many is no look at the file.
LISTS = frozenset(name for name, event in EVENTS.items() if event.kind is K.LIST)
# What is being written belongs to its author until it is submitted: nobody else's log shows it.
UNSENT = frozenset({"incident.add", "incident.review"})
# The pictures on a page belong to it: what was opened is the page.
PARTS = frozenset({"attachment.shown"})
# Linked children's names stand on another child's pages: what was opened is the one.
OPENS_A_RECORD = (
    Q(pupil__isnull=False)
    & ~Q(event__in=LISTS | UNSENT | PARTS)
    & ~Q(event__startswith=DENIED)
    & (~Q(event="chronology.read") | Q(pupil=F("target")))
)


def in_words(event: str) -> str:
    """Return what somebody did, or what they were refused."""
    if event.startswith(DENIED):
        refused = EVENTS.get(event.removeprefix(DENIED))
        return f"was refused: {refused.words if refused else 'a page'}"
    return EVENTS[event].words if event in EVENTS else "opened the record"


def of_kind(kind: LookKind) -> Q:
    """Say which lines of the log are of this kind."""
    if kind is LookKind.DENIED:
        return Q(event__startswith=DENIED)
    return Q(event__in=[name for name, event in EVENTS.items() if event.kind is kind])


def kind_of(event: str) -> LookKind | None:
    """Return an event's kind; None for one that this version does not know."""
    if event.startswith(DENIED):
        return LookKind.DENIED
    return EVENTS[event].kind if event in EVENTS else None
