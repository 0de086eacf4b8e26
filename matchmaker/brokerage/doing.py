"""Any step by its name: what a form or a program sends, and the verb it becomes."""

from collections.abc import Callable
from datetime import date

from pydantic import BaseModel, Field
from sqlmodel import Session

from matchmaker.brokerage import pairing, steps
from matchmaker.brokerage.follow_ups import record_follow_up
from matchmaker.brokerage.life import LIFE, PART_OF_SIDE, SIDES, Part, Step, may_take
from matchmaker.brokerage.moving_on import may_reopen, speaks_for
from matchmaker.brokerage.people import Pair, acting_parts, pair_of
from matchmaker.errors import MalformedRequest, NotAllowed
from matchmaker.models.account import Account
from matchmaker.models.base import OUTSIDE
from matchmaker.models.match import DeclineReason, Match, NdaStatus, Side
from matchmaker.rights import Actor, Right

LARGEST_ID = 2**31 - 1


class StepRequest(BaseModel):
    """What a step says. Which fields count depends on the step; the others are ignored."""

    model_config = OUTSIDE

    note: str = Field(
        default="",
        max_length=1000,
        description="说明；同意、谢绝、终止、重新开启和改派的说明只有经纪人和主管部门看得到",
    )
    side: Side | None = Field(default=None, description="哪一方；由一方的成员办理时可以不填")
    reason: DeclineReason | None = Field(default=None, description="谢绝的原因（谢绝时必填）")
    on: date | None = Field(default=None, description="签约日期，或下一步的到期日")
    text: str = Field(default="", max_length=1000, description="下一步做什么，或回访的结果")
    broker_account_id: int | None = Field(default=None, ge=1, le=LARGEST_ID, description="分派给谁（账号编号）")
    days: int | None = Field(default=None, ge=1, le=1000, description="签约后第几天的回访")


class SentStep(StepRequest):
    """A step from outside: `version` is the one that was read; another one is refused."""

    version: int = Field(ge=1, le=LARGEST_ID, description="读到的版本号")


# Steps that one side takes: the request says which, unless the person belongs to one of them only.
_OF_A_SIDE = frozenset({Step.ACCEPT, Step.DECLINE, Step.SIGN_NDA})


def do(session: Session, match: Match, step: Step, asked: StepRequest, *, by: Actor) -> None:
    """Take the step. Raises what its verb raises; MalformedRequest where the request lacks what the step needs."""
    _DOING[step](session, match, asked, by)


def open_steps(pair: Pair, by: Actor) -> dict[Step, list[Side]]:
    """The steps she may take now; for those that one side takes, the sides she may speak for."""
    try:
        parts = acting_parts(pair, by)
    except NotAllowed:
        return {}
    found: dict[Step, list[Side]] = {}
    for step in dict.fromkeys(rule.step for rule in LIFE):
        if not may_take(step, pair.match.status, parts) or not _is_due(pair, step, parts, by):
            continue
        sides = _sides(pair, step, parts) if step in _OF_A_SIDE else []
        if sides or step not in _OF_A_SIDE:
            found[step] = sides
    return found


def _sides(pair: Pair, step: Step, parts: frozenset[Part]) -> list[Side]:
    match = pair.match
    done: set[Side] = set()
    if step is Step.ACCEPT:
        accepted = {Side.NEED: match.need_accepted_at, Side.ACHIEVEMENT: match.achievement_accepted_at}
        done = {side for side, at in accepted.items() if at is not None}
    elif step is Step.SIGN_NDA:
        done = steps.signed_sides(pair)
    return [side for side in Side if side not in done and speaks_for(pair, side, parts)]


def _is_due(pair: Pair, step: Step, parts: frozenset[Part], by: Actor) -> bool:
    """What the table does not say: the state of the agreement, who may take up, assign and reopen."""
    match step:
        case Step.REQUEST_NDA:
            return pair.match.nda is NdaStatus.NOT_NEEDED
        case Step.SIGN_NDA:
            return pair.match.nda is NdaStatus.REQUESTED
        case Step.TAKE_UP | Step.INTRODUCE:
            return by.is_certified
        case Step.ASSIGN:
            return by.may(Right.ASSIGN_BROKERS)
        case Step.REOPEN:
            return may_reopen(pair.match, parts)
        case _:
            return True


def _side(session: Session, match: Match, asked: StepRequest, by: Actor) -> Side:
    """The side that was named, or the one she stands on."""
    if asked.side is not None:
        return asked.side
    parts = acting_parts(pair_of(session, match), by) & SIDES
    own = [side for side, part in PART_OF_SIDE.items() if part in parts]
    if len(own) != 1:
        raise MalformedRequest("请说明代表哪一方（side）", f"可填：{'、'.join(Side)}")
    return own[0]


def _take_up(session: Session, match: Match, _asked: StepRequest, by: Actor) -> None:
    pair = pair_of(session, match)
    pairing.take_up(session, pair.need, pair.achievement, by=by)


def _wish(session: Session, match: Match, asked: StepRequest, by: Actor) -> None:
    pair = pair_of(session, match)
    pairing.wish(session, pair.need, pair.achievement, by=by, note=asked.note)


def _assign(session: Session, match: Match, asked: StepRequest, by: Actor) -> None:
    broker = session.get(Account, asked.broker_account_id) if asked.broker_account_id is not None else None
    if broker is None:
        raise MalformedRequest("请选择经纪人", "broker_account_id 填经纪人的账号编号")
    pairing.assign(session, match, broker, by=by, reason=asked.note)


def _accept(session: Session, match: Match, asked: StepRequest, by: Actor) -> None:
    steps.accept(session, match, _side(session, match, asked, by), by=by, note=asked.note)


def _decline(session: Session, match: Match, asked: StepRequest, by: Actor) -> None:
    side = _side(session, match, asked, by)
    steps.decline(session, match, side, by=by, reason=asked.reason, note=asked.note)


def _sign_nda(session: Session, match: Match, asked: StepRequest, by: Actor) -> None:
    steps.sign_nda(session, match, _side(session, match, asked, by), by=by, note=asked.note)


def _sign(session: Session, match: Match, asked: StepRequest, by: Actor) -> None:
    if asked.on is None:
        raise MalformedRequest("请填写签约日期", "格式如 2026-11-23")
    steps.record_signing(session, match, by=by, signed_on=asked.on, note=asked.note)


def _plan(session: Session, match: Match, asked: StepRequest, by: Actor) -> None:
    steps.set_next_step(session, match, by=by, text=asked.text, due_on=asked.on)


def _follow_up(session: Session, match: Match, asked: StepRequest, by: Actor) -> None:
    if asked.days is None:
        raise MalformedRequest("请说明是第几天的回访（days）", "可填 30、90、180")
    record_follow_up(session, match, asked.days, by=by, outcome=asked.text)


def _noted(verb: Callable[..., None]) -> Callable[[Session, Match, StepRequest, Actor], None]:
    """A verb that takes nothing but a note."""

    def do_it(session: Session, match: Match, asked: StepRequest, by: Actor) -> None:
        verb(session, match, by=by, note=asked.note)

    return do_it


_DOING: dict[Step, Callable[[Session, Match, StepRequest, Actor], None]] = {
    Step.WISH: _wish,
    Step.PAIR: _wish,
    Step.TAKE_UP: _take_up,
    Step.ASSIGN: _assign,
    Step.INTRODUCE: _noted(steps.introduce),
    Step.ACCEPT: _accept,
    Step.DECLINE: _decline,
    Step.REQUEST_NDA: _noted(steps.request_nda),
    Step.SIGN_NDA: _sign_nda,
    Step.NEGOTIATE: _noted(steps.negotiate),
    Step.RECORD_INTENT: _noted(steps.record_intent),
    Step.SIGN: _sign,
    Step.REGISTER: _noted(steps.record_registration),
    Step.CLOSE: _noted(steps.close),
    Step.REOPEN: _noted(steps.reopen),
    Step.PLAN: _plan,
    Step.FOLLOW_UP: _follow_up,
}
