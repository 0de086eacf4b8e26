"""The form of a target: amounts are typed in the unit of the document, kept in fen, and shown again as typed."""

from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import FormData

from matchmaker.classification import classification
from matchmaker.models.contract_words import Caliber, DateBasis, TargetMetric, TargetTier
from matchmaker.models.target import Target, TargetCreate
from matchmaker.money import FEN_PER_WAN, FEN_PER_YI, FEN_PER_YUAN
from matchmaker.targets import AMOUNTS, QUARTERS
from matchmaker.visibility import today
from matchmaker.web.forms import FormErrors, text_of

ITEMS = "项"
# Unit → what one of it is in the unit of `Target.value`.
UNITS = {"亿元": FEN_PER_YI, "万元": FEN_PER_WAN, "元": FEN_PER_YUAN, ITEMS: 1}
QUARTER_FIELDS = tuple(f"quarter_{number}" for number in range(1, QUARTERS + 1))
LABELS = {
    "year": "年度",
    "metric": "指标",
    "tier": "目标层级",
    "region_code": "地区",
    "caliber": "统计口径",
    "date_basis": "日期口径",
    "amount": "目标值",
    "unit": "单位",
    "stated_as": "文件原文",
    "document": "文件名称、文号",
    "giver": "下达单位",
    "reason": "原因",
    "confirmed": "核对",
    **{name: f"第 {number} 季度" for number, name in enumerate(QUARTER_FIELDS, start=1)},
}
_PLAIN = ("year", "metric", "tier", "region_code", "caliber", "date_basis", "stated_as", "document", "giver")
# 10⁷ 亿元 is beyond any office; longer texts are typing mistakes.
_LONGEST_NUMBER = 20


def typed(form: FormData) -> dict[str, str]:
    """Everything as it was typed, for showing it again."""
    return {name: text_of(form, name) for name in LABELS}


def values_of(target: Target) -> dict[str, str]:
    """A stored target as the form shows it, in the largest unit that states it without a remainder."""
    numbers = [target.value, *target.quarters]
    unit = next((one for one in ("亿元", "万元") if all(number % (UNITS[one] // 100) == 0 for number in numbers)), "元")
    if target.metric not in AMOUNTS:
        unit = ITEMS
    shown = {name: str(getattr(target, name)) for name in _PLAIN}
    shown |= {"amount": _number(target.value, unit), "unit": unit, "reason": "", "confirmed": ""}
    quarters = [_number(one, unit) for one in target.quarters] or [""] * QUARTERS
    return shown | dict(zip(QUARTER_FIELDS, quarters, strict=True))


def target_of(values: dict[str, str], errors: FormErrors) -> TargetCreate | None:
    """The target the form states, or None with the findings in `errors`."""
    factor = UNITS.get(values["unit"], 0)
    is_amount = values["metric"] in AMOUNTS
    if not factor or is_amount is (values["unit"] == ITEMS):
        errors.add("unit", "金额类指标请选亿元、万元或元，项数类指标请选项")
        return None
    numbers: dict[str, int | None] = {}
    for name in ("amount", *QUARTER_FIELDS):
        try:
            numbers[name] = _value(values[name], factor)
        except ValueError as error:
            errors.add(name, str(error))
    given = [numbers.get(name) for name in QUARTER_FIELDS]
    if numbers.get("amount") is None:
        errors.add("amount", "请填写目标值")
    if any(one is not None for one in given) and None in given:
        errors.add(QUARTER_FIELDS[given.index(None)], "四个季度要么都填，要么都不填；没有安排的填 0")
    if errors:
        return None
    stated: dict[str, Any] = {name: values[name] for name in _PLAIN if values[name]}
    try:
        return TargetCreate.model_validate(
            {**stated, "value": numbers["amount"], "quarters": given if None not in given else []}
        )
    except ValidationError as error:
        errors.take(error)
        if "value" in errors.by_field:
            errors.add("amount", errors.by_field.pop("value"))
        return None


def choices() -> dict[str, list[tuple[str, str]]]:
    """What the selects offer."""
    city = classification().city
    year = today().year
    return {
        "years": [(str(one), f"{one} 年") for one in range(year + 2, year - 6, -1)],
        "metrics": [(one.value, one.label) for one in TargetMetric],
        "tiers": [(one.value, one.label) for one in TargetTier],
        "regions": [(city.code, f"全市（{city.name}）"), *((one.code, one.label) for one in city.districts.entries)],
        "calibers": [(one.value, one.label) for one in Caliber],
        "bases": [(one.value, one.label) for one in DateBasis],
        "units": [(one, one) for one in UNITS],
    }


def _value(text: str, factor: int) -> int | None:
    """The number in fen or items; None for an empty field. Raises ValueError, worded for the page."""
    written = text.replace(",", "").replace("，", "")
    if not written:
        return None
    try:
        value = Decimal(written) * factor if len(written) <= _LONGEST_NUMBER else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite():
        raise ValueError("请填数字，如 1.8；单位在旁边选择")
    if value < 0:
        raise ValueError("不能小于 0")
    if value != int(value):
        raise ValueError("小数太多：金额最多精确到分，项数应为整数")
    return int(value)


def _number(value: int, unit: str) -> str:
    return f"{(Decimal(value) / UNITS[unit]).normalize():f}"
