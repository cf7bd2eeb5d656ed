"""A slip as its form says it, and what holds of it before anything is written."""

from dataclasses import dataclass
from datetime import datetime

from incidents import rules

NAME_THEM = (
    "The slip is about somebody who works here. Name them below, so that nothing of it is shown to"
    " them; or put it aside, and keep it in the file on staff."
)


@dataclass(frozen=True)
class Written:
    """What stands on a slip, by the names of its row."""

    about: str
    child_name: str
    occurred_at: datetime
    is_time_known: bool
    is_urgent: bool
    writer_name: str
    writer_role: str
    writer_reach: str
    staff_name: str = ""
    child_class: str = ""
    saw: str = ""
    heard: str = ""
    child_words: str = ""
    place: str = ""

    def require_something(self) -> None:
        """Raise SaysNothing unless something was seen, heard or said."""
        if not any((self.saw, self.heard, self.child_words)):
            raise rules.SaysNothing("Describe what you saw or heard, or what the child said.")
