"""Opens a file as a table, whatever it is: xlsx, xls, csv, jsonl. What cannot be one is named in a clear sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from matchmaker.errors import UnreadableFile
from matchmaker.ingest.plain_text import open_csv, open_jsonl
from matchmaker.ingest.tables import Table, Wanted
from matchmaker.ingest.workbook import open_workbook
from matchmaker.ingest.zip_check import check_workbook_zip

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
_ENCODINGS_WITH_ZEROS = (b"\xff\xfe", b"\xfe\xff")


@contextmanager
def open_table(path: Path, wanted: Wanted) -> Iterator[Table]:
    """The table in the file.

    Raises UnreadableFile (not a table, damaged, protected, empty, headings not recognised) and MalformedRequest
    (`sheet` or `column_map` name what the file has not).
    """
    head = _head(path)
    if head.startswith(_ZIP):
        check_workbook_zip(path)
    if head.startswith((_ZIP, _OLE)):
        with open_workbook(path, wanted) as table:
            yield table
        return
    _check_text(path, head)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if path.suffix.lower() in (".jsonl", ".ndjson", ".json") or start.startswith(b"{"):
        if start.startswith(b"["):
            raise UnreadableFile(f"“{path.name}”是一个 JSON 数组", "请改成 jsonl：每行一个 JSON 对象，行尾没有逗号")
        yield open_jsonl(path, wanted)
    else:
        yield open_csv(path, wanted)


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


def _check_text(path: Path, head: bytes) -> None:
    for beginning, name in _STRANGERS:
        if head.startswith(beginning):
            raise UnreadableFile(f"“{path.name}”是{name}，不是表格", "请提供 xlsx、xls、csv 或 jsonl 文件")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:300].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<?xml", b"<head", b"<meta")):
        raise UnreadableFile(
            f"“{path.name}”是网页或 XML 格式，不是真正的表格文件", "请在 Excel 或 WPS 中打开，另存为 xlsx 后再导入"
        )
    if start.startswith(b"{\\rtf"):
        raise UnreadableFile(f"“{path.name}”是 RTF 文档，不是表格", "请把内容填入导入模板（xlsx）后再导入")
    if b"\x00" in head and not head.startswith(_ENCODINGS_WITH_ZEROS):
        raise UnreadableFile(f"“{path.name}”不是文本也不是表格", "请提供 xlsx、xls、csv 或 jsonl 文件")
