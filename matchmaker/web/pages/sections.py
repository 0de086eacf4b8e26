"""The text of a record, field by field, with the words of a chosen match marked in it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from matchmaker.index_documents import ACHIEVEMENT_TEXT_FIELDS, NEED_TEXT_FIELDS, field_text
from matchmaker.matching.highlight import Piece, marked
from matchmaker.models.achievement import AchievementPublic
from matchmaker.models.match import Explanation, SharedWord, Span
from matchmaker.models.need import NeedPublic
from matchmaker.models.parts import ELEMENT_LABELS, AchievedIndicator, Elements, Indicator, IntellectualProperty

Record = NeedPublic | AchievementPublic

# Of an achievement, shown but not searched: after the searched fields, in this order.
UNSEARCHED_ACHIEVEMENT_FIELDS = {"maturity_evidence": "成熟度依据", "intellectual_property": "知识产权"}


@dataclass(frozen=True)
class Section:
    """One field as the page shows it: a text, a list (of words: set in one line), or a table with column headings."""

    label: str
    is_words: bool = False
    pieces: list[Piece] = field(default_factory=list)
    items: list[list[Piece]] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    rows: list[list[list[Piece]]] = field(default_factory=list)


@dataclass(frozen=True)
class Marks:
    """What to highlight: places in the text of a field, and the same words in the cells of a table."""

    spans: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    words: tuple[str, ...] = ()

    @classmethod
    def of_need(cls, explanation: Explanation) -> "Marks":
        return cls._of(explanation.words, (span for word in explanation.words for span in word.in_need))

    @classmethod
    def of_achievement(cls, explanation: Explanation) -> "Marks":
        shared = [span for word in explanation.words for span in word.in_achievement]
        deciding = [verdict.span for verdict in explanation.verdicts if verdict.span is not None]
        return cls._of(explanation.words, (*shared, *deciding))

    @classmethod
    def _of(cls, words: Sequence[SharedWord], spans: Iterable[Span]) -> "Marks":
        by_field: dict[str, tuple[Span, ...]] = {}
        for span in spans:
            by_field[span.field] = (*by_field.get(span.field, ()), span)
        return cls(by_field, tuple(word.word for word in words))

    def text(self, name: str, text: str) -> list[Piece]:
        """The text of the field `name` in pieces."""
        return marked(text, self.spans.get(name, ()))

    def cell(self, text: str) -> list[Piece]:
        """A table cell in pieces: it has no places of its own, so the words themselves are looked for."""
        if not self.words:
            return [Piece(text, False)]
        longest_first = sorted(self.words, key=len, reverse=True)
        parts = re.split(f"({'|'.join(map(re.escape, longest_first))})", text, flags=re.IGNORECASE)
        return [Piece(part, position % 2 == 1) for position, part in enumerate(parts) if part]


def text_fields(record: Record) -> dict[str, str]:
    """The searched text fields of this kind of record and their labels, in page order."""
    return NEED_TEXT_FIELDS if isinstance(record, NeedPublic) else ACHIEVEMENT_TEXT_FIELDS


def sections(record: Record, marks: Marks) -> list[Section]:
    """Every field of text that says something, except the title."""
    labels = text_fields(record)
    if isinstance(record, AchievementPublic):
        labels = labels | UNSEARCHED_ACHIEVEMENT_FIELDS
    found = (_section(record, name, label, marks) for name, label in labels.items() if name != "title")
    return [section for section in found if section is not None]


def original_texts(record: Record, marks: Marks) -> list[Section]:
    """The searched fields as plain text: what is laid side by side to compare."""
    texts = ((name, label, field_text(record, name)) for name, label in text_fields(record).items())
    return [Section(label, pieces=marks.text(name, text)) for name, label, text in texts if text]


def _section(record: Record, name: str, label: str, marks: Marks) -> Section | None:
    value = getattr(record, name)
    if isinstance(value, Elements):
        rows = [[ELEMENT_LABELS[key], text] for key, text in value.model_dump().items() if text]
        return _table(label, ("要素", "内容"), rows, marks) if rows else None
    if not value:
        return None
    if isinstance(value, str):
        return Section(label, pieces=marks.text(name, value))
    if isinstance(value[0], Indicator):
        rows = [[one.name, _target(one), one.current] for one in value]
        return _table(label, ("指标", "要求", "现状"), rows, marks)
    if isinstance(value[0], AchievedIndicator):
        rows = [[one.name, f"{one.value} {one.unit}".strip(), one.best_existing, one.comparison] for one in value]
        return _table(label, ("指标", "达到", "现有最好水平", "比较"), rows, marks)
    if isinstance(value[0], IntellectualProperty):
        rows = [[one.type.label, one.number, one.status.label if one.status else ""] for one in value]
        return _table(label, ("类型", "编号", "状态"), rows, marks)
    return Section(label, is_words=name == "keywords", items=[marks.cell(str(one)) for one in value])


def _target(indicator: Indicator) -> str:
    """The indicator's sentence without its name and present value, which have columns of their own."""
    return indicator.model_copy(update={"current": ""}).sentence().removeprefix(indicator.name).strip()


def _table(label: str, columns: tuple[str, ...], rows: list[list[str]], marks: Marks) -> Section:
    """A table without the columns nobody filled in."""
    used = [position for position in range(len(columns)) if any(row[position] for row in rows)]
    return Section(
        label,
        columns=tuple(columns[position] for position in used),
        rows=[[marks.cell(row[position]) for position in used] for row in rows],
    )
