"""A copy of an xlsx or xlsb file that is safe to read: only what a reader needs, each sheet measured beforehand.

The reader (calamine) sets aside room for the rectangle around all written cells and ends the whole process where it
cannot: one stray blank in the last cell of a sheet asks for half a terabyte. It gets exactly the bytes that were
measured here, never the file as it came: a zip may say one thing to one reader and another to the next.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from matchmaker.errors import UnreadableFile

# The reader needs 32 bytes a cell: 400 MB at most. 200,000 rows of the widest form (60 columns) are as many.
LARGEST_AREA = 12_000_000
# A smaller sheet may be as empty as it likes; a larger one of which less than a tenth is written is a slip.
_LARGEST_SPARSE_AREA = 4_000_000
_MOST_MERGES = 200_000
# A cell holds 32,767 characters; what goes on for longer than this without a tag is no sheet.
_LONGEST_PIECE = 1 << 22
_CHUNK = 1 << 20
_NEVER_READ = re.compile(
    r"(^|/)(docProps|customXml|xl/(theme|drawings|media|charts|chartsheets|comments|threadedComments|externalLinks|"
    r"printerSettings|embeddings|ctrlProps|activeX))/|(comments|vmlDrawing)\d*\.\w+$"
)
# No class in these crosses "<": each is linear in the text.
_TAG = re.compile(rb"<(?:[^\s<>/:]*:)?(row|c|mergeCell)(?=[\s/>])([^<]*)")
_USUAL_CELL = re.compile(rb'\s+r="([A-Z]{1,3})(\d{1,7})"((?:\s+[a-z]{1,8}="[^"\'<>]*")*+)\s*(/?)>[^<]*')
_REFERENCE = re.compile(rb"\br\s*=\s*[\"']\s*([A-Za-z]*)(\d*)")
_HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)")
_DIMENSION = re.compile(rb"</?(?:[^\s<>/:]*:)?dimension(?:\s[^<>]*)?>")
_FAR = 10**9


@dataclass
class Extent:
    """How far a sheet is written (rows and columns from 1), how many of its cells are, which rows are hidden."""

    last_row: int = 0
    last_column: int = 0
    written: int = 0
    merges: int = 0
    hidden_rows: set[int] = field(default_factory=set)

    @property
    def area(self) -> int:
        return self.last_row * self.last_column


def copy_workbook(path: Path, archive: ZipFile, target: Path) -> dict[str, Extent]:
    """Write the parts of the workbook that are read to `target`; name of the part → how far it is written.

    Part names get forward slashes, and what a sheet claims to be its dimension is left out, as Excel ignores it.
    Raises UnreadableFile, naming the repair, when reading would take too much memory; zip errors as they come.
    """
    extents: dict[str, Extent] = {}
    is_binary = any(name.endswith("workbook.bin") for name in archive.namelist())
    with ZipFile(target, "w", ZIP_STORED) as copy:
        for info in archive.infolist():
            name = info.filename.replace("\\", "/").lstrip("/")
            if not name.endswith((".xml", ".rels", *((".bin",) if is_binary else ()))) or _NEVER_READ.search(name):
                continue
            if name in extents:
                raise ValueError(name)
            measure = _measure(name, is_binary=is_binary)
            with archive.open(info) as part, copy.open(ZipInfo(name), "w", force_zip64=True) as written:
                while chunk := part.read(_CHUNK):
                    written.write(measure.take(chunk))
                written.write(measure.rest())
            extents[name] = measure.extent
            check_extents(path, extents.values())
    return extents


def check_extents(path: Path, extents: Collection[Extent]) -> None:
    """Raise UnreadableFile, naming the repair, when sheets that are written so far take too much memory to read."""
    for extent in extents:
        if extent.area > _LARGEST_SPARSE_AREA and extent.written * 10 < extent.area:
            raise UnreadableFile(
                f"“{path.name}”的内容一直延伸到第 {extent.last_row} 行、第 {extent.last_column} 列，大部分是空白",
                "表格以外可能有多余的字符：请把表格复制到新的工作簿，另存为 xlsx 后再导入",
            )
    if sum(extent.area for extent in extents) > LARGEST_AREA:
        raise too_many_cells(path)
    if sum(extent.merges for extent in extents) > _MOST_MERGES:
        raise UnreadableFile(f"“{path.name}”有 {_MOST_MERGES} 处以上合并单元格", "请取消合并后再导入")


def too_many_cells(path: Path) -> UnreadableFile:
    """The error of a file that is larger than can be read at once."""
    return UnreadableFile(f"“{path.name}”超过 {LARGEST_AREA // 10_000} 万格", "请拆成几个文件分别导入")


def _measure(name: str, *, is_binary: bool) -> "_XmlSheet | _BinarySheet":
    """Every part is measured as what the reader would take it for, whatever it is called: any may be named a sheet."""
    if not is_binary:
        return _XmlSheet()
    return _BinarySheet() if name.endswith(".bin") else _PlainText()


class _XmlSheet:
    """Passes the XML of a part on, and measures what of it is cells."""

    def __init__(self) -> None:
        self.extent = Extent()
        self._held = b""
        self._row = self._column = 0

    def take(self, chunk: bytes) -> bytes:
        """What can be passed on so far. Raises ValueError for what cannot be a sheet."""
        text = self._held + chunk
        end = max(text.rfind(b"<"), 0)
        self._held = text[end:]
        if len(self._held) > _LONGEST_PIECE:
            raise ValueError("no tag")
        return self._measured(text[:end])

    def rest(self) -> bytes:
        return self._measured(self._held)

    def _measured(self, text: bytes) -> bytes:
        for tag, attributes in _TAG.findall(text):
            if tag == b"c":
                self._cell(attributes)
            elif tag == b"row":
                self._begin_row(attributes)
            else:
                self.extent.merges += 1
        return _DIMENSION.sub(b"", text) if b"dimension" in text else text

    def _begin_row(self, attributes: bytes) -> None:
        _check_ends(attributes)
        self._row = max((_number(digits) for _, digits in _REFERENCE.findall(attributes)), default=self._row + 1)
        self._column = 0
        if _HIDDEN.search(attributes):
            self.extent.hidden_rows.add(self._row)

    def _cell(self, attributes: bytes) -> None:
        usual = _USUAL_CELL.fullmatch(attributes)
        if usual is not None:
            if usual[4]:
                # Formatted, but nothing is written in it.
                self._column = _column(usual[1])
                return
            self._written(_column(usual[1]), int(usual[2]))
            return
        _check_ends(attributes)
        if attributes.strip() == b"/>":
            self._column += 1
            return
        references = _REFERENCE.findall(attributes)
        self._written(
            max((_column(letters) for letters, _ in references), default=self._column + 1),
            max((_number(digits) for _, digits in references), default=self._row),
        )

    def _written(self, column: int, row: int) -> None:
        self._column = column
        extent = self.extent
        extent.written += 1
        extent.last_row = max(extent.last_row, row, self._row)
        extent.last_column = max(extent.last_column, column)


class _BinarySheet:
    """The same for the records of xlsb: id, length, and for rows (0) and cells (1 to 11) a number in front."""

    _ROW, _CELLS = 0, range(1, 12)

    def __init__(self) -> None:
        self.extent = Extent()
        self._held = b""
        self._row = 0

    def take(self, chunk: bytes) -> bytes:
        content = self._held + chunk
        position = 0
        while (header := _record(content, position)) is not None:
            kind, start, length = header
            if start + length > len(content):
                break
            if kind == self._ROW and length >= 4:
                self._row = int.from_bytes(content[start : start + 4], "little") + 1
            elif kind in self._CELLS and length >= 4:
                column = int.from_bytes(content[start : start + 4], "little") + 1
                if kind != 1:  # a blank is only formatted
                    self.extent.written += 1
                    self.extent.last_row = max(self.extent.last_row, self._row)
                    self.extent.last_column = max(self.extent.last_column, column)
            position = start + length
        self._held = content[position:]
        if len(self._held) > 4 * _LONGEST_PIECE:
            raise ValueError("no record")
        return chunk

    def rest(self) -> bytes:
        return b""


class _PlainText(_XmlSheet):
    """The relations of an xlsb: without control characters no record of a cell can be read from them."""

    _SPACES = bytes.maketrans(b"\t\n\r", b"   ")

    def take(self, chunk: bytes) -> bytes:
        text = chunk.translate(self._SPACES)
        if text and min(text) < 0x20:
            raise ValueError("not a text")
        return text


def _record(content: bytes, position: int) -> tuple[int, int, int] | None:
    """Id, place and length of the record that begins here; None where its header is not complete."""
    kind = 0
    for index in range(2):
        if position >= len(content):
            return None
        byte = content[position]
        position += 1
        kind |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            break
    length = 0
    for index in range(4):
        if position >= len(content):
            return None
        byte = content[position]
        position += 1
        length |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            break
    return kind, position, length


def _check_ends(attributes: bytes) -> None:
    """Raise ValueError for a tag in which the next one begins."""
    if b">" not in attributes:
        raise ValueError("no end of tag")


def _number(digits: bytes) -> int:
    return _FAR if len(digits) > 7 else int(digits or b"1")


def _column(letters: bytes) -> int:
    if len(letters) > 3:
        return _FAR
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return max(number, 1)
