"""Logging in, passwords, second factor, keys, invitations, looking after accounts: the domain functions."""

from datetime import timedelta

import pyotp
import pytest
from sqlmodel import Session, col, select

from matchmaker.accounts import PASSWORDS, actor_of_key, actor_of_session, create_key, digest, start_session
from matchmaker.accounts.invitations import (
    Newcomer,
    accept_invitation,
    invitation_of,
    invite,
    open_invitations,
    revoke_invitation,
)
from matchmaker.accounts.login import LONGEST_WAIT_MINUTES, change_password, check_login, log_in, turn_off_second_factor
from matchmaker.accounts.management import (
    accounts_like,
    disable_account,
    enable_account,
    managed_account,
    members_of_own,
    reset_password,
)
from matchmaker.accounts.passwords import check_password, fits
from matchmaker.accounts.people import checked_email, checked_login_name, organisations_of
from matchmaker.accounts.seats import Seat, may_fill, seat_by_name, seat_of
from matchmaker.accounts.second_factor import accept_code, begin_second_factor, confirm_second_factor
from matchmaker.accounts.sessions import add_key, end_sessions, own_keys, recognise_session, revoke_key
from matchmaker.errors import CodeNeeded, LoginRefused, MalformedRequest, NotAllowed, NotFound, RecordAlreadyExists
from matchmaker.models.account import Account, ApiKey, Invitation, LoginSession, Role, Scope
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.base import now
from matchmaker.models.broker import BrokerageMembership
from matchmaker.models.notice import Notice
from matchmaker.models.party import Enterprise
from matchmaker.visibility import today
from tests.conftest import DEAR
from tests.factories import actor_for, make_account, make_broker, make_brokerage, make_enterprise

PASSWORD = "correct-horse-battery"


def attempt(session: Session, account: Account, password: str = PASSWORD, code: str = "") -> Account:
    return log_in(session, check_login(session, account.login_name, password), code=code)


def events(session: Session, account: Account, action: AuditAction) -> int:
    session.flush()
    wanted = (col(AuditEvent.record_id) == account.id, col(AuditEvent.table_name) == "account")
    return len(session.exec(select(AuditEvent).where(*wanted, col(AuditEvent.action) == action)).all())


def test_the_right_password_logs_in_whatever_the_case_of_the_name(session: Session) -> None:
    account = make_account(session, login_name="Zhang.Wei", password=PASSWORD)
    assert account.login_name == "zhang.wei"
    assert log_in(session, check_login(session, " ZHANG.wei ", PASSWORD)) is account
    assert events(session, account, AuditAction.LOGGED_IN) == 1


def test_every_refusal_has_the_same_words(session: Session) -> None:
    known, disabled = make_account(session, password=PASSWORD), make_account(session, password=PASSWORD)
    without = make_account(session)
    disabled.disabled_at = now()
    session.flush()
    said = set()
    for name, password in [
        (known.login_name, "wrong"),
        (known.login_name, ""),
        ("nobody", PASSWORD),
        (disabled.login_name, PASSWORD),
        (without.login_name, "nobody has this one"),
    ]:
        with pytest.raises(LoginRefused) as refusal:
            log_in(session, check_login(session, name, password))
        said.add(str(refusal.value))
    assert len(said) == 1
    assert events(session, known, AuditAction.LOGIN_FAILED) == 2


def test_who_guesses_waits_longer_and_longer_but_never_for_good(session: Session) -> None:
    account = make_account(session, password=PASSWORD)
    waits = []
    for _ in range(12):
        account.locked_until = None
        with pytest.raises(LoginRefused):
            attempt(session, account, "wrong")
        waits.append(round((account.locked_until - now()).total_seconds() / 60) if account.locked_until else 0)
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, LONGEST_WAIT_MINUTES, *[LONGEST_WAIT_MINUTES] * 3]
    # The right password does not help before the time has passed, and a guess does not prolong it.
    until = account.locked_until
    with pytest.raises(LoginRefused):
        attempt(session, account)
    with pytest.raises(LoginRefused):
        attempt(session, account, "wrong")
    assert account.locked_until == until
    account.locked_until = now() - timedelta(seconds=1)
    assert attempt(session, account) is account
    assert (account.failed_logins, account.locked_until) == (0, None)


def test_who_guesses_in_a_browser_left_open_waits_as_at_the_login(session: Session) -> None:
    account = make_account(session, password=PASSWORD, totp_secret=pyotp.random_base32(), totp_enabled_at=now())
    session.flush()
    actor = actor_for(session, account)
    for _ in range(3):
        with pytest.raises(LoginRefused, match="原密码"):
            change_password(session, old="wrong", new="a new password", by=actor)
    for _ in range(2):
        with pytest.raises(LoginRefused, match="验证码"):
            turn_off_second_factor(session, password="wrong", code="000000", by=actor)
    # The fifth: from now on the right one does not help before the time has passed.
    with pytest.raises(LoginRefused, match="等待"):
        change_password(session, old=PASSWORD, new="a new password", by=actor)
    with pytest.raises(LoginRefused, match="等待"):
        turn_off_second_factor(session, password=PASSWORD, code="000000", by=actor)
    account.locked_until = now()
    change_password(session, old=PASSWORD, new="a new password", by=actor)
    assert (account.failed_logins, account.locked_until) == (0, None)


def test_a_password_that_was_changed_meanwhile_is_refused(session: Session) -> None:
    account = make_account(session, password=PASSWORD)
    checked = check_login(session, account.login_name, PASSWORD)
    account.password_hash = PASSWORDS.hash("another-password")
    with pytest.raises(LoginRefused):
        log_in(session, checked)


def test_guessing_passwords_takes_memory() -> None:
    # RFC 9106, section 4: argon2id for little memory is 64 MiB, three passes, four lanes.
    assert DEAR.hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_browser_that_was_logged_in_before_has_guesses_of_its_own(session: Session) -> None:
    account = make_account(session, password=PASSWORD)
    secret = start_session(session, account)
    account.locked_until = now() + timedelta(minutes=5)
    session.flush()
    right = check_login(session, account.login_name, PASSWORD)
    with pytest.raises(LoginRefused):
        log_in(session, right)
    with pytest.raises(LoginRefused):
        log_in(session, right, known="what another browser kept")
    assert log_in(session, right, known=secret) is account


def test_a_hash_with_older_parameters_is_renewed_at_login(session: Session) -> None:
    account = make_account(session)
    # argon2id with less memory, as an earlier version might have used.
    from pwdlib.hashers.argon2 import Argon2Hasher

    account.password_hash = old = Argon2Hasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    session.flush()
    attempt(session, account)
    assert account.password_hash != old
    assert fits(PASSWORD, account.password_hash) == (True, None)


@pytest.mark.parametrize(
    ("password", "is_good"),
    [
        ("short", False),
        ("123456789", False),
        ("1234567890", False),
        ("Password123", False),
        ("aaaaaaaaaaaa", False),
        ("1212121212", False),
        ("zhang.weimin", False),
        ("x" * 150 + "y" * 60, False),
        ("ordinary words here", True),
        ("密码也可以用汉字写成呀", True),
    ],
)
def test_passwords_that_are_soon_guessed_are_refused(password: str, is_good: bool) -> None:
    if is_good:
        check_password(password, "zhang.weimin")
        return
    with pytest.raises(MalformedRequest) as refusal:
        check_password(password, "Zhang.Weimin")
    assert password not in str(refusal.value)


def test_changing_the_password_logs_other_browsers_out_and_tells(session: Session) -> None:
    account = make_account(session, password=PASSWORD, must_change_password=True)
    here, there = (start_session(session, account) for _ in range(2))
    session.flush()
    actor = actor_of_session(session, here)
    assert actor is not None
    for old, new in [("wrong-old-one", "a new password"), (PASSWORD, "short"), (PASSWORD, PASSWORD)]:
        with pytest.raises((LoginRefused, MalformedRequest)):
            change_password(session, old=old, new=new, by=actor)
    change_password(session, old=PASSWORD, new="a new password", by=actor)
    session.flush()
    assert actor_of_session(session, here) is not None
    assert actor_of_session(session, there) is None
    assert not account.must_change_password
    assert attempt(session, account, "a new password") is account
    assert len(session.exec(select(Notice).where(col(Notice.account_id) == account.id)).all()) == 1


def test_a_code_is_asked_for_works_once_and_only_after_the_password(session: Session) -> None:
    account = make_account(session, role=Role.CITY_OFFICIAL, password=PASSWORD)
    actor = actor_for(session, account)
    begin_second_factor(session, by=actor)
    assert account.totp_secret is not None
    # Not in force before the phone has shown a code.
    assert attempt(session, account) is account
    with pytest.raises(MalformedRequest):
        confirm_second_factor(session, "000000", by=actor)
    totp = pyotp.TOTP(account.totp_secret)
    # The step before: still accepted, and the current code stays unused.
    confirm_second_factor(session, totp.generate_otp(totp.timecode(now()) - 1), by=actor)
    with pytest.raises(CodeNeeded):
        attempt(session, account)
    with pytest.raises(LoginRefused) as wrong_password:
        attempt(session, account, "wrong")
    assert not isinstance(wrong_password.value, CodeNeeded)
    code = totp.generate_otp(totp.timecode(now()) + 1)
    assert attempt(session, account, code=f"{code[:3]} {code[3:]}") is account
    failures = account.failed_logins
    with pytest.raises(LoginRefused):
        attempt(session, account, code=code)
    assert account.failed_logins == failures + 1


def test_a_code_that_is_no_number_is_no_code(session: Session) -> None:
    account = make_account(session, totp_secret=pyotp.random_base32())
    assert not any(
        accept_code(account, text) for text in ("", "一二三四五六", "12345", "\u0661\u0662\u0663\u0664\u0665\u0666")
    )


def test_sessions_end_by_time_idleness_and_disabling(session: Session) -> None:
    account = make_account(session)
    secret = start_session(session, account)
    session.flush()
    found = session.exec(select(LoginSession).where(col(LoginSession.token_hash) == digest(secret))).one()
    assert found.token_hash != secret
    recognised = recognise_session(session, secret)
    assert recognised is not None
    assert not recognised.is_to_be_noted
    found.last_seen_at = now() - timedelta(minutes=2)
    assert recognise_session(session, secret).is_to_be_noted  # type: ignore[union-attr]
    found.last_seen_at = now() - timedelta(hours=3)
    assert recognise_session(session, secret) is None
    found.last_seen_at = now()
    found.expires_at = now()
    assert recognise_session(session, secret) is None
    found.expires_at = now() + timedelta(hours=1)
    account.disabled_at = now()
    assert recognise_session(session, secret) is None
    account.disabled_at = None
    assert end_sessions(session, account.id or 0) == 1
    assert recognise_session(session, secret) is None


def test_a_key_cannot_make_a_stronger_one(session: Session) -> None:
    account = make_account(session, role=Role.CITY_OFFICIAL)

    def program(*scopes: Scope):  # type: ignore[no-untyped-def]
        secret = create_key(session, account, "test", list(scopes))
        session.flush()
        actor = actor_of_key(session, secret)
        assert actor is not None
        return actor

    reading, managing = program(Scope.READ), program(Scope.MANAGE)
    with pytest.raises(NotAllowed):
        add_key(session, name="x", scopes=[Scope.READ], expires_at=None, by=reading)
    with pytest.raises(NotAllowed):
        add_key(session, name="x", scopes=[Scope.IMPORT], expires_at=None, by=managing)
    key, secret = add_key(session, name="x", scopes=[Scope.MANAGE, Scope.READ], expires_at=None, by=managing)
    assert key.scopes == [Scope.READ, Scope.MANAGE]
    assert secret not in str(vars(key))
    with pytest.raises(NotAllowed):
        revoke_key(session, key.id or 0, by=reading)
    stranger = actor_for(session, make_account(session))
    with pytest.raises(NotFound):
        revoke_key(session, key.id or 0, by=stranger)
    revoke_key(session, key.id or 0, by=managing)
    assert actor_of_key(session, secret) is None
    assert key.id not in {one.id for one in own_keys(session, managing)}
    with pytest.raises(MalformedRequest):
        add_key(session, name="x", scopes=[Scope.READ], expires_at=now(), by=managing)


def test_an_expired_key_is_no_key(session: Session) -> None:
    account = make_account(session)
    secret = create_key(session, account, "test", [Scope.READ], expires_at=now() - timedelta(seconds=1))
    session.flush()
    assert actor_of_key(session, secret) is None
    assert session.exec(select(ApiKey)).one().secret_hash == digest(secret)


def test_who_may_fill_which_seat(session: Session) -> None:
    brokerage, other = make_brokerage(session), make_brokerage(session)
    here, elsewhere, gone = make_broker(session, brokerage=brokerage), make_broker(session), make_broker(session)
    gone_from = BrokerageMembership(
        broker_id=gone.id or 0, brokerage_id=brokerage.id or 0, joined_on=today(), left_on=today()
    )
    session.add(gone_from)
    session.flush()
    accounts = {
        role: make_account(
            session, role=role, brokerage_id=brokerage.id if role is Role.BROKERAGE_ADMINISTRATOR else None
        )
        for role in Role
    }
    actors = {role: actor_for(session, account) for role, account in accounts.items()}

    def roles_that_fill(seat: Seat) -> set[Role]:
        return {role for role, actor in actors.items() if may_fill(session, seat, actor)}

    city = {Role.CITY_OFFICIAL, Role.ADMINISTRATOR}
    assert roles_that_fill(seat_of(accounts[Role.ENTERPRISE])) == {Role.ENTERPRISE, *city}
    assert roles_that_fill(Seat(Role.ENTERPRISE, enterprise_id=make_enterprise(session).id)) == city
    # Her enterprise, but another role than hers.
    assert roles_that_fill(Seat(Role.INSTITUTION, enterprise_id=accounts[Role.ENTERPRISE].enterprise_id)) == city
    assert roles_that_fill(Seat(Role.ENTERPRISE)) == city
    assert roles_that_fill(Seat(Role.BROKER, broker_id=here.id)) == {Role.BROKERAGE_ADMINISTRATOR, *city}
    assert roles_that_fill(Seat(Role.BROKER, broker_id=elsewhere.id)) == city
    assert roles_that_fill(Seat(Role.BROKER, broker_id=gone.id)) == city
    assert roles_that_fill(Seat(Role.BROKERAGE_ADMINISTRATOR, brokerage_id=other.id)) == city
    assert roles_that_fill(Seat(Role.DISTRICT_OFFICIAL, region_code="990102")) == {Role.DISTRICT_OFFICIAL, *city}
    assert roles_that_fill(Seat(Role.DISTRICT_OFFICIAL, region_code="990103")) == city
    assert roles_that_fill(Seat(Role.COMMISSIONER)) == city
    assert roles_that_fill(Seat(Role.CITY_OFFICIAL)) == city
    assert roles_that_fill(Seat(Role.ADMINISTRATOR)) == {Role.ADMINISTRATOR}


def test_an_invitation_makes_one_account(session: Session) -> None:
    inviter = make_account(session)
    by = actor_for(session, inviter)
    token = invite(session, seat_of(inviter), note="小李", by=by)
    assert session.exec(select(Invitation)).one().token_hash == digest(token)
    taken = Newcomer(inviter.login_name, "李四", password=PASSWORD)
    with pytest.raises(RecordAlreadyExists):
        accept_invitation(session, token, taken)
    # Refused, it is not used up.
    account = accept_invitation(session, token, Newcomer("Li.Si", "李四", password=PASSWORD))
    assert (account.role, account.enterprise_id) == (inviter.role, inviter.enterprise_id)
    assert attempt(session, account) is account
    session.flush()
    assert session.exec(select(Invitation)).one().account_id == account.id
    assert session.exec(select(Notice).where(col(Notice.account_id) == inviter.id)).one().link == "/members"
    with pytest.raises(NotFound):
        accept_invitation(session, token, Newcomer("wangwu", "王五", password=PASSWORD))


def test_invitations_end_by_time_revoking_and_with_their_inviter(session: Session) -> None:
    inviter = make_account(session)
    by = actor_for(session, inviter)
    old, revoked, orphaned = (invite(session, seat_of(inviter), by=by) for _ in range(3))
    invitation_of(session, old).expires_at = now()
    stranger = actor_for(session, make_account(session))
    revoked_id = invitation_of(session, revoked).id or 0
    with pytest.raises(NotFound):
        revoke_invitation(session, revoked_id, by=stranger)
    colleague = actor_for(session, make_account(session, enterprise_id=inviter.enterprise_id))
    assert {one.id for one in open_invitations(session, by=colleague)} == {
        revoked_id,
        invitation_of(session, orphaned).id,
    }
    assert open_invitations(session, by=stranger) == []
    revoke_invitation(session, revoked_id, by=colleague)
    inviter.disabled_at = now()
    session.flush()
    for token in (old, revoked, orphaned, "unknown"):
        with pytest.raises(NotFound):
            invitation_of(session, token)


def test_nobody_invites_above_herself(session: Session) -> None:
    firm = actor_for(session, make_account(session))
    city = actor_for(session, make_account(session, role=Role.CITY_OFFICIAL))
    for seat, by in [
        (Seat(Role.ENTERPRISE, enterprise_id=make_enterprise(session).id), firm),
        (Seat(Role.CITY_OFFICIAL), firm),
        (Seat(Role.ADMINISTRATOR), city),
    ]:
        with pytest.raises(NotAllowed):
            invite(session, seat, by=by)
    with pytest.raises(MalformedRequest):
        invite(session, Seat(Role.ENTERPRISE), by=city)
    with pytest.raises(MalformedRequest):
        invite(session, Seat(Role.DISTRICT_OFFICIAL, region_code="110101"), by=city)
    broker = make_account(session, role=Role.BROKER)
    with pytest.raises(RecordAlreadyExists):
        invite(session, seat_of(broker), by=city)


def test_a_seat_is_found_by_the_name_of_its_organisation(session: Session) -> None:
    enterprise = make_enterprise(session, name="澄湖甲乙机械有限公司")
    assert seat_by_name(session, Role.ENTERPRISE, enterprise.name).enterprise_id == enterprise.id
    with pytest.raises(NotFound, match="澄湖甲乙机械有限公司"):
        seat_by_name(session, Role.ENTERPRISE, "甲乙机械")
    with pytest.raises(NotFound):
        seat_by_name(session, Role.ENTERPRISE, "丙丁%公司")
    seat = seat_by_name(session, Role.ENTERPRISE, "丙丁公司", add_unknown=True)
    assert session.get(Enterprise, seat.enterprise_id).name == "丙丁公司"  # type: ignore[union-attr]
    with pytest.raises(MalformedRequest):
        seat_by_name(session, Role.ENTERPRISE, " ")
    broker = make_broker(session, name="钱经纪")
    assert seat_by_name(session, Role.BROKER, "钱经纪").broker_id == broker.id
    make_broker(session, name="钱经纪")
    with pytest.raises(MalformedRequest, match="证书编号"):
        seat_by_name(session, Role.BROKER, "钱经纪")
    assert seat_by_name(session, Role.BROKER, broker.certificate_number or "").broker_id == broker.id
    assert seat_by_name(session, Role.DISTRICT_OFFICIAL, "990102").region_code == "990102"
    with pytest.raises(NotFound):
        seat_by_name(session, Role.DISTRICT_OFFICIAL, "火星区")
    assert seat_by_name(session, Role.COMMISSIONER, "") == Seat(Role.COMMISSIONER)


def test_members_are_those_of_the_own_organisation(session: Session) -> None:
    brokerage = make_brokerage(session)
    head = make_account(session, role=Role.BROKERAGE_ADMINISTRATOR, brokerage_id=brokerage.id)
    broker = make_account(session, role=Role.BROKER, broker_id=make_broker(session, brokerage=brokerage).id)
    make_account(session, role=Role.BROKER)
    firm = make_account(session)
    colleague = make_account(session, enterprise_id=firm.enterprise_id)
    district = make_account(session, role=Role.DISTRICT_OFFICIAL)
    make_account(session, role=Role.DISTRICT_OFFICIAL, region_code="990103")

    def members(account: Account) -> set[int | None]:
        return {one.id for one in members_of_own(session, by=actor_for(session, account)).accounts}

    assert members(head) == {head.id, broker.id}
    assert members(firm) == {firm.id, colleague.id}
    assert members(district) == {district.id}
    names = organisations_of(session, [head, broker, firm, district])
    assert names[head.id or 0] == names[broker.id or 0] == brokerage.name
    assert all(names.values())


def test_looking_after_accounts(session: Session) -> None:
    firm = make_account(session, password=PASSWORD, totp_secret=pyotp.random_base32(), totp_enabled_at=now())
    colleague = make_account(session, enterprise_id=firm.enterprise_id)
    by_colleague = actor_for(session, colleague)
    city = actor_for(session, make_account(session, role=Role.CITY_OFFICIAL))
    administrator = make_account(session, role=Role.ADMINISTRATOR)
    stranger = actor_for(session, make_account(session))
    cookie = start_session(session, firm)
    session.flush()
    with pytest.raises(NotFound):
        disable_account(session, firm.id or 0, by=stranger)
    with pytest.raises(NotAllowed):
        disable_account(session, colleague.id or 0, by=by_colleague)
    disable_account(session, firm.id or 0, by=by_colleague)
    enable_account(session, firm.id or 0, by=by_colleague)
    session.flush()
    assert actor_of_session(session, cookie) is None
    with pytest.raises(NotAllowed):
        reset_password(session, firm.id or 0, by=by_colleague)
    key = create_key(session, firm, "程序", [Scope.READ])
    _, password = reset_password(session, firm.id or 0, by=city)
    session.flush()
    assert firm.must_change_password
    assert actor_of_key(session, key) is None, "whoever lost the password may have lost the key"
    assert attempt(session, firm, password) is firm
    for act in (reset_password, disable_account, managed_account):
        with pytest.raises(NotFound):
            act(session, administrator.id or 0, by=city)
    with pytest.raises(NotAllowed):
        reset_password(session, city.account_id or 0, by=city)


def test_accounts_are_found_by_name_login_name_and_organisation(session: Session) -> None:
    city = actor_for(session, make_account(session, role=Role.CITY_OFFICIAL))
    firm = make_account(session, name="赵六", enterprise_id=make_enterprise(session, name="百分之百%公司").id)
    for text in ("赵六", firm.login_name.upper(), "百%公司"):
        assert [one.id for one in accounts_like(session, text, by=city).accounts] == [firm.id]
    assert accounts_like(session, "赵六", Role.BROKER, by=city).total == 0
    assert accounts_like(session, "", page=99, by=city).page == 1
    with pytest.raises(NotAllowed):
        accounts_like(session, by=actor_for(session, firm))


@pytest.mark.parametrize("text", ["", "a", "a b", "x" * 61, "a/b", "<b>"])
def test_login_names_are_checked(text: str) -> None:
    with pytest.raises(MalformedRequest):
        checked_login_name(text)


@pytest.mark.parametrize("text", ["a", "a@b", "a b@c.cn", "a@b.cn,d@e.cn", "a@b.cn\nBcc: x@y.cn"])
def test_mail_addresses_are_checked(text: str) -> None:
    with pytest.raises(MalformedRequest):
        checked_email(text)
