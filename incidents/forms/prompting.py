"""The form that changes the questions of an occasion."""

from django import forms

from accounts.viewer import Viewer
from incidents.lists import Category
from incidents.prompting.asking import Prompts
from incidents.prompting.lists import LONGEST_ASK, LONGEST_TITLE

MOST_ASKS = 12


class PromptsForm(forms.Form):
    """What the questions are called, the questions, and with which categories they go."""

    title = forms.CharField(
        label="What does somebody write about?",
        help_text="A few words, as they stand above the form.",
        max_length=LONGEST_TITLE,
        error_messages={"required": "Say what somebody writes about"},
    )
    asks = forms.CharField(
        label="What should they think of?",
        help_text=f"One question a line, {MOST_ASKS} at most. They are read on a telephone: keep them short.",
        max_length=(LONGEST_ASK + 2) * MOST_ASKS,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": "Write at least one question"},
    )
    categories = forms.ModelMultipleChoiceField(
        label="With which categories do they go?",
        help_text="Whoever chooses one of these is pointed to the questions.",
        queryset=Category.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    shown = forms.TypedChoiceField(
        label="Are they shown?",
        choices=[("yes", "Yes"), ("no", "No, keep them for later")],
        coerce=lambda value: value == "yes",
        initial="yes",
        widget=forms.RadioSelect(attrs={"class": "inline"}),
        error_messages={"required": "Choose whether they are shown"},
    )

    def __init__(self, *args, viewer: Viewer, prompts: Prompts | None = None, **kwargs) -> None:
        if prompts is not None:
            kwargs["initial"] = {
                "title": prompts.title,
                "asks": "\n".join(prompts.asks),
                "categories": list(prompts.categories),
                "shown": "yes" if prompts.shown else "no",
            }
        super().__init__(*args, **kwargs)
        tops = Category.objects.visible_to(viewer).top_level().in_use()
        self.fields["categories"].queryset = tops.in_order()

    def clean_asks(self) -> list[str]:
        """Return the questions, one a line, without what is empty."""
        asks = [" ".join(line.split()) for line in self.cleaned_data["asks"].splitlines()]
        asks = [ask for ask in asks if ask]
        if len(asks) > MOST_ASKS:
            raise forms.ValidationError(
                f"These are {len(asks)} questions. Keep {MOST_ASKS} of them."
            )
        too_long = [ask for ask in asks if len(ask) > LONGEST_ASK]
        if too_long:
            raise forms.ValidationError(
                f"“{too_long[0][:40]}…” is too long. Use {LONGEST_ASK} letters at most."
            )
        return asks
