"""The staff of the demo schools, and how to sign in as each of them."""

import base64
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from django.contrib.auth.hashers import make_password

from accounts import authenticator, totp
from accounts.models import School, User
from accounts.permissions import GRANTS, Role, Strength
from accounts.roles import grant_role
from accounts.viewer import system_viewer
from demo import material
from demo.material import DemoSchool

ORDER = ["dsl", "deputy_dsl", "teacher", "support", "pastoral", "senco", "head", "slt"]


@dataclass(frozen=True)
class Key:
    """How to sign in as somebody of the demo."""

    school: str
    role: str
    name: str
    email: str
    password: str
    totp_secret: str | None


def add_staff(school: School, written: DemoSchool) -> list[Key]:
    """Add the people of a school with their roles and, where they use one, an authenticator."""
    password, _ = material.password_and_trust()
    stored = make_password(password)  # one hash for all: seventy would take seconds
    by = system_viewer(school)
    keys = []
    for member in written.staff:
        user = User.objects.create(
            email=member.email_at(written.domain), name=member.name, password=stored
        )
        for role in member.roles:
            grant_role(
                by=by,
                user=user,
                role=Role(role),
                job_title=member.title,
                starts_on=date(2015, 9, 1),
            )
        secret = _issue_authenticator(user) if _uses_authenticator(member.roles) else None
        keys.append(Key(school.name, member.roles[0], user.name, user.email, password, secret))
    return keys


def _issue_authenticator(user: User) -> str:
    secret = secrets.token_bytes(totp.SECRET_BYTES)
    authenticator.issue(user, secret)
    return base64.b32encode(secret).decode().rstrip("=")


def _uses_authenticator(roles: Iterable[str]) -> bool:
    return any(Strength.ELEVATED in GRANTS[Role(role)].values() for role in roles)


def write_keys(keys: Iterable[Key], path: Path) -> None:
    """Write how to sign in, readable by the person who runs the demo and nobody else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_suffix(".new")
    descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump([asdict(key) for key in keys], file, indent=2, ensure_ascii=False)
    made.replace(path)
