"""What an engine's URL says, without opening the engine."""

from urllib.parse import urlsplit

DEFAULT_PREFIX = "matchmaker"


def engine_name(url: str) -> str:
    """`embedded` or `elasticsearch`."""
    return "embedded" if url.partition(":")[0] == "embedded" else "elasticsearch"


def beside(url: str, name: str) -> str:
    """The URL of a place of its own in the same engine: for indexes that must not touch the real ones."""
    if engine_name(url) == "embedded":
        return f"{url.rstrip('/')}-{name}"
    parts = urlsplit(url)
    prefix = parts.path.strip("/") or DEFAULT_PREFIX
    return parts._replace(path=f"/{prefix}-{name}").geturl()
