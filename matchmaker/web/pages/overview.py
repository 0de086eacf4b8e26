"""The figures of the home page: how many records anyone may read, and in which industries of the city."""

from dataclasses import dataclass
from typing import TypeVar

from sqlmodel import Session, col, func, select

from matchmaker.classification import classification
from matchmaker.freshness import confirmed_recently
from matchmaker.models.achievement import Achievement
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.models.party import Enterprise, Institution
from matchmaker.rights import ANYONE
from matchmaker.visibility import in_lists_of
from matchmaker.web.pages.view import Row, row
from matchmaker.web.readable import publicly_known

R = TypeVar("R", TechnologyNeed, Achievement)

NEWEST_AT_HOME = 6


@dataclass(frozen=True)
class IndustryCount:
    code: str
    label: str
    needs: int
    achievements: int


@dataclass(frozen=True)
class Overview:
    """Everything the home page tells about the records."""

    needs: int
    achievements: int
    # Of these, confirmed or published lately.
    fresh_needs: int
    fresh_achievements: int
    institutions: int
    enterprises: int
    tiers: list[tuple[str, list[IndustryCount]]]
    newest_needs: list[Row]
    newest_achievements: list[Row]
    has_demo: bool


def overview(session: Session) -> Overview:
    """The figures, counted now."""
    needs = _by_industry(session, TechnologyNeed)
    achievements = _by_industry(session, Achievement)
    tiers: dict[str, list[IndustryCount]] = {}
    for entry in classification().city.industries.entries:
        count = IndustryCount(entry.code, entry.label, needs.get(entry.code, 0), achievements.get(entry.code, 0))
        tiers.setdefault(entry.group, []).append(count)
    return Overview(
        needs=sum(needs.values()),
        achievements=sum(achievements.values()),
        fresh_needs=confirmed_recently(session, RecordKind.NEEDS),
        fresh_achievements=confirmed_recently(session, RecordKind.ACHIEVEMENTS),
        institutions=session.exec(
            select(func.count()).select_from(Institution).where(publicly_known(Institution))
        ).one(),
        enterprises=session.exec(select(func.count()).select_from(Enterprise).where(publicly_known(Enterprise))).one(),
        tiers=list(tiers.items()),
        newest_needs=newest(session, RecordKind.NEEDS, NEWEST_AT_HOME),
        newest_achievements=newest(session, RecordKind.ACHIEVEMENTS, NEWEST_AT_HOME),
        has_demo=_has_demo(session, TechnologyNeed) or _has_demo(session, Achievement),
    )


def newest(session: Session, kind: RecordKind, limit: int) -> list[Row]:
    """The records last published, straight from the database: this answers when the search does not."""
    if kind is RecordKind.NEEDS:
        return _last_published(session, TechnologyNeed, limit)
    return _last_published(session, Achievement, limit)


def _last_published(session: Session, table: type[R], limit: int) -> list[Row]:
    order = (col(table.published_at).desc(), col(table.id).desc())
    found = session.exec(select(table).where(*in_lists_of(table, ANYONE)).order_by(*order).limit(limit))
    return [row(record) for record in found]


def _by_industry(session: Session, table: type[R]) -> dict[str | None, int]:
    industry = col(table.city_industry)
    return dict(
        session.exec(select(industry, func.count()).where(*in_lists_of(table, ANYONE)).group_by(industry)).all()
    )


def _has_demo(session: Session, table: type[R]) -> bool:
    return session.exec(select(table.id).where(col(table.is_demo)).limit(1)).first() is not None
