"""From which year on a school's pupils are drawn as young people on a body map."""

import uuid

from django.db import models
from django.db.models.functions import Now

from accounts.models import School
from accounts.viewer import Viewer
from incidents.bodymap.regions import Figure
from incidents.injuries import FIRST_YEAR_OF_YOUNG_PEOPLE, YEARS, figure_for
from pupils.models import Pupil

NEVER = "never"
CHOICES = [
    (YEARS[0], "Everybody is drawn as a young person"),
    *((year, f"From Year {year} on") for year in YEARS[3:-1]),
    (NEVER, "Everybody is drawn as a child"),
]


class OutlineQuerySet(models.QuerySet):
    """Which outline schools use from which year."""

    def visible_to(self, viewer) -> "OutlineQuerySet":
        """Return that of the viewer's school: everybody draws with it."""
        return self.filter(school=viewer.school)


class Outline(models.Model):
    """A school's own choice of the year from which the young person's outline is used."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    school = models.OneToOneField(School, models.PROTECT, related_name="+")
    young_from = models.CharField(max_length=5, choices=CHOICES)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = OutlineQuerySet.as_manager()

    def __str__(self) -> str:
        return self.get_young_from_display()

    @classmethod
    def young_from_in(cls, viewer) -> str:
        """Return the year from which this viewer's school draws young people; 7 unless it chose."""
        chosen = cls.objects.visible_to(viewer).values_list("young_from", flat=True).first()
        return chosen or FIRST_YEAR_OF_YOUNG_PEOPLE


def figure_of(viewer: Viewer, pupil: Pupil) -> Figure:
    """Return whose proportions a pupil is drawn with in the viewer's school."""
    return figure_for(pupil.year_group, Outline.young_from_in(viewer))
