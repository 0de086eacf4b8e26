"""Everything that can go wrong in `indexing`, each with a sentence that names the repair.

IndexingError
├── EmbedderNotAvailable      the model's library or weights are not on this machine
├── UnknownEngine             the engine URL names no engine we have
├── IndexNotBuilt             nothing has been published under this name yet
├── IndexOutdated             the published index was made with another dictionary, model or schema
├── IndexLocked               another process holds the one writer's place
├── InvalidQuery              the query names a field the schema does not have
├── DocumentsRefused          documents that can never be stored as they are; the others have been
└── EngineUnavailable         the engine cannot answer just now; the same call may succeed later
    └── EngineReadOnly        it answers searches but takes no writes: its disk is full, or somebody locked it
"""

from collections.abc import Mapping


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


class DocumentsRefused(IndexingError):
    """`problems`: document id → what is wrong with it. No text of the document is repeated."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        some = "; ".join(f"{one}: {problem}" for one, problem in list(problems.items())[:3])
        super().__init__(f"{len(problems)} documents cannot be stored: {some}")
        self.problems = dict(problems)


class EngineUnavailable(IndexingError):
    pass


class EngineReadOnly(EngineUnavailable):
    pass
