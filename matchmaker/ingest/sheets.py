"""Sheets of whatever file: the rows a person would see, before anything of them is understood."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matchmaker.errors import UnreadableFile
from matchmaker.ingest.headings import Merge

# Of files that are held in memory while they are read; those of lists that offices keep are a tenth of it.
MOST_CELLS = 2_000_000
# A document with one form a table has one for each firm of a district.
MOST_TABLES = 1_000
# Excel has no more columns.
MOST_COLUMNS = 16_384

NumberedRow = tuple[int, list[Any]]
# Reason and repair.
RowProblem = tuple[str, str]


@dataclass(frozen=True)
class Sheet:
    """A sheet, or a table of a document. `rows` begins anew at every call: number from 1, cells from the left.

    Blank rows may be missing. `merges` have rows and columns from 0; `hidden_rows` are numbers. `problem` says what is
    wrong with the cells of a row under so many headings.
    """

    name: str
    rows: Callable[[], Iterator[NumberedRow]]
    merges: Sequence[Merge] = ()
    is_hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    problem: Callable[[list[Any], int], RowProblem | None] | None = None
    # Cells held in memory while the sheet is open.
    held: int = 0


class Grid:
    """Cells as a document tells them one after the other; `sheet` is what becomes of them."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: list[NumberedRow] = []
        self._merges: list[Merge] = []
        self._hidden: set[int] = set()
        self._cells = 0
        self.row = 0
        self.column = 0

    def begin_row(self, number: int | None = None, *, is_hidden: bool = False) -> None:
        """The next row, or the one with this number (from 1)."""
        self.row = max(number or 0, self.row + 1)
        self.column = 0
        self._rows.append((self.row, []))
        self._add(1)
        if is_hidden:
            self._hidden.add(self.row)

    def put(self, cell: Any, *, column: int | None = None, right: int = 0, down: int = 0, times: int = 1) -> None:
        """A cell in the next free column, or this one (from 0), which reaches so many columns and rows further.

        `times`: the same cell over and over. Raises UnreadableFile when there are too many cells.
        """
        if not self._rows:
            self.begin_row()
        cells = self._rows[-1][1]
        self.column = self.column if column is None else column
        end = self.column + times + right
        if end > MOST_COLUMNS:
            # A filled row ends at the edge of the sheet: what lies beyond cannot be anybody's table.
            if cell not in (None, ""):
                raise too_large(self._path)
            self.column = MOST_COLUMNS
            return
        if cell not in (None, ""):
            self._add(end - len(cells))
            cells.extend([""] * (self.column - len(cells)))
            cells[self.column : self.column + times] = [cell] * times
        if (right or down) and cell not in (None, ""):
            self._merges.append(((self.row - 1, self.column), (self.row - 1 + down, self.column + right)))
        self.column = end

    def repeat_row(self, times: int) -> None:
        """The last row that many times more."""
        _, cells = self._rows[-1]
        if not cells:
            self._rows.pop()
            self.row += times
            return
        self._add(times * max(len(cells), 1))
        for _ in range(times):
            self.row += 1
            self._rows.append((self.row, list(cells)))

    def sheet(self, name: str, *, is_hidden: bool = False) -> Sheet:
        """What has been told so far, as a sheet of this name."""
        rows = [(number, cells) for number, cells in self._rows if any(cell not in (None, "") for cell in cells)]
        return Sheet(
            name,
            lambda: ((number, list(cells)) for number, cells in rows),
            tuple(self._merges),
            is_hidden,
            frozenset(self._hidden),
            held=self._cells,
        )

    def _add(self, cells: int) -> None:
        self._cells += max(cells, 0)
        if self._cells > MOST_CELLS:
            raise too_large(self._path)


def too_large(path: Path) -> UnreadableFile:
    """The error of a document with more cells, or a longer text, than is read at once."""
    return UnreadableFile(f"“{path.name}”解开后太大，不能一次读取", "请另存为 xlsx 或 csv，或拆成几个文件分别导入")
