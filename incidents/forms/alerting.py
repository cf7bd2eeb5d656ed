"""Who is told, and what is sent along: the end of every form under which people are alerted.

The always-alerted groups are shown with their people, cannot be taken off, and send nothing: the
service adds them, whatever a browser says.
"""

from django import forms
from django.utils import timezone

from accounts.models import User
from incidents import file_types, photos, recipients
from incidents.forms.picking import PickingForm, StaffPicker
from incidents.models import AlertGroup

NOT_ON_LIST = "Choose from the list."
FROM_LIST = {"invalid_choice": NOT_ON_LIST, "invalid_pk_value": NOT_ON_LIST}


class SeveralFiles(forms.ClearableFileInput):
    """A file field that takes several; a chosen file is read by `incidents.files`, not here."""

    allow_multiple_selected = True


class GroupsField(forms.ModelMultipleChoiceField):
    """Alert groups to add, each with the names of those in it."""

    def __init__(self, **kwargs):
        self.people: dict = {}
        super().__init__(
            AlertGroup.objects.none(),
            widget=forms.CheckboxSelectMultiple,
            error_messages=FROM_LIST,
            **kwargs,
        )

    def label_from_instance(self, group: AlertGroup) -> str:
        return f"{group.name} ({names(self.people.get(group.pk, ()))})"


class AlertingForm(PickingForm):
    """Staff and groups to alert, and files."""

    alerted = StaffPicker(
        label="Who else needs to know?",
        help_text="Type a colleague’s name. Only choose staff who need to know.",
        required=False,
        error_messages=FROM_LIST,
    )
    groups = GroupsField(label="Groups to alert as well", required=False)
    files = forms.FileField(
        label="Files",
        help_text=f"{file_types.ACCEPTED[0].upper()}{file_types.ACCEPTED[1:]}. Up to 10 files, 25 MB each.",
        required=False,
        widget=SeveralFiles(attrs={"multiple": True}),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        groups = list(AlertGroup.objects.visible_to(self.viewer).in_use().order_by("name", "id"))
        people = recipients.people_by_group(groups, self.viewer.school, timezone.localdate())
        always = [group for group in groups if group.purpose == AlertGroup.Purpose.ALWAYS]
        self.fields["alerted"].locked = tuple(
            {"label": group.name, "detail": self._but_me(people[group.pk])} for group in always
        )
        # A group in which there is nobody today would tell nobody, and look as though it did.
        with_people = [group.pk for group in groups if people[group.pk]]
        to_pick = AlertGroup.objects.visible_to(self.viewer).in_use().to_pick()
        self.fields["groups"].people = people
        self.fields["groups"].queryset = to_pick.filter(pk__in=with_people).order_by("name", "id")
        if not any(
            group.purpose == AlertGroup.Purpose.PICKED for group in groups if people[group.pk]
        ):
            del self.fields["groups"]

    @property
    def photo_rule(self) -> photos.PhotoRule | None:
        """What the school says of photographs of injuries: it stands where files are added."""
        return photos.rule_of(self.viewer)

    def told(self) -> dict:
        """Return whom the service is to alert, by its own names."""
        return {
            "alerted": list(self.cleaned_data["alerted"]),
            "groups": list(self.cleaned_data.get("groups", ())),
        }

    def _but_me(self, people: list[User]) -> str:
        others = [person for person in people if person.pk != self.viewer.user_id]
        return names(others)


def names(people) -> str:
    """Return names in a row; a group in which there is nobody today says so."""
    return ", ".join(person.name for person in people) or "nobody else today"
