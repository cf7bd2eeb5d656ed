"""Why a file is not taken, in words that follow its name and say what to do."""

MEGABYTE = 1024 * 1024

CUT = "ends too soon: it did not arrive whole. Save or take it again, and choose the new copy."
MORE_BEHIND = (
    "holds something else behind its end. Open it, save it as a new file and choose that one."
)
TWO_AT_ONCE = "is two kinds of file at once. Open it, save it as a new file and choose that one."


class NotTaken(Exception):
    """These bytes are not taken as the kind that the name says; the text says why and what to do."""


class IsAnotherKind(NotTaken):
    """The bytes are not of the kind that the end of the name says."""
