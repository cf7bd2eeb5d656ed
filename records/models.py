"""The life of a file: what is kept of it elsewhere, and how it comes to its end."""

from records.copies import BackupMade, DrillMade

__all__ = ["BackupMade", "DrillMade"]
