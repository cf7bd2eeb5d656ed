"""The whole matrix of rights on one screen.

Roles are code, so that a change of rights is a reviewed commit (docs/adr). A person may hold
several roles in a school: rights add. S1 is a session signed in with the password, S2 one that
has used the authenticator.
"""

from enum import Enum, IntEnum

from django.db import models


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
    GOVERNOR = "governor", "Governor"
    DATA_MANAGER = "data_manager", "Data manager"
    IT_ADMIN = "it_admin", "IT administrator"


class Permission(Enum):
    """One thing that a person may do; each page and each service names the one it needs."""

    USE_ACCOUNT = "use one's own account"
    FIND_PUPIL = "find a pupil for recording"
    ADD_INCIDENT = "add an incident"
    READ_OWN = "read what one wrote oneself"
    READ_ALERTED = "read what one is alerted to"
    ADD_ACTION = "add an action under an incident one may read"
    READ_INCIDENTS = "read incidents of one's categories"
    READ_CHRONOLOGY = "read a pupil's chronology"
    MARK_SIGNIFICANT = "mark an incident as significant"
    REFINE_CATEGORIES = "set an incident's categories anew"
    RECORD_STATUS = "record a pupil's safeguarding status"
    MAKE_REPORTS = "make reports about a pupil"
    SEE_WHO_LOOKED = "see who looked at a pupil's file"
    READ_LEDGER = "look at the school's ledger and have it verified"
    NAME_KEEPERS = "say who outside is sent the ledger's checkpoints"
    DISPOSE = "propose and approve that a record is lawfully removed, and place legal holds"
    IMPORT_PUPILS = "import the school's roll"
    SEE_STATUS = "see how the installation is"


P = Permission
ACCOUNT = {P.USE_ACCOUNT: S1}
RECORDING = ACCOUNT | {
    P.FIND_PUPIL: S1,
    P.ADD_INCIDENT: S1,
    P.READ_OWN: S1,
    P.READ_ALERTED: S1,
    P.ADD_ACTION: S1,
}
READING = RECORDING | {P.READ_INCIDENTS: S2, P.READ_CHRONOLOGY: S2, P.MAKE_REPORTS: S2}
LEADING = READING | {
    P.MARK_SIGNIFICANT: S2,
    P.REFINE_CATEGORIES: S2,
    P.RECORD_STATUS: S2,
    P.READ_LEDGER: S2,
    P.SEE_STATUS: S1,
}
OVERSEEING = LEADING | {P.SEE_WHO_LOOKED: S2, P.NAME_KEEPERS: S2, P.DISPOSE: S2}

GRANTS: dict[Role, dict[Permission, Strength]] = {
    Role.TEACHER: RECORDING,
    Role.SUPPORT: RECORDING,
    Role.PASTORAL: READING,
    Role.SENCO: READING,
    Role.DEPUTY_DSL: LEADING,
    Role.DSL: OVERSEEING,
    Role.HEAD: OVERSEEING,
    Role.SLT: READING,
    Role.GOVERNOR: ACCOUNT,
    Role.DATA_MANAGER: ACCOUNT | {P.FIND_PUPIL: S1, P.IMPORT_PUPILS: S1},
    Role.IT_ADMIN: ACCOUNT | {P.SEE_STATUS: S1},
}

# These read every category; the others who read hold grants, category by category.
READS_EVERY_CATEGORY = frozenset({Role.DSL, Role.HEAD, Role.SLT})


def needed_strength(roles: frozenset[Role], permission: Permission) -> Strength | None:
    """Return the strength at which these roles have the permission; None when they never do."""
    strengths = [GRANTS[role][permission] for role in roles if permission in GRANTS[role]]
    return min(strengths, default=None)
