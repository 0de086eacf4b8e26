"""`matchmaker account …`, on a database of its own."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session
from typer.testing import CliRunner

from matchmaker.accounts import account_by_login_name, actor_of_key, organisations_of, start_session
from matchmaker.accounts.passwords import fits
from matchmaker.accounts.sessions import recognise_session
from matchmaker.cli.accounts import group
from matchmaker.errors import NotFound, RecordAlreadyExists
from matchmaker.models.account import Account, Role, Scope
from matchmaker.models.base import now
from matchmaker.rights import Right
from matchmaker.settings import Settings


@pytest.fixture(autouse=True)
def _installation(database: Engine, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands find the database of the test, and no `.env` of whoever runs it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MATCHMAKER_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("MATCHMAKER_DATABASE_URL", settings.database_url)
    # Wide enough for the table: a terminal would fold it.
    monkeypatch.setenv("COLUMNS", "200")


def run(*words: str) -> str:
    answer = CliRunner().invoke(group, list(words), catch_exceptions=False)
    assert answer.exit_code == 0, answer.output
    return answer.output


def account_of(session: Session, login_name: str) -> Account:
    account = account_by_login_name(session, login_name)
    assert account is not None
    return account


def shown_password(output: str) -> str:
    return output.split("一次性密码")[1].split(maxsplit=1)[0]


def test_an_account_is_added_for_a_firm(session: Session) -> None:
    output = run("add", "Wang", "--role", "enterprise", "--for", "澄湖命令行企业", "--name", "王五")
    account = account_of(session, "wang")
    assert (account.role, account.name, account.must_change_password) == (Role.ENTERPRISE, "王五", True)
    assert organisations_of(session, [account])[account.id or 0] == "澄湖命令行企业"
    assert fits(shown_password(output), account.password_hash)[0]
    with pytest.raises(RecordAlreadyExists):
        run("add", "WANG", "--role", "commissioner")
    listed = json.loads(run("list", "--json"))
    assert [(one["login_name"], one["organisation"]) for one in listed] == [("wang", "澄湖命令行企业")]
    assert "王五" in run("list")


def test_a_new_password_unlocks_and_ends_sessions(session: Session) -> None:
    run("add", "wang", "--role", "city_official")
    account = account_of(session, "wang")
    cookie = start_session(session, account)
    account.failed_logins, account.locked_until, account.totp_secret = 9, now(), "JBSWY3DPEHPK3PXP"
    session.commit()
    password = shown_password(run("password", "wang"))
    session.expire_all()
    assert fits(password, account.password_hash)[0]
    assert (account.failed_logins, account.locked_until, account.totp_secret) == (0, None, None)
    assert recognise_session(session, cookie) is None


def test_a_key_is_all_that_is_printed(session: Session) -> None:
    run("add", "wang", "--role", "city_official")
    key = run("key", "wang", "--name", "导入", "--scope", "read", "--scope", "import", "--days", "30").strip()
    actor = actor_of_key(session, key)
    assert actor is not None
    assert actor.scopes == {Scope.READ, Scope.IMPORT}
    assert actor.may(Right.IMPORT)


def test_a_disabled_account_is_out(session: Session) -> None:
    run("add", "wang", "--role", "commissioner")
    cookie = start_session(session, account_of(session, "wang"))
    session.commit()
    run("disable", "wang")
    session.expire_all()
    assert recognise_session(session, cookie) is None
    assert json.loads(run("list", "--json"))[0]["disabled"] is True
    with pytest.raises(NotFound):
        run("disable", "nobody")
