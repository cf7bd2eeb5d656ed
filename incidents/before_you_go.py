"""Before you go: what still waits for this person today, or the good news that nothing does.

Home is opened in front of classes: it names no child. A draft is told by initials and form.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import dateformat, timezone

from accounts import keeping
from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents import drafting
from incidents.finding import is_id
from incidents.models import Action, Alert, Draft, Incident, Wording
from incidents.own import OwnAlert, alerts_of, as_alert_lines
from incidents.slips.waiting import ToFile, to_file
from pupils.models import Pupil
from safeguard.rescue import title_of
from safeguard.sealing import Unsealable

MOST_SHOWN = 10
OTHERS = "Words of another window"


@dataclass(frozen=True)
class Unfinished:
    """A draft: enough to tell it from the next one, and how long it is kept."""

    pk: UUID
    about: str
    saved_at: datetime
    kept_until: datetime
    has_others: bool  # whether another window holds other words


@dataclass(frozen=True)
class NotSent:
    """Words that were typed somewhere and are in no record: where they are, and for how long."""

    url: str
    what: str
    saved_at: datetime
    kept_until: datetime


@dataclass(frozen=True)
class BeforeYouGo:
    """What waits for one person."""

    alerts: list[dict]
    more_alerts: int
    questions: list[dict]
    more_questions: int
    drafts: list[Unfinished]
    not_sent: list[NotSent]
    slips: ToFile
    # Before the authenticator is used, where the school demands it of everybody, it is not.
    is_known: bool = True

    @property
    def is_nothing(self) -> bool:
        """Whether this person may go home."""
        waits = self.alerts or self.questions or self.drafts or self.not_sent or self.slips.number
        return self.is_known and not waits


def waiting_for(viewer: Viewer) -> BeforeYouGo:
    """Return unread alerts, questions to this person and their unfinished incidents."""
    if not viewer.has(Permission.READ_ALERTED):
        mine = unfinished(viewer), not_sent(viewer), to_file(viewer)
        return BeforeYouGo([], 0, [], 0, *mine, is_known=not viewer.is_kept_back)
    asked = questions_to(viewer)
    unread = alerts_of(viewer).waiting().exclude(pk__in=asked.values("pk"))
    alerts, questions = _shown(viewer, unread), _shown(viewer, asked)
    return BeforeYouGo(
        alerts=[_alert_item(line) for line in alerts],
        more_alerts=unread.count() - len(alerts),
        questions=[_question_item(line) for line in questions],
        more_questions=asked.count() - len(questions),
        drafts=unfinished(viewer),
        not_sent=not_sent(viewer),
        slips=to_file(viewer),
    )


def questions_to(viewer: Viewer):
    """Return the alerts that put a question to this person, who has not answered since.

    Those who are always told hear of every question; it is theirs only when they were chosen.
    """
    answers = Action.objects.filter(
        incident=OuterRef("incident"),
        author=viewer.user,
        kind=Action.Kind.ANSWER,
        recorded_at__gt=OuterRef("action__recorded_at"),
    )
    asked = alerts_of(viewer).filter(action__kind=Action.Kind.QUESTION)
    return asked.exclude(because=Alert.Because.ALWAYS).exclude(Exists(answers))


def unfinished(viewer: Viewer) -> list[Unfinished]:
    """Return this person's drafts, the latest first."""
    drafts = list(Draft.objects.visible_to(viewer).order_by("-saved_at", "id"))
    about = {draft.pk: _pupil_of(draft) for draft in drafts}
    others = set(Wording.objects.visible_to(viewer).values_list("draft", flat=True))
    pupils = {
        str(pupil.pk): pupil
        for pupil in Pupil.objects.pickable_by(viewer).filter(pk__in=filter(None, about.values()))
    }
    return [
        Unfinished(
            pk=draft.pk,
            about=_discreet(pupils.get(about[draft.pk])),
            saved_at=draft.saved_at,
            kept_until=drafting.kept_until(draft),
            has_others=draft.pk in others,
        )
        for draft in drafts
    ]


def not_sent(viewer: Viewer) -> list[NotSent]:
    """Return words of this person that no form has taken, and those that a submission left out."""
    forms = [
        NotSent(
            url=reverse("kept-words", args=[words.pk]),
            what=title_of(words.path),
            saved_at=words.saved_at,
            kept_until=words.saved_at + keeping.KEPT,
        )
        for words in keeping.waiting_for(viewer)
    ]
    left = Wording.objects.visible_to(viewer).exclude(
        draft__in=Draft.objects.visible_to(viewer).values("pk")
    )
    submitted = Incident.objects.received_from(viewer).filter(submission__in=left.values("draft"))
    references = dict(submitted.values_list("submission", "reference"))
    return forms + [
        NotSent(
            url=reverse("compare-wordings", args=[wording.draft]),
            what=f"Not in {references[wording.draft]}" if wording.draft in references else OTHERS,
            saved_at=wording.saved_at,
            kept_until=wording.saved_at + drafting.KEPT,
        )
        for wording in left.order_by("-saved_at", "id")
    ]


def _shown(viewer: Viewer, alerts) -> list[OwnAlert]:
    urgent_first = alerts.order_by("-incident__level", "-recorded_at", "id")
    return as_alert_lines(viewer, list(urgent_first[:MOST_SHOWN]))


def _alert_item(line: OwnAlert) -> dict:
    named = ", ".join(category.name for category in line.categories)
    return {
        "url": reverse("alert", args=[line.row.pk]),
        "text": f"{line.what} from {line.author}: {named}",
        "detail": f"Alerted {_moment(line.row.recorded_at)}",
        "level": line.level,
    }


def _question_item(line: OwnAlert) -> dict:
    return {
        "url": reverse("alert", args=[line.row.pk]),
        "text": f"{line.author} asks you something",
        "detail": f"Asked {_moment(line.row.recorded_at)}",
        "level": line.level,
    }


def _pupil_of(draft: Draft) -> str:
    """Return the id of the pupil picked so far; a draft that cannot be opened names nobody."""
    try:
        picked = draft.answers().get("pupil", [])
    except Unsealable:
        return ""
    return picked[-1] if picked and is_id(picked[-1]) else ""


def _discreet(pupil: Pupil | None) -> str:
    if pupil is None:
        return ""
    initials = "".join(f"{name[0]}." for name in (pupil.forename, pupil.surname) if name)
    return ", ".join(filter(None, [initials, pupil.form]))


def _moment(at: datetime) -> str:
    return dateformat.format(timezone.localtime(at), "D j M, H:i")
