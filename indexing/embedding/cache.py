"""Document vectors that are computed once."""

import hashlib
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from indexing.document import Vector
from indexing.embedding.base import Embedder, Matrix


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

    @property
    def batch(self) -> int:
        return self._embedder.batch

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

    def unremembered(self, texts: Sequence[str]) -> Matrix:
        """As `embed_documents`, for texts of which nothing may stay behind."""
        return self._embedder.embed_documents(texts)

    def embed_query(self, text: str) -> Vector:
        return self._embedder.embed_query(text)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _key(self, text: str) -> bytes:
        return hashlib.blake2b(f"{self.name}\n{text}".encode(), digest_size=16).digest()
