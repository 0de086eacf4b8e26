"""For supervisors, load balancers and Prometheus: does it live, can it be asked, how is it doing.

Open to everybody and therefore without anything personal, without hosts, users and secrets.
"""

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from matchmaker.index_state import LATE_SECONDS, QueueState
from matchmaker.web.metrics import Metrics
from matchmaker.web.vitals import Vitals

router = APIRouter(include_in_schema=False)

# A probe commonly waits one second. The database decides, so it gets longer than search, which may not be the reason
# for a probe to give up.
_DATABASE_SECONDS, _SEARCH_SECONDS = 2.0, 0.8
# Prometheus commonly waits ten.
_METRICS_SECONDS = 5.0


def vitals_of_app(request: Request) -> Vitals:
    vitals: Vitals = request.app.state.vitals
    return vitals


VitalsDep = Annotated[Vitals, Depends(vitals_of_app)]


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """200 while the process answers, whatever else is down: starting it again would mend nothing of that."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(vitals: VitalsDep, response: Response) -> dict[str, Any]:
    """200 while pages can be served: database and schema. Search may be down, pages work without; the body says so."""
    database, search = await asyncio.gather(
        vitals.database(seconds=_DATABASE_SECONDS), vitals.search(seconds=_SEARCH_SECONDS)
    )
    is_ready = database.queue is not None
    response.status_code = 200 if is_ready else 503
    return {
        "status": "ready" if is_ready else "not_ready",
        "database": {"status": "ok" if is_ready else "down", "sentence": database.problem},
        "search": {"status": search.status, "sentence": search.sentence},
        "queue": _queue(database.queue) if database.queue is not None else {"status": "unknown"},
    }


@router.get("/metrics")
async def metrics(request: Request, vitals: VitalsDep) -> Response:
    """Numbers for Prometheus. Without the database what must be read from it is missing, and the answer is still 200."""
    counted: Metrics = request.app.state.metrics
    database, search, records = await asyncio.gather(
        vitals.database(seconds=_METRICS_SECONDS),
        vitals.search(seconds=_METRICS_SECONDS),
        vitals.records(seconds=_METRICS_SECONDS),
    )
    return Response(counted.text(database, search, records), media_type=CONTENT_TYPE_PLAIN_0_0_4)


def _queue(queue: QueueState) -> dict[str, Any]:
    status: Literal["ok", "behind"] = "behind" if queue.lag_seconds > LATE_SECONDS else "ok"
    return {
        "status": status,
        "waiting_words": queue.waiting_words,
        "waiting_meaning": queue.waiting_meaning,
        "refused": queue.refused,
        "lag_seconds": round(queue.lag_seconds, 1),
    }
