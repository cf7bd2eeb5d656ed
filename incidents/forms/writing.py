"""What the writing help says of a form, and the form that changes its lists."""

from collections.abc import Mapping

from django import forms

from accounts.viewer import Viewer
from incidents.writing.advice import Hint, advise
from incidents.writing.lists import WITH_A_LIST, WritingWord

ANSWERS = (
    *("saw", "told", "told_by", "child_words", "heard", "opinion"),
    *("done_already", "medical", "told_in_person"),
)
LOOKED_FOR = {"yes": "Look for it", "no": "Do not look for it"}


def hints_for(viewer: Viewer, said: Mapping[str, str]) -> list[Hint]:
    """Return what might be put better in these answers, by the lists of the viewer's school."""
    answers = {name: said.get(name) or "" for name in ANSWERS}
    return advise(answers, WritingWord.objects.visible_to(viewer).as_changes())


class WritingWordForm(forms.Form):
    """A word or phrase, and whether this school looks for it."""

    rule = forms.ChoiceField(label="On which list?", choices=WITH_A_LIST)
    phrase = forms.CharField(
        label="Which word or phrase?",
        max_length=60,
        error_messages={"required": "Give a word or a phrase"},
    )
    looked_for = forms.TypedChoiceField(
        label="Is it looked for?",
        choices=list(LOOKED_FOR.items()),
        coerce=lambda value: value == "yes",
        initial="yes",
        widget=forms.RadioSelect(attrs={"class": "inline"}),
        error_messages={"required": "Choose whether it is looked for"},
    )
