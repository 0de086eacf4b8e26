"""Writing and deleting many documents: every single answer is read, and what may succeed later is tried again."""

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from indexing.engines.elastic_connection import BULK, Connection
from indexing.engines.elastic_trouble import RequestTooLarge, error_types, is_overload, of_status
from indexing.errors import EngineUnavailable, IndexNotBuilt

# A chunk is one request: large enough that the way there does not count, small enough for any node's memory.
_CHUNK_BYTES = 8_000_000
_CHUNK_ACTIONS = 1000
# How often single documents are sent again that an overloaded node turned away, with 0.2 s, 0.4 s, … 1.6 s between.
_TRIES = 5
_FIRST_PAUSE_SECONDS = 0.2
# How long the server waits for a shard that is just moving before it turns a document away.
_SHARD_WAIT = "2s"

_CONFLICT = 409
# The parts of the answer that are read; of a document that was stored, only its status.
_ANSWER = ["items.*.status", "items.*.error.type", "items.*.error.reason", "items.*.error.caused_by.type"]


@dataclass(frozen=True)
class Action:
    """One document to store, or with `source=None` to delete, at its version."""

    id: str
    version: int
    source: str | None

    def lines(self, alias: str) -> list[str]:
        """What a bulk says about it. A version that is not older than the stored one wins."""
        where = {"_index": alias, "_id": self.id, "version": self.version, "version_type": "external_gte"}
        if self.source is None:
            return [json.dumps({"delete": where})]
        return [json.dumps({"index": where}), self.source]


@dataclass
class Outcome:
    """`refused`: id → the server's word for why it will never take the document; `older`: ids stored in a higher
    version."""

    refused: dict[str, str] = field(default_factory=dict)
    older: list[str] = field(default_factory=list)


class Bulk:
    """Sends actions to the index behind a write alias. An alias that is gone is never taken for a new index.
    `sent`: there was something to send."""

    def __init__(self, connection: Connection, alias: str) -> None:
        self._connection = connection
        self._alias = alias
        self._outcome = Outcome()
        self.sent = False
        # Why the last document was turned away for now; and whether any was, for good.
        self._trouble: EngineUnavailable | None = None
        self._turned_away: EngineUnavailable | None = None

    def send(self, actions: Iterable[Action]) -> Outcome:
        """Raises EngineUnavailable when some could not be stored now; all others have been. Raises IndexNotBuilt."""
        for chunk in _chunks(actions):
            self._send_chunk(chunk)
        if self._turned_away is not None:
            raise self._turned_away
        return self._outcome

    def _send_chunk(self, chunk: Sequence[Action]) -> None:
        pending = list(chunk)
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            try:
                items = self._items(pending)
            except RequestTooLarge:
                self._send_halves(pending)
                return
            pending = [action for action, item in zip(pending, items, strict=True) if self._is_to_repeat(action, item)]
            if not pending:
                return
        self._turned_away = self._trouble

    def _items(self, actions: Sequence[Action]) -> list[dict[str, Any]]:
        self.sent = True
        lines: list[Any] = [line for action in actions for line in action.lines(self._alias)]
        answer = self._connection.ask(
            lambda es: es.bulk(operations=lines, require_alias=True, timeout=_SHARD_WAIT, filter_path=_ANSWER), BULK
        )
        return [next(iter(item.values())) for item in answer["items"]]

    def _send_halves(self, actions: Sequence[Action]) -> None:
        if len(actions) == 1:
            self._outcome.refused[actions[0].id] = "request_too_large"
            return
        middle = len(actions) // 2
        self._send_chunk(actions[:middle])
        self._send_chunk(actions[middle:])

    def _is_to_repeat(self, action: Action, item: dict[str, Any]) -> bool:
        status, error = item["status"], item.get("error")
        if status == _CONFLICT:
            self._outcome.older.append(action.id)
            return False
        if error is None:  # stored; or there was nothing to delete
            return False
        types = error_types(error)
        trouble = of_status(status, error, "、".join(self._connection.hosts))
        if is_overload(status, types):
            self._trouble = EngineUnavailable(str(trouble))
            return True
        if isinstance(trouble, (EngineUnavailable, IndexNotBuilt)):
            raise trouble
        # The server's reason would quote the text of the document.
        self._outcome.refused[action.id] = "、".join(types)
        return False


def _chunks(actions: Iterable[Action]) -> Iterator[list[Action]]:
    chunk: list[Action] = []
    size = 0
    for action in actions:
        length = len((action.source or "").encode())
        if chunk and (size + length > _CHUNK_BYTES or len(chunk) >= _CHUNK_ACTIONS):
            yield chunk
            chunk, size = [], 0
        chunk.append(action)
        size += length
    if chunk:
        yield chunk
