"""Each `visible_to` is guarded by name: were any one of them to return everything, it fails here."""

from datetime import date
from uuid import uuid4

import pytest
from django.apps import apps
from django.utils import timezone

from accounts import authenticator, codes, keeping, lowering, roles
from accounts.factors import CodeBatch, CodeKind, HelpConfirmation, HelpGiven, HelpRequest
from accounts.models import AccountNotice, Cover
from accounts.permissions import Role
from accounts.sealed_codes import SealedCode, SealedCodeAgreed, SealedCodeReview, SealedCodeUse
from incidents import limiting, photos, services, wordings
from incidents.models import (
    Agency,
    Alert,
    Attachment,
    Audience,
    Draft,
    FileScan,
    Incident,
    LinkedPupil,
    Outline,
    Preparation,
    PromptSet,
    Upload,
    ViewingCopy,
    WritingWord,
)
from incidents.slips import filing, poster
from ledger.models import Keeper
from pupils import closeness
from pupils.models import Conflict, Contact, ImportRun, StatusChange
from records import anomaly_page
from records import services as ending
from records.models import AnomalyFinding
from reports.models import Report, ReportDraft, ReportMade, ReportText
from safeguard.rescue import Page
from tests import factories
from tests.architecture.test_scoping import PERSONAL
from tests.incidents import slipping

# Seen by every colleague of the school: what they pick from, and each other.
OF_THE_SCHOOL = {
    "User",
    "Membership",
    "Category",
    "Agency",
    "AlertGroup",
    "Outline",
    "PromptSet",
    "WritingWord",
    "PhotoRule",
}


@pytest.fixture
def one_of_each(oak, team, ada, dee, hal, sam, rosa):
    """One row of every model about people, all of them Oak's; nothing of it is Eli's."""
    lead = dee.elevated()
    agency = Agency.objects.create(school=oak, name="Early help")
    incident = factories.incident(
        ada,
        sam,
        agencies=[agency],
        linked=[services.Linked(rosa, LinkedPupil.Part.WITNESS)],
        marks=[services.Mark("front-knee-left", "cut")],
    )
    factories.action(lead, incident)
    factories.refined(lead, incident, "Home and family: Housing")
    services.acknowledge_alerts(by=dee, alerts=[Alert.objects.get(recipient=dee.user, action=None)])
    services.mark_significant(by=lead, incident=incident, significant=True)
    stored = {"name": "a.pdf", "content_type": "application/pdf", "size": 1, "sha256": "0" * 64}
    Attachment.objects.create(incident=incident, stored_as=uuid4().hex, **stored)
    stored.pop("name")
    Upload.objects.create(
        school=oak, author=ada.user, draft=uuid4(), stored_as=uuid4().hex, sealed_name=b"", **stored
    )
    Outline.objects.create(school=oak, young_from="5")
    PromptSet.objects.create(school=oak, title="A visit", asks=["Who came?"])
    photos.change_rule(by=lead, allowed=False, conditions="")
    FileScan.objects.create(school=oak, stored_as=uuid4().hex)
    prepared = Preparation.objects.create(school=oak, stored_as=uuid4().hex)
    ViewingCopy.objects.create(
        school=oak,
        preparation=prepared,
        page=1,
        small=False,
        stored_as=uuid4().hex,
        width=1,
        height=1,
    )
    WritingWord.objects.create(school=oak, rule="label", phrase="zebra", looked_for=True)
    draft = Draft(school=oak, author=ada.user)
    draft.keep({"saw": ["something"]})
    draft.save()
    wordings.keep_beside(by=ada, draft=draft.pk, window=uuid4(), answers={"saw": ["other"]})
    page = Page(ada.user_id, ada.school_id, "/", uuid4())
    keeping.keep(by=ada, page=page, fields=[("narrative", "something")], turn=1)
    Contact.objects.create(pupil=sam, surname="Winter")
    StatusChange.objects.create(
        pupil=sam, kind="early_help", change="started", on_date=date(2026, 1, 5), by=dee.user
    )
    Keeper.objects.create(school=oak, name="Kit Outside", part="Chair", address="kit@example.org")
    ImportRun.objects.create(
        **dict.fromkeys(["added", "changed", "unchanged", "left_out", "leavers_proposed"], 0),
        school=oak,
        by=dee.user,
        source="sims",
        file_name="roll.csv",
        sha256="0" * 64,
    )
    factories.grant(oak, Role.DEPUTY_DSL, "Presentation")
    _slips(oak, lead, sam)
    _close(oak, lead, hal, ada, sam, incident)
    AccountNotice.objects.create(user=dee.user, what=AccountNotice.What.PASSWORD)
    _roles(lead, hal.elevated(), ada)
    _asks_for_help(oak, ada, dee, hal)
    _sealed(oak, dee, dan_of(oak), hal)
    code = codes.make_recovery_codes(by=dee)[0]
    assert authenticator.judge(codes.book_of(dee.user, CodeKind.RECOVERY), code)
    _reports(oak, dee, sam)
    _ends(lead, hal.elevated(), rosa, incident)


def _slips(oak, lead, sam) -> None:
    """A poster, and what came by it: one was filed, one put aside."""
    poster.put_up(by=lead, shows_lead=False)
    category = factories.category(oak)
    filing.file_slip(by=lead, slip=slipping.slip(oak), pupil=sam, level=2, categories=[category])
    filing.put_aside(by=lead, slip=slipping.slip(oak), why="test", note="")


def _close(oak, lead, hal, ada, sam, incident) -> None:
    """Who is near to a child, stands in for somebody, or whom an incident is kept from."""
    somebody = factories.person("Otto Grey", oak, Role.TEACHER)
    day = date(2026, 1, 5)
    Cover.objects.create(
        school=oak,
        absent=lead.user,
        by=somebody.user,
        arranged_by=lead.user,
        starts_on=day,
        ends_on=day,
    )
    closeness.declare_conflict(by=lead, user=somebody.user, pupil=sam, kind=Conflict.Kind.OWN_CHILD)
    closeness.join_team(by=lead, pupil=sam, user=ada.user, part="Key worker")
    opened = closeness.break_glass(by=lead, pupil=sam, reason="Now.")
    closeness.review_break_glass(by=hal.elevated(), opened=opened, judgement="Right.")
    closeness.give_reason(by=hal.elevated(), pupil=sam, reason="A meeting.")
    limiting.keep_from(by=lead, incident=incident, person=somebody.user)
    factories.action(lead, incident, alerted=[hal.user], audience=Audience.NAMED)
    limiting.limit_readers(
        by=lead, incident=incident, audience=Audience.NAMED, readers=[hal.user], reason="So."
    )


def _roles(lead, head, ada) -> None:
    proposal = roles.propose_role(by=lead, user=ada.user, role=Role.SENCO, term=roles.Term())
    roles.refuse_role(by=head, proposal=proposal, reason="Not yet", now=timezone.now())
    setting = lowering.propose(
        by=lead, setting=lowering.Setting.ROLE, of=Role.SLT, lowered=["MAKE_REPORTS"]
    )
    lowering.refuse(by=head, proposal=setting, reason="Not yet", now=timezone.now())


def _asks_for_help(school, ada, dee, hal) -> None:
    asked = HelpRequest.objects.create(
        user=ada.user, school=school, said_lost=True, asked_at=timezone.now()
    )
    HelpConfirmation.objects.create(request=asked, by=dee.user, confirmed_at=timezone.now())
    given = CodeBatch.objects.create(
        user=ada.user, kind=CodeKind.ENROLMENT, school=school, issued_by=hal.user
    )
    HelpGiven.objects.create(request=asked, batch=given)


def dan_of(oak):
    return factories.person("Dan Price", oak, Role.DEPUTY_DSL)


def _sealed(school, dee, dan, hal) -> None:
    code = SealedCode.objects.create(
        school=school, user=dan.user, asked_by=dee.user, first_half="a hash"
    )
    SealedCodeAgreed.objects.create(code=code, by=hal.user, second_half="another")
    used = SealedCodeUse.objects.create(code=code, reason="Now.", ends_at=timezone.now())
    SealedCodeReview.objects.create(of=used, by=hal.user, judgement="Right.")


def _ends(lead, head, rosa, incident) -> None:
    found = {"rule": "denials", "on_day": date(2026, 1, 5), "looks": 11, "pupils": 0}
    finding = AnomalyFinding.objects.create(school=lead.school, person=lead.user, **found)
    anomaly_page.acknowledge(by=head, finding=finding, text="A wrong link.")
    disposal = ending.propose_disposal(
        by=lead, rule="cp-dob25", reason="Old.", incidents=[incident]
    )
    ending.approve_disposal(by=head, disposal=disposal)
    ending.place_hold(by=lead, pupil=rosa, reason="Inquiry")


def _reports(school, dee, sam) -> None:
    report = Report.objects.create(
        school=school, pupil=sam, kind=Report.Kind.CHRONOLOGY, asked_by=dee.user, reason="A meeting"
    )
    ReportText.objects.create(pupil=sam, report=report, written_by=dee.user, answers={})
    ReportMade.objects.create(
        report=report, by=dee.user, sha256="0" * 64, pages=1, size=1, incidents=[], actions=[]
    )
    draft = ReportDraft(school=school, pupil=sam, author=dee.user)
    draft.keep({})
    draft.save()


@pytest.mark.parametrize("model", PERSONAL, ids=lambda model: model.__name__)
def test_nobody_of_another_school_sees_a_row(model, one_of_each, una):
    """SR-42, SR-47: Una leads at Elm, and has the authenticator; nothing of Oak's is there."""
    seen = model.objects.visible_to(una.elevated())

    own = {una.user_id} | set(una.user.memberships.values_list("pk", flat=True))
    assert model.objects.exclude(pk__in=own).exists()
    assert set(seen.values_list("pk", flat=True)) <= own


@pytest.mark.parametrize(
    "model",
    [model for model in PERSONAL if model.__name__ not in OF_THE_SCHOOL],
    ids=lambda model: model.__name__,
)
def test_a_colleague_without_need_sees_no_row(model, one_of_each, eli):
    """SR-42, SR-48: Eli teaches at the same school; even an authenticator would not change that."""
    assert not model.objects.visible_to(eli).exists()
    assert not model.objects.visible_to(eli.elevated()).exists()


def test_a_deputy_reads_the_granted_category_and_no_other(oak, team, ada, dan, sam):
    """SR-42: rights are category by category for those who do not read all."""
    factories.grant(oak, Role.DEPUTY_DSL, "Presentation")
    quiet = AlertsNobody(oak)
    with quiet:
        seen = factories.incident(ada, sam, categories=["Presentation"])
        unseen = factories.incident(ada, sam, categories=["Online"])

    found = Incident.objects.visible_to(dan.elevated())
    assert found.contains(seen)
    assert not found.contains(unseen)


class AlertsNobody:
    """Takes the always-alerted group's roles away for a while."""

    def __init__(self, school):
        self.groups = apps.get_model("incidents", "AlertGroup").objects.filter(school=school)

    def __enter__(self):
        self.groups.update(roles=[])

    def __exit__(self, *_):
        self.groups.update(roles=[Role.DSL, Role.DEPUTY_DSL])
