"""Rows of one file that have the same number, or the same title and owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matchmaker.ingest.columns import Layout
from matchmaker.ingest.contract_cells import registration_number
from matchmaker.ingest.fields import ImportKind
from matchmaker.ingest.identifiers import is_running_number, number
from matchmaker.ingest.money import CellError
from matchmaker.ingest.report import CellProblem
from matchmaker.ingest.tables import SourceRow
from matchmaker.ingest.values import folded, is_blank, plain

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


# What a record is besides its number: rows of one number that differ in all of these are different records.
_NAMING = {
    ImportKind.NEEDS: ("title", "poster"),
    ImportKind.ACHIEVEMENTS: ("title", "owner"),
}


@dataclass
class _Seen:
    first: int
    last: int
    content: int
    names: tuple[str, ...]
    differs: bool = False


class Repeats:
    """Which rows have a number in common. Usually the last one counts; of contracts only where all say the same, of
    needs and achievements only where they have the title or the owner in common.
    """

    def __init__(self, kind: ImportKind, layout: Layout) -> None:
        self._kind = kind
        self._layout = layout
        self._positions = [(name, layout.position_of(name)) for name in KEYS[kind]]
        self._naming = [layout.position_of(name) for name in _NAMING.get(kind, ())]
        self._seen: dict[tuple[str, str], _Seen] = {}
        # Title and owner → the content of their rows; None where it differs.
        self._named: dict[tuple[str, ...], int | None] = {}

    def note(self, row: SourceRow) -> None:
        """Remember the row's number; every row is noted before any is asked about."""
        key = self._key(row.cells)
        names = self._names(row.cells)
        if key is None:
            if names:
                content = self._content(row.cells)
                self._named[names] = content if self._named.setdefault(names, content) == content else None
            return
        content = self._content(row.cells) if self._kind is ImportKind.CONTRACTS else 0
        seen = self._seen.setdefault(key, _Seen(row.number, row.number, content, names))
        seen.last = row.number
        seen.differs = seen.differs or seen.content != content or _all_differ(seen.names, names)

    def is_named_alike(self, row: SourceRow) -> bool:
        """Has another row without a number the same title and owner, and says something else?"""
        return self._named.get(self._names(row.cells), 0) is None

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
            "一份合同只登记一次：请核对编号，只留正确的一行"
            if self._kind is ImportKind.CONTRACTS
            else "名称和单位都不同，是两条记录：请各填各的编号，没有编号的请留空",
        )

    def _of(self, row: SourceRow) -> _Seen | None:
        key = self._key(row.cells)
        return self._seen.get(key) if key is not None else None

    def _key(self, cells: Sequence[Any]) -> tuple[str, str] | None:
        for name, position in self._positions:
            if position is None or is_blank(cells[position]):
                continue
            try:
                if name == "registration_number":
                    return name, registration_number(cells[position])
                written = number(cells[position])
                if name != "source_id" or not is_running_number(written):
                    return name, written
            except CellError:
                # The row goes back for its number: it repeats nothing.
                return None
        return None

    def _names(self, cells: Sequence[Any]) -> tuple[str, ...]:
        return tuple("" if position is None else folded(cells[position]) for position in self._naming)

    def _content(self, cells: Sequence[Any]) -> int:
        """All that the row says but its number."""
        return hash(tuple(folded(cells[one.position]) for one in self._layout.bound if one.column.field != "source_id"))


def _all_differ(names: tuple[str, ...], others: tuple[str, ...]) -> bool:
    return bool(names) and all(one and other and one != other for one, other in zip(names, others, strict=True))
