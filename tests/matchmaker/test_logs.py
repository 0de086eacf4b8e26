"""Log lines: both formats carry the request's id, and neither repeats what somebody typed."""

import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from matchmaker.logs import JsonLines, TextLines, without_secrets

SECRET = "13900001234"
ID = "line-4711"

Written = Callable[[], str]


@pytest.fixture(params=[JsonLines, TextLines])
def written(request: pytest.FixtureRequest) -> Iterator[Written]:
    """What our loggers write in either format."""
    handler = logging.StreamHandler(stream := io.StringIO())
    handler.setFormatter(request.param())
    logger = logging.getLogger("matchmaker")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream.getvalue
    logger.removeHandler(handler)
    logger.setLevel(before)


def ids(text: str) -> list[str]:
    """The request id of every line."""
    lines = text.splitlines()
    if text.startswith("{"):
        return [json.loads(line).get("request_id", "") for line in lines]
    return [found.group(1) for line in lines if (found := re.search(r" \[([\w-]+)\] ", line))]


def test_every_line_of_a_request_carries_its_id(app: FastAPI, written: Written) -> None:
    def say() -> None:
        # A synchronous route runs in a thread of its own.
        assert threading.current_thread() is not threading.main_thread()
        logging.getLogger("matchmaker.needs").warning("said in a domain module")

    app.get("/say", include_in_schema=False)(say)
    with TestClient(app) as client:
        answer = client.get("/say", headers={"X-Request-ID": ID})
        client.get("/healthz", headers={"X-Request-ID": "another"})
    assert answer.headers["X-Request-ID"] == ID
    assert ids(written()) == [ID, ID, "another"]
    logging.getLogger("matchmaker.index_sync").warning("said by nobody's request")
    assert ids(written())[3:] in ([""], [])


def test_the_access_line_in_fields(app: FastAPI) -> None:
    handler = logging.StreamHandler(stream := io.StringIO())
    handler.setFormatter(JsonLines())
    logging.getLogger("matchmaker").addHandler(handler)
    logging.getLogger("matchmaker").setLevel(logging.INFO)
    try:
        with TestClient(app) as client:
            client.get("/healthz", params={"q": SECRET}, headers={"X-Request-ID": ID})
    finally:
        logging.getLogger("matchmaker").removeHandler(handler)
        logging.getLogger("matchmaker").setLevel(logging.NOTSET)
    [line] = [json.loads(one) for one in stream.getvalue().splitlines()]
    assert line.pop("milliseconds") >= 0
    assert line.pop("message").startswith("GET /healthz 200 ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00", line.pop("time"))
    assert line == {
        "level": "INFO",
        "logger": "matchmaker.web",
        "request_id": ID,
        "method": "GET",
        "path": "/healthz",
        "status": 200,
    }


def test_exceptions_are_type_and_place(app: FastAPI, written: Written) -> None:
    def fail() -> None:
        raise RuntimeError(f"typed by somebody: {SECRET}")

    app.get("/fail", include_in_schema=False)(fail)
    with TestClient(app) as client:
        client.get("/fail", headers={"X-Request-ID": ID})
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("matchmaker.needs").exception("went wrong")
    text = written()
    assert "RuntimeError" in text
    assert "ValueError" in text
    assert "test_logs.py" in text
    assert SECRET not in text


def test_nobody_forges_lines(app: FastAPI, written: Written) -> None:
    with TestClient(app) as client:
        client.get("/x%0A2026-01-01T00:00:00+00:00%20ERROR%20forged%1B[31m")
    starts = [line for line in written().splitlines() if not line.startswith("  ")]
    assert len(starts) == 1
    assert "\x1b" not in written()


@pytest.mark.parametrize(
    "text",
    [
        f"cannot reach https://user:{SECRET}@host:9200/x",
        f"postgresql://user:{SECRET}@/p@ss@host/db",
        f"http://host/?api_key={SECRET}&x=1",
        f"host=h password={SECRET} user=u",
    ],
)
def test_credentials_in_urls_are_hidden(text: str) -> None:
    assert SECRET not in without_secrets(text)
    assert "host" in without_secrets(text)


def answered_id(request: urllib.request.Request) -> str | None:
    """The id in the answer; the address is printed a moment before it is listened on."""
    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                given: str | None = answer.headers["X-Request-ID"]
                return given
        except urllib.error.URLError:
            assert time.monotonic() < until, "waited in vain"
            time.sleep(0.1)


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_a_service_logs_as_it_is_told(tmp_path: Path, log_format: str) -> None:
    given = {name: value for name, value in os.environ.items() if not name.startswith("MATCHMAKER_")} | {
        "MATCHMAKER_DATA_DIR": str(tmp_path / "var"),
        "MATCHMAKER_EMBEDDER": "hash",
        "MATCHMAKER_LOG_FORMAT": log_format,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONUNBUFFERED": "1",
    }
    options: dict[str, Any] = {"cwd": tmp_path, "env": given, "text": True, "stdout": subprocess.PIPE}
    with (
        open(tmp_path / "log", "w+", encoding="utf-8") as log,
        subprocess.Popen(
            [sys.executable, "-m", "matchmaker", "serve", "--port", "0"], stderr=log, **options
        ) as process,
    ):
        try:
            assert process.stdout is not None
            address = next(found.group() for line in process.stdout if (found := re.search(r"http://[\d.]+:\d+", line)))
            assert (
                answered_id(urllib.request.Request(f"{address}/healthz?q={SECRET}", headers={"X-Request-ID": ID})) == ID
            )
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
    text = (tmp_path / "log").read_text("utf-8")
    assert SECRET not in text
    if log_format == "json":
        lines = [json.loads(line) for line in text.splitlines()]
        assert [one["path"] for one in lines if one.get("request_id") == ID and "path" in one] == ["/healthz"]
        # The server's own lines take the same way.
        assert any(one["logger"].startswith("uvicorn") for one in lines)
    else:
        assert "/healthz" not in text
