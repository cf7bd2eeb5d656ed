"""With a database named, nothing of the demo exists, whatever else is in the environment."""

import base64
import os
import subprocess
import sys

import pytest
from django.conf import settings

PRODUCTION = {
    "DATABASE_URL": "postgresql://app:invented@127.0.0.1:1/safeguard",
    "DATABASE_AUDIT_URL": "postgresql://audit:invented@127.0.0.1:1/safeguard",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp+tls://mail.example.org:587",
    "SAFEGUARD_SECRET_KEY": "invented " * 9,
    "SAFEGUARD_KEY": base64.b64encode(b"k" * 32).decode(),
    "SAFEGUARD_HOSTS": "safeguard.example.org",
    "SAFEGUARD_BASE_URL": "https://safeguard.example.org",
}
LOOK = """
import django
django.setup()
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from django.urls import Resolver404, resolve
try:
    resolve("/demo/mail/")
except Resolver404:
    print("no demo mail")
print("demo app" if apps.is_installed("demo") else "no demo app")
print("seed" if "seed_demo" in get_commands() else "no seed")
print(f"DEMO={settings.DEMO} secure={settings.SESSION_COOKIE_SECURE}")
print(settings.SESSION_COOKIE_NAME)
"""


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess:
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SAFEGUARD", "DATABASE", "PYTEST"))
    }
    return subprocess.run(
        [sys.executable, *command],
        cwd=settings.BASE_DIR,
        env=clean | {"DJANGO_SETTINGS_MODULE": "safeguard.settings"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("switch", ["", "1"])
def test_in_production_the_demo_and_its_switch_do_not_exist(switch):
    """SR-29, SR-95: and the cookies are what production's must be."""
    looked = run(["-c", LOOK], **PRODUCTION, SAFEGUARD_DEMO=switch)

    assert looked.returncode == 0, looked.stderr
    assert looked.stdout.splitlines() == [
        "no demo mail",
        "no demo app",
        "no seed",
        "DEMO=False secure=True",
        "__Host-sessionid",
    ]


@pytest.mark.parametrize("name", sorted(set(PRODUCTION) - {"DATABASE_URL"}))
def test_a_missing_secret_is_a_sentence_not_a_traceback(name):
    given = {key: value for key, value in PRODUCTION.items() if key != name}
    looked = run(["manage.py", "check"], **given)

    assert looked.returncode == 1
    assert looked.stderr.startswith(f"{name} is not set.")
    assert len(looked.stderr.splitlines()) == 1


def test_the_demo_refuses_a_configured_database():
    looked = run(["manage.py", "serve"], **PRODUCTION, SAFEGUARD_DEMO="1")

    assert looked.returncode == 1
    assert "Traceback" not in looked.stderr
