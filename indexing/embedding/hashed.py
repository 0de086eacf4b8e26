"""Vectors without a model, for tests."""

import hashlib
from collections.abc import Sequence

import numpy as np

from indexing.document import Vector
from indexing.embedding.base import Matrix


class HashEmbedder:
    """Repeatable vectors without a model: texts that share characters lie near each other. For tests."""

    dimensions = 64
    batch = 128
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
