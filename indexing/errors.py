"""Everything that can go wrong in `indexing`, each with a sentence that names the repair.

IndexingError
├── EmbedderNotAvailable      the model's library or weights are not on this machine
├── UnknownEngine             the engine URL names no engine we have
├── IndexNotBuilt             nothing has been published under this name yet
├── IndexOutdated             the published index was made with another dictionary, model or schema
├── IndexLocked               another process holds the one writer's place
├── InvalidQuery              the query names a field the schema does not have
└── EngineUnavailable         the engine cannot answer just now
"""


class IndexingError(Exception):
    """Root of the tree: `str(error)` is fit for a log line or a page, and names the repair."""


class EmbedderNotAvailable(IndexingError):
    pass


class UnknownEngine(IndexingError):
    pass


class IndexNotBuilt(IndexingError):
    pass


class IndexOutdated(IndexingError):
    pass


class IndexLocked(IndexingError):
    pass


class InvalidQuery(IndexingError):
    pass


class EngineUnavailable(IndexingError):
    pass
