"""What the titles of a collection talk of: its words and phrases, how they sound, and who its records belong to.

Made from what the public may read, so that no suggestion and no correction tells more. Kept in memory, process by process,
and made anew in the background when records have changed.
"""

import re
import threading
import time
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal
from weakref import WeakKeyDictionary

import numpy as np
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from indexing import Index
from indexing.segmentation import folded
from matchmaker.indexes import Indexes
from matchmaker.models.achievement import Achievement
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.rights import ANYONE
from matchmaker.search.spelling import Sounds, initials, pinyin, sounded
from matchmaker.visibility import in_lists_of

# A phrase of neighbouring words; what is longer is a title, and offered as one.
_LONGEST_PHRASE = 8
_MOST_WORDS_IN_PHRASE = 3
# Above so many different phrases those that stand in a single title are left out: memory, and nobody misses them.
_MANY_PHRASES = 150_000
# Up to so many titles the first vocabulary is made while somebody waits (a title takes 0.2 ms), beyond in the background.
_MADE_AT_ONCE = 3_000
# A collection this small follows every change at once; a larger one is looked at again after some seconds.
_SMALL = 300
_FRESH_SECONDS = 30.0
_TITLE_BEGINNINGS = ("一种", "一类", "一个", "关于", "用于", "基于", "新型")
_BATCH = 2_000

EntryKind = Literal["word", "owner", "title"]


@dataclass(frozen=True)
class VocabularyEntry:
    """Something to offer: a phrase of titles, an owner, or a whole title; `count` records have it."""

    text: str
    kind: EntryKind
    count: int


class Vocabulary:
    """The words of one collection. Immutable; looked up in time that does not grow with the collection, nearly."""

    def __init__(self, titles: Iterable[str], owners: Iterable[str], words_of: Callable[[str], list[str]]) -> None:
        """`words_of` cuts a folded title into its words; what is no word, or says nothing, parts phrases."""
        words: dict[str, tuple[str, ...]] = {}
        counts: Counter[str] = Counter()
        self._pairs: set[str] = set()
        self._names: defaultdict[str, Counter[str]] = defaultdict(Counter)
        entries: list[VocabularyEntry] = []
        keys: list[tuple[str, int]] = []
        for title in titles:
            whole = folded(title)
            for phrase, parts in _phrases(words_of(whole)):
                counts[phrase] += 1
                words.setdefault(phrase, parts)
                if phrase[0].isascii():
                    self._names[squeezed(phrase)][phrase] += 1
            self._pairs.update(whole[place : place + 2] for place in range(len(whole) - 1))
            keys.append((_beginning(whole), len(entries)))
            entries.append(VocabularyEntry(title, "title", 1))
        many = len(counts) > _MANY_PHRASES
        self._counts = {
            phrase: count for phrase, count in counts.items() if count > 1 or not many or len(words[phrase]) == 1
        }
        self._sounds = Sounds((phrase, words[phrase]) for phrase in self._counts if not phrase[0].isascii())
        self._by_initials: defaultdict[str, list[str]] = defaultdict(list)
        for phrase, count in self._counts.items():
            if not phrase[0].isascii():
                spoken = sounded(words[phrase])
                self._by_initials[initials(spoken)].append(phrase)
                keys += [(pinyin(spoken), len(entries)), (initials(spoken), len(entries))]
            keys.append((phrase, len(entries)))
            entries.append(VocabularyEntry(phrase, "word", count))
        for owner, count in Counter(owners).items():
            spoken = sounded(words_of(folded(owner)))
            keys += [(key, len(entries)) for key in (folded(owner), pinyin(spoken), initials(spoken)) if key]
            entries.append(VocabularyEntry(owner, "owner", count))
        keys.sort()
        self._entries = entries
        self._keys = [key for key, _ in keys]
        self._places = np.array([place for _, place in keys], dtype=np.int32)
        self._weights = np.array([_weight(entries[place]) for _, place in keys], dtype=np.float32)

    def count(self, phrase: str) -> int:
        """In how many titles the phrase stands as neighbouring words."""
        return self._counts.get(phrase, 0)

    def has_pair(self, pair: str) -> bool:
        """Do these two characters stand side by side in any title?"""
        return pair in self._pairs

    def sounding_like(self, word: str) -> list[str]:
        """Phrases of the titles that this word may be a slip for, the most frequent first (see Sounds.like)."""
        return self._best(self._sounds.like(word))

    def spelled(self, letters: str) -> list[str]:
        """Phrases whose pinyin these letters are, or else whose initials; the most frequent first."""
        return self._best(self._sounds.spelled(letters) or self._by_initials.get(letters) or ())

    def syllable_words(self, letters: str) -> list[str]:
        """The letters as the pinyin of several words, the longest first: `diandongqichemoto` → 电动汽车, …; else nothing."""
        # From the end: how few words spell the rest, and the letters of the first of them.
        fewest = [0 if place == len(letters) else len(letters) + 1 for place in range(len(letters) + 1)]
        steps = [""] * len(letters)
        for start in range(len(letters) - 1, -1, -1):
            for end in range(start + 2, min(len(letters), start + 6 * _LONGEST_PHRASE) + 1):
                if fewest[end] + 1 <= fewest[start] and self._sounds.spelled(letters[start:end]):
                    fewest[start], steps[start] = fewest[end] + 1, letters[start:end]
        words: list[str] = []
        start = 0
        while start < len(letters) and steps[start]:
            words.append(self._best(self._sounds.spelled(steps[start]))[0])
            start += len(steps[start])
        return words if start == len(letters) else []

    def names_like(self, name: str) -> list[str]:
        """Names in the titles that are this one with other signs between its parts, or begin with it: TGF-β → tgfβ."""
        return self._best(self._names.get(squeezed(name), ()))

    def completions(self, prefix: str, most: int) -> list[VocabularyEntry]:
        """What may be meant by these first letters or characters, what most records have first; owners before titles."""
        if not prefix:
            return []
        low = bisect_left(self._keys, prefix)
        high = bisect_left(self._keys, prefix + "\U0010ffff")
        if low == high:
            return []
        # An entry has up to three keys: look at that many more.
        weights = self._weights[low:high]
        wanted = min(len(weights), 3 * most + 12)
        best = np.argpartition(-weights, wanted - 1)[:wanted]
        best = best[np.argsort(-weights[best], kind="stable")]
        places = dict.fromkeys(int(self._places[low + one]) for one in best)
        return [self._entries[place] for place in list(places)[:most]]

    def _best(self, phrases: Iterable[str]) -> list[str]:
        return sorted(set(phrases), key=lambda phrase: (-self._counts.get(phrase, 0), phrase))


EMPTY = Vocabulary((), (), lambda text: [text])


_SIGNS = re.compile(r"[\W_]+")


def squeezed(text: str) -> str:
    """Letters, digits and characters only: what is left of a name when its signs are written otherwise."""
    return _SIGNS.sub("", text)


def _phrases(words: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for start, word in enumerate(words):
        if not _is_word(word):
            continue
        if len(word) > 1:
            yield word, (word,)
        phrase = word
        for end in range(start + 1, min(len(words), start + _MOST_WORDS_IN_PHRASE)):
            if not _is_word(words[end]):
                break
            phrase += words[end]
            if len(phrase) > _LONGEST_PHRASE:
                break
            yield phrase, tuple(words[start : end + 1])


def _is_word(word: str) -> bool:
    return bool(word) and word[0].isalnum()


def _beginning(title: str) -> str:
    for beginning in _TITLE_BEGINNINGS:
        if title.startswith(beginning) and len(title) > len(beginning) + 2:
            return title[len(beginning) :]
    return title


def _weight(entry: VocabularyEntry) -> float:
    # Short phrases complete best: of two equally frequent ones the one with less to read. Titles come last.
    if entry.kind == "title":
        return 0.1
    return entry.count * (1.5 if entry.kind == "owner" else 1.0) + 1.0 / len(entry.text)


@dataclass
class _Made:
    vocabulary: Vocabulary
    stamp: tuple[object, ...]
    looked_at: float
    size: int


class Vocabularies:
    """The vocabularies of an installation's collections, each made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[RecordKind, _Made] = {}
        self._lock = threading.Lock()
        self._making: set[RecordKind] = set()

    def of(self, session: Session, index: Index, kind: RecordKind) -> Vocabulary:
        """The vocabulary as it was made last; an empty one while a large collection's first is being made."""
        made = self._made.get(kind)
        if made and made.size > _SMALL and time.monotonic() - made.looked_at < _FRESH_SECONDS:
            return made.vocabulary
        stamp = _stamp(session, kind)
        if made and made.stamp == stamp:
            made.looked_at = time.monotonic()
            return made.vocabulary
        size = int(str(stamp[0]))
        if size <= (_SMALL if made else _MADE_AT_ONCE):
            return self._make(session, index, kind, stamp, size)
        with self._lock:
            if kind not in self._making:
                self._making.add(kind)
                database = session.get_bind()
                assert isinstance(database, Engine)  # noqa: S101 — sessions here are bound to the engine
                threading.Thread(
                    target=self._make_aside, args=(database, index, kind, stamp, size), name="vocabulary", daemon=True
                ).start()
        return made.vocabulary if made else EMPTY

    def made(self, session: Session, index: Index, kind: RecordKind) -> Vocabulary:
        """The vocabulary of what is there now, however long it takes: for measuring and for tests."""
        stamp = _stamp(session, kind)
        made = self._made.get(kind)
        return made.vocabulary if made and made.stamp == stamp else self._make(session, index, kind, stamp, 0)

    def _make_aside(
        self, database: Engine, index: Index, kind: RecordKind, stamp: tuple[object, ...], size: int
    ) -> None:
        try:
            with Session(database) as session:
                self._make(session, index, kind, stamp, size)
        finally:
            self._making.discard(kind)

    def _make(
        self, session: Session, index: Index, kind: RecordKind, stamp: tuple[object, ...], size: int
    ) -> Vocabulary:
        titles, owners = [], []
        for title, owner in _open_titles(session, kind):
            titles.append(title)
            if owner:
                owners.append(owner)
        vocabulary = Vocabulary(titles, owners, partial(index.division, telling=True))
        self._made[kind] = _Made(vocabulary, stamp, time.monotonic(), size or len(titles))
        return vocabulary


_OF: "WeakKeyDictionary[Indexes, Vocabularies]" = WeakKeyDictionary()


def vocabularies(indexes: Indexes) -> Vocabularies:
    """The vocabularies that belong to these indexes."""
    return _OF.setdefault(indexes, Vocabularies())


def _stamp(session: Session, kind: RecordKind) -> tuple[object, ...]:
    """Changes with every change of a record that the public finds."""
    table = TechnologyNeed if kind is RecordKind.NEEDS else Achievement
    asked = select(func.count(), func.max(table.updated_at), func.sum(table.version)).where(*in_lists_of(table, ANYONE))
    return tuple(session.exec(asked).one())


def _open_titles(session: Session, kind: RecordKind) -> Iterator[tuple[str, str]]:
    """Title and owner of everything the public finds, an owner who hides her name left out."""
    if kind is RecordKind.NEEDS:
        needs = select(TechnologyNeed.title, TechnologyNeed.poster_name, TechnologyNeed.poster_hidden)
        wanted = needs.where(*in_lists_of(TechnologyNeed, ANYONE)).order_by(col(TechnologyNeed.id))
        for title, owner, is_hidden in session.exec(wanted).yield_per(_BATCH):
            yield title, "" if is_hidden else owner
        return
    achievements = select(Achievement.title, Achievement.owner_name)
    yield from session.exec(
        achievements.where(*in_lists_of(Achievement, ANYONE)).order_by(col(Achievement.id))
    ).yield_per(_BATCH)
