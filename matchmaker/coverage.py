"""How well the supply covers the demand: open needs and achievements of every industry and technology field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, func, select

from matchmaker.classification import Entry, classification
from matchmaker.models.achievement import Achievement
from matchmaker.models.match import Match, MatchStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.rights import Actor
from matchmaker.visibility import SearchedRecord, openly, overseen


@dataclass(frozen=True)
class Coverage:
    """One industry or field: open needs, those of them with a recommended achievement, and open achievements."""

    code: str
    label: str
    # The tier of a city industry; empty for a technology field.
    tier: str
    needs: int
    matched: int
    achievements: int

    @property
    def verdict(self) -> str:
        """How supply meets demand, in words."""
        if not self.needs:
            return "有成果，无需求" if self.achievements else "均无"
        if not self.achievements:
            return "有需求，无成果"
        return "全部有推荐" if self.matched == self.needs else "部分有推荐" if self.matched else "未能推荐"


def coverage_of_industries(session: Session, reader: Actor) -> list[Coverage]:
    """Need × achievement of every industry of the city, tier by tier, as far as this official answers for the needs.

    Achievements count wherever they come from: a district's needs are met by anybody's.
    """
    return _coverage(session, reader, "city_industry", classification().city.industries.entries)


def coverage_of_fields(session: Session, reader: Actor) -> list[Coverage]:
    """The same by technology field."""
    return _coverage(session, reader, "technology_field", classification().technology_fields.entries)


def _coverage(session: Session, reader: Actor, column: str, entries: Sequence[Entry]) -> list[Coverage]:
    matched = exists().where(
        col(Match.need_id) == col(TechnologyNeed.id),
        col(Match.status).not_in((MatchStatus.DECLINED, MatchStatus.CLOSED)),
    )
    needs = _counts(session, TechnologyNeed, column, [overseen(TechnologyNeed, reader)])
    with_match = _counts(session, TechnologyNeed, column, [overseen(TechnologyNeed, reader), matched])
    achievements = _counts(session, Achievement, column, [])
    return [
        Coverage(
            one.code,
            one.label,
            one.group,
            needs.get(one.code, 0),
            with_match.get(one.code, 0),
            achievements.get(one.code, 0),
        )
        for one in entries
    ]


def _counts(
    session: Session, table: type[SearchedRecord], column: str, conditions: list[ColumnElement[bool]]
) -> Mapping[str, int]:
    code = col(getattr(table, column))
    rows = session.exec(select(code, func.count()).where(*openly(table), *conditions).group_by(code))
    return dict(rows.all())
