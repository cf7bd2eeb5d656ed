"""The form in which an incident is recorded: each prompt of the school is a field of its own."""

from datetime import datetime, time

from django import forms
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property

from accounts.viewer import Viewer
from incidents import recipients, rules
from incidents.bodymap.regions import Figure
from incidents.explaining import CLOSING, Misfit
from incidents.forms import marking
from incidents.forms.alerting import FROM_LIST, AlertingForm
from incidents.forms.choosing import ChoosingForm
from incidents.forms.comparing import misfits_of
from incidents.forms.marking import MarkForm
from incidents.forms.moments import DayField, TimeOfDayField
from incidents.forms.picking import StaffPicker
from incidents.forms.prose import ProseField
from incidents.guards.asking import HEEDED
from incidents.guards.lateness import asks_why
from incidents.guards.roll import left_since
from incidents.injuries import MOST_MARKS, Mark, figure_for, require_marks
from incidents.models import Agency, Incident, Place
from incidents.outlines import Outline, figure_of
from pupils.models import Pupil


class AddIncidentForm(ChoosingForm, AlertingForm):
    """What happened to whom, when and where, how soon somebody must look, and who is told."""

    saw = ProseField(
        label="What did you see?",
        help_text="What happened, in order, with times. Facts only; full names, not initials.",
        rows=6,
        required=False,
    )
    told = ProseField(label="What were you told?", required=False)
    told_by = forms.CharField(label="Who told you?", max_length=120, required=False)
    child_words = ProseField(
        label="The child’s exact words",
        help_text="Word for word, also where the words are not yours. Do not correct them.",
        required=False,
    )
    heard = ProseField(
        label="What did you hear from others?",
        help_text="What somebody says that they saw or heard, and who that was.",
        rows=3,
        required=False,
    )
    opinion = ProseField(
        label="What do you think it means?",
        help_text="Your opinion is welcome. It is kept apart from what happened, and marked.",
        rows=3,
        required=False,
    )
    done_already = ProseField(label="What have you done already?", rows=3, required=False)
    medical = ProseField(
        label="Was there first aid or other medical attention?",
        help_text="What was done, and by whom.",
        rows=2,
        required=False,
    )
    parents_told = forms.ChoiceField(
        label="Have parents or carers been told?",
        help_text="Do not tell them if that could put the child at risk. Ask the DSL first.",
        choices=Incident.ParentsTold.choices,
        widget=forms.RadioSelect(attrs={"class": "inline"}),
        required=False,
    )
    parents_detail = ProseField(
        label="What did they say, or why have they not been told?", rows=2, required=False
    )
    told_in_person = forms.CharField(
        label="Whom have you told in person?", max_length=120, required=False
    )
    occurred_on = DayField(
        label="On what day did it happen?", required="Give the day on which it happened"
    )
    occurred_time = TimeOfDayField(label="At what time?", required=False)
    late_reason = ProseField(
        label="Why is it recorded only now?",
        help_text="For what happened more than 24 hours ago. A reader in ten years will ask.",
        rows=2,
        error_messages={
            "required": "It happened more than 24 hours ago. Say why it is recorded only now."
        },
    )
    precision = forms.ChoiceField(
        label="How exactly do you know the time?",
        choices=Incident.Precision.choices,
        widget=forms.RadioSelect(attrs={"class": "inline"}),
        error_messages={"required": "Choose how exactly you know the time"},
    )
    place = forms.ChoiceField(
        label="Where did it happen?",
        choices=[("", "Choose a place"), *Place.choices],
        required=False,
    )
    place_detail = forms.CharField(
        label="Where exactly?",
        help_text="For example the room, the bus route or the app.",
        max_length=120,
        required=False,
    )
    agencies = forms.ModelMultipleChoiceField(
        Agency.objects.none(),
        label="Which agencies are involved?",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "columns"}),
        required=False,
        error_messages=FROM_LIST,
    )

    figure = forms.ChoiceField(
        label="Which outline is nearer?",
        choices=[(Figure.CHILD, "Child"), (Figure.ADULT, "Young person")],
        widget=forms.RadioSelect(attrs={"class": "inline"}),
        required=False,
        error_messages=FROM_LIST,
    )

    subjects = StaffPicker(
        label="Is it about something a member of staff did?",
        help_text=(
            "Name them here as well as in what you write. They are not told of it and can never open"
            " it, whatever their post. If it is about the head, ring the chair of governors; if a child"
            " is in danger, tell somebody in person now."
        ),
        required=False,
        error_messages=FROM_LIST,
    )

    field_order = (
        *("pupil", "linked", "level", "saw", "told", "told_by", "child_words", "heard", "opinion"),
        *("occurred_on", "occurred_time", "precision", "late_reason", "place", "place_detail"),
        *("done_already", "medical", "parents_told", "parents_detail", "told_in_person"),
        *("categories", "agencies", "subjects", "alerted", "groups", "files"),
    )

    def __init__(self, *args, viewer: Viewer, **kwargs):
        super().__init__(*args, viewer=viewer, **kwargs)
        agencies = Agency.objects.visible_to(viewer).in_use().order_by("name", "id")
        self.fields["agencies"].queryset = agencies
        self.marks = [self._mark(number) for number in marking.numbers_in(self.answers)]

    @classmethod
    def blank(cls, viewer: Viewer, pupil: str = "") -> "AddIncidentForm":
        """Return the form as it is first shown: it happened just now, unless somebody says not."""
        now = timezone.localtime()
        answers = MultiValueDict(
            {
                "occurred_on": [f"{now:%Y-%m-%d}"],
                "occurred_time": [f"{now:%H:%M}"],
                "precision": [Incident.Precision.EXACT],
            }
        )
        if pupil:
            answers["pupil"] = pupil
        return cls(viewer=viewer, answers=answers)

    @classmethod
    def keeps(cls, name: str) -> bool:
        return super().keeps(name) or marking.is_of_a_mark(name) or name == HEEDED

    @property
    def heeded(self) -> list[str]:
        """Which questions of the review were answered: they are asked once."""
        return self.answers.getlist(HEEDED)

    @property
    def blank_mark(self) -> MarkForm:
        """What a script makes further marks of; it knows the regions itself."""
        return MarkForm(number="__n__", listed=False)

    most_marks = MOST_MARKS

    @property
    def drawn_as(self) -> str:
        """Which outline is shown: the one chosen, or what suits the pupil's year or the school."""
        chosen = self["figure"].value()
        if chosen in list(Figure):
            return chosen
        if self.picked_pupil is not None:
            return figure_of(self.viewer, self.picked_pupil)
        eldest = "13" if self.viewer.school.phase == "secondary" else ""
        return figure_for(eldest, Outline.young_from_in(self.viewer))

    @cached_property
    def picked_pupil(self) -> Pupil | None:
        """The pupil whom it is about, as soon as one is picked."""
        picked = next(iter(self["pupil"].values), None)
        return self.fields["pupil"].queryset.filter(pk=picked).first() if picked else None

    @property
    def misfits(self) -> list[Misfit]:
        """Where the marks fit what was told badly: made anew each time, and not kept."""
        return misfits_of(self, self.marks, self.picked_pupil) if self.marks else []

    closing_words = CLOSING

    @property
    def mark_errors(self) -> list[dict]:
        """What is wrong with marks, with where to put it right."""
        return [
            {"href": f"#{mark[name].id_for_label or f'{mark[name].auto_id}_0'}", "text": text}
            for mark in self.marks
            for name, texts in mark.errors.items()
            for text in texts
        ]

    def clean(self) -> dict:
        """Check what holds between fields, by the rules that the service holds to as well."""
        cleaned = super().clean()
        self._name_leavers()
        self._check("saw", self.account().require_something)
        self._check("subjects", self._require_subjects)
        if any(mark.errors for mark in self.marks):
            self.add_error("figure", "Look at the marks on the body map")
        self._check("figure", self._require_marks)
        self._check("alerted", self._require_may_be_told)
        if cleaned.get("told") and not cleaned.get("told_by") and "told_by" not in self.errors:
            self.add_error("told_by", "Say who told you")
        untold = cleaned.get("parents_told") == Incident.ParentsTold.NO
        if untold and not cleaned.get("parents_detail") and "parents_detail" not in self.errors:
            self.add_error("parents_detail", "Say why parents or carers have not been told")
        self._clean_moment()
        self._clean_lateness()
        return cleaned

    def account(self) -> rules.Account:
        """Return the prompts' answers; what was refused counts as something for now."""
        said = {
            name: self.cleaned_data.get(name) or (self[name].value() if name in self.errors else "")
            for name in rules.Account.__dataclass_fields__
        }
        return rules.Account(**said)

    def incident(self) -> dict:
        """Return what was said, by the names of the service's arguments."""
        said = self.cleaned_data
        return (
            {
                "account": self.account(),
                "occurred_at": said["occurred_at"],
                "precision": said["precision"],
                "place": said["place"],
                "place_detail": said["place_detail"],
                "agencies": list(said["agencies"]),
                "subjects": list(said["subjects"]),
                "marks": self.drawn(),
                "figure": said["figure"]
                or (figure_of(self.viewer, said["pupil"]) if self.marks else ""),
            }
            | self.chosen()
            | self.told()
        )

    def drawn(self) -> list[Mark]:
        """Return the marks on the body map, in their order."""
        return [mark.mark() for mark in self.marks]

    def kept(self) -> recipients.Kept:
        """Return who may not be told of this: too near to a child in it, or whom it is about."""
        said = self.cleaned_data
        pupils = [link.pupil.pk for link in self.links()]
        if said.get("pupil"):
            pupils.append(said["pupil"].pk)
        subjects = said.get("subjects", ())
        return recipients.kept_from_those_near(pupils, subjects, timezone.localdate())

    def _mark(self, number: int) -> MarkForm:
        if self.is_bound:
            return MarkForm(self.data, number=number)
        blank = MarkForm(number=number)
        typed = {
            name: self.answers.getlist(key) if name == "signs" else self.answers.get(key)
            for name in MarkForm.base_fields
            if (key := blank.add_prefix(name)) in self.answers
        }
        return MarkForm(number=number, initial=typed)

    def _require_marks(self) -> None:
        require_marks(self.drawn())

    def _require_subjects(self) -> None:
        said = self.cleaned_data
        rules.require_subjects(
            self.viewer, list(said.get("subjects", ())), list(said.get("alerted", ()))
        )

    def _require_may_be_told(self) -> None:
        rules.require_may_be_told(self.kept(), list(self.cleaned_data.get("alerted", ())))

    def _name_leavers(self) -> None:
        """Say who was picked and has left since: "choose from the list" would not tell them why."""
        for name in {"pupil", "linked"} & self.errors.keys():
            gone = left_since(self.viewer, self[name].values)
            if gone:
                self.errors[name] = self.error_class([gone])

    @property
    def is_late(self) -> bool:
        """Whether the reason for recording late is asked for; what cannot be read yet is not late."""
        try:
            on = self.fields["occurred_on"].clean(self["occurred_on"].value())
            at = self.fields["occurred_time"].clean(self["occurred_time"].value()) or time(0, 0)
        except forms.ValidationError:
            return False
        happened = timezone.make_aware(datetime.combine(on, at))
        return asks_why(happened, self["precision"].value(), timezone.now())

    @property
    def shows_late_reason(self) -> bool:
        """Whether the question why it is late stands on the page."""
        return bool(self.is_late or self["late_reason"].value() or self["late_reason"].errors)

    def _clean_moment(self) -> None:
        said = self.cleaned_data
        on, at, precision = (said.get(n) for n in ("occurred_on", "occurred_time", "precision"))
        if on is None or not precision or "occurred_time" in self.errors:
            return
        if precision == Incident.Precision.DAY:
            at = time(0, 0)
        if at is None:
            self.add_error("occurred_time", "Give the time, or choose that you only know the day")
            return
        said["occurred_at"] = timezone.make_aware(datetime.combine(on, at))
        self._check("occurred_on", rules.require_past, said["occurred_at"])

    def _clean_lateness(self) -> None:
        """Ask for the reason only of what is late."""
        said = self.cleaned_data
        at, precision = said.get("occurred_at"), said.get("precision")
        late = at is not None and asks_why(at, precision, timezone.now())
        if not late and not self["late_reason"].value():
            self.errors.pop("late_reason", None)
            said["late_reason"] = ""


def answers_of(sent: MultiValueDict) -> MultiValueDict:
    """Return the answers that the form knows; whatever else was sent is ignored (SR-61)."""
    known = {name: values for name, values in sent.lists() if AddIncidentForm.keeps(name)}
    return MultiValueDict(known)
