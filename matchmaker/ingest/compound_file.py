"""The container of an xls file (Compound File Binary, MS-CFB): a small file system of its own."""

import struct
from collections.abc import Iterator

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END, _FREE, _FAT_SECTOR = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_HEADER, _ENTRY = 512, 128
_IN_HEADER = 109
_LARGE = 4096
_STREAM, _ROOT = 2, 5


class CompoundFile:
    """The streams in the bytes of such a file. Raises ValueError for what is none, or goes in circles."""

    def __init__(self, content: bytes) -> None:
        if not content.startswith(_MAGIC) or len(content) < _HEADER:
            raise ValueError("no compound file")
        self._content = content
        shift, small_shift = struct.unpack_from("<HH", content, 30)
        if shift not in (9, 12) or small_shift != 6:
            raise ValueError("odd sizes")
        self._size = 1 << shift
        first, self._cutoff, first_small = struct.unpack_from("<I4xII", content, 48)
        self._next = self._table(self._fat_sectors())
        directory = b"".join(map(self._sector, self._chain(first, self._next)))
        self._entries = [directory[at : at + _ENTRY] for at in range(0, len(directory) - _ENTRY + 1, _ENTRY)]
        self._next_small = self._table(self._chain(first_small, self._next))
        root = next((entry for entry in self._entries if entry[66] == _ROOT), None)
        self._small = self._large_stream(root) if root is not None else b""

    @property
    def names(self) -> list[str]:
        """Names of the streams and folders."""
        return [_name(entry) for entry in self._entries if entry[66]]

    def stream(self, *names: str) -> bytes:
        """The content of the first stream that has one of these names, tried in their order. Raises ValueError."""
        for name in names:
            for entry in self._entries:
                if entry[66] == _STREAM and _name(entry).casefold() == name.casefold():
                    size = struct.unpack_from("<I", entry, 120)[0]
                    return self._small_stream(entry) if size < self._cutoff else self._large_stream(entry)
        raise ValueError(f"no stream {names}")

    def _fat_sectors(self) -> Iterator[int]:
        listed, more, more_count = (
            struct.unpack_from("<I", self._content, 44)[0],
            *struct.unpack_from("<II", self._content, 68),
        )
        if listed * self._size > len(self._content) or more_count * self._size > len(self._content):
            raise ValueError("too many sectors")
        yield from (one for one in struct.unpack_from(f"<{_IN_HEADER}I", self._content, 76) if one < _FAT_SECTOR)
        for _ in range(more_count):
            if more >= _FAT_SECTOR:
                return
            numbers = struct.unpack(f"<{self._size // 4}I", self._sector(more))
            yield from (one for one in numbers[:-1] if one < _FAT_SECTOR)
            more = numbers[-1]

    def _table(self, sectors: Iterator[int]) -> list[int]:
        table: list[int] = []
        for sector in sectors:
            table.extend(struct.unpack(f"<{self._size // 4}I", self._sector(sector)))
            if len(table) > len(self._content):
                raise ValueError("goes in circles")
        return table

    def _chain(self, sector: int, following: list[int]) -> Iterator[int]:
        for _ in range(len(following) + 1):
            if sector >= _FAT_SECTOR:
                return
            yield sector
            if sector >= len(following):
                raise ValueError("no such sector")
            sector = following[sector]
        raise ValueError("goes in circles")

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        if start >= len(self._content):
            raise ValueError("no such sector")
        return self._content[start : start + self._size].ljust(self._size, b"\x00")

    def _large_stream(self, entry: bytes) -> bytes:
        start, size = struct.unpack_from("<II", entry, 116)
        return b"".join(map(self._sector, self._chain(start, self._next)))[:size]

    def _small_stream(self, entry: bytes) -> bytes:
        start, size = struct.unpack_from("<II", entry, 116)
        pieces = (self._small[at * 64 : at * 64 + 64] for at in self._chain(start, self._next_small))
        return b"".join(pieces)[:size]


def compound_file(name: str, stream: bytes) -> bytes:
    """A compound file with this one stream, zeros behind it where it is short. At most 450 MB."""
    stream = stream.ljust(_LARGE, b"\x00")
    count = -(-len(stream) // _LARGE)
    # One sector of the table tells of 1,024 sectors; the directory takes one.
    tables = -(-(count + 2) // (_LARGE // 4 - 1))
    if tables > _IN_HEADER:
        raise ValueError("too large")
    following = [*range(1, count), _END, _END, *[_FAT_SECTOR] * tables]
    following += [_FREE] * (tables * (_LARGE // 4) - len(following))
    header = _MAGIC + bytes(16) + struct.pack("<HHHHH6xII", 0x3E, 4, 0xFFFE, 12, 6, 1, tables)
    header += struct.pack("<IIIIIII", count, 0, _LARGE, _END, 0, _END, 0)
    numbers = [*range(count + 1, count + 1 + tables)]
    header += struct.pack(f"<{_IN_HEADER}I", *numbers, *[_FREE] * (_IN_HEADER - tables))
    # The stream of small streams is empty; the reader wants it to begin somewhere all the same.
    directory = _entry("Root Entry", _ROOT, 1, count, 0) + _entry(name, _STREAM, _FREE, 0, len(stream))
    return b"".join(
        (
            header.ljust(_LARGE, b"\x00"),
            stream.ljust(count * _LARGE, b"\x00"),
            directory.ljust(_LARGE, b"\x00"),
            struct.pack(f"<{len(following)}I", *following),
        )
    )


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    written = f"{name}\x00".encode("utf-16-le")
    links = struct.pack("<HBBIII", len(written), kind, 1, _FREE, _FREE, child)
    return written.ljust(64, b"\x00") + links + bytes(36) + struct.pack("<IQ", start, size)


def _name(entry: bytes) -> str:
    length = struct.unpack_from("<H", entry, 64)[0]
    return entry[: max(min(length, 64) - 2, 0)].decode("utf-16-le", errors="replace")
