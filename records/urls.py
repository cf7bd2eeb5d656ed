"""Addresses of pages about the life of records."""

from django.urls import path

from records.views import ledger

urlpatterns = [
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/progress/", ledger.ledger_progress, name="ledger-progress"),
    path("ledger/verify/", ledger.verify_ledger, name="verify-ledger"),
    path("ledger/keepers/add/", ledger.add_keeper, name="add-keeper"),
    path("ledger/keepers/<uuid:pk>/end/", ledger.end_keeper, name="end-keeper"),
]
