"""Domain section 6, rows 1 and 3: every part stands on paper as a heading with something under it."""

import pytest

from incidents.models import Level
from reports.models import Report
from reports.parts import all_parts
from reports.selection import Selection
from tests import factories
from tests.reports import story

pytestmark = pytest.mark.django_db

# What row 1 names: the heading on paper, and what the story puts under it.
CHRONOLOGY = {
    "date and time of event": ("Happened", None),
    "recorded date": ("Recorded", "(recorded later, by "),
    "why it was late": ("Recorded", "Why: Ada was ill."),
    "source, who": ("Source", "Ada Teach, Teaching staff"),
    "event, in summary": ("At a glance", "Sam came without a coat and ate two breakfasts at club."),
    "event, in full": ("Event", "What was seen Fact, first-hand Sam came without a coat"),
    "category": ("Category", "Home and family"),
    "child's words": ("Child’s words", "Mum says we eat at school now."),
    "impact on child": ("Impact on the child", "Sam eats at home again and is less tired."),
    "action": ("Action", "Breakfast and a coat from lost property."),
    "decision and reasons": ("Decision and reasons", "Third hungry Monday in a row"),
    "outcome": ("Outcome", "Food vouchers and a support worker since Thursday."),
    "linked files": ("Linked files", "coat.jpg, 20"),
    "statuses as they changed": ("Status: Child in need plan: started", "Oakshire Council"),
}

# What row 3 names: the heading on paper, and what is recorded or typed under it.
CONFERENCE = {
    "child, name": ("The child", "Sam Winter"),
    "date of birth": ("Date of birth (age)", "3 May 2017"),
    "ethnicity": ("Ethnicity", "White British"),
    "language": ("First language", "English"),
    "school": ("School", "Oak Lane Primary"),
    "address": ("Address", "1 Mill Lane, Oakford"),
    "GP": ("GP", "Typed about gp by Dee."),
    "family, name and relationship": (
        "Parents, carers and other contacts",
        "Mrs Jo Winter, mother",
    ),
    "family, others": ("Brothers, sisters and others in the household", "Rosa Diaz"),
    "agency involvement": ("Agency involvement: summary and dates", "Children’s social care"),
    "agency dates": ("named in 1 incident", "Referred by telephone, reference MASH 4471."),
    "attendance": ("Attendance", "Typed about attendance by Dee."),
    "progress v. peers": ("Progress compared with peers", "Typed about progress by Dee."),
    "presentation": ("Presentation", "Typed about presentation by Dee."),
    "history": ("History", "1 incident,"),
    "history, typed": ("History", "Typed about history by Dee."),
    "current concerns": ("Current concerns", "Typed about current concerns by Dee."),
    "current concerns, open": ("Current concerns", "Sam came without a coat"),
    "engagement of child": ("Engagement of the child", "Typed about engagement child by Dee."),
    "engagement of parents": (
        "Engagement of the parents or carers",
        "Met Mrs Winter at the gate; she asked for help with food.",
    ),
    "wishes and feelings": ("Wishes and feelings", "Typed about wishes by Dee."),
    "voice of the child": ("The child’s own words", "Mum says we eat at school now."),
    "participation in meetings": ("Participation in meetings", "Typed about participation by Dee."),
    "strengths": ("Strengths and protective factors", "Typed about strengths by Dee."),
    "worries": ("Worries and risk", "Typed about worries by Dee."),
    "chronology of events": ("Chronology of events", "I think the family is without money again."),
    "support and difference": (
        "Support offered, and the difference it made",
        "Typed about support by Dee.",
    ),
    "done and decided": (
        "What has been done and decided, with reasons and outcomes",
        "Reasons Third hungry Monday in a row",
    ),
    "what came of it": (
        "What has been done and decided, with reasons and outcomes",
        "Impact on the child Sam eats at home again",
    ),
    "child development": ("Child development", "Typed about development by Dee."),
    "parenting capacity": ("Parenting capacity", "Typed about parenting by Dee."),
    "family and environment": ("Family and environment", "Typed about environment by Dee."),
    "analysis of risk": ("Analysis of risk", "Opinion Typed about risk by Dee."),
    "what needs to change": ("What needs to change", "Typed about change by Dee."),
    "safety scale": ("Safety scale, 0 to 10", "4 of 10"),
    "recommendation": ("Recommendation", "Typed about recommendation by Dee."),
    "shared with parents": ("Shared with parents or carers", "Monday 30 November 2026"),
    "shared with child": ("Shared with the child", "Typed about shared child by Dee."),
    "author": ("Author", "Dee Okafor"),
    "DSL sign-off": ("Sign-off by the designated safeguarding lead", "Typed about lead by Dee."),
    "fact v opinion": ("Opinion of the person recording Opinion", "I think the family"),
    "second-hand marked": ("What was heard from others Second-hand", "A neighbour told the office"),
}


def after(heading: str, text: str) -> str:
    """Return what follows the heading in the body, not where the contents name it."""
    return text.split(heading, 1)[1]


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """Both papers are made once for all the parts looked for in them."""
    return {}


def text_of(made, kind, cast) -> str:
    if kind not in made:
        ada, dee, sam, rosa = cast
        story.tell(ada, dee, sam, rosa)
        report = story.make(story.ask(dee, sam, kind))
        pages = story.pages(story.paper(dee, report))
        made[kind] = " ".join(pages[1:]).split("About this report", 2)[2]
    return made[kind]


@pytest.fixture
def cast(ada, dee, sam, rosa):
    return ada, dee, sam, rosa


@pytest.mark.parametrize("part", CHRONOLOGY)
def test_every_part_of_a_chronology_has_its_heading_and_what_the_record_holds(part, made, cast):
    heading, content = CHRONOLOGY[part]
    text = text_of(made, Report.Kind.CHRONOLOGY, cast)

    assert heading in text
    assert content is None or content in after(heading, text)


@pytest.mark.parametrize("part", CONFERENCE)
def test_every_part_of_a_conference_report_has_its_heading_and_content(part, made, cast):
    heading, content = CONFERENCE[part]
    text = text_of(made, Report.Kind.CASE_CONFERENCE, cast)

    assert heading in text
    assert content in after(heading, text)


def test_the_event_stands_with_its_day_and_time(ada, dee, sam, rosa):
    incident = story.tell(ada, dee, sam, rosa)
    at = incident.occurred_at.astimezone().strftime("%H:%M")

    text = story.words(story.paper(dee, story.make(story.ask(dee, sam))))

    assert f"Happened {incident.occurred_at:%a} {incident.occurred_at.day} " in text
    assert at[3:] in after("Happened", text)[:40]


def test_what_is_neither_recorded_nor_typed_says_not_recorded(ada, dee, sam):
    factories.incident(ada, sam, level=Level.RECORD)
    report = story.ask(dee, sam, Report.Kind.CASE_CONFERENCE, answers={}, selection=Selection())

    text = story.words(story.paper(dee, story.make(report)))

    unsaid = [
        part
        for part in all_parts()
        if part.recorded not in {"child", "author", "history", "events"}
    ]
    body = text.split("About this report", 2)[2]
    for part in unsaid:
        assert after(part.heading, body).lstrip().startswith("Not recorded"), part.key
    assert "Written by" not in body
    assert "Ethnicity Not recorded" in body


def test_an_entry_says_which_of_its_parts_are_not_recorded(ada, dee, sam):
    factories.incident(ada, sam)

    text = story.words(story.paper(dee, story.make(story.ask(dee, sam))))

    assert (
        "Not recorded: Child’s words, Impact on the child, Action, Decision and reasons,"
        " Outcome, Linked files." in text
    )


def test_a_report_about_a_child_of_whom_nothing_is_recorded_says_so(dee, sam):
    text = story.words(story.paper(dee, story.make(story.ask(dee, sam))))

    assert "Not recorded: there is no entry in this period and selection." in text
    assert "no incidents, no actions and no changes of status" in text


def test_typed_text_says_who_wrote_it_and_when(dee, sam):
    text = story.words(
        story.paper(dee, story.make(story.ask(dee, sam, Report.Kind.CASE_CONFERENCE)))
    )

    assert "Typed about attendance by Dee. Written by Dee Okafor on" in text


def test_a_line_is_marked_as_its_writer_marked_it(dee, sam):
    typed = (
        "Always on time.\nOpinion: She is proud of it.\nsecond-hand: Dad says she gets up alone."
    )
    report = story.ask(dee, sam, Report.Kind.CASE_CONFERENCE, answers={"attendance": typed})

    text = story.words(story.paper(dee, story.make(report)))

    assert "Always on time. Opinion She is proud of it. Second-hand Dad says she" in text
