"""Commands for records: files in, templates out, matches of one record."""

import codecs
import json
import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from matchmaker.classification import city_configuration, use_city
from matchmaker.cli.base import JsonOption, app, index_now, opened_database, opened_indexes, out, progress_bar
from matchmaker.errors import MalformedRequest, RecordAlreadyExists
from matchmaker.ingest import ImportKind, IngestOptions, ingest_file, printable, write_rejected, write_template
from matchmaker.models.outbox import RecordKind
from matchmaker.rights import PLATFORM
from matchmaker.settings import Settings

KindArgument = Annotated[
    ImportKind,
    typer.Argument(
        help="needs 需求 · achievements 成果 · enterprises 企业 · institutions 高校院所 · "
        "brokers 技术经纪人 · brokerages 经纪机构 · contracts 技术合同 · "
        "achievement-registrations 成果登记 · signings 现场签约"
    ),
]


@app.command("ingest")
def ingest_command(
    kind: KindArgument,
    file: Annotated[
        Path, typer.Argument(help="表格文件：xlsx、xls、ods、csv、json、docx 等，或其 zip", exists=True, dir_okay=False)
    ],
    source: Annotated[str | None, typer.Option(help="来源名称；与记录编号一起识别同一条记录")] = None,
    sheet: Annotated[str | None, typer.Option(help="工作表名称；默认自动选择")] = None,
    column_map: Annotated[list[str] | None, typer.Option("--map", help="列对应关系，如 --map 原列名=title")] = None,
    constants: Annotated[
        list[str] | None, typer.Option("--set", help="整份清单统一的内容，如 --set 所在县市区=澄东区")
    ] = None,
    value_map: Annotated[
        list[str] | None,
        typer.Option("--value", help="一种写法对应列表中的一个词，如 --value 合作方式:股权融资=技术入股"),
    ] = None,
    dry_run: Annotated[bool, typer.Option(help="只检查，不写入")] = False,
    rejected: Annotated[Path | None, typer.Option(help="退回行批注表的位置；默认与原文件同目录")] = None,
    as_json: JsonOption = False,
) -> None:
    """导入一个文件。错误行不影响其余行，并写入一份带批注的 xlsx，改好后可直接再次导入。

    `--json` 时只输出一个 JSON 对象：各项数目，以及每一行的行号、将存入的内容、提醒和问题。
    """
    settings = Settings()
    with opened_database(settings) as database:
        options = IngestOptions(
            source,
            sheet,
            _pairs("--map", column_map),
            dry_run,
            constants=_pairs("--set", constants, first=True),
            value_map=_pairs("--value", value_map),
            keep_records=as_json,
        )
        with progress_bar(f"导入{kind.label}") as progress:
            report = ingest_file(database, kind, file, options, progress)
        target = rejected or file.with_name(f"{file.stem}-退回.xlsx")
        if report.rejected:
            write_rejected(report, target)
        if as_json:
            returned = {"returned_file": str(target)} if report.rejected else {}
            # A terminal or pipe of another encoding takes the same object in escapes.
            is_ascii = codecs.lookup(sys.stdout.encoding or "ascii").name != "utf-8"
            typer.echo(printable(json.dumps(report.to_json() | returned, ensure_ascii=is_ascii)))
        else:
            out.print(report.to_text(), markup=False)
            if report.rejected:
                out.print(f"退回 {len(report.rejected)} 行，批注表：{target}", markup=False)
        if not dry_run:
            with redirect_stdout(sys.stderr) if as_json else nullcontext():
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


@app.command("city")
def city_command(
    name: Annotated[str, typer.Argument(help="城市的名称或行政区划代码，如 阜阳市、341200")],
    to: Annotated[Path, typer.Option(help="写到哪里")] = Path("city.toml"),
) -> None:
    """写出本市的配置文件：县市区已按行政区划代码填好，园区和产业待改。已有的文件不会被覆盖。"""
    use_city(None)
    text = city_configuration(name)
    try:
        with to.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise RecordAlreadyExists(f"{to} 已存在", "请用 --to 写到别处，或先移走原文件") from error
    out.print(f"已写入 {to.absolute()}", soft_wrap=True)
    out.print("下一步：按本市规划改好园区和产业，把 MATCHMAKER_CITY_FILE 设为这个文件，再启动平台")


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
            found = match_need(session, indexes, need, limit=limit, reader=PLATFORM)
        else:
            achievement = record_by_id(session, Achievement, record_id)
            found = match_achievement(session, indexes, achievement, limit=limit, reader=PLATFORM)
        if as_json:
            out.print_json(
                json.dumps([one.row().model_dump(mode="json") | {"title": one.record.title} for one in found])
            )
            return
        if not found:
            out.print("没有足够匹配的记录：可补充指标和应用场景，或转揭榜、专家咨询")
        for place, one in enumerate(found, start=1):
            out.print(f"[bold]{place}. {one.record.title}[/bold]  {one.row().band.label} {one.probability:.0%}")
            out.print(f"   {one.explanation.sentence}")
            for reason in one.explanation.reasons:
                out.print(f"   {reason.label}：{reason.verdict.label}。{reason.sentence}")


def _pairs(option: str, pairs: list[str] | None, *, first: bool = False) -> dict[str, str]:
    """`left=right` of each; a left side may have = of its own, with `first` the right side may. Raises MalformedRequest."""
    wrong = [pair for pair in pairs or [] if "=" not in pair.strip("=")]
    if wrong:
        examples = {
            "--map": "--map 项目名称=title",
            "--set": "--set 所在县市区=澄东区",
            "--value": "--value 合作方式:股权融资=技术入股",
        }
        raise MalformedRequest(f"{option} {wrong[0]} 无法理解", f"应写作 {examples[option]}")
    return dict(pair.split("=", 1) if first else pair.rsplit("=", 1) for pair in pairs or [])
