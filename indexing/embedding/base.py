"""What every embedder promises, and the little arithmetic they share."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexing.document import Vector

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

    @property
    def batch(self) -> int:
        """How many texts it is best given at once: about what it manages in some seconds, long ones included."""

    def embed_documents(self, texts: Sequence[str]) -> Matrix:
        """Vectors of texts that will be searched."""

    def embed_query(self, text: str) -> Vector:
        """The vector of what somebody types; some models want another prefix for it."""


def normalised(vectors: Matrix) -> Matrix:
    """Rows of length 1; a row of zeros stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    divided: Matrix = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-12)
    return divided.astype(np.float32)
