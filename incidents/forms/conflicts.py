"""Forms in which people say to which pupils they, or colleagues, are too near."""

from django import forms
from django.utils import timezone

from accounts.models import User
from incidents.forms.alerting import NOT_ON_LIST
from incidents.forms.picking import PickingForm, PupilPicker
from pupils.models import Conflict

CHOOSE = {"invalid_choice": NOT_ON_LIST, "invalid_pk_value": NOT_ON_LIST}


class ConflictForm(PickingForm):
    """A pupil, and how one is related."""

    pupil = PupilPicker(
        label="Which pupil?",
        help_text="Type a name or form, and choose from the list.",
        error_messages=CHOOSE | {"required": "Choose the pupil from the list"},
    )
    kind = forms.ChoiceField(
        label="How are you related?",
        choices=Conflict.Kind,
        widget=forms.RadioSelect,
        error_messages=CHOOSE | {"required": "Choose how"},
    )


class ColleaguesConflictForm(ConflictForm):
    """A colleague, a pupil, and how the two are related."""

    user = forms.ModelChoiceField(
        User.objects.none(),
        label="Which colleague?",
        error_messages=CHOOSE | {"required": "Choose the colleague"},
    )
    field_order = ["user", "pupil", "kind"]

    def __init__(self, *args, viewer, **kwargs):
        super().__init__(*args, viewer=viewer, **kwargs)
        self.fields["kind"].label = "How are they related?"
        staff = User.objects.visible_to(viewer).working_at(viewer.school, timezone.localdate())
        others = staff.exclude(pk=viewer.user_id)
        self.fields["user"].queryset = others.order_by("name", "id")
