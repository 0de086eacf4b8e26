"""The way to an Elasticsearch: one client, how long to wait and how often to ask again, trouble in our own words."""

import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elastic_transport import ApiResponse, ConnectionTimeout, SerializationError, TlsError, TransportError
from elastic_transport import ConnectionError as NotConnected
from elasticsearch import ApiError, Elasticsearch

from indexing.engines.elastic_trouble import PartialAnswer, error_types, failure_of, in_our_words, is_overload
from indexing.errors import EngineUnavailable, IndexingError

# At its lowest level the library would log whole requests and answers: texts that must not be in a log.
logging.getLogger("elastic_transport.node").setLevel(logging.INFO)

# Threads that may ask one node at the same time and find a connection kept open: those of the web server.
_CONNECTIONS = 40
# A node that did not answer is left alone for so long, then twice, four times … up to 30 s.
_DEAD_NODE_SECONDS = 5.0
# After nobody answered, the next calls fail at once: a page that asks five times must not wait five times.
_DOWN_SECONDS = 2.0
# Which nodes answer is found out by asking each, for so long; for how long searches then prefer the copies of these:
# until a node that hangs has been put out of its cluster, which takes half a minute.
_CALL_SECONDS, _PREFERRED_SECONDS = 1.5, 60.0
# Between two tries of an overloaded or recovering server: 0.1 s, then twice, four times …
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 2.0


@dataclass(frozen=True)
class Patience:
    """Seconds: for one request, and for all tries of one call together."""

    request: float
    total: float


# A page waits for it. The rest of the total is for finding out who hangs, and for asking the others.
SEARCH = Patience(4, 10)
# Reading or writing many documents.
BULK = Patience(60, 90)


class Connection:
    """For any number of threads. Nothing is connected before the first `ask`."""

    def __init__(self, hosts: tuple[str, ...], api_key: str | None, ca_file: Path | None) -> None:
        self.hosts = hosts
        self._api_key = api_key
        self._ca_file = ca_file
        self._lock = threading.Lock()
        self._client: Elasticsearch | None = None
        self._closed = False
        self._down: tuple[float, str] | None = None
        self._preferred: tuple[float, str] | None = None

    def ask(self, question: Callable[[Elasticsearch], ApiResponse[Any]], patience: Patience = SEARCH) -> Any:
        """The body of the answer. Raises what `in_our_words` makes of trouble, after asking again where that helps.

        `question` may be asked several times and of several nodes: it must be harmless to repeat.
        """
        give_up_at = time.monotonic() + patience.total
        tries = refused = 0
        answered: Exception | None = None
        while True:
            client = self._open_client()
            left = max(give_up_at - time.monotonic(), 0.1)
            try:
                body = question(client.options(request_timeout=min(patience.request, left), max_retries=0)).body
            except (NotConnected, ConnectionTimeout, SerializationError, ApiError, PartialAnswer) as error:
                tries += 1
                refused = refused + 1 if isinstance(error, NotConnected) else 0
                answered = error if failure_of(error)[0] else answered
                pause = self._pause_before_next_try(error, tries, refused)
                if pause is None or time.monotonic() + pause >= give_up_at:
                    # Without the cause: a traceback in a log would repeat what the server quotes.
                    raise self._given_up(answered or error, patience) from None
                time.sleep(pause)
            else:
                self._down = None
                return body

    @property
    def preference(self) -> str | None:
        """Which copies a search should read, in Elasticsearch's words; None: it may choose. While a node hangs, the
        others would go on asking it for a part of the answer."""
        preferred = self._preferred
        return preferred[1] if preferred is not None and time.monotonic() < preferred[0] else None

    def _prefer_who_answers(self) -> None:
        there: list[str] = []
        for host in self.hosts:
            with self._new_client((host,)) as one, suppress(TransportError, ApiError):
                patient = one.options(request_timeout=_CALL_SECONDS, max_retries=0)
                there += patient.nodes.info(node_id="_local", filter_path="nodes.*.name").body["nodes"]
        if there:
            self._preferred = (time.monotonic() + _PREFERRED_SECONDS, f"_prefer_nodes:{','.join(sorted(there))}")

    def close(self) -> None:
        """Closing twice is no error."""
        with self._lock:
            self._closed = True
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def require_open(self) -> None:
        """Raises EngineUnavailable after `close`."""
        if self._closed:
            raise EngineUnavailable("检索引擎已关闭：请重新启动服务")

    def _open_client(self) -> Elasticsearch:
        down = self._down
        with self._lock:
            self.require_open()
            if down is not None and time.monotonic() < down[0]:
                raise EngineUnavailable(down[1])
            if self._client is None:
                with _setting_trouble():
                    self._client = self._new_client(self.hosts)
            return self._client

    def _new_client(self, hosts: tuple[str, ...]) -> Elasticsearch:
        # The system's authorities, or only the one that is named.
        tls = {"ssl_context": ssl.create_default_context(cafile=self._ca_file)} if self._is_tls else {}
        return Elasticsearch(
            list(hosts),
            api_key=self._api_key,
            connections_per_node=_CONNECTIONS,
            dead_node_backoff_factor=_DEAD_NODE_SECONDS,
            **tls,  # type: ignore[arg-type]
        )

    @property
    def _is_tls(self) -> bool:
        return self.hosts[0].startswith("https:")

    def _pause_before_next_try(self, error: Exception, tries: int, refused: int) -> float | None:
        """Seconds, or None: asking again would not help."""
        if isinstance(error, (TlsError, SerializationError)):
            return None
        if isinstance(error, ConnectionTimeout):
            if len(self.hosts) == 1:
                return None
            self._prefer_who_answers()
            return 0.0
        if isinstance(error, NotConnected):
            # Each node once, and once more: a connection kept open may have been closed at the other end.
            return 0.0 if refused <= len(self.hosts) else None
        status, account = failure_of(error)
        if is_overload(status, error_types(account)):
            return float(min(_FIRST_PAUSE_SECONDS * 2 ** (tries - 1), _LONGEST_PAUSE_SECONDS))
        return None

    def _given_up(self, error: Exception, patience: Patience) -> IndexingError:
        said = in_our_words(error, self.hosts)
        # Who takes too long over a large bulk may still answer searches.
        if isinstance(error, NotConnected) or (isinstance(error, ConnectionTimeout) and patience == SEARCH):
            self._down = (time.monotonic() + _DOWN_SECONDS, str(said))
        return EngineUnavailable("检索引擎已关闭：请重新启动服务") if self._closed else said


@contextmanager
def _setting_trouble() -> Iterator[None]:
    try:
        yield
    except OSError as error:  # an SSLError is one as well
        raise EngineUnavailable(
            f"CA 证书文件不能用（{error.strerror or type(error).__name__}）：请核对设置 MATCHMAKER_ENGINE_CA_FILE，它应是 PEM 格式"
        ) from None
