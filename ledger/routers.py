"""The audit alias is a role, not a second database."""


class AuditAliasHasNoMigrations:
    """Keep `migrate` from running anything through the audit role."""

    def allow_migrate(self, db, app_label, **hints):
        return db != "audit"
