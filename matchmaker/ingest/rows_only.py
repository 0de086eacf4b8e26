"""Rows of a file as shapes, for those who only look at them: nothing is written, nothing asked of the database."""

from collections.abc import Generator
from pathlib import Path

from pydantic import BaseModel

from matchmaker.ingest.fields import ImportKind
from matchmaker.ingest.no_records import is_no_record
from matchmaker.ingest.prepared import prepared
from matchmaker.ingest.readers import open_table
from matchmaker.ingest.report import CellProblem
from matchmaker.ingest.rows import RowReader
from matchmaker.ingest.tables import Wanted


def read_rows(kind: ImportKind, path: Path, *, start: int = 0) -> Generator[tuple[int, BaseModel | list[CellProblem]]]:
    """Number and Create shape of each row from number `start` on, or what is wrong with it, one row at a time.

    Lines that are no records are left out, rows with an id that comes again are not. Raises UnreadableFile,
    MalformedRequest.
    """
    with open_table(path, Wanted(kind)) as opened:
        table = prepared(kind, opened, path)
        reader = RowReader(kind, table.layout, f"read:{kind.value}")
        for row in table.rows():
            if row.number < start:
                continue
            if row.problem is not None:
                yield row.number, [CellProblem("", "", *row.problem)]
            elif not is_no_record(row.cells, table.headings):
                read = reader.read(row.cells)
                yield row.number, read.problems if read.create is None else read.create
