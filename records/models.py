"""The life of a file: what is kept of it elsewhere, and how it comes to its end."""

from records.copies import BackupMade, DrillMade
from records.removals import Disposal, DisposalApproval, ErasedFile, Erasure, LegalHold
from records.unusual import AnomalyFinding, AnomalyMail, AnomalyNote

__all__ = [
    "AnomalyFinding",
    "AnomalyMail",
    "AnomalyNote",
    "BackupMade",
    "Disposal",
    "DisposalApproval",
    "DrillMade",
    "ErasedFile",
    "Erasure",
    "LegalHold",
]
