"""What an import tells its user: numbers, and for every rejected row which cell, why, and what to write instead."""

import json
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import IO, Any, overload

from matchmaker.ingest.fields import ImportKind
from matchmaker.ingest.money import Unit
from matchmaker.ingest.values import plain

# Rejected rows held in memory; the rest of a file of a hundred thousand bad rows waits in a temporary file.
_IN_MEMORY = 1_000
_SHOWN_IN_TEXT = 20


@dataclass(frozen=True)
class CellProblem:
    """One cell that cannot be taken over. `column` is empty for a problem of the whole row; contact data is masked."""

    column: str
    value: str
    reason: str
    repair: str

    def sentence(self) -> str:
        """`“预算上限（元）”填的是“50”：看起来是万元。请…`."""
        if not self.column:
            return f"{self.reason}。{self.repair}"
        written = f"填的是“{self.value}”：" if self.value else "："
        return f"“{self.column}”{written}{self.reason}。{self.repair}"


@dataclass(frozen=True)
class RejectedRow:
    """A row that was left out: its number in the file, its problems, its cells as they were."""

    row: int
    problems: list[CellProblem]
    # Contact data among them: for the file that goes back to its author, never for a page or a log.
    cells: list[Any] = field(repr=False, default_factory=list)

    def sentence(self) -> str:
        return f"第 {self.row} 行：" + "；".join(problem.sentence() for problem in self.problems)


@dataclass(frozen=True)
class RecordResult:
    """What became of one row, for programs: its values as they are stored, or why it went back."""

    row: int
    outcome: str
    values: dict[str, Any] = field(repr=False, default_factory=dict)
    warnings: list[CellProblem] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)


class RejectedRows(Sequence[RejectedRow]):
    """All rejected rows in order of the file; iterating reads what does not fit into memory from a temporary file."""

    def __init__(self) -> None:
        self._first: list[RejectedRow] = []
        self._spilled: IO[bytes] | None = None
        self._count = 0

    def append(self, rejected: RejectedRow) -> None:
        self._count += 1
        if len(self._first) < _IN_MEMORY:
            self._first.append(rejected)
            return
        if self._spilled is None:
            self._spilled = TemporaryFile()  # noqa: SIM115 — lives as long as the report; has no name on disk
            weakref.finalize(self, self._spilled.close)
        self._spilled.seek(0, 2)
        self._spilled.write(_dumped(rejected))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[RejectedRow]:
        return chain(self._first, self._rest())

    @overload
    def __getitem__(self, index: int) -> RejectedRow: ...
    @overload
    def __getitem__(self, index: slice) -> list[RejectedRow]: ...
    def __getitem__(self, index: int | slice) -> RejectedRow | list[RejectedRow]:
        wanted = range(self._count)[index]
        if isinstance(wanted, range):
            chosen = set(wanted)
            found = [
                row for position, row in enumerate(islice(self, max(chosen, default=-1) + 1)) if position in chosen
            ]
            return found if wanted.step > 0 else found[::-1]
        return next(islice(self, wanted, None))

    def _rest(self) -> Iterator[RejectedRow]:
        position = 0
        while self._spilled is not None:
            # Another reader may have moved the file meanwhile: every line is read from its own place.
            self._spilled.seek(position)
            line = self._spilled.readline()
            if not line:
                return
            position += len(line)
            yield _loaded(line)


@dataclass
class IngestReport:
    """The outcome of one import. `changed` and `unchanged` count rows whose record was there before."""

    kind: ImportKind
    source: str
    sheet: str = ""
    dry_run: bool = False
    rows_read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    repeated_ids: int = 0
    title_only: int = 0
    # Rows that are kept although something in them was not understood; needs and achievements of nobody.
    warned: int = 0
    ownerless: int = 0
    headings: list[str] = field(default_factory=list)
    recognised_columns: dict[str, str] = field(default_factory=dict)
    # Heading → the unit its amounts were taken to be in.
    units: dict[str, Unit] = field(default_factory=dict)
    unknown_columns: list[str] = field(default_factory=list)
    # Understood, but the platform has no field for them.
    columns_aside: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    rejected: RejectedRows = field(default_factory=RejectedRows)
    # Of the first rows that were warned about, for people.
    warnings: list[RejectedRow] = field(default_factory=list)
    # Every row, where somebody asked for them (`IngestOptions.keep_records`).
    records: list[RecordResult] = field(default_factory=list)

    @property
    def returned(self) -> int:
        return len(self.rejected)

    def note_warnings(self, row: int, warnings: list[CellProblem]) -> None:
        """Count the row; remember what is wrong in it while there is room."""
        self.warned += 1
        if len(self.warnings) < _SHOWN_IN_TEXT:
            self.warnings.append(RejectedRow(row, warnings))

    def to_json(self) -> dict[str, Any]:
        """The report as one object of plain values: counts, what was taken for granted, and a record for each row."""
        return {
            "kind": self.kind.value,
            "source": self.source,
            "sheet": self.sheet,
            "dry_run": self.dry_run,
            "read": self.rows_read,
            "added": self.added,
            "updated": self.changed,
            "unchanged": self.unchanged,
            "returned": self.returned,
            "warned": self.warned,
            "skipped": self.skipped,
            "repeated_ids": self.repeated_ids,
            "title_only": self.title_only,
            "ownerless": self.ownerless,
            "recognised_columns": self.recognised_columns,
            "unknown_columns": self.unknown_columns,
            "columns_aside": self.columns_aside,
            "notes": self.notes,
            "records": [asdict(record) for record in self.records],
        }

    def to_text(self) -> str:
        """The report as Chinese text for a terminal or a mail. No contact data."""
        what = self.kind.label
        lines = [
            f"{'试运行（没有写入）：' if self.dry_run else ''}{what} 读取 {self.rows_read} 行："
            f"新增 {self.added}，更新 {self.changed}，未变 {self.unchanged}，退回 {len(self.rejected)}"
            + (f"，有提醒 {self.warned}" if self.warned else "")
            + (f"，同一编号的较早行 {self.repeated_ids}" if self.repeated_ids else "")
            + (f"，合计行等 {self.skipped}" if self.skipped else "")
        ]
        if self.sheet:
            lines.append(f"工作表：{self.sheet}")
        lines.append(f"来源：{self.source}")
        if self.repeated_ids:
            lines.append(f"有 {self.repeated_ids} 行的编号在后面又出现：以文件中最后一行为准，前面的没有采用")
        if self.title_only:
            lines.append(f"有 {self.title_only} 条只有名称没有内容：已用名称作描述，请补充后重新导入")
        if self.unknown_columns:
            lines.append(
                f"未识别的列（没有导入）：{'、'.join(self.unknown_columns)}；如需导入请用 --map 原列名=字段 指定"
            )
        if self.columns_aside:
            lines.append(f"平台不存的列（没有导入）：{'、'.join(self.columns_aside)}")
        lines.extend(self.notes)
        lines.extend(f"提醒（已导入）{warned.sentence()}" for warned in self.warnings)
        if self.warned > len(self.warnings):
            lines.append(f"……还有 {self.warned - len(self.warnings)} 行有提醒")
        lines.extend(rejected.sentence() for rejected in self.rejected[:_SHOWN_IN_TEXT])
        if len(self.rejected) > _SHOWN_IN_TEXT:
            lines.append(f"……还有 {len(self.rejected) - _SHOWN_IN_TEXT} 行被退回，见退回文件")
        return printable("\n".join(lines))


def printable(text: str) -> str:
    """The text without halves of characters, which no terminal takes."""
    return text.encode(errors="replace").decode()


def _dumped(rejected: RejectedRow) -> bytes:
    problems = [(one.column, one.value, one.reason, one.repair) for one in rejected.problems]
    return json.dumps([rejected.row, problems, rejected.cells], ensure_ascii=True, default=plain).encode() + b"\n"


def _loaded(line: bytes) -> RejectedRow:
    row, problems, cells = json.loads(line)
    return RejectedRow(row, [CellProblem(*one) for one in problems], cells)
