"""Who may know of a record: the one rule, for a record in hand and as an SQL condition.

Lists, searches and matches show what is open and meant for the reader's circle. A single record is also read by its
owner, by the officials of its district, and by the people of a match that has been taken up.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, false, true
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from matchmaker.models.account import Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.labels import AchievementStatus, Confidentiality, NeedStatus
from matchmaker.models.match import Match, MatchStatus, NdaStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.rights import Actor

SearchedRecord = TechnologyNeed | Achievement

CITY_TIME = ZoneInfo("Asia/Shanghai")
# Directed and broker-only records may not even be listed.
_LISTED = (Confidentiality.PUBLIC, Confidentiality.SUMMARY)
_FOR_BROKERS = (*_LISTED, Confidentiality.BROKER_ONLY)
_EVERY = tuple(Confidentiality)


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


def circles(reader: Actor) -> tuple[Confidentiality, ...]:
    """The confidentialities whose records the reader finds in lists, searches and matches.

    A district official finds the public ones there: what else her district has, her own lists show.
    """
    if reader.oversees_everything:
        return _EVERY
    return _FOR_BROKERS if reader.reads_as_broker else _LISTED


def is_in_lists_of(record: SearchedRecord, reader: Actor) -> bool:
    """Open and meant for the reader's circle. The index may not know yet of a change: ask here."""
    return is_open(record) and record.confidentiality in circles(reader)


def is_own(record: SearchedRecord, reader: Actor) -> bool:
    """Is it her organisation's record, or did she post it herself?"""
    if not reader.is_known:
        return False
    if record.posted_by_id is not None and record.posted_by_id == reader.account_id:
        return True
    if record.enterprise_id is not None and record.enterprise_id == reader.enterprise_id:
        return True
    institution_id = record.institution_id if isinstance(record, Achievement) else None
    return institution_id is not None and institution_id == reader.institution_id


def is_readable(session: Session, record: SearchedRecord, reader: Actor) -> bool:
    """May she open this record at all, whatever its status? How much of it she then sees says `disclosure.py`."""
    if is_in_lists_of(record, reader) or is_own(record, reader):
        return True
    if reader.oversees(record.region_code):
        return True
    return reader.is_known and takes_part(session, record, reader)


def takes_part(session: Session, record: SearchedRecord, reader: Actor, *, accepted: bool = False) -> bool:
    """Is there a match of this record that has been taken up, with her on the other side or carrying it?

    `accepted`: one to which both sides have said yes, with no confidentiality agreement waiting, and not broken off.
    """
    key = Match.need_id if isinstance(record, TechnologyNeed) else Match.achievement_id
    # What was broken off opens nothing any more, except to whoever carried it.
    over = col(Match.status).in_([MatchStatus.DECLINED, MatchStatus.CLOSED])
    hers = col(Match.broker_account_id) == reader.account_id
    conditions = [col(key) == record.id, concerns(reader), ~over | hers]
    if accepted:
        conditions += [col(Match.need_accepted_at).is_not(None), col(Match.achievement_accepted_at).is_not(None)]
        conditions += [col(Match.nda) != NdaStatus.REQUESTED, ~over]
        if reader.role is Role.BROKER and not reader.is_certified:
            # Her filing stays hers to see; what the sides told each other does not.
            conditions.append(col(Match.broker_account_id).is_distinct_from(reader.account_id))
    return session.exec(select(Match.id).where(*conditions).limit(1)).first() is not None


def concerns(reader: Actor) -> ColumnElement[bool]:
    """SQL condition on `Match`: matches that have been taken up and are this person's business.

    The broker who carries it, the brokerage in whose name it was filed, the officials of the need's district, and both
    sides' organisations: these only once they have been introduced.
    """
    if not reader.is_known:
        return false()
    if reader.oversees_everything:
        return taken_up()
    mine: list[ColumnElement[bool]] = [col(Match.broker_account_id) == reader.account_id]
    if reader.role is Role.BROKERAGE_ADMINISTRATOR and reader.brokerage_id is not None:
        mine.append(col(Match.brokerage_id) == reader.brokerage_id)
    need, achievement = aliased(TechnologyNeed), aliased(Achievement)
    if reader.role is Role.DISTRICT_OFFICIAL and reader.region_code:
        mine.append(
            taken_up()
            & exists().where(col(need.id) == col(Match.need_id), col(need.region_code).startswith(reader.region_code))
        )
    sides = exists().where(col(need.id) == col(Match.need_id), _own(need, reader)) | exists().where(
        col(achievement.id) == col(Match.achievement_id), _own(achievement, reader)
    )
    mine.append(sides & (col(Match.status) != MatchStatus.RECOMMENDED))
    return or_(*mine)


def taken_up() -> ColumnElement[bool]:
    """SQL condition: somebody carries this match, or it has left the recommendations."""
    return col(Match.broker_account_id).is_not(None) | (col(Match.status) != MatchStatus.RECOMMENDED)


def openly(table: type[SearchedRecord]) -> tuple[ColumnElement[bool], ...]:
    """`is_open` as SQL conditions."""
    return (
        col(table.status) == published_status(table),
        or_(col(table.valid_until).is_(None), col(table.valid_until) >= today()),
    )


def in_lists_of(table: type[SearchedRecord], reader: Actor) -> tuple[ColumnElement[bool], ...]:
    """`is_in_lists_of` as SQL conditions."""
    return (*openly(table), col(table.confidentiality).in_(circles(reader)))


def own(table: type[SearchedRecord], reader: Actor) -> ColumnElement[bool]:
    """`is_own` as an SQL condition."""
    return _own(table, reader)


def overseen(table: type[SearchedRecord], reader: Actor) -> ColumnElement[bool]:
    """SQL condition: records an official answers for, whatever their confidentiality and status."""
    if reader.oversees_everything:
        return true()
    if reader.role is Role.DISTRICT_OFFICIAL and reader.region_code:
        return col(table.region_code).startswith(reader.region_code)
    return false()


def _own(table: type[SearchedRecord], reader: Actor) -> ColumnElement[bool]:
    if not reader.is_known:
        return false()
    mine = [col(table.posted_by_id) == reader.account_id]
    if reader.enterprise_id is not None:
        mine.append(col(table.enterprise_id) == reader.enterprise_id)
    if reader.institution_id is not None and hasattr(table, "institution_id"):
        mine.append(col(table.institution_id) == reader.institution_id)
    return or_(*mine)
