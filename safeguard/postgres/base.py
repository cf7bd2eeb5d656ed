"""PostgreSQL as Safeguard needs it: it never waits for ever, and shows one school's rows at a time.

A database that hangs is a database that is down, and people are told so within ten seconds.

PostgreSQL's own time-outs end a slow statement. A server that is stopped, or whose disk no longer
answers, does not even do that: its kernel keeps the connection open, and the driver would wait for
ever. So each wait has an end on our side too, in the web process (settings.DATABASE_PATIENCE).

The school in which the thread acts (`safeguard.walls`) is a setting of the session. It is brought up
to date before each cursor, and not known any more after a rollback, which takes settings back too.
"""

from types import SimpleNamespace

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from safeguard import walls

HEALTHY = 2.0  # seconds in which a connection that is kept open has to answer before it is used


class Connection(psycopg.Connection):
    """A connection that is closed when the server has not answered in time."""

    patience: float | None = None

    def wait(self, gen, interval=0.1, timeout=None):
        """Wait for the server, but not for ever."""
        try:
            return super().wait(gen, interval, timeout or self.patience)
        except psycopg.OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()  # it still owes an answer, and nobody will wait for it
            raise


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, on such connections."""

    # psycopg, but for the kind of connection that it makes.
    Database = SimpleNamespace(**(vars(psycopg) | {"connect": Connection.connect}))  # type: ignore[assignment]

    # The school that the server was told last; None when that is not known.
    told: str | None = None

    @property
    def patience(self) -> float | None:
        """How long to wait for an answer: this connection's own time, or the process's."""
        return self.settings_dict.get("PATIENCE", settings.DATABASE_PATIENCE)

    def get_new_connection(self, conn_params):
        """Connect; how long that may take is the URL's or settings' connect_timeout."""
        connection = super().get_new_connection(conn_params)
        connection.patience = self.patience
        self.told = None
        return connection

    def init_connection_state(self):
        """Tell a new connection at once, also one that is used without a cursor of ours."""
        super().init_connection_state()
        self._tell_school()

    def create_cursor(self, name=None):
        """Make a cursor that sees the rows of the school in which this thread acts, and no others."""
        self._tell_school()
        return super().create_cursor(name)

    def _tell_school(self):
        acts_in = str(walls.acts_in() or "")
        if acts_in == self.told:
            return
        if self.connection.pgconn.transaction_status == TransactionStatus.INERROR:
            return  # nothing but a rollback will be heard, and after it the school is told anew
        self.connection.execute("SELECT set_config(%s, %s, false)", [walls.SETTING, acts_in])
        self.told = acts_in

    def _rollback(self):
        self.told = None
        super()._rollback()

    def _savepoint_rollback(self, sid):
        super()._savepoint_rollback(sid)
        self.told = None

    def is_usable(self):
        """Ask a connection that was kept open, more briefly: a new one is tried after it."""
        if self.connection is None or self.patience is None:
            return super().is_usable()
        self.connection.patience = HEALTHY
        try:
            return super().is_usable()
        finally:
            self.connection.patience = self.patience
