"""The one way in which something that happened is removed: named by an entry, by two people.

`records_erase` belongs to the owner and runs with the owner's rights; only the disposal's role may
call it. It erases what an entry `disposal.executed` of the ledger names, and nothing else. The
triggers that forbid every change stay where they are. On the tables below they let a row be emptied
when all of this is so: the statement is the function's (it runs as the owner, for somebody else who
may call it), an entry by two different actors names the row, and nothing but the named columns
changes, to nothing. The owner's own statements are refused as before.
"""

from django.db import migrations

KEPT = ["records_legalhold", "records_disposal", "records_disposalapproval", "records_erasure"]

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

# What may be emptied of a row that was disposed of; without columns the whole row may go.
INCIDENT = (
    *("place", "place_detail", "saw", "told", "told_by", "child_words", "heard", "opinion"),
    *("done_already", "parents_told", "parents_detail", "medical", "told_in_person"),
)
EMPTIED = {
    "ledger_sealedbody": ("body", "salt"),
    "incidents_incident": INCIDENT,
    "incidents_action": ("narrative", "decision", "reasons", "impact", "agency_id"),
    "reports_reporttext": ("answers",),
    "incidents_linkedpupil": (),
    "incidents_incidentcategory": (),
    "incidents_incidentagency": (),
    "incidents_actioncategory": (),
    "incidents_attachment": (),
}

ALLOW = """
CREATE OR REPLACE TRIGGER {table}_append_only
    BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION forbid_change_but_disposal({columns});
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
"""

FORBID = """
CREATE OR REPLACE TRIGGER {table}_append_only
    BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION forbid_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only;
"""

NAMED = """
CREATE INDEX sealed_body_disposed ON ledger_sealedbody USING gin (targets)
    WHERE kind = 'disposal.executed';

CREATE FUNCTION records_is_named(content uuid) RETURNS boolean
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

CREATE FUNCTION records_row_is_named(row_id uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT EXISTS (
        SELECT FROM public.ledger_sealedbody
        WHERE obj = row_id AND kind IN ('incident.created', 'action.added', 'record.corrected')
            AND public.records_is_named(id)
    )
$$;

CREATE FUNCTION records_text_is_named(of_report uuid, of_pupil uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT EXISTS (
        SELECT FROM public.reports_reportmade made, unnest(made.incidents || made.actions) held
        WHERE made.report_id = of_report AND public.records_row_is_named(held)
    ) OR NOT EXISTS (SELECT FROM public.reports_reportmade WHERE report_id = of_report) AND EXISTS (
        SELECT FROM public.incidents_incident incident
        LEFT JOIN public.incidents_action action ON action.incident_id = incident.id
        WHERE incident.pupil_id = of_pupil AND (
            public.records_row_is_named(incident.id) OR public.records_row_is_named(action.id))
    )
$$;

CREATE FUNCTION forbid_change_but_disposal() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    before jsonb := to_jsonb(OLD);
    after jsonb;
    emptied text[] := TG_ARGV;
    one text;
BEGIN
    IF session_user = current_user
        OR current_user <> (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
        OR NOT has_function_privilege(session_user, 'public.records_erase(uuid)', 'EXECUTE')
        OR (TG_OP = 'DELETE') <> (TG_NARGS = 0)
    THEN
        RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NOT (CASE TG_TABLE_NAME
        WHEN 'ledger_sealedbody' THEN public.records_is_named((before ->> 'id')::uuid)
        WHEN 'incidents_incident' THEN public.records_row_is_named((before ->> 'id')::uuid)
        WHEN 'incidents_action' THEN public.records_row_is_named((before ->> 'id')::uuid)
        WHEN 'reports_reporttext' THEN public.records_text_is_named(
            (before ->> 'report_id')::uuid, (before ->> 'pupil_id')::uuid)
        ELSE public.records_row_is_named(
            coalesce(before ->> 'action_id', before ->> 'incident_id')::uuid)
        END)
    THEN
        RAISE EXCEPTION 'no entry by two people names this row of %', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    after := to_jsonb(NEW);
    IF after - emptied <> before - emptied THEN
        RAISE EXCEPTION 'disposal changes nothing else in a row of %', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    FOREACH one IN ARRAY emptied LOOP
        IF coalesce(after ->> one, '') NOT IN ('', '{}')
            AND after ->> one NOT LIKE 'Disposed of%'
        THEN
            RAISE EXCEPTION 'disposal empties % of % and writes nothing there', one, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END IF;
    END LOOP;
    RETURN NEW;
END $$;
"""

UNNAMED = """
DROP FUNCTION forbid_change_but_disposal();
DROP FUNCTION records_text_is_named(uuid, uuid);
DROP FUNCTION records_row_is_named(uuid);
DROP FUNCTION records_is_named(uuid);
DROP INDEX sealed_body_disposed;
"""

ERASE = """
CREATE FUNCTION records_erase(what uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    told public.ledger_sealedbody;
    entry public.ledger_entry;
    said jsonb;
    those_incidents uuid[];
    those_actions uuid[];
    those_forms uuid[];
    those_pupils uuid[];
    those_reports uuid[];
    since timestamptz;
    words text;
    emptied int;
BEGIN
    SELECT * INTO told FROM public.ledger_sealedbody
        WHERE obj = what AND kind = 'disposal.executed';
    SELECT * INTO entry FROM public.ledger_entry WHERE id = told.id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no entry of the ledger says that % is disposed of', what
            USING ERRCODE = 'restrict_violation';
    END IF;
    said := convert_from(entry.entry, 'UTF8')::jsonb;
    IF said ->> 'type' IS DISTINCT FROM 'disposal.executed'
        OR said ->> 'obj' IS DISTINCT FROM what::text
        OR coalesce(said ->> 'approver' = said ->> 'actor', true)
    THEN
        RAISE EXCEPTION 'the entry of % is not one of two different people', what
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF said -> 'targets' IS DISTINCT FROM to_jsonb(public.ledger_numbers(
        told.targets, entry.school_id, entry.tree::text, entry.epoch))
    THEN
        RAISE EXCEPTION 'the entry of % names other records', what
            USING ERRCODE = 'restrict_violation';
    END IF;

    PERFORM pg_advisory_xact_lock(hashtextextended(what::text, 0));
    IF EXISTS (SELECT FROM public.records_erasure WHERE disposal = what) THEN
        RETURN false;
    END IF;

    SELECT coalesce(array_agg(obj) FILTER (WHERE kind = 'incident.created'), '{}'),
            coalesce(array_agg(obj) FILTER (WHERE kind <> 'incident.created'), '{}')
        INTO those_incidents, those_actions
        FROM public.ledger_sealedbody
        WHERE id = ANY (told.targets)
            AND kind IN ('incident.created', 'action.added', 'record.corrected');
    SELECT coalesce(array_agg(submission), '{}') INTO those_forms FROM (
        SELECT submission FROM public.incidents_incident WHERE id = ANY (those_incidents)
        UNION ALL
        SELECT submission FROM public.incidents_action WHERE id = ANY (those_actions)
    ) forms;
    SELECT coalesce(array_agg(DISTINCT pupil_id), '{}'), min(recorded_at)
        INTO those_pupils, since FROM public.incidents_incident
        WHERE id = ANY (those_incidents) OR id IN (
            SELECT incident_id FROM public.incidents_action WHERE id = ANY (those_actions));
    SELECT coalesce(array_agg(report.id), '{}') INTO those_reports
        FROM public.reports_report report
        LEFT JOIN public.reports_reportmade made ON made.report_id = report.id
        WHERE made.incidents && those_incidents OR made.actions && those_actions
            OR (made.id IS NULL AND report.pupil_id = ANY (those_pupils)
                AND report.asked_at >= since);
    words := 'Disposed of under rule '
        || coalesce((SELECT rule FROM public.records_disposal WHERE id = what), told.rule);

    UPDATE public.ledger_sealedbody SET body = NULL, salt = NULL
        WHERE id = ANY (told.targets) AND body IS NOT NULL;
    GET DIAGNOSTICS emptied = ROW_COUNT;
    UPDATE public.incidents_incident SET {columns}, saw = words
        WHERE id = ANY (those_incidents);
    UPDATE public.incidents_action SET narrative = words, impact = '', agency_id = NULL,
            decision = CASE WHEN kind = 'decision' THEN 'Disposed of' ELSE '' END,
            reasons = CASE WHEN kind = 'decision' THEN words ELSE '' END
        WHERE id = ANY (those_actions);
    DELETE FROM public.incidents_linkedpupil WHERE incident_id = ANY (those_incidents);
    DELETE FROM public.incidents_incidentcategory WHERE incident_id = ANY (those_incidents);
    DELETE FROM public.incidents_incidentagency WHERE incident_id = ANY (those_incidents);
    DELETE FROM public.incidents_actioncategory WHERE action_id = ANY (those_actions);

    WITH files AS (
        DELETE FROM public.incidents_attachment
        WHERE coalesce(action_id, incident_id) = ANY (those_incidents || those_actions)
        RETURNING stored_as
    ), waiting AS (
        DELETE FROM public.incidents_upload WHERE draft = ANY (those_forms) RETURNING stored_as
    )
    INSERT INTO public.records_erasedfile (id, disposal, stored_as)
        SELECT gen_random_uuid(), what, stored_as FROM files
        UNION ALL SELECT gen_random_uuid(), what, stored_as FROM waiting;
    DELETE FROM public.incidents_draft WHERE id = ANY (those_forms);

    INSERT INTO public.records_erasedfile (id, disposal, stored_as)
        SELECT gen_random_uuid(), what, 'reports/' || stored_as FROM public.reports_report
        WHERE id = ANY (those_reports) AND stored_as <> '';
    UPDATE public.reports_report SET stored_as = '' WHERE id = ANY (those_reports);
    UPDATE public.reports_reporttext SET answers = '{}' WHERE report_id = ANY (those_reports);
    DELETE FROM public.reports_reportdraft WHERE pupil_id = ANY (those_pupils);

    INSERT INTO public.records_erasure (id, disposal, school_id, bodies, incidents, actions, files)
        VALUES (gen_random_uuid(), what, told.school_id, emptied, cardinality(those_incidents),
                cardinality(those_actions),
                (SELECT count(*) FROM public.records_erasedfile WHERE disposal = what));
    RETURN true;
END $$;
"""


UNERASE = "DROP FUNCTION records_erase(uuid);"

ERASE_TEXT = ERASE.replace(
    "{columns}", ", ".join(f"{name} = ''" for name in INCIDENT if name != "saw")
)


def allow(table, columns):
    return migrations.RunSQL(
        ALLOW.format(table=table, columns=", ".join(f"'{name}'" for name in columns)),
        FORBID.format(table=table),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0003_disposals"),
        ("incidents", "0004_categories_append_only"),
        ("ledger", "0004_append_at_commit"),
        ("reports", "0002_append_only"),
        ("safeguard", "0001_append_only"),
    ]
    operations = [
        *[
            migrations.RunSQL(PROTECT.format(table=table), UNPROTECT.format(table=table))
            for table in KEPT
        ],
        migrations.RunSQL(NAMED, UNNAMED),
        migrations.RunSQL(ERASE_TEXT, UNERASE),
        *[allow(table, columns) for table, columns in EMPTIED.items()],
    ]
