"""Engine URLs and API keys of Elasticsearch: read without connecting anywhere; secrets are never repeated."""

import pytest

from indexing.engines import open_engine
from indexing.engines.elastic_address import Address, parse_address
from indexing.errors import IndexingError, UnknownEngine


def test_engine_urls() -> None:
    assert parse_address("http://host") == Address(("http://host:9200",), "matchmaker", 1, None)
    assert parse_address("elasticsearch://a:1,b/x-1?replicas=2") == Address(
        ("http://a:1", "http://b:9200"), "x-1", 1, 2
    )
    assert parse_address("https://[::1]:9,b:2/?shards=3") == Address(
        ("https://[::1]:9", "https://b:2"), "matchmaker", 3, None
    )


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///x",
        "http://h:port",
        "http://h:99999",
        "http://a,,b",
        "http://h/Upper",
        "http://h/a/b",
        "http://h/?a=1",
        "http://h/x?shards",
        "http://h/x?shards=0",
        "http://h/x?shards=many",
        "http://h/x?replicas=-1",
    ],
)
def test_urls_that_are_wrong(url: str) -> None:
    with pytest.raises(UnknownEngine, match="http://主机:9200"):
        open_engine(url)


@pytest.mark.parametrize("scheme", ["http", "https", "elasticsearch", "solr", "embedded"])
def test_secrets_in_urls_are_refused_and_not_repeated(scheme: str) -> None:
    with pytest.raises(UnknownEngine) as refused:
        open_engine(f"{scheme}://elastic:pa55word@host:9200/x")
    assert "pa55word" not in str(refused.value)


@pytest.mark.parametrize("key", ["two\nlines-pa55word", "ünicode-pa55word", "with blank-pa55word"])
def test_keys_that_cannot_be_sent_are_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(IndexingError, match="MATCHMAKER_ENGINE_API_KEY") as refused:
        open_engine("http://host", api_key=key)
    assert "pa55word" not in str(refused.value)
