"""Adding to an open incident instead of beginning another: nothing typed is lost on the way."""

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as date_format

from accounts.permissions import Role
from incidents import drafting, limiting, services
from incidents.guards.threads import MOST_OFFERED, open_about
from incidents.models import Action, Agency, Audience, Draft, Incident, LinkedPupil, Upload
from pupils import closeness
from pupils.models import Conflict
from tests import factories
from tests.incidents.counting import queries_of
from tests.incidents.typing import answers, seen, send

WORDS = "He came in wet again and would not take his coat off."


def offered(viewer, pupil) -> list[str]:
    return [one.reference for one in open_about(viewer, pupil)]


def go_instead(client, typed, incident, pk=None, **more):
    """Press the button beside an open incident, with all that was typed."""
    return send(client, typed, pk or uuid4(), instead=str(incident.pk), **more)


# Which are offered


def test_ones_own_and_what_one_was_told_of_is_offered(team, ada, eli, tess, sam):
    """SR-48: and to nobody what they may not read."""
    incident = factories.incident(ada, sam, alerted=[eli.user])

    assert offered(ada, sam) == offered(eli, sam) == [incident.reference]
    assert offered(tess, sam) == []


def test_a_lead_is_offered_what_they_lead_with_the_authenticator(ada, dee, gus, sam):
    incident = factories.incident(ada, sam)

    assert offered(dee.elevated(), sam) == [incident.reference]
    assert offered(dee, sam) == []
    assert offered(gus, sam) == []


def test_what_is_closed_is_not_offered(ada, dee, sam):
    incident = factories.incident(ada, sam)
    factories.action(dee.elevated(), incident, kind=Action.Kind.CLOSED)

    assert offered(ada, sam) == []


def test_an_incident_in_the_childs_story_is_offered(ada, sam, rosa):
    link = services.Linked(rosa, LinkedPupil.Part.WITNESS)
    incident = factories.incident(ada, sam, linked=[link])

    assert offered(ada, rosa) == [incident.reference]


def test_never_in_a_conflict_nor_when_it_is_limited(team, ada, eli, dee, sam):
    """SR-49."""
    limited = factories.incident(eli, sam, alerted=[ada.user])
    limiting.limit_readers(
        by=dee.elevated(),
        incident=limited,
        audience=Audience.NAMED,
        readers=[dee.user],
        reason="Grave.",
    )
    assert offered(ada, sam) == []

    mine = factories.incident(ada, sam)
    assert offered(ada, sam) == [mine.reference]
    closeness.declare_conflict(
        by=dee.elevated(), user=ada.user, pupil=sam, kind=Conflict.Kind.OWN_CHILD
    )

    assert offered(ada, sam) == []


def test_who_reads_by_category_is_offered_only_where_they_may_act(oak, ada, pat, sam):
    grant = factories.grant(oak, Role.PASTORAL, "Home and family")
    factories.incident(ada, sam)
    grant.act = False
    grant.save()

    assert offered(pat.elevated(), sam) == []


def test_it_says_which_it_is_and_who_reads_it(team, ada, dee, sam, open_as):
    incident = factories.incident(ada, sam, categories=["Online"])

    said = open_as(ada).post(reverse("what-to-know"), {"pupil": str(sam.pk)})

    assert said.json()["threads"] == [
        {
            "pk": str(incident.pk),
            "reference": incident.reference,
            "when": f"{timezone.localtime(incident.occurred_at):%a} "
            f"{date_format(timezone.localtime(incident.occurred_at), 'j M Y, H:i')}",
            "kinds": "Online",
            "readers": "Recorded by you. Read by Dee Okafor, and leads whose role reads it.",
        }
    ]
    assert "Sam was crying" not in said.content.decode()


def test_a_few_are_offered_at_the_same_cost_as_one(ada, sam, open_as):
    client, sent = open_as(ada), {"pupil": str(sam.pk)}
    factories.incident(ada, sam)
    once = queries_of(client, reverse("what-to-know"), sent)
    for _ in range(5):
        factories.incident(ada, sam)

    assert queries_of(client, reverse("what-to-know"), sent) == once
    assert len(offered(ada, sam)) == MOST_OFFERED


# What goes along


def everything(ada, eli, sam, rosa) -> dict:
    """Return a form in which something stands everywhere."""
    agency = Agency.objects.create(school=ada.school, name="Social care")
    return answers(
        ada,
        sam,
        level="3",
        saw=WORDS,
        told="He slept at a friend’s.",
        told_by="His aunt",
        child_words="I don’t want to go.",
        heard="Others said so too.",
        opinion="I think he is afraid.",
        done_already="Found him dry clothes.",
        medical="A plaster.",
        parents_told="no",
        parents_detail="The DSL said to wait.",
        told_in_person="Dee at 09:10",
        precision="approximate",
        place="home",
        place_detail="the back door",
        late_reason="I was away.",
        linked=str(rosa.pk),
        agencies=[str(agency.pk)],
        alerted=[str(eli.user_id)],
        **{
            f"linked_role_{rosa.pk}": "witness",
            "mark-0-region": "front-knee-left",
            "mark-0-kind": "bruise",
            "mark-0-child_said": "I fell.",
        },
    )


def test_the_button_carries_every_word_over_and_none_into_the_address(
    team, ada, eli, sam, rosa, open_as
):
    """P12, SR-48: without JavaScript; an id of one's own draft is all that stands in the address."""
    incident = factories.incident(ada, sam, level=3)
    client, pk = open_as(ada), uuid4()
    typed = everything(ada, eli, sam, rosa)

    went = go_instead(client, typed, incident, pk)
    form = client.get(went.url).context["form"]

    assert went.url == f"{reverse('add-action', args=[incident.pk])}?draft={pk}"
    narrative = form["narrative"].value()
    for words in (
        *(
            WORDS,
            "He slept at a friend’s.",
            "His aunt",
            "I don’t want to go.",
            "Others said so too.",
        ),
        *("I think he is afraid.", "Found him dry clothes.", "A plaster.", "The DSL said to wait."),
        *(
            "Dee at 09:10",
            "the back door",
            "Home",
            "I was away.",
            "At about this time",
            "Urgent now",
        ),
        *("Rosa Diaz (Year 2, 2A), witness", "Social care", "Home and family", "Bruise", "I fell."),
        "knee, left (front)",
    ):
        assert words.lower() in narrative.lower(), words
    assert form["occurred_on"].value() == typed["occurred_on"]
    assert form["occurred_time"].value() == typed["occurred_time"]
    assert form["alerted"].values == [str(eli.user_id)]
    assert Draft.objects.filter(pk=pk).exists()


def add(client, went, **more):
    """Send the action's form as it was filled in."""
    form = client.get(went.url).context["form"]
    sent = {name: form[name].value() or "" for name in ("submission", "kind", "narrative")}
    sent |= {name: form[name].value() for name in ("occurred_on", "occurred_time")}
    return client.post(went.url, sent | {"alerted": form["alerted"].values} | more)


def test_it_becomes_an_action_and_the_draft_is_gone(team, ada, sam, open_as):
    incident = factories.incident(ada, sam)
    client, pk = open_as(ada), uuid4()
    paper = SimpleUploadedFile("note.txt", b"He cried.", "text/plain")

    went = go_instead(client, answers(ada, sam, saw=WORDS), incident, pk, files=[paper])
    done = add(client, went)

    (action,) = Action.objects.all()
    assert done.url == f"{reverse('incident', args=[incident.pk])}#entry-{action.pk}"
    assert WORDS in action.narrative
    assert [one.name for one in action.attachments.all()] == ["note.txt"]
    assert not Draft.objects.exists()
    assert not Upload.objects.exists()
    assert Incident.objects.count() == 1


@pytest.mark.parametrize("name", ["edit-draft", "review-draft"])
def test_a_tab_left_open_leads_to_the_entry(team, ada, sam, open_as, name):
    """SR-58: what was added does not come back as a draft, nor as an incident of its own."""
    incident = factories.incident(ada, sam)
    client, pk = open_as(ada), uuid4()
    typed = answers(ada, sam, saw=WORDS)
    send(client, typed, pk)
    mark = seen(client, pk)
    add(client, go_instead(client, typed, incident, pk))

    sent = typed | {"seen": mark}
    late = client.post(reverse(name, args=[pk]), sent)
    with pytest.raises(drafting.AlreadySubmitted):
        drafting.keep_draft(by=ada, draft=pk, answers={"saw": [WORDS]})
    saved = client.post(reverse("edit-draft", args=[pk]), typed, headers={"X-Safeguard-Poll": "1"})

    (action,) = Action.objects.all()
    assert late.url == f"{reverse('incident', args=[incident.pk])}#entry-{action.pk}"
    assert saved.status_code == 409
    assert not Draft.objects.exists()
    assert Incident.objects.count() == 1


def test_the_review_offers_it_by_a_link(team, ada, sam, open_as):
    incident = factories.incident(ada, sam)
    client, pk = open_as(ada), uuid4()
    send(client, answers(ada, sam, saw=WORDS), pk)

    page = client.get(reverse("review-draft", args=[pk])).content.decode()

    assert f'href="{reverse("add-action", args=[incident.pk])}?draft={pk}"' in page


def test_a_day_without_its_time_is_carried_as_such(ada, sam, open_as):
    incident = factories.incident(ada, sam)
    client = open_as(ada)

    went = go_instead(client, answers(ada, sam, precision="day", occurred_time=""), incident)

    form = client.get(went.url).context["form"]
    assert form["occurred_time"].value() == "00:00"
    assert "That day, time not known" in form["narrative"].value()


def test_what_would_not_have_passed_is_carried_too(ada, sam, open_as):
    incident = factories.incident(ada, sam)
    client = open_as(ada)
    half = {"pupil": str(sam.pk), "opinion": "Only this.", "mark-0-kind": "burn", "level": "9"}

    went = go_instead(client, half, incident)

    narrative = client.get(went.url).context["form"]["narrative"].value()
    assert "Only this." in narrative
    assert "Burn" in narrative


def test_what_is_about_a_member_of_staff_stays_an_incident_of_its_own(ada, eli, tess, sam, open_as):
    """SR-50: they might read the other one."""
    incident = factories.incident(ada, sam)
    client, pk = open_as(ada), uuid4()
    typed = answers(ada, sam, subjects=[str(tess.user_id)])

    went = client.get(go_instead(client, typed, incident, pk).url)
    page = client.get(went.url).content.decode()
    asked = client.post(
        reverse("what-to-know"), {"pupil": str(sam.pk), "subjects": str(tess.user_id)}
    )

    assert went.url == reverse("edit-draft", args=[pk])
    assert "Submit it as one of its own" in page
    assert incident.reference not in page
    assert asked.json()["threads"] == []
    assert Draft.objects.filter(pk=pk).exists()


def test_what_is_urgent_is_not_put_under_what_is_not(ada, sam, open_as):
    """An action has no level: nobody would be told of it first."""
    calm, urgent = factories.incident(ada, sam), factories.incident(ada, sam, level=3)
    client, pk = open_as(ada), uuid4()
    typed = answers(ada, sam, level="3", told_in_person="Dee")

    went = client.get(go_instead(client, typed, calm, pk).url)
    page = client.get(went.url).content.decode()
    review = client.get(reverse("review-draft", args=[pk])).content.decode()

    assert went.url == reverse("edit-draft", args=[pk])
    assert "so that it is looked at first" in page
    assert urgent.reference in review
    assert calm.reference not in review
    assert client.get(go_instead(client, typed, urgent, pk).url).status_code == 200


def test_nobody_carries_another_persons_draft(ada, eli, sam, open_as):
    """SR-42: it looks as though there were none."""
    incident = factories.incident(ada, sam, alerted=[eli.user])
    pk = uuid4()
    send(open_as(ada), answers(ada, sam, saw=WORDS), pk)

    page = open_as(eli).get(f"{reverse('add-action', args=[incident.pk])}?draft={pk}")

    assert page.status_code == 200
    assert WORDS not in page.content.decode()
    assert not page.context["is_carried"]


def test_an_incident_that_one_may_not_read_is_not_there(ada, eli, sam, open_as):
    """SR-42: and the words wait in the draft."""
    incident = factories.incident(ada, sam)
    client, pk = open_as(eli), uuid4()

    went = go_instead(client, answers(eli, sam, saw=WORDS), incident, pk)

    assert client.get(went.url).status_code == 404
    assert Draft.objects.get(pk=pk).answers()["saw"] == [WORDS]
