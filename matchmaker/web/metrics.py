"""What Prometheus collects: requests as they are counted, everything else as it is when asked.

Numbers only: no path with a record's number, no text of anybody.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import get_args

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import Scope

from indexing import MeaningState
from indexing.engines.urls import engine_name
from matchmaker import __version__
from matchmaker.index_state import QueueState
from matchmaker.settings import Settings
from matchmaker.web.api.docs import OPENAPI_URL
from matchmaker.web.vitals import DatabaseState, SearchState, SearchStatus

# A page is to answer within a tenth of a second, a search within half a one, an import may take a minute.
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
# Anything can be sent as a method or a path: what we do not know shares one label, so that labels stay few.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OTHER = "other"


class Metrics:
    """The counters of one app, in a registry of its own."""

    def __init__(self, settings: Settings) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "matchmaker_http_requests", "Answered requests", ["method", "route", "status"], registry=self._registry
        )
        self._durations = Histogram(
            "matchmaker_http_request_duration_seconds",
            "Time to answer a request",
            ["method", "route"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        build = Gauge(
            "matchmaker_build_info",
            "Version and parts in use",
            ["version", "engine", "embedder"],
            registry=self._registry,
        )
        # The embedder without its folder: where things lie on the server is nobody's business.
        build.labels(__version__, engine_name(settings.resolved_engine_url()), settings.embedder.partition(":")[0]).set(
            1
        )
        ProcessCollector(registry=self._registry)
        self._templates: dict[int, str] = {}

    def count(self, scope: Scope, status: int | None, seconds: float) -> None:
        """A request has been answered; `status` None: the client went away first."""
        method = scope["method"] if scope["method"] in _METHODS else _OTHER
        route = self._route(scope)
        self._requests.labels(method, route, "none" if status is None else str(status)).inc()
        self._durations.labels(method, route).observe(seconds)

    def text(self, database: DatabaseState, search: SearchState, records: Mapping[tuple[str, str], int]) -> bytes:
        """Everything in Prometheus' text format. What could not be read is missing."""
        return generate_latest(self._registry) + generate_latest(_State(_state(database, search, records)))

    def _route(self, scope: Scope) -> str:
        """`/needs/{record_id}` and the like; a route's own path lacks what its router was included under."""
        route, path = scope.get("route"), scope["path"]
        if route is None:
            return "/static" if path.startswith("/static/") else OPENAPI_URL if path == OPENAPI_URL else _OTHER
        if id(route) not in self._templates:
            app: FastAPI = scope["app"]
            self._templates = {
                id(one.original_route): one.path_format or _OTHER for one in iter_route_contexts(app.routes)
            }
        return self._templates.get(id(route), _OTHER)


class _State(Collector):
    """Values that were read a moment ago, in the shape the library writes out."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _state(database: DatabaseState, search: SearchState, records: Mapping[tuple[str, str], int]) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "matchmaker_database_up",
        "1 while the database answers and its schema is ours",
        float(database.queue is not None),
    )
    yield GaugeMetricFamily(
        "matchmaker_engine_up", "1 while the search engine can be searched and written", float(search.engine_up)
    )
    yield _family(
        "matchmaker_search",
        "1 for the state that searching is in",
        {(one,): one == search.status for one in get_args(SearchStatus)}.items(),
        "state",
    )
    yield _family(
        "matchmaker_model",
        "1 for the state the language model is in",
        {(one,): one == search.meaning for one in get_args(MeaningState)}.items(),
        "state",
    )
    if database.queue is not None:
        yield from _queue(database.queue)
    if records:
        yield _family("matchmaker_records", "Records in the database", records.items(), "kind", "status")
    if search.documents:
        documents = {(kind,): number for kind, number in search.documents.items()}.items()
        yield _family("matchmaker_index_documents", "Documents that can be found", documents, "kind")


def _queue(queue: QueueState) -> Iterator[Metric]:
    waiting = {
        ("words",): queue.waiting_words,
        ("meaning",): queue.waiting_meaning,
        ("rebuild",): queue.waiting_rebuilds,
    }
    yield _family("matchmaker_index_queue_rows", "Changes the index has yet to see", waiting.items(), "step")
    yield GaugeMetricFamily(
        "matchmaker_index_queue_lag_seconds", "How long the oldest change has waited to be found", queue.lag_seconds
    )
    yield GaugeMetricFamily(
        "matchmaker_index_refused_records", "Records the index does not take until they are mended", queue.refused
    )


def _family(name: str, said: str, values: Iterable[tuple[tuple[str, ...], float]], *labels: str) -> Metric:
    family = GaugeMetricFamily(name, said, labels=labels)
    for key, value in values:
        family.add_metric(key, float(value))
    return family
