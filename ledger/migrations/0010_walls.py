"""What entries commit to, who is called what, and who looked: of one school, not seen from another.

Entries, heads and checkpoints have no wall: they are numbers, hashes and commitments, which the
signer, the verification and the status page read over all schools.
"""

from django.db import migrations

TABLES = [
    ("ledger_sealedbody", "school_id"),
    ("ledger_pseudonym", "school_id"),
    ("ledger_keeper", "school_id"),
    ("ledger_checkpointmail", "school_id"),
    ("ledger_accessentry", "school"),
]

# Errands that wait while this is migrated: the worker has to know where to act.
ERRANDS = """
UPDATE safeguard_outbox AS errand SET school = row.school_id
FROM (
    SELECT 'checkpoint' AS kind, id, school_id FROM ledger_sealedbody
    UNION ALL SELECT 'checkpoint_mail', id, school_id FROM ledger_checkpointmail
    UNION ALL SELECT 'verification', id, school_id FROM ledger_verificationrun
) AS row
WHERE errand.kind = row.kind AND errand.key = row.id AND errand.done_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0009_access_kinds"), ("safeguard", "0008_walls")]
    operations = [
        *[
            migrations.RunSQL(f"SELECT wall('{table}', '{school}')", f"SELECT unwall('{table}')")
            for table, school in TABLES
        ],
        migrations.RunSQL(ERRANDS, migrations.RunSQL.noop),
    ]
