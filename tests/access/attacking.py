"""The attacker's kit: what is worth stealing, and the ways in which one tries.

Used by `test_attackers_day`. Nothing here judges; each tool finds out, the test says what is right.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.checks import pages
from accounts.models import Authenticator, Membership, School, SessionState, User
from accounts.viewer import Viewer
from incidents.models import Attachment, Audience, Incident, Upload
from pupils.models import Pupil
from records.models import Disposal
from reports.models import Report
from tests import factories
from tests.architecture.test_scoping import APPS, FENCES, sources
from tests.architecture.test_who_may_open_what import POST_ONLY, TABLE, address
from tests.incidents import typing
from tests.incidents.samples import png, sent
from tests.reports import story

SECRET = "zqsecretzq"
ELSEWHERE = "evil.example"


# What is worth stealing


@dataclass
class Prize:
    """Oak's record of Sam, with everything that hangs on it. Every word in it is the secret one."""

    incident: Incident
    for_leads: Attachment
    waiting: Upload
    report: Report
    ids: list[UUID]

    @property
    def scene(self) -> dict[str, UUID]:
        """The ids by which the table of all pages builds addresses."""
        return {"incident": self.incident.pk, "pupil": self.incident.pupil_id}


def lay_out(teacher: Client, ada, dee, sam) -> Prize:
    """Record, act, ask for a report and leave a draft, as teacher and lead do in a day."""
    pk = uuid4()
    said = typing.answers(ada, sam, saw=f"{SECRET} in the corridor")
    typing.send(teacher, said, pk, files=sent(f"{SECRET}.png", png()))
    typing.submit(teacher, pk)
    incident = Incident.objects.get(submission=pk)
    lead = dee.elevated()
    entry = factories.action(
        lead, incident, narrative=f"{SECRET} for leads", audience=Audience.LEADS
    )
    factories.refined(lead, incident, "Home and family: Housing", reasons=f"{SECRET} said more")
    for_leads = Attachment.objects.create(
        incident=incident,
        action=entry,
        name=f"{SECRET}.pdf",
        content_type="application/pdf",
        size=1,
        sha256="0" * 64,
        stored_as=uuid4().hex,
    )
    report = story.ask(dee, sam, reason=f"{SECRET} meeting")
    typing.send(teacher, said | {"level": ""}, uuid4(), files=sent(f"{SECRET}2.png", png()))
    waiting = Upload.objects.get()
    alert = incident.alerts.first()
    ids = [incident.pk, sam.pk, alert.pk, report.pk, waiting.draft, for_leads.pk]
    return Prize(incident, for_leads, waiting, report, ids)


# Trying addresses


def taking_ids() -> Iterator[tuple[str, int, list[int]]]:
    """The names of all pages whose addresses hold ids, with how many, and the numbers that follow."""
    for path, pattern in pages():
        if "<uuid:" in path:
            yield pattern.name, path.count("<uuid:"), [1] * path.count("<int:")


def without_ids() -> list[str]:
    """The names of the pages that need no id, and answer to a GET.

    The installation's own state is for all its schools: how much mail waits is no secret there.
    """
    plain = {pattern.name for path, pattern in pages() if "<" not in path}
    return sorted(set(TABLE) & plain - {"status"})


def answers_to(client: Client, prize: Prize, how: str) -> Iterator[tuple[str, int, str]]:
    """Try ids of several kinds in every address, fitting or not: (page, status, what was shown)."""
    for name, holes, numbers in taking_ids():
        for pk in prize.ids:
            answer = client.generic(how, reverse(name, args=[*[pk] * holes, *numbers]))
            if answer.status_code != 405:
                yield name, answer.status_code, answer.content.decode(errors="replace")


def pages_of(incident: Incident) -> list[str]:
    """The addresses of an incident's own pages."""
    names = ("incident", "limit-readers", "incident-received", "add-action", "refine-categories")
    return [reverse(name, args=[incident.pk]) for name in names]


def pages_about(pupil: Pupil) -> list[str]:
    """The addresses at which a child's story is read, and chosen from for a report."""
    names = ("chronology", "make-chronology-report", "conference-report")
    return [reverse(name, args=[pupil.pk]) for name in names]


def fenced(viewer: Viewer) -> dict[str, set]:
    """Which rows of every model somebody may see: also where a page asks for a part of them only."""
    return {
        model._meta.label: set(fence(viewer).values_list("pk", flat=True))
        for model in apps.get_models()
        if (fence := getattr(model._default_manager, "visible_to", None)) is not None
    }


def crawled(client: Client, more: list[str]) -> dict[str, tuple[int, str]]:
    """What somebody sees on every page without an id, and on these, but for what differs each time."""
    seen = {}
    for at in [*map(reverse, without_ids()), *more]:
        answer = client.get(at)
        text = re.sub(
            r'(csrfmiddlewaretoken|submission|rescue)" value="[^"]+"', "", fixed(answer.content)
        )
        seen[at] = answer.status_code, text
    for name in ("find-pupil", "find-staff", "pupils"):
        answer = client.post(reverse(name), {"q": "winter", "query": "winter"})
        text = re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", fixed(answer.content))
        seen[f"{name} by POST"] = answer.status_code, text
    return seen


def fixed(content: bytes) -> str:
    """The page without random ids of its own, and without the time of day."""
    text = re.sub(r'datetime="[^"]+"', "", content.decode())
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    return re.sub(r"\d\d:\d\d(:\d\d)?", "TIME", text)


def addresses(scene: dict) -> dict[str, str]:
    """The address of every page there is, with ids of the scene where they fit."""
    found = {}
    for path, pattern in pages():
        if pattern.name in {*TABLE, *POST_ONLY}:
            found[pattern.name] = address(pattern.name, defaultdict(uuid4, scene))
        elif "<" not in path:
            found[pattern.name] = f"/{path}"
    return found


# Reading the source, as an attacker reads an open project's


def functions_of(path: Path) -> dict[str, ast.FunctionDef]:
    return {
        node.name: node
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }


def sending_bytes() -> Iterator[tuple[str, str]]:
    """Every function of a page that sends something else than a page: (where, its whole source)."""
    for path in sources("views.py", "views_*.py", "views/*.py"):
        own = functions_of(path)
        for name, node in own.items():
            for call in (one for one in ast.walk(node) if isinstance(one, ast.Call)):
                called = ast.unparse(call.func).split(".")[-1]
                typed = any(keyword.arg == "content_type" for keyword in call.keywords)
                if called in {"FileResponse", "StreamingHttpResponse"} or (
                    called == "HttpResponse" and typed
                ):
                    at = path.relative_to(settings.BASE_DIR)
                    yield f"{at}:{name}", "\n".join(_with_helpers(node, own, set()))
                    break


def _with_helpers(node: ast.FunctionDef, own: dict, seen: set[str]) -> Iterator[str]:
    """The source of a function and of what it calls in its own file."""
    seen.add(node.name)
    yield ast.unparse(node)
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id in own and inner.id not in seen:
            yield from _with_helpers(own[inner.id], own, seen)


def is_fenced(source: str) -> bool:
    # The access log is nobody's own: its fence is chronology/looks.py, held by records/test_access_log.
    if "access_log.lines_to_export(request.viewer" in source:
        return True
    return any(f".objects.{fence}(" in source for fence in FENCES)


def writing_tables() -> Iterator[Path]:
    """Every file of the application that writes CSV or a spreadsheet."""
    signs = r"csv\.(Dict)?[wW]riter|[\"']text/csv|openpyxl|xlsxwriter|pyexcel"
    for name in (*APPS, "safeguard", "ledger", "upkeep"):
        for path in (settings.BASE_DIR / name).rglob("*.py"):
            if re.search(signs, path.read_text()):
                yield path


def following_next() -> set[str]:
    """Every function of a page that leads on to the page that an address asks for."""
    found = set()
    for path in sources("views.py", "views_*.py", "views/*.py"):
        for name, node in functions_of(path).items():
            if re.search(r"\b(next_page|on_the_way)\(", ast.unparse(node)):
                found.add(name)
    return found


# What somebody smuggles into a form


def smuggled(elsewhere: School, somebody: User) -> dict[str, str]:
    """Fields that no form has, as a person sends them who knows the tables' columns."""
    people = ["author", "reported_by", "by", "user", "asked_by", "written_by", "recorded_by"]
    more = {name: str(somebody.pk) for name in people}
    more |= {f"{name}_id": str(somebody.pk) for name in people}
    flags = ["is_superuser", "is_staff", "is_active", "elevated", "is_elevated"]
    more |= dict.fromkeys(flags, "1")
    moments = ["recorded_at", "asked_at", "sent_at", "saved_at", "created_at", "elevated_until"]
    more |= dict.fromkeys(moments, "1999-01-01T00:00:00Z")
    more |= {"role": "dsl", "roles": "dsl", "strength": "2", "s": "S2", "id": str(uuid4())}
    return more | {
        "audience": "named",
        "school": str(elsewhere.pk),
        "school_id": str(elsewhere.pk),
        "reference": "AAA-AAA",
    }


def rows() -> set[tuple[str, object]]:
    """Every row that a person's forms could make."""
    return {
        (model._meta.label, pk)
        for model in apps.get_models()
        if model._meta.app_label in APPS
        for pk in model._base_manager.values_list("pk", flat=True)
    }


# Who looks at what may be named by the one who acts; who acts, never.
ACTING = {"author", "reported_by", "by", "asked_by", "written_by", "named_by", "arranged_by"}


def forged(before: set, by, since: datetime) -> list[str]:
    """What is wrong in the rows that were made since: another's name, school or time."""
    wrong = []
    for label, pk in sorted(rows() - before, key=str):
        row = apps.get_model(label)._base_manager.get(pk=pk)
        for field in row._meta.concrete_fields:
            value = getattr(row, field.attname)
            if field.name in ACTING and value not in {by.user_id, None}:
                wrong.append(f"{label}.{field.name}")
            if field.related_model is School and value != by.school.pk:
                wrong.append(f"{label}.{field.name}")
            if field.name in {"recorded_at", "asked_at", "sent_at", "saved_at"} and value < since:
                wrong.append(f"{label}.{field.name}")
            if field.name == "reference" and value == "AAA-AAA":
                wrong.append(f"{label}.{field.name}")
    return wrong


def standing() -> list:
    """Who is what here, and at which strength: nothing of it changes by a form's extra fields."""
    people = User.objects.order_by("pk").values_list("pk", "email", "name", "is_active")
    held = Membership.objects.order_by("pk")
    sessions = SessionState.objects.order_by("pk")
    return [
        *people,
        *held.values_list("pk", "user", "school", "role", "starts_on", "ends_on"),
        *sessions.values_list("pk", "user", "school"),
        *sessions.filter(elevated_until=None).values_list("pk"),
        Authenticator.objects.count(),
        Disposal.objects.count(),
        *School.objects.order_by("pk").values_list("pk", "name", "withheld"),
    ]


def moment() -> datetime:
    """A time a little before now: PostgreSQL's clock gives a transaction its beginning."""
    return timezone.now() - timezone.timedelta(hours=1)


def made_for(before: set, somebody: User) -> list[str]:
    """The rows made since that name somebody who did nothing."""
    return [
        label
        for label, pk in rows() - before
        for field in apps.get_model(label)._meta.concrete_fields
        if field.name in ACTING
        and getattr(apps.get_model(label)._base_manager.get(pk=pk), field.attname) == somebody.pk
    ]
