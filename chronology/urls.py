"""Addresses of reading a child's story."""

from django.urls import path

from chronology import views, views_body_maps, views_need

urlpatterns = [
    path("review/", views.for_review, name="for-review"),
    path("pupils/", views.pupils, name="pupils"),
    path("pupils/<uuid:pk>/", views.chronology, name="chronology"),
    path("pupils/<uuid:pk>/body-maps/", views_body_maps.body_maps, name="body-maps"),
    path("pupils/<uuid:pk>/reason/", views_need.give_reason, name="give-reason"),
    path("pupils/<uuid:pk>/team/", views_need.team, name="team"),
    path("team/<uuid:pk>/leave/", views_need.leave_team, name="leave-team"),
    path("emergency/", views_need.break_glass, name="break-glass"),
    path("emergencies/", views_need.emergencies, name="emergencies"),
    path("emergencies/<uuid:pk>/review/", views_need.review_emergency, name="review-emergency"),
    path("pupils/<uuid:pk>/status/", views.record_status, name="record-status"),
]
