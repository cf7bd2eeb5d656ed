"""Limited incidents, entries with an audience of their own, and who the leads are told reads what."""

import pytest
from django.urls import reverse

from incidents import limiting
from incidents.models import Action, Alert, Attachment, Audience, Incident, Restriction
from incidents.readers import readers_of
from incidents.rules import NotAColleague, NotInThread, SaysNothing
from ledger.models import Kind, SealedBody
from pupils import closeness
from safeguard.errors import NotAllowed
from tests import factories

pytestmark = pytest.mark.django_db
THREAD, LEADS, NAMED = Audience.THREAD, Audience.LEADS, Audience.NAMED


def limit(by, incident, audience, *readers) -> Restriction:
    return limiting.limit_readers(
        by=by.elevated(),
        incident=incident,
        audience=audience,
        readers=[reader.user for reader in readers],
        reason="A criminal investigation.",
    )


def who_sees(incident, *viewers) -> set[str]:
    return {
        viewer.user.name
        for viewer in viewers
        if Incident.objects.visible_to(viewer.elevated()).contains(incident)
    }


def test_a_limited_incident_is_read_by_those_named_and_its_author(
    team, granted, ada, eli, dee, dan, hal, sal, sam
):
    """SR-42: neither role nor alert reaches what is limited to others."""
    incident = factories.incident(ada, sam, alerted=[eli.user])

    limit(dee, incident, NAMED, hal)

    assert who_sees(incident, ada, eli, dee, dan, hal, sal) == {
        *("Ada Teach", "Dee Okafor", "Hal Grant")
    }
    assert not Incident.objects.read_in_full_by(ada).contains(incident)


def test_for_the_dsl_only_is_read_by_the_dsl_and_by_the_head_with_a_reason(
    ada, dee, hal, sal, sam, open_as
):
    """SR-42, SR-52: the head says why, once for the child, and it is kept."""
    incident = factories.incident(ada, sam)
    limit(dee, incident, LEADS)
    assert who_sees(incident, dee, hal, sal) == {"Dee Okafor"}

    closeness.give_reason(by=hal.elevated(), pupil=sam, reason="Strategy meeting at two.")

    assert who_sees(incident, dee, hal, sal) == {"Dee Okafor", "Hal Grant"}


def test_a_limit_is_lifted_by_another_and_both_stay_on_the_ledger(ada, dee, sal, sam):
    incident = factories.incident(ada, sam)
    limit(dee, incident, NAMED)
    assert who_sees(incident, sal) == set()

    limit(dee, incident, THREAD)

    assert who_sees(incident, sal) == {"Sal Reed"}
    assert SealedBody.objects.filter(kind=Kind.RESTRICTION).count() == 2


def test_nobody_is_told_later_of_what_they_may_not_read(team, ada, eli, dee, dan, sam):
    """SR-45: a new entry alerts no one who is shut out, by group or by name."""
    incident = factories.incident(ada, sam)
    limit(dee, incident, NAMED)

    action = factories.action(ada, incident)

    assert {alert.recipient.name for alert in action.alerts.all()} == {"Dee Okafor"}
    with pytest.raises(NotAColleague, match="cannot be alerted"):
        factories.action(dee.elevated(), incident, alerted=[eli.user])


@pytest.mark.parametrize("name", ["ada", "eli", "sal", "pat"])
def test_only_leads_limit_and_only_what_they_may_act_on(request, granted, ada, sam, name):
    """SR-42."""
    incident = factories.incident(ada, sam)

    with pytest.raises((NotAllowed, NotInThread)):
        limit(request.getfixturevalue(name), incident, NAMED)


def test_a_limit_needs_a_reason(ada, dee, sam):
    incident = factories.incident(ada, sam)

    with pytest.raises(SaysNothing):
        limiting.limit_readers(
            by=dee.elevated(), incident=incident, audience=NAMED, readers=[], reason="  "
        )


# Entries


def test_an_entry_for_named_readers_is_in_nobody_elses_thread(
    team, granted, ada, dee, dan, hal, sal, sam, open_as
):
    """SR-43: text, files, alerts, counts."""
    incident = factories.incident(ada, sam)
    entry = factories.action(
        dee.elevated(),
        incident,
        narrative="Canary for Hal alone.",
        alerted=[hal.user],
        audience=NAMED,
    )
    stored = {"name": "a.pdf", "content_type": "application/pdf", "size": 1, "sha256": "0" * 64}
    Attachment.objects.create(incident=incident, action=entry, stored_as="x", **stored)

    for viewer, sees in ((dee, True), (hal, True), (dan, False), (sal, False), (ada, False)):
        one = viewer.elevated()
        assert Action.objects.visible_to(one).contains(entry) is sees
        assert Attachment.objects.visible_to(one).exists() is sees
        assert Alert.objects.visible_to(one).filter(action=entry).exists() is sees
        page = open_as(one).get(reverse("incident", args=[incident.pk])).content.decode()
        assert ("Canary for Hal alone" in page) is sees
    assert {alert.recipient.name for alert in entry.alerts.all()} == {"Hal Grant"}


def test_a_hidden_entry_changes_nothing_that_others_see_of_the_incident(ada, dee, hal, sam):
    """SR-48: for its author the incident stands as it did."""
    incident = factories.incident(ada, sam)

    def state():
        row = Incident.objects.visible_to(ada).with_state().with_unread().get()
        return row.is_acted_on, row.last_turn, row.is_read, row.unread

    before = state()
    factories.action(dee.elevated(), incident, alerted=[hal.user], audience=NAMED)

    assert state() == before


def test_an_entry_for_the_dsl_is_read_by_the_head_after_a_reason(ada, dee, hal, dan, sam, open_as):
    """SR-43, SR-52: the head is told on every incident that such entries are left out."""
    incident = factories.incident(ada, sam)
    factories.action(dee.elevated(), incident, narrative="Canary note.", audience=LEADS)
    client, address = open_as(hal.elevated()), reverse("incident", args=[incident.pk])
    before = client.get(address).content.decode()
    assert "Canary note" not in before
    assert "Say why you need to read it" in before

    answer = client.post(
        f"{reverse('give-reason', args=[sam.pk])}?next={address}", {"reason": "Strategy meeting."}
    )

    assert answer.url == address
    assert "Canary note" in client.get(address).content.decode()


@pytest.mark.parametrize("kind", ["closed", "reopened", "message_to_reporter"])
def test_what_turns_an_incident_is_for_everybody_who_reads_it(ada, dee, hal, sam, kind):
    """SR-48."""
    incident = factories.incident(ada, sam)

    with pytest.raises(NotInThread, match="for everybody"):
        factories.action(dee.elevated(), incident, kind=kind, alerted=[hal.user], audience=NAMED)


def test_an_author_limits_nothing_and_named_readers_are_named(ada, eli, dee, sam):
    """SR-44."""
    incident = factories.incident(ada, sam)

    with pytest.raises(NotInThread):
        factories.action(ada, incident, alerted=[eli.user], audience=NAMED)
    with pytest.raises(NotAColleague, match="Choose who may read it"):
        factories.action(dee.elevated(), incident, audience=NAMED)


# What leads are told of who reads it


def test_the_leads_see_who_reads_an_incident_and_by_which_right(
    team, granted, ada, eli, dee, dan, hal, sal, sam
):
    """SR-42: the one decision, asked of every colleague."""
    incident = factories.incident(ada, sam, alerted=[eli.user], subjects=[sal.user])

    readers = {one.name: one.why for one in readers_of(dee.elevated(), incident)}

    assert readers == {
        "Ada Teach": "wrote it",
        "Eli Moore": "was alerted to it",
        "Dee Okafor": "was alerted to it, and reads every category",
        "Dan Price": "was alerted to it, and holds a grant for its category",
        "Hal Grant": "reads every category",
    }


def test_no_reason_for_reading_comes_from_an_entry_that_is_hidden(
    team, granted, ada, eli, tess, dee, dan, hal, sam
):
    """SR-43, SR-48: another true reason stands there, or words that tell of no entry."""
    incident = factories.incident(ada, sam, alerted=[tess.user])
    factories.action(
        dee.elevated(),
        incident,
        alerted=[eli.user, tess.user, hal.user],
        audience=NAMED,
    )

    def why(viewer):
        return {one.name: one.why for one in readers_of(viewer.elevated(), incident)}

    # The DSL wrote the entry; the deputy reads the thread, and not this entry.
    assert why(dee)["Eli Moore"] == "was alerted to it"
    assert why(dee)["Hal Grant"] == "was alerted to it, and reads every category"
    assert why(dan)["Eli Moore"] == "was told of it by a colleague"
    assert why(dan)["Hal Grant"] == "reads every category"
    assert why(dan)[tess.user.name] == "was alerted to it"
    assert why(dan).keys() == why(dee).keys()


def test_the_page_limits_with_a_reason_and_keeps_what_was_typed(ada, dee, hal, sal, sam, open_as):
    """SR-42, SR-59."""
    incident = factories.incident(ada, sam)
    client, address = open_as(dee.elevated()), reverse("limit-readers", args=[incident.pk])

    again = client.post(address, {"audience": "named", "readers": [hal.user.pk], "reason": ""})
    assert "Give your reason" in again.content.decode()
    assert "Hal Grant" in again.content.decode()
    done = client.post(
        address, {"audience": "named", "readers": [hal.user.pk], "reason": "Police."}
    )

    assert done.url == reverse("incident", args=[incident.pk])
    assert who_sees(incident, dee, hal, sal) == {"Dee Okafor", "Hal Grant"}
    assert "Only Dee Okafor, Hal Grant read this" in " ".join(
        client.get(done.url).content.decode().split()
    )
