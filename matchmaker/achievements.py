"""Add, revise and withdraw achievements."""

from sqlmodel import Session

from matchmaker.contact_data import move_contacts
from matchmaker.models.achievement import (
    ACHIEVEMENT_TEXTS,
    Achievement,
    AchievementCreate,
    AchievementUpdate,
)
from matchmaker.models.labels import AchievementStatus
from matchmaker.models.outbox import RecordKind
from matchmaker.models.party import Enterprise, Institution
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
from matchmaker.validity import mark_published


def upsert_achievement(
    session: Session,
    create: AchievementCreate,
    *,
    is_demo: bool = False,
    owner: Institution | Enterprise | None = None,
    posted_by_id: int | None = None,
) -> tuple[Achievement, Outcome]:
    """The achievement of this source key, added or brought up to date, and queued for the index if anything changed.

    An achievement without a source id is known by its content, so the same row loaded twice is one achievement.
    `owner` is whose it is where that is known already: no name is then looked up. `posted_by_id` is the account that
    typed a new one in.
    """
    source = create.source or "manual"
    source_id = create.source_id or content_key(
        # Defaults left out: a field that is added to the form one day gives old rows no new key.
        create.model_dump(mode="json", exclude={"source"}, exclude_defaults=True)
    )
    achievement = record_by_source(session, Achievement, source, source_id)
    given = {name: getattr(create, name) for name in type(create).model_fields if name not in ("source", "source_id")}
    values = move_contacts(given, ACHIEVEMENT_TEXTS, achievement.contact_phone if achievement else "")
    institution_named = values.pop("institution_name"), values.pop("institution_credit_code")
    enterprise_named = values.pop("enterprise_name"), values.pop("enterprise_credit_code")
    if owner is None:
        institution = mentioned_institution(session, *institution_named, is_demo=is_demo)
        enterprise = mentioned_enterprise(session, *enterprise_named, is_demo=is_demo)
        owner = institution or enterprise
    else:
        institution = owner if isinstance(owner, Institution) else None
        enterprise = owner if isinstance(owner, Enterprise) else None
    values["institution_id"] = institution.id if institution else None
    values["enterprise_id"] = enterprise.id if enterprise else None
    if owner is not None:
        values["owner_name"] = create.owner_name or owner.name
        # Once the achievement has a region of its own, the owner's says nothing about it any more.
        values["region_code"] = create.region_code or (achievement and achievement.region_code) or owner.region_code
    if achievement is None:
        achievement = Achievement(
            source=source, source_id=source_id, is_demo=is_demo, posted_by_id=posted_by_id, **values
        )
        if achievement.status is AchievementStatus.PUBLISHED:
            mark_published(achievement)
        session.add(achievement)
        enqueue(session, RecordKind.ACHIEVEMENTS, achievement)
        return achievement, Outcome.ADDED
    derived = ["institution_id", "enterprise_id", "owner_name", "region_code"] if owner is not None else []
    if values["contact_phone"]:
        derived.append("contact_phone")
    if not write_values(achievement, stated_values(create, values, derived)):
        return achievement, Outcome.UNCHANGED
    if achievement.status is AchievementStatus.PUBLISHED:
        mark_published(achievement)
    enqueue(session, RecordKind.ACHIEVEMENTS, achievement)
    return achievement, Outcome.CHANGED


def revise_achievement(session: Session, achievement: Achievement, update: AchievementUpdate) -> Achievement:
    """Change the given fields and queue the achievement for the index. Raises VersionConflict."""
    check_version(achievement, update.version)
    given = {name: getattr(update, name) for name in update.model_fields_set - {"version"}}
    values = move_contacts(given, ACHIEVEMENT_TEXTS, achievement.contact_phone)
    if write_values(achievement, values):
        if achievement.status is AchievementStatus.PUBLISHED:
            mark_published(achievement)
        enqueue(session, RecordKind.ACHIEVEMENTS, achievement)
    return achievement
