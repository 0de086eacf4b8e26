"""What every reader gives: the headings of a file and its rows, numbered as the user sees them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from matchmaker.errors import UnreadableFile
from matchmaker.ingest.columns import Layout, expected_headings, is_ignored
from matchmaker.ingest.fields import ImportKind


@dataclass(frozen=True)
class SourceRow:
    """One row: its number in the file, its cells in the order of the headings, or what is wrong with all of it."""

    number: int
    cells: Sequence[Any] = field(repr=False)
    problem: tuple[str, str] | None = None


@dataclass(frozen=True)
class Table:
    """A file that was recognised. `rows` may be called again and again; blank rows are left out.

    With `is_form` each row is one form and its number counts forms, not rows of the sheet.
    """

    headings: Sequence[str]
    layout: Layout
    rows: Callable[[], Iterator[SourceRow]]
    sheet: str = ""
    notes: tuple[str, ...] = ()
    is_form: bool = False


@dataclass(frozen=True)
class Wanted:
    """What is looked for in a file."""

    kind: ImportKind
    sheet: str | None = None
    column_map: Mapping[str, str] = field(default_factory=dict)
    # False where somebody will say which column is the name: then the likeliest heading row is good enough.
    needs_name: bool = True


def corrected(table: Table, corrections: Mapping[int, Mapping[str, str]], dropped: Collection[int]) -> Table:
    """The table with some cells (row number → heading → text) written anew and some rows left out."""
    if not corrections and not dropped:
        return table
    position = {heading: index for index, heading in enumerate(table.headings)}

    def rows() -> Iterator[SourceRow]:
        for row in table.rows():
            if row.number in dropped:
                continue
            cells = list(row.cells)
            for heading, text in corrections.get(row.number, {}).items():
                if heading in position:
                    cells[position[heading]] = text
            yield replace(row, cells=cells)

    return replace(table, rows=rows)


def no_headings(path: Path, wanted: Wanted, found: Sequence[str], sheets: Sequence[str] = ()) -> UnreadableFile:
    """The error of a file that has no table of this kind: what was found, what was expected."""
    shown = "、".join(f"“{one}”" for one in [heading for heading in found if heading and not is_ignored(heading)][:15])
    where = f"工作表有：{'、'.join(sheets)}；" if sheets else ""
    return UnreadableFile(
        f"“{path.name}”里没有找到{wanted.kind.label}表的标题行（{where}读到的标题：{shown or '没有文字'}）",
        f"标题行应有：{expected_headings(wanted.kind)}…；请核对文件和工作表（--sheet），"
        "列名不同时用 --map 原列名=字段 指定，或下载导入模板填写",
    )
