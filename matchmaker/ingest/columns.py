"""Headings → columns: which field each heading of a file means, in which unit, and which are not known."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from indexing.segmentation import folded
from matchmaker.errors import MalformedRequest
from matchmaker.ingest.achievement_columns import ACHIEVEMENT_COLUMNS
from matchmaker.ingest.aside import WITHOUT_FIELD
from matchmaker.ingest.broker_columns import BROKER_COLUMNS, BROKERAGE_COLUMNS
from matchmaker.ingest.contract_columns import CONTRACT_COLUMNS
from matchmaker.ingest.fields import CONFIDENTIALITY_COLUMN, Column, ImportKind
from matchmaker.ingest.money import UNIT_WORDS, Unit, unit_named
from matchmaker.ingest.need_columns import NEED_COLUMNS
from matchmaker.ingest.party_columns import ENTERPRISE_COLUMNS, INSTITUTION_COLUMNS
from matchmaker.ingest.registration_columns import ACHIEVEMENT_REGISTRATION_COLUMNS, SIGNING_COLUMNS
from matchmaker.ingest.secrecy import is_about_secrecy, reader_of

COLUMNS: dict[ImportKind, tuple[Column, ...]] = {
    ImportKind.NEEDS: NEED_COLUMNS,
    ImportKind.ACHIEVEMENTS: ACHIEVEMENT_COLUMNS,
    ImportKind.ENTERPRISES: ENTERPRISE_COLUMNS,
    ImportKind.INSTITUTIONS: INSTITUTION_COLUMNS,
    ImportKind.BROKERS: BROKER_COLUMNS,
    ImportKind.BROKERAGES: BROKERAGE_COLUMNS,
    ImportKind.CONTRACTS: CONTRACT_COLUMNS,
    ImportKind.ACHIEVEMENT_REGISTRATIONS: ACHIEVEMENT_REGISTRATION_COLUMNS,
    ImportKind.SIGNINGS: SIGNING_COLUMNS,
}

REASON_HEADING, REPAIR_HEADING = "原因", "修改办法"
# Known, and nothing of them is stored: running numbers, the annotations of a returned file, labels of test data.
_IGNORED = frozenset({"序号", "行号", "no", "topic", REASON_HEADING, REPAIR_HEADING})

_GROUP_MARK = "-"
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_NUMBERING = re.compile(r"^(?:\([一二三四五六七八九十\d]{1,3}\)|[一二三四五六七八九十]{1,3}[、.]|\d{1,2}[、.)])")
_CIRCLED = re.compile("[①-⑳⓪㈠-㈩⑴-⒇]")
_STARS = re.compile(r"[*★☆※✱]")
_UNIT = re.compile(UNIT_WORDS, re.IGNORECASE)
_UNIT_AT_END = re.compile(rf"(?<=..)[/:_]?({UNIT_WORDS})$", re.IGNORECASE)
_WAN_ALONE = re.compile(r"\(万\)|\[万\]|【万】")
_UNIT_NOTE = re.compile(rf"单位(?:均?为|是)?[:：]?({UNIT_WORDS})", re.IGNORECASE)
_NAMED_UNITS = {
    "_wan": Unit.WAN,
    "_yuan": Unit.YUAN,
    "_fen": Unit.FEN,
    "_thousand": Unit.THOUSAND,
    "_million": Unit.MILLION,
    "_yi": Unit.YI,
}
# Of two headings for one of these the more specific one is meant, the other stays unrecognised.
_ONLY_ONE = frozenset(("title", "name", "source_id", "poster", "owner"))
# The kinds whose records may be kept from the public.
_WITH_SECRECY = (ImportKind.NEEDS, ImportKind.ACHIEVEMENTS)
# A longer heading is a note that stands over the table.
_LONGEST_QUESTION = 24


@dataclass(frozen=True)
class Bound:
    """A heading of the file at its position, and the column it was recognised as."""

    position: int
    heading: str
    column: Column
    unit: Unit | None = None
    # Whoever mapped the column said in which unit it is.
    unit_by_hand: bool = False


@dataclass(frozen=True)
class Layout:
    """What the headings of a file mean."""

    bound: tuple[Bound, ...]
    unknown: tuple[str, ...]
    # Known headings of what the platform does not keep.
    aside: tuple[str, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(one.column.field for one in self.bound)

    def position_of(self, field: str) -> int | None:
        return next((one.position for one in self.bound if one.column.field == field), None)


def joined(parts: Sequence[str]) -> str:
    """A heading over several rows as one text: `联系人-电话`; repeated and empty parts are left out."""
    shown = ["".join(line.strip() for line in part.split("\n")) for part in parts]
    return _GROUP_MARK.join(dict.fromkeys(part for part in shown if part))


def normalised(heading: str) -> str:
    """A heading without what does not name it: blanks, stars, numbering, brackets, a unit at the end."""
    plain = unicodedata.normalize("NFKC", _CIRCLED.sub("", heading))
    plain = _BRACKETS.sub("", _STARS.sub("", re.sub(r"\s+", "", plain)))
    plain = _NUMBERING.sub("", _NUMBERING.sub("", plain)).strip(":：_;。")
    return _UNIT_AT_END.sub("", _simplified(plain)).lower()


def _simplified(text: str) -> str:
    """`企業名稱` as `企业名称`. What GB 2312 can write needs no table of traditional characters, which is slow to load."""
    try:
        text.encode("gb2312")
    except UnicodeEncodeError:
        return folded(text)
    return text


def unit_of(heading: str) -> Unit | None:
    """The unit a heading names: `预算（万元）`, `金额/千元`, `budget_min_wan`; FOREIGN for any other currency."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", heading))
    for bracket in _BRACKETS.findall(plain):
        if found := _UNIT.search(bracket):
            return unit_named(found[0])
        if _WAN_ALONE.fullmatch(bracket):
            return Unit.WAN
    if found := _UNIT_AT_END.search(_BRACKETS.sub("", plain)):
        return unit_named(found[1])
    return next((unit for ending, unit in _NAMED_UNITS.items() if plain.lower().endswith(ending)), None)


def unit_noted(lines: Sequence[str]) -> Unit | None:
    """The unit a note above the table states (`单位：万元`), for money columns whose heading names none."""
    for line in lines:
        if found := _UNIT_NOTE.search(re.sub(r"\s+", "", unicodedata.normalize("NFKC", line))):
            return unit_named(found[1])
    return None


def unit_below(cell: str) -> Unit | None:
    """The unit a cell under the heading states, of a line that holds nothing but units: `万元`, `（单位：元）`."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", cell[:40])).strip("()[]【】")
    found = _UNIT.fullmatch(plain.removeprefix("单位").lstrip(":："))
    return unit_named(found[0]) if found else None


def column_for(kind: ImportKind, heading: str) -> Column | None:
    """The column a heading means: by all of its parts, then by the last one (`技术需求概述-主要问题`)."""
    known = _dictionary(kind)
    whole = normalised(heading.replace(_GROUP_MARK, ""))
    last = normalised(heading.rpartition(_GROUP_MARK)[2])
    column = known.get(whole) or known.get(last)
    if kind in _WITH_SECRECY and column is None and len(last) <= _LONGEST_QUESTION and is_about_secrecy(last):
        return _secrecy_column(last)
    return column


@cache
def _secrecy_column(heading: str) -> Column:
    """Whatever asks whether a record is public is read, and a blank cell under it is not public either."""
    return replace(
        CONFIDENTIALITY_COLUMN, heading=heading, read=reader_of(heading), synonyms="", listed=False, reads_blank=True
    )


def _has_no_field(heading: str) -> bool:
    return bool({normalised(heading), normalised(heading.rpartition(_GROUP_MARK)[2])} & WITHOUT_FIELD)


def is_ignored(heading: str) -> bool:
    """Known and left aside on purpose."""
    return normalised(heading) in _IGNORED


def layout(
    kind: ImportKind, headings: Sequence[str], column_map: Mapping[str, str], unit: Unit | None = None
) -> Layout:
    """What the headings mean. `column_map` (heading → field or usual heading) goes before recognition; a heading that
    it maps to nothing is left out.

    Raises MalformedRequest when the map names a heading the file has not, or a field that does not exist.
    """
    forced = _forced(kind, headings, column_map)
    left_out = {heading for heading in headings if not column_map.get(heading, heading)}
    columns = [
        None if heading in left_out else forced.get(heading, (None, None))[0] or column_for(kind, heading)
        for heading in headings
    ]
    meant = _most_specific(kind, headings, columns, frozenset(forced))
    bound: list[Bound] = []
    unknown: list[str] = []
    aside: list[str] = []
    for position, (heading, column) in enumerate(zip(headings, columns, strict=True)):
        if column is not None and meant.get(column.field, position) == position:
            by_hand = forced.get(heading, (None, None))[1]
            stated = (by_hand or unit_of(heading) or unit) if column.money else None
            bound.append(Bound(position, heading, column, stated, unit_by_hand=by_hand is not None))
        elif heading and column is None and heading not in left_out and _has_no_field(heading):
            aside.append(heading)
        elif heading and not is_ignored(heading):
            unknown.append(heading)
    return Layout(tuple(bound), tuple(unknown), tuple(aside))


def with_units(layout: Layout, units: Mapping[int, Unit]) -> Layout:
    """The layout with the units that stand under the headings, for money columns that have none of their own."""
    return replace(
        layout,
        bound=tuple(
            replace(bound, unit=units[bound.position])
            if bound.column.money
            and bound.position in units
            and unit_of(bound.heading) is None
            and not bound.unit_by_hand
            else bound
            for bound in layout.bound
        ),
    )


def _most_specific(
    kind: ImportKind, headings: Sequence[str], columns: Sequence[Column | None], forced: frozenset[str]
) -> dict[str, int]:
    """Of fields that a record has once: the position of the heading that says most clearly what it is."""
    best: dict[str, tuple[int, int]] = {}
    for position, column in enumerate(columns):
        if column is None or column.field not in _ONLY_ONE:
            continue
        # The usual heading first, then the synonyms in their order: general words stand last.
        words = [normalised(word) for word in (column.heading, *column.synonyms.split())]
        heading = headings[position]
        names = (normalised(heading.replace(_GROUP_MARK, "")), normalised(heading.rpartition(_GROUP_MARK)[2]))
        rank = -1 if heading in forced else min((words.index(name) for name in names if name in words), default=-1)
        if column.field not in best or rank < best[column.field][0]:
            best[column.field] = (rank, position)
    return {field: position for field, (_, position) in best.items()}


def expected_headings(kind: ImportKind) -> str:
    """For messages: the headings a file of this kind usually has, the required ones marked."""
    listed = [column for column in COLUMNS[kind] if column.listed]
    return "、".join(f"{column.heading}{'*' if column.required else ''}" for column in listed[:10])


def field_headings(kind: ImportKind) -> dict[str, str]:
    """Field → its usual heading, of everything that can be imported; what the template asks for comes first."""
    ordered = sorted(COLUMNS[kind], key=lambda column: not column.listed)
    headings: dict[str, str] = {}
    for column in ordered:
        headings.setdefault(column.field, column.heading)
    return headings


def column_choices(kind: ImportKind) -> dict[str, str]:
    """What a heading may be mapped to (value → words for people); a column of money with the unit to choose."""
    choices: dict[str, str] = {}
    money = {column.field for column in COLUMNS[kind] if column.money}
    for field, heading in field_headings(kind).items():
        choices[field] = heading if field not in money else f"{normalised(heading)}（单位以文件为准）"
        if field in money and heading != field:
            choices[f"{field}_wan"] = f"{normalised(heading)}（万元）"
            choices[f"{field}_yuan"] = f"{normalised(heading)}（元）"
    return choices


def _forced(
    kind: ImportKind, headings: Sequence[str], column_map: Mapping[str, str]
) -> dict[str, tuple[Column, Unit | None]]:
    forced: dict[str, tuple[Column, Unit | None]] = {}
    by_name = {normalised(heading): heading for heading in reversed(headings) if heading}
    for name, field in column_map.items():
        if not field:
            continue
        heading = name if name in headings else by_name.get(normalised(name))
        if heading is None:
            raise MalformedRequest(
                f"文件里没有“{name}”这一列",
                f"文件的列有：{'、'.join(one for one in headings if one)}；请核对列对应关系",
            )
        column = column_for(kind, field)
        if column is None:
            raise MalformedRequest(f"“{field}”不是{kind.label}的字段", f"可用的字段：{'、'.join(_field_names(kind))}")
        forced[heading] = (column, unit_of(field) if column.money else None)
    return forced


def _field_names(kind: ImportKind) -> list[str]:
    return list(dict.fromkeys(column.field for column in COLUMNS[kind]))


@cache
def _dictionary(kind: ImportKind) -> dict[str, Column]:
    known: dict[str, Column] = {}

    def learn(words: Callable[[Column], Sequence[Any]]) -> None:
        for column in COLUMNS[kind]:
            for word in words(column):
                known.setdefault(normalised(str(word)), column)

    # A field's own name and heading go before another field's synonym.
    learn(lambda column: [column.field, column.heading])
    learn(lambda column: column.synonyms.split())
    learn(lambda column: [f"{column.field}{ending}" for ending in _NAMED_UNITS] if column.money else [])
    learn(lambda column: [f"{column.field}{unit.label}" for unit in Unit] if column.money else [])
    return known
