"""Who looked: the log, its filter, one's own looks, and what was unusual, as people see them."""

import pytest
from django.urls import reverse
from django.utils import timezone

from ledger.access import record_access
from pupils import closeness
from records import anomalies
from tests import factories
from tests.factories import PASSWORD
from tests.journeys.browsing import elevate

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_head_reads_the_log_and_asks_about_what_is_unusual(
    oak, ada, dee, hal, cho, pat, sam, rosa, ivy, someone
):
    """SR-52, SR-86."""
    for viewer in (hal, cho, ivy):
        viewer.user.set_password(PASSWORD)
        viewer.user.save()
    many = [factories.pupil(oak, f"Pupil Number{n}") for n in range(12)]
    record_access(dee.elevated(), "review.read", pupils=[child.pk for child in many])
    closeness.break_glass(by=pat.elevated(), pupil=sam, reason="He did not come home.")
    record_access(pat.elevated(), "chronology.read", pupils=[sam.pk], target=sam.pk)
    record_access(ada, "incident.read", pupils=[sam.pk, rosa.pk])
    for _ in range(11):
        record_access(ada, "denied:chronology.read", target=sam.pk)
    for child in [sam, *(factories.pupil(oak, f"More Number{n}") for n in range(31))]:
        record_access(hal.elevated(), "incident.read", pupils=[child.pk])
    anomalies.look_for(oak, timezone.localdate())
    head = someone()
    head.unspeakable = ["Winter", "Diaz"]

    head.open(reverse("home"))
    head.sign_in(hal)
    elevate(hal, head)
    head.open(reverse("access-log"))
    head.look("access-log", "Access log")
    head.page.locator("details.filters > summary").first.click()
    head.pick("Whose file", "wint", "Sam Winter")
    head.press("Show")
    head.page.wait_for_url(f"**?pupil={sam.pk}")
    head.look("access-log-of-sam", "Access log")
    assert "Dee Okafor" not in head.page.locator("tbody").inner_text()
    head.open(reverse("anomalies"))
    head.look("unusual-looks", "Unusual looks")
    head.follow("Look and note")
    head.look("unusual-look", "")
    head.press("Record my note")
    head.look("unusual-look-error", "")
    head.page.get_by_label("What did you find out?").fill("A wrong link in a mail.")
    head.press("Record my note")
    head.look("unusual-looks-noted", "Unusual looks")
    head.open(reverse("my-looks"))
    head.look("what-i-opened", "What I opened")
    head.open(reverse("chronology", args=[sam.pk]))
    head.look("file", "")
    assert "He did not come home." in head.page.locator("aside").inner_text()

    chair = someone()
    chair.unspeakable = ["Winter", "Diaz"]
    chair.open(reverse("home"))
    chair.sign_in(cho)
    elevate(cho, chair)
    chair.open(reverse("heads-looks"))
    chair.look("heads-looks", "The head’s looks")
    chair.follow("Look and note")
    chair.look("heads-look")
    chair.page.get_by_label("What did you find out?").fill("He prepared a meeting.")
    chair.press("Record my note")
    chair.look("heads-looks-noted", "The head’s looks")
    assert chair.page.get_by_text("Winter").count() == 0

    technician = someone()
    technician.open(reverse("home"))
    technician.sign_in(ivy)
    elevate(ivy, technician)
    technician.open(reverse("log-counts"))
    technician.look("counts", "Access log")

    assert head.faults + chair.faults + technician.faults == []
