"""Tokens: what stays whole, what is folded, and that every token knows its place in the original text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing import Segmenter
from indexing.segmentation import Dictionary, bundled_dictionary, fold


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("C++软件开发", "c++"),
        ("5G基站", "5g"),
        ("5G-V2X车路协同", "5g-v2x"),
        ("金属3D打印", "3d打印"),
        ("PM2.5监测", "pm2.5"),
        ("ZL201-T6铝合金", "zl201-t6"),
        ("N-甲基吡咯烷酮回收", "n-甲基吡咯烷酮"),
        ("α-淀粉酶", "α-淀粉酶"),
        ("符合GB/T 2260", "gb/t"),
        ("降低0.5%", "0.5%"),
        ("304L不锈钢", "304l"),
        ("高韧性立方氮化硼", "立方氮化硼"),
    ],
)
def test_a_name_that_engineers_write_stays_whole(segmenter: Segmenter, text: str, token: str) -> None:
    assert token in segmenter.words(text)


def test_a_language_is_not_its_first_letter(segmenter: Segmenter) -> None:
    assert "c" not in segmenter.words("C++")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("锂離子電池", "锂离子电池"), ("ＰＶＣ管", "PVC管"), ("Ⅳ型", "iv型"), ("㎡", "m2"), ("石墨烯ＡＢＣ", "石墨烯abc")],
)
def test_spellings_of_one_thing_give_the_same_tokens(segmenter: Segmenter, written: str, meant: str) -> None:
    assert segmenter.words(written) == segmenter.words(meant)


def test_a_long_word_is_also_found_by_the_words_in_it(segmenter: Segmenter) -> None:
    tokens = {token.word: token.part for token in segmenter.tokens("锂离子电池")}
    assert tokens["锂离子电池"] is False
    assert tokens["电池"] is True


def test_stop_words_are_left_out(segmenter: Segmenter) -> None:
    assert "的" not in segmenter.words("轴承的寿命")


def test_pairs_ignore_blanks_that_layout_put_between_characters(segmenter: Segmenter) -> None:
    assert segmenter.pairs("氟 化 锂") == segmenter.pairs("氟化锂") == ["氟化", "化锂"]


def test_another_dictionary_has_another_fingerprint(segmenter: Segmenter) -> None:
    known = bundled_dictionary()
    more = Dictionary((*known.terms, "澄湖新词"), known.stop_words, known.synonyms)
    other = Segmenter(dictionary=more)
    assert other.fingerprint != segmenter.fingerprint
    assert "澄湖新词" in other.words("澄湖新词检测")


def test_two_segmenters_do_not_share_their_words(segmenter: Segmenter) -> None:
    known = bundled_dictionary()
    Segmenter(dictionary=Dictionary((*known.terms, "只有我懂的词"), known.stop_words, known.synonyms))
    assert "只有我懂的词" not in segmenter.words("只有我懂的词")


def test_brokers_are_found_by_every_spelling(segmenter: Segmenter) -> None:
    assert "技术经济人" in segmenter.synonyms("技术经纪人")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_every_token_stands_where_it_says(segmenter: Segmenter, text: str) -> None:
    for token in segmenter.tokens(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.word in fold(text[token.start : token.end])[0]


@given(st.text(max_size=80))
def test_folding_keeps_an_origin_for_every_character(text: str) -> None:
    folded, origin = fold(text)
    assert len(folded) == len(origin)
    assert origin == sorted(origin)


@given(st.text(max_size=80))
def test_words_are_the_tokens_without_their_places(segmenter: Segmenter, text: str) -> None:
    assert segmenter.words(text) == [token.word for token in segmenter.tokens(text)]


@given(
    st.text(alphabet="锂离子电池高速轴承的研制与应用寿命提升立方氮化硼中国人民大学生物医药", min_size=1, max_size=30)
)
def test_the_division_into_words_is_jieba_s(segmenter: Segmenter, run: str) -> None:
    tokenizer = segmenter._tokenizer
    assert segmenter._most_likely_words(run) == list(tokenizer.cut(run, HMM=False))


def test_every_synonym_of_texts_is_a_token() -> None:
    segmenter = Segmenter()
    synonyms = bundled_dictionary().synonyms
    assert [word for word in synonyms if word not in segmenter.words(word)] == []
