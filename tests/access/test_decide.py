"""The order of the one decision, condition by condition, on plain facts and without a database."""

from dataclasses import FrozenInstanceError, replace
from uuid import UUID, uuid4

import pytest

from accounts.decide import (
    About,
    Asker,
    Audience,
    Decision,
    Entry,
    Held,
    Limit,
    Named,
    Verb,
    Verdict,
    decide,
    decide_entry,
    may_open,
)
from accounts.models import School, User
from accounts.permissions import (
    GRANTS,
    MAY_BE_WITHHELD,
    READS_BY_NAME,
    READS_EVERY_CATEGORY,
    S1,
    S2,
    SAFEGUARDING_ROLES,
    Permission,
    Role,
    needed_strength,
)
from accounts.viewer import Viewer
from incidents.models import Audience as IncidentAudience

SCHOOL = School(name="Oak", slug="oak")
ME, OTHER, SAM, ROSA = uuid4(), uuid4(), uuid4(), uuid4()
HOME, ONLINE, HARM = uuid4(), uuid4(), uuid4()
FAMILY = Named(frozenset({HOME}))
READ, IN_FULL, RECORD = Verb.READ, Verb.READ_IN_FULL, Verb.RECORD


def viewer(*roles: Role, strength=S2, **more) -> Viewer:
    user = User(id=ME, email="me@oak.example.org", name="Me")
    return Viewer(user=user, school=SCHOOL, roles=frozenset(roles), strength=strength, **more)


def asker(*roles: Role, strength=S2, covers=False, **known) -> Asker:
    return Asker(viewer=viewer(*roles, strength=strength, covers_today=covers), **known)


def about(**facts) -> About:
    given = {
        "school": SCHOOL.pk,
        "author": OTHER,
        "pupil": SAM,
        "year": "4",
        "pupils": frozenset({SAM}),
        "in_chronology": frozenset({SAM}),
        "categories": (FAMILY,),
    }
    return About(**(given | facts))


def one(*ids: UUID) -> frozenset[UUID]:
    return frozenset(ids)


def limited(limit: Limit, *readers: UUID) -> Audience:
    return Audience(limit, frozenset(readers))


# Deny first


@pytest.mark.parametrize("verb", Verb)
def test_another_school_comes_before_everything(verb):
    """SR-47."""
    told = about(school=uuid4(), author=ME, told=one(ME), subjects=one(ME))

    assert decide(asker(Role.DSL), verb, told) is Verdict.OTHER_SCHOOL


@pytest.mark.parametrize("verb", Verb)
def test_whom_it_is_about_comes_before_any_right(verb):
    """SR-49: author, alerted, named, and a DSL."""
    told = about(author=ME, told=one(ME), subjects=one(ME), audience=limited(Limit.NAMED, ME))

    assert decide(asker(Role.DSL), verb, told) is Verdict.SUBJECT


@pytest.mark.parametrize("verb", [READ, IN_FULL])
def test_being_too_near_comes_before_what_one_wrote_and_was_told(verb):
    """SR-50: to the pupil or to one who is linked."""
    told = about(author=ME, told=one(ME), pupils=one(SAM, ROSA))

    for near in (SAM, ROSA):
        known = {"near": one(near), "teams": one(SAM), "opened": one(SAM)}
        assert decide(asker(Role.DSL, **known), verb, told) is Verdict.TOO_NEAR
    assert decide(asker(Role.DSL, near=one(uuid4())), verb, told).allows


def test_one_records_about_ones_own_child_all_the_same():
    """SR-50."""
    known = asker(Role.TEACHER, strength=S1, near=one(SAM))

    assert decide(known, RECORD, about()) is Verdict.MAY_RECORD
    assert decide(asker(Role.GOVERNOR), RECORD, about()) is Verdict.NO_RIGHT


def test_what_one_wrote_is_read_also_when_it_is_limited_to_others():
    """SR-42: as it was submitted, and not with what followed."""
    told, me = about(author=ME, audience=limited(Limit.NAMED)), asker(Role.TEACHER, strength=S1)

    assert decide(me, READ, told) is Verdict.OWN
    assert decide(me, IN_FULL, told) is Verdict.LIMITED
    assert decide(asker(Role.GOVERNOR), READ, about(author=ME)) is Verdict.NO_RIGHT


def test_a_limit_comes_before_alerts_and_grants():
    """SR-42."""
    told = about(told=one(ME), audience=limited(Limit.NAMED, OTHER))

    assert decide(asker(Role.DSL), READ, told) is Verdict.LIMITED
    assert decide(asker(Role.DSL), IN_FULL, told) is Verdict.LIMITED


def test_a_name_passes_the_limit_and_opens_nothing_by_itself():
    """SR-42."""
    told = about(audience=limited(Limit.NAMED, ME))

    assert decide(asker(Role.TEACHER), READ, told) is Verdict.NO_RIGHT
    assert decide(asker(Role.SLT), READ, told) is Verdict.EVERY_CATEGORY
    assert decide(asker(Role.TEACHER), READ, replace(told, told=one(ME))) is Verdict.ALERTED


def test_for_the_dsl_only():
    """SR-52: the DSL; the head with a reason for this child; those named; nobody else."""
    told = about(audience=limited(Limit.LEADS))

    assert decide(asker(Role.DSL), IN_FULL, told) is Verdict.EVERY_CATEGORY
    assert decide(asker(Role.DSL, strength=S1), IN_FULL, told) is Verdict.LIMITED
    assert decide(asker(Role.HEAD), IN_FULL, told) is Verdict.LIMITED
    assert decide(asker(Role.HEAD, reasons=one(ROSA)), IN_FULL, told) is Verdict.LIMITED
    assert decide(asker(Role.HEAD, reasons=one(SAM)), IN_FULL, told) is Verdict.EVERY_CATEGORY
    assert decide(asker(Role.HEAD, Role.DSL), IN_FULL, told) is Verdict.EVERY_CATEGORY
    assert decide(asker(Role.SLT, reasons=one(SAM)), IN_FULL, told) is Verdict.LIMITED
    named = replace(told, audience=limited(Limit.LEADS, ME))
    assert decide(asker(Role.SLT), IN_FULL, named) is Verdict.EVERY_CATEGORY


# Then what allows


def test_an_alert_is_read_with_the_password_and_not_the_thread():
    """SR-19."""
    told = about(told=one(ME))

    assert decide(asker(Role.TEACHER, strength=S1), READ, told) is Verdict.ALERTED
    assert decide(asker(Role.TEACHER, strength=S1), IN_FULL, told) is Verdict.NO_RIGHT
    assert decide(asker(Role.GOVERNOR), READ, told) is Verdict.NO_RIGHT
    assert decide(asker(Role.TEACHER, strength=S1), READ, about()) is Verdict.NO_RIGHT


@pytest.mark.parametrize("role", sorted(READS_EVERY_CATEGORY))
def test_who_reads_every_category_does_so_with_the_authenticator(role):
    """SR-19."""
    assert decide(asker(role), IN_FULL, about()) is Verdict.EVERY_CATEGORY
    assert decide(asker(role, strength=S1), IN_FULL, about()) is Verdict.NO_RIGHT


def test_a_deputy_who_stands_in_reads_every_category():
    """SR-35."""
    assert decide(asker(Role.DEPUTY_DSL), READ, about()) is Verdict.NO_RIGHT
    assert decide(asker(Role.DEPUTY_DSL, covers=True), READ, about()) is Verdict.EVERY_CATEGORY


@pytest.mark.parametrize(
    ("grants", "verdict"),
    [
        ((Held(HOME),), Verdict.GRANTED),
        ((Held(HOME, frozenset({"4", "5"})),), Verdict.GRANTED),
        ((Held(HOME, frozenset({"5"})),), Verdict.NO_RIGHT),
        ((Held(ONLINE), Held(HOME)), Verdict.GRANTED),
        ((Held(ONLINE),), Verdict.NO_RIGHT),
        ((), Verdict.NO_RIGHT),
    ],
)
def test_a_grant_is_for_its_category_in_its_years(grants, verdict):
    """SR-42."""
    assert decide(asker(Role.DEPUTY_DSL, grants=grants), READ, about()) is verdict
    assert decide(asker(Role.TEACHER, grants=grants), READ, about()) is Verdict.NO_RIGHT


def test_a_grant_for_the_category_above_reaches_the_one_below():
    """SR-42."""
    below = Named(one(uuid4(), HOME))

    told = about(categories=(below,))

    assert decide(asker(Role.SENCO, grants=(Held(HOME),)), READ, told) is Verdict.GRANTED


def test_every_restricted_category_needs_its_own_grant():
    """SR-42: and one ordinary grant is enough for the rest."""
    told = about(categories=(FAMILY, Named(one(ONLINE)), Named(one(HARM), restricted=True)))
    home, harm = Held(HOME), Held(HARM)

    assert decide(asker(Role.DEPUTY_DSL, grants=(home,)), READ, told) is Verdict.NO_RIGHT
    assert decide(asker(Role.DEPUTY_DSL, grants=(home, harm)), READ, told) is Verdict.GRANTED
    assert decide(asker(Role.DEPUTY_DSL, grants=(harm,)), READ, told) is Verdict.GRANTED


@pytest.mark.parametrize(
    ("known", "verdict"), [("teams", Verdict.TEAM), ("opened", Verdict.EMERGENCY)]
)
def test_a_team_and_an_emergency_reach_those_in_whose_story_it_stands(known, verdict):
    """SR-27, SR-42."""
    told = about(pupils=one(SAM, ROSA), in_chronology=one(SAM))

    assert decide(asker(Role.PASTORAL, **{known: one(SAM)}), READ, told) is verdict
    assert decide(asker(Role.PASTORAL, **{known: one(ROSA)}), READ, told) is Verdict.NO_RIGHT
    assert decide(asker(Role.TEACHER, **{known: one(SAM)}), READ, told) is Verdict.NO_RIGHT


def test_an_inspector_reads_of_those_they_are_named_for_and_said_why():
    """SR-41, SR-42: no grant, no open file and no reason alone takes the place of a name."""
    told = about(pupils=one(SAM, ROSA), in_chronology=one(SAM))
    more = {"grants": (Held(HOME),), "opened": one(SAM)}

    def verdict(*roles, **known):
        return decide(asker(*roles, **more | known), READ, told)

    assert verdict(Role.INSPECTOR) is Verdict.NO_RIGHT
    assert verdict(Role.INSPECTOR, reasons=one(SAM)) is Verdict.NO_RIGHT
    assert verdict(Role.INSPECTOR, teams=one(ROSA), reasons=one(ROSA)) is Verdict.NO_RIGHT
    assert verdict(Role.INSPECTOR, teams=one(SAM)) is Verdict.NO_REASON
    assert verdict(Role.INSPECTOR, teams=one(SAM), reasons=one(ROSA)) is Verdict.NO_REASON
    assert verdict(Role.INSPECTOR, teams=one(SAM), reasons=one(SAM)) is Verdict.TEAM
    assert verdict(Role.INSPECTOR, Role.KEY_WORKER, teams=one(SAM)) is Verdict.TEAM
    assert not Verdict.NO_REASON.allows


def test_a_grant_adds_nothing_to_a_key_worker_whom_one_person_named():
    """SR-51: or one person alone would have somebody read a whole category."""
    told = about(pupils=one(SAM), in_chronology=one(SAM))
    granted = {"grants": (Held(HOME),)}

    assert decide(asker(Role.KEY_WORKER, Role.TEACHER, **granted), READ, told) is Verdict.NO_RIGHT
    assert decide(asker(Role.KEY_WORKER, teams=one(SAM), **granted), READ, told) is Verdict.TEAM
    assert decide(asker(Role.KEY_WORKER, Role.SENCO, **granted), READ, told) is Verdict.GRANTED


# Entries


def test_an_entry_is_read_by_its_author_its_readers_those_told_and_who_reads_it_all():
    """SR-43."""
    told = about(told=one(ME))
    teacher, lead = asker(Role.TEACHER, strength=S1), asker(Role.DSL)

    assert decide_entry(teacher, told, Entry(ME)) is Verdict.OWN
    assert decide_entry(teacher, told, Entry(OTHER)) is Verdict.NO_RIGHT
    assert decide_entry(teacher, told, Entry(OTHER, one(ME))) is Verdict.ALERTED
    assert decide_entry(lead, told, Entry(OTHER)) is Verdict.EVERY_CATEGORY
    named = Entry(OTHER, audience=limited(Limit.NAMED, ME))
    assert decide_entry(teacher, told, named) is Verdict.NAMED


def test_an_entry_for_others_is_not_read_by_who_was_told_or_reads_all():
    """SR-43."""
    told, lead = about(told=one(ME)), asker(Role.DSL)

    for limit in (Limit.NAMED, Limit.LEADS):
        entry = Entry(OTHER, one(ME), limited(limit, OTHER))
        assert decide_entry(asker(Role.SLT), told, entry) is Verdict.LIMITED
    assert decide_entry(lead, told, Entry(OTHER, audience=limited(Limit.NAMED))) is Verdict.LIMITED
    of_dsl = Entry(OTHER, one(ME), limited(Limit.LEADS))
    assert decide_entry(lead, told, of_dsl) is Verdict.EVERY_CATEGORY


def test_no_entry_is_read_of_an_incident_that_is_not():
    """SR-42, SR-49: also one's own."""
    told = about(subjects=one(ME))

    assert decide_entry(asker(Role.DSL), told, Entry(ME)) is Verdict.SUBJECT


def test_an_entry_for_the_dsl_needs_the_whole_incident_as_well():
    """SR-43."""
    told = about(author=ME, categories=())
    of_dsl = Entry(OTHER, audience=limited(Limit.LEADS))

    assert decide_entry(asker(Role.TEACHER), told, of_dsl) is Verdict.LIMITED
    narrowed = School(name="Oak", slug="oak", id=SCHOOL.pk, withheld={})
    lead = replace(asker(Role.DSL).viewer, school=narrowed)
    assert decide_entry(Asker(lead), told, of_dsl) is Verdict.EVERY_CATEGORY


# Pages


def test_to_elevate_is_offered_to_those_alone_whose_roles_could_pass():
    """SR-41, SR-42: to the rest the page is not there."""
    chronology = Permission.READ_CHRONOLOGY

    assert may_open(viewer(Role.DSL), chronology, S2) is Decision.ALLOW
    assert may_open(viewer(Role.DSL, strength=S1), chronology, S2) is Decision.ELEVATE
    assert may_open(viewer(Role.TEACHER, strength=S1), chronology, S2) is Decision.DENY
    assert may_open(viewer(Role.TEACHER), chronology, S2) is Decision.DENY
    # Somebody with an authenticator, which would not help here.
    assert may_open(viewer(Role.DSL, strength=S1), Permission.IMPORT_PUPILS, S2) is Decision.DENY


def test_a_page_may_want_more_than_the_permission_does():
    """SR-54."""
    find = Permission.FIND_PUPIL

    assert may_open(viewer(Role.DSL, strength=S1), find, S1) is Decision.ALLOW
    assert may_open(viewer(Role.DSL, strength=S1), find, S2) is Decision.ELEVATE
    assert may_open(viewer(Role.TEACHER, strength=S1), find, S2) is Decision.DENY


# Rights


def test_rights_of_several_roles_add_up_at_the_weaker_strength():
    """SR-41."""
    both = frozenset({Role.TEACHER, Role.DSL})

    assert needed_strength(both, Permission.READ_OWN) is S1
    assert needed_strength(both, Permission.READ_CHRONOLOGY) is S2
    assert needed_strength(both, Permission.IMPORT_PUPILS) is None
    assert needed_strength(frozenset(), Permission.USE_ACCOUNT) is None


def test_a_school_takes_what_may_be_taken_from_the_role_named_and_no_more():
    """SR-41, SR-44."""
    slt, dsl = frozenset({Role.SLT}), frozenset({Role.DSL})
    taken = {"slt": ["READ_EVERY_CATEGORY", "READ_INCIDENTS"], "dsl": ["READ_EVERY_CATEGORY"]}

    assert needed_strength(slt, Permission.READ_EVERY_CATEGORY, taken) is None
    assert needed_strength(slt, Permission.READ_INCIDENTS, taken) is S2
    assert needed_strength(slt, Permission.READ_CHRONOLOGY, taken) is S2
    assert needed_strength(dsl, Permission.READ_EVERY_CATEGORY, taken) is S2
    assert needed_strength(slt | dsl, Permission.READ_EVERY_CATEGORY, taken) is S2


def test_nothing_can_be_taken_that_a_role_has_not_and_no_one_role_is_left_out():
    """SR-41."""
    assert all(rights <= set(GRANTS[role]) for role, rights in MAY_BE_WITHHELD.items())
    assert set(GRANTS) == set(Role)
    assert not {Role.DSL, Role.HEAD} & set(MAY_BE_WITHHELD)


def test_whoever_reads_what_others_recorded_holds_a_role_that_two_people_give():
    """SR-51: but for key workers, whom the DSL names for one child."""
    readers = {role for role in Role if Permission.READ_INCIDENTS in GRANTS[role]}

    assert readers - {Role.KEY_WORKER} <= SAFEGUARDING_ROLES
    assert readers >= READS_EVERY_CATEGORY | READS_BY_NAME


@pytest.mark.parametrize("role", [Role.IT_ADMIN, Role.DATA_MANAGER, Role.GOVERNOR, Role.DPO])
def test_who_administers_reads_no_record(role):
    """SR-54."""
    content = {
        *(Permission.OPEN_INCIDENT, Permission.READ_OWN, Permission.READ_ALERTED),
        *(Permission.READ_INCIDENTS, Permission.READ_CHRONOLOGY, Permission.MAKE_REPORTS),
        *(Permission.BREAK_GLASS, Permission.READ_LEADS_ONLY, Permission.SEE_WHO_LOOKED),
    }

    assert content.isdisjoint(GRANTS[role])


# Facts


def test_limits_are_called_as_the_database_calls_them():
    """SR-43: or what is limited could not be decided of."""
    assert [limit.value for limit in Limit] == IncidentAudience.values


@pytest.mark.parametrize(
    ("fact", "name"),
    [
        (FAMILY, "restricted"),
        (Held(HOME), "years"),
        (asker(), "near"),
        (Audience(), "limit"),
        (about(), "subjects"),
        (Entry(author=ME), "told"),
    ],
)
def test_what_is_decided_of_is_not_changed_on_the_way(fact, name):
    """SR-42: what was read of an incident and a person is what the decision is about."""
    with pytest.raises(FrozenInstanceError):
        setattr(fact, name, None)
