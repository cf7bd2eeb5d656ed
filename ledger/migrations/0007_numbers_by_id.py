"""What an entry acts on is looked up by its id, whatever PostgreSQL knows of the table.

Without statistics, as in a school's first minutes or after a restore, it took the index on school,
tree and number instead, and read a whole tree for each new entry.
"""

from django.db import migrations

NUMBERS = """
CREATE OR REPLACE FUNCTION ledger_numbers(
    wanted uuid[], of_school uuid, of_tree text, of_epoch int
)
RETURNS bigint[]
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT coalesce(array_agg(seq ORDER BY seq), '{{}}')
    FROM {entries}
    WHERE school_id = of_school AND tree = of_tree AND epoch = of_epoch{wanted}
$$;
"""

# OFFSET 0 is a fence for the planner: by id first, and then the rest.
BY_ID = NUMBERS.format(
    entries="(SELECT * FROM public.ledger_entry WHERE id = ANY (wanted) OFFSET 0) AS found",
    wanted="",
)
BY_ANY_INDEX = NUMBERS.format(entries="public.ledger_entry", wanted=" AND id = ANY (wanted)")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_one_body_each")]
    operations = [migrations.RunSQL(BY_ID, BY_ANY_INDEX)]
