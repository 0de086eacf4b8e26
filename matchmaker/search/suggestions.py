"""What to offer while somebody types: words of the titles, owners, and titles that begin so."""

from dataclasses import dataclass
from typing import Literal

from sqlmodel import Session

from indexing.segmentation import folded
from matchmaker.indexes import Indexes
from matchmaker.models.outbox import RecordKind
from matchmaker.search.vocabulary import vocabularies

MOST_SUGGESTIONS = 8
# Nobody needs help with what is as long as a title.
LONGEST_PREFIX = 60


@dataclass(frozen=True)
class Suggestion:
    """Something to search for: `text` replaces what was typed; `count` titles have it."""

    text: str
    kind: Literal["word", "owner", "title"]
    count: int


def suggestions(
    session: Session, indexes: Indexes, kind: RecordKind, text: str, most: int = MOST_SUGGESTIONS
) -> list[Suggestion]:
    """What may be meant by the beginning of a word, of its pinyin or its initials, the most frequent first.

    Of what everybody may read only. The last of several words is completed, the others stay. Costs a look-up in memory;
    no index is asked. Empty while the vocabulary of a large collection is being made.
    """
    typed = text[:LONGEST_PREFIX].lstrip()
    before, _, last = typed.rpartition(" ")
    prefix = folded(last)
    vocabulary = vocabularies(indexes).of(session, indexes.of(kind), kind)
    found = vocabulary.completions(prefix, 3 * most)
    words = [entry for entry in found if entry.kind == "word"]
    # A phrase that only ever stands at the beginning of a longer one is a piece of it: 激光熔 of 激光熔覆.
    pieces = {
        entry.text
        for entry in words
        if any(other.count >= entry.count and other.text.startswith(entry.text) and other != entry for other in words)
    }
    kept = [entry for entry in found if entry.kind != "word" or (entry.text not in pieces and entry.text != prefix)]
    if before:
        kept = [entry for entry in kept if entry.kind == "word"]
    return [
        Suggestion(f"{before} {entry.text}" if before else entry.text, entry.kind, entry.count) for entry in kept[:most]
    ]
