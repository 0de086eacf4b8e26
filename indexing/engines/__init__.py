"""The engines an index can live in. `open_engine` is the only place that chooses between them."""

from pathlib import Path

from indexing.engines.base import SearchEngine
from indexing.errors import UnknownEngine

_KNOWN_URLS = "embedded:///绝对路径 或 embedded:相对路径（本机文件夹中的索引）"


def open_engine(url: str) -> SearchEngine:
    """The engine that `url` names. Nothing is created or connected to before the first call needs it.

    Raises UnknownEngine, saying which URLs there are.
    """
    scheme, _, rest = url.partition(":")
    path = rest.removeprefix("//")
    # `embedded://data/index` reads as a host called `data`: whoever writes it means one of the other two forms.
    host_given = rest.startswith("//") and not path.startswith("/")
    if scheme == "embedded" and path and not host_given:
        # Imported here, so that a deployment on another engine does not need tantivy.
        from indexing.engines.embedded import EmbeddedEngine

        return EmbeddedEngine(Path(path))
    raise UnknownEngine(f"没有名为“{url}”的检索引擎：可用 {_KNOWN_URLS}")


__all__ = ["SearchEngine", "open_engine"]
