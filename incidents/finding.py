"""Finding the person who is meant: a pupil to record about, a colleague to alert.

What is typed is a name. It comes by POST, is never logged, and the access log notes only that
somebody searched (SR-53).
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from uuid import UUID

from django.utils import timezone

from accounts.models import Membership, User
from accounts.viewer import Viewer
from incidents.guards import namesakes
from pupils.models import LEAST_LETTERS_BY_PREFIX, Pupil
from pupils.names import plain

MOST_FOUND = 10


@dataclass(frozen=True)
class Person:
    """Somebody to pick: the value that a form sends, the name, and what tells two apart."""

    value: str
    label: str
    detail: str


@dataclass(frozen=True)
class Found:
    """Up to ten people, and whether there are more."""

    results: tuple[Person, ...]
    more: bool

    def as_json(self) -> dict:
        """Return what the type-ahead reads."""
        return {"results": [asdict(person) for person in self.results], "more": self.more}


def find_pupils(viewer: Viewer, words: str) -> Found:
    """Return current pupils of the viewer's school whose name or form is like these words."""
    rows = Pupil.objects.pickable_by(viewer).named_like(words).in_order()[: MOST_FOUND + 1]
    return _first_ten(pupils_as_people(viewer, rows))


def find_staff(viewer: Viewer, words: str) -> Found:
    """Return colleagues who may be alerted and whose name has words that begin like these."""
    wanted = [word for word in map(plain, words.split()) if word]
    if not wanted or max(map(len, wanted)) < LEAST_LETTERS_BY_PREFIX:
        return Found((), more=False)
    return _first_ten(
        person
        for person in staff_as_people(viewer, staff_to_pick(viewer))
        if _begins_like(wanted, person.label)
    )


def staff_to_pick(viewer: Viewer):
    """Return the colleagues whom this person may alert by name: all who record, but oneself."""
    today = timezone.localdate()
    colleagues = User.objects.visible_to(viewer).who_record_at(viewer.school, today)
    return colleagues.exclude(pk=viewer.user_id).order_by("name", "id")


def pupils_as_people(viewer: Viewer, pupils: Iterable[Pupil]) -> list[Person]:
    """Return pupils to pick from; two of one name in one form are told apart by their birthdays.

    Also where the other is not among them: the one who was picked is shown as when they were found.
    """
    pupils = list(pupils)
    same = namesakes.alike(viewer, pupils)
    return [Person(str(pupil.pk), pupil.name, _where(pupil, pupil in same)) for pupil in pupils]


def staff_as_people(viewer: Viewer, staff: Iterable[User]) -> list[Person]:
    """Return colleagues with what they do at the school."""
    staff = list(staff)
    titles: dict = {}
    memberships = Membership.objects.visible_to(viewer).current(timezone.localdate())
    for member in memberships.filter(user__in=staff).order_by("starts_on", "id"):
        title = member.job_title or member.get_role_display()
        titles.setdefault(member.user_id, {})[title] = None
    return [
        Person(str(person.pk), person.name, ", ".join(titles.get(person.pk, ())))
        for person in staff
    ]


def _first_ten(people: Iterable[Person]) -> Found:
    people = list(people)
    return Found(tuple(people[:MOST_FOUND]), more=len(people) > MOST_FOUND)


def _begins_like(wanted: list[str], name: str) -> bool:
    words = [plain(word) for word in name.split()]
    return all(any(word.startswith(start) for word in words) for start in wanted)


def _where(pupil: Pupil, ambiguous: bool) -> str:
    return ", ".join(filter(None, [pupil.where, namesakes.born(pupil) if ambiguous else ""]))


def is_id(value: object) -> bool:
    """Return whether a value that a browser sent can be somebody's id."""
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True
