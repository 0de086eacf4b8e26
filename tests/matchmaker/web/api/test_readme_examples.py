"""The README's section for programs: its commands run as they stand, its check of signatures is the one we sign with."""

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from matchmaker.database import session_scope
from matchmaker.models.account import Role
from matchmaker.sending.webhooks import SignedMessage
from tests.factories import key_of, make_account
from tests.matchmaker.web.api.conftest import Ids

README = (Path(__file__).parents[4] / "README.md").read_text("utf-8")
SECTION = README[README.index("## For programs") : README.index("## The three paths")]
FILES = {
    "成果.csv": "成果名称,成果简介\n秸秆纤维模塑,以秸秆为原料制备餐盒\n",
    "需求.csv": "需求名称,主要问题\n玉米秸秆制备可降解餐盒,现用塑料托盘难以降解\n",
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", SECTION, re.DOTALL)


@pytest.fixture
def variables(database: Engine, records: Ids, relay: Callable[[], None]) -> dict[str, dict[str, str]]:
    """What the commands name, with the key of a broker and of an official."""
    relay()
    with session_scope(database) as session:
        made = [key_of(session, make_account(session, role)) for role in (Role.BROKER, Role.CITY_OFFICIAL)]
    common = {"API": "/api/v1", "NEED": str(records.need), "ACHIEVEMENT": str(records.achievement)}
    keys = [headers["Authorization"].removeprefix("Bearer ") for headers in made]
    return {name: {**common, "KEY": key} for name, key in zip(("broker", "official"), keys, strict=True)}


def run(client: TestClient, command: str) -> Any:
    """What curl would send."""
    words = iter(shlex.split(command)[1:])
    headers: dict[str, str] = {}
    form: dict[str, str] = {}
    files: dict[str, Any] = {}
    body, url = None, ""
    for word in words:
        if word == "-N":
            continue
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words).encode()
        elif word == "-F":
            name, _, value = next(words).partition("=")
            if value.startswith("@"):
                files[name] = (value[1:], FILES[value[1:]])
            else:
                form[name] = value
        else:
            url = word
    method = "POST" if body or files else "GET"
    return client.request(method, url, headers=headers, content=body, data=form or None, files=files or None)


def test_the_commands_run(client: TestClient, variables: dict[str, dict[str, str]]) -> None:
    [block] = blocks("bash")
    commands = block.strip().splitlines()
    assert len(commands) >= 8
    for command in commands:
        # Files are brought in by whoever may import, everything else is a broker's.
        who = "official" if "/imports" in command else "broker"
        answer = run(client, Template(command).substitute(variables[who]))
        assert answer.status_code in (200, 201), (command, answer.text)
        told = [json.loads(line) for line in answer.text.splitlines()]
        # A text may well have no match among the few records of this test.
        if "items" in told[0] and "text" not in command:
            assert told[0]["items"], command


def test_the_check_of_signatures_knows_ours() -> None:
    [code] = blocks("python")
    given: dict[str, Any] = {}
    exec(code, given)
    message = SignedMessage("evt_1_2", b'{"type":"test"}', "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = dict(message.headers(1_614_265_330))
    assert given["is_genuine"](message.secret, headers, message.body)
    assert not given["is_genuine"](message.secret, headers, message.body + b" ")
    assert not given["is_genuine"](message.secret, {**headers, "webhook-id": "evt_1_3"}, message.body)
