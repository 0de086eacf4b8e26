"""The records of an xls workbook (BIFF): how far its sheets are written and which rows are hidden."""

import struct

from matchmaker.ingest.workbook_copy import Extent

_BEGIN, _END, _SHEET, _ROW, _DIMENSIONS = 0x0809, 0x000A, 0x0085, 0x0208, 0x0200
_NOTHING = 0x005C
# Numbers, texts, truth values, formulas of Excel 2 to 2003; formatted blanks are none of them.
_CELLS = frozenset(
    (0x02, 0x03, 0x04, 0x05, 0x06, 0x0203, 0x0204, 0x0205, 0x0206, 0x0406, 0xD6, 0xFD, 0x7E, 0x027E, 0xBD)
)
_SEVERAL = 0xBD
_ROW_IS_HIDDEN = 0x20


def measured_stream(stream: bytes) -> tuple[bytes, list[Extent], dict[str, frozenset[int]]]:
    """The stream without what sheets say of their size, how far each part of it is written, hidden rows by sheet.

    Records are read by the length they state, from the beginning to the end, whatever they belong to.
    """
    content = bytearray(stream)
    parts: dict[int, Extent] = {}
    names: dict[str, int] = {}
    extent = parts.setdefault(0, Extent())
    at = 0
    while at + 4 <= len(content):
        kind, length = struct.unpack_from("<HH", content, at)
        body = at + 4
        if kind & 0xFF == _BEGIN & 0xFF and kind >> 8 in (0, 2, 4, 8):
            extent = parts.setdefault(at, Extent())
        elif kind in _CELLS and length >= 4:
            row, column = struct.unpack_from("<HH", content, body) if body + 4 <= len(content) else (0, 0)
            if kind == _SEVERAL and body + length <= len(content):
                column = max(column, *struct.unpack_from("<H", content, body + length - 2))
            extent.written += 1
            extent.last_row = max(extent.last_row, row + 1)
            extent.last_column = max(extent.last_column, column + 1)
        elif kind == _ROW and length >= 14 and body + 14 <= len(content):
            row, flags = struct.unpack_from("<H10xH", content, body)
            if flags & _ROW_IS_HIDDEN:
                extent.hidden_rows.add(row + 1)
        elif kind in (_DIMENSIONS, 0):
            struct.pack_into("<H", content, at, _NOTHING)
        elif kind == _SHEET and length >= 8:
            names.setdefault(
                _sheet_name(bytes(content[body : body + length])), *struct.unpack_from("<I", content, body)
            )
        at = body + length
    hidden = {name: frozenset(parts[place].hidden_rows) for name, place in names.items() if place in parts}
    return bytes(content), list(parts.values()), hidden


def _sheet_name(body: bytes) -> str:
    """Of Excel 97 to 2003; an older one has no wide characters and gives a name that is nobody's."""
    count, is_wide = body[6], body[7] & 1
    return body[8 : 8 + count * (2 if is_wide else 1)].decode("utf-16-le" if is_wide else "latin-1", errors="replace")
