"""Checking an uploaded file: a dry run with the chosen columns and corrected cells. Nothing is imported."""

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.accounts import actor_of
from matchmaker.database import session_scope
from matchmaker.errors import MatchmakerError, NotAllowed
from matchmaker.ingest import (
    ImportKind,
    IngestOptions,
    IngestReport,
    RowResult,
    SourceRow,
    Written,
    file_columns,
    ingest_file,
    name_column,
    write_rejected,
)
from matchmaker.models.account import Account
from matchmaker.models.base import now
from matchmaker.models.upload import BatchStatus, ImportBatch, WriteMode
from matchmaker.records import ACTOR
from matchmaker.uploads.preview import preview, wrong_row
from matchmaker.uploads.report import (
    KEPT_REJECTED,
    PREVIEW_ROWS,
    BatchReport,
    ColumnGuess,
    has_number,
)
from matchmaker.uploads.rules import Admission, admission, source_of


@contextmanager
def as_file(batch: ImportBatch) -> Iterator[Path]:
    """The uploaded file under its own name, as long as the block lasts."""
    with TemporaryDirectory(prefix="matchmaker-") as folder:
        path = Path(folder) / _safe_name(batch.file_name)
        path.write_bytes(batch.content)
        yield path


def options_of(batch: ImportBatch, source: str) -> dict[str, Any]:
    """How the file is to be read, as keywords of `IngestOptions`."""
    return {
        "source": source,
        "column_map": batch.mapping,
        "corrections": {int(row): cells for row, cells in batch.corrections.items()},
        "dropped": frozenset(batch.dropped),
    }


def rules_of(session: Session, batch: ImportBatch, mode: WriteMode) -> Admission:
    """The rules for the rows of this batch: those of the person who uploaded it. Raises NotAllowed."""
    account = session.get_one(Account, batch.account_id)
    if account.disabled_at is not None:
        raise NotAllowed("上传文件的账号已停用", "请由其他账号重新导入")
    return admission(session, ImportKind.parse(batch.kind), mode, by=actor_of(session, account))


def check_batch(database: Engine, batch_id: int) -> None:
    """Check the file of this batch and keep the result with it; a file that cannot be read makes the batch FAILED.

    Holds no transaction while it reads. Does nothing unless the batch waits for its check.
    """
    with Session(database, expire_on_commit=False) as session:
        batch = session.get(ImportBatch, batch_id)
        if batch is None or batch.status is not BatchStatus.CHECKING:
            return
        asked = (dict(batch.mapping), dict(batch.corrections), list(batch.dropped))
        try:
            rules, problem = rules_of(session, batch, WriteMode.BOTH), ""
        except MatchmakerError as error:
            rules, problem = None, str(error)
    report, total = BatchReport(), 0
    if rules is not None:
        try:
            report, total = _checked(database, batch, rules)
        except MatchmakerError as error:
            problem = str(error)
    with session_scope(database) as session:
        current = session.get(ImportBatch, batch_id, with_for_update=True)
        if current is None or current.status is not BatchStatus.CHECKING:
            return
        if (current.mapping, current.corrections, current.dropped) != asked:
            # Changed while it was being checked: whoever changed it checks again.
            return
        current.report = report.model_dump(mode="json")
        current.rows_total, current.rows_done, current.problem = total, 0, problem[:500]
        current.status = BatchStatus.FAILED if problem else BatchStatus.UPLOADED
        current.updated_at = now()


def write_rejected_of(database: Engine, batch: ImportBatch, path: Path) -> int:
    """Write the rows that are wrong, marked, to an xlsx for their author; returns how many. Raises UnreadableFile."""
    with Session(database) as session:
        rules = rules_of(session, batch, batch.mode)
    report = _dry_run(database, batch, Checking(rules))
    write_rejected(report, path)
    return len(report.rejected)


class Checking:
    """Follows a dry run: keeps the first rows as they were read."""

    def __init__(self, rules: Admission) -> None:
        self.rules = rules
        self.first: list[tuple[int, BaseModel]] = []
        self.registered = 0

    def transaction(self, session: Session) -> AbstractContextManager[None]:
        # What a row is told of records that are there depends on whose it is.
        session.info[ACTOR] = self.rules.actor
        return nullcontext()

    def admit(self, row: SourceRow, create: BaseModel) -> BaseModel:
        admitted = self.rules.admit(create)
        if len(self.first) < PREVIEW_ROWS:
            self.first.append((row.number, admitted))
        self.registered += has_number(admitted)
        return admitted

    def wrote(self, session: Session, written: Written) -> Written:
        return self.rules.settle(written)

    def closing(self, session: Session, rows: Sequence[tuple[SourceRow, RowResult]]) -> None:
        """A dry run keeps nothing."""


def _checked(database: Engine, batch: ImportBatch, rules: Admission) -> tuple[BatchReport, int]:
    kind = ImportKind.parse(batch.kind)
    with as_file(batch) as path:
        columns = file_columns(kind, path, batch.mapping)
    report = BatchReport(
        columns=[ColumnGuess(heading=one.heading, field=one.field, samples=list(one.samples)) for one in columns]
    )
    if name_column(kind).field not in {one.field for one in columns}:
        report.needs_name = True
        return report, 0
    checking = Checking(rules)
    found = _dry_run(database, batch, checking)
    report.sheet = found.sheet
    report.notes = [*found.notes, *(f"提醒（照常导入）{warned.sentence()}" for warned in found.warnings)]
    report.added, report.changed, report.unchanged = found.added, found.changed, found.unchanged
    report.repeated_ids, report.title_only = found.repeated_ids, found.title_only
    report.skipped = found.skipped
    report.rejected_count = len(found.rejected)
    report.rejected = [
        wrong_row(kind, one, found.headings, found.recognised_columns) for one in found.rejected[:KEPT_REJECTED]
    ]
    report.registered = checking.registered
    report.preview_columns, report.preview = preview(kind, checking.first)
    return report, found.rows_read


def _dry_run(database: Engine, batch: ImportBatch, checking: Checking) -> IngestReport:
    kind = ImportKind.parse(batch.kind)
    options = IngestOptions(**options_of(batch, source_of(checking.rules.actor, kind)), dry_run=True, watcher=checking)
    with as_file(batch) as path:
        return ingest_file(database, kind, path, options)


def _safe_name(name: str) -> str:
    """The name, fit for any file system: messages about the file repeat it."""
    plain_name = re.sub(r'[\x00-\x1f/\\:*?"<>|]', "_", name).lstrip(".") or "upload"
    stem, dot, suffix = plain_name.rpartition(".")
    # File systems take 255 bytes, a Chinese character is three of them.
    return f"{(stem or suffix)[:60]}{dot if stem else ''}{suffix[:8] if stem else ''}"
