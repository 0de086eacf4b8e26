"""Features compare what both sides wrote, and say “unknown” where one of them wrote nothing."""

from typing import Any

import pytest

from matchmaker.matching import features
from matchmaker.matching.scoring import POLICY
from matchmaker.models import Achievement, AchievementCreate, NeedCreate, TechnologyNeed
from matchmaker.models.achievement import AchievementPublic
from matchmaker.models.base import now
from matchmaker.models.match import Gap, Verdict
from matchmaker.models.need import NeedPublic


def need(**values: Any) -> TechnologyNeed:
    create = NeedCreate.model_validate({"title": "高速轴承", "problem": "寿命短", **values})
    return TechnologyNeed(source="t", source_id="1", **_columns(create, TechnologyNeed))


def achievement(**values: Any) -> Achievement:
    create = AchievementCreate.model_validate({"title": "陶瓷轴承", **values})
    return Achievement(source="t", source_id="1", **_columns(create, Achievement))


def _columns(create: Any, table: Any) -> dict[str, Any]:
    fields = table.model_fields.keys() - {"source", "source_id"}
    return {name: getattr(create, name) for name in type(create).model_fields if name in fields}


@pytest.mark.parametrize("weighted", POLICY, ids=lambda weighted: weighted.code)
def test_two_empty_forms_leave_every_feature_unknown(weighted: Any) -> None:
    finding = weighted.feature(need(), achievement())
    assert finding.verdict is Verdict.UNKNOWN
    assert finding.score is None
    assert finding.sentence


@pytest.mark.parametrize("weighted", POLICY, ids=lambda weighted: weighted.code)
def test_every_feature_describes_itself_to_users(weighted: Any) -> None:
    assert (weighted.feature.__doc__ or "").strip()


@pytest.mark.parametrize(
    ("wanted", "offered", "verdict"),
    [
        (5, 6, Verdict.MET),
        (5, 5, Verdict.MET),
        (6, 5, Verdict.PARTLY),
        (8, 4, Verdict.UNMET),
        (None, 4, Verdict.UNKNOWN),
    ],
)
def test_maturity(wanted: int | None, offered: int, verdict: Verdict) -> None:
    assert features.maturity(need(maturity_min=wanted), achievement(maturity_level=offered)).verdict is verdict


@pytest.mark.parametrize(
    ("limit", "price", "verdict"),
    [
        (10_000_000, 10_000_000, Verdict.MET),
        (10_000_000, 11_900_000, Verdict.PARTLY),
        (10_000_000, 12_100_000, Verdict.UNMET),
        (None, 10_000_000, Verdict.UNKNOWN),
        (10_000_000, None, Verdict.UNKNOWN),
    ],
)
def test_budget(limit: int | None, price: int | None, verdict: Verdict) -> None:
    finding = features.budget(need(budget_max_fen=limit), achievement(price_fen=price, price_mode="fixed"))
    assert finding.verdict is verdict


def test_a_negotiable_price_is_unknown_not_a_guess() -> None:
    finding = features.budget(need(budget_negotiable=True), achievement(price_fen=100))
    assert finding.verdict is Verdict.UNKNOWN
    assert "面议" in finding.sentence


@pytest.mark.parametrize(
    ("wanted", "offered", "verdict"),
    [
        (["licence", "transfer"], ["transfer"], Verdict.MET),
        (["licence"], ["negotiable"], Verdict.PARTLY),
        (["licence"], ["equity"], Verdict.UNMET),
        ([], ["equity"], Verdict.UNKNOWN),
    ],
)
def test_cooperation(wanted: list[str], offered: list[str], verdict: Verdict) -> None:
    finding = features.cooperation(need(cooperation_modes=wanted), achievement(cooperation_modes=offered))
    assert finding.verdict is verdict


@pytest.mark.parametrize(
    ("wanted", "offered", "verdict"),
    [
        ({"industry_code": "C26"}, {"industry_codes": ["C2614"]}, Verdict.MET),
        ({"industry_code": "C26"}, {"industry_codes": ["C34"]}, Verdict.PARTLY),
        ({"industry_code": "C26"}, {"industry_codes": ["I65"]}, Verdict.UNMET),
        ({"city_industry": "green_food"}, {"city_industry": "green_food"}, Verdict.MET),
        ({"city_industry": "green_food"}, {"city_industry": "textiles"}, Verdict.UNMET),
        ({"industry_code": "C26"}, {}, Verdict.UNKNOWN),
    ],
)
def test_industry(wanted: dict[str, Any], offered: dict[str, Any], verdict: Verdict) -> None:
    assert features.industry(need(**wanted), achievement(**offered)).verdict is verdict


def _indicators(operator: str, target: str, unit: str, name: str = "抗拉强度") -> TechnologyNeed:
    return need(key_indicators=[{"name": name, "operator": operator, "target": target, "unit": unit}])


def _reached(value: str, unit: str, name: str = "抗拉强度") -> Achievement:
    return achievement(indicators=[{"name": name, "value": value, "unit": unit}])


@pytest.mark.parametrize(
    ("wanted", "offered", "verdict"),
    [
        (_indicators(">=", "600", "MPa"), _reached("620", "mpa"), Verdict.MET),
        (_indicators(">=", "600", "MPa"), _reached("580", "MPa"), Verdict.UNMET),
        (_indicators("<=", "3", "元/m²"), _reached("2.5", "元/m2"), Verdict.MET),
        (_indicators("range", "60-80", "HRC"), _reached("70", "HRC"), Verdict.MET),
        (_indicators("range", "60-80", "HRC"), _reached("90", "HRC"), Verdict.UNMET),
        (_indicators(">=", "600", "MPa"), _reached("0.62", "GPa"), Verdict.UNKNOWN),
        (_indicators(">=", "600", "MPa"), _reached("620", "MPa", name="屈服极限"), Verdict.UNKNOWN),
        (_indicators(">=", "600", "MPa"), _reached("550-650", "MPa"), Verdict.UNKNOWN),
        (_indicators("text", "不开裂", ""), _reached("620", "MPa"), Verdict.UNKNOWN),
    ],
)
def test_indicators_are_compared_only_where_name_and_unit_agree(
    wanted: TechnologyNeed, offered: Achievement, verdict: Verdict
) -> None:
    assert features.indicators(wanted, offered).verdict is verdict


def test_what_is_hidden_is_not_called_left_out() -> None:
    wanted = NeedPublic.model_validate(shown_fields(need(budget_max_fen=100), hidden_fields=[]))
    hidden = AchievementPublic.model_validate(shown_fields(achievement(), hidden_fields=["price_fen"]))
    finding = features.budget(wanted, hidden)
    assert finding.sentence == "成果方未公开金额，无法比较"
    assert finding.gap is Gap.NOT_DISCLOSED
    empty = features.budget(wanted, achievement())
    assert empty.sentence == "成果方未填写金额，无法比较"
    assert empty.gap is Gap.NOT_STATED
    assert features.budget(need(), hidden).sentence == "需求方未填写、成果方未公开金额"


def shown_fields(record: Any, **beside: Any) -> dict[str, Any]:
    """The values of a record that has been stored."""
    return {**record.model_dump(), "id": 1, "created_at": now(), "updated_at": now(), **beside}
