"""Fen inside, 元, 万元 and 亿元 at the edges."""

import pytest

from matchmaker.money import fen_of_yuan, in_wan, in_yi, yuan_shown, yuan_text


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (5, "0.05"), (1_234_560, "12345.60"), (10**13, "100000000000.00")]
)
def test_yuan_text_is_exact_and_comes_back(fen: int, text: str) -> None:
    assert yuan_text(fen) == text
    assert fen_of_yuan(text) == fen


def test_an_exact_amount_for_people_has_its_thousands_apart() -> None:
    assert [yuan_shown(fen) for fen in (5, 1_234_560, -(10**11))] == ["0.05", "12,345.60", "-1,000,000,000.00"]


@pytest.mark.parametrize(("text", "fen"), [(" 12,345.6 ", 1_234_560), ("1", 100), ("1,000,000.01", 100_000_001)])
def test_what_people_write_is_taken(text: str, fen: int) -> None:
    assert fen_of_yuan(text) == fen


@pytest.mark.parametrize("text", ["", "1.234", "12,34", "1万", "-1", "1e5", "１２", "1.", "."])
def test_what_is_no_amount_is_refused_with_the_repair(text: str) -> None:
    with pytest.raises(ValueError, match="金额应为元"):
        fen_of_yuan(text)


def test_large_amounts_are_read_in_wan_and_yi() -> None:
    assert (in_wan(244_000_000_00), in_wan(99_999), in_yi(244_000_000_00)) == ("24,400 万元", "999.99 元", "2.44 亿元")
