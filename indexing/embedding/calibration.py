"""What all technical texts have in common, taken out of a model's vectors."""

import hashlib
from functools import cache
from importlib.resources import files

from indexing.document import Vector
from indexing.embedding.base import Matrix, normalised
from indexing.embedding.cache import CachedEmbedder

_METHOD = "mean"


class Calibration:
    """Takes out of a model's vectors what all technical texts have in common.

    Models put every text into a narrow cone: two unrelated titles have cosine 0.4 and more. Subtracting the mean of
    some hundred texts of the field spreads them. Measured with bge-small-zh on the development judgments, whole
    retrieval: nDCG@10 0.668 and recall@100 0.540, against 0.662 and 0.528 where the first principal component is
    taken out as well, which models of the e5 kind had needed. The texts are fixed data, so the same model gives the
    same vectors in every index.
    """

    def __init__(self, embedder: CachedEmbedder) -> None:
        self._mean: Vector = embedder.embed_documents(calibration_texts()).mean(axis=0)

    def __call__(self, vectors: Matrix) -> Matrix:
        """Calibrated, L2-normalised copies of the rows."""
        return normalised(vectors - self._mean)


def calibration_texts() -> list[str]:
    """The fixed texts every model is calibrated on."""
    return files("indexing").joinpath("dictionaries", "calibration.txt").read_text("utf-8").splitlines()


@cache
def calibration_fingerprint() -> str:
    """Changes when the calibration texts do, or what is done with them."""
    return hashlib.sha256("\n".join([_METHOD, *calibration_texts()]).encode()).hexdigest()[:8]
