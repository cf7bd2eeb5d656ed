"""What stands before a pupil's chronology: who the child is, whom to ring, what holds now."""

from dataclasses import dataclass

from django.utils import timezone

from accounts.permissions import Permission
from accounts.viewer import Viewer
from chronology.body_maps import marks_of
from chronology.lookers import Look, who_looked
from pupils.models import Contact, Pupil, StatusChange, TeamMember


@dataclass(frozen=True)
class Fact:
    """Something known of the pupil, under its name."""

    key: str
    value: str


@dataclass(frozen=True)
class FrontSheet:
    """The head of a pupil's file."""

    legal_name: str
    facts: tuple[Fact, ...]
    flags: tuple[str, ...]
    statuses: tuple[StatusChange, ...]
    contacts: tuple[Contact, ...]
    looks: tuple[Look, ...]
    may_record_status: bool
    may_make_reports: bool
    may_see_who_looked: bool
    may_name_team: bool
    team: tuple[TeamMember, ...]
    has_body_maps: bool


def front_sheet(viewer: Viewer, pupil: Pupil) -> FrontSheet:
    """Return the head of a pupil's file as this viewer may see it."""
    today = timezone.localdate()
    statuses = tuple(
        StatusChange.objects.visible_to(viewer)
        .filter(pupil=pupil)
        .in_force(today)
        .order_by("on_date", "id")
    )
    return FrontSheet(
        legal_name=pupil.legal_name if pupil.legal_name != pupil.name else "",
        facts=_facts(pupil),
        flags=tuple(status.get_kind_display() for status in statuses),
        statuses=statuses,
        contacts=tuple(Contact.objects.visible_to(viewer).filter(pupil=pupil).in_order()),
        looks=tuple(who_looked(viewer, pupil)),
        may_record_status=viewer.has(Permission.RECORD_STATUS),
        may_make_reports=viewer.has(Permission.MAKE_REPORTS),
        may_see_who_looked=viewer.has(Permission.SEE_WHO_LOOKED),
        may_name_team=viewer.has(Permission.NAME_TEAM),
        team=tuple(
            TeamMember.objects.visible_to(viewer)
            .current(today)
            .filter(pupil=pupil)
            .select_related("user")
            .order_by("user__name", "id")
        ),
        has_body_maps=marks_of(viewer, pupil).exists(),
    )


def _facts(pupil: Pupil) -> tuple[Fact, ...]:
    born = pupil.date_of_birth
    age = pupil.age_on(timezone.localdate())
    known = {
        "Born": f"{born:%-d %b %Y}, age {age}" if born else "",
        "Year and form": pupil.where,
        "House": pupil.house,
        "UPN": pupil.upn,
        "SEN": {"E": "EHC plan", "K": "SEN support"}.get(pupil.sen_provision, ""),
        "First language": pupil.first_language,
        "In care": "Yes" if pupil.in_care else "",
        "Left": f"{pupil.leaving_date:%-d %b %Y}" if pupil.leaving_date else "",
    }
    return tuple(Fact(key, value) for key, value in known.items() if value)
