"""Opens a file as a table, by what it holds, whatever it is called. What cannot be one is named in a clear sentence."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

from matchmaker.errors import MalformedRequest, UnreadableFile
from matchmaker.ingest.archive import DAMAGES, incomplete, unpacked
from matchmaker.ingest.json_lists import open_json
from matchmaker.ingest.markup import MarkupError
from matchmaker.ingest.open_document import open_document_sheets
from matchmaker.ingest.plain_text import csv_sheet
from matchmaker.ingest.sheet_tables import sheets_table
from matchmaker.ingest.sheets import Sheet
from matchmaker.ingest.spreadsheet_xml import spreadsheet_xml_sheets
from matchmaker.ingest.tables import Table, Wanted
from matchmaker.ingest.web_tables import web_sheets
from matchmaker.ingest.word_tables import word_sheets
from matchmaker.ingest.workbook import old_workbook, zipped_workbook
from matchmaker.ingest.workbook_copy import LARGEST_AREA, too_many_cells

# What a file begins with, and what to call it. Text has none of these.
_STRANGERS = (
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"BM", "图片"),
    (b"II*\x00", "图片"),
    (b"MM\x00*", "图片"),
    (b"%PDF", "PDF 文件"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"SQLite format 3", "数据库文件"),
)
_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BYTE_ORDERS = (b"\xff\xfe", b"\xfe\xff")
# Separators and line ends as utf-16 without a mark has them.
_WIDE_MARKS = tuple(mark for sign in (b"\n", b",", b"\t", b";") for mark in (sign + b"\x00", b"\x00" + sign))
_LOOKS_LIKE_MARKUP = b"<"
_MARKS = b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"
_TABLES = "请提供 xlsx、xls、xlsb、ods、csv、json 文件，或带表格的 docx"
# An unpacked file larger than this is an attack or a mistake: 2 × 10⁵ rows of a 征集表 unpack to about 400 MB.
_LARGEST_UNPACKED = 1024**3
# A workbook packs to a tenth, one with the same long text in every row to a fiftieth: what packs better is one tag over
# and over. Small files are read whatever they are.
_TIGHTEST_PACKING = 150
_SURELY_READ = 8 * 1024**2
_MOST_PARTS = 5_000
_ENCRYPTED = 1


@contextmanager
def open_table(path: Path, wanted: Wanted) -> Iterator[Table]:
    """The table in the file.

    Raises UnreadableFile (not a table, damaged, protected, empty, too large, headings not recognised) and
    MalformedRequest (`sheet` or `column_map` name what the file has not).
    """
    if is_json(path):
        yield open_json(path, wanted)
        return
    with open_sheets(path, wanted) as sheets:
        yield sheets_table(path, sheets, wanted)


@contextmanager
def open_sheets(path: Path, wanted: Wanted) -> Iterator[list[Sheet]]:
    """The sheets of the file, readable inside the block: any format but JSON. Raises as `open_table`."""
    head = _head(path)
    if head.startswith(_ZIP):
        with _unzipped(path, wanted) as sheets:
            yield sheets
    elif head.startswith(_OLE):
        with old_workbook(path) as sheets:
            yield sheets
    elif (read := _reader_of_markup(path, head)) is not None:
        yield _read(path, read)
    else:
        _check_text(path, head)
        if wanted.sheet is not None:
            raise MalformedRequest(f"“{path.name}”是文本文件，没有工作表", "请去掉 --sheet")
        yield [csv_sheet(path, wanted)]


def is_json(path: Path) -> bool:
    """Is it JSON, by its name or by how it begins? Raises UnreadableFile (cannot be opened, empty)."""
    head = _head(path)
    start = head.strip(_MARKS)
    if head.startswith((_ZIP, _OLE)) or start.startswith(_LOOKS_LIKE_MARKUP):
        return False
    if start.startswith(b"{") and not start.startswith(b"{\\rtf"):
        return True
    after = start[1:].lstrip(b" \t\r\n\x00") if start.startswith(b"[") else b""
    return path.suffix.lower() in (".jsonl", ".ndjson", ".json") or after.startswith(b"{")


@contextmanager
def _unzipped(path: Path, wanted: Wanted) -> Iterator[list[Sheet]]:
    try:
        with ZipFile(path) as archive:
            names = _checked_names(path, archive)
    except DAMAGES:
        raise incomplete(path) from None
    if {"xl/workbook.xml", "xl/workbook.bin"} & names:
        with zipped_workbook(path) as sheets:
            yield sheets
    elif "word/document.xml" in names:
        yield _read(path, word_sheets)
    elif "content.xml" in names:
        yield _read(path, open_document_sheets)
    else:
        _check_presentation(path, names)
        inner = replace(wanted, sheet=None)
        with unpacked(path) as files, ExitStack() as stack:
            gathered: list[Sheet] = []
            for file in files:
                for sheet in stack.enter_context(open_sheets(file, inner)):
                    gathered.append(replace(sheet, name="/".join(filter(None, (file.name, sheet.name)))))
                if sum(sheet.held for sheet in gathered) > LARGEST_AREA:
                    raise too_many_cells(path)
            yield gathered


def _checked_names(path: Path, archive: ZipFile) -> set[str]:
    """The names of the parts. Raises UnreadableFile when unpacking them would take too much."""
    parts = archive.infolist()
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        raise UnreadableFile(f"“{path.name}”有解压密码", "请解压后导入其中的文件，或重新压缩时不设密码")
    unpacked_size = sum(part.file_size for part in parts)
    packed = max(sum(part.compress_size for part in parts), 1)
    if unpacked_size > _LARGEST_UNPACKED or len(parts) > _MOST_PARTS:
        raise UnreadableFile(f"“{path.name}”解开后超过 1 GB，或有 {_MOST_PARTS} 个以上的部分", "请拆成几个文件分别导入")
    if unpacked_size > _SURELY_READ and unpacked_size > _TIGHTEST_PACKING * packed:
        raise UnreadableFile(
            f"“{path.name}”解开后是原来的 {unpacked_size // packed} 倍", "请把表格复制到新的工作簿后再导入"
        )
    return {part.filename.replace("\\", "/").lstrip("/") for part in parts}


def _check_presentation(path: Path, names: set[str]) -> None:
    if any(name.startswith("ppt/") for name in names):
        raise UnreadableFile(f"“{path.name}”是演示文稿，不是表格", "请把内容填入导入模板（xlsx）后再导入")


def _read(path: Path, read: Callable[[Path], list[Sheet]]) -> list[Sheet]:
    try:
        sheets = read(path)
    except MarkupError:
        raise UnreadableFile(f"“{path.name}”不完整或已损坏", "请重新下载或重新导出后再导入") from None
    except DAMAGES:
        raise incomplete(path) from None
    if not sheets:
        raise UnreadableFile(f"“{path.name}”里没有表格", "请把内容填入导入模板（xlsx）后再导入")
    return sheets


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError:
        raise UnreadableFile(f"没有“{path}”这个文件", "请核对路径和文件名") from None
    except IsADirectoryError:
        raise UnreadableFile(f"“{path}”是一个文件夹", "请指定其中的一个文件") from None
    except OSError as error:
        raise UnreadableFile(f"“{path}”无法打开（{error.strerror}）", "请核对文件权限") from error
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise UnreadableFile(f"“{path.name}”是空文件", "请核对是否选错文件，或重新导出")
    return head


def _reader_of_markup(path: Path, head: bytes) -> Callable[[Path], list[Sheet]] | None:
    """What reads a file of tags: None when it is none. Raises UnreadableFile for XML of another kind."""
    start = head.replace(b"\x00", b"").strip(_MARKS).lower()
    if not start.startswith(_LOOKS_LIKE_MARKUP):
        return None
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start and start.startswith((b"<?xml", b"<workbook", b"<ss:")):
        return spreadsheet_xml_sheets
    if start.startswith(b"<?xml") and b"<html" not in start and b"<table" not in start:
        raise UnreadableFile(
            f"“{path.name}”是 XML 格式，不是表格文件", "请在 Excel 或 WPS 中打开，另存为 xlsx 后再导入"
        )
    return web_sheets


def _check_text(path: Path, head: bytes) -> None:
    for beginning, name in _STRANGERS:
        if head.startswith(beginning):
            raise UnreadableFile(f"“{path.name}”是{name}，不是表格", _TABLES)
    start = head.strip(_MARKS)[:300].lower()
    if start.startswith(b"{\\rtf"):
        raise UnreadableFile(
            f"“{path.name}”是 RTF 文档，不是表格", "请在 Word 中另存为 docx，或填入导入模板（xlsx）后再导入"
        )
    if start.startswith((b"mime-version:", b"from:", b"content-type: multipart")):
        raise UnreadableFile(f"“{path.name}”是单个文件网页（mht），不是表格", "请在 Excel 中打开，另存为 xlsx 后再导入")
    if b"\x00" in head and not head.startswith(_BYTE_ORDERS) and not any(mark in head for mark in _WIDE_MARKS):
        raise UnreadableFile(f"“{path.name}”不是文本也不是表格", _TABLES)
