"""What is recorded at one school is not seen from another, also where a filter is forgotten."""

from django.db import migrations

TABLES = [
    "incidents_incident",
    "incidents_draft",
    "incidents_upload",
    "incidents_category",
    "incidents_agency",
    "incidents_alertgroup",
    "incidents_categorygrant",
]
# Parents first: a row takes its school from the row it hangs on.
CHILDREN = [
    ("incidents_alertgroup_members", "alertgroup_id", "incidents_alertgroup"),
    ("incidents_linkedpupil", "incident_id", "incidents_incident"),
    ("incidents_incidentcategory", "incident_id", "incidents_incident"),
    ("incidents_incidentagency", "incident_id", "incidents_incident"),
    ("incidents_action", "incident_id", "incidents_incident"),
    ("incidents_actioncategory", "action_id", "incidents_action"),
    ("incidents_attachment", "incident_id", "incidents_incident"),
    ("incidents_alert", "incident_id", "incidents_incident"),
    ("incidents_acknowledgement", "alert_id", "incidents_alert"),
    ("incidents_significance", "incident_id", "incidents_incident"),
    ("incidents_subject", "incident_id", "incidents_incident"),
    ("incidents_restriction", "incident_id", "incidents_incident"),
    ("incidents_restrictionreader", "restriction_id", "incidents_restriction"),
    ("incidents_actionreader", "action_id", "incidents_action"),
]

# Errands that wait while this is migrated: the worker has to know where to act.
ERRANDS = """
UPDATE safeguard_outbox AS errand SET school = alert.school_id
FROM incidents_alert AS alert
WHERE errand.kind = 'alert' AND errand.key = alert.id AND errand.done_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0006_access_append_only"), ("safeguard", "0008_walls")]
    operations = [
        *[
            migrations.RunSQL(f"SELECT wall('{table}')", f"SELECT unwall('{table}')")
            for table in TABLES
        ],
        *[
            migrations.RunSQL(
                f"SELECT wall_by('{table}', '{key}', '{parent}')", f"SELECT unwall_by('{table}')"
            )
            for table, key, parent in CHILDREN
        ],
        migrations.RunSQL(ERRANDS, migrations.RunSQL.noop),
    ]
