"""How Chinese words sound: whole pinyin, initials, and a key that sounds alike share."""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

# Room for the words of a large collection: spelling one costs some ten microseconds, looking it up none.
_SPELLED = 200_000
# What many speakers do not tell apart, and what is mistyped for it: 电磁 for 电池, 岩绵 for 岩棉 (the same anyway).
_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"))


@lru_cache(maxsize=_SPELLED)
def syllables(word: str) -> tuple[str, ...]:
    """The syllables of a word in pinyin without tones; a run of letters and digits is one."""
    # Its dictionaries take long to import, and most commands spell nothing.
    from pypinyin import Style, lazy_pinyin

    return tuple(lazy_pinyin(word.lower(), style=Style.NORMAL))


def sounded(words: Iterable[str]) -> tuple[str, ...]:
    """The syllables of a phrase, word by word: a word says how a character with several readings is read."""
    return tuple(syllable for word in words for syllable in syllables(word))


def pinyin(spoken: Iterable[str]) -> str:
    """The syllables as people type them: `wufangbu`."""
    return "".join(spoken)


def initials(spoken: Iterable[str]) -> str:
    """The first letters: `wfb`."""
    return "".join(syllable[:1] for syllable in spoken)


def sound_key(spoken: Iterable[str]) -> str:
    """The same for words that sound alike: zh/z, ch/c, sh/s, final ng/n and initial l/n are one."""
    return " ".join(_alike(syllable) for syllable in spoken)


@lru_cache(maxsize=2_000)
def _alike(syllable: str) -> str:
    for other, same in _ALIKE:
        syllable = syllable.replace(other, same, 1) if syllable.startswith(other) else syllable
    if syllable.endswith("ng"):
        syllable = syllable[:-1]
    return f"n{syllable[1:]}" if syllable.startswith("l") else syllable


class Sounds:
    """Phrases by how they sound: what a word may be a slip for. Immutable once made."""

    def __init__(self, phrases: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        """Phrases with their words."""
        self._exactly: defaultdict[str, list[str]] = defaultdict(list)
        self._nearly: defaultdict[str, list[str]] = defaultdict(list)
        for phrase, words in phrases:
            spoken = sounded(words)
            self._exactly[pinyin(spoken)].append(phrase)
            self._nearly[sound_key(spoken)].append(phrase)

    def spelled(self, letters: str) -> list[str]:
        """The phrases whose pinyin these letters are."""
        return self._exactly.get(letters, [])

    def like(self, word: str) -> list[str]:
        """Other phrases as long as the word that sound like it and have at least half of its characters. Two characters
        must sound the same, more of them nearly (zh/z, ng/n, l/n)."""
        spoken = sounded([word])
        others = self.spelled(pinyin(spoken)) if len(word) < 3 else self._nearly.get(sound_key(spoken), [])
        return [
            other
            for other in others
            if other != word and len(other) == len(word) and 2 * sum(map(str.__eq__, other, word)) >= len(word)
        ]
