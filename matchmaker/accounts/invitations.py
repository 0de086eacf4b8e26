"""Invitations: a link by which one person makes her own account, once, within a week."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select, update

from matchmaker.accounts.passwords import check_password
from matchmaker.accounts.people import checked_email, checked_login_name, checked_name, create_account
from matchmaker.accounts.seats import Seat, check_may_fill, check_seat, may_fill, seat_of
from matchmaker.accounts.tokens import digest, new_token
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, RecordAlreadyExists
from matchmaker.models.account import Account, Invitation
from matchmaker.models.base import now
from matchmaker.models.notice import NoticeKind
from matchmaker.notices import NoticeText, notify
from matchmaker.rights import Actor, Right

VALID_FOR = timedelta(days=7)
_VOID = NotFound("邀请链接无效或已使用", "链接 7 天内有效，只能使用一次，请联系邀请您的人重新生成")


@dataclass(frozen=True)
class Newcomer:
    """What somebody who was invited says about herself: a password, or who she is at the identity provider."""

    login_name: str
    name: str
    email: str = ""
    password: str = ""
    oidc_subject: str | None = None


def invite(session: Session, seat: Seat, *, note: str = "", by: Actor) -> str:
    """The token of a new invitation's link, to be shown once.

    Raises NotAllowed (a seat that is not hers to fill), MalformedRequest, RecordAlreadyExists (see `check_seat`).
    """
    check_may_fill(session, seat, by)
    check_seat(session, seat)
    if len(note) > 200:
        raise MalformedRequest("备注最多 200 个字", "请缩短后重试")
    if by.account_id is None:
        raise NotAllowed("邀请须由有账号的人发出", "请登录后再邀请；命令行请用 matchmaker account add")
    token = new_token()
    invitation = Invitation(
        token_hash=digest(token),
        note=note.strip(),
        invited_by_id=by.account_id,
        expires_at=now() + VALID_FOR,
        **seat.values(),
    )
    session.add(invitation)
    session.flush()
    return token


def invitation_of(session: Session, token: str) -> Invitation:
    """The invitation of a link. Raises NotFound for one that is unknown, used, revoked, too old, or of a disabled account."""
    found = session.exec(select(Invitation).where(col(Invitation.token_hash) == digest(token), *_open())).first()
    inviter = session.get(Account, found.invited_by_id) if found else None
    if found is None or inviter is None or inviter.disabled_at is not None:
        raise _VOID
    return found


def open_invitations(session: Session, *, by: Actor) -> list[Invitation]:
    """The invitations nobody has used yet and this person may revoke, the newest first."""
    wanted = list(_open())
    if not by.may(Right.MANAGE_ACCOUNTS):
        # Colleagues look after each other's invitations.
        inviters = {name: getattr(by, name) for name in ("enterprise_id", "institution_id", "brokerage_id")}
        own = [getattr(Account, name) == value for name, value in inviters.items() if value is not None]
        mine = select(Account.id).where(*own) if own else [by.account_id]
        wanted.append(col(Invitation.invited_by_id).in_(mine))
    found = session.exec(select(Invitation).where(*wanted).order_by(col(Invitation.id).desc()).limit(200)).all()
    return [one for one in found if may_fill(session, seat_of(one), by)]


def revoke_invitation(session: Session, invitation_id: int, *, by: Actor) -> None:
    """Make a link void. Raises NotFound for one that is not hers to revoke or is none any more."""
    found = session.exec(select(Invitation).where(col(Invitation.id) == invitation_id, *_open())).first()
    if found is None or not may_fill(session, seat_of(found), by):
        raise NotFound("没有这条邀请", "它可能已被使用或撤销，请刷新列表")
    found.revoked_at = now()
    session.add(found)


def accept_invitation(session: Session, token: str, newcomer: Newcomer) -> Account:
    """The account of whoever came by the link; whoever invited her is told.

    Raises NotFound (no valid link), MalformedRequest (name, mail or password are no good), RecordAlreadyExists (the
    login name, or the broker's seat, is taken).
    """
    invitation = invitation_of(session, token)
    login_name = checked_login_name(newcomer.login_name)
    if newcomer.oidc_subject is None:
        check_password(newcomer.password, login_name)
    seat = seat_of(invitation)
    check_seat(session, seat)
    account = Account(
        login_name=login_name,
        name=checked_name(newcomer.name),
        email=checked_email(newcomer.email),
        oidc_subject=newcomer.oidc_subject,
        **seat.values(),
    )
    # Whoever is refused may try again: all or nothing.
    with session.begin_nested():
        # Of two who use the link in the same moment one finds it used.
        claim = update(Invitation).where(col(Invitation.id) == invitation.id, *_open()).values(accepted_at=now())
        if session.exec(claim).rowcount != 1:
            raise _VOID
        if newcomer.oidc_subject is not None:
            _check_subject_is_free(session, newcomer.oidc_subject)
        create_account(session, account, password=newcomer.password)
    session.refresh(invitation)
    invitation.account_id = account.id
    session.add(invitation)
    text = NoticeText(
        NoticeKind.ACCOUNT, f"invitation-{invitation.id}", f"{account.name}已接受邀请", "账号已开通", "/members"
    )
    notify(session, [invitation.invited_by_id], text)
    return account


def _check_subject_is_free(session: Session, subject: str) -> None:
    if session.exec(select(Account.id).where(col(Account.oidc_subject) == subject)).first() is not None:
        raise RecordAlreadyExists("您的统一身份已关联另一个账号", "请直接用统一身份登录")


def _open() -> tuple[ColumnElement[bool], ...]:
    return (
        col(Invitation.accepted_at).is_(None),
        col(Invitation.revoked_at).is_(None),
        col(Invitation.expires_at) > now(),
    )
