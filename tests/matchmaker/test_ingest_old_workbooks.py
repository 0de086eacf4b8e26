"""xls of Excel 97–2003: hidden rows, stray cells and claimed sizes, as in xlsx."""

import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.errors import UnreadableFile
from matchmaker.ingest.compound_file import CompoundFile, compound_file
from tests.matchmaker.test_ingest_files import DATA, load, needs

ROW, DIMENSIONS, STRING = 0x0208, 0x0200, 0xFD


def changed(path: Path, change: Callable[[int, bytearray, int], None]) -> Path:
    """The workbook of the test data after `change(id, stream, place of the record's body)` of each record."""
    stream = bytearray(CompoundFile((DATA / "needs.xls").read_bytes()).stream("Workbook"))
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        change(kind, stream, at + 4)
        at += 4 + length
    path.write_bytes(compound_file("Workbook", bytes(stream)))
    return path


def test_hidden_rows_are_left_out_and_counted(database: Engine, session: Session, tmp_path: Path) -> None:
    def hide_the_last(kind: int, stream: bytearray, body: int) -> None:
        if kind == ROW and struct.unpack_from("<H", stream, body)[0] == 3:
            stream[body + 12] |= 0x20

    report = load(database, changed(tmp_path / "a.xls", hide_the_last))
    assert [need.source_id for need in needs(session)] == ["X1"]
    assert any(note.startswith("有 1 行被隐藏") for note in report.notes)


def test_what_a_sheet_says_of_its_size_is_ignored(database: Engine, tmp_path: Path) -> None:
    def claim(kind: int, stream: bytearray, body: int) -> None:
        if kind == DIMENSIONS:
            struct.pack_into("<IIHH", stream, body, 0, 0xFFFFFFFF, 0, 0xFFFF)

    assert load(database, changed(tmp_path / "a.xls", claim)).added == 2


def test_a_stray_cell_far_away_is_refused(database: Engine, tmp_path: Path) -> None:
    def move(kind: int, stream: bytearray, body: int) -> None:
        if kind == STRING:
            struct.pack_into("<HH", stream, body, 0xFFFF, 0xFFFF)

    with pytest.raises(UnreadableFile, match="一直延伸到第 65536 行、第 65536 列"):
        load(database, changed(tmp_path / "a.xls", move))


def test_a_container_that_goes_in_circles_is_refused(database: Engine, tmp_path: Path) -> None:
    content = bytearray(compound_file("Workbook", bytes(20_000)))
    table = len(content) - 4096
    for sector in range(8):
        struct.pack_into("<I", content, table + 4 * sector, 0)
    path = tmp_path / "a.xls"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="不是可读的 Excel 文件"):
        load(database, path)


@pytest.mark.parametrize("size", [1, 4096, 5000, 5_000_000])
def test_a_stream_is_the_same_in_its_container(size: int) -> None:
    stream = bytes(index % 251 for index in range(size))
    container = CompoundFile(compound_file("Workbook", stream))
    assert container.stream("Book", "workbook")[:size] == stream
    with pytest.raises(ValueError, match="no stream"):
        container.stream("WordDocument")
