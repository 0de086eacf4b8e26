"""The embedder door: every name opens what it says, or says what to choose instead."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from indexing import CachedEmbedder, EmbedderNotAvailable, IndexDocument, IndexSchema, Meaning, open_embedder
from indexing.embedding import Calibration, HashEmbedder, calibration_texts, normalised

SCHEMA = IndexSchema(text_fields=("title", "body"), meaning_fields=("title", "body"))


def test_off_is_no_embedder() -> None:
    assert open_embedder("off") is None


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(EmbedderNotAvailable, match="bundled"):
        open_embedder("word2vec")


def test_sentence_transformers_says_how_to_install_it_or_opens() -> None:
    installed = find_spec("sentence_transformers") is not None
    expected = "/nowhere/model" if installed else r"matchmaker\[semantic\]"
    with pytest.raises(EmbedderNotAvailable, match=expected):
        open_embedder("sentence-transformers:/nowhere/model").embed_query("轴承")  # type: ignore[union-attr]


def test_the_bundled_model_knows_what_is_alike() -> None:
    embedder = open_embedder("bundled")
    assert embedder is not None
    battery, cell, pickles = embedder.embed_documents(["锂离子电池正极材料", "动力电池电极材料制备", "泡菜发酵工艺"])
    assert battery @ cell > battery @ pickles
    assert np.allclose(np.linalg.norm([battery, cell, pickles], axis=1), 1, atol=1e-3)


def test_a_platform_without_the_bundled_wheel_is_told_what_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexing.embedding.find_spec", lambda _name: None)
    with pytest.raises(EmbedderNotAvailable, match="off"):
        open_embedder("bundled")


def test_the_cache_gives_back_what_was_computed(tmp_path: Path) -> None:
    first = CachedEmbedder(HashEmbedder(), tmp_path / "vectors.sqlite")
    computed = first.embed_documents(["轴承", "电机", "轴承"])
    first.close()
    again = CachedEmbedder(HashEmbedder(), tmp_path / "vectors.sqlite")
    assert set(again.known(["轴承", "电机", "泵"])) == {"轴承", "电机"}
    assert np.array_equal(again.embed_documents(["轴承", "电机", "轴承"]), computed)
    again.close()


def test_calibration_makes_unrelated_texts_less_alike(tmp_path: Path) -> None:
    model = open_embedder("bundled")
    assert model is not None
    embedder = CachedEmbedder(model, tmp_path / "vectors.sqlite")
    raw = embedder.embed_documents(["锂离子电池正极材料", "泡菜发酵工艺"])
    calibrated = Calibration(embedder)(raw)
    assert calibrated[0] @ calibrated[1] < raw[0] @ raw[1] - 0.3
    embedder.close()


def test_calibration_has_enough_texts_and_none_twice() -> None:
    texts = calibration_texts()
    assert len(texts) == len(set(texts)) >= 200


def test_meaning_is_loading_until_it_is_warm(tmp_path: Path) -> None:
    meaning = Meaning(CachedEmbedder(HashEmbedder(), tmp_path / "vectors.sqlite"))
    assert meaning.state == "loading"
    assert meaning.of_query("轴承") is None
    meaning.warm_up()
    assert meaning.state == "ready"
    assert meaning.of_query("轴承") is not None
    meaning.close()


def test_known_vectors_need_no_model_run(tmp_path: Path) -> None:
    meaning = Meaning(CachedEmbedder(HashEmbedder(), tmp_path / "vectors.sqlite"))
    meaning.warm_up()
    document = IndexDocument("1", 1, {"title": "高速轴承", "body": "寿命短"})
    assert meaning.known(SCHEMA, [document]) == {}
    computed = meaning.of_documents(SCHEMA, [document])["1"]
    assert np.array_equal(meaning.known(SCHEMA, [document])["1"], computed)
    meaning.close()


def test_a_row_of_zeros_stays() -> None:
    assert normalised(np.zeros((1, 3), np.float32)).tolist() == [[0.0, 0.0, 0.0]]
