"""The web application: opens what it needs, puts API and pages together. `matchmaker serve` runs it."""

import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anyio import to_thread
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from indexing.errors import IndexingError
from matchmaker import (
    __version__,
    audit,  # noqa: F401  from its import on every change leaves an event
    tombstones,  # noqa: F401  and what leaves the lists a tombstone
)
from matchmaker.classification import use_city
from matchmaker.database import check_schema, open_database
from matchmaker.duties import Duties
from matchmaker.index_sync import Relay
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.matching import match_latest
from matchmaker.sending import Senders
from matchmaker.settings import Settings
from matchmaker.uploads import ImportRunner
from matchmaker.web.api import include_api
from matchmaker.web.api.docs import OPENAPI_URL, describe, operation_id
from matchmaker.web.envelope import Envelope
from matchmaker.web.errors import add_error_handlers, unexpected
from matchmaker.web.goto import spell_parties
from matchmaker.web.guard import Guard, Limits
from matchmaker.web.health import router as health_router
from matchmaker.web.metrics import Metrics
from matchmaker.web.pages import include_pages
from matchmaker.web.views import OneView
from matchmaker.web.vitals import Vitals

log = logging.getLogger("matchmaker.web")

STATIC_FILES = Path(__file__).parent / "web" / "static"

# FastAPI would otherwise report requests, query text included, to whatever collector the environment names.
NO_TELEMETRY: Any = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


@dataclass(frozen=True)
class Parts:
    """What a running app works with. `indexes` is None when they could not be opened; `search_problem` says why."""

    settings: Settings
    database: Engine
    indexes: Indexes | None
    search_problem: str = ""

    def close(self) -> None:
        if self.indexes is not None:
            self.indexes.close()
        self.database.dispose()


def create_app(settings: Settings, *, relays: bool = True) -> FastAPI:
    """The app of `matchmaker serve`: relays changes to the index and does the duties while it runs, closes everything
    when it ends.

    `relays=False` leaves both to `matchmaker worker`. The model is loaded in the background. An index that cannot be
    opened does not stop it: searches then answer 503 with the repair.
    Raises DatabaseNotReady, ValueError (city configuration, ways of notices).
    """
    parts = open_parts(settings)
    indexes = parts.indexes
    relay = Relay(parts.database, indexes, match_latest) if relays and indexes is not None else None
    duties = Duties(parts.database, indexes, settings) if relays else None
    imports = ImportRunner(parts.database) if relays else None
    stopped = threading.Event()
    warming = threading.Thread(target=_warm_up, args=(parts, stopped), name="warming-up", daemon=True)

    @asynccontextmanager
    async def running(_app: FastAPI) -> AsyncIterator[None]:
        warming.start()
        if relay is not None:
            relay.start()
        if duties is not None:
            duties.start()
        if imports is not None:
            imports.start()
        yield
        stopped.set()
        if imports is not None:
            await to_thread.run_sync(imports.stop)
        if duties is not None:
            await to_thread.run_sync(duties.stop)
        if relay is not None:
            await to_thread.run_sync(relay.stop)
        await to_thread.run_sync(warming.join)
        parts.close()

    return assemble(parts, running)


def _warm_up(parts: Parts, stopped: threading.Event) -> None:
    """What the first request would otherwise wait for. A database that fails here will be asked again by requests."""
    if parts.indexes is not None:
        parts.indexes.warm_up()
    try:
        spell_parties(parts.database, stopped)
    except SQLAlchemyError as error:
        log.warning("names were not spelled in advance: %s", type(error).__name__)


def open_parts(settings: Settings) -> Parts:
    """Open database and indexes. Raises DatabaseNotReady, ValueError (city configuration)."""
    use_city(settings.city_file)
    database = open_database(settings.resolved_database_url())
    check_schema(database)
    try:
        return Parts(settings, database, open_indexes(settings))
    except (IndexingError, OSError) as error:
        log.error("search is not available: %s", error)
        return Parts(settings, database, None, str(error))


def assemble(parts: Parts, lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None) -> FastAPI:
    """The app over opened parts, without a relay of its own. Raises ValueError (ways of notices)."""
    metrics = Metrics(parts.settings)
    app = FastAPI(
        title=f"{parts.settings.title}接口",
        version=__version__,
        openapi_url=OPENAPI_URL,
        generate_unique_id_function=operation_id,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        telemetry=NO_TELEMETRY,
        middleware=[
            Middleware(GZipMiddleware, minimum_size=1000),
            Middleware(
                Envelope,
                unexpected=unexpected,
                upload_limit=parts.settings.upload_limit_mb * 1024 * 1024,
                metrics=metrics,
            ),
            Middleware(Guard, settings=parts.settings),
            Middleware(OneView),
        ],
    )
    app.state.settings = parts.settings
    app.state.database = parts.database
    app.state.indexes = parts.indexes
    app.state.search_problem = parts.search_problem
    app.state.metrics = metrics
    app.state.senders = Senders.of(parts.settings)
    app.state.limits = Limits(parts.settings)
    app.state.vitals = Vitals(parts.database, parts.indexes, parts.search_problem)
    app.openapi = lambda: describe(app)  # type: ignore[method-assign]
    add_error_handlers(app)
    # Files first: every page asks for several, and routes are tried in this order.
    app.mount("/static", StaticFiles(directory=STATIC_FILES), name="static")
    app.include_router(health_router)
    include_api(app)
    include_pages(app)
    return app
