"""A zip of several files, as offices send what they have collected: each file is opened as if it came alone."""

import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from zipfile import BadZipFile, ZipFile, ZipInfo

from matchmaker.errors import UnreadableFile

# What a damaged archive makes unpacking raise.
DAMAGES = (BadZipFile, zlib.error, OSError, EOFError, KeyError, ValueError, NotImplementedError, RuntimeError)
_TABLES = (".xlsx", ".xls", ".xlsm", ".xlsb", ".et", ".ods", ".csv", ".txt", ".tsv", ".docx", ".html", ".htm")
_MOST_FILES = 200
_SHOWN_FILES = 10
_UTF8_NAME = 0x800


@contextmanager
def unpacked(path: Path) -> Iterator[list[Path]]:
    """The tables in the archive under their own names, as long as the block lasts.

    Raises UnreadableFile: none in it, JSON files among them (imported one by one), too many.
    """
    with TemporaryDirectory(prefix="matchmaker-") as folder:
        try:
            with ZipFile(path) as archive:
                files = _extracted(path, archive, Path(folder))
        except DAMAGES:
            raise incomplete(path) from None
        yield files


def incomplete(path: Path) -> UnreadableFile:
    """The error of a zip file that cannot be unpacked."""
    return UnreadableFile(
        f"“{path.name}”不完整或已损坏（可能没有传完）", "请重新下载或复制一份，能用 Excel 打开后再导入"
    )


def _extracted(path: Path, archive: ZipFile, folder: Path) -> list[Path]:
    members = [(name, info) for info in archive.infolist() if (name := _name(info))]
    shown = "、".join(name for name, _ in members[:_SHOWN_FILES]) + ("……" if len(members) > _SHOWN_FILES else "")
    tables = [(name, info) for name, info in members if name.lower().endswith(_TABLES)]
    if len(tables) > _MOST_FILES:
        raise UnreadableFile(f"“{path.name}”里有 {len(tables)} 个文件", f"请分成每包 {_MOST_FILES} 个以内导入")
    if any(name.lower().endswith((".json", ".jsonl", ".zip", ".rar", ".7z")) for name, _ in members):
        raise UnreadableFile(f"“{path.name}”是压缩包，里面有：{shown}", "请解压后把其中的文件逐个导入")
    if not tables:
        raise UnreadableFile(
            f"“{path.name}”是压缩包，不是表格，里面有：{shown or '没有文件'}", "请解压后导入其中的 xlsx 或 csv 文件"
        )
    files = []
    for index, (name, info) in enumerate(tables):
        own = folder / str(index)
        own.mkdir()
        with archive.open(info) as member, (own / name).open("wb") as file:
            shutil.copyfileobj(member, file)
        files.append(own / name)
    return files


def _name(info: ZipInfo) -> str:
    """The file's name without its folders; older programs write it in GBK and do not say so."""
    if info.is_dir():
        return ""
    name = info.filename
    if not info.flag_bits & _UTF8_NAME:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("gb18030")
    parts = PurePosixPath(name.replace("\\", "/")).parts
    last = "".join(one for one in parts[-1] if one.isprintable())[-80:] if parts else ""
    # What systems leave behind: .DS_Store, the lock of an open workbook.
    return "" if "__MACOSX" in parts or last.startswith((".", "~$")) else last
