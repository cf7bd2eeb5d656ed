"""What stands in an epoch that ended is erased too, when the entry says of which epoch it is.

A number alone says nothing of another epoch: what an entry names under `targets` is of its own, and
what it names under `former` of the earlier epoch that stands beside the numbers.
"""

from importlib import import_module

from django.db import migrations

ERASE_BEFORE = import_module("records.migrations.0006_two_approvals_and_no_hold").ERASE

NAMED = """
CREATE OR REPLACE FUNCTION records_is_named(content uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT EXISTS (
        SELECT FROM public.ledger_entry named
        JOIN public.ledger_sealedbody told
            ON told.kind = 'disposal.executed' AND told.targets @> ARRAY[named.id]
        JOIN public.ledger_entry entry ON entry.id = told.id
        CROSS JOIN LATERAL (SELECT convert_from(entry.entry, 'UTF8')::jsonb AS read) says
        WHERE named.id = content AND entry.school_id = named.school_id AND entry.tree = named.tree
            AND says.read ->> 'type' = 'disposal.executed'
            AND says.read ->> 'actor' <> says.read ->> 'approver'
            AND CASE
                WHEN entry.epoch = named.epoch
                THEN says.read -> 'targets' @> to_jsonb(named.seq)
                WHEN entry.epoch > named.epoch
                THEN says.read -> 'former' @> jsonb_build_array(jsonb_build_object(
                    'epoch', named.epoch, 'targets', jsonb_build_array(named.seq)))
                ELSE false END
    )
$$;
"""

NAMED_BEFORE = """
CREATE OR REPLACE FUNCTION records_is_named(content uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT EXISTS (
        SELECT FROM public.ledger_entry named
        JOIN public.ledger_sealedbody told
            ON told.kind = 'disposal.executed' AND told.targets @> ARRAY[named.id]
        JOIN public.ledger_entry entry ON entry.id = told.id
        CROSS JOIN LATERAL (SELECT convert_from(entry.entry, 'UTF8')::jsonb AS read) says
        WHERE named.id = content AND entry.school_id = named.school_id AND entry.tree = named.tree
            AND entry.epoch = named.epoch AND says.read ->> 'type' = 'disposal.executed'
            AND says.read ->> 'actor' <> says.read ->> 'approver'
            AND says.read -> 'targets' @> to_jsonb(named.seq)
    )
$$;
"""

OF_ITS_OWN_EPOCH = """
        told.targets, entry.school_id, entry.tree::text, entry.epoch))
    THEN"""
OF_FORMER_EPOCHS = """
        told.targets, entry.school_id, entry.tree::text, entry.epoch))
        OR said -> 'former' IS DISTINCT FROM nullif(public.ledger_former(
            told.targets, entry.school_id, entry.tree::text, entry.epoch), '')::jsonb
    THEN"""
ERASE = ERASE_BEFORE.replace(OF_ITS_OWN_EPOCH, OF_FORMER_EPOCHS)


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0007_walls"),
        ("ledger", "0011_former_epochs"),
    ]
    operations = [
        migrations.RunSQL(NAMED, NAMED_BEFORE),
        migrations.RunSQL(ERASE, ERASE_BEFORE),
    ]
