"""What a clause asserts, denies or only promises."""

import pytest

from matchmaker.matching.requirements.statements import Standing, clauses_of, is_denied, standing_of


@pytest.mark.parametrize(
    "text",
    [
        "不含苯系溶剂",
        "尚未申请UL黄卡",
        "不适用于水性体系",
        "无需停机",
        "并未取得证书",
        "未做儿童家具认证",
        "严禁使用",
        "without solvent",
    ],
)
def test_denials(text: str) -> None:
    assert is_denied(text)


@pytest.mark.parametrize(
    "text",
    [
        "不得不使用少量溶剂",
        "并非无法处理",
        "离不开专人看护",
        "采用不锈钢",
        "无人机巡检",
        "误差不大于0.03mm",
        "NOx去除",
        "零件精密",
        "非常稳定",
        "nozzle",
    ],
)
def test_no_denials(text: str) -> None:
    assert not is_denied(text)


@pytest.mark.parametrize(
    ("text", "standing"),
    [
        ("计划于明年建设", Standing.PLANNED),
        ("出水COD预计可低于20mg/L", Standing.PLANNED),
        ("理论上可达380Wh/kg", Standing.PLANNED),
        ("若后端再增设滤池", Standing.CONDITIONAL),
        ("传统工艺能耗为90度", Standing.ELSEWHERE),
        ("已取得欧盟CE证书", Standing.STATED),
        ("完成设计产能考核", Standing.STATED),
    ],
)
def test_standing(text: str, standing: Standing) -> None:
    assert standing_of(text) is standing


def test_a_condition_holds_for_the_rest_of_its_sentence() -> None:
    first, second, third = clauses_of("若增设滤池，出水可低于20mg/L。膜通量稳定")
    assert (first.standing, second.standing) == (Standing.CONDITIONAL, Standing.CONDITIONAL)
    assert third.standing is Standing.STATED
