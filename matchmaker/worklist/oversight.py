"""What officials have to do: review, keep things moving, and know how their district or the city stands."""

from datetime import timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from matchmaker.campaigns import running_campaigns
from matchmaker.classification import classification
from matchmaker.dashboard import headline_of
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.match import Match, MatchStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Revision, RevisionStatus
from matchmaker.oversight import Carrying, alone
from matchmaker.rights import Actor, Right
from matchmaker.visibility import SearchedRecord, concerns, openly, overseen, published_status, today
from matchmaker.worklist.base import SHOWN, Counted, Figure, WorkItem, WorkKind, WorkList, days_since, records, waiting
from matchmaker.worklist.carrying import OPEN

# The bureau reports by the quarter.
SILENT_DAYS = 90
SOON_DAYS = 30

_TABLES: tuple[tuple[type[SearchedRecord], RecordKind], ...] = (
    (TechnologyNeed, RecordKind.NEEDS),
    (Achievement, RecordKind.ACHIEVEMENTS),
)


def to_review(session: Session, actor: Actor) -> WorkList:
    """Needs, achievements and changes that wait for a decision, the oldest first."""
    found = []
    total = 0
    for table, kind in _TABLES:
        mine = (overseen(table, actor), col(table.status) == "pending")
        total += session.exec(select(func.count()).select_from(table).where(*mine)).one()
        oldest = records(session, table, mine, order=col(table.updated_at), limit=SHOWN)
        found += [
            (record.updated_at, WorkItem(record.title, kind.label, f"/review/{kind.value}/{record.id}"))
            for record in oldest
        ]
        changes = (
            select(Revision, table.title)
            .join(table, col(table.id) == col(Revision.record_id))
            .where(col(Revision.kind) == kind, col(Revision.status) == RevisionStatus.PENDING, overseen(table, actor))
        )
        total += session.exec(select(func.count()).select_from(changes.subquery())).one()
        found += [
            (change.submitted_at, WorkItem(title, f"{kind.label}的修改", f"/review/revisions/{change.id}"))
            for change, title in session.exec(changes.order_by(col(Revision.submitted_at)).limit(SHOWN))
        ]
    found.sort(key=lambda one: one[0])
    items = [WorkItem(item.title, f"{item.detail} · {waiting(since)}", item.link) for since, item in found[:SHOWN]]
    return WorkList(
        WorkKind.TO_REVIEW,
        items,
        total,
        "没有待审核的记录。",
        link="/review",
        next_link="/campaigns",
        next_label="查看征集批次",
    )


def without_broker(session: Session, actor: Actor) -> WorkList:
    """Open needs nobody has taken up two weeks after they were published."""
    found = _first_needs(session, (overseen(TechnologyNeed, actor), *alone()))
    link = f"/oversight/needs?carrying={Carrying.ALONE}"
    return WorkList(WorkKind.WITHOUT_BROKER, found.items, found.total, "每条需求都有经纪人承办。", link=link)


def unconfirmed(session: Session, actor: Actor) -> WorkList:
    """How many published records end within a month, and how many have ended without anybody confirming them."""
    items = []
    for table, kind in _TABLES:
        published = (overseen(table, actor), col(table.status) == published_status(table))
        soon, ended = (
            session.exec(select(func.count()).select_from(table).where(*published, condition)).one()
            for condition in (
                col(table.valid_until).between(today(), today() + timedelta(days=SOON_DAYS)),
                col(table.valid_until) < today(),
            )
        )
        if soon:
            items.append(WorkItem(f"{kind.label}：30 天内到期", "", f"/oversight/{kind}?freshness=ending", count=soon))
        if ended:
            items.append(
                WorkItem(f"{kind.label}：已过有效期未确认", "", f"/oversight/{kind}?freshness=overdue", count=ended)
            )
    return WorkList(WorkKind.UNCONFIRMED, items, len(items), "30 天内没有到期的记录。", link="/oversight/needs")


def campaigns(session: Session, actor: Actor) -> WorkList:
    """Rounds of collecting needs that run today, with what has come in so far."""
    found = running_campaigns(session, None if actor.oversees_everything else actor.region_code)
    names = [one.name for one in found]
    rows = session.exec(
        select(TechnologyNeed.campaign, func.count())
        .where(col(TechnologyNeed.campaign).in_(names), overseen(TechnologyNeed, actor))
        .group_by(col(TechnologyNeed.campaign))
    )
    counts = dict(rows.all())
    items = [
        WorkItem(one.name, f"已征集 {counts.get(one.name, 0)} 条", f"/campaigns/{one.id}", one.ends_on) for one in found
    ]
    return WorkList(
        WorkKind.CAMPAIGNS,
        items[:SHOWN],
        len(items),
        "目前没有进行中的征集批次。",
        link="/campaigns",
        next_link="/campaigns",
        next_label="组织一次征集",
    )


def silent_districts(session: Session, actor: Actor) -> WorkList:
    """Districts of the city from which no need has come for a quarter."""
    since = now() - timedelta(days=SILENT_DAYS)
    rows = session.exec(
        select(TechnologyNeed.region_code, func.max(TechnologyNeed.created_at))
        .where(overseen(TechnologyNeed, actor))
        .group_by(col(TechnologyNeed.region_code))
    ).all()
    items = []
    for district in classification().city.districts.entries:
        last = max((at for code, at in rows if code and code.startswith(district.code)), default=None)
        if last is None or last < since:
            detail = f"上一条在 {days_since(last)} 天前" if last else "还没有需求"
            items.append(WorkItem(district.label, detail, f"/oversight/needs?district={district.code}"))
    return WorkList(
        WorkKind.SILENT_DISTRICTS, items[:SHOWN], len(items), "各县市区近 90 天都有新需求。", link="/campaigns"
    )


def totals(session: Session, actor: Actor) -> list[Figure]:
    """How the district or the city stands."""
    found = [
        Figure(
            f"公开有效的{kind.label[2:]}",
            session.exec(select(func.count()).select_from(table).where(overseen(table, actor), *openly(table))).one(),
            f"/oversight/{kind.value}",
        )
        for table, kind in _TABLES
    ]
    rows = session.exec(select(Match.status, func.count()).where(concerns(actor)).group_by(col(Match.status))).all()
    counts = dict(rows)
    done = (MatchStatus.SIGNED, MatchStatus.REGISTERED)
    found.append(Figure("在办对接", sum(counts.get(status, 0) for status in OPEN), "/carried"))
    found.append(Figure("已签约", sum(counts.get(status, 0) for status in done), "/carried?status=signed"))
    if actor.may(Right.READ_TURNOVER):
        label, value = headline_of(session, actor, today())
        found.append(Figure(label, value, "/dashboard"))
    return found


def _first_needs(session: Session, mine: tuple[ColumnElement[bool], ...]) -> Counted:
    total = session.exec(select(func.count()).select_from(TechnologyNeed).where(*mine)).one()
    oldest = select(TechnologyNeed).where(*mine).order_by(col(TechnologyNeed.published_at)).limit(SHOWN)
    lists = classification()
    items = [
        WorkItem(
            need.title,
            f"{lists.region_name(need.region_code)} · 已发布 {days_since(need.published_at)} 天",
            f"/needs/{need.id}",
        )
        for need in session.exec(oldest)
    ]
    return Counted(items, total)
