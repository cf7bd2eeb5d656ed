"""The door for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from safeguard.whole import WholeBodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "safeguard.settings")
os.environ["SAFEGUARD_PROCESS"] = "web"
application = WholeBodies(get_wsgi_application())
