"""What a Compose installation makes for itself: passwords, a certificate, and a key for the search engine."""

import base64
import http.server
import json
import os
import shutil
import ssl
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from scripts.installation import Installation
from scripts.stack_processes.compose import compose_file

ROOT = Path(__file__).parents[2]
COMPOSE = compose_file()


@pytest.fixture(scope="module")
def secrets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine: apt-get install openssl")
    folder = tmp_path_factory.mktemp("compose") / "secrets"
    make_secrets(folder)
    return folder


def make_secrets(folder: Path) -> None:
    subprocess.run([ROOT / "deploy" / "make-secrets", folder], check=True, capture_output=True)


def test_the_script_makes_every_secret_of_the_file(secrets_folder: Path) -> None:
    made = {one.name for one in secrets_folder.iterdir()} - {".gitignore"}
    assert made == {Path(one["file"]).name for one in COMPOSE["secrets"].values()}
    assert stat.S_IMODE(secrets_folder.stat().st_mode) == 0o700
    # Every service is another user of its own, and Compose hands files over with the mode they have.
    assert {stat.S_IMODE((secrets_folder / name).stat().st_mode) for name in made} == {0o444}
    passwords = {(secrets_folder / name).read_text("ascii").strip() for name in made if name.endswith("password")}
    assert len(passwords) == 2
    assert min(map(len, passwords)) >= 40


def test_a_second_run_changes_nothing(secrets_folder: Path) -> None:
    before = {one.name: one.read_bytes() for one in secrets_folder.iterdir()}
    make_secrets(secrets_folder)
    assert {one.name: one.read_bytes() for one in secrets_folder.iterdir()} == before


def test_a_certificate_is_made_anew_when_a_part_is_removed(tmp_path: Path, secrets_folder: Path) -> None:
    folder = tmp_path / "secrets"
    shutil.copytree(secrets_folder, folder)
    (folder / "elasticsearch.key").unlink()
    make_secrets(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "elasticsearch.crt", folder / "elasticsearch.key")
    assert (folder / "elastic_password").read_bytes() == (secrets_folder / "elastic_password").read_bytes()


# The key for the engine


class SecuredServer(http.server.BaseHTTPRequestHandler):
    """The four answers of an Elasticsearch with security that are asked for; the bare test node has no security."""

    password = ""
    keys: ClassVar[dict[str, dict[str, Any]]] = {}

    def do_GET(self) -> None:
        key = (self.headers["Authorization"] or "").removeprefix("ApiKey ")
        self._answer(200 if key in self.keys else 401, {"username": "elastic"})

    def do_DELETE(self) -> None:
        self._read()
        self.keys.clear()
        self._answer(200, {"invalidated_api_keys": []})

    def do_PUT(self) -> None:
        asked = self._read()
        basic = (self.headers["Authorization"] or "").removeprefix("Basic ")
        if base64.b64decode(basic).decode() != f"elastic:{self.password}":
            self._answer(401, {"error": "no"})
            return
        key = f"key{len(self.keys)}=="
        self.keys[key] = asked
        self._answer(200, {"id": "1", "name": asked["name"], "api_key": "x", "encoded": key})

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def _read(self) -> Any:
        return json.loads(self.rfile.read(int(self.headers["Content-Length"] or 0)) or b"{}")

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/json"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def secured(secrets_folder: Path) -> Iterator[str]:
    """Address of a server with the certificate of the secrets."""
    SecuredServer.password = (secrets_folder / "elastic_password").read_text("ascii").strip()
    SecuredServer.keys.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), SecuredServer)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(secrets_folder / "elasticsearch.crt", secrets_folder / "elasticsearch.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"https://localhost:{server.server_port}/matchmaker"
    server.shutdown()
    serving.join()
    server.server_close()


def engine_access(url: str, secrets: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    given = {
        "MATCHMAKER_ENGINE_URL": url,
        "MATCHMAKER_ENGINE_CA_FILE": str(secrets / "elasticsearch_ca.crt"),
        "MATCHMAKER_SECRETS_DIR": f"{secrets}:{folder}",
        "ELASTIC_PASSWORD_FILE": str(secrets / "elastic_password"),
        "ENGINE_ACCESS_DIR": str(folder),
        "PYTHONPATH": str(ROOT),
    }
    command = [
        sys.executable,
        ROOT / COMPOSE["services"]["engine-access"]["entrypoint"][1].removeprefix("/opt/matchmaker/"),
    ]
    return subprocess.run(command, env=os.environ | given, cwd=folder, capture_output=True, text=True, check=False)


def test_the_platform_gets_a_key_of_its_own(secured: str, secrets_folder: Path, tmp_path: Path) -> None:
    done = engine_access(secured, secrets_folder, tmp_path)
    assert done.returncode == 0, done.stderr
    file = tmp_path / "matchmaker_engine_api_key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    key = file.read_text("ascii").strip()
    (rights,) = SecuredServer.keys[key]["role_descriptors"].values()
    assert rights == {"cluster": ["monitor"], "indices": [{"names": ["matchmaker*"], "privileges": ["all"]}]}
    # Again: the key works and is kept.
    assert engine_access(secured, secrets_folder, tmp_path).returncode == 0
    assert file.read_text("ascii").strip() == key
    # The server has lost its data, and the key with it.
    SecuredServer.keys.clear()
    SecuredServer.keys["another"] = {}
    assert engine_access(secured, secrets_folder, tmp_path).returncode == 0
    assert file.read_text("ascii").strip() in SecuredServer.keys
    # Both folders of secrets are read.
    environment = {"secrets_dir": f"{secrets_folder}:{tmp_path}", "engine_url": secured}
    with Installation(tmp_path / "looking", **environment) as installation:
        code = (
            "from matchmaker.settings import Settings as S; s = S();"
            "print(bool(s.database_password), s.engine_api_key.get_secret_value())"
        )
        said = subprocess.run(
            [sys.executable, "-c", code],
            env=installation.environment,
            capture_output=True,
            text=True,
            check=True,
        )
    assert said.stdout.split() == ["True", file.read_text("ascii").strip()]


def test_a_wrong_password_is_one_sentence(secured: str, secrets_folder: Path, tmp_path: Path) -> None:
    SecuredServer.password = "another"
    done = engine_access(secured, secrets_folder, tmp_path)
    assert done.returncode == 1
    assert "elastic_password" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
