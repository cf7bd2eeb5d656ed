"""Continuing a ledger after a loss: only the owner may end an epoch and begin the next.

Heads are written by the database's own functions and by nothing else. This one ends the present
epoch of a tree and begins the next in the same transaction, whose first entry must then say what was
lost: the signer and every verifier refuse an epoch that begins otherwise.
"""

from django.db import migrations

FORWARDS = """
CREATE FUNCTION ledger_next_epoch(of_school uuid, of_tree text) RETURNS public.ledger_head
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head public.ledger_head;
BEGIN
    UPDATE public.ledger_head SET is_current = false
        WHERE school_id = of_school AND tree = of_tree AND is_current RETURNING * INTO head;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such ledger' USING ERRCODE = 'no_data_found';
    END IF;
    INSERT INTO public.ledger_head (id, school_id, tree, epoch, is_current, name, size)
        VALUES (gen_random_uuid(), of_school, of_tree, head.epoch + 1, true, head.name, 0);
    RETURN head;
END $$;
REVOKE ALL ON FUNCTION ledger_next_epoch(uuid, text) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    dependencies = [("records", "0004_lawful_removal"), ("ledger", "0004_append_at_commit")]
    operations = [migrations.RunSQL(FORWARDS, "DROP FUNCTION ledger_next_epoch(uuid, text);")]
