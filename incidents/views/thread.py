"""An incident's page and the thread under it: read, act, mark as significant."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_http_methods, require_POST

from accounts.decorators import audited, deny, offer_to_elevate, requires
from accounts.next_page import by_way_of
from accounts.permissions import S1, S2, Permission
from incidents import files, services, thread, waiting
from incidents.forms.acting import AddActionForm
from incidents.forms.carrying import carried, why_not
from incidents.forms.recording import AddIncidentForm
from incidents.forms.refining import RefineCategoriesForm
from incidents.models import Action, Alert, Draft, Incident, Upload
from pupils.models import Pupil
from safeguard.errors import DomainError

NO_LONGER_MINE = (
    "The categories are changed. They are none of those that you read, so the incident is no longer on"
    " your lists."
)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OPEN_INCIDENT, strength=S1, audits="incident.read")
def incident(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show an incident and what followed, or note that one has read what it showed."""
    found = _visible(request, pk)
    if found is None:
        return _first_a_reason(request, pk) or _absent(request, "incident.read")
    if request.method == "POST":
        return _acknowledge(request, found)
    page = thread.page_of(request.viewer, found)
    audited(request, "incident.read", pupils=page.pupils, target=found.pk)
    return render(request, "incidents/incident.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADD_ACTION, strength=S1, audits="incident.act")
def add_action(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Add an entry under an incident that the person may read, also when it is closed."""
    found = _visible(request, pk)
    if found is None or not services.kinds_open_to(request.viewer, found):
        return _absent(request, "incident.act")
    audited(request, "incident.act", pupils=[found.pupil_id], target=found.pk)
    if request.method == "POST":
        return _take(request, found)
    draft = _draft_to_carry(request)
    if draft is not None:
        return _carry(request, found, draft)
    form = AddActionForm.blank(
        request.viewer, found, request.GET.get("kind", ""), request.GET.getlist("to")
    )
    return _show(request, found, form)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.REFINE_CATEGORIES, strength=S2, audits="incident.refine")
def refine_categories(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Set the categories of an incident anew, for leads who read it in full."""
    found = Incident.objects.visible_to(request.viewer).filter(pk=pk).with_people().first()
    if found is None or not services.may_refine(request.viewer, found):
        return deny(request, "incident.refine")
    audited(request, "incident.refine", pupils=[found.pupil_id], target=found.pk)
    form = _refining(request, found)
    added = _refine(request, found, form) if form.is_valid() else None
    if added is not None and _visible(request, pk) is None:
        messages.success(request, NO_LONGER_MINE)
        return redirect("for-review")
    if added is not None:
        return _landing(added)
    return render(request, "incidents/refine_categories.html", {"incident": found, "form": form})


@require_POST
@requires(Permission.MARK_SIGNIFICANT, strength=S2, audits="incident.significant")
def mark_significant(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Mark an incident as a significant event in the child's life, or take the mark back."""
    found = _visible(request, pk)
    if found is None:
        return _absent(request, "incident.significant")
    audited(request, "incident.significant", pupils=[found.pupil_id], target=found.pk)
    try:
        services.mark_significant(
            by=request.viewer, incident=found, significant=request.POST.get("significant") == "yes"
        )
    except DomainError as error:
        messages.error(request, str(error))
    return redirect("incident", found.pk)


def _visible(request: HttpRequest, pk: UUID) -> Incident | None:
    return Incident.objects.visible_to(request.viewer).filter(pk=pk).first()


def _first_a_reason(request: HttpRequest, pk: UUID) -> HttpResponse | None:
    """Ask an inspector why they read of the child, before the incident that they are named for."""
    waiting = Incident.objects.awaiting_reason_of(request.viewer).filter(pk=pk).first()
    if waiting is None:
        return None
    linked = waiting.linked_pupils.filter(in_chronology=True).values_list("pupil", flat=True)
    named = Pupil.objects.awaiting_reason_of(request.viewer)
    child = named.filter(pk__in=[waiting.pupil_id, *linked]).in_order().first()
    return redirect(by_way_of("give-reason", request, child.pk)) if child else None


def _absent(request: HttpRequest, event: str) -> HttpResponse:
    """Answer as though nothing were there, whether or not something is.

    A lead who has not elevated is asked to, for any address of this form: what is behind it is
    not looked at, so that the offer tells nothing.
    """
    if request.viewer.could_with_authenticator(Permission.READ_INCIDENTS):
        return offer_to_elevate(request)
    return deny(request, event)


def _acknowledge(request: HttpRequest, found: Incident) -> HttpResponse:
    """Mark as read those alerts that the page named; what arrived since then still waits."""
    mine = Alert.objects.addressed_to(request.viewer).visible_to(request.viewer)
    named = mine.filter(incident=found, pk__in=_ids(request.POST.getlist("alert")))
    services.acknowledge_alerts(by=request.viewer, alerts=list(named.select_related("incident")))
    audited(request, "alert.acknowledged", pupils=[found.pupil_id], target=found.pk)
    return redirect("incident", found.pk)


def _show(request: HttpRequest, found: Incident, form: AddActionForm) -> HttpResponse:
    submission = _submission(form.answers)
    context = {
        "incident": Incident.objects.visible_to(request.viewer).with_people().get(pk=found.pk),
        "form": form,
        "is_carried": Draft.objects.visible_to(request.viewer).filter(pk=submission).exists(),
        **waiting.context_for(request.viewer, submission),
    }
    return render(request, "incidents/add_action.html", context)


def _draft_to_carry(request: HttpRequest) -> Draft | None:
    """Return the draft of one's own that the link to the form names."""
    named = _ids([request.GET.get("draft", "")])
    return Draft.objects.visible_to(request.viewer).filter(pk__in=named).first()


def _carry(request: HttpRequest, found: Incident, draft: Draft) -> HttpResponse:
    """Show the form with what a draft says; back to the draft, where it has to stay one of its own."""
    answers = MultiValueDict(draft.answers())
    typed = AddIncidentForm(viewer=request.viewer, answers=answers)
    refusal = why_not(typed, found)
    if refusal:
        messages.error(request, refusal)
        return redirect("edit-draft", draft.pk)
    return _show(request, found, carried(draft, typed, found))


def _take(request: HttpRequest, found: Incident) -> HttpResponse:
    """Keep the files that were sent, then do what the button says."""
    viewer, answers = request.viewer, request.POST.copy()
    submission = _submission(answers)
    added = Action.objects.visible_to(viewer).filter(submission=submission).first()
    if added is not None:
        return _landing(added)
    answers["submission"] = str(submission)
    refused = files.keep_all(by=viewer, draft=submission, sent=request.FILES.getlist("files"))
    for upload in Upload.objects.visible_to(viewer).filter(
        draft=submission, pk__in=_ids(answers.getlist("remove_file"))
    ):
        files.remove(by=viewer, upload=upload)
    if _is_only_a_step(answers) and not refused:
        return _show(request, found, AddActionForm(viewer=viewer, incident=found, answers=answers))
    return _check(request, found, answers, refused)


def _is_only_a_step(answers: MultiValueDict) -> bool:
    """Whether a button of the form was pressed that finds or takes off, and nothing is sent yet."""
    name, _, value = answers.get("remove", "").partition(":")
    if name in answers:
        answers.setlist(name, [one for one in answers.getlist(name) if one != value])
    return any(step in answers for step in ("find", "remove", "remove_file"))


def _check(
    request: HttpRequest, found: Incident, answers: MultiValueDict, refused: list[str]
) -> HttpResponse:
    form = AddActionForm(answers, viewer=request.viewer, incident=found)
    for sentence in refused:
        form.add_error("files", sentence)
    waiting = Upload.objects.visible_to(request.viewer).filter(draft=_submission(answers))
    asked = form.ask_about(waiting.values_list("content_type", flat=True))
    if not form.is_valid():
        return _show(request, found, form)
    try:
        added = services.add_action(by=request.viewer, incident=found, **form.action())
    except DomainError as error:
        form.add_error(None, str(error))
        return _show(request, found, form)
    if asked:
        audited(request, "incident.pictures", pupils=[found.pupil_id], target=added.pk)
    messages.success(request, "Added. It cannot be changed; a mistake is put right by a new entry.")
    return _landing(added)


def _refining(request: HttpRequest, found: Incident) -> RefineCategoriesForm:
    """Return the form with the present categories, with what was typed, or to be checked."""
    viewer, answers = request.viewer, request.POST.copy()
    if request.method != "POST":
        return RefineCategoriesForm.blank(viewer, found)
    answers["submission"] = str(_submission(answers))
    if _is_only_a_step(answers):
        return RefineCategoriesForm(viewer=viewer, answers=answers)
    return RefineCategoriesForm(answers, viewer=viewer)


def _refine(request: HttpRequest, found: Incident, form: RefineCategoriesForm) -> Action | None:
    try:
        added = services.refine_categories(by=request.viewer, incident=found, **form.refined())
    except DomainError as error:
        form.add_error(None, str(error))
        return None
    messages.success(request, "The categories are refined. What was reported stays with it.")
    return added


def _landing(added: Action) -> HttpResponse:
    """Return to the incident, at the entry that was added."""
    return redirect(f"{reverse('incident', args=[added.incident_id])}#entry-{added.pk}")


def _submission(answers: MultiValueDict) -> UUID:
    """Return the id under which the form is sent; a new one when none or nonsense came."""
    return next(iter(_ids([answers.get("submission", "")])), None) or uuid4()


def _ids(sent: list[str]) -> list[UUID]:
    """Return what of this is an id."""
    found = []
    for one in sent:
        try:
            found.append(UUID(one))
        except ValueError:
            continue
    return found
