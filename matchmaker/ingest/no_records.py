"""Lines of a table that are no records: sums, headings printed once more, units and numbers under the headings, notes
and signatures below.
"""

import re
from collections.abc import Sequence
from typing import Any

from matchmaker.ingest.columns import unit_below
from matchmaker.ingest.money import Unit
from matchmaker.ingest.values import folded, is_blank

_SUMS = ("合计", "总计", "小计", "共计", "累计", "本页小计", "本年累计", "总合计")
# What stands below a printed table: 说明：…, 填表人：…, 审核人（签字）：…
_BELOW = re.compile(
    r"((填表|填报|填写|制表|审核|复核|经办|单位负责|负责|联系)(人|单位|日期|说明|电话)?(\(.{1,8}\))?|(备注|注|说明|附注)\d*):"
)
# What a line of units or of filling hints under the headings holds: 万元, 年/月/日, （必填）, 文本, %.
_HINT = re.compile(
    r"[(（【\[]?(?:单位[:：]?)?(?:[百千十]?万?元|[万亿]元?|人|个|项|件|家|份|%|％|天|日|月|个月|年|年度|年月|年月日|年[-/.]月(?:[-/.]日)?|"
    r"yyyy[-/.]?mm(?:[-/.]?dd)?|mm|kg|吨|亩|平方米|必填|选填|可选|可空|单选|多选|下拉选择|下拉|请选择|文本|文字|数字|数值|日期|字符|"
    r"限?\d{1,5}字(?:以?内)?|[A-Z]|[—\-/])[)）】\]]?",
    re.IGNORECASE,
)


def is_no_record(cells: Sequence[Any], headings: Sequence[str]) -> bool:
    """A line of sums, the headings once more at the top of a printed page, or notes and signatures below the table."""
    # Every check ends at the first cell that speaks against it: nearly all rows are records.
    filled = [cell for cell in cells if not is_blank(cell)]
    if not filled:
        return True
    named = [heading for heading in headings if heading]
    if len(filled) == len(named) and all(
        folded(cell) == folded(heading) for cell, heading in zip(filled, named, strict=True)
    ):
        return True
    if is_line_of_numbers(filled) or is_line_of_hints(filled):
        return True
    # Sums and signatures stand beside few other cells: a project may well be called 累计….
    is_short = len(filled) <= len(headings) // 2
    if all(_BELOW.match(folded(cell)) for cell in filled) or (is_short and _BELOW.match(folded(filled[0]))):
        return True
    return is_short and any(folded(cell).partition("(")[0].rstrip(":：") in _SUMS for cell in filled[:2])


def is_line_of_numbers(filled: Sequence[Any]) -> bool:
    """The numbers of the columns, as printed forms have them: 1 2 3 …, （1）（2）…, 甲 乙 丙 1 2. Of cells that are filled."""
    numbers: list[int] = []
    for cell in filled:
        text = folded(cell).strip("()（）")
        if text.isascii() and text.isdecimal() and len(text) <= 3:
            numbers.append(int(text))
        elif text not in _STEMS:
            return False
    return len(numbers) >= 3 and numbers == list(range(numbers[0], numbers[0] + len(numbers))) and numbers[0] <= 2


_STEMS = frozenset("甲乙丙丁戊己庚辛栏次") | {"栏次", "列次", "行次"}


def is_line_of_hints(filled: Sequence[Any]) -> bool:
    """Nothing but units and filling hints, one of them at least of two characters. Of cells that are filled."""
    return all(_HINT.fullmatch(folded(cell)) for cell in filled) and any(len(folded(cell)) >= 2 for cell in filled)


def units_below(cells: Sequence[Any]) -> dict[int, Unit]:
    """Position → unit of money, of a line of units under the headings."""
    found = {position: unit_below(folded(cell)) for position, cell in enumerate(cells) if not is_blank(cell)}
    return {position: unit for position, unit in found.items() if unit is not None}
