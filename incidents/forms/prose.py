"""What people write at length."""

from django import forms

LONGEST = 20_000


class ProseField(forms.CharField):
    """Text as it was written: only line ends are made alike, and blank space around it is left off."""

    def __init__(self, *, rows: int = 4, **kwargs):
        kwargs.setdefault("max_length", LONGEST)
        messages = {
            "max_length": "Shorten this to %(limit_value)d characters; it has %(show_value)d. "
            "A long document can be added as a file.",
            "null_characters_not_allowed": "Take out the characters that cannot be shown.",
        }
        kwargs["error_messages"] = messages | kwargs.get("error_messages", {})
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: object) -> str:
        return super().to_python(str(value or "").replace("\r\n", "\n").replace("\r", "\n"))
