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
from matchmaker.rights import ANYONE, Actor
from matchmaker.visibility import in_lists_of, is_readable

P = TypeVar("P", Enterprise, Institution)


def readable_need(session: Session, need_id: int, reader: Actor) -> TechnologyNeed:
    """The need, if this reader may open it. Raises NotFound."""
    need = session.get(TechnologyNeed, need_id)
    if need is None or not is_readable(session, need, reader):
        raise _not_found(need_id)
    return need


def readable_achievement(session: Session, achievement_id: int, reader: Actor) -> Achievement:
    """The achievement, if this reader may open it. Raises NotFound."""
    found = session.get(Achievement, achievement_id)
    if found is None or not is_readable(session, found, reader):
        raise _not_found(achievement_id)
    return found


def readable_party(session: Session, table: type[P], party_id: int, reader: Actor) -> P:
    """The enterprise or institution; unless she oversees the whole city, only if it is publicly known or her own.

    Raises NotFound.
    """
    wanted = [col(table.id) == party_id]
    if not (reader.oversees_everything or is_own_party(table, party_id, reader)):
        wanted.append(publicly_known(table))
    party = session.exec(select(table).where(*wanted)).first()
    if party is None:
        raise _not_found(party_id)
    return party


def is_own_party(table: type[Enterprise] | type[Institution], party_id: int, reader: Actor) -> bool:
    """Is it the organisation she belongs to?"""
    return party_id == (reader.enterprise_id if table is Enterprise else reader.institution_id)


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
    shown = [*in_lists_of(record, ANYONE)]
    if record is TechnologyNeed:
        shown.append(col(TechnologyNeed.poster_hidden).is_(False))
    return exists().where(key == col(table.id), *shown)


def _not_found(record_id: int) -> NotFound:
    return NotFound(f"没有编号为 {record_id} 的记录，或它未公开", "它可能已过期或撤回，请从列表重新进入")
