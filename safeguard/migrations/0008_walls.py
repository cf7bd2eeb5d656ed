"""A wall between schools: rows of one school, of none when none is named, checked by PostgreSQL.

A table with a school's data is walled by one line of its migration:

    migrations.RunSQL("SELECT wall('pupils_pupil')", "SELECT unwall('pupils_pupil')")

and one whose rows belong to a school by way of a parent by

    migrations.RunSQL(
        "SELECT wall_by('pupils_contact', 'pupil_id', 'pupils_pupil')",
        "SELECT unwall_by('pupils_contact')",
    )

which gives it a column `school_id` that the database alone fills, from the parent, whatever is sent.
A policy that looked the parent up for every row would cost each list more than the column does.

ENABLE and not FORCE: the owner's dumps and migrations see everything. The setting is asked for in a
subquery, so that it is asked for once in a statement and not once a row.
"""

from django.db import migrations, models

WALL = """
CREATE FUNCTION wall(walled regclass, school name DEFAULT 'school_id') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $wall$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', walled);
    EXECUTE format(
        'CREATE POLICY school_wall ON %s USING '
        '(%I = (SELECT nullif(current_setting(''safeguard.school'', true), '''')::uuid))',
        walled, school);
END $wall$;

CREATE FUNCTION unwall(walled regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $wall$
BEGIN
    EXECUTE format('DROP POLICY school_wall ON %s', walled);
    EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', walled);
END $wall$;

CREATE FUNCTION wall_by(walled regclass, key name, parent regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $wall$
DECLARE
    called text := (SELECT relname FROM pg_class WHERE oid = walled);
    kept name;
BEGIN
    EXECUTE format('ALTER TABLE %s ADD COLUMN school_id uuid', walled);
    FOR kept IN SELECT tgname FROM pg_trigger
        WHERE tgrelid = walled AND NOT tgisinternal AND tgenabled = 'A'
    LOOP
        EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', walled, kept);
    END LOOP;
    EXECUTE format(
        'UPDATE %s AS child SET school_id = parent.school_id FROM %s AS parent'
        ' WHERE parent.id = child.%I', walled, parent, key);
    FOR kept IN SELECT tgname FROM pg_trigger
        WHERE tgrelid = walled AND NOT tgisinternal AND tgenabled = 'D'
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', walled, kept);
    END LOOP;
    EXECUTE format('ALTER TABLE %s ALTER COLUMN school_id SET NOT NULL', walled);
    EXECUTE format(
        'CREATE FUNCTION public.%I() RETURNS trigger LANGUAGE plpgsql'
        ' SET search_path = pg_catalog AS $said$ BEGIN'
        ' NEW.school_id := (SELECT school_id FROM %s WHERE id = NEW.%I);'
        ' RETURN NEW; END $said$', called || '_school', parent, key);
    EXECUTE format(
        'CREATE TRIGGER %I BEFORE INSERT OR UPDATE ON %s'
        ' FOR EACH ROW EXECUTE FUNCTION public.%I()',
        called || '_school', walled, called || '_school');
    EXECUTE format(
        'ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', walled, called || '_school');
    PERFORM public.wall(walled);
END $wall$;

CREATE FUNCTION unwall_by(walled regclass) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog AS $wall$
DECLARE
    called text := (SELECT relname FROM pg_class WHERE oid = walled);
BEGIN
    PERFORM public.unwall(walled);
    EXECUTE format('DROP TRIGGER %I ON %s', called || '_school', walled);
    EXECUTE format('DROP FUNCTION public.%I()', called || '_school');
    EXECUTE format('ALTER TABLE %s DROP COLUMN school_id', walled);
END $wall$;
"""

UNDO = """
DROP FUNCTION unwall_by(regclass);
DROP FUNCTION wall_by(regclass, name, regclass);
DROP FUNCTION unwall(regclass);
DROP FUNCTION wall(regclass, name);
"""


class Migration(migrations.Migration):
    dependencies = [("safeguard", "0007_account_notices")]
    operations = [
        migrations.AddField("outbox", "school", models.UUIDField(null=True)),
        migrations.RunSQL(WALL, UNDO),
    ]
