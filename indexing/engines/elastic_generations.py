"""Which generations there are in an Elasticsearch, and which of them readers and writers are shown.

    <prefix>-<generation>          one index each
    <prefix>-<generation>-write    alias that a generation is written by; taken away when it is dropped
    <prefix>-<kind>-published      alias of the index that readers of a kind see
    <prefix>-<kind>-prepared       alias of the one that will be published next

Aliases change all at once, on every node, or not at all.
"""

import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from elastic_transport import ApiResponse
from elasticsearch import Elasticsearch

from indexing.document import IndexSchema
from indexing.engines.elastic_address import Address
from indexing.engines.elastic_connection import BULK, SEARCH, Connection, Patience
from indexing.engines.elastic_layout import REFRESH_SECONDS, Layout, is_ours
from indexing.errors import IndexingError, IndexNotBuilt

# How long a replaced generation still answers: a search that looked its name up just before `publish` must be able
# to finish, in whatever process.
_REPLACED_STILL_ANSWERS_SECONDS = 30.0
# Left behind by a process that was killed: neither published nor prepared, and too old to be somebody's new one.
_LEFTOVER_AFTER_SECONDS = 60.0

_PUBLISHED, _PREPARED, _WRITE = "-published", "-prepared", "-write"
_KIND = re.compile(r"[a-z0-9][a-z0-9_.-]{0,59}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,159}")


class Generations:
    """Makes, announces, publishes and drops; knows the layout of each. For any number of threads and processes."""

    def __init__(self, connection: Connection, address: Address) -> None:
        self._connection = connection
        self._address = address
        self._layouts: dict[str, Layout] = {}
        self._lock = threading.Lock()
        # Replaced by this object: generation → (identity of its index, the clock that will delete it).
        self._replaced: dict[str, tuple[str, threading.Timer]] = {}

    # Names

    def index(self, generation: str) -> str:
        """Raises IndexNotBuilt for what cannot be a name."""
        if not _NAME.fullmatch(generation) or generation.endswith((_PUBLISHED, _PREPARED, _WRITE)):
            raise _not_built(generation)
        return f"{self._address.prefix}-{generation}"

    def write_alias(self, generation: str) -> str:
        return f"{self.index(generation)}{_WRITE}"

    def _kind_alias(self, kind: str, which: str) -> str:
        if not _KIND.fullmatch(kind):
            raise IndexingError(f"{kind!r} cannot name a kind of documents: use a-z, digits, '.', '-' and '_'.")
        return f"{self._address.prefix}-{kind}{which}"

    @property
    def every_index(self) -> str:
        return f"{self._address.prefix}-*"

    # Looking

    def ask(
        self, generation: str, question: Callable[[Elasticsearch], ApiResponse[Any]], patience: Patience = SEARCH
    ) -> Any:
        """`Connection.ask` about one generation: what was known of it is forgotten when it is gone."""
        try:
            return self._connection.ask(question, patience)
        except IndexNotBuilt:
            self._layouts.pop(generation, None)
            raise _not_built(generation) from None

    def layout(self, generation: str, *, fresh: bool = False) -> Layout:
        """Raises IndexNotBuilt, and IndexOutdated for one of another version of this program."""
        known = self._layouts.get(generation)
        if known is None or fresh:
            known = Layout.of_index(generation, self._described(generation))
            self._layouts[generation] = known
        return known

    def _described(self, generation: str) -> dict[str, Any]:
        """What the server says about one index: aliases, mappings, settings."""
        name = self.index(generation)
        found: dict[str, dict[str, Any]] = self.ask(generation, lambda es: es.indices.get(index=name))
        if name not in found or not is_ours(found[name], self._address.prefix):
            raise _not_built(generation)
        return found[name]

    def published(self, kind: str) -> str | None:
        return self._behind(self._kind_alias(kind, _PUBLISHED))

    def prepared(self, kind: str) -> str | None:
        return self._behind(self._kind_alias(kind, _PREPARED))

    def is_published(self, generation: str) -> bool:
        name = self.index(generation)
        return _has_alias(self.ask(generation, lambda es: es.indices.get_alias(index=name))[name], _PUBLISHED)

    def _behind(self, alias: str) -> str | None:
        try:
            found = self._connection.ask(lambda es: es.indices.get_alias(name=alias))
        except IndexNotBuilt:
            return None
        return max((name.removeprefix(f"{self._address.prefix}-") for name in found), default=None)

    # Changing

    def create(self, generation: str, schema: IndexSchema, dimensions: int, meta: Mapping[str, str]) -> None:
        try:
            name = self.index(generation)
        except IndexNotBuilt:
            raise IndexingError(f"{generation!r} cannot name an index: use a-z, digits, '.', '-' and '_'.") from None
        layout = Layout(schema, dimensions, dict(meta), self._address.prefix, self._address.shards)
        existing = self._connection.ask(lambda es: es.indices.get(index=name, ignore_unavailable=True)).get(name)
        if existing is not None:
            if not is_ours(existing, self._address.prefix):
                raise IndexingError(f"Elasticsearch 里已有别的索引 {name}：请换一个前缀（检索引擎 URL 的路径部分）")
            if _has_alias(existing, _PUBLISHED):
                raise IndexingError(f"The index {generation!r} is published. Build the new one under another name.")
            self._forget_replaced(generation)
            self._delete(name)
        self._layouts.pop(generation, None)
        self._connection.ask(
            lambda es: es.indices.create(
                index=name,
                settings=layout.settings(self._address.replicas),
                mappings=layout.mappings(),
                aliases={f"{name}{_WRITE}": {}},
            ),
            BULK,
        )

    def prepare(self, kind: str, generation: str | None) -> None:
        alias = self._kind_alias(kind, _PREPARED)
        before = self._behind(alias)
        changes = [self._removal(alias)] if before is not None else []
        if generation is not None:
            self.layout(generation, fresh=True)
            changes.append({"add": {"index": self.index(generation), "alias": alias}})
        self._change(changes)
        if before is not None and before != generation:
            with suppress(IndexNotBuilt):  # deleted by somebody else just now
                self._drop_unless_shown(before)
        self._drop_leftovers(kind)

    def publish(self, kind: str, generation: str) -> None:
        alias, announced = self._kind_alias(kind, _PUBLISHED), self._kind_alias(kind, _PREPARED)
        name = self.index(generation)
        self.layout(generation, fresh=True)
        self.refresh(generation)
        interval = {"refresh_interval": f"{REFRESH_SECONDS}s"}
        self.ask(generation, lambda es: es.indices.put_settings(index=name, settings=interval))
        changes = [self._removal(alias), self._removal(announced), {"add": {"index": name, "alias": alias}}]
        replaced = self._replaced_by(generation, self._behind(alias))
        if replaced is not None:
            changes.append(self._removal(self.write_alias(replaced[0])))
        self._change(changes)
        if replaced is not None:
            self._drop_later(*replaced)
        # Once more: what another process wrote meanwhile, it may have taken for not yet published.
        self.refresh(generation)
        self._drop_leftovers(kind)

    def remove(self, kind: str) -> None:
        alias = self._kind_alias(kind, _PUBLISHED)
        self.prepare(kind, None)
        before = self._behind(alias)
        if before is not None:
            self._change([self._removal(alias)])
            with suppress(IndexNotBuilt):
                self._drop_unless_shown(before)

    def _replaced_by(self, generation: str, before: str | None) -> tuple[str, str] | None:
        """Name and identity of the published index that nobody will see any more."""
        if before is None or before == generation:
            return None
        try:
            described = self._described(before)
        except IndexNotBuilt:  # deleted by hand just now
            return None
        return (before, _identity(described)) if len(_aliases(described, _PUBLISHED)) == 1 else None

    def refresh(self, generation: str) -> None:
        """Make what was written visible."""
        name = self.index(generation)
        self.ask(generation, lambda es: es.indices.refresh(index=name), BULK)

    def _removal(self, alias: str) -> dict[str, Any]:
        return {"remove": {"index": self.every_index, "alias": alias, "must_exist": False}}

    def _change(self, changes: list[dict[str, Any]]) -> None:
        if changes:
            self._connection.ask(lambda es: es.indices.update_aliases(actions=changes), BULK)

    # Dropping

    def close(self) -> None:
        """Deletes what this object has replaced, where it can."""
        for generation in list(self._replaced):
            self._drop_replaced(generation)

    def _drop_later(self, generation: str, identity: str) -> None:
        clock = threading.Timer(_REPLACED_STILL_ANSWERS_SECONDS, self._drop_replaced, (generation,))
        clock.daemon = True
        with self._lock:
            self._replaced[generation] = (identity, clock)
        clock.start()

    def _forget_replaced(self, generation: str) -> str | None:
        with self._lock:
            identity, clock = self._replaced.pop(generation, (None, None))
        if clock is not None:
            clock.cancel()
        return identity

    def _drop_replaced(self, generation: str) -> None:
        identity = self._forget_replaced(generation)
        # If it cannot be done now, whoever publishes next finds a leftover.
        with suppress(IndexingError):
            if identity == _identity(self._described(generation)):
                self._drop_unless_shown(generation)

    def _drop_unless_shown(self, generation: str) -> None:
        described = self._described(generation)
        if not _has_alias(described, _PUBLISHED) and not _has_alias(described, _PREPARED):
            self._delete(self.index(generation))

    def _drop_leftovers(self, kind: str) -> None:
        of_kind = f"{self._address.prefix}-{kind}-*"
        indices = self._connection.ask(lambda es: es.indices.get(index=of_kind))
        oldest = (time.time() - _LEFTOVER_AFTER_SECONDS) * 1000
        for name, described in indices.items():
            shown = _has_alias(described, _PUBLISHED) or _has_alias(described, _PREPARED)
            waiting = name.removeprefix(f"{self._address.prefix}-") in self._replaced
            made = int(described["settings"]["index"]["creation_date"])
            if is_ours(described, self._address.prefix) and not shown and not waiting and made < oldest:
                self._delete(name)

    def _delete(self, name: str) -> None:
        self._layouts.pop(name.removeprefix(f"{self._address.prefix}-"), None)
        self._connection.ask(lambda es: es.indices.delete(index=name, ignore_unavailable=True), BULK)


def _aliases(described: Mapping[str, Any], ending: str) -> list[str]:
    return [alias for alias in described.get("aliases", {}) if alias.endswith(ending)]


def _identity(described: Mapping[str, Any]) -> str:
    """Tells an index from another one made later under the same name."""
    identity: str = described["settings"]["index"]["uuid"]
    return identity


def _has_alias(described: Mapping[str, Any], ending: str) -> bool:
    return bool(_aliases(described, ending))


def _not_built(generation: str) -> IndexNotBuilt:
    return IndexNotBuilt(f"索引 {generation} 不存在：请运行 matchmaker reindex 重建")
