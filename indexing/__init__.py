"""A search library: segmentation, embedding, two-channel retrieval, fusion. Knows nothing of technology transfer."""

from indexing.document import EngineDocument, Hit, IndexDocument, IndexSchema, Ranked, Vector
from indexing.embedding import CachedEmbedder, Embedder, open_embedder
from indexing.engines import open_engine
from indexing.engines.base import SearchEngine
from indexing.errors import (
    EmbedderNotAvailable,
    EngineUnavailable,
    IndexingError,
    IndexLocked,
    IndexNotBuilt,
    IndexOutdated,
    InvalidQuery,
    UnknownEngine,
)
from indexing.index import Index, SearchResult
from indexing.meaning import Meaning, MeaningState
from indexing.query import Filter, NotTerms, Range, SearchQuery, Terms, WordsQuery
from indexing.segmentation import Segmenter, Token

__all__ = [
    "CachedEmbedder",
    "Embedder",
    "EmbedderNotAvailable",
    "EngineDocument",
    "EngineUnavailable",
    "Filter",
    "Hit",
    "Index",
    "IndexDocument",
    "IndexLocked",
    "IndexNotBuilt",
    "IndexOutdated",
    "IndexSchema",
    "IndexingError",
    "InvalidQuery",
    "Meaning",
    "MeaningState",
    "NotTerms",
    "Range",
    "Ranked",
    "SearchEngine",
    "SearchQuery",
    "SearchResult",
    "Segmenter",
    "Terms",
    "Token",
    "UnknownEngine",
    "Vector",
    "WordsQuery",
    "open_embedder",
    "open_engine",
]
