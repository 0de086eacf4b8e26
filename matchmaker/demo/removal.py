"""Taking the people of the demo city away again, and nobody else."""

from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, delete, select, update

from matchmaker.audit import LEDGER, record_removed
from matchmaker.models import (
    Account,
    Achievement,
    AchievementRegistration,
    ApiKey,
    Broker,
    Brokerage,
    BrokerageMembership,
    Campaign,
    Draft,
    ImportBatch,
    ImportedRecord,
    Invitation,
    LoginSession,
    Match,
    MatchFeedback,
    Notice,
    NoticeDelivery,
    NoticePreference,
    NoticeRobot,
    RegistryList,
    ReportDocument,
    Revision,
    SavedSearch,
    ShortlistItem,
    Signing,
    Target,
    TechnologyContract,
    TechnologyNeed,
    Tombstone,
    TurnoverSnapshot,
    Webhook,
)
from matchmaker.models.base import now

# What belongs to one account and goes with it.
_PERSONAL: tuple[Any, ...] = (
    NoticeDelivery,
    Notice,
    NoticePreference,
    NoticeRobot,
    Tombstone,
    Webhook,
    LoginSession,
    ApiKey,
    Draft,
    SavedSearch,
    ShortlistItem,
    MatchFeedback,
)


def remove_figures(session: Session) -> int:
    """Remove demo contracts with all that belongs to them, targets, signings, registrations, lists and reports."""
    removed = _remove(session, Signing, col(Signing.is_demo)) + _remove(session, Target, col(Target.is_demo))
    removed += _remove(session, AchievementRegistration, col(AchievementRegistration.is_demo))
    removed += _remove(session, RegistryList, col(RegistryList.is_demo))
    removed += _remove(session, ReportDocument, col(ReportDocument.is_demo))
    # A snapshot that a real report was written from, or that a real one corrects, stays with it.
    kept = select(ReportDocument.snapshot_id).union(
        select(TurnoverSnapshot.corrects_id).where(
            ~col(TurnoverSnapshot.is_demo), col(TurnoverSnapshot.corrects_id).is_not(None)
        )
    )
    demo = select(TurnoverSnapshot.id).where(col(TurnoverSnapshot.is_demo), col(TurnoverSnapshot.id).not_in(kept))
    gone = list(session.exec(demo))
    session.exec(update(TurnoverSnapshot).where(col(TurnoverSnapshot.id).in_(gone)).values(corrects_id=None))
    removed += _remove(session, TurnoverSnapshot, col(TurnoverSnapshot.id).in_(gone))
    return removed + _remove(session, TechnologyContract, col(TechnologyContract.is_demo))


def remove_people(session: Session) -> int:
    """Remove demo matches, accounts, brokers, brokerages and campaigns; returns how many.

    An account that a real record names by now is disabled instead: the history goes on naming it.
    """
    removed = _remove(session, Match, col(Match.is_demo)) + _remove(session, Campaign, col(Campaign.is_demo))
    accounts = [one for one in session.exec(select(Account.id).where(col(Account.is_demo))) if one is not None]
    for table in _PERSONAL:
        session.exec(delete(table).where(col(table.account_id).in_(accounts)))
    batches = select(ImportBatch.id).where(col(ImportBatch.account_id).in_(accounts))
    session.exec(delete(ImportedRecord).where(col(ImportedRecord.batch_id).in_(batches)))
    session.exec(delete(ImportBatch).where(col(ImportBatch.account_id).in_(accounts)))
    session.exec(delete(Invitation).where(col(Invitation.invited_by_id).in_(accounts)))
    session.exec(delete(Revision).where(col(Revision.submitted_by_id).in_(accounts)))
    for record in (TechnologyNeed, Achievement):
        for key in ("posted_by_id", "reviewed_by_id"):
            session.exec(
                update(record).where(col(record.is_demo), col(getattr(record, key)).in_(accounts)).values({key: None})
            )
    for account_id in accounts:
        removed += _gone_or_disabled(session, account_id)
    brokers = select(Broker.id).where(col(Broker.is_demo))
    # A broker whose account had to stay keeps her record.
    kept = select(Account.broker_id).where(col(Account.broker_id).is_not(None))
    gone = [one for one in session.exec(brokers.where(col(Broker.id).not_in(kept))) if one is not None]
    session.exec(delete(BrokerageMembership).where(col(BrokerageMembership.broker_id).in_(gone)))
    removed += _remove(session, Broker, col(Broker.id).in_(gone))
    practised = select(BrokerageMembership.brokerage_id)
    administered = select(Account.brokerage_id).where(col(Account.brokerage_id).is_not(None))
    unused = (col(Brokerage.is_demo), col(Brokerage.id).not_in(practised), col(Brokerage.id).not_in(administered))
    return removed + _remove(session, Brokerage, *unused)


def _gone_or_disabled(session: Session, account_id: int) -> int:
    try:
        with session.begin_nested():
            session.exec(delete(Account).where(col(Account.id) == account_id))
    except IntegrityError:
        session.exec(update(Account).where(col(Account.id) == account_id).values(disabled_at=now(), is_demo=False))
        return 0
    return 1


def _remove(session: Session, table: type[SQLModel], *conditions: Any) -> int:
    ids = session.exec(select(table.id).where(*conditions)).all()  # type: ignore[attr-defined]
    if table in LEDGER:
        record_removed(session, table, ids)
    session.exec(delete(table).where(col(table.id).in_(ids)))  # type: ignore[attr-defined]
    return len(ids)
