"""Numbers as official documents state them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matchmaker.fuzzy import Stated, parse_stated, stated_text
from matchmaker.models.contract_words import Qualifier


@pytest.mark.parametrize(
    ("text", "value", "qualifier", "unit"),
    [
        ("120多项", 120, Qualifier.MORE, "项"),
        ("近60项", 60, Qualifier.NEARLY, "项"),
        ("千余项", 1000, Qualifier.MORE, "项"),
        ("一千余项", 1000, Qualifier.MORE, "项"),
        ("2200件以上", 2200, Qualifier.AT_LEAST, "件"),
        ("约1,900万元", 190_000_000_0, Qualifier.ABOUT, "元"),
        ("技术合同交易额突破2.8亿元", 28_000_000_000, Qualifier.AT_LEAST, "元"),
        ("基金总规模近20亿元", 200_000_000_000, Qualifier.NEARLY, "元"),
        ("三百二十项左右", 320, Qualifier.ABOUT, "项"),
        ("全年登记科技成果800项以上", 800, Qualifier.AT_LEAST, "项"),
        ("2020年登记安徽省科技成果615项", 615, Qualifier.EXACT, "项"),
        ("增长14.8%，达到2.44亿元", 24_400_000_000, Qualifier.EXACT, "元"),
        ("全市统一安排，全年300人", 300, Qualifier.EXACT, "人"),
        ("20多亿元", 200_000_000_000, Qualifier.MORE, "元"),
        ("615", 615, Qualifier.EXACT, ""),
        ("逾千项", 1000, Qualifier.AT_LEAST, "项"),
        ("上千项", 1000, Qualifier.AT_LEAST, "项"),
        ("过百家", 100, Qualifier.AT_LEAST, "家"),
        ("至少800项", 800, Qualifier.AT_LEAST, "项"),
        ("800+项", 800, Qualifier.AT_LEAST, "项"),
        ("通过800项", 800, Qualifier.EXACT, "项"),
        ("不超过800项", 800, Qualifier.EXACT, "项"),
        ("60来项", 60, Qualifier.ABOUT, "项"),
        ("60项上下", 60, Qualifier.ABOUT, "项"),
        ("十几项", 10, Qualifier.MORE, "项"),
        ("突破２．８亿元", 28_000_000_000, Qualifier.AT_LEAST, "元"),
    ],
)
def test_what_documents_write(text: str, value: int, qualifier: Qualifier, unit: str) -> None:
    assert parse_stated(text) == Stated(value, qualifier, unit)


@pytest.mark.parametrize(
    "text", ["", "大力推进", "2026年", "增长14.8%", "居全省第4位", "统一部署", "数百项", "几千万元"]
)
def test_a_text_without_a_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="请写成"):
        parse_stated(text)


def test_a_broken_number_of_things_is_refused() -> None:
    with pytest.raises(ValueError, match="不是整数"):
        parse_stated("2.5项")


@given(st.builds(Stated, st.integers(1, 10**9), st.sampled_from(Qualifier), st.sampled_from(["项", "件", "人", "家"])))
def test_counts_come_back_from_their_words(stated: Stated) -> None:
    assert parse_stated(stated_text(stated)) == stated


@given(st.builds(Stated, st.integers(1, 10**13), st.sampled_from(Qualifier), st.just("元")))
def test_amounts_come_back_to_the_fen(stated: Stated) -> None:
    assert parse_stated(stated_text(stated)) == stated


def test_words_of_an_office() -> None:
    assert stated_text(Stated(28_000_000_000, Qualifier.AT_LEAST, "元")) == "2.8亿元以上"
    assert stated_text(Stated(1000, Qualifier.MORE, "项")) == "千余项"
    assert stated_text(Stated(60, Qualifier.NEARLY, "项")) == "近60项"
