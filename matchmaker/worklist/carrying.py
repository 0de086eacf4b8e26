"""What brokers, their brokerages and the two sides have to do in matches that have been taken up."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from matchmaker.brokerage import Due, Waiting, Wanted, address, pair_of, waits_for
from matchmaker.brokerage.lists import SOON, asked_for
from matchmaker.models.base import now
from matchmaker.models.broker import Broker, BrokerageMembership
from matchmaker.models.match import FollowUp, Match, MatchStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.rights import Actor
from matchmaker.visibility import concerns, in_lists_of, taken_up, today
from matchmaker.worklist.base import SHOWN, Figure, WorkItem, WorkKind, WorkList, published, touched

NEW_DAYS = 14
OPEN = (
    MatchStatus.INTRODUCED,
    MatchStatus.ACCEPTED,
    MatchStatus.NEGOTIATING,
    MatchStatus.INTENT,
)

# Lists that are about what the broker has planned; the others say whom the match waits for.
_OF_THE_STEP = (WorkKind.DUE, WorkKind.UNPLANNED, WorkKind.OPEN_OF_MEMBERS)


def to_answer(session: Session, actor: Actor) -> WorkList:
    """Introductions in which her side has not said yes or no."""
    empty = "没有等您答复的引荐；有经纪人引荐时会出现在这里。"
    return _list(session, actor, WorkKind.TO_ANSWER, Wanted(waiting=Waiting.MY_ANSWER), empty)


def to_agree(session: Session, actor: Actor) -> WorkList:
    """Confidentiality agreements that her side has not said it signed: contacts stay closed until then."""
    empty = "没有待您确认的保密协议。"
    return _list(session, actor, WorkKind.TO_AGREE, Wanted(waiting=Waiting.MY_AGREEMENT), empty)


def messages(session: Session, actor: Actor) -> WorkList:
    """Matches in which somebody else had the last word."""
    return _list(session, actor, WorkKind.MESSAGES, Wanted(waiting=Waiting.MY_REPLY), "没有待回复的留言。")


def due(session: Session, actor: Actor) -> WorkList:
    """Matches whose next step falls due within a week or is overdue."""
    empty = "一周内没有到期的下一步；在对接页面填写下一步和日期，到期会提醒。"
    return _list(session, actor, WorkKind.DUE, Wanted(due=Due.NEAR), empty, _carried(actor))


def wished(session: Session, actor: Actor) -> WorkList:
    """Introductions somebody has asked for and nobody carries: a broker takes them up, others assign one."""
    empty = "没有等待承办的对接意愿。"
    return _list(session, actor, WorkKind.WISHED, Wanted(waiting=Waiting.BROKER), empty)


def to_introduce(session: Session, actor: Actor) -> WorkList:
    """Matches she has taken up, or was assigned, and has not introduced yet."""
    return _list(
        session,
        actor,
        WorkKind.TO_INTRODUCE,
        Wanted(status=MatchStatus.RECOMMENDED),
        "没有待引荐的对接：到需求页面的推荐成果里承办一个。",
        _carried(actor),
        next_link="/needs",
    )


def unplanned(session: Session, actor: Actor) -> WorkList:
    """Matches both sides have agreed to, without a day for what comes next."""
    empty = "双方已同意的对接都安排了下一步。"
    return _list(session, actor, WorkKind.UNPLANNED, Wanted(waiting=Waiting.PLAN), empty, _carried(actor))


def awaiting(session: Session, actor: Actor) -> WorkList:
    """Her introductions that wait for one of the sides."""
    wanted = Wanted(status=MatchStatus.INTRODUCED)
    return _list(session, actor, WorkKind.AWAITING, wanted, "没有等待答复的引荐。", _carried(actor))


def on_behalf(session: Session, actor: Actor) -> WorkList:
    """Sides without an account that were asked: the official asks them and notes the answer."""
    empty = "没有需要代为答复的单位。"
    return _list(session, actor, WorkKind.ON_BEHALF, Wanted(waiting=Waiting.ON_BEHALF), empty)


def stuck(session: Session, actor: Actor) -> WorkList:
    """Running matches in which nothing has happened for a month."""
    empty = "在办的对接 30 天内都有进展。"
    return _list(session, actor, WorkKind.STUCK, Wanted(waiting=Waiting.STUCK), empty)


def open_of_members(session: Session, actor: Actor) -> WorkList:
    """Running matches of the brokerage's brokers, the longest untouched first."""
    empty = "本机构经纪人目前没有在办的对接。"
    running = col(Match.status).in_([MatchStatus.RECOMMENDED, *OPEN])
    return _list(
        session, actor, WorkKind.OPEN_OF_MEMBERS, Wanted(), empty, _carried(actor), running, next_link="/needs"
    )


def follow_ups(session: Session, actor: Actor) -> WorkList:
    """Looks at signed matches that are due within a week."""
    due_ones = Wanted(due=Due.FOLLOW_UP)
    wanted = (
        select(FollowUp, TechnologyNeed.title)
        .join(Match, col(Match.id) == col(FollowUp.match_id))
        .join(TechnologyNeed, col(TechnologyNeed.id) == col(Match.need_id))
        .where(
            col(FollowUp.match_id).in_(select(Match.id).where(*asked_for(actor, due_ones), _carried(actor))),
            col(FollowUp.done_at).is_(None),
            col(FollowUp.due_on) <= today() + SOON,
        )
        .order_by(col(FollowUp.due_on), col(FollowUp.id))
    )
    items = [
        WorkItem(title, f"签约后 {one.days} 天跟进", f"/carried/{one.match_id}", one.due_on)
        for one, title in session.exec(wanted)
    ]
    link = address(due_ones)
    return WorkList(WorkKind.FOLLOW_UPS, items[:SHOWN], len(items), "没有到期的跟进。", link=link)


def new_needs(session: Session, actor: Actor) -> WorkList:
    """Needs published lately in the fields and industries of her profile, as far as she may know of them."""
    broker = session.get(Broker, actor.broker_id) if actor.broker_id is not None else None
    fields = broker.technology_fields if broker else []
    industries = broker.city_industries if broker else []
    if not (fields or industries):
        advice = "在经纪人档案中填写熟悉的技术领域和产业，这里就会列出新发布的需求。"
        return WorkList(WorkKind.NEW_NEEDS, [], 0, advice, next_link="/needs", next_label="查看全部需求")
    wanted = select(TechnologyNeed).where(
        *in_lists_of(TechnologyNeed, actor),
        col(TechnologyNeed.published_at) >= now() - timedelta(days=NEW_DAYS),
        or_(col(TechnologyNeed.technology_field).in_(fields), col(TechnologyNeed.city_industry).in_(industries)),
    )
    total = session.exec(select(func.count()).select_from(wanted.subquery())).one()
    order = (col(TechnologyNeed.published_at).desc(), col(TechnologyNeed.id).desc())
    items = [
        WorkItem(need.title, published(need.published_at), f"/needs/{need.id}")
        for need in session.exec(wanted.order_by(*order).limit(SHOWN))
    ]
    return WorkList(WorkKind.NEW_NEEDS, items, total, "近 14 天没有新需求。", link="/needs", next_link="/needs")


def uncertified_members(session: Session, actor: Actor) -> WorkList:
    """The brokerage's brokers who have no certificate, or one that has ended or ends within a month."""
    until = today() + timedelta(days=30)
    wanted = (
        select(Broker)
        .join(BrokerageMembership, col(BrokerageMembership.broker_id) == col(Broker.id))
        .where(
            col(BrokerageMembership.brokerage_id) == actor.brokerage_id,
            col(BrokerageMembership.left_on).is_(None),
            or_(
                col(Broker.certificate_number).is_(None),
                col(Broker.certificate_number) == "",
                col(Broker.certificate_valid_until) <= until,
            ),
        )
        .order_by(col(Broker.name))
    )
    items = [
        WorkItem(
            one.name,
            "证书有效期" if one.certificate_number else "未登记证书",
            f"/brokers/{one.id}",
            one.certificate_valid_until if one.certificate_number else None,
        )
        for one in session.exec(wanted)
    ]
    link = f"/brokers?brokerage={actor.brokerage_id}"
    return WorkList(WorkKind.UNCERTIFIED, items[:SHOWN], len(items), "本机构经纪人的证书都有效。", link=link)


def by_status(session: Session, actor: Actor) -> list[Figure]:
    """How many of the matches that concern her are in which state."""
    rows = session.exec(select(Match.status, func.count()).where(concerns(actor)).group_by(col(Match.status)))
    counts = dict(rows.all())
    return [
        Figure(status.label, counts[status], f"/carried?status={status.value}")
        for status in MatchStatus
        if status in counts
    ]


def missing_certificate(session: Session, actor: Actor) -> str:
    """Why a broker is not certified, and what to do."""
    broker = session.get(Broker, actor.broker_id) if actor.broker_id is not None else None
    if broker is None or not broker.certificate_number:
        return "尚未登记经纪人证书，暂不能查看仅对认证经纪人公开的内容。请将证书编号和有效期报市科技局登记。"
    if broker.certificate_valid_until is not None and broker.certificate_valid_until < today():
        return "经纪人证书已过有效期，暂不能查看仅对认证经纪人公开的内容。请将续期后的证书报市科技局更新。"
    return "目前不在任何经纪机构执业，暂不能查看仅对认证经纪人公开的内容。请由所在经纪机构的管理员办理加入。"


def _carried(actor: Actor) -> ColumnElement[bool]:
    """Carried by this broker, or by the brokers of this brokerage's administrator."""
    if actor.broker_id is not None:
        return col(Match.broker_account_id) == actor.account_id
    return and_(concerns(actor), taken_up())


def _list(
    session: Session,
    actor: Actor,
    kind: WorkKind,
    wanted: Wanted,
    empty: str,
    *further: ColumnElement[bool],
    next_link: str = "",
) -> WorkList:
    """The first matches of a list of `/carried`, which its link opens with the same filters."""
    conditions = [*asked_for(actor, wanted), *further]
    total = session.exec(select(func.count()).select_from(Match).where(*conditions)).one()
    items = _first_matches(session, kind, select(Match).where(*conditions))
    label = "查看技术需求" if next_link else ""
    return WorkList(kind, items, total, empty, link=address(wanted), next_link=next_link, next_label=label)


def _first_matches(session: Session, kind: WorkKind, wanted: SelectOfScalar[Match]) -> list[WorkItem]:
    """The first matches as items: what is due comes first, then what has been left alone longest."""
    order = (col(Match.due_on).is_(None), col(Match.due_on), col(Match.updated_at), col(Match.id))
    items = []
    for match in session.exec(wanted.order_by(*order).limit(SHOWN)):
        pair = pair_of(session, match)
        said = (kind not in _OF_THE_STEP and waits_for(pair)) or match.next_step or match.status.label
        items.append(
            WorkItem(
                f"{pair.need.title} ⇄ {pair.achievement.title}",
                f"{said} · {touched(match.updated_at)}",
                f"/carried/{match.id}",
                # The broker's day is no term for a side's answer.
                None if kind in (WorkKind.TO_ANSWER, WorkKind.TO_AGREE) else match.due_on,
            )
        )
    return items
