"""The demo's mail page."""

import pytest
from django.urls import reverse

MAIL = (
    b"From: Safeguard <safeguard@localhost>\r\nTo: dee@oak-lane.example.org\r\n"
    b"Subject: Safeguard: Ada Teach has alerted you\r\nMessage-ID: <1@localhost>\r\n\r\n"
    b"Open http://localhost/alerts/ to read it. <b>Not bold.</b>\r\n"
)


@pytest.fixture
def caught(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "one.eml").write_bytes(MAIL)


def test_what_was_caught_is_listed_and_can_be_read(caught, client, db):
    listed = client.get(reverse("demo-mail")).content.decode()
    read = client.get(reverse("demo-message", args=["one"])).content.decode()

    assert "Ada Teach has alerted you" in listed
    assert '<a href="http://localhost/alerts/"' in read
    assert "<b>Not bold" not in read


def test_no_other_file_can_be_read(caught, client, db, tmp_path):
    (tmp_path / "people.json").write_text("{}")

    assert client.get("/demo/mail/..%2Fpeople/").status_code == 404
    assert client.get("/demo/mail/two/").status_code == 404
