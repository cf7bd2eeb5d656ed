"""A small story of two schools, told through the ordinary services, that leaves a row in each table.

`script/release-fixture` tells it once for each released version, and what it left is kept for ever:
later versions have to carry it on. Tell more of it when a version has more tables.
"""

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts import authenticator, sessions
from accounts.permissions import Role
from accounts.services import ask_for_password_reset
from accounts.viewer import Viewer
from incidents import drafting, files, services
from incidents.models import Action, Agency, Alert, Category, Incident, Level, LinkedPupil
from ledger.access import record_access
from pupils.models import Contact, Pupil, StatusChange
from pupils.services import record_status
from reports import making
from reports import services as report_services
from reports.models import Report
from safeguard import outbox
from safeguard.models import Outbox
from tests import factories
from tests.accounts.doors import sign_in, with_password
from tests.incidents.samples import png, sent
from tests.pupils.exports import csv_of, upn
from tests.reports.story import ACCOUNT, answers, ask

# Invented, and published here: they open nothing but the fixtures.
FILES_KEY = hashlib.sha256(b"Safeguard's fixtures: invented, and opens nothing else").digest()
AUTHENTICATOR_SECRET = b"twenty bytes of Dee's"[:20]
TYPED = {"saw": ["Sam sat alone at lunch again."]}

BEGAN = datetime.fromisoformat("2026-10-05T08:00+00:00")


class Teller:
    """Moves the story's clock on from step to step."""

    def __init__(self, set_clock: Callable[[datetime], None]) -> None:
        self.set_clock = set_clock
        self.moment = BEGAN
        self.later(minutes=0)

    def later(self, **span: float) -> datetime:
        """Let time pass, and say what time it is then."""
        self.moment += timedelta(**span)
        self.set_clock(self.moment)
        return self.moment


def tell(set_clock: Callable[[datetime], None], folder: Path) -> None:
    """Tell everything, in the order in which it would have happened."""
    time = Teller(set_clock)
    oak = factories.school()
    elm = factories.school("Elm Park Academy", "elm-park", phase="secondary")
    staff = people(oak, elm)
    care = lists(oak, elm, staff)
    sam, rosa, leo = roll(oak, elm, folder)
    doors(time, staff)
    incident = first_incident(time, staff, sam, rosa, care)
    thread(time, staff, incident, care)
    others(time, staff, rosa, leo)
    statuses(time, staff, sam)
    unfinished(time, staff, sam)
    papers(time, staff, sam)
    errands(time)


def people(oak, elm) -> dict[str, Viewer]:
    """Everybody of the cast: each role of Oak, and two people at Elm."""
    names = {
        "Ada Teach": Role.TEACHER,
        "Eli Moore": Role.TEACHER,
        "Tess Bell": Role.SUPPORT,
        "Dee Okafor": Role.DSL,
        "Dan Price": Role.DEPUTY_DSL,
        "Hal Grant": Role.HEAD,
        "Sal Reed": Role.SLT,
        "Pat Lowe": Role.PASTORAL,
        "Sen Hart": Role.SENCO,
        "Gus Field": Role.GOVERNOR,
        "Max Shaw": Role.DATA_MANAGER,
        "Ivy Stone": Role.IT_ADMIN,
    }
    staff = {name.split()[0]: factories.person(name, oak, role) for name, role in names.items()}
    staff["Una"] = factories.person("Una Frost", elm, Role.DSL)
    staff["Tom"] = factories.person("Tom Gale", elm, Role.TEACHER)
    return staff


def lists(oak, elm, staff: dict[str, Viewer]) -> Agency:
    """Categories of both levels, agencies, alert groups by role and by name, a grant."""
    home = factories.category(oak, "Home and family", colour=7, discreet_label="Wellbeing")
    Category.objects.create(school=oak, parent=home, name="Young carer", colour=7)
    factories.category(oak, "Online", colour=4, position=1)
    factories.category(elm, "Online", colour=4)
    factories.grant(oak, Role.PASTORAL, "Online")
    for school in (oak, elm):
        factories.always_alerted(school, Role.DSL, Role.DEPUTY_DSL)
    leaders = factories.AlertGroup.objects.create(
        school=oak,
        name="Site leads",
        purpose=factories.AlertGroup.Purpose.SITE_LEADS,
        roles=[Role.DEPUTY_DSL],
    )
    leaders.members.add(staff["Hal"].user)
    return Agency.objects.create(school=oak, name="Children’s social care")


def roll(oak, elm, folder: Path) -> tuple[Pupil, Pupil, Pupil]:
    """Two pupils from an export of the MIS, with a contact; one entered by hand at Elm."""
    export = folder / "roll.csv"
    export.write_bytes(
        csv_of(
            [upn(1), "Winter", "Sam", "03/05/2017", "4", "4B"],
            [upn(2), "Díaz", "Rosa", "17/02/2019", "2", "2A"],
        )
    )
    call_command("import_pupils", oak.slug, str(export), "--apply", verbosity=0)
    sam, rosa = Pupil.objects.filter(school=oak).order_by("-date_of_birth").reverse()
    Contact.objects.create(
        pupil=sam,
        title="Mrs",
        forename="Jo",
        surname="Winter",
        relationship="Mother",
        parental_responsibility=True,
        lives_with=True,
        telephone="01632 960 456",
        address="1 Mill Lane, Oakford",
    )
    return sam, rosa, factories.pupil(elm, "Leo Summers", form="9C", year_group="9")


def doors(time: Teller, staff: dict[str, Viewer]) -> None:
    """Ada signs in after one wrong password, Dee elevates, Eli has forgotten his password."""
    ada, dee, eli = staff["Ada"], staff["Dee"], staff["Eli"]
    with_password(ada)
    sign_in(Client(), ada.user.email, "not the password")
    sign_in(Client(), eli.user.email, "nor this one")
    time.later(minutes=1)
    browser = Client()
    sign_in(browser, ada.user.email)
    authenticator.issue(dee.user, AUTHENTICATOR_SECRET)
    state = sessions.begin(user=dee.user, school=dee.school, now=timezone.now())
    sessions.elevate(state.pk, timezone.now())
    ask_for_password_reset(email=eli.user.email, address="192.0.2.7", now=timezone.now())


def first_incident(time: Teller, staff, sam: Pupil, rosa: Pupil, care: Agency) -> Incident:
    """One urgent incident with everything that can belong to it; those alerted read it."""
    submission = uuid4()
    time.later(minutes=30)
    drafting.keep_draft(by=staff["Ada"], draft=submission, answers=TYPED)
    files.keep(by=staff["Ada"], draft=submission, sent=sent("coat.png", png()))
    time.later(minutes=5)
    incident = factories.incident(
        staff["Ada"],
        sam,
        submission=submission,
        account=ACCOUNT,
        level=Level.URGENT,
        place="dining",
        place_detail="By the hatch",
        agencies=[care],
        linked=[services.Linked(rosa, LinkedPupil.Part.SIBLING)],
        alerted=[staff["Tess"].user],
    )
    time.later(minutes=4)
    for alert in Alert.objects.filter(recipient=staff["Dee"].user):
        services.acknowledge_alerts(by=staff["Dee"], alerts=[alert])
    record_access(staff["Dee"].elevated(), "incident.read", pupils=[sam.pk], target=incident.pk)
    record_access(staff["Eli"], "denied:incident.read", target=incident.pk, page="incident")
    services.mark_significant(by=staff["Dee"].elevated(), incident=incident, significant=True)
    return incident


def thread(time: Teller, staff, incident: Incident, care: Agency) -> None:
    """An action of each kind."""
    dee, ada = staff["Dee"].elevated(), staff["Ada"]
    needed = {
        Action.Kind.DECISION: {
            "decision": Action.Decision.REFERRAL_MADE,
            "reasons": "Third hungry Monday in a row.",
        },
        Action.Kind.REFERRAL: {"agency": care},
        Action.Kind.OUTCOME: {"impact": "Sam eats at home again."},
    }
    for kind in Action.Kind:
        time.later(hours=2)
        if kind == Action.Kind.MISTAKE:
            services.report_mistake(
                by=ada, submission=uuid4(), incident=incident, narrative="It was Tuesday."
            )
            continue
        by = ada if kind == Action.Kind.ANSWER else dee
        narrative = f"{kind.label}, said “O’Neill” & \\ Müller.\nSecond line."
        action = factories.action(
            by, incident, kind=kind, narrative=narrative, **needed.get(kind, {})
        )
        if kind == Action.Kind.MESSAGE:
            services.acknowledge_alerts(by=ada, alerts=[action.alerts.get(recipient=ada.user)])


def others(time: Teller, staff, rosa: Pupil, leo: Pupil) -> None:
    """The two other levels, one of them at Elm; one with a file under an action."""
    time.later(days=1)
    plain = factories.incident(
        staff["Eli"], rosa, level=Level.RECORD, precision=Incident.Precision.DAY
    )
    submission = uuid4()
    files.keep(by=staff["Dan"], draft=submission, sent=sent("note.txt", b"Rang at ten."))
    factories.grant(plain.school, Role.DEPUTY_DSL, "Home and family")
    factories.action(staff["Dan"].elevated(), plain, submission=submission)
    time.later(hours=1)
    factories.incident(staff["Tom"], leo, level=Level.REVIEW, categories=["Online"])


def statuses(time: Teller, staff, sam: Pupil) -> None:
    """A status that began, and one that began and ended."""
    for kind, change, on in (
        (StatusChange.Kind.EARLY_HELP, StatusChange.Change.STARTED, date(2026, 3, 2)),
        (StatusChange.Kind.EARLY_HELP, StatusChange.Change.ENDED, date(2026, 9, 30)),
        (StatusChange.Kind.CHILD_IN_NEED, StatusChange.Change.STARTED, date(2026, 10, 1)),
    ):
        time.later(minutes=3)
        record_status(
            by=staff["Dee"].elevated(),
            pupil=sam,
            kind=kind,
            change=change,
            on_date=on,
            authority="Oakshire Council",
            worker="Priya Nair",
            note="Visits every second week.",
        )


def unfinished(time: Teller, staff, sam: Pupil) -> None:
    """What is being written: a draft with a file, and a report's answers."""
    time.later(minutes=10)
    draft = uuid4()
    drafting.keep_draft(by=staff["Eli"], draft=draft, answers=TYPED)
    files.keep(by=staff["Eli"], draft=draft, sent=sent("drawing.png", png()))
    report_services.keep_draft(
        by=staff["Hal"].elevated(), pupil=sam, typed={"summary": "Begun by Hal."}
    )


def papers(time: Teller, staff, sam: Pupil) -> None:
    """A report made of each kind, and one that waits."""
    for kind in Report.Kind:
        time.later(minutes=5)
        wanted = answers() if kind == Report.Kind.CASE_CONFERENCE else None
        ask(staff["Dee"], sam, kind, answers=wanted)
        making.make_next(timezone.now())
    time.later(minutes=5)
    ask(staff["Dee"], sam)


def errands(time: Teller) -> None:
    """Half of the mail has gone, one could not go, and the rest waits."""
    time.later(minutes=1)
    waiting = Outbox.objects.filter(kind=Outbox.Kind.ALERT, done_at=None).count()
    for _ in range(waiting // 2):
        with outbox.claim(Outbox.Kind.ALERT, timezone.now()):
            pass
    with outbox.claim(Outbox.Kind.ALERT, timezone.now()):
        raise ConnectionRefusedError
