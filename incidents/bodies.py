"""What the ledger commits to of an incident, its thread, and who was told.

Ids stand for pupils and people: their names are in their own tables, and change. The wording of
categories and agencies is that of the day, as it is in the rows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import F, QuerySet

from incidents import photos
from incidents.models import (
    Acknowledgement,
    Action,
    ActionCategory,
    ActionReader,
    Alert,
    Attachment,
    Audience,
    BodyMark,
    CategoryGrant,
    Incident,
    IncidentAgency,
    IncidentCategory,
    LinkedPupil,
    Restriction,
    RestrictionReader,
    Significance,
    Subject,
)
from incidents.outlines import Outline
from incidents.slips import bodies as slips
from incidents.whole_files import damaged_at
from ledger import attached
from ledger.bodies import Said, Source, entry_id, register, register_setting
from ledger.models import Kind

WRITTEN = (
    *("precision", "place", "place_detail", "level", "saw", "told", "told_by", "child_words"),
    *("heard", "opinion", "done_already", "parents_told", "parents_detail", "medical"),
    *("told_in_person", "late_reason"),
)
OF_A_MARK = (
    *("number", "figure", "region", "wording", "x", "y", "kind", "length_mm", "width_mm", "shape"),
    *("colour", "broken", "pain", "signs", "first_aid", "child_said", "explanation"),
)
TYPED = ("narrative", "decision", "reasons", "impact")
GRANT = "category grant"
OUTLINE = "body outline"
PARTS = ("see_pupils", "see_incidents", "add", "act")  # of what a grant by category lets do


def of_incident(
    incident: Incident,
    *,
    categories: Iterable[IncidentCategory],
    linked: Iterable[LinkedPupil],
    agencies: Iterable[IncidentAgency],
    files: Iterable[Attachment],
    marks: Iterable[BodyMark] = (),
) -> Said:
    """Say that an incident was recorded, with everything that was submitted with it."""
    body = {
        "reference": incident.reference,
        "pupil": incident.pupil_id,
        "reported_by": incident.reported_by_id,
        "occurred_at": incident.occurred_at,
        "recorded_at": incident.recorded_at,
        **{name: getattr(incident, name) for name in WRITTEN},
        "categories": _in_order(
            {"category": one.category_id, "wording": one.wording} for one in categories
        ),
        "agencies": _in_order(
            {"agency": one.agency_id, "wording": one.wording} for one in agencies
        ),
        "linked": _in_order(
            {"pupil": one.pupil_id, "role": one.role, "in_chronology": one.in_chronology}
            for one in linked
        ),
        "files": _files(files),
    }
    drawn = sorted(marks, key=lambda mark: mark.number)
    if drawn:  # an incident without a body map says nothing of one, as those of before
        body["marks"] = [{name: getattr(one, name) for name in OF_A_MARK} for one in drawn]
    return Said(Kind.INCIDENT, incident.school_id, incident.pk, body)


def of_action(
    action: Action,
    *,
    categories: Iterable[ActionCategory],
    files: Iterable[Attachment],
    readers: Iterable[ActionReader],
) -> Said:
    """Say that an entry was added to an incident's thread, and which categories it chose if any."""
    body = {
        "incident": action.incident_id,
        "kind": action.kind,
        "author": action.author_id,
        "occurred_at": action.occurred_at,
        "recorded_at": action.recorded_at,
        **{name: getattr(action, name) for name in TYPED},
        "agency": action.agency_id,
        "files": _files(files),
        # An entry for the whole thread says nothing of it, as those of before.
        "audience": "" if action.audience == Audience.THREAD else action.audience,
        "readers": sorted(str(one.user_id) for one in readers),
    }
    if action.kind == Action.Kind.CATEGORIES:
        body["categories"] = _in_order(
            {
                "category": one.category_id,
                "wording": one.wording,
                "parent_wording": one.parent_wording,
            }
            for one in categories
        )
    return Said(
        kind_of(action),
        action.incident.school_id,
        action.pk,
        body,
        acts_on=[entry_id(Kind.INCIDENT, action.incident_id)],
    )


def kind_of(action: Action) -> Kind:
    """Return what an entry of a thread is called in the ledger."""
    return Kind.CORRECTION if action.kind == Action.Kind.CORRECTION else Kind.ACTION


def of_alert(alert: Alert) -> Said:
    """Say that somebody was told, and why."""
    about = (
        entry_id(Kind.INCIDENT, alert.incident_id)
        if alert.action is None
        else entry_id(kind_of(alert.action), alert.action.pk)
    )
    body = {
        "incident": alert.incident_id,
        "action": alert.action_id,
        "recipient": alert.recipient_id,
        "because": alert.because,
    }
    return Said(Kind.ALERT, alert.incident.school_id, alert.pk, body, acts_on=[about])


def of_acknowledgement(acknowledgement: Acknowledgement) -> Said:
    """Say that somebody marked as read what they were told of."""
    body = {
        "alert": acknowledgement.alert_id,
        "by": acknowledgement.by_id,
        "recorded_at": acknowledgement.recorded_at,
    }
    return Said(
        Kind.ACKNOWLEDGEMENT,
        acknowledgement.alert.incident.school_id,
        acknowledgement.pk,
        body,
        acts_on=[entry_id(Kind.ALERT, acknowledgement.alert_id)],
    )


def of_significance(mark: Significance) -> Said:
    """Say that an incident was marked as significant, or no longer is."""
    body = {
        "incident": mark.incident_id,
        "significant": mark.significant,
        "by": mark.by_id,
        "recorded_at": mark.recorded_at,
    }
    return Said(
        Kind.SIGNIFICANCE,
        mark.incident.school_id,
        mark.pk,
        body,
        acts_on=[entry_id(Kind.INCIDENT, mark.incident_id)],
    )


def of_subject(subject: Subject) -> Said:
    """Say that an incident is about a member of staff, from whom it is kept."""
    body = {
        "incident": subject.incident_id,
        "user": subject.user_id,
        "named_by": subject.named_by_id,
        "recorded_at": subject.recorded_at,
    }
    about = [entry_id(Kind.INCIDENT, subject.incident_id)]
    return Said(Kind.SUBJECT, subject.incident.school_id, subject.pk, body, acts_on=about)


def of_restriction(limit: Restriction, *, readers: Iterable[RestrictionReader]) -> Said:
    """Say that a lead limited who reads an incident, or opened it again."""
    body = {
        "incident": limit.incident_id,
        "audience": limit.audience,
        "readers": sorted(str(one.user_id) for one in readers),
        "reason": limit.reason,
        "by": limit.by_id,
        "recorded_at": limit.recorded_at,
    }
    about = [entry_id(Kind.INCIDENT, limit.incident_id)]
    return Said(Kind.RESTRICTION, limit.incident.school_id, limit.pk, body, acts_on=about)


def category_grant(grant: CategoryGrant) -> Mapping[str, object]:
    """Return what the ledger keeps of a grant by category as it stands now."""
    return {
        "setting": GRANT,
        "category": grant.category_id,
        "role": grant.role,
        "user": grant.user_id,
        "parts": [part for part in PARTS if getattr(grant, part)],
        "years": list(grant.year_groups),
        "starts_on": grant.starts_on,
        "ends_on": grant.ends_on,
    }


def outline(chosen: Outline) -> Mapping[str, object]:
    """Return what the ledger keeps of the year from which a school draws young people."""
    return {"setting": OUTLINE, "young_from": chosen.young_from}


def _files(files: Iterable[Attachment]) -> list[dict]:
    return _in_order(
        {"name": one.name, "sha256": one.sha256, "len": one.size, "type": one.content_type}
        for one in files
    )


def _in_order(parts: Iterable[dict]) -> list[dict]:
    return sorted(parts, key=lambda part: [str(value) for value in part.values()])


def _say_incidents(keys: Sequence[UUID]) -> Iterable[Said]:
    rows = Incident.objects.filter(pk__in=keys).prefetch_related(
        "categories", "linked_pupils", "agencies", "attachments", "marks"
    )
    for incident in rows:
        yield of_incident(
            incident,
            categories=incident.categories.all(),
            linked=incident.linked_pupils.all(),
            agencies=incident.agencies.all(),
            files=[one for one in incident.attachments.all() if one.action_id is None],
            marks=incident.marks.all(),
        )


def _say_actions(keys: Sequence[UUID]) -> Iterable[Said]:
    rows = Action.objects.filter(pk__in=keys).select_related("incident")
    for action in rows.prefetch_related("attachments", "categories", "readers"):
        yield of_action(
            action,
            categories=action.categories.all(),
            files=action.attachments.all(),
            readers=action.readers.all(),
        )


def _say_restrictions(keys: Sequence[UUID]) -> Iterable[Said]:
    rows = Restriction.objects.filter(pk__in=keys).select_related("incident")
    for limit in rows.prefetch_related("readers"):
        yield of_restriction(limit, readers=limit.readers.all())


def _grants() -> QuerySet[CategoryGrant]:
    return CategoryGrant.objects.annotate(recorded_at=F("starts_on"))


def _photo_rules() -> QuerySet[photos.PhotoRule]:
    return photos.PhotoRule.objects.annotate(recorded_at=F("changed_at"))


def _say(model, of: Callable[..., Said], *related: str) -> Callable[[Sequence[UUID]], list[Said]]:
    def say(keys: Sequence[UUID]) -> list[Said]:
        return [of(row) for row in model.objects.filter(pk__in=keys).select_related(*related)]

    return say


# Causes before effects: what an entry refers to stands on the tree before it.
for name, kinds, model, say in (
    ("incidents", [Kind.INCIDENT], Incident, _say_incidents),
    ("actions", [Kind.ACTION, Kind.CORRECTION], Action, _say_actions),
    ("alerts", [Kind.ALERT], Alert, _say(Alert, of_alert, "incident", "action")),
    (
        "acknowledgements",
        [Kind.ACKNOWLEDGEMENT],
        Acknowledgement,
        _say(Acknowledgement, of_acknowledgement, "alert__incident"),
    ),
    (
        "significance marks",
        [Kind.SIGNIFICANCE],
        Significance,
        _say(Significance, of_significance, "incident"),
    ),
    ("subjects", [Kind.SUBJECT], Subject, _say(Subject, of_subject, "incident")),
    ("limits", [Kind.RESTRICTION], Restriction, _say_restrictions),
):
    register(name, Source(frozenset(kinds), model.objects.all, say))

register_setting("grants by category", _grants, category_grant, frozenset({GRANT}))
register_setting(
    "photographs of injuries", _photo_rules, photos.in_ledger, frozenset({photos.SETTING})
)
register_setting("outlines of bodies", Outline.objects.all, outline, frozenset({OUTLINE}))

slips.register_slips()

attached.register(damaged_at)
