"""What a need requires, one by one: must-haves, wishes, indicators, budget, deadline and maturity.

Form fields are read first; what running text asks for beyond them (`要求`, `不得`, `≤`) follows, marked as such.
"""

import math
import re
from dataclasses import dataclass, replace
from enum import StrEnum

from matchmaker.matching.requirements.characters import plain
from matchmaker.matching.requirements.lexicon import modifiers
from matchmaker.matching.requirements.names import QuantityName, quantity_name
from matchmaker.matching.requirements.quantities import Quantity, quantities_of, quantity_in
from matchmaker.matching.requirements.statements import clauses_of
from matchmaker.matching.requirements.units import NO_UNIT
from matchmaker.models.labels import MATURITY_LABELS, Operator
from matchmaker.models.match import Span
from matchmaker.models.need import NeedFields
from matchmaker.models.parts import Indicator
from matchmaker.money import in_wan


class RequirementKind(StrEnum):
    """What sort of requirement it is; a must-have that is broken rules a pair out."""

    MUST_HAVE = "must_have"
    NICE_TO_HAVE = "nice_to_have"
    INDICATOR = "indicator"
    BUDGET = "budget"
    DEADLINE = "deadline"
    MATURITY = "maturity"


@dataclass(frozen=True)
class Requirement:
    """One thing a need asks for.

    `text` is it as the need words it; `field` and `span` where it stands (`span` only where it was read out of running
    text). With a `quantity` it is judged by number (`name` says which), else by words. `is_on_form` is False for what
    was read out of running text.
    """

    kind: RequirementKind
    text: str
    field: str
    span: Span | None = None
    name: QuantityName | None = None
    quantity: Quantity | None = None
    is_on_form: bool = True
    limit: int | None = None

    @property
    def is_hard(self) -> bool:
        """Does breaking it rule the pair out? Wishes and what was only read out of running text do not."""
        return self.is_on_form and self.kind is not RequirementKind.NICE_TO_HAVE


_OPERATORS = {Operator.AT_LEAST: ">=", Operator.AT_MOST: "<=", Operator.MORE_THAN: ">", Operator.LESS_THAN: "<"}
# Words of a requirement that can hold a demand in running text.
# So far behind a number its name may follow.
_AFTER_NUMBER = 16
_DEMAND = re.compile(
    r"要求|须|必须|不得|不能|需要?(?:满足|达到|符合|通过|具备|支持)|希望|应(?:能|当|该|具备|满足|符合)?|确保|保证|需求指标|目标"
)
_HARD_DEMAND = re.compile(r"必须|不得|严禁|禁止|务必|须")
_TEXTS = ("goal", "problem", "key_technology", "description", "constraints")
# More than this is no list of requirements but a story; the first ones say what matters.
_MOST_FROM_TEXT = 24


def requirements_of(need: NeedFields) -> tuple[Requirement, ...]:
    """Everything the need requires, form fields first. Pass it reduced to what may be shown."""
    found: list[Requirement] = []
    for line in need.must_have:
        found.append(line_requirement(line, RequirementKind.MUST_HAVE, "must_have"))
    for indicator in need.key_indicators:
        found.append(indicator_requirement(indicator))
    for line in need.nice_to_have:
        found.append(line_requirement(line, RequirementKind.NICE_TO_HAVE, "nice_to_have"))
    limit = need.budget_max_fen if need.budget_max_fen is not None else need.budget_min_fen
    if limit is not None:
        found.append(Requirement(RequirementKind.BUDGET, f"预算不超过{in_wan(limit)}", "budget_max_fen", limit=limit))
    if need.deadline is not None:
        found.append(
            Requirement(
                RequirementKind.DEADLINE,
                f"{need.deadline:%Y-%m-%d} 前完成",
                "deadline",
                limit=need.deadline.toordinal(),
            )
        )
    if need.maturity_min is not None:
        text = f"成熟度不低于 {need.maturity_min} 级（{MATURITY_LABELS[need.maturity_min]}）"
        found.append(Requirement(RequirementKind.MATURITY, text, "maturity_min", limit=need.maturity_min))
    found.extend(_of_running_text(need, found))
    return tuple(found)


def indicator_requirement(indicator: Indicator, wording: str = "") -> Requirement:
    """The requirement of one row of the form; `wording`, where given, is how the need says it in words."""
    text = wording or indicator.sentence()
    sign = _OPERATORS.get(indicator.operator, "")
    target = plain(indicator.target)
    quantity = quantity_in(target, indicator.unit, sign)
    name = quantity_name(indicator.name)
    if (
        quantity is not None
        and quantity.is_spread is False
        and "±" not in target
        and quantity.is_exact
        and indicator.operator is Operator.TEXT
    ):
        quantity = _directed(quantity, name)
    if wording and quantity is not None:
        name = _with_wording(name, wording, quantity)
    return Requirement(RequirementKind.INDICATOR, text, "key_indicators", name=name, quantity=quantity)


def _with_wording(name: QuantityName, wording: str, quantity: Quantity) -> QuantityName:
    """The object or condition that only the wording names (空载, 指室内机) belongs to the quantity, too."""
    written = plain(wording)
    aside = " ".join(_BRACKETS.findall(written))
    said = quantity_name(_BRACKETS.sub("", _FROM_OPERATOR.sub("", written)) or written)
    beside = quantity_name(aside) if aside else None
    alternatives = {**(beside.alternatives if beside else {}), **said.alternatives, **name.alternatives}
    conditions = (*name.conditions, *(beside.conditions if beside else ()))
    if not name.conditions:
        conditions = (*said.conditions, *conditions)
    # The target itself is no condition, nor is where it starts from (由92%提高到98%).
    conditions = tuple(condition for condition in conditions if not condition.unit.comparable(quantity.unit))
    if any(condition.unit.offset for condition in conditions):
        # -20℃ says more than 低温.
        alternatives = {group: words for group, words in alternatives.items() if group != modifiers().temperature}
    if (
        (name.is_general or not name.head)
        and said.head
        and not said.is_general
        and (not said.change or not quantity.unit.dimensions)
        and name.text not in written
    ):
        name = replace(said, change=name.change or said.change)
    return replace(name, alternatives=alternatives, conditions=conditions)


_BRACKETS = re.compile(r"\(([^()]{1,40})\)")
_FROM_OPERATOR = re.compile(
    r"(?:[≤≥<>=±]|不低于|不少于|不小于|不高于|不超过|不大于|不多于|大于|小于|高于|低于|超过|达到|优于|控制在|至少|至多|以内|翻|压缩(?=一半|至|到|[0-9])|一半|降至|降到|降低|下降|减少|缩短|提高|提升|增加).{0,200}$"
)


def line_requirement(
    text: str, kind: RequirementKind, field: str, span: Span | None = None, is_on_form: bool = True
) -> Requirement:
    """A requirement in words; with a number in it that can be compared (90天内交付, VOC≤30g/L) it is judged by that."""
    written = plain(text)
    name, quantity = _quantity_of_line(written)
    if name is not None and not name.head and quantity is not None and _is_count_or_time(quantity):
        # 已有3个以上应用案例, 已运行一年以上: the words say what, the number how much of it.
        name = quantity = None
    return Requirement(kind, text, field, span, name, quantity, is_on_form)


def _is_count_or_time(quantity: Quantity) -> bool:
    return quantity.unit.is_counter or quantity.unit.dimensions == (("s", 1),)


def _quantity_of_line(text: str) -> tuple[QuantityName | None, Quantity | None]:
    """The number a line is judged by, and its name: the first with an operator, before one with a name only."""
    best: tuple[QuantityName, Quantity] | None = None
    for quantity in quantities_of(text):
        name = _name_in_line(text, quantity)
        target = _target(quantity, name)
        if target is None:
            continue
        if best is None or (target.has_operator and not best[1].has_operator) or (name.head and not best[0].head):
            best = (name, target)
    return best or (None, None)


def _name_in_line(text: str, quantity: Quantity) -> QuantityName:
    """The name before the number, or after it where none stands before (90天内交付)."""
    name = quantity_name(text[quantity.name_start : quantity.start])
    if not name.head:
        after = quantity_name(text[quantity.end : quantity.end + _AFTER_NUMBER])
        if after.head:
            name = replace(after, alternatives={**name.alternatives, **after.alternatives})
    return replace(name, change=quantity.change) if quantity.change and not name.change else name


def _target(quantity: Quantity, name: QuantityName) -> Quantity | None:
    """The number as a target; None where it is a condition (-20℃), a grade of a certificate, or only counts something."""
    if quantity.has_operator or quantity.is_range:
        return quantity
    if not name.head or quantity.unit is NO_UNIT or not quantity.is_exact:
        return quantity if quantity.is_spread or quantity.change else None
    if quantity.unit.text == "级" or quantity.unit.dimensions == (("K", 1),):
        return None
    return _directed(quantity, name) if name.better or quantity.unit.text in {"IP", ":"} else None


def _directed(quantity: Quantity, name: QuantityName) -> Quantity:
    """A bare target reads as “at least” where more is better and “at most” where less is."""
    better = name.change * 1 if name.change else name.better
    if name.change or better > 0:
        return replace(quantity, high=math.inf)
    return replace(quantity, low=-math.inf) if better < 0 else quantity


def _of_running_text(need: NeedFields, known: list[Requirement]) -> list[Requirement]:
    found: list[Requirement] = []
    said = {_key(requirement) for requirement in known if requirement.quantity}
    for field in _TEXTS:
        text = str(getattr(need, field) or "")
        for clause in clauses_of(plain(text)):
            if len(found) >= _MOST_FROM_TEXT:
                return found
            piece = text[clause.start : clause.end].strip()
            name, quantity = _quantity_of_line(plain(piece))
            span = Span(field=field, start=clause.start, end=clause.end)
            if (
                quantity is not None
                and name is not None
                and name.head
                and (quantity.has_operator or quantity.is_range or quantity.origin is not None)
            ):
                requirement = Requirement(
                    RequirementKind.INDICATOR, piece, field, span, name, _directed_target(quantity, name), False
                )
                if _key(requirement) not in said:
                    said.add(_key(requirement))
                    found.append(requirement)
            elif _HARD_DEMAND.search(piece) and 4 <= len(piece) <= 60:
                found.append(line_requirement(piece, RequirementKind.MUST_HAVE, field, span, is_on_form=False))
            elif _DEMAND.search(piece) and 4 <= len(piece) <= 40:
                found.append(line_requirement(piece, RequirementKind.NICE_TO_HAVE, field, span, is_on_form=False))
    return found


def _directed_target(quantity: Quantity, name: QuantityName) -> Quantity:
    if quantity.is_exact and quantity.origin is not None:
        return replace(quantity, high=math.inf) if quantity.low > quantity.origin else replace(quantity, low=-math.inf)
    return _directed(quantity, name) if quantity.is_exact else quantity


def _key(requirement: Requirement) -> str:
    name = requirement.name
    return f"{name.head or name.text}{name.change}" if name else requirement.text
