"""A lead sets an incident's categories anew: by an entry, for those who read in full, and by rights."""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.urls import reverse

from accounts.models import Membership
from accounts.permissions import Role
from accounts.viewer import viewer_for
from incidents import rules, services, tasks
from incidents.categories import categories_of
from incidents.models import (
    Action,
    ActionCategory,
    Alert,
    Category,
    Incident,
    IncidentCategory,
)
from ledger.models import SealedBody
from safeguard.errors import DomainError
from tests import factories
from tests.incidents.showing import page_as

pytestmark = pytest.mark.django_db

DOMESTIC = "Abuse and neglect: Domestic abuse"
CAST = [
    *("ada", "eli", "tess", "dee", "dan", "hal", "sal"),
    *("pat", "sen", "gus", "max_", "ivy", "una"),
]


@pytest.fixture
def incident(ada, sam) -> Incident:
    return factories.incident(ada, sam)


def now(viewer, incident) -> list[str]:
    return [tag.name for tag in categories_of(viewer, [incident.pk])[incident.pk].now]


def address(incident) -> str:
    return reverse("refine-categories", args=[incident.pk])


def answers(incident, *names, **said) -> dict:
    chosen = [str(factories.either_level(incident.school, name).pk) for name in names]
    return {
        "submission": str(uuid4()),
        "categories": chosen,
        "reasons": "Mum told us more on Monday.",
    } | said


def refused(client, incident, *names, **said) -> str:
    answer = client.post(address(incident), answers(incident, *names, **said))
    assert answer.status_code == 200
    assert not Action.objects.exists()
    return answer.content.decode()


# What it is


def test_the_latest_entry_counts_and_what_was_reported_stays(incident, dee):
    lead = dee.elevated()
    factories.refined(lead, incident, DOMESTIC, "Online")
    factories.refined(lead, incident, "Home and family: Housing")

    assert now(lead, incident) == ["Home and family: Housing"]
    assert [str(row) for row in IncidentCategory.objects.all()] == ["Home and family"]
    assert ActionCategory.objects.count() == 3


def test_the_latest_entry_of_one_incident_says_nothing_of_another(incident, ada, dee, rosa):
    lead, other = dee.elevated(), factories.incident(ada, rosa, categories=["Presentation"])
    factories.refined(lead, incident, DOMESTIC)
    factories.refined(lead, other, "Online")

    assert (now(lead, incident), now(lead, other)) == ([DOMESTIC], ["Online"])


def test_it_keeps_the_wording_of_its_day_on_both_levels(incident, dee):
    factories.refined(dee.elevated(), incident, DOMESTIC)
    Category.objects.filter(name="Domestic abuse").update(name="Something else", colour=9)
    Category.objects.filter(name="Abuse and neglect").update(name="Something above")

    assert now(dee.elevated(), incident) == [DOMESTIC]


def test_a_sub_category_speaks_for_the_one_above_it(incident, dee):
    factories.refined(dee.elevated(), incident, "Home and family", "Home and family: Housing")

    assert now(dee.elevated(), incident) == ["Home and family: Housing"]


@pytest.mark.parametrize("number", [0, 6])
def test_one_to_five_are_chosen(incident, dee, number):
    names = [f"Home and family: Number {each}" for each in range(number)]

    with pytest.raises(services.WrongCategories, match="between one and five"):
        factories.refined(dee.elevated(), incident, *names)


@pytest.mark.parametrize("which", ["itself", "parent"])
def test_what_is_no_longer_in_use_is_not_chosen(incident, dee, which):
    category = factories.either_level(incident.school, DOMESTIC)
    retired = category if which == "itself" else category.parent
    retired.retired_on = "2026-01-05"
    retired.save()

    with pytest.raises(services.WrongCategories):
        factories.refined(dee.elevated(), incident, DOMESTIC)


def test_nothing_of_another_schools_list_is_chosen(incident, dee, elm):
    with pytest.raises(services.WrongCategories):
        services.refine_categories(
            by=dee.elevated(),
            submission=uuid4(),
            incident=incident,
            categories=[factories.either_level(elm, DOMESTIC)],
            reasons="Because.",
            occurred_at=factories.ago(minutes=1),
        )


def test_reasons_are_given(incident, dee):
    with pytest.raises(services.SaysNothing):
        factories.refined(dee.elevated(), incident, DOMESTIC, reasons=" ")


def test_it_is_not_made_as_an_ordinary_action(incident, dee):
    with pytest.raises(services.NotInThread):
        factories.action(dee.elevated(), incident, kind=Action.Kind.CATEGORIES)


def test_the_same_submission_twice_is_one_entry(incident, dee):
    pk = uuid4()
    first = factories.refined(dee.elevated(), incident, DOMESTIC, submission=pk)
    second = factories.refined(dee.elevated(), incident, "Online", submission=pk)

    assert first == second
    assert now(dee.elevated(), incident) == [DOMESTIC]


@pytest.mark.django_db(transaction=True)
def test_the_same_submission_twice_at_once_is_one_entry(incident, team, dee, dan):
    pk, lead = uuid4(), dee.elevated()
    factories.either_level(incident.school, DOMESTIC)

    def send(_):
        try:
            return factories.refined(lead, incident, DOMESTIC, submission=pk).pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as several:
        made = set(several.map(send, range(4)))

    assert len(made) == 1
    assert ActionCategory.objects.count() == 1
    assert Alert.objects.exclude(action=None).count() == 1


def test_the_ledger_commits_to_what_was_chosen_in_the_wording_of_its_day(incident, dee):
    action = factories.refined(dee.elevated(), incident, DOMESTIC, "Online")

    body = json.loads(bytes(SealedBody.objects.get(obj=action.pk).body))

    said = {(one.get("parent_wording"), one["wording"]) for one in body["categories"]}
    assert said == {("Abuse and neglect", "Domestic abuse"), (None, "Online")}


# Who may


@pytest.mark.parametrize("name", CAST)
@pytest.mark.parametrize("strength", ["password", "authenticator"])
def test_who_refines_are_the_leads_who_read_it(request, incident, name, strength):
    """SR-42: DSL and head, and a deputy by grant, with the authenticator; nobody else."""
    viewer = request.getfixturevalue(name)
    viewer = viewer.elevated() if strength == "authenticator" else viewer

    try:
        factories.refined(viewer, incident, "Online")
        refined = True
    except DomainError:
        refined = False

    assert refined is (strength == "authenticator" and name in {"dee", "hal"})
    assert Action.objects.exists() is refined


def test_a_lead_who_was_alerted_does_not_refine_before_elevating(ada, dee, sam):
    incident = factories.incident(ada, sam, alerted=[dee.user])

    with pytest.raises(DomainError):
        factories.refined(dee, incident, "Online")


def test_a_deputy_refines_in_a_granted_category_and_no_other(oak, incident, ada, dan, sam):
    factories.grant(oak, Role.DEPUTY_DSL, "Online")
    granted = factories.incident(ada, sam, categories=["Online"])

    factories.refined(dan.elevated(), granted, DOMESTIC)
    with pytest.raises(services.NotInThread):
        factories.refined(dan.elevated(), incident, DOMESTIC)


def test_one_who_reads_a_category_by_grant_and_does_not_lead_refines_nothing(oak, incident, pat):
    """It opens and closes incidents to others: that is for leads."""
    factories.grant(oak, Role.PASTORAL, "Home and family")

    with pytest.raises(DomainError):
        factories.refined(pat.elevated(), incident, "Online")


def test_whoever_reported_it_is_not_told_by_a_group_they_are_in(team, dan, dee, sam, open_as):
    """A deputy who reports learns of the refinement only where they read it, or are told by name."""
    incident = factories.incident(dan, sam)

    factories.refined(dee.elevated(), incident, DOMESTIC)

    assert not Alert.objects.filter(recipient=dan.user, action__isnull=False).exists()
    assert now(dan, incident) == ["Home and family"]
    page = open_as(dan).get(reverse("my-incidents")).content.decode()
    assert "Being looked at" not in page


def test_a_lead_who_refined_their_own_access_away_sends_again_and_it_is_one_entry(
    oak, incident, dan
):
    factories.grant(oak, Role.DEPUTY_DSL, "Home and family")
    factories.grant(oak, Role.DEPUTY_DSL, "Online")
    key = uuid4()

    one = factories.refined(dan.elevated(), incident, DOMESTIC, submission=key)
    again = factories.refined(dan.elevated(), incident, DOMESTIC, submission=key)

    assert one == again


def test_a_lead_who_refines_their_own_access_away_is_told_so_and_lands_on_their_list(
    oak, incident, dee, dan, open_as
):
    factories.grant(oak, Role.DEPUTY_DSL, "Online")
    factories.refined(dee.elevated(), incident, "Online")

    client = open_as(dan.elevated())
    landed = client.post(address(incident), answers(incident, DOMESTIC), follow=True)

    assert landed.redirect_chain == [(reverse("for-review"), 302)]
    assert "no longer on your lists" in landed.content.decode()
    assert client.get(reverse("incident", args=[incident.pk])).status_code == 404


# Who sees


def sees(viewer, incident) -> bool:
    in_full = Incident.objects.read_in_full_by(viewer).contains(incident)
    assert Incident.objects.visible_to(viewer).contains(incident) is in_full
    assert rules.leads(viewer, incident) is in_full
    return in_full


@pytest.mark.parametrize("chosen", ["Online", "Online: Contact"])
def test_a_grant_opens_what_was_refined_to_its_category_or_below(oak, incident, dee, pat, chosen):
    """SR-42: grants look at what was reported and at what it was refined to."""
    factories.grant(oak, Role.PASTORAL, "Online")
    before = sees(pat.elevated(), incident)

    factories.refined(dee.elevated(), incident, chosen)

    assert before is False
    assert sees(pat.elevated(), incident)
    assert not sees(pat, incident)


def test_a_grant_of_one_sub_category_opens_that_one(oak, incident, dee, pat):
    contact = factories.either_level(oak, "Online: Contact")
    factories.CategoryGrant.objects.create(school=oak, role=Role.PASTORAL, category=contact)

    factories.refined(dee.elevated(), incident, "Online: Content")
    beside = sees(pat.elevated(), incident)
    factories.refined(dee.elevated(), incident, "Online: Contact")

    assert beside is False
    assert sees(pat.elevated(), incident)


def test_a_grant_of_what_was_reported_goes_on_opening_it(oak, incident, dee, pat):
    factories.grant(oak, Role.PASTORAL, "Home and family")

    factories.refined(dee.elevated(), incident, DOMESTIC)

    assert sees(pat.elevated(), incident)
    assert now(pat.elevated(), incident) == [DOMESTIC]


def test_a_grant_of_what_it_is_no_longer_refined_to_opens_nothing(oak, incident, dee, pat):
    factories.grant(oak, Role.PASTORAL, "Online")
    factories.refined(dee.elevated(), incident, "Online: Contact")

    factories.refined(dee.elevated(), incident, DOMESTIC)

    assert not sees(pat.elevated(), incident)


def test_a_refinement_opens_no_other_incident_no_other_role_and_no_other_school(
    oak, elm, incident, ada, dee, pat, sen, tess, rosa
):
    other = factories.incident(ada, rosa)
    for school, role in ((oak, Role.PASTORAL), (oak, Role.SUPPORT), (elm, Role.SENCO)):
        factories.grant(school, role, "Online")
    Membership.objects.create(user=pat.user, school=elm, role=Role.PASTORAL)

    factories.refined(dee.elevated(), incident, "Online: Contact")

    assert not sees(pat.elevated(), other)
    assert not sees(sen.elevated(), incident)
    assert not sees(tess.elevated(), incident)
    assert not sees(viewer_for(pat.user, elm).elevated(), incident)


def test_its_author_and_the_alerted_know_what_was_reported_only(ada, eli, dee, sam, open_as):
    incident = factories.incident(ada, sam, alerted=[eli.user])
    factories.refined(dee.elevated(), incident, DOMESTIC)

    pages = [page_as(open_as, viewer, incident) for viewer in (ada, eli)]
    pages += [
        open_as(ada).get(reverse("my-incidents")).content.decode(),
        open_as(eli).get(reverse("alerts")).content.decode(),
        open_as(eli).get(reverse("home")).content.decode(),
    ]

    for page in pages:
        assert "Home and family" in page
        assert "Domestic abuse" not in page
        assert "Reported as" not in page
    assert not ActionCategory.objects.visible_to(ada).exists()


def test_whom_the_lead_tells_sees_the_entry_and_what_it_chose(ada, eli, dee, sam, open_as):
    incident = factories.incident(ada, sam)
    factories.refined(dee.elevated(), incident, DOMESTIC, alerted=[eli.user])

    page = page_as(open_as, eli, incident)

    assert f"<dt>Categories</dt><dd>{DOMESTIC}</dd>" in page
    assert f'">{DOMESTIC}</span>' not in page
    assert ActionCategory.objects.visible_to(eli).exists()


def test_those_who_read_in_full_see_both_what_it_is_and_what_was_reported(incident, dee, open_as):
    factories.refined(dee.elevated(), incident, DOMESTIC, reasons="She was pushed.")

    page = page_as(open_as, dee.elevated(), incident)

    assert f'">{DOMESTIC}</span>' in page
    assert page.split("<dt>Reported as</dt>")[1].split("</dd>")[0].strip() == "<dd>Home and family"
    assert "Categories refined" in page
    assert "She was pushed." in page


def test_confirming_what_was_reported_is_no_change(incident, dee, open_as):
    factories.refined(dee.elevated(), incident, "Home and family")

    assert "Reported as" not in page_as(open_as, dee.elevated(), incident)


def test_a_lead_knows_the_present_categories_of_their_own_incidents_once_elevated(
    dee, sam, open_as
):
    incident = factories.incident(dee, sam)
    factories.refined(dee.elevated(), incident, DOMESTIC)

    plain, elevated = (
        open_as(viewer).get(reverse("my-incidents")).content.decode()
        for viewer in (dee, dee.elevated())
    )

    assert DOMESTIC not in plain
    assert DOMESTIC in elevated


def test_the_mail_names_what_was_reported_by_its_discreet_label(oak, ada, dee, dan, sam, mailbox):
    factories.category(oak, "Abuse and neglect", discreet_label="Safeguarding")
    factories.category(oak, "Presentation", discreet_label="Wellbeing")
    incident = factories.incident(ada, sam, categories=["Presentation"])
    factories.refined(dee.elevated(), incident, DOMESTIC, alerted=[dan.user])

    tasks.send_waiting_alerts()

    (mail,) = mailbox.messages
    assert "Dee Okafor has alerted you" in mail.text
    assert "Category: Wellbeing" in mail.text


# What is found by category


def found(viewer, oak, *names) -> set:
    wanted = [factories.either_level(oak, name).pk for name in names]
    rows = Incident.objects.visible_to(viewer).in_categories(viewer, wanted)
    return set(rows.values_list("pk", flat=True))


def test_the_present_category_is_found_by_itself_and_by_the_one_above(oak, incident, dee):
    lead = dee.elevated()
    factories.refined(lead, incident, DOMESTIC)

    assert found(lead, oak, "Abuse and neglect") == {incident.pk}
    assert found(lead, oak, DOMESTIC) == {incident.pk}
    assert found(lead, oak, "Abuse and neglect: Neglect") == set()
    assert found(lead, oak, "Home and family") == set()


def test_an_incident_that_nobody_refined_is_found_as_reported(oak, incident, dee):
    assert found(dee.elevated(), oak, "Home and family") == {incident.pk}
    assert found(dee.elevated(), oak, "Online") == set()


def test_a_filter_tells_nobody_what_the_page_does_not(oak, incident, ada, dee):
    factories.refined(dee.elevated(), incident, DOMESTIC)

    assert found(ada, oak, "Abuse and neglect") == set()
    assert found(ada, oak, "Home and family") == {incident.pk}


def test_present_categories_are_read_by_index(oak, incident, dan, dee):
    """With a school's whole history in the table, one incident costs what it does with ten."""
    factories.grant(oak, Role.DEPUTY_DSL, "Online")
    factories.refined(dee.elevated(), incident, "Online: Contact")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")

    plan = Incident.objects.visible_to(dan.elevated()).filter(pk=incident.pk).explain()

    assert "action_categories_latest" in plan
    assert "Seq Scan on incidents_action" not in plan


# The form


def test_the_form_begins_with_what_it_is_now(oak, incident, dee, open_as):
    chosen, other = (
        factories.either_level(oak, name) for name in (DOMESTIC, "Abuse and neglect: Neglect")
    )
    factories.refined(dee.elevated(), incident, DOMESTIC)

    page = open_as(dee.elevated()).get(address(incident)).content.decode()

    assert ticked(page) == {str(chosen.pk)}
    assert str(other.pk) in page
    assert page.count('<details class="govuk-details choices__fold" open>') == 1


def ticked(page: str) -> set[str]:
    boxes = [part.split(">")[0] for part in page.split("<input")[1:]]
    return {
        box.split('value="')[1].split('"')[0]
        for box in boxes
        if 'name="categories"' in box and "checked" in box
    }


def test_sent_it_leads_to_the_entry(team, incident, dee, dan, open_as):
    answer = open_as(dee.elevated()).post(address(incident), answers(incident, DOMESTIC, "Online"))

    action = Action.objects.get()
    assert answer["Location"].endswith(f"#entry-{action.pk}")
    assert (action.kind, action.narrative) == ("categories", "Mum told us more on Monday.")
    assert [alert.recipient for alert in action.alerts.all()] == [dan.user]


def test_sent_twice_it_is_one_entry(incident, dee, open_as):
    client, said = open_as(dee.elevated()), answers(incident, DOMESTIC)

    first, second = client.post(address(incident), said), client.post(address(incident), said)

    assert first["Location"] == second["Location"]
    assert Action.objects.count() == 1


def test_the_general_one_left_ticked_beside_five_is_no_error(incident, dee, open_as):
    below = [f"Online: Number {each}" for each in range(5)]

    open_as(dee.elevated()).post(address(incident), answers(incident, "Online", *below))

    assert ActionCategory.objects.count() == 5


@pytest.mark.parametrize("number", [0, 6])
def test_the_wrong_number_says_what_to_do_and_keeps_what_was_typed(
    incident, dee, tess, open_as, number
):
    names = [f"Home and family: Number {each}" for each in range(number)]
    said = {"reasons": "She was pushed.", "alerted": str(tess.user_id)}

    page = refused(open_as(dee.elevated()), incident, *names, **said)

    assert page.count("Choose between one and five categories") == 2
    assert '<a href="#id_categories_0">' in page
    assert 'id="id_categories_0"' in page
    assert "She was pushed." in page
    assert f'<input type="hidden" name="alerted" value="{tess.user_id}">' in page
    assert len(ticked(page)) == number


def test_reasons_that_are_missing_keep_the_ticks(incident, dee, open_as):
    page = refused(open_as(dee.elevated()), incident, DOMESTIC, reasons=" ")

    assert "Give your reasons" in page
    assert ticked(page) == {str(factories.either_level(incident.school, DOMESTIC).pk)}


def test_a_category_that_is_not_on_the_list_is_refused(incident, dee, open_as):
    client = open_as(dee.elevated())

    refused(client, incident, categories=["x"])
    page = refused(client, incident, categories=[str(uuid4())])

    assert "Choose from the list." in page


def test_retired_ones_are_not_offered(oak, incident, dee, open_as):
    below = factories.either_level(oak, DOMESTIC)
    Category.objects.filter(pk=below.parent_id).update(retired_on="2026-01-05")

    page = open_as(dee.elevated()).get(address(incident)).content.decode()

    assert str(below.pk) not in page
    assert str(below.parent_id) not in page


def test_colleagues_are_found_without_javascript_and_nothing_is_sent(incident, dee, tess, open_as):
    page = refused(
        open_as(dee.elevated()), incident, DOMESTIC, find="alerted", alerted_query="Tess"
    )

    assert "Tess Bell" in page
    assert "Mum told us more on Monday." in page
    assert len(ticked(page)) == 1


@pytest.mark.parametrize("nonsense", ["", "x"])
def test_a_form_without_a_proper_id_is_given_one(incident, dee, open_as, nonsense):
    said = answers(incident, DOMESTIC, submission=nonsense)

    assert open_as(dee.elevated()).post(address(incident), said).status_code == 302


def test_who_was_alerted_but_does_not_read_in_full_finds_no_such_page(oak, ada, pat, sam, open_as):
    """SR-42: the page is not there, whatever their authenticator opens elsewhere."""
    incident = factories.incident(ada, sam, alerted=[pat.user])
    client = open_as(pat.elevated())

    assert client.get(reverse("incident", args=[incident.pk])).status_code == 200
    assert client.get(address(incident)).status_code == 404
    assert client.post(address(incident), answers(incident, DOMESTIC)).status_code == 404
    assert "Refine categories" not in page_as(open_as, pat.elevated(), incident)
