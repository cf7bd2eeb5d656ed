"""A disposal may name entries of an epoch that ended, and says of which.

Numbers count within an epoch. What stands in a former one is named beside `targets`, in a field that
an entry has only then, `former`: a list of epochs, each with its numbers. Such an entry is of version
2, so that a verifier of before asks for a newer one instead of calling it false. Every other entry is
to the byte what it was.
"""

from importlib import import_module

from django.db import migrations

AS_IT_WAS = import_module("ledger.migrations.0004_append_at_commit").APPEND
AT_BYTES, AT_NUMBERS, AT_APPEND = (
    AS_IT_WAS.index(f"CREATE FUNCTION {name}(")
    for name in ("ledger_entry_bytes", "ledger_numbers", "ledger_append")
)

# OFFSET 0 is a fence for the planner: by id first, and then the rest.
FORMER = """
CREATE FUNCTION ledger_former(wanted uuid[], of_school uuid, of_tree text, of_epoch int)
RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT coalesce('[' || string_agg(
        '{"epoch":' || epoch || ',"targets":[' || numbers || ']}', ',' ORDER BY epoch) || ']', '')
    FROM (
        SELECT epoch, string_agg(seq::text, ',' ORDER BY seq) AS numbers
        FROM (SELECT * FROM public.ledger_entry WHERE id = ANY (wanted) OFFSET 0) AS found
        WHERE school_id = of_school AND tree = of_tree AND epoch < of_epoch
        GROUP BY epoch
    ) AS epochs
$$;
"""

# The fields stand in the order in which RFC 8785 sorts their names.
BYTES = """
DROP FUNCTION ledger_entry_bytes(ledger_sealedbody, text, int, bigint, bigint[], bigint[]);
CREATE FUNCTION ledger_entry_bytes(
    body public.ledger_sealedbody, school text, epoch int, seq bigint, refs bigint[],
    targets bigint[], former text DEFAULT ''
) RETURNS bytea
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT convert_to(
        '{"actor":"' || (body).actor
        || CASE WHEN (body).approver = '' THEN '' ELSE '","approver":"' || (body).approver END
        || '","at":"'
        || to_char((body).recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || CASE WHEN (body).commitment IS NULL THEN ''
           ELSE '","commit":"' || encode((body).commitment, 'hex') END
        || '","epoch":' || epoch
        || CASE WHEN former = '' THEN '' ELSE ',"former":' || former END
        || ',"obj":"' || (body).obj
        || '","refs":[' || array_to_string(refs, ',')
        || CASE WHEN (body).rule = '' THEN ']' ELSE '],"rule":"' || (body).rule || '"' END
        || ',"school":"' || school
        || '","seq":' || seq
        || CASE WHEN cardinality((body).targets) = 0 THEN ''
           ELSE ',"targets":[' || array_to_string(targets, ',') || ']' END
        || ',"tree":"' || (body).tree
        || '","type":"' || (body).kind
        || '","v":' || CASE WHEN former = '' THEN '1' ELSE '2' END
        || ',"via":"' || (body).via || '"}',
        'UTF8')
$$;
"""

BYTES_BEFORE = (
    "DROP FUNCTION ledger_entry_bytes("
    "ledger_sealedbody, text, int, bigint, bigint[], bigint[], text);"
    + AS_IT_WAS[AT_BYTES:AT_NUMBERS]
)

APPEND = """
CREATE OR REPLACE FUNCTION ledger_append() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head public.ledger_head;
    refs bigint[] := '{}';
    targets bigint[] := '{}';
    former text := '';
    bytes bytea;
BEGIN
    UPDATE public.ledger_head SET size = size + 1
        WHERE school_id = NEW.school_id AND tree = NEW.tree AND is_current RETURNING * INTO head;
    IF NOT FOUND THEN
        INSERT INTO public.ledger_head (id, school_id, tree, epoch, is_current, name, size)
            SELECT gen_random_uuid(), id, NEW.tree, 1, true, coalesce(nullif(urn, ''), slug), 0
            FROM public.accounts_school WHERE id = NEW.school_id
            ON CONFLICT DO NOTHING;
        UPDATE public.ledger_head SET size = size + 1
            WHERE school_id = NEW.school_id AND tree = NEW.tree AND is_current
            RETURNING * INTO STRICT head;
    END IF;
    IF cardinality(NEW.acts_on) > 0 THEN
        refs := public.ledger_numbers(NEW.acts_on, head.school_id, head.tree, head.epoch);
    END IF;
    IF cardinality(NEW.targets) > 0 THEN
        IF cardinality(NEW.targets) <> (
            SELECT count(*) FROM public.ledger_entry
            WHERE id = ANY (NEW.targets) AND school_id = head.school_id AND tree = head.tree)
        THEN
            RAISE EXCEPTION 'a target of % is not an entry of this tree', NEW.kind
                USING ERRCODE = 'foreign_key_violation';
        END IF;
        targets := public.ledger_numbers(NEW.targets, head.school_id, head.tree, head.epoch);
        former := public.ledger_former(NEW.targets, head.school_id, head.tree, head.epoch);
    END IF;
    bytes := public.ledger_entry_bytes(
        NEW, head.name, head.epoch, head.size - 1, refs, targets, former);
    INSERT INTO public.ledger_entry (id, school_id, tree, epoch, seq, entry, leaf)
        VALUES (NEW.id, head.school_id, head.tree, head.epoch, head.size - 1, bytes,
                sha256('\\x00'::bytea || bytes));
    RETURN NULL;
END $$;
"""

APPEND_BEFORE = AS_IT_WAS[AT_APPEND : AS_IT_WAS.index("CREATE CONSTRAINT TRIGGER")].replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0010_walls")]
    operations = [
        migrations.RunSQL(FORMER, "DROP FUNCTION ledger_former(uuid[], uuid, text, int);"),
        migrations.RunSQL(BYTES, BYTES_BEFORE),
        migrations.RunSQL(APPEND, APPEND_BEFORE),
    ]
