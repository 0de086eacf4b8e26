"""A record as matching sees it: read once, compared with many. Nothing in it that the public may not read."""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from weakref import WeakKeyDictionary

from indexing import Index, IndexDocument, Vector
from matchmaker.disclosure import shown_achievement, shown_need
from matchmaker.index_documents import field_text, index_document, kind_of, text_fields
from matchmaker.indexes import Indexes
from matchmaker.matching.background import pair_rarity, word_rarity
from matchmaker.matching.requirements import Evidence, Requirement, evidence_of, requirements_of
from matchmaker.models.achievement import AchievementPublic
from matchmaker.models.need import NeedPublic, TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.visibility import SearchedRecord

# Profiles of the records compared last, per installation: some 10 kB each, and a page compares sixty.
_KEPT = 3000


@dataclass(frozen=True)
class Profile:
    """What of a record is compared, whoever asks and whatever else is in the catalogue.

    `title_words`, `words` and `title_pairs` carry their rarity (`matching.background`); `vector` is the meaning as
    stored, None while it is being computed; `texts` are the public text fields; `shown` is the public shape.
    """

    kind: RecordKind
    document: IndexDocument
    shown: NeedPublic | AchievementPublic
    texts: Mapping[str, str]
    title_words: Mapping[str, float]
    words: Mapping[str, float]
    title_pairs: Mapping[str, float]
    pairs: frozenset[str]
    vector: Vector | None = None

    @cached_property
    def requirements(self) -> tuple[Requirement, ...]:
        """What the need asks for, one by one; nothing for an achievement."""
        return requirements_of(self.shown) if isinstance(self.shown, NeedPublic) else ()

    @cached_property
    def evidence(self) -> Evidence:
        """What the achievement states. Raises TypeError for a need."""
        if not isinstance(self.shown, AchievementPublic):
            raise TypeError("a need states no evidence")
        return evidence_of(self.shown)


def profile_of(record: SearchedRecord, index: Index) -> Profile:
    """The profile of one record without its meaning; an unsaved one has the id 0."""
    document = index_document(record)
    title = document.texts["title"]
    title_words, title_pairs = set(index.words(title)), set(index.pairs(title))
    rest = [document.texts[name] for name in ("body", "details")]
    words = title_words.union(*map(index.words, rest))
    rarity = {word: word_rarity(word, index.general_rarity(word)) for word in sorted(words)}
    return Profile(
        kind=kind_of(record),
        document=document,
        shown=shown_need(record) if isinstance(record, TechnologyNeed) else shown_achievement(record),
        texts={field: field_text(record, field) for field in text_fields(record)},
        title_words={word: rarity[word] for word in sorted(title_words)},
        words=rarity,
        title_pairs={pair: pair_rarity(pair) for pair in sorted(title_pairs)},
        pairs=frozenset(title_pairs.union(*map(index.pairs, rest))),
    )


class _Memory:
    """The profiles of an installation's records compared lately, by record and version."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._profiles: OrderedDict[tuple[RecordKind, int | None, int], Profile] = OrderedDict()

    def get(self, record: SearchedRecord) -> Profile | None:
        with self._lock:
            return self._profiles.get((kind_of(record), record.id, record.version))

    def put(self, profile: Profile) -> None:
        with self._lock:
            self._profiles[profile.kind, profile.shown.id, profile.shown.version] = profile
            self._profiles.move_to_end((profile.kind, profile.shown.id, profile.shown.version))
            while len(self._profiles) > _KEPT:
                self._profiles.popitem(last=False)


_MEMORIES: WeakKeyDictionary[Indexes, _Memory] = WeakKeyDictionary()


def profiles_of(indexes: Indexes, records: Sequence[SearchedRecord]) -> list[Profile]:
    """The profiles of stored records of one kind, in their order, with the meanings the index holds."""
    if not records:
        return []
    index, memory = indexes.of(kind_of(records[0])), _MEMORIES.setdefault(indexes, _Memory())
    profiles = [memory.get(record) or profile_of(record, index) for record in records]
    missing = index.vectors([profile.document.id for profile in profiles if profile.vector is None])
    profiles = [
        replace(profile, vector=missing[profile.document.id]) if profile.document.id in missing else profile
        for profile in profiles
    ]
    for profile in profiles:
        memory.put(profile)
    return profiles


def unsaved_profile(indexes: Indexes, record: SearchedRecord) -> Profile:
    """The profile of a text that is not stored: compared exactly as it would be once it is. Nothing is remembered."""
    index = indexes.of(kind_of(record))
    profile = profile_of(record, index)
    return replace(profile, vector=index.vector_of(profile.document))
