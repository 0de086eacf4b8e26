"""Quantities in running text and form fields, in base units."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.matching.requirements.quantities import quantities_of, quantity_in
from matchmaker.matching.requirements.units import unit_of

INFINITE = math.inf


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("强度≥1,200.5 MPa", 1.2005e9, INFINITE, "Pa"),
        ("强度不低于600兆帕", 6e8, INFINITE, "Pa"),
        ("额定电压10千伏", 1e4, 1e4, "V"),
        ("粒径小于５微米", -INFINITE, 5e-6, "m"),
        ("价格3.6元每公斤", 3.6, 3.6, "元/kg"),
        ("投资1.2亿元", 1.2e8, 1.2e8, "元"),
        ("含量百分之八十", 0.8, 0.8, "%"),
        ("误报率低于千分之五", -INFINITE, 0.005, "%"),
        ("能耗降低三成", 0.3, 0.3, "%"),
        ("占三分之一", 1 / 3, 1 / 3, "%"),
        ("凝固4分30秒", 270, 270, "s"),
        ("两个月内交付", -INFINITE, 2 * 365 / 12 * 86400, "s"),
        ("运行半年", 365 * 43200, 365 * 43200, "s"),
        ("使用一年半", 365 * 86400 * 1.5, 365 * 86400 * 1.5, "s"),
        ("历时1个半小时", 5400, 5400, "s"),
        ("初凝3~6分钟", 180, 360, "s"),
        ("厚度50±2μm", 48e-6, 52e-6, "m"),
        ("公差±0.02mm", -2e-5, 2e-5, "m"),
        ("温度-30~45℃", 243.15, 318.15, "℃"),
        ("零下20℃", 253.15, 253.15, "℃"),
        ("温度-40℃至+85℃", 233.15, 358.15, "℃"),
        ("浓度1.2×10⁻³ mol/L", 1.2, 1.2, "mol/m³"),
        ("颗粒物低于每立方米10毫克", -INFINITE, 1e-5, "kg/m³"),
        ("每分钟120件", 2, 2, "件/s"),
        ("每处理1万吨水的费用为1.8万元", 0.0018, 0.0018, "元/kg"),
        ("导热系数9W/(m·K)", 9, 9, "W/(m·K)"),
        ("转速不超过3000r/min", -INFINITE, 50, "r/s"),
        ("噪声65dB(A)", 65, 65, "dB"),
        ("配比1:3", 1 / 3, 1 / 3, ""),
        ("管径DN50~DN200", 50, 200, ""),
        ("产量翻一番", 1, INFINITE, "%"),
        ("三天到货", 3 * 86400, 3 * 86400, "s"),
        ("at least 20 mm", 0.02, INFINITE, "m"),
        ("良率99.5%以上", 0.995, INFINITE, "%"),
    ],
)
def test_a_quantity_in_text(text: str, low: float, high: float, unit: str) -> None:
    quantity = quantities_of(text)[-1]
    assert (quantity.low, quantity.high) == (pytest.approx(low), pytest.approx(high))
    if unit:
        wanted = unit_of(unit)
        assert wanted is not None
        assert quantity.unit.comparable(wanted)


@pytest.mark.parametrize(
    ("text", "value", "origin"),
    [("COD由120mg/L降到28mg/L", 0.028, 0.12), ("良率从92%提高至98%", 0.98, 0.92), ("含水率45%降到12%", 0.12, 0.45)],
)
def test_of_a_change_with_two_ends_the_second_counts(text: str, value: float, origin: float) -> None:
    (quantity,) = quantities_of(text)
    assert (quantity.low, quantity.origin) == (pytest.approx(value), pytest.approx(origin))
    assert quantity.change == 0


@pytest.mark.parametrize(
    ("text", "change"), [("收率提高3.8个百分点", 1), ("能耗比原方案低8%", -1), ("收率提高到91%", 0), ("效率高达91%", 0)]
)
def test_a_rise_or_fall_is_no_level(text: str, change: int) -> None:
    assert quantities_of(text)[-1].change == change


@pytest.mark.parametrize(
    "text", ["IATF16949", "2023年验收", "PM2.5", "一体化设计", "三维重建", "Q235钢", "统一管理", ""]
)
def test_names_and_dates_are_no_quantities(text: str) -> None:
    assert quantities_of(text) == ()


@pytest.mark.parametrize(
    ("target", "unit", "operator", "low", "high"),
    [
        ("30", "g/L", "<=", -INFINITE, 30),
        ("3~6", "min", "", 180, 360),
        ("12±1", "%", "", 0.11, 0.13),
        ("±0.02", "mm", "", -2e-5, 2e-5),
        ("≥95", "%", "", 0.95, INFINITE),
        ("0.2万", "元", "<=", -INFINITE, 2000),
        ("0.2", "万元/吨", "<=", -INFINITE, 2),
        ("1:3", "体积比", "=", 1 / 3, 1 / 3),
    ],
)
def test_a_form_field(target: str, unit: str, operator: str, low: float, high: float) -> None:
    quantity = quantity_in(target, unit, operator)
    assert quantity is not None
    assert (quantity.low, quantity.high) == (pytest.approx(low), pytest.approx(high))


@pytest.mark.parametrize(("target", "unit"), [("国际先进", ""), ("5", "不知道"), ("", "%")])
def test_what_is_no_number_stays_unread(target: str, unit: str) -> None:
    assert quantity_in(target, unit) is None


@pytest.mark.parametrize(
    ("one", "other", "factor"),
    [
        ("N/mm²", "MPa", 1),
        ("g/L", "kg/m³", 1),
        ("mg/kg", "ppm", 1),
        ("kWh/t", "千瓦时/吨", 1),
        ("万元", "元", 1e4),
        ("公顷", "亩", 15),
        ("度电", "kWh", 1),
        ("t/d", "吨/天", 1),
        ("mpa", "兆帕", 1),
        ("L/min", "m³/h", 0.06),
    ],
)
def test_units_convert(one: str, other: str, factor: float) -> None:
    first, second = unit_of(one), unit_of(other)
    assert first is not None
    assert second is not None
    assert first.comparable(second)
    assert first.factor / second.factor == pytest.approx(factor)


@given(st.text(alphabet="0123456789.~-±%℃mgkL/每由到降提高万亿两半个月年，。 ()≥<以内", max_size=80))
def test_no_text_breaks_the_reading(text: str) -> None:
    for quantity in quantities_of(text):
        assert 0 <= quantity.start < quantity.end <= len(text)
        assert quantity.low <= quantity.high or math.isnan(quantity.low)
