"""How gunicorn runs in the demo: it loads at once, and answers when everything is prepared."""

import time

from safeguard.management.commands.serve import PREPARED

preload_app = True
loglevel = "warning"
workers = 3


def on_starting(server) -> None:
    """Wait, with everything loaded, until the supervisor has said that the demo is prepared."""
    while not PREPARED.exists():
        time.sleep(0.1)
