"""The questions that every school begins with, by what one writes about.

They put in a few words what statutory guidance asks a record to hold: Keeping Children Safe in
Education (part one on responding to a child, part two on records and on nudes and semi-nudes, with
UKCIS's "Sharing nudes and semi-nudes"), Working Together to Safeguard Children (agencies,
professional disagreement) and Working Together to Improve School Attendance.
"""

from dataclasses import dataclass

from django.db import models


class Occasion(models.TextChoices):
    """What somebody has to write about, in the words of who writes."""

    DISCLOSURE = "disclosure", "A child told you something"
    INJURY = "injury", "A mark or an injury"
    ONLINE = "online", "Something online"
    ATTENDANCE = "attendance", "Attendance"
    PARENT = "parent", "A talk with a parent or carer"
    AGENCY = "agency", "A talk with an agency"


@dataclass(frozen=True)
class Standard:
    """The questions of an occasion, and the names of the categories that they go with."""

    asks: tuple[str, ...]
    categories: tuple[str, ...]


STANDARD = {
    Occasion.DISCLOSURE: Standard(
        (
            "What did the child say? Word for word, under “The child’s exact words”.",
            "What did you ask? Write your questions down, too.",
            "What was going on before, and who else was there?",
            "How did the child seem while they told you?",
            "What did you say would happen next, and whom you would tell?",
            "Will the child meet the person they spoke of today, at home or on the way?",
        ),
        ("Abuse and neglect", "Exploitation and crime", "Child-on-child"),
    ),
    Occasion.INJURY: Standard(
        (
            "Where on the body? Use the body map. Do not photograph it, and do not move clothing.",
            "How large is it, of which shape and colour?",
            "What does the child say happened? What do adults say? Do they agree?",
            "When was it first seen, and was it there the day before?",
            "Who gave first aid, and what was done?",
        ),
        ("Presentation",),
    ),
    Occasion.ONLINE: Standard(
        (
            "Which app, game or site, and which account names?",
            "What was seen, sent or shared, and when? Describe it. Never look for, copy or forward a sexual picture of a child.",
            "Who else has seen it or was sent it?",
            "Does the child know the other person away from the screen? How old are they?",
            "Where is the telephone or computer now?",
        ),
        ("Online",),
    ),
    Occasion.ATTENDANCE: Standard(
        (
            "Which days or lessons, and since when?",
            "Which reason was given, and by whom?",
            "Who saw the child last, and when?",
            "Who rang or called at the house, when, and what came of it?",
            "Does it fall on certain days, or follow something at home or at school?",
        ),
        ("Attendance and education",),
    ),
    Occasion.PARENT: Standard(
        (
            "With whom, how are they related, and who else was there? Could the child hear?",
            "By telephone, at the gate, in a meeting?",
            "What did you tell them, and what did they say? Their words in quotation marks.",
            "What was agreed, who does it, and by when?",
            "Was consent asked for? Was it given or refused?",
        ),
        ("Communication", "Home and family"),
    ),
    Occasion.AGENCY: Standard(
        (
            "With whom: name, role, organisation, how to reach them, their reference?",
            "What did you share, and do the parents know?",
            "What did they advise or decide, and why?",
            "What happens next, who does it, and by when will they answer?",
            "If you do not agree with them, with what?",
        ),
        ("Communication", "Plans and meetings"),
    ),
}
