"""What incidents keep sealed under the installation's key: drafts and files."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.conf import settings

from incidents import files
from incidents.models import Attachment, Draft, Upload
from safeguard import resealing, walls


def stored_files() -> Iterator[Path]:
    """Yield every stored file, whatever row names it; what is half written is none."""
    for folder in sorted(settings.FILES_DIR.glob("[0-9a-f][0-9a-f]")):
        yield from (
            path for path in sorted(folder.iterdir()) if len(path.name) == files.NAME_LENGTH
        )


def is_named(path: Path) -> bool:
    """Whether a row of any school names this file."""
    return bool(walls.in_each_school(partial(_rows_that_name, path.name)))


def _rows_that_name(name: str) -> list[str]:
    return [name for model in (Attachment, Upload) if model.objects.filter(stored_as=name).exists()]


resealing.register(resealing.Rows("drafts", Draft, "sealed", lambda row: row.purpose))
resealing.register(
    resealing.Files("files", stored_files, lambda path: files.purpose(path.name), is_named)
)
