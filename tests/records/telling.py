"""An incident with a word of its own in every field, so that what is left of it can be found."""

from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from accounts.permissions import Role
from accounts.viewer import Viewer, viewer_for
from incidents import files, services
from incidents.models import Action, Agency, Attachment, Incident, LinkedPupil, Upload
from pupils.models import Pupil
from tests import factories

FIELDS = (
    *("saw", "told", "told_by", "child_words", "heard", "opinion", "done_already"),
    *("parents_detail", "medical", "told_in_person", "late_reason"),
)
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478"
    "9c6360606060000000050001a5f645400000000049454e44ae426082"
)


def words() -> list[str]:
    """Return every word that was planted."""
    return [f"Canary{name.replace('_', '').title()}" for name in (*FIELDS, *MORE)]


MORE = (
    *("place_detail", "category", "agency", "file", "narrative", "decision_narrative"),
    *("reasons", "impact", "correction", "action_file", "draft_file", "refined_because"),
    *("mark_shape", "mark_colour", "mark_first_aid", "mark_child_said"),
)


def word(name: str) -> str:
    return f"Canary{name.replace('_', '').title()}"


def everything(ada: Viewer, lead: Viewer, sam: Pupil, rosa: Pupil) -> Incident:
    """Record an incident that says something everywhere, with a thread under it.

    The thread is a colleague's of the lead: who wrote in it could not agree to its removal.
    """
    writer = colleague_of(lead)
    agency = Agency.objects.get_or_create(school=ada.school, name="Social care")[0]
    form = uuid4()
    files.keep(by=ada, draft=form, sent=SimpleUploadedFile(f"{word('file')}.png", PICTURE))
    incident = factories.incident(
        ada,
        sam,
        submission=form,
        account=services.Account(**{name: word(name) for name in FIELDS}, parents_told="yes"),
        place="home",
        place_detail=word("place_detail"),
        agencies=[agency],
        linked=[services.Linked(rosa, LinkedPupil.Part.ALLEGED_TO_HAVE_HARMED)],
        marks=[
            services.Mark(
                *("front-knee-left", "cut"),
                shape=word("mark_shape"),
                colour=word("mark_colour"),
                first_aid=word("mark_first_aid"),
                child_said=word("mark_child_said"),
            )
        ],
    )
    under = uuid4()
    files.keep(
        by=writer, draft=under, sent=SimpleUploadedFile(f"{word('action_file')}.png", PICTURE)
    )
    factories.action(
        writer,
        incident,
        submission=under,
        kind=Action.Kind.AGENCY_CONTACT,
        narrative=word("narrative"),
        impact=word("impact"),
        agency=agency,
    )
    factories.action(
        writer,
        incident,
        kind=Action.Kind.DECISION,
        narrative=word("decision_narrative"),
        decision=Action.Decision.ESCALATED,
        reasons=word("reasons"),
    )
    factories.refined(
        writer, incident, "Online: Contact with a stranger", reasons=word("refined_because")
    )
    factories.action(writer, incident, kind=Action.Kind.CORRECTION, narrative=word("correction"))
    # Nothing comes in for a form that was submitted, any more; of before it may be there.
    late = SimpleUploadedFile(f"{word('draft_file')}.png", PICTURE)
    Upload.objects.filter(pk=files.keep(by=ada, draft=uuid4(), sent=late).pk).update(draft=form)
    return incident


def colleague_of(lead: Viewer) -> Viewer:
    """Return a second lead of the same school, the same one each time."""
    known = User.objects.filter(email__startswith="wyn@").first()
    if known is None:
        return factories.person("Wyn Rhys", lead.school, Role.DSL).elevated()
    viewer = viewer_for(known, lead.school)
    assert viewer is not None
    return viewer.elevated()


def stored_files() -> list[str]:
    """Return the names of the sealed files of incidents that are on the disk."""
    folder = files.settings.FILES_DIR
    found = [path.name for path in folder.glob("??/*")] if folder.exists() else []
    return sorted(found)


def attached_to(incident: Incident) -> set[str]:
    return set(Attachment.objects.filter(incident=incident).values_list("stored_as", flat=True))
