"""Any model of the library sentence-transformers, from a folder or a model hub, on a CPU or a GPU."""

import logging
import os
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from indexing.document import Vector
from indexing.embedding.base import Matrix
from indexing.embedding.model_folder import SUFFIXES, WEIGHTS, ModelFolder
from indexing.embedding.threads import cpu_threads
from indexing.errors import EmbedderNotAvailable

# Whoever is to answer at all does so within this time; a closed network may drop what is sent without a word.
HUB_SECONDS = 5
# Read by the libraries when they are imported; each would otherwise ask a hub before it opens a file on this machine.
SILENT = {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
INSTEAD = "或设 MATCHMAKER_EMBEDDER=bundled"


class Running(NamedTuple):
    """How a model is run on one kind of device: type of number and how many texts at once."""

    numbers: str
    batch: int


class SentenceTransformerEmbedder:
    """A model by folder or by its name on a model hub; prompts as the model says. Loads at first use.

    A folder is looked at when it is opened and needs no network, ever. A name is fetched from the hub at first
    use unless it is in the hub's cache on this machine. On a CPU one core is left for serving pages; whoever
    sets OMP_NUM_THREADS decides the number of threads instead.
    """

    def __init__(self, model: str) -> None:
        if find_spec("sentence_transformers") is None:
            raise EmbedderNotAvailable(
                "未安装 sentence-transformers：请运行 pip install 'matchmaker[semantic]'，或设 MATCHMAKER_EMBEDDER=bundled"
            )
        self._model_name = model
        self._lock = threading.Lock()
        self._loaded: tuple[ModelFolder, Running, Any] | None = None
        path = Path(model).expanduser()
        self._folder: ModelFolder | None = None
        if path.is_dir():
            self._folder = ModelFolder(path.resolve(), path.resolve().name)
        elif not re.fullmatch(r"\w[\w.-]*(/\w[\w.-]*)?", model):
            raise EmbedderNotAvailable(f"没有语义模型目录“{model}”：请检查路径是否正确、是否可读，{INSTEAD}")
        # The name on a hub says which model it is; content cannot be asked before it has been fetched.
        self.name = self._folder.name if self._folder else f"sentence-transformers:{model}"

    @property
    def dimensions(self) -> int:
        """From the folder's settings; only unusual models must be loaded for it. Raises EmbedderNotAvailable."""
        known = self._folder.dimensions if self._folder else None
        return known or int(self._ready()[2].get_embedding_dimension())

    @property
    def batch(self) -> int:
        """As many as the device takes at once; before the model is loaded, as many as a CPU does."""
        return self._loaded[1].batch if self._loaded else running_on("cpu", "").batch

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Vectors of texts that will be searched. Raises EmbedderNotAvailable when the model cannot be loaded."""
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        folder, running, model = self._ready()
        return self._encoded(model.encode_document, list(texts), folder.prompts.document, running)

    def embed_query(self, text: str) -> Vector:
        """The vector of what somebody types. Raises EmbedderNotAvailable when the model cannot be loaded."""
        folder, running, model = self._ready()
        found: Vector = self._encoded(model.encode_query, [text], folder.prompts.query, running)[0]
        return found

    def _encoded(self, encode: Any, texts: list[str], prompt: str, running: Running) -> Matrix:
        # A tokenizer refuses two threads at once. The library sorts texts by length, so batches need little padding.
        with self._lock:
            vectors = encode(
                texts, prompt=prompt, batch_size=running.batch, normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(vectors, np.float32)

    def _ready(self) -> tuple[ModelFolder, Running, Any]:
        with self._lock:
            if self._loaded is None:
                self._folder = self._folder or _from_hub(self._model_name)
                self._loaded = (self._folder, *_load(self._folder))
            return self._loaded


def running_on(device: str, stored: str) -> Running:
    """How to run a model stored in numbers of type `stored` on a device like `cpu`, `cuda:0`, `mps`.

    Half precision is a hundred times slower on a CPU, so weights stored in it are widened. On CUDA it halves
    time and memory; weights trained in bfloat16 may exceed what float16 can hold, so they stay what they are.
    """
    kind = device.partition(":")[0]
    if kind == "cuda":
        return Running("bfloat16" if stored == "bfloat16" else "float16", 128)
    # 16: measured on a CPU with titles and long texts; larger batches pad more and gain nothing.
    return Running("float32", 16 if kind == "cpu" else 64)


def _load(folder: ModelFolder) -> tuple[Running, Any]:
    # Set for the libraries imported below; everything they need has been found on this machine.
    os.environ.update(SILENT | OFFLINE)
    try:
        if folder.onnx_file is not None:
            from indexing.embedding.onnx_transformer import onnx_sentence_transformer

            # Every text is run by itself, so a batch is only what is kept in memory at a time.
            return Running("float32", 32), onnx_sentence_transformer(folder)
        import torch
        import transformers
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.util import get_device_name

        transformers.utils.logging.disable_progress_bar()
        device = get_device_name()
        running = running_on(device, folder.stored_type)
        if device == "cpu" and "OMP_NUM_THREADS" not in os.environ:
            torch.set_num_threads(cpu_threads())
        with _incomplete_weights() as missing:
            model = SentenceTransformer(
                str(folder.path), device=device, local_files_only=True, model_kwargs={"dtype": running.numbers}
            )
    # Whatever somebody's files or drivers do when they are opened: words go on without the model.
    except Exception as error:
        reason = (str(error).strip().splitlines() or [""])[0][:200]
        raise EmbedderNotAvailable(
            f"无法载入语义模型目录“{folder.path}”（{type(error).__name__}: {reason}）："
            f"请检查该目录是否完整、与已安装的 sentence-transformers 是否相配、内存是否足够，{INSTEAD}"
        ) from error
    if missing:
        raise EmbedderNotAvailable(
            f"语义模型目录“{folder.path}”的权重文件缺少 {missing[0]} 等 {len(missing)} 项：请重新完整拷贝模型目录，{INSTEAD}"
        )
    return running, model


@contextmanager
def _incomplete_weights() -> Iterator[list[str]]:
    """Collects the weights that were missing: the library only reports them and goes on with random numbers."""
    missing: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found = re.findall(r"^(\S.*?)\s*\|\s*(?:\x1b\[\d+m)?MISSING", record.getMessage(), re.MULTILINE)
            # A pooler is a part that sentence embeddings do not ask; many checkpoints come without it.
            missing.extend(name for name in found if "pooler" not in name)

    log, collector = logging.getLogger("transformers.modeling_utils"), Collector()
    log.addHandler(collector)
    try:
        yield missing
    finally:
        log.removeHandler(collector)


def _from_hub(model: str) -> ModelFolder:
    """The model in the hub's cache on this machine, fetched if it is not there. Raises EmbedderNotAvailable."""
    os.environ.update(SILENT)
    from huggingface_hub import HfApi, snapshot_download, try_to_load_from_cache

    # The library's own models may be named without their organisation.
    name = model if "/" in model else f"sentence-transformers/{model}"
    cached = try_to_load_from_cache(name, "modules.json")
    if isinstance(cached, str):
        try:
            return ModelFolder(Path(cached).parent, name)
        except EmbedderNotAvailable:
            # Begun and not finished: what is missing is fetched below.
            pass
    try:
        files = {entry.rfilename for entry in HfApi().model_info(name, timeout=HUB_SECONDS).siblings or ()}
        # Where the weights are there in both forms, one is enough.
        twice = WEIGHTS[1] if any(file.endswith(WEIGHTS[0]) for file in files) else ""
        wanted = [file for file in files if Path(file).suffix in SUFFIXES and Path(file).suffix != twice]
        return ModelFolder(Path(snapshot_download(name, allow_patterns=wanted, etag_timeout=HUB_SECONDS)), name)
    except EmbedderNotAvailable:
        raise
    # No network, no such name, no right to it: the repair is the same.
    except Exception as error:
        raise EmbedderNotAvailable(
            f"语义模型“{model}”不在本机，也无法从模型库取得（{type(error).__name__}）：请在有网络的机器上下载后把模型目录拷贝到本机，"
            f"设 MATCHMAKER_EMBEDDER=sentence-transformers:<模型目录>；可用 scripts/export_model 由内置模型生成一个，{INSTEAD}"
        ) from error
