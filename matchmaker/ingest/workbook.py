"""Sheets of xlsx, xlsb and xls files, by calamine; which of them is decided by the content, whatever the name says."""

import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from python_calamine import (
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from matchmaker.errors import MatchmakerError, UnreadableFile
from matchmaker.ingest.archive import DAMAGES, incomplete
from matchmaker.ingest.compound_file import CompoundFile, compound_file
from matchmaker.ingest.headings import Merge
from matchmaker.ingest.markup import MarkupError, read_markup
from matchmaker.ingest.old_workbook import measured_stream
from matchmaker.ingest.sheets import NumberedRow, Sheet
from matchmaker.ingest.workbook_copy import LARGEST_AREA, check_extents, copy_workbook, too_many_cells

_MOST_SHEETS = 255


@contextmanager
def zipped_workbook(path: Path) -> Iterator[list[Sheet]]:
    """The sheets of an xlsx or xlsb file, readable inside the block. Raises UnreadableFile."""
    with TemporaryDirectory(prefix="matchmaker-") as folder:
        try:
            with ZipFile(path) as archive:
                is_binary = any(name.replace("\\", "/") == "xl/workbook.bin" for name in archive.namelist())
                copy = Path(folder) / ("book.xlsb" if is_binary else "book.xlsx")
                extents = copy_workbook(path, archive, copy)
        except DAMAGES:
            raise incomplete(path) from None
        hidden = {} if is_binary else _hidden_rows(copy, {name: one.hidden_rows for name, one in extents.items()})
        with _sheets(path, copy, hidden) as sheets:
            yield sheets


@contextmanager
def old_workbook(path: Path) -> Iterator[list[Sheet]]:
    """The sheets of an xls file (Excel 97–2003), readable inside the block. Raises UnreadableFile."""
    try:
        container = CompoundFile(path.read_bytes())
        if "EncryptedPackage" in container.names:
            raise _protected(path)
        if "WordDocument" in container.names:
            raise UnreadableFile(f"“{path.name}”是 Word 97—2003 文档", "请在 Word 或 WPS 中另存为 docx 后再导入")
        stream, extents, hidden = measured_stream(container.stream("Workbook", "Book"))
        check_extents(path, extents)
        content = compound_file("Workbook", stream)
    except (ValueError, struct.error, IndexError):
        raise _damaged(path) from None
    with TemporaryDirectory(prefix="matchmaker-") as folder:
        copy = Path(folder) / "book.xls"
        copy.write_bytes(content)
        with _sheets(path, copy, hidden) as sheets:
            yield sheets


@contextmanager
def _sheets(path: Path, copy: Path, hidden_rows: Mapping[str, frozenset[int]]) -> Iterator[list[Sheet]]:
    try:
        book = CalamineWorkbook.from_path(str(copy))
        sheets = _loaded(path, book, hidden_rows)
    except PasswordError:
        raise _protected(path) from None
    except MatchmakerError:
        raise
    except BaseException as error:
        # Of a damaged file anything may come: the reader's own errors, those of the system, a panic of its Rust code,
        # which is no Exception so that nobody overlooks it.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise _damaged(path) from None
        raise
    with book:
        yield sheets


def _loaded(path: Path, book: CalamineWorkbook, hidden_rows: Mapping[str, frozenset[int]]) -> list[Sheet]:
    metadata = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    if len(metadata) > _MOST_SHEETS:
        raise UnreadableFile(f"“{path.name}”有 {len(metadata)} 张工作表", "请拆成几个文件分别导入")
    sheets, area = [], 0
    for one in metadata:
        sheet = book.get_sheet_by_name(one.name)
        area += sheet.total_height * sheet.total_width
        # Many names may stand for one part.
        if area > LARGEST_AREA:
            raise too_many_cells(path)
        is_hidden = one.visible != SheetVisibleEnum.Visible
        sheets.append(_sheet(sheet, is_hidden=is_hidden, hidden=hidden_rows.get(one.name, frozenset())))
    return sheets


def _sheet(sheet: CalamineSheet, *, is_hidden: bool, hidden: frozenset[int]) -> Sheet:
    def rows() -> Iterator[NumberedRow]:
        return enumerate(sheet.iter_rows(), start=1)

    return Sheet(sheet.name, rows, _merges(sheet), is_hidden, hidden, held=sheet.total_height * sheet.total_width)


def _merges(sheet: CalamineSheet) -> list[Merge]:
    """Merged ranges in the coordinates of `iter_rows`: rows from 0, columns from the first that is used."""
    left = sheet.start[1] if sheet.start else 0
    shifted = [
        ((top, low - left), (bottom, high - left)) for (top, low), (bottom, high) in sheet.merged_cell_ranges or ()
    ]
    return [((top, max(low, 0)), (bottom, high)) for (top, low), (bottom, high) in shifted if high >= 0]


def _protected(path: Path) -> UnreadableFile:
    return UnreadableFile(f"“{path.name}”有打开密码", "请在 Excel 中打开，去掉密码另存后再导入")


def _damaged(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"“{path.name}”不是可读的 Excel 文件：可能已损坏或被加密",
        "请用 Excel 或 WPS 打开确认，去掉密码并另存为 xlsx 后再导入",
    )


def _hidden_rows(copy: Path, by_part: Mapping[str, set[int]]) -> dict[str, frozenset[int]]:
    """Name of the sheet → numbers of its hidden rows. What names them is read as Excel does: sheet → relation → part."""
    if not any(by_part.values()):
        return {}
    names, targets = _Names(), _Names()
    with ZipFile(copy) as archive:
        for part, handler in (("xl/workbook.xml", names), ("xl/_rels/workbook.xml.rels", targets)):
            try:
                read_markup(archive.read(part), handler)
            except (KeyError, MarkupError):
                return {}
    by_relation = {relation: _part(target) for target, relation in targets.pairs("Target", "Id")}
    return {
        name: frozenset(by_part.get(by_relation.get(relation, ""), ())) for name, relation in names.pairs("name", "id")
    }


def _part(target: str) -> str:
    plain = target.replace("\\", "/")
    return plain.lstrip("/") if plain.startswith("/") else f"xl/{plain.removeprefix('./')}"


class _Names:
    """Attributes of `sheet` and `Relationship` elements."""

    def __init__(self) -> None:
        self._found: list[dict[str, str]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("sheet", "Relationship"):
            self._found.append(attributes)

    def end(self, name: str) -> None:
        """Nothing ends that matters."""

    def text(self, text: str) -> None:
        """No text matters."""

    def pairs(self, first: str, second: str) -> list[tuple[str, str]]:
        return [(one.get(first, ""), one.get(second, "")) for one in self._found]
