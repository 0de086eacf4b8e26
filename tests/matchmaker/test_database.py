"""Both databases: addresses, sentences for what goes wrong, one schema, migrations by several processes at once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from fastapi.testclient import TestClient
from sqlalchemy import URL, Engine, create_engine, inspect, make_url, text
from sqlmodel import Session, SQLModel

from matchmaker.app import Parts, assemble
from matchmaker.database import check_schema, migrate, open_database, session_scope
from matchmaker.errors import DatabaseNotReady
from matchmaker.models import IndexOutbox
from matchmaker.settings import Settings
from tests.factories import make_enterprise
from tests.postgres_server import PASSWORD, TestDatabases, opened

ROOT = Path(__file__).parents[2]
SECRET = "hush-hush-31"
# Waits for a line on its input, so that several of them migrate in the same moment.
MIGRATION = """
import sys
from matchmaker.database import check_schema, migrate, open_database
database = open_database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
migrate(database)
check_schema(database)
database.dispose()
"""


def plain(url: URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of either kind, whatever the run is on."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'either.sqlite'}"
        return
    databases: TestDatabases = request.getfixturevalue("postgres")
    url = databases.empty()
    yield url
    databases.drop(url)


@pytest.fixture
def either(empty_url: str) -> Iterator[Engine]:
    """A migrated database of either kind."""
    with opened(empty_url) as database:
        migrate(database)
        yield database


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"])
def test_every_way_to_write_postgresql_is_psycopg(postgres_url: URL, scheme: str) -> None:
    with opened(plain(postgres_url.set(drivername=scheme))) as database, database.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
        assert connection.execute(text("SHOW timezone")).scalar() == "UTC"
        assert connection.execute(text("SHOW lock_timeout")).scalar() == "30s"


def test_what_the_address_says_about_the_connection_counts(postgres_url: URL) -> None:
    told = postgres_url.update_query_dict({"application_name": "office", "connect_timeout": "3"})
    with opened(plain(told)) as database, database.connect() as connection:
        assert connection.execute(text("SHOW application_name")).scalar() == "office"


@pytest.mark.parametrize(
    "url",
    [
        f"user:{SECRET}@host/name",
        f"postgresql://user:{SECRET}@host:{SECRET}/name",
        f"mysql://user:{SECRET}@host/name",
        f"{SECRET}",
        f"nothing+like:{SECRET}",
    ],
)
def test_an_address_that_cannot_be_read_is_a_sentence_without_it(url: str) -> None:
    with pytest.raises(DatabaseNotReady, match="MATCHMAKER_DATABASE_URL") as refused:
        open_database(url)
    assert SECRET not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"password": SECRET}, "用户名和密码"),
        ({"username": "nobody", "password": SECRET}, "用户名和密码"),
        ({"database": "nobody_made_this"}, "createdb"),
        ({"host": "no-such-host.invalid"}, "主机名"),
        ({"port": 1}, "已启动"),
    ],
)
def test_a_server_that_refuses_is_one_sentence_with_the_repair(
    postgres_url: URL, change: dict[str, Any], said: str
) -> None:
    with opened(plain(postgres_url.set(**change))) as database:
        for attempt in (migrate, check_schema):
            with pytest.raises(DatabaseNotReady, match=said) as refused:
                attempt(database)
            assert SECRET not in str(refused.value)
            assert PASSWORD not in str(refused.value)


@pytest.mark.parametrize("wrong", [{"password": SECRET}, {"drivername": f"{SECRET}//"}])
def test_the_command_line_says_no_more_than_that_sentence(
    postgres_url: URL, tmp_path: Path, wrong: dict[str, Any]
) -> None:
    url = plain(postgres_url.set(**wrong))
    environment = os.environ | {"MATCHMAKER_DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "matchmaker", "migrate"]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    output = result.stdout + result.stderr
    assert (result.returncode, output.count("\n")) == (1, 1), output
    assert "MATCHMAKER_DATABASE_URL" in output
    assert SECRET not in output
    assert PASSWORD not in output


def test_a_user_without_the_right_to_make_tables_is_told_whom_to_ask(
    postgres: TestDatabases, postgres_url: URL
) -> None:
    url = make_url(postgres.empty())
    role = f"{url.database}_guest"
    administrator = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD '{SECRET}'"))
    try:
        guest = plain(url.set(username=role, password=SECRET))
        with opened(guest) as database, pytest.raises(DatabaseNotReady, match="OWNER TO"):
            migrate(database)
    finally:
        postgres.drop(plain(url))
        with administrator.connect() as connection:
            connection.execute(text(f"DROP ROLE {role}"))
        administrator.dispose()


def test_a_database_that_cannot_hold_chinese_is_refused(postgres: TestDatabases, postgres_url: URL) -> None:
    name = f"{make_url(postgres.empty()).database}_latin"
    administrator = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(
            text(f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0")
        )
    try:
        url = plain(postgres_url.set(database=name))
        with opened(url) as database, pytest.raises(DatabaseNotReady, match=r"LATIN1.*UTF8"):
            migrate(database)
    finally:
        with administrator.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name}"))
        administrator.dispose()


def test_the_schema_is_that_of_the_models(either: Engine) -> None:
    with either.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), SQLModel.metadata) == []


def test_migrating_again_changes_nothing(either: Engine) -> None:
    with session_scope(either) as session:
        make_enterprise(session)
    migrate(either)
    check_schema(either)
    with Session(either) as session:
        assert session.connection().execute(text("SELECT count(*) FROM enterprise")).scalar() == 1


def test_several_processes_may_migrate_at_once(empty_url: str) -> None:
    command = [sys.executable, "-c", MIGRATION, empty_url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    started = [subprocess.Popen(command, cwd=ROOT, text=True, **pipes) for _ in range(3)]  # type: ignore[call-overload]
    for process in started:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
    for process in started:
        process.stdin.write("\n")
        process.stdin.flush()
    for process in started:
        said = process.communicate()[1]
        assert process.returncode == 0, said
    with opened(empty_url) as database:
        check_schema(database)
        assert IndexOutbox.__tablename__ in inspect(database).get_table_names()


def test_an_empty_an_old_and_a_newer_schema_are_told_apart(empty_url: str) -> None:
    with opened(empty_url) as database:
        with pytest.raises(DatabaseNotReady, match=r"版本为 空.*matchmaker migrate"):
            check_schema(database)
        migrate(database)
        for version, repair in (("0001", "matchmaker migrate"), ("9999", "升级本程序")):
            with database.begin() as connection:
                connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
            with pytest.raises(DatabaseNotReady, match=rf"版本为 {version}.*{repair}"):
                check_schema(database)


def test_names_are_sorted_and_found_alike_on_both(either: Engine, settings: Settings) -> None:
    names = [
        "啊公司",
        "阿公司",
        "中科公司",
        "ABC 公司",
        "abd 公司",
        "Abe 公司",
        "Ａ公司",
        "50%_/\\公司",
        "éa 公司",
        "Éb 公司",
    ]
    with session_scope(either) as session:
        for name in names:
            make_enterprise(session, name=name)
    with TestClient(assemble(Parts(settings, either, None))) as client:
        found: list[str] = []
        cursor = None
        while True:
            given = {"limit": 3} | ({"cursor": cursor} if cursor else {})
            page = client.get("/api/v1/enterprises", params=given).json()
            found += [one["name"] for one in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert found == sorted(names)
        for part, expected in (("AB", 3), ("%_/\\", 1), ("_", 1), ("É", 1), ("Ａ", 1), ("ａ", 0), ("公司", 10)):
            assert client.get("/api/v1/enterprises", params={"name": part}).json()["total"] == expected, part


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ({"title": "含\0的标题", "problem": "x"}, "title"),
        ({"title": "标题标题", "problem": "a\0b"}, "problem"),
        ({"title": "标题标题", "problem": "x", "keywords": ["好", "a\0"]}, "keywords"),
        ({"title": "标题标题", "problem": "x", "key_indicators": [{"name": "强\0度"}]}, "key_indicators"),
        ({"title": "标题标题", "problem": "x", "enterprise_name": "\0公司"}, "enterprise_name"),
    ],
)
def test_what_postgresql_cannot_store_is_refused_by_name(
    client: TestClient, admin: dict[str, str], path: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/v1/needs", json=path, headers=admin)
    assert answer.status_code == 422
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert "NUL" in answer.json()["errors"][0]["reason"]


def test_no_address_is_too_strange_for_the_database(either: Engine, settings: Settings) -> None:
    with TestClient(assemble(Parts(settings, either, None))) as client:
        for name in ("\0", "a\0b", "%00", "'; --", "\u2028", "𠮷" * 200):
            assert client.get("/api/v1/enterprises", params={"name": name}).status_code in (200, 422)


def test_a_new_data_folder_is_closed_to_others(tmp_path: Path) -> None:
    opened = open_database(f"sqlite:///{tmp_path}/var/matchmaker.sqlite")
    migrate(opened)
    opened.dispose()
    assert (tmp_path / "var").stat().st_mode & 0o077 == 0
