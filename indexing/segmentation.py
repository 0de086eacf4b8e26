"""Text → tokens, once, in Python, the same for every engine. The only import of jieba.

A token is a normalised word: full-width and half-width, upper and lower case, traditional and simplified
characters are one. Terms of mixed script that engineers write (`c++`, `5g-v2x`, `3d打印`, `α-淀粉酶`, `gb/t 2260`)
stay whole; a long word also yields the shorter words in it, so that 锂离子电池 is found by 电池.
"""

import hashlib
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import opencc

# Letters, digits and the signs that bind them into one name; a trailing + # or % belongs to it (c++, c#, 95%).
_NAME = r"[a-z0-9α-ω]+(?:[-+./·#&_×'][a-z0-9α-ω]+)*(?:\+\+|[+#%‰℃])?"
_HAN = r"[\u3400-\u9fff\U00020000-\U0002fa1f]+"
_HAN_RUN = re.compile(_HAN)
_NAME_PART = re.compile(r"[a-z0-9α-ω]+(?:\.[0-9]+)?")
_BLANK_IN_HAN = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
# Longer than any word of the language; what is longer is noise (a base64 blob, a row of dashes).
_LONGEST_TOKEN = 60
# Changes whenever the rules in this file would produce other tokens for the same dictionary.
_RULES_VERSION = "2"


class Token(NamedTuple):
    """A token and the characters of the original text it stands for: `start` included, `end` not.

    `part` is True for a shorter word inside a longer one.
    """

    word: str
    start: int
    end: int
    part: bool


@dataclass(frozen=True)
class Dictionary:
    """What a Segmenter knows beyond jieba's own words. Editing a file gives the index another fingerprint."""

    terms: tuple[str, ...]
    stop_words: frozenset[str]
    synonyms: dict[str, tuple[str, ...]]


class Segmenter:
    """Cuts text into tokens. Immutable after construction and safe to share between threads.

    `cache_dir` keeps jieba's prefix dictionary between runs, in a folder of our own: the library's default
    is a file in the shared temporary folder that anybody could replace.
    """

    def __init__(self, cache_dir: Path | None = None, dictionary: Dictionary | None = None) -> None:
        self._dictionary = dictionary or bundled_dictionary()
        self._tokenizer = _jieba_tokenizer(cache_dir, self._dictionary)
        mixed = sorted(
            {term for term in self._dictionary.terms if _is_mixed(term)}, key=lambda term: (-len(term), term)
        )
        self._pattern = re.compile("|".join([*map(re.escape, mixed), _NAME, _HAN]))
        # Titles repeat words all day long: one pass over a run of Chinese costs ~50 µs, a look-up 0.1 µs.
        self._cut_han = lru_cache(maxsize=50_000)(self._cut_han_uncached)
        self._words_of_run = lru_cache(maxsize=50_000)(self._words_of_run_uncached)

    @cached_property
    def fingerprint(self) -> str:
        """Changes when the same text would give other tokens."""
        content = "\n".join(
            [
                _RULES_VERSION,
                version("jieba"),
                *self._dictionary.terms,
                "--stop",
                *sorted(self._dictionary.stop_words),
            ]
        )
        return hashlib.sha256(content.encode()).hexdigest()[:8]

    def tokens(self, text: str) -> list[Token]:
        """Every token with its place in `text`; stop words are left out, parts follow the word they are in."""
        folded, origin = fold(text)
        found: list[Token] = []
        for word, start, end, part in self._cut(folded):
            if self._is_kept(word):
                found.append(Token(word, origin[start], origin[end - 1] + 1, part))
        return found

    def words(self, text: str) -> list[str]:
        """The tokens without their places, parts included: what an index stores."""
        found: list[str] = []
        # As `tokens`, without keeping count of places: an import cuts millions of words.
        for match in self._pattern.finditer(text.translate(_FOLDING)):
            found.extend(self._words_of_run(match.group()))
        return found

    def is_word(self, word: str) -> bool:
        """Is it a word of the dictionary, more than one character long, rather than characters side by side?"""
        return len(word) > 1 and bool(self._tokenizer.FREQ.get(word))

    def division(self, text: str, *, telling: bool = False) -> list[str]:
        """The folded text cut into its words and what stands between them; joined they are the folded text again.

        Parts of words are not given: for reading what somebody typed, never for indexing. With `telling`, a blank
        stands for every stop word.
        """
        whole = folded(text)
        pieces: list[str] = []
        end = 0
        for word, start, stop, part in self._cut(whole):
            if part:
                continue
            if start > end:
                pieces.append(whole[end:start])
            pieces.append(word if self._is_kept(word) or not telling else " ")
            end = stop
        return [*pieces, whole[end:]] if end < len(whole) else pieces

    def pairs(self, text: str) -> list[str]:
        """Overlapping pairs of characters (names whole): finds what the dictionary cuts differently on the two sides."""
        folded = joined(text).translate(_FOLDING)
        found: list[str] = []
        for run in re.finditer(f"{_HAN}|{_NAME}", folded):
            word = run.group()
            if _is_han(word[0]):
                found.extend(word[place : place + 2] for place in range(max(1, len(word) - 1)))
            elif len(word) <= _LONGEST_TOKEN:
                found.append(word)
        return found

    def synonyms(self, word: str) -> tuple[str, ...]:
        """Other words for the same thing, for widening a query; never used when indexing."""
        return self._dictionary.synonyms.get(word, ())

    def general_rarity(self, word: str) -> float:
        """How rare a word is in everyday language, on the scale of a logarithm: 0 for the commonest words, infinite for
        one that everyday language does not have.
        """
        count = self._tokenizer.FREQ.get(word, 0)
        # A word of every fiftieth place (e^-4) is as common as words get.
        return max(0.0, math.log(self._tokenizer.total / count) - 4) if count else math.inf

    def _words_of_run_uncached(self, run: str) -> tuple[str, ...]:
        if _HAN_RUN.fullmatch(run):
            return tuple(word for word, _, _ in self._cut_han_uncached(run) if self._is_kept(word))
        return tuple(word for word, _, _, _ in self._cut(run) if self._is_kept(word))

    def _is_kept(self, word: str) -> bool:
        return word not in self._dictionary.stop_words and len(word) <= _LONGEST_TOKEN

    def _cut(self, folded: str) -> Iterator[tuple[str, int, int, bool]]:
        for match in self._pattern.finditer(folded):
            word, start = match.group(), match.start()
            if _HAN_RUN.fullmatch(word):
                for piece, offset, part in self._cut_han(word):
                    yield piece, start + offset, start + offset + len(piece), part
                continue
            yield word, start, match.end(), False
            yield from self._parts_of_name(word, start)

    def _parts_of_name(self, word: str, start: int) -> Iterator[tuple[str, int, int, bool]]:
        """The pieces of a compound name: `5g-v2x` → 5g, v2x; `3d打印` → 打印."""
        if _is_mixed(word):
            for run in re.finditer(_HAN, word):
                if len(run.group()) > 1:
                    yield run.group(), start + run.start(), start + run.end(), True
        if not re.search(r"[^a-z0-9]", word):
            return
        for piece in _NAME_PART.finditer(word):
            if piece.group() != word and len(piece.group()) > 1:
                yield piece.group(), start + piece.start(), start + piece.end(), True

    def _cut_han_uncached(self, run: str) -> tuple[tuple[str, int, bool], ...]:
        pieces: list[tuple[str, int, bool]] = []
        offset = 0
        for word in self._most_likely_words(run):
            pieces.append((word, offset, False))
            for size in (2, 3):
                if len(word) > size:
                    for place in range(len(word) - size + 1):
                        part = word[place : place + size]
                        if self._tokenizer.FREQ.get(part):
                            pieces.append((part, offset + place, True))
            offset += len(word)
        return tuple(pieces)

    def _most_likely_words(self, run: str) -> list[str]:
        """The most probable division of a run of Chinese characters into words of jieba's dictionary and ours.

        What `jieba.cut(run, HMM=False)` gives (a test compares them), in under a third of its time: cutting is
        most of the work of an import. HMM off: guessed new words differ between a title and a query, and
        lower recall.
        """
        # Prefixes of words are in it too, with frequency 0: a look-up that fails ends the search for longer words.
        frequency = self._tokenizer.FREQ.get
        total = math.log(self._tokenizer.total)
        length = len(run)
        # From the end: the log probability of the best division of the rest, and where its first word ends.
        best = [0.0] * (length + 1)
        ends = [0] * length
        for start in range(length - 1, -1, -1):
            # A character that is no word of its own counts as one seen once.
            best[start], ends[start] = -math.inf, start + 1
            end = start + 1
            while end <= length and (count := frequency(run[start:end])) is not None:
                if count:
                    probability = math.log(count) - total + best[end]
                    if probability >= best[start]:
                        best[start], ends[start] = probability, end
                end += 1
            if best[start] == -math.inf:
                best[start] = best[start + 1] - total
        words = []
        start = 0
        while start < length:
            words.append(run[start : ends[start]])
            start = ends[start]
        return words


def joined(text: str) -> str:
    """Without the blanks between two Chinese characters: they come from layout or from somebody's word cutting."""
    return _BLANK_IN_HAN.sub("", text)


def fold(text: str) -> tuple[str, list[int]]:
    """The normalised text, and for each of its characters the index of the original one it comes from."""
    characters: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        folded = _fold_character(character)
        characters.append(folded)
        origin.extend([index] * len(folded))
    return "".join(characters), origin


def folded(text: str) -> str:
    """The normalised text alone: ten times as fast as `fold`."""
    return text.translate(_FOLDING)


@lru_cache(maxsize=65_536)
def _fold_character(character: str) -> str:
    if character.isascii():
        return character.lower()
    # Casefold after NFKC: ﬁ and Ⅳ unfold to letters of either case first.
    return "".join(_simplified().get(one, one) for one in unicodedata.normalize("NFKC", character).lower())


class _Folding(dict[int, str]):
    """`str.translate` table of the same folding, filled as characters turn up."""

    def __missing__(self, code: int) -> str:
        folded = self[code] = _fold_character(chr(code))
        return folded


_FOLDING = _Folding()


@cache
def _simplified() -> dict[str, str]:
    """Traditional → simplified for single characters: places in the text stay the same, which phrases would not."""
    converter = opencc.OpenCC("t2s")
    block = "".join(chr(code) for code in range(0x4E00, 0xA000))
    converted = {one: converter.convert(one) for one in block}
    return {one: other for one, other in converted.items() if one != other and len(other) == 1}


def bundled_dictionary() -> Dictionary:
    """The domain terms, stop words and synonyms in `indexing/dictionaries/`."""
    return Dictionary(
        terms=tuple(_lines("terms.txt")),
        stop_words=frozenset(_lines("stop_words.txt")),
        synonyms=_synonym_groups(_lines("synonyms_of_texts.txt")),
    )


def _lines(name: str) -> Iterator[str]:
    for line in files("indexing").joinpath("dictionaries", name).read_text("utf-8").splitlines():
        content = line.partition("# ")[0].strip()
        if content and not content.startswith("#"):
            yield fold(content)[0]


def _synonym_groups(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Each line is a group of words for one thing, separated by “ = ” (`thesaurus.py`)."""
    synonyms: dict[str, list[str]] = {}
    for line in lines:
        group = line.split(" = ")
        for word in group:
            synonyms.setdefault(word, []).extend(other for other in group if other != word)
    return {word: tuple(dict.fromkeys(others)) for word, others in synonyms.items()}


def _jieba_tokenizer(cache_dir: Path | None, dictionary: Dictionary) -> Any:
    import logging
    import warnings

    with warnings.catch_warnings():
        # jieba 0.42.1 is unmaintained: it imports pkg_resources and has invalid escapes in its patterns.
        warnings.simplefilter("ignore")
        import jieba
    jieba.setLogLevel(logging.WARNING)
    # A tokenizer of our own: the module-level one is shared by the whole process.
    tokenizer = jieba.Tokenizer()
    if cache_dir is not None:
        cache_dir.mkdir(parents=True, exist_ok=True)
        tokenizer.tmp_dir = str(cache_dir)
        tokenizer.cache_file = f"jieba-{version('jieba')}.cache"
    tokenizer.initialize()
    for term in dictionary.terms:
        if all(_is_han(character) for character in term):
            tokenizer.add_word(term)
    return tokenizer


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character >= "\U00020000"


def _is_mixed(term: str) -> bool:
    han = sum(map(_is_han, term))
    return 0 < han < len(term)
