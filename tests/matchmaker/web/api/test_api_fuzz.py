"""Whatever is sent, the API answers and never with a 5xx: payloads made from its own description."""

from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from sqlmodel import Session

from matchmaker.models import Achievement, Enterprise, Institution, TechnologyNeed

TABLES: dict[str, type[Any]] = {
    "needs": TechnologyNeed,
    "achievements": Achievement,
    "enterprises": Enterprise,
    "institutions": Institution,
}
# Bounded and the same in every run; a nightly run may raise the number.
EXAMPLES = 10


def aim(case: Case, app: FastAPI) -> None:
    """Well-formed requests go to a record that exists, in the version it has: a made-up number finds none."""
    if "record_id" in case.path_parameters:
        case.path_parameters["record_id"] = 1
    for name in ("need_id", "achievement_id"):
        if name in case.query:
            case.query[name] = 1
    if isinstance(case.body, dict) and "version" in case.body:
        with Session(app.state.database) as session:
            case.body["version"] = session.get_one(TABLES[case.path.split("/")[3]], 1).version


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("role", ["anonymous", "administrator"])
def test_nothing_breaks_the_api(
    app: FastAPI, admin: dict[str, str], records: Any, role: str, mode: GenerationMode
) -> None:
    headers = admin if role == "administrator" else {}
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
                aim(case, app)
            answer = case.call(app=app, headers=headers)
            assert answer.status_code < 500, (case.method, case.path, answer.text)

        probe()
