"""Add, revise and withdraw achievements."""

from sqlmodel import Session

from matchmaker.contact_data import move_contacts
from matchmaker.models.achievement import (
    ACHIEVEMENT_TEXTS,
    Achievement,
    AchievementCreate,
    AchievementUpdate,
)
from matchmaker.models.base import now
from matchmaker.models.labels import AchievementStatus
from matchmaker.models.outbox import RecordKind
from matchmaker.parties import mentioned_enterprise, mentioned_institution
from matchmaker.records import (
    Outcome,
    check_version,
    content_key,
    enqueue,
    record_by_source,
    stated_values,
    write_values,
)


def upsert_achievement(
    session: Session, create: AchievementCreate, *, is_demo: bool = False
) -> tuple[Achievement, Outcome]:
    """The achievement of this source key, added or brought up to date, and queued for the index if anything changed.

    An achievement without a source id is known by its content, so the same row loaded twice is one achievement.
    """
    source = create.source or "manual"
    source_id = create.source_id or content_key(
        # Defaults left out: a field that is added to the form one day gives old rows no new key.
        create.model_dump(mode="json", exclude={"source"}, exclude_defaults=True)
    )
    achievement = record_by_source(session, Achievement, source, source_id)
    given = {name: getattr(create, name) for name in type(create).model_fields if name not in ("source", "source_id")}
    values = move_contacts(given, ACHIEVEMENT_TEXTS, achievement.contact_phone if achievement else "")
    institution = mentioned_institution(
        session, values.pop("institution_name"), values.pop("institution_credit_code"), is_demo=is_demo
    )
    enterprise = mentioned_enterprise(
        session, values.pop("enterprise_name"), values.pop("enterprise_credit_code"), is_demo=is_demo
    )
    values["institution_id"] = institution.id if institution else None
    values["enterprise_id"] = enterprise.id if enterprise else None
    owner = institution or enterprise
    if owner is not None:
        values["owner_name"] = create.owner_name or owner.name
        # Once the achievement has a region of its own, the owner's says nothing about it any more.
        values["region_code"] = create.region_code or (achievement and achievement.region_code) or owner.region_code
    if achievement is None:
        achievement = Achievement(source=source, source_id=source_id, is_demo=is_demo, **values)
        if achievement.status is AchievementStatus.PUBLISHED:
            achievement.published_at = now()
        session.add(achievement)
        enqueue(session, RecordKind.ACHIEVEMENTS, achievement)
        return achievement, Outcome.ADDED
    derived = ["institution_id", "enterprise_id", "owner_name", "region_code"] if owner is not None else []
    if values["contact_phone"]:
        derived.append("contact_phone")
    if not write_values(achievement, stated_values(create, values, derived)):
        return achievement, Outcome.UNCHANGED
    if achievement.status is AchievementStatus.PUBLISHED and achievement.published_at is None:
        achievement.published_at = now()
    enqueue(session, RecordKind.ACHIEVEMENTS, achievement)
    return achievement, Outcome.CHANGED


def revise_achievement(session: Session, achievement: Achievement, update: AchievementUpdate) -> Achievement:
    """Change the given fields and queue the achievement for the index. Raises VersionConflict."""
    check_version(achievement, update.version)
    given = {name: getattr(update, name) for name in update.model_fields_set - {"version"}}
    values = move_contacts(given, ACHIEVEMENT_TEXTS, achievement.contact_phone)
    if write_values(achievement, values):
        if achievement.status is AchievementStatus.PUBLISHED and achievement.published_at is None:
            achievement.published_at = now()
        enqueue(session, RecordKind.ACHIEVEMENTS, achievement)
    return achievement
