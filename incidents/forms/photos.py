"""What is said and asked where a picture is added, and where a school changes that."""

from django import forms

from incidents.photos import LONGEST, SUGGESTED

YES, NO = "yes", "no"
NO_BODY = "None of these pictures and films shows a child’s body or an injury"
ASK = "Say that none of the pictures and films shows a child’s body or an injury, or remove those that do"


class NoBodyForm(forms.Form):
    """The author's word that no picture shows what must not be photographed."""

    use_required_attribute = False

    no_body = forms.BooleanField(label=NO_BODY, error_messages={"required": ASK})


class PhotoRuleForm(forms.Form):
    """Whether photographs of injuries may be added, and when."""

    allowed = forms.TypedChoiceField(
        label="May staff add photographs of injuries?",
        choices=[
            (NO, "No. They draw what they see on the body map"),
            (YES, "Yes, under our conditions"),
        ],
        coerce=lambda value: value == YES,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose yes or no"},
    )
    conditions = forms.CharField(
        label="Your conditions",
        help_text="Staff read them where they add a picture. Words to begin with stand here: make them"
        " those of your policy.",
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 7}),
    )

    @classmethod
    def of(cls, rule) -> "PhotoRuleForm":
        """Return the form with what the school has said, or with words to begin with."""
        allowed = YES if rule is not None and rule.allowed else NO
        said = rule.conditions if rule is not None else ""
        return cls(initial={"allowed": allowed, "conditions": said or SUGGESTED})
