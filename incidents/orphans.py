"""Sealed files that belong to no row: a process died between the bytes and the row.

Only what is a day old, so that nothing is taken from under somebody who is sending it. Where much
would go, the folder and the database do not belong together (one of them was restored, say):
then nothing goes, and the log says so every night.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.conf import settings

from incidents.models import Attachment, Upload, ViewingCopy
from safeguard import walls

logger = logging.getLogger(__name__)

AGE = timedelta(days=1)
MOST = 50


def forget(now: datetime) -> int:
    """Delete old files without a row and what was never finished; return how many."""
    found = list(find(now))
    if len(found) > MOST:
        logger.error("orphans: %d files have no row; none is deleted", len(found))
        return 0
    for path in found:
        path.unlink(missing_ok=True)
    if found:
        logger.warning("orphans: deleted %d files without a row", len(found))
    return len(found)


def find(now: datetime) -> Iterator[Path]:
    """Yield files that are a day old and that no attachment, waiting upload or copy names."""
    before = (now - AGE).timestamp()
    for folder in settings.FILES_DIR.glob("[0-9a-f][0-9a-f]"):
        old = {path.name: path for path in folder.iterdir() if path.stat().st_mtime < before}
        known = set(walls.in_each_school(partial(_known_of, list(old)))) if old else set()
        yield from (path for name, path in old.items() if name not in known)


def is_known(name: str) -> bool:
    """Whether a row of any school names this file."""
    return bool(walls.in_each_school(partial(_known_of, [name])))


def _known_of(names: list[str]) -> list[str]:
    """Return those of these files that rows name in the school acted in."""
    return [
        name
        for model in (Attachment, Upload, ViewingCopy)
        for name in model.objects.filter(stored_as__in=names).values_list("stored_as", flat=True)
    ]
