"""Which matches are somebody's business, as lists: SQL decides, no template."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from matchmaker.brokerage.life import ENDED, OPEN, Step, told
from matchmaker.brokerage.people import OFFICIALS, WISHES, Pair, no_such_match, pair_of, parts_of
from matchmaker.errors import VersionConflict
from matchmaker.models.account import Account
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.labels import Labelled
from matchmaker.models.match import FollowUp, Match, MatchEvent, MatchMessage, MatchStatus, NdaStatus, Side
from matchmaker.models.need import TechnologyNeed
from matchmaker.rights import Actor
from matchmaker.visibility import concerns, in_lists_of, openly, overseen, own, taken_up, today

PAGE_SIZE = 20
# What “soon” means: a working week ahead is what can still be planned; a look after signing is asked for as early.
SOON = timedelta(days=7)
STUCK = timedelta(days=30)


class Due(Labelled):
    """When the next step, or the look after signing, is due."""

    OVERDUE = "overdue", "下一步已逾期"
    SOON = "soon", "下一步七日内到期"
    NEAR = "near", "下一步七日内到期或已逾期"
    FOLLOW_UP = "follow_up", "回访七日内到期或已逾期"


class Waiting(Labelled):
    """Whose turn it is, and with what."""

    MY_ANSWER = "my_answer", "待我方答复"
    MY_AGREEMENT = "my_agreement", "待我方确认保密协议"
    MY_REPLY = "my_reply", "待我回复留言"
    PLAN = "plan", "没有安排下一步"
    BROKER = "broker", "待经纪人承办"
    ON_BEHALF = "on_behalf", "待主管部门代为答复"
    STUCK = "stuck", "超过 30 天没有进展"


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed down to."""

    status: MatchStatus | None = None
    due: Due | None = None
    waiting: Waiting | None = None
    page: int = 1
    # For programs, which name their place in the list; pages count by `page`.
    offset: int | None = None
    limit: int = PAGE_SIZE

    @property
    def begin(self) -> int:
        """How many come before the page."""
        return self.offset if self.offset is not None else (self.page - 1) * self.limit


@dataclass(frozen=True)
class CarriedList:
    """One page of matches that concern a reader."""

    pairs: list[Pair]
    total: int
    wanted: Wanted

    @property
    def has_more(self) -> bool:
        return self.wanted.begin + self.wanted.limit < self.total


def address(wanted: Wanted, page: int = 1) -> str:
    """The page that shows this list."""
    chosen = {"status": wanted.status, "due": wanted.due, "waiting": wanted.waiting, "page": page if page > 1 else None}
    asked = urlencode({name: f"{value}" for name, value in chosen.items() if value})
    return f"/carried?{asked}" if asked else "/carried"


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
    conditions = asked_for(reader, wanted)
    total = session.exec(select(func.count()).select_from(Match).where(*conditions)).one()
    rows = _ordered(select(Match).where(*conditions)).offset(wanted.begin).limit(wanted.limit)
    return CarriedList(_pairs(session, rows), total, wanted)


def with_records(session: Session, matches: Sequence[Match]) -> list[Pair]:
    """The matches with their records and brokers, fetched at once."""
    for table, ids in (
        (TechnologyNeed, {one.need_id for one in matches}),
        (Achievement, {one.achievement_id for one in matches}),
        (Account, {one.broker_account_id for one in matches}),
    ):
        # Kept by the session: `pair_of` finds them there.
        session.exec(select(table).where(col(table.id).in_(ids))).all()
    return [pair_of(session, one) for one in matches]


def exported_matches(session: Session, reader: Actor, wanted: Wanted, *, limit: int) -> list[Pair]:
    """The same, on one page as long as a table may be."""
    return _pairs(session, _ordered(select(Match).where(*asked_for(reader, wanted))).limit(limit))


def awaiting_answer(session: Session, reader: Actor) -> list[Pair]:
    """Introductions that her side has not answered yet, the oldest first."""
    return _pairs(session, select(Match).where(_unanswered(reader)).order_by(col(Match.updated_at), col(Match.id)))


def asked_for(reader: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    """SQL conditions on `Match`: what is her business and meets the filters. First pages and lists ask the same."""
    conditions = [of_interest(reader)]
    if wanted.status is not None:
        conditions.append(col(Match.status) == wanted.status)
    if wanted.due is not None:
        conditions.append(_is_due(wanted.due))
    if wanted.waiting is not None:
        conditions.append(_WAITING[wanted.waiting](reader))
    return conditions


def _is_due(due: Due) -> ColumnElement[bool]:
    if due is Due.FOLLOW_UP:
        left = col(FollowUp.done_at).is_(None), col(FollowUp.due_on) <= today() + SOON
        signed = col(Match.status).in_((MatchStatus.SIGNED, MatchStatus.REGISTERED))
        return signed & exists().where(col(FollowUp.match_id) == col(Match.id), *left)
    within = {
        Due.OVERDUE: col(Match.due_on) < today(),
        Due.SOON: col(Match.due_on).between(today(), today() + SOON),
        Due.NEAR: col(Match.due_on) <= today() + SOON,
    }
    return within[due] & col(Match.status).not_in(ENDED)


def _ordered(found: SelectOfScalar[Match]) -> SelectOfScalar[Match]:
    # NULLs last on both databases: SQLite sorts them first, PostgreSQL last.
    return found.order_by(col(Match.due_on).is_(None), col(Match.due_on), col(Match.updated_at).desc(), col(Match.id))


def _pairs(session: Session, found: SelectOfScalar[Match]) -> list[Pair]:
    return with_records(session, session.exec(found).all())


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


def _to_take_up() -> ColumnElement[bool]:
    """Nobody carries it, and somebody still can: both records are open."""
    return ~taken_up() & _need_is(*openly(TechnologyNeed)) & _achievement_is(*openly(Achievement))


def _unsigned(reader: Actor) -> ColumnElement[bool]:
    """A confidentiality agreement that her side has not said it signed."""
    is_mine = or_(
        _need_is(own(TechnologyNeed, reader)) & ~_has_event((told(Step.SIGN_NDA, Side.NEED),)),
        _achievement_is(own(Achievement, reader)) & ~_has_event((told(Step.SIGN_NDA, Side.ACHIEVEMENT),)),
    )
    return _agreement_waits() & is_mine & col(Match.broker_account_id).is_distinct_from(reader.account_id)


def _agreement_waits() -> ColumnElement[bool]:
    return (col(Match.nda) == NdaStatus.REQUESTED) & col(Match.status).in_(OPEN - {MatchStatus.RECOMMENDED})


def _unreplied(reader: Actor) -> ColumnElement[bool]:
    """Somebody else had the last word while there still is something to talk about."""
    last = select(func.max(MatchMessage.id)).where(col(MatchMessage.match_id) == col(Match.id)).correlate(Match)
    by_others = exists().where(
        col(MatchMessage.id) == last.scalar_subquery(), col(MatchMessage.account_id) != reader.account_id
    )
    return col(Match.status).in_(OPEN | {MatchStatus.SIGNED}) & by_others


def _unplanned() -> ColumnElement[bool]:
    """Both sides have agreed, and no day is set for what comes next: nothing will ever remind of it."""
    agreed = (MatchStatus.ACCEPTED, MatchStatus.NEGOTIATING, MatchStatus.INTENT)
    return col(Match.status).in_(agreed) & col(Match.due_on).is_(None)


def _without_people(reader: Actor) -> ColumnElement[bool]:
    """A side that has been asked has no account: the officials of the need's region answer in its place."""
    answers = {Side.NEED: col(Match.need_accepted_at), Side.ACHIEVEMENT: col(Match.achievement_accepted_at)}
    waits = [
        ~_has_people(side)
        & or_(
            (col(Match.status) == MatchStatus.INTRODUCED) & answers[side].is_(None),
            _agreement_waits() & ~_has_event((told(Step.SIGN_NDA, side),)),
        )
        for side in Side
    ]
    return _need_is(overseen(TechnologyNeed, reader)) & or_(*waits)


def _has_people(side: Side) -> ColumnElement[bool]:
    """`Pair.answering` as an SQL condition."""
    record: type[TechnologyNeed] | type[Achievement] = TechnologyNeed if side is Side.NEED else Achievement
    key = col(Match.need_id) if side is Side.NEED else col(Match.achievement_id)
    members = [
        col(Account.id) == col(record.posted_by_id),
        col(Account.enterprise_id) == col(record.enterprise_id),
    ]
    if record is Achievement:
        members.append(col(Account.institution_id) == col(Achievement.institution_id))
    return exists().where(
        col(record.id) == key,
        or_(*members),
        col(Account.disabled_at).is_(None),
        col(Account.role).not_in(OFFICIALS),
        col(Account.id).is_distinct_from(col(Match.broker_account_id)),
    )


def _stuck(_reader: Actor) -> ColumnElement[bool]:
    return col(Match.status).in_(OPEN - {MatchStatus.RECOMMENDED}) & (col(Match.updated_at) < now() - STUCK)


_WAITING: dict[Waiting, Callable[[Actor], ColumnElement[bool]]] = {
    Waiting.MY_ANSWER: _unanswered,
    Waiting.MY_AGREEMENT: _unsigned,
    Waiting.MY_REPLY: _unreplied,
    Waiting.PLAN: lambda _reader: _unplanned(),
    Waiting.BROKER: lambda _reader: _to_take_up(),
    Waiting.ON_BEHALF: _without_people,
    Waiting.STUCK: _stuck,
}
