"""The school's people: who has an account, adding and ending one, and helping somebody in."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts import people
from accounts.decorators import audited, requires
from accounts.doing import outcome
from accounts.forms_people import AddPersonForm, ChangePersonForm, NoQuestions, SearchForm
from accounts.models import User
from accounts.permissions import S2, Permission
from accounts.staff_list import Wanted, account_of, list_people
from safeguard.errors import DomainError

PAGES = ["GET", "HEAD", "POST"]
WAITS = "A second person has to agree to the roles that need one, within seven days."


@require_http_methods(PAGES)
@requires(Permission.MANAGE_PEOPLE, strength=S2)
def people_list(request: HttpRequest) -> HttpResponse:
    """List the school's people; whom somebody looks for stands in no address."""
    form = SearchForm(request.POST) if request.method == "POST" else SearchForm()
    words = form.cleaned_data["words"] if form.is_bound and form.is_valid() else ""
    left = request.GET.get("show") == "left"
    listed = list_people(request.viewer, Wanted(left, words, request.GET.get("page", "1")))
    context = {"form": form, "listed": listed, "left": left, "words": words}
    return render(request, "school/people.html", context)


@require_http_methods(PAGES)
@requires(Permission.MANAGE_PEOPLE, strength=S2, audits="person.added", fresh=True)
def add_person(request: HttpRequest) -> HttpResponse:
    """Add somebody, with roles, and send them the link by which they begin."""
    form = AddPersonForm(request.POST) if request.method == "POST" else AddPersonForm()
    added = outcome(form, people.add_person, by=request.viewer)
    if added is None:
        return render(request, "school/add_person.html", {"form": form})
    audited(request, "person.added", target=added.user.pk)
    messages.success(request, f"{added.user.name} is on your list. {_what_follows(added)}")
    return redirect("person", added.user.pk)


@require_http_methods(["GET", "HEAD"])
@requires(Permission.MANAGE_PEOPLE, strength=S2)
def person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show one account: roles, sessions, what can be done about it."""
    account = account_of(request.viewer, _of_school(request, pk), timezone.now())
    return render(request, "school/person.html", {"account": account})


@require_http_methods(PAGES)
@requires(Permission.MANAGE_PEOPLE, strength=S2, audits="person.changed")
def change_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Set anew what somebody and their post are called."""
    user = _of_school(request, pk)
    title = account_of(request.viewer, user, timezone.now()).title
    form = ChangePersonForm(initial={"name": user.name, "job_title": title})
    if request.method == "POST":
        form = ChangePersonForm(request.POST)
    if outcome(form, people.change_person, by=request.viewer, user=user) is None:
        return render(request, "school/change_person.html", {"form": form, "person": user})
    audited(request, "person.changed", target=pk)
    messages.success(request, "Changed.")
    return redirect("person", pk)


@require_http_methods(PAGES)
@requires(Permission.MANAGE_PEOPLE, strength=S2, audits="person.ended", fresh=True)
def end_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End somebody's account here at once, after saying what that means."""
    user = _of_school(request, pk)
    form = NoQuestions(request.POST) if request.method == "POST" else NoQuestions()
    ended = outcome(form, people.end_person, by=request.viewer, user=user, now=timezone.now())
    if ended is None:
        return render(request, "school/end_person.html", {"form": form, "person": user})
    audited(request, "person.ended", target=pk)
    messages.success(request, f"{user.name} has no access any more, from this moment on.")
    return redirect("people")


@require_POST
@requires(Permission.MANAGE_PEOPLE, strength=S2, audits="person.unlocked")
def unlock_person(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let somebody try their password again now."""
    done = "Wrong passwords are forgotten: they may try again now, with the password they know."
    return _helped(request, pk, "person.unlocked", people.unlock_person, done)


@require_POST
@requires(Permission.MANAGE_PEOPLE, strength=S2, audits="session.ended")
def end_persons_sessions(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Sign somebody out wherever they are."""
    do = partial(people.end_sessions, now=timezone.now())
    return _helped(request, pk, "session.ended", do, "They are signed out everywhere.")


@require_POST
@requires(Permission.MANAGE_PEOPLE, strength=S2, audits="person.link")
def send_link(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mail somebody a new link to choose a password by."""
    done = "A link is on its way to them. An account gets at most three an hour."
    return _helped(request, pk, "person.link", people.send_link, done)


def _of_school(request: HttpRequest, pk: UUID) -> User:
    return get_object_or_404(User.objects.administered_by(request.viewer), pk=pk)


def _helped(request: HttpRequest, pk: UUID, event: str, do, done: str) -> HttpResponse:
    user = _of_school(request, pk)
    try:
        do(by=request.viewer, user=user)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        audited(request, event, target=pk)
        messages.success(request, done)
    return redirect("person", pk)


def _what_follows(added: people.Added) -> str:
    link = "" if added.user.has_usable_password() else "The link is on its way. "
    return link + (WAITS if added.given.proposals else "")
