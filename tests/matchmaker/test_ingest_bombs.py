"""Files made to stop the platform: small to send, huge to read. They are refused before they are read, in linear time."""

import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from matchmaker.errors import UnreadableFile
from matchmaker.ingest import ImportKind
from matchmaker.ingest.readers import open_table
from matchmaker.ingest.tables import Table, Wanted
from matchmaker.ingest.workbook_copy import copy_workbook
from tests.matchmaker.test_ingest_formats import zipped

NEEDS = Wanted(ImportKind.NEEDS)
ROWS = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>技术需求名称</t></is></c></row>'
    '<row r="2"><c r="A2" t="inlineStr"><is><t>内衬喷涂厚度不匀</t></is></c></row>'
)
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TEXT_CELL = 't="inlineStr"><is><t> </t></is></c></row>'


def sheet_of(rows: str) -> str:
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{namespace}"><sheetData>{ROWS}{rows}</sheetData></worksheet>'


def book(
    path: Path,
    sheet: str,
    *,
    part: str = "xl/worksheets/sheet1.xml",
    target: str = "worksheets/sheet1.xml",
    names: int = 1,
) -> Path:
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    sheets = "".join(f'<sheet name="s{n}" sheetId="{n + 1}" r:id="rId1"/>' for n in range(names))
    return zipped(
        path,
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{RELATION}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            f'xmlns:r="{RELATION}"><sheets>{sheets}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}"><Relationship Id="rId1" '
            f'Type="{RELATION}/worksheet" Target="{target}"/></Relationships>',
            part: sheet,
        },
    )


def opened(path: Path) -> Table:
    with open_table(path, NEEDS) as table:
        assert list(table.rows())
        return table


def test_the_workbook_the_bombs_are_made_of_is_read(tmp_path: Path) -> None:
    assert opened(book(tmp_path / "a.xlsx", sheet_of(""))).headings == ["技术需求名称"]


FAR = {
    "single quotes": f"<row r='1048576'><c r='XFD1048576' {TEXT_CELL}",
    "double quotes": f'<row r="1048576"><c r="XFD1048576" {TEXT_CELL}',
    "other attributes before": f'<row r="3"><c s="1" foo="x&gt;" r="XFD1048576" {TEXT_CELL}',
    "an end of tag in an attribute": f'<row r="3"><c foo="/>" r="XFD1048576" {TEXT_CELL}',
    "blanks around the equals sign": f'<row r="3"><c r = "XFD1048576" {TEXT_CELL}',
    "a prefix": '<row r="3"><x:c r="XFD1048576" t="n"><v>1</v></x:c></row>',
    "small letters": f'<row r="3"><c r="xfd1048576" {TEXT_CELL}',
    "a row beyond the last": f'<row r="4294967295"><c r="A4294967295" {TEXT_CELL}',
    "a column beyond the last": f'<row r="3"><c r="ZZZZZZ3" {TEXT_CELL}',
    "cells without a place": '<row r="1048576">' + "<c><v>1</v></c>" * 16384 + "</row>",
    "rows without a number": "<row/>" * 1000 + '<row r="900000"/><row>' + "<c><v>1</v></c>" * 50 + "</row>",
    "thirty million cells": '<row r="3000"><c r="NTP3000"><v>1</v></c></row>',
}


@pytest.mark.parametrize("name", FAR)
def test_a_stray_cell_far_away_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnreadableFile, match=r"一直延伸到第 \d+ 行.*复制到新的工作簿"):
        opened(book(tmp_path / "a.xlsx", sheet_of(FAR[name])))


@pytest.mark.parametrize(
    ("part", "target"),
    [
        ("xl/sheets/one.xml", "sheets/one.xml"),
        ("data/one.xml", "/data/one.xml"),
        ("xl\\worksheets\\sheet1.xml", "worksheets/sheet1.xml"),
        ("xl/sharedStrings.xml", "sharedStrings.xml"),
        ("xl/theme/theme1.xml", "theme/theme1.xml"),
        ("xl/one.bin", "one.bin"),
        ("xl/one", "one"),
    ],
)
def test_a_stray_cell_is_found_wherever_the_sheet_lies(tmp_path: Path, part: str, target: str) -> None:
    with pytest.raises(UnreadableFile):
        opened(book(tmp_path / "a.xlsx", sheet_of(FAR["double quotes"]), part=part, target=target))


def test_a_part_that_two_readers_see_differently_is_refused(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", sheet_of(""))
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("xl/worksheets/sheet1.xml", sheet_of(FAR["double quotes"]))
    with pytest.raises(UnreadableFile, match="不完整或已损坏"):
        opened(path)


def test_formatted_cells_without_content_may_reach_anywhere(tmp_path: Path) -> None:
    assert opened(book(tmp_path / "a.xlsx", sheet_of('<row r="1048576"><c r="XFD1048576" s="1"/></row>')))


def _repeated_cells(path: Path) -> None:
    row = (
        '<table-row number-rows-repeated="1048576"><table-cell number-columns-repeated="16384"><p>名称</p></table-cell>'
    )
    zipped(path, {"content.xml": f'<d><table name="a">{row}</table-row></table></d>'})


def _many_sparse_sheets(path: Path) -> None:
    sparse = book(path.with_name("one.xlsx"), sheet_of('<row r="3900"><c r="ALL3900"><v>1</v></c></row>')).read_bytes()
    zipped(path, {f"{n}.xlsx": sparse for n in range(50)})


def _entities(path: Path) -> None:
    zipped(path, {"word/document.xml": '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><w>&b;</w>'})


BOMBS: dict[str, Callable[[Path], object]] = {
    "cells packed a thousandfold.xlsx": lambda path: book(path, sheet_of("<row>" + "<c><v>1</v></c>" * 2_000_000)),
    "tags in tags.xlsx": lambda path: book(path, sheet_of("<row>" + "<c " * 1_000_000)),
    "blanks in a tag.xlsx": lambda path: book(path, sheet_of(f'<row><c {" " * 7_000_000}r="A1"><v>1</v></c></row>')),
    "merges.xlsx": lambda path: book(path, sheet_of("") + '<mergeCell ref="A5:A9"/>' * 250_000),
    "sheets.xlsx": lambda path: book(path, sheet_of(""), names=10_000),
    "sparse sheets.zip": _many_sparse_sheets,
    "repeated.ods": _repeated_cells,
    "entities.docx": _entities,
    "nested.docx": lambda path: zipped(path, {"word/document.xml": "<w>" + "<tbl><tr><tc>" * 500_000}),
    "tables in tables.xls": lambda path: path.write_text("<table><tr><td>" * 500_000),
    "spans.xls": lambda path: path.write_text(
        "<table>" + "<tr><td rowspan=1000 colspan=1000>x</td></tr>" * 50_000, "utf-8"
    ),
    "brackets.xls": lambda path: path.write_text("<table>" + "<" * 5_000_000),
    "brackets.json": lambda path: path.write_text("[" * 3_000_000),
    "fields.jsonl": lambda path: path.write_text("".join(f'{{"k{n}": 1, "title": "x"}}\n' for n in range(50_000))),
    "files.zip": lambda path: zipped(path, {f"{n}.csv": "a" for n in range(300)}),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    BOMBS[name](path)
    with pytest.raises(UnreadableFile) as caught:
        opened(path)
    assert caught.value.fix


GROWING: dict[str, Callable[[int], str]] = {
    "cells": lambda n: "<row>" + "<c><v>1</v></c>" * n + "</row>",
    "attributes": lambda n: "<row><c " + 'r="A1" ' * n + "/></row>",
    "blanks": lambda n: "<row><c r" + " " * 10 * n + '="A1"/></row>',
    "prefixes": lambda n: "<row><" + "a" * 10 * n + ":c/></row>",
    "numbers": lambda n: '<row><c r="' + "A" * 5 * n + "1" * 5 * n + '"/></row>',
    "dimensions": lambda n: "<dimension " * n,
    "text": lambda n: "<row>" + "c r row " * n,
}


@pytest.mark.parametrize("name", GROWING)
def test_measuring_a_sheet_takes_linear_time(tmp_path: Path, name: str) -> None:
    """Ten times the input takes about ten times as long, never a hundred times: counted in processor time."""

    def seconds(size: int) -> float:
        source, target = tmp_path / f"{size}.zip", tmp_path / f"{size}.copy"
        zipped(source, {"xl/worksheets/sheet1.xml": GROWING[name](size)})
        times = []
        for _ in range(3):
            start = time.process_time()
            with zipfile.ZipFile(source) as archive, suppress(ValueError, UnreadableFile):
                copy_workbook(source, archive, target)
            times.append(time.process_time() - start)
        return min(times)

    small, large = seconds(10_000), seconds(100_000)
    assert large < 40 * max(small, 0.001)
