"""What incidents keep sealed under the installation's key: drafts, files, and what waiting ones are called."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from incidents import files, orphans
from incidents.models import Draft, Upload, Wording
from safeguard import resealing


def stored_files() -> Iterator[Path]:
    """Yield every stored file, whatever row names it; what is half written is none."""
    for folder in sorted(settings.FILES_DIR.glob("[0-9a-f][0-9a-f]")):
        yield from (
            path for path in sorted(folder.iterdir()) if len(path.name) == files.NAME_LENGTH
        )


resealing.register(
    resealing.Rows("names of waiting files", Upload, "sealed_name", lambda row: row.purpose_of_name)
)
resealing.register(resealing.Rows("drafts", Draft, "sealed", lambda row: row.purpose))
resealing.register(
    resealing.Rows("other windows' words", Wording, "sealed", lambda row: row.purpose)
)
resealing.register(
    resealing.Files(
        "files",
        stored_files,
        lambda path: files.purpose(path.name),
        lambda path: orphans.is_known(path.name),
    )
)
