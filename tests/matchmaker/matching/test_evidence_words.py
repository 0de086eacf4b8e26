"""A telephone number, a greeting or a unit speaks for no pair, however rare it is."""

import pytest

from matchmaker.matching.background import is_evidence, word_rarity
from matchmaker.matching.explanation import shared_words
from matchmaker.models.match import Span

NO_EVIDENCE = (
    *("13800000000", "0571-88888888", "88888888", "0571", "您好", "联系电话", "联系人", "微信", "谢谢"),
    *("m3/min", "12m3/min", "t/h", "mg/m3", "1500rpm", "kva", "mpa", "公斤"),
)
EVIDENCE = ("空压机", "q235", "7075", "sic", "电渗析", "voc", "pa66", "排气量")


@pytest.mark.parametrize("word", NO_EVIDENCE)
def test_it_is_no_evidence(word: str) -> None:
    assert not is_evidence(word)
    assert word_rarity(word, 12.0) == 0.0


@pytest.mark.parametrize("word", EVIDENCE)
def test_a_thing_is_evidence(word: str) -> None:
    assert is_evidence(word)
    assert word_rarity(word, 12.0) > 2.5


def test_two_texts_that_share_only_courtesies_share_nothing() -> None:
    place = [Span(field="problem", start=0, end=2)]
    places = dict.fromkeys((*NO_EVIDENCE, "7075"), place)
    assert shared_words(places, places, dict.fromkeys(places, 9.0)) == []
    both = {**places, "电渗析": place}
    assert [one.word for one in shared_words(both, both, dict.fromkeys(both, 9.0))] == ["电渗析"]
