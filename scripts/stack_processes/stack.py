"""The stack: PostgreSQL, Elasticsearch, service and two workers, with the settings of docker-compose.yml.

What differs from the containers: addresses, ports and folders; and Elasticsearch is the bare test node, which knows
neither TLS nor API keys.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import httpx2
from sqlalchemy import create_engine, make_url, text

from scripts.es_node.build import build
from scripts.es_node.node import NodeOptions, single_node
from scripts.installation import Installation, Program, Service
from scripts.postgres_server import PostgresServer
from scripts.stack_processes.compose import ComposeService, compose_service, options

WORKERS = 2
# Where the images keep the model and each service its data.
_MODEL, _DATA = "/opt/matchmaker/model", "/data"


class Stack:
    """All services, each to be killed, stopped and started at will. Everything ends with the `with` block.

    `embedder` replaces the one of docker-compose.yml. `port` 0 is any free one. Data and secrets lie in `folder`, which
    stays. Raises CannotBuild and NodeDidNotStart of `scripts.es_node`, FileNotFoundError without PostgreSQL.
    """

    def __init__(self, folder: Path, *, embedder: str, port: int = 0) -> None:
        self._folder = folder
        self._embedder = embedder
        self._port = port
        self._key = ""
        self._password = os.urandom(16).hex()
        self.node = single_node(build(), folder / "elasticsearch", NodeOptions(_heap(), {"cluster.name": "stack"}))
        self.postgres = PostgresServer(
            durable=True, settings=options(compose_service("postgres").command), password=self._password
        )
        self._services: list[Service] = []
        self.workers: list[Program] = []
        self._installations: dict[str, Installation] = {}

    def __enter__(self) -> "Stack":
        try:
            self.postgres.start()
            self._create_database()
            self.node.start()
            self._write_secrets()
            for name in ("migrate", "app", "worker"):
                self._installations[name] = self._installation(name)
            code, said = self._installations["migrate"].run(*compose_service("migrate").command)
            assert code == 0, said
            self.start_service()
            self.start_workers()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def key(self) -> str:
        """An API key of the first administrator."""
        return self._key

    @property
    def service(self) -> Service:
        """The one that runs now, or ran last."""
        return self._services[-1]

    @property
    def folder(self) -> Path:
        """Where commands run by `run` find and leave files."""
        return self._folder / "app"

    def start_service(self) -> None:
        """`serve` as in docker-compose.yml, once it answers; on the same port again after it has ended."""
        command = [word.replace("0.0.0.0", "127.0.0.1") for word in compose_service("app").command]
        program = self._installations["app"].start(*command, "--port", str(self._port))
        self._services.append(Service(program, self._key))
        if self.service.one_time_password:
            self._key = self._installations["app"].new_key()
            self.service.use_key(self._key)
        self._port = httpx2.URL(self.service.address).port or 0

    def stop_service(self) -> int:
        """End it as a supervisor does; its exit code."""
        self.service.close()
        self.service.program.stop()
        return self.service.program.wait()

    def start_workers(self) -> None:
        """As many as are missing, on one data folder, as with `--scale worker=2`."""
        missing = WORKERS - len(self.workers)
        started = [self._installations["worker"].start(*compose_service("worker").command) for _ in range(missing)]
        for worker in started:
            worker.wait_for("索引进程已启动")
        self.workers += started

    def run(self, *arguments: str) -> tuple[int, str]:
        """`matchmaker ARGUMENTS` as in the container of the app: exit code and everything it printed."""
        return self._installations["app"].run(*arguments)

    def health(self, name: str) -> int:
        """Exit code of the health check that docker-compose.yml has for `app` or `worker`."""
        kind, _python, *arguments = compose_service(name).healthcheck
        assert kind == "CMD", f"the health check of {name} is no Python"
        address = self.service.address
        said = [re.sub(r"http://(app|127\.0\.0\.1):8000", address, one) for one in arguments]
        return subprocess.run([sys.executable, *said], check=False, capture_output=True).returncode

    def environment(self, name: str) -> dict[str, str]:
        """What the processes of that service see."""
        return dict(self._installations[name].environment)

    def close(self) -> None:
        """End everything."""
        endings: list[Callable[[], object]] = [one.close for one in self._installations.values()]
        endings += [one.close for one in self._services]
        for end in [*endings, self.node.stop, self.postgres.close]:
            try:
                end()
            except Exception as error:
                print(f"while stopping: {type(error).__name__}: {error}", file=sys.stderr)

    def _create_database(self) -> None:
        name = make_url(compose_service("app").environment["MATCHMAKER_DATABASE_URL"]).database
        server = create_engine(self.postgres.url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        server.dispose()

    def _write_secrets(self) -> None:
        folder = self._folder / "secrets"
        folder.mkdir(mode=0o700, parents=True)
        file = folder / "matchmaker_database_password"
        file.touch(mode=0o600)
        file.write_text(self._password + "\n", "utf-8")

    def _installation(self, name: str) -> Installation:
        said = compose_service(name).environment
        ours = {key: value for key, value in said.items() if key.startswith("MATCHMAKER_")}
        ours |= self._addresses(compose_service(name), name)
        # The node has no TLS.
        ours.pop("MATCHMAKER_ENGINE_CA_FILE", None)
        settings = {key.removeprefix("MATCHMAKER_").lower(): value for key, value in ours.items()}
        installation = Installation(self._folder / name, **settings)
        installation.environment |= {key: value for key, value in said.items() if key not in ours}
        installation.environment.pop("MATCHMAKER_ENGINE_CA_FILE", None)
        return installation

    def _addresses(self, service: ComposeService, name: str) -> dict[str, str]:
        said = service.environment
        assert said["MATCHMAKER_DATA_DIR"] == _DATA
        database = make_url(said["MATCHMAKER_DATABASE_URL"]).set(host="127.0.0.1", port=self.postgres.port)
        # All of one service share a volume.
        data = self._folder / f"{name}-data"
        return {
            "MATCHMAKER_DATA_DIR": str(data),
            "MATCHMAKER_SECRETS_DIR": str(self._folder / "secrets"),
            "MATCHMAKER_DATABASE_URL": database.render_as_string(),
            "MATCHMAKER_ENGINE_URL": re.sub(r"https://[\w.]+:\d+", self.node.url, said["MATCHMAKER_ENGINE_URL"]),
            "MATCHMAKER_EMBEDDER": self._embedder or said["MATCHMAKER_EMBEDDER"],
        }


def exported_model(cache: Path) -> Path:
    """The folder that the image has in `/opt/matchmaker/model`, made once. Raises CalledProcessError."""
    import hashlib

    script = Path(__file__).parents[1] / "export_model"
    folder = cache / f"model-{hashlib.sha256(script.read_bytes()).hexdigest()[:12]}"
    if not folder.exists():
        subprocess.run([sys.executable, script, folder], check=True, stdout=subprocess.DEVNULL)
    return folder


def embedder_of_compose(cache: Path) -> str:
    """The embedder of docker-compose.yml with the model of this machine; `bundled` where PyTorch is missing."""
    from importlib.util import find_spec

    said = compose_service("app").environment["MATCHMAKER_EMBEDDER"]
    if find_spec("sentence_transformers") is None:
        return "bundled"
    return said.replace(_MODEL, str(exported_model(cache)))


def remove(folder: Path) -> None:
    """The folder of a stack that has ended."""
    shutil.rmtree(folder, ignore_errors=True)


def _heap() -> str:
    found = re.search(r"-Xmx(\w+)", compose_service("elasticsearch").environment["ES_JAVA_OPTS"])
    return found[1] if found else "1g"
