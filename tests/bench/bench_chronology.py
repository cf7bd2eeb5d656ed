"""The chronology page of a child with 300 incidents, against the raw SQL for the rows it shows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from chronology import timeline
from chronology.entries import Kind, TimelineFilter
from tests.bench.conftest import history, milliseconds

RAW = """
SELECT incident.*, author.name,
       (SELECT jsonb_agg(action ORDER BY action.occurred_at) FROM incidents_action action
         WHERE action.incident_id = incident.id),
       (SELECT jsonb_agg(category) FROM incidents_incidentcategory category
         WHERE category.incident_id = incident.id),
       (SELECT jsonb_agg(link) FROM incidents_linkedpupil link
         WHERE link.incident_id = incident.id)
  FROM incidents_incident incident
  JOIN accounts_user author ON author.id = incident.reported_by_id
 WHERE incident.school_id = %s
   AND (incident.pupil_id = %s OR incident.id IN
        (SELECT incident_id FROM incidents_linkedpupil WHERE pupil_id = %s AND in_chronology))
 ORDER BY incident.occurred_at DESC, incident.id LIMIT %s
"""


@pytest.mark.django_db(transaction=True)
def test_chronology_of_300(school, ada, dee, sam, figures, open_as):
    history(ada, dee.elevated(), sam, 300)
    client = open_as(dee.elevated())
    address = reverse("chronology", args=[sam.pk])

    def page():
        assert client.get(address).status_code == 200

    def raw(rows):
        def run():
            with connection.cursor() as cursor:
                cursor.execute(RAW, [school.pk, sam.pk, sam.pk, rows])
                cursor.fetchall()

        return run

    shown = timeline.page(dee.elevated(), sam, TimelineFilter()).rows
    incidents = sum(entry.kind == Kind.INCIDENT for entry in shown)
    with CaptureQueriesContext(connection) as queries:
        page()
        asked = len(queries)
    first, same_rows, everything = (
        milliseconds(page),
        milliseconds(raw(incidents)),
        milliseconds(raw(300)),
    )
    figures.keep("chronology of 300: entries on a page", len(shown))
    figures.keep("chronology of 300: incidents among them", incidents)
    figures.keep("chronology of 300: queries", asked)
    figures.keep("chronology of 300: page, ms", first)
    figures.keep("chronology of 300: raw SQL for the same rows, ms", same_rows)
    figures.keep("chronology of 300: raw SQL for all 300, ms", everything)
    figures.keep("chronology of 300: page / raw SQL of the same rows", round(first / same_rows, 1))
