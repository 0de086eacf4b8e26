"""`matchmaker audit`: is the trail, and is what figures rest on, as the platform left it."""

import json
from pathlib import Path
from typing import Annotated

import typer

from matchmaker.cli.base import JsonOption, app, opened_database, out
from matchmaker.settings import Settings

audit = typer.Typer(no_args_is_help=True, help="操作记录：校验链与台账的核对")
app.add_typer(audit, name="audit")


@audit.callback()
def about() -> None:
    """操作记录：校验链与台账的核对"""


@audit.command("verify")
def verify_command(
    heads: Annotated[list[Path] | None, typer.Option(help="另存的链尾记录文件；可多次给出")] = None,
    as_json: JsonOption = False,
) -> None:
    """核对校验链、已记下的链尾、台账各条内容和统计快照；有一处不符即退出码 1。"""
    from sqlmodel import Session

    from matchmaker.audit_heads import noted_heads
    from matchmaker.audit_key import audit_key
    from matchmaker.audit_verification import verified

    settings = Settings()
    key = audit_key(settings)
    with opened_database(settings) as database, Session(database) as session:
        found = verified(session, key, noted_heads(settings, *(heads or [])), is_keyless=not key)
    if as_json:
        said = {"holds": found.holds, "problems": found.problems, "links": found.links, "head": found.head}
        out.print_json(json.dumps({**said, "records": found.records, "unnoted": found.unnoted}, ensure_ascii=False))
    else:
        for problem in found.problems:
            out.print(f"[red]✗[/red] {problem}", soft_wrap=True)
        if found.holds:
            out.print(f"[green]✓[/green] 校验链 {found.links} 节、台账 {found.records} 条与操作记录一致")
        if found.unnoted:
            out.print(f"{found.unnoted} 条台账记录自启用内容封存以来没有变动，只核对了有无")
        out.print(f"链尾 {found.head}")
    if not found.holds:
        raise typer.Exit(1)
