"""Who is who in a match: the part somebody has in it, and the accounts on each side."""

from dataclasses import dataclass
from functools import cached_property

from sqlmodel import Session, col, select

from matchmaker.brokerage.life import PART_OF_SIDE, Part, Step, told
from matchmaker.errors import NotAllowed, NotFound
from matchmaker.models.account import Account, Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.match import Match, MatchEvent, MatchStatus, Side
from matchmaker.models.need import TechnologyNeed
from matchmaker.notices import members_of, officials_of
from matchmaker.rights import Actor, Right
from matchmaker.visibility import SearchedRecord, is_in_lists_of, is_own

WISHES = (told(Step.WISH, Side.NEED), told(Step.WISH, Side.ACHIEVEMENT), told(Step.PAIR))
OFFICIALS = (Role.DISTRICT_OFFICIAL, Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
# What an account (and its key) must be allowed to do before it acts in that part; reading needs none of them.
_ACTS_WITH: dict[Part, tuple[Right, ...]] = {
    Part.CARRIER: (Right.CARRY_MATCHES,),
    Part.CANDIDATE: (Right.CARRY_MATCHES,),
    Part.BROKERAGE: (Right.ASSIGN_BROKERS,),
    Part.OVERSEER: (Right.ASSIGN_BROKERS,),
    Part.NEED_SIDE: (Right.POST_NEEDS, Right.PUBLISH_ACHIEVEMENTS),
    Part.ACHIEVEMENT_SIDE: (Right.POST_NEEDS, Right.PUBLISH_ACHIEVEMENTS),
}


@dataclass(frozen=True)
class Pair:
    """A match with both its records and what has been wished for."""

    session: Session
    match: Match
    need: TechnologyNeed
    achievement: Achievement

    def record(self, side: Side) -> SearchedRecord:
        return self.need if side is Side.NEED else self.achievement

    @property
    def id(self) -> int:
        assert self.match.id is not None  # noqa: S101 — stored
        return self.match.id

    @property
    def is_taken_up(self) -> bool:
        return self.match.is_carried

    @cached_property
    def wishes(self) -> frozenset[str]:
        """Who asked for an introduction, as `MatchEvent.what`."""
        wished = select(MatchEvent.what).where(
            col(MatchEvent.match_id) == self.match.id, col(MatchEvent.what).in_(WISHES)
        )
        return frozenset(self.session.exec(wished))

    @cached_property
    def carrier(self) -> Account | None:
        """The account of the broker who carries it."""
        number = self.match.broker_account_id
        return None if number is None else self.session.get(Account, number)

    def answering(self, side: Side) -> list[int]:
        """The accounts that may answer for this side. Neither who carries the match nor an official is one of them."""
        members = [one for one in members_of(self.session, self.record(side)) if one != self.match.broker_account_id]
        wanted = select(Account.id).where(col(Account.id).in_(members), col(Account.role).not_in(OFFICIALS))
        return [one for one in self.session.exec(wanted) if one is not None]

    def to_tell(self, side: Side) -> list[int]:
        """Whom to tell what this side has to know: its accounts, or else the officials who answer in its place."""
        return self.answering(side) or officials_of(self.session, self.need.region_code)

    def staff(self) -> list[int]:
        """Whom to tell what the broker has to know: the broker, or while there is none the officials."""
        if self.match.broker_account_id is not None:
            return [self.match.broker_account_id]
        return officials_of(self.session, self.need.region_code)


def pair_of(session: Session, match: Match) -> Pair:
    """The match with its records."""
    need, achievement = session.get(TechnologyNeed, match.need_id), session.get(Achievement, match.achievement_id)
    assert need is not None and achievement is not None  # noqa: S101, PT018 — foreign keys
    return Pair(session, match, need, achievement)


def parts_of(pair: Pair, reader: Actor) -> frozenset[Part]:
    """What she is in this match; nothing at all for an outsider, who may not even know of it."""
    if not reader.is_known:
        return frozenset()
    if pair.match.broker_account_id == reader.account_id:
        return frozenset({Part.CARRIER})
    parts = set()
    if (pair.is_taken_up or pair.wishes) and reader.oversees(pair.need.region_code):
        parts.add(Part.OVERSEER)
    is_filed_there = pair.match.brokerage_id is not None and pair.match.brokerage_id == reader.brokerage_id
    if reader.role is Role.BROKERAGE_ADMINISTRATOR and is_filed_there:
        parts.add(Part.BROKERAGE)
    if pair.wishes and not pair.is_taken_up and reader.reads_as_broker and _lists_both(pair, reader):
        parts.add(Part.CANDIDATE)
    if Part.OVERSEER not in parts:
        # An official who posted for a firm answers for it as an official does, with a note.
        parts |= {PART_OF_SIDE[side] for side in Side if _stands_on(pair, side, reader)}
    return frozenset(parts)


def _stands_on(pair: Pair, side: Side, reader: Actor) -> bool:
    """A side learns of a match when it is introduced, or by having wished for it."""
    if not is_own(pair.record(side), reader):
        return False
    return pair.match.status is not MatchStatus.RECOMMENDED or told(Step.WISH, side) in pair.wishes


def _lists_both(pair: Pair, reader: Actor) -> bool:
    return is_in_lists_of(pair.need, reader) and is_in_lists_of(pair.achievement, reader)


def acting_parts(pair: Pair, by: Actor) -> frozenset[Part]:
    """The parts in which she may act. Raises NotFound for an outsider, NotAllowed for one who may only read."""
    parts = parts_of(pair, by)
    if not parts:
        raise no_such_match(pair.match.id)
    acting = frozenset(part for part in parts if any(by.may(right) for right in _ACTS_WITH[part]))
    if not acting:
        raise NotAllowed("您可以查看这项对接，但不能办理", "如用接口密钥，请换一个有“填报与对接”权限的密钥")
    return acting


def no_such_match(match_id: int | None) -> NotFound:
    """The one answer for a match that does not exist and for one this reader may not know of."""
    return NotFound(f"没有编号为 {match_id} 的对接，或它与您无关", "请从“对接”列表重新进入")
