"""A search library: segmentation, embedding, two-channel retrieval, fusion. Knows nothing of technology transfer."""

from indexing.document import EngineDocument, Hit, IndexDocument, IndexSchema, Ranked, Vector
from indexing.embedding import CachedEmbedder, Embedder, open_embedder
from indexing.engines import open_engine
from indexing.engines.base import EngineHealth, SearchEngine
from indexing.errors import (
    DocumentsRefused,
    EmbedderNotAvailable,
    EngineReadOnly,
    EngineUnavailable,
    IndexingError,
    IndexLocked,
    IndexNotBuilt,
    IndexOutdated,
    InvalidQuery,
    UnknownEngine,
)
from indexing.index import Index, Rebuild, SearchResult
from indexing.meaning import Meaning, MeaningState
from indexing.query import Filter, NotTerms, Range, Rarity, SearchQuery, Terms, WordsQuery
from indexing.segmentation import Segmenter, Token
from indexing.views import one_view

__all__ = [
    "CachedEmbedder",
    "DocumentsRefused",
    "Embedder",
    "EmbedderNotAvailable",
    "EngineDocument",
    "EngineHealth",
    "EngineReadOnly",
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
    "Rarity",
    "Rebuild",
    "SearchEngine",
    "SearchQuery",
    "SearchResult",
    "Segmenter",
    "Terms",
    "Token",
    "UnknownEngine",
    "Vector",
    "WordsQuery",
    "one_view",
    "open_embedder",
    "open_engine",
]
