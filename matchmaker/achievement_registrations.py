"""Achievements the province registered 成果登记: taken over from its lists, linked to what is published here."""

from sqlmodel import Session, col, select

from matchmaker.models.achievement import Achievement
from matchmaker.models.target import (
    AchievementRegistration,
    AchievementRegistrationCreate,
    AchievementRegistrationFields,
)
from matchmaker.records import Outcome, record_by_source, stated_values, write_values

IMPORTED = "import:achievement-registrations"


def upsert_achievement_registration(
    session: Session, create: AchievementRegistrationCreate, *, is_demo: bool = False
) -> tuple[AchievementRegistration, Outcome]:
    """The registration of this number, added or brought up to date, with the achievement it belongs to if that is here."""
    source, source_id = create.source or IMPORTED, create.source_id or create.registered_number
    values = {name: getattr(create, name) for name in AchievementRegistrationFields.model_fields}
    by_number = select(AchievementRegistration).where(
        col(AchievementRegistration.registered_number) == create.registered_number
    )
    known = session.exec(by_number).first() or record_by_source(session, AchievementRegistration, source, source_id)
    if known is None:
        added = AchievementRegistration(source=source, source_id=source_id, is_demo=is_demo, **values)
        added.achievement_id = _achievement_id(session, added)
        session.add(added)
        session.flush()
        return added, Outcome.ADDED
    stated = stated_values(create, values, ())
    is_changed = write_values(known, stated)
    linked = known.achievement_id or _achievement_id(session, known)
    # The achievement may have been published here after its registration was noted.
    is_changed = write_values(known, {"achievement_id": linked}) or is_changed
    return known, Outcome.CHANGED if is_changed else Outcome.UNCHANGED


def _achievement_id(session: Session, registration: AchievementRegistration) -> int | None:
    """The one achievement of this number; else the one of exactly this title and owner. Two of them decide nothing."""
    number = select(Achievement.id).where(col(Achievement.registered_number) == registration.registered_number)
    found = session.exec(number.limit(2)).all()
    if not found and registration.owner_name:
        alike = select(Achievement.id).where(
            col(Achievement.title) == registration.title, col(Achievement.owner_name) == registration.owner_name
        )
        found = session.exec(alike.limit(2)).all()
    return found[0] if len(found) == 1 else None
