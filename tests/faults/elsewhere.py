"""The worker's errand in a process of its own, on the tests' database: it can be killed."""

import os
import subprocess
import sys

from django.conf import settings
from django.db import connections

SEND = """
import sys
import django
from django.conf import settings
for one in settings.DATABASES.values():
    one["NAME"] = sys.argv[1]
django.setup()
from incidents.tasks import send_waiting_alerts
send_waiting_alerts()
"""


def send_waiting_alerts(failpoint: str) -> int:
    """Send what waits, with a failpoint armed; return how the process ended."""
    done = subprocess.run(
        [sys.executable, "-c", SEND, connections["default"].settings_dict["NAME"]],
        cwd=settings.BASE_DIR,
        env={name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
        | {
            "DJANGO_SETTINGS_MODULE": "safeguard.settings",
            "SAFEGUARD_INSTANCE": settings.INSTANCE,
            "SAFEGUARD_VAR": str(settings.VAR_DIR),
            "SAFEGUARD_FAILPOINTS": failpoint,
            "EMAIL_URL": f"smtp://{settings.EMAIL_HOST}:{settings.EMAIL_PORT}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode
