"""Files of needs, achievements, parties, brokers, contracts and registrations into the database.

    report = ingest_file(database, ImportKind.NEEDS, Path("征集表.xlsx"), IngestOptions())

Reader → prepared row → Create shape (with warnings) or RejectedRow → upsert by source + source id → one commit per batch. Loading a file
twice changes nothing; a bad row never stops the file; a run that was killed is simply run again.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.ingest.columns import column_choices, field_headings
from matchmaker.ingest.destination import Scope, destination
from matchmaker.ingest.fields import ImportKind
from matchmaker.ingest.identity import is_ownerless, stored_values, with_identity
from matchmaker.ingest.no_records import is_no_record
from matchmaker.ingest.overview import FileColumn, file_columns, guessed_field, name_column, table_texts
from matchmaker.ingest.prepared import prepared
from matchmaker.ingest.readers import open_table
from matchmaker.ingest.rejected import returned_cells, write_rejected
from matchmaker.ingest.repeats import Repeats
from matchmaker.ingest.report import CellProblem, IngestReport, RecordResult, RejectedRow, RejectedRows, printable
from matchmaker.ingest.rows import PRIVATE_FIELDS, ReadRow, RowReader
from matchmaker.ingest.rows_only import read_rows
from matchmaker.ingest.tables import SourceRow, Table, Wanted, corrected
from matchmaker.ingest.template import write_template
from matchmaker.ingest.values import plain
from matchmaker.ingest.watching import RowRefused, RowResult, RowSkipped, Watcher, Written
from matchmaker.ingest.writing import Writer, WriteResult
from matchmaker.records import Outcome
from matchmaker.rights import Actor

__all__ = [
    "PRIVATE_FIELDS",
    "CellProblem",
    "FileColumn",
    "ImportKind",
    "IngestOptions",
    "IngestReport",
    "RejectedRow",
    "RejectedRows",
    "RowRefused",
    "RowResult",
    "RowSkipped",
    "SourceRow",
    "Written",
    "column_choices",
    "field_headings",
    "file_columns",
    "guessed_field",
    "ingest_file",
    "name_column",
    "plain",
    "printable",
    "read_rows",
    "returned_cells",
    "table_texts",
    "write_rejected",
    "write_template",
]

_Read = ReadRow | RowSkipped | None
_SHOWN_SUMS = 5
_OWNERLESS = {
    ImportKind.NEEDS: "有 {} 条没有写明需求单位：没有人能对接，请补填后重新导入，或用 --set 需求单位=… 统一填写",
    ImportKind.ACHIEVEMENTS: "有 {} 项没有写明完成单位：没有人能对接，请补填后重新导入，或用 --set 完成单位=… 统一填写",
}
Progress = Callable[[int, int | None], None]


@dataclass(frozen=True)
class IngestOptions:
    """How a file is to be read. `source` is half of the natural key; without it `import:<kind>`, so that the same
    table under another file name is still the same records. `column_map`: heading → field, before recognition;
    an empty field leaves the column out. `watcher` follows the run and may refuse rows.
    `by`: in whose name it is written; without it the platform's.
    """

    source: str | None = None
    sheet: str | None = None
    column_map: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    is_demo: bool = False
    batch_size: int = 1000
    # Row number → heading → text: cells that were corrected; numbers of rows that are left out.
    corrections: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    dropped: Collection[int] = ()
    # Field (or usual heading) → what it says in every row that says nothing of its own: the district of a whole list.
    constants: Mapping[str, str] = field(default_factory=dict)
    # `heading:word` → the word of the list that is meant, once for all cells that say so.
    value_map: Mapping[str, str] = field(default_factory=dict)
    # Keep what became of every row in the report: for programs, and for files that fit into memory.
    keep_records: bool = False
    # Rows of the (corrected) file that an earlier run has dealt with.
    start: int = 0
    watcher: Watcher | None = None
    by: Actor | None = None


def ingest_file(
    database: Engine, kind: ImportKind, path: Path, options: IngestOptions, progress: Progress | None = None
) -> IngestReport:
    """Load the file; commit after every `batch_size` rows; tell `progress(rows read, rows in all)` after each commit.

    With `dry_run` nothing is written and the report has the same numbers. Of several rows with one id the last one
    counts. Raises UnreadableFile and MalformedRequest (see `readers.open_table`) before anything is written.
    """
    source = options.source or f"import:{kind.value}"
    with open_table(path, Wanted(kind, options.sheet, options.column_map)) as opened:
        table = prepared(
            kind, corrected(opened, options.corrections, options.dropped), path, options.constants, options.value_map
        )
        report = IngestReport(
            kind=kind,
            source=source,
            sheet=table.sheet,
            dry_run=options.dry_run,
            headings=list(table.headings),
            recognised_columns={bound.heading: bound.column.field for bound in table.layout.bound},
            units={bound.heading: bound.unit for bound in table.layout.bound if bound.unit is not None},
            unknown_columns=list(table.layout.unknown),
            columns_aside=list(table.layout.aside),
            notes=list(table.notes),
        )
        run = _Run(table, report, options)
        rows = islice(table.rows(), options.start, None)
        with destination(database, dry_run=options.dry_run, by=options.by) as scope:
            while batch := list(islice(rows, options.batch_size)):
                run.load(scope, batch)
                if progress is not None:
                    progress(report.rows_read, run.total)
        report.notes += run.notes()
    return report


class _Run:
    """One pass over a table: what becomes of each row, counted in the report."""

    def __init__(self, table: Table, report: IngestReport, options: IngestOptions) -> None:
        self.total = 0
        self._report = report
        self._watcher = options.watcher
        self._writer = Writer(options.is_demo, options.watcher)
        self._reader = RowReader(report.kind, table.layout, report.source)
        self._repeats = Repeats(report.kind, table.layout)
        self._headings = table.headings
        self._keep_records = options.keep_records
        self._sums: list[int] = []
        for row in table.rows():
            self.total += 1
            self._repeats.note(row)

    def load(self, scope: Scope, batch: Sequence[SourceRow]) -> None:
        """Write the rows in one transaction and count them; a row that cannot be written is noted with the reason."""
        read = [(row, self._read(row)) for row in batch]
        creates = [found.create for _, found in read if isinstance(found, ReadRow) and found.create is not None]

        def close(session: Session, results: Sequence[WriteResult]) -> None:
            if self._watcher is not None:
                self._watcher.closing(session, self._results(read, results))

        written = self._writer.write(scope, creates, close)
        report = self._report
        report.rows_read += len(batch)
        report.title_only = self._reader.title_only
        for (row, result), (_, found) in zip(self._results(read, written), read, strict=True):
            self._note(row, result, found)
            match result:
                case Written(outcome=Outcome.ADDED):
                    report.added += 1
                case Written(outcome=Outcome.CHANGED):
                    report.changed += 1
                case Written():
                    report.unchanged += 1
                case RowSkipped():
                    report.skipped += 1
                case list():
                    report.rejected.append(RejectedRow(row.number, result, list(row.cells)))
                case None:
                    report.repeated_ids += 1

    def _note(self, row: SourceRow, result: RowResult, found: _Read) -> None:
        """What is to be told of the row beside its outcome."""
        warnings = found.warnings if isinstance(found, ReadRow) else []
        if warnings and isinstance(result, Written):
            self._report.note_warnings(row.number, warnings)
        if self._keep_records and not isinstance(result, RowSkipped):
            problems = result if isinstance(result, list) else []
            create = found.create if isinstance(found, ReadRow) else None
            values = stored_values(result.record, create) if isinstance(result, Written) else {}
            outcome = result.outcome.value if isinstance(result, Written) else "returned" if problems else "repeated"
            self._report.records.append(RecordResult(row.number, outcome, values, warnings, problems))

    def notes(self) -> list[str]:
        """What the reader of the report must know beside the numbers."""
        rows = "、".join(str(number) for number in self._sums[:_SHOWN_SUMS])
        more = "等" if len(self._sums) > _SHOWN_SUMS else ""
        sums = [f"第 {rows} 行{more}是合计、栏号、说明或重复的标题，没有导入"] if self._sums else []
        ownerless = [_OWNERLESS[self._report.kind].format(self._report.ownerless)] if self._report.ownerless else []
        return [*sums, *ownerless, *self._reader.notes()]

    def _results(
        self, read: Sequence[tuple[SourceRow, _Read]], written: Sequence[WriteResult]
    ) -> list[tuple[SourceRow, RowResult]]:
        """What became of each row: what was written comes in the order of the rows that could be read."""
        outcomes = iter(written)
        results: list[tuple[SourceRow, RowResult]] = []
        for row, found in read:
            match _result_of(found, outcomes):
                case CellProblem() as problem:
                    results.append((row, [problem]))
                case RowRefused() as refused:
                    results.append((row, [self._reader.refusal(row.cells, refused)]))
                case result:
                    results.append((row, result))
        return results

    def _read(self, row: SourceRow) -> _Read:
        """The Create shape, the problems, or None for a row whose id comes again further down."""
        if row.problem is not None:
            return ReadRow(None, [CellProblem("", "", *row.problem)])
        if is_no_record(row.cells, self._headings):
            self._sums.append(row.number)
            return RowSkipped()
        if conflict := self._repeats.conflict(row):
            return ReadRow(None, [conflict])
        if self._repeats.is_earlier(row):
            return None
        found = self._reader.read(row.cells)
        if found.create is None:
            return found
        create = found.create
        if self._watcher is not None:
            try:
                create = self._watcher.admit(row, create)
            except RowRefused as refused:
                return ReadRow(None, [self._reader.refusal(row.cells, refused)])
        if not self._repeats.is_named_alike(row):
            create = with_identity(create)
        return ReadRow(create, warnings=[*found.warnings, *self._asked(create)])

    def _asked(self, create: BaseModel) -> list[CellProblem]:
        """What is asked for of a record that belongs to nobody: nobody could answer for it."""
        if not is_ownerless(create):
            return []
        self._report.ownerless += 1
        heading = "需求单位" if self._report.kind is ImportKind.NEEDS else "完成单位"
        return [CellProblem(heading, "", "没有写明单位", f"请补填{heading}后重新导入，否则没有人能对接")]


def _result_of(found: _Read, outcomes: Iterator[WriteResult]) -> WriteResult | list[CellProblem] | None:
    if isinstance(found, ReadRow):
        return found.problems if found.create is None else next(outcomes)
    return found
