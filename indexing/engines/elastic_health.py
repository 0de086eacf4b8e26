"""How an Elasticsearch is, as far as our indexes go."""

from typing import Any

from indexing.engines.base import EngineHealth
from indexing.engines.elastic_connection import Connection
from indexing.errors import IndexingError

# Elasticsearch's own default for “high”: from here on it moves data away, at 95 % it stops taking writes. On large
# disks it waits until less than 150 GB are free.
_DISK_SHARE, _DISK_BYTES = 0.10, 150 * 2**30

_CLUSTER_LOCK = "cluster.blocks.read_only"


def health_of(connection: Connection, indexes: str) -> EngineHealth:
    """The worst first: unreachable or missing data, locked against writing, disks nearly full, missing copies."""
    try:
        cluster = connection.ask(lambda es: es.cluster.health(index=indexes, level="indices"))
        blocks = connection.ask(lambda es: es.indices.get_settings(index=indexes, name="index.blocks.*"))
        there = connection.ask(lambda es: es.indices.resolve_index(name=indexes, expand_wildcards="all"))
        of_cluster = connection.ask(lambda es: es.cluster.get_settings(flat_settings=True))
        disks = connection.ask(lambda es: es.nodes.stats(metric="fs", filter_path="nodes.*.name,nodes.*.fs.total"))
    except IndexingError as error:
        return EngineHealth("red", str(error))
    if cluster["status"] == "red":
        return EngineHealth(
            "red",
            f"索引 {_named(cluster, 'red')} 有分片不可用：请启动缺少的 Elasticsearch 节点；数据已丢失时请运行 matchmaker reindex",
        )
    if closed := sorted(index["name"] for index in there["indices"] if "closed" in index["attributes"]):
        return EngineHealth(
            "red", f"索引 {'、'.join(closed)} 在 Elasticsearch 里被关闭了：请用 POST /索引名/_open 重新打开"
        )
    if any(name.startswith(_CLUSTER_LOCK) and str(value) == "true" for name, value in _settings_of(of_cluster)):
        return EngineHealth(
            "red", "整个 Elasticsearch 集群被设为只读：请查明是谁设置的，再把 cluster.blocks.* 设回 null"
        )
    if locked := sorted(name for name, index in blocks.items() if _is_locked(index)):
        return EngineHealth(
            "red",
            f"索引 {'、'.join(locked)} 只能检索不能写入：磁盘满时请腾出空间（之后自动解除），"
            "否则请查明是谁锁的并把 index.blocks.* 设回 null",
        )
    if full := sorted(node["name"] for node in disks.get("nodes", {}).values() if _is_nearly_full(node)):
        return EngineHealth(
            "yellow", f"Elasticsearch 节点 {'、'.join(full)} 的磁盘已用 90% 以上，满 95% 时将停止写入：请腾出空间或扩容"
        )
    if cluster["status"] == "yellow":
        if cluster["number_of_data_nodes"] == 1:
            return EngineHealth(
                "yellow",
                "索引没有副本：只有一个 Elasticsearch 节点，检索写入都正常，但它坏了要运行 matchmaker reindex 重建；"
                "请增加节点，或把 URL 中的 replicas 设为 0",
            )
        return EngineHealth(
            "yellow", f"索引 {_named(cluster, 'yellow')} 缺少副本：请启动缺少的 Elasticsearch 节点，副本会自动补齐"
        )
    nodes = cluster["number_of_data_nodes"]
    return EngineHealth("green", f"Elasticsearch 正常：{nodes} 个数据节点，{len(cluster.get('indices', {}))} 个索引")


def _settings_of(cluster: dict[str, Any]) -> list[tuple[str, Any]]:
    return [*cluster["persistent"].items(), *cluster["transient"].items()]


def _named(cluster: dict[str, Any], level: str) -> str:
    return "、".join(sorted(name for name, index in cluster["indices"].items() if index["status"] == level))


def _is_locked(index: dict[str, Any]) -> bool:
    return any(str(value) == "true" for value in index["settings"]["index"].get("blocks", {}).values())


def _is_nearly_full(node: dict[str, Any]) -> bool:
    total, free = node["fs"]["total"]["total_in_bytes"], node["fs"]["total"]["available_in_bytes"]
    return bool(free < min(total * _DISK_SHARE, _DISK_BYTES))
