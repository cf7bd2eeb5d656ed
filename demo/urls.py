"""Addresses that exist in the demo and in the tests only."""

from django.urls import path

from demo import views

urlpatterns = [
    path("mail/", views.mail, name="demo-mail"),
    path("mail/<str:name>/", views.message, name="demo-message"),
]
