"""What the writing help looks for, in which answers, why, and whose advice that is."""

from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """One thing that makes a record weaker than what its writer knows."""

    LABEL = "label"
    OPINION = "opinion"
    TIME = "time"
    PLACE = "place"
    INITIALS = "initials"
    LEADING = "leading"
    VOICE = "voice"
    PASTED = "pasted"


@dataclass(frozen=True)
class Explained:
    """What a rule is called, what it suggests, why, and where that is from.

    `{words}` in the advice stands for what was found.
    """

    name: str
    advice: str
    why: str
    source: str
    answers: tuple[str, ...]  # in which it is looked for
    list_name: str = ""  # of the list that a school can change, where there is one


SEEN = ("saw", "done_already", "medical")
SEEN_OR_TOLD = ("saw", "told", "heard")

EXPLAINED = {
    Rule.LABEL: Explained(
        "Labels",
        "“{words}” is a label. Say what was done or said, so that anybody can picture it.",
        "A label tells the reader what somebody thought of a child, not what happened. Labels are not used "
        "equally of all children, and they stay on a file for years.",
        "Working together to safeguard children (2023), on professional curiosity and bias; "
        "Structural Learning, CPOMS: a teacher’s guide.",
        (*SEEN_OR_TOLD, "done_already", "opinion"),
        "Words that are labels",
    ),
    Rule.OPINION: Explained(
        "Opinion among facts",
        "“{words}” reads as an opinion. Say what you saw; what you think has a place of its own further down.",
        "A court, a conference and the family must be able to tell what was seen from what was concluded.",
        "Keeping children safe in education (2025), part two, on records; Information sharing advice (2024), "
        "on telling fact from opinion.",
        ("saw", "medical"),
        "Words that sound like an opinion",
    ),
    Rule.TIME: Explained(
        "When, and how often",
        "“{words}”: say when or how often, as nearly as you know. A day, a lesson, “three times this week”.",
        "Patterns are found by day and time. What happened “recently” cannot be put in order with anything.",
        "Keeping children safe in education (2025), part two, on records; reviews of serious cases, on "
        "chronologies.",
        SEEN_OR_TOLD,
        "Words for a time that is not one",
    ),
    Rule.PLACE: Explained(
        "Where",
        "“{words}”: say where exactly, if you know it.",
        "Where things happen shows where children are not safe.",
        "Working together to safeguard children (2023), on harm outside the home.",
        SEEN_OR_TOLD,
        "Words for a place that is not one",
    ),
    Rule.INITIALS: Explained(
        "Initials",
        "“{words}” looks like initials. Write the whole name: only those who may read this will.",
        "In five years nobody knows who J.S. was, and a file that is to be handed over cannot be made "
        "anonymous when initials stand in it.",
        "Anchored Schools, Online safeguarding reporting tools; Running Deer School, Quick guide.",
        ("saw", "told", "told_by", "heard", "opinion", "done_already", "medical", "told_in_person"),
        "Capital letters that are no initials",
    ),
    Rule.LEADING: Explained(
        "Questions that were asked",
        "Write the exact question and the exact answer. A question that suggests its answer can be "
        "challenged; if you talk again: tell me, explain, describe.",
        "What a child says after a leading question may count for nothing in court.",
        "Achieving best evidence in criminal proceedings (Ministry of Justice, 2022), on leading questions.",
        ("saw", "told", "done_already"),
    ),
    Rule.VOICE: Explained(
        "The child’s own words",
        "A child told you something: write here what they said, word for word.",
        "The child’s own words are the best evidence and the child’s voice. A summary replaces both.",
        "Working together to safeguard children (2023), a child-centred approach; Millbrook Primary School, "
        "Record keeping.",
        ("child_words",),
    ),
    Rule.PASTED: Explained(
        "Pasted text",
        "This looks pasted. Add the message or the document as a file, and say here what it says and how "
        "you came by it.",
        "Pasted text loses who wrote it and when; the original keeps both.",
        "Forensic practice: the original is the evidence.",
        ("saw", "told", "heard", "child_words", "done_already"),
    ),
}
