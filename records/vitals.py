"""What is known of back-ups: how old the last one is, and whether one was ever tried out."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from records import key_rotation
from records.key_shares import fingerprint
from records.models import BackupMade, DrillMade
from safeguard import status
from safeguard.heartbeat import age_in_words
from safeguard.status import Fact, State

OLDEST = timedelta(days=2)
A_TERM = timedelta(days=100)
HOW = "docs/running.md, “Back-ups”, says how."
SEE_WHY = f"Run manage.py backup by hand: it says what is in the way. {HOW}"


def backups(now: datetime) -> Iterator[Fact]:
    """Say how old the last whole back-up is, and why a later one failed."""
    good = BackupMade.objects.good().newest_first().first()
    last = BackupMade.objects.newest_first().first()
    if not settings.BACKUP_RECIPIENTS:
        said = "None is made: no public key is named to encrypt it to."
        state = State.NOTICE if settings.TRYING_OUT else State.BAD
        yield Fact("Last back-up", state, said, f"Set SAFEGUARD_BACKUP_RECIPIENTS. {HOW}")
        return
    failed = (
        f" The last try failed: {last.reason}"
        if last is not None and last.outcome == BackupMade.Outcome.FAILED
        else ""
    )
    if good is None or good.holds_until is None:
        yield Fact("Last back-up", State.BAD, f"There is none yet.{failed}", SEE_WHY)
        return
    age = now - good.holds_until
    said = f"It holds everything up to {age_in_words(age)} ago.{failed}"
    if age > OLDEST:
        yield Fact("Last back-up", State.BAD, said, SEE_WHY)
    else:
        state = State.NOTICE if failed else State.WELL
        yield Fact("Last back-up", state, said, SEE_WHY if failed else "")


def drills(now: datetime) -> Iterator[Fact]:
    """Say when a back-up was last restored to see whether it can be."""
    last = DrillMade.objects.newest_first().first()
    do = f"Restore one beside the running copy: manage.py drill. {HOW}"
    if last is None:
        yield Fact("Last drill", State.NOTICE, "No back-up has been tried out yet.", do)
    elif last.outcome == DrillMade.Outcome.FAILED:
        yield Fact("Last drill", State.BAD, f"It failed: {last.reason}", do)
    else:
        age = now - last.finished_at
        said = f"A back-up was restored whole {age_in_words(age)} ago."
        state = State.NOTICE if age > A_TERM else State.WELL
        yield Fact("Last drill", state, said, do if age > A_TERM else "")


def key(now: datetime) -> Iterator[Fact]:
    """Say which key seals, and whether one of before is still needed."""
    found = key_rotation.standing()
    name, said = "Key", f"Its fingerprint is {fingerprint(settings.FILES_KEY)}."
    how = "docs/running.md, “Changing the key”, says how."
    if not found.is_known:
        yield Fact(
            name,
            State.BAD,
            f"{said} What another key has sealed does not open: that key is not here.",
            f"Give it in SAFEGUARD_FORMER_KEYS, from paper if need be. {how}",
        )
    elif found.former and found.is_done:
        yield Fact(
            name,
            State.NOTICE,
            f"{said} Everything is sealed under it, and the former key is still here.",
            f"Run manage.py rotate_key: it says what to do with the former one. {how}",
        )
    elif found.former:
        yield Fact(
            name,
            State.NOTICE,
            f"{said} It is new: what the former one has sealed is being sealed again, a part every"
            " ten minutes.",
            "Wait, or run manage.py rotate_key to have it done now.",
        )
    else:
        yield Fact(name, State.WELL, said)


def old_backup(now: datetime) -> Fact | None:
    """Warn those who lead when back-ups are wanted and the last one is older than two days."""
    if not settings.BACKUP_RECIPIENTS:
        return None
    good = BackupMade.objects.good().newest_first().first()
    if good is None or good.holds_until is None or now - good.holds_until <= OLDEST:
        return None
    age = age_in_words(now - good.holds_until)
    return Fact(
        "The last back-up is old",
        State.BAD,
        f"It holds everything up to {age} ago. What came after it would be lost with the server.",
        "Tell whoever runs Safeguard today.",
    )


status.register("Back-ups", backups)
status.register("Back-ups", drills)
status.register("Files", key)
status.register_warning(old_backup)
