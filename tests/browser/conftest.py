"""A real server in a process of its own, on demo records, and a real Chromium to read it with."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from matchmaker.database import migrate, open_database, session_scope
from matchmaker.index_sync import relay_all
from matchmaker.indexes import open_indexes
from matchmaker.ingest import ImportKind, IngestOptions, ingest_file
from matchmaker.settings import Settings
from tests.browser.people import City, Person, open_city
from tests.browser.watched import Watched
from tests.matchmaker.web.route_rights.world import World, make_world
from tests.matchmaker.web.test_route_rights import MODULES

ROOT = Path(__file__).parents[2]
INDUSTRIES = ("green_food", "recycling")
# Long: the machine may be busy with the rest of the suite. Nothing waits as long as this where all is well.
START_SECONDS = 90
PAGE_MILLISECONDS = 30_000
# The shell draws pages as the whole browser does, and no window around each of them: a quarter of the work.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
expect.set_options(timeout=PAGE_MILLISECONDS)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The installed Chromium; without one the browser tests are skipped, or fail where services are required."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), "")
    if not path:
        reason = "no Chromium on this machine: apt-get install chromium-headless-shell"
        if os.environ.get("MATCHMAKER_REQUIRE_SERVICES") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass(frozen=True)
class Served:
    """A running server, and who and what is in it."""

    address: str
    world: World


@pytest.fixture(scope="session")
def server(served: Served) -> str:
    """The address of the server."""
    return served.address


@pytest.fixture(scope="session")
def served(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory, new_database_url: Callable[..., str]
) -> Iterator[Served]:
    """A server with two industries of the demo city and the world of the rights table, people of every role in it.

    Asks for Chromium first: no work without it.
    """
    folder = tmp_path_factory.mktemp("served")
    settings = Settings(_env_file=None, data_dir=folder, database_url=new_database_url(), embedder="hash")
    database, indexes = open_database(settings.resolved_database_url()), open_indexes(settings)
    migrate(database)
    for kind in (ImportKind.ENTERPRISES, ImportKind.NEEDS, ImportKind.ACHIEVEMENTS):
        for industry in INDUSTRIES:
            with as_file(files("matchmaker") / "demo" / kind.value / f"{industry}.jsonl") as path:
                report = ingest_file(database, kind, path, IngestOptions(source="demo", is_demo=True))
            assert not report.rejected, report.to_text()
    with session_scope(database) as session:
        world = make_world(session)
        for module in MODULES:
            if hasattr(module, "prepare"):
                module.prepare(session, world)
    relay_all(database, indexes)
    indexes.close()
    database.dispose()
    with running_server(settings) as address:
        yield Served(address, world)


@contextmanager
def running_server(settings: Settings, **more: str) -> Iterator[str]:
    """The address of `matchmaker serve` on these data, in a process of its own; `more` is its further environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "MATCHMAKER_DATA_DIR": str(settings.data_dir), "MATCHMAKER_EMBEDDER": "hash", **more}
    environment["MATCHMAKER_DATABASE_URL"] = settings.database_url
    command = [sys.executable, "-m", "matchmaker", "serve", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def _wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended before it answered; its output is above"
        try:
            with urllib.request.urlopen(f"{address}/healthz"):
                return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise AssertionError(f"no answer from the server within {START_SECONDS} seconds")


@pytest.fixture
def visit(chromium: Browser, served: Served) -> Iterator[Callable[..., Watched]]:
    """`visit(width)` gives a fresh, watched page of that width.

    `javascript=False` switches scripts off, `role="broker"` is the broker of the world, logged in.
    """
    contexts = []

    def visit(width: int, *, javascript: bool = True, role: str = "anonymous") -> Watched:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=javascript, locale="zh-CN"
        )
        context.set_default_timeout(PAGE_MILLISECONDS)
        for name, value in served.world.cookies.get(role, {}).items():
            context.add_cookies([{"name": name, "value": value, "url": served.address}])
        contexts.append(context)
        watched = Watched(context.new_page(), served.address)
        context.on("request", lambda request: watched.requests.append(request.url))
        watched.page.on("console", lambda message: watched.complaints.append(f"{message.type}: {message.text}"))
        watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
        return watched

    yield visit
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def city(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory, copy_of_city: Callable[[Path], Settings]
) -> Iterator[City]:
    """The whole demo city with its people at work, served. Asks for Chromium first: no work without it."""
    settings = copy_of_city(tmp_path_factory.mktemp("city") / "var")
    database = open_database(settings.resolved_database_url())
    password = open_city(database)
    # One machine logs everybody in here.
    with running_server(settings, MATCHMAKER_LOGINS_PER_MINUTE="0") as address:
        yield City(address, password, database)
    database.dispose()


@pytest.fixture
def person(chromium: Browser, city: City) -> Iterator[Callable[..., Person]]:
    """`person(width, "qiye01")` is somebody of the city at a browser of her own, logged in through the login page.

    Without a name she has not logged in. At the end nobody's browser may have talked to another host or complained.
    """
    everybody: list[Person] = []

    def person(width: int, login_name: str = "", *, javascript: bool = True) -> Person:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=javascript, locale="zh-CN"
        )
        context.set_default_timeout(PAGE_MILLISECONDS)
        one = Person(context.new_page(), city.address, width=width, javascript=javascript)
        everybody.append(one)
        context.on("request", lambda request: one.requests.append(request.url))
        one.page.on(
            "console",
            lambda message: one.complaints.append(f"{message.type}: {message.text} {message.location['url']}"),
        )
        one.page.on("pageerror", lambda error: one.complaints.append(str(error)))
        if login_name:
            one.log_in(login_name, city.password)
        return one

    yield person
    for one in everybody:
        one.page.context.close()
    assert [one.outside for one in everybody if one.outside] == []
    assert [one.complaints for one in everybody if one.complaints] == []
