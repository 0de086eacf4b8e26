"""What a zip file really is, and whether unpacking it is safe, before a reader is let at it."""

import re
import zlib
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from matchmaker.errors import UnreadableFile

# An unpacked workbook larger than this is an attack or a mistake: 10⁵ rows of a 征集表 unpack to about 200 MB.
_LARGEST_UNPACKED = 2 * 1024**3
# The reader sets aside 32 bytes for every cell of the rectangle around all content and ends the whole process where
# it cannot: one stray blank in the last cell of a sheet asks for half a terabyte.
_LARGEST_AREA = 30_000_000
_CHUNK = 1 << 20
_CELL = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>')


def check_workbook_zip(path: Path) -> None:
    """Raise UnreadableFile, naming the repair, unless the file is a whole xlsx of a size that can be read."""
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
            _check_kind(path, names)
            if sum(info.file_size for info in archive.infolist()) > _LARGEST_UNPACKED:
                raise UnreadableFile(f"“{path.name}”解开后超过 2 GB", "请拆成几个文件分别导入")
            for name in names:
                if "worksheets/" in name and name.endswith(".xml"):
                    _check_area(path, archive, name)
    except (BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        # Also what a damaged archive makes the unpacking raise.
        raise UnreadableFile(
            f"“{path.name}”不完整或已损坏（可能没有传完）", "请重新下载或复制一份，能用 Excel 打开后再导入"
        ) from None


def _check_kind(path: Path, names: list[str]) -> None:
    if any(name.startswith("word/") for name in names):
        raise UnreadableFile(f"“{path.name}”是 Word 文档，不是表格", "请把内容填入导入模板（xlsx）后再导入")
    if any(name.startswith("ppt/") for name in names):
        raise UnreadableFile(f"“{path.name}”是演示文稿，不是表格", "请把内容填入导入模板（xlsx）后再导入")
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise UnreadableFile(f"“{path.name}”不是 xlsx 格式的表格", "请在 Excel 或 WPS 中打开，另存为 xlsx 后再导入")
    if "xl/workbook.xml" not in names:
        raise UnreadableFile(f"“{path.name}”是压缩包，不是表格", "请解压后导入其中的 xlsx 或 csv 文件")


def _check_area(path: Path, archive: ZipFile, name: str) -> None:
    """Raise UnreadableFile when the written cells of the sheet span too large a rectangle."""
    columns: set[bytes] = set()
    last_row, rest = 0, b""
    with archive.open(name) as sheet:
        while chunk := sheet.read(_CHUNK):
            text = rest + chunk
            whole = text.rfind(b"<")
            for column, row in _CELL.findall(text[:whole] if whole > 0 else text):
                columns.add(column)
                last_row = max(last_row, int(row))
            rest = text[whole:] if whole > 0 else b""
    last_column = max((_column_number(column) for column in columns), default=0)
    if last_row * last_column > _LARGEST_AREA:
        raise UnreadableFile(
            f"“{path.name}”的内容一直延伸到第 {last_row} 行、第 {last_column} 列，大部分是空白",
            "表格以外可能有多余的字符：请把表格复制到新的工作簿，另存为 xlsx 后再导入",
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number
