"""The second factor 动态验证码: a code from a phone beside the password (TOTP, RFC 6238)."""

from hmac import compare_digest

import pyotp
from sqlmodel import Session

from matchmaker.accounts.people import own_account
from matchmaker.errors import MalformedRequest
from matchmaker.models.account import Account
from matchmaker.models.base import now
from matchmaker.rights import Actor

# Half a minute early or late: clocks of phones are rarely further off.
_STEPS = (0, -1, 1)


def begin_second_factor(session: Session, *, by: Actor) -> None:
    """Make the secret that the phone is to learn; it is in force only after `confirm_second_factor`.

    Nothing happens where one is waiting or in force already.
    """
    account = own_account(session, by)
    if account.totp_secret is None:
        account.totp_secret = pyotp.random_base32()
        session.add(account)


def provisioning_uri(account: Account, issuer: str) -> str:
    """What the QR code says; empty unless a secret is waiting to be confirmed. A secret: only for its owner's eyes."""
    if account.totp_secret is None or account.totp_enabled_at is not None:
        return ""
    return str(pyotp.TOTP(account.totp_secret).provisioning_uri(name=account.login_name, issuer_name=issuer))


def confirm_second_factor(session: Session, code: str, *, by: Actor) -> None:
    """Put the waiting secret in force, if the phone knows it. Raises MalformedRequest."""
    account = own_account(session, by)
    if account.totp_enabled_at is None and not accept_code(account, code):
        raise MalformedRequest("验证码不正确", "请核对手机时间是否准确，填写当前显示的 6 位数字")
    account.totp_enabled_at = account.totp_enabled_at or now()
    session.add(account)


def drop_second_factor(session: Session, account: Account) -> None:
    """Log in by password alone from now on: the caller has made sure who asks."""
    account.totp_secret = account.totp_enabled_at = account.totp_last_step = None
    session.add(account)


def accept_code(account: Account, code: str) -> bool:
    """Is it a code of this moment that was not used before? Accepted, neither it nor an older one is good again."""
    digits = "".join(code.split())
    if account.totp_secret is None or not digits.isascii():
        return False
    totp = pyotp.TOTP(account.totp_secret)
    current = totp.timecode(now())
    for step in (current + offset for offset in _STEPS):
        is_new = account.totp_last_step is None or step > account.totp_last_step
        if is_new and compare_digest(totp.generate_otp(step), digits):
            account.totp_last_step = step
            return True
    return False
