"""Addresses of reading a child's story."""

from django.urls import path

from chronology import views

urlpatterns = [
    path("review/", views.for_review, name="for-review"),
    path("pupils/", views.pupils, name="pupils"),
    path("pupils/<uuid:pk>/", views.chronology, name="chronology"),
    path("pupils/<uuid:pk>/status/", views.record_status, name="record-status"),
]
