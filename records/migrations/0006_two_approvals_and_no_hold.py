"""Erasing asks for more: two approvals, no hold, and nobody else may call it.

The entry alone was believed, which the application's role could write by itself. Now the function
looks for the approvals of two different people, by the pseudonyms that the entry names; after a
restore, where these may be lost, the entry says `replayed` and that Safeguard itself recorded it. A
legal hold that was placed after the second approval stops it. Linked children's drafts and reports
that were being made go as the first child's do.
"""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("records.migrations.0004_lawful_removal")

TEXT_IS_NAMED = """
CREATE OR REPLACE FUNCTION records_text_is_named(of_report uuid, of_pupil uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT EXISTS (
        SELECT FROM public.reports_reportmade made, unnest(made.incidents || made.actions) held
        WHERE made.report_id = of_report AND public.records_row_is_named(held)
    ) OR NOT EXISTS (SELECT FROM public.reports_reportmade WHERE report_id = of_report) AND EXISTS (
        SELECT FROM public.incidents_incident incident
        LEFT JOIN public.incidents_action action ON action.incident_id = incident.id
        LEFT JOIN public.incidents_linkedpupil linked ON linked.incident_id = incident.id
        WHERE of_pupil IN (incident.pupil_id, linked.pupil_id) AND (
            public.records_row_is_named(incident.id) OR public.records_row_is_named(action.id))
    )
$$;
"""

ERASE = """
CREATE OR REPLACE FUNCTION records_erase(what uuid) RETURNS boolean
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

    -- After a restore the two who had approved may be known by the list of disposals only.
    IF (said ->> 'rule' = 'replayed' AND said ->> 'via' = 'SYS') IS NOT TRUE AND NOT EXISTS (
        SELECT FROM public.records_disposalapproval first
        JOIN public.records_disposalapproval second
            ON second.disposal_id = first.disposal_id AND second.by_id <> first.by_id
        JOIN public.ledger_pseudonym actor ON actor.user_id = first.by_id
            AND actor.school_id = entry.school_id AND actor.name = said ->> 'actor'
        JOIN public.ledger_pseudonym approver ON approver.user_id = second.by_id
            AND approver.school_id = entry.school_id AND approver.name = said ->> 'approver'
        WHERE first.disposal_id = what)
    THEN
        RAISE EXCEPTION 'the two people whom the entry of % names have not both approved it', what
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
    SELECT coalesce(array_agg(DISTINCT child), '{}'), min(recorded_at) INTO those_pupils, since
        FROM (
            SELECT unnest(ARRAY[incident.pupil_id, linked.pupil_id]) AS child, incident.recorded_at
            FROM public.incidents_incident incident
            LEFT JOIN public.incidents_linkedpupil linked ON linked.incident_id = incident.id
            WHERE incident.id = ANY (those_incidents) OR incident.id IN (
                SELECT incident_id FROM public.incidents_action WHERE id = ANY (those_actions))
        ) children WHERE child IS NOT NULL;

    -- Whoever places a hold locks the child's row first, and so waits for this or stops it.
    PERFORM FROM public.pupils_pupil WHERE id = ANY (those_pupils) ORDER BY id FOR UPDATE;
    IF EXISTS (
        SELECT FROM unnest(those_pupils) child
        CROSS JOIN LATERAL (
            SELECT is_placed FROM public.records_legalhold WHERE pupil_id = child
            ORDER BY recorded_at DESC, id DESC LIMIT 1
        ) latest WHERE latest.is_placed)
    THEN
        RAISE EXCEPTION 'a legal hold is on a child in %', what USING ERRCODE = 'object_in_use';
    END IF;

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
    -- Before the links to other children go, by which it is known which reports were about them.
    INSERT INTO public.records_erasedfile (id, disposal, stored_as)
        SELECT gen_random_uuid(), what, 'reports/' || stored_as FROM public.reports_report
        WHERE id = ANY (those_reports) AND stored_as <> '';
    UPDATE public.reports_report SET stored_as = '' WHERE id = ANY (those_reports);
    UPDATE public.reports_reporttext SET answers = '{}' WHERE report_id = ANY (those_reports);
    DELETE FROM public.reports_reportdraft WHERE pupil_id = ANY (those_pupils);

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

    INSERT INTO public.records_erasure (id, disposal, school_id, bodies, incidents, actions, files)
        VALUES (gen_random_uuid(), what, told.school_id, emptied, cardinality(those_incidents),
                cardinality(those_actions),
                (SELECT count(*) FROM public.records_erasedfile WHERE disposal = what));
    RETURN true;
END $$;

REVOKE ALL ON FUNCTION records_erase(uuid) FROM PUBLIC;
REVOKE ALL ON FUNCTION ledger_next_epoch(uuid, text) FROM PUBLIC;
""".replace("{columns}", ", ".join(f"{name} = ''" for name in BEFORE.INCIDENT if name != "saw"))


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0005_next_epoch"),
        ("ledger", "0006_one_body_each"),
        ("pupils", "0002_append_only"),
    ]
    operations = [
        migrations.RunSQL(TEXT_IS_NAMED, migrations.RunSQL.noop),
        migrations.RunSQL(
            ERASE, BEFORE.ERASE_TEXT.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
        ),
    ]
