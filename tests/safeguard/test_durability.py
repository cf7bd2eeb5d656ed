"""A receipt means that the record is on the disk, and Safeguard sees that PostgreSQL keeps it so."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from safeguard import durability
from safeguard.status import State


@pytest.mark.django_db
def test_the_embedded_servers_keep_what_they_confirm():
    """P1."""
    found = durability.read()

    assert durability.is_safe(found)
    assert set(found) == {setting.name for setting in durability.SETTINGS}


@pytest.mark.django_db
def test_a_server_that_may_lose_what_it_confirmed_is_refused():
    """P1: by `check --database default`, and with it by migrate."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")

    with pytest.raises(SystemCheckError, match=r"safeguard\.E001.*receipts were shown"):
        call_command("check", databases=["default"], stdout=StringIO(), stderr=StringIO())
    [fact] = [fact for fact in durability.facts(None) if fact.state == State.BAD]
    assert fact.name == "PostgreSQL: synchronous_commit"
    assert "reload PostgreSQL" in fact.do


@pytest.mark.django_db
def test_a_server_that_keeps_it_passes():
    call_command("check", databases=["default"], stdout=StringIO(), stderr=StringIO())


@pytest.mark.parametrize("name", ["fsync", "synchronous_commit", "full_page_writes"])
def test_each_of_the_three_settings_is_needed(name):
    found = {setting.name: "on" for setting in durability.SETTINGS}

    assert durability.is_safe(found)
    assert not durability.is_safe(found | {name: "off"})
    assert durability.is_safe(found | {"data_checksums": "off"})


def test_checks_without_a_database_ask_none():
    assert durability.postgresql_keeps_what_it_confirms(None, databases=None) == []
