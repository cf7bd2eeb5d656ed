"""Pages about the life of records."""
