"""Incidents, the alerts that tell people of them, and the actions that answer them.

Everything here is append-only. A correction is a new action; a state (read, closed) is the
presence of a row, asked for by a queryset method and never a column to keep true.
"""

from collections.abc import Collection
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from accounts.models import School, User
from accounts.permissions import Permission, Role
from incidents.audiences import (
    ActionReader,
    Audience,
    Restriction,
    RestrictionReader,
    Subject,
    leads_only_for,
)
from incidents.copies import Preparation, ViewingCopy
from incidents.drafts import Draft, Upload, Wording
from incidents.injuries import MOST_MARKS, Answer, Explanation, MarkKind, Sign
from incidents.lists import Agency, AlertGroup, Category, CategoryGrant
from incidents.outlines import Outline
from incidents.photos import PhotoRule
from incidents.prompting.lists import PromptSet
from incidents.references import new_reference
from incidents.scans import FileScan
from incidents.slips.rows import (
    Slip,
    SlipAddress,
    SlipAlert,
    SlipCount,
    SlipFiled,
    SlipPutAside,
)
from incidents.writing.lists import WritingWord
from pupils.models import BreakGlass, Conflict, Pupil, TeamMember
from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet

__all__ = [
    "Acknowledgement",
    "Action",
    "ActionCategory",
    "ActionReader",
    "Agency",
    "Alert",
    "AlertGroup",
    "Attachment",
    "Audience",
    "BodyMark",
    "Category",
    "CategoryGrant",
    "Draft",
    "FileScan",
    "Incident",
    "IncidentAgency",
    "IncidentCategory",
    "Level",
    "LinkedPupil",
    "Outline",
    "PhotoRule",
    "Place",
    "Preparation",
    "PromptSet",
    "Restriction",
    "RestrictionReader",
    "Significance",
    "Slip",
    "SlipAddress",
    "SlipAlert",
    "SlipCount",
    "SlipFiled",
    "SlipPutAside",
    "Subject",
    "Upload",
    "ViewingCopy",
    "Wording",
    "WritingWord",
]


class Level(models.IntegerChoices):
    """How soon somebody must look; chosen by who records."""

    RECORD = 1, "For the record"
    REVIEW = 2, "DSL to review"
    URGENT = 3, "Urgent now"


class Place(models.TextChoices):
    """Where it happened."""

    CLASSROOM = "classroom", "Classroom"
    CORRIDOR = "corridor", "Corridor or stairs"
    PLAYGROUND = "playground", "Playground or field"
    TOILETS = "toilets", "Toilets"
    SPORTS = "sports", "Sports hall or changing room"
    DINING = "dining", "Dining hall"
    TRANSPORT = "transport", "Bus, taxi or on the way"
    TRIP = "trip", "School trip"
    HOME = "home", "Home"
    COMMUNITY = "community", "In the community"
    ONLINE = "online", "Online"
    PHONE = "phone", "By telephone, e-mail or letter"
    OTHER = "other", "Somewhere else"


class IncidentQuerySet(AppendOnlyQuerySet):
    """The vocabulary of incidents, and the fence around them.

    What it asks is composed once for each viewer, and so once in a request. Under an OR it asks
    with EXISTS and not with IN: PostgreSQL would otherwise read a school's whole history to show
    one child's (20,000 incidents: 170 ms, or seconds while a table has no statistics).
    """

    def visible_to(self, viewer) -> "IncidentQuerySet":
        """Return own incidents, those alerted to, and when elevated those of one's categories.

        The order is that of `accounts.decide`: conflicts first, then what is one's own, then what
        is limited to others.
        """
        return self.filter(viewer.once("incidents seen", lambda: self._seen_by(viewer)))

    def read_in_full_by(self, viewer) -> "IncidentQuerySet":
        """Return incidents that the viewer's role lets them read with the whole thread."""
        return self.filter(viewer.once("incidents in full", lambda: self._in_full_for(viewer)))

    def led_by(self, viewer) -> "IncidentQuerySet":
        """Return incidents that the viewer's rights let them act on, and not only read."""
        return self.filter(
            self._outside_conflicts_of(viewer)
            & self._granted(viewer, to="act")
            & self._open_to(viewer),
            school=viewer.school,
        )

    def _seen_by(self, viewer) -> Q:
        own, reached = Q(pk__in=[]), self._granted(viewer)
        if viewer.has(Permission.READ_OWN):
            own = Q(reported_by=viewer.user)
        if viewer.has(Permission.READ_ALERTED):
            reached |= Q(
                Exists(Alert.objects.filter(incident=OuterRef("pk"), recipient=viewer.user))
            )
        here = Q(school=viewer.school) & self._outside_conflicts_of(viewer)
        return here & (own | reached & self._open_to(viewer))

    def _in_full_for(self, viewer) -> Q:
        here = Q(school=viewer.school) & self._outside_conflicts_of(viewer)
        return here & self._granted(viewer) & self._open_to(viewer)

    def kept_from(self, viewer) -> "IncidentQuerySet":
        """Return what this person must know nothing of: about them, or of a child near to them."""
        return self.filter(school=viewer.school).exclude(self._outside_conflicts_of(viewer))

    def received_from(self, viewer) -> "IncidentQuerySet":
        """Return what this person recorded, for the receipt alone: it says nothing of any child.

        Also where they may not read it again, as of their own child.
        """
        if not viewer.has(Permission.ADD_INCIDENT):
            return self.none()
        return self.filter(reported_by=viewer.user, school=viewer.school)

    def awaiting_reason_of(self, viewer) -> "IncidentQuerySet":
        """Return what an inspector is named for and would read once they had said why."""
        if not viewer.inspects or not viewer.has(Permission.READ_INCIDENTS):
            return self.none()
        named = Q(pupil__in=TeamMember.objects.of(viewer).values("pupil"))
        rows = self.filter(self._outside_conflicts_of(viewer), school=viewer.school)
        readable = rows.filter(_of_children(named) & self._open_to(viewer))
        return readable.exclude(pk__in=self.visible_to(viewer).values("pk"))

    def written_by_or_told_to(self, viewer) -> "IncidentQuerySet":
        """Return what this person recorded or was alerted to, of what they may see."""
        told = Alert.objects.filter(incident=OuterRef("pk"), recipient=viewer.user)
        return self.visible_to(viewer).filter(Q(reported_by=viewer.user) | Exists(told))

    def _outside_conflicts_of(self, viewer) -> Q:
        """Say that the viewer is neither whom it is about nor too near to a child in it.

        Nothing overrides this (SR-49, SR-50). Each list is short and read once.
        """
        near = Conflict.objects.of(viewer).values("pupil")
        return (
            ~Q(pk__in=Subject.objects.of(viewer).values("incident"))
            & ~Q(pupil__in=near)
            & ~Q(pk__in=LinkedPupil.objects.filter(pupil__in=near).values("incident"))
        )

    def _open_to(self, viewer) -> Q:
        """Say that no lead has limited it to others than this viewer."""
        return ~Q(pk__in=Restriction.objects.shutting_out(viewer).values("incident"))

    def _granted(self, viewer, to: str = "see_incidents") -> Q:
        if not viewer.has(Permission.READ_INCIDENTS):
            return Q(pk__in=[])
        if viewer.reads_every_category:
            return Q(school=viewer.school)
        if viewer.inspects:
            return _of_children(Q(pupil__in=TeamMember.objects.read_by(viewer).values("pupil")))
        if not viewer.reads_by_category:
            return self._granted_by_pupil(viewer)
        return self._granted_by_category(viewer, to) | self._granted_by_pupil(viewer)

    def _granted_by_category(self, viewer, to: str) -> Q:
        """Say that a grant reaches one of its categories, and every restricted one of them."""
        reported = IncidentCategory.objects.filter(incident=OuterRef("pk"))
        refined = ActionCategory.objects.in_force_for(OuterRef("pk"))
        reaches = _granted_to(viewer, to, "incident__pupil")
        reaches_refined = _granted_to(viewer, to, "action__incident__pupil")
        return (Exists(reported.filter(reaches)) | Exists(refined.filter(reaches_refined))) & ~(
            Exists(reported.filter(RESTRICTED).exclude(reaches))
            | Exists(refined.filter(RESTRICTED).exclude(reaches_refined))
        )

    def _granted_by_pupil(self, viewer) -> Q:
        """Say that it is of a child in whose team the viewer is, or whose file they had to open."""
        team = TeamMember.objects.read_by(viewer).values("pupil")
        opened = BreakGlass.objects.of(viewer).values("pupil")
        return _of_children(Q(pupil__in=team) | Q(pupil__in=opened))

    def written_by(self, user) -> "IncidentQuerySet":
        """Return what this person recorded."""
        return self.filter(reported_by=user)

    def of_and_linked_to(self, pupil) -> "IncidentQuerySet":
        """Return incidents about the pupil and those linked into the pupil's chronology."""
        about = Incident.objects.filter(pupil=pupil).values("pk")
        linked = LinkedPupil.objects.filter(pupil=pupil, in_chronology=True).values("incident")
        return self.filter(pk__in=about.union(linked))

    def in_categories(self, viewer, categories) -> "IncidentQuerySet":
        """Return incidents that are, as far as the viewer may know, of any of these now.

        A lead's choice counts for those who read in full; for others the reporter's does, or a
        filter would tell them what the page does not.
        """
        reported = IncidentCategory.objects.filter(incident=OuterRef("pk"), category__in=categories)
        refined = ActionCategory.objects.in_force_for(OuterRef("pk")).within(categories)
        # Rights are asked last: few incidents are refined, and this is the dearest of the questions.
        in_full, is_refined = self._granted(viewer), Exists(Action.objects.refining(OuterRef("pk")))
        return self.filter(
            Q(Exists(refined)) & in_full | Q(Exists(reported)) & ~(Q(is_refined) & in_full)
        )

    def with_significance(self) -> "IncidentQuerySet":
        """Annotate whether the leads' latest mark says that this is a significant event."""
        marks = Significance.objects.latest_of(OuterRef("pk")).values("significant")[:1]
        return self.annotate(is_significant=Coalesce(Subquery(marks), models.Value(False)))

    def marked_significant(self) -> "IncidentQuerySet":
        """Return incidents whose latest mark says that they are significant."""
        return self.with_significance().filter(is_significant=True)

    def with_people(self) -> "IncidentQuerySet":
        """Fetch pupil and author with the rows."""
        return self.select_related("pupil", "reported_by")

    def with_state(self) -> "IncidentQuerySet":
        """Annotate what the latest entries say: is_closed, is_read, is_acted_on."""
        turning = Action.objects.filter(
            incident=OuterRef("pk"), kind__in=[Action.Kind.CLOSED, Action.Kind.REOPENED]
        ).order_by("-recorded_at", "-id")
        by_others = (
            Action.objects.for_the_thread()
            .filter(incident=OuterRef("pk"))
            .exclude(Q(author=OuterRef("reported_by")) | Q(kind=Action.Kind.CATEGORIES))
        )
        read = Acknowledgement.objects.filter(alert__incident=OuterRef("pk"), alert__action=None)
        return self.annotate(
            last_turn=Coalesce(Subquery(turning.values("kind")[:1]), models.Value("")),
            is_read=Exists(read),
            is_acted_on=Exists(by_others),
        )

    def still_open(self) -> "IncidentQuerySet":
        """Return incidents that nobody has closed, or that were opened again."""
        return self.with_state().exclude(last_turn=Action.Kind.CLOSED)

    def with_unread(self) -> "IncidentQuerySet":
        """Annotate how many of the incident's alerts nobody has marked as read."""
        waiting = (
            Alert.objects.filter(incident=OuterRef("pk"))
            .for_the_thread()
            .waiting()
            .order_by()
            .values("incident")
            .annotate(number=models.Count("pk"))
        )
        return self.annotate(
            unread=Coalesce(
                Subquery(waiting.values("number")), 0, output_field=models.IntegerField()
            )
        )


class Incident(AppendOnlyModel):
    """One recorded concern, observation, disclosure or conversation about a pupil."""

    class Precision(models.TextChoices):
        EXACT = "exact", "At this time"
        APPROXIMATE = "approximate", "At about this time"
        DAY = "day", "That day, time not known"

    class ParentsTold(models.TextChoices):
        YES = "yes", "Yes"
        NO = "no", "No"
        NOT_YET = "not_yet", "Not yet"

    school = models.ForeignKey(School, models.PROTECT, related_name="incidents")
    reference = models.CharField(max_length=7, default=new_reference)
    submission = models.UUIDField(unique=True)
    reported_by = models.ForeignKey(User, models.PROTECT, related_name="incidents")
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="incidents")
    occurred_at = models.DateTimeField()
    precision = models.CharField(max_length=12, choices=Precision, default=Precision.EXACT)
    place = models.CharField(max_length=12, choices=Place, blank=True)
    place_detail = models.CharField(max_length=120, blank=True)
    level = models.PositiveSmallIntegerField(choices=Level)
    saw = models.TextField(blank=True)
    told = models.TextField(blank=True)
    told_by = models.CharField(max_length=120, blank=True)
    child_words = models.TextField(blank=True)
    heard = models.TextField(blank=True)
    opinion = models.TextField(blank=True)
    done_already = models.TextField(blank=True)
    parents_told = models.CharField(max_length=8, choices=ParentsTold, blank=True)
    parents_detail = models.TextField(blank=True)
    medical = models.TextField(blank=True)
    told_in_person = models.CharField(max_length=120, blank=True)
    late_reason = models.TextField(blank=True, default="", db_default="")

    # Annotations of `with_state`, `with_unread` and `with_significance`.
    last_turn: str
    is_read: bool
    is_acted_on: bool
    unread: int
    is_significant: bool

    objects = IncidentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["school", "reference"], name="incident_reference_once"),
            models.CheckConstraint(
                condition=~Q(saw="", told="", child_words="", heard=""),
                name="incident_says_what_happened",
            ),
            models.CheckConstraint(
                condition=Q(level__in=[1, 2, 3]), name="incident_level_is_known"
            ),
        ]
        indexes = [
            models.Index(fields=["pupil", "-occurred_at", "id"], name="incident_of_pupil"),
            models.Index(fields=["reported_by", "-recorded_at", "id"], name="incident_by_author"),
            models.Index(fields=["school", "-level", "-recorded_at", "id"], name="incident_review"),
            models.Index(fields=["school", "-recorded_at", "id"], name="incident_newest"),
        ]

    def __str__(self) -> str:
        return self.reference


class LinkedPupilQuerySet(AppendOnlyQuerySet):
    """Other children in an incident."""

    def visible_to(self, viewer) -> "LinkedPupilQuerySet":
        """Return links of incidents that the viewer may see."""
        return self.filter(incident__in=seen_by(viewer))


class LinkedPupil(AppendOnlyModel):
    """Another child in an incident, in which part, and whether it stands in their chronology."""

    class Part(models.TextChoices):
        ALSO_AFFECTED = "also_affected", "Also affected"
        ALLEGED_HARMED = "alleged_harmed", "Alleged to have been harmed"
        ALLEGED_TO_HAVE_HARMED = "alleged_to_have_harmed", "Alleged to have harmed"
        WITNESS = "witness", "Witness"
        SIBLING = "sibling", "Brother or sister"
        FRIEND = "friend", "Friend"

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="linked_pupils")
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="links")
    role = models.CharField(max_length=24, choices=Part)
    in_chronology = models.BooleanField(default=True)

    objects = LinkedPupilQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "pupil"], name="linked_pupil_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} in {self.incident_id}"


class IncidentPartQuerySet(AppendOnlyQuerySet):
    """What belongs to an incident and is seen with it."""

    def visible_to(self, viewer):
        """Return parts of incidents that the viewer may see."""
        return self.filter(incident__in=seen_by(viewer))


def _of_children(pupils: Q) -> Q:
    """Say of an incident that it stands in the story of one of these pupils."""
    linked = LinkedPupil.objects.filter(pupils, in_chronology=True).values("incident")
    return pupils | Q(pk__in=linked)


# By itself, or by the category above it.
RESTRICTED = Q(category__restricted=True) | Q(category__parent__restricted=True)


def _granted_to(viewer, to: str, pupil: str) -> Q:
    """Say of a row that names a category that the viewer holds a grant to do this with what is of it.

    What the grants are was asked once; so PostgreSQL compares with a few values and reads no table.
    """
    held = [grant for grant in CategoryGrant.of(viewer) if getattr(grant, to)]
    reaches = _within({grant.category_id for grant in held if not grant.year_groups})
    for grant in held:
        if grant.year_groups:
            in_years = Q(**{f"{pupil}__year_group__in": grant.year_groups})
            reaches |= in_years & _within({grant.category_id})
    return reaches


def _within(categories: Collection[UUID]) -> Q:
    """Say of a row that it names one of these categories, or one below it."""
    return Q(category__in=categories) | Q(category__parent__in=categories)


class IncidentCategory(AppendOnlyModel):
    """A category that the reporter chose, in the wording of the day."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="categories")
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    wording = models.CharField(max_length=80)
    colour = models.PositiveSmallIntegerField(default=1)

    objects = IncidentPartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "category"], name="incident_category_once")
        ]
        indexes = [models.Index(fields=["category", "incident"], name="incident_by_category")]

    def __str__(self) -> str:
        return self.wording


class IncidentAgency(AppendOnlyModel):
    """An agency involved in an incident, in the wording of the day."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="agencies")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+")
    wording = models.CharField(max_length=120)

    objects = IncidentPartQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "agency"], name="incident_agency_once")
        ]

    def __str__(self) -> str:
        return self.wording


def seen_by(viewer) -> IncidentQuerySet:
    """Return the incidents that the viewer may see, for what belongs to them to ask of."""
    return viewer.once("their incidents", lambda: Incident.objects.visible_to(viewer))


def read_in_full_by(viewer) -> IncidentQuerySet:
    """Return the incidents that the viewer reads with everything, for what belongs to them."""
    return viewer.once("theirs in full", lambda: Incident.objects.read_in_full_by(viewer))


def _of_an_entry_seen_by(viewer) -> Exists:
    """Say of a file, alert or category that its entry is one that the viewer may see."""
    actions = viewer.once("their actions", lambda: Action.objects.visible_to(viewer))
    return Exists(actions.filter(pk=OuterRef("action")))


def _of_what_is_read_in_full(viewer) -> Exists:
    """Say of an entry or alert that its incident is one that the viewer reads with everything."""
    return Exists(read_in_full_by(viewer).filter(pk=OuterRef("incident")))


class ActionQuerySet(AppendOnlyQuerySet):
    """The entries of an incident's thread."""

    def visible_to(self, viewer) -> "ActionQuerySet":
        """Return own actions, those addressed to the viewer, and all where the role reads all.

        Each entry has its own audience: what is for others is not there for the rest of the thread.
        """
        told = Exists(Alert.objects.filter(action=OuterRef("pk"), recipient=viewer.user))
        named = Exists(ActionReader.objects.filter(action=OuterRef("pk"), user=viewer.user))
        in_full = Q(_of_what_is_read_in_full(viewer))
        for_thread = Q(audience=Audience.THREAD) & (Q(told) | in_full)
        mine = Q(author=viewer.user) | Q(named)
        if viewer.has(Permission.READ_LEADS_ONLY):
            mine |= leads_only_for(viewer, "incident__pupil") & in_full
        return self.filter(mine | for_thread, incident__in=seen_by(viewer))

    def for_the_thread(self) -> "ActionQuerySet":
        """Return entries for everybody who reads the thread: they alone turn what others see."""
        return self.filter(audience=Audience.THREAD)

    def as_it_happened(self) -> "ActionQuerySet":
        """Return entries in the order in which things were done."""
        return self.order_by("occurred_at", "recorded_at", "id")

    def refining(self, incident: F | OuterRef | UUID) -> "ActionQuerySet":
        """Return the entries that set an incident's categories anew, the one that counts first."""
        anew = self.filter(incident=incident, kind=Action.Kind.CATEGORIES)
        return anew.order_by("-recorded_at", "-id")


class Action(AppendOnlyModel):
    """A later entry under an incident: what was done, asked, answered or decided, and why."""

    class Kind(models.TextChoices):
        UPDATE = "update", "Update"
        QUESTION = "question", "Question"
        ANSWER = "answer", "Answer"
        PARENT_CONTACT = "parent_contact", "Contact with parent or carer"
        AGENCY_CONTACT = "agency_contact", "Contact with an agency"
        DECISION = "decision", "Decision"
        REFERRAL = "referral", "Referral"
        OUTCOME = "outcome", "Outcome"
        CORRECTION = "correction", "Correction"
        MISTAKE = "mistake", "Reported mistake"
        CATEGORIES = "categories", "Categories refined"
        MESSAGE = "message_to_reporter", "Message to the person who reported"
        CLOSED = "closed", "Closed"
        REOPENED = "reopened", "Opened again"

    class Decision(models.TextChoices):
        NO_FURTHER_ACTION = "no_further_action", "No further action"
        MONITOR = "monitor", "Monitor"
        EARLY_HELP = "early_help", "Early help"
        ADVICE_TAKEN = "advice_taken", "Advice taken"
        REFERRAL_MADE = "referral_made", "Referral made"
        NOT_REFERRED = "referral_considered_not_made", "Referral considered and not made"
        ESCALATED = "escalated", "Escalated"

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="actions")
    submission = models.UUIDField(unique=True)
    author = models.ForeignKey(User, models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=20, choices=Kind)
    occurred_at = models.DateTimeField()
    narrative = models.TextField()
    decision = models.CharField(max_length=30, choices=Decision, blank=True)
    reasons = models.TextField(blank=True)
    impact = models.TextField(blank=True)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, blank=True, related_name="+")
    audience = models.CharField(
        max_length=10, choices=Audience, default=Audience.THREAD, db_default=Audience.THREAD.value
    )

    objects = ActionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(narrative=""), name="action_says_something"),
            models.CheckConstraint(
                condition=~Q(kind="decision") | (~Q(decision="") & ~Q(reasons="")),
                name="action_decision_has_reasons",
            ),
        ]
        indexes = [
            models.Index(fields=["incident", "occurred_at", "id"], name="action_in_thread"),
            models.Index(fields=["author", "-recorded_at"], name="action_by_author"),
            models.Index(
                fields=["incident", "-recorded_at", "-id"],
                condition=Q(kind="categories"),
                name="action_categories_latest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} under {self.incident_id}"


class ActionCategoryQuerySet(AppendOnlyQuerySet):
    """Categories that leads chose by an entry."""

    def visible_to(self, viewer) -> "ActionCategoryQuerySet":
        """Return those of entries that the viewer may see."""
        return self.filter(_of_an_entry_seen_by(viewer))

    def read_in_full_by(self, viewer) -> "ActionCategoryQuerySet":
        """Return those of incidents that the viewer reads with everything."""
        incidents = read_in_full_by(viewer)
        return self.filter(Exists(incidents.filter(pk=OuterRef("action__incident"))))

    def in_force(self) -> "ActionCategoryQuerySet":
        """Return those of each incident's latest such entry."""
        latest = Action.objects.refining(OuterRef("action__incident"))
        return self.filter(action=Subquery(latest.values("pk")[:1]))

    def in_force_for(self, incident: OuterRef) -> "ActionCategoryQuerySet":
        """Return those of the latest such entry of the incident that is being looked at."""
        latest = Action.objects.refining(OuterRef(incident))
        return self.filter(action=Subquery(latest.values("pk")[:1]))

    def within(self, categories) -> "ActionCategoryQuerySet":
        """Return those that are one of these, or below one of them."""
        return self.filter(_within(categories))


class ActionCategory(AppendOnlyModel):
    """A category that an entry gives the incident, in the wording of the day; the last entry counts."""

    action = models.ForeignKey(Action, models.PROTECT, related_name="categories")
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    wording = models.CharField(max_length=80)
    parent_wording = models.CharField(max_length=80, blank=True)
    colour = models.PositiveSmallIntegerField(default=1)

    objects = ActionCategoryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["action", "category"], name="action_category_once")
        ]
        indexes = [models.Index(fields=["category", "action"], name="action_by_category")]

    def __str__(self) -> str:
        return ": ".join(filter(None, [self.parent_wording, self.wording]))


def _injuries_shown_to(viewer) -> Q:
    """Say of what shows an injury that a role which reads by category may see it.

    By having recorded it or been told of it, or by a grant for a category of injuries, in its years.
    """
    told = Alert.objects.filter(incident=OuterRef("incident"), recipient=viewer.user)
    shown = Q(incident__reported_by=viewer.user) | Q(Exists(told))
    for grant in CategoryGrant.of(viewer):
        if grant.see_incidents and grant.category.shows_injuries:
            years = Q(incident__pupil__year_group__in=grant.year_groups)
            shown |= years if grant.year_groups else ~Q(pk__in=[])
    return shown


class AttachmentQuerySet(AppendOnlyQuerySet):
    """Files of incidents and of their actions."""

    def visible_to(self, viewer) -> "AttachmentQuerySet":
        """Return files of incidents, and of those actions, that the viewer may see.

        Pictures may show injuries: a pastoral lead or SENCO sees them by a grant for a category of
        injuries, and not by any other.
        """
        rows = self.filter(
            Q(action=None) | Q(_of_an_entry_seen_by(viewer)),
            incident__in=seen_by(viewer),
        )
        if viewer.inspects:  # what is looked at stays here: a file can only be taken away
            return rows.none()
        if viewer.reads_every_category or Role.DEPUTY_DSL in viewer.roles:
            return rows
        return rows.filter(
            ~Q(content_type__startswith="image/")
            | Q(action__author=viewer.user)
            | _injuries_shown_to(viewer)
        )


class Attachment(AppendOnlyModel):
    """A file kept, sealed, with an incident or one of its actions."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="attachments")
    action = models.ForeignKey(Action, models.PROTECT, null=True, related_name="attachments")
    name = models.CharField(max_length=150)
    content_type = models.CharField(max_length=100)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=64, unique=True)

    objects = AttachmentQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.pk)


class BodyMarkQuerySet(AppendOnlyQuerySet):
    """Marks on the body maps of incidents."""

    def visible_to(self, viewer) -> "BodyMarkQuerySet":
        """Return marks of incidents that the viewer may see, where they may see injuries."""
        rows = self.filter(incident__in=seen_by(viewer))
        if viewer.reads_every_category or viewer.inspects or Role.DEPUTY_DSL in viewer.roles:
            return rows
        return rows.filter(_injuries_shown_to(viewer))

    def in_order(self) -> "BodyMarkQuerySet":
        """Return marks by their numbers."""
        return self.order_by("number", "id")


class BodyMark(AppendOnlyModel):
    """A mark on a child's body, numbered as on its drawing; x and y where somebody pointed.

    The region's name is in the wording of the day. Points are on the adult's drawing.
    """

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="marks")
    number = models.PositiveSmallIntegerField()
    figure = models.CharField(max_length=5, choices=[("child", "Child"), ("adult", "Young person")])
    region = models.CharField(max_length=60)
    wording = models.CharField(max_length=80)
    x = models.PositiveSmallIntegerField(null=True, blank=True)
    y = models.PositiveSmallIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=10, choices=MarkKind)
    length_mm = models.PositiveSmallIntegerField(null=True, blank=True)
    width_mm = models.PositiveSmallIntegerField(null=True, blank=True)
    shape = models.CharField(max_length=80, blank=True)
    colour = models.CharField(max_length=80, blank=True)
    broken = models.CharField(max_length=8, choices=Answer, blank=True)
    pain = models.CharField(max_length=8, choices=Answer, blank=True)
    signs = ArrayField(models.CharField(max_length=10, choices=Sign), default=list, blank=True)
    first_aid = models.CharField(max_length=200, blank=True)
    child_said = models.TextField(blank=True)
    explanation = models.CharField(max_length=10, choices=Explanation, blank=True)

    objects = BodyMarkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "number"], name="body_mark_number_once"),
            models.CheckConstraint(
                condition=Q(number__gte=1, number__lte=MOST_MARKS), name="body_mark_number_is_known"
            ),
            models.CheckConstraint(
                condition=Q(x=None, y=None) | Q(x__isnull=False, y__isnull=False),
                name="body_mark_point_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.wording}"


class AlertQuerySet(AppendOnlyQuerySet):
    """Who was told, and who has said that they read it."""

    def visible_to(self, viewer) -> "AlertQuerySet":
        """Return one's own alerts, those one raised, and all where the role reads all."""
        raised = Q(action=None, incident__reported_by=viewer.user) | Q(action__author=viewer.user)
        in_full = Q(_of_what_is_read_in_full(viewer))
        open_entry = Q(action=None) | Q(action__audience=Audience.THREAD)
        limited = _of_an_entry_seen_by(viewer)
        return self.filter(
            Q(recipient=viewer.user) | raised | in_full,
            open_entry | Q(limited),
            incident__in=seen_by(viewer),
        )

    def for_the_thread(self) -> "AlertQuerySet":
        """Return alerts to what everybody who reads the thread may know of."""
        return self.filter(Q(action=None) | Q(action__audience=Audience.THREAD))

    def on_receipts_of(self, viewer) -> "AlertQuerySet":
        """Return who was told of what this person recorded, when they recorded it."""
        received = Incident.objects.received_from(viewer)
        return self.filter(action=None, incident__in=received)

    def addressed_to(self, viewer) -> "AlertQuerySet":
        """Return alerts for this person in the school acted in."""
        return self.filter(recipient=viewer.user, incident__school=viewer.school)

    def waiting(self) -> "AlertQuerySet":
        """Return alerts that nobody has marked as read."""
        return self.filter(acknowledgement=None)

    def newest_first(self) -> "AlertQuerySet":
        """Return alerts as a list shows them."""
        return self.order_by("-recorded_at", "id")


class Alert(AppendOnlyModel):
    """A named member of staff told of an incident, or of an action under it."""

    class Because(models.TextChoices):
        ALWAYS = "always", "Always alerted"
        GROUP = "group", "In an alerted group"
        NAMED = "named", "Named"
        MISTAKE = "mistake", "Told of reported mistakes"
        REPORTER = "reporter", "Reported it"
        COVER = "cover", "Stands in for somebody"

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="alerts")
    action = models.ForeignKey(Action, models.PROTECT, null=True, related_name="alerts")
    recipient = models.ForeignKey(User, models.PROTECT, related_name="alerts")
    because = models.CharField(max_length=10, choices=Because)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "action", "recipient"],
                name="alert_once_each",
                nulls_distinct=False,
            )
        ]
        indexes = [
            models.Index(fields=["recipient", "-recorded_at", "id"], name="alert_for_recipient")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class AcknowledgementQuerySet(AppendOnlyQuerySet):
    """Moments of "read"."""

    def visible_to(self, viewer) -> "AcknowledgementQuerySet":
        """Return acknowledgements of alerts that the viewer may see."""
        return self.filter(alert__in=Alert.objects.visible_to(viewer))


class Acknowledgement(AppendOnlyModel):
    """The moment the alerted person says "read"; its absence is what keeps an alert waiting."""

    alert = models.OneToOneField(Alert, models.PROTECT, related_name="acknowledgement")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = AcknowledgementQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.pk)


class SignificanceQuerySet(AppendOnlyQuerySet):
    """What the leads marked as significant."""

    def visible_to(self, viewer) -> "SignificanceQuerySet":
        """Return marks on incidents that the viewer reads in full."""
        return self.filter(incident__in=read_in_full_by(viewer))

    def latest_of(self, incident: F | OuterRef) -> "SignificanceQuerySet":
        """Return an incident's marks, the one that counts first."""
        return self.filter(incident=incident).order_by("-recorded_at", "-id")


class Significance(AppendOnlyModel):
    """A lead marks an incident as a significant event, or takes the mark back; the last counts."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="significances")
    significant = models.BooleanField()
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = SignificanceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["incident", "-recorded_at"], name="significance_latest")]

    def __str__(self) -> str:
        return str(self.pk)
