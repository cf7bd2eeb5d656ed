"""Django's PostgreSQL, with an end to the web process's patience."""
