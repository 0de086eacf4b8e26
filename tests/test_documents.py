"""The READMEs say what the code does: every table in them is compared with it."""

import re
import tomllib
from enum import StrEnum
from pathlib import Path

import pytest
import typer.main

import matchmaker.models
from indexing.engines import __file__ as _engines
from matchmaker import rights
from matchmaker.cli import app
from matchmaker.models import contract, contract_words, disclosure, match, parts
from matchmaker.models.contract_words import ContractStatus
from matchmaker.models.labels import AchievementStatus, Confidentiality, NeedStatus
from matchmaker.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
APPLICATION = (ROOT / "matchmaker" / "README.md").read_text("utf-8")


def rows(text: str, first: str) -> list[list[str]]:
    """The cells of the table whose heading begins with `first`."""
    table = text[text.index(f"| {first} |") :].split("\n\n", maxsplit=1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_the_settings_table_is_the_settings_class() -> None:
    documented = [(row[0].strip("`"), row[1].strip("`"), row[2]) for row in rows(README, "variable")]
    actual = [
        (f"MATCHMAKER_{name.upper()}", "" if field.default is None else str(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    assert documented == actual


def test_the_command_table_is_the_command_line() -> None:
    documented = {row[0].strip("`").removeprefix("matchmaker ") for row in rows(README, "command")}
    assert documented == set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "enum", [NeedStatus, AchievementStatus, ContractStatus, Confidentiality], ids=lambda enum: enum.__name__
)
def test_the_status_tables_are_the_enums(enum: type[StrEnum]) -> None:
    documented = [(row[0].strip("`"), row[1]) for row in rows(APPLICATION, f"`{enum.__name__}`")]
    assert documented == [(member.value, member.label) for member in enum]  # type: ignore[attr-defined]


def test_every_glossary_entry_exists() -> None:
    modules = (matchmaker.models, contract, contract_words, disclosure, match, parts, rights)
    for row in rows(APPLICATION, "code"):
        for name in re.findall(r"`(\w+)`", row[0]):
            assert any(hasattr(module, name) for module in modules), name


def test_the_engine_table_names_files_that_exist() -> None:
    library = (ROOT / "indexing" / "README.md").read_text("utf-8")
    for _, module, _ in rows(library, "URL"):
        assert (Path(_engines).parents[1] / module.strip("`")).exists()


@pytest.mark.parametrize(
    "document", ["README.md", "matchmaker/README.md", "indexing/README.md", "tests/README.md", "CONTRIBUTING.md"]
)
def test_files_that_are_named_exist(document: str) -> None:
    names = set(re.findall(r"`((?:[\w.-]+/)*[\w-]+\.(?:py|toml|md))`", (ROOT / document).read_text("utf-8")))
    places = (ROOT, ROOT / "matchmaker", ROOT / "indexing", ROOT / "tests")
    assert [name for name in names if not any((place / name).exists() for place in places)] == []


def test_the_marks_are_explained() -> None:
    guide = (ROOT / "tests" / "README.md").read_text("utf-8")
    explained = set(re.findall(r"^- `(\w+)`", guide[guide.index("## Marks") :], re.MULTILINE))
    options = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"]
    assert explained == {mark.partition(":")[0] for mark in options["markers"]}
