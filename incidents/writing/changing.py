"""Changing what the writing help looks for, and showing it to everybody."""

from dataclasses import dataclass

from django.db import transaction

from accounts.models import School
from accounts.permissions import Permission
from accounts.viewer import Viewer
from incidents.writing.advice import STANDARD, in_use
from incidents.writing.lists import WritingWord
from incidents.writing.rules import EXPLAINED, Explained, Rule
from ledger.recording import record_change
from safeguard.errors import DomainError, NotAllowed

MOST_WORDS = 300


class SaysNothingNew(DomainError):
    """The list is so already, or the word is none."""


@dataclass(frozen=True)
class Shown:
    """A rule as everybody may read it, with its list as it is in this school."""

    rule: Rule
    explained: Explained
    phrases: tuple[str, ...]
    changes: tuple[WritingWord, ...]


def shown_to(viewer: Viewer) -> list[Shown]:
    """Return every rule with its reasons, its list, and what this school changed in it."""
    rows = WritingWord.objects.visible_to(viewer).order_by("phrase")
    words, lists = list(rows), in_use(rows.as_changes())
    return [
        Shown(
            rule,
            explained,
            tuple(sorted(lists.get(rule, ()))),
            tuple(word for word in words if word.rule == rule),
        )
        for rule, explained in EXPLAINED.items()
    ]


def change_word(*, by: Viewer, rule: str, phrase: str, looked_for: bool) -> WritingWord:
    """Look for a word or phrase from now on, or no more."""
    by.require(Permission.APPROVE_RIGHTS)
    wanted = " ".join(phrase.lower().replace("’", "'").split())
    if rule not in STANDARD:
        raise NotAllowed("There is no such list.")
    if not any(letter.isalpha() for letter in wanted):
        raise SaysNothingNew("Give a word or a phrase.")
    with transaction.atomic():
        School.objects.select_for_update(no_key=True).get(pk=by.school_id)
        here = WritingWord.objects.visible_to(by)
        if (wanted in in_use(here.as_changes())[Rule(rule)]) == looked_for:
            raise SaysNothingNew(
                f"“{wanted}” is looked for already."
                if looked_for
                else f"“{wanted}” is not looked for."
            )
        if here.count() >= MOST_WORDS:
            raise DomainError(
                f"A school changes {MOST_WORDS} words at most. Take some changes back."
            )
        # Against the standard list it is a change; back to it, none.
        here.filter(rule=rule, phrase=wanted).delete()
        word = WritingWord(school=by.school, rule=rule, phrase=wanted, looked_for=looked_for)
        if (wanted in STANDARD[Rule(rule)]) != looked_for:
            word.save(force_insert=True)
        body = {"setting": "writing help", "list": rule, "phrase": wanted, "looked_for": looked_for}
        record_change(by=by, obj=word.pk, body=body)
    return word


def take_back(*, by: Viewer, word: WritingWord) -> WritingWord:
    """Have a word as it is on the standard list again."""
    return change_word(by=by, rule=word.rule, phrase=word.phrase, looked_for=not word.looked_for)
