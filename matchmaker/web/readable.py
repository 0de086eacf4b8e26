"""The record a reader asked for by number, or the one 404 that does not tell a hidden record from a missing one."""

from datetime import date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, or_, select

from matchmaker.achievements import is_listed as achievement_is_listed
from matchmaker.achievements import is_open as achievement_is_open
from matchmaker.errors import NotFound
from matchmaker.models.achievement import Achievement
from matchmaker.models.labels import AchievementStatus, Confidentiality, NeedStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.party import Enterprise, Institution
from matchmaker.needs import is_listed as need_is_listed
from matchmaker.needs import is_open as need_is_open
from matchmaker.parties import MENTIONED

P = TypeVar("P", Enterprise, Institution)

LOCAL_TIME = ZoneInfo("Asia/Shanghai")


def today() -> date:
    """The day it is in China: what `valid_until` is compared with."""
    return datetime.now(LOCAL_TIME).date()


def readable_need(session: Session, need_id: int, *, restricted: bool) -> TechnologyNeed:
    """The need; for the public only if it is published, valid and may be listed. Raises NotFound."""
    need = session.get(TechnologyNeed, need_id)
    if need is None or not (restricted or (need_is_open(need, on=today()) and need_is_listed(need))):
        raise _not_found(need_id)
    return need


def readable_achievement(session: Session, achievement_id: int, *, restricted: bool) -> Achievement:
    """The achievement; for the public only if it is published, valid and may be listed. Raises NotFound."""
    found = session.get(Achievement, achievement_id)
    if found is None or not (restricted or (achievement_is_open(found, on=today()) and achievement_is_listed(found))):
        raise _not_found(achievement_id)
    return found


def readable_party(session: Session, table: type[P], party_id: int, *, restricted: bool) -> P:
    """The enterprise or institution; for the public only if it is publicly known. Raises NotFound."""
    wanted = [col(table.id) == party_id]
    if not restricted:
        wanted.append(publicly_known(table))
    party = session.exec(select(table).where(*wanted)).first()
    if party is None:
        raise _not_found(party_id)
    return party


def publicly_known(table: type[Enterprise] | type[Institution]) -> ColumnElement[bool]:
    """SQL condition: may the public know this party from us?

    A party that came in only because a record named it is as public as the records that name it: the name behind
    a directed need must not turn up in a list of enterprises.
    """
    known = [col(table.source) != MENTIONED]
    if table is Enterprise:
        known.append(_named_by(TechnologyNeed, col(TechnologyNeed.enterprise_id), table))
        known.append(_named_by(Achievement, col(Achievement.enterprise_id), table))
    else:
        known.append(_named_by(Achievement, col(Achievement.institution_id), table))
    return or_(*known)


def _named_by(
    record: type[TechnologyNeed] | type[Achievement],
    key: Mapped[int | None],
    table: type[Enterprise] | type[Institution],
) -> ColumnElement[bool]:
    published = NeedStatus.PUBLISHED if record is TechnologyNeed else AchievementStatus.PUBLISHED
    return exists().where(
        key == col(table.id),
        col(record.status) == published,
        col(record.confidentiality).in_((Confidentiality.PUBLIC, Confidentiality.SUMMARY)),
        or_(col(record.valid_until).is_(None), col(record.valid_until) >= today()),
    )


def _not_found(record_id: int) -> NotFound:
    return NotFound(f"没有编号为 {record_id} 的记录，或它未公开", "它可能已过期或撤回，请从列表重新进入")
