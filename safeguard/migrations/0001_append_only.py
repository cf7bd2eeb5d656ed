"""Functions that every append-only table's triggers call, and the mark of a demo database."""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations

FUNCTIONS = """
CREATE TABLE safeguard_installation (
    kind text PRIMARY KEY CHECK (kind IN ('demo', 'test')),
    marked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE safeguard_installation IS
    'A row here marks invented data. Only then may the owner say when a row was recorded.';

CREATE FUNCTION forbid_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION stamp_recorded_at() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    said text;
BEGIN
    NEW.recorded_at := clock_timestamp();
    said := nullif(current_setting('safeguard.clock', true), '');
    IF said IS NOT NULL
       AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
    THEN
        IF EXISTS (SELECT 1 FROM public.safeguard_installation) THEN
            NEW.recorded_at := said::timestamptz;
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""

UNDO = """
DROP FUNCTION stamp_recorded_at();
DROP FUNCTION forbid_change();
DROP TABLE safeguard_installation;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [TrigramExtension(), UnaccentExtension(), migrations.RunSQL(FUNCTIONS, UNDO)]
