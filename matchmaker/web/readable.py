"""The record a reader asked for by number, or the one 404 that does not tell a hidden record from a missing one."""

from typing import TypeVar

from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, or_, select

from matchmaker.errors import NotFound
from matchmaker.models.achievement import Achievement
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.party import Enterprise, Institution
from matchmaker.parties import MENTIONED
from matchmaker.visibility import is_readable, publicly_readable

P = TypeVar("P", Enterprise, Institution)


def readable_need(session: Session, need_id: int, *, restricted: bool) -> TechnologyNeed:
    """The need; for the public only if it is published, valid and may be listed. Raises NotFound."""
    need = session.get(TechnologyNeed, need_id)
    if need is None or not (restricted or is_readable(need, restricted=False)):
        raise _not_found(need_id)
    return need


def readable_achievement(session: Session, achievement_id: int, *, restricted: bool) -> Achievement:
    """The achievement; for the public only if it is published, valid and may be listed. Raises NotFound."""
    found = session.get(Achievement, achievement_id)
    if found is None or not (restricted or is_readable(found, restricted=False)):
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
    return exists().where(key == col(table.id), *publicly_readable(record))


def _not_found(record_id: int) -> NotFound:
    return NotFound(f"没有编号为 {record_id} 的记录，或它未公开", "它可能已过期或撤回，请从列表重新进入")
