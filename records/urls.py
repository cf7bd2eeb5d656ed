"""Addresses of pages about the life of records."""

from django.urls import path

from records.views import ledger, looks, unusual

urlpatterns = [
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/progress/", ledger.ledger_progress, name="ledger-progress"),
    path("ledger/verify/", ledger.verify_ledger, name="verify-ledger"),
    path("ledger/keepers/add/", ledger.add_keeper, name="add-keeper"),
    path("ledger/keepers/<uuid:pk>/end/", ledger.end_keeper, name="end-keeper"),
    path("access-log/", looks.log, name="access-log"),
    path("access-log/file/", looks.export_log, name="export-access-log"),
    path("access-log/counts/", looks.log_counts, name="log-counts"),
    path("access-log/unusual/", unusual.anomalies, name="anomalies"),
    path("access-log/unusual/<uuid:pk>/", unusual.anomaly, name="anomaly"),
    path("access-log/head/", unusual.heads_looks, name="heads-looks"),
    path("access-log/head/<uuid:pk>/", unusual.heads_look, name="heads-look"),
    path("my-looks/", looks.my_looks, name="my-looks"),
]
