"""Choosing from which year on pupils are drawn as young people."""

from django.db import transaction

from accounts.models import School
from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents import bodies
from incidents.outlines import CHOICES, Outline
from ledger.recording import record_change
from safeguard.errors import DomainError, NotAllowed


class ChosenAlready(DomainError):
    """It is so already."""


def choose_outline(*, by: Viewer, young_from: str) -> Outline:
    """Draw pupils from this year on as young people; what was drawn before stays as it was."""
    by.require(Permission.APPROVE_RIGHTS)
    if young_from not in dict(CHOICES):
        raise NotAllowed("There is no such year.")
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        if Outline.young_from_in(by) == young_from:
            raise ChosenAlready("It is so already. Choose another year, or go back.")
        outline, _ = Outline.objects.visible_to(by).update_or_create(
            school=by.school, defaults={"young_from": young_from}
        )
        record_change(by=by, obj=outline.pk, body=bodies.outline(outline))
    return outline
