"""The worker and the whole beat schedule."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "safeguard.settings")

app = Celery("safeguard")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Nothing depends on one message arriving: each of these asks the database what is waiting.
app.conf.beat_schedule = {
    "worker": {
        "task": "safeguard.tasks.note_worker",
        "schedule": 30.0,
        "options": {"expires": 60},
    },
    "alerts": {"task": "incidents.tasks.send_waiting_alerts", "schedule": 30.0},
    "slip-notices": {"task": "incidents.tasks.send_waiting_slip_notices", "schedule": 30.0},
    "password-resets": {
        "task": "accounts.tasks.send_waiting_password_resets",
        "schedule": 30.0,
    },
    "account-notices": {
        "task": "accounts.tasks.send_waiting_account_notices",
        "schedule": 30.0,
    },
    "reports": {"task": "reports.tasks.make_waiting_reports", "schedule": 30.0},
    "access-tree": {"task": "ledger.tasks.put_access_on_its_tree", "schedule": 30.0},
    "checkpoints": {
        "task": "ledger.tasks.take_due_checkpoints",
        "schedule": crontab(minute="*/15"),
    },
    "checkpoints-at-once": {"task": "ledger.tasks.take_waiting_checkpoints", "schedule": 30.0},
    "clock": {"task": "ledger.tasks.mark_clock_steps", "schedule": 60.0},
    "mail-of-the-day": {
        "task": "records.tasks.prepare_checkpoint_mail",
        "schedule": crontab(minute="*/10"),
    },
    "checkpoint-mail": {"task": "records.tasks.send_waiting_checkpoint_mail", "schedule": 30.0},
    "nightly-verification": {
        "task": "ledger.tasks.verify_every_ledger",
        "schedule": crontab(hour=2, minute=30),
    },
    "anomalies": {
        "task": "records.tasks.look_for_anomalies",
        "schedule": crontab(hour="2-6", minute=5),
    },
    "anomaly-mail-of-the-week": {
        "task": "records.tasks.prepare_anomaly_mail",
        "schedule": crontab(minute="*/10"),
    },
    "anomaly-mail": {"task": "records.tasks.send_waiting_anomaly_mail", "schedule": 30.0},
    "verifications": {"task": "ledger.tasks.verify_waiting_ledgers", "schedule": 30.0},
    "back-up": {
        "task": "records.tasks.make_nightly_backup",
        "schedule": crontab(hour="1-5", minute=40),
    },
    "seal-again": {"task": "records.tasks.seal_again", "schedule": crontab(minute="*/10")},
    "erased-files": {"task": "records.tasks.remove_erased_files", "schedule": 300.0},
    "copies": {"task": "incidents.tasks.prepare_waiting_copies", "schedule": 30.0},
    "unprepared": {
        "task": "incidents.tasks.find_unprepared_files",
        "schedule": crontab(minute="*/10"),
    },
    "scans": {"task": "incidents.tasks.scan_waiting_files", "schedule": 30.0},
    "unscanned": {
        "task": "incidents.tasks.find_unscanned_files",
        "schedule": crontab(minute="*/10"),
    },
    "draft-notices": {"task": "incidents.tasks.send_waiting_draft_notices", "schedule": 30.0},
    "old-drafts": {
        "task": "incidents.tasks.forget_old_drafts",
        "schedule": crontab(hour=3, minute=10),
    },
    "slip-counts": {
        "task": "incidents.tasks.forget_slip_counts",
        "schedule": crontab(hour=3, minute=12),
    },
    "orphans": {
        "task": "incidents.tasks.forget_orphans",
        "schedule": crontab(hour=3, minute=15),
    },
    "old-words": {
        "task": "accounts.tasks.forget_old_words",
        "schedule": crontab(hour=3, minute=12),
    },
    "old-sessions": {
        "task": "accounts.tasks.forget_old_sessions",
        "schedule": crontab(hour=3, minute=20),
    },
}
