"""Whatever is sent by whomever, the API answers and never with a 5xx: payloads made from its own description."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from sqlmodel import Session

from indexing import Segmenter
from matchmaker.models import Match
from matchmaker.settings import Settings
from matchmaker.web.dependencies import session_of_request
from tests.matchmaker.web.route_rights import EVERYBODY
from tests.matchmaker.web.route_rights.serving import served_world
from tests.matchmaker.web.route_rights.world import World
from tests.matchmaker.web.test_route_rights import PREPARATIONS, undone

pytestmark = pytest.mark.slow

# Of each operation and way, for each of nine kinds of caller: bounded and the same in every run.
EXAMPLES = 4
# Long: schemathesis' own ten seconds are few for an export on a machine that is busy with the rest of the suite.
PATIENCE_SECONDS = 120


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, new_database_url: Callable[..., str], segmenter: Segmenter
) -> Iterator[tuple[FastAPI, World]]:
    """The app over the world of the rights table; what a request writes is written to the database and taken back."""
    folder: Path = tmp_path_factory.mktemp("fuzz")
    chosen = Settings(
        _env_file=None,
        data_dir=folder,
        database_url=new_database_url(),
        embedder="hash",
        upload_limit_mb=1,
        requests_per_minute=0,
        account_requests_per_minute=0,
    )
    with served_world(chosen, segmenter, PREPARATIONS) as served:
        served.app.dependency_overrides[session_of_request] = undone
        yield served.app, served.world


# What a number in a path means, by the part of the path before it: a made-up number finds nothing.
MEANT = {
    "needs": "need",
    "achievements": "achievement",
    "enterprises": "enterprise",
    "institutions": "institution",
    "brokers": "broker",
    "brokerages": "brokerage",
    "carried": "match",
    "campaigns": "campaign",
    "contracts": "api_contract",
    "targets": "api_target",
    "achievement-registrations": "api_registration",
    "signings": "api_signing",
    "reconciliations": "api_list",
    "snapshots": "api_snapshot",
    "reports": "api_report",
}
# Numbers of parts of a record, the part and the record it is of.
PARTS = {
    "receipt_id": ("api_receipt", "api_registered"),
    "file_id": ("api_file", "api_registered"),
    "row_id": ("api_list_row", "api_list"),
}


def aim(case: Case, app: FastAPI, world: World) -> None:
    """Well-formed requests go to a record that exists, in the version it has."""
    noun = case.path.removeprefix("/api/v1/").split("/")[0]
    for name in ("record_id", "match_id", f"{MEANT.get(noun, noun)}_id"):
        if name in case.path_parameters:
            case.path_parameters[name] = world.ids.get(MEANT.get(noun, noun), 1)
    for name, (part, whole) in PARTS.items():
        if name in case.path_parameters:
            case.path_parameters |= {name: world.ids[part], "record_id": world.ids[whole]}
    if case.operation.method.upper() != "GET" and noun in ("contracts", "targets") and "If-Match" in case.headers:
        case.headers["If-Match"] = "*"
        if isinstance(case.body, dict):
            case.body.pop("version", None)
    for name in ("need_id", "achievement_id"):
        for place in (case.query, case.body if isinstance(case.body, dict) else {}):
            if name in place:
                place[name] = world.ids[name.removesuffix("_id")]
    if isinstance(case.body, dict) and "version" in case.body:
        with Session(app.state.database) as session:
            version = session.get_one(Match, world.ids["match"]).version
        case.body["version"] = version if noun == "carried" else 1


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("role", EVERYBODY)
def test_nothing_breaks_the_api(served: tuple[FastAPI, World], role: str, mode: GenerationMode) -> None:
    app, world = served
    headers = world.headers.get(role, {})
    statuses = set()
    for found in schemathesis.openapi.from_dict(app.openapi()).get_all_operations():
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not operation.body and not list(operation.iter_parameters()):
            # Nothing is sent, so nothing can be sent wrong.
            continue

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def probe(case: Case) -> None:
            if mode is GenerationMode.POSITIVE:
                aim(case, app, world)
            answer = case.call(app=app, headers=headers, timeout=PATIENCE_SECONDS)
            statuses.add(answer.status_code)
            assert answer.status_code < 500, (case.method, case.path, answer.text)

        probe()
    if mode is GenerationMode.POSITIVE and role in world.headers:
        # The key works to the end: nothing was asked only to be sent away.
        assert 401 not in statuses
