"""Lines of a table that are no records: sums, headings printed once more, notes and signatures below."""

import re
from collections.abc import Sequence
from typing import Any

from matchmaker.ingest.values import folded, is_blank

_SUMS = ("合计", "总计", "小计", "共计", "累计", "本页小计", "本年累计", "总合计")
# What stands below a printed table: 说明：…, 填表人：…, 审核人（签字）：…
_BELOW = re.compile(
    r"((填表|填报|填写|制表|审核|复核|经办|单位负责|负责|联系)(人|单位|日期|说明|电话)?(\(.{1,8}\))?|(备注|注|说明|附注)\d*):"
)


def is_no_record(cells: Sequence[Any], headings: Sequence[str]) -> bool:
    """A line of sums, the headings once more at the top of a printed page, or notes and signatures below the table."""
    texts = [folded(cell) for cell in cells if not is_blank(cell)]
    if not texts:
        return True
    if texts == [folded(one) for one in headings if one]:
        return True
    # Sums and signatures stand beside few other cells: a project may well be called 累计….
    is_short = len(texts) <= len(headings) // 2
    if all(_BELOW.match(one) for one in texts) or (is_short and _BELOW.match(texts[0])):
        return True
    return is_short and any(one.partition("(")[0].rstrip(":：") in _SUMS for one in texts[:2])
