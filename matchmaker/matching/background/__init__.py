"""How telling a word is in the language of technology texts: fixed data, the same whatever else is in the catalogue."""

import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from matchmaker.matching.background.evidence_words import is_evidence
from matchmaker.models.outbox import RecordKind

__all__ = ["FREQUENCIES", "is_evidence", "pair_rarity", "pair_rarity_of", "word_rarity", "word_rarity_of"]

# Made by `scripts/background_frequencies` of 270 needs, 12,251 achievements and 958 patents (2019–2022): counts only.
FREQUENCIES = Path(__file__).with_name("frequencies.tsv")
# Records without any word, counted along: what stands in two of few records is not common yet.
_IMAGINED = 20
# A single Chinese character is little evidence, whatever its frequency.
_ONE_CHARACTER = 0.3


class _Counts(NamedTuple):
    """Records with a word (or a pair of characters in the title): of needs, and of achievements."""

    needs: int
    achievements: int


@cache
def _frequencies() -> tuple[_Counts, dict[str, _Counts], dict[str, _Counts]]:
    """Number of records; records with each word; records with each pair."""
    tables: dict[str, dict[str, _Counts]] = {"records": {}, "word": {}, "pair": {}}
    for line in FREQUENCIES.read_text("utf-8").splitlines():
        kind, name, needs, achievements = line.split("\t")
        tables[kind][name] = _Counts(int(needs), int(achievements))
    return tables["records"][""], tables["word"], tables["pair"]


def _rarity(records: int, among: int) -> float:
    return math.log(1 + (records + _IMAGINED) / (1 + among))


def word_rarity(word: str, general: float) -> float:
    """0 for what every text has, about 9.5 for what none has. `general` is the word's rarity in everyday language
    (`Segmenter.general_rarity`): a boss's words (累死人, 家具) are in no technology text and still say little.
    """
    if not is_evidence(word):
        return 0.0
    records, words, _ = _frequencies()
    rarity = min(_rarity(sum(records), sum(words.get(word, (0, 0)))), general)
    return rarity if len(word) > 1 else _ONE_CHARACTER * rarity


def pair_rarity(pair: str) -> float:
    """As `word_rarity`, of two neighbouring characters of a title."""
    records, _, pairs = _frequencies()
    return _rarity(sum(records), sum(pairs.get(pair, (0, 0))))


def word_rarity_of(kind: RecordKind) -> Callable[[str], float]:
    """How telling a word is among records of that kind: “企业希望” stands in every need and in no achievement."""
    side = 0 if kind is RecordKind.NEEDS else 1

    def rarity(word: str) -> float:
        if not is_evidence(word):
            return 0.0
        records, words, _ = _frequencies()
        return _rarity(records[side], words[word][side] if word in words else 0)

    return rarity


def pair_rarity_of(kind: RecordKind) -> Callable[[str], float]:
    """As `word_rarity_of`, of two neighbouring characters of a title."""
    side = 0 if kind is RecordKind.NEEDS else 1

    def rarity(pair: str) -> float:
        records, _, pairs = _frequencies()
        return _rarity(records[side], pairs[pair][side] if pair in pairs else 0)

    return rarity
