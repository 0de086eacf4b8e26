"""What has changed since a snapshot, in words."""

from sqlmodel import Session

from matchmaker.models.contract_words import Measure
from matchmaker.snapshots import COMPARED, Changed
from matchmaker.turnover import Dimension, group_label
from matchmaker.web.pages.figures.turnover_view import value_words

_AMOUNTS = {f"{one.value}_fen": one for one in Measure if one is not Measure.COUNT}
_GROUPS = {
    "seller_district": ("卖方所在地", Dimension.DISTRICT),
    "buyer_district": ("买方所在地", Dimension.DISTRICT),
    "category": ("合同类别", Dimension.CATEGORY),
    "technology_field": ("技术领域", Dimension.TECHNOLOGY_FIELD),
}
_NAMES = {"counted_on": "计入日期", "is_outflow": "计入输出", "is_inflow": "计入吸纳"}


def differences(session: Session, changed: Changed) -> list[str]:
    """Each value that is another one now: `技术性收入 0 万元 → 20 万元`."""
    found = []
    for name in COMPARED:
        before, now = getattr(changed.before, name), getattr(changed.now, name)
        if before != now:
            label = _NAMES.get(name) or (_AMOUNTS[name].label if name in _AMOUNTS else _GROUPS[name][0])
            found.append(f"{label} {_words(session, name, before)} → {_words(session, name, now)}")
    return found


def _words(session: Session, name: str, value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return value_words(value, _AMOUNTS[name])
    return group_label(session, _GROUPS[name][1], str(value)) if name in _GROUPS else str(value)
