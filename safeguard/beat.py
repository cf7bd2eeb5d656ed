"""Beat's scheduler: Celery's own, which also notes that it lives."""

import time

from celery.beat import PersistentScheduler
from django.db import close_old_connections

from safeguard import heartbeat


class Scheduler(PersistentScheduler):
    """Celery's scheduler with a heartbeat in the database, whatever becomes of the broker."""

    noted_at = float("-inf")

    def tick(self, *args, **kwargs):
        """Note once in a while that beat lives, then hand out what is due."""
        most = heartbeat.EVERY.total_seconds()
        if time.monotonic() - self.noted_at >= most:
            close_old_connections()
            heartbeat.note(heartbeat.BEAT)
            self.noted_at = time.monotonic()
        return min(super().tick(*args, **kwargs), most)
