"""A story that fills every part of a report, and the reading of papers."""

import io
import re
from datetime import date
from uuid import uuid4

import pypdf
from django.utils import timezone

from accounts.viewer import Viewer
from incidents import services as incident_services
from incidents.models import Action, Agency, Attachment, Incident, Level, LinkedPupil
from pupils.models import Contact, Pupil, StatusChange
from reports import making, services
from reports.models import Report
from reports.parts import Answer, typed_parts
from reports.selection import Selection
from tests import factories

REASON = "Initial conference on 30 November"

ACCOUNT = incident_services.Account(
    saw="Sam came without a coat and ate two breakfasts at club.",
    told="There was nothing in the fridge since Friday.",
    told_by="Sam",
    child_words="Mum says we eat at school now.",
    heard="A neighbour told the office that the gas is off.",
    opinion="I think the family is without money again.",
    done_already="Breakfast and a coat from lost property.",
    parents_told="yes",
    parents_detail="Mum rang back at ten and was grateful.",
    medical="None needed.",
    told_in_person="Dee Okafor at 08:50",
    late_reason="Ada was ill.",
)


def tell(ada: Viewer, lead: Viewer, sam: Pupil, rosa: Pupil) -> Incident:
    """Record one incident with everything that can belong to it, and what surrounds it."""
    lead = lead.elevated()
    care = Agency.objects.create(school=ada.school, name="Children’s social care")
    incident = factories.incident(
        ada,
        sam,
        account=ACCOUNT,
        level=Level.URGENT,
        place="dining",
        occurred_at=factories.ago(days=20),
        agencies=[care],
        linked=[incident_services.Linked(rosa, LinkedPupil.Part.SIBLING)],
    )
    Attachment.objects.create(
        incident=incident,
        name="coat.jpg",
        content_type="image/jpeg",
        size=20_480,
        sha256="0" * 64,
        stored_as=uuid4().hex,
    )
    factories.action(
        lead,
        incident,
        kind=Action.Kind.PARENT_CONTACT,
        narrative="Met Mrs Winter at the gate; she asked for help with food.",
        occurred_at=factories.ago(days=19),
    )
    factories.action(
        lead,
        incident,
        kind=Action.Kind.DECISION,
        narrative="To be referred today.",
        decision=Action.Decision.REFERRAL_MADE,
        reasons="Third hungry Monday in a row, and two children under ten.",
        occurred_at=factories.ago(days=18),
    )
    factories.action(
        lead,
        incident,
        kind=Action.Kind.REFERRAL,
        narrative="Referred by telephone, reference MASH 4471.",
        agency=care,
        occurred_at=factories.ago(days=17),
    )
    factories.action(
        lead,
        incident,
        kind=Action.Kind.OUTCOME,
        narrative="Food vouchers and a support worker since Thursday.",
        impact="Sam eats at home again and is less tired.",
        occurred_at=factories.ago(days=3),
    )
    StatusChange.objects.create(
        pupil=sam,
        kind=StatusChange.Kind.CHILD_IN_NEED,
        change=StatusChange.Change.STARTED,
        on_date=timezone.localdate(factories.ago(days=10)),
        authority="Oakshire Council",
        worker="Priya Nair",
        note="Visits every second week.",
        by=lead.user,
    )
    Contact.objects.create(
        pupil=sam,
        title="Mrs",
        forename="Jo",
        surname="Winter",
        relationship="Mother",
        parental_responsibility=True,
        lives_with=True,
        address="1 Mill Lane, Oakford",
        language="English",
    )
    Pupil.objects.filter(pk=sam.pk).update(
        ethnicity="White British",
        first_language="English",
        home_language="English",
        address="1 Mill Lane, Oakford",
        sex="Female",
        sen_provision="K",
        entry_date=date(2021, 9, 1),
    )
    sam.refresh_from_db()
    return incident


def answers() -> dict[str, str]:
    """Return an answer to every question of the case-conference report, each one of a kind."""
    typed = {}
    for part in typed_parts():
        typed[part.key] = {
            Answer.MEETING: "initial",
            Answer.SCALE: "4",
        }.get(part.answer, f"Typed about {part.key.replace('_', ' ')} by Dee.")
        if part.dated:
            typed[part.day_key] = "2026-11-30"
    return typed


def ask(by: Viewer, about: Pupil, kind=Report.Kind.CHRONOLOGY, **wanted) -> Report:
    """Ask for a report as an elevated person does."""
    return services.ask_for_report(
        by=by.elevated(),
        submission=wanted.pop("submission", uuid4()),
        pupil=about,
        kind=kind,
        reason=wanted.pop("reason", REASON),
        selection=wanted.pop("selection", Selection()),
        answers=wanted.pop("answers", answers() if kind == Report.Kind.CASE_CONFERENCE else None),
    )


def make(report: Report) -> Report:
    """Let the worker make what waits, and return the report as it is then."""
    while making.make_next(timezone.now()):
        pass
    return Report.objects.get(pk=report.pk)


def paper(by: Viewer, report: Report) -> bytes:
    """Return the file of a finished report."""
    return services.open_paper(by=by.elevated(), report=report)


def pages(pdf: bytes) -> list[str]:
    """Return the text of each page, with every run of space as one."""
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    return [re.sub(r"\s+", " ", page.extract_text()) for page in reader.pages]


def words(pdf: bytes) -> str:
    """Return the whole text, page after page."""
    return " ".join(pages(pdf))
