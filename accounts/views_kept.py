"""Words whose page had lost its session: taken in without a look, and shown to their author again.

What is taken in needs no session, only the token that its page carries (`safeguard.rescue`). It is
answered with nothing of what is kept (SR-63, SR-64).
"""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.views.csrf import csrf_failure as plain_csrf_failure
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts import keeping
from accounts.decorators import audited, offer_to_elevate, public, requires
from accounts.kept_words import KeptWords
from accounts.permissions import S1, Permission
from accounts.viewer import Viewer
from safeguard import rescue, walls
from safeguard.middleware import POLL_HEADER
from safeguard.rescue import Kept, Page
from safeguard.views import WRITTEN_IN, Typed, typed_in

KEEPS = "keep-words"
# Its words need no session, so there is none to lose: they are taken as they come.
WITHOUT_A_SESSION = {"visitor-slip"}
A_MINUTE = 60
MOST_A_MINUTE = 60  # of one person, and of one process of the server
DELETED = "Your words have been deleted."


@require_POST
@public("the token that the page carries says whose words these are")
def keep_words(request: HttpRequest) -> HttpResponse:
    """Keep what stands in a form so far, whatever has become of the session since it was drawn."""
    kept, page = _brought_back(request)
    there = page is not None and request.viewer is not None and page.is_for(request.viewer)
    return as_said_to_a_script(kept, HTTPStatus.OK if there else HTTPStatus.UNAUTHORIZED)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.USE_ACCOUNT, strength=S1, audits="words.read")
def kept_words(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Show their author what was typed and not sent, to take over or to delete."""
    words = get_object_or_404(KeptWords.objects.visible_to(request.viewer).waiting(), pk=pk)
    if request.viewer.is_kept_back:
        return offer_to_elevate(request)
    if request.method == "POST":
        keeping.discard(by=request.viewer, words=words)
        messages.success(request, DELETED)
        return redirect("home")
    audited(request, "words.read", target=words.pk)
    page = Page(request.viewer.user_id, request.viewer.school_id, words.path, words.window)
    context = {
        "words": words,
        "kept_until": words.saved_at + keeping.KEPT,
        "title": rescue.title_of(words.path),
        "typed": Typed(words.path, words.fields()),
        "resumes": rescue.name_of(words.path) in rescue.RESUMES,
        "token": rescue.token_of(page),
    }
    return render(request, "accounts/kept_words.html", context)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Keep the words of a form that came with the secret of an earlier sign-in (SR-64)."""
    answer = rescued(request)
    return plain_csrf_failure(request, reason) if answer is None else answer


@sensitive_variables()
def rescued(request: HttpRequest, *, status: int = HTTPStatus.FORBIDDEN) -> HttpResponse | None:
    """Keep what a form brought whose page may not do so any more, and say that it is kept.

    None for anything in which nobody writes. Where it cannot be kept, what was typed is on the page
    that says so, as it is when the database is away.
    """
    if request.method != "POST":
        return None
    if rescue.name_of(request.path_info) not in {*WRITTEN_IN, KEEPS} - WITHOUT_A_SESSION:
        return None
    kept, page = _brought_back(request)
    if POLL_HEADER in request.headers:
        return as_said_to_a_script(kept, status)
    if kept is None or page is None:
        return _not_kept(request)
    context = {"how": _way_back(request, page)}
    return render(request, "accounts/words_kept.html", context, status=HTTPStatus.FORBIDDEN)


def is_anothers(request: HttpRequest) -> bool:
    """Whether a form comes from a page that was drawn for another person, or at another school."""
    if request.method != "POST" or rescue.name_of(request.path_info) not in WRITTEN_IN:
        return False
    page = rescue.page_of(rescue.sent_with(request))
    return page is not None and not page.is_for(request.viewer)


def as_said_to_a_script(kept: Kept | None, status: int = HTTPStatus.OK) -> JsonResponse:
    """Say whether words are safe, in the way in which no stranger's page happens to say it."""
    said: dict[str, bool | str] = {"kept": kept is not None}
    if kept is not None:
        said |= {"revision": str(kept.revision or ""), "beside": kept.beside}
    return JsonResponse(said, status=status)


@sensitive_variables()
def _brought_back(request: HttpRequest) -> tuple[Kept | None, Page | None]:
    """Give the words to whoever keeps them, as the person whose page it was, and as nobody else."""
    sent = rescue.sent_with(request)
    page = rescue.page_of(sent)
    viewer = keeping.writer_of(page) if page is not None else None
    if page is None or viewer is None or not _in_time(page.user):
        return None, page
    with walls.acting_in(page.school):
        keeper = rescue.KEEPERS.get(rescue.name_of(page.path))
        keep: Callable[..., Kept | None] = import_string(keeper) if keeper else keep_as_it_came
        return keep(viewer, page, sent), page


def keep_as_it_came(viewer: Viewer, page: Page, sent) -> Kept | None:
    """Keep a form's fields as such, for a form whose app keeps no drafts of its own."""
    fields = keeping.worth_keeping(sent)
    return keeping.keep(by=viewer, page=page, fields=fields, turn=rescue.turn_in(sent))


def _in_time(user: UUID) -> bool:
    """Count, so that a token that went astray pours in no more than a busy window would."""
    key = f"rescue:{user}"
    cache.add(key, 0, A_MINUTE)
    try:
        return cache.incr(key) <= MOST_A_MINUTE
    except ValueError:  # the minute was over in between
        return True


def _way_back(request: HttpRequest, page: Page) -> dict[str, str]:
    """Say how its author comes back to the words; where they go on is told to nobody else."""
    state, viewer = request.session_state, request.viewer
    if state is not None and state.locked_at is not None and state.user_id == page.user:
        back = f"{reverse('unlock')}?{urlencode({'next': page.path})}"
        return {"text": "Show the page again to finish.", "url": back, "link": "Show the page"}
    if viewer is not None and page.is_for(viewer):
        text = "You signed in again in another window. Go on here to finish."
        return {"text": text, "url": page.path, "link": "Go on"}
    if viewer is not None and viewer.user_id == page.user:
        return {
            "text": "You wrote them at another school. Choose that school to finish.",
            "url": reverse("choose-school"),
            "link": "Choose the school",
        }
    return {"text": "Sign in to finish.", "url": reverse("sign-in"), "link": "Sign in"}


def _not_kept(request: HttpRequest) -> HttpResponse | None:
    typed = typed_in(request)
    if typed is None or not typed.prose:
        return None
    fresh = [(name, value) for name, value in typed.fields if name != "csrfmiddlewaretoken"]
    typed = replace(typed, fields=[("csrfmiddlewaretoken", get_token(request)), *fresh])
    context = {"typed": typed, "is_signed_in": request.viewer is not None}
    return render(request, "accounts/words_not_kept.html", context, status=HTTPStatus.FORBIDDEN)
