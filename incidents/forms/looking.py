"""Why somebody takes a picture out as it was sent."""

from django import forms


class OriginalForm(forms.Form):
    """The reason, which the access log keeps."""

    reason = forms.CharField(
        label="Why do you need the original?",
        help_text="For example: the police have asked for it as evidence. Name no child: the log knows"
        " whose record it is.",
        max_length=120,
        error_messages={"required": "Say why you need the original"},
    )
