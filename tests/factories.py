"""Rows for the tests, made with as little as the rule under test needs."""

from datetime import date, datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from accounts.models import Membership, School, User
from accounts.permissions import Role
from accounts.viewer import Viewer, viewer_for
from incidents import services
from incidents.models import Action, AlertGroup, Category, CategoryGrant, Incident, Level
from pupils.models import Pupil

PASSWORD = "Correct-horse-7-battery"


def school(name: str = "Oak Lane Primary", slug: str = "oak-lane", **fields) -> School:
    return School.objects.create(
        name=name,
        slug=slug,
        phase=fields.pop("phase", "primary"),
        trust_name="Two Trees Trust",
        emergency_instruction="If a child is in danger now, ring 999, then find the DSL.",
        lead_name_and_room="Dee Okafor, room 4",
        lead_telephone="01632 960 123",
        **fields,
    )


def person(name: str, at: School, *roles: Role, password: str | None = None) -> Viewer:
    user = User.objects.create_user(
        email=f"{name.split()[0].lower()}@{at.slug}.example.org", name=name, password=password
    )
    for role in roles:
        Membership.objects.create(user=user, school=at, role=role, job_title=role.label)
    viewer = viewer_for(user, at)
    assert viewer is not None
    return viewer


def pupil(at: School, name: str = "Sam Winter", **fields) -> Pupil:
    forename, surname = name.split(" ", 1)
    return Pupil.objects.enrol(
        school=at,
        legal_forename=forename,
        legal_surname=surname,
        year_group=fields.pop("year_group", "4"),
        form=fields.pop("form", "4B"),
        date_of_birth=fields.pop("date_of_birth", date(2017, 5, 3)),
        **fields,
    )


def category(at: School, name: str = "Home and family", **fields) -> Category:
    return Category.objects.get_or_create(school=at, name=name, parent=None, defaults=fields)[0]


def grant(at: School, role: Role, name: str) -> CategoryGrant:
    return CategoryGrant.objects.create(school=at, role=role, category=category(at, name))


def always_alerted(at: School, *roles: Role) -> AlertGroup:
    return AlertGroup.objects.create(
        school=at, name="Safeguarding team", purpose=AlertGroup.Purpose.ALWAYS, roles=list(roles)
    )


def incident(by: Viewer, about: Pupil, **fields) -> Incident:
    account = fields.pop("account", None) or services.Account(saw="Sam was crying in the corridor.")
    names = fields.pop("categories", ["Home and family"])
    return services.add_incident(
        by=by,
        submission=fields.pop("submission", uuid4()),
        pupil=about,
        account=account,
        level=fields.pop("level", Level.REVIEW),
        occurred_at=fields.pop("occurred_at", ago(hours=1)),
        categories=[category(by.school, name) for name in names],
        **fields,
    )


def action(by: Viewer, under: Incident, **fields) -> Action:
    return services.add_action(
        by=by,
        submission=fields.pop("submission", uuid4()),
        incident=under,
        kind=fields.pop("kind", Action.Kind.UPDATE),
        narrative=fields.pop("narrative", "Spoke with Sam at lunch."),
        occurred_at=fields.pop("occurred_at", ago(minutes=10)),
        **fields,
    )


def refined(by: Viewer, under: Incident, *names: str, **fields) -> Action:
    """Set an incident's categories anew: "Online", or "Online: Contact" for one below it."""
    return services.refine_categories(
        by=by,
        submission=fields.pop("submission", uuid4()),
        incident=under,
        categories=[either_level(by.school, name) for name in names],
        reasons=fields.pop("reasons", "Mum told us more on Monday."),
        occurred_at=fields.pop("occurred_at", ago(minutes=5)),
        **fields,
    )


def either_level(at: School, name: str) -> Category:
    top, _, below = name.partition(": ")
    parent = category(at, top)
    if not below:
        return parent
    return Category.objects.get_or_create(
        school=at, name=below, parent=parent, defaults={"colour": parent.colour}
    )[0]


def ago(**span: float) -> datetime:
    return timezone.now() - timedelta(**span)
