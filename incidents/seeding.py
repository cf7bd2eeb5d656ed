"""The lists a school begins with: categories, agencies, alert groups and grants by category.

Two levels of categories; a reporter picks from the first. Abuse categories have a discreet label,
since an e-mail is read on telephones that lie on desks.
"""

from django.db import transaction

from accounts.models import School
from accounts.permissions import Role
from accounts.viewer import system_viewer
from incidents.bodies import category_grant
from incidents.models import Agency, AlertGroup, Category, CategoryGrant
from ledger.recording import record_change

# name, discreet label, colour, sub-categories
CATEGORIES = [
    (
        "Abuse and neglect",
        "Safeguarding",
        1,
        (
            "Physical | Emotional | Sexual | Neglect | Domestic abuse | Fabricated or induced illness"
            " | Female genital mutilation | Forced marriage | Honour-based abuse | Breast flattening"
            " | Abuse linked to faith or belief | Child abduction | Modern slavery or trafficking"
        ),
    ),
    (
        "Exploitation and crime",
        "Safeguarding",
        2,
        (
            "Child sexual exploitation | Child criminal exploitation | County lines | Gangs"
            " | Serious violence or knife | Missing from home or care | Radicalisation (Prevent)"
            " | Cuckooing | Stranger or community concern"
        ),
    ),
    (
        "Child-on-child",
        "Safeguarding",
        3,
        (
            "Bullying | Cyberbullying | Prejudice | Sexual harassment | Sexual violence"
            " | Harmful sexual behaviour | Nudes or semi-nudes | Upskirting"
            " | Abuse in an intimate relationship | Initiation or hazing | Physical"
        ),
    ),
    (
        "Online",
        "",
        4,
        "Content | Contact | Conduct | Commerce | Filtering or monitoring alert | AI or deepfake",
    ),
    (
        "Mental health and wellbeing",
        "Wellbeing",
        5,
        (
            "Self-harm | Suicidal thoughts | Eating | Anxiety | Low mood | Bereavement"
            " | Alcohol or substances | Gambling | Identity | Sleep | Medical"
        ),
    ),
    (
        "Attendance and education",
        "",
        6,
        (
            "Attendance | Persistent or severe absence | Child missing education"
            " | Emotionally based school avoidance | Lateness | Not collected"
            " | Notice of home education | Part-time timetable | Suspension or exclusion"
        ),
    ),
    (
        "Home and family",
        "",
        7,
        (
            "Parental mental health | Parental alcohol or substances | Parent in prison"
            " | Separation or contact dispute | Poverty, hunger or clothing | Housing"
            " | Private fostering | Young carer | Court order"
        ),
    ),
    (
        "Presentation",
        "",
        8,
        "Hygiene | Hungry | Tired | Injury | Unexplained injury | Weight | Clothing",
    ),
    (
        "Plans and meetings",
        "",
        9,
        (
            "Early help or team around the family | Child in need | Child protection conference"
            " | Core group | Strategy discussion | Looked after or PEP | EHCP"
            " | MARAC or Operation Encompass | Channel"
        ),
    ),
    (
        "Communication",
        "",
        10,
        "Parent or carer contact | Agency contact | Transfer in or out | Information received",
    ),
    ("Behaviour and physical intervention", "", 11, "Behaviour | Physical intervention"),
]

AGENCIES = (
    "Children's social care | Emergency duty team | Multi-agency child protection team"
    " | Early help | Police | Operation Encompass | LADO | CAMHS | School nurse | Health visitor"
    " | GP | Paediatrics or A&E | Midwife | Hospital school | Speech and language therapy"
    " | Educational psychologist | Attendance officer | Virtual school | SEND or EHCP caseworker"
    " | Independent reviewing officer | CAFCASS | Youth justice service | Probation"
    " | Prevent or Channel | Domestic abuse service | Substance misuse service"
    " | Young carers service | Housing | NSPCC or Childline | Online safety (CEOP)"
    " | National referral mechanism | Private fostering team | Previous or next school"
    " | Alternative provider | Governors | Safeguarding partnership | Counselling"
    " | Youth or faith group | Other"
)

GROUPS = [
    ("Safeguarding team", AlertGroup.Purpose.ALWAYS, [Role.DSL, Role.DEPUTY_DSL]),
    ("Site leads", AlertGroup.Purpose.SITE_LEADS, [Role.DSL, Role.DEPUTY_DSL]),
    ("Senior leadership team", AlertGroup.Purpose.PICKED, [Role.HEAD, Role.SLT]),
    ("Pastoral leads", AlertGroup.Purpose.PICKED, [Role.PASTORAL]),
    ("SENCO", AlertGroup.Purpose.PICKED, [Role.SENCO]),
]

# Deputies begin with every category; the others with those of their own work.
GRANTS = {
    Role.DEPUTY_DSL: [name for name, *_ in CATEGORIES],
    Role.PASTORAL: [
        "Child-on-child",
        "Attendance and education",
        "Behaviour and physical intervention",
        "Mental health and wellbeing",
    ],
    Role.SENCO: ["Attendance and education", "Mental health and wellbeing", "Plans and meetings"],
}


@transaction.atomic
def seed_lists(school: School) -> None:
    """Give a school its first lists; what it has already stays as it is."""
    tops = {
        name: _category(school, name, position, colour=colour, discreet_label=discreet)
        for position, (name, discreet, colour, _) in enumerate(CATEGORIES)
    }
    for name, _, colour, below in CATEGORIES:
        for position, child in enumerate(below.split(" | ")):
            _category(school, child, position, parent=tops[name], colour=colour)
    for name in AGENCIES.split(" | "):
        Agency.objects.get_or_create(school=school, name=name)
    for name, purpose, roles in GROUPS:
        AlertGroup.objects.get_or_create(
            school=school, name=name, defaults={"purpose": purpose, "roles": roles}
        )
    for role, names in GRANTS.items():
        for name in names:
            _grant(school, role, tops[name])


def _grant(school: School, role: Role, category: Category) -> None:
    given, is_new = CategoryGrant.objects.get_or_create(school=school, role=role, category=category)
    if is_new:
        record_change(by=system_viewer(school), obj=given.pk, body=category_grant(given))


def _category(
    school: School, name: str, position: int, parent: Category | None = None, **fields
) -> Category:
    return Category.objects.get_or_create(
        school=school, name=name, parent=parent, defaults=fields | {"position": position}
    )[0]
