"""Mapping + dictionary + model → the short name of the index they produce."""

import hashlib
from dataclasses import asdict

from indexing.document import IndexSchema

# Grows when the code that turns a document into tokens and vectors changes what it makes.
INDEX_FORMAT = 1


def fingerprint(schema: IndexSchema, segmenter: str, embedder: str | None) -> str:
    """Ten characters that differ whenever an index built with these would differ."""
    content = f"{INDEX_FORMAT}|{sorted(asdict(schema).items())}|{segmenter}|{embedder or 'off'}"
    return hashlib.sha256(content.encode()).hexdigest()[:10]
