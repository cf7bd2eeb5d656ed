"""Every address of the application."""

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("upkeep.urls")),
    path("", include("incidents.urls")),
    path("", include("chronology.urls")),
    path("", include("reports.urls")),
    path("", include("records.urls")),
]
handler500 = "safeguard.views.server_error"
if settings.DEMO or settings.TESTING:
    urlpatterns.append(path("demo/", include("demo.urls")))
