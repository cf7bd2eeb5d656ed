"""The next epoch of a ledger comes after all of which anything was published, if need be not at once.

A back-up from before an epoch began does not know it, and its notes are in mailboxes all the same.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("records.migrations.0005_next_epoch").FORWARDS
FORWARDS = """
DROP FUNCTION ledger_next_epoch(uuid, text);
CREATE FUNCTION ledger_next_epoch(of_school uuid, of_tree text, begins integer)
RETURNS public.ledger_head
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head public.ledger_head;
BEGIN
    UPDATE public.ledger_head SET is_current = false
        WHERE school_id = of_school AND tree = of_tree AND is_current RETURNING * INTO head;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such ledger' USING ERRCODE = 'no_data_found';
    END IF;
    IF begins <= head.epoch THEN
        RAISE EXCEPTION 'an epoch that there was does not begin again'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    INSERT INTO public.ledger_head (id, school_id, tree, epoch, is_current, name, size)
        VALUES (gen_random_uuid(), of_school, of_tree, begins, true, head.name, 0);
    RETURN head;
END $$;
REVOKE ALL ON FUNCTION ledger_next_epoch(uuid, text, integer) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0010_anomalies_append_only")]
    operations = [
        migrations.RunSQL(
            FORWARDS, f"DROP FUNCTION ledger_next_epoch(uuid, text, integer);{BEFORE}"
        )
    ]
