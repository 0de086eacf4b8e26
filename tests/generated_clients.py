"""Generators of API clients, as others use them: in an environment of their own, kept in the user's cache.

openapi-python-client pins another typer than ours, so it cannot live in `.venv`. openapi-generator is a jar: the Maven
resolver `jgo`, pure Python, fetches it, and the Java of `scripts/es-node` runs it.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scripts.es_node.build import CannotBuild, java

PACKAGES = ("openapi-python-client==0.29.1", "jgo==3.2.0")
GENERATOR = ("org.openapitools", "openapi-generator-cli", "7.17.0")
FETCH_SECONDS = 300
RUN_SECONDS = 120
# Files are no JSON: they come as bytes.
FILES = ("vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pdf", "octet-stream")
FETCH_JAR = """
import sys
from pathlib import Path
from jgo.maven import MavenContext
folder, group, artifact, version = sys.argv[1:]
print(MavenContext(repo_cache=Path(folder)).project(group, artifact).at_version(version).artifact().resolve())
"""


class CannotFetch(Exception):
    """A generator cannot be had here; the message says why."""


def python_with_generators() -> Path:
    """A Python that has the packages. Skips the test, or fails it in CI, where they cannot be had."""
    made = _python_once()
    return made if isinstance(made, Path) else _unavailable(made)


def python_client(document: dict[str, Any], folder: Path) -> Path:
    """The client that openapi-python-client makes of the document: the package `client` in `folder`.

    Fails where the generator has anything to complain of but files that are no JSON.
    """
    python = python_with_generators()
    source, settings = folder / "openapi.json", folder / "settings.json"
    source.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    overrides = {f"application/{name}": "application/octet-stream" for name in FILES}
    # Lines of JSON: the generator knows their shape, reading them one by one is left to the program.
    overrides["application/x-ndjson"] = "application/json"
    settings.write_text(json.dumps({"content_type_overrides": overrides, "post_hooks": []}), "utf-8")
    command = [python.with_name("openapi-python-client"), "generate", "--meta", "none", "--fail-on-warning"]
    options = ["--path", source, "--config", settings, "--output-path", folder / "client"]
    done = subprocess.run(
        [*command, *options], cwd=folder, capture_output=True, text=True, timeout=RUN_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def typescript_client(document: dict[str, Any], folder: Path) -> Path:
    """The client that openapi-generator makes of the document for TypeScript, in `folder / "typescript"`."""
    jar = _jar_once()
    if isinstance(jar, CannotFetch):
        _unavailable(jar)
    try:
        command = java().command
    except CannotBuild as failed:
        _unavailable(CannotFetch(str(failed)))
    source, target = folder / "openapi.json", folder / "typescript"
    source.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    done = subprocess.run(
        # A short run: nothing is won by compiling it well.
        [
            command,
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-jar",
            jar,
            "generate",
            "-g",
            "typescript-fetch",
            "-i",
            source,
            "-o",
            target,
        ],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def _unavailable(reason: CannotFetch) -> Any:
    if os.environ.get("MATCHMAKER_REQUIRE_SERVICES") == "1":
        pytest.fail(f"no generators of API clients: {reason}")
    pytest.skip(f"no generators of API clients: {reason}")


@cache
def _python_once() -> Path | CannotFetch:
    """A failure is kept too: a missing network is not tried again by every test."""
    parent = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "matchmaker"
    folder = parent / f"api-clients-{'-'.join(PACKAGES).replace('==', '-')}-py{sys.version_info.minor}"
    python = folder / "bin" / "python"
    try:
        parent.mkdir(parents=True, exist_ok=True)
        with (parent / "api-clients.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (folder / "complete").exists():
                shutil.rmtree(folder, ignore_errors=True)
                venv.create(folder, with_pip=True)
                _run([str(python), "-m", "pip", "install", "--quiet", *PACKAGES], "pip could not fetch the packages")
                (folder / "complete").touch()
    except OSError as failed:
        return CannotFetch(f"{folder} cannot be written ({failed})")
    except CannotFetch as failed:
        return failed
    return python


@cache
def _jar_once() -> Path | CannotFetch:
    python = _python_once()
    if isinstance(python, CannotFetch):
        return python
    try:
        printed = _run(
            [str(python), "-c", FETCH_JAR, str(python.parents[1] / "maven"), *GENERATOR], "the jar could not be fetched"
        )
    except CannotFetch as failed:
        return failed
    return Path(printed.strip().splitlines()[-1])


def _run(command: list[str], failure: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise CannotFetch(f"{failure} within {FETCH_SECONDS} seconds") from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise CannotFetch(f"{failure}: {lines[-1][:300] if lines else 'no output'}")
    return done.stdout
