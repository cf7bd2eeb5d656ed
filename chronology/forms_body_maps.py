"""Which of a child's body maps are laid over each other."""

from uuid import UUID

from chronology.body_maps import Wanted
from chronology.filters import DaysForm


class BodyMapsForm(DaysForm):
    """The days between which, and which incidents: ids, since a name stands in no address."""

    def wanted(self) -> Wanted:
        """Return what was asked for; which layers, only where the form's boxes were sent."""
        answers = self.answers()
        return Wanted(answers.get("from_on"), answers.get("until_on"), self._chosen())

    def _chosen(self) -> frozenset[UUID] | None:
        if "chosen" not in self.asked:
            return None
        found = set()
        for value in self.asked.getlist("layer"):
            try:
                found.add(UUID(value))
            except ValueError:
                continue
        return frozenset(found)
