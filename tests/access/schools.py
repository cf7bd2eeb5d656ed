"""Random schools: people with roles and grants, conflicts, incidents, entries, limits and alerts.

A plan is plain numbers that hypothesis draws and shrinks; `build` makes the rows of it, directly and
not by the services, so that states are reached which no order of pages would lead to.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import uuid4

from django.utils import timezone
from hypothesis import strategies as st

from accounts.models import Cover, Membership, School, User
from accounts.permissions import Role
from accounts.viewer import Viewer, viewer_for
from incidents.bodymap.regions import regions
from incidents.models import (
    Action,
    ActionCategory,
    ActionReader,
    Alert,
    Audience,
    BodyMark,
    Category,
    CategoryGrant,
    Incident,
    IncidentCategory,
    LinkedPupil,
    Restriction,
    RestrictionReader,
    Subject,
)
from pupils.models import AccessReason, BreakGlass, Conflict, Pupil, TeamMember
from tests import factories

PEOPLE, PUPILS, CATEGORIES = 4, 3, 3
YEARS = ["3", "4", "5"]
WITHHELD = [{}, {"slt": ["READ_EVERY_CATEGORY"]}, {"senco": ["READ_CHRONOLOGY"]}]

# Half of those who look read what others recorded: of the others there is less to tell.
READERS = [
    *(Role.DSL, Role.HEAD, Role.SLT, Role.DEPUTY_DSL, Role.PASTORAL, Role.KEY_WORKER),
    Role.INSPECTOR,
]
roles = st.one_of(st.sampled_from(READERS), st.sampled_from(sorted(Role)))

person = st.integers(0, PEOPLE - 1)
pupil = st.integers(0, PUPILS - 1)
category = st.integers(0, CATEGORIES - 1)
some_people = st.lists(person, max_size=2, unique=True)
days = st.sampled_from([(-10, None), (-10, -1), (1, None), (-10, 5), (0, 0)])


@st.composite
def grants(draw) -> dict:
    return {
        "to": draw(st.one_of(st.sampled_from(sorted(Role)), person)),
        "category": draw(category),
        "see_incidents": draw(st.sampled_from([True, True, True, False])),
        "years": draw(st.lists(st.sampled_from(YEARS), max_size=2, unique=True)),
        "days": draw(days),
    }


@st.composite
def entries(draw) -> dict:
    return {
        "author": draw(person),
        "told": draw(some_people),
        "audience": draw(st.sampled_from(list(Audience))),
        "readers": draw(some_people),
        "refines": draw(st.one_of(st.none(), st.none(), category)),
    }


@st.composite
def marks(draw) -> dict:
    return {
        "region": draw(st.sampled_from(["front-knee-left", "back-buttock-left", "head-left-ear"])),
        "kind": draw(st.sampled_from(["cut", "bruise"])),
    }


@st.composite
def incidents(draw) -> dict:
    return {
        "marks": draw(st.lists(marks(), max_size=2)),
        "author": draw(person),
        "pupil": draw(pupil),
        "linked": draw(st.lists(st.tuples(pupil, st.booleans()), max_size=2)),
        "categories": draw(st.lists(category, min_size=1, max_size=2, unique=True)),
        "told": draw(some_people),
        "subjects": draw(st.one_of(st.just([]), some_people)),
        "limits": draw(
            st.one_of(
                st.just([]),
                st.lists(
                    st.tuples(st.sampled_from(sorted(Audience)), some_people),
                    min_size=1,
                    max_size=2,
                ),
            )
        ),
        "entries": draw(st.lists(entries(), max_size=2)),
        "elsewhere": draw(st.sampled_from([False, False, False, True])),
    }


@st.composite
def plans(draw) -> dict:
    plan = {
        "roles": [
            draw(st.lists(roles, min_size=1, max_size=2, unique=True)) for _ in range(PEOPLE)
        ],
        "withheld": draw(st.sampled_from(WITHHELD)),
        "demanded": draw(st.sampled_from([False, False, True])),
        "restricted": draw(st.lists(category, max_size=2, unique=True)),
        "injuries": draw(st.one_of(st.just([]), st.lists(category, max_size=1))),
        "refinable": draw(st.booleans()),
        "grants": draw(st.lists(grants(), max_size=4)),
        "conflicts": draw(st.lists(st.tuples(person, pupil, days), max_size=3)),
        "teams": draw(st.lists(st.tuples(person, pupil, days, st.booleans()), max_size=3)),
        "opened": draw(st.lists(st.tuples(person, pupil, st.booleans()), max_size=2)),
        "reasons": draw(st.lists(st.tuples(person, pupil), max_size=2)),
        "covers": draw(st.lists(st.tuples(person, person, days), max_size=1)),
        "incidents": draw(st.lists(incidents(), min_size=1, max_size=4)),
    }
    # Chance alone seldom names an inspector for a child of whom there is something to read.
    if draw(st.booleans()):
        plan["roles"][0] = [Role.INSPECTOR]
        told_of = plan["incidents"][0]["pupil"]
        plan["teams"].append((0, told_of, (-10, None), draw(st.booleans())))
    # Nor does it often grant a key worker the category of something of a child they are not named for.
    if draw(st.booleans()):
        plan["roles"][1] = [Role.KEY_WORKER]
        category_of = plan["incidents"][0]["categories"][0]
        granted = {"to": 1, "category": category_of, "see_incidents": True, "years": []}
        plan["grants"].append(granted | {"days": (-10, None)})
    return plan


@dataclass
class Town:
    """A school as it was built, and the people who look at it, at both strengths."""

    school: School
    elsewhere: School
    people: list[User] = field(default_factory=list)
    pupils: list[Pupil] = field(default_factory=list)
    categories: list[Category] = field(default_factory=list)

    def viewers(self) -> list[Viewer]:
        """Return everybody as they are now: with the password alone, and with the authenticator."""
        found = [viewer_for(user, self.school) for user in self.people]
        here = [viewer for viewer in found if viewer is not None]
        return [*here, *(viewer.elevated() for viewer in here)]


def build(plan: dict) -> Town:
    """Make the rows of a plan."""
    mark = uuid4().hex[:8]
    town = Town(
        school=factories.school(
            f"Oak {mark}",
            f"oak-{mark}",
            withheld=plan["withheld"],
            requires_authenticator=plan["demanded"],
        ),
        elsewhere=factories.school(f"Elm {mark}", f"elm-{mark}"),
    )
    for number, roles in enumerate(plan["roles"]):
        user = User.objects.create_user(email=f"p{number}-{mark}@x.example.org", name=f"P{number}")
        Membership.objects.bulk_create(
            Membership(user=user, school=town.school, role=role) for role in roles
        )
        town.people.append(user)
    town.pupils = [
        factories.pupil(town.school, f"Pupil {number}", year_group=YEARS[number])
        for number in range(PUPILS)
    ]
    for number in range(CATEGORIES):
        town.categories.append(_category(town, plan, number))
    _rights(town, plan)
    for told in plan["incidents"]:
        _incident(town, told)
    return town


def _category(town: Town, plan: dict, number: int) -> Category:
    """Return the numbered category; the last is a sub-category of the first."""
    parent = town.categories[0] if number == CATEGORIES - 1 and plan["refinable"] else None
    return Category.objects.create(
        school=town.school,
        name=f"C{number}",
        parent=parent,
        restricted=number in plan["restricted"],
        shows_injuries=number in plan["injuries"],
    )


def _between(span: tuple[int, int | None]) -> dict[str, date | None]:
    today, (start, end) = timezone.localdate(), span
    return {
        "starts_on": today + timedelta(days=start),
        "ends_on": None if end is None else today + timedelta(days=end),
    }


def _rights(town: Town, plan: dict) -> None:
    school, people, pupils = town.school, town.people, town.pupils
    for grant in plan["grants"]:
        to = grant["to"]
        CategoryGrant.objects.create(
            school=school,
            role=to if isinstance(to, str) else "",
            user=None if isinstance(to, str) else people[to],
            category=town.categories[grant["category"]],
            see_incidents=grant["see_incidents"],
            year_groups=grant["years"],
            **_between(grant["days"]),
        )
    for who, whom, span in plan["conflicts"]:
        Conflict.objects.create(
            school=school,
            user=people[who],
            pupil=pupils[whom],
            kind=Conflict.Kind.OWN_CHILD,
            declared_by=people[who],
            **_between(span),
        )
    for who, whom, span, said_why in plan["teams"]:
        if said_why:
            _reason(town, who, whom)
        TeamMember.objects.create(
            school=school,
            user=people[who],
            pupil=pupils[whom],
            part="Key worker",
            named_by=people[0],
            **_between(span),
        )
    for who, whom, is_over in plan["opened"]:
        ends_at = timezone.now() + timedelta(hours=-1 if is_over else 1)
        BreakGlass.objects.create(
            school=school, by=people[who], pupil=pupils[whom], reason="Now.", ends_at=ends_at
        )
    for who, whom in plan["reasons"]:
        _reason(town, who, whom)
    for absent, by, span in plan["covers"]:
        if absent != by and span[1] is not None:
            Cover.objects.create(
                school=school,
                absent=people[absent],
                by=people[by],
                arranged_by=people[absent],
                **_between(span),
            )


def _reason(town: Town, who: int, whom: int) -> None:
    AccessReason.objects.create(
        school=town.school,
        by=town.people[who],
        pupil=town.pupils[whom],
        reason="A strategy meeting.",
    )


def _incident(town: Town, told: dict) -> None:
    school = town.elsewhere if told["elsewhere"] else town.school
    people, pupils = town.people, town.pupils
    incident = Incident.objects.create(
        school=school,
        submission=uuid4(),
        reported_by=people[told["author"]],
        pupil=pupils[told["pupil"]],
        occurred_at=timezone.now(),
        level=1,
        saw="Something.",
    )
    for whom, in_chronology in dict(told["linked"]).items():
        if whom != told["pupil"]:
            LinkedPupil.objects.create(
                incident=incident, pupil=pupils[whom], role="witness", in_chronology=in_chronology
            )
    for number in told["categories"]:
        chosen = town.categories[number]
        IncidentCategory.objects.create(incident=incident, category=chosen, wording=chosen.name)
    for number, mark in enumerate(told["marks"], start=1):
        _mark(incident, number, mark)
    _tell(town, incident, None, told["told"])
    for who in told["subjects"]:
        Subject.objects.create(incident=incident, user=people[who], named_by=people[0])
    for audience, readers in told["limits"]:
        limit = Restriction.objects.create(
            incident=incident, audience=audience, reason="Because.", by=people[0]
        )
        for who in readers:
            RestrictionReader.objects.create(restriction=limit, user=people[who])
    for entry in told["entries"]:
        _entry(town, incident, entry)


def _mark(incident: Incident, number: int, told: dict) -> None:
    BodyMark.objects.create(
        incident=incident,
        number=number,
        figure="child",
        wording=regions()[told["region"]].full_name,
        child_said=f"Something else, {number}.",
        **told,
    )


def _entry(town: Town, incident: Incident, told: dict) -> None:
    refines = told["refines"] is not None
    action = Action.objects.create(
        incident=incident,
        submission=uuid4(),
        author=town.people[told["author"]],
        kind=Action.Kind.CATEGORIES if refines else Action.Kind.UPDATE,
        occurred_at=timezone.now(),
        narrative="Something.",
        audience=Audience.THREAD if refines else told["audience"],
    )
    for who in told["readers"]:
        ActionReader.objects.create(action=action, user=town.people[who])
    if refines:
        chosen = town.categories[told["refines"]]
        ActionCategory.objects.create(action=action, category=chosen, wording=chosen.name)
    _tell(town, incident, action, told["told"])


def _tell(town: Town, incident: Incident, action: Action | None, people: list[int]) -> None:
    for who in people:
        Alert.objects.create(
            incident=incident, action=action, recipient=town.people[who], because="named"
        )
