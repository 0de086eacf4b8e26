"""Records side by side: facts, the five elements, indicators of similar name, and whether they say the same."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from matchmaker.models.achievement import AchievementPublic
from matchmaker.models.need import NeedPublic
from matchmaker.models.parts import ELEMENT_LABELS, AchievedIndicator, Indicator
from matchmaker.web.pages.sections import text_fields
from matchmaker.web.pages.view import facts, owner

# 抗拉强度 and 拉伸强度 meet (75), 脱盐率 and 回用率 do not (33): tried on the indicators of the demo city.
SIMILAR_NAME = 70

# Stands where the poster does not show the field to this reader: an empty place would say that there is nothing.
HIDDEN = "未公开"

Shown = NeedPublic | AchievementPublic


@dataclass(frozen=True)
class Line:
    """One line of the comparison: a value for each record, empty where it is not stated or not shown."""

    label: str
    values: list[str]

    @property
    def verdict(self) -> str:
        """In words, because a colour alone tells nothing."""
        stated = [value for value in self.values if value and value != HIDDEN]
        if len(stated) < len(self.values):
            return "资料不全"
        return "相同" if len(set(stated)) == 1 else "不同"


@dataclass(frozen=True)
class Part:
    """Lines that belong together, under a heading."""

    heading: str
    lines: list[Line]


def compared(records: Sequence[Shown]) -> list[Part]:
    """The parts of the comparison; lines in which no record says anything are left out."""
    parts = [
        Part("对接条件", _facts(records)),
        Part("技术指标", _indicators(records)),
        Part("技术要素", _elements(records)),
        Part("内容", _texts(records)),
    ]
    shown = [Part(part.heading, [line for line in part.lines if set(line.values) - {"", HIDDEN}]) for part in parts]
    return [part for part in shown if part.lines]


def _facts(records: Sequence[Shown]) -> list[Line]:
    stated = [{fact.label: fact.value for fact in facts(record)} for record in records]
    labels = dict.fromkeys(label for one in stated for label in one)
    owners = Line("单位", [owner(record) for record in records])
    return [owners, *(Line(label, [one.get(label, "") for one in stated]) for label in labels)]


def _elements(records: Sequence[Shown]) -> list[Line]:
    return [Line(label, [_element(record, name) for record in records]) for name, label in ELEMENT_LABELS.items()]


def _element(record: Shown, name: str) -> str:
    if "elements" in record.hidden_fields:
        return HIDDEN
    return str(getattr(record.elements, name)) if record.elements else ""


def _indicators(records: Sequence[Shown]) -> list[Line]:
    """One line an indicator; indicators of different records whose names are nearly the same share it."""
    lines: list[Line] = []
    for position, record in enumerate(records):
        listed = record.key_indicators if isinstance(record, NeedPublic) else record.indicators
        for one in listed:
            free = [line for line in lines if not line.values[position]]
            nearest = max(free, key=_nearness(one.name), default=None)
            if nearest is None or _nearness(one.name)(nearest) < SIMILAR_NAME:
                nearest = Line(one.name, [""] * len(records))
                lines.append(nearest)
            nearest.values[position] = _said(one, nearest.label)
    for position, record in enumerate(records):
        if not {"key_indicators", "indicators"}.isdisjoint(record.hidden_fields):
            for line in lines:
                line.values[position] = HIDDEN
    return lines


def _nearness(name: str) -> Callable[[Line], float]:
    return lambda line: float(fuzz.ratio(name, line.label))


def _said(indicator: Indicator | AchievedIndicator, label: str) -> str:
    sentence = indicator.sentence()
    # The name is in front of the line already, unless this record calls it otherwise.
    return sentence.removeprefix(indicator.name).strip() if indicator.name == label else sentence


def _texts(records: Sequence[Shown]) -> list[Line]:
    """The running texts of the field list that every kind of record has; lists are joined."""
    apart = {"title", "elements", "key_indicators", "indicators"}
    return [
        Line(label, [_text(record, name) for record in records])
        for name, label in text_fields(records[0]).items()
        if name not in apart
    ]


def _text(record: Shown, name: str) -> str:
    if name in record.hidden_fields:
        return HIDDEN
    value: str | list[str] = getattr(record, name)
    return value if isinstance(value, str) else "；".join(value)
