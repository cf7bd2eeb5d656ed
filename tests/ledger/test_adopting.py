"""What was recorded before there was a ledger, or past it, can be put on it; and what was not shows."""

import json

from incidents.models import Incident, Significance
from ledger.adopting import adopt_everything, without_entry
from ledger.bodies import SOURCES, canonical
from ledger.models import Entry, SealedBody
from ledger.recording import pseudonym, settle
from tests import factories
from tests.ledger.telling import tell_everything


def test_every_row_that_the_services_write_has_its_entry(team, ada, dee, sam, oak):
    adopt_everything()  # the roles of those who are there
    incident = factories.incident(ada, sam)
    factories.action(dee.elevated(), incident, alerted=[ada.user])

    left = {name: list(without_entry(source, oak.pk)) for name, source in SOURCES.items()}
    assert left == {name: [] for name in SOURCES}


def test_a_row_that_went_past_the_ledger_is_found_and_can_be_put_on_it(ada, dee, sam, oak):
    incident = factories.incident(ada, sam)
    stray = Significance.objects.create(incident=incident, significant=True, by=dee.user)

    assert list(without_entry(SOURCES["significance marks"], oak.pk)) == [stray.pk]
    assert adopt_everything()["significance marks"] == 1
    settle()

    entry = json.loads(bytes(Entry.objects.order_by("-seq").first().entry))
    assert (entry["type"], entry["via"], entry["refs"]) == ("record.marked", "SYS", [0])
    assert entry["actor"] == pseudonym(ada.school_id, None)
    assert adopt_everything()["significance marks"] == 0


def test_what_the_rows_say_today_is_what_was_committed_to(team, ada, dee, sam, rosa):
    """Every body can be made again from its rows, to the byte: a changed row would not match."""
    adopt_everything()
    tell_everything(ada, dee, sam, rosa)

    for name, source in SOURCES.items():
        for said in source.say([row.pk for row in source.rows()]):
            sealed = SealedBody.objects.get(obj=said.obj, kind=said.kind)
            assert canonical(said.body) == bytes(sealed.body), name
    assert Incident.objects.count() > 0
