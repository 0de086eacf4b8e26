"""Where an Elasticsearch is and what our indexes are called there: the engine URL, taken apart."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from indexing.errors import IndexingError, UnknownEngine

_SCHEMES = {"http": "http", "https": "https", "elasticsearch": "http"}
_DEFAULT_PORT = 9200  # Elasticsearch's own, also behind TLS
_DEFAULT_PREFIX = "matchmaker"
# What Elasticsearch allows in a name, without the dot and the plus. Short: a name has at most 255 bytes in all.
_PREFIX = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_MOST_SHARDS = 1024  # Elasticsearch's own limit for one index


@dataclass(frozen=True)
class Address:
    """`hosts`: `http://host:port` each. `replicas`: None is one where there is a second node, else none."""

    hosts: tuple[str, ...]
    prefix: str
    shards: int
    replicas: int | None


def parse_address(url: str) -> Address:
    """Raises UnknownEngine with what is wrong; the URL itself is not repeated where it may hold a secret."""
    scheme, _, rest = url.partition("://")
    netloc = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in rest:
        raise UnknownEngine(
            "检索引擎 URL 里不能写用户名和密码（URL 会出现在日志和页面上）："
            "请在 Elasticsearch 里建一个 API key，写进设置 MATCHMAKER_ENGINE_API_KEY"
        )
    try:
        parts = urlsplit(f"http://x{rest[len(netloc) :]}")
        hosts = tuple(_host(_SCHEMES[scheme], one) for one in netloc.split(","))
        prefix = parts.path.strip("/") or _DEFAULT_PREFIX
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"索引名前缀“{prefix}”只能用小写字母、数字、“-”和“_”，最多 60 个字符")
        given = {name: values[-1] for name, values in parse_qs(parts.query, strict_parsing=bool(parts.query)).items()}
        if unknown := given.keys() - {"shards", "replicas"}:
            raise ValueError(f"没有参数“{min(unknown)}”，只有 shards 和 replicas")
        replicas = _number(given["replicas"], "replicas", 0) if "replicas" in given else None
        return Address(hosts, prefix, _number(given.get("shards", "1"), "shards", 1), replicas)
    except ValueError as error:
        raise UnknownEngine(
            f"检索引擎 URL 有误：{error}。正确写法：http://主机:9200,主机2:9200/前缀?shards=1&replicas=1"
        ) from None


def checked_key(api_key: str | None) -> str | None:
    """The key, or None for an empty one. Raises IndexingError, which does not repeat it, for what is no key."""
    key = (api_key or "").strip()
    if not re.fullmatch(r"[!-~]*", key):
        # The HTTP library would quote the whole header in its own error.
        raise IndexingError(
            "设置 MATCHMAKER_ENGINE_API_KEY 里有空白、换行或非 ASCII 字符：请填写 Elasticsearch 给出的 encoded（Base64）形式"
        )
    return key or None


def _host(scheme: str, host: str) -> str:
    parts = urlsplit(f"{scheme}://{host}")
    if not parts.hostname:
        raise ValueError("缺少主机名")
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{scheme}://{name}:{parts.port or _DEFAULT_PORT}"


def _number(text: str, name: str, least: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= _MOST_SHARDS:
        raise ValueError(f"{name} 应是 {least} 到 {_MOST_SHARDS} 的整数，不是“{text}”")
    return int(text)
