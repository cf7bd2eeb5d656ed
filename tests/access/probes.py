"""What is asked of the product for a cell of the access matrix, and the two people who ask it.

A question is one HTTP request (or two, where something is added and looked for). A pair is two
people in one set-up who differ in one thing alone: the first may, the second may not.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.permissions import READS_EVERY_CATEGORY, Role
from accounts.viewer import Viewer
from incidents import files, limiting
from incidents.injuries import Mark
from incidents.models import (
    Action,
    ActionReader,
    Alert,
    Attachment,
    Audience,
    CategoryGrant,
    FileScan,
    Incident,
)
from pupils import closeness
from pupils.models import AccessReason, Conflict
from tests import factories

ROLES = {
    "T": Role.TEACHER,
    "S": Role.SUPPORT,
    "P": Role.PASTORAL,
    "N": Role.SENCO,
    "D": Role.DEPUTY_DSL,
    "L": Role.DSL,
    "H": Role.HEAD,
    "E": Role.SLT,
    "G": Role.GOVERNOR,
    "CH": Role.CHAIR,
    "A": Role.IT_ADMIN,
    "DPO": Role.DPO,
    "X": Role.INSPECTOR,
}
NOTE = "For the DSL alone: a strategy meeting."


@dataclass
class Scene:
    """A school in which something was recorded, and ways to open it as somebody."""

    school: object
    pupil: object
    author: Viewer
    lead: Viewer
    open_as: Callable[[Viewer], Client]
    incident: Incident = field(init=False)
    note: Action = field(init=False)

    def begin(self, by: Viewer | None = None) -> None:
        """Record an incident with a file, and an entry under it for the DSL alone."""
        author, draft = by or self.author, uuid4()
        files.keep_all(by=author, draft=draft, sent=[SimpleUploadedFile("a.txt", b"Words.")])
        self.incident = factories.incident(
            author, self.pupil, submission=draft, marks=[Mark("front-knee-left", "cut")]
        )
        self.note = factories.action(
            self.lead, self.incident, narrative=NOTE, audience=Audience.LEADS
        )

    def person(self, *roles: Role) -> Viewer:
        """Return somebody new with these roles; on the page their names are as long as others'."""
        return factories.person(f"Somebody{uuid4().hex[:6]} Else", self.school, *set(roles))


def get(scene: Scene, viewer: Viewer, name: str, *ids) -> str:
    """Return the page, or nothing when it is not there or wants the authenticator."""
    answer = scene.open_as(viewer).get(reverse(name, args=ids))
    return answer.content.decode() if answer.status_code == 200 else ""


# Questions


def finds_pupil(scene: Scene, viewer: Viewer) -> bool:
    answer = scene.open_as(viewer).post(reverse("find-pupil"), {"q": "Wint", "query": "Wint"})
    return answer.status_code == 200 and "Sam Winter" in answer.content.decode()


def reads_incident(scene: Scene, viewer: Viewer) -> bool:
    return scene.incident.reference in get(scene, viewer, "incident", scene.incident.pk)


def may_record(scene: Scene, viewer: Viewer) -> bool:
    return "Add incident" in get(scene, viewer, "add-incident")


def adds_action(scene: Scene, viewer: Viewer) -> bool:
    return _sends(scene, viewer, kind="update", narrative="Spoke with mum.")


def decides(scene: Scene, viewer: Viewer) -> bool:
    return _sends(
        scene,
        viewer,
        kind="decision",
        narrative="We decided.",
        decision="monitor",
        reasons="Little is known.",
    )


def reads_chronology(scene: Scene, viewer: Viewer) -> bool:
    page = get(scene, viewer, "chronology", scene.pupil.pk)
    return scene.incident.reference in page


def opens_file(scene: Scene, viewer: Viewer) -> bool:
    """Of a file that was scanned and is clean: what is held back beside that, test_scanning tries."""
    found = Attachment.objects.get(incident=scene.incident)
    FileScan.objects.get_or_create(
        stored_as=found.stored_as,
        defaults={"school": scene.school, "result": FileScan.Result.CLEAN},
    )
    return get(scene, viewer, "attachment", found.pk) == "Words."


def sees_body_map(scene: Scene, viewer: Viewer) -> bool:
    return "knee, left (front)" in get(scene, viewer, "incident", scene.incident.pk)


def reads_note(scene: Scene, viewer: Viewer) -> bool:
    return NOTE in get(scene, viewer, "incident", scene.incident.pk)


def makes_report(scene: Scene, viewer: Viewer) -> bool:
    return bool(get(scene, viewer, "make-chronology-report", scene.pupil.pk))


def sees_who_looked(scene: Scene, viewer: Viewer) -> bool:
    return "Who looked at this file" in get(scene, viewer, "chronology", scene.pupil.pk)


def _sends(scene: Scene, viewer: Viewer, **said: str) -> bool:
    before = Action.objects.count()
    scene.open_as(viewer).post(
        reverse("add-action", args=[scene.incident.pk]),
        {
            "submission": str(uuid4()),
            "occurred_on": f"{factories.ago(days=1):%Y-%m-%d}",
            "occurred_time": "09:00",
            "audience": "thread",
            **said,
        },
    )
    return Action.objects.count() == before + 1


QUESTIONS = {
    ("pupils", "F"): finds_pupil,
    ("own", "O"): reads_incident,
    ("own", "W"): may_record,
    ("alerted", "A"): reads_incident,
    ("alerted", "W"): adds_action,
    ("incidents", ""): reads_incident,
    ("incidents", "W"): decides,
    ("chronology", ""): reads_chronology,
    ("attachments", ""): opens_file,
    ("bodymap", ""): sees_body_map,
    ("notes", ""): reads_note,
    ("notes", "W"): decides,
    ("reports", ""): makes_report,
    ("audit", "*"): sees_who_looked,
}


def question(data: str, code: str) -> Callable[[Scene, Viewer], bool] | None:
    """Return what is asked for a code of a kind of data; None when the product has it not yet."""
    return QUESTIONS.get((data, code)) or (
        QUESTIONS.get((data, "")) if code not in {"W", "G", "V", "M", "me", "2"} else None
    )


# Pairs


def by_role(scene: Scene, role: Role) -> tuple[Viewer, Viewer]:
    """The role, and a governor, who differs in the role alone."""
    scene.begin()
    return scene.person(role), scene.person(Role.GOVERNOR)


def by_authorship(scene: Scene, role: Role) -> tuple[Viewer, Viewer]:
    """Two of the role; one wrote it. A lead has limited it, so that no other right reaches it."""
    author, colleague = scene.person(role), scene.person(role)
    scene.begin(by=author)
    limiting.limit_readers(
        by=scene.lead, incident=scene.incident, audience=Audience.NAMED, readers=[], reason="So."
    )
    return author, colleague


def by_alert(scene: Scene, role: Role) -> tuple[Viewer, Viewer]:
    """Two of the role; one was alerted. Who reads everything was alerted too, but is too near."""
    told, colleague = scene.person(role), scene.person(role)
    scene.begin()
    Alert.objects.create(incident=scene.incident, recipient=told.user, because="named")
    if role in READS_EVERY_CATEGORY:
        Alert.objects.create(incident=scene.incident, recipient=colleague.user, because="named")
        too_near(scene, colleague)
    return told, colleague


def by_grant(scene: Scene, role: Role) -> tuple[Viewer, Viewer]:
    """Two of the role, both named readers of the note; one holds a grant for the category."""
    scene.begin()
    granted, other = scene.person(role), scene.person(role)
    give_grant(scene, granted)
    for viewer in (granted, other):
        ActionReader.objects.create(action=scene.note, user=viewer.user)
    return granted, other


def by_grant_for_injuries(scene: Scene, role: Role) -> tuple[Viewer, Viewer]:
    """Two of the role who read the incident; one holds a grant for injuries by name as well.

    A deputy sees the body map by the grant for the incident's category alone.
    """
    if role == Role.DEPUTY_DSL:
        return by_grant(scene, role)
    scene.begin()
    granted, other = scene.person(role), scene.person(role)
    for viewer in (granted, other):
        give_grant(scene, viewer)
    CategoryGrant.objects.create(
        school=scene.school,
        user=granted.user,
        category=factories.category(scene.school, "Physical injury", shows_injuries=True),
    )
    return granted, other


def by_conflict(scene: Scene, role: Role) -> tuple[Viewer, Viewer]:
    """Two of the role, who said why where a reason is asked for; one is a parent of the pupil."""
    scene.begin()
    free, parent = scene.person(role), scene.person(role)
    for viewer in (free, parent):
        closeness.give_reason(by=viewer.elevated(), pupil=scene.pupil, reason="A meeting.")
    too_near(scene, parent)
    return free, parent


def by_name(scene: Scene, role: Role) -> tuple[Viewer, Viewer]:
    """Two of the role with the same grants; one is named for the pupil and as reader of the note."""
    scene.begin()
    named, other = scene.person(role), scene.person(role)
    if role == Role.DEPUTY_DSL:
        for viewer in (named, other):
            give_grant(scene, viewer)
    closeness.join_team(by=scene.lead, pupil=scene.pupil, user=named.user, part="Named")
    if role == Role.INSPECTOR:  # both said why
        for viewer in (named, other):
            say_why(scene, viewer)
    ActionReader.objects.create(action=scene.note, user=named.user)
    return named, other


def by_reason(scene: Scene, role: Role) -> tuple[Viewer, Viewer]:
    """Two of the role, both named for the pupil where it reads by name; one said why."""
    scene.begin()
    said, silent = scene.person(role), scene.person(role)
    if role == Role.INSPECTOR:
        for viewer in (said, silent):
            closeness.join_team(by=scene.lead, pupil=scene.pupil, user=viewer.user, part="Named")
    closeness.give_reason(by=said.elevated(), pupil=scene.pupil, reason="A meeting.")
    return said, silent


def by_more(scene: Scene, role: Role) -> tuple[Viewer, Viewer]:
    """Two of the role; one is a DSL as well, with the authenticator."""
    scene.begin()
    return scene.person(role, Role.DSL).elevated(), scene.person(role)


def say_why(scene: Scene, viewer: Viewer) -> None:
    """Give a reason for the pupil as a row, also for somebody whom the service would refuse."""
    AccessReason.objects.create(
        school=scene.school, pupil=scene.pupil, by=viewer.user, reason="A meeting."
    )


def too_near(scene: Scene, viewer: Viewer) -> None:
    closeness.declare_conflict(
        by=viewer, user=viewer.user, pupil=scene.pupil, kind=Conflict.Kind.OWN_CHILD
    )


def give_grant(scene: Scene, viewer: Viewer) -> None:
    CategoryGrant.objects.create(
        school=scene.school,
        user=viewer.user,
        category=factories.category(scene.school, "Home and family"),
    )


PAIRS = {
    "F": by_role,
    "O": by_authorship,
    "A": by_alert,
    "C": by_grant,
    "*": by_conflict,
    "R": by_name,
    "J": by_reason,
}
# Where the same code is held to more in one kind of data.
PAIRS_OF = {("bodymap", "C"): by_grant_for_injuries}


def pair(data: str, code: str) -> Callable[[Scene, Role], tuple[Viewer, Viewer]]:
    """Return who asks for a code of a kind of data."""
    return PAIRS_OF.get((data, code)) or PAIRS[code]
