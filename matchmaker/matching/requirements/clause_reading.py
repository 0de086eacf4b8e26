"""A clause read for comparison by words: properties, things, names, actions and negations, each with its place."""

import re
from dataclasses import dataclass
from functools import cached_property

from matchmaker.matching.requirements.lexicon import Hit, actions, opposites, same_words
from matchmaker.matching.requirements.quantities import Quantity, quantities_of
from matchmaker.matching.requirements.statements import negations

# Letters and digits that name one thing: IATF16949, GB/T 18883, UL94, V-0, OPC UA.
NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-/ .+][A-Za-z0-9]+){0,3}|[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*")
LEVEL = re.compile(
    r"(?<![A-Za-z0-9.])(?P<number>十万|百|千|万|[一二三四五ⅠⅡⅢ1-9]|[甲乙丙]|[A-D][1-3]?)(?P<kind>级|类)(?!似|型|别|配|联)"
)
_ORDER = {
    "一": 1,
    "二": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "Ⅰ": 1,
    "Ⅱ": 2,
    "Ⅲ": 3,
    "甲": 1,
    "乙": 2,
    "丙": 3,
    "A": 1,
    "B": 2,
    "C": 3,
    "D": 4,
}
# Classes of clean rooms.
_CLEAN = {"百": 100, "千": 1000, "万": 10_000, "十万": 100_000}
_SEPARATORS = re.compile(r"[-/ .+]")
# 除强酸外均适用; 除尘, 除臭 are no exceptions.
_EXCEPT = re.compile(r"除(?!臭|尘|湿|磷|氮|油|锈|垢|杂|菌|霜|雾|渣|草|铁|去|硫|硝)[^，。、]{0,12}$")
_EXCEPTED = re.compile(r"^[^，。、]{0,6}(?:之外|以外|外(?:$|均|都|其|全|可|皆))")
# A negation after a thing speaks of it only close by: 管网不需改造.
_NEAR_AFTER = 8
_FEWER = re.compile(
    r"(?:用量|成本|数量|费)?(?:可|可以)?(?:由[^，。]{1,5})?(?:减少|减至|减为|降低|下降|节省|节约|减半|降至|降到)"
)
_PARTS = re.compile(
    r"、|但|且|也(?=不|无|未|没)|又(?=不|无|未)|既(?=不|无|未)|而(?!是)|并(?!非|不|未|无|联|网|行|列)|；"
)
# What comes before a thing that is got rid of: 替代人工, 减少污泥.
_REMOVED = re.compile(
    r"(?:替代|取代|代替|减少|节省|节约|省去|省掉|省|降低|摆脱|淘汰|告别|消除|解决|克服|减轻|防止|抑制|处理|治理|去除|净化|回收)(?:了|对|传统|原有|现有|大量|约|原来|的|[^，。]{0,3})$"
)


@dataclass(frozen=True)
class ClauseReading:
    """One clause with what the word lists find in it. All places count within `text`."""

    text: str

    @cached_property
    def properties(self) -> list[Hit]:
        found = [hit for hit in opposites().hits(self.text) if hit.meaning != "~"]
        # 防爆合格证 is a certificate, not a property.
        return [
            hit
            for hit in found
            if not any(
                thing.start <= hit.start and hit.end <= thing.end and thing.end - thing.start > hit.end - hit.start
                for thing in self.things
            )
        ]

    @cached_property
    def things(self) -> list[Hit]:
        return same_words().words.hits(self.text)

    @cached_property
    def meanings(self) -> frozenset[str]:
        """The groups of same words in the clause, with all that the things are kinds of."""
        found = {hit.meaning for hit in self.things}
        wholes = same_words().wholes
        return frozenset(found.union(*(wholes[meaning] for meaning in found if meaning in wholes)))

    @cached_property
    def actions(self) -> frozenset[str]:
        return frozenset(kind for hit in actions().hits(self.text) for kind in hit.meaning.split())

    @cached_property
    def negations(self) -> list[tuple[int, int]]:
        return negations(self.text)

    @cached_property
    def names(self) -> frozenset[str]:
        """Names in letters and digits, without separators, in capitals; of a compound also its parts."""
        found: set[str] = set()
        for match in NAME.finditer(self.text):
            found.add(normal_name(match[0]))
            pieces = _SEPARATORS.split(match[0])
            found.update(normal_name(piece) for piece in pieces)
            found.update(normal_name(pieces[place] + pieces[place + 1]) for place in range(len(pieces) - 1))
        return frozenset(found)

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        return quantities_of(self.text)

    @cached_property
    def levels(self) -> dict[str, int]:
        """Grade or class in the clause: 级/类 → its number (甲 1, 乙 2)."""
        return {match["kind"]: level_number(match["number"]) for match in LEVEL.finditer(self.text)}

    def is_denied_at(self, start: int, end: int) -> bool:
        """Is what stands at these places denied by the clause? Counts the negations of its part (、但且) and of 除…外.

        A part without a word of its own goes on with the negation before it: 不含苯、甲苯.
        """
        begin, stop = self._part(start, end)
        count = self._count(begin, stop, start, end)
        if not count and begin and self.text[begin - 1] == "、" and stop - begin <= 10:
            before, _ = self._part(begin - 1, begin - 1)
            count = self._count(before, begin - 1, start, end)
        if _EXCEPT.search(self.text[max(0, start - 14) : start]) and _EXCEPTED.search(self.text[end : end + 8]):
            count += 1
        return count % 2 == 1

    def is_removed_at(self, start: int, end: int | None = None) -> bool:
        """Is it named as something that is replaced or reduced (替代溶剂型, 减少人工, 人工减少一半)?"""
        if end is not None and _FEWER.match(self.text[end : end + 8]):
            return True
        return bool(_REMOVED.search(self.text[max(0, start - 8) : start]))

    def _part(self, start: int, end: int) -> tuple[int, int]:
        begin, stop = 0, len(self.text)
        for match in _PARTS.finditer(self.text):
            if match.end() <= start:
                begin = match.end()
            elif match.start() >= end:
                stop = match.start()
                break
        return begin, stop

    def _count(self, begin: int, stop: int, start: int, end: int) -> int:
        inside = [hit for hit in self.properties if not (hit.start == start and hit.end == end)]
        # Read before and after apart, so that 无一不合格 is 无一 before 不合格.
        before = [(begin + first, begin + last) for first, last in negations(self.text[begin : min(start, stop)])]
        after = [(end + first, end + last) for first, last in negations(self.text[end:stop]) if first <= _NEAR_AFTER]
        return sum(
            1 for first, last in [*before, *after] if not any(hit.start <= first and last <= hit.end for hit in inside)
        )


def normal_name(name: str) -> str:
    return _SEPARATORS.sub("", name).upper()


def level_number(text: str) -> int:
    """The place of a grade in its order: 一 1, 甲 1, A 1, B1 2."""
    if text in _CLEAN:
        return _CLEAN[text]
    return _ORDER.get(text[:1]) or (int(text) if text.isdigit() else 0)
