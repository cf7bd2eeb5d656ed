"""Words of an incident whose page had lost its session: they go where its autosave would have put them."""

from uuid import UUID

from django.urls import resolve
from django.utils.datastructures import MultiValueDict

from accounts import keeping
from accounts.viewer import Viewer
from incidents import drafting, wordings
from incidents.finding import is_id
from incidents.forms.recording import answers_of
from safeguard.errors import NotAllowed
from safeguard.rescue import Kept, Page, page_of, turn_in


def start_in(sent, viewer: Viewer, path: str) -> drafting.Start:
    """Return from where a page says that it began; which window it is counts by its token alone."""
    page = page_of(sent)
    ours = page is not None and page.is_for(viewer) and page.path == path
    revision = sent.get("revision", "")
    return drafting.Start(
        window=page.window if page is not None and ours else None,
        revision=UUID(revision) if is_id(revision) else None,
        turn=turn_in(sent),
    )


def keep(viewer: Viewer, page: Page, sent: MultiValueDict) -> Kept | None:
    """Keep what was typed, as its author's own, and never over what is newer (SR-63)."""
    match = resolve(page.path)
    if match.url_name != "edit-draft":
        return Kept()  # the review: it shows what is kept, and nothing is typed there
    draft, answers = match.kwargs["pk"], answers_of(sent)
    if sum(len(name) + sum(map(len, values)) for name, values in answers.lists()) > keeping.LONGEST:
        return None
    start = start_in(sent, viewer, page.path)
    typed = dict(answers.lists())
    try:
        return drafting.keep_draft(by=viewer, draft=draft, answers=typed, start=start)
    except drafting.AlreadySubmitted:
        return _after_submission(viewer, draft, start, typed)
    except drafting.TooManyDrafts:
        fields = keeping.worth_keeping(sent)
        return keeping.keep(by=viewer, page=page, fields=fields, turn=start.turn)
    except NotAllowed:
        return None


def _after_submission(
    viewer: Viewer, draft: UUID, start: drafting.Start, typed: wordings.Answers
) -> Kept:
    incident, added = drafting.submitted(viewer, draft), drafting.added_instead(viewer, draft)
    if incident is not None:
        wordings.keep_unsent(by=viewer, incident=incident, window=start.window, answers=typed)
    elif added is not None:
        wordings.keep_uncarried(by=viewer, action=added, window=start.window, answers=typed)
    return Kept(beside=True)
