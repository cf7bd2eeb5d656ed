"""One table, written by hand: every page x every role x both strengths.

Read a row as: at S1 (password) / at S2 (authenticator used). 200 opens, 302 sends on (to the
authenticator, where the role could pass), 404 looks like nothing is there.
"""

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.checks import every_page_declares_who_may_open_it, pages
from accounts.permissions import Role
from tests import factories

ROLES = {
    "teacher": Role.TEACHER,
    "support": Role.SUPPORT,
    "pastoral": Role.PASTORAL,
    "senco": Role.SENCO,
    "deputy": Role.DEPUTY_DSL,
    "dsl": Role.DSL,
    "head": Role.HEAD,
    "slt": Role.SLT,
    "key_worker": Role.KEY_WORKER,
    "governor": Role.GOVERNOR,
    "chair": Role.CHAIR,
    "data": Role.DATA_MANAGER,
    "it": Role.IT_ADMIN,
    "dpo": Role.DPO,
    "inspector": Role.INSPECTOR,
}

EVERYBODY = dict.fromkeys(ROLES, (200, 200))
NOBODY = dict.fromkeys(ROLES, (404, 404))
RECORDS = [
    *("teacher", "support", "pastoral", "senco", "deputy", "dsl", "head", "slt", "key_worker")
]
RECORDERS = NOBODY | dict.fromkeys(RECORDS, (200, 200))
FINDERS = RECORDERS | {"data": (200, 200)}
READERS = NOBODY | dict.fromkeys(["pastoral", "senco", "deputy", "dsl", "head", "slt"], (302, 200))
# These read of named children only, and in this scene of none: lists open, and are empty.
BY_NAME = dict.fromkeys(["key_worker", "inspector"], (302, 200))
NONE_BY_NAME = dict.fromkeys(["key_worker", "inspector"], (302, 404))
LEADERS = NOBODY | dict.fromkeys(["deputy", "dsl", "head"], (302, 200))
OVERSEERS = NOBODY | dict.fromkeys(["dsl", "head"], (302, 200))
# Nobody here was alerted: at S1 an incident of a colleague is found by nobody.
COLLEAGUES_INCIDENT = (
    NOBODY
    | dict.fromkeys(["pastoral", "senco", "deputy", "dsl", "head", "slt"], (302, 200))
    | NONE_BY_NAME
)
HOLDERS = NOBODY | dict.fromkeys(
    [
        *("pastoral", "senco", "deputy", "dsl", "head", "slt", "key_worker", "it", "inspector"),
        *("dpo", "chair"),
    ],
    (200, 302),
)

TABLE: dict[str, dict[str, tuple[int, int]]] = {
    "home": EVERYBODY,
    "my-sessions": EVERYBODY,
    "add-incident": RECORDERS,
    "edit-draft": NOBODY,  # somebody else's draft
    "review-draft": NOBODY,
    "compare-wordings": NOBODY,
    "kept-words": NOBODY,  # somebody else's words
    "incident-received": NOBODY,  # a receipt is its author's
    "incident-proof": NOBODY,
    "incident": COLLEAGUES_INCIDENT,
    "add-action": COLLEAGUES_INCIDENT | {"inspector": (404, 404)},
    "limit-readers": LEADERS,
    "keep-from": LEADERS,
    "give-reason": OVERSEERS | {"inspector": (302, 404)},  # named for no child here
    "team": OVERSEERS,
    "break-glass": READERS,
    "emergencies": OVERSEERS,
    "review-emergency": NOBODY | dict.fromkeys(["dsl", "head"], (302, 404)),  # none to review
    "refine-categories": LEADERS,
    "report-mistake": NOBODY,  # in somebody else's incident
    "my-incidents": RECORDERS,
    "writing-help": RECORDERS,
    "outline": OVERSEERS,
    "alerts": RECORDERS,
    "alert": NOBODY,  # somebody else's alert
    **dict.fromkeys(  # no such file
        ["attachment", "look-at-file", "page-of-file", "small-picture"],
        NOBODY | {"inspector": (302, 404)},
    ),
    "take-original": NOBODY | dict.fromkeys(["deputy", "dsl", "head"], (302, 404)),  # no such file
    "slips": LEADERS | {"chair": (302, 200)},
    "slip": NOBODY | dict.fromkeys(["deputy", "dsl", "head", "chair"], (302, 404)),  # no such slip
    "visitors-poster": OVERSEERS,
    "print-poster": NOBODY | dict.fromkeys(["dsl", "head"], (302, 404)),  # switched off
    "for-review": READERS | BY_NAME,
    "pupils": READERS | BY_NAME,
    "chronology": READERS | NONE_BY_NAME,
    "body-maps": READERS | NONE_BY_NAME,
    "record-status": LEADERS,
    "reports": READERS,
    "status": NOBODY | dict.fromkeys(["deputy", "dsl", "head", "it"], (200, 200)),
    "ledger": LEADERS,
    "ledger-progress": LEADERS,
    "add-keeper": OVERSEERS,
    "authenticators": LEADERS,
    "confirm-person": NOBODY
    | dict.fromkeys(["pastoral", "senco", "deputy", "dsl", "head", "slt"], (302, 404)),
    "access-log": OVERSEERS,
    "log-counts": NOBODY | dict.fromkeys(["it", "dpo"], (302, 200)),
    "anomalies": NOBODY | {"head": (302, 200)},
    "anomaly": NOBODY | {"head": (302, 404)},  # no such finding
    "heads-looks": NOBODY | {"chair": (302, 200)},
    "heads-look": NOBODY | {"chair": (302, 404)},
    "my-looks": EVERYBODY,
    "make-chronology-report": READERS,
    "conference-report": READERS,
    "report": NOBODY
    | dict.fromkeys(  # somebody else's report
        ["pastoral", "senco", "deputy", "dsl", "head", "slt"], (302, 404)
    ),
    "report-progress": NOBODY
    | dict.fromkeys(["pastoral", "senco", "deputy", "dsl", "head", "slt"], (302, 404)),
    "report-file": NOBODY
    | dict.fromkeys(["pastoral", "senco", "deputy", "dsl", "head", "slt"], (302, 404)),
}
# The school's people and rights: the DSL, the head and the technician, elevated.
ADMINISTRATORS = NOBODY | dict.fromkeys(["dsl", "head", "it"], (302, 200))
ABSENT = NOBODY | dict.fromkeys(["dsl", "head", "it"], (302, 404))  # no such role, or proposal
ABSENT_TO_OVERSEERS = NOBODY | dict.fromkeys(["dsl", "head"], (302, 404))
ON_PERSON = {
    *("person", "change-person", "end-person", "give-role"),
    *("unlock-person", "end-persons-sessions", "send-link"),
}
FILES = {"look-at-file", "small-picture", "take-original"}
ON_NOTHING = {
    *("end-role", "decide-role", "change-category", "add-grant", "change-alert-group"),
    *("end-cover", "end-grant", "retire-alert-group", "end-conflict", "decide-setting"),
    *("agree-sealed-code", "review-sealed-code", "take-back-writing-word"),
}
HELPING = ["unlock-person", "end-persons-sessions", "send-link"]
TABLE |= {
    **dict.fromkeys(["people", "add-person", "import-staff", "roles", "rights"], ADMINISTRATORS),
    **dict.fromkeys(["person", "change-person", "end-person", "give-role"], ADMINISTRATORS),
    **dict.fromkeys(["categories", "alert-groups", "prompts", "cover"], ADMINISTRATORS),
    **dict.fromkeys(["end-role", "decide-role"], ABSENT),
    **dict.fromkeys(
        ["withhold-rights", "demands", "telling", "arrange-cover", "add-alert-group"], OVERSEERS
    ),
    "change-prompts": OVERSEERS,
    "photographs": OVERSEERS,
    **dict.fromkeys(["change-category", "add-grant", "change-alert-group"], ABSENT_TO_OVERSEERS),
    "sealed-code": LEADERS,
    "ask-sealed-code": OVERSEERS,
    "agree-sealed-code": NOBODY | dict.fromkeys(["deputy", "dsl", "head"], (302, 404)),
    "review-sealed-code": ABSENT_TO_OVERSEERS,
    "use-sealed-code": NOBODY,  # no code names them
    "decide-setting": ABSENT_TO_OVERSEERS,
    "conflicts": EVERYBODY,
    "declare-conflict": FINDERS,
    "record-conflict": LEADERS,
}

# Pages for everybody, signed in or not, and pages that only answer to a POST.
OPEN = {
    "sign-in",
    "session-ended",
    "reset-password",
    "reset-password-sent",
    "choose-password",
    "demo-mail",
    "demo-message",
    "healthz",
    "robots",
    "readyz",
    "visitor-slip",
}
POSTED: dict[str, dict[str, tuple[int, int]]] = {
    "find-pupil": FINDERS,
    "find-staff": RECORDERS,
    "advise": RECORDERS,
    "take-back-prompts": ABSENT_TO_OVERSEERS,
    "compare": RECORDERS,
    "what-to-know": RECORDERS,
    "change-writing-word": OVERSEERS,
    "take-back-writing-word": ABSENT_TO_OVERSEERS,
    "keep-alive": EVERYBODY,
    "end-session": EVERYBODY,  # of one's own: another's has "ended already"
    "end-other-sessions": EVERYBODY,
    "acknowledge-alert": NOBODY,  # somebody else's alert
    "remove-upload": NOBODY,  # somebody else's file
    "send-file": NOBODY,  # without a file there is nothing
    "take-back-file": NOBODY | dict.fromkeys(RECORDS, (204, 204)),  # what never came is no error
    "choose-wording": NOBODY,  # somebody else's words
    "mark-significant": LEADERS,
    "resume-sealed-code": NOBODY,  # none was used
    "verify-ledger": LEADERS,
    "export-access-log": OVERSEERS,
    "leave-team": NOBODY | dict.fromkeys(["dsl", "head"], (302, 404)),  # no such member
    "put-slip-aside": NOBODY
    | dict.fromkeys(["deputy", "dsl", "head", "chair"], (302, 404)),  # no such slip
    "give-code": NOBODY | dict.fromkeys(["deputy", "dsl", "head"], (302, 404)),  # no such person
    "end-keeper": NOBODY | dict.fromkeys(["dsl", "head"], (302, 404)),  # no such keeper
}
POSTED |= {
    **dict.fromkeys([*HELPING, "apply-staff"], ADMINISTRATORS),
    **dict.fromkeys(["end-cover", "end-grant", "retire-alert-group"], ABSENT_TO_OVERSEERS),
    "end-conflict": NOBODY | dict.fromkeys(["deputy", "dsl", "head"], (302, 404)),
}
POST_ONLY = {"sign-out", "drop-elevation", "blank-screen", "keep-words", *POSTED}
OWN_ACCOUNT = {"choose-school", "unlock", "elevate", "enrol-authenticator"} | {
    *("code-again", "recovery-codes", "ask-key", "ask-new-key"),
    *("add-key", "remove-key", "remove-app", "lost-authenticator", "first-key", "ask-first-key"),
}


@pytest.fixture
def scene(oak, ada, dee, sam):
    """An incident by Ada that nobody was alerted to, and grants for those who need them."""
    for role in (Role.PASTORAL, Role.SENCO, Role.DEPUTY_DSL):
        factories.grant(oak, role, "Home and family")
    incident = factories.incident(ada, sam)
    return {"incident": incident.pk, "pupil": sam.pk, "person": ada.user_id}


def address(name: str, scene: dict) -> str:
    """Return a page's address with the ids it needs."""
    if name in {
        "incident",
        "add-action",
        "refine-categories",
        "limit-readers",
        "keep-from",
        "report-mistake",
        "incident-received",
        "incident-proof",
        "mark-significant",
    }:
        return reverse(name, args=[scene["incident"]])
    if name in ON_PERSON:
        return reverse(name, args=[scene["person"]])
    if name in {"change-prompts", "take-back-prompts"}:
        return reverse(name, args=["new"])
    if name == "withhold-rights":
        return reverse(name, args=["slt"])
    if name == "page-of-file":
        return reverse(name, args=[uuid4(), 1])
    if name in ON_NOTHING:
        return reverse(name, args=[uuid4()])
    if name in {
        *("chronology", "record-status", "make-chronology-report", "conference-report"),
        *("give-reason", "team", "body-maps"),
    }:
        return reverse(name, args=[scene["pupil"]])
    if name in {"compare-wordings", "choose-wording", "kept-words"}:
        return reverse(name, args=[uuid4()])
    if name in {"edit-draft", "review-draft", "alert", "attachment"} | FILES or name.startswith(
        "report-"
    ):
        return reverse(name, args=[uuid4()])
    if name in {"report", "acknowledge-alert"}:
        return reverse(name, args=[uuid4()])
    if name in {
        "give-code",
        "confirm-person",
        "end-keeper",
        "end-session",
        "leave-team",
        "review-emergency",
        "anomaly",
        "heads-look",
        "slip",
        "put-slip-aside",
    }:
        return reverse(name, args=[uuid4()])
    if name in {"remove-upload", "send-file", "take-back-file"}:
        return reverse(name, args=[uuid4(), uuid4()])
    return reverse(name)


@pytest.mark.parametrize("role", ROLES)
def test_who_may_open_what(role, scene, oak, open_as):
    """SR-19, SR-41, SR-42, SR-54."""
    person = factories.person(f"Role{role} Holder", oak, ROLES[role])
    clients = [open_as(viewer) for viewer in (person, person.elevated())]

    answers = {
        name: tuple(client.get(address(name, scene)).status_code for client in clients)
        for name in TABLE
    }

    assert answers == {name: row[role] for name, row in TABLE.items()}


# What a password alone opens where the school demands the authenticator of everybody, by hand.
WITHOUT_AUTHENTICATOR = {
    *("home", "my-sessions"),
    *("add-incident", "writing-help", "declare-conflict", "find-pupil", "find-staff", "advise"),
    *("compare", "what-to-know"),  # of what is typed; of what is stored they say nothing then
    *("keep-alive", "end-session", "end-other-sessions"),
}


@pytest.mark.parametrize("role", ROLES)
def test_a_password_alone_opens_nothing_stored_where_everybody_is_asked_for_more(
    role, scene, oak, open_as
):
    """SR-19, AC6: whatever the role, it records, or is led to the authenticator; so, too, the author.

    With the authenticator everything opens as it does elsewhere.
    """
    oak.requires_authenticator = True
    oak.save()
    person = factories.person(f"Role{role} Holder", oak, ROLES[role])
    weak, strong = open_as(person), open_as(person.elevated())

    opened = {name: strong.get(address(name, scene)).status_code for name in TABLE}
    got = {name: weak.get(address(name, scene)) for name in TABLE}
    sent = {name: weak.post(address(name, scene)) for name in POSTED}

    answers = got | sent
    led = {
        name
        for name, one in answers.items()
        if reverse("elevate") in one.headers.get("Location", "")
    }
    opens = {name for name, one in answers.items() if one.status_code in {200, 204}}
    assert opens - WITHOUT_AUTHENTICATOR == set()
    assert opens >= {
        name for name in WITHOUT_AUTHENTICATOR & set(TABLE) if TABLE[name][role][0] == 200
    }
    assert led >= {
        name
        for name, row in TABLE.items()
        if name not in WITHOUT_AUTHENTICATOR and row[role][0] in {200, 302}
    }
    assert opened == {name: row[role][1] for name, row in TABLE.items()}


@pytest.mark.parametrize("role", ROLES)
def test_who_may_send_what(role, scene, oak, open_as):
    """SR-41, SR-42, SR-44. A mark is answered by a redirect back, which counts as opened."""
    person = factories.person(f"Role{role} Holder", oak, ROLES[role])
    sends_on = {"mark-significant", "verify-ledger", "end-session", "end-other-sessions"}
    sends_on |= {*HELPING, "apply-staff"}

    answers = {
        name: tuple(
            open_as(viewer).post(address(name, scene), {"significant": "yes"}).status_code
            for viewer in (person, person.elevated())
        )
        for name in POSTED
    }

    assert answers == {
        name: tuple(302 if code == 200 and name in sends_on else code for code in row[role])
        for name, row in POSTED.items()
    }


def test_nobody_of_another_school_opens_anything_of_ours(scene, una, open_as):
    """SR-42, SR-47: Una leads at Elm; what is Oak's is not there for her."""
    client = open_as(una.elevated())

    answers = {name: client.get(address(name, scene)).status_code for name in TABLE}

    assert answers == {
        name: 404 if _takes_id(name) else row["dsl"][1] for name, row in TABLE.items()
    }


def _takes_id(name: str) -> bool:
    return any("uuid" in path for path, pattern in pages() if pattern.name == name)


def test_without_signing_in_every_page_asks_to_sign_in(scene, client):
    answers = {name: client.get(address(name, scene)) for name in TABLE}

    assert {name for name, answer in answers.items() if answer.status_code != 302} == set()
    for answer in answers.values():
        assert answer.url.startswith(reverse("sign-in"))


@pytest.mark.django_db
def test_absence_and_refusal_are_the_same_bytes(scene, eli, open_as):
    """SR-42: an incident that Eli may not see looks exactly like one that does not exist."""
    client = open_as(eli)

    nothing = uuid4()
    refused = client.get(reverse("incident", args=[scene["incident"]]))
    absent = client.get(reverse("incident", args=[nothing]))

    assert refused.status_code == absent.status_code == 404
    assert without_own(refused.content, scene["incident"]) == without_own(absent.content, nothing)
    assert refused.headers == absent.headers


def without_own(content: bytes, pk) -> bytes:
    """Leave out what the reader sent, and the CSRF token, which is masked anew each time."""
    content = content.replace(str(pk).encode(), b"")
    return re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", content)


def test_the_table_names_every_page_there_is():
    """A new page fails here until somebody has written down who may open it."""
    names = {pattern.name for _, pattern in pages()}

    assert names == set(TABLE) | OPEN | POST_ONLY | OWN_ACCOUNT


def test_every_page_declares_who_may_open_it():
    """SR-41: a view without a declaration does not start the application."""
    assert every_page_declares_who_may_open_it(None) == []


def test_every_page_that_shows_a_child_declares_what_its_reading_is_called():
    """Reading a pupil's record is an event too."""
    showing = {"incident", "chronology", "alert", "attachment", "report-file"}
    silent = [
        pattern.name
        for _, pattern in pages()
        if pattern.name in showing and pattern.callback.access.audits is None
    ]

    assert silent == []
