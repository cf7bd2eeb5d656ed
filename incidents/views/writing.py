"""Help with writing: while somebody types, and the page that says what is looked for and why."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import audited, requires
from accounts.doing import outcome
from accounts.permissions import S1, S2, Permission
from incidents.explaining import COMPARED
from incidents.forms.recording import AddIncidentForm, answers_of
from incidents.forms.writing import WritingWordForm, hints_for
from incidents.writing import changing
from incidents.writing.lists import WritingWord
from safeguard.errors import DomainError


@require_POST
@sensitive_post_parameters()
@requires(Permission.ADD_INCIDENT, strength=S1)
def advise(request: HttpRequest) -> JsonResponse:
    """Say what might be put better in what was sent; it is looked at, and not kept."""
    hints = hints_for(request.viewer, request.POST)
    found = [{"answer": hint.answer, "text": hint.text} for hint in hints]
    return JsonResponse({"hints": found})


@require_POST
@sensitive_post_parameters()
@requires(Permission.ADD_INCIDENT, strength=S1)
def compare(request: HttpRequest) -> JsonResponse:
    """Say where marks on a body fit badly what was told of them; it is looked at, and not kept."""
    form = AddIncidentForm(answers_of(request.POST), viewer=request.viewer)
    return JsonResponse({"misfits": [one.text for one in form.misfits]})


@require_safe
@requires(Permission.ADD_INCIDENT, strength=S1)
def writing_help(request: HttpRequest) -> HttpResponse:
    """Show everything that is looked for, why, and by whose advice."""
    may_change = request.viewer.has(Permission.APPROVE_RIGHTS)
    form = WritingWordForm() if may_change else None
    return _show(request, form)


@require_POST
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="writing.changed")
def change_writing_word(request: HttpRequest) -> HttpResponse:
    """Look for a word or phrase from now on, or no more."""
    form = WritingWordForm(request.POST)
    word = outcome(form, changing.change_word, by=request.viewer)
    if word is None:
        return _show(request, form)
    return _changed(request, word)


@require_POST
@requires(Permission.APPROVE_RIGHTS, strength=S2, audits="writing.changed")
def take_back_writing_word(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Have a word as it is on the standard list."""
    word = get_object_or_404(WritingWord.objects.visible_to(request.viewer), pk=pk)
    try:
        return _changed(request, changing.take_back(by=request.viewer, word=word))
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("writing-help")


def _show(request: HttpRequest, form: WritingWordForm | None) -> HttpResponse:
    rules = changing.shown_to(request.viewer)
    context = {"rules": rules, "form": form, "compared": COMPARED.values()}
    return render(request, "incidents/writing_help.html", context)


def _changed(request: HttpRequest, word: WritingWord) -> HttpResponse:
    audited(request, "writing.changed", target=word.pk)
    said = "is looked for" if word.looked_for else "is not looked for"
    messages.success(request, f"“{word.phrase}” {said} from now on.")
    return redirect("writing-help")
