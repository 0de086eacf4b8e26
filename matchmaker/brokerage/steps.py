"""The steps of a match that is carried. Each checks who and when, puts itself on record and tells those concerned.

All raise NotFound (not her business), NotAllowed (not her step) and WrongStatus (not now); MalformedRequest where
something has to be said that was not.
"""

from datetime import date

from sqlmodel import Session, col, select

from matchmaker.audit import reason_for
from matchmaker.brokerage.contacts import what_is_missing
from matchmaker.brokerage.follow_ups import plan_follow_ups
from matchmaker.brokerage.life import PART_OF_SIDE, Step, told
from matchmaker.brokerage.moving_on import Said, answer_of, check_acting, may_reopen, put_on_record
from matchmaker.brokerage.people import Pair, pair_of
from matchmaker.brokerage.reasons import SOFTENED, check_reason
from matchmaker.brokerage.telling import tell_other_matches, tell_side, tell_staff, without_contacts
from matchmaker.errors import MalformedRequest, NotAllowed, RecordNotMatchable, WrongStatus
from matchmaker.models.base import now
from matchmaker.models.labels import NeedStatus
from matchmaker.models.match import DeclineReason, Match, MatchEvent, MatchStatus, NdaStatus, Side
from matchmaker.models.outbox import RecordKind
from matchmaker.records import enqueue, write_values
from matchmaker.rights import Actor
from matchmaker.visibility import is_open, today

LONGEST_STEP = 300


def introduce(session: Session, match: Match, *, by: Actor, note: str = "") -> None:
    """Ask both sides whether they want to meet; `note` is read by both. RecordNotMatchable if one is no longer open."""
    pair = pair_of(session, match)
    check_acting(pair, Step.INTRODUCE, by)
    if not by.is_certified:
        raise NotAllowed("引荐须有有效的经纪人证书并在一家经纪机构执业", "请在账号页核对证书与执业机构")
    _check_open(pair)
    put_on_record(pair, Step.INTRODUCE, by, Said(note=note), after=MatchStatus.INTRODUCED)
    for side in Side:
        tell_side(pair, side, "有了新的对接引荐，请答复", Step.INTRODUCE, but=by.account_id)


def accept(session: Session, match: Match, side: Side, *, by: Actor, note: str = "") -> None:
    """One side says yes; with the second yes the match is ACCEPTED. `note` is read by the broker and officials."""
    pair = pair_of(session, match)
    said = answer_of(pair, Step.ACCEPT, side, by, note)
    if _accepted_at(match, side) is not None:
        raise WrongStatus(f"{side.label}已经同意", "请等待对方答复")
    if side is Side.NEED:
        match.need_accepted_at = now()
    else:
        match.achievement_accepted_at = now()
    both = match.need_accepted_at is not None and match.achievement_accepted_at is not None
    put_on_record(pair, Step.ACCEPT, by, said, after=MatchStatus.ACCEPTED if both else None)
    if both:
        rest = what_is_missing(match)
        for one in Side:
            tell_side(pair, one, f"双方都已同意对接，{rest or '可以查看联系方式'}", Step.ACCEPT, but=by.account_id)
    tell_staff(pair, "双方都已同意" if both else f"{side.label}已同意", Step.ACCEPT, but=by.account_id)


def decline(
    session: Session, match: Match, side: Side, *, by: Actor, reason: DeclineReason | None, note: str = ""
) -> None:
    """One side says no, with a reason of its list. The other side is told of it in softened words."""
    pair = pair_of(session, match)
    said = answer_of(pair, Step.DECLINE, side, by, note)
    given = check_reason(side, reason, note)
    match.declined_by, match.decline_reason = side, given
    # A yes that is taken back is none.
    match.need_accepted_at = None if side is Side.NEED else match.need_accepted_at
    match.achievement_accepted_at = None if side is Side.ACHIEVEMENT else match.achievement_accepted_at
    told_so = Said(note=said.note, side=side, reason=given, on_behalf=said.on_behalf)
    put_on_record(pair, Step.DECLINE, by, told_so, after=MatchStatus.DECLINED)
    other = Side.ACHIEVEMENT if side is Side.NEED else Side.NEED
    tell_side(pair, other, f"这次对接没有达成：{SOFTENED[given]}", Step.DECLINE, but=by.account_id)
    tell_staff(pair, f"{side.label}已谢绝", Step.DECLINE, but=by.account_id)


def request_nda(session: Session, match: Match, *, by: Actor, note: str = "") -> None:
    """Ask for a confidentiality agreement: until both have signed, contacts and protected fields stay closed."""
    pair = pair_of(session, match)
    check_acting(pair, Step.REQUEST_NDA, by)
    if match.nda is not NdaStatus.NOT_NEEDED:
        raise WrongStatus(match.nda.label, "不必重复提出")
    match.nda = NdaStatus.REQUESTED
    put_on_record(pair, Step.REQUEST_NDA, by, Said(note=note))
    for side in Side:
        tell_side(pair, side, "的对接需先签保密协议", Step.REQUEST_NDA, but=by.account_id)
    tell_staff(pair, "需先签保密协议", Step.REQUEST_NDA, but=by.account_id)


def sign_nda(session: Session, match: Match, side: Side, *, by: Actor, note: str = "") -> None:
    """One side says it has signed the agreement; with the second one it is signed."""
    pair = pair_of(session, match)
    said = answer_of(pair, Step.SIGN_NDA, side, by, note)
    if match.nda is not NdaStatus.REQUESTED:
        raise WrongStatus(match.nda.label, "没有待签的保密协议")
    signed = signed_sides(pair)
    if side in signed:
        raise WrongStatus(f"{side.label}已经确认", "请等待对方确认")
    if signed:
        match.nda = NdaStatus.SIGNED
    put_on_record(pair, Step.SIGN_NDA, by, said)
    if signed:
        rest = what_is_missing(match)
        for one in Side:
            tell_side(pair, one, f"的保密协议双方已签，{rest or '可以查看联系方式'}", Step.SIGN_NDA, but=by.account_id)
    tell_staff(pair, f"{side.label}已签保密协议", Step.SIGN_NDA, but=by.account_id)


def negotiate(session: Session, match: Match, *, by: Actor, note: str = "") -> None:
    """Both have met and talk."""
    _simple(session, match, Step.NEGOTIATE, MatchStatus.NEGOTIATING, by, note)


def record_intent(session: Session, match: Match, *, by: Actor, note: str = "") -> None:
    """A letter of intent, or a spoken one."""
    _simple(session, match, Step.RECORD_INTENT, MatchStatus.INTENT, by, note)


def record_signing(session: Session, match: Match, *, by: Actor, signed_on: date, note: str = "") -> None:
    """A contract is signed: the need leaves the market, and the match is looked at again after 30, 90 and 180 days."""
    pair = pair_of(session, match)
    check_acting(pair, Step.SIGN, by)
    if signed_on > today():
        raise MalformedRequest("签约日期不能晚于今天", "请填写合同上的签订日期")
    _signed(pair, by, signed_on, note)


def mark_signed(session: Session, match: Match, *, by: Actor, signed_on: date, note: str) -> None:
    """The contract of this match was signed: so is the match, where both sides have agreed and it is still open.

    Who may record the contract's signing was checked with the contract.
    """
    if match.status in (MatchStatus.ACCEPTED, MatchStatus.NEGOTIATING, MatchStatus.INTENT):
        _signed(pair_of(session, match), by, signed_on, note)


def mark_registered(session: Session, match: Match, *, by: Actor, note: str) -> None:
    """The contract of this match was registered 认定登记: so is the match, where it was signed."""
    if match.status is not MatchStatus.SIGNED:
        return
    pair = pair_of(session, match)
    put_on_record(pair, Step.REGISTER, by, Said(note=note), after=MatchStatus.REGISTERED)
    for side in Side:
        tell_side(pair, side, f"的对接进展：{MatchStatus.REGISTERED.label}", Step.REGISTER, but=by.account_id)
    tell_staff(pair, MatchStatus.REGISTERED.label, Step.REGISTER, but=by.account_id)


def _signed(pair: Pair, by: Actor, signed_on: date, note: str) -> None:
    session = pair.session
    note = f"签约日期 {signed_on.isoformat()}" + (f"；{note}" if note else "")
    put_on_record(pair, Step.SIGN, by, Said(note=note), after=MatchStatus.SIGNED)
    plan_follow_ups(session, pair.match, signed_on)
    if pair.need.status is NeedStatus.PUBLISHED:
        with reason_for(session, f"对接 {pair.id} 已签约"):
            write_values(pair.need, {"status": NeedStatus.CONTRACTED})
            enqueue(session, RecordKind.NEEDS, pair.need)
    for side in Side:
        tell_side(pair, side, "的对接已记录签约", Step.SIGN, but=by.account_id)
    tell_staff(pair, "已记录签约", Step.SIGN, but=by.account_id)
    tell_other_matches(pair, but=by.account_id)


def record_registration(session: Session, match: Match, *, by: Actor, note: str = "") -> None:
    """The contract has been registered 认定登记."""
    _simple(session, match, Step.REGISTER, MatchStatus.REGISTERED, by, note)


def close(session: Session, match: Match, *, by: Actor, note: str) -> None:
    """End an open match, with a note that the broker and officials read."""
    pair = pair_of(session, match)
    check_acting(pair, Step.CLOSE, by)
    if not note:
        raise MalformedRequest("终止对接须写明原因", "请写一两句，只有经纪人和主管部门看得到")
    was_introduced = match.status is not MatchStatus.RECOMMENDED
    put_on_record(pair, Step.CLOSE, by, Said(note=note), after=MatchStatus.CLOSED)
    for side in Side:
        if was_introduced or told(Step.WISH, side) in pair.wishes:
            tell_side(pair, side, "的一项对接已终止", Step.CLOSE, but=by.account_id)
    tell_staff(pair, "已终止", Step.CLOSE, but=by.account_id)


def reopen(session: Session, match: Match, *, by: Actor, note: str) -> None:
    """Begin again with a match that was declined or closed: both are asked once more when it is introduced.

    A signed confidentiality agreement binds on. RecordNotMatchable if a record is no longer open.
    """
    pair = pair_of(session, match)
    parts = check_acting(pair, Step.REOPEN, by)
    if not may_reopen(match, parts):
        raise NotAllowed("一方已说明原因谢绝，不能由经纪人重新开启", "如情况有变，请联系主管部门重新开启")
    if not note:
        raise MalformedRequest("重新开启须写明原因", "请写一两句，只有经纪人和主管部门看得到")
    _check_open(pair)
    match.need_accepted_at = match.achievement_accepted_at = None
    match.declined_by = match.decline_reason = None
    match.next_step, match.due_on = "", None
    put_on_record(pair, Step.REOPEN, by, Said(note=note), after=MatchStatus.RECOMMENDED)
    tell_staff(pair, "已重新开启", Step.REOPEN, but=by.account_id)


def set_next_step(session: Session, match: Match, *, by: Actor, text: str, due_on: date | None) -> None:
    """What comes next and until when; both sides read it. An empty text without a date takes it away."""
    pair = pair_of(session, match)
    check_acting(pair, Step.PLAN, by)
    if due_on is not None and due_on < today():
        raise MalformedRequest("到期日不能早于今天", "请填写今天或以后的日期")
    if due_on is not None and not text:
        raise MalformedRequest("请写明下一步做什么", "例如：组织双方电话会议")
    # Taken out already here: the field is also exported and kept in the audit trail.
    match.next_step, match.due_on = without_contacts(text)[:LONGEST_STEP], due_on
    until = f"（{due_on.isoformat()} 前）" if due_on else ""
    put_on_record(
        pair, Step.PLAN, by, Said(note=f"{match.next_step}{until}" if match.next_step else "已取消下一步安排")
    )


def signed_sides(pair: Pair) -> set[Side]:
    """The sides that have said they signed the confidentiality agreement."""
    wanted = {told(Step.SIGN_NDA, side): side for side in Side}
    found = select(MatchEvent.what).where(col(MatchEvent.match_id) == pair.id, col(MatchEvent.what).in_(wanted))
    return {wanted[one] for one in pair.session.exec(found)}


def _check_open(pair: Pair) -> None:
    for side in Side:
        if not is_open(pair.record(side)):
            raise RecordNotMatchable(f"{side.label}的记录尚未发布或已过期", "发布或延长有效期后再办理")


def _accepted_at(match: Match, side: Side) -> object:
    return match.need_accepted_at if side is Side.NEED else match.achievement_accepted_at


def _simple(session: Session, match: Match, step: Step, after: MatchStatus, by: Actor, note: str) -> None:
    pair = pair_of(session, match)
    parts = check_acting(pair, step, by)
    put_on_record(pair, step, by, Said(note=note), after=after)
    for side in Side:
        if PART_OF_SIDE[side] not in parts:
            tell_side(pair, side, f"的对接进展：{after.label}", step, but=by.account_id)
    tell_staff(pair, after.label, step, but=by.account_id)
