"""docker-compose.yml, Dockerfile and what they use: held against the code, because no container runs here."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main

from matchmaker.cli import app as command_line
from matchmaker.settings import Settings
from scripts.es_node.build import VERSION
from scripts.stack_processes.compose import compose_file, compose_service, options

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
COMPOSE = compose_file()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, one in SERVICES.items() if one["image"].startswith("matchmaker:")]
# They do their work and end.
ONE_SHOT = [name for name, one in SERVICES.items() if one.get("restart") == "no"]
SIZES = {"m": 1024**2, "g": 1024**3}
ALL = pytest.mark.parametrize("name", SERVICES)


def size(text: str) -> int:
    """`512m` in bytes."""
    return int(text[:-1]) * SIZES[text[-1]]


def secret_names(name: str) -> list[str]:
    return [one if isinstance(one, str) else one["source"] for one in SERVICES[name].get("secrets", [])]


# The compose file


def test_docker_itself_understands_the_file() -> None:
    if (
        shutil.which("docker") is None
        or subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode
    ):
        pytest.skip("no docker compose on this machine: apt-get install docker-compose-plugin")
    command = ["docker", "compose", "--file", str(ROOT / "docker-compose.yml"), "config", "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads(done.stdout)["services"].keys() == SERVICES.keys()


def test_the_services_of_an_installation() -> None:
    assert set(SERVICES) == {"app", "worker", "migrate", "engine-access", "postgres", "elasticsearch"}
    assert set(ONE_SHOT) == {"migrate", "engine-access"}
    assert set(OURS) == {"app", "worker", "migrate", "engine-access"}


@ALL
def test_a_service_gives_up_what_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.keys() & {"privileged", "cap_add", "pid", "ipc", "network_mode", "devices"}
    # Elasticsearch writes its key store beside its configuration.
    assert service.get("read_only") or name == "elasticsearch"
    user = service.get("user") or re.findall(r"^USER (\S+)$", DOCKERFILE, re.MULTILINE)[-1]
    assert int(user.partition(":")[0]) > 0


@ALL
def test_a_service_is_watched_and_bounded(name: str) -> None:
    service = SERVICES[name]
    assert service["logging"]["driver"] == "json-file"
    assert {"max-size", "max-file"} <= service["logging"]["options"].keys()
    assert service["pids_limit"] > 0
    if name in ONE_SHOT:
        assert service["healthcheck"] == {"disable": True}
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
        assert {"interval", "timeout", "retries", "start_period"} <= service["healthcheck"].keys()


def test_all_fits_into_eight_gibibytes() -> None:
    limits = {name: size(one["mem_limit"]) for name, one in SERVICES.items()}
    running = sum(limit for name, limit in limits.items() if name not in ONE_SHOT)
    # One for the system. The one-shot services end before app and worker begin.
    assert running <= 7 * size("1g")
    assert sum(limits[name] for name in ONE_SHOT) <= limits["app"]
    heap = re.search(r"-Xms(\w+) -Xmx(\w+)", SERVICES["elasticsearch"]["environment"]["ES_JAVA_OPTS"])
    assert heap
    assert heap[1] == heap[2]
    # Elasticsearch wants as much again beside its heap.
    assert 2 * size(heap[2]) <= limits["elasticsearch"]
    shared = options(compose_service("postgres").command)["shared_buffers"]
    assert size(shared.lower().removesuffix("b")) <= limits["postgres"] / 4


@ALL
def test_images_are_of_one_version(name: str) -> None:
    image = SERVICES[name]["image"]
    assert re.search(r":\d+\.\d+", image), f"{image} may be another one tomorrow"
    if name in OURS:
        assert image == f"matchmaker:{PROJECT['version']}"


def test_the_engine_is_the_one_that_is_tested() -> None:
    assert SERVICES["elasticsearch"]["image"].rpartition(":")[2] == VERSION


def test_only_the_service_is_published_and_only_on_this_machine() -> None:
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["app"]
    assert SERVICES["app"]["ports"] == ["127.0.0.1:8000:8000"]
    assert COMPOSE["networks"]["back"]["internal"] is True
    assert {name: one["networks"] for name, one in SERVICES.items() if one["networks"] != ["back"]} == {
        "app": ["front", "back"]
    }


@ALL
def test_what_a_service_names_exists(name: str) -> None:
    service = SERVICES[name]
    assert set(secret_names(name)) <= COMPOSE["secrets"].keys()
    assert {one.partition(":")[0] for one in service.get("volumes", [])} <= COMPOSE["volumes"].keys()
    for other, condition in service.get("depends_on", {}).items():
        wanted = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
        assert condition == {"condition": wanted}


def test_everything_declared_is_used() -> None:
    used = {one.partition(":")[0] for service in SERVICES.values() for one in service.get("volumes", [])}
    assert used == COMPOSE["volumes"].keys()
    assert {secret for name in SERVICES for secret in secret_names(name)} == COMPOSE["secrets"].keys()
    assert {network for one in SERVICES.values() for network in one["networks"]} == COMPOSE["networks"].keys()


@pytest.mark.parametrize("name", OURS)
def test_settings_are_settings(name: str) -> None:
    known = {f"MATCHMAKER_{field.upper()}" for field in Settings.model_fields} | {"MATCHMAKER_SECRETS_DIR"}
    given = SERVICES[name]["environment"]
    assert {one for one in given if one.startswith("MATCHMAKER_")} <= known
    settings = {key.removeprefix("MATCHMAKER_").lower(): value for key, value in given.items()}
    read = Settings(_env_file=None, **{key: value for key, value in settings.items() if key in Settings.model_fields})
    assert read.database_url
    assert read.engine_url
    for secret in secret_names(name):
        if secret.startswith("matchmaker_"):
            assert secret.removeprefix("matchmaker_") in Settings.model_fields


@pytest.mark.parametrize("name", [name for name in OURS if "entrypoint" not in SERVICES[name]])
def test_commands_exist(name: str) -> None:
    command, *arguments = SERVICES[name]["command"]
    known = typer.main.get_command(command_line).commands  # type: ignore[attr-defined]
    flags = {flag for one in known[command].params for flag in one.opts}
    assert {one for one in arguments if one.startswith("--")} <= flags


def test_variables_of_the_file_are_explained() -> None:
    written = (ROOT / "docker-compose.yml").read_text("utf-8")
    variables = set(re.findall(r"(?<!\$)\$\{?(\w+)", written))
    assert variables <= {f"MATCHMAKER_{field.upper()}" for field in Settings.model_fields} | {"WORKER_THREADS"}


def test_nothing_secret_is_written_into_the_file() -> None:
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|KEY|SECRET|TOKEN", key.upper()) and not key.endswith("ssl.key"):
                assert str(value).startswith("/run/"), f"{name}: {key}"
    assert all(one["file"].startswith("./secrets/") for one in COMPOSE["secrets"].values())


# The Dockerfile


def test_what_is_copied_exists_and_is_sent_to_the_builder() -> None:
    sent = [one[1:] for one in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if one.startswith("!")]
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
        if not source.startswith("--")
    ]
    assert copied
    for source in copied:
        assert (ROOT / source).exists(), source
        assert source in sent, source
    assert all((ROOT / one).exists() for one in sent)
    stages = re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE)
    assert set(re.findall(r"--from=(\w+)", DOCKERFILE)) == set(stages)


def test_what_is_installed_and_run_exists() -> None:
    assert set(re.findall(r"matchmaker\[(\w+)\]", DOCKERFILE)) <= PROJECT["optional-dependencies"].keys()
    assert 'ENTRYPOINT ["matchmaker"]' in DOCKERFILE
    assert "matchmaker" in PROJECT["scripts"]
    assert f"matchmaker:{PROJECT['version']} " in DOCKERFILE
    base = re.search(r"PYTHON_IMAGE=python:(\d+)\.(\d+)-slim", DOCKERFILE)
    assert base
    assert (int(base[1]), int(base[2])) >= (3, 11)
    for variable, value in re.findall(r"\b(MATCHMAKER_\w+)=(\S+)", DOCKERFILE):
        assert variable.removeprefix("MATCHMAKER_").lower() in Settings.model_fields
        assert SERVICES["app"]["environment"][variable] == value


def test_the_image_runs_as_nobody_special_with_its_own_volume() -> None:
    last = DOCKERFILE.rpartition("FROM ")[2]
    assert re.findall(r"^USER (\S+)$", last, re.MULTILINE) == ["10001:10001"]
    assert "VOLUME /data" in last
    assert "HEALTHCHECK" in last
    # Volumes are their user's because the folders are there before: see `volumes` of the compose file.
    folders = re.search(r"install --directory --owner 10001 .* (/data /run/engine)", last)
    assert folders
    assert {one.split(":")[1] for name in OURS for one in SERVICES[name]["volumes"]} == set(folders[1].split())


def test_mirrors_can_be_named() -> None:
    offered = set(re.findall(r"^ARG (\w+)$", DOCKERFILE, re.MULTILINE))
    assert set(SERVICES["app"]["build"]["args"]) == offered
