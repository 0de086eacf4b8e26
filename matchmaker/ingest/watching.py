"""Somebody who follows an import row by row: may complete or refuse rows, and learns what became of each."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from pydantic import BaseModel
from sqlalchemy import event, inspect
from sqlmodel import Session

from matchmaker.ingest.report import CellProblem
from matchmaker.ingest.tables import SourceRow
from matchmaker.models.base import Record
from matchmaker.records import Outcome

# They say when a record was changed, not what it says.
_COUNTERS = frozenset({"version", "updated_at"})
# Under this name a session keeps the former values of records it has flushed.
_FLUSHED = "former_values"


class RowRefused(Exception):
    """A row that this person may not import. `field` names the column it is about; empty: the row as a whole."""

    def __init__(self, field: str, reason: str, repair: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason
        self.repair = repair


class RowSkipped(Exception):
    """A row that is left as it is, because only new records, or only known ones, were asked for."""


@dataclass(frozen=True)
class Written:
    """What became of a record; of a changed one the former values of all that changed."""

    record: Record
    outcome: Outcome
    before: dict[str, Any] | None = field(default=None, repr=False)


# None: the id comes again further down in the file.
RowResult = Written | list[CellProblem] | RowSkipped | None


class Watcher(Protocol):
    """Follows one import. In order: `admit` for every row read; for a batch `transaction` around `wrote` for every
    record, then `closing`. A batch that is refused is written a second time, from `transaction` on.
    """

    def transaction(self, session: Session) -> AbstractContextManager[None]:
        """Around the writes of one batch; raising ends the import."""

    def admit(self, row: SourceRow, create: BaseModel) -> BaseModel:
        """The shape that is to be written. Raises RowRefused."""

    def wrote(self, session: Session, written: Written) -> Written:
        """After a record was added or changed, before it is flushed. Raises RowRefused, RowSkipped."""

    def closing(self, session: Session, rows: Sequence[tuple[SourceRow, RowResult]]) -> None:
        """At the end of the batch, in its transaction; records have their ids."""


@contextmanager
def followed(session: Session, watcher: Watcher) -> Iterator[None]:
    """Inside the block `former_values` are known, whenever the session flushes."""
    flushed: dict[tuple[type[Record], int | None], dict[str, Any]] = {}

    def keep(session: Session, *_: object) -> None:
        for record in session.dirty:
            if isinstance(record, Record):
                key = type(record), record.id
                flushed[key] = {**unflushed_values(record), **flushed.get(key, {})}

    session.info[_FLUSHED] = flushed
    event.listen(session, "before_flush", keep)
    try:
        with watcher.transaction(session):
            yield
    finally:
        event.remove(session, "before_flush", keep)
        del session.info[_FLUSHED]


def former_values(session: Session, record: Record) -> dict[str, Any]:
    """What the record said before this transaction changed it, by field; inside `followed` only."""
    return {**unflushed_values(record), **session.info[_FLUSHED].get((type(record), record.id), {})}


def unflushed_values(record: Record) -> dict[str, Any]:
    """The former values of what was changed since the last flush."""
    return {
        attribute.key: attribute.history.deleted[0]
        for attribute in inspect(record).attrs
        if attribute.key not in _COUNTERS and attribute.history.has_changes() and attribute.history.deleted
    }
