"""The parts of a case-conference report: what the record fills in, and what only a person can write.

One declaration, from which the form asks, the facts gather and the paper is laid out, so that no
part can be asked for and not printed, or printed without a heading.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """How an answer is given."""

    LONG = "long"
    SHORT = "short"
    MEETING = "meeting"
    SCALE = "scale"


MEETINGS = (
    ("initial", "Initial child protection conference"),
    ("review", "Review child protection conference"),
    ("core_group", "Core group"),
    ("strategy", "Strategy discussion"),
    ("other", "Another meeting"),
)
SCALE = tuple((str(step), str(step)) for step in range(11))
SCALE_ENDS = "0 is not safe at all now, 10 is safe enough for no more involvement"


@dataclass(frozen=True)
class Part:
    """One heading of the report.

    `recorded` names what the record fills in, `question` asks a person; either may be empty.
    `dated` asks for a day beside the answer. What is `judgement` is marked as opinion throughout.
    """

    key: str
    heading: str
    question: str = ""
    hint: str = ""
    answer: Answer = Answer.LONG
    recorded: str = ""
    dated: str = ""
    judgement: bool = False

    @property
    def anchor(self) -> str:
        """The heading's name inside the paper."""
        return f"part-{self.key}"

    @property
    def day_key(self) -> str:
        """The name under which the day beside the answer is kept."""
        return f"{self.key}_on"


@dataclass(frozen=True)
class Section:
    """A numbered section of the report."""

    key: str
    title: str
    parts: tuple[Part, ...]


SECTIONS = (
    Section(
        "meeting",
        "This meeting",
        (
            Part(
                "meeting",
                "Meeting and date",
                "Which meeting is this report for?",
                answer=Answer.MEETING,
                dated="When is the meeting?",
            ),
        ),
    ),
    Section(
        "family",
        "Child and family",
        (
            Part("child", "The child", recorded="child"),
            Part("gp", "GP", "Which GP practice is the child with?", answer=Answer.SHORT),
            Part("contacts", "Parents, carers and other contacts", recorded="contacts"),
            Part(
                "household",
                "Brothers, sisters and others in the household",
                "Who else belongs to the family or household?",
                "For each: name, relationship, date of birth, ethnicity, language, school or"
                " work, and GP where it differs.",
                recorded="siblings",
            ),
        ),
    ),
    Section(
        "agencies",
        "Agencies involved",
        (
            Part(
                "agencies",
                "Agency involvement: summary and dates",
                "What has each agency’s involvement been, and from when to when?",
                "The dates in the record are filled in by themselves. Add what they do not tell.",
                recorded="agencies",
            ),
        ),
    ),
    Section(
        "school",
        "At school",
        (
            Part("attendance", "Attendance", "How is attendance and punctuality?"),
            Part(
                "progress",
                "Progress compared with peers",
                "How is progress, compared with others of the same age?",
            ),
            Part(
                "presentation",
                "Presentation",
                "How does the child come to school?",
                "Clothing, hygiene, tiredness, hunger, mood and behaviour, as seen.",
            ),
        ),
    ),
    Section(
        "concerns",
        "History and current concerns",
        (
            Part(
                "history",
                "History",
                "What in the family’s history matters here?",
                recorded="history",
            ),
            Part(
                "current_concerns",
                "Current concerns",
                "What are the concerns now?",
                recorded="still_open",
            ),
        ),
    ),
    Section(
        "voice",
        "Engagement and the voice of the child",
        (
            Part(
                "engagement_child",
                "Engagement of the child",
                "How does the child take part in school and in support?",
            ),
            Part(
                "engagement_parents",
                "Engagement of the parents or carers",
                "How do the parents or carers work with the school and others?",
                recorded="parent_contacts",
            ),
            Part("child_words", "The child’s own words", recorded="child_words"),
            Part(
                "wishes",
                "Wishes and feelings",
                "What does the child wish for and feel, and how do you know?",
            ),
            Part(
                "participation",
                "Participation in meetings",
                "How do child and parents take part in meetings?",
                "Invited, present, heard beforehand, by whom, or why not.",
            ),
        ),
    ),
    Section(
        "balance",
        "Strengths and worries",
        (
            Part(
                "strengths",
                "Strengths and protective factors",
                "What is going well, and what keeps the child safer?",
            ),
            Part("worries", "Worries and risk", "What are you worried about?"),
        ),
    ),
    Section(
        "support",
        "Support, decisions and outcomes",
        (
            Part(
                "done",
                "What has been done and decided, with reasons and outcomes",
                recorded="done",
            ),
            Part(
                "support",
                "Support offered, and the difference it made",
                "What support has been offered, and what difference did it make?",
            ),
        ),
    ),
    Section(
        "assessment",
        "Assessment",
        (
            Part(
                "development",
                "Child development",
                "How is the child’s health, development, learning and identity?",
            ),
            Part(
                "parenting",
                "Parenting capacity",
                "How do the parents or carers meet the child’s needs?",
            ),
            Part(
                "environment",
                "Family and environment",
                "What in the family, home or community helps or harms?",
            ),
        ),
    ),
    Section(
        "analysis",
        "Analysis and recommendation",
        (
            Part(
                "risk",
                "Analysis of risk",
                "What does it mean for the child, now and if nothing changes?",
                judgement=True,
            ),
            Part(
                "change",
                "What needs to change",
                "What must be different for the child, by when?",
                judgement=True,
            ),
            Part(
                "scale",
                "Safety scale, 0 to 10",
                "How safe is the child now?",
                SCALE_ENDS + ".",
                answer=Answer.SCALE,
                judgement=True,
            ),
            Part(
                "scale_reason",
                "Reason for the place on the scale",
                "Why there, and what would be one step up?",
                judgement=True,
            ),
            Part(
                "recommendation",
                "Recommendation",
                "What does the school recommend?",
                judgement=True,
            ),
        ),
    ),
    Section(
        "sharing",
        "Who this report was shared with",
        (
            Part(
                "shared_parents",
                "Shared with parents or carers",
                "With which parents or carers was it shared, and how?",
                "Usually at least two days before an initial and five before a review conference."
                " If it was not shared, say why.",
                answer=Answer.SHORT,
                dated="When was it shared with them?",
            ),
            Part(
                "shared_child",
                "Shared with the child",
                "How was it shared with the child?",
                "If it was not, say why.",
                answer=Answer.SHORT,
                dated="When was it shared with the child?",
            ),
        ),
    ),
    Section(
        "events", "Chronology of events", (Part("events", "Events in order", recorded="events"),)
    ),
    Section(
        "signing",
        "Author and sign-off",
        (
            Part("author", "Author", recorded="author"),
            Part(
                "lead",
                "Sign-off by the designated safeguarding lead",
                "Which lead has read and agreed this report?",
                "Leave it empty to sign on paper.",
                answer=Answer.SHORT,
                dated="When did they agree it?",
            ),
        ),
    ),
)


def all_parts() -> Iterator[Part]:
    """Return every part, in the order of the paper."""
    for section in SECTIONS:
        yield from section.parts


def typed_parts() -> Iterator[Part]:
    """Return the parts that a person is asked for."""
    return (part for part in all_parts() if part.question)


def answer_keys() -> frozenset[str]:
    """Return the names under which answers are kept."""
    days = {part.day_key for part in typed_parts() if part.dated}
    return frozenset({part.key for part in typed_parts()} | days)
