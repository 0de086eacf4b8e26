"""Telling people: a notice in the platform, and from there on its way by mail or robot."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import Session, col, or_, select

from matchmaker.models.account import Account, Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.notice import Notice, NoticeKind
from matchmaker.visibility import SearchedRecord


@dataclass(frozen=True)
class NoticeText:
    """What is told. `key` says what it is about: the same thing is told once to each person.

    No contact data and no confidential text in `title` and `body`: a notice also travels by mail.
    """

    kind: NoticeKind
    key: str
    title: str
    body: str = ""
    link: str = ""


def notify(session: Session, account_ids: Iterable[int], text: NoticeText) -> None:
    """Tell each of these accounts, in the caller's transaction; whoever was told of this `key` is not told again."""
    wanted = set(account_ids)
    told = select(Notice.account_id).where(col(Notice.key) == text.key, col(Notice.account_id).in_(wanted))
    for account_id in sorted(wanted - set(session.exec(told))):
        session.add(
            Notice(
                account_id=account_id,
                kind=text.kind,
                key=text.key,
                title=text.title[:200],
                body=text.body[:1000],
                link=text.link,
            )
        )


def officials_of(session: Session, region_code: str | None) -> list[int]:
    """Accounts of the officials who answer for the region: its district's, or the city's where there is none."""
    active = select(Account).where(col(Account.disabled_at).is_(None))
    district = session.exec(active.where(col(Account.role) == Role.DISTRICT_OFFICIAL)).all()
    own = [one.id for one in district if one.region_code and (region_code or "").startswith(one.region_code)]
    if not own:
        own = [one.id for one in session.exec(active.where(col(Account.role) == Role.CITY_OFFICIAL))]
    return [one for one in own if one is not None]


def members_of(session: Session, record: SearchedRecord) -> list[int]:
    """Accounts behind a record: its organisation's members and whoever posted it."""
    mine = [col(Account.id) == record.posted_by_id, col(Account.enterprise_id) == record.enterprise_id]
    if isinstance(record, Achievement):
        mine.append(col(Account.institution_id) == record.institution_id)
    # A column compared with None is SQL's IS NULL: every account without an organisation.
    keys = [record.posted_by_id, record.enterprise_id, getattr(record, "institution_id", None)]
    stated = [one for one, key in zip(mine, keys, strict=False) if key is not None]
    if not stated:
        return []
    found = session.exec(select(Account.id).where(or_(*stated), col(Account.disabled_at).is_(None)))
    return [one for one in found if one is not None]
