"""Rows of one file that have the same number."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matchmaker.ingest.columns import Layout
from matchmaker.ingest.contract_cells import registration_number
from matchmaker.ingest.fields import ImportKind
from matchmaker.ingest.money import CellError
from matchmaker.ingest.report import CellProblem
from matchmaker.ingest.tables import SourceRow
from matchmaker.ingest.values import folded, is_blank, line, plain

# What a row is known by; for parties the credit code or name stands in for a missing id, as in `parties`.
KEYS = {
    ImportKind.NEEDS: ("source_id",),
    ImportKind.ACHIEVEMENTS: ("source_id",),
    ImportKind.ENTERPRISES: ("source_id", "credit_code", "name"),
    ImportKind.INSTITUTIONS: ("source_id", "credit_code", "name"),
    ImportKind.BROKERS: ("source_id", "certificate_number"),
    ImportKind.BROKERAGES: ("source_id", "credit_code", "name"),
    ImportKind.CONTRACTS: ("registration_number", "source_id"),
    ImportKind.ACHIEVEMENT_REGISTRATIONS: ("registered_number",),
    ImportKind.SIGNINGS: ("source_id",),
}


@dataclass
class _Seen:
    first: int
    last: int
    content: int
    differs: bool = False


class Repeats:
    """Which rows have a number in common. Usually the last one counts; of contracts only where all say the same."""

    def __init__(self, kind: ImportKind, layout: Layout) -> None:
        self._kind = kind
        self._layout = layout
        self._positions = [(name, layout.position_of(name)) for name in KEYS[kind]]
        self._seen: dict[tuple[str, str], _Seen] = {}

    def note(self, row: SourceRow) -> None:
        """Remember the row's number; every row is noted before any is asked about."""
        key = self._key(row.cells)
        if key is None:
            return
        content = self._content(row.cells) if self._kind is ImportKind.CONTRACTS else 0
        seen = self._seen.setdefault(key, _Seen(row.number, row.number, content))
        seen.last = row.number
        seen.differs = seen.differs or seen.content != content

    def is_earlier(self, row: SourceRow) -> bool:
        """Does the same number come again further down?"""
        seen = self._of(row)
        return seen is not None and seen.last != row.number

    def conflict(self, row: SourceRow) -> CellProblem | None:
        """The problem of a contract's row that says something else than another row of the same number."""
        seen = self._of(row)
        if seen is None or not seen.differs:
            return None
        name, position = next(
            (name, at) for name, at in self._positions if at is not None and not is_blank(row.cells[at])
        )
        heading = next(one.heading for one in self._layout.bound if one.column.field == name)
        other = seen.first if seen.first != row.number else seen.last
        return CellProblem(
            heading,
            plain(row.cells[position]),
            f"与第 {other} 行编号相同而内容不同",
            "一份合同只登记一次：请核对编号，只留正确的一行",
        )

    def _of(self, row: SourceRow) -> _Seen | None:
        key = self._key(row.cells)
        return self._seen.get(key) if key is not None else None

    def _key(self, cells: Sequence[Any]) -> tuple[str, str] | None:
        for name, position in self._positions:
            if position is None or is_blank(cells[position]):
                continue
            if name != "registration_number":
                return name, line(cells[position])
            try:
                return name, registration_number(cells[position])
            except CellError:
                # The row goes back for its number: it repeats nothing.
                return None
        return None

    def _content(self, cells: Sequence[Any]) -> int:
        return hash(tuple(folded(cells[one.position]) for one in self._layout.bound))
