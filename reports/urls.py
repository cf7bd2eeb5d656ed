"""Addresses of reports."""

from django.urls import path

from reports import views, views_poster

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
    path("school/poster/print/", views_poster.print_poster, name="print-poster"),
    path("reports/<uuid:pk>/file/", views.report_file, name="report-file"),
]
