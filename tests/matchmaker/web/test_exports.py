"""What is taken away as a file: it is on record, and nobody who writes waits while it is made."""

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from matchmaker.models.account import Role
from matchmaker.models.audit import AuditAction, AuditEvent
from tests.factories import cookie_of, make_account

pytestmark = pytest.mark.postgresql


@pytest.fixture
def while_written(database: Engine, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For each workbook that is written: could somebody else write into the database meanwhile?"""
    free: list[bool] = []
    close: Callable[[Any], None] = xlsxwriter.Workbook.close

    def closing(book: Any) -> None:
        with sqlite3.connect(str(database.url.database), timeout=0.1) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
                other.rollback()
                free.append(True)
            except sqlite3.OperationalError:
                free.append(False)
        close(book)

    monkeypatch.setattr(xlsxwriter.Workbook, "close", closing)
    return free


def test_nobody_waits_while_an_export_is_made(
    app: FastAPI, client: TestClient, session: Session, while_written: list[bool], on_postgresql: bool
) -> None:
    if on_postgresql:
        pytest.skip("writers wait for each other on SQLite only")
    client.cookies.update(cookie_of(session, make_account(session, role=Role.CITY_OFFICIAL)))
    session.commit()
    exports = sorted(one.path for one in iter_route_contexts(app.routes) if one.path and one.path.endswith("/export"))
    assert len(exports) >= 6
    for path in exports:
        assert client.post(path).status_code == 200, path
    assert while_written == [True] * len(exports)
    recorded = select(func.count()).where(col(AuditEvent.action) == AuditAction.EXPORTED)
    assert session.exec(recorded).one() == len(exports)
