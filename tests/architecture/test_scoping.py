"""Rows reach pages only through `visible_to`; errands reach the worker only through the outbox."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from safeguard.celery import app
from safeguard.models import Outbox
from safeguard.outbox import TASKS

APPS = ["accounts", "pupils", "incidents", "chronology", "reports", "records"]
# What a model may be fetched through in a view, a form or a reader.
FENCES = {
    *("visible_to", "pickable_by", "addressed_to", "read_in_full_by", "held_by"),
    *("received_from", "on_receipts_of"),
    *("administered_by", "listed_for", "awaiting_reason_of"),
}
# Models without anything personal, and those that precede knowing who looks.
UNFENCED = {
    "School": "its name is on every page",
    "SessionState": "the session's own row",
    "Authenticator": "read by its own person's id alone",
    "KeyChallenge": "the session's own row",
    "CodeBook": "read by its own person's id alone",
    "PasswordResetRequest": "precedes signing in",
    "Outbox": "ids only, read by the worker",
    "Heartbeat": "names of processes",
    "KeyGeneration": "names of keys, no persons",
    "FileScan": "random names of files, and what a scanner said; read with files that are fenced",
    "Preparation": "random names of files, and how far they are drawn; read with files that are fenced",
    "ViewingCopy": "random names of pictures drawn anew; read with files that are fenced",
    "BackupMade": "about the installation, not persons",
    "DrillMade": "about the installation, not persons",
    "AccessEntry": "ids only; read through chronology.looks",
    "AccessWaiting": "ids only, read by the worker",
    "Head": "lengths, no persons",
    "Pseudonym": "read by the ledger alone",
    "SealedBody": "read by verification and bundles alone, never by a page",
    "Entry": "names nobody",
    "Checkpoint": "names nobody",
    "CheckpointMail": "read by the worker",
    "AnomalyMail": "numbers, read by the worker",
    "VerificationRun": "how far it is, no persons",
    "Verification": "names nobody",
    "Erasure": "numbers only",
    "SlipCount": "keyed hashes and numbers of today",
    "ErasedFile": "random names, read by the worker",
}
PERSONAL = [
    model
    for model in apps.get_models()
    if model._meta.app_label in {"safeguard", "ledger", *APPS}
    and not model._meta.auto_created
    and model.__name__ not in UNFENCED
]


def sources(*patterns: str) -> list[Path]:
    found = []
    for name in APPS:
        for pattern in patterns:
            found += (settings.BASE_DIR / name).glob(pattern)
    return sorted(path for path in found if "migrations" not in path.parts)


def manager_calls(path: Path):
    """Yield (line, model, first method) of every `Model.objects.method(` in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr == "objects"
            and isinstance(node.value.value, ast.Name)
        ):
            yield node.lineno, node.value.value.id, node.attr


@pytest.mark.parametrize("model", PERSONAL, ids=lambda model: model.__name__)
def test_every_model_about_people_can_say_who_sees_its_rows(model):
    """SR-42."""
    assert hasattr(model.objects, "visible_to")


def test_the_list_of_unfenced_models_names_only_what_exists():
    known = {model.__name__ for model in apps.get_models()}
    assert set(UNFENCED) <= known


def test_pages_and_forms_fetch_rows_through_the_fence_first():
    """SR-42: `visible_to(viewer)` is the first call on a manager in views, forms and readers."""
    personal = {model.__name__ for model in PERSONAL}
    loose = []
    readers = ("views.py", "views_*.py", "views/*.py", "forms.py", "forms/*.py", "timeline.py")
    for path in sources(*readers, "facts.py"):
        for line, model, method in manager_calls(path):
            if model in personal and method not in FENCES | {"none"}:
                loose.append(f"{path.relative_to(settings.BASE_DIR)}:{line} {model}.{method}")

    assert loose == []


def test_nothing_is_handed_to_the_worker_but_through_the_outbox():
    """The obligation is a row; the broker is nudged in one place."""
    places = []
    for path in [*sources("**/*.py"), *(settings.BASE_DIR / "safeguard").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and node.attr in {
                "delay",
                "apply_async",
                "send_task",
                "on_commit",
            }:
                places.append(path.relative_to(settings.BASE_DIR).as_posix())

    assert set(places) == {"safeguard/outbox.py"}


SENDERS = {
    "accounts/emails.py": ("accounts/tasks.py", {"send_password_reset", "send_notice"}),
    "incidents/emails.py": ("incidents/tasks.py", {"send_alert", "send_slip_notice"}),
    "records/anomaly_mail.py": ("records/tasks.py", {"send_week"}),
    "records/checkpoint_mail.py": ("records/tasks.py", {"send"}),
}


def test_mail_is_sent_by_its_senders_alone_and_those_are_called_with_an_errand_in_hand():
    """FI-12: what was rolled back left no errand, so that no mail of it can have gone."""
    using_mail = [
        path.relative_to(settings.BASE_DIR).as_posix()
        for path in [*sources("**/*.py"), *(settings.BASE_DIR / "safeguard").glob("**/*.py")]
        if "django.core.mail" in path.read_text()
    ]
    outside = []
    for task, names in SENDERS.values():
        tree = ast.parse((settings.BASE_DIR / task).read_text())
        claims = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "outbox.work_off"
        ]
        within = {id(inner) for claim in claims for inner in ast.walk(claim)}
        calls = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in names
        ]
        assert {ast.unparse(call.func).split(".")[-1] for call in calls} == names
        outside += [f"{task}:{call.lineno}" for call in calls if id(call) not in within]

    assert sorted(using_mail) == sorted(SENDERS)
    assert outside == []


def test_a_code_is_only_ever_checked_under_the_row_lock():
    """SR-20, V4: `device.verify_token` would accept one code twice; the module function locks."""
    direct = [
        f"{path.relative_to(settings.BASE_DIR)}:{node.lineno}"
        for path in sources("**/*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and node.attr == "verify_token"
        and not (isinstance(node.value, ast.Name) and node.value.id == "django_otp")
    ]

    assert direct == []


def test_every_kind_of_errand_has_a_task_that_beat_asks_as_well():
    """A nudge that is lost costs thirty seconds and nothing else."""
    swept = {entry["task"] for entry in app.conf.beat_schedule.values()}
    app.loader.import_default_modules()

    assert set(TASKS) == set(Outbox.Kind)
    assert set(TASKS.values()) <= swept
    assert swept <= set(app.tasks)
