"""The shared cases of whole files: what a dry run of each must come to (`expected.txt` beside them)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.errors import UnreadableFile
from matchmaker.ingest import ImportKind, IngestOptions, IngestReport, RowResult, SourceRow, Written, ingest_file

CASES = Path(__file__).parents[3] / "shared" / "cases" / "files"


class Kept:
    """Follows a dry run and keeps what was read."""

    def __init__(self) -> None:
        self.shapes: list[Any] = []

    def transaction(self, session: Session) -> Any:
        from contextlib import nullcontext

        return nullcontext()

    def admit(self, row: SourceRow, create: BaseModel) -> BaseModel:
        self.shapes.append(create)
        return create

    def wrote(self, session: Session, written: Written) -> Written:
        return written

    def closing(self, session: Session, rows: list[tuple[SourceRow, RowResult]]) -> None:
        pass


def case_files(number: str) -> Iterator[Path]:
    folders = sorted(CASES.glob(f"{number}-*"))
    if not folders:
        pytest.skip(f"{CASES}/{number}-* is not here: the shared cases live beside the project")
    return (path for path in sorted(folders[0].iterdir()) if path.name != "expected.txt")


def dry_run(database: Engine, path: Path, kind: ImportKind = ImportKind.NEEDS) -> tuple[IngestReport, list[Any]]:
    kept = Kept()
    return ingest_file(database, kind, path, IngestOptions(dry_run=True, watcher=kept)), kept.shapes


def test_a_far_blank_is_refused(database: Engine) -> None:
    for path in case_files("01"):
        for kind in (ImportKind.NEEDS, ImportKind.ACHIEVEMENTS):
            with pytest.raises(UnreadableFile, match="一直延伸到"):
                dry_run(database, path, kind)


def test_a_form_is_one_need(database: Engine) -> None:
    for path in case_files("04"):
        report, needs = dry_run(database, path)
        assert (report.rows_read, len(needs), report.rejected[:]) == (1, 1, []), report.to_text()
        assert needs[0].title == "头孢母核结晶粒度控制"
        assert (needs[0].budget_max_fen, needs[0].deadline.year) == (300_000_000, 2028)


def test_the_visible_sheet_is_taken(database: Engine) -> None:
    for path in case_files("07"):
        report, needs = dry_run(database, path)
        assert (report.sheet, len(needs)) == ("需求", 2)
        assert any("隐藏" in note for note in report.notes)


def test_other_names_formats_and_dimensions_make_no_difference(database: Engine) -> None:
    kinds = {"L6-spreadsheetml.xls": ImportKind.ACHIEVEMENTS}
    for number in ("15", "17", "18", "19", "26"):
        for path in case_files(number):
            report, _ = dry_run(database, path, kinds.get(path.name, ImportKind.NEEDS))
            assert report.rows_read > 0, path
            assert {"title"} <= set(report.recognised_columns.values()), path


def test_rows_of_units_and_of_column_numbers_are_no_records(database: Engine) -> None:
    for path in case_files("23"):
        report, needs = dry_run(database, path)
        assert "单位" not in report.to_text(), report.to_text()
        assert {"50"} != {need.title for need in needs}
        assert all(len(one.title) > 4 for one in needs)
        assert all("万元" not in str(rejected.cells) for rejected in report.rejected), report.to_text()


def test_big5_is_read(database: Engine) -> None:
    for path in case_files("27"):
        report, needs = dry_run(database, path)
        assert [need.title for need in needs] == ["顯示面板檢測設備"], report.to_text()


def test_what_json_cannot_say_is_nothing_or_goes_back(database: Engine) -> None:
    for path in case_files("30"):
        report, needs = dry_run(database, path)
        report.to_text().encode()
        told = [str(value).lower() for need in needs for value in need.model_dump().values()]
        assert not {"nan", "nat", "undefined", "inf"} & set(told), path
        if path.name.startswith("J"):
            assert (len(needs), len(report.rejected)) == (0, 1)
