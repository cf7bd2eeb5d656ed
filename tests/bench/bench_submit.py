"""What submitting costs over a bare INSERT of the same words."""

import random
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from incidents.models import Incident, Level
from incidents.services import Account
from tests import factories
from tests.bench.conftest import milliseconds, story


@pytest.mark.django_db(transaction=True)
def test_submit_against_a_bare_insert(school, ada, sam, figures):
    text = story(random.Random(1))
    factories.category(school)

    def submit():
        factories.incident(ada, sam, account=Account(saw=text))

    names = [
        field.column for field in Incident._meta.concrete_fields if field.name != "recorded_at"
    ]
    row = dict.fromkeys(names, "") | {
        "school_id": school.pk,
        "reported_by_id": ada.user_id,
        "pupil_id": sam.pk,
        "occurred_at": timezone.now(),
        "precision": "exact",
        "level": Level.REVIEW,
        "saw": text,
    }
    statement = (
        f"INSERT INTO incidents_incident ({', '.join(names)})"
        f" VALUES ({', '.join(f'%({name})s' for name in names)})"
    )

    def insert():
        with transaction.atomic(), connection.cursor() as cursor:
            unique = {"id": uuid4(), "submission": uuid4(), "reference": str(uuid4())[:7]}
            cursor.execute(statement, row | unique)

    bare, whole = milliseconds(insert, 45), milliseconds(submit, 45)
    figures.keep("submit: bare INSERT, ms", bare)
    figures.keep("submit: incident with parts, alerts and outbox, ms", whole)
    figures.keep("submit: ratio", round(whole / bare, 1))
