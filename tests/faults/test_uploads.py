"""Half an upload is none: nothing of it is kept, and sending it again keeps all of it."""

import socket
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.handlers.wsgi import WSGIRequest
from django.http import UnreadablePostError
from django.urls import reverse

from incidents import files, orphans
from incidents.models import Upload
from safeguard.failpoints import FailpointReached
from safeguard.whole import CutShort, Whole
from tests.faults.teacher import Lost, multipart
from tests.faults.writers import MARK
from tests.incidents.samples import sent

CONTENT = b"What was seen on the stairs, line by line.\n" * 4000


def send_by_hand(teacher, path: str, body: bytes, content_type: str, length: int) -> str:
    """Send exactly these bytes under exactly this length, then hang up; return what came back."""
    address = urlsplit(teacher.base)
    cookies = "; ".join(f"{one.name}={one.value}" for one in teacher.cookies)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {address.netloc}\r\nOrigin: {teacher.base}\r\n"
        f"Cookie: {cookies}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n"
        "Connection: close\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as answer:
            return answer.readline().decode()


def kept(copy, draft: str) -> list[tuple]:
    """Return name and size of the files that wait in a draft; what they are called is sealed."""
    rows = copy.query(
        "SELECT sealed_name, stored_as, size FROM incidents_upload WHERE draft = %s", draft
    )
    key = AESGCM(bytes.fromhex(copy.addresses["key"]))
    return [
        (key.decrypt(name[9:21], name[21:], f"upload name:{stored_as}".encode()).decode(), size)
        for name, stored_as, size in rows
    ]


@pytest.mark.parametrize("cut", ["at 10 %", "at 50 %", "at 99 %", "length too small", "empty"])
def test_half_an_upload_is_none_and_the_next_try_keeps_it_whole(copy, teacher, filled_in, cut):
    """FI-25, I4: cut connections, and a length that does not agree with what is sent."""
    draft = str(uuid4())
    path = f"/incidents/add/{draft}/"
    typed = filled_in | {"saw": f"{MARK} {draft}"}
    body, content_type = multipart(teacher.token | typed, {"stairs.txt": CONTENT})
    percent = {"at 10 %": 10, "at 50 %": 50, "at 99 %": 99, "empty": 0}.get(cut, 100)
    length = len(body) * 9 // 10 if cut == "length too small" else len(body)

    answer = send_by_hand(teacher, path, body[: len(body) * percent // 100], content_type, length)
    after, halves = kept(copy, draft), list(copy.files.rglob("*.part"))
    teacher.fill_in(draft, typed, {"stairs.txt": CONTENT})

    assert "302" not in answer
    assert after == []
    assert halves == []
    assert kept(copy, draft) == [("stairs.txt", len(CONTENT))]


@pytest.mark.parametrize("point", ["blob.after_write_before_fsync", "blob.after_rename_before_row"])
def test_a_process_that_dies_over_a_file_leaves_no_row_without_its_file(
    copy, teacher, filled_in, invariants, told, point
):
    """I4, SR-69: the file is sent again; what the dead process left is swept up a day later."""
    draft = str(uuid4())
    typed = filled_in | {"saw": f"{MARK} {draft}"}
    copy.arm(point, "kill")

    with pytest.raises(Lost, match=r"Remote|reset|closed"):
        teacher.fill_in(draft, typed, {"stairs.txt": CONTENT})
    rows = kept(copy, draft)
    teacher.submit(draft, teacher.fill_in(draft, typed, {"stairs.txt": CONTENT}))

    assert not copy.armed(point)
    assert rows == []
    invariants.assert_hold(told)


def test_what_a_dead_process_left_is_swept_up_after_a_day_and_nothing_else_is(ada, settings):
    """I4."""
    settings.FAILPOINTS = "blob.after_rename_before_row=raise"
    with pytest.raises(FailpointReached):
        files.keep(by=ada, draft=uuid4(), sent=sent("a.txt", b"left behind"))
    settings.FAILPOINTS = ""
    belongs = files.keep(by=ada, draft=uuid4(), sent=sent("b.txt", b"belongs"))
    half = settings.FILES_DIR / belongs.stored_as[:2] / "half.part"
    half.touch()
    now = datetime.now(UTC)

    early = orphans.forget(now)
    late = orphans.forget(now + timedelta(days=1, minutes=1))

    assert (early, late) == (0, 2)
    left = [path.name for path in settings.FILES_DIR.rglob("*") if path.is_file()]
    assert left == [belongs.stored_as]


def test_where_many_files_belong_to_nothing_none_is_swept_up(ada, settings, monkeypatch, caplog):
    """A database that was restored must not cost the files that it does not know of yet."""
    monkeypatch.setattr(orphans, "MOST", 1)
    for name in ("a.txt", "b.txt"):
        files.keep(by=ada, draft=uuid4(), sent=sent(name, b"known elsewhere"))
    Upload.objects.all().delete()

    swept = orphans.forget(datetime.now(UTC) + timedelta(days=2))

    assert swept == 0
    assert len([path for path in settings.FILES_DIR.rglob("*") if path.is_file()]) == 2
    assert "2 files have no row" in caplog.text


class Stream:
    """A body as a server hands it on, in small pieces."""

    def __init__(self, body: bytes):
        self.body = body

    def read(self, size: int) -> bytes:
        """Return the next piece."""
        piece, self.body = self.body[: min(size, 7)], self.body[min(size, 7) :]
        return piece


@pytest.mark.parametrize(
    ("body", "length", "boundary", "is_whole"),
    [
        (b"a=1&b=2", 7, "", True),
        (b"a=1&b", 7, "", False),
        (b"--edge\r\n\r\nx\r\n--edge--\r\n", 23, "edge", True),
        (b"--edge\r\n\r\nx\r\n--edge--", 21, "edge", True),
        (b"--edge\r\n\r\nx\r\n--ed", 17, "edge", False),
        (b"--edge\r\n\r\nx\r\n--edge--\r\n", 40, "edge", False),
    ],
)
def test_a_body_is_whole_when_all_of_it_came_and_its_end_is_in_it(body, length, boundary, is_whole):
    """FI-25."""
    whole, read = Whole(Stream(body), length, boundary), b""

    try:
        while len(read) < length:
            read += whole.read(length - len(read))
    except CutShort:
        assert not is_whole
    else:
        assert is_whole
        assert read == body


@pytest.mark.parametrize("size", [None, -1, 7, 8, 10_000])
@pytest.mark.parametrize("sent", [b"", b"a=1&b", b"a=1&b=2"])
def test_half_a_form_read_at_one_go_is_none(sent, size):
    """FI-25: so are forms without files read, and a server gives what came for the whole."""
    whole = Whole(BytesIO(sent), 7, "")

    if len(sent) < 7:
        with pytest.raises(CutShort):
            whole.read(size)
    else:
        assert whole.read(size) == sent
        assert whole.read(size) == b""


@pytest.mark.parametrize("address", ["edit-draft", "add-action"])
def test_half_a_form_without_files_never_reaches_its_page(address):
    """FI-25: the draft keeps what it held, and nothing is recorded for good."""
    body = b"csrfmiddlewaretoken=x&saw=She+said+she+does+not"
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": reverse(address, args=[uuid4()]),
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(body) + 20),
            "wsgi.input": Whole(BytesIO(body), len(body) + 20, ""),
        }
    )

    with pytest.raises(UnreadablePostError):
        _ = request.POST


def test_half_a_form_without_files_leaves_the_fuller_draft(teacher, filled_in):
    """FI-25, P4."""
    draft = str(uuid4())
    path = f"/incidents/add/{draft}/"
    typed = filled_in | {"saw": f"{MARK} {draft} The last words of it."}
    page = teacher.fill_in(draft, typed)
    fields = teacher.token | typed | {"saw": f"{MARK} {draft} Cut"}
    body = urlencode(fields, doseq=True).encode()
    content_type = "application/x-www-form-urlencoded"

    answer = send_by_hand(teacher, path, body[: body.index(b"Cut")], content_type, len(body))

    assert "302" not in answer
    assert "The last words of it." in teacher.get(page.url).text
