"""The database writes the ledger: each body gets its numbered entry when its transaction commits.

`ledger_append` runs as a deferred constraint trigger, so that the head's lock is taken as the last
thing a transaction does and is never held during work: with 10 ms of other work and 8 writers a lock
taken early let through a seventh. It belongs to the owner, and only it may write entries and heads.

An entry's bytes are JSON in the canonical form of RFC 8785, written out here: the keys stand in
order, every value is ASCII that needs no escaping, and constraints keep it so.
"""

from django.db import migrations

APPEND_ONLY = [
    "ledger_sealedbody",
    "ledger_entry",
    "ledger_checkpoint",
    "ledger_verification",
]

PROTECT = """
CREATE TRIGGER {table}_append_only
    BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION forbid_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
CREATE TRIGGER {table}_recorded_at
    BEFORE INSERT ON {table}
    FOR EACH ROW EXECUTE FUNCTION stamp_recorded_at();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_recorded_at;
"""

UNPROTECT = """
DROP TRIGGER {table}_append_only ON {table};
DROP TRIGGER {table}_recorded_at ON {table};
"""

PLAIN = """
ALTER TABLE ledger_sealedbody
    ADD CONSTRAINT sealed_body_is_plain CHECK (
        actor ~ '^u-[0-9a-z]{1,18}$' AND approver ~ '^(u-[0-9a-z]{1,18})?$'
        AND kind ~ '^[a-z_]+[.][a-z_]+$' AND rule ~ '^[a-z0-9-]*$'
        AND tree IN ('records', 'access') AND via IN ('S1', 'S2', 'SYS', 'BG')
    ),
    ADD CONSTRAINT sealed_body_commitment_is_a_hash CHECK (octet_length(commitment) = 32),
    ADD CONSTRAINT sealed_body_salt_is_long CHECK (octet_length(salt) = 32);
ALTER TABLE ledger_head
    ADD CONSTRAINT head_name_is_plain CHECK (name ~ '^[A-Za-z0-9_-]+$');
ALTER TABLE ledger_entry
    ADD CONSTRAINT entry_leaf_is_its_hash CHECK (leaf = sha256('\\x00'::bytea || entry)),
    ADD CONSTRAINT entry_is_short CHECK (octet_length(entry) <= 65536);
"""

UNPLAIN = """
ALTER TABLE ledger_entry
    DROP CONSTRAINT entry_is_short, DROP CONSTRAINT entry_leaf_is_its_hash;
ALTER TABLE ledger_head DROP CONSTRAINT head_name_is_plain;
ALTER TABLE ledger_sealedbody
    DROP CONSTRAINT sealed_body_salt_is_long,
    DROP CONSTRAINT sealed_body_commitment_is_a_hash,
    DROP CONSTRAINT sealed_body_is_plain;
"""

# The fields stand in the order in which RFC 8785 sorts their names.
APPEND = """
CREATE FUNCTION ledger_entry_bytes(
    body public.ledger_sealedbody, school text, epoch int, seq bigint, refs bigint[],
    targets bigint[]
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
        || ',"obj":"' || (body).obj
        || '","refs":[' || array_to_string(refs, ',')
        || CASE WHEN (body).rule = '' THEN ']' ELSE '],"rule":"' || (body).rule || '"' END
        || ',"school":"' || school
        || '","seq":' || seq
        || CASE WHEN cardinality((body).targets) = 0 THEN ''
           ELSE ',"targets":[' || array_to_string(targets, ',') || ']' END
        || ',"tree":"' || (body).tree
        || '","type":"' || (body).kind
        || '","v":1,"via":"' || (body).via || '"}',
        'UTF8')
$$;

CREATE FUNCTION ledger_numbers(wanted uuid[], of_school uuid, of_tree text, of_epoch int)
RETURNS bigint[]
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT coalesce(array_agg(seq ORDER BY seq), '{}')
    FROM public.ledger_entry
    WHERE id = ANY (wanted) AND school_id = of_school AND tree = of_tree AND epoch = of_epoch
$$;

CREATE FUNCTION ledger_append() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head public.ledger_head;
    refs bigint[] := '{}';
    targets bigint[] := '{}';
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
        targets := public.ledger_numbers(NEW.targets, head.school_id, head.tree, head.epoch);
        IF cardinality(targets) <> cardinality(NEW.targets) THEN
            RAISE EXCEPTION 'a target of % is not an entry of this tree', NEW.kind
                USING ERRCODE = 'foreign_key_violation';
        END IF;
    END IF;
    bytes := public.ledger_entry_bytes(
        NEW, head.name, head.epoch, head.size - 1, refs, targets);
    INSERT INTO public.ledger_entry (id, school_id, tree, epoch, seq, entry, leaf)
        VALUES (NEW.id, head.school_id, head.tree, head.epoch, head.size - 1, bytes,
                sha256('\\x00'::bytea || bytes));
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER ledger_sealedbody_append
    AFTER INSERT ON ledger_sealedbody
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION ledger_append();
ALTER TABLE ledger_sealedbody ENABLE ALWAYS TRIGGER ledger_sealedbody_append;
"""

UNAPPEND = """
DROP TRIGGER ledger_sealedbody_append ON ledger_sealedbody;
DROP FUNCTION ledger_append();
DROP FUNCTION ledger_numbers(uuid[], uuid, text, int);
DROP FUNCTION ledger_entry_bytes(ledger_sealedbody, text, int, bigint, bigint[], bigint[]);
"""

# A reading that belongs to no school (nobody had signed in) has no tree to stand on.
QUEUE = """
CREATE FUNCTION ledger_queue_access() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.ledger_accesswaiting (id, recorded_at) VALUES (NEW.id, NEW.recorded_at);
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_accessentry_queue
    AFTER INSERT ON ledger_accessentry
    FOR EACH ROW WHEN (NEW.school IS NOT NULL) EXECUTE FUNCTION ledger_queue_access();
ALTER TABLE ledger_accessentry ENABLE ALWAYS TRIGGER ledger_accessentry_queue;

INSERT INTO ledger_accesswaiting (id, recorded_at)
    SELECT id, recorded_at FROM ledger_accessentry WHERE school IS NOT NULL;
"""

UNQUEUE = """
DROP TRIGGER ledger_accessentry_queue ON ledger_accessentry;
DROP FUNCTION ledger_queue_access();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_tree"), ("safeguard", "0001_append_only")]
    operations = [
        *[
            migrations.RunSQL(PROTECT.format(table=table), UNPROTECT.format(table=table))
            for table in APPEND_ONLY
        ],
        migrations.RunSQL(PLAIN, UNPLAIN),
        migrations.RunSQL(APPEND, UNAPPEND),
        migrations.RunSQL(QUEUE, UNQUEUE),
    ]
