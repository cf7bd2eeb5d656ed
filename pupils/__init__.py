"""Whom it is about."""
