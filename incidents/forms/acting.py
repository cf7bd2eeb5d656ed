"""The form in which an action is added: what was done, when, why, and who is told."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents import photos, rules
from incidents.forms.alerting import NOT_ON_LIST, AlertingForm
from incidents.forms.moments import DayField, TimeOfDayField
from incidents.forms.photos import ASK, NO_BODY
from incidents.forms.prose import ProseField
from incidents.models import Action, Agency, Audience, Incident
from safeguard.errors import DomainError

AUDIENCES = [
    (Audience.THREAD, "Everybody who may read the incident"),
    (Audience.LEADS, "The DSL, and those chosen by name above"),
    (Audience.NAMED, "Only those chosen by name above"),
]
WITH_AGENCY = {Action.Kind.AGENCY_CONTACT, Action.Kind.REFERRAL}


class AddActionForm(AlertingForm):
    """An entry under an incident.

    Fields of one kind are required in it and only there: `clean` forgives their absence elsewhere.
    """

    use_required_attribute = False

    submission = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="What kind of entry is it?",
        widget=forms.RadioSelect(attrs={"class": "columns"}),
        error_messages={"required": "Choose the kind of entry", "invalid_choice": NOT_ON_LIST},
    )
    narrative = ProseField(
        label="What was done, said or found out?",
        help_text="Facts first, with names. It cannot be changed afterwards, only corrected.",
        rows=6,
        error_messages={"required": "Describe what was done, said or found out"},
    )
    decision = forms.ChoiceField(
        label="What was decided?",
        choices=[("", "Choose the decision"), *Action.Decision.choices],
        error_messages={"required": "Choose what was decided", "invalid_choice": NOT_ON_LIST},
    )
    reasons = ProseField(
        label="What are the reasons?",
        help_text="Why this and not something else: what you weighed, and whose advice you took.",
        error_messages={"required": "Give your reasons"},
    )
    agency = forms.ModelChoiceField(
        Agency.objects.none(),
        label="Which agency?",
        empty_label="Choose the agency",
        error_messages={"required": "Choose the agency", "invalid_choice": NOT_ON_LIST},
    )
    impact = ProseField(label="What difference did it make to the child?", rows=3, required=False)
    audience = forms.ChoiceField(
        label="Who may read this entry?",
        choices=AUDIENCES,
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": NOT_ON_LIST},
    )
    occurred_on = DayField(label="On what day?")
    occurred_time = TimeOfDayField(label="At what time?")

    no_body = forms.BooleanField(label=NO_BODY, required=False)

    field_order = (
        *("submission", "kind", "narrative", "decision", "reasons", "agency", "impact"),
        *("occurred_on", "occurred_time", "alerted", "groups", "audience", "files", "no_body"),
    )

    def __init__(self, *args, viewer: Viewer, incident: Incident, **kwargs):
        super().__init__(*args, viewer=viewer, **kwargs)
        kinds = rules.kinds_open_to(viewer, incident)
        kind = cast("forms.ChoiceField", self.fields["kind"])
        kind.choices = [(one.value, one.label) for one in kinds]
        agency = cast("forms.ModelChoiceField", self.fields["agency"])
        agency.queryset = Agency.objects.visible_to(viewer).in_use().order_by("name", "id")
        agency.required = agency.queryset.exists()
        if photos.are_allowed(viewer):
            del self.fields["no_body"]
        if Action.Kind.DECISION not in kinds:
            for name in ("decision", "reasons", "impact"):
                del self.fields[name]
        if Action.Kind.DECISION not in kinds or not viewer.has(Permission.RESTRICT):
            del self.fields["audience"]

    @classmethod
    def blank(
        cls, viewer: Viewer, incident: Incident, kind: str, alerted: list[str]
    ) -> "AddActionForm":
        """Return the form as it is first shown: now, with what the link to it has said already."""
        now = timezone.localtime()
        answers = MultiValueDict(
            {
                "submission": [str(uuid4())],
                "kind": [kind],
                "occurred_on": [f"{now:%Y-%m-%d}"],
                "occurred_time": [f"{now:%H:%M}"],
                "alerted": alerted,
                "audience": [Audience.THREAD],
            }
        )
        return cls(viewer=viewer, incident=incident, answers=answers)

    def clean(self) -> dict:
        """Check what holds between fields, by the rules that the service holds to as well."""
        cleaned = super().clean()
        kind = cleaned.get("kind")
        if kind != Action.Kind.DECISION:
            self._forgive("decision", "reasons")
            if kind and (cleaned.get("decision") or cleaned.get("reasons")):
                self.add_error(
                    "kind", "Choose Decision here, or clear the decision and its reasons"
                )
        if kind not in WITH_AGENCY:
            self._forgive("agency")
        asks = kind == Action.Kind.QUESTION and "alerted" not in self.errors
        if asks and not (cleaned.get("alerted") or cleaned.get("groups")):
            self.add_error("alerted", "Choose whom you are asking")
        self._clean_moment()
        return cleaned

    def ask_about(self, content_types: Iterable[str]) -> bool:
        """Ask for the author's word about pictures, if any wait; return whether it was asked for."""
        if not photos.must_be_asked(self.viewer, content_types):
            return False
        if not self.errors.get("no_body") and not self.cleaned_data.get("no_body"):
            self.add_error("no_body", ASK)
        return True

    def action(self) -> dict:
        """Return what was said, by the names of the service's arguments."""
        said = self.cleaned_data
        return {
            "submission": said["submission"],
            "kind": said["kind"],
            "narrative": said["narrative"],
            "occurred_at": said["occurred_at"],
            "decision": said.get("decision", ""),
            "reasons": said.get("reasons", ""),
            "impact": said.get("impact", ""),
            "agency": said.get("agency"),
            "audience": said.get("audience") or Audience.THREAD,
        } | self.told()

    def _forgive(self, *names: str) -> None:
        """Drop the errors of fields of another kind that were left empty."""
        for name in names:
            if name in self.errors and not self.answers.get(name, "").strip():
                del self.errors[name]

    def _clean_moment(self) -> None:
        on, at = self.cleaned_data.get("occurred_on"), self.cleaned_data.get("occurred_time")
        if on is None or at is None:
            return
        self.cleaned_data["occurred_at"] = timezone.make_aware(datetime.combine(on, at))
        try:
            rules.require_past(self.cleaned_data["occurred_at"])
        except DomainError as refusal:
            self.add_error("occurred_on", str(refusal))
