"""Everything that somebody can open, byte by byte: what two databases are compared by."""

import re
from urllib.parse import urldefrag

from django.test import Client
from django.urls import reverse

from accounts.checks import pages

LINK = re.compile(rb'(?:href|action|src|data-[a-z-]+)="(/[^"]*)"')
# What differs from one answer to the next, and is not of the data.
CHANCE = [
    re.compile(rb'name="csrfmiddlewaretoken" value="[^"]+"'),
    re.compile(rb'nonce="[^"]+"'),
    re.compile(rb'name="(?:rescue|revision)" value="[^"]*"'),
    re.compile(rb'name="submission" value="[0-9a-f-]{36}"'),
    re.compile(rb'value="[0-9a-f-]{36}" id="id_submission"'),
    re.compile(rb"/incidents/add/[0-9a-f-]{36}/"),
    re.compile(rb"/files/waiting/[0-9a-f-]{36}/[0-9a-f-]{36}/"),
    re.compile(rb'name="offer" value="[^"]+"'),
    re.compile(rb'(?s)<p class="inspection">.*?</div>'),  # the time
]
# They end or change the session, or make a new secret each time; or are of the whole installation.
LEFT_OUT = (
    "/status/",
    "/sign-out",
    "/session-ended",
    "/lock",
    "/elevate",
    "/authenticator",
    "/static/",
    "/demo/",
    "/my-sessions",
)
SIGNED_OUT = ("/sign-in", "/session-ended", "/unlock")
# Of the school's own lists and people one page of each shape is enough: they hold no record.
ONE_OF_EACH = "/school/"
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Another one each time.
OF_A_DRAFT = {"/incidents/add/ID/", "/incidents/add/ID/words/", "/files/waiting/ID/ID/"}
SEARCHES = ["Pupil", "P"]


def crawl(client: Client) -> dict[str, bytes]:
    """Open every page without arguments and all that they link to; return what each answered.

    To the end as somebody who is signed in: who is not sees nothing, and any two schools look alike.
    """
    found: dict[str, bytes] = {}
    shapes: set[str] = set()
    waiting = [
        reverse(pattern.name) for path, pattern in pages() if pattern.name and "<" not in path
    ]
    while waiting:
        address = waiting.pop()
        shape = ID.sub("ID", address)
        name = shape if shape in OF_A_DRAFT else address
        if name in found or address.startswith(LEFT_OUT):
            continue
        if shape.startswith(ONE_OF_EACH) and shape in shapes:
            continue
        shapes.add(shape)
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found[name] = b"%d %s" % (answer.status_code, without_chance(body))
        if answer.status_code == 200:
            links = (link.decode().replace("&amp;", "&") for link in LINK.findall(body))
            waiting += [urldefrag(link).url for link in links]
        elif answer.status_code in {301, 302} and answer.url.startswith("/"):
            waiting.append(urldefrag(answer.url).url)
    for name, field in (("pupils", "query"), ("find-pupil", "q"), ("find-staff", "q")):
        for words in SEARCHES:
            answer = client.post(reverse(name), {field: words})
            assert not answer.headers.get("Location", "").startswith(SIGNED_OUT), answer.url
            found[f"{name} {words}"] = b"%d %s" % (
                answer.status_code,
                without_chance(answer.content),
            )
            if name == "find-pupil" and answer.status_code == 200:
                found |= told_of(client, [one["value"] for one in answer.json()["results"]])
    return found


def told_of(client: Client, pupils: list[str]) -> dict[str, bytes]:
    """Choose each of these pupils in the form of an incident; return what is said of them then."""
    asked = {
        pupil: client.post(reverse("what-to-know"), {"pupil": pupil, "linked": pupils})
        for pupil in pupils
    }
    return {
        f"what-to-know {pupil}": b"%d %s" % (answer.status_code, answer.content)
        for pupil, answer in asked.items()
    }


def without_chance(body: bytes) -> bytes:
    for pattern in CHANCE:
        body = pattern.sub(b"", body)
    return body
