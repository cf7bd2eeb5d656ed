"""A short story with one of everything that the ledger takes down."""

from datetime import date
from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from incidents import files, services
from incidents.models import Action, Agency, Alert, LinkedPupil
from pupils.models import StatusChange
from pupils.services import record_status
from tests import factories


def tell_everything(ada, dee, sam, rosa):
    """Record an incident with all its parts, a thread under it, a mark and a status."""
    lead = dee.elevated()
    agency = Agency.objects.create(school=ada.school, name="Early help")
    draft = uuid4()
    paper = SimpleUploadedFile("note.txt", b"Sam\r\nsaid", content_type="text/plain")
    files.keep_all(by=ada, draft=draft, sent=[paper])
    incident = factories.incident(
        ada,
        sam,
        submission=draft,
        account=services.Account(saw="He cried.\r\nThen he slept. ", child_words="“Don’t tell”"),
        categories=["Home and family", "Attendance"],
        agencies=[agency],
        linked=[services.Linked(rosa, LinkedPupil.Part.SIBLING)],
    )
    factories.action(
        lead,
        incident,
        kind=Action.Kind.DECISION,
        decision=Action.Decision.MONITOR,
        reasons="Not yet at the threshold.",
        agency=agency,
        alerted=[ada.user],
    )
    factories.refined(lead, incident, "Home and family: Housing", "Attendance")
    services.acknowledge_alerts(by=dee, alerts=[Alert.objects.get(incident=incident, action=None)])
    services.mark_significant(by=lead, incident=incident, significant=True)
    record_status(
        by=lead,
        pupil=sam,
        kind=StatusChange.Kind.EARLY_HELP,
        change=StatusChange.Change.STARTED,
        on_date=date(2026, 1, 5),
        worker="Jo Hill",
    )
    return incident
