"""What reports keep sealed under the installation's key: finished papers, and what is being typed."""

from collections.abc import Iterator
from pathlib import Path

from reports import files
from reports.models import Report, ReportDraft
from safeguard import resealing, walls


def papers() -> Iterator[Path]:
    """Yield every finished paper."""
    folder = files.folder()
    yield from sorted(path for path in folder.glob("[0-9a-f]*") if path.is_file())


def is_named(path: Path) -> bool:
    """Whether a report of any school names this paper."""
    return bool(
        walls.in_each_school(lambda: Report.objects.filter(stored_as=path.name).values_list("pk"))
    )


resealing.register(resealing.Rows("report drafts", ReportDraft, "sealed", lambda row: row.purpose))
resealing.register(
    resealing.Files("reports", papers, lambda path: files.purpose(path.name), is_named)
)
