"""`matchmaker account …`: accounts from the command line, for whoever sits at the machine."""

from datetime import timedelta
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlmodel import Session, col, select

from matchmaker.accounts import account_by_login_name, create_account, create_key, one_time_password, organisations_of
from matchmaker.accounts.login import set_password
from matchmaker.accounts.people import checked_email, checked_login_name, checked_name
from matchmaker.accounts.seats import check_seat, seat_by_name
from matchmaker.accounts.second_factor import drop_second_factor
from matchmaker.accounts.sessions import end_sessions
from matchmaker.cli.base import JsonOption, app, opened_database, out
from matchmaker.database import session_scope
from matchmaker.errors import NotFound
from matchmaker.models.account import Account, Role, Scope
from matchmaker.models.base import now
from matchmaker.settings import Settings

group = typer.Typer(no_args_is_help=True, help="账号：查看、开通、重置密码、生成接口密钥、停用")
app.add_typer(group, name="account")

LoginName = Annotated[str, typer.Argument(metavar="LOGIN", help="登录名")]


@group.command("list")
def list_command(as_json: JsonOption = False) -> None:
    """列出全部账号。"""
    with opened_database(Settings()) as database, Session(database) as session:
        accounts = list(session.exec(select(Account).order_by(col(Account.role), col(Account.login_name))))
        organisations = organisations_of(session, accounts)
    if as_json:
        rows = [
            {
                "login_name": one.login_name,
                "name": one.name,
                "role": one.role,
                "organisation": organisations[one.id or 0],
                "disabled": one.disabled_at is not None,
            }
            for one in accounts
        ]
        out.print_json(data=rows)
        return
    table = Table("登录名", "姓名", "角色", "单位", "状态")
    for one in accounts:
        status = "已停用" if one.disabled_at else ""
        table.add_row(*map(escape, (one.login_name, one.name, one.role.label, organisations[one.id or 0], status)))
    out.print(table)


@group.command("add")
def add_command(
    login_name: LoginName,
    role: Annotated[Role, typer.Option(help="角色")],
    name: Annotated[str, typer.Option(help="姓名；默认为登录名")] = "",
    organisation: Annotated[
        str, typer.Option("--for", help="所属单位名称；经纪人填姓名或证书编号，县市区科技局填县市区")
    ] = "",
    email: Annotated[str, typer.Option(help="邮箱")] = "",
) -> None:
    """开通账号，显示一次性密码；尚未登记的企业、高校院所按所给名称登记。"""
    password = one_time_password()
    with opened_database(Settings()) as database, session_scope(database) as session:
        seat = seat_by_name(session, role, organisation, add_unknown=True)
        check_seat(session, seat)
        account = Account(
            login_name=checked_login_name(login_name),
            name=checked_name(name or login_name),
            email=checked_email(email),
            must_change_password=True,
            **seat.values(),
        )
        create_account(session, account, password=password)
    _show_password(account, password)


@group.command("password")
def password_command(login_name: LoginName) -> None:
    """重置为一次性密码；解除暂停登录，关闭两步验证，退出全部登录。"""
    password = one_time_password()
    with opened_database(Settings()) as database, session_scope(database) as session:
        account = _account(session, login_name)
        set_password(session, account, password, must_change=True)
        drop_second_factor(session, account)
        end_sessions(session, account.id or 0)
    _show_password(account, password)


@group.command("key")
def key_command(
    login_name: LoginName,
    name: Annotated[str, typer.Option(help="密钥名称：哪个程序使用")],
    scope: Annotated[list[Scope], typer.Option(help="使用范围，可重复给出")],
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="有效天数；默认长期有效")] = None,
) -> None:
    """生成接口密钥；只输出密钥本身，便于脚本使用。"""
    with opened_database(Settings()) as database, session_scope(database) as session:
        expires_at = now() + timedelta(days=days) if days else None
        secret = create_key(
            session, _account(session, login_name), name[:60], list(dict.fromkeys(scope)), expires_at=expires_at
        )
    typer.echo(secret)


@group.command("disable")
def disable_command(login_name: LoginName) -> None:
    """停用账号：不能再登录，已有登录和接口密钥立即失效。"""
    with opened_database(Settings()) as database, session_scope(database) as session:
        account = _account(session, login_name)
        account.disabled_at = account.disabled_at or now()
        session.add(account)
        end_sessions(session, account.id or 0)
    out.print(f"账号 {escape(account.login_name)} 已停用")


def _account(session: Session, login_name: str) -> Account:
    account = account_by_login_name(session, login_name)
    if account is None:
        raise NotFound(f"没有登录名为“{login_name}”的账号", "请用 matchmaker account list 查看全部账号")
    return account


def _show_password(account: Account, password: str) -> None:
    out.print(f"登录名 [bold]{escape(account.login_name)}[/bold]  一次性密码 [bold]{password}[/bold]", soft_wrap=True)
    out.print("（密码只显示这一次，登录后须修改）")
