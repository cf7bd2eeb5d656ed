"""The lists a school begins with."""

import pytest
from django.utils import timezone

from accounts.permissions import (
    READS_BY_NAME,
    READS_EVERY_CATEGORY,
    Permission,
    Role,
    needed_strength,
)
from incidents import recipients
from incidents.lists import PALETTE
from incidents.models import Agency, Alert, AlertGroup, Category, CategoryGrant
from incidents.seeding import seed_lists
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def lists(oak):
    seed_lists(oak)
    return oak


def test_reporters_pick_from_about_a_dozen_and_leads_refine(lists):
    top = Category.objects.filter(school=lists).top_level().in_order()

    assert 9 <= top.count() <= 12
    assert top.first().name == "Abuse and neglect"
    assert all(category.children.count() >= 2 for category in top)
    assert not Category.objects.filter(parent__parent__isnull=False).exists()


def test_what_an_e_mail_must_not_say_has_a_discreet_label(lists):
    labels = dict(Category.objects.filter(parent=None).values_list("name", "discreet_label"))

    for name in ("Abuse and neglect", "Exploitation and crime", "Child-on-child"):
        assert labels[name] == "Safeguarding"
    assert factories.category(lists, "Abuse and neglect").label_for_mail == "Safeguarding"
    assert factories.category(lists, "Presentation").label_for_mail == "Presentation"


def test_every_top_level_category_has_a_colour_of_its_own_from_the_palette(lists):
    colours = list(Category.objects.filter(parent=None).values_list("colour", flat=True))

    assert len(set(colours)) == len(colours)
    assert set(colours) <= set(range(1, PALETTE + 1))


@pytest.mark.parametrize(
    "name", ["Children's social care", "Police", "LADO", "CAMHS", "School nurse", "Other"]
)
def test_the_usual_agencies_are_there(lists, name):
    assert Agency.objects.filter(school=lists, name=name).exists()


def test_the_leads_are_always_told_and_are_told_of_mistakes(lists):
    lead = factories.person("Dee Okafor", lists, Role.DSL)
    deputy = factories.person("Dan Price", lists, Role.DEPUTY_DSL)
    teacher = factories.person("Ada Teach", lists, Role.TEACHER)
    today = timezone.localdate()

    told = recipients.gather(school=lists, on=today, author=teacher.user, named=[], groups=[])

    assert told == [(deputy.user, Alert.Because.ALWAYS), (lead.user, Alert.Because.ALWAYS)]
    assert recipients.site_leads(lists, today) == [deputy.user, lead.user]
    assert AlertGroup.objects.filter(school=lists).to_pick().count() >= 3


def test_who_reads_incidents_without_reading_all_holds_grants_of_the_top_level(lists):
    by_grant = (
        {
            role
            for role in Role
            if needed_strength(frozenset({role}), Permission.READ_INCIDENTS) is not None
        }
        - READS_EVERY_CATEGORY
        - READS_BY_NAME
    )

    grants = CategoryGrant.objects.filter(school=lists)
    assert set(grants.values_list("role", flat=True)) == by_grant
    assert not grants.exclude(category__parent=None).exists()
    top = Category.objects.filter(school=lists, parent=None)
    assert grants.filter(role=Role.DEPUTY_DSL).count() == top.count()
    assert not grants.filter(role=Role.PASTORAL, category__name="Abuse and neglect").exists()


def test_seeding_again_changes_nothing_that_the_school_has_made_its_own(lists):
    Category.objects.filter(name="Online").update(discreet_label="E-safety", colour=12)
    models = (Category, Agency, AlertGroup, CategoryGrant)
    before = [model.objects.count() for model in models]

    seed_lists(lists)

    assert [model.objects.count() for model in models] == before
    online = Category.objects.get(name="Online")
    assert (online.discreet_label, online.colour) == ("E-safety", 12)


def test_each_school_has_lists_of_its_own(lists, elm):
    seed_lists(elm)

    ours, theirs = (
        set(Category.objects.filter(school=school).values_list("pk", flat=True))
        for school in (lists, elm)
    )
    assert ours.isdisjoint(theirs)
    assert len(ours) == len(theirs)
