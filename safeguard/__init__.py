"""The project package and the kernel that every app stands on; it imports no app."""

from safeguard.celery import app as celery_app

__all__ = ["celery_app"]
