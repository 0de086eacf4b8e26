"""What docker-compose.yml says about a service: command, environment, health check."""

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

FILE = Path(__file__).parents[2] / "docker-compose.yml"
# `$$` is a dollar; `${NAME:-value}` is the value, as where nobody has set NAME.
_VARIABLE = re.compile(r"\$(?:(?P<dollar>\$)|\{\w+:-(?P<default>[^}]*)\})")


@dataclass(frozen=True)
class ComposeService:
    """One service of the file: everything as text, ready to be run."""

    command: tuple[str, ...]
    environment: dict[str, str]
    healthcheck: tuple[str, ...]


def compose_file() -> dict[str, Any]:
    """The whole file with its variables at their defaults."""
    loaded: dict[str, Any] = yaml.safe_load(_with_defaults(FILE.read_text("utf-8")))
    return loaded


def compose_service(name: str) -> ComposeService:
    """The service of that name. Raises KeyError for one that is not in the file."""
    said = compose_file()["services"][name]
    environment = {key: str(value) for key, value in said["environment"].items()}
    return ComposeService(tuple(said["command"]), environment, tuple(said["healthcheck"].get("test", ())))


def options(command: tuple[str, ...]) -> dict[str, str]:
    """The `-c name=value` of a command of PostgreSQL."""
    pairs = [after for word, after in pairwise(command) if word == "-c"]
    return dict(pair.split("=", maxsplit=1) for pair in pairs)


def _with_defaults(text: str) -> str:
    return _VARIABLE.sub(lambda found: "$" if found["dollar"] else found["default"], text)
