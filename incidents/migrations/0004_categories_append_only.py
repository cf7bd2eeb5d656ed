"""The categories that a lead chose stay as well, at the time of the database's clock."""

from django.db import migrations

TABLE = "incidents_actioncategory"

PROTECT = f"""
CREATE TRIGGER {TABLE}_append_only
    BEFORE UPDATE OR DELETE ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION forbid_change();
ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {TABLE}_append_only;
CREATE TRIGGER {TABLE}_recorded_at
    BEFORE INSERT ON {TABLE}
    FOR EACH ROW EXECUTE FUNCTION stamp_recorded_at();
ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {TABLE}_recorded_at;
"""

UNPROTECT = f"""
DROP TRIGGER {TABLE}_append_only ON {TABLE};
DROP TRIGGER {TABLE}_recorded_at ON {TABLE};
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0003_categories_refined"), ("safeguard", "0001_append_only")]
    operations = [migrations.RunSQL(PROTECT, UNPROTECT)]
