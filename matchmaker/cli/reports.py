"""The command that makes a report."""

from pathlib import Path
from typing import Annotated

import typer

from matchmaker.cli.base import app, errors, opened_database, out
from matchmaker.settings import Settings


@app.command("report")
def report_command(
    year: Annotated[int, typer.Option(min=2000, max=2100, help="报告年度")],
    to: Annotated[Path, typer.Option(file_okay=False, help="存放文件的文件夹，没有时新建")],
    region: Annotated[str, typer.Option(help="区县代码；不填为全市")] = "",
    snapshot: Annotated[int | None, typer.Option(min=1, help="统计快照编号；不填则新取一个")] = None,
) -> None:
    """编制年度报告：Word、附表（xlsx）和 PDF，同时存入平台。"""
    from sqlmodel import Session

    from matchmaker.classification import classification
    from matchmaker.reports.making import make_report_apart, report_by_id
    from matchmaker.rights import PLATFORM

    with opened_database(Settings()) as database:
        code = region or classification().city.code
        document_id = make_report_apart(database, year=year, region_code=code, by=PLATFORM, snapshot_id=snapshot)
        with Session(database) as session:
            document = report_by_id(session, document_id, reader=PLATFORM)
            to.mkdir(parents=True, exist_ok=True)
            for suffix, content in (("docx", document.word), ("xlsx", document.annex), ("pdf", document.pdf)):
                path = to / f"{document.title}.{suffix}"
                if content is not None:
                    path.write_bytes(content)
                    out.print(str(path), soft_wrap=True)
            for sentence in document.missing:
                errors.print(sentence, soft_wrap=True, markup=False)
            out.print(f"报告第 {document.id} 号，依据统计快照第 {document.snapshot_id} 号")
