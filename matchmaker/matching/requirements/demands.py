"""What a requirement of words demands: its parts, what each names, which properties it wants, whether it bans."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from matchmaker.matching.requirements.characters import plain
from matchmaker.matching.requirements.clause_reading import LEVEL, NAME, ClauseReading, level_number, normal_name
from matchmaker.matching.requirements.lexicon import WordList, plain_words, same_words
from matchmaker.matching.requirements.names import share_of_characters
from matchmaker.matching.requirements.quantities import Quantity, quantities_of
from matchmaker.matching.requirements.units import NO_UNIT

# A demand that names less than this (a word and a half) names nothing that could be looked for.
LEAST_WEIGHT = 1.5
# A helping word may be missing in the answer; a name in letters may not.
_HELPING_WEIGHT, _NAME_WEIGHT = 0.4, 4.0
# Endings and beginnings of a word that change nothing (防爆型, 本品).
_ENDINGS, _BEGINNINGS = "型性式类化中上下内时后前的", "本该全用做时后"
_SPLIT = re.compile(
    r"[，；。,;]|并且|而且|并(?=已|能|可|有|具|支|提|通|应|须|不)|且(?=已|能|可|有|具|支|提|不|无)|同时(?=可|能|具|支|提|满)"
)
_EITHER = re.compile(r"或者?(?!更|以上|以下|有)")
_TOTAL = re.compile(
    r"全部|完全|所有|均(?!匀|衡|质)|100%|百分之百|^全(?!自动|程|封闭|流程|过程|天候|球|国|新|面|密闭|向|套|方位|站|景)"
)
_PURPOSE = re.compile(r"便于|以便|方便|利于|有利于|从而|以(?:降低|提高|减少|保证|满足|适应)")
_MUST = re.compile(r"必须|须|应当?|都要|要")
_BRACKETS = re.compile(r"\(([^()]{1,40})\)")
# What is there once it has been done: certificates, permits, pilots, production, cases, patents.
_EVENTS = re.compile(
    r"认证|证书|证$|注册|许可|检测|检验|测评|鉴定|备案|量产|批量生产|产业化|中试|小试|案例|应用业绩|工程应用|业绩|专利|软件著作权|软著|资质|验收|试验$|测试$|已投产|标准|黄卡|煤安|矿安|等保|等级保护|能效|认可|合格证|报告|标志|体系|示范|推广|投产|投运|建成|上线|ISO|IATF|CE|FDA|UL|GMP|RoHS|REACH|CCC|3C|CCS|CNAS|CMA|HACCP"
)
_MODALS = "须|必须|应|应当|能|能够|可|可以|要|要求|需|需要|支持|具有|具备|实现|采用|使用|产品|设备|的|对|和|与|及"


@dataclass(frozen=True)
class Token:
    """Something a demand names: a group of same words (`meaning`), a name in letters, or other words (`text`)."""

    text: str
    weight: float
    meaning: str = ""
    is_name: bool = False

    def share_in(self, reading: ClauseReading) -> float:
        """How much of it the clause names, 0..1."""
        if self.meaning:
            return float(self.meaning in reading.meanings or self.text in reading.text)
        if self.is_name:
            longer = len(self.text) >= 5 and any(name.startswith(self.text) for name in reading.names)
            return float(self.text in reading.names or longer)
        share = share_of_characters(self.text, reading.text)
        return share if share >= 0.5 else 0.0

    def place_in(self, reading: ClauseReading) -> tuple[int, int] | None:
        """Where the clause names it."""
        wholes = same_words().wholes
        for hit in reading.things:
            if self.meaning and (hit.meaning == self.meaning or self.meaning in wholes.get(hit.meaning, frozenset())):
                return hit.start, hit.end
        for size in (len(self.text), 2):
            for begin in range(len(self.text) - size + 1):
                place = reading.text.find(self.text[begin : begin + size])
                if place >= 0:
                    return place, place + size
        return None


@dataclass(frozen=True)
class Demand:
    """One part of a requirement.

    `properties`: (pair of opposites, wanted side); `levels`: (级 or 类, number); `is_event`: it is there once something
    has been done; `other_name`: the same in other words (what stands in brackets); `conditions`: numbers it holds under.
    """

    text: str
    tokens: tuple[Token, ...]
    properties: tuple[tuple[str, str], ...] = ()
    levels: tuple[tuple[str, int], ...] = ()
    actions: frozenset[str] = frozenset()
    conditions: tuple[Quantity, ...] = ()
    other_name: tuple[Token, ...] = ()
    is_ban: bool = False
    is_event: bool = False
    is_total: bool = False

    @property
    def weight(self) -> float:
        return sum(token.weight for token in self.tokens)

    def names_main_thing(self, reading: ClauseReading) -> bool:
        """Does the clause name the weightiest thing of the demand?"""
        return bool(self.tokens) and max(self.tokens, key=lambda token: token.weight).share_in(reading) >= 0.5

    def place_in(self, reading: ClauseReading) -> tuple[int, int]:
        """Where the clause names the weightiest thing it names of the demand; the whole clause where none."""
        for token in sorted((*self.tokens, *self.other_name), key=lambda token: -token.weight):
            place = token.place_in(reading)
            if place is not None:
                return place
        return 0, len(reading.text)


def coverage(tokens: tuple[Token, ...], reading: ClauseReading) -> float:
    """The share, by weight, of what is demanded that a clause names."""
    total = sum(token.weight for token in tokens)
    return sum(token.weight * token.share_in(reading) for token in tokens) / total if total else 0.0


@lru_cache(maxsize=5_000)
def demands_of(text: str) -> tuple[tuple[Demand, ...], ...]:
    """The demands a requirement of words consists of, each with its alternatives (或); its purpose (便于运输) is none."""
    written = plain(text)
    aside = " ".join(_BRACKETS.findall(written))
    pieces = [piece.strip() for piece in _SPLIT.split(_BRACKETS.sub("", written)) if piece.strip()]
    pieces = [piece for piece in pieces if not _PURPOSE.match(piece)] or pieces
    aside = aside if len(pieces) == 1 else ""
    demands = [
        tuple(demand for either in _EITHER.split(piece) if (demand := _demand(either.strip(), aside)) is not None)
        for piece in pieces
    ]
    return tuple(alternatives for alternatives in demands if alternatives)


def _demand(text: str, aside: str) -> Demand | None:
    reading = ClauseReading(text)
    properties: list[tuple[str, str]] = []
    taken = _Taken(text)
    for hit in reading.properties:
        side = hit.meaning[-1]
        if reading.is_denied_at(hit.start, hit.end):
            side = "-" if side == "+" else "+"
        properties.append((hit.meaning[:-1], side))
        taken.take(hit.start, hit.end)
    conditions = tuple(quantity for quantity in quantities_of(text) if quantity.unit is not NO_UNIT)
    for quantity in conditions:
        taken.take(quantity.start, quantity.end)
    outside = [span for span in reading.negations if taken.is_free(*span)]
    is_ban = not properties and len(outside) % 2 == 1
    if is_ban and len(text) - outside[0][1] >= 2:
        # What is banned stands after the negation; where and by whom (种植全程) stands before it.
        taken.take(0, outside[0][0])
    levels = []
    for match in LEVEL.finditer(text):
        levels.append((match["kind"], level_number(match["number"])))
        taken.take(match.start(), match.end())
    tokens = _tokens(reading, taken, plain_words())
    if not properties and sum(token.weight for token in tokens) < LEAST_WEIGHT:
        # Nothing but helping words (不影响正常生产): then they are what is asked for.
        tokens = _tokens(reading, taken, _modals())
    if not tokens and not properties:
        return None
    beside = ClauseReading(aside)
    return Demand(
        text,
        tokens,
        tuple(properties),
        tuple(levels),
        reading.actions,
        conditions,
        _tokens(beside, _Taken(aside), plain_words()) if aside else (),
        is_ban,
        bool(_EVENTS.search(text)),
        bool(_TOTAL.search(text)),
    )


class _Taken:
    """Which characters of a text have been read already."""

    def __init__(self, text: str, places: Iterable[bool] = ()) -> None:
        self._places = list(places) or [False] * len(text)

    def take(self, start: int, end: int) -> None:
        self._places[start:end] = [True] * (end - start)

    def is_free(self, start: int, end: int) -> bool:
        return not any(self._places[start:end])

    def copy(self) -> "_Taken":
        return _Taken("", self._places)


@cache
def _modals() -> WordList:
    return WordList(dict.fromkeys(_MODALS.split("|"), ""))


def _tokens(reading: ClauseReading, taken: _Taken, helping: WordList) -> tuple[Token, ...]:
    """What is named: same words, names in letters, and the words left when helping words are taken out."""
    text, taken = reading.text, taken.copy()
    tokens: list[Token] = []
    for first, last in reading.negations:
        if not any(hit.start <= first and last <= hit.end for hit in reading.things):
            taken.take(first, last)
    for hit in reading.things:
        if taken.is_free(hit.start, hit.end):
            word = text[hit.start : hit.end]
            is_helping = helping.meaning_of(word) is not None
            tokens.append(Token(word, _HELPING_WEIGHT if is_helping else float(min(len(word), 4)), hit.meaning))
            taken.take(hit.start, hit.end)
    for match in NAME.finditer(text):
        if taken.is_free(*match.span()):
            tokens.append(Token(normal_name(match[0]), _NAME_WEIGHT, is_name=True))
            taken.take(*match.span())
    for hit in helping.hits(text):
        if taken.is_free(hit.start, hit.end):
            taken.take(hit.start, hit.end)
    tokens.extend(Token(run, float(min(len(run), 5))) for run in _runs(text, taken))
    return _with_subject(text, tokens)


def _with_subject(text: str, tokens: list[Token]) -> tuple[Token, ...]:
    """What must be so (before 须) counts half as much as what it must be, where both are named."""
    modal = _MUST.search(text)
    if modal is None:
        return tuple(tokens)
    before = {token for token in tokens if not token.is_name and 0 <= text.find(token.text) < modal.start()}
    if sum(token.weight for token in tokens if token not in before) < LEAST_WEIGHT:
        return tuple(tokens)
    return tuple(replace(token, weight=token.weight / 2) if token in before else token for token in tokens)


def _runs(text: str, taken: _Taken) -> Iterable[str]:
    """The stretches of Chinese that nothing has read, two characters or longer, without idle endings."""
    run = ""
    for place, char in enumerate(f"{text} "):
        if "\u4e00" <= char <= "\u9fff" and taken.is_free(place, place + 1):
            run += char
            continue
        if len(run) > 2:
            run = run.rstrip(_ENDINGS).lstrip(_BEGINNINGS)
        if len(run) > 1:
            yield run
        run = ""
