"""Files of needs, achievements, enterprises and institutions into the database.

    report = ingest_file(database, ImportKind.NEEDS, Path("征集表.xlsx"), IngestOptions())

Reader → row → Create shape or RejectedRow → upsert by source + source id → one commit per batch. Loading a file
twice changes nothing; a bad row never stops the file; a run that was killed is simply run again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy import Engine

from matchmaker.ingest.destination import Scope, destination
from matchmaker.ingest.fields import ImportKind
from matchmaker.ingest.readers import open_table
from matchmaker.ingest.rejected import write_rejected
from matchmaker.ingest.report import CellProblem, IngestReport, RejectedRow, RejectedRows
from matchmaker.ingest.rows import RowReader
from matchmaker.ingest.tables import SourceRow, Table, Wanted
from matchmaker.ingest.template import write_template
from matchmaker.ingest.values import is_blank, line
from matchmaker.ingest.writing import write_batch
from matchmaker.records import Outcome

__all__ = [
    "CellProblem",
    "ImportKind",
    "IngestOptions",
    "IngestReport",
    "RejectedRow",
    "RejectedRows",
    "ingest_file",
    "write_rejected",
    "write_template",
]

# What a row is known by; for parties the credit code or name stands in for a missing id, as in `parties`.
_KEYS = {
    ImportKind.NEEDS: ("source_id",),
    ImportKind.ACHIEVEMENTS: ("source_id",),
    ImportKind.ENTERPRISES: ("source_id", "credit_code", "name"),
    ImportKind.INSTITUTIONS: ("source_id", "credit_code", "name"),
}

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class IngestOptions:
    """How a file is to be read. `source` is half of the natural key; without it `import:<kind>`, so that the same
    table under another file name is still the same records. `column_map`: heading → field, before recognition.
    """

    source: str | None = None
    sheet: str | None = None
    column_map: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    is_demo: bool = False
    batch_size: int = 1000


def ingest_file(
    database: Engine, kind: ImportKind, path: Path, options: IngestOptions, progress: Progress | None = None
) -> IngestReport:
    """Load the file; commit after every `batch_size` rows; tell `progress(rows read, rows in all)` after each commit.

    With `dry_run` nothing is written and the report has the same numbers. Of several rows with one id the last one
    counts. Raises UnreadableFile and MalformedRequest (see `readers.open_table`) before anything is written.
    """
    source = options.source or f"import:{kind.value}"
    with open_table(path, Wanted(kind, options.sheet, options.column_map)) as table:
        report = IngestReport(
            kind=kind,
            source=source,
            sheet=table.sheet,
            dry_run=options.dry_run,
            headings=list(table.headings),
            recognised_columns={bound.heading: bound.column.field for bound in table.layout.bound},
            unknown_columns=list(table.layout.unknown),
            notes=list(table.notes),
        )
        run = _Run(kind, table, report, is_demo=options.is_demo)
        rows = table.rows()
        with destination(database, dry_run=options.dry_run) as scope:
            while batch := list(islice(rows, options.batch_size)):
                run.load(scope, batch)
                if progress is not None:
                    progress(report.rows_read, run.total)
    return report


class _Run:
    """One pass over a table: what becomes of each row, counted in the report."""

    def __init__(self, kind: ImportKind, table: Table, report: IngestReport, *, is_demo: bool) -> None:
        self.total = 0
        self._report = report
        self._is_demo = is_demo
        self._reader = RowReader(kind, table.layout, report.source)
        positions = [table.layout.position_of(name) for name in _KEYS[kind]]
        self._key_positions = [position for position in positions if position is not None]
        self._last_row: dict[tuple[int, str], int] = {}
        for row in table.rows():
            self.total += 1
            if key := self._key(row):
                self._last_row[key] = row.number

    def load(self, scope: Scope, batch: Sequence[SourceRow]) -> None:
        """Write the rows in one transaction and count them; a row that cannot be written is noted with the reason."""
        read = [(row, self._read(row)) for row in batch]
        creates = [create for _, create in read if isinstance(create, BaseModel)]
        outcomes = iter(write_batch(scope, creates, is_demo=self._is_demo))
        report = self._report
        report.rows_read += len(batch)
        report.title_only = self._reader.title_only
        for row, result in read:
            match next(outcomes) if isinstance(result, BaseModel) else result:
                case Outcome.ADDED:
                    report.added += 1
                case Outcome.CHANGED:
                    report.changed += 1
                case Outcome.UNCHANGED:
                    report.unchanged += 1
                case CellProblem() as problem:
                    report.rejected.append(RejectedRow(row.number, [problem], list(row.cells)))
                case list() as problems:
                    report.rejected.append(RejectedRow(row.number, problems, list(row.cells)))
                case None:
                    report.repeated_ids += 1

    def _read(self, row: SourceRow) -> BaseModel | list[CellProblem] | None:
        """The Create shape, the problems, or None for a row whose id comes again further down."""
        if row.problem is not None:
            return [CellProblem("", "", *row.problem)]
        key = self._key(row)
        if key and self._last_row[key] != row.number:
            return None
        return self._reader.read(row.cells)

    def _key(self, row: SourceRow) -> tuple[int, str] | None:
        for position in self._key_positions:
            if not is_blank(row.cells[position]):
                return position, line(row.cells[position])
        return None
