"""The documentation page and the OpenAPI description behind it."""

import re
from typing import Any

from fastapi.testclient import TestClient

V1 = "/api/v1"
HAN = re.compile(r"[\u4e00-\u9fff]")


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
