"""The same words twice: what one has submitted before, perhaps of another child.

Words are compared as a reader would: not their capitals, spaces and stops, and not the child's name,
which is what somebody changes who copies a text from one child to the next.
"""

from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse
from django.utils import dateformat, timezone

from accounts.viewer import Viewer
from incidents.guards.asking import Ask, Link
from incidents.models import Incident
from pupils.models import Pupil
from pupils.names import plain

COMPARED = ("saw", "told", "child_words", "heard")
# Below this many letters two people write the same without copying: "Late again. Mum rang."
LEAST = 40
LATEST = 200
MOST_SHOWN = 3
NAME = "·"


def same_words(viewer: Viewer, pupil: Pupil, said: Mapping[str, str]) -> list[Ask]:
    """Ask, when some of it stands in an incident of one's own already, whether it is meant."""
    wanted = _texts(pupil, said)
    if not wanted:
        return []
    mine = Incident.objects.visible_to(viewer).written_by(viewer.user).select_related("pupil")
    found = [
        row
        for row in mine.order_by("-recorded_at", "id")[:LATEST]
        if wanted & _texts(row.pupil, {name: getattr(row, name) for name in COMPARED})
    ]
    return [_ask(found[:MOST_SHOWN], pupil.pk, wanted)] if found else []


def _ask(found: list[Incident], pupil: UUID, wanted: set[str]) -> Ask:
    others = any(row.pupil_id != pupil for row in found)
    return Ask(
        kind="repeat",
        title="You have written this before",
        text=(
            "The same words stand in an incident of yours already"
            + (
                ", about another child. Check that every name and every fact is of this one."
                if others
                else "."
            )
            + " If it happened again, say what was different this time."
        ),
        yes="It is meant: submit it as it is",
        about=[str(pupil), *sorted(wanted), *(str(row.pk) for row in found)],
        links=[Link(reverse("incident", args=[row.pk]), _in_words(row)) for row in found],
        pupils=[row.pupil_id for row in found],
    )


def _in_words(row: Incident) -> str:
    day = dateformat.format(timezone.localtime(row.recorded_at), "D j M Y, H:i")
    return f"{row.reference}, {row.pupil.name}, recorded {day}"


def _texts(pupil: Pupil, said: Mapping[str, str]) -> set[str]:
    """Return what was written at length, as it is compared."""
    names = {plain(word) for word in f"{pupil.name} {pupil.legal_name}".split()}
    texts = (_words(said.get(name, ""), names) for name in COMPARED)
    return {text for text in texts if len(text) >= LEAST}


def _words(text: str, names: set[str]) -> str:
    words = filter(None, map(plain, text.split()))
    return " ".join(NAME if {word, word.removesuffix("s")} & names else word for word in words)
