"""Looking after the accounts of others: members of the own organisation, and for the city all of them."""

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from matchmaker.accounts.login import set_password
from matchmaker.accounts.seats import may_fill, seat_of
from matchmaker.accounts.second_factor import drop_second_factor
from matchmaker.accounts.sessions import end_sessions
from matchmaker.accounts.tokens import one_time_password
from matchmaker.errors import NotAllowed, NotFound
from matchmaker.models.account import Account, ApiKey, Role
from matchmaker.models.base import now
from matchmaker.models.broker import Broker, Brokerage, BrokerageMembership
from matchmaker.models.party import Enterprise, Institution
from matchmaker.rights import Actor, Right

PAGE_SIZE = 50


@dataclass(frozen=True)
class AccountPage:
    accounts: list[Account]
    total: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


def accounts_like(
    session: Session, text: str = "", role: Role | None = None, *, page: int = 1, by: Actor
) -> AccountPage:
    """Accounts whose name, login name or organisation contains the text. Raises NotAllowed without the right."""
    if not by.may(Right.MANAGE_ACCOUNTS):
        raise NotAllowed("您不能查看全部账号", "本单位成员见“成员管理”页面")
    wanted: list[ColumnElement[bool]] = []
    if role is not None:
        wanted.append(col(Account.role) == role)
    if text.strip():
        wanted.append(_mentions(text.strip()))
    return _page(session, wanted, page)


def members_of_own(session: Session, *, page: int = 1, by: Actor) -> AccountPage:
    """The accounts of the own organisation; a brokerage's with the brokers who practise there."""
    return _page(session, [_own_members(by)], page)


def managed_account(session: Session, account_id: int, *, by: Actor) -> Account:
    """An account this person looks after. Raises NotFound for any other, as if it did not exist."""
    account = session.get(Account, account_id)
    if account is None or not may_fill(session, seat_of(account), by):
        raise NotFound(f"没有编号为 {account_id} 的账号", "请从成员或账号列表重新进入")
    return account


def disable_account(session: Session, account_id: int, *, by: Actor) -> Account:
    """Nobody logs in with it any more, its sessions end, its keys stop. Raises NotFound, NotAllowed (the own one)."""
    account = managed_account(session, account_id, by=by)
    if account.id == by.account_id:
        raise NotAllowed("不能停用自己的账号", "请由另一位管理员办理")
    account.disabled_at = account.disabled_at or now()
    session.add(account)
    end_sessions(session, account_id)
    return account


def enable_account(session: Session, account_id: int, *, by: Actor) -> Account:
    """The account may be used again. Raises NotFound."""
    account = managed_account(session, account_id, by=by)
    account.disabled_at = None
    session.add(account)
    return account


def reset_password(session: Session, account_id: int, *, by: Actor) -> tuple[Account, str]:
    """A one-time password for somebody who lost hers, to be shown once; she must change it.

    Ends the account's sessions and API keys, its waiting time after failures and its second factor (the phone may be what
    was lost).
    Raises NotFound, NotAllowed without the right to manage accounts.
    """
    if not by.may(Right.MANAGE_ACCOUNTS):
        raise NotAllowed("您不能重置密码", "请联系市科技局或系统管理员")
    account = managed_account(session, account_id, by=by)
    if account.id == by.account_id:
        raise NotAllowed("不能重置自己的密码", "请在“账号 → 修改密码”中修改")
    password = one_time_password()
    set_password(session, account, password, must_change=True)
    drop_second_factor(session, account)
    end_sessions(session, account_id)
    for key in session.exec(
        select(ApiKey).where(col(ApiKey.account_id) == account_id, col(ApiKey.revoked_at).is_(None))
    ):
        key.revoked_at = now()
    return account, password


def log_out_everywhere(session: Session, account_id: int, *, by: Actor) -> Account:
    """End all sessions of an account this person looks after. Raises NotFound."""
    account = managed_account(session, account_id, by=by)
    end_sessions(session, account_id)
    return account


def _page(session: Session, wanted: list[ColumnElement[bool]], page: int) -> AccountPage:
    total = session.exec(select(func.count()).select_from(Account).where(*wanted)).one()
    page = min(max(1, page), max(1, -(-total // PAGE_SIZE)))
    order = (col(Account.disabled_at).is_not(None), col(Account.role), col(Account.name), col(Account.id))
    rows = select(Account).where(*wanted).order_by(*order).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    return AccountPage(list(session.exec(rows)), total, page)


def _own_members(by: Actor) -> ColumnElement[bool]:
    if by.role is Role.DISTRICT_OFFICIAL:
        return (col(Account.role) == by.role) & (col(Account.region_code) == by.region_code)
    if by.brokerage_id is not None:
        practising = select(BrokerageMembership.broker_id).where(
            col(BrokerageMembership.brokerage_id) == by.brokerage_id, col(BrokerageMembership.left_on).is_(None)
        )
        return or_(col(Account.brokerage_id) == by.brokerage_id, col(Account.broker_id).in_(practising))
    if by.enterprise_id is not None:
        return col(Account.enterprise_id) == by.enterprise_id
    if by.institution_id is not None:
        return col(Account.institution_id) == by.institution_id
    # City officials and administrators: their colleagues are those of the same role.
    return col(Account.role) == by.role


def _mentions(text: str) -> ColumnElement[bool]:
    # `ilike`, because SQLite's LIKE takes a for A, PostgreSQL's does not.
    part = "%" + re.sub(r"([%_/])", r"/\1", text) + "%"
    organisations = [
        key.in_(select(table.id).where(col(table.name).ilike(part, escape="/")))
        for key, table in (
            (col(Account.enterprise_id), Enterprise),
            (col(Account.institution_id), Institution),
            (col(Account.brokerage_id), Brokerage),
            (col(Account.broker_id), Broker),
        )
    ]
    return or_(
        col(Account.name).ilike(part, escape="/"), col(Account.login_name).ilike(part, escape="/"), *organisations
    )
