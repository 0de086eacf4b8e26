"""Finding the heading row of a sheet: title lines above it, group headings over it, blank columns between."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from string import ascii_uppercase
from typing import Any

from matchmaker.ingest.columns import column_for, joined, normalised
from matchmaker.ingest.fields import ImportKind
from matchmaker.ingest.values import plain

# The heading row is looked for in this many rows: 征集表 have up to a dozen lines of title, notes and filling rules.
SEARCHED_ROWS = 40
_MOST_LEVELS = 3
# A cell that is longer is a sentence, not a heading.
_LONGEST_HEADING = 200

# What stands in a row of units under the headings.
_OBLIGATIONS = frozenset(("必填", "选填", "可选", "非必填", "必填项", "选填项"))
_MARKS = _OBLIGATIONS | frozenset(("元", "千元", "万元", "百万元", "亿元", "美元", "万美元", "欧元", "万欧元"))
_MARKS |= frozenset(("年", "月", "日", "年/月", "年/月/日", "年-月-日", "年.月.日", "年月日", "年月"))
_MARKS |= frozenset(("yyyy/mm/dd", "yyyy-mm-dd", "yyyy-mm", "YYYY/MM/DD", "YYYY-MM-DD", "YYYY-MM"))
_MARKS |= frozenset(("个", "家", "人", "项", "件", "次", "天", "%", "吨", "公斤", "千克", "亩", "米", "平方米", "m2"))
_LEAST_COUNTED = 3
# Nobody fills in a form that is wider: what lies beyond is not read.
_MOST_HEADINGS = 300

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
    filled = _filled([row[:_MOST_HEADINGS] for row in rows], merges)
    best: HeadingRow | None = None
    for last in range(len(filled)):
        for levels in range(1, min(_MOST_LEVELS, last + 1) + 1):
            found = _heading_row(kind, filled[last - levels + 1 : last + 1], last, named)
            if any(found.headings) and (best is None or found.recognised > best.recognised):
                best = found
    return best


def rows_below(found: HeadingRow, below: Sequence[Sequence[Any]]) -> HeadingRow:
    """The headings with what the next rows say of them: units (万元, 年/月/日), numbers of columns, 必填 and 选填.

    Such a row is no record; its units become part of the headings: `拟投入资金（万元）`.
    """
    last, headings = found.last, list(found.headings)
    for row in below[:_MOST_LEVELS]:
        marks = {position: _mark(cell) for position, cell in enumerate(row) if plain(cell)}
        if not marks or not (_is_counting(list(marks.values())) or all(one in _MARKS for one in marks.values())):
            break
        last += 1
        for position, mark in marks.items():
            if mark in _MARKS and mark not in _OBLIGATIONS and position < len(headings) and headings[position]:
                headings[position] += f"（{mark}）"
    return replace(found, last=last, headings=tuple(headings))


def _mark(cell: Any) -> str:
    return unicodedata.normalize("NFKC", re.sub(r"\s+", "", plain(cell))).strip("()[]【】").removeprefix("单位:")


def _is_counting(marks: Sequence[str]) -> bool:
    """1, 2, 3 …, from 0 or 1 on or beside 甲 and 乙; or A, B, C …"""
    numbers = [mark for mark in marks if mark not in ("甲", "乙", "丙", "丁")]
    if len(numbers) < _LEAST_COUNTED:
        return False
    if all(mark.isdecimal() and len(mark) <= 3 for mark in numbers):
        return int(numbers[0]) <= 1 and all(int(two) == int(one) + 1 for one, two in pairwise(numbers))
    return numbers == list(ascii_uppercase[: len(numbers)])


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
