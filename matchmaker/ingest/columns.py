"""Headings → columns: which field each heading of a file means, in which unit, and which are not known."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from indexing.segmentation import folded
from matchmaker.errors import MalformedRequest
from matchmaker.ingest.achievement_columns import ACHIEVEMENT_COLUMNS
from matchmaker.ingest.broker_columns import BROKER_COLUMNS, BROKERAGE_COLUMNS
from matchmaker.ingest.contract_columns import CONTRACT_COLUMNS
from matchmaker.ingest.fields import Column, ImportKind
from matchmaker.ingest.money import Unit
from matchmaker.ingest.need_columns import NEED_COLUMNS
from matchmaker.ingest.party_columns import ENTERPRISE_COLUMNS, INSTITUTION_COLUMNS
from matchmaker.ingest.registration_columns import ACHIEVEMENT_REGISTRATION_COLUMNS, SIGNING_COLUMNS

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
_UNIT_AT_END = re.compile(r"(?<=..)[/:_]?(万元|元)$")
_UNITS = {"万元": Unit.WAN, "元": Unit.YUAN}
_UNIT_NOTE = re.compile(r"单位[:：]?(?:人民币)?(万元|元)")
_NAMED_UNITS = {"_wan": Unit.WAN, "_yuan": Unit.YUAN, "_fen": Unit.FEN}


@dataclass(frozen=True)
class Bound:
    """A heading of the file at its position, and the column it was recognised as."""

    position: int
    heading: str
    column: Column
    unit: Unit | None = None


@dataclass(frozen=True)
class Layout:
    """What the headings of a file mean."""

    bound: tuple[Bound, ...]
    unknown: tuple[str, ...]

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(one.column.field for one in self.bound)

    def position_of(self, field: str) -> int | None:
        return next((one.position for one in self.bound if one.column.field == field), None)


def joined(parts: Sequence[str]) -> str:
    """A heading over several rows as one text: `联系人-电话`; repeated and empty parts are left out."""
    shown = [re.sub(r"\s*\n\s*", "", part).strip() for part in parts]
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
    """The unit a heading names: `预算（万元）`, `金额/元`, `budget_min_wan`."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", heading))
    for bracket in _BRACKETS.findall(plain):
        found = re.search(r"万元|元", bracket)
        if found:
            return _UNITS[found[0]]
    if found := _UNIT_AT_END.search(_BRACKETS.sub("", plain)):
        return _UNITS[found[1]]
    return next((unit for ending, unit in _NAMED_UNITS.items() if plain.lower().endswith(ending)), None)


def unit_noted(lines: Sequence[str]) -> Unit | None:
    """The unit a note above the table states (`单位：万元`), for money columns whose heading names none."""
    for line in lines:
        if found := _UNIT_NOTE.search(re.sub(r"\s+", "", unicodedata.normalize("NFKC", line))):
            return _UNITS[found[1]]
    return None


def column_for(kind: ImportKind, heading: str) -> Column | None:
    """The column a heading means: by all of its parts, then by the last one (`技术需求概述-主要问题`)."""
    known = _dictionary(kind)
    whole = normalised(heading.replace(_GROUP_MARK, ""))
    last = normalised(heading.rpartition(_GROUP_MARK)[2])
    return known.get(whole) or known.get(last)


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
    bound: list[Bound] = []
    unknown: list[str] = []
    for position, heading in enumerate(headings):
        column = None if heading in left_out else forced.get(heading) or column_for(kind, heading)
        if column is not None:
            bound.append(Bound(position, heading, column, (unit_of(heading) or unit) if column.money else None))
        elif heading and not is_ignored(heading):
            unknown.append(heading)
    return Layout(tuple(bound), tuple(unknown))


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


def _forced(kind: ImportKind, headings: Sequence[str], column_map: Mapping[str, str]) -> dict[str, Column]:
    forced: dict[str, Column] = {}
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
        forced[heading] = column
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
    return known
