"""The one decision: may this person do this, to this, now? Deny first, one condition a line.

The order is fixed (security.md C3). What a person is too near to, and what is about them, is denied
before anything is allowed, so that no role, no grant, no alert and no emergency can bring it back.
Each app supplies plain facts of what it holds; `visible_to` of its managers says the same as a
query, and a property test holds the two equal over random schools.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from accounts.permissions import Permission, Strength
from accounts.viewer import Viewer

NOBODY: frozenset[UUID] = frozenset()


class Decision(Enum):
    """What comes of asking for a page."""

    ALLOW = "yes"
    DENY = "no, and as though it were not there"
    ELEVATE = "not yet: with the authenticator"


class Verdict(Enum):
    """What comes of asking about one incident or entry, and why, in words for the leads."""

    OWN = "wrote it"
    NAMED = "is a named reader"
    ALERTED = "was alerted to it"
    EVERY_CATEGORY = "reads every category"
    GRANTED = "holds a grant for its category"
    TEAM = "is in the team around the child"
    EMERGENCY = "opened the child's file in an emergency"
    MAY_RECORD = "may record"
    OTHER_SCHOOL = "works in another school"
    SUBJECT = "is whom it is about"
    TOO_NEAR = "has a conflict of interest"
    LIMITED = "is not among its readers"
    NO_REASON = "is named as an inspector, and has yet to say why they read"
    NO_RIGHT = "has no right that reaches it"

    @property
    def allows(self) -> bool:
        """Whether the answer is yes."""
        return self in ALLOWING


ALLOWING = frozenset(
    {
        *(Verdict.OWN, Verdict.NAMED, Verdict.ALERTED, Verdict.EVERY_CATEGORY, Verdict.GRANTED),
        *(Verdict.TEAM, Verdict.EMERGENCY, Verdict.MAY_RECORD),
    }
)


class Verb(Enum):
    """What somebody wants of an incident or an entry under it."""

    RECORD = "record it"
    READ = "read it as it was submitted"
    READ_IN_FULL = "read it with its whole thread"


class Limit(Enum):
    """Whom something is for, of those whose rights reach it."""

    NONE = "thread"
    LEADS = "leads"
    NAMED = "named"


@dataclass(frozen=True)
class Held:
    """A right in one top-level category: to which years it reaches (all when it names none)."""

    category: UUID
    years: frozenset[str] = frozenset()

    def reaches(self, category: "Named", year: str) -> bool:
        """Whether this right is for such a category, or the one above it, in this year."""
        return self.category in category.ids and (not self.years or year in self.years)


@dataclass(frozen=True)
class Named:
    """A category that something has, with the one above it, and whether either is restricted."""

    ids: frozenset[UUID]
    restricted: bool = False


@dataclass(frozen=True)
class Asker:
    """A person with what is known of them beside their roles, as it is today."""

    viewer: Viewer
    near: frozenset[UUID] = NOBODY  # pupils with whom they are in conflict
    teams: frozenset[UUID] = NOBODY  # pupils in whose team they are
    opened: frozenset[UUID] = NOBODY  # pupils whose file they had to open
    reasons: frozenset[UUID] = NOBODY  # pupils for whom they said why they look
    grants: tuple[Held, ...] = ()


@dataclass(frozen=True)
class Audience:
    """A limit and those who are named in it."""

    limit: Limit = Limit.NONE
    readers: frozenset[UUID] = NOBODY


@dataclass(frozen=True)
class About:
    """What has to be known of an incident, or of an entry under it, to decide."""

    school: UUID
    author: UUID
    pupil: UUID
    year: str = ""
    pupils: frozenset[UUID] = NOBODY  # everybody in it, the pupil included
    in_chronology: frozenset[UUID] = NOBODY  # those in whose story it stands
    subjects: frozenset[UUID] = NOBODY
    told: frozenset[UUID] = NOBODY
    categories: tuple[Named, ...] = ()
    audience: Audience = field(default=Audience())


@dataclass(frozen=True)
class Entry:
    """What has to be known of an entry under an incident, beside the incident."""

    author: UUID
    told: frozenset[UUID] = NOBODY
    audience: Audience = field(default=Audience())


def may_open(viewer: Viewer, permission: Permission, strength: Strength) -> Decision:
    """Decide of a page that needs this permission, at this strength, before anything is looked up.

    To elevate is offered only to somebody whose roles could pass: to others the page is not there.
    """
    if viewer.has(permission) and viewer.strength >= strength:
        return Decision.ALLOW
    could = viewer.has(permission) or viewer.could_with_authenticator(permission)
    if could and viewer.holds_authenticated_role:
        return Decision.ELEVATE
    return Decision.DENY


def decide(asker: Asker, verb: Verb, about: About) -> Verdict:
    """Decide whether somebody may do this with an incident, at the strength of their session now.

    Whether to elevate is asked of the page (`may_open`): offered for a row, it would tell that
    there is one.
    """
    viewer = asker.viewer
    if about.school != viewer.school_id:
        return Verdict.OTHER_SCHOOL
    if viewer.user_id in about.subjects:  # whom it is about: nothing overrides this
        return Verdict.SUBJECT
    if verb is Verb.RECORD:  # also about one's own child; but it is not read again
        return Verdict.MAY_RECORD if viewer.has(Permission.ADD_INCIDENT) else Verdict.NO_RIGHT
    if not asker.near.isdisjoint(about.pupils):
        return Verdict.TOO_NEAR
    if verb is Verb.READ and viewer.user_id == about.author and viewer.has(Permission.READ_OWN):
        return Verdict.OWN
    if not _within(asker, about.audience, about.pupil):
        return Verdict.LIMITED
    told = viewer.user_id in about.told and viewer.has(Permission.READ_ALERTED)
    if verb is Verb.READ and told:
        return Verdict.ALERTED
    return _granted(asker, about)


def decide_entry(asker: Asker, about: About, entry: Entry) -> Verdict:
    """Decide whether somebody may read an entry under an incident: it has an audience of its own."""
    of_incident = decide(asker, Verb.READ, about)
    if not of_incident.allows:
        return of_incident
    user = asker.viewer.user_id
    if user == entry.author:
        return Verdict.OWN
    if user in entry.audience.readers:
        return Verdict.NAMED
    if not _within(asker, entry.audience, about.pupil):
        return Verdict.LIMITED
    if entry.audience.limit is Limit.NONE and user in entry.told:
        return Verdict.ALERTED
    return decide(asker, Verb.READ_IN_FULL, about)


def _within(asker: Asker, audience: Audience, pupil: UUID) -> bool:
    """Whether somebody is of those for whom it is: by name, or as one who reads for the DSL."""
    viewer = asker.viewer
    if audience.limit is Limit.NONE or viewer.user_id in audience.readers:
        return True
    if audience.limit is Limit.NAMED or not viewer.has(Permission.READ_LEADS_ONLY):
        return False
    return not viewer.must_give_reasons or pupil in asker.reasons


def _granted(asker: Asker, about: About) -> Verdict:
    """Return by which right it is reached: every category's, a grant, a team, an emergency."""
    if not asker.viewer.has(Permission.READ_INCIDENTS):
        return Verdict.NO_RIGHT
    if asker.viewer.reads_every_category:
        return Verdict.EVERY_CATEGORY
    if asker.viewer.inspects:
        return _inspected(asker, about)
    grants = asker.grants if asker.viewer.reads_by_category else ()
    held = [one for one in about.categories if _holds(grants, one, about.year)]
    missing = [one for one in about.categories if one.restricted and one not in held]
    if held and not missing:
        return Verdict.GRANTED
    if not about.in_chronology.isdisjoint(asker.teams):
        return Verdict.TEAM
    if not about.in_chronology.isdisjoint(asker.opened):
        return Verdict.EMERGENCY
    return Verdict.NO_RIGHT


def _inspected(asker: Asker, about: About) -> Verdict:
    """Say of an inspector: of children they are named for, each after they said why, and no others."""
    named = about.in_chronology & asker.teams
    if not named:
        return Verdict.NO_RIGHT
    return Verdict.NO_REASON if named.isdisjoint(asker.reasons) else Verdict.TEAM


def _holds(grants: Collection[Held], named: Named, year: str) -> bool:
    return any(grant.reaches(named, year) for grant in grants)
