"""What the tests of bulk imports have in common."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.database import session_scope
from matchmaker.ingest import ImportKind
from matchmaker.models.account import Role
from matchmaker.models.upload import ImportBatch, WriteMode
from matchmaker.rights import Actor
from matchmaker.uploads import (
    batch_for,
    check_batch,
    report_of,
    run_waiting_batches,
    start,
    undo,
    upload,
)
from tests.factories import actor_for, make_account

HEADINGS = ["成果编号", "成果名称", "成果简介", "技术成熟度"]
ROWS = [["A1", "秸秆纤维模塑成型技术", "以秸秆为原料。", "6"], ["A2", "低温脱氮菌剂", "用于污水处理。", "7"]]


def csv(rows: Sequence[Sequence[Any]], encoding: str = "utf-8") -> bytes:
    return "\n".join(",".join(str(cell) for cell in row) for row in rows).encode(encoding)


def actor_of_role(database: Engine, role: Role, **values: Any) -> Actor:
    with session_scope(database) as session:
        return actor_for(session, make_account(session, role=role, **values))


def uploaded(database: Engine, actor: Actor, kind: ImportKind, content: bytes, name: str = "成果.csv") -> int:
    with session_scope(database) as session:
        batch_id = upload(session, kind, name, content, by=actor).id
    assert batch_id is not None
    check_batch(database, batch_id)
    return batch_id


def started(database: Engine, batch_id: int, mode: WriteMode = WriteMode.BOTH) -> ImportBatch:
    with session_scope(database) as session:
        start(session, session.get_one(ImportBatch, batch_id), mode)
    run_waiting_batches(database)
    return batch(database, batch_id)


def batch(database: Engine, batch_id: int) -> ImportBatch:
    with Session(database) as session:
        return session.get_one(ImportBatch, batch_id)


def counts(one: ImportBatch) -> tuple[int, int, int, int]:
    report = report_of(one)
    return report.added, report.changed, report.unchanged, report.rejected_count


def undone(database: Engine, batch_id: int, actor: Actor) -> ImportBatch:
    with session_scope(database) as session:
        undo(session, batch_for(session, batch_id, by=actor), by=actor)
    run_waiting_batches(database)
    return batch(database, batch_id)
