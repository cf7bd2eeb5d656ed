"""The slip that a visitor writes, and the forms in which a lead files it or puts it aside."""

from datetime import datetime, time
from uuid import uuid4

from django import forms
from django.utils import timezone

from accounts.viewer import Viewer
from incidents import recipients, rules
from incidents.forms.alerting import FROM_LIST, NOT_ON_LIST
from incidents.forms.choosing import ChoosingForm
from incidents.forms.moments import DayField, TimeOfDayField
from incidents.forms.picking import StaffPicker
from incidents.forms.prose import ProseField
from incidents.models import Level, Slip, SlipPutAside
from incidents.slips.rows import LONGEST_NAME, LONGEST_ROLE, About
from incidents.slips.written import NAME_THEM, Written
from safeguard.errors import DomainError

LONGEST = 5_000
INLINE = {"class": "inline"}


class VisitorSlipForm(forms.Form):
    """What somebody without an account saw or heard, and how they can be reached."""

    submission = forms.UUIDField(widget=forms.HiddenInput, required=False)
    is_urgent = forms.TypedChoiceField(
        label="Is a child in danger, or must not go home yet?",
        choices=[("yes", "Yes, it is urgent"), ("no", "No")],
        coerce=lambda said: said == "yes",
        widget=forms.RadioSelect(attrs=INLINE),
        error_messages={"required": "Choose whether it is urgent"},
    )
    child_name = forms.CharField(
        label="Which child is it about?",
        help_text="The name as you know it. If you do not know it, say how we can tell who it is.",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Say which child it is about"},
    )
    child_class = forms.CharField(
        label="Which class or year?",
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    saw = ProseField(
        label="What did you see?",
        help_text="What happened, in order. Only what you saw yourself.",
        rows=5,
        max_length=LONGEST,
        required=False,
    )
    heard = ProseField(
        label="What did you hear?",
        help_text="What somebody told you, and who that was.",
        max_length=LONGEST,
        required=False,
    )
    child_words = ProseField(
        label="The child’s exact words",
        help_text="Word for word, if the child said something. Do not ask them more.",
        rows=3,
        max_length=LONGEST,
        required=False,
    )
    occurred_on = DayField(label="On what day?")
    occurred_time = TimeOfDayField(
        label="At about what time?",
        required=False,
        invalid="Give the time as 08:41, or leave it empty",
    )
    place = forms.CharField(
        label="Where?",
        help_text="For example the playground, or the corridor by the hall.",
        max_length=120,
        required=False,
    )
    about = forms.ChoiceField(
        label="Is it about something that somebody who works here did?",
        choices=About.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether it is about somebody who works here"},
    )
    staff_name = forms.CharField(
        label="Who is that?",
        help_text="Only if it is about somebody who works here.",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    writer_name = forms.CharField(
        label="Your name",
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Give your name"},
    )
    writer_role = forms.CharField(
        label="What brings you here?",
        help_text="For example supply teacher, volunteer or visitor.",
        max_length=LONGEST_ROLE,
        error_messages={"required": "Say what brings you here, such as supply teacher"},
    )
    writer_reach = forms.CharField(
        label="How can we reach you?",
        help_text="A telephone number or an e-mail address.",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "tel"}),
        error_messages={"required": "Say how we can reach you"},
    )

    @classmethod
    def blank(cls) -> "VisitorSlipForm":
        """Return the form as it is first shown, with an id of its own: sent twice, it is one slip."""
        today = timezone.localdate()
        return cls(initial={"submission": uuid4(), "occurred_on": f"{today:%Y-%m-%d}"})

    def clean(self) -> dict:
        """Check what holds between fields. Without an id of its form it is taken all the same."""
        said = super().clean()
        self.errors.pop("submission", None)
        said["submission"] = said.get("submission") or uuid4()
        texts = [name for name in ("saw", "heard", "child_words") if name not in self.errors]
        if len(texts) == 3 and not any(said.get(name) for name in texts):
            self.add_error("saw", "Describe what you saw or heard, or what the child said")
        if said.get("about") == About.STAFF and not said.get("staff_name"):
            self.add_error("staff_name", "Say who it is, or how we can tell")
        on = said.get("occurred_on")
        if on is not None and "occurred_time" not in self.errors:
            self._clean_moment(on)
        return said

    def written(self) -> Written:
        """Return the slip as the service takes it."""
        said = {
            name: value
            for name, value in self.cleaned_data.items()
            if name in Written.__dataclass_fields__
        }
        return Written(**said)

    def _clean_moment(self, on) -> None:
        said = self.cleaned_data
        at = said.get("occurred_time")
        said["is_time_known"] = at is not None
        said["occurred_at"] = timezone.make_aware(datetime.combine(on, at or time(0, 0)))
        try:
            rules.require_past(said["occurred_at"])
        except DomainError as refusal:
            self.add_error("occurred_time" if at else "occurred_on", str(refusal))


class FileSlipForm(ChoosingForm):
    """To which pupil a slip belongs, and what it is. Its words are not in the form: they stay."""

    subjects = StaffPicker(
        label="Which member of staff is it about?",
        help_text="They are not told of it and can never open it, whatever their post.",
        required=False,
        error_messages=FROM_LIST,
    )

    def __init__(self, *args, viewer: Viewer, slip: Slip, **kwargs):
        self.slip = slip
        level = Level.URGENT if slip.is_urgent else Level.REVIEW
        kwargs["initial"] = {"level": level.value}
        super().__init__(*args, viewer=viewer, **kwargs)

    def clean(self) -> dict:
        """Ask for the staff of whom a slip speaks."""
        said = super().clean()
        people = list(said.get("subjects", ()))
        if self.slip.about != About.NOBODY and not people:
            self.add_error("subjects", NAME_THEM)
        self._check("subjects", rules.require_subjects, self.viewer, people, [])
        return said

    def filing(self) -> dict:
        """Return what was chosen, by the names of the service's arguments."""
        return self.chosen() | {"subjects": list(self.cleaned_data["subjects"])}

    def told(self) -> str:
        """Return who will be told beside whoever files it, but for those who may not know."""
        viewer = self.viewer
        people = recipients.gather(
            school=viewer.school,
            on=timezone.localdate(),
            author=viewer.user,
            named=(),
            groups=(),
        )
        return ", ".join(person.name for person, _ in people)


class PutAsideForm(forms.Form):
    """Why a slip is no incident."""

    why = forms.ChoiceField(
        label="Why is it put aside?",
        choices=SlipPutAside.Why.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why it is put aside", "invalid_choice": NOT_ON_LIST},
    )
    note = ProseField(
        label="What should somebody know who reads it later?",
        help_text="For example the reference of the incident in which it is recorded.",
        rows=2,
        max_length=1_000,
        required=False,
    )


class PosterForm(forms.Form):
    """What the visitors' slip says of the DSL."""

    shows_lead = forms.BooleanField(
        label="Name the DSL, their room and telephone number on the poster and the form",
        help_text="Anybody who scans the poster can read it. Without it both say to ask at the office.",
        required=False,
    )
