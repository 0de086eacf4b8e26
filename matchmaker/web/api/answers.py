"""Example answers of the API's documentation, made of the shapes: whoever reads them sees what a program will get.

Every value comes from where it is declared (examples, defaults, vocabularies) or, by the field's name, from `[samples]`
in `words.toml`; so an example always fits its shape (a test checks each), and nobody keeps a hundred of them up to date.
"""

from collections.abc import Mapping
from typing import Any

# A shape that contains itself is shown this deep.
_DEEPEST = 8
_BY_FORMAT = {"date": "2026-10-20", "date-time": "2026-10-20T02:30:00Z", "binary": ""}
_BY_TYPE: dict[str, Any] = {"string": "示例", "integer": 1, "number": 0.5, "boolean": False, "null": None}


def add_examples(document: dict[str, Any], samples: Mapping[str, Any]) -> None:
    """Give every JSON answer that is no error an `example`."""
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                content = answer.get("content", {}).get("application/json")
                if status < "400" and content is not None:
                    content["example"] = example_of(content["schema"], document, samples)


def example_of(
    schema: Mapping[str, Any], document: Mapping[str, Any], samples: Mapping[str, Any], name: str = "", depth: int = 0
) -> Any:
    """A value that fits the schema; `name` is the field it is for."""
    if "$ref" in schema:
        target = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return example_of(target, document, samples, name, depth + 1)
    for stated in (schema.get("examples"), schema.get("enum"), [schema["const"]] if "const" in schema else None):
        if stated:
            return stated[0]
    if name in samples and schema.get("type", "string") == "string":
        return samples[name]
    if options := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
        return example_of(options[0], document, samples, name, depth)
    if schema.get("type") == "array":
        return [] if depth > _DEEPEST else [example_of(schema["items"], document, samples, name, depth + 1)]
    if schema.get("type") == "object":
        return _object(schema, document, samples, depth)
    if schema.get("default") is not None:
        return schema["default"]
    number = max(schema.get("minimum", 0), 12 if name == "id" or name.endswith("_id") else 1)
    return number if schema.get("type") == "integer" else _BY_FORMAT.get(schema.get("format", ""), _plain(schema))


def _object(
    schema: Mapping[str, Any], document: Mapping[str, Any], samples: Mapping[str, Any], depth: int
) -> dict[str, Any]:
    if "properties" not in schema:
        further, names = schema.get("additionalProperties"), schema.get("propertyNames", {"const": "example"})
        if not isinstance(further, dict):
            return {}
        key = example_of(names, document, samples, "", depth + 1)
        return {key: example_of(further, document, samples, "", depth + 1)}
    return {
        field: example_of(content, document, samples, field, depth + 1)
        for field, content in schema["properties"].items()
    }


def _plain(schema: Mapping[str, Any]) -> Any:
    value = _BY_TYPE[schema.get("type", "null")]
    return value * schema.get("minLength", 1) if isinstance(value, str) else value
