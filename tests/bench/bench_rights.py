"""What it costs to ask only for what somebody may see: composing the question, and the wall."""

from dataclasses import replace

import pytest
from django.db import connection

from accounts.permissions import Role
from incidents.models import Acknowledgement, Action, Incident
from tests import factories
from tests.bench.bench_chronology import RAW
from tests.bench.conftest import history, milliseconds

ASKED = {"incidents": Incident, "entries": Action, "acknowledgements": Acknowledgement}
GRANTED = ["Home and family", "Presentation", "Communication"]


@pytest.mark.django_db(transaction=True)
def test_composing_what_somebody_sees(school, ada, dee, figures):
    pat = factories.person("Pat Bench", school, Role.PASTORAL)
    for name in GRANTED:
        factories.grant(school, Role.PASTORAL, name)
    people = {"teacher": ada, "DSL": dee.elevated(), "pastoral lead": pat.elevated()}

    for who, viewer in people.items():
        for what, model in ASKED.items():

            def again(model=model, viewer=viewer):
                return model.objects.visible_to(viewer).query.sql_with_params()

            def first(model=model, viewer=viewer):  # a new request knows nothing of the last
                return model.objects.visible_to(replace(viewer)).query.sql_with_params()

            figures.keep(f"asking what somebody sees: {what} of a {who}, ms", milliseconds(first))
            figures.keep(
                f"asking what somebody sees: {what} of a {who} again, ms", milliseconds(again)
            )


@pytest.mark.django_db(transaction=True)
def test_the_wall_between_schools(school, ada, dee, sam, figures, as_owner):
    history(ada, dee.elevated(), sam, 300)
    asked = [school.pk, sam.pk, sam.pk, 300]

    def walled():
        with connection.cursor() as cursor:
            cursor.execute(RAW, asked)
            return cursor.fetchall()

    def open_to_all():  # the owner of the tables stands on both sides of the wall
        with as_owner.cursor() as cursor:
            cursor.execute(RAW, asked)
            return cursor.fetchall()

    assert len(walled()) == len(open_to_all()) == 300
    with_wall, without = milliseconds(walled), milliseconds(open_to_all)
    figures.keep("wall between schools: 300 incidents with their parts, ms", with_wall)
    figures.keep("wall between schools: the same without it, ms", without)
    figures.keep("wall between schools: ratio", round(with_wall / without, 2))
