"""Urgent, and nobody told in person: a form is not an alarm."""

from incidents.guards.asking import Ask
from incidents.models import Level


def untold(level: int, told_in_person: str) -> list[Ask]:
    """Ask, of what is urgent, whether somebody knows who can act now."""
    if level != Level.URGENT or told_in_person.strip():
        return []
    return [
        Ask(
            kind="untold",
            title="Does somebody know who can act now?",
            text=(
                "It is urgent, and you have not said whom you have told in person. An alert may not be"
                " read for some minutes: find somebody, or ring."
            ),
            yes="I have told somebody in person, or am about to",
        )
    ]
