"""The order of what was found: how much of the question a record answers, in its title or in its text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from indexing import Hit
from indexing.segmentation import fold, folded
from matchmaker.index_documents import field_text, names_text, number_forms, text_fields
from matchmaker.search.question import Concept, Question
from matchmaker.search.vocabulary import squeezed
from matchmaker.visibility import SearchedRecord

# A record that says less of what was asked, by weight, has only a commonplace of it: no result by words.
LEAST_COVERAGE = 0.2
# Where a thing is named counts: the title says what a record is, its text what it touches. Names of owners as titles.
_IN_TITLE, _IN_TEXT = 1.0, 0.6
# Another word for the thing is nearly as good as the typed one; a part of a longer word half.
_OTHER_WORD, _PART = 0.9, 0.5
# What was typed in one go and stands so in the title, and a title that is exactly what was typed.
_CHUNK, _WHOLE_TITLE = 0.5, 2.0
# The rankings' own score beside the coverage: with words equally covered, frequency and meaning decide.
_RANKED = 0.6
# One character alone is a weak word (水, 机).
_ONE_CHARACTER = 0.4


@dataclass(frozen=True)
class Judged:
    """A hit with how much of the question its record answers in words: 0 nothing, 1 all, above that in the title too."""

    hit: Hit
    covered: float
    order: float


@dataclass(frozen=True)
class _Text:
    """A text as it is looked through: folded with its blanks, and without any sign."""

    plain: str
    bare: str

    @classmethod
    def of(cls, text: str) -> "_Text":
        plain = folded(text)
        return cls(plain, squeezed(plain))


def judged(
    question: Question, hits: Sequence[Hit], records: Mapping[str, SearchedRecord], rarity: Mapping[str, float]
) -> list[Judged]:
    """The hits whose records exist, best first: ties in the order they came."""
    weights = {concept.typed: _weight(concept, rarity) for concept in question.concepts}
    total = sum(weights.values()) or 1.0
    found = []
    for hit in hits:
        if (record := records.get(hit.id)) is None:
            continue
        title, names = _Text.of(record.title), _Text.of(names_text(record))
        text = _Text.of(" ".join(field_text(record, name) for name in text_fields(record) if name != "title"))
        covered = sum(weights[one.typed] * _answered(one, title, names, text) for one in question.concepts) / total
        bonus = _CHUNK * _chunks(question.chunks, title.bare, names.bare)
        if title.bare and title.bare == squeezed(folded(question.text)):
            bonus += _WHOLE_TITLE
        if question.numbers and set(question.numbers) & _numbers(names.plain):
            bonus, covered = bonus + _WHOLE_TITLE, 1.0
        found.append(Judged(hit, covered, _RANKED * min(hit.score, 1.2) + covered + bonus))
    return sorted(found, key=lambda one: -one.order)


def _answered(concept: Concept, title: _Text, names: _Text, text: _Text) -> float:
    best = _named(concept, title)
    if best < 1.0:
        best = max(best, _named(concept, names))
    return best if best >= _IN_TEXT else max(best, _IN_TEXT * _named(concept, text))


def _weight(concept: Concept, rarity: Mapping[str, float]) -> float:
    weight = max((rarity.get(form, 0.0) for form in (concept.typed, *concept.forms)), default=0.0) or 1.0
    return weight * (_ONE_CHARACTER if len(concept.typed) == 1 else 1.0)


def _named(concept: Concept, text: _Text) -> float:
    """How well the text names the concept: 1 as typed, a little less in other words, half where only a part is said."""
    if not text.bare:
        return 0.0
    if stands_in(concept.typed, text.plain, text.bare):
        return 1.0
    if any(stands_in(form, text.plain, text.bare) for form in concept.forms):
        return _OTHER_WORD
    return _PART * max((_share(form, text.bare) for form in (concept.typed, *concept.forms)), default=0.0)


def stands_in(name: str, plain: str, bare: str) -> bool:
    """Does the folded name stand in the text? Letters and digits only as a word of their own (or its plural)."""
    if not _is_latin(name):
        return squeezed(name) in bare
    start = plain.find(name)
    while start >= 0:
        end = start + len(name)
        if _is_border(plain[start - 1 : start], name[0]) and (
            _is_border(plain[end : end + 1], name[-1])
            or (plain[end : end + 1] == "s" and _is_border(plain[end + 1 : end + 2], "s"))
            or (name[-1].isalpha() and plain[end : end + 1].isdigit())
        ):
            return True
        start = plain.find(name, start + 1)
    # Signs may be set otherwise: PD-L1, pdl1. So much is no accident any more.
    name = squeezed(name)
    return len(name) > 3 and any(map(str.isdigit, name)) and name in bare and not name[0].isdigit()


def _is_latin(name: str) -> bool:
    return all(character < "\u3000" for character in name)


def _is_border(beside: str, edge: str) -> bool:
    return (
        not beside
        or not (beside.isascii() and beside.isalnum() and edge.isalnum())
        or (beside.isdigit() != edge.isdigit() and not beside.isdigit())
    )


def _share(form: str, bare: str) -> float:
    """The share of a Chinese word's pairs of characters that the text has, if that is most of them."""
    form = squeezed(form)
    if len(form) < 3 or form.isascii():
        return 0.0
    pairs = [form[place : place + 2] for place in range(len(form) - 1)]
    share = sum(pair in bare for pair in pairs) / len(pairs)
    return share if share > 0.5 else 0.0


def _chunks(chunks: Sequence[str], title: str, names: str) -> float:
    long = [chunk for chunk in chunks if len(chunk) > 1]
    return sum(chunk in title or chunk in names for chunk in long) / len(long) if long else 0.0


def _numbers(names: str) -> set[str]:
    return {form for word in names.split() for form in number_forms(word)}


def spans_of(forms: Iterable[str], text: str) -> list[tuple[int, int]]:
    """Where the forms stand in the original text: for marking them."""
    whole, origin = fold(text)
    spans = []
    for form in forms:
        start = whole.find(form)
        while form and start >= 0:
            end = start + len(form)
            if not _is_latin(form) or (
                _is_border(whole[start - 1 : start], form[0]) and _is_border(whole[end : end + 1], form[-1])
            ):
                spans.append((origin[start], origin[end - 1] + 1))
            start = whole.find(form, end)
    return spans
