"""What somebody typed, understood: concepts with the other ways to say them, slips of the pen, pinyin, numbers."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz, process

from indexing import Index
from indexing.segmentation import fold
from indexing.thesaurus import Thesaurus
from matchmaker.search.names import asked_numbers, asked_record, quantities, variants
from matchmaker.search.spelling import Sounds
from matchmaker.search.vocabulary import Vocabulary, squeezed

# More words than this are a text, not a list of conditions: it is searched for as it is.
MOST_CONCEPTS = 12
# Longer texts are not even looked through for what is meant: somebody pasted a page.
_LONGEST_QUESTION = 120
# How many other ways to say one thing are looked up.
_MOST_FORMS = 14
# Where letters may be the pinyin of several phrases.
_MOST_SPELLED = 3
# Fewer letters are initials of half the city; more are no pinyin of anything one types.
_PINYIN_LETTERS = range(3, 61)
# A misspelt English word this like one of the dictionary (rapidfuzz, of 100): batery/battery 92, laser/lazer 80.
_LIKE_WORDS = 85.0
_SPELT_LETTERS = 5
# A slip in a phrase of known words (燃料电磁) is taken for one only where the whole phrase is so long; in a shorter one
# two characters must stand side by side that no title knows.
_LONG_PHRASE = 4
_LONGEST_SLIP = 8
_ORGANISATION = re.compile(
    r"(?<!\S)[\u3400-\u9fff（）()]{2,30}"
    r"(?:大学|学院|研究院|研究所|研究中心|实验室|有限公司|股份公司|集团|公司|医院|农科院|科学院)(?!\S)"
)


@dataclass(frozen=True)
class Concept:
    """One thing that was asked for: as typed, and the other ways to say it, the likeliest first; all folded."""

    typed: str
    forms: tuple[str, ...] = ()
    is_guess: bool = False


@dataclass(frozen=True)
class Question:
    """What is looked for. `takes` says what was taken for what (激光溶覆 → 激光熔覆), for the reader to see."""

    text: str
    concepts: tuple[Concept, ...] = ()
    takes: tuple[tuple[str, str], ...] = ()
    numbers: tuple[str, ...] = ()
    record_id: int | None = None
    words: tuple[str, ...] = ()
    meaning: str = ""

    @property
    def is_text(self) -> bool:
        """A text rather than a list of conditions?"""
        return not self.concepts

    @property
    def chunks(self) -> list[str]:
        """What was typed between blanks, signs left out: 沸石分子筛, c8芳香族."""
        return [chunk for part in fold(self.text)[0].split() if (chunk := squeezed(part))]

    def also(self) -> Mapping[str, float]:
        """The other words to look up, with their weights: of a guess as much as of a word itself."""
        weights: dict[str, float] = {}
        for concept in self.concepts:
            for form in concept.forms:
                weights[form] = max(weights.get(form, 0.0), 1.0 if concept.is_guess else 0.6)
        return weights


class _Span(NamedTuple):
    start: int
    end: int
    concept: Concept


@dataclass
class _Reading:
    index: Index
    thesaurus: Thesaurus
    vocabulary: Vocabulary
    folded: str
    takes: dict[str, str] = field(default_factory=dict)


def understood(text: str, index: Index, thesaurus: Thesaurus, vocabulary: Vocabulary, *, literally: bool) -> Question:
    """What is meant by the text. `literally` leaves slips of the pen as they are: the reader insists."""
    folded = " ".join(fold(text)[0].split())
    numbers, record_id = asked_numbers(text), asked_record(text)
    if len(folded) > _LONGEST_QUESTION:
        return Question(text, numbers=numbers, record_id=record_id, meaning=text)
    reading = _Reading(index, thesaurus, vocabulary, folded)
    spans = list(_spans(folded, reading))
    concepts = [span.concept for span in spans]
    if not literally:
        concepts = list(_corrected(_spelled(concepts, reading), reading))
    if len(concepts) > MOST_CONCEPTS:
        concepts = []
    return Question(
        text,
        tuple(concepts),
        tuple(reading.takes.items()),
        numbers,
        record_id,
        tuple(dict.fromkeys(concept.typed for concept in concepts)),
        _meaning(folded, spans, concepts),
    )


def _spans(folded: str, reading: _Reading) -> Iterator[_Span]:
    """The concepts from left to right: quantities, names of the dictionary, and the words between them."""
    mentions = reading.thesaurus.mentions(folded)
    taken = [
        _Span(start, end, Concept(ways[0], ways[1:]))
        for start, end, ways in quantities(folded)
        # 5G and 3D打印 are names, not five grams and three days.
        if not any(mention.start <= start and end <= mention.end for mention in mentions)
    ]
    # The name of an organisation is one thing: 江岳大学 is not asked for with every 大学.
    taken += [_Span(*match.span(), Concept(match.group())) for match in _ORGANISATION.finditer(folded)]
    pieces = list(_pieces(folded, reading.index.division(folded)))
    borders = {start for start, _, _ in pieces} | {end for _, end, _ in pieces}
    for mention in mentions:
        inside = any(span.start < mention.end and mention.start < span.end for span in taken)
        if not inside and {mention.start, mention.end} <= borders:
            taken.append(_Span(mention.start, mention.end, Concept(mention.name, mention.others[:_MOST_FORMS])))
    # A word of the language that holds a name of the dictionary (蓄电池 in 铅酸蓄电池组) stays one word.
    for start, end, word in pieces:
        is_free = not any(span.start < end and start < span.end for span in taken)
        if is_free and (concept := _word(word, reading)) is not None:
            taken.append(_Span(start, end, concept))
    return iter(sorted(taken))


def _pieces(folded: str, division: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    start = 0
    for piece in division:
        yield start, start + len(piece), piece
        start += len(piece)


def _word(word: str, reading: _Reading) -> Concept | None:
    if not any(character.isalnum() for character in word):
        return None
    if _is_name(word):
        forms = [*reading.vocabulary.names_like(word)[:6], *variants(word)]
        return Concept(word, tuple(dict.fromkeys(form for form in forms if form != word)))
    if not reading.index.tokens(word):
        # A word that says nothing: 的, 研究所需.
        return None
    return Concept(word, reading.thesaurus.others(word)[:_MOST_FORMS] if len(word) > 1 else ())


def _is_name(word: str) -> bool:
    return word[0].isascii() or "α" <= word[0] <= "ω"


def _spelled(concepts: Sequence[Concept], reading: _Reading) -> list[Concept]:
    """Letters that no record has and no dictionary knows are taken for pinyin, initials, or misspelt English."""
    letters = [one.typed for one in concepts if _is_letters(one.typed) and not reading.thesaurus.others(one.typed)]
    counts = reading.index.frequencies(letters) if letters else {}
    unknown = {word for word, count in counts.items() if not count and not reading.vocabulary.names_like(word)}
    # `wu fang bu`: single syllables, typed apart.
    joined = "".join(letters)
    is_apart = len(letters) > 1 and len(letters) == len(concepts) and len(unknown) > len(letters) // 2
    if is_apart and (phrases := _spelt(joined, reading)):
        reading.takes[" ".join(letters)] = phrases[0]
        return [Concept(joined, tuple(phrases), is_guess=True)]
    return [_guessed(concept, reading) if concept.typed in unknown else concept for concept in concepts]


def _guessed(concept: Concept, reading: _Reading) -> Concept:
    typed = concept.typed
    if len(typed) in _PINYIN_LETTERS:
        phrases = _spelt(typed, reading) or reading.vocabulary.syllable_words(typed)
        if phrases:
            reading.takes[typed] = phrases[0] if len(phrases) <= _MOST_SPELLED else "".join(phrases)
            return Concept(typed, tuple(phrases), is_guess=True)
    if len(typed) >= _SPELT_LETTERS:
        names = [name for name in reading.thesaurus.names if name.isascii()]
        like = process.extractOne(typed, names, scorer=fuzz.ratio, score_cutoff=_LIKE_WORDS)
        if like:
            reading.takes[typed] = like[0]
            return Concept(typed, (like[0], *reading.thesaurus.others(like[0])), is_guess=True)
    return concept


def _spelt(letters: str, reading: _Reading) -> list[str]:
    """The phrases whose pinyin or initials these letters are, of the titles and of the dictionary, the commonest first."""
    phrases = {*reading.vocabulary.spelled(letters), *_sounds(reading.thesaurus).spelled(letters)}
    if not phrases:
        return []
    counts = reading.index.frequencies(phrases)
    common = {phrase: max(counts[phrase], reading.vocabulary.count(phrase)) for phrase in phrases}
    return sorted(phrases, key=lambda phrase: (-common[phrase], phrase))[:_MOST_SPELLED]


def _is_letters(word: str) -> bool:
    return word.isascii() and word.isalpha()


def _corrected(concepts: Sequence[Concept], reading: _Reading) -> Iterator[Concept]:
    """Neighbouring words that no title has so, and that sound like a phrase which titles do have, are taken for it."""
    place = 0
    while place < len(concepts):
        length, phrase = _slip(concepts[place:], reading)
        if phrase:
            typed = "".join(concept.typed for concept in concepts[place : place + length])
            reading.takes[typed] = phrase
            yield Concept(typed, (phrase, *reading.thesaurus.others(phrase)), is_guess=True)
            place += length
        else:
            yield concepts[place]
            place += 1


def _slip(concepts: Sequence[Concept], reading: _Reading) -> tuple[int, str]:
    """How many of these concepts, from the first on, are one phrase written wrong, and the phrase; the longest."""
    typed = ""
    best = (0, "")
    for length, concept in enumerate(concepts[:_LONGEST_SLIP], start=1):
        if not all("\u3400" <= character <= "\u9fff" for character in concept.typed):
            break
        typed += concept.typed
        if len(typed) > _LONGEST_SLIP:
            break
        # Only what was typed without a blank in between is one phrase.
        if len(typed) < 2 or typed not in reading.folded or reading.vocabulary.count(typed):
            continue
        if length == 1 and reading.index.is_word(typed):
            # A word of the language is not written wrong because no title has it.
            continue
        known = all(reading.vocabulary.has_pair(typed[at : at + 2]) for at in range(len(typed) - 1))
        if known and len(typed) < _LONG_PHRASE:
            continue
        if phrases := reading.vocabulary.sounding_like(typed) or _sounds(reading.thesaurus).like(typed):
            best = (length, phrases[0])
    return best


@lru_cache(maxsize=4)
def _sounds(thesaurus: Thesaurus) -> Sounds:
    """How the Chinese names of the dictionary sound: known whether or not a title has them."""
    names = [name for name in thesaurus.names if all("\u3400" <= character <= "\u9fff" for character in name)]
    return Sounds((name, (name,)) for name in names)


def _meaning(folded: str, spans: Iterable[_Span], concepts: Sequence[Concept]) -> str:
    """The text whose meaning is searched: in Chinese where the dictionary knows how, slips mended."""
    guesses = {concept.typed: concept.forms[0] for concept in concepts if concept.is_guess}
    words = []
    for span in spans:
        typed = span.concept.typed
        chinese = next((form for form in span.concept.forms if not form.isascii()), typed)
        words.append(chinese if _is_letters(squeezed(typed)) else typed)
    text = " ".join(words) if any(map(_is_letters, folded.split())) else folded
    for typed, phrase in guesses.items():
        text = text.replace(typed, phrase)
    return text or folded
