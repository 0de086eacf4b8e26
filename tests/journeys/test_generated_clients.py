"""Clients generated from the API's own description: they come out whole, and one does a broker's job with them."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from matchmaker.app import Parts, assemble
from matchmaker.database import migrate, open_database, session_scope
from matchmaker.models.account import Role
from matchmaker.settings import Settings
from tests.factories import key_of, make_account, make_achievement, make_enterprise, make_institution, make_need
from tests.generated_clients import RUN_SECONDS, python_client, python_with_generators, typescript_client
from tests.journeys.installation import Installation

JOB = Path(__file__).with_name("brokers_job.py")


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The API's description."""
    chosen = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("described"), embedder="hash")
    database = open_database(chosen.resolved_database_url())
    app: FastAPI = assemble(Parts(chosen, database, None))
    described = app.openapi()
    database.dispose()
    return described


@pytest.fixture
def installation(tmp_path: Path, database_url: str) -> Iterator[Installation]:
    with Installation(tmp_path / "city", database_url=database_url) as made:
        yield made


def keys(installation: Installation) -> list[str]:
    """A need and an achievement that match; keys of a broker and of both sides."""
    chosen = Settings(
        _env_file=None,
        data_dir=Path(installation.environment["MATCHMAKER_DATA_DIR"]),
        database_url=installation.environment["MATCHMAKER_DATABASE_URL"],
    )
    chosen.data_dir.mkdir(parents=True, exist_ok=True)
    database = open_database(chosen.resolved_database_url())
    migrate(database)
    with session_scope(database) as session:
        enterprise, institution = make_enterprise(session), make_institution(session)
        make_need(
            session, title="玉米秸秆制备可降解包装材料", enterprise_name=enterprise.name, budget_max_fen=50_000_000
        )
        make_achievement(session, title="秸秆纤维模塑成型技术", institution_name=institution.name)
        people = (
            make_account(session, Role.BROKER),
            make_account(session, Role.ENTERPRISE, enterprise_id=enterprise.id),
            make_account(session, Role.INSTITUTION, institution_id=institution.id),
        )
        session.flush()
        made = [key_of(session, account)["Authorization"].removeprefix("Bearer ") for account in people]
    database.dispose()
    return made


@pytest.mark.slow
def test_the_generated_python_client_does_the_brokers_job(
    document: dict[str, Any], installation: Installation, tmp_path: Path
) -> None:
    python = python_with_generators()
    folder = python_client(document, tmp_path)
    made = keys(installation)
    service = installation.serve()
    _wait_until_indexed(service.http, made[0])
    done = subprocess.run(
        [python, JOB, service.address, *made],
        env={**installation.environment, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    learned = json.loads(done.stdout)
    assert learned["role"] == "broker"
    assert (learned["need"], learned["budget"]) == ("玉米秸秆制备可降解包装材料", "500000.00")
    assert learned["achievement"] == "秸秆纤维模塑成型技术"
    assert learned["band"] in ("high", "medium", "low")
    assert all(learned["reasons"])
    assert learned["reasons"]
    assert (learned["agreed"], learned["signed"]) == ("accepted", "signed")
    assert learned["follow_ups"] == [30, 90, 180]
    assert learned["changed"] == [[learned["match"], "signed"]]


@pytest.mark.slow
def test_a_typescript_client_is_generated_whole(document: dict[str, Any], tmp_path: Path) -> None:
    folder = typescript_client(document, tmp_path)
    tags = {tag["name"] for tag in document["tags"]}
    apis = {file.stem for file in (folder / "apis").glob("*Api.ts")}
    assert apis == {"".join(part.title() for part in tag.split("_")) + "Api" for tag in tags}
    written = "\n".join(file.read_text("utf-8") for file in (folder / "apis").glob("*.ts"))
    for methods in document["paths"].values():
        for operation in methods.values():
            first, *others = operation["operationId"].split("_")
            assert f"async {first}{''.join(part.title() for part in others)}(" in written


def _wait_until_indexed(http: httpx2.Client, key: str) -> None:
    for _ in range(300):
        state = http.get("/api/v1/index", headers={"Authorization": f"Bearer {key}"}).json()
        if not state["waiting_words"] + state["waiting_meaning"]:
            return
        time.sleep(0.1)
    pytest.fail(f"the index is not up to date: {state}")
