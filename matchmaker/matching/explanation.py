"""Which words met, and where: the part of an explanation that a reader can check with her own eyes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from indexing import Index
from matchmaker.index_documents import field_text, text_fields
from matchmaker.models.match import SharedWord, Span
from matchmaker.visibility import SearchedRecord

# As many words as a person takes in at a glance.
_MOST_WORDS = 12
# A word below this rarity stands in nearly every record (ln(1 + N/df): 1.1 = in half of them) and explains nothing.
_LEAST_RARITY = 1.1
_NUMBER_OR_UNIT = re.compile(r"[\d.%℃]+|[a-zμω]{1,4}/[a-z0-9]{1,4}|[kmgμn]?(?:pa|w|wh|v|hz|g|l|m|m[23])|t/h")


@dataclass(frozen=True)
class Wording:
    """A record's words with their places, field by field; made once per record."""

    places: Mapping[str, list[Span]]

    @property
    def words(self) -> set[str]:
        return set(self.places)


def wording(record: SearchedRecord, index: Index) -> Wording:
    """The words of every text field that may be shown."""
    places: dict[str, list[Span]] = {}
    for field in text_fields(record):
        for word, start, end in index.tokens(field_text(record, field)):
            places.setdefault(word, []).append(Span(field=field, start=start, end=end))
    return Wording(places)


def shared_words(need: Wording, achievement: Wording, rarity: Mapping[str, float]) -> list[SharedWord]:
    """The telling words that both texts have, rarest first, with their places; a word inside a longer shared one is left out."""
    shared = [
        word
        for word in need.words & achievement.words
        # One character of Chinese is too little to be evidence, and so are bare numbers and units (mg/m3, t/h).
        if len(word) > 1 and rarity.get(word, 0.0) >= _LEAST_RARITY and not _NUMBER_OR_UNIT.fullmatch(word)
    ]
    shared.sort(key=lambda word: (-len(word), word))
    kept: list[str] = []
    for word in shared:
        if not any(word in longer for longer in kept):
            kept.append(word)
    kept.sort(key=lambda word: (-rarity[word], word))
    return [
        SharedWord(
            word=word,
            weight=round(rarity[word], 3),
            in_need=need.places[word],
            in_achievement=achievement.places[word],
        )
        for word in kept[:_MOST_WORDS]
    ]


def coverage(asked: Mapping[str, float], answered: set[str]) -> float:
    """The share, by weight, of the asked words that the other text has: 0 none, 1 all."""
    total = sum(asked.values())
    return sum(weight for word, weight in asked.items() if word in answered) / total if total else 0.0
