"""The OpenAPI description in the language of those who use it: shapes, fields, codes with their labels, examples.

Docstrings and names are for whoever works on the code. What a caller reads is in `words.toml`, in the labels of forms and
lists, and in the vocabularies; nothing is written twice.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from matchmaker.contracts.labels import FIELD_LABELS
from matchmaker.contracts.words import DETAIL_LABELS
from matchmaker.ingest.columns import COLUMNS
from matchmaker.ingest.fields import ImportKind
from matchmaker.models.labels import Labelled
from matchmaker.models.parts import AMOUNT
from matchmaker.posting.fields import ACHIEVEMENT_LABELS, NEED_LABELS

HAN = re.compile(r"[\u4e00-\u9fff]")
# A list may count in another unit than the API.
_UNIT = re.compile("（万?元）$")
_FORMS = {
    ImportKind.NEEDS: NEED_LABELS,
    ImportKind.ACHIEVEMENTS: ACHIEVEMENT_LABELS,
    ImportKind.CONTRACTS: FIELD_LABELS,
}
_NOUNS = (
    (re.compile("AchievementRegistration|Registration"), ImportKind.ACHIEVEMENT_REGISTRATIONS),
    (re.compile("Signing"), ImportKind.SIGNINGS),
    (re.compile("(New|Changed)?Need"), ImportKind.NEEDS),
    (re.compile("(New|Changed)?Achievement"), ImportKind.ACHIEVEMENTS),
    (re.compile("Enterprise"), ImportKind.ENTERPRISES),
    (re.compile("Institution"), ImportKind.INSTITUTIONS),
    (re.compile("Brokerage"), ImportKind.BROKERAGES),
    (re.compile("Broker"), ImportKind.BROKERS),
    (re.compile("NewContract|Contract|ChangedFields"), ImportKind.CONTRACTS),
)
# FastAPI writes the module before a name that two shapes have.
_MODULE = re.compile(r"^matchmaker__")


def describe_in_chinese(schema: dict[str, Any]) -> None:
    """Put the words into the description. What says something in Chinese of itself keeps it."""
    words = _words()
    schema["tags"] = [{"name": name, "description": label} for name, label in words["tags"].items()]
    shapes = schema["components"]["schemas"]
    for name, shape in shapes.items():
        plain = short_name(name)
        said = words["schemas"].get(plain)
        if "enum" in shape:
            shape["description"] = f"{said or plain}。{_codes(plain, shape['enum'])}"
            if vocabulary := _vocabulary(plain, shape["enum"]):
                # What generated clients call the values: `>=` and a Chinese word are no names.
                shape["x-enum-varnames"] = [one.name for one in vocabulary]
        elif said:
            shape["description"] = said
        for field, content in shape.get("properties", {}).items():
            _describe(content, words["schema_fields"].get(plain, {}).get(field) or _word_for(field, _noun(plain)))
            if field.endswith("_fen"):
                # Kept for those who use it; the same amount stands beside it as a string in yuan.
                content["deprecated"] = True
    for operation, asked in _operations(schema):
        for parameter in asked.get("parameters", []):
            _describe(parameter, _word_for(parameter["name"], None))
        for content in asked.get("requestBody", {}).get("content", {}).values():
            example = words["examples"].get(operation)
            if example is not None and "examples" not in content:
                content["examples"] = {"example": example}


def samples() -> dict[str, Any]:
    """Values for the examples of answers, by field."""
    return dict(_words()["samples"])


def short_name(name: str) -> str:
    """A shape's name as `words.toml` has it: with the last of its modules where two shapes have the name."""
    if not _MODULE.match(name):
        return name
    parts = name.split("__")
    return ".".join(parts[-2:] if parts[1] == "web" else parts[1:])


def _describe(content: dict[str, Any], word: str | None) -> None:
    own = content.get("description") or ""
    if word and own.startswith(AMOUNT):
        # What every amount says, and which one it is.
        content["description"] = f"{word}；{own}"
    elif word and not HAN.search(own):
        content["description"] = word


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def _codes(name: str, values: list[str]) -> str:
    """`draft` 草拟；`signed` 已签订 …, of the vocabulary that has exactly these values."""
    if known := _vocabulary(name, values):
        return "；".join(f"`{one.value}` {one.label}" for one in known)
    return "、".join(f"`{one}`" for one in values)


def _vocabulary(name: str, values: list[str]) -> type[Labelled] | None:
    for known in _vocabularies():
        if known.__name__ == name.rpartition(".")[2] and [one.value for one in known] == values:
            return known
    return None


def _vocabularies() -> Iterator[type[Labelled]]:
    waiting = [Labelled]
    while waiting:
        found = waiting.pop()
        yield from found.__subclasses__()
        waiting += found.__subclasses__()


def _word_for(field: str, noun: ImportKind | None) -> str | None:
    """What a field is called: of a shape of this noun as on its form, otherwise as everywhere."""
    own, usual = _names_of(noun), _words()["fields"]
    for name in (field, f"{field}_fen"):
        # Amounts in fen have headings of another unit.
        if name in own and not field.endswith("_fen"):
            return own[name]
    return usual.get(field) or _any_names().get(field) or _any_names().get(f"{field}_fen")


def _noun(shape: str) -> ImportKind | None:
    """The noun a shape is of, by its name: `NewContract`, `NeedHit`."""
    return next((kind for pattern, kind in _NOUNS if pattern.match(shape)), None)


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(files("matchmaker.web.api").joinpath("words.toml").read_text("utf-8"))


@cache
def _names_of(noun: ImportKind | None) -> dict[str, str]:
    """Field → its name in the lists and on the forms of a noun."""
    if noun is None:
        return {}
    named = {one.field: one.heading for one in COLUMNS[noun]} | _FORMS.get(noun, {})
    return {
        field: _UNIT.sub("", name)
        for field, name in named.items()
        if HAN.search(name) and field not in ("source_id", "status")
    }


@cache
def _any_names() -> dict[str, str]:
    """The same of all nouns, for shapes that are of none."""
    found = dict(DETAIL_LABELS)
    for noun in COLUMNS:
        found = _names_of(noun) | found
    return found
