import pytest
pytestmark = pytest.mark.django_db
from pathlib import Path
from tests.reports import story
from reports.models import Report
from reports.selection import Selection, Wording
from tests import factories
from reports import rendering, facts, making
import time

def test_look(ada, dee, sam, rosa, eli):
    story.tell(ada, dee, sam, rosa)
    for n in range(12):
        factories.incident(eli, sam, occurred_at=factories.ago(days=5*n+2), level=n%3+1)
    i = factories.incident(eli, rosa, occurred_at=factories.ago(days=7), linked=[])
    out = Path("/tmp/reports_look"); out.mkdir(exist_ok=True)
    r = story.ask(dee, sam); t=time.time(); r = story.make(r)
    print(r.state, r.problem, r.pages, time.time()-t)
    (out/"chronology.pdf").write_bytes(story.paper(dee, r))
    r = story.ask(dee, sam, Report.Kind.CASE_CONFERENCE); r = story.make(r)
    print(r.state, r.problem, r.pages)
    (out/"conference.pdf").write_bytes(story.paper(dee, r))
    r = story.ask(dee, sam, selection=Selection(wording=Wording.LINE)); r = story.make(r)
    (out/"line.pdf").write_bytes(story.paper(dee, r))
