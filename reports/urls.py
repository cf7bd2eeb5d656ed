"""Addresses of reports."""

from django.urls import path

from reports import views

urlpatterns = [
    path("reports/", views.reports, name="reports"),
    path(
        "reports/pupils/<uuid:pk>/chronology/",
        views.make_chronology_report,
        name="make-chronology-report",
    ),
    path("reports/pupils/<uuid:pk>/conference/", views.conference_report, name="conference-report"),
    path("reports/<uuid:pk>/", views.report, name="report"),
    path("reports/<uuid:pk>/progress/", views.report_progress, name="report-progress"),
    path("reports/<uuid:pk>/file/", views.report_file, name="report-file"),
]
