"""Models of the library sentence-transformers: the bundled one as a folder, and a small one of PyTorch with made-up weights."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from indexing import (
    CachedEmbedder,
    Embedder,
    EmbedderNotAvailable,
    Index,
    IndexDocument,
    IndexSchema,
    Meaning,
    SearchQuery,
    Segmenter,
    open_embedder,
    open_engine,
)
from indexing.document import Vector
from indexing.embedding import Matrix, SentenceTransformerEmbedder, calibration_texts
from indexing.embedding.threads import cpu_threads

SCRIPT = Path(__file__).parents[2] / "scripts" / "export_model"
SCHEMA = IndexSchema(text_fields=("title", "body"), meaning_fields=("title", "body"))
MIXED = [
    "C++ 嵌入式 RTOS 开发",
    "5G-V2X 车联网 edge computing",
    "pH值≤7.5 的废水 COD 降低 30%",
    "ＡＢＣ１２３ 全角，５～１０ ㎡ 25℃",
    "喹啉 衍生物与头孢喹肟注射液",  # two unknown characters in a row
    "①高强 ②轻质 Ⅳ型储氢瓶 ½",
    "カタカナ ｶﾅ 日本語 한글 Привет",
    "新能源汽车 🚗👍 café",
    "a\tb\nc  锂\u200b电池\ufeff",
    "。",
]
Break = Callable[[Path], None]


def unavailable(reason: str) -> None:
    if os.environ.get("MATCHMAKER_REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


ROOT = SCRIPT.parents[1]
# Run as from a source tree: the script finds `indexing` where it is installed, which may be another tree.
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `scripts/export_model` makes."""
    if find_spec("sentence_transformers") is None:
        unavailable("no sentence-transformers: pip install 'matchmaker[semantic]'")
    folder = tmp_path_factory.mktemp("models") / "bge"
    run = subprocess.run(
        [sys.executable, "-W", "error", SCRIPT, folder], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="session")
def untrained(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as PyTorch models come: a BERT of two small layers whose weights nobody trained."""
    import torch
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("models") / "untrained"
    shutil.copytree(exported, folder, ignore=shutil.ignore_patterns("onnx", "matchmaker-model.json"))
    torch.manual_seed(0)
    sizes = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 128}
    BertModel(BertConfig(vocab_size=21128, **sizes)).save_pretrained(folder)
    pooling = {"word_embedding_dimension": 64, "pooling_mode_mean_tokens": True}
    (folder / "1_Pooling" / "config.json").write_text(json.dumps(pooling), "ascii")
    return folder


@pytest.fixture(scope="session")
def model(exported: Path) -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder(str(exported))


@pytest.fixture(scope="session")
def bundled(exported: Path) -> Embedder:
    opened = open_embedder("bundled")
    assert opened is not None
    return opened


@pytest.fixture(scope="session")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of what each embedder has computed; one file each, because they share a name."""
    return tmp_path_factory.mktemp("vectors")


@pytest.fixture
def copy(exported: Path, tmp_path: Path) -> Path:
    """A folder of links to the exported model's files, to be changed by a test."""
    return shutil.copytree(exported, tmp_path / "copy", copy_function=os.symlink)


@pytest.fixture
def torch_copy(untrained: Path, tmp_path: Path) -> Path:
    """The same of the PyTorch model."""
    return shutil.copytree(untrained, tmp_path / "copy", copy_function=os.symlink)


def replace(file: Path, content: str | bytes) -> None:
    file.unlink()
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


def likeness(left: Matrix, right: Matrix) -> Vector:
    cosines: Vector = np.sum(np.asarray(left) * np.asarray(right), axis=1)
    return cosines


# -- the same model ------------------------------------------------------------------------------------


def test_the_exported_model_makes_the_vectors_of_the_bundled_one(
    model: SentenceTransformerEmbedder, bundled: Embedder, vectors: Path
) -> None:
    titles = calibration_texts()
    texts = [*titles, *("。".join(titles[start : start + 40])[:400] for start in range(0, 200, 40)), *MIXED]
    made = []
    for name, embedder in (("model", model), ("bundled", bundled)):
        cached = CachedEmbedder(embedder, vectors / f"{name}.sqlite")
        made.append(cached.embed_documents(texts))
        cached.close()
    assert likeness(made[0], made[1]).min() >= 0.9995
    queries = [*titles[:10], *MIXED]
    made = [np.stack([one.embed_query(text) for text in queries]) for one in (model, bundled)]
    assert likeness(made[0], made[1]).min() >= 0.9995


def test_queries_get_the_prompt_of_the_folder_and_the_exported_one_has_none(
    model: SentenceTransformerEmbedder, copy: Path
) -> None:
    text = "锂离子电池正极材料"
    assert likeness(model.embed_documents([text]), model.embed_query(text)[np.newaxis]).min() > 0.9999
    assert model.embed_documents([]).shape == (0, 512)
    replace(copy / "matchmaker-model.json", json.dumps({"name": "x", "prompts": {"query": "为这个句子生成表示："}}))
    prompted = SentenceTransformerEmbedder(str(copy))
    assert 0.5 < prompted.embed_documents([text])[0] @ prompted.embed_query(text) < 0.999


def test_vectors_are_float32_of_length_one_in_the_order_of_the_texts(model: SentenceTransformerEmbedder) -> None:
    texts = ["轴承", "很长的文本" * 60, "电机"]
    vectors = model.embed_documents(texts)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert likeness(vectors, np.stack([model.embed_documents([text])[0] for text in texts])).min() > 0.9999


@pytest.mark.parametrize(("built", "opened"), [("bundled", "model"), ("model", "bundled")])
def test_an_index_built_with_one_serves_the_other(
    built: str, opened: str, request: pytest.FixtureRequest, segmenter: Segmenter, vectors: Path
) -> None:
    documents = [IndexDocument(str(number), 1, {"title": text}) for number, text in enumerate(calibration_texts()[:60])]
    tmp_path = request.getfixturevalue("tmp_path")
    engine = open_engine(f"embedded://{tmp_path / 'index'}")
    answers = []
    for name in (built, opened):
        meaning = Meaning(CachedEmbedder(request.getfixturevalue(name), vectors / f"{name}.sqlite"))
        meaning.warm_up()
        index = Index("needs", SCHEMA, engine, lambda: segmenter, meaning)
        if name == built:
            index.write(documents)
        found = index.search(SearchQuery(texts={"电池材料": 1.0}, meaning="电池材料", limit=60))
        assert found.meaning == "ready"
        answers.append({hit.id: hit.score for hit in found.hits})
        meaning.close()
    engine.close()
    # What is nearly as good may change places: the two round differently.
    assert list(answers[0])[:5] == list(answers[1])[:5]
    assert answers[0] == pytest.approx(answers[1], abs=0.02)


def test_a_checkpoint_in_half_precision_is_run_in_single_on_a_cpu(torch_copy: Path, untrained: Path) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = {name: tensor.astype(np.float16) for name, tensor in load_file(torch_copy / "model.safetensors").items()}
    (torch_copy / "model.safetensors").unlink()
    save_file(tensors, torch_copy / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((torch_copy / "config.json").read_text("utf-8"))
    replace(torch_copy / "config.json", json.dumps(config | {"dtype": "float16"}))
    half, whole = SentenceTransformerEmbedder(str(torch_copy)), SentenceTransformerEmbedder(str(untrained))
    vectors = half.embed_documents(MIXED)
    assert vectors.shape == (len(MIXED), 64)
    assert str(half._ready()[2].dtype) == "torch.float32"
    assert likeness(vectors, whole.embed_documents(MIXED)).min() >= 0.999


# -- what a model is known by --------------------------------------------------------------------------


@pytest.mark.parametrize(("weights", "fixture"), [("onnx/model.onnx", "copy"), ("model.safetensors", "torch_copy")])
def test_a_model_has_one_name_wherever_it_lies_and_another_when_it_differs(
    weights: str, fixture: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(fixture)
    (folder / "matchmaker-model.json").unlink(missing_ok=True)
    name = SentenceTransformerEmbedder(str(folder)).name
    assert name.startswith("sentence-transformers:bert-")
    moved = shutil.copytree(folder, tmp_path / "elsewhere" / "copy", symlinks=True)
    assert SentenceTransformerEmbedder(str(moved)).name == name
    file = moved / weights
    file.unlink()
    shutil.copyfile(folder / weights, file)
    with file.open("r+b") as opened:
        opened.seek(file.stat().st_size // 2)
        opened.write(bytes(1 << 20))
    assert SentenceTransformerEmbedder(str(moved)).name != name
    replace(folder / "config_sentence_transformers.json", json.dumps({"prompts": {"query": "问题："}}))
    assert SentenceTransformerEmbedder(str(folder)).name != name


def test_weights_of_pytorch_come_before_an_onnx_file_and_are_named_alone(torch_copy: Path, exported: Path) -> None:
    name = SentenceTransformerEmbedder(str(torch_copy)).name
    shutil.copytree(exported / "onnx", torch_copy / "onnx", copy_function=os.symlink)
    both = SentenceTransformerEmbedder(str(torch_copy))
    assert both.name == name
    assert both.embed_query("轴承").shape == (64,)


def test_opening_tells_name_and_dimensions_without_loading_a_library(exported: Path) -> None:
    code = (
        "import sys; from indexing import open_embedder; one = open_embedder(sys.argv[1]); print(one.name, one.dimensions);"
        "print([name for name in ('torch', 'transformers', 'sentence_transformers') if name in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, f"sentence-transformers:{exported}"],
        capture_output=True,
        text=True,
        check=True,
        env=ENVIRONMENT,
    )
    assert run.stdout.splitlines() == ["bundled:bge-small-zh-v1.5-q 512", "[]"]


# -- no network ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("socket_disabled")
@pytest.mark.parametrize(("fixture", "dimensions"), [("copy", 512), ("torch_copy", 64)])
def test_a_folder_is_loaded_without_a_single_connection(
    fixture: str, dimensions: int, request: pytest.FixtureRequest
) -> None:
    embedder = SentenceTransformerEmbedder(str(request.getfixturevalue(fixture)))
    assert embedder.embed_query("轴承").shape == (dimensions,)
    assert os.environ["HF_HUB_OFFLINE"] == "1"


@pytest.mark.skipif("OMP_NUM_THREADS" in os.environ, reason="OMP_NUM_THREADS decides here")
def test_the_model_runs_with_the_threads_it_was_given(untrained: Path) -> None:
    model = SentenceTransformerEmbedder(str(untrained))
    model.embed_query("轴承")
    import torch

    assert torch.get_num_threads() == cpu_threads()
    assert str(model._ready()[2].device) == "cpu" or torch.cuda.is_available() or torch.backends.mps.is_available()


@pytest.mark.usefixtures("socket_disabled")
def test_a_name_on_a_hub_is_taken_from_the_cache_of_this_machine(
    untrained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    repository = tmp_path / "models--somebody--my-bert"
    shutil.copytree(untrained, repository / "snapshots" / ("0" * 40), copy_function=os.symlink)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40, "ascii")
    named = SentenceTransformerEmbedder("somebody/my-bert")
    assert named.name == "sentence-transformers:somebody/my-bert"
    assert named.dimensions == 64
    assert named.embed_query("轴承").shape == (64,)


@pytest.mark.usefixtures("socket_disabled", "exported")
def test_a_name_that_cannot_be_fetched_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EmbedderNotAvailable, match="export_model"):
        SentenceTransformerEmbedder("somebody/no-such-model").embed_query("轴承")


# -- what is broken ------------------------------------------------------------------------------------


def drop(name: str) -> Break:
    return lambda folder: (folder / name).unlink()


def cut(folder: Path) -> None:
    whole = (folder / "model.safetensors").resolve()
    with whole.open("rb") as opened:
        replace(folder / "model.safetensors", opened.read(1_000_000))


def point(folder: Path) -> None:
    replace(folder / "model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 22000000\n")


def lose_a_shard(folder: Path) -> None:
    (folder / "model.safetensors.index.json").write_text('{"weight_map": {"a": "model-00002-of-00002.safetensors"}}')


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (drop("modules.json"), "modules.json"),
        (drop("model.safetensors"), "没有权重文件"),
        (lambda folder: shutil.rmtree(folder / "1_Pooling"), "1_Pooling"),
        (lambda folder: replace(folder / "modules.json", "["), "modules.json"),
        (cut, "model.safetensors 不完整"),
        (point, "Git LFS"),
        (lose_a_shard, "model-00002-of-00002.safetensors"),
    ],
)
def test_a_damaged_folder_is_noticed_when_it_is_opened(torch_copy: Path, damage: Break, said: str) -> None:
    damage(torch_copy)
    with pytest.raises(EmbedderNotAvailable, match=said) as noticed:
        open_embedder(f"sentence-transformers:{torch_copy}")
    assert "完整拷贝" in str(noticed.value)


def lose_a_layer(folder: Path) -> None:
    from safetensors.numpy import load_file, save_file

    tensors = {name: one for name, one in load_file(folder / "model.safetensors").items() if ".layer.1." not in name}
    (folder / "model.safetensors").unlink()
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: replace(folder / "tokenizer.json", "{}"), "无法载入"),
        (lambda folder: replace(folder / "config.json", '{"model_type": "no-such-kind"}'), "无法载入"),
        (lose_a_layer, "权重文件缺少 encoder"),
    ],
)
def test_what_only_loading_finds_switches_meaning_off_and_leaves_the_words(
    torch_copy: Path, damage: Break, said: str, segmenter: Segmenter
) -> None:
    engine = open_engine(f"embedded://{torch_copy.parent / 'index'}")
    name = SentenceTransformerEmbedder(str(torch_copy)).name
    replace(torch_copy / "config_sentence_transformers.json", "{}")
    (torch_copy / "matchmaker-model.json").write_text(json.dumps({"name": name}), "ascii")
    whole = Meaning(
        CachedEmbedder(SentenceTransformerEmbedder(str(torch_copy)), torch_copy.parent / "vectors_before.sqlite")
    )
    Index("needs", SCHEMA, engine, lambda: segmenter, whole).write([IndexDocument("1", 1, {"title": "高速轴承"})])
    whole.close()
    damage(torch_copy)
    meaning = Meaning(
        CachedEmbedder(SentenceTransformerEmbedder(str(torch_copy)), torch_copy.parent / "vectors.sqlite")
    )
    index = Index("needs", SCHEMA, engine, lambda: segmenter, meaning)
    index.warm_up()
    assert meaning.state == "off"
    assert meaning.problem is not None
    assert said in meaning.problem
    index.write([IndexDocument("2", 1, {"title": "低速轴承"})])
    result = index.search(SearchQuery(texts={"轴承": 1.0}, meaning="轴承"))
    assert sorted(hit.id for hit in result.hits) == ["1", "2"]
    assert result.meaning == "off"
    meaning.close()
    engine.close()


# -- the script ----------------------------------------------------------------------------------------


def test_the_script_overwrites_nothing(exported: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", "ascii")
    run = subprocess.run(
        [sys.executable, SCRIPT, tmp_path], capture_output=True, text=True, check=False, env=ENVIRONMENT
    )
    assert run.returncode == 1
    assert "已存在" in run.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_the_script_says_what_is_not_installed(tmp_path: Path) -> None:
    code = (
        "import runpy, sys, importlib.util as util; real = util.find_spec;"
        "util.find_spec = lambda name, *more: None if name == 'onnxruntime' else real(name, *more);"
        "sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name='__main__')"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, SCRIPT, tmp_path / "model"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "onnxruntime" in run.stderr
    assert "pip install" in run.stderr
