"""Keeping what is typed in a form until the form is taken, and forgetting it when it never is."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.kept_words import Fields, KeptWords
from accounts.models import School, User
from accounts.viewer import Viewer, viewer_for
from safeguard import walls
from safeguard.rescue import FIELD, Kept, Page
from safeguard.views import Typed

KEPT = timedelta(days=14)
MOST = 20  # of one person
LONGEST = 400_000  # letters in all the fields of one form
# Of the page and not of its writer; and what proves who somebody is, which is kept nowhere.
NOT_KEPT = {"csrfmiddlewaretoken", "turn", "revision", FIELD}
SECRET = ("password", "code_again")


def worth_keeping(sent) -> Fields:
    """Return what a person put into a form, of all that its page sent."""
    return [
        (name, value)
        for name, values in sent.lists()
        for value in values
        if name not in NOT_KEPT and not any(secret in name for secret in SECRET)
    ]


def writer_of(page: Page) -> Viewer | None:
    """Return the person for whom a page was drawn, with their rights as they are now."""
    user = User.objects.filter(pk=page.user, is_active=True).first()
    school = School.objects.filter(pk=page.school).first()
    return viewer_for(user, school) if user is not None and school is not None else None


def keep(*, by: Viewer, page: Page, fields: Fields, turn: int) -> Kept | None:
    """Seal what stands in a form; None where there is more than is kept.

    A form in which nothing is written, or no more, leaves nothing to come back to.
    """
    if sum(len(name) + len(value) for name, value in fields) > LONGEST:
        return None
    mine = KeptWords.objects.visible_to(by)
    if not Typed(page.path, fields).prose:
        mine.waiting().filter(window=page.window, turn__lte=turn).delete()
        return Kept()
    with transaction.atomic():
        row = mine.select_for_update().filter(window=page.window).first()
        if row is None:
            row = KeptWords(school=by.school, author=by.user, path=page.path, window=page.window)
        elif row.taken_at is not None or turn < row.turn:
            return Kept()
        row.turn = turn
        row.keep(fields)
        row.save()
        _make_room(by)
    return Kept()


def take(*, by: Viewer, page: Page) -> None:
    """Note that a form was taken: its words are where they belong, and wait no more."""
    KeptWords.objects.visible_to(by).filter(window=page.window).update(
        taken_at=timezone.now(), sealed=b""
    )


def discard(*, by: Viewer, words: KeptWords) -> None:
    """Delete one's own words that were never sent."""
    KeptWords.objects.visible_to(by).filter(pk=words.pk).delete()


def waiting_for(viewer: Viewer) -> list[KeptWords]:
    """Return a person's words that no form has taken, the latest first.

    Where the authenticator is demanded of everybody, they wait until it is used.
    """
    if viewer.is_kept_back:
        return []
    return list(KeptWords.objects.visible_to(viewer).waiting().order_by("-saved_at", "id"))


def forget_old(now: datetime) -> int:
    """Delete words that were not asked for in a fortnight; home says the day beforehand."""
    forgotten = 0
    for school in walls.schools():
        with walls.acting_in(school):
            forgotten += KeptWords.objects.filter(saved_at__lt=now - KEPT).delete()[0]
    return forgotten


def _make_room(by: Viewer) -> None:
    """Let the oldest go when somebody leaves more forms than are kept."""
    mine = KeptWords.objects.visible_to(by).waiting().order_by("-saved_at", "-id")
    surplus = list(mine.values_list("pk", flat=True)[MOST:])
    if surplus:
        KeptWords.objects.visible_to(by).filter(pk__in=surplus).delete()
