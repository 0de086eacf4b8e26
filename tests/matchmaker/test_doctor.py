"""`matchmaker doctor`: everything down one by one and all at once, on real files and closed ports."""

import json
import os
import re
import resource
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete
from sqlmodel import col, select

from indexing import Segmenter
from indexing.engines.urls import beside
from matchmaker.database import session_scope
from matchmaker.doctor import Finding, examine
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.models.base import now
from matchmaker.models.notice import DeliveryStatus, NoticeDelivery, NoticeKind
from matchmaker.models.outbox import IndexOutbox, RecordKind
from matchmaker.notices import NoticeText, notify
from matchmaker.settings import Settings
from tests.factories import make_account, make_achievement, make_need
from tests.matchmaker.outside import mail_server

HAN = re.compile(r"[\u4e00-\u9fff]")
SECRET = "geheim-4711"
CLOSED = "127.0.0.1:1"

Examined = Callable[..., dict[str, list[Finding]]]


@pytest.fixture
def given(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of the installation of `settings`, and nothing else of ours."""
    for name in [one for one in os.environ if one.upper().startswith("MATCHMAKER_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MATCHMAKER_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("MATCHMAKER_EMBEDDER", "hash")
    if settings.database_url:
        monkeypatch.setenv("MATCHMAKER_DATABASE_URL", settings.database_url)
    return monkeypatch


@pytest.fixture
def examined(given: pytest.MonkeyPatch) -> Examined:
    """What the doctor finds, by check, with these variables changed as well."""

    def find(**changed: str) -> dict[str, list[Finding]]:
        for name, value in changed.items():
            given.setenv(f"MATCHMAKER_{name}", value)
        found: dict[str, list[Finding]] = {}
        for one in examine():
            assert bool(one.repair) == (one.level != "green"), one
            assert HAN.search(one.sentence), one
            assert SECRET not in one.sentence + one.repair
            found.setdefault(one.check, []).append(one)
        return found

    return find


@pytest.fixture
def filled(database: Engine, indexes: Indexes) -> Indexes:
    """One record of each kind in database and index; this object keeps the writer's place, as a service does."""
    with session_scope(database) as session:
        make_need(session)
        make_achievement(session)
    relay_all(database, indexes)
    return indexes


def levels(found: dict[str, list[Finding]]) -> dict[str, list[str]]:
    return {check: [one.level for one in lines] for check, lines in found.items()}


def test_all_is_well_beside_a_running_service(filled: Indexes, examined: Examined) -> None:
    found = examined()
    assert levels(found) == {
        "settings": ["green"],
        "data_folder": [found["data_folder"][0].level],  # the machine's disk is not ours
        "city": ["yellow"],  # the invented one
        "database": ["green"],
        "clock": ["green"],
        "backup": ["yellow"],  # none has been made
        "engine": ["green"],
        "model": ["yellow"],  # `hash`
        "coefficients": ["green"],
        "index_needs": ["green"],
        "index_achievements": ["green"],
        "queue": ["green"],
        "mail": ["yellow"],  # none has been set up
        "notices": ["green"],
        "reports": [found["reports"][0].level],  # neither are its fonts
        "audit": ["green"],
    }
    assert found["data_folder"][0].level != "red" or "GB" in found["data_folder"][0].sentence
    assert found["index_needs"][0].sentence == "1 条，其中 0 条缺语义；已发布的记录 1 条"


def test_everything_down_is_one_red_line_each(examined: Examined) -> None:
    found = examined(
        PORT="abc",
        DATA_DIR="/proc/none",
        CITY_FILE="/nowhere/city.toml",
        DATABASE_URL=f"postgresql://someone:{SECRET}@{CLOSED}/matchmaker",
        ENGINE_URL=f"http://{CLOSED}/",
        EMBEDDER="word2vec",
        MAIL_URL=f"smtp://someone:{SECRET}@{CLOSED}?from=a@example.org",
    )
    assert levels(found) == {
        **{check: ["red"] for check in ("settings", "data_folder", "city", "database", "engine", "model", "mail")},
        # Ask for nothing that is down.
        "coefficients": ["green"],
        "reports": [found["reports"][0].level],
    }
    assert "MATCHMAKER_PORT" in found["settings"][0].sentence


@pytest.mark.parametrize(
    ("setting", "value", "check"),
    [
        ("DATABASE_URL", f"postgresql://u:{SECRET}@host:{SECRET}/x", "database"),
        ("DATABASE_URL", f"mysql://u:{SECRET}@host/x", "database"),
        ("DATABASE_URL", f"{SECRET}", "database"),
        ("ENGINE_URL", f"http://u:{SECRET}@{CLOSED}/", "engine"),
        ("ENGINE_URL", f"solr://u:{SECRET}@{CLOSED}/", "engine"),
        ("LOG_FORMAT", SECRET, "settings"),
        ("MAIL_URL", f"smtp://u:{SECRET}@host:{SECRET}", "mail"),
        ("WECOM_URL", SECRET, "mail"),
    ],
)
def test_a_wrong_setting_is_a_red_line_that_does_not_repeat_it(
    examined: Examined, setting: str, value: str, check: str
) -> None:
    assert levels(examined(**{setting: value}))[check] == ["red"]


def test_settings_that_nobody_reads(examined: Examined, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"MATCHMAKER_DATABASE_PASWORD={SECRET}\nOTHER=1\n", "utf-8")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "matchmaker_engine_apikey").write_text(SECRET, "utf-8")
    found = examined(DATABSE_URL=SECRET, SECRETS_DIR=str(tmp_path / "secrets"))["settings"]
    assert [one.level for one in found] == ["yellow"] * 3
    repairs = " ".join(one.repair for one in found)
    for name in ("MATCHMAKER_DATABASE_URL", "MATCHMAKER_DATABASE_PASSWORD", "MATCHMAKER_ENGINE_API_KEY"):
        assert name in repairs


def test_settings_that_cannot_be_read(filled: Indexes, examined: Examined, tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"MATCHMAKER_TITLE=\xff\xfe\n")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "matchmaker_engine_api_key").write_bytes(b"\xff\xfe")
    found = examined(SECRETS_DIR=str(tmp_path / "secrets"))
    assert levels(found)["settings"] == ["red", "red"]
    assert levels(found)["queue"] == ["green"], "the other checks go on"
    (tmp_path / ".env").unlink()
    assert levels(examined(SECRETS_DIR=str(tmp_path / "none")))["settings"] == ["yellow"]


def test_a_database_that_is_garbage(given: pytest.MonkeyPatch, examined: Examined, settings: Settings) -> None:
    given.delenv("MATCHMAKER_DATABASE_URL", raising=False)
    settings.data_dir.mkdir()
    file = settings.data_dir / "matchmaker.sqlite"
    file.write_bytes(b"no database at all " * 1000)
    found = examined()
    assert levels(found)["database"] == ["red"]
    assert "备份" in found["database"][0].repair
    assert file.read_bytes().startswith(b"no database")


def test_looking_makes_nothing(given: pytest.MonkeyPatch, examined: Examined, settings: Settings) -> None:
    given.delenv("MATCHMAKER_DATABASE_URL", raising=False)
    found = examined()
    assert (levels(found)["data_folder"], levels(found)["database"]) == (["yellow"], ["red"])
    assert not settings.data_dir.exists()


def test_a_schema_of_another_version(examined: Examined, new_database_url: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "empty.sqlite").touch()
    url = new_database_url(migrated=False) or f"sqlite:///{tmp_path / 'empty.sqlite'}"
    [line] = examined(DATABASE_URL=url)["database"]
    assert line.level == "red"
    assert "matchmaker migrate" in line.repair


def test_a_server_that_says_nothing_is_given_up(examined: Examined) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        [line] = examined(DATABASE_URL=f"postgresql://u:{SECRET}@127.0.0.1:{port}/x")["database"]
    assert line.level == "red"


def test_a_damaged_index(filled: Indexes, settings: Settings, examined: Examined) -> None:
    for file in (settings.data_dir / "index").glob("needs-*/**/*"):
        if file.is_file():
            file.write_bytes(b"damaged")
    found = examined()
    assert levels(found)["engine"] == ["red"]
    assert "matchmaker reindex" in found["engine"][0].repair
    assert "index_needs" not in found


def test_an_index_of_another_model(filled: Indexes, examined: Examined) -> None:
    [line] = examined(EMBEDDER="off")["index_needs"]
    assert (line.level, line.repair) == ("red", "请运行 matchmaker reindex")
    # Where the wanted model is missing, words go on with the index as it is.
    found = examined(EMBEDDER="word2vec")
    assert (levels(found)["model"], levels(found)["index_needs"]) == (["red"], ["green"])


def test_records_that_slipped_through(filled: Indexes, database: Engine, examined: Examined) -> None:
    with session_scope(database) as session:
        make_need(session)
    [line] = examined()["index_needs"]
    assert line.level == "green", "it is on its way"
    with session_scope(database) as session:
        session.exec(delete(IndexOutbox))
    [line] = examined()["index_needs"]
    assert line.level == "yellow"
    assert "--stale" in line.repair


def queued(database: Engine, **values: Any) -> None:
    with session_scope(database) as session:
        session.add(IndexOutbox(kind=RecordKind.NEEDS, record_id=7, **values))


def test_changes_that_wait_for_nobody(filled: Indexes, database: Engine, examined: Examined) -> None:
    queued(database, enqueued_at=now() - timedelta(minutes=10))
    [line] = examined()["queue"]
    assert line.level == "red"
    assert "没有进程在写索引" in line.sentence
    assert "matchmaker worker" in line.repair
    [line] = examined(ENGINE_URL=f"http://{CLOSED}/")["queue"]
    assert line.level == "red"
    assert "检索引擎" in line.sentence
    assert "检索引擎" in line.repair


def test_refused_records_are_named_with_their_reason(filled: Indexes, database: Engine, examined: Examined) -> None:
    with session_scope(database) as session:
        session.add_all(
            IndexOutbox(kind=RecordKind.NEEDS, record_id=number, problem="标题过长", attempts=1)
            for number in range(40, 47)
        )
    [line] = examined()["refused"]
    assert line.level == "yellow"
    assert line.sentence.startswith("7 条")
    assert line.sentence.count("标题过长") == 5
    assert "技术需求 40" in line.sentence
    assert levels(examined())["queue"] == ["green"]


def test_sqlite_is_for_one_process(filled: Indexes, on_postgresql: bool, examined: Examined) -> None:
    found = examined(ENGINE_URL=f"http://{CLOSED}/")
    assert levels(found)["database"] == ["green" if on_postgresql else "yellow"]


def test_a_real_elasticsearch(
    database: Engine, settings: Settings, segmenter: Segmenter, elasticsearch_url: str, examined: Examined
) -> None:
    url = beside(elasticsearch_url, "doctor")
    indexes = open_indexes(settings.model_copy(update={"engine_url": url}))
    vars(indexes)["_segmenter"] = segmenter
    with session_scope(database) as session:
        make_need(session)
    relay_all(database, indexes)
    indexes.close()
    found = examined(ENGINE_URL=url)
    # One node without copies, on a disk that may be nearly full, is yellow.
    assert found["engine"][0].level in ("green", "yellow")
    assert levels(found)["index_needs"] == ["green"]
    assert found["index_needs"][0].sentence.startswith("1 条")


def run(*arguments: str, **limits: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "matchmaker", *arguments]
    given = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False, timeout=120, **limits)


def test_exit_codes_and_json(filled: Indexes, given: pytest.MonkeyPatch) -> None:
    well = run("doctor")
    assert (well.returncode, well.stderr) == (0, "")
    assert len(well.stdout.splitlines()) == 16
    given.setenv("MATCHMAKER_ENGINE_URL", f"http://{CLOSED}/")
    given.setenv("MATCHMAKER_LOG_FORMAT", "nonsense")
    ill = run("doctor", "--json")
    assert (ill.returncode, ill.stderr) == (1, "")
    said = json.loads(ill.stdout)
    assert said["ok"] is False
    assert {one["check"] for one in said["checks"] if one["level"] == "red"} == {"settings", "engine"}
    assert said["checks"][0].keys() == {"check", "label", "level", "sentence", "repair"}


def test_a_disk_that_takes_no_more(filled: Indexes, given: pytest.MonkeyPatch) -> None:
    # A limit on the size of files is what an ordinary user can make of a full disk.
    full = run("doctor", "--json", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
    assert full.returncode == 1
    red = {one["check"] for one in json.loads(full.stdout)["checks"] if one["level"] == "red"}
    assert "data_folder" in red
    assert "database" not in red


def test_messages_that_wait_and_were_given_up(database: Engine, examined: Examined) -> None:
    with mail_server() as box, session_scope(database) as session:
        ready = {"MAIL_URL": box.url, "PUBLIC_URL": "https://platform.example.org"}
        account = make_account(session, email="a@example.org")
        for key in ("late", "given-up"):
            notify(session, [account.id or 0], NoticeText(NoticeKind.MATCH, key, key))
        session.commit()
        assert levels(examined(**ready))["mail"] == ["green"]
        assert levels(examined(**ready))["notices"] == ["green"], "they have just been queued"
        late, given_up = session.exec(select(NoticeDelivery).order_by(col(NoticeDelivery.id)))
        given_up.status, given_up.problem = DeliveryStatus.FAILED, "邮件服务器不接收这个收件地址（550）"
        session.commit()
        found = examined(**ready)["notices"][0]
        assert found.level == "yellow"
        assert "（550）" in found.sentence
        late.created_at -= timedelta(hours=1)
        session.commit()
        found = examined(**ready)["notices"][0]
        assert found.level == "red"
        assert "1 条到时未发" in found.sentence
