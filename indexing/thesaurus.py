"""Other words for the same thing, looked up in what somebody typed: data in, no segmentation, no index.

A group is a line of names of one thing. Names are compared unit by unit — a Chinese character, or a run of letters and
digits — so `PD-L1`, `pd l1` and `PD/L1` are one name, and an English name is found in its plural too.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple

from indexing.segmentation import fold

# What separates the names of a line, with a blank on both sides: names themselves contain “/”, “-” and commas.
SEPARATOR = " = "
BUNDLED = ("abbreviations", "english", "synonyms")
_UNIT = re.compile(r"[a-z0-9α-ω]+|[\u3400-\u9fff\U00020000-\U0002fa1f]")
# As a sentence has at most so many letters between two blanks: longer runs are no word of any dictionary.
_LONGEST_UNIT = 40

Group = tuple[str, ...]


class Mention(NamedTuple):
    """A name that stands in a text: from `start` to before `end` of the folded text, and the thing's other names."""

    start: int
    end: int
    name: str
    others: tuple[str, ...]


class _Node:
    __slots__ = ("name", "next")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.name: tuple[str, ...] | None = None


class Thesaurus:
    """Groups of names, ready to be looked up. Immutable; safe to share between threads."""

    def __init__(self, groups: Iterable[Sequence[str]]) -> None:
        self._others: dict[tuple[str, ...], dict[tuple[str, ...], str]] = {}
        self._root = _Node()
        for group in groups:
            names = {key: fold(name)[0].strip() for name in group if (key := _key(name))}
            for key in names:
                own = self._others.setdefault(key, {})
                own.update((other, name) for other, name in names.items() if other != key)
                # One character is a part of too many words to be read out of a text (金 of 金融).
                if len(key) > 1 or len(key[0]) > 1:
                    self._add(key)

    @property
    def names(self) -> Iterator[str]:
        """Every name of more than one character that a text may be searched for, in no particular order."""
        for key in self._others:
            yield " ".join(key) if key[0].isascii() else "".join(key)

    def others(self, name: str) -> tuple[str, ...]:
        """The other names of the thing that goes by this one."""
        return tuple(self._others.get(_key(name), {}).values())

    def mentions(self, folded: str) -> list[Mention]:
        """The names in a folded text, from left to right, the longest at each place, none inside another."""
        units = [(match.group(), match.start(), match.end()) for match in _UNIT.finditer(folded)]
        mentions: list[Mention] = []
        place = 0
        while place < len(units):
            length, key = self._longest(units, place)
            if key is None:
                place += 1
                continue
            start, end = units[place][1], units[place + length - 1][2]
            mentions.append(Mention(start, end, folded[start:end], tuple(self._others[key].values())))
            place += length
        return mentions

    def _add(self, key: tuple[str, ...]) -> None:
        node = self._root
        for unit in key:
            node = node.next.setdefault(unit, _Node())
        node.name = key

    def _longest(self, units: Sequence[tuple[str, int, int]], place: int) -> tuple[int, tuple[str, ...] | None]:
        """How many units from `place` on are the longest name there, and which; the trie bounds the walk."""
        best: tuple[int, tuple[str, ...] | None] = (0, None)
        nodes = [self._root]
        for length, (unit, _, _) in enumerate(units[place:], start=1):
            nodes = [node.next[form] for node in nodes for form in _singulars(unit) if form in node.next]
            if not nodes:
                break
            if name := next((node.name for node in nodes if node.name), None):
                best = (length, name)
        return best


def _key(name: str) -> tuple[str, ...]:
    return tuple(unit for unit in _UNIT.findall(fold(name)[0]) if len(unit) <= _LONGEST_UNIT)


def _singulars(unit: str) -> tuple[str, ...]:
    """The word itself, then what it may be the plural of: batteries → battery, boxes → box, cells → cell."""
    if len(unit) < 4 or not unit.endswith("s") or not unit.isascii():
        return (unit,)
    if unit.endswith("ies"):
        return (unit, unit[:-3] + "y")
    return (unit, unit[:-1], unit[:-2]) if unit.endswith("es") else (unit, unit[:-1])


def groups_of(text: str) -> Iterator[Group]:
    """The groups of a file's text: one a line, lines beginning with # are remarks."""
    for line in text.splitlines():
        names = tuple(name for part in line.split(SEPARATOR) if (name := part.strip()))
        if len(names) > 1 and not line.startswith("#"):
            yield names


@cache
def bundled_groups(name: Literal["abbreviations", "english", "synonyms", "units"]) -> tuple[Group, ...]:
    """The groups of one of the files in `indexing/dictionaries/`, as they are written there."""
    return tuple(groups_of(files("indexing").joinpath("dictionaries", f"{name}.txt").read_text("utf-8")))
