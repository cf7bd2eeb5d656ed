"""The poster's address: put up, changed and taken down by the DSL or the head; off until then."""

import secrets

from django.db import transaction

from accounts.models import School
from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents.slips import bodies
from incidents.slips.rows import SlipAddress
from ledger.recording import record_change
from safeguard.errors import DomainError

TOKEN_BYTES = 16


class NoPoster(DomainError):
    """The slip is switched off."""


def address_of(by: Viewer) -> SlipAddress | None:
    """Return the address on the school's poster; None while the slip is switched off."""
    by.require(Permission.KEEP_POSTER)
    return SlipAddress.objects.visible_to(by).in_force()


def open_at(token: str) -> SlipAddress | None:
    """Return the address with this token where it leads somewhere now; an ended one is none."""
    return SlipAddress.objects.open_with(token)


def put_up(*, by: Viewer, shows_lead: bool) -> SlipAddress:
    """Open the slip under a new address; a poster of before leads nowhere from now on."""
    return _say(by, secrets.token_urlsafe(TOKEN_BYTES), shows_lead)


def change(*, by: Viewer, shows_lead: bool) -> SlipAddress:
    """Say whether the slip names the DSL, under the address that hangs on the wall."""
    found = address_of(by)
    if found is None:
        raise NoPoster("The visitors’ slip is switched off.")
    return found if found.shows_lead == shows_lead else _say(by, found.token, shows_lead)


def take_down(*, by: Viewer) -> None:
    """Switch the slip off: no poster leads anywhere."""
    if address_of(by) is not None:
        _say(by, "", shows_lead=False)


def _say(by: Viewer, token: str, shows_lead: bool) -> SlipAddress:
    by.require(Permission.KEEP_POSTER)
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        address = SlipAddress.objects.create(
            school=by.school, token=token, shows_lead=shows_lead, by=by.user
        )
        record_change(by=by, obj=address.pk, body=bodies.poster(address))
    return address
