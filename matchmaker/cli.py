"""The command line: every body calls the same functions as the pages do."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from indexing import IndexingError, IndexLocked
from matchmaker.accounts import create_administrator_token
from matchmaker.classification import use_city
from matchmaker.database import check_schema, migrate, open_database, session_scope
from matchmaker.errors import MalformedRequest, MatchmakerError
from matchmaker.figures import as_text
from matchmaker.index_sync import (
    enqueue_stale,
    index_state,
    rebuild,
    rebuild_if_outdated,
    relay_once,
    request_rebuild,
    wait_until_idle,
)
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.ingest import ImportKind, IngestOptions, ingest_file, write_rejected, write_template
from matchmaker.models.outbox import RecordKind
from matchmaker.settings import Settings

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="技术供需对接平台")
out = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

KindArgument = Annotated[
    ImportKind, typer.Argument(help="needs 需求 · achievements 成果 · enterprises 企业 · institutions 高校院所")
]
JsonOption = Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")]


def main() -> None:
    """Entry point: what goes wrong is one sentence that names the repair, never a stack trace."""
    try:
        app()
    except ValidationError as error:
        # Only settings are validated here; the values themselves may be secrets and are not repeated.
        names = "、".join(f"MATCHMAKER_{one['loc'][0]}".upper() for one in error.errors() if one["loc"])
        sentence = f"设置有误：{names}。可填的值见 README 的 Settings 一节"
    except (MatchmakerError, IndexingError, ValueError) as error:
        sentence = str(error)
    except OperationalError as error:
        sentence = f"数据库无法使用（{error.orig}）：请检查 MATCHMAKER_DATABASE_URL、文件权限和磁盘空间"
    except OSError as error:
        sentence = f"无法读写 {error.filename or ''}（{error.strerror}）：请检查权限和磁盘空间"
    else:
        return
    errors.print(f"[red]✗[/red] {escape(sentence)}", soft_wrap=True)
    raise SystemExit(1)


@app.callback()
def configure(verbose: Annotated[bool, typer.Option(help="显示运行日志")] = False) -> None:
    """技术供需对接平台：导入、匹配、检索、评测。配置见 README 的 MATCHMAKER_* 一览。"""
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(levelname)s %(message)s")


@app.command("migrate")
def migrate_command() -> None:
    """建立或升级数据库结构。"""
    database = open_database(Settings().resolved_database_url())
    migrate(database)
    out.print("数据库结构已是最新版本")


@app.command("ingest")
def ingest_command(
    kind: KindArgument,
    file: Annotated[Path, typer.Argument(help="xlsx、csv 或 jsonl 文件", exists=True, dir_okay=False)],
    source: Annotated[str | None, typer.Option(help="来源名称；与记录编号一起识别同一条记录")] = None,
    sheet: Annotated[str | None, typer.Option(help="工作表名称；默认自动选择")] = None,
    column_map: Annotated[list[str] | None, typer.Option("--map", help="列对应关系，如 --map 原列名=title")] = None,
    dry_run: Annotated[bool, typer.Option(help="只检查，不写入")] = False,
    rejected: Annotated[Path | None, typer.Option(help="退回行批注表的位置；默认与原文件同目录")] = None,
) -> None:
    """导入一个文件。错误行不影响其余行，并写入一份带批注的 xlsx，改好后可直接再次导入。"""
    settings = Settings()
    with opened_database(settings) as database:
        options = IngestOptions(source, sheet, _column_map(column_map or []), dry_run)
        with progress_bar(f"导入{kind.label}") as progress:
            report = ingest_file(database, kind, file, options, progress)
        out.print(report.to_text())
        if report.rejected:
            target = rejected or file.with_name(f"{file.stem}-退回.xlsx")
            write_rejected(report, target)
            out.print(f"退回 {len(report.rejected)} 行，批注表：{target}")
        if not dry_run:
            index_now(settings, database)


@app.command("template")
def template_command(
    kind: KindArgument, file: Annotated[Path | None, typer.Argument(help="写到哪里；默认当前目录")] = None
) -> None:
    """生成可填写的 xlsx 模板，带下拉选项和填写说明。"""
    use_city(Settings().city_file)
    target = file or Path(f"{kind.label}模板.xlsx")
    write_template(kind, target)
    out.print(f"模板已写入 {target}")


@app.command("match")
def match_command(
    kind: Annotated[RecordKind, typer.Argument(help="needs 或 achievements：为哪一类记录找匹配")],
    record_id: Annotated[int, typer.Argument(help="记录编号")],
    limit: Annotated[int, typer.Option(min=1, max=100)] = 10,
    as_json: JsonOption = False,
) -> None:
    """为一条需求找成果，或为一项成果找需求，并给出理由。"""
    from matchmaker.matching import match_achievement, match_need
    from matchmaker.models.achievement import Achievement
    from matchmaker.models.need import TechnologyNeed
    from matchmaker.records import record_by_id

    settings = Settings()
    with opened_database(settings) as database, opened_indexes(settings) as indexes, Session(database) as session:
        indexes.warm_up()
        if kind is RecordKind.NEEDS:
            need = record_by_id(session, TechnologyNeed, record_id)
            found = match_need(session, indexes, need, limit=limit, restricted=True)
        else:
            achievement = record_by_id(session, Achievement, record_id)
            found = match_achievement(session, indexes, achievement, limit=limit, restricted=True)
        if as_json:
            out.print_json(
                json.dumps([one.match.model_dump(mode="json") | {"title": one.record.title} for one in found])
            )
            return
        if not found:
            out.print("没有足够匹配的记录：可补充指标和应用场景，或转揭榜、专家咨询")
        for place, one in enumerate(found, start=1):
            out.print(f"[bold]{place}. {one.record.title}[/bold]  {one.match.band.label} {one.match.score:.2f}")
            for reason in one.explanation.reasons:
                out.print(f"   {reason.label}：{reason.verdict.label}。{reason.sentence}")


@app.command("reindex")
def reindex_command(
    stale: Annotated[bool, typer.Option(help="只补写数据库与索引不一致的记录")] = False,
) -> None:
    """重建检索索引：在旧索引旁新建，完成后切换；重建期间检索照常。"""
    settings = Settings()
    with opened_database(settings) as database, opened_indexes(settings) as indexes:
        try:
            if stale:
                out.print(f"不一致的记录：{enqueue_stale(database, indexes)} 条")
            else:
                for kind in RecordKind:
                    out.print(f"{kind.label}：{rebuild(database, indexes, kind)} 条")
        except IndexLocked:
            out.print("服务正在运行，由它来重建……")
            request_rebuild(database)
            finished = wait_until_idle(database, seconds=600)
            out.print("重建完成" if finished else "仍在重建，可稍后再看；检索照常可用")
            return
    index_now(settings)


@app.command("serve")
def serve_command(
    host: Annotated[str | None, typer.Option(help="监听地址")] = None,
    port: Annotated[int | None, typer.Option(help="端口；0 为任选")] = None,
) -> None:
    """启动平台：网页、接口和后台索引。首次启动会建库并显示一次管理员令牌。"""
    settings = Settings()
    serve(settings.model_copy(update={k: v for k, v in (("host", host), ("port", port)) if v is not None}))


@app.command("demo")
def demo_command(
    reset: Annotated[bool, typer.Option(help="移除演示数据后退出")] = False,
    port: Annotated[int | None, typer.Option(help="端口；0 为任选")] = None,
) -> None:
    """载入演示城市并启动平台；演示数据与正式数据分开存放。"""
    from matchmaker.demo import load_demo_city, remove_demo_city

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
            with opened_indexes(settings) as indexes:
                rebuild_if_outdated(database, indexes)
            out.print(f"演示城市澄湖市：{sum(one.rows_read for one in reports)} 条记录（全部为虚构的演示数据）")
    if reset:
        index_now(settings)
    else:
        serve(settings)


@app.command("evaluate")
def evaluate_command(
    needs: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    achievements: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    judgments: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
    engine: Annotated[str | None, typer.Option(help="检索引擎 URL；默认临时的嵌入式引擎")] = None,
    embedder: Annotated[str | None, typer.Option(help="语义模型")] = None,
    as_json: JsonOption = False,
) -> None:
    """用人工判断过的供需对评测匹配质量（与页面同一套代码）。"""
    from matchmaker.evaluation import EvaluationFiles, evaluate

    settings = Settings()
    settings = settings.model_copy(update={"engine_url": engine or "", "embedder": embedder or settings.embedder})
    figures = evaluate(EvaluationFiles(needs, achievements, judgments), settings, errors.print)
    typer.echo(json.dumps(figures, ensure_ascii=False) if as_json else as_text(figures))


@app.command("benchmark")
def benchmark_command(
    documents: Annotated[int, typer.Option(min=1000)] = 100_000,
    engine: Annotated[str | None, typer.Option(help="检索引擎 URL；默认临时的嵌入式引擎")] = None,
    as_json: JsonOption = False,
) -> None:
    """测量建索引、检索的速度和内存。"""
    from matchmaker.benchmark import benchmark

    settings = Settings().model_copy(update={"engine_url": engine or ""})
    figures = benchmark(documents, settings, errors.print)
    typer.echo(json.dumps(figures, ensure_ascii=False) if as_json else as_text(figures))


@contextmanager
def opened_database(settings: Settings, *, create: bool = False) -> Iterator[Engine]:
    """The database with the city's code lists in force; a missing SQLite file is made, an old schema is refused."""
    use_city(settings.city_file)
    database = open_database(settings.resolved_database_url())
    try:
        if create or (not settings.database_url and not (settings.data_dir / "matchmaker.sqlite").exists()):
            migrate(database)
        check_schema(database)
        yield database
    finally:
        database.dispose()


@contextmanager
def opened_indexes(settings: Settings) -> Iterator[Indexes]:
    """The indexes, closed at the end."""
    indexes = open_indexes(settings)
    try:
        yield indexes
    finally:
        indexes.close()


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar that is told (done, total)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def index_now(settings: Settings, database: Engine | None = None) -> None:
    """Bring the index up to date, unless a running service does that already."""
    if database is None:
        with opened_database(settings) as own:
            index_now(settings, own)
        return
    with opened_indexes(settings) as indexes:
        try:
            indexes.warm_up()
            with progress_bar("建立索引") as progress:
                done = 0
                while handled := relay_once(database, indexes):
                    done += handled
                    with Session(database) as session:
                        state = index_state(session, indexes)
                    progress(done, done + state.waiting_words + state.waiting_meaning)
        except IndexLocked:
            out.print("服务正在运行，由它来建立索引")
        except IndexingError as error:
            out.print(f"记录已保存，索引暂未更新：{error}")


def serve(settings: Settings) -> None:
    """Migrate, print the address and, the first time, the administrator's token; serve until stopped."""
    import socket

    import uvicorn

    from matchmaker.app import create_app

    with opened_database(settings, create=True) as database, session_scope(database) as session:
        token = create_administrator_token(session)
    listening = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        raise MalformedRequest(
            f"无法监听 {settings.host}:{settings.port}（{error.strerror}）", "请用 --port 换一个端口，0 为任选"
        ) from error
    host, port = listening.getsockname()[:2]
    out.print(f"数据目录  {settings.data_dir.absolute()}")
    out.print(f"检索引擎  {settings.resolved_engine_url()}")
    out.print(f"语义模型  {settings.embedder}")
    if token:
        out.print(f"管理员令牌（只显示这一次，请妥善保存）  [bold]{token}[/bold]", soft_wrap=True)
    out.print(f"[bold green]平台已启动  http://{host}:{port}/[/bold green]", soft_wrap=True)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="warning", access_log=False))
    server.run(sockets=[listening])


def _column_map(pairs: list[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair.strip("=")]
    if wrong:
        raise MalformedRequest(f"--map {wrong[0]} 无法理解", "应写作 --map 原列名=字段名，如 --map 项目名称=title")
    return dict(pair.rsplit("=", 1) for pair in pairs)


if __name__ == "__main__":
    main()
