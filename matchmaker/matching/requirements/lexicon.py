"""Word lists of the judging: read once from `words/`, looked up longest word first in one pass over a text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from matchmaker.matching.requirements.characters import plain


@dataclass(frozen=True)
class Hit:
    """A word of a list found in a text: what it stands for and where (`start` included, `end` not)."""

    meaning: str
    start: int
    end: int


class WordList:
    """Words with what each stands for. `hits` finds the longest word at every place, none inside another."""

    def __init__(self, meanings: Mapping[str, str]) -> None:
        self._meanings = {plain(word).lower(): meaning for word, meaning in meanings.items()}
        lengths: dict[str, set[int]] = {}
        for word in self._meanings:
            lengths.setdefault(word[0], set()).add(len(word))
        self._lengths = {first: tuple(sorted(sizes, reverse=True)) for first, sizes in lengths.items()}

    def hits(self, text: str, start: int = 0, end: int | None = None) -> list[Hit]:
        """The words of the list in `text[start:end]`, in order. `text` is written plainly (`characters.plain`)."""
        low = text.lower()
        if len(low) != len(text):  # a letter that grows in small letters (İ): places would move
            low = text
        stop = len(text) if end is None else end
        found: list[Hit] = []
        place = start
        lengths, meanings = self._lengths, self._meanings
        while place < stop:
            for length in lengths.get(low[place], ()):
                meaning = meanings.get(low[place : place + length]) if place + length <= stop else None
                if meaning is not None and _whole(low, place, place + length):
                    found.append(Hit(meaning, place, place + length))
                    place += length
                    break
            else:
                place += 1
        return found

    def meaning_of(self, word: str) -> str | None:
        return self._meanings.get(plain(word).lower())


def _whole(text: str, start: int, end: int) -> bool:
    """A word in letters is found whole only: SS is not in SSD, CE not in CER."""
    if not text[start].isascii() and not text[end - 1].isascii():
        return True
    before = (
        start
        and text[start].isascii()
        and text[start].isalpha()
        and text[start - 1].isascii()
        and text[start - 1].isalpha()
    )
    after = (
        end < len(text)
        and text[end - 1].isascii()
        and text[end - 1].isalnum()
        and text[end].isascii()
        and text[end].isalpha()
    )
    return not before and not after


def lines_of(name: str) -> Iterable[str]:
    """The lines of a word list in `words/`, without comments and empty ones."""
    text = files("matchmaker.matching.requirements").joinpath("words", name).read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


@dataclass(frozen=True)
class Head:
    """A quantity: its usual name, which direction is better (+1 more, −1 less, 0 neither), and whether it is general."""

    name: str
    better: int
    is_general: bool


@cache
def heads() -> Mapping[str, Head]:
    """Usual name → the quantity (`words/quantity_names.txt`)."""
    return {head.name: head for head, _ in _head_lines()}


@cache
def head_words() -> WordList:
    """Every name of every quantity → its usual name."""
    meanings: dict[str, str] = {}
    for head, names in _head_lines():
        for name in names:
            meanings.setdefault(name, head.name)
    return WordList(meanings)


@cache
def _head_lines() -> list[tuple[Head, list[str]]]:
    read: list[tuple[Head, list[str]]] = []
    for line in lines_of("quantity_names.txt"):
        signs, *names = line.split()
        better = 1 if "+" in signs else -1 if "-" in signs else 0
        read.append((Head(names[0], better, "*" in signs), names))
    return read


@dataclass(frozen=True)
class Alternatives:
    """Modifiers: word → (group, alternative), and the alternatives that may be meant where nothing is said."""

    words: WordList
    usual: frozenset[str]
    of_sentence: frozenset[str] = frozenset()
    may_be_unsaid: frozenset[str] = frozenset()
    may_be_added: frozenset[str] = frozenset()

    @property
    def temperature(self) -> str:
        """The group of 常温, 高温, 低温."""
        return (self.words.meaning_of("低温") or "").partition("/")[0]


@cache
def modifiers() -> Alternatives:
    """The objects and conditions a quantity may be about (`words/modifiers.txt`); a meaning reads `group/alternative`."""
    meanings: dict[str, str] = {}
    usual: set[str] = set()
    of_sentence: set[str] = set()
    unsaid: set[str] = set()
    added: set[str] = set()
    for group, line in enumerate(lines_of("modifiers.txt")):
        if line.startswith("!"):
            of_sentence.add(str(group))
        if line.startswith("?"):
            unsaid.add(str(group))
        for number, alternative in enumerate(line.lstrip("!? ").split(" / ")):
            names = alternative.strip("[]() ").split()
            meaning = f"{group}/{number}"
            if alternative.strip().startswith("["):
                usual.add(meaning)
            if alternative.strip().startswith(("[", "(")):
                added.add(meaning)
            for name in names:
                meanings.setdefault(name, meaning)
    return Alternatives(
        WordList(meanings), frozenset(usual), frozenset(of_sentence), frozenset(unsaid), frozenset(added)
    )


@cache
def neutral_words() -> WordList:
    """Words in a quantity's name that do not tell it from another one (`words/neutral.txt`)."""
    return WordList({word: "" for line in lines_of("neutral.txt") for word in line.split()})


@cache
def complements() -> Mapping[str, str]:
    """Quantity → the one that is what it lacks to a hundred per cent, both ways (合格率, 不良率)."""
    pairs = [words for kind, words in _relations() if kind == "complement"]
    return {one: other for first, second in pairs for one, other in ((first, second), (second, first))}


@cache
def parts_of_whole() -> Mapping[str, frozenset[str]]:
    """Quantity → the quantities that are a part of it and so never larger (总氮 → 氨氮)."""
    wholes: dict[str, set[str]] = {}
    for kind, (part, whole) in _relations():
        if kind == "part":
            wholes.setdefault(whole, set()).add(part)
    return {whole: frozenset(parts) for whole, parts in wholes.items()}


@cache
def alike() -> frozenset[frozenset[str]]:
    """Pairs of quantities that are one where their units can be compared (附着力 in MPa is 粘结强度)."""
    return frozenset(frozenset(pair) for kind, pair in _relations() if kind == "alike")


def _relations() -> list[tuple[str, tuple[str, str]]]:
    read = []
    for line in lines_of("relations.txt"):
        kind, _, words = line.partition(":")
        one, other = words.split()
        read.append((kind, (one, other)))
    return read


@dataclass(frozen=True)
class SameWords:
    """Words that mean the same, and kinds of a thing: a word's meaning is the number of its group; `kinds` of a group
    answer for it, never the reverse (甲苯 is an organic solvent)."""

    words: WordList
    wholes: Mapping[str, frozenset[str]]


@cache
def same_words() -> SameWords:
    """Words of requirements that mean the same (`words/same_words.txt`); a word may be a kind of several things."""
    meanings: dict[str, str] = {}
    wholes: dict[str, set[str]] = {}
    kinds: list[tuple[str, list[str]]] = []
    for number, line in enumerate(lines_of("same_words.txt")):
        group = str(number)
        same, _, below = line.partition(":")
        for word in same.split():
            meanings.setdefault(word, group)
        kinds.append((group, below.split()))
    for group, words in kinds:
        for word in words:
            own = meanings.setdefault(word, f"={word}")
            if own != group:
                wholes.setdefault(own, set()).add(group)
    return SameWords(WordList(meanings), {own: frozenset(groups) for own, groups in wholes.items()})


@cache
def opposites() -> WordList:
    """Words of properties that exclude each other → `number+` or `number-` (`words/opposites.txt`); `~` looks alike only."""
    meanings: dict[str, str] = {}
    for number, line in enumerate(lines_of("opposites.txt")):
        if line.startswith("~"):
            meanings.update(dict.fromkeys(line[1:].split(), "~"))
            continue
        for side, words in zip("+-", line.split(" | "), strict=True):
            for word in words.split():
                if meanings.get(word, "~") == "~":
                    meanings[word] = f"{number}{side}"
    return WordList(meanings)


@cache
def compositions() -> frozenset[str]:
    """The pairs of opposites that say what something is made with or without (无磷 / 含磷)."""
    pairs = list(lines_of("opposites.txt"))
    return frozenset(
        str(number)
        for number, line in enumerate(pairs)
        if line.startswith(("无", "零")) and "不含" in line.partition("|")[0]
    )


@cache
def plain_words() -> WordList:
    """Words of a requirement that decide nothing by themselves (`words/plain_words.txt`)."""
    return WordList({word: "" for line in lines_of("plain_words.txt") for word in line.split()})


@cache
def actions() -> WordList:
    """Words of doing → their kind (`words/actions.txt`): use, emit, need, change, affect, stop, contact, leave."""
    meanings: dict[str, str] = {}
    for line in lines_of("actions.txt"):
        kind, _, words = line.partition(":")
        for word in words.split():
            meanings[word] = f"{meanings[word]} {kind}" if word in meanings else kind
    return WordList(meanings)
