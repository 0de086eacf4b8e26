"""Who may know of a record: the one rule, for a record in hand and as an SQL condition."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement
from sqlmodel import col, or_

from matchmaker.models.achievement import Achievement
from matchmaker.models.labels import AchievementStatus, Confidentiality, NeedStatus
from matchmaker.models.need import TechnologyNeed

SearchedRecord = TechnologyNeed | Achievement

CITY_TIME = ZoneInfo("Asia/Shanghai")
# Directed and broker-only records may not even be listed.
_LISTED = (Confidentiality.PUBLIC, Confidentiality.SUMMARY)


def today() -> date:
    """The date in the city: validity ends at midnight there, not in Greenwich."""
    return datetime.now(UTC).astimezone(CITY_TIME).date()


def published_status(table: type[SearchedRecord]) -> NeedStatus | AchievementStatus:
    """The status in which records of that table are searched and matched."""
    return NeedStatus.PUBLISHED if table is TechnologyNeed else AchievementStatus.PUBLISHED


def is_published(record: SearchedRecord) -> bool:
    """Published records are in the index, others are not."""
    return record.status == published_status(type(record))


def is_open(record: SearchedRecord) -> bool:
    """Published and still valid: what matches are made for."""
    return is_published(record) and (record.valid_until is None or record.valid_until >= today())


def is_listed(record: SearchedRecord) -> bool:
    """May anyone know that this record exists?"""
    return record.confidentiality in _LISTED


def is_readable(record: SearchedRecord, *, restricted: bool) -> bool:
    """Open and, unless for the administrator (`restricted`), listed. The index may not know yet of a change: ask here."""
    return is_open(record) and (restricted or is_listed(record))


def openly(table: type[SearchedRecord]) -> tuple[ColumnElement[bool], ...]:
    """`is_open` as SQL conditions."""
    return (
        col(table.status) == published_status(table),
        or_(col(table.valid_until).is_(None), col(table.valid_until) >= today()),
    )


def publicly_readable(table: type[SearchedRecord]) -> tuple[ColumnElement[bool], ...]:
    """`is_readable(…, restricted=False)` as SQL conditions."""
    return (*openly(table), col(table.confidentiality).in_(_LISTED))
