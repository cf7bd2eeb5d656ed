"""Is what was typed at the door well-formed?"""

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import School
from accounts.passwords import LONGEST, LongOrMixed

REFUSED = {
    "password_too_common": "This password is on a list of common ones, which are tried first: "
    "choose another",
    "password_too_similar": "This password is too like your name or address: choose another",
}

ENTER_PASSWORD = {
    "required": "Enter your password",
    "max_length": f"Passwords here have at most {LONGEST} characters: try again",
}
ENTER_ADDRESS = {
    "required": "Enter your school e-mail address",
    "invalid": "Enter your whole school e-mail address, such as a.teacher@yourschool.sch.uk",
    "max_length": "Enter your school e-mail address: this is too long to be one",
}


class AddressField(forms.EmailField):
    """The school e-mail address that is somebody's username, as password managers know it."""

    def __init__(self):
        super().__init__(
            label="What is your school e-mail address?",
            max_length=254,
            widget=forms.EmailInput(
                attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
            ),
            error_messages=ENTER_ADDRESS,
        )


class PasswordField(forms.CharField):
    """A password, taken exactly as it is typed, with a button that shows it."""

    def __init__(self, *, autocomplete: str, **kwargs):
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
        super().__init__(strip=False, widget=widget, **kwargs)
        self.template_name = "accounts/password_field.html"


class SignInForm(forms.Form):
    """An address and its password, each exactly as a password manager fills them in."""

    username = AddressField()
    password = PasswordField(
        label="What is your password?",
        help_text="On a computer that others use, do not let the browser remember it.",
        autocomplete="current-password",
        max_length=LONGEST,
        error_messages=ENTER_PASSWORD,
    )

    def clean_username(self) -> str:
        """Return the address in small letters, so that each account has one lock-out count."""
        return self.cleaned_data["username"].lower()


class PasswordForm(forms.Form):
    """The password of the person who is signed in, asked for again."""

    password = PasswordField(
        label="What is your password?",
        autocomplete="current-password",
        max_length=LONGEST,
        error_messages=ENTER_PASSWORD,
    )


class CodeForm(forms.Form):
    """A code from an authenticator app."""

    code = forms.CharField(
        label="What code does your authenticator app show?",
        help_text="Six digits. It changes every 30 seconds.",
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "spellcheck": "false",
                "class": "govuk-input--width-10",
            }
        ),
        error_messages={
            "required": "Enter the six digits that your authenticator app shows",
            "max_length": "Enter only the six digits that your authenticator app shows",
        },
    )


class PaperCodeField(forms.CharField):
    """A code as it stands on paper: sixteen letters and digits, in fours."""

    def __init__(self, *, label: str, help_text: str):
        super().__init__(
            label=label,
            help_text=help_text,
            max_length=40,
            widget=forms.TextInput(
                attrs={
                    "autocomplete": "off",
                    "autocapitalize": "characters",
                    "spellcheck": "false",
                    "class": "govuk-input--width-20",
                }
            ),
            error_messages={
                "required": "Enter the sixteen letters and digits of the code",
                "max_length": "Enter only the sixteen letters and digits of the code",
            },
        )


class RecoveryCodeForm(forms.Form):
    """One of the codes that were printed for the loss of the authenticator."""

    code = PaperCodeField(
        label="What is one of your recovery codes?",
        help_text="Sixteen letters and digits. Each code works once: cross it out.",
    )


class LostForm(PasswordForm):
    """What has become of one's authenticator."""

    LOST, BROKEN = "lost", "broken"

    what = forms.ChoiceField(
        label="What has happened?",
        choices=[
            (LOST, "My telephone or key is lost or stolen: shut it now"),
            (BROKEN, "It is broken or wiped, and nobody else has it"),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Say what has happened",
            "invalid_choice": "Choose one of the two",
        },
    )

    field_order = ["what", "password"]


class SeenForm(forms.Form):
    """A colleague was seen, in person."""

    seen = forms.BooleanField(
        label="I have seen this person, just now, and know them",
        error_messages={"required": "Tick this only when you have seen them, in person"},
    )


class AddKeyForm(forms.Form):
    """A passkey or security key that has just answered, and what its owner calls it."""

    answer = forms.CharField(
        widget=forms.HiddenInput,
        max_length=20_000,
        error_messages={"required": "The key has not answered: press the button and follow it"},
    )
    name = forms.CharField(
        label="What do you call it?",
        help_text="For example Key on my key ring, or School laptop.",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "govuk-input--width-20"}),
        error_messages={"required": "Enter a name by which you know it again"},
    )


class FirstKeyForm(AddKeyForm, PasswordForm):
    """A first key, for the code that a colleague handed over in person."""

    given = PaperCodeField(
        label="What code were you given?",
        help_text="Sixteen letters and digits, from a colleague who has an authenticator.",
    )

    field_order = ["answer", "given", "password", "name"]


class FirstKeyByAppForm(AddKeyForm, PasswordForm, CodeForm):
    """A first key, for a code of the app that somebody has."""

    field_order = ["answer", "code", "password", "name"]


class ReplaceForm(CodeForm, PasswordForm):
    """The first code of a new authenticator, and the password of whoever sets it up."""

    field_order = ["code", "password"]


class EnrolForm(ReplaceForm):
    """The same, with the code that a colleague handed over in person."""

    given = PaperCodeField(
        label="What code were you given?",
        help_text="Sixteen letters and digits, from a colleague who has an authenticator.",
    )

    field_order = ["code", "given", "password"]


class ResetForm(forms.Form):
    """The address to which a link is to be sent."""

    email = AddressField()


class ChooseSchoolForm(forms.Form):
    """One of the schools in which the person has a role."""

    school = forms.ModelChoiceField(
        School.objects.none(),
        label="Where are you working now?",
        empty_label=None,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose the school in which you are working now",
            "invalid_choice": "Choose one of your schools",
        },
    )

    def __init__(self, *args, schools, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["school"].queryset = schools


class ChoosePasswordForm(forms.Form):
    """A new password, twice; `accounts.services` decides whether the link may still set it."""

    new_password1 = PasswordField(
        label="Choose a password",
        help_text=LongOrMixed().get_help_text(),
        autocomplete="new-password",
        error_messages={"required": "Choose a password"},
    )
    new_password2 = PasswordField(
        label="Type it again",
        autocomplete="new-password",
        error_messages={"required": "Type the password again"},
    )

    def __init__(self, user, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_new_password1(self) -> str:
        """Check the password against the school's rules and lists, in our own words."""
        password = self.cleaned_data["new_password1"]
        try:
            validate_password(password, self.user)
        except ValidationError as refusal:
            raise ValidationError(
                [REFUSED.get(error.code or "", error.message) for error in refusal.error_list]
            ) from refusal
        return password

    def clean(self):
        """Ask again when the two differ."""
        data = super().clean()
        first, second = data.get("new_password1"), data.get("new_password2")
        if first and second and first != second:
            self.add_error("new_password2", "The two passwords differ: type the same one twice")
        return data
