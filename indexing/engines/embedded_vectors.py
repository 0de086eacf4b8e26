"""The vectors and filter values of one generation of the embedded engine, in memory, as NumPy arrays.

Every document has a row in one float32 matrix (embedded_scan.py) and in one small array per filter field. A changed
document gets a new row and its old one is marked dead, so a filled row never changes: a scan may go on over the
arrays it started with, without a lock and without a copy, while another thread appends.
"""

from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np

from indexing.document import IndexSchema, Vector
from indexing.engines.embedded_records import Change, Record
from indexing.engines.embedded_scan import GROWN, WORTH_A_FIRST_PASS, FirstPass, Mask, Matrix, Scan, fitted_first_pass
from indexing.query import Filter, NotTerms, Range, Terms

# Dead rows are cleared away when they outnumber the living, but not for the sake of a few.
_DEAD_ROWS_WORTH_CLEARING = 1024


class _Keywords:
    """One keyword field: per row the numbers of its values, as many columns as the richest row needs.

    Numbers rather than one mask per value: a field with ten thousand values (an owner) would need ten
    thousand masks. -1 fills rows that have fewer values.
    """

    def __init__(self, capacity: int) -> None:
        self.numbers: dict[str, int] = {}
        self.codes = np.full((capacity, 1), -1, dtype=np.int32)

    def put(self, row: int, values: list[str]) -> None:
        if len(values) > self.codes.shape[1]:
            wider = np.full((self.codes.shape[0], len(values)), -1, dtype=np.int32)
            wider[:, : self.codes.shape[1]] = self.codes
            self.codes = wider
        for column, value in enumerate(values):
            self.codes[row, column] = self.numbers.setdefault(value, len(self.numbers))

    def has_one_of(self, values: Iterable[str], rows: int) -> Mask:
        # One place more than there are values, always False: that is where -1 points.
        wanted = np.zeros(len(self.numbers) + 1, dtype=np.bool_)
        wanted[[self.numbers[value] for value in values if value in self.numbers]] = True
        found: Mask = np.any(wanted[self.codes[:rows]], axis=1)
        return found

    def counts(self, mask: Mask) -> dict[str, int]:
        codes = self.codes[: mask.size][mask].ravel() + 1
        totals = np.bincount(codes, minlength=len(self.numbers) + 1)[1:].tolist()
        return {value: total for value, total in zip(self.numbers, totals, strict=True) if total}


class Rows:
    """The documents of a generation as rows. Not thread-safe: the owner holds a lock around every call."""

    def __init__(self, schema: IndexSchema, dimensions: int, key_of: Callable[[str], int]) -> None:
        self._key_of = key_of
        self._row_of: dict[str, int] = {}
        self._ids: list[str] = []
        self._matrix = Matrix(dimensions)
        self._first: FirstPass | None = None
        self._fitted_on = 0
        self._alive = np.zeros(0, dtype=np.bool_)
        self._has_vector = np.zeros(0, dtype=np.bool_)
        self._keywords = {field: _Keywords(0) for field in schema.keyword_fields}
        self._numbers = {field: np.zeros(0, dtype=np.float64) for field in schema.number_fields}
        # The words know documents by number only; this leads back to the id.
        self.id_of_key: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._row_of)

    def apply(self, changes: Sequence[Change]) -> None:
        """Take over new, changed and deleted documents."""
        self._reserve(len(self._ids) + len(changes))
        for change in changes:
            row = self._row_of.pop(change.id, None)
            if row is not None:
                self._alive[row] = False
            if change.record is not None:
                self._append(change.record)
            else:
                self.id_of_key.pop(self._key_of(change.id), None)
        dead = len(self._ids) - len(self._row_of)
        if dead > max(len(self._row_of), _DEAD_ROWS_WORTH_CLEARING):
            self._clear_dead_rows()

    def settle(self) -> None:
        """After a portion of changes: bring the first pass of a scan up to date, or make it anew."""
        rows = len(self._ids)
        filled = self._matrix.filled(rows)
        if rows > GROWN * self._fitted_on and rows >= WORTH_A_FIRST_PASS:
            self._first = fitted_first_pass(filled, self._alive[:rows] & self._has_vector[:rows])
            self._fitted_on = rows
        elif self._first is not None:
            self._first.extend(filled)

    def _append(self, record: Record) -> None:
        row = len(self._ids)
        self._ids.append(record.id)
        self._row_of[record.id] = row
        self.id_of_key[self._key_of(record.id)] = record.id
        self._alive[row] = True
        if record.vector is not None:
            self._matrix.put(row, record.vector)
            self._has_vector[row] = True
        for field, value in record.filters.items():
            if isinstance(value, list):
                self._keywords[field].put(row, value)
            else:
                self._numbers[field][row] = value

    def _reserve(self, rows: int) -> None:
        """Room for so many rows: the small arrays at least double, so that growth costs little per row."""
        self._matrix.reserve(rows)
        capacity = self._alive.size
        if rows <= capacity:
            return
        more = max(rows, 2 * capacity) - capacity
        self._alive = np.concatenate((self._alive, np.zeros(more, dtype=np.bool_)))
        self._has_vector = np.concatenate((self._has_vector, np.zeros(more, dtype=np.bool_)))
        for keywords in self._keywords.values():
            empty = np.full((more, keywords.codes.shape[1]), -1, dtype=np.int32)
            keywords.codes = np.concatenate((keywords.codes, empty))
        for field, numbers in self._numbers.items():
            self._numbers[field] = np.concatenate((numbers, np.full(more, np.nan)))

    def _clear_dead_rows(self) -> None:
        """Close the gaps. Everything is made anew: a scan that is under way keeps the old arrays."""
        kept = np.flatnonzero(self._alive)
        self._ids = [self._ids[row] for row in kept]
        self._row_of = {id_: row for row, id_ in enumerate(self._ids)}
        matrix = Matrix(self._matrix.width)
        matrix.reserve(kept.size)
        for row, before in enumerate(kept.tolist()):
            matrix.put(row, self._matrix.row(before))
        self._matrix, self._first, self._fitted_on = matrix, None, 0
        self._alive = self._alive[kept]
        self._has_vector = self._has_vector[kept]
        for keywords in self._keywords.values():
            keywords.codes = keywords.codes[kept]
        self._numbers = {field: numbers[kept] for field, numbers in self._numbers.items()}

    def scan(self, filters: Sequence[Filter]) -> Scan:
        rows = len(self._ids)
        mask = self._mask(filters) & self._has_vector[:rows]
        return Scan(self._matrix.filled(rows), self._ids, mask, self._first)

    def matching_ids(self, filters: Sequence[Filter]) -> set[str]:
        return {self._ids[row] for row in np.flatnonzero(self._mask(filters))}

    def with_vector(self) -> set[str]:
        """Ids of the documents that have a vector."""
        rows = len(self._ids)
        return {self._ids[row] for row in np.flatnonzero(self._alive[:rows] & self._has_vector[:rows])}

    def facet_counts(
        self, fields: Sequence[str], filters: Sequence[Filter], ids: Collection[str] | None
    ) -> dict[str, dict[str, int]]:
        mask = self._mask(filters)
        if ids is not None:
            among = np.zeros_like(mask)
            among[[self._row_of[id_] for id_ in ids if id_ in self._row_of]] = True
            mask &= among
        return {field: self._keywords[field].counts(mask) for field in fields}

    def vectors(self, ids: Iterable[str]) -> dict[str, Vector]:
        rows = {id_: self._row_of[id_] for id_ in ids if id_ in self._row_of}
        return {id_: self._matrix.row(row) for id_, row in rows.items() if self._has_vector[row]}

    def _mask(self, filters: Sequence[Filter]) -> Mask:
        """Which rows are alive and pass all filters. The field names have been checked."""
        rows = len(self._ids)
        mask = self._alive[:rows].copy()
        for filter_ in filters:
            match filter_:
                case Terms(field, values):
                    mask &= self._keywords[field].has_one_of(values, rows)
                case NotTerms(field, values):
                    mask &= ~self._keywords[field].has_one_of(values, rows)
                case Range(field, low, high):
                    numbers = self._numbers[field][:rows]
                    # A missing number is NaN, and NaN is in no range, not even in the one open at both ends.
                    mask &= (numbers >= (-np.inf if low is None else low)) & (
                        numbers <= (np.inf if high is None else high)
                    )
        return mask
