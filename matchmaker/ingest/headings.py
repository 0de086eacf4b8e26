"""Finding the heading row of a sheet: title lines above it, group headings over it, blank columns between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matchmaker.ingest.columns import column_for, joined, normalised
from matchmaker.ingest.fields import ImportKind
from matchmaker.ingest.values import plain

# The heading row is looked for in this many rows: 征集表 have up to a dozen lines of title, notes and filling rules.
SEARCHED_ROWS = 40
_MOST_LEVELS = 3
# A cell that is longer is a sentence, not a heading.
_LONGEST_HEADING = 200

Merge = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class HeadingRow:
    """Where the headings end (row index from 0), what they are by position, and how many fields they name."""

    last: int
    headings: tuple[str, ...]
    recognised: int
    # The column without which there is no record: its title or name.
    has_name: bool


def find_headings(
    kind: ImportKind,
    rows: Sequence[Sequence[Any]],
    merges: Sequence[Merge] = (),
    column_map: Mapping[str, str] | None = None,
) -> HeadingRow | None:
    """The row, with up to two rows of group headings above it, that names most fields; None if there is no text.

    `rows` are the first rows of the sheet; `merges` its merged ranges as ((row, column), (row, column));
    `column_map` (heading → field) adds to what is recognised.
    """
    named = {normalised(name): field for name, field in (column_map or {}).items()}
    filled = _filled(rows, merges)
    best: HeadingRow | None = None
    for last in range(len(filled)):
        for levels in range(1, min(_MOST_LEVELS, last + 1) + 1):
            found = _heading_row(kind, filled[last - levels + 1 : last + 1], last, named)
            if any(found.headings) and (best is None or found.recognised > best.recognised):
                best = found
    return best


def distinct(headings: Sequence[str]) -> list[str]:
    """The headings with a number behind every repeated one, so that each can be named."""
    seen: dict[str, int] = {}
    result = []
    for heading in headings:
        seen[heading] = seen.get(heading, 0) + 1
        result.append(f"{heading}（{seen[heading]}）" if heading and seen[heading] > 1 else heading)
    return result


def _heading_row(kind: ImportKind, rows: Sequence[Sequence[str]], last: int, named: Mapping[str, str]) -> HeadingRow:
    width = max(len(row) for row in rows)
    headings = tuple(
        joined([row[position] if position < len(row) else "" for row in rows]) for position in range(width)
    )
    fields = set()
    for heading in filter(None, headings):
        column = column_for(kind, named.get(normalised(heading), heading))
        if column is not None:
            fields.add(column.field)
    return HeadingRow(last, headings, len(fields), bool(fields & {"title", "name"}))


def _filled(rows: Sequence[Sequence[Any]], merges: Sequence[Merge]) -> list[list[str]]:
    """The rows as text, a merged cell's text in each of its cells; where no merges are known, groups reach right."""
    texts = [[_heading_text(cell) for cell in row] for row in rows]
    for (top, left), (bottom, right) in merges:
        if top >= len(texts) or left >= len(texts[top]):
            continue
        for row in texts[top : bottom + 1]:
            row[left : right + 1] = [texts[top][left]] * len(row[left : right + 1])
    if merges:
        return texts
    return [_reaching_right(row, below) for row, below in zip(texts, [*texts, []][1:], strict=True)]


def _reaching_right(row: list[str], below: Sequence[str]) -> list[str]:
    """A group heading of a file without merges (csv) stands over its first sub-heading only: carry it on."""
    if sum(map(bool, row)) < 2:
        return row
    filled, group = [], ""
    for position, cell in enumerate(row):
        has_sub = position < len(below) and bool(below[position])
        group = cell or (group if has_sub else "")
        filled.append(cell or group)
    return filled


def _heading_text(cell: Any) -> str:
    text = plain(cell) if isinstance(cell, str) else ""
    return text if len(text) <= _LONGEST_HEADING else ""
