"""Addresses of recording, alerting and acting. Ids in them are random and tell nothing."""

from django.urls import path

from incidents.views import (
    alerts,
    conflicts,
    files,
    finding,
    home,
    limiting,
    recording,
    school,
    thread,
)

urlpatterns = [
    path("", home.home, name="home"),
    path("incidents/add/", recording.add_incident, name="add-incident"),
    path("incidents/add/<uuid:pk>/", recording.edit_draft, name="edit-draft"),
    path("incidents/add/<uuid:pk>/review/", recording.review_draft, name="review-draft"),
    path(
        "incidents/add/<uuid:pk>/files/<uuid:file_pk>/remove/",
        recording.remove_upload,
        name="remove-upload",
    ),
    path("incidents/<uuid:pk>/received/", recording.incident_received, name="incident-received"),
    path("incidents/<uuid:pk>/proof/", recording.incident_proof, name="incident-proof"),
    path("incidents/<uuid:pk>/", thread.incident, name="incident"),
    path("incidents/<uuid:pk>/actions/add/", thread.add_action, name="add-action"),
    path("incidents/<uuid:pk>/categories/", thread.refine_categories, name="refine-categories"),
    path("incidents/<uuid:pk>/readers/", limiting.limit_readers, name="limit-readers"),
    path("incidents/<uuid:pk>/keep-from/", limiting.keep_from, name="keep-from"),
    path("incidents/<uuid:pk>/significant/", thread.mark_significant, name="mark-significant"),
    path("incidents/<uuid:pk>/mistake/", home.report_mistake, name="report-mistake"),
    path("my-incidents/", home.my_incidents, name="my-incidents"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/<uuid:pk>/", alerts.alert, name="alert"),
    path("alerts/<uuid:pk>/read/", alerts.acknowledge_alert, name="acknowledge-alert"),
    path("files/<uuid:pk>/", files.attachment, name="attachment"),
    path("find/pupil/", finding.find_pupil, name="find-pupil"),
    path("find/staff/", finding.find_staff, name="find-staff"),
    path("conflicts/", conflicts.conflicts, name="conflicts"),
    path("conflicts/declare/", conflicts.declare_conflict, name="declare-conflict"),
    path("conflicts/record/", conflicts.record_conflict, name="record-conflict"),
    path("conflicts/<uuid:pk>/end/", conflicts.end_conflict, name="end-conflict"),
    path("school/categories/", school.categories, name="categories"),
    path("school/categories/<uuid:pk>/", school.change_category, name="change-category"),
    path("school/categories/<uuid:pk>/grants/add/", school.add_grant, name="add-grant"),
    path("school/grants/<uuid:pk>/end/", school.end_grant, name="end-grant"),
    path("school/alert-groups/", school.alert_groups, name="alert-groups"),
    path("school/alert-groups/add/", school.add_alert_group, name="add-alert-group"),
    path("school/alert-groups/<uuid:pk>/", school.change_alert_group, name="change-alert-group"),
    path(
        "school/alert-groups/<uuid:pk>/retire/",
        school.retire_alert_group,
        name="retire-alert-group",
    ),
]
