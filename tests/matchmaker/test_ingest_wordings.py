"""What people write into cells: amounts, days, places, maturity, boxes, codes; what is clear is read, what is not is told."""

from datetime import date
from typing import Any

import pytest

from matchmaker.ingest import ImportKind, days, identifiers, places, technical, values
from matchmaker.ingest.columns import column_choices, layout, unit_below, unit_of
from matchmaker.ingest.money import Amount, CellError, ForeignColumn, Unit, amount
from matchmaker.ingest.no_records import is_no_record
from matchmaker.ingest.numerals import number_of
from matchmaker.models.labels import CooperationMode, Stage

WAN = 1_000_000


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("人民币65万元整", Amount(65 * WAN, 65 * WAN)),
        ("两百万元", Amount(200 * WAN, 200 * WAN)),
        ("叁佰伍拾万元整", Amount(350 * WAN, 350 * WAN)),
        ("二十至三十万元", Amount(20 * WAN, 30 * WAN)),
        ("400余万元", Amount(400 * WAN, 400 * WAN)),
        ("三百多万", Amount(300 * WAN, 300 * WAN)),
        ("千万元", Amount(1000 * WAN, 1000 * WAN)),
        ("3千万元", Amount(3000 * WAN, 3000 * WAN)),
        ("80万元（首付三成）", Amount(80 * WAN, 80 * WAN)),
        ("1亿2000万元", Amount(12_000 * WAN, 12_000 * WAN)),
        ("1200千元", Amount(120 * WAN, 120 * WAN)),
        ("~60", Amount(60 * WAN, 60 * WAN)),
        ("60±5万元", Amount(55 * WAN, 65 * WAN)),
        ("0", Amount(0, 0)),
        ("视项目情况而定", Amount(negotiable=True)),
        ("根据技术方案确定", Amount(negotiable=True)),
        ("70万元，价格可议", Amount(70 * WAN, 70 * WAN)),
    ],
)
def test_an_amount_in_words_is_the_amount(cell: str, expected: Amount) -> None:
    assert amount(cell, "预算（万元）", Unit.WAN) == expected


@pytest.mark.parametrize("cell", ["几百万", "20万/年", "3000元/吨", "按成交额提成", "自有60，贷款40"])
def test_what_is_no_total_is_told_and_its_words_are_kept(cell: str) -> None:
    with pytest.raises(CellError) as caught:
        amount(cell, "预算（万元）", Unit.WAN)
    assert caught.value.as_text


@pytest.mark.parametrize("cell", ["50万美元", "€300000", "2亿日元", "20万USD"])
def test_another_currency_is_never_taken_for_yuan(cell: str) -> None:
    with pytest.raises(CellError, match="外币"):
        amount(cell, "预算（万元）", Unit.WAN)


def test_a_column_in_another_currency_sends_its_rows_back() -> None:
    with pytest.raises(ForeignColumn, match="外币"):
        amount(50, "报价（万欧元）", unit_of("报价（万欧元）"))


@pytest.mark.parametrize(
    ("heading", "unit"),
    [
        ("成交额（千元）", Unit.THOUSAND),
        ("成交额(万元)", Unit.WAN),
        ("成交额（单位：百万元）", Unit.MILLION),
        ("成交额千万元", Unit.TEN_MILLION),
        ("成交额/亿元", Unit.YI),
        ("成交额（人民币元）", Unit.YUAN),
        ("成交额（万元人民币）", Unit.WAN),
        ("成交额（万）", Unit.WAN),
        ("成交额（万美元）", Unit.FOREIGN),
        ("成交额（港元）", Unit.FOREIGN),
        ("budget_max_yuan", Unit.YUAN),
        ("成交额", None),
    ],
)
def test_the_whole_unit_of_a_heading_counts(heading: str, unit: Unit | None) -> None:
    assert unit_of(heading) is unit


def test_a_mapping_states_the_unit_and_is_obeyed() -> None:
    for stated in ("budget_max_yuan", "预算上限（元）"):
        (bound,) = layout(ImportKind.NEEDS, ["意向出价"], {"意向出价": stated}).bound
        assert (bound.column.field, bound.unit, bound.unit_by_hand) == ("budget_max", Unit.YUAN, True)
        # Small as it is: whoever mapped the column knows.
        assert amount("800", bound.heading, bound.unit, by_hand=True) == Amount(80_000, 80_000)


def test_the_page_offers_amounts_with_their_unit() -> None:
    choices = column_choices(ImportKind.NEEDS)
    assert choices["budget_max_yuan"] == "预算上限（元）"
    assert choices["budget_max_wan"] == "预算上限（万元）"
    assert choices["title"] == "技术需求名称"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2028年底", date(2028, 12, 31)),
        ("2028年末前", date(2028, 12, 31)),
        ("2028年上半年", date(2028, 6, 30)),
        ("2028年第二季度", date(2028, 6, 30)),
        ("2028Q1", date(2028, 3, 31)),
        ("2028年9月30日前完成", date(2028, 9, 30)),
        ("2028.09.30之前", date(2028, 9, 30)),
        ("2028年2月中旬", date(2028, 2, 20)),
        ("2028年2月下旬", date(2028, 2, 29)),
        ("二〇二八年五月", date(2028, 5, 31)),
        ("28.3.5", date(2028, 3, 5)),
        ("28年3月", date(2028, 3, 31)),
        ("2027年3月—2028年底", date(2028, 12, 31)),
        ("15-Aug-28", date(2028, 8, 15)),
        ("25/8/2028", date(2028, 8, 25)),
        ("十五五末", date(2030, 12, 31)),
    ],
)
def test_a_deadline_in_words_is_its_last_day(cell: str, expected: date) -> None:
    assert days.deadline(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("18个月", date(2028, 6, 10)),
        ("两年内", date(2028, 12, 10)),
        ("半年", date(2027, 6, 10)),
        ("一年半", date(2028, 6, 10)),
        ("90天", date(2027, 3, 10)),
    ],
)
def test_a_span_counts_from_the_day_of_the_import_and_is_told(
    cell: str, expected: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(days, "today", lambda: date(2026, 12, 10))
    with pytest.raises(CellError, match="从哪天算起") as caught:
        days.deadline(cell)
    assert caught.value.kept == {"": expected}


def test_october_that_excel_made_a_tenth_is_asked_about() -> None:
    with pytest.raises(CellError, match="1 月还是 10 月"):
        days.deadline(2028.1)
    assert days.deadline(2028.2) == date(2028, 2, 29)
    assert days.deadline("2028.10") == date(2028, 10, 31)


def test_day_and_month_that_may_be_exchanged_are_not_guessed() -> None:
    with pytest.raises(CellError, match="哪个是月"):
        days.deadline("4/5/2028")


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("安徽省 / 合肥市 / 蜀山区", "340104"),
        ("安徽-合肥-蜀山区", "340104"),
        ("合肥蜀山", "340104"),
        ("安徽省>合肥市", "340100"),
        ("340104000", "340104"),
        ("340104001000", "340104"),
        ("澄西", "990103"),
        ("全市", "990100"),
        ("中国安徽省合肥市", "340100"),
    ],
)
def test_a_place_is_read_as_far_as_it_is_clear(cell: str, code: str) -> None:
    assert places.region(cell) == code


@pytest.mark.parametrize(
    ("cell", "code"), [("合肥市经开区", "340100"), ("苏州高新区", "320500"), ("蜀山区望江西路5号", "340104")]
)
def test_of_a_place_without_a_code_the_region_around_it_is_kept(cell: str, code: str) -> None:
    with pytest.raises(CellError) as caught:
        places.region(cell)
    assert caught.value.kept == {"": code}


@pytest.mark.parametrize("cell", ["德国", "海外", "南京路5号", "鼓楼区", "某地"])
def test_what_may_be_several_places_or_none_is_no_region(cell: str) -> None:
    with pytest.raises(CellError) as caught:
        places.region(cell)
    assert not caught.value.kept
    assert caught.value.as_text


@pytest.mark.parametrize(
    "cell",
    [
        "９１１１００００６０００３７３４１Ｌ",
        "'91110000600037341l",
        "代码：91110000600037341L",
        "91110000600037341L（1-1）",
    ],
)
def test_a_credit_code_is_found_in_what_people_write_around_it(cell: str) -> None:
    assert identifiers.credit_code(cell) == "91110000600037341L"


@pytest.mark.parametrize("cell", ["办理中", "110000012345678", "91110000600037341X", 9.111000060003734e17])
def test_what_is_no_credit_code_is_none(cell: Any) -> None:
    with pytest.raises(CellError):
        identifiers.credit_code(cell)


@pytest.mark.parametrize("cell", [2.0263401e17, 1e15, "2.02634E+17"])
def test_a_number_of_sixteen_digits_that_was_a_number_has_lost_some(cell: Any) -> None:
    for read in (identifiers.number, identifiers.exact_text, identifiers.credit_code, technical.rights):
        with pytest.raises(CellError, match="丢失"):
            read(cell)
    assert identifiers.number(139_0000_0000.0) == "13900000000"


def test_a_running_number_is_no_id() -> None:
    assert all(identifiers.is_running_number(one) for one in ("1", "07", "12、", "（3）", "No.5", "第8项"))
    assert not any(identifiers.is_running_number(one) for one in ("XQ-1", "2026001", "A1", "6851000000000001"))


def test_a_stage_in_the_column_of_the_level_and_the_reverse() -> None:
    assert values.maturity_reached("已中试") == {"stage": Stage.PILOT}
    assert values.maturity_reached("产业化阶段") == {"stage": Stage.INDUSTRIAL}
    assert values.stage("TRL7") == {"maturity_level": 7}
    assert values.stage("☑小试 □中试 □产业化") is Stage.LAB
    with pytest.raises(CellError) as caught:
        values.maturity("5-6级")
    assert caught.value.kept == {"": 5}


@pytest.mark.parametrize(
    "cell",
    [
        "☑委托开发 □技术转让",
        "R委托开发 £技术转让",
        "þ委托开发 ¨技术转让",
        "\uf052委托开发 \uf0a3技术转让",
        "√委托开发 □技术转让",
    ],
)
def test_a_box_is_ticked_whatever_font_drew_it(cell: str) -> None:
    assert values.some_of(CooperationMode)(cell) == [CooperationMode.COMMISSIONED_DEVELOPMENT]


def test_a_letter_that_is_no_box_stays() -> None:
    with pytest.raises(CellError):
        values.some_of(CooperationMode)("R委托开发")


def test_of_a_list_what_is_known_is_kept_and_the_rest_are_keywords() -> None:
    with pytest.raises(CellError) as caught:
        values.some_of(CooperationMode)("作价投资、许可使用、天使投资")
    assert caught.value.kept == {
        "": [CooperationMode.EQUITY, CooperationMode.LICENCE],
        "keywords": ["天使投资"],
    }
    with pytest.raises(CellError) as caught:
        places.technology_field("新材料、石墨烯")
    assert caught.value.kept == {"technology_field": "materials", "keywords": ["石墨烯"]}


def test_lines_of_units_and_of_numbers_are_no_records() -> None:
    headings = ["序号", "名称", "单位", "预算", "时限"]
    assert is_no_record(["", "", "", "万元", "年/月/日"], headings)
    assert is_no_record([1.0, 2.0, 3.0, 4.0, 5.0], headings)
    assert is_no_record(["（1）", "（2）", "（3）", "（4）", "（5）"], headings)
    assert is_no_record(["甲", "乙", "1", "2", "3"], headings)
    assert is_no_record(["", "必填", "必填", "", ""], headings)
    assert not is_no_record([1.0, "再生铝", "某厂", 50.0, 2027.0], headings)
    assert not is_no_record(["", "", "", 3.0, 4.0], headings)
    assert unit_below("（千元）") is Unit.THOUSAND
    assert unit_below("年/月/日") is None


def test_numerals() -> None:
    assert [number_of(words) for words in ("一百零五", "两亿", "一千二百万", "十二", "叁拾", "二〇二八", "百百")] == [
        105,
        200_000_000,
        12_000_000,
        12,
        30,
        2028,
        None,
    ]
