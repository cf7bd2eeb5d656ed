"""Addresses of the page of status and of the probes."""

from django.urls import path

from upkeep import views

urlpatterns = [
    path("status/", views.status, name="status"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("robots.txt", views.robots, name="robots"),
]
