"""Whom the steps of posting concern. No title in a notice: it also travels by mail, and a need may be confidential."""

from sqlmodel import Session, col, select

from matchmaker.index_documents import kind_of
from matchmaker.models.match import Match, MatchStatus
from matchmaker.models.notice import NoticeKind
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Revision
from matchmaker.notices import NoticeText, members_of, notify, officials_of
from matchmaker.rights import Actor, Right
from matchmaker.visibility import SearchedRecord


def tell_officials(session: Session, record: SearchedRecord, *, by: Actor, revision: Revision | None = None) -> None:
    """Whoever answers for the region learns that a record, or a change of it, waits for a review."""
    kind = kind_of(record)
    about = f"revisions:{revision.id}" if revision else f"{kind}:{record.id}:{record.version}"
    text = NoticeText(
        NoticeKind.TO_REVIEW,
        key=f"review:{about}",
        title=f"{kind.label}（编号 {record.id}）{'的修改' if revision else ''}待审核",
        link=f"/review/revisions/{revision.id}" if revision else f"/review/{kind}/{record.id}",
    )
    notify(session, [one for one in officials_of(session, record.region_code) if one != by.account_id], text)


def tell_members(session: Session, record: SearchedRecord, *, by: Actor) -> None:
    """An organisation learns what somebody else has posted in its name."""
    if not by.may(Right.POST_FOR_OTHERS):
        return
    kind = kind_of(record)
    text = NoticeText(
        NoticeKind.REVIEW,
        key=f"posted-for:{kind}:{record.id}",
        title=f"{by.name}代本单位填报了一条{kind.label}（编号 {record.id}）",
        link=f"/my/{kind}",
    )
    notify(session, [one for one in members_of(session, record) if one != by.account_id], text)


def tell_carriers(session: Session, record: SearchedRecord) -> None:
    """Brokers who carry a match of the record learn that it has been withdrawn."""
    kind = kind_of(record)
    key = Match.need_id if kind is RecordKind.NEEDS else Match.achievement_id
    over = (MatchStatus.DECLINED, MatchStatus.CLOSED)
    carried = select(Match.id, Match.broker_account_id).where(col(key) == record.id, col(Match.status).not_in(over))
    for match_id, broker_account_id in session.exec(carried).all():
        if broker_account_id is not None:
            text = NoticeText(
                NoticeKind.MATCH,
                key=f"withdrawn:{kind}:{record.id}:{match_id}",
                title=f"对接 {match_id} 的{kind.label}已由发布方撤回",
                link=f"/carried/{match_id}",
            )
            notify(session, [broker_account_id], text)
