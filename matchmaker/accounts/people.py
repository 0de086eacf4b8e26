"""Accounts: making them, and who an account acts for."""

import re
import unicodedata
from collections.abc import Iterable

from sqlalchemy import exists
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from matchmaker.accounts.passwords import password_hash
from matchmaker.accounts.tokens import one_time_password
from matchmaker.brokers import is_certificate_valid, with_valid_certificate
from matchmaker.classification import classification
from matchmaker.errors import MalformedRequest, NotFound, RecordAlreadyExists
from matchmaker.models.account import Account, Invitation, Role, Scope
from matchmaker.models.broker import Broker, Brokerage, BrokerageMembership
from matchmaker.models.party import Enterprise, Institution
from matchmaker.rights import Actor

FIRST_ADMINISTRATOR = "admin"
_LOGIN_NAME = re.compile(r"[\w.@-]{2,60}")
# One address, roughly: whether it exists, only a mail can tell.
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


def normal_login_name(text: str) -> str:
    """The login name as it is stored: nobody has to remember whether a letter was large."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def checked_login_name(text: str) -> str:
    """The normal form of a login name somebody chose. Raises MalformedRequest."""
    name = normal_login_name(text)
    if not _LOGIN_NAME.fullmatch(name):
        raise MalformedRequest("登录名应为 2 到 60 个字母、数字或汉字", "除此之外只可用 . _ - @，不能有空格")
    return name


def checked_name(text: str) -> str:
    """Somebody's name. Raises MalformedRequest."""
    name = text.strip()
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise MalformedRequest("请填写姓名，最多 60 个字", "填写真实姓名，便于联系和留痕")
    return name


def checked_email(text: str) -> str:
    """A mail address, or nothing. Raises MalformedRequest."""
    email = text.strip()
    if email and (len(email) > 120 or not email.isprintable() or not _EMAIL.fullmatch(email)):
        raise MalformedRequest("邮箱格式不对", "应类似 zhang@example.com；没有可以不填")
    return email


def create_account(session: Session, account: Account, *, password: str = "") -> Account:
    """Store a new account with the hash of its password. Raises RecordAlreadyExists (login name taken)."""
    account.login_name = normal_login_name(account.login_name)
    if password:
        account.password_hash = password_hash(password)
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError as error:
        raise RecordAlreadyExists(f"登录名“{account.login_name}”已被使用", "请换一个登录名") from error
    return account


def create_first_administrator(session: Session) -> tuple[str, str] | None:
    """Login name and one-time password of the first administrator, to be shown once; None where there is one already."""
    known = session.exec(select(Account.id).where(col(Account.role) == Role.ADMINISTRATOR).limit(1)).first()
    if known is not None:
        return None
    password = one_time_password()
    account = Account(
        login_name=FIRST_ADMINISTRATOR, name="系统管理员", role=Role.ADMINISTRATOR, must_change_password=True
    )
    try:
        create_account(session, account, password=password)
    except RecordAlreadyExists:
        # Two services were started at once, and the other one shows its password.
        return None
    return account.login_name, password


def account_by_id(session: Session, account_id: int) -> Account:
    """The account. Raises NotFound."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound(f"没有编号为 {account_id} 的账号", "请从账号列表重新进入")
    return account


def account_by_login_name(session: Session, login_name: str) -> Account | None:
    """The account of that login name, if there is one."""
    wanted = col(Account.login_name) == normal_login_name(login_name)
    return session.exec(select(Account).where(wanted)).first()


def own_account(session: Session, by: Actor) -> Account:
    """The account of the person who acts. Raises NotFound for nobody in particular."""
    return account_by_id(session, by.account_id or 0)


def revise_profile(session: Session, *, name: str, email: str, by: Actor) -> Account:
    """Change one's own name and mail address. Raises MalformedRequest."""
    account = own_account(session, by)
    account.name, account.email = checked_name(name), checked_email(email)
    session.add(account)
    return account


def organisations_of(session: Session, accounts: Iterable[Account | Invitation]) -> dict[int, str]:
    """By number, the name of what each account (or invitation) is for: organisation, brokerage, district. '' for nothing."""
    listed = list(accounts)
    names = {
        table: _names(session, table, {getattr(one, key) for one in listed} - {None})
        for table, key in (
            (Enterprise, "enterprise_id"),
            (Institution, "institution_id"),
            (Brokerage, "brokerage_id"),
        )
    }
    brokerages = _brokerages_of(session, {one.broker_id for one in listed if one.broker_id is not None})
    return {
        one.id or 0: names[Enterprise].get(one.enterprise_id)
        or names[Institution].get(one.institution_id)
        or names[Brokerage].get(one.brokerage_id)
        or brokerages.get(one.broker_id)
        or (classification().region_name(one.region_code) if one.region_code else "")
        for one in listed
    }


def _names(session: Session, table: type[Enterprise | Institution | Brokerage], ids: set[int]) -> dict[int | None, str]:
    return dict(session.exec(select(table.id, table.name).where(col(table.id).in_(ids))).all()) if ids else {}


def _brokerages_of(session: Session, broker_ids: set[int]) -> dict[int | None, str]:
    if not broker_ids:
        return {}
    active = (
        select(BrokerageMembership.broker_id, Brokerage.name)
        .join(Brokerage, col(Brokerage.id) == col(BrokerageMembership.brokerage_id))
        .where(col(BrokerageMembership.broker_id).in_(broker_ids), col(BrokerageMembership.left_on).is_(None))
    )
    return dict(session.exec(active).all())


def actor_of(
    session: Session, account: Account, *, session_id: int | None = None, scopes: frozenset[Scope] | None = None
) -> Actor:
    """The account as somebody who acts."""
    return Actor(
        account_id=account.id,
        name=account.name,
        role=account.role,
        enterprise_id=account.enterprise_id,
        institution_id=account.institution_id,
        brokerage_id=account.brokerage_id,
        broker_id=account.broker_id,
        region_code=account.region_code,
        is_certified=_is_certified(session, account),
        must_change_password=account.must_change_password,
        session_id=session_id,
        scopes=scopes,
    )


def _is_certified(session: Session, account: Account) -> bool:
    """A certificate that is still valid, and a brokerage in whose name the broker practises."""
    if account.role is not Role.BROKER or account.broker_id is None:
        return False
    broker = session.get(Broker, account.broker_id)
    if broker is None or not is_certificate_valid(broker):
        return False
    active = select(BrokerageMembership.id).where(
        col(BrokerageMembership.broker_id) == broker.id, col(BrokerageMembership.left_on).is_(None)
    )
    return session.exec(active).first() is not None


def certified_brokers() -> Select[Account, Broker]:
    """The accounts that may log in and of which `actor_of` says that they are certified, to be narrowed further."""
    practises = exists().where(
        col(BrokerageMembership.broker_id) == col(Broker.id), col(BrokerageMembership.left_on).is_(None)
    )
    return (
        select(Account, Broker)
        .join(Broker, col(Broker.id) == col(Account.broker_id))
        .where(
            col(Account.role) == Role.BROKER, col(Account.disabled_at).is_(None), *with_valid_certificate(), practises
        )
    )
