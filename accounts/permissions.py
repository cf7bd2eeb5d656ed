"""The whole matrix of rights on one screen.

Roles are code, so that a change of rights is a reviewed commit (docs/adr). A person may hold
several roles in a school: rights add. S1 is a session signed in with the password, S2 one that
has used the authenticator.
"""

from collections.abc import Collection, Mapping
from enum import Enum, IntEnum

from django.db import models

NONE: Mapping[str, Collection[str]] = {}


class Strength(IntEnum):
    """How strongly the person in this session has shown who they are."""

    SIGNED_IN = 1
    ELEVATED = 2


S1, S2 = Strength.SIGNED_IN, Strength.ELEVATED


class Role(models.TextChoices):
    """What somebody is in a school."""

    TEACHER = "teacher", "Teaching staff"
    SUPPORT = "support", "Support staff"
    PASTORAL = "pastoral", "Pastoral or behaviour lead"
    SENCO = "senco", "SENCO"
    DEPUTY_DSL = "deputy_dsl", "Deputy DSL"
    DSL = "dsl", "Designated safeguarding lead"
    HEAD = "head", "Headteacher"
    SLT = "slt", "Senior leadership team"
    KEY_WORKER = "key_worker", "Key worker"
    GOVERNOR = "governor", "Governor"
    CHAIR = "chair", "Chair of governors"
    DATA_MANAGER = "data_manager", "Data manager"
    IT_ADMIN = "it_admin", "IT administrator"
    DPO = "dpo", "Data protection officer"
    INSPECTOR = "inspector", "Inspector"


class Permission(Enum):
    """One thing that a person may do; each page and each service names the one it needs."""

    USE_ACCOUNT = "use one's own account"
    READ_ABOUT_SELF = "read what is kept about oneself: conflicts of interest, and what one opened"
    FIND_PUPIL = "find a pupil for recording"
    ADD_INCIDENT = "add an incident"
    OPEN_INCIDENT = "open the page of an incident that one may see"
    READ_OWN = "read what one wrote oneself"
    READ_ALERTED = "read what one is alerted to"
    ADD_ACTION = "add an action under an incident one may read"
    READ_INCIDENTS = "read incidents of one's categories"
    READ_EVERY_CATEGORY = "read incidents of every category"
    READ_LEADS_ONLY = "read entries that are for the DSL only"
    READ_CHRONOLOGY = "read a pupil's chronology"
    GIVE_REASON = "say why one reads what a reason is asked for"
    MARK_SIGNIFICANT = "mark an incident as significant"
    REFINE_CATEGORIES = "set an incident's categories anew"
    OPEN_ORIGINAL = "take out a picture as it was sent, for a reason"
    RECORD_STATUS = "record a pupil's safeguarding status"
    MAKE_REPORTS = "make reports about a pupil"
    RESTRICT = "limit who may read an incident or an entry, and say whom it is kept from"
    BREAK_GLASS = "open a pupil's file in an emergency, for a reason that the leads are told"
    REVIEW_BREAK_GLASS = "review what was opened in an emergency"
    NAME_TEAM = "say who belongs to the team around a child"
    RECORD_CONFLICT = "record that a colleague has a conflict of interest about a pupil"
    SEE_WHO_LOOKED = "see who looked at a pupil's file"
    READ_LEDGER = "look at the school's ledger and have it verified"
    NAME_KEEPERS = "say who outside is sent the ledger's checkpoints"
    DISPOSE = "propose and approve that a record is lawfully removed, and place legal holds"
    IMPORT_PUPILS = "import the school's roll"
    SEE_STATUS = "see how the installation is"
    MANAGE_PEOPLE = "add and end accounts, and unlock them"
    MANAGE_RIGHTS = "say who holds which role, and what each role may do here"
    APPROVE_RIGHTS = "approve, as the second person, that somebody is given a safeguarding role"
    SEE_ACCESS_LOG = "look at the school's access log"
    SEE_ANOMALIES = "see what is unusual in the access log"
    SEE_HEADS_ANOMALIES = "see what is unusual in the head's own looks"
    CONFIRM_PERSON = "confirm having seen a colleague who lost their authenticator"
    GIVE_CODES = "give a colleague the code that sets an authenticator up"
    READ_SLIPS = "read the visitors' slips that are for one, and put them aside"
    FILE_SLIPS = "file a visitor's slip as an incident"
    KEEP_POSTER = "put up the poster of the visitors' slip, and take it down"
    SEE_LOG_COUNTS = "see how much is looked at, day by day, without names"


P = Permission
ACCOUNT = {P.USE_ACCOUNT: S1, P.READ_ABOUT_SELF: S1}
RECORDING = ACCOUNT | {
    P.FIND_PUPIL: S1,
    P.ADD_INCIDENT: S1,
    P.OPEN_INCIDENT: S1,
    P.READ_OWN: S1,
    P.READ_ALERTED: S1,
    P.ADD_ACTION: S1,
}
BY_NAME = {P.READ_INCIDENTS: S2, P.READ_CHRONOLOGY: S2}
READING = RECORDING | BY_NAME | {P.MAKE_REPORTS: S2, P.BREAK_GLASS: S2, P.CONFIRM_PERSON: S2}
LEADING = READING | {
    P.RESTRICT: S2,
    P.RECORD_CONFLICT: S2,
    P.MARK_SIGNIFICANT: S2,
    P.REFINE_CATEGORIES: S2,
    P.OPEN_ORIGINAL: S2,
    P.RECORD_STATUS: S2,
    P.READ_LEDGER: S2,
    P.SEE_STATUS: S1,
    P.GIVE_CODES: S2,
    P.READ_SLIPS: S2,
    P.FILE_SLIPS: S2,
}
OVERSEEING = LEADING | {
    P.READ_EVERY_CATEGORY: S2,
    P.READ_LEADS_ONLY: S2,
    P.GIVE_REASON: S2,
    P.REVIEW_BREAK_GLASS: S2,
    P.NAME_TEAM: S2,
    P.SEE_WHO_LOOKED: S2,
    P.NAME_KEEPERS: S2,
    P.DISPOSE: S2,
    P.MANAGE_PEOPLE: S2,
    P.MANAGE_RIGHTS: S2,
    P.APPROVE_RIGHTS: S2,
    P.SEE_ACCESS_LOG: S2,
    P.KEEP_POSTER: S2,
}

# What each role may do at most, and at which strength.
GRANTS: dict[Role, dict[Permission, Strength]] = {
    Role.TEACHER: RECORDING,
    Role.SUPPORT: RECORDING,
    Role.PASTORAL: READING,
    Role.SENCO: READING,
    Role.DEPUTY_DSL: LEADING,
    Role.DSL: OVERSEEING,
    Role.HEAD: OVERSEEING | {P.SEE_ANOMALIES: S2},
    Role.SLT: READING | {P.READ_EVERY_CATEGORY: S2},
    Role.KEY_WORKER: BY_NAME | RECORDING,
    Role.GOVERNOR: ACCOUNT,
    Role.CHAIR: ACCOUNT | {P.SEE_HEADS_ANOMALIES: S2, P.READ_SLIPS: S2},
    Role.DATA_MANAGER: ACCOUNT | {P.FIND_PUPIL: S1, P.IMPORT_PUPILS: S1},
    Role.IT_ADMIN: ACCOUNT
    | {P.SEE_STATUS: S1, P.MANAGE_PEOPLE: S2, P.MANAGE_RIGHTS: S2, P.SEE_LOG_COUNTS: S2},
    Role.DPO: ACCOUNT | {P.SEE_LOG_COUNTS: S2},
    Role.INSPECTOR: ACCOUNT | BY_NAME | {P.OPEN_INCIDENT: S2, P.GIVE_REASON: S2},
}

# These read every category; the others who read hold grants, category by category.
READS_EVERY_CATEGORY = frozenset(
    role for role, rights in GRANTS.items() if P.READ_EVERY_CATEGORY in rights
)

# These read of named children only: of those in whose team they are; an inspector after saying why.
READS_BY_NAME = frozenset({Role.KEY_WORKER, Role.INSPECTOR})

# What a school may take from a role; nothing can be added to one (docs/adr).
MAY_BE_WITHHELD: dict[Role, frozenset[Permission]] = {
    Role.PASTORAL: frozenset({P.READ_CHRONOLOGY, P.MAKE_REPORTS, P.BREAK_GLASS}),
    Role.SENCO: frozenset({P.READ_CHRONOLOGY, P.MAKE_REPORTS, P.BREAK_GLASS}),
    Role.DEPUTY_DSL: frozenset(
        {P.MAKE_REPORTS, P.BREAK_GLASS, P.REFINE_CATEGORIES, P.MARK_SIGNIFICANT, P.RECORD_STATUS}
    ),
    Role.SLT: frozenset({P.READ_EVERY_CATEGORY, P.READ_CHRONOLOGY, P.MAKE_REPORTS, P.BREAK_GLASS}),
    Role.KEY_WORKER: frozenset({P.READ_CHRONOLOGY}),
    Role.DATA_MANAGER: frozenset({P.FIND_PUPIL}),
}

# Roles by which somebody reads what others recorded: nobody is given one by a single person (SR-51).
SAFEGUARDING_ROLES = frozenset(
    {
        *(Role.DSL, Role.DEPUTY_DSL, Role.HEAD, Role.SLT, Role.PASTORAL, Role.SENCO),
        *(Role.CHAIR, Role.DPO, Role.INSPECTOR),
    }
)


# What is left of a password alone where a school demands the authenticator of everybody: to record
# what was seen, and nothing that shows what is stored (security.md A3).
WITHOUT_AUTHENTICATOR = frozenset({P.USE_ACCOUNT, P.FIND_PUPIL, P.ADD_INCIDENT})


def needed_strength(
    roles: frozenset[Role],
    permission: Permission,
    withheld: Mapping[str, Collection[str]] = NONE,
    *,
    demanded_of_everybody: bool = False,
) -> Strength | None:
    """Return the strength at which these roles have the permission; None when they never do.

    withheld is what the school has taken from its roles: permissions' names by role. Where it
    demands the authenticator of everybody, nothing but recording is done without.
    """
    strengths = [
        GRANTS[role][permission]
        for role in roles
        if permission in GRANTS[role] and not _is_withheld(role, permission, withheld)
    ]
    if strengths and demanded_of_everybody and permission not in WITHOUT_AUTHENTICATOR:
        return S2
    return min(strengths, default=None)


def _is_withheld(
    role: Role, permission: Permission, withheld: Mapping[str, Collection[str]]
) -> bool:
    """Whether the school has taken this from the role; what may not be taken stays."""
    return permission.name in withheld.get(role, ()) and permission in MAY_BE_WITHHELD.get(
        role, frozenset()
    )
