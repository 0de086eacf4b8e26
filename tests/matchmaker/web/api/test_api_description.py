"""The documentation page and the OpenAPI description behind it."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from jsonschema_rs import Draft202012Validator

from matchmaker.web.api.described import short_name

V1 = "/api/v1"
HAN = re.compile(r"[\u4e00-\u9fff]")
# What generators make names of. OpenAPI allows no other characters for the names of components.
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")
OPERATION_IDS = Path(__file__).with_name("operation_ids.txt")


def operations(client: TestClient) -> list[tuple[str, str, dict[str, Any]]]:
    paths = client.get(f"{V1}/openapi.json").json()["paths"]
    return [(method, path, operation) for path, methods in paths.items() for method, operation in methods.items()]


def test_docs_ask_nobody_and_run_no_inline_script(client: TestClient) -> None:
    answer = client.get(f"{V1}/docs")
    for address in re.findall(r'(?:src|href)="([^"]+)"', answer.text):
        assert address.startswith(("/static/", "/api/v1/")), address
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)
    assert not re.search(r"\son\w+=", answer.text)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self' 'unsafe-inline';" in policy
    assert client.get("/static/swagger-init.js").status_code == 200


def test_only_the_api_is_described_in_chinese(client: TestClient) -> None:
    for method, path, operation in operations(client):
        assert path.startswith(V1)
        assert HAN.search(operation["summary"]), (method, path)
        assert HAN.search(operation["description"]), (method, path)


def words() -> dict[str, Any]:
    return tomllib.loads(files("matchmaker.web.api").joinpath("words.toml").read_text("utf-8"))


def described(client: TestClient) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that has to say what it is: shapes, their fields, parameters."""
    for name, shape in client.get(f"{V1}/openapi.json").json()["components"]["schemas"].items():
        yield name, shape
        for field, content in shape.get("properties", {}).items():
            yield f"{name}.{field}", content
    for method, path, operation in operations(client):
        for parameter in operation.get("parameters", []):
            yield f"{method} {path} {parameter['name']}", parameter


def test_shapes_fields_and_parameters_are_described_in_chinese(client: TestClient) -> None:
    unsaid = [name for name, content in described(client) if not HAN.search(content.get("description", ""))]
    assert unsaid == []


def test_codes_have_their_labels(client: TestClient) -> None:
    shapes = client.get(f"{V1}/openapi.json").json()["components"]["schemas"]
    coded = {name: shape for name, shape in shapes.items() if "enum" in shape}
    assert "`second_review` 大额复核" in coded["ContractStatus"]["description"]
    for name, shape in coded.items():
        for value in shape["enum"]:
            assert re.search(rf"`{re.escape(value)}` \S", shape["description"]), (name, value)


def test_a_field_is_called_what_its_form_calls_it(client: TestClient) -> None:
    shapes = client.get(f"{V1}/openapi.json").json()["components"]["schemas"]
    assert shapes["NewNeed"]["properties"]["title"]["description"] == "需求名称"
    assert shapes["NewContract"]["properties"]["title"]["description"] == "项目名称"
    # Neither list nor form counts in fen.
    assert shapes["NewNeed"]["properties"]["budget_max_fen"]["description"] == "预算上限，单位分"
    assert shapes["NewContract"]["properties"]["contract_value"]["description"].startswith("合同成交额；金额，单位元")


def test_whatever_is_sent_has_an_example_that_fits(client: TestClient) -> None:
    document = client.get(f"{V1}/openapi.json").json()
    # Those beside a route are sent by the tests of the route.
    checked = words()["examples"]
    for method, path, operation in operations(client):
        for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
            if media_type != "application/json":
                continue
            assert content.get("examples"), (method, path)
            checker = Draft202012Validator({**content["schema"], "components": document["components"]})
            for example in content["examples"].values():
                assert HAN.search(example["summary"]), (method, path)
                if f"{method.upper()} {path}" in checked:
                    assert checker.is_valid(example["value"]), (method, path)


def test_no_words_are_left_of_what_is_gone(client: TestClient) -> None:
    document = client.get(f"{V1}/openapi.json").json()
    shapes = {short_name(name): shape for name, shape in document["components"]["schemas"].items()}
    assert set(words()["schemas"]) <= set(shapes)
    for name, fields in words()["schema_fields"].items():
        assert set(fields) <= set(shapes[name]["properties"])
    assert set(words()["examples"]) <= {f"{method.upper()} {path}" for method, path, _ in operations(client)}


def test_errors_are_described_as_they_are(client: TestClient) -> None:
    for method, path, operation in operations(client):
        for status, answer in operation["responses"].items():
            if status >= "400":
                content = answer["content"]
                assert content.keys() == {"application/problem+json"}, (method, path, status)
                assert content["application/problem+json"]["schema"]["$ref"].endswith("/Problem")


def test_writes_say_that_they_need_the_token(client: TestClient) -> None:
    for method, path, operation in operations(client):
        if method != "get":
            assert operation["security"], (method, path)
            # A step or a deletion may need no body.
            assert operation.get("requestBody", {"required": True})["required"], (method, path)


def test_operations_keep_their_names(client: TestClient) -> None:
    # Clients that others have generated call them: a new one is added to the file, none is renamed.
    named = [operation["operationId"] for _, _, operation in operations(client)]
    assert sorted(named) == OPERATION_IDS.read_text("utf-8").split()


def test_names_are_such_that_programs_can_be_made_of_them(client: TestClient) -> None:
    document = client.get(f"{V1}/openapi.json").json()
    parts = document["components"]
    names = [*parts["schemas"], *parts["securitySchemes"], *(tag["name"] for tag in document["tags"])]
    for shape in parts["schemas"].values():
        names += [*shape.get("properties", {}), *shape.get("x-enum-varnames", ())]
    for _, _, operation in operations(client):
        names += [operation["operationId"], *operation["tags"]]
        names += [parameter["name"] for parameter in operation.get("parameters", [])]
        for content in operation.get("requestBody", {}).get("content", {}).values():
            names += content.get("examples", {})
    assert [name for name in names if not NAME.fullmatch(name)] == []
    # FastAPI writes the module before names that two shapes have.
    assert [name for name in parts["schemas"] if "__" in name or name.endswith(("-Input", "-Output"))] == []


def test_every_tag_is_explained_and_used(client: TestClient) -> None:
    document = client.get(f"{V1}/openapi.json").json()
    used = {tag for _, _, operation in operations(client) for tag in operation["tags"]}
    assert {tag["name"] for tag in document["tags"]} == used
    for tag in document["tags"]:
        assert HAN.search(tag["description"])


def test_titles_of_shapes_are_unique(client: TestClient) -> None:
    shapes = client.get(f"{V1}/openapi.json").json()["components"]["schemas"]
    assert [title for title, count in Counter(shape["title"] for shape in shapes.values()).items() if count > 1] == []


def untyped(schema: Any, place: str) -> Iterator[str]:
    """Places of a schema that say nothing of what stands there."""
    if isinstance(schema, list):
        for number, part in enumerate(schema):
            yield from untyped(part, f"{place}/{number}")
    if not isinstance(schema, dict):
        return
    if not {"$ref", "type", "anyOf", "oneOf", "allOf", "enum", "const"} & schema.keys():
        yield place
    if schema.get("type") == "object" and not {"properties", "additionalProperties"} & schema.keys():
        yield place
    if schema.get("additionalProperties") is True:
        yield f"{place}/*"
    for name, content in schema.get("properties", {}).items():
        yield from untyped(content, f"{place}/{name}")
    for key in ("items", "anyOf", "oneOf", "allOf", "additionalProperties"):
        part = schema.get(key)
        for option in part if isinstance(part, list) else [part]:
            if isinstance(option, dict):
                yield from untyped(option, f"{place}/{key}")


def test_every_answer_and_every_shape_says_what_it_holds(client: TestClient) -> None:
    document = client.get(f"{V1}/openapi.json").json()
    found = [place for name, shape in document["components"]["schemas"].items() for place in untyped(shape, name)]
    for method, path, operation in operations(client):
        for status, answer in operation["responses"].items():
            if status in ("204", "304"):
                assert "content" not in answer
                continue
            assert answer["content"], (method, path, status)
            for content in answer["content"].values():
                found += untyped(content["schema"], f"{method} {path} {status}")
    assert found == []


def test_every_answer_has_an_example_that_fits(client: TestClient) -> None:
    document = client.get(f"{V1}/openapi.json").json()
    for method, path, operation in operations(client):
        for status, answer in operation["responses"].items():
            content = answer.get("content", {}).get("application/json")
            if status < "400" and content:
                checker = Draft202012Validator({**content["schema"], "components": document["components"]})
                wrong = [
                    (list(error.instance_path), error.message) for error in checker.iter_errors(content["example"])
                ]
                assert wrong == [], (method, path)


def test_amounts_are_strings(client: TestClient) -> None:
    """Except those in fen that were there first: each has its string beside it."""
    shapes = client.get(f"{V1}/openapi.json").json()["components"]["schemas"]
    fen = {(name, field) for name, shape in shapes.items() for field in shape.get("properties", {}) if "_fen" in field}
    for name, field in fen:
        properties = shapes[name]["properties"]
        assert properties[field]["deprecated"], (name, field)
        amount = properties[field.removesuffix("_fen")]
        assert any("pattern" in option for option in amount.get("anyOf", [amount])), (name, field)
