"""The index as a whole: dictionary, meaning, engine and fusion together, on the embedded engine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from indexing import (
    CachedEmbedder,
    Index,
    IndexDocument,
    IndexNotBuilt,
    IndexOutdated,
    IndexSchema,
    Meaning,
    Rarity,
    SearchEngine,
    SearchQuery,
    Segmenter,
    Terms,
    one_view,
    open_engine,
)
from indexing.embedding import HashEmbedder
from indexing.segmentation import Dictionary, bundled_dictionary

SCHEMA = IndexSchema(text_fields=("title", "body"), meaning_fields=("title", "body"), keyword_fields=("field",))
Opener = Callable[..., Index]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[SearchEngine]:
    opened = open_engine(f"embedded://{tmp_path / 'index'}")
    yield opened
    opened.close()


@pytest.fixture
def open_index(engine: SearchEngine, segmenter: Segmenter, tmp_path: Path) -> Iterator[Opener]:
    meanings = []

    def opener(*, warm: bool = True, dictionary: Segmenter = segmenter, kind: str = "needs") -> Index:
        meaning = Meaning(CachedEmbedder(HashEmbedder(), tmp_path / "vectors.sqlite"))
        meanings.append(meaning)
        if warm:
            meaning.warm_up()
        return Index(kind, SCHEMA, engine, lambda: dictionary, meaning)

    yield opener
    for meaning in meanings:
        meaning.close()


def document(identifier: str, title: str, body: str = "", *, version: int = 1, field: str = "a") -> IndexDocument:
    return IndexDocument(identifier, version, {"title": title, "body": body}, {"field": field})


def found(index: Index, text: str, *, meaning: bool = False) -> list[str]:
    query = SearchQuery(texts={text: 1.0}, meaning=text if meaning else None)
    return [hit.id for hit in index.search(query).hits]


def test_nothing_built_says_what_to_do(open_index: Opener) -> None:
    with pytest.raises(IndexNotBuilt, match="matchmaker reindex"):
        found(open_index(), "轴承")


def test_a_title_counts_more_than_a_text(open_index: Opener) -> None:
    index = open_index()
    index.write([document("text", "工艺改进", "轴承寿命"), document("title", "轴承寿命", "工艺改进")])
    assert found(index, "轴承寿命") == ["title", "text"]


def test_a_synonym_finds_but_the_word_itself_is_better(open_index: Opener) -> None:
    index = open_index()
    index.write([document("synonym", "锂电池回收"), document("word", "锂离子电池回收"), document("other", "轴承回收")])
    assert found(index, "锂电池")[:2] == ["synonym", "word"]


def test_the_model_is_not_waited_for(open_index: Opener) -> None:
    index = open_index(warm=False)
    missing = index.write([document("1", "高速轴承")], embed=False)
    result = index.search(SearchQuery(texts={"轴承": 1.0}, meaning="轴承"))
    assert missing == ["1"]
    assert [hit.id for hit in result.hits] == ["1"]
    assert result.meaning == "loading"


def test_meaning_that_comes_later_is_used(open_index: Opener) -> None:
    index = open_index()
    index.write([document("1", "高速轴承")], embed=False)
    assert index.without_meaning() == {"1"}
    assert index.write([document("1", "高速轴承")]) == []
    assert index.without_meaning() == set()
    result = index.search(SearchQuery(texts={"轴承": 1.0}, meaning="轴承"))
    assert result.meaning == "ready"
    assert result.hits[0].cosine is not None


def test_meaning_finds_what_no_word_does(open_index: Opener) -> None:
    index = open_index()
    index.write([document("near", "abcd efgh"), document("far", "轴承")])
    assert found(index, "hgfe dcba", meaning=True)[0] == "near"


def test_filters_hold_in_every_channel(open_index: Opener) -> None:
    index = open_index()
    index.write([document("1", "高速轴承", field="a"), document("2", "高速轴承", field="b")])
    query = SearchQuery(texts={"轴承": 1.0}, meaning="轴承", filters=(Terms("field", ("b",)),), feedback=True)
    assert [hit.id for hit in index.search(query).hits] == ["2"]


def test_words_that_all_askers_use_count_little(open_index: Opener) -> None:
    needs, achievements = open_index(), open_index(kind="achievements")
    needs.write([document(str(number), f"攻关项目 课题{number}") for number in range(30)])
    achievements.write([document("boilerplate", "攻关项目 攻关项目"), document("topic", "课题7 方案")])
    query = SearchQuery(texts={"攻关项目 课题7": 1.0})
    assert achievements.search(query).hits[0].id == "boilerplate"
    rarity = Rarity(word=lambda word: 0.1 if word in ("攻关", "项目", "攻关项目") else 5.0, pair=lambda pair: 1.0)
    assert achievements.search(query, asked_in=needs, rarity=rarity).hits[0].id == "topic"


def test_a_changed_dictionary_is_noticed_and_says_what_to_do(open_index: Opener) -> None:
    open_index().write([document("1", "高速轴承")])
    known = bundled_dictionary()
    changed = Segmenter(dictionary=Dictionary((*known.terms, "高速轴承"), known.stop_words, known.synonyms))
    index = open_index(dictionary=changed)
    with pytest.raises(IndexOutdated, match="matchmaker reindex"):
        found(index, "轴承")
    with pytest.raises(IndexOutdated):
        index.write([document("2", "电机")])
    index.rebuild([document("1", "高速轴承")])
    assert found(index, "高速轴承") == ["1"]


def test_an_interrupted_rebuild_changes_nothing(open_index: Opener) -> None:
    index = open_index()
    index.write([document("1", "高速轴承")])

    def broken() -> Iterator[IndexDocument]:
        yield document("2", "电机")
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        index.rebuild(broken())
    assert found(index, "轴承") == ["1"]
    assert found(index, "电机") == []


def test_a_rebuild_drops_what_is_no_longer_there(open_index: Opener) -> None:
    index = open_index()
    index.write([document("1", "高速轴承"), document("2", "高速电机")])
    assert index.rebuild([document("2", "高速电机", version=2)]) == 1
    assert index.versions() == {"2": 2}
    assert found(index, "轴承") == []


def test_what_is_written_during_a_rebuild_is_in_the_new_generation(open_index: Opener) -> None:
    index, elsewhere = open_index(), open_index()
    index.write([document("1", "高速轴承"), document("2", "低温电机")])
    with index.rebuilding() as new:
        # Another process changes, adds and removes while the backfill still holds what it read before.
        elsewhere.write([document("1", "石墨烯散热膜", version=2), document("3", "钙钛矿电池")])
        elsewhere.delete(["2"])
        new.write([document("1", "高速轴承")])
        assert new.versions() == {"1": 2, "3": 1}
        assert index.versions() == {"1": 2, "3": 1}
    assert index.versions() == {"1": 2, "3": 1}
    assert (found(index, "石墨烯"), found(index, "轴承"), found(elsewhere, "钙钛矿")) == (["1"], [], ["3"])


def test_a_second_rebuild_takes_the_place_of_the_first(open_index: Opener) -> None:
    index = open_index()
    index.write([document("1", "高速轴承")])
    first = index.rebuilding()
    overtaken = first.__enter__()
    assert index.rebuild([document("1", "高速轴承"), document("2", "低温电机")]) == 2
    with pytest.raises(IndexNotBuilt) as told:
        overtaken.write([document("1", "高速轴承")])
    # The error is not swallowed, and what has been published since is left alone.
    assert not first.__exit__(told.type, told.value, told.tb)
    assert index.versions() == {"1": 1, "2": 1}


def test_a_rebuild_with_another_dictionary_is_left_alone_by_this_one(
    open_index: Opener,
) -> None:
    index = open_index()
    index.write([document("1", "高速轴承")])
    known = bundled_dictionary()
    changed = Segmenter(dictionary=Dictionary((*known.terms, "高速轴承"), known.stop_words, known.synonyms))
    other = open_index(dictionary=changed)
    with other.rebuilding() as new:
        index.write([document("2", "低温电机")])
        assert new.versions() == {}
        assert index.versions() == {"1": 1, "2": 1}


def test_within_a_view_an_index_is_looked_up_once_and_stays_the_same(
    open_index: Opener, engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, other = open_index(), open_index(kind="achievements")
    index.write([document("1", "高速轴承")])
    other.write([document("2", "高速电机")])
    asked: list[str] = []
    published = engine.published
    monkeypatch.setattr(engine, "published", lambda kind: asked.append(kind) or published(kind))
    with one_view():
        assert (found(index, "轴承", meaning=True), index.count(), found(other, "电机")) == (["1"], 1, ["2"])
        assert index.facet_counts(["field"], ()) == {"field": {"a": 1}}
        assert sorted(asked) == ["achievements", "needs"]
        with index.rebuilding() as new:
            new.write([document("3", "低速轴承"), document("4", "直线轴承")])
        # What this view began with goes on answering.
        assert (index.count(), set(index.versions())) == (1, {"1"})
        # Writing looks again.
        index.write([document("5", "轴承钢")])
    assert set(index.versions()) == {"3", "4", "5"}
    asked.clear()
    assert found(index, "轴承钢", meaning=True)[0] == "5"
    assert asked == ["needs"]


def test_a_view_goes_on_with_the_new_generation_where_the_old_one_is_gone(
    open_index: Opener, engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("indexing.engines.embedded._DROPPED_STILL_ANSWERS_SECONDS", -1.0)
    index = open_index()
    index.write([document("1", "高速轴承")])
    with one_view():
        assert found(index, "轴承") == ["1"]
        for identifier in "23":
            with index.rebuilding() as new:
                new.write([document(identifier, "低速轴承")])
        assert (found(index, "轴承"), set(index.versions())) == (["3"], {"3"})
