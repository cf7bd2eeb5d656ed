"""Adding an incident: the form, its draft, the review, and the receipt.

The draft is the state: every way out of the form (Find, Remove, autosave, Continue) first seals
what was typed, so that nothing depends on the browser keeping it.

The form is the longest page and opens on telephones in corridors, so it alone is compressed. What
its size could teach a listener (BREACH) needs text of theirs beside a secret: nothing that an
address says is repeated on it, and other sites' forms do not get as far.
"""

from dataclasses import replace
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.http import content_disposition_header
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import audited, offer_to_elevate, requires
from accounts.middleware import POLL_HEADER
from accounts.permissions import S1, Permission
from accounts.views_kept import as_said_to_a_script
from incidents import drafting, files, own, rescuing, services, waiting, wordings
from incidents.finding import is_id
from incidents.forms import marking
from incidents.forms.photos import NoBodyForm
from incidents.forms.recording import AddIncidentForm, answers_of
from incidents.forms.review import Review, review_of
from incidents.guards import knowing
from incidents.guards.asking import HEEDED
from incidents.injuries import TOO_MANY
from incidents.models import Alert, Draft, Incident, Upload
from incidents.prompting.asking import shown_to
from safeguard.errors import DomainError, NotAllowed
from safeguard.rescue import Kept, token_for

DELETED = "The unfinished incident has been deleted."
CHOSEN = ("pupil", "linked", "subjects")
CHANGED = "It was changed in another window since you read it. Read it again, then submit it."


@gzip_page
@require_safe
@requires(Permission.ADD_INCIDENT, strength=S1, audits="incident.add")
def add_incident(request: HttpRequest) -> HttpResponse:
    """Show the empty form; what is sent from it becomes the draft whose id it carries."""
    form = AddIncidentForm.blank(request.viewer, request.GET.get("pupil", ""))
    return _show(request, uuid4(), form)


@gzip_page
@requires(Permission.ADD_INCIDENT, strength=S1, audits="incident.add")
def edit_draft(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show a draft with everything typed so far, or take what is sent from its form."""
    landing = _landing(request, pk)
    if landing is not None:
        return landing
    if request.method == "POST":
        return _take(request, pk)
    if drafting.is_kept_back(request.viewer, pk):
        return offer_to_elevate(request)
    draft = get_object_or_404(Draft.objects.visible_to(request.viewer), pk=pk)
    answers, read = MultiValueDict(draft.answers()), Kept(draft.revision)
    if "check" in request.GET:
        return _show(request, pk, AddIncidentForm(answers, viewer=request.viewer), read)
    return _show(request, pk, AddIncidentForm(viewer=request.viewer, answers=answers), read)


@require_POST
@requires(Permission.ADD_INCIDENT, strength=S1, audits="incident.add")
def remove_upload(request: HttpRequest, pk: UUID, file_pk: UUID) -> HttpResponse:
    """Keep what stands in the form, and take one file off it."""
    upload = get_object_or_404(_uploads(request, pk), pk=file_pk)
    answers = answers_of(request.POST)
    try:
        _keep(request, pk, answers)
    except DomainError as error:
        return _refused(request, pk, answers, error)
    files.remove(by=request.viewer, upload=upload)
    return redirect(f"{reverse('edit-draft', args=[pk])}#id_files")


@requires(Permission.ADD_INCIDENT, strength=S1, audits="incident.review")
def review_draft(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show once more what is about to be submitted; submit exactly what was shown."""
    landing = _landing(request, pk)
    if landing is not None:
        return landing
    if drafting.is_kept_back(request.viewer, pk):
        return offer_to_elevate(request)
    draft = get_object_or_404(Draft.objects.visible_to(request.viewer), pk=pk)
    form = AddIncidentForm(MultiValueDict(draft.answers()), viewer=request.viewer)
    review = review_of(draft, form, list(_uploads(request, pk)))
    if review is None:
        return redirect(f"{reverse('edit-draft', args=[pk])}?check=1")
    is_seen = request.method == "POST" and request.POST.get("seen") == review.version
    asked = _about_pictures(request, review, is_sent=is_seen)
    if request.method == "POST":
        missed = _missed(request, pk, review)
        if is_seen and not missed and (asked is None or asked.is_valid()):
            return _submit(request, pk, form, about_pictures=asked is not None)
        # Another press of the same button may have gone first: then it leads to what that has made.
        landing = _landing(request, pk)
        if landing is not None:
            return landing
        review = replace(review, missed=missed)
    audited(request, "incident.review", pupils=review.pupils, target=pk)
    beside = wordings.beside(request.viewer, pk)
    context = {"review": review, "form": asked, "beside": beside}
    return render(request, "incidents/review_draft.html", context)


@require_POST
@requires(Permission.ADD_INCIDENT, strength=S1, audits="incident.offered")
def what_to_know(request: HttpRequest) -> JsonResponse:
    """Say what there is to know of the pupils just chosen, for the form that is open."""
    ids = [list(filter(is_id, request.POST.getlist(name))) for name in CHOSEN]
    about, others = knowing.picked(request.viewer, *ids[:2])
    named = {one.pk for one in (about, *others) if one is not None}
    audited(request, "incident.offered", pupils=named)
    told = knowing.what_to_know(request.viewer, about, others, about_staff=bool(ids[2]))
    return JsonResponse(told.as_json())


@require_safe
@requires(Permission.ADD_INCIDENT, strength=S1)
def incident_received(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show the receipt: reference, time, who was alerted. It names no child and can be printed."""
    incident = get_object_or_404(Incident.objects.received_from(request.viewer), pk=pk)
    first = Alert.objects.on_receipts_of(request.viewer).filter(incident=incident)
    is_read_again = Incident.objects.visible_to(request.viewer).contains(incident)
    receipt = own.receipt_for(incident, own.told_of(first)[incident.pk], is_read_again)
    return render(request, "incidents/incident_received.html", {"receipt": receipt})


@require_safe
@requires(Permission.READ_OWN, strength=S1, audits="incident.proof")
def incident_proof(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Give the author the file that proves their incident's place in the ledger."""
    incident = get_object_or_404(Incident.objects.received_from(request.viewer), pk=pk)
    proof = own.proof_for(incident)
    if proof is None:
        raise Http404
    audited(request, "incident.proof", pupils=[incident.pupil_id], target=incident.pk)
    response = HttpResponse(proof, content_type="text/plain; charset=utf-8")
    name = f"{incident.reference}.tlog-proof"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def _uploads(request: HttpRequest, pk: UUID):
    mine = Upload.objects.visible_to(request.viewer).filter(draft=pk)
    return mine.order_by("sent_at", "id")


def _show(
    request: HttpRequest, pk: UUID, form: AddIncidentForm, kept: Kept | None = None
) -> HttpResponse:
    """Show the form, which goes on from exactly what was read or kept, if anything was."""
    is_kept = Draft.objects.visible_to(request.viewer).filter(pk=pk).exists()
    audited(request, "incident.add", pupils=_picked(form), target=pk)
    context = {
        "form": form,
        "pk": pk,
        "is_kept": is_kept,
        "revision": kept.revision if kept else None,
        "beside": wordings.beside(request.viewer, pk),
        "rescue_token": token_for(request, reverse("edit-draft", args=[pk])),
        "prompts": shown_to(request.viewer),
        "to_know": _to_know(request, *(form[name].values for name in CHOSEN)),
        **waiting.context_for(request.viewer, pk),
    }
    return render(request, "incidents/add_incident.html", context)


def _picked(form: AddIncidentForm) -> set[UUID]:
    """Return which children the page names."""
    return {UUID(one["value"]) for name in ("pupil", "linked") for one in form[name].picked}


def _take(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep what was sent, then do what the button says."""
    if "discard" in request.POST:
        drafting.discard_draft(by=request.viewer, draft=pk)
        messages.success(request, DELETED)
        return redirect("home")
    answers = answers_of(request.POST)
    jump = _field_of_button(request, answers)
    try:
        kept = _keep(request, pk, answers)
    except DomainError as error:
        return _refused(request, pk, answers, error)
    if POLL_HEADER in request.headers:
        return as_said_to_a_script(kept)
    if is_id(request.POST.get("instead", "")):
        return _instead(request, pk)
    refusals = files.keep_all(by=request.viewer, draft=pk, sent=request.FILES.getlist("files"))
    if jump:
        for refusal in refusals:
            messages.error(request, refusal)
        return redirect(f"{reverse('edit-draft', args=[pk])}#id_{jump}")
    return _check(request, pk, answers, refusals, kept)


def _field_of_button(request: HttpRequest, answers: MultiValueDict) -> str:
    """Return whose "Find" or "Remove" was pressed, with the pick taken off; "" for neither.

    A mark is added to the body map, or taken off it, by a button as well.
    """
    if "add-mark" in request.POST:
        number = marking.with_another(answers)
        if not number:
            messages.error(request, TOO_MANY)
        return f"mark-{number}-region" if number else "body-map"
    if "remove-mark" in request.POST:
        marking.without(answers, request.POST["remove-mark"])
        return "body-map"
    name, _, value = request.POST.get("remove", "").partition(":")
    if value and name in answers:
        answers.setlist(name, [one for one in answers.getlist(name) if one != value])
    asked = request.POST.get("find", "") or name
    return asked if asked in AddIncidentForm.base_fields else ""


def _keep(request: HttpRequest, pk: UUID, answers: MultiValueDict) -> Kept:
    """Keep what was sent: a script's beside another window's words, a person's before them."""
    path = reverse("edit-draft", args=[pk])
    start = rescuing.start_in(request.POST, request.viewer, path)
    keep = drafting.keep_draft if POLL_HEADER in request.headers else drafting.go_on_with
    try:
        return keep(by=request.viewer, draft=pk, answers=dict(answers.lists()), start=start)
    except NotAllowed as error:
        raise Http404 from error


def _refused(
    request: HttpRequest, pk: UUID, answers: MultiValueDict, error: DomainError
) -> HttpResponse:
    """Show the form again with what was typed, which could not be kept on the server."""
    if isinstance(error, drafting.AlreadySubmitted):
        return edit_draft(request, pk)  # in this very moment, from another window
    if POLL_HEADER in request.headers:
        return as_said_to_a_script(None, 409)
    form = AddIncidentForm(answers, viewer=request.viewer)
    form.add_error(None, str(error))
    return _show(request, pk, form)


def _check(
    request: HttpRequest, pk: UUID, answers: MultiValueDict, refusals: list[str], kept: Kept
) -> HttpResponse:
    form = AddIncidentForm(answers, viewer=request.viewer)
    for refusal in refusals:
        form.add_error("files", refusal)
    if form.is_valid():
        return redirect("review-draft", pk)
    return _show(request, pk, form, kept)


def _about_pictures(request: HttpRequest, review: Review, *, is_sent: bool) -> NoBodyForm | None:
    """Return what is asked of somebody who adds pictures; nothing where nothing is."""
    if not review.asks_about_pictures:
        return None
    return NoBodyForm(request.POST) if is_sent else NoBodyForm()


def _submit(
    request: HttpRequest, pk: UUID, form: AddIncidentForm, *, about_pictures: bool
) -> HttpResponse:
    try:
        incident = services.add_incident(by=request.viewer, submission=pk, **form.incident())
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("edit-draft", pk)
    if about_pictures:
        pupils = [incident.pupil_id]
        audited(request, "incident.pictures", pupils=pupils, target=incident.pk)
    wordings.forget_same(by=request.viewer, incident=incident)
    return redirect("incident-received", incident.pk)


def _missed(request: HttpRequest, pk: UUID, review: Review) -> frozenset[str]:
    """Keep which questions were answered, and return those that were not; say if it has changed."""
    ticked = request.POST.getlist(HEEDED)
    heeded = review.heeded_with(ticked)
    if set(heeded) - set(review.form.heeded):
        answers = dict(review.form.answers.lists()) | {HEEDED: heeded}
        _keep(request, pk, MultiValueDict(answers))
        review.form.answers.setlist(HEEDED, heeded)
    if request.POST.get("seen") != review.version:
        messages.warning(request, CHANGED)
        return frozenset()
    return frozenset(ask.mark for ask in review.waits_for(ticked))


def _to_know(
    request: HttpRequest, pupil: list[str], linked: list[str], subjects: list[str]
) -> knowing.WhatToKnow:
    about, others = knowing.picked(request.viewer, pupil, linked)
    return knowing.what_to_know(request.viewer, about, others, about_staff=bool(subjects))


def _instead(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep the files too, and go on under the incident that was chosen; the words wait in the draft."""
    for refusal in files.keep_all(by=request.viewer, draft=pk, sent=request.FILES.getlist("files")):
        messages.error(request, refusal)
    return redirect(f"{reverse('add-action', args=[request.POST['instead']])}?draft={pk}")


def _landing(request: HttpRequest, pk: UUID) -> HttpResponse | None:
    """Return where a draft leads that has become an incident, or an action under one."""
    incident = drafting.submitted(request.viewer, pk)
    if incident is not None:
        return _already(request, incident)
    added = drafting.added_instead(request.viewer, pk)
    if added is None:
        return None
    left = request.method == "POST" and wordings.keep_uncarried(
        by=request.viewer, action=added, **_brought(request, pk)
    )
    if POLL_HEADER in request.headers:
        return as_said_to_a_script(Kept(beside=left), 409)
    if left:
        return redirect("compare-wordings", pk)
    return redirect(f"{reverse('incident', args=[added.incident_id])}#entry-{added.pk}")


def _brought(request: HttpRequest, pk: UUID) -> dict:
    """Return what a window still held of a draft that is none any more, and which window it is."""
    path = reverse("edit-draft", args=[pk])
    start = rescuing.start_in(request.POST, request.viewer, path)
    return {"window": start.window, "answers": dict(answers_of(request.POST).lists())}


def _already(request: HttpRequest, incident: Incident) -> HttpResponse:
    """Lead to the receipt; or to what a second window still held, which is kept and not in it."""
    left = request.method == "POST" and wordings.keep_unsent(
        by=request.viewer, incident=incident, **_brought(request, incident.submission)
    )
    if POLL_HEADER in request.headers:
        return as_said_to_a_script(Kept(beside=left), 409)
    if left:
        return redirect("compare-wordings", incident.submission)
    return redirect("incident-received", incident.pk)
