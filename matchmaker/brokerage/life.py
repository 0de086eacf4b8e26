"""The life of a match as one table: which step may follow which status, where it leads, and who may take it."""

from dataclasses import dataclass
from enum import Enum, auto

from matchmaker.errors import NotAllowed, WrongStatus
from matchmaker.models.labels import Labelled
from matchmaker.models.match import MatchEvent, MatchStatus, Side


class Step(Labelled):
    """One thing that can be done with a match; the label is what stands on the button and in the history."""

    WISH = "wish", "希望对接"
    PAIR = "pair", "提出配对"
    TAKE_UP = "take_up", "承办对接"
    ASSIGN = "assign", "分派经纪人"
    INTRODUCE = "introduce", "向双方引荐"
    ACCEPT = "accept", "同意对接"
    DECLINE = "decline", "谢绝对接"
    REQUEST_NDA = "request_nda", "要求先签保密协议"
    SIGN_NDA = "sign_nda", "确认已签保密协议"
    NEGOTIATE = "negotiate", "开始洽谈"
    RECORD_INTENT = "record_intent", "记录意向"
    SIGN = "sign", "记录签约"
    REGISTER = "register", "记录合同登记"
    CLOSE = "close", "终止对接"
    REOPEN = "reopen", "重新开启"
    PLAN = "plan", "安排下一步"
    FOLLOW_UP = "follow_up", "记录回访"


class Part(Enum):
    """What somebody is in a match."""

    CARRIER = auto()  # the broker who carries it
    BROKERAGE = auto()  # the administrator of that broker's brokerage
    CANDIDATE = auto()  # somebody of the brokers' circle, while an introduction is wished for and nobody carries it
    OVERSEER = auto()  # an official who answers for the need's region
    NEED_SIDE = auto()
    ACHIEVEMENT_SIDE = auto()


PART_OF_SIDE = {Side.NEED: Part.NEED_SIDE, Side.ACHIEVEMENT: Part.ACHIEVEMENT_SIDE}
SIDES = frozenset(PART_OF_SIDE.values())
# Those who work on the match and read what one side says in confidence of the other.
STAFF = frozenset({Part.CARRIER, Part.BROKERAGE, Part.OVERSEER})

RECOMMENDED, INTRODUCED, ACCEPTED = MatchStatus.RECOMMENDED, MatchStatus.INTRODUCED, MatchStatus.ACCEPTED
NEGOTIATING, INTENT, SIGNED = MatchStatus.NEGOTIATING, MatchStatus.INTENT, MatchStatus.SIGNED
# Nothing is decided yet.
OPEN = frozenset({RECOMMENDED, INTRODUCED, ACCEPTED, NEGOTIATING, INTENT})
# Nothing more is expected to happen.
ENDED = frozenset({MatchStatus.DECLINED, MatchStatus.REGISTERED, MatchStatus.CLOSED})


@dataclass(frozen=True)
class Rule:
    """Who may take a step from which status. `after` names where it leads; empty: the status stays."""

    step: Step
    before: frozenset[MatchStatus]
    after: frozenset[MatchStatus]
    who: frozenset[Part]


def _rule(step: Step, before: frozenset[MatchStatus] | MatchStatus, after: tuple[MatchStatus, ...], *who: Part) -> Rule:
    given = frozenset({before}) if isinstance(before, MatchStatus) else before
    return Rule(step, given, frozenset(after), frozenset(who))


_CARRIED_ON = (Part.CARRIER, Part.OVERSEER)
LIFE: tuple[Rule, ...] = (
    _rule(Step.TAKE_UP, RECOMMENDED, (), Part.CANDIDATE),
    _rule(
        Step.ASSIGN, OPEN | {SIGNED}, (), Part.OVERSEER, Part.BROKERAGE, Part.CANDIDATE
    ),  # a candidate only where she administers a brokerage
    _rule(Step.INTRODUCE, RECOMMENDED, (INTRODUCED,), Part.CARRIER),
    # Two sides answer: the second yes makes it ACCEPTED. On behalf of a side without an account an official does.
    _rule(Step.ACCEPT, INTRODUCED, (INTRODUCED, ACCEPTED), *SIDES, Part.OVERSEER),
    _rule(Step.DECLINE, INTRODUCED, (MatchStatus.DECLINED,), *SIDES, Part.OVERSEER),
    _rule(Step.REQUEST_NDA, OPEN - {RECOMMENDED}, (), *SIDES, Part.CARRIER),
    _rule(Step.SIGN_NDA, OPEN - {RECOMMENDED}, (), *SIDES, Part.OVERSEER),
    _rule(Step.NEGOTIATE, ACCEPTED, (NEGOTIATING,), Part.CARRIER, *SIDES),
    _rule(Step.RECORD_INTENT, NEGOTIATING, (INTENT,), *_CARRIED_ON),
    # Not every contract is preceded by a letter of intent.
    _rule(Step.SIGN, frozenset({NEGOTIATING, INTENT}), (SIGNED,), *_CARRIED_ON),
    _rule(Step.REGISTER, SIGNED, (MatchStatus.REGISTERED,), *_CARRIED_ON),
    _rule(Step.CLOSE, OPEN, (MatchStatus.CLOSED,), *_CARRIED_ON),
    # While they are asked, the sides decline with a reason instead.
    _rule(Step.CLOSE, OPEN - {RECOMMENDED, INTRODUCED}, (MatchStatus.CLOSED,), *SIDES),
    # Of a match that a side declined the carrier only where there was no answer: `moving_on.may_reopen`.
    _rule(Step.REOPEN, frozenset({MatchStatus.DECLINED, MatchStatus.CLOSED}), (RECOMMENDED,), *_CARRIED_ON),
    _rule(Step.PLAN, OPEN | {SIGNED}, (), Part.CARRIER),
    _rule(Step.FOLLOW_UP, frozenset({SIGNED, MatchStatus.REGISTERED}), (), *_CARRIED_ON),
)


def may_take(step: Step, status: MatchStatus, parts: frozenset[Part]) -> bool:
    """Does the table let one of these parts take the step now?"""
    return any(rule.step is step and status in rule.before and rule.who & parts for rule in LIFE)


def check_step(step: Step, status: MatchStatus, parts: frozenset[Part]) -> None:
    """Raise NotAllowed if these parts never take the step, WrongStatus if not in this status."""
    if may_take(step, status, parts):
        return
    if any(rule.step is step and rule.who & parts for rule in LIFE):
        raise WrongStatus(f"“{status.label}”的对接不能“{step.label}”", "请刷新页面，按页面上列出的步骤办理")
    raise NotAllowed(f"“{step.label}”不由您办理", "请由承办的经纪人、有关一方或主管部门办理")


_STEPS = {str(step): step for step in Step}
_SIDES = {str(side): side for side in Side}


def told(step: Step, side: Side | None = None) -> str:
    """What the history calls a step: the steps of one side name the side (`accept:need`)."""
    return f"{step}:{side}" if side else str(step)


def step_of(event: MatchEvent) -> Step:
    return _STEPS[event.what.partition(":")[0]]


def side_of(event: MatchEvent) -> Side | None:
    """The side that answered, wished or signed; None for the other steps."""
    side = event.what.partition(":")[2]
    return _SIDES[side] if side else None
