"""Logging in and out, and changing the password: who guesses waits, and learns nothing by waiting."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sqlmodel import Session

from matchmaker.accounts.passwords import check_password, fits, password_hash
from matchmaker.accounts.people import account_by_login_name, actor_of, own_account
from matchmaker.accounts.second_factor import accept_code, drop_second_factor
from matchmaker.accounts.sessions import end_session, end_sessions, known_browser, own_keys
from matchmaker.audit import record_event
from matchmaker.errors import CodeNeeded, LoginRefused, MalformedRequest
from matchmaker.models.account import Account, LoginSession
from matchmaker.models.audit import AuditAction
from matchmaker.models.base import now
from matchmaker.models.notice import NoticeKind
from matchmaker.notices import NoticeText, notify
from matchmaker.records import ACTOR
from matchmaker.rights import ANYONE, Actor

# Five mistypes are human. Then a minute, doubled with every further failure up to a quarter of an hour: some hundred
# guesses a day for whoever guesses, never the end of an account whose name somebody else knows.
FREE_FAILURES = 5
LONGEST_WAIT_MINUTES = 15


@dataclass(frozen=True)
class CheckedPassword:
    """What comparing a password with that of an account has found. Says nothing to the outside by itself."""

    account_id: int | None
    is_right: bool
    compared_with: str = ""
    renewed_hash: str | None = None


def check_login(session: Session, login_name: str, password: str) -> CheckedPassword:
    """Compare, in a session that only reads: it takes a while, and no writer should wait for that.

    Takes as long for a login name that nobody has.
    """
    account = account_by_login_name(session, login_name)
    stored = account.password_hash if account else ""
    is_right, renewed = fits(password, stored)
    return CheckedPassword(account.id if account else None, is_right, stored, renewed)


def log_in(session: Session, checked: CheckedPassword, *, code: str = "", known: str = "") -> Account:
    """The account that may go in. Raises LoginRefused in the same words whatever was wrong.

    `known` is what this browser kept of its last login: it has guesses of its own, so that whoever guesses elsewhere does
    not keep the owner out. What a refusal leaves behind (the count of failures, the audit event) must be committed all the same. Only a missing
    code is told apart, to whoever knows the password, and counts as no failure.
    """
    account = session.get(Account, checked.account_id, with_for_update=True) if checked.account_id else None
    if account is None:
        raise _refused()
    browser = known_browser(session, account, known)
    if browser is not None and browser.failed_logins >= FREE_FAILURES:
        # From here on it is any browser.
        browser = None
    if browser is None and account.locked_until is not None and account.locked_until > now():
        record_event(session, AuditAction.LOGIN_FAILED, record=account, reason="暂停登录期间")
        raise _refused()
    if not checked.is_right or checked.compared_with != account.password_hash or account.disabled_at is not None:
        _note_failure_at(session, account, browser)
        raise _refused()
    if account.totp_enabled_at is not None:
        if not code.strip():
            raise CodeNeeded("请填写动态验证码", "这个账号已开启两步验证，请打开手机上的验证器查看 6 位数字")
        if not accept_code(account, code):
            _note_failure_at(session, account, browser)
            raise _refused()
    if checked.renewed_hash is not None:
        account.password_hash = checked.renewed_hash
    welcome(session, account)
    return account


def welcome(session: Session, account: Account) -> None:
    """Note that the account has logged in; from here on the session acts for it."""
    account.failed_logins, account.locked_until = 0, None
    session.add(account)
    stranger: Actor = session.info.get(ACTOR, ANYONE)
    session.info[ACTOR] = replace(actor_of(session, account), address=stranger.address, request_id=stranger.request_id)
    record_event(session, AuditAction.LOGGED_IN, record=account)


def _refused() -> LoginRefused:
    return LoginRefused(
        "登录名、密码或验证码不正确",
        "请核对后重试；连续多次不正确时须等待，最长 15 分钟。忘记密码请联系市科技局重置",
    )


def log_out(session: Session, *, by: Actor) -> None:
    """End the session of this browser."""
    if by.session_id is None:
        return
    end_session(session, by.session_id, by=by)
    record_event(session, AuditAction.LOGGED_OUT, record=own_account(session, by))


def _note_failure_at(session: Session, account: Account, browser: LoginSession | None) -> None:
    if browser is None:
        _note_failure(session, account)
        return
    browser.failed_logins += 1
    session.add(browser)
    record_event(session, AuditAction.LOGIN_FAILED, record=account, reason="曾经登录过的浏览器")


def _note_failure(session: Session, account: Account, reason: str = "") -> None:
    account.failed_logins += 1
    if account.failed_logins >= FREE_FAILURES:
        # The exponent is bounded: two to the power of a day's failures is no number of minutes.
        minutes = min(2 ** min(account.failed_logins - FREE_FAILURES, 10), LONGEST_WAIT_MINUTES)
        account.locked_until = now() + timedelta(minutes=minutes)
    session.add(account)
    record_event(session, AuditAction.LOGIN_FAILED, record=account, reason=reason)


def change_password(session: Session, *, old: str, new: str, by: Actor) -> None:
    """Set a new password; every other browser is logged out, and the person is told.

    Raises LoginRefused (the old one is wrong), MalformedRequest (the new one is no good). Guesses count as at the login,
    and must be committed likewise.
    """
    account = own_account(session, by)
    _check_not_waiting(account)
    if account.password_hash and not fits(old, account.password_hash)[0]:
        _note_failure(session, account, "修改密码")
        raise LoginRefused("原密码不正确", "请重新填写；忘记密码请联系市科技局重置")
    check_password(new, account.login_name)
    if new == old:
        raise MalformedRequest("新密码不能与原密码相同", "请换一个密码")
    set_password(session, account, new, must_change=False)
    end_sessions(session, account.id or 0, but=by.session_id)
    kept = len(own_keys(session, by))
    # They were made to go on without anybody logging in; whether each is hers, only she can say.
    keys = f"{kept} 个接口密钥仍然有效，请核对是否都是您生成的。" if kept else ""
    _tell(
        session, account, "password", "您的密码已修改", f"其他设备已退出登录。{keys}如非本人操作，请立即联系系统管理员"
    )


def set_password(session: Session, account: Account, password: str, *, must_change: bool) -> None:
    """Store the hash of this password and forget earlier failures."""
    account.password_hash = password_hash(password)
    account.must_change_password = must_change
    account.failed_logins, account.locked_until = 0, None
    session.add(account)


def turn_off_second_factor(session: Session, *, password: str, code: str, by: Actor) -> None:
    """Log in by password alone from now on. Raises LoginRefused unless both the password and a code are right; guesses
    count as at the login.
    """
    account = own_account(session, by)
    if account.totp_enabled_at is None:
        drop_second_factor(session, account)
        return
    _check_not_waiting(account)
    if not fits(password, account.password_hash)[0] or not accept_code(account, code):
        _note_failure(session, account, "关闭两步验证")
        raise LoginRefused("密码或验证码不正确", "请填写登录密码和手机上当前显示的 6 位数字")
    drop_second_factor(session, account)
    _tell(session, account, "second-factor", "两步验证已关闭", "如非本人操作，请立即修改密码并联系系统管理员")


def _check_not_waiting(account: Account) -> None:
    """Who sits at a browser that somebody left open must not find the password out where the login would stop her."""
    if account.locked_until is not None and account.locked_until > now():
        raise LoginRefused("连续多次不正确，须等待后再试", "最长等待 15 分钟；忘记密码请联系市科技局重置")


def _tell(session: Session, account: Account, about: str, title: str, body: str) -> None:
    key = f"account-{about}-{now().isoformat()}"
    notify(session, [account.id or 0], NoticeText(NoticeKind.ACCOUNT, key, title, body, "/account/sessions"))
