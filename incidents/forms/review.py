"""What is about to be submitted, as its author reads it one last time.

The version marks exactly this wording and these files: what is submitted is what was read, also
when the draft was changed in another window meanwhile (SR-58).
"""

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from incidents import drafting, photos, recipients
from incidents.account import Part, how_late, parts_of
from incidents.files import size_in_words
from incidents.forms.recording import AddIncidentForm
from incidents.forms.writing import hints_for
from incidents.guards import circle, namesakes, repeats, urgency
from incidents.guards.asking import HEEDED, Ask, unanswered
from incidents.guards.knowing import WhatToKnow, what_to_know
from incidents.marking import BodyMap, body_map_of, rows_of
from incidents.models import Draft, Incident, Level, LinkedPupil, Place, Upload
from incidents.prompting.asking import Prompts, for_categories


@dataclass(frozen=True)
class Review:
    """A draft that can be submitted, in words."""

    pk: UUID
    form: AddIncidentForm
    version: str
    incident: Incident
    rows: list[dict]
    parts: tuple[Part, ...]
    categories: list[dict]
    files: list[dict]
    told: list[dict]
    hints: list[dict]
    prompts: list[Prompts]
    asks_about_pictures: bool
    body_map: BodyMap | None
    asks: list[Ask]
    to_know: WhatToKnow
    missed: frozenset[str] = frozenset()

    def waits_for(self, heeded: list[str]) -> list[Ask]:
        """Return the questions that nobody has answered, in these boxes or before."""
        return unanswered(self.asks, {*heeded, *self.form.heeded})

    def heeded_with(self, ticked: list[str]) -> list[str]:
        """Return the answers that are kept with the draft: to what is asked here, old and new."""
        return [one.mark for one in self.asks if one.mark in {*ticked, *self.form.heeded}]

    @property
    def errors(self) -> list[dict]:
        """Which boxes have to be ticked before it goes on."""
        return [
            {
                "href": f"#ask-{one.mark}",
                "text": f"{one.title}{'' if one.title.endswith('?') else '.'} Tick its box, or change it.",
            }
            for one in self.asks
            if one.mark in self.missed
        ]

    @property
    def how_late(self) -> str:
        """By how much it is recorded later than it happened; "" when that is soon."""
        incident = self.incident
        return how_late(incident.occurred_at, timezone.now(), incident.precision)

    @property
    def level(self) -> str:
        """The level as components know it."""
        return Level(self.incident.level).name.lower()

    @property
    def is_urgent(self) -> bool:
        """Whether somebody must be told at once, and not by this form."""
        return self.incident.level == Level.URGENT

    @property
    def pupils(self) -> list[UUID]:
        """Whom it names: what the access log keeps."""
        asked = (pupil for ask in self.asks for pupil in ask.pupils)
        links = (link.pupil.pk for link in self.form.links())
        return list(dict.fromkeys([self.incident.pupil_id, *links, *asked]))


def review_of(draft: Draft, form: AddIncidentForm, uploads: list[Upload]) -> Review | None:
    """Return what the draft says; None when something in it still needs to be put right."""
    if not form.is_valid():
        return None
    said = form.incident()
    incident = Incident(
        pupil=said["pupil"],
        level=said["level"],
        occurred_at=said["occurred_at"],
        precision=said["precision"],
        **vars(said["account"]),
    )
    return Review(
        pk=draft.pk,
        form=form,
        version=version_of(form, uploads),
        incident=incident,
        rows=_rows(said),
        parts=parts_of(incident),
        categories=[{"name": one.name, "colour": one.colour} for one in said["categories"]],
        files=[{"name": one.name, "detail": size_in_words(one.size)} for one in uploads],
        told=_told(form, said),
        hints=_hints(form),
        prompts=for_categories(form.viewer, [one.pk for one in said["categories"]]),
        asks_about_pictures=photos.must_be_asked(
            form.viewer, [one.content_type for one in uploads]
        ),
        body_map=body_map_of(rows_of(said["marks"], said["figure"], incident)),
        asks=_asks(form, said),
        to_know=_to_know(form, said),
    )


def version_of(form: AddIncidentForm, uploads: list[Upload]) -> str:
    """Return the mark of this wording; that a question about it was answered does not change it."""
    answers = {name: said for name, said in form.answers.lists() if name != HEEDED}
    return drafting.version_of(answers, uploads)


def _asks(form: AddIncidentForm, said: dict) -> list[Ask]:
    """Return what is asked once, the gravest first."""
    pupils = [said["pupil"], *(link.pupil for link in said["linked"])]
    account = said["account"]
    return [
        *urgency.untold(said["level"], account.told_in_person),
        *namesakes.of_one_name(form.viewer, pupils),
        *circle.outside(form.viewer, said["alerted"], pupils),
        *repeats.same_words(form.viewer, said["pupil"], vars(account)),
    ]


def _to_know(form: AddIncidentForm, said: dict) -> WhatToKnow:
    linked = [link.pupil for link in said["linked"]]
    return what_to_know(
        form.viewer,
        said["pupil"],
        linked,
        about_staff=bool(said["subjects"]),
        urgent=said["level"] == Level.URGENT,
    )


def _rows(said: dict) -> list[dict]:
    place = Place(said["place"]).label if said["place"] else ""
    linked = [
        f"{link.pupil.name} ({link.pupil.where}): {LinkedPupil.Part(link.role).label}, "
        f"{'in' if link.in_chronology else 'not in'} their chronology"
        for link in said["linked"]
    ]
    late = said["account"].late_reason
    return [
        *([{"key": "Why it is recorded only now", "value": late}] if late else []),
        {"key": "Other pupils", "value": "\n".join(linked)},
        {"key": "Where", "value": ", ".join(filter(None, [place, said["place_detail"]]))},
        {
            "key": "About a member of staff",
            "value": ", ".join(person.name for person in said["subjects"]),
        },
        {"key": "Agencies", "value": ", ".join(agency.name for agency in said["agencies"])},
    ]


def _hints(form: AddIncidentForm) -> list[dict]:
    return [
        {"label": form[hint.answer].label, "text": hint.text}
        for hint in hints_for(form.viewer, form.cleaned_data)
    ]


def _told(form: AddIncidentForm, said: dict) -> list[dict]:
    viewer = form.viewer
    gathered = recipients.gather(
        school=viewer.school,
        on=timezone.localdate(),
        author=viewer.user,
        named=said["alerted"],
        groups=said["groups"],
        kept=form.kept(),
    )
    return [{"name": person.name, "because": because.label} for person, because in gathered]
