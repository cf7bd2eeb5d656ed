"""What a visitor types on a slip, and the poster by which they come."""

from uuid import uuid4

from django.urls import reverse
from django.utils import timezone

from accounts.viewer import Viewer, system_viewer
from incidents.models import Slip
from incidents.slips import poster, receiving
from incidents.slips.written import Written
from tests import factories

SAW = "Sam would not take his coat off, and winced."


def put_up(dee: Viewer, *, shows_lead: bool = False) -> str:
    """Switch the school's slip on, and return where its form is."""
    address = poster.put_up(by=dee.elevated(), shows_lead=shows_lead)
    return reverse("visitor-slip", args=[address.token])


def answers(**fields) -> dict:
    """Return what a browser sends from a form that was filled in."""
    said = {
        "submission": str(uuid4()),
        "is_urgent": "no",
        "child_name": "Sammy W",
        "child_class": "Year 4",
        "saw": SAW,
        "heard": "",
        "child_words": "My arm got shut in the door.",
        "occurred_on": f"{timezone.localdate():%Y-%m-%d}",
        "occurred_time": "00:00",
        "place": "The cloakroom",
        "about": "nobody",
        "staff_name": "",
        "writer_name": "Vera Quill",
        "writer_role": "Supply teacher",
        "writer_reach": "01632 960 777",
    }
    return said | fields


def slip(at, **fields) -> Slip:
    """Leave a slip at a school."""
    said = {
        "about": "nobody",
        "child_name": "Sammy W",
        "child_class": "Year 4",
        "saw": SAW,
        "child_words": "My arm got shut in the door.",
        "occurred_at": factories.ago(hours=1),
        "is_time_known": True,
        "is_urgent": False,
        "writer_name": "Vera Quill",
        "writer_role": "Supply teacher",
        "writer_reach": "01632 960 777",
    }
    submission = fields.pop("submission", None) or uuid4()
    return receiving.receive_slip(
        by=system_viewer(at), submission=submission, sender="", written=Written(**said | fields)
    )
