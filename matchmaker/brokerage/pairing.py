"""How a match comes to be carried: taken up by a broker, wished for by a side, assigned by who oversees it."""

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from matchmaker.accounts import actor_of
from matchmaker.accounts.people import certified_brokers
from matchmaker.brokerage.life import Part, Step, told
from matchmaker.brokerage.moving_on import Said, check_acting, put_on_record
from matchmaker.brokerage.people import Pair, pair_of
from matchmaker.brokerage.telling import named, tell
from matchmaker.disclosure import shown_achievement, shown_need
from matchmaker.errors import AlreadyCarried, MalformedRequest, NotAllowed, NotFound, RecordNotMatchable, WrongStatus
from matchmaker.matching import compared, kept_row
from matchmaker.matching.decisions import BY_HAND
from matchmaker.models.account import Account, Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.broker import BrokerageMembership
from matchmaker.models.match import Band, Explanation, Match, MatchStatus, Reason, Side, Verdict
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import NoticeKind
from matchmaker.notices import officials_of
from matchmaker.rights import Actor, Right
from matchmaker.visibility import CITY_TIME, is_open, is_own, is_readable


def take_up(
    session: Session, need: TechnologyNeed, achievement: Achievement, *, by: Actor, proposal: Match | None = None
) -> Match:
    """The match, carried by this broker from now on: the prior filing 事先备案. Taking up one's own again changes nothing.

    `proposal` is the pair as the matcher sees it now (`matching.proposed`); without one it counts as chosen by hand.

    Raises NotAllowed (no certified broker), NotFound (a record she may not read), RecordNotMatchable, AlreadyCarried
    (the first filing wins), WrongStatus (it has ended).
    """
    if not by.may(Right.CARRY_MATCHES):
        raise NotAllowed("只有技术经纪人可以承办对接", "您可以提出“希望对接”，由主管部门安排经纪人")
    if not by.is_certified:
        raise NotAllowed(
            "承办对接须有有效的经纪人证书并在一家经纪机构执业", "请在账号页核对证书与执业机构，或联系市科技局"
        )
    _check_pair(session, need, achievement, by)
    pair = pair_of(session, _match_of(session, need, achievement, proposal))
    if pair.match.broker_account_id == by.account_id:
        return pair.match
    if pair.match.broker_account_id is not None:
        raise _already_carried(pair.match)
    if pair.match.status is not MatchStatus.RECOMMENDED:
        raise WrongStatus(f"这一对接{pair.match.status.label}，不能再承办", "请另选一项成果或需求")
    _give_to(pair, by.account_id)
    put_on_record(pair, Step.TAKE_UP, by)
    _tell_sides(pair, by, is_new=True)
    return pair.match


def wish(
    session: Session,
    need: TechnologyNeed,
    achievement: Achievement,
    *,
    by: Actor,
    note: str = "",
    proposal: Match | None = None,
) -> Match:
    """The match, with the wish of a side to be introduced (or of an official who proposes the pair) on record.

    Officials of the need's region and brokers who know the field are told. Raises NotAllowed (neither record is hers),
    NotFound, RecordNotMatchable, WrongStatus (wished already, or under way).
    """
    side = _wishing_side(need, achievement, by)
    _check_pair(session, need, achievement, by)
    pair = pair_of(session, _match_of(session, need, achievement, proposal))
    if pair.match.status is not MatchStatus.RECOMMENDED:
        raise WrongStatus(f"这一对接{pair.match.status.label}，不必再提出", "请在“对接”中查看进展")
    step = Step.WISH if side else Step.PAIR
    if told(step, side) in pair.wishes:
        raise WrongStatus("已经提出过，正在安排经纪人", "请在“对接”中查看进展")
    put_on_record(pair, step, by, Said(note=note, side=side))
    sentence = f"{named(pair, Side.NEED)}：{side.label if side else '主管部门'}提出对接，请安排或承办"
    wanted = (
        pair.staff() if pair.is_taken_up else [*officials_of(session, need.region_code), *_who_knows(session, need)]
    )
    tell(pair, wanted, sentence, key=told(step, side), kind=NoticeKind.ASSIGNMENT, but=by.account_id)
    return pair.match


def offered(pair: Pair, reader: Actor) -> Step | None:
    """What she may do with a recommendation that is not carried yet: take it up, wish for it, or propose it."""
    match = pair.match
    if match.status is not MatchStatus.RECOMMENDED:
        return None
    if reader.may(Right.CARRY_MATCHES):
        return Step.TAKE_UP if reader.is_certified and match.broker_account_id is None else None
    try:
        side = _wishing_side(pair.need, pair.achievement, reader)
    except NotAllowed:
        return None
    step = Step.WISH if side else Step.PAIR
    return None if told(step, side) in pair.wishes else step


def assign(session: Session, match: Match, broker: Account, *, by: Actor, reason: str = "") -> None:
    """Give the match to this broker; from another broker only with a reason.

    A brokerage's administrator chooses among its active members. Raises NotFound, NotAllowed, WrongStatus,
    MalformedRequest (not certified, no reason).
    """
    pair = pair_of(session, match)
    parts = check_acting(pair, Step.ASSIGN, by)
    if not by.may(Right.ASSIGN_BROKERS):
        raise NotAllowed("分派经纪人不由您办理", "请由主管部门或经纪机构管理员办理")
    if broker.id == match.broker_account_id:
        raise WrongStatus("这项对接已由这位经纪人承办", "请选择另一位经纪人")
    if broker.id not in {one.id for one in assignable(session, by, everyone=Part.OVERSEER in parts)}:
        raise MalformedRequest("这位经纪人没有有效证书，或不在您可以分派的范围内", "请从列表中选择")
    former = match.broker_account_id
    if former is not None and not reason:
        raise MalformedRequest("改派须写明原因", "请写一两句，原经纪人与主管部门看得到")
    _give_to(pair, broker.id)
    put_on_record(pair, Step.ASSIGN, by, Said(note=reason))
    sentence = f"{named(pair, Side.NEED)}的对接已分派给您"
    tell(
        pair,
        pair.staff(),
        sentence,
        key=f"{Step.ASSIGN}:{match.version}",
        kind=NoticeKind.ASSIGNMENT,
        but=by.account_id,
    )
    _tell_sides(pair, by, is_new=former is None)
    if former is not None:
        tell(pair, [former], f"{named(pair, Side.NEED)}的对接已改派", key=f"away:{match.version}", but=by.account_id)


def assignable(session: Session, by: Actor, *, everyone: bool) -> list[Account]:
    """Accounts of certified brokers, by name: `everyone`, or only the active members of her own brokerage."""
    wanted = certified_brokers()
    if not everyone:
        if by.role is not Role.BROKERAGE_ADMINISTRATOR or by.brokerage_id is None:
            return []
        members = select(BrokerageMembership.broker_id).where(
            col(BrokerageMembership.brokerage_id) == by.brokerage_id, col(BrokerageMembership.left_on).is_(None)
        )
        wanted = wanted.where(col(Account.broker_id).in_(members))
    return [account for account, _ in session.exec(wanted.order_by(col(Account.name), col(Account.id)))]


def _wishing_side(need: TechnologyNeed, achievement: Achievement, by: Actor) -> Side | None:
    """The side she speaks for; None for an official who proposes the pair."""
    if is_own(need, by) and by.may(Right.POST_NEEDS):
        return Side.NEED
    if is_own(achievement, by) and by.may(Right.PUBLISH_ACHIEVEMENTS):
        return Side.ACHIEVEMENT
    if by.may(Right.ASSIGN_BROKERS) and by.oversees(need.region_code):
        return None
    raise NotAllowed("只能为本单位的需求或成果提出对接", "请从本单位的需求或成果页面选择对象")


def _check_pair(session: Session, need: TechnologyNeed, achievement: Achievement, by: Actor) -> None:
    for record, noun in ((need, "需求"), (achievement, "成果")):
        if not is_readable(session, record, by):
            raise NotFound(f"没有编号为 {record.id} 的{noun}，或它未公开", "请从列表重新进入")
        if not is_open(record):
            raise RecordNotMatchable(f"这项{noun}尚未发布或已过期", "发布或延长有效期后再对接")
    if need.enterprise_id is not None and need.enterprise_id == achievement.enterprise_id:
        raise RecordNotMatchable("需求与成果属于同一单位", "请另选一项")


def _match_of(session: Session, need: TechnologyNeed, achievement: Achievement, proposal: Match | None = None) -> Match:
    """The row of this pair: the matcher's, or a new one that says it was chosen by hand."""
    if proposal is not None:
        proposal.is_demo = need.is_demo and achievement.is_demo
        return kept_row(session, proposal)
    wanted = select(Match).where(col(Match.need_id) == need.id, col(Match.achievement_id) == achievement.id)
    if found := session.exec(wanted).first():
        return found
    assert need.id is not None and achievement.id is not None  # noqa: S101, PT018 — stored
    chosen = Reason(
        code="manual",
        label="配对方式",
        verdict=Verdict.UNKNOWN,
        score=None,
        weight=0.0,
        sentence="由人工选定，未计算匹配度",
    )
    row = Match(
        need_id=need.id,
        achievement_id=achievement.id,
        need_version=need.version,
        achievement_version=achievement.version,
        score=0.0,
        band=Band.LOW,
        explanation=Explanation(
            reasons=[chosen, *compared(shown_need(need), shown_achievement(achievement))], words=[]
        ),
        matcher_version=BY_HAND,
        is_demo=need.is_demo and achievement.is_demo,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        # Somebody else chose the same pair in the same moment.
        return session.exec(wanted).one()
    return row


def _give_to(pair: Pair, account_id: int | None) -> None:
    pair.match.broker_account_id = account_id
    pair.match.filed_at = now()
    in_the_name_of = (
        select(BrokerageMembership.brokerage_id)
        .join(Account, col(Account.broker_id) == col(BrokerageMembership.broker_id))
        .where(col(Account.id) == account_id, col(BrokerageMembership.left_on).is_(None))
    )
    pair.match.brokerage_id = pair.session.exec(in_the_name_of).first()


def _already_carried(match: Match) -> AlreadyCarried:
    filed = f"{match.filed_at.astimezone(CITY_TIME):%Y-%m-%d}" if match.filed_at else "此前"
    return AlreadyCarried(f"这一对接已于 {filed} 由其他经纪人事先备案", "备案以先者为准；如需改派请联系主管部门")


def _tell_sides(pair: Pair, by: Actor, *, is_new: bool) -> None:
    """A broker carries it, or another one does: whoever knows of the match is told."""
    for side in Side:
        if told(Step.WISH, side) in pair.wishes or pair.match.status is not MatchStatus.RECOMMENDED:
            what = "已有经纪人承办对接" if is_new else "的对接已改由另一位经纪人承办"
            key = f"carrier:{side}:{pair.match.version}"
            tell(pair, pair.answering(side), f"您的{named(pair, side)}{what}", key=key, but=by.account_id)


def _who_knows(session: Session, need: TechnologyNeed) -> list[int]:
    """Brokers whose profile names the need's field or industry, and who may read it."""
    return [
        account.id
        for account, broker in session.exec(certified_brokers())
        if account.id is not None
        and (need.technology_field in broker.technology_fields or need.city_industry in broker.city_industries)
        and is_readable(session, need, actor_of(session, account))
    ]
