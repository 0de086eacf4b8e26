"""Cells as people fill them in: what they become, and what is said when they cannot be taken over."""

from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.ingest import ImportKind, days, places, technical, values
from matchmaker.ingest.columns import column_for, layout, normalised, unit_of
from matchmaker.ingest.contacts import contact
from matchmaker.ingest.money import Amount, CellError, Unit, amount
from matchmaker.models.labels import CooperationMode, NeedType, Operator

WAN = 1_000_000


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2027年6月30日", date(2027, 6, 30)),
        ("2027 年 6 月 30 日", date(2027, 6, 30)),
        ("2027/6/30", date(2027, 6, 30)),
        ("2027.6.30", date(2027, 6, 30)),
        ("2027-06-30", date(2027, 6, 30)),
        ("２０２７－０６－３０", date(2027, 6, 30)),
        ("20270630", date(2027, 6, 30)),
        ("2027-06-30 00:00:00", date(2027, 6, 30)),
        ("2027.6", date(2027, 6, 30)),
        ("2028年2月", date(2028, 2, 29)),
        ("2027年12月", date(2027, 12, 31)),
        (datetime(2027, 6, 30, 8), date(2027, 6, 30)),
        (date(2027, 6, 30), date(2027, 6, 30)),
        (46568, date(2027, 6, 30)),
        (46568.0, date(2027, 6, 30)),
        ("46568", date(2027, 6, 30)),
    ],
)
def test_a_date_is_read_as_it_is_written(cell: Any, expected: date) -> None:
    assert days.day(cell) == expected


@pytest.mark.parametrize(
    "cell", ["2027年底", "年内", "2027", "2027年2月30日", "2027.13.1", "尽快", "1.5", "1227-06-30"]
)
def test_what_is_no_date_is_sent_back_with_the_repair(cell: str) -> None:
    with pytest.raises(CellError) as caught:
        days.day(cell)
    assert caught.value.repair


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2026年-2028年", date(2028, 12, 31)),
        ("2026—2028", date(2028, 12, 31)),
        ("2026-2028", date(2028, 12, 31)),
        ("2026——2028", date(2028, 12, 31)),
        ("2026.1-2027.6", date(2027, 6, 30)),
        ("2026年1月1日至2027年6月30日", date(2027, 6, 30)),
        ("2026-01-01~2027-06-30", date(2027, 6, 30)),
        ("2027-06", date(2027, 6, 30)),
        (2027, date(2027, 12, 31)),
        (2027.0, date(2027, 12, 31)),
        ("2027年", date(2027, 12, 31)),
        ("长期有效", None),
    ],
)
def test_a_deadline_may_be_a_year_or_a_span(cell: Any, expected: date | None) -> None:
    assert days.deadline(cell) == expected


def test_a_span_that_ends_before_it_begins_is_sent_back() -> None:
    with pytest.raises(CellError, match="结束早于开始"):
        days.deadline("2028年-2026年")


@pytest.mark.parametrize(
    ("cell", "unit", "expected"),
    [
        ("50", Unit.WAN, Amount(50 * WAN, 50 * WAN)),
        (12.3, Unit.WAN, Amount(12_300_000, 12_300_000)),
        (0.07, Unit.WAN, Amount(70_000, 70_000)),
        ("50万", Unit.YUAN, Amount(50 * WAN, 50 * WAN)),
        ("50w", None, Amount(50 * WAN, 50 * WAN)),
        ("¥1,200,000", Unit.YUAN, Amount(120_000_000, 120_000_000)),
        ("1，200，000元", None, Amount(120_000_000, 120_000_000)),
        (1_200_000.0, Unit.YUAN, Amount(120_000_000, 120_000_000)),
        ("80-120万元", None, Amount(80 * WAN, 120 * WAN)),
        ("80万元～120万元", None, Amount(80 * WAN, 120 * WAN)),
        ("80至120", Unit.WAN, Amount(80 * WAN, 120 * WAN)),
        ("0-50", Unit.WAN, Amount(None, 50 * WAN)),
        ("不超过100万元", None, Amount(None, 100 * WAN)),
        ("100万元以内", None, Amount(None, 100 * WAN)),
        ("50万元以上", None, Amount(50 * WAN, None)),
        ("约30万元", None, Amount(30 * WAN, 30 * WAN)),
        ("1.2亿元", None, Amount(12_000 * WAN, 12_000 * WAN)),
        ("300千万", None, Amount(300 * 1000 * WAN, 300 * 1000 * WAN)),
        ("面议", None, Amount(negotiable=True)),
        ("双方协商", Unit.WAN, Amount(negotiable=True)),
    ],
)
def test_an_amount_is_read_with_its_unit(cell: Any, unit: Unit | None, expected: Amount) -> None:
    assert amount(cell, "预算", unit) == expected


def test_an_amount_without_any_unit_is_not_guessed() -> None:
    with pytest.raises(CellError, match=r"没有写明单位.*预算（万元）"):
        amount("50", "预算", None)


@pytest.mark.parametrize(
    ("cell", "heading", "unit", "words"),
    [
        ("50", "预算（元）", Unit.YUAN, "看起来是万元：请改列标题为“预算（万元）”或把数值改成元（如 500000）"),
        (999.9, "预算(元)", Unit.YUAN, "看起来是万元"),
        ("1200000", "预算（万元）", Unit.WAN, "看起来是元：请改列标题为“预算（元）”"),
    ],
)
def test_an_amount_of_the_wrong_size_names_the_unit_it_seems_to_be_in(
    cell: Any, heading: str, unit: Unit, words: str
) -> None:
    with pytest.raises(CellError) as caught:
        amount(cell, heading, unit)
    assert words in str(caught.value)


@pytest.mark.parametrize("cell", ["几百万", "待估算", "50万80万", "-5", "1.2.3"])
def test_what_is_no_amount_is_sent_back(cell: str) -> None:
    with pytest.raises(CellError, match="不是金额"):
        amount(cell, "预算", Unit.WAN)


@given(st.integers(min_value=1, max_value=10**9))
def test_every_amount_with_thousands_marks_is_the_number_it_shows(yuan: int) -> None:
    assert amount(f"{yuan:,}元", "预算", None) == amount(f"{yuan}元", "预算", None) == Amount(yuan * 100, yuan * 100)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("TRL6", 6), ("6级", 6), ("6", 6), (6.0, 6), ("六级", 6), ("正样级", 6), ("TRL 6 正样级", 6), ("第九级", 9)],
)
def test_a_maturity_level_has_many_spellings(cell: Any, expected: int) -> None:
    assert values.maturity(cell) == expected


@pytest.mark.parametrize("cell", ["5-6", "10", "0", "中试", "成熟"])
def test_what_is_no_maturity_level_is_sent_back(cell: str) -> None:
    with pytest.raises(CellError, match="1 至 9"):
        values.maturity(cell)


@pytest.mark.parametrize(
    "cell",
    ["纺粘、抗菌；手感,克重", "纺粘/抗菌，手感\n克重", " 纺粘 、抗菌、 手感、克重、抗菌 ", "纺粘 抗菌 手感 克重"],
)
def test_a_list_may_be_separated_by_any_usual_mark(cell: str) -> None:
    assert values.words(cell) == ["纺粘", "抗菌", "手感", "克重"]


def test_an_english_phrase_is_one_word_of_a_list() -> None:
    assert values.words("lithium ion battery") == ["lithium ion battery"]


def test_a_sentence_of_a_list_keeps_its_commas() -> None:
    assert values.sentences("1.不停产，分段改造；2、有煤安标志") == ["不停产，分段改造", "有煤安标志"]


def test_a_choice_is_a_value_a_label_an_alias_or_a_ticked_box() -> None:
    read = values.one_of(NeedType)
    assert {read("breakthrough"), read("技术攻关"), read(" 技术难题 "), read("☑技术攻关 □成果引进")} == {
        NeedType.BREAKTHROUGH
    }
    modes = values.some_of(CooperationMode)
    assert modes("委托研发、合作开发") == modes("√委托研发 □独立开发 ☑合作开发 □其他")


def test_a_choice_outside_the_list_names_the_list() -> None:
    with pytest.raises(CellError, match=r"“外包”不在可选范围内.*委托开发、合作开发"):
        values.some_of(CooperationMode)("委托开发、外包")
    with pytest.raises(CellError, match="没有勾选"):
        values.one_of(NeedType)("□技术攻关 □成果引进")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("澄东区", "990102"),
        ("澄湖市澄东区", "990102"),
        ("990102", "990102"),
        (340100.0, "340100"),
        ("安徽省合肥市", "340100"),
        ("合肥市", "340100"),
        ("合肥", "340100"),
        ("安徽", "340000"),
        ("北京市", "110000"),
        ("江苏省南京市鼓楼区", "320106"),
        ("南京市鼓楼区", "320106"),
    ],
)
def test_a_region_is_found_by_code_or_name(cell: Any, expected: str) -> None:
    assert places.region(cell) == expected


def test_a_region_of_which_there_are_several_asks_for_the_full_name() -> None:
    with pytest.raises(CellError, match=r"有多个同名的地区.*江苏省南京市鼓楼区"):
        places.region("鼓楼区")
    with pytest.raises(CellError, match="六位行政区划代码"):
        places.region("某某镇")


@pytest.mark.parametrize(
    "cell",
    ["C26", "c26", "C26 化学原料和化学制品制造业", "化学原料和化学制品制造业", "制造业/化学原料和化学制品制造业"],
)
def test_an_industry_is_found_by_code_or_name(cell: str) -> None:
    assert places.industry(cell) == "C26"


def test_several_technology_fields_are_kept_the_further_ones_as_keywords() -> None:
    assert places.technology_field("生物、医药和医疗器械") == {"technology_field": "biomedicine"}
    assert places.technology_field("新材料、先进制造") == {"technology_field": "materials", "keywords": ["先进制造"]}


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("江岳大学", "institution_name"),
        ("庐州先进技术研究院", "institution_name"),
        ("中国电子科技集团公司第三十八研究所", "institution_name"),
        ("中国科学院、水利部成都山地灾害与环境研究所", "institution_name"),
        ("澄湖市第一人民医院", "institution_name"),
        ("某某设计研究院有限公司", "enterprise_name"),
        ("三菱电机株式会社", "enterprise_name"),
        ("中德轨道交通技术(德累斯顿)联合研发中心", "institution_name"),
        ("黄玉琴", "owner_name"),
    ],
)
def test_the_owner_of_an_achievement_is_told_by_its_name(name: str, field: str) -> None:
    assert places.owner(name) == {field: name}


def test_of_several_owners_the_first_is_the_party_and_all_are_kept() -> None:
    assert places.owner("江岳大学；某某有限公司") == {
        "owner_name": "江岳大学；某某有限公司",
        "institution_name": "江岳大学",
    }


def test_a_department_that_asks_is_no_enterprise() -> None:
    assert places.poster("望川县农业农村局", None)["poster_name"] == "望川县农业农村局"
    assert places.poster("澄湖高新区管委会", None)["poster_type"] == "park"
    assert places.poster("望川惠能热电有限公司", None) == {"enterprise_name": "望川惠能热电有限公司"}


def test_clear_indicators_are_taken_apart() -> None:
    found = technical.asked_indicators(
        "1.抗拉强度≥600MPa（现状480）；2、成本不超过3元/m²；温度：60-80℃；100/120粒度的抗冲击韧性≥67%"
    )
    assert found == [
        {"name": "抗拉强度", "operator": Operator.AT_LEAST, "target": "600", "unit": "MPa", "current": "480"},
        {"name": "成本", "operator": Operator.AT_MOST, "target": "3", "unit": "元/m²"},
        {"name": "温度", "operator": Operator.RANGE, "target": "60-80", "unit": "℃"},
        {"name": "100/120粒度的抗冲击韧性", "operator": Operator.AT_LEAST, "target": "67", "unit": "%"},
    ]
    assert len(technical.asked_indicators("强度≥600MPa，伸长率≥12%")) == 2


def test_an_unclear_indicator_stays_a_sentence() -> None:
    assert technical.asked_indicators("外观无裂纹，与进口件相当") == [
        {"name": "外观无裂纹，与进口件相当", "operator": Operator.TEXT, "target": ""}
    ]


def test_reached_indicators_are_taken_apart() -> None:
    assert technical.reached_indicators("脱除率96.5%；能耗≤0.8kWh/kg；达到国内领先水平") == [
        {"name": "脱除率", "value": "96.5", "unit": "%"},
        {"name": "能耗", "value": "≤0.8", "unit": "kWh/kg"},
        {"name": "达到国内领先水平", "value": ""},
    ]


@given(st.text(alphabet="强度成本率≥≤<>=-0123456789.%℃元MPa约（）()，、；。 \n达到为", max_size=400))
def test_no_character_of_an_indicator_text_is_lost(written: str) -> None:
    marks = set("；;。，,、:：（）()为在到至-~ \n≥≤<>=")
    for read in (technical.asked_indicators, technical.reached_indicators):
        kept = "".join("".join(str(part) for key, part in one.items() if key != "operator") for one in read(written))
        lost = [character for character in written if character not in marks and not character.isspace()]
        remaining = list(kept)
        numbering = set("0123456789.")
        for character in lost:
            if character in remaining:
                remaining.remove(character)
            else:
                assert character in numbering, f"{character!r} of {written!r} is in none of {read(written)!r}"


def test_rights_are_read_with_number_state_and_count() -> None:
    found = technical.rights("发明专利 ZL202010000000.1 授权；实用新型2项；软件著作权 2021SR0123456")
    assert [(one["type"], one["number"], one["status"]) for one in found] == [
        ("invention_patent", "ZL202010000000.1", "granted"),
        ("utility_model", "", None),
        ("utility_model", "", None),
        ("software_copyright", "2021SR0123456", None),
    ]
    assert technical.rights("未涉及知识产权") == []
    with pytest.raises(CellError, match="看不出“三项”是哪种知识产权"):
        technical.rights("三项")


def test_a_contact_cell_is_taken_apart() -> None:
    assert contact("技术部 0558-1234567, tech@example.cn") == {
        "contact_phone": "0558-1234567",
        "contact_email": "tech@example.cn",
        "contact_name": "技术部",
    }


@pytest.mark.parametrize("cell", [None, "", "  ", "无", "/", "——", "N/A", "\u3000", [], {}])
def test_what_says_nothing_is_blank(cell: Any) -> None:
    assert values.is_blank(cell)


@pytest.mark.parametrize("cell", [0, 0.0, False, "无纺布", "0"])
def test_what_says_something_is_not_blank(cell: Any) -> None:
    assert not values.is_blank(cell)


@pytest.mark.parametrize(
    "heading",
    [
        "技术需求名称",
        "*技术需求名称",
        "一、技术需求名称*",
        "1.技术需求名称（必填）",
        "①技术需求\n名称：",
        "技术 需求　名称",
        "（一）需求名称",
        "title",
        "Title ",
    ],
)
def test_a_heading_is_known_however_it_is_decorated(heading: str) -> None:
    column = column_for(ImportKind.NEEDS, heading)
    assert column is not None
    assert column.field == "title"


def test_the_unit_is_read_from_the_heading() -> None:
    assert unit_of("拟投入资金总额（万元）") is unit_of("预算/万元") is unit_of("budget_min_wan") is Unit.WAN
    assert unit_of("预算（单位：元）") is unit_of("预算金额元") is Unit.YUAN
    assert unit_of("预算") is None
    assert normalised("预算/万元") == "预算"


def test_unknown_headings_are_named_and_running_numbers_are_not() -> None:
    found = layout(ImportKind.NEEDS, ["序号", "需求名称", "吉祥物", "", "原因", "修改办法"], {})
    assert [one.column.field for one in found.bound] == ["title"]
    assert found.unknown == ("吉祥物",)
