"""Getting in and out: the address, the password, the school."""

from uuid import UUID

from axes.helpers import get_client_ip_address
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts import binding, links, services, sessions
from accounts.decorators import own_session, public
from accounts.devices import device_of
from accounts.forms import ChoosePasswordForm, ChooseSchoolForm, ResetForm, SignInForm
from accounts.models import User
from accounts.next_page import next_page, on_the_way
from safeguard.errors import DomainError

WRONG = (
    "That address and password do not go together. Check both, or choose a new password with the "
    "link below."
)
NO_ROLE = (
    "Your password is right, but you have no role in a school today. Ask your school's data "
    "manager or safeguarding lead to give you one."
)
TOO_MANY = (
    f"You were signed in in more than {sessions.MOST_AT_ONCE} places. Where you had been away longest, the"
    " session has ended."
)
NOTICES = {
    "sign-out": "You are signed out.",
    "new-password": "Your new password is set. Sign in with it.",
}


@public("nobody is known before signing in")
@sensitive_post_parameters("password")
@transaction.non_atomic_requests
def sign_in(request):
    """Open a session for whoever shows an address and its password."""
    form = SignInForm()
    if request.method == "POST":
        form = SignInForm(request.POST)
        if form.is_valid():
            wrong = services.wrong_passwords(form.cleaned_data["username"])
            user = authenticate(request, **form.cleaned_data)
            if user is not None and services.schools_of(user, timezone.localdate()).exists():
                return _open_session(request, user, wrong)
            form.add_error(None, WRONG if user is None else NO_ROLE)
    elif request.viewer is not None:
        return redirect(next_page(request))
    context = {"form": form, "notice": NOTICES.get(request.GET.get("after", ""))}
    return render(request, "accounts/sign_in.html", context)


def _open_session(request, user: User, wrong: int):
    now = timezone.now()
    earlier = request.session.get(sessions.KEY)
    if earlier:
        sessions.end(UUID(earlier), now)
    login(request, user)
    schools = list(services.schools_of(user, timezone.localdate()))
    school = schools[0] if len(schools) == 1 else None
    device = device_of(request.headers.get("User-Agent", ""))
    state = sessions.begin(user=user, school=school, now=now, device=device)
    request.session[sessions.KEY] = str(state.pk)
    services.notice_device(user, device, state)
    services.notice_wrong_passwords(user, wrong)
    if sessions.end_surplus(user, now):
        messages.info(request, TOO_MANY)
    return redirect(next_page(request) if school else on_the_way("choose-school", request))


@own_session("the school is chosen here, and there is no viewer before it is")
def choose_school(request):
    """Let somebody who works in several schools say in which of them they are now."""
    schools = services.schools_of(request.user, timezone.localdate())
    form = ChooseSchoolForm(schools=schools)
    if request.method == "POST":
        form = ChooseSchoolForm(request.POST, schools=schools)
        if form.is_valid():
            sessions.choose_school(request.session_state.pk, form.cleaned_data["school"])
            request.session.cycle_key()
            return redirect(next_page(request))
    return render(request, "accounts/choose_school.html", {"form": form})


@require_POST
@public("ending a session must work whatever has become of it")
def sign_out(request):
    """End the session on the server and in the browser."""
    if request.session_state is not None:
        sessions.end(request.session_state.pk, timezone.now())
    logout(request)
    response = redirect(f"{reverse('sign-in')}?after=sign-out")
    # Not "cookies": that would empty every other site of the same domain, too.
    response["Clear-Site-Data"] = '"cache", "storage"'
    response.delete_cookie(binding.COOKIE, samesite=settings.SESSION_COOKIE_SAMESITE)
    return response


@public("it says that there is no session any more")
def session_ended(request):
    """Say that the time was over; true even when the browser's clock was ahead of ours."""
    if request.session_state is not None:
        sessions.end(request.session_state.pk, timezone.now())
        logout(request)
        request.viewer = None  # or the banner would still name whoever was here
    context = {"sign_in_url": on_the_way("sign-in", request)}
    return render(request, "accounts/session_ended.html", context)


@public("who has no password yet, or has forgotten it, cannot be signed in")
def reset_password(request):
    """Take an address; the answer is the same whether or not it is anybody's."""
    form, status = ResetForm(), 200
    if request.method == "POST":
        form = ResetForm(request.POST)
        if form.is_valid():
            address, now = get_client_ip_address(request), timezone.now()
            try:
                services.ask_for_password_reset(address=address, now=now, **form.cleaned_data)
                return redirect("reset-password-sent")
            except DomainError as error:
                form.add_error(None, str(error))
                status = 429
    return render(request, "accounts/reset_password.html", {"form": form}, status=status)


@public("it says the same to everybody")
def reset_password_sent(request):
    """Say what happens next, to those whose address is known and to those whose is not."""
    return render(request, "accounts/reset_password_sent.html")


class ChoosePassword(PasswordResetConfirmView):
    """Django's own page behind the mailed link: it takes the token out of the address at once.

    Only the last step is ours, where the link is spent under the lock of the person's row.
    """

    form_class = ChoosePasswordForm  # type: ignore[assignment] # it need not save by itself
    template_name = "accounts/choose_password.html"
    token_generator = links.Links()  # type: ignore[assignment] # it only needs check_token

    def form_valid(self, form):
        token = self.request.session.pop(INTERNAL_RESET_SESSION_TOKEN)
        password, now = form.cleaned_data["new_password1"], timezone.now()
        try:
            services.choose_password(user=self.user, token=token, password=password, now=now)
        except DomainError:
            self.validlink = False
            return self.render_to_response(self.get_context_data())
        return redirect(f"{reverse('sign-in')}?after=new-password")


@public("the mailed link shows who it is")
def choose_password(request, uidb64: str, token: str):
    """Let the holder of a mailed link choose a password; it signs nobody in."""
    return ChoosePassword.as_view()(request, uidb64=uidb64, token=token)
