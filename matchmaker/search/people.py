"""Records by the people behind them, for those only who may know who they are: never through the index."""

import re

from sqlalchemy import String, cast
from sqlmodel import Session, col, or_, select

from matchmaker.models.achievement import Achievement
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.rights import Actor
from matchmaker.visibility import in_lists_of, overseen, own

# A Chinese name: two to four characters, or two parts with a dot between (阿卜杜拉·买买提).
_NAME = re.compile(r"[\u3400-\u9fff]{2,4}|[\u3400-\u9fff]{1,6}·[\u3400-\u9fff]{1,6}")
_MOST = 100


def records_of_person(session: Session, kind: RecordKind, text: str, reader: Actor) -> list[int]:
    """The ids of listed records whose contact or team has this name, among those whose people the reader may know:
    her own organisation's, and those she answers for as an official. Nothing for anybody else."""
    name = text.strip()
    if not reader.is_known or not _NAME.fullmatch(name):
        return []
    table = TechnologyNeed if kind is RecordKind.NEEDS else Achievement
    named = col(table.contact_name).contains(name, autoescape=True)
    if table is Achievement:
        # Stored as JSON, in which characters may stand as they are or escaped: compared as both.
        team = cast(col(Achievement.team), String)
        escaped = name.encode("unicode_escape").decode()
        named = or_(named, team.contains(name, autoescape=True), team.contains(escaped, autoescape=True))
    hers = or_(own(table, reader), overseen(table, reader))
    ids = session.exec(select(col(table.id)).where(*in_lists_of(table, reader), hers, named).limit(_MOST))
    return [number for number in ids if number is not None]
