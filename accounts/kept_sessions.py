"""Django's sessions in PostgreSQL, under a hash of the key that the browser holds (SR-30).

Whoever reads the database, or a dump of it, finds nothing there that opens a session: 160 bits of
the SHA-256 of a random key, from which the key cannot be made.
"""

from hashlib import sha256

from django.contrib.sessions.backends import db
from django.utils import timezone

LONGEST = 40  # what the column of Django's table holds


def kept_as(key: str) -> str:
    """Return what a session is called in the table whose cookie holds this key."""
    return sha256(key.encode()).hexdigest()[:LONGEST]


class SessionStore(db.SessionStore):
    """Django's own, but for the name under which a session is looked for, saved and deleted.

    Its asynchronous twins are not used: every page of ours is synchronous.
    """

    def _get_session_from_db(self):
        kept = self.model.objects.filter(
            session_key=kept_as(self.session_key or ""), expire_date__gt=timezone.now()
        ).first()
        if kept is None:
            self._session_key = None
        return kept

    def exists(self, session_key):
        """Say whether a key is taken."""
        return super().exists(kept_as(session_key))

    def create_model_instance(self, data):
        """Return the row that keeps these data."""
        row = super().create_model_instance(data)
        row.session_key = kept_as(row.session_key)
        return row

    def delete(self, session_key=None):
        """Delete the session of this key, or this one."""
        key = self.session_key if session_key is None else session_key
        if key is not None:
            super().delete(kept_as(key))
