"""What an Elasticsearch or the way to it can complain about, each in one sentence that names the repair.

Never repeated: what the server says about a document or a question (it quotes their texts), headers, keys.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from elastic_transport import ConnectionError as NotConnected
from elastic_transport import ConnectionTimeout, SerializationError, TlsError
from elasticsearch import ApiError, UnsupportedProductError

from indexing.errors import EngineReadOnly, EngineUnavailable, IndexingError, IndexNotBuilt

_REBUILD = "请运行 matchmaker reindex 重建"
_TOO_MANY_REQUESTS = 429
_UNAVAILABLE = 503


class RequestTooLarge(IndexingError):
    """The server takes no request of this size."""


class PartialAnswer(Exception):
    """An answer of status 200 that is not whole: a part of it failed or ran out of time."""

    def __init__(self, status: int, error: Any) -> None:
        super().__init__(f"{status}: {', '.join(error_types(error))}")
        self.status = status
        self.error = error


def failure_of(error: Exception) -> tuple[int, Any]:
    """HTTP status and the server's own account, for the two exceptions that carry them; else (0, None)."""
    if isinstance(error, PartialAnswer):
        return error.status, error.error
    if isinstance(error, ApiError):
        body = error.body
        return int(error.meta.status), body.get("error") if isinstance(body, dict) else None
    return 0, None


def error_types(error: Any) -> list[str]:
    """The names of the failures in the server's account, causes included, e.g. `cluster_block_exception`."""
    return list(dict.fromkeys(str(one["type"]) for one in _accounts(error) if one.get("type")))


def _accounts(error: Any) -> Iterator[dict[str, Any]]:
    if isinstance(error, list):
        for one in error:
            yield from _accounts(one)
    elif isinstance(error, dict):
        yield error
        for part in ("root_cause", "caused_by", "failed_shards", "reason"):
            yield from _accounts(error.get(part))


def is_overload(status: int, types: Sequence[str]) -> bool:
    """May the same request succeed a moment later, on this node or another?"""
    if status == _TOO_MANY_REQUESTS:
        return "cluster_block_exception" not in types  # a full disk: it does not get empty by asking again
    return status >= 500


def in_our_words(error: Exception, hosts: Sequence[str]) -> IndexingError:
    """The error of our own tree that stands for an exception of the client."""
    where = "、".join(hosts)
    if isinstance(error, TlsError):
        return EngineUnavailable(
            f"与 Elasticsearch（{where}）的 TLS 连接失败，证书未通过验证或对方不用 TLS：请把签发它的 CA 证书文件写进设置 "
            "MATCHMAKER_ENGINE_CA_FILE，并核对 URL 中的 https 和主机名"
        )
    if isinstance(error, NotConnected):
        return EngineUnavailable(f"连不上 Elasticsearch（{where}）：请检查它是否在运行、地址和防火墙；恢复后自动继续")
    if isinstance(error, ConnectionTimeout):
        return EngineUnavailable(f"Elasticsearch（{where}）没有按时应答：请检查它的负载、内存和网络；恢复后自动继续")
    if isinstance(error, (UnsupportedProductError, SerializationError)):
        return EngineUnavailable(
            f"{where} 不是 Elasticsearch 9（或中间的代理改了它的应答）：请检查检索引擎 URL 和代理设置"
        )
    status, account = failure_of(error)
    return of_status(status, account, where)


def of_status(status: int, account: Any, where: str) -> IndexingError:
    """The same for a failure that came inside an answer, e.g. of one item of a bulk."""
    types = error_types(account)
    if "cluster_block_exception" in types:
        return _blocked(status, account, where)
    # Of a missing alias it says so in a plain sentence.
    if (
        "index_not_found_exception" in types
        or "aliases_not_found_exception" in types
        or (status == 404 and isinstance(account, str))
    ):
        return IndexNotBuilt(f"索引不存在：{_REBUILD}")
    if "index_closed_exception" in types:
        return EngineUnavailable(f"索引在 Elasticsearch 里被关闭了：请用 POST /索引名/_open 重新打开，或{_REBUILD[1:]}")
    if status == 401:
        return EngineUnavailable(
            f"Elasticsearch（{where}）不接受我们的身份：请把有效的 API key（Base64 形式）写进设置 MATCHMAKER_ENGINE_API_KEY"
        )
    if status == 403:
        return EngineUnavailable(
            f"Elasticsearch（{where}）拒绝了操作：设置 MATCHMAKER_ENGINE_API_KEY 的 API key 权限不够，"
            "它需要集群权限 monitor 和本前缀各索引的 all 权限"
        )
    if "media_type_header_exception" in types or status == 406:
        return EngineUnavailable(f"{where} 的 Elasticsearch 版本太旧：本程序需要 9.x，请升级它")
    if status == _TOO_MANY_REQUESTS or "circuit_breaking_exception" in types:
        return EngineUnavailable(f"Elasticsearch（{where}）忙不过来：请稍后再试；常常如此时请给它增加内存或节点")
    if status == _UNAVAILABLE:
        return EngineUnavailable(
            f"Elasticsearch（{where}）有索引分片不可用（集群状态 red）：请启动缺少的节点；数据已丢失时{_REBUILD}"
        )
    if status == 413:
        return RequestTooLarge("Elasticsearch 不接受这么大的请求：请调高它的 http.max_content_length（默认 100mb）")
    named = "、".join(types) or f"状态码 {status}"
    if status >= 500 or status == 0:
        return EngineUnavailable(f"Elasticsearch（{where}）出错（{named}）：请查看它的日志")
    if "too_many_nested_clauses" in types:
        return IndexingError("查询的词太多，超出 Elasticsearch 内存允许的数目：请给它增加内存（heap）")
    if "validation_exception" in types:
        return IndexingError(
            f"Elasticsearch 不接受这个索引（{named}）：常见原因是分片总数到了上限，"
            "请删除不用的索引或调高 cluster.max_shards_per_node"
        )
    return IndexingError(f"Elasticsearch 拒绝了请求（{named}）：请查看它的日志；索引有问题时{_REBUILD}")


def _blocked(status: int, account: Any, where: str) -> IndexingError:
    reasons = " ".join(str(one.get("reason", "")) for one in _accounts(account))
    if status == _TOO_MANY_REQUESTS or "create-index" in reasons or "flood" in reasons:
        return EngineReadOnly(
            f"Elasticsearch（{where}）磁盘将满，暂停写入，检索不受影响：请腾出磁盘空间或扩容，之后它自动解除，写入自动继续"
        )
    if status == _UNAVAILABLE:
        return EngineUnavailable(
            f"Elasticsearch 集群（{where}）没有主节点或尚未启动完毕：请启动缺少的节点；恢复后自动继续"
        )
    return EngineReadOnly(
        f"Elasticsearch（{where}）的索引被设为只读，检索不受影响：请查明是谁设置的，"
        "再把 index.blocks.* 和 cluster.blocks.* 设回 null"
    )
