"""Commands for whoever runs the platform: serve, work, do the day's duties, migrate, reindex, move."""

import gc
import json
import logging
import os
import signal
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from indexing import IndexLocked
from matchmaker.accounts import create_first_administrator
from matchmaker.backup import back_up, checked, restore, upgrade
from matchmaker.classification import classification
from matchmaker.cli.base import JsonOption, app, index_now, opened_database, opened_indexes, out, progress_bar
from matchmaker.clock import CONFIRM, clock_problem, confirm_clock, note_clock
from matchmaker.courier import Courier
from matchmaker.database import open_database, session_scope
from matchmaker.duties import Duties, duties_of, run_due
from matchmaker.errors import MalformedRequest
from matchmaker.index_rebuild import enqueue_stale, rebuild, rebuild_if_outdated, request_rebuild
from matchmaker.index_state import wait_until_idle
from matchmaker.index_sync import Relay, relay_all
from matchmaker.logs import without_secrets
from matchmaker.matching import match_latest
from matchmaker.models.outbox import RecordKind
from matchmaker.moving import move_database
from matchmaker.settings import Settings
from matchmaker.uploads import ImportRunner


@app.command("migrate")
def migrate_command() -> None:
    """建立或升级数据库结构。"""
    settings = Settings()
    database = open_database(settings.resolved_database_url())
    upgrade(database, settings)
    out.print("数据库结构已是最新版本")


@app.command("backup")
def backup_command(as_json: JsonOption = False) -> None:
    """备份全部数据到一个文件（数据库、城市配置、已学系数），平台照常运行；检索索引可重建，不在其中。"""
    settings = Settings()
    with opened_database(settings) as database:
        made = back_up(database, settings)
    manifest = checked(made)
    if as_json:
        out.print_json(json.dumps({"file": str(made), "rows": dict(manifest.rows), "audit_head": manifest.audit_head}))
        return
    out.print(f"已备份 {manifest.records} 行，{made.stat().st_size / 2**20:.1f} MB：{made}", soft_wrap=True)
    out.print("内容已逐项校验。请把它另存到别的机器；文件含联系方式，请妥善保管")


@app.command("restore")
def restore_command(
    backup: Annotated[Path, typer.Argument(help="备份文件", dir_okay=False)],
    replace: Annotated[bool, typer.Option(help="代替现有的 SQLite 数据库；原数据库改名保留")] = False,
) -> None:
    """从备份恢复全部数据并逐项核对。请先停止 serve 和 worker；PostgreSQL 须为新建的空库。"""
    settings = Settings()
    found = restore(backup, settings, replace=replace)
    out.print(f"已恢复 {found.manifest.records} 行（{found.manifest.made_at} 的备份），与备份记载一致")
    if found.set_aside is not None:
        out.print(f"原数据库保留在 {found.set_aside}", soft_wrap=True)
    if found.city_file is not None:
        out.print(f"城市配置在 {found.city_file}：请把 MATCHMAKER_CITY_FILE 设为它", soft_wrap=True)
    out.print("下一步：启动服务，检索索引会自动重建")


@app.command("migrate-db")
def migrate_db_command(
    to: Annotated[
        str, typer.Option(help="目标数据库的 SQLAlchemy URL，须为空库；密码可由 MATCHMAKER_DATABASE_PASSWORD 给出")
    ],
) -> None:
    """把全部数据搬到另一个数据库（SQLite ↔ PostgreSQL）：逐表计数并比对内容，有一处不符就全部撤回。请先停止服务。"""
    settings = Settings()
    target = open_database(settings.model_copy(update={"database_url": to}).resolved_database_url())
    try:
        with opened_database(settings) as source, progress_bar("搬移数据") as progress:
            copied = move_database(source, target, progress)
    finally:
        target.dispose()
    for table, rows in copied.items():
        out.print(f"{table:24} {rows}")
    out.print(
        f"共 {sum(copied.values())} 行，内容一致。下一步：把 MATCHMAKER_DATABASE_URL 设为目标地址并启动服务；编号不变，索引仍可用"
    )


@app.command("reindex")
def reindex_command(
    stale: Annotated[bool, typer.Option(help="只补写数据库与索引不一致的记录")] = False,
    to: Annotated[
        str | None, typer.Option(help="建到另一个检索引擎（URL），现用的不变；建好后把 MATCHMAKER_ENGINE_URL 改为它")
    ] = None,
) -> None:
    """重建检索索引：在旧索引旁新建，完成后切换；重建期间检索照常。"""
    settings = Settings()
    if to:
        settings = settings.model_copy(update={"engine_url": to})
    with opened_database(settings) as database, opened_indexes(settings) as indexes:
        try:
            if stale:
                indexes.warm_up()
                out.print(f"不一致的记录：{enqueue_stale(database, indexes)} 条")
            else:
                for kind in RecordKind:
                    out.print(f"{kind.label}：{rebuild(database, indexes, kind)} 条")
        except IndexLocked:
            if to:
                # Whoever holds that other place is not this installation's service.
                raise
            out.print("服务正在运行，由它来重建……")
            request_rebuild(database)
            finished = wait_until_idle(database, seconds=600)
            out.print("重建完成" if finished else "仍在重建，可稍后再看；检索照常可用")
            return
    if to:
        out.print("已建好。下一步：把 MATCHMAKER_ENGINE_URL 设为这个地址并重启服务；此间的变更和语义会在启动后自动补上")
    else:
        index_now(settings)


@app.command("serve")
def serve_command(
    host: Annotated[str | None, typer.Option(help="监听地址")] = None,
    port: Annotated[int | None, typer.Option(help="端口；0 为任选")] = None,
    without_worker: Annotated[bool, typer.Option(help="不在本进程写索引；另行运行 matchmaker worker")] = False,
) -> None:
    """启动平台：网页、接口和后台索引。首次启动会建库并显示一次系统管理员的一次性密码。"""
    settings = Settings()
    serve(
        settings.model_copy(update={k: v for k, v in (("host", host), ("port", port)) if v is not None}),
        relays=not without_worker,
    )


@app.command("worker")
def worker_command() -> None:
    """后台写索引、发送通知、做每日任务，直到停止（Ctrl+C 或 SIGTERM）。PostgreSQL 下可同时运行多个。"""
    settings = Settings()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with opened_database(settings, create=True) as database, opened_indexes(settings) as indexes:
        relay, duties, imports = (
            Relay(database, indexes, match_latest),
            Duties(database, indexes, settings),
            ImportRunner(database),
        )
        relay.start()
        duties.start()
        imports.start()
        out.print(
            f"[bold green]索引进程已启动[/bold green]  检索引擎  {without_secrets(settings.resolved_engine_url())}",
            soft_wrap=True,
        )
        indexes.warm_up()
        stopping.wait()
        imports.stop()
        duties.stop()
        relay.stop()


@app.command("duties")
def duties_command(
    clock_is_right: Annotated[bool, typer.Option(help="系统时间正确：停用很久之后，或改正时间之后")] = False,
) -> None:
    """做完今天到点而未做的每日任务并发送排队的通知，然后退出；供 cron 使用。serve 和 worker 运行时会自动做。"""
    settings = Settings()
    with opened_database(settings, create=True) as database, opened_indexes(settings) as indexes:
        if clock_is_right:
            confirm_clock(database)
        if problem := clock_problem(database):
            raise MalformedRequest(problem, CONFIRM)
        note_clock(database)
        duties = duties_of(settings)
        ended = run_due(database, indexes, duties)
        for duty in duties:
            if duty.name in ended:
                out.print(f"{duty.label}：{'未完成，原因见日志' if ended[duty.name] else '已完成'}")
        out.print(f"已发送通知 {Courier(database, settings).deliver()} 条")
    if any(ended.values()):
        raise typer.Exit(1)


@app.command("demo")
def demo_command(
    reset: Annotated[bool, typer.Option(help="移除演示数据后退出")] = False,
    port: Annotated[int | None, typer.Option(help="端口；0 为任选")] = None,
) -> None:
    """载入演示城市并启动平台；演示数据与正式数据分开存放。"""
    from matchmaker.demo import load_demo_city, remove_demo_city, settle_people
    from matchmaker.demo.people import new_demo_password

    settings = Settings()
    if "data_dir" not in settings.model_fields_set:
        settings = settings.model_copy(update={"data_dir": Path("var/demo")})
    if port is not None:
        settings = settings.model_copy(update={"port": port})
    with opened_database(settings, create=True) as database:
        if reset:
            out.print(f"已移除 {remove_demo_city(database)} 条演示数据")
        else:
            with out.status("载入演示城市") as status:
                reports = load_demo_city(database, lambda text: status.update(f"载入演示城市：{text}"))
            # A demo is for looking at, not for maintaining: what an upgrade left behind is rebuilt unasked.
            with opened_indexes(settings) as indexes, out.status("建立索引") as status:
                rebuild_if_outdated(database, indexes)
                # The matches of the demo city are found as any others are.
                relay_all(database, indexes)
                settle_people(database, indexes, lambda text: status.update(f"演示城市的{text}"))
            out.print(f"演示城市澄湖市：{sum(one.rows_read for one in reports)} 条记录（全部为虚构的演示数据）")
            password, accounts = new_demo_password(database)
            for one in accounts:
                out.print(f"演示账号  {one.role.label}  [bold]{one.login_name}[/bold]  {one.name}", soft_wrap=True)
            out.print(f"演示账号的密码（每次启动都换）  [bold]{password}[/bold]", soft_wrap=True)
    if reset:
        index_now(settings)
    else:
        serve(settings)


def serve(settings: Settings, *, relays: bool = True) -> None:
    """Migrate, print the address and, the first time, the administrator's one-time password; serve until stopped."""
    import socket

    import uvicorn

    # Of what is made by importing nothing is garbage: looking for it is a fifth of the way to the first answer.
    gc.disable()
    from matchmaker.app import create_app

    gc.freeze()
    gc.enable()

    with opened_database(settings, create=True) as database, session_scope(database) as session:
        first = create_first_administrator(session)
    listening = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        raise MalformedRequest(
            f"无法监听 {settings.host}:{settings.port}（{error.strerror}）", "请用 --port 换一个端口，0 为任选"
        ) from error
    host, port = listening.getsockname()[:2]
    web = create_app(settings, relays=relays)
    # From here on whoever reads the address below and connects at once is answered, if a moment later.
    listening.listen()
    city = classification().city
    out.print(
        f"服务城市  {city.name}{'（虚构的演示城市；正式使用请见 matchmaker city --help）' if city.is_invented else ''}"
    )
    out.print(f"数据目录  {settings.data_dir.absolute()}")
    out.print(f"检索引擎  {without_secrets(settings.resolved_engine_url())}")
    out.print(f"语义模型  {settings.embedder}")
    if first:
        login_name, password = first
        out.print(f"系统管理员  登录名 [bold]{login_name}[/bold]  一次性密码 [bold]{password}[/bold]", soft_wrap=True)
        out.print(
            "（密码只显示这一次，首次登录后须修改；遗失时运行 matchmaker account password admin）", soft_wrap=True
        )
    out.print(f"[bold green]平台已启动  http://{host}:{port}/[/bold green]", soft_wrap=True)
    # Whoever could name her own address would have limits of her own: nobody is believed unless a proxy is named.
    proxies = os.environ.get("FORWARDED_ALLOW_IPS", "")
    config = uvicorn.Config(
        web, log_config=None, access_log=False, proxy_headers=bool(proxies), forwarded_allow_ips=proxies
    )
    server = uvicorn.Server(config)
    server.run(sockets=[listening])


@app.command("doctor")
def doctor_command(as_json: JsonOption = False) -> None:
    """逐项检查平台：绿色正常，黄色可用但有不足，红色须修复；每项附一个修复办法。有红色时退出码为 1。"""
    from matchmaker.doctor import examine

    # What libraries warn of while they are looked at, the findings say in better words.
    logging.disable(logging.WARNING)
    marks = {"green": "[green]● 正常[/green]", "yellow": "[yellow]▲ 注意[/yellow]", "red": "[red]✗ 故障[/red]"}
    found = []
    for one in examine():
        found.append(one)
        if not as_json:
            repair = f"  → {one.repair}" if one.repair else ""
            out.print(f"{marks[one.level]}  {one.label}：{escape(one.sentence + repair)}", soft_wrap=True)
    is_broken = any(one.level == "red" for one in found)
    if as_json:
        checks = [asdict(one) for one in found]
        typer.echo(json.dumps({"ok": not is_broken, "checks": checks}, ensure_ascii=False))
    raise typer.Exit(1 if is_broken else 0)
