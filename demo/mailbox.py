"""The mail that the demo's catcher has received."""

from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.parser import BytesParser
from pathlib import Path

MOST_SHOWN = 200


@dataclass(frozen=True)
class Mail:
    """A message as the demo shows it."""

    name: str
    to: str
    subject: str
    received_at: datetime
    body: str
    headers: list[tuple[str, str]]


def received(folder: Path) -> list[Mail]:
    """Return the latest messages, newest first."""
    if not folder.exists():
        return []
    paths = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [read(path) for path in paths[:MOST_SHOWN]]


def find(folder: Path, name: str) -> Mail | None:
    """Return the message of this name; None when there is none in the folder itself."""
    for path in folder.glob("*.eml"):
        if path.stem == name:
            return read(path)
    return None


def read(path: Path) -> Mail:
    """Read one message."""
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    body = message.get_body(preferencelist=("plain",))
    return Mail(
        name=path.stem,
        to=str(message["To"]),
        subject=str(message["Subject"]),
        received_at=datetime.fromtimestamp(path.stat().st_mtime).astimezone(),
        body=body.get_content() if body else "",
        headers=[(name, str(value)) for name, value in message.items()],
    )
