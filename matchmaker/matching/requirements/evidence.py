"""What an achievement states: its numbers with their names, its clauses, its price and maturity. Read once per record."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from matchmaker.matching.requirements.characters import plain
from matchmaker.matching.requirements.clause_reading import ClauseReading
from matchmaker.matching.requirements.lexicon import head_words, heads, modifiers
from matchmaker.matching.requirements.names import Context, QuantityName, fits, quantity_name
from matchmaker.matching.requirements.quantities import Quantity, in_unit, quantities_in, quantities_of, quantity_in
from matchmaker.matching.requirements.statements import Clause, Standing, clauses_of, standing_of
from matchmaker.matching.requirements.units import NO_UNIT, Unit
from matchmaker.models.achievement import AchievementFields
from matchmaker.models.labels import PriceMode
from matchmaker.models.parts import AchievedIndicator

# Running text and lists of an achievement in which something may be stated, in the order a page shows them.
EVIDENCE_TEXTS = (
    "title",
    "summary",
    "problem_solved",
    "principle",
    "economic_comparison",
    "maturity_evidence",
    "applied_cases",
)
_SIGNS = ("≥", "≤", ">=", "<=", ">", "<", "≈", "=", "±", "约")
_RESPECTIVELY = re.compile(r"(?:分别|依次)")
_NAME_SPLIT = re.compile(r"、|和|与|及|以及|,|，")


@dataclass(frozen=True)
class Measurement:
    """A number the achievement states: which quantity, where it stands, and whether it is a fact."""

    quantity: Quantity
    name: QuantityName
    field: str
    start: int
    end: int
    context: Context
    standing: Standing = Standing.STATED
    around: tuple[Quantity, ...] = ()
    other_heads: frozenset[str] = frozenset()
    is_on_form: bool = False
    words: str = ""


@dataclass(frozen=True)
class Statement:
    """One clause of one field, and the sentence it belongs to."""

    clause: Clause
    field: str
    sentence: str
    sentence_start: int

    @cached_property
    def reading(self) -> ClauseReading:
        """The clause read for comparison by words; kept, so that many requirements may look at it."""
        return ClauseReading(self.clause.text)


@dataclass(frozen=True)
class Evidence:
    """All that one achievement states, ready to be compared with many requirements."""

    title: str
    texts: Mapping[str, str]
    measurements: tuple[Measurement, ...]
    statements: tuple[Statement, ...]
    price_fen: int | None = None
    price_mode: PriceMode | None = None
    maturity_level: int | None = None
    by_head: Mapping[str, tuple[Measurement, ...]] = field(default_factory=dict)

    @cached_property
    def _sentences(self) -> dict[tuple[str, int], ClauseReading]:
        return {}

    def sentence_reading(self, statement: Statement) -> ClauseReading:
        """The sentence a statement stands in, together with the title, read for comparison by words."""
        key = (statement.field, statement.sentence_start)
        if key not in self._sentences:
            # What the sentence only plans or says of something else is not said.
            stated = [
                other.clause.text
                for other in self.statements
                if (other.field, other.sentence_start) == key and other.clause.standing is Standing.STATED
            ]
            self._sentences[key] = ClauseReading("，".join([*stated, plain(self.title)]))
        return self._sentences[key]


def evidence_of(achievement: AchievementFields) -> Evidence:
    """What the achievement states. Pass it reduced to what may be shown; hidden fields are then simply empty."""
    title = achievement.title
    texts = {name: str(getattr(achievement, name) or "") for name in EVIDENCE_TEXTS}
    texts["elements"] = achievement.elements.sentence()
    texts["awards"] = "；".join(achievement.awards)
    texts["keywords"] = "；".join(achievement.keywords)
    texts["intellectual_property"] = "；".join(
        " ".join(part for part in (right.type.label, right.number, right.status.label if right.status else "") if part)
        for right in achievement.intellectual_property
    )
    texts = {name: text for name, text in texts.items() if text}
    measurements: list[Measurement] = []
    statements: list[Statement] = []
    plain_title = plain(title)
    for name, text in texts.items():
        if name == "keywords":
            continue
        written = plain(text)
        clauses = clauses_of(written)
        statements.extend(_statements(clauses, name, written))
        measurements.extend(_measurements(clauses, name, text, written, plain_title))
    indicators = list(_of_indicators(achievement.indicators, title))
    texts["indicators"] = "；".join(indicator.sentence() for indicator in achievement.indicators)
    # Rows with a number are judged as numbers; the others say something in words (认证：CE).
    for row, sentence, start in _rows(achievement.indicators):
        if not quantities_of(row.value):
            statements.extend(
                _statements(_moved(clauses_of(plain(sentence)), start), "indicators", plain(texts["indicators"]))
            )
    return Evidence(
        title=title,
        texts=texts,
        measurements=(*indicators, *measurements),
        statements=tuple(statements),
        price_fen=achievement.price_fen,
        price_mode=achievement.price_mode,
        maturity_level=achievement.maturity_level,
    )


def _statements(clauses: Iterable[Clause], field: str, written: str) -> Iterable[Statement]:
    listed = list(clauses)
    bounds: dict[int, tuple[int, int]] = {}
    for clause in listed:
        start, end = bounds.get(clause.sentence, (clause.start, clause.end))
        bounds[clause.sentence] = (min(start, clause.start), max(end, clause.end))
    sentences = {number: (written[start:end], start) for number, (start, end) in bounds.items()}
    for clause in listed:
        yield Statement(clause, field, *sentences[clause.sentence])


def _rows(indicators: Iterable[AchievedIndicator]) -> Iterable[tuple[AchievedIndicator, str, int]]:
    """The rows with their sentences and where these stand in the field's text (rows are joined by “；”)."""
    place = 0
    for row in indicators:
        sentence = row.sentence()
        yield row, sentence, place
        place += len(sentence) + 1


def _moved(clauses: Iterable[Clause], by: int) -> Iterable[Clause]:
    return [replace(clause, start=clause.start + by, end=clause.end + by) for clause in clauses]


def _of_indicators(indicators: Iterable[AchievedIndicator], title: str) -> Iterable[Measurement]:
    """The rows of the form. `comparison` may hold the operator sign (imports write it there)."""
    for indicator, sentence, start in _rows(indicators):
        end = start + len(sentence)
        sign = indicator.comparison.strip() if indicator.comparison.strip() in _SIGNS else ""
        value = indicator.value.strip()
        quantity = quantity_in(value, indicator.unit, plain(sign).replace("≥", ">=").replace("≤", "<="))
        if quantity is None:
            continue
        name = quantity_name(indicator.name)
        if quantity.change and not name.change:
            name = replace(name, change=quantity.change)
        context = Context(plain(indicator.name), plain(sentence), plain(title))
        words = f"{indicator.name}{sign or '='}{value}{indicator.unit}"
        standing = standing_of(plain(f"{indicator.name} {value} {indicator.comparison}"))
        yield Measurement(
            quantity, name, "indicators", start, end, context, standing, name.conditions, is_on_form=True, words=words
        )


def _measurements(
    clauses: tuple[Clause, ...], field: str, text: str, written: str, title: str
) -> Iterable[Measurement]:
    quantities = quantities_in(written)
    names, shared_units = _respective_names(written, quantities)
    quantities = tuple(
        in_unit(quantity, shared_units[index]) if index in shared_units else quantity
        for index, quantity in enumerate(quantities)
    )
    bounds: dict[int, tuple[int, int]] = {}
    for clause in clauses:
        start, end = bounds.get(clause.sentence, (clause.start, clause.end))
        bounds[clause.sentence] = (min(start, clause.start), max(end, clause.end))
    sentences = {number: written[start:end] for number, (start, end) in bounds.items()}
    position = 0
    previous: QuantityName | None = None
    previous_sentence = -1
    for index, quantity in enumerate(quantities):
        while position + 1 < len(clauses) and clauses[position].end <= quantity.start:
            position += 1
        clause = clauses[position]
        start, end = bounds[clause.sentence]
        if clause.sentence != previous_sentence:
            previous = None
        before = quantities[index - 1] if index else None
        name, others = _name_of(written, quantity, before, clause, previous)
        if index in names:
            name = quantity_name(names[index])
        if name.head in _OF_A_THING:
            name = _with_sentence(name, written[start : clause.start])
        if quantity.change and not name.change:
            name = replace(name, change=quantity.change)
        around = tuple(
            other
            for other in quantities[max(0, index - 3) : index + 3]
            if other is not quantity and clause.start <= other.start < clause.end
        )
        context = Context(
            names.get(index) or written[clause.start : quantity.start] + _tail(written, quantity),
            sentences[clause.sentence],
            title,
        )
        yield Measurement(
            quantity,
            name,
            field,
            clause.start,
            clause.end,
            context,
            clause.standing,
            around,
            others,
            words=text[clause.start : clause.end].strip(),
        )
        if name.head:
            previous, previous_sentence = name, clause.sentence


def _tail(text: str, quantity: Quantity) -> str:
    """The words right after a number up to the next stop or number: `90天内交付`, `0.5mm的精度`."""
    end = quantity.end
    while end < len(text) and end - quantity.end < 24 and text[end] not in "，。；！\n" and not text[end].isdigit():
        end += 1
    return text[quantity.end : end]


def _name_of(
    text: str, quantity: Quantity, before: Quantity | None, clause: Clause, previous: QuantityName | None
) -> tuple[QuantityName, frozenset[str]]:
    """The name of a number in running text: nearest words first, then the whole phrase, the words after it, the
    quantity the sentence has been speaking of."""
    start = quantity.name_start
    if before is not None and start < before.end <= quantity.start:
        near = quantity_name(text[before.end : quantity.start])
        if near.head and fits(near, quantity.unit):
            return near, frozenset()
    phrase = quantity_name(_of_phrase(text, quantity))
    if phrase.head and fits(phrase, quantity.unit):
        return phrase, frozenset()
    tail = _tail(text, quantity)
    heads = frozenset(hit.meaning for hit in head_words().hits(tail))
    if heads:
        named = quantity_name(tail)
        return replace(named, alternatives={**phrase.alternatives, **named.alternatives}), heads
    wider = quantity_name(text[clause.start : quantity.start]) if clause.start < quantity.name_start else phrase
    if wider.head and "、" not in text[clause.start : quantity.start]:
        return wider, frozenset()
    # 按基准含氧量折算后为8.7: no name of its own, the same unit as before.
    if (
        previous is not None
        and not _SO_FAR.search(phrase.text)
        and (not phrase.rest or _GOES_ON.search(phrase.text))
        and fits(previous, quantity.unit)
    ):
        return replace(
            previous, alternatives={**previous.alternatives, **phrase.alternatives}, conditions=phrase.conditions
        ), frozenset()
    return phrase, frozenset()


_SO_FAR = re.compile(r"已|目前|累计|至今")
_GOES_ON = re.compile(r"(?:折算|换算|处理|改造|优化|调整|稳定|运行)[^，。]{0,4}后|^按|^其中|^经")
_SHARE_OF = re.compile(r"(?:为|是|占|达|仅为|相当于)[^，。]{1,16}的?$")


def _of_phrase(text: str, quantity: Quantity) -> str:
    phrase = text[quantity.name_start : quantity.start].strip()
    # 水泥掺量为淤泥质量的15%: what is measured stands before, what it is a share of after.
    if not quantity.unit.dimensions and phrase.endswith("的") and (share := _SHARE_OF.search(phrase)):
        return phrase[: share.start()]
    return phrase


# Price, delivery and weight are of one thing, which is named before.
_OF_A_THING = frozenset({"售价", "交付周期", "质保期", "重量", "安装时间"})


# Which thing a sentence speaks of is said once, in front: 传感器为现货，三天可发货.
def _with_sentence(name: QuantityName, before: str) -> QuantityName:
    things = modifiers()
    inherited: dict[str, frozenset[str]] = {}
    for hit in things.words.hits(before):
        group = hit.meaning.partition("/")[0]
        if group in things.of_sentence:
            inherited[group] = frozenset({hit.meaning})
    return replace(name, alternatives={**inherited, **name.alternatives}) if inherited else name


def _respective_names(text: str, quantities: tuple[Quantity, ...]) -> tuple[dict[int, str], dict[int, Unit]]:
    """`抗拉、屈服强度分别为610、480MPa`: the number's place in the list → its name, and its unit where only the last has it."""
    names: dict[int, str] = {}
    shared_units: dict[int, Unit] = {}
    for match in _RESPECTIVELY.finditer(text):
        start = match.start()
        least = max(0, start - 60)
        while start > least and text[start - 1] not in "。；\n，":
            start -= 1
        listed = [name.strip() for name in _NAME_SPLIT.split(text[start : match.start()]) if name.strip()]
        if len(listed) < 2:
            continue
        following = [index for index, quantity in enumerate(quantities) if quantity.start >= match.start() - 1][
            : len(listed)
        ]
        units = [quantities[index].unit for index in following if quantities[index].unit is not NO_UNIT]
        for index in following:
            if units and quantities[index].unit is NO_UNIT:
                shared_units[index] = units[-1]
        last = listed[-1]
        hits = head_words().hits(last)
        shared = last[hits[-1].start :] if hits else ""
        for index, name in zip(following, listed, strict=False):
            # 总氮、总磷去除率: a substance is no name of its own where the last one says what is counted of it.
            own = quantity_name(name)
            is_complete = own.head and not (name != last and hits and heads()[hits[-1].meaning].is_general)
            complete = name if is_complete else f"{name}{shared}"
            names[index] = complete
    return names, shared_units
