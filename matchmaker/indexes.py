"""The two indexes of an installation, opened together: one engine, one dictionary, one model."""

from functools import cached_property
from pathlib import Path

from indexing import (
    CachedEmbedder,
    EmbedderNotAvailable,
    Index,
    Meaning,
    SearchEngine,
    Segmenter,
    open_embedder,
    open_engine,
)
from matchmaker.index_documents import SCHEMAS
from matchmaker.models.outbox import RecordKind
from matchmaker.settings import Settings


class Indexes:
    """Needs and achievements. Opening is quick: dictionary and model load at first use or by `warm_up`."""

    def __init__(self, engine: SearchEngine, meaning: Meaning, data_dir: Path) -> None:
        self._engine = engine
        self.data_dir = data_dir
        self.meaning = meaning
        self.needs = self._open(RecordKind.NEEDS)
        self.achievements = self._open(RecordKind.ACHIEVEMENTS)

    def _open(self, kind: RecordKind) -> Index:
        return Index(kind, SCHEMAS[kind], self._engine, lambda: self._segmenter, self.meaning)

    @cached_property
    def _segmenter(self) -> Segmenter:
        return Segmenter(self.data_dir / "jieba")

    def of(self, kind: RecordKind) -> Index:
        """The index of that kind of record."""
        return self.needs if kind is RecordKind.NEEDS else self.achievements

    def remove(self) -> None:
        """Drop both indexes from the engine: for those that were made for a moment."""
        for kind in RecordKind:
            self._engine.remove(kind)

    def warm_up(self) -> None:
        """Load dictionary and model."""
        self.needs.warm_up()

    def close(self) -> None:
        """Give files, locks and connections back."""
        self.meaning.close()
        self._engine.close()


def engine_of(settings: Settings) -> SearchEngine:
    """The search engine of the settings, with its access; nothing is connected yet. Raises UnknownEngine."""
    key = settings.engine_api_key
    return open_engine(
        settings.resolved_engine_url(),
        api_key=key.get_secret_value() if key else None,
        ca_file=settings.engine_ca_file,
    )


def open_indexes(settings: Settings) -> Indexes:
    """The indexes of this installation. A model that is not there leaves words working (`meaning.problem`).

    Raises IndexingError when the engine itself cannot be opened.
    """
    problem = None
    embedder = None
    try:
        model = open_embedder(settings.embedder)
        if model is not None:
            embedder = CachedEmbedder(model, settings.data_dir / "vectors.sqlite")
    except EmbedderNotAvailable as error:
        problem = str(error)
    return Indexes(engine_of(settings), Meaning(embedder, problem), settings.data_dir)
