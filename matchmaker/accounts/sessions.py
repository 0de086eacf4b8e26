"""Sessions of browsers and keys of programs: begun, recognised, noted as used, ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, or_, select, update

from matchmaker.accounts.people import actor_of, own_account
from matchmaker.accounts.tokens import digest, new_token
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound
from matchmaker.models.account import Account, ApiKey, LoginSession, Scope
from matchmaker.models.base import now
from matchmaker.models.notice import NoticeKind
from matchmaker.notices import NoticeText, notify
from matchmaker.rights import Actor

# A working day; a browser that is left alone is logged out sooner.
SESSION_LENGTH = timedelta(hours=12)
SESSION_IDLE = timedelta(hours=2)
# When somebody was last seen is written no more often than this: pages are read far more often than it matters.
NOTED_EVERY = timedelta(minutes=1)
# More than anybody keeps apart; keeps a program gone wild from filling the table.
MOST_KEYS = 50
# Nobody means a later day, and the last days of the calendar cannot be told in every time zone.
LONGEST_KEY = timedelta(days=36_525)


@dataclass(frozen=True)
class Recognised:
    """Who a cookie or key belongs to."""

    actor: Actor
    account: Account
    used: LoginSession | ApiKey

    @property
    def is_to_be_noted(self) -> bool:
        """Has this session or key been used since its last use was written down?"""
        last = self.used.last_seen_at if isinstance(self.used, LoginSession) else self.used.last_used_at
        return last is None or last + NOTED_EVERY <= now()


def start_session(session: Session, account: Account, *, address: str = "", user_agent: str = "") -> str:
    """The value of the cookie of a new session; only its hash is stored."""
    assert account.id is not None  # noqa: S101 — stored by the caller
    secret = new_token()
    started = LoginSession(
        token_hash=digest(secret),
        account_id=account.id,
        expires_at=now() + SESSION_LENGTH,
        address=address[:60],
        user_agent=user_agent[:200],
    )
    session.add(started)
    account.last_login_at = now()
    return secret


def recognise_session(session: Session, secret: str) -> Recognised | None:
    """Whose cookie it is; None for one that is unknown, expired, revoked, idle too long, or of a disabled account."""
    found = session.exec(select(LoginSession).where(col(LoginSession.token_hash) == digest(secret))).first()
    moment = now()
    if found is None or found.revoked_at is not None or found.expires_at <= moment:
        return None
    if found.last_seen_at + SESSION_IDLE <= moment:
        return None
    account = session.get(Account, found.account_id)
    if account is None or account.disabled_at is not None:
        return None
    return Recognised(actor_of(session, account, session_id=found.id), account, found)


def known_browser(session: Session, account: Account, secret: str) -> LoginSession | None:
    """The session in which this account was last logged in at this browser, whether or not it goes on."""
    if not secret:
        return None
    found = session.exec(select(LoginSession).where(col(LoginSession.token_hash) == digest(secret))).first()
    return found if found is not None and found.account_id == account.id else None


def actor_of_session(session: Session, secret: str) -> Actor | None:
    """Who the cookie belongs to; None where `recognise_session` knows nobody."""
    found = recognise_session(session, secret)
    return found.actor if found else None


def recognise_key(session: Session, secret: str) -> Recognised | None:
    """Whose key it is, limited to the key's scopes; None for one that is unknown, expired, revoked, or disabled."""
    found = session.exec(select(ApiKey).where(col(ApiKey.secret_hash) == digest(secret))).first()
    if found is None or found.revoked_at is not None or (found.expires_at is not None and found.expires_at <= now()):
        return None
    account = session.get(Account, found.account_id)
    if account is None or account.disabled_at is not None:
        return None
    return Recognised(actor_of(session, account, scopes=frozenset({*found.scopes, Scope.READ})), account, found)


def actor_of_key(session: Session, secret: str) -> Actor | None:
    """Who the key belongs to; None where `recognise_key` knows nobody."""
    found = recognise_key(session, secret)
    return found.actor if found else None


def note_use(session: Session, used: LoginSession | ApiKey) -> None:
    """Write down that it was used just now. Not a change of anything, so not for the audit trail."""
    if isinstance(used, LoginSession):
        session.exec(update(LoginSession).where(col(LoginSession.id) == used.id).values(last_seen_at=now()))
    else:
        session.exec(update(ApiKey).where(col(ApiKey.id) == used.id).values(last_used_at=now()))


def open_sessions(session: Session, account_id: int) -> list[LoginSession]:
    """The browsers in which the account is logged in, the one last seen first."""
    moment = now()
    wanted = (
        col(LoginSession.account_id) == account_id,
        col(LoginSession.revoked_at).is_(None),
        col(LoginSession.expires_at) > moment,
        col(LoginSession.last_seen_at) > moment - SESSION_IDLE,
    )
    order = (col(LoginSession.last_seen_at).desc(), col(LoginSession.id).desc())
    return list(session.exec(select(LoginSession).where(*wanted).order_by(*order)))


def end_session(session: Session, session_id: int, *, by: Actor) -> None:
    """Log one browser of one's own out. Raises NotFound."""
    found = session.get(LoginSession, session_id)
    if found is None or found.account_id != by.account_id:
        raise NotFound("没有这个登录", "它可能已退出，请刷新列表")
    found.revoked_at = found.revoked_at or now()
    session.add(found)


def end_sessions(session: Session, account_id: int, *, but: int | None = None) -> int:
    """Log the account out everywhere, except in the session `but`. Returns of how many browsers."""
    ended = [one for one in open_sessions(session, account_id) if one.id != but]
    for one in ended:
        one.revoked_at = now()
        session.add(one)
    return len(ended)


def create_key(
    session: Session, account: Account, name: str, scopes: list[Scope], *, expires_at: datetime | None = None
) -> str:
    """A new API key of the account, to be shown once."""
    assert account.id is not None  # noqa: S101 — stored by the caller
    secret = f"mk_{new_token()}"
    session.add(
        ApiKey(account_id=account.id, name=name, secret_hash=digest(secret), scopes=scopes, expires_at=expires_at)
    )
    return secret


def add_key(
    session: Session, *, name: str, scopes: list[Scope], expires_at: datetime | None, by: Actor
) -> tuple[ApiKey, str]:
    """A new key of one's own and its secret, to be shown once.

    The person is told. A program that makes one needs the scope `manage` and cannot give more than it has. Raises NotAllowed,
    MalformedRequest.
    """
    account = own_account(session, by)
    if not name.strip() or len(name.strip()) > 60:
        raise MalformedRequest("请填写密钥名称，最多 60 个字", "如：每日导入程序")
    if not scopes:
        raise MalformedRequest("请至少选一项使用范围", "只读取数据时选“读取”")
    if expires_at is not None and expires_at <= now():
        raise MalformedRequest("到期时间已过", "请选今天以后的日期，或不填")
    if expires_at is not None and expires_at > now() + LONGEST_KEY:
        raise MalformedRequest("到期时间太远", "请选较近的日期；不填即长期有效")
    _check_program(by)
    if by.scopes is not None and not set(scopes) <= by.scopes:
        raise NotAllowed("新密钥的使用范围不能超出当前密钥", "请登录后在“账号 → 接口密钥”中生成")
    if len(own_keys(session, by)) >= MOST_KEYS:
        raise NotAllowed(f"每个账号最多 {MOST_KEYS} 个有效密钥", "请先停用不再使用的密钥")
    secret = create_key(
        session, account, name.strip(), sorted(set(scopes), key=list(Scope).index), expires_at=expires_at
    )
    session.flush()
    key = session.exec(select(ApiKey).where(col(ApiKey.secret_hash) == digest(secret))).one()
    # A key outlives the session it was made in: whoever sat at a browser left open must not get one unnoticed.
    scope_labels = "、".join(one.label for one in key.scopes)
    text = NoticeText(
        NoticeKind.ACCOUNT,
        f"key-{key.id}",
        f"已生成接口密钥“{key.name}”",
        f"使用范围：{scope_labels}。如非本人操作，请立即停用并修改密码",
        "/account/keys",
    )
    notify(session, [key.account_id], text)
    return key, secret


def own_keys(session: Session, by: Actor) -> list[ApiKey]:
    """One's own keys that still work, the newest first."""
    wanted = (
        col(ApiKey.account_id) == by.account_id,
        col(ApiKey.revoked_at).is_(None),
        or_(col(ApiKey.expires_at).is_(None), col(ApiKey.expires_at) > now()),
    )
    return list(session.exec(select(ApiKey).where(*wanted).order_by(col(ApiKey.id).desc())))


def revoke_key(session: Session, key_id: int, *, by: Actor) -> None:
    """End one of one's own keys. Raises NotFound, NotAllowed (a program without the scope `manage`)."""
    _check_program(by)
    found = session.get(ApiKey, key_id)
    if found is None or found.account_id != by.account_id:
        raise NotFound("没有这个密钥", "请刷新列表")
    found.revoked_at = found.revoked_at or now()
    session.add(found)


def _check_program(by: Actor) -> None:
    if by.scopes is not None and Scope.MANAGE not in by.scopes:
        raise NotAllowed("当前密钥不能管理密钥", f"需要使用范围“{Scope.MANAGE.label}”，或登录后在网页上办理")
