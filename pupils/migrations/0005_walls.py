"""Pupils of one school are not seen from another; and searching for one still uses the index.

LIKE is not leakproof, so that under a policy PostgreSQL would try it only on rows that have passed the
policy, and never by the trigram index. `pupils_named_like` runs as the owner, asks for the school
itself, and gives away ids only; what is done with them is under the policy again.
"""

from django.db import migrations

TABLES = [
    "pupils_pupil",
    "pupils_importrun",
    "pupils_conflict",
    "pupils_teammember",
    "pupils_breakglass",
    "pupils_accessreason",
]
CHILDREN = [
    ("pupils_contact", "pupil_id", "pupils_pupil"),
    ("pupils_statuschange", "pupil_id", "pupils_pupil"),
    ("pupils_breakglassreview", "of_id", "pupils_breakglass"),
]

# The longest word finds, by the index; the others are looked for in what it has found.
SEARCH = """
CREATE FUNCTION pupils_named_like(patterns text[]) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked text := '';
    pattern text;
BEGIN
    FOREACH pattern IN ARRAY patterns LOOP
        asked := asked || format(
            CASE WHEN length(pattern) < 3
                THEN ' AND (search_text LIKE %L OR search_text LIKE %L)'
                ELSE ' AND search_text LIKE %L' END,
            CASE WHEN length(pattern) < 3 THEN pattern || '%' ELSE '%' || pattern || '%' END,
            '% ' || pattern || '%');
    END LOOP;
    RETURN QUERY EXECUTE
        'SELECT id FROM public.pupils_pupil WHERE school_id ='
        ' nullif(current_setting(''safeguard.school'', true), '''')::uuid' || asked;
END $$;
REVOKE ALL ON FUNCTION pupils_named_like(text[]) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("pupils", "0004_access_append_only"), ("safeguard", "0008_walls")]
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
        migrations.RunSQL(SEARCH, "DROP FUNCTION pupils_named_like(text[])"),
    ]
