"""What the owner of needs and achievements has to do with them."""

from datetime import timedelta

from sqlmodel import Session, col, func, select

from matchmaker.models.account import Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.labels import AchievementStatus, NeedStatus
from matchmaker.models.match import Band, Match, MatchStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Draft
from matchmaker.rights import Actor, Right
from matchmaker.visibility import SearchedRecord, in_lists_of, own, published_status, today
from matchmaker.worklist.base import SHOWN, Figure, WorkItem, WorkKind, WorkList, records, waiting

# A month before the end a poster still has time to ask inside the firm whether it is still wanted.
ASKED_BEFORE_DAYS = 30


def returned(session: Session, actor: Actor) -> WorkList:
    """Her records that an official sent back, with the reason."""
    items = [
        WorkItem(record.title, record.review_note, f"/{kind.value}/{record.id}")
        for kind, record in _with_status(session, actor, "returned")
    ]
    return WorkList(
        WorkKind.RETURNED, items[:SHOWN], len(items), "没有被退回的记录。", link=_mine(actor), **_to_post(actor)
    )


def pending(session: Session, actor: Actor) -> WorkList:
    """Her records that wait for an official."""
    items = [
        WorkItem(record.title, waiting(record.updated_at), f"/{kind.value}/{record.id}")
        for kind, record in _with_status(session, actor, "pending")
    ]
    return WorkList(WorkKind.PENDING, items[:SHOWN], len(items), "没有等待审核的记录。", link=_mine(actor))


def expiring(session: Session, actor: Actor) -> WorkList:
    """Her published records whose validity ends soon or has ended."""
    until = today() + timedelta(days=ASKED_BEFORE_DAYS)
    found: list[tuple[RecordKind, SearchedRecord]] = []
    for table, kind in _owned(actor):
        wanted = (own(table, actor), col(table.status) == published_status(table), col(table.valid_until) <= until)
        found += [(kind, record) for record in records(session, table, wanted, order=col(table.valid_until))]
    found.sort(key=lambda one: (one[1].valid_until or until, one[1].id or 0))
    items = [
        WorkItem(record.title, kind.label, f"/{kind.value}/{record.id}", record.valid_until) for kind, record in found
    ]
    return WorkList(
        WorkKind.EXPIRING, items[:SHOWN], len(items), "30 天内没有到期的记录，暂不用确认。", link=_mine(actor)
    )


def drafts(session: Session, actor: Actor) -> WorkList:
    """Her forms that have not been submitted."""
    mine = select(Draft).where(col(Draft.account_id) == actor.account_id).order_by(col(Draft.updated_at).desc())
    items = [
        WorkItem(
            str(draft.values.get("title") or f"未命名的{draft.kind.label}"), draft.kind.label, f"/drafts/{draft.id}"
        )
        for draft in session.exec(mine)
    ]
    return WorkList(WorkKind.DRAFTS, items[:SHOWN], len(items), "没有未提交的草稿。", **_to_post(actor))


def likely_matches(session: Session, actor: Actor) -> WorkList:
    """Strong recommendations for her open records that nobody has taken up; never of a record outside her circle."""
    of_need = actor.role is not Role.INSTITUTION
    mine, other = (TechnologyNeed, Achievement) if of_need else (Achievement, TechnologyNeed)
    joined = (
        select(Match, TechnologyNeed, Achievement)
        .join(TechnologyNeed, col(TechnologyNeed.id) == col(Match.need_id))
        .join(Achievement, col(Achievement.id) == col(Match.achievement_id))
        .where(
            own(mine, actor),
            col(mine.status) == published_status(mine),
            *in_lists_of(other, actor),
            col(Match.status) == MatchStatus.RECOMMENDED,
            col(Match.broker_account_id).is_(None),
            col(Match.band).in_([Band.HIGH, Band.MEDIUM]),
        )
    )
    total = session.exec(select(func.count()).select_from(joined.subquery())).one()
    items = []
    for match, need, achievement in session.exec(joined.order_by(col(Match.score).desc(), col(Match.id)).limit(SHOWN)):
        this, that = (need, achievement) if of_need else (achievement, need)
        path = "needs" if of_need else "achievements"
        link = f"/{path}/{this.id}?with={that.id}#m{that.id}"
        items.append(WorkItem(that.title, f"{match.band.label} · 对应“{this.title}”", link))
    return WorkList(
        WorkKind.LIKELY,
        items,
        total,
        "还没有新的推荐：记录写得越具体，推荐越准。",
        next_link="/achievements" if of_need else "/needs",
        next_label="自己找成果" if of_need else "自己找需求",
    )


def by_status(session: Session, actor: Actor) -> list[Figure]:
    """How many of her records are in which state."""
    found = []
    for table, kind in _owned(actor):
        rows = session.exec(select(table.status, func.count()).where(own(table, actor)).group_by(col(table.status)))
        counts: dict[str, int] = dict(rows.all())
        statuses = NeedStatus if table is TechnologyNeed else AchievementStatus
        found += [
            Figure(f"{kind.label[2:]} · {status.label}", counts[status], f"/my/{kind.value}")
            for status in statuses
            if status in counts
        ]
    return found


def _owned(actor: Actor) -> list[tuple[type[SearchedRecord], RecordKind]]:
    """The kinds of record she may have of her own."""
    tables: list[tuple[type[SearchedRecord], RecordKind]] = []
    if actor.may(Right.POST_NEEDS):
        tables.append((TechnologyNeed, RecordKind.NEEDS))
    if actor.may(Right.PUBLISH_ACHIEVEMENTS):
        tables.append((Achievement, RecordKind.ACHIEVEMENTS))
    return tables


def _with_status(session: Session, actor: Actor, status: str) -> list[tuple[RecordKind, SearchedRecord]]:
    found: list[tuple[RecordKind, SearchedRecord]] = []
    for table, kind in _owned(actor):
        wanted = (own(table, actor), col(table.status) == status)
        found += [(kind, record) for record in records(session, table, wanted, order=col(table.updated_at))]
    return sorted(found, key=lambda one: one[1].updated_at)


def _mine(actor: Actor) -> str:
    return "/my/needs" if actor.may(Right.POST_NEEDS) else "/my/achievements"


def _to_post(actor: Actor) -> dict[str, str]:
    if actor.may(Right.POST_NEEDS):
        return {"next_link": "/post/needs", "next_label": "发布一条需求"}
    return {"next_link": "/post/achievements", "next_label": "发布一项成果"}
