"""Out of one machine, by the steps of the README: SQLite → PostgreSQL, embedded → Elasticsearch, and back again."""

from pathlib import Path

import pytest

from scripts.installation import Installation, Service
from tests.journeys.test_engine_trouble import add, comes_true, first
from tests.postgres_server import TestDatabases

pytestmark = pytest.mark.slow

WORDS = [f"zq{number}" for number in range(12)]


def everything_is_there(service: Service, records: dict[str, int]) -> None:
    comes_true(lambda: all(first(service, word) == record for word, record in records.items()))
    for word, record in records.items():
        assert word in service.http.get(f"/needs/{record}").text


def test_growing_and_shrinking(postgres: TestDatabases, elasticsearch_url: str, tmp_path: Path) -> None:
    database_url, engine_url = postgres.empty(), f"{elasticsearch_url}/growing?replicas=0"
    with Installation(tmp_path / "small") as small:
        service = small.serve()
        key = service.key
        records = {word: add(service, word) for word in WORDS}
        everything_is_there(service, records)
        service.program.stop()
        code, printed = small.run("migrate-db", "--to", database_url)
        assert code == 0, printed
        assert "内容一致" in printed
        # Once more: the target is no longer empty, and stays as it is.
        code, printed = small.run("migrate-db", "--to", database_url)
        assert code == 1
        assert "Traceback" not in printed

    # Half-way: the new database with the old index.
    with Installation(tmp_path / "small", database_url=database_url) as half:
        service = half.serve()
        assert service.one_time_password == ""
        service.use_key(key)
        everything_is_there(service, records)
        code, printed = half.run("reindex", "--to", engine_url)
        assert code == 0, printed
        service.program.stop()

    with Installation(tmp_path / "large", database_url=database_url, engine_url=engine_url) as large:
        service, _ = large.serve("--without-worker"), large.worker("worker")
        service.use_key(key)
        records["zqlate"] = add(service, "zqlate")
        everything_is_there(service, records)
        service.program.stop()
        own_machine = f"sqlite:///{tmp_path / 'back' / 'var' / 'matchmaker.sqlite'}"
        code, printed = large.run("migrate-db", "--to", own_machine)
        assert code == 0, printed

    with Installation(tmp_path / "back") as back:
        service = back.serve()
        service.use_key(key)
        everything_is_there(service, records)
