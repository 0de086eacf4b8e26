"""How long the turnover page takes over N contracts: the real app, with login, templates and all, on SQLite."""

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert
from sqlmodel import Session

from matchmaker.accounts import create_account, start_session
from matchmaker.app import Parts, assemble
from matchmaker.classification import classification
from matchmaker.database import migrate, open_database, session_scope
from matchmaker.figures import percentile
from matchmaker.indexes import open_indexes
from matchmaker.models.account import Account, Role
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractCategory, ContractStatus
from matchmaker.settings import Settings
from matchmaker.visibility import today

_SEED = 20260123
_BATCH = 5000
_ASKED = 30
# The first few compile templates and read the file for the first time.
_WARMING = 3
# About two years: the page reads this year and the one before, so nearly all of the contracts.
_DAYS = 700
# The page as it opens, and as its widest questions ask.
_PAGES = {
    "turnover_page": "/turnover",
    "turnover_by_field": "/turnover?by=technology_field",
    "turnover_by_partner": "/turnover?by=partner_region&caliber=both",
    "turnover_contracts": "/turnover/contracts",
}


def benchmark_turnover(contracts: int, settings: Settings, progress: Callable[[str], None]) -> dict[str, object]:
    """Times of the server in milliseconds, p50 and p95, of the turnover page over so many registered contracts.

    Wall time; beside it the time of the processor, and the load average of the last minute.

    The contracts are made up, spread over the running year and the year before; the database is a new SQLite file.
    """
    with tempfile.TemporaryDirectory(prefix="matchmaker-benchmark-") as folder:
        url = f"sqlite:///{folder}/turnover.sqlite"
        alone = settings.model_copy(
            update={
                "data_dir": Path(folder),
                "database_url": url,
                "engine_url": "",
                "embedder": "hash",
                "requests_per_minute": 0,
                "account_requests_per_minute": 0,
            }
        )
        database = open_database(url)
        try:
            migrate(database)
            progress(f"写入 {contracts} 份合同")
            cookie = _prepare(database, contracts)
            progress("打开成交额统计")
            measured = _measured(database, alone, cookie)
            # Times of a busy machine are those of the others too: what was going on stands beside them.
            return {"contracts": contracts, **measured, "load_average": round(os.getloadavg()[0], 1)}
        finally:
            database.dispose()


def _measured(database: Engine, settings: Settings, cookie: str) -> dict[str, float]:
    # What the tests talk to the app with; it adds no network.
    from fastapi.testclient import TestClient

    indexes = open_indexes(settings)
    found: dict[str, float] = {}
    try:
        with TestClient(assemble(Parts(settings, database, indexes)), cookies={"session": cookie}) as client:
            for name, path in _PAGES.items():
                times, busy = [], []
                for _ in range(_ASKED + _WARMING):
                    started, worked = time.perf_counter(), time.process_time()
                    client.get(path).raise_for_status()
                    times.append((time.perf_counter() - started) * 1000)
                    busy.append((time.process_time() - worked) * 1000)
                for percent in (50, 95):
                    found[f"{name}_ms_p{percent}"] = round(percentile(times[_WARMING:], percent), 1)
                found[f"{name}_cpu_ms_p50"] = round(percentile(busy[_WARMING:], 50), 1)
    finally:
        indexes.close()
    return found


def _prepare(database: Engine, contracts: int) -> str:
    """Write the contracts and an official, and log her in."""
    with session_scope(database) as session:
        official = create_account(
            session, Account(login_name="benchmark", name="统计", role=Role.CITY_OFFICIAL), password=""
        )
        session.flush()
        cookie = start_session(session, official)
        rows: list[dict[str, Any]] = []
        for row in _contracts(contracts):
            rows.append(row)
            if len(rows) == _BATCH:
                _write(session, rows)
                rows = []
        if rows:
            _write(session, rows)
    return cookie


def _write(session: Session, rows: list[dict[str, Any]]) -> None:
    session.connection().execute(insert(TechnologyContract), rows)


def _contracts(number: int) -> Iterator[dict[str, Any]]:
    choose = random.Random(_SEED)  # noqa: S311  no secret
    lists = classification()
    inside = [one.code for one in lists.city.districts.entries]
    outside = [one.code for one in lists.regions.entries if not one.code.endswith("00")]
    fields = [one.code for one in lists.technology_fields.entries]
    plain = TechnologyContract(source="benchmark", source_id="", title="", category=ContractCategory.DEVELOPMENT)
    defaults = {name: getattr(plain, name) for name in TechnologyContract.model_fields if name != "id"}
    for index in range(number):
        day = today() - timedelta(days=choose.randrange(_DAYS))
        # Up to two million yuan, as most contracts of a city.
        value = choose.randrange(1, 200_000_000)
        yield {
            **defaults,
            "source_id": str(index),
            "title": f"秸秆模塑成型工艺技术开发合同 {index}",
            "category": choose.choice(list(ContractCategory)),
            # A subject as long as real ones, so that rows fill the pages of the file as real ones do.
            "subject": "以农作物秸秆为原料制备可降解包装材料的工艺与装备，" * 6,
            "status": ContractStatus.REGISTERED,
            "signed_on": day,
            "registered_on": day,
            "registration_number": f"{index:016}",
            "contract_value_fen": value,
            "technology_value_fen": choose.randrange(value + 1),
            "technology_field": choose.choice(fields),
            "seller_name": f"示例单位 {choose.randrange(5000)}",
            "buyer_name": f"示例单位 {choose.randrange(5000)}",
            "seller_region_code": choose.choice(inside if choose.random() < 0.6 else outside),
            "buyer_region_code": choose.choice(inside if choose.random() < 0.6 else outside),
        }
