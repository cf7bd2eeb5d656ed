"""The day and the time at which something happened, as people type them."""

from django import forms

DAYS = ["%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d %b %Y", "%d %B %Y"]
TIMES = ["%H:%M", "%H.%M", "%H:%M:%S"]


class DayField(forms.DateField):
    """A day; a browser offers its calendar."""

    def __init__(self, *, label: str, required: str = "Give the day") -> None:
        super().__init__(
            label=label,
            input_formats=DAYS,
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
            error_messages={"required": required, "invalid": "Give the day as 7/9/2026"},
        )


class TimeOfDayField(forms.TimeField):
    """A time of day, to the minute."""

    def __init__(
        self, *, label: str, required: bool = True, invalid: str = "Give the time as 08:41"
    ) -> None:
        super().__init__(
            label=label,
            input_formats=TIMES,
            required=required,
            widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            error_messages={"required": "Give the time", "invalid": invalid},
        )
