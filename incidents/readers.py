"""Who reads an incident, and by which right: what a lead looks at before limiting it.

Each colleague is decided of by `accounts.decide`, as they would be with their authenticator. Who has
a conflict of interest or is whom it is about is listed as not reading it.

The list is true: who was told of an entry reads the incident above it, and stands in it. But no
reason comes from an entry that whoever looks may not read; another true one stands there, or words
that tell of no entry.
"""

from dataclasses import dataclass, replace

from django.utils import timezone

from accounts.decide import Verb, Verdict, decide
from accounts.models import User
from accounts.viewer import Viewer, viewer_for
from incidents import deciding
from incidents.models import Alert, Incident

# Of whom nothing else is to be said: not what they were told of, nor by whom.
TOLD = "was told of it by a colleague"


@dataclass(frozen=True)
class Reader:
    """A colleague who reads the incident, how much of it, and why."""

    name: str
    why: str
    in_full: bool
    waits: bool = False  # named as an inspector, and nothing is open before they say why


def readers_of(viewer: Viewer, incident: Incident) -> list[Reader]:
    """Return everybody at the school who reads this incident today, by name."""
    about = deciding.about(incident)
    visible = Alert.objects.visible_to(viewer).filter(incident=incident)
    told_openly = frozenset(visible.values_list("recipient", flat=True))
    to_explain = replace(about, told=about.told & told_openly)
    people = User.objects.visible_to(viewer).working_at(viewer.school, timezone.localdate())
    found = []
    for user in people.order_by("name", "id"):
        person = viewer_for(user, viewer.school)
        if person is None:
            continue
        asker = deciding.asker_for(person.elevated())
        as_submitted = decide(asker, Verb.READ, about)
        whole = decide(asker, Verb.READ_IN_FULL, about)
        if as_submitted.allows or whole.allows:
            why = _why(decide(asker, Verb.READ, to_explain), whole) or TOLD
            found.append(Reader(user.name, why, whole.allows))
        elif whole is Verdict.NO_REASON:
            found.append(Reader(user.name, whole.value, in_full=False, waits=True))
    return found


def _why(as_submitted: Verdict, whole: Verdict) -> str:
    both = [verdict.value for verdict in (as_submitted, whole) if verdict.allows]
    return ", and ".join(dict.fromkeys(both))
