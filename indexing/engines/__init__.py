"""The engines an index can live in. `open_engine` is the only place that chooses between them."""

from pathlib import Path

from indexing.engines.base import SearchEngine
from indexing.errors import UnknownEngine

_KNOWN_URLS = (
    "embedded:///绝对路径 或 embedded:相对路径（本机文件夹中的索引），"
    "http://主机:9200/前缀 或 https://主机:9200,主机2:9200/前缀（Elasticsearch）"
)


def open_engine(url: str, *, api_key: str | None = None, ca_file: Path | None = None) -> SearchEngine:
    """The engine that `url` names. Nothing is created or connected to before the first call needs it.

    Elasticsearch: `http://host:9200,host2:9200/prefix?shards=1&replicas=1`, or `https`; all after the first host may
    be left out. `prefix` (`matchmaker`) keeps installations apart; `shards` (1) is for indexes made from now on;
    `replicas` is by default one where there is a second node. `api_key` identifies us, in Elasticsearch's Base64
    form; `ca_file` (PEM) is who signed its certificate, when the system does not know.

    Raises UnknownEngine, saying which URLs there are, and IndexingError for a key that cannot be one.
    """
    scheme, _, rest = url.partition(":")
    path = rest.removeprefix("//")
    # `embedded://data/index` reads as a host called `data`: whoever writes it means one of the other two forms.
    host_given = rest.startswith("//") and not path.startswith("/")
    # Imported here, so that a deployment on one engine does not need the libraries of the other.
    if scheme == "embedded" and path and not host_given:
        from indexing.engines.embedded import EmbeddedEngine

        return EmbeddedEngine(Path(path))
    if scheme in ("http", "https", "elasticsearch") and rest.startswith("//"):
        from indexing.engines.elastic import ElasticEngine
        from indexing.engines.elastic_address import checked_key, parse_address

        return ElasticEngine(parse_address(url), checked_key(api_key), ca_file)
    raise UnknownEngine(f"没有名为“{url.rpartition('@')[2]}”的检索引擎：可用 {_KNOWN_URLS}")


__all__ = ["SearchEngine", "open_engine"]
