"""Pupils, their contacts, and the safeguarding statuses that began and ended."""

import uuid
from datetime import date

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL

from accounts.models import School, User
from accounts.permissions import Permission
from pupils import names, reach
from pupils.people import AccessReason, BreakGlass, BreakGlassReview, Conflict, TeamMember
from safeguard.append_only import AppendOnlyModel, AppendOnlyQuerySet

__all__ = [
    "AccessReason",
    "BreakGlass",
    "BreakGlassReview",
    "Conflict",
    "Contact",
    "ImportRun",
    "Pupil",
    "StatusChange",
    "TeamMember",
]

LEAST_LETTERS_BY_PREFIX = 2


class PupilQuerySet(models.QuerySet):
    """The vocabulary of a school's roll."""

    def enrol(self, **fields) -> "Pupil":
        """Add a pupil to the roll, with the keys by which they are sorted and found."""
        pupil = Pupil(**fields)
        pupil.refresh_keys()
        pupil.save(using=self.db)
        return pupil

    def visible_to(self, viewer) -> "PupilQuerySet":
        """Return pupils whose chronology the viewer may open now; none with whom they are in conflict."""
        if not viewer.has(Permission.READ_CHRONOLOGY):
            return self.none()
        rows = self.filter(school=viewer.school)
        if not viewer.reads_every_category:
            rows = rows.filter(self._within_reach_of(viewer))
        return rows.exclude(pk__in=Conflict.objects.of(viewer).values("pupil"))

    def _within_reach_of(self, viewer) -> Q:
        """Say whom somebody reaches who does not read everything: their team's, and by grant."""
        reached = Q(pk__in=TeamMember.objects.read_by(viewer).values("pupil"))
        if viewer.inspects:
            return reached
        reached |= Q(pk__in=BreakGlass.objects.of(viewer).values("pupil"))
        for more in reach.REACH:
            reached |= more(viewer)
        return reached

    def listed_for(self, viewer) -> "PupilQuerySet":
        """Return whom the viewer may look for and open: an inspector after saying why, too."""
        if not viewer.inspects or not viewer.has(Permission.READ_CHRONOLOGY):
            return self.visible_to(viewer)
        named = self.filter(
            school=viewer.school, pk__in=TeamMember.objects.of(viewer).values("pupil")
        )
        return named.exclude(pk__in=Conflict.objects.of(viewer).values("pupil"))

    def awaiting_reason_of(self, viewer) -> "PupilQuerySet":
        """Return the children whom an inspector is named for and has not said why they read of."""
        if not viewer.inspects:
            return self.none()
        given = AccessReason.objects.of(viewer).values("pupil")
        return self.listed_for(viewer).exclude(pk__in=given)

    def pickable_by(self, viewer) -> "PupilQuerySet":
        """Return the current pupils whom the viewer may pick when recording."""
        if not viewer.has(Permission.FIND_PUPIL):
            return self.none()
        return self.filter(school=viewer.school).on_roll()

    def on_roll(self) -> "PupilQuerySet":
        """Return pupils who have not left."""
        return self.filter(leaving_date=None)

    def named_like(self, words: str) -> "PupilQuerySet":
        """Return pupils each of whose given words begins, or is within, a name or the form.

        Two letters count from the beginning of a word and three anywhere (SR-53); fewer find
        nobody. The database's own function looks (pupils/migrations): it uses the index, which
        PostgreSQL does not for what has to pass the wall between schools first.
        """
        wanted = [names.plain(word) for word in words.split()]
        wanted = [word for word in wanted if word]
        if not wanted or max(map(len, wanted)) < LEAST_LETTERS_BY_PREFIX:
            return self.none()
        return self.filter(pk__in=RawSQL("SELECT pupils_named_like(%s)", [wanted]))

    def in_order(self) -> "PupilQuerySet":
        """Return pupils as a register lists them."""
        return self.order_by("sort_key", "id")


class Pupil(models.Model):
    """A child on, or once on, a school's roll; what the school's MIS knows of them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.ForeignKey(School, models.PROTECT, related_name="pupils")
    upn = models.CharField("UPN", max_length=13, blank=True)
    mis_id = models.CharField(max_length=40, blank=True)
    admission_number = models.CharField(max_length=20, blank=True)
    legal_forename = models.CharField(max_length=80)
    legal_surname = models.CharField(max_length=80)
    middle_names = models.CharField(max_length=120, blank=True)
    preferred_forename = models.CharField(max_length=80, blank=True)
    preferred_surname = models.CharField(max_length=80, blank=True)
    date_of_birth = models.DateField(null=True, blank=True)
    sex = models.CharField(max_length=10, blank=True)
    year_group = models.CharField(max_length=4, blank=True)
    form = models.CharField(max_length=20, blank=True)
    house = models.CharField(max_length=40, blank=True)
    ethnicity = models.CharField(max_length=80, blank=True)
    first_language = models.CharField(max_length=60, blank=True)
    home_language = models.CharField(max_length=60, blank=True)
    sen_provision = models.CharField(max_length=1, blank=True)
    fsm = models.BooleanField(null=True)
    ever_fsm6 = models.BooleanField(null=True)
    pupil_premium = models.BooleanField(null=True)
    service_child = models.BooleanField(null=True)
    eal = models.BooleanField(null=True)
    in_care = models.BooleanField(null=True)
    address = models.CharField(max_length=250, blank=True)
    entry_date = models.DateField(null=True, blank=True)
    leaving_date = models.DateField(null=True, blank=True)
    sort_key = models.CharField(max_length=170, editable=False)
    search_text = models.CharField(max_length=400, editable=False)

    objects = PupilQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "upn"], condition=~Q(upn=""), name="pupil_one_per_upn"
            ),
            models.UniqueConstraint(
                fields=["school", "mis_id"], condition=~Q(mis_id=""), name="pupil_one_per_mis_id"
            ),
        ]
        indexes = [
            models.Index(fields=["school", "sort_key", "id"], name="pupil_in_order"),
            GinIndex(fields=["search_text"], name="pupil_search", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name the child is called by."""
        return f"{self.preferred_forename or self.legal_forename} {self.surname}"

    @property
    def forename(self) -> str:
        """The forename the child is called by."""
        return self.preferred_forename or self.legal_forename

    @property
    def surname(self) -> str:
        """The surname the child is called by."""
        return self.preferred_surname or self.legal_surname

    @property
    def legal_name(self) -> str:
        """The name on the birth certificate, with middle names."""
        return " ".join(filter(None, [self.legal_forename, self.middle_names, self.legal_surname]))

    @property
    def year_label(self) -> str:
        """The year group in words: Nursery, Reception, Year 4."""
        if self.year_group.isdigit():
            return f"Year {self.year_group}"
        return {"N1": "Nursery 1", "N2": "Nursery", "R": "Reception"}.get(self.year_group, "")

    @property
    def where(self) -> str:
        """Year and form, by which staff tell two children of one name apart."""
        return ", ".join(filter(None, [self.year_label, self.form]))

    def age_on(self, day: date) -> int | None:
        """Return the age in whole years on a day; None when the date of birth is unknown."""
        born = self.date_of_birth
        if born is None:
            return None
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))

    def refresh_keys(self) -> None:
        """Make again the keys by which this pupil is sorted and found."""
        self.sort_key = names.sort_key(self.surname, self.forename)[:170]
        self.search_text = names.searchable(
            self.forename, self.surname, self.legal_forename, self.legal_surname, self.form
        )[:400]


class ContactQuerySet(models.QuerySet):
    """Family and others to ring, in the school's order."""

    def visible_to(self, viewer) -> "ContactQuerySet":
        """Return contacts of pupils whose chronology the viewer may open."""
        return self.filter(pupil__in=Pupil.objects.visible_to(viewer))

    def in_order(self) -> "ContactQuerySet":
        """Return contacts by the priority the school gave them."""
        return self.order_by("priority", "surname", "id")


class Contact(models.Model):
    """An adult in a pupil's life, from the MIS."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="contacts")
    title = models.CharField(max_length=20, blank=True)
    forename = models.CharField(max_length=80, blank=True)
    surname = models.CharField(max_length=80)
    relationship = models.CharField(max_length=60, blank=True)
    priority = models.PositiveSmallIntegerField(default=1)
    parental_responsibility = models.BooleanField(null=True)
    telephone = models.CharField(max_length=40, blank=True)
    mobile = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=250, blank=True)
    lives_with = models.BooleanField(null=True)
    restriction = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=60, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["pupil", "priority"], name="contact_in_order")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Title, forename and surname, as far as the school knows them."""
        return " ".join(filter(None, [self.title, self.forename, self.surname]))


class StatusChangeQuerySet(AppendOnlyQuerySet):
    """What began and ended."""

    def visible_to(self, viewer) -> "StatusChangeQuerySet":
        """Return changes for pupils whose chronology the viewer may open."""
        return self.filter(pupil__in=Pupil.objects.visible_to(viewer))

    def in_force(self, on: date) -> "StatusChangeQuerySet":
        """Return the beginnings of what still holds on a day: a status's last change decides."""
        last = (
            StatusChange.objects.filter(
                pupil=OuterRef("pupil"), kind=OuterRef("kind"), on_date__lte=on
            )
            .order_by("-on_date", "-recorded_at", "-id")
            .values("pk")[:1]
        )
        return self.filter(pk=Subquery(last), change=StatusChange.Change.STARTED)


class StatusChange(AppendOnlyModel):
    """A safeguarding status that began or ended on a day: a row each, never a flag to keep true."""

    class Kind(models.TextChoices):
        CHILD_PROTECTION = "child_protection", "Child protection plan"
        CHILD_IN_NEED = "child_in_need", "Child in need plan"
        SECTION_47 = "section_47", "Section 47 enquiry"
        EARLY_HELP = "early_help", "Early help"
        SOCIAL_WORKER = "social_worker", "Has a social worker"
        LOOKED_AFTER = "looked_after", "Looked after"
        PREVIOUSLY_LOOKED_AFTER = "previously_looked_after", "Previously looked after"
        YOUNG_CARER = "young_carer", "Young carer"
        EHCP = "ehcp", "Education, health and care plan"
        PRIVATE_FOSTERING = "private_fostering", "Private fostering"
        CHANNEL = "channel", "Channel"
        COURT_ORDER = "court_order", "Court order about contact"

    class Change(models.TextChoices):
        STARTED = "started", "Started"
        ENDED = "ended", "Ended"

    pupil = models.ForeignKey(Pupil, models.PROTECT, related_name="status_changes")
    kind = models.CharField(max_length=30, choices=Kind)
    change = models.CharField(max_length=10, choices=Change)
    on_date = models.DateField()
    authority = models.CharField("local authority or agency", max_length=120, blank=True)
    worker = models.CharField(max_length=120, blank=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")

    objects = StatusChangeQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["pupil", "on_date"], name="status_in_order")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.get_change_display().lower()}"


class ImportRunQuerySet(AppendOnlyQuerySet):
    """Runs of the import."""

    def visible_to(self, viewer) -> "ImportRunQuerySet":
        """Return the runs of the viewer's school to who imports there."""
        if not viewer.has(Permission.IMPORT_PUPILS):
            return self.none()
        return self.filter(school=viewer.school)


class ImportRun(AppendOnlyModel):
    """One applied import of the roll: from which file, with what result."""

    school = models.ForeignKey(School, models.PROTECT, related_name="+")
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    source = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    added = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    unchanged = models.PositiveIntegerField()
    left_out = models.PositiveIntegerField()
    leavers_proposed = models.PositiveIntegerField()

    objects = ImportRunQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.file_name} {self.recorded_at:%Y-%m-%d %H:%M}"
