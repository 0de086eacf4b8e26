"""Which matches are somebody's business, as lists: SQL decides, no template."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from matchmaker.brokerage.life import ENDED, Step, told
from matchmaker.brokerage.people import WISHES, Pair, no_such_match, pair_of, parts_of
from matchmaker.errors import VersionConflict
from matchmaker.models.account import Account
from matchmaker.models.achievement import Achievement
from matchmaker.models.labels import Labelled
from matchmaker.models.match import Match, MatchEvent, MatchStatus, Side
from matchmaker.models.need import TechnologyNeed
from matchmaker.rights import Actor
from matchmaker.visibility import concerns, in_lists_of, overseen, own, taken_up, today

PAGE_SIZE = 20
# What “soon” means in the list: a working week ahead.
SOON = timedelta(days=7)


class Due(Labelled):
    """When the next step is due."""

    OVERDUE = "overdue", "已逾期"
    SOON = "soon", "七日内到期"


class Waiting(Labelled):
    """Whose turn it is."""

    MY_ANSWER = "my_answer", "待我方答复"
    BROKER = "broker", "待经纪人承办"


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed down to."""

    status: MatchStatus | None = None
    due: Due | None = None
    waiting: Waiting | None = None
    page: int = 1


@dataclass(frozen=True)
class CarriedList:
    """One page of matches that concern a reader."""

    pairs: list[Pair]
    total: int
    page: int

    @property
    def has_more(self) -> bool:
        return self.page * PAGE_SIZE < self.total


def readable_match(session: Session, match_id: int, *, reader: Actor, version: int | None = None) -> Match:
    """The match, if it is this reader's business. Raises NotFound; VersionConflict unless `version` is its current one."""
    match = session.get(Match, match_id)
    if match is None or not parts_of(pair_of(session, match), reader):
        raise no_such_match(match_id)
    if version is not None and version != match.version:
        raise VersionConflict(
            f"这项对接已有新进展（您看到的是第 {version} 版，现在是第 {match.version} 版）", "请刷新后再办理"
        )
    return match


def of_interest(reader: Actor) -> ColumnElement[bool]:
    """SQL condition on `Match`: those taken up that concern her, and wishes nobody has taken up yet.

    A wish is the business of the side that had it; until it is taken up, also of the officials who oversee the need
    and of the brokers in whose lists both records are.
    """
    return or_(concerns(reader), _wished_myself(reader), ~taken_up() & _wished(reader))


def carried_matches(session: Session, reader: Actor, wanted: Wanted) -> CarriedList:
    """A page of the matches that are her business, what is due first and then the newest."""
    conditions = _conditions(reader, wanted)
    total = session.exec(select(func.count()).select_from(Match).where(*conditions)).one()
    rows = _ordered(select(Match).where(*conditions)).offset((wanted.page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    return CarriedList(_pairs(session, rows), total, wanted.page)


def exported_matches(session: Session, reader: Actor, wanted: Wanted, *, limit: int) -> list[Pair]:
    """The same, on one page as long as a table may be."""
    return _pairs(session, _ordered(select(Match).where(*_conditions(reader, wanted))).limit(limit))


def awaiting_answer(session: Session, reader: Actor) -> list[Pair]:
    """Introductions that her side has not answered yet, the oldest first."""
    return _pairs(session, select(Match).where(_unanswered(reader)).order_by(col(Match.updated_at), col(Match.id)))


def _conditions(reader: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [of_interest(reader)]
    if wanted.status is not None:
        conditions.append(col(Match.status) == wanted.status)
    if wanted.due is Due.OVERDUE:
        conditions += [col(Match.due_on) < today(), col(Match.status).not_in(ENDED)]
    elif wanted.due is Due.SOON:
        soon = col(Match.due_on).between(today(), today() + SOON)
        conditions += [soon, col(Match.status).not_in(ENDED)]
    if wanted.waiting is Waiting.MY_ANSWER:
        conditions.append(_unanswered(reader))
    elif wanted.waiting is Waiting.BROKER:
        conditions.append(~taken_up())
    return conditions


def _ordered(found: SelectOfScalar[Match]) -> SelectOfScalar[Match]:
    # NULLs last on both databases: SQLite sorts them first, PostgreSQL last.
    return found.order_by(col(Match.due_on).is_(None), col(Match.due_on), col(Match.updated_at).desc(), col(Match.id))


def _pairs(session: Session, found: SelectOfScalar[Match]) -> list[Pair]:
    """The matches with their records and brokers, fetched at once."""
    matches = session.exec(found).all()
    for table, ids in (
        (TechnologyNeed, {one.need_id for one in matches}),
        (Achievement, {one.achievement_id for one in matches}),
        (Account, {one.broker_account_id for one in matches}),
    ):
        # Kept by the session: `pair_of` finds them there.
        session.exec(select(table).where(col(table.id).in_(ids))).all()
    return [pair_of(session, one) for one in matches]


def _wished(reader: Actor) -> ColumnElement[bool]:
    mine = [_has_event(WISHES) & _need_is(overseen(TechnologyNeed, reader))]
    if reader.reads_as_broker:
        both = _need_is(*in_lists_of(TechnologyNeed, reader)) & _achievement_is(*in_lists_of(Achievement, reader))
        mine.append(_has_event(WISHES) & both)
    return or_(*mine)


def _wished_myself(reader: Actor) -> ColumnElement[bool]:
    return or_(
        _has_event((told(Step.WISH, Side.NEED),)) & _need_is(own(TechnologyNeed, reader)),
        _has_event((told(Step.WISH, Side.ACHIEVEMENT),)) & _achievement_is(own(Achievement, reader)),
    )


def _need_is(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(col(TechnologyNeed.id) == col(Match.need_id), *conditions)


def _achievement_is(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(col(Achievement.id) == col(Match.achievement_id), *conditions)


def _has_event(names: tuple[str, ...]) -> ColumnElement[bool]:
    return exists().where(col(MatchEvent.match_id) == col(Match.id), col(MatchEvent.what).in_(names))


def _unanswered(reader: Actor) -> ColumnElement[bool]:
    is_mine = or_(
        col(Match.need_accepted_at).is_(None) & _need_is(own(TechnologyNeed, reader)),
        col(Match.achievement_accepted_at).is_(None) & _achievement_is(own(Achievement, reader)),
    )
    is_carrier = func.coalesce(col(Match.broker_account_id), 0) == (reader.account_id or 0)
    return (col(Match.status) == MatchStatus.INTRODUCED) & is_mine & ~is_carrier
