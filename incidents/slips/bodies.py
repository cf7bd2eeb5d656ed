"""What the ledger commits to of a slip, of what became of it, and of the poster it came by."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from uuid import UUID

from django.db.models import QuerySet

from incidents.slips.rows import Slip, SlipAddress, SlipAlert, SlipFiled, SlipPutAside
from ledger.bodies import Said, Source, entry_id, register, register_setting
from ledger.models import Kind

POSTER = "poster of the visitors' slip"
WRITTEN = (
    *("about", "staff_name", "child_name", "child_class", "saw", "heard", "child_words"),
    *("is_time_known", "place", "is_urgent", "writer_name", "writer_role", "writer_reach"),
)


def of_slip(slip: Slip, *, told: Iterable[SlipAlert]) -> Said:
    """Say that a slip came in, with everything on it, and who was told."""
    body = {
        "reference": slip.reference,
        "occurred_at": slip.occurred_at,
        "recorded_at": slip.recorded_at,
        **{name: getattr(slip, name) for name in WRITTEN},
        "told": sorted(str(one.recipient_id) for one in told),
    }
    return Said(Kind.SLIP, slip.school_id, slip.pk, body)


def of_filed(filed: SlipFiled) -> Said:
    """Say that a lead filed a slip, and which incident it became."""
    body = {
        "slip": filed.slip_id,
        "incident": filed.incident_id,
        "by": filed.by_id,
        "recorded_at": filed.recorded_at,
    }
    about = [entry_id(Kind.SLIP, filed.slip_id), entry_id(Kind.INCIDENT, filed.incident_id)]
    return Said(Kind.SLIP_FILED, filed.slip.school_id, filed.pk, body, acts_on=about)


def of_put_aside(aside: SlipPutAside) -> Said:
    """Say that a lead put a slip aside, and why."""
    body = {
        "slip": aside.slip_id,
        "why": aside.why,
        "note": aside.note,
        "by": aside.by_id,
        "recorded_at": aside.recorded_at,
    }
    about = [entry_id(Kind.SLIP, aside.slip_id)]
    return Said(Kind.SLIP_PUT_ASIDE, aside.slip.school_id, aside.pk, body, acts_on=about)


def poster(address: SlipAddress) -> Mapping[str, object]:
    """Return what the ledger keeps of an address: which it is, and never itself."""
    token = sha256(address.token.encode()).hexdigest() if address.token else ""
    return {
        "setting": POSTER,
        "address": token,
        "shows_lead": address.shows_lead,
        "by": address.by_id,
    }


def register_slips() -> None:
    """Let the ledger know of these tables."""
    register("slips", Source(frozenset({Kind.SLIP}), Slip.objects.all, _say_slips))
    register("slips filed", Source(frozenset({Kind.SLIP_FILED}), SlipFiled.objects.all, _say_filed))
    register(
        "slips put aside",
        Source(frozenset({Kind.SLIP_PUT_ASIDE}), SlipPutAside.objects.all, _say_put_aside),
    )
    register_setting("posters", _addresses, poster, frozenset({POSTER}), school="school")


def _say_slips(keys: Sequence[UUID]) -> Iterable[Said]:
    for slip in Slip.objects.filter(pk__in=keys).prefetch_related("alerts"):
        yield of_slip(slip, told=slip.alerts.all())


def _say_filed(keys: Sequence[UUID]) -> Iterable[Said]:
    return map(of_filed, SlipFiled.objects.filter(pk__in=keys).select_related("slip"))


def _say_put_aside(keys: Sequence[UUID]) -> Iterable[Said]:
    return map(of_put_aside, SlipPutAside.objects.filter(pk__in=keys).select_related("slip"))


def _addresses() -> QuerySet[SlipAddress]:
    return SlipAddress.objects.all()
