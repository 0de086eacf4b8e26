"""A whole installation from one database to another: SQLite → PostgreSQL and back, every row with its number.

Either everything arrives, counted and compared, or the target stays as empty as it was. The search index is not
moved: `matchmaker reindex` builds it anew from the target.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Table, TableClause, bindparam, func, inspect, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import SQLModel

import matchmaker.models  # noqa: F401  every table must be known
from matchmaker.database import check_schema, explained, hold_migration_lock, migrate, writing
from matchmaker.errors import MoveRefused
from matchmaker.plain_rows import line_of, plain_table

Progress = Callable[[int, int], None]
Row = dict[str, Any]

# Rows held in memory at a time; the longest record is some 150 kB.
BATCH = 500


def move_database(source: Engine, target: Engine, progress: Progress | None = None) -> dict[str, int]:
    """Copy every row into the empty target, compare both, and return the number of rows of each table.

    The target's schema is made here. All rows are read as of one moment: what is written to the source meanwhile is
    not moved, so stop the service first. `progress(rows done, rows in all)` is told after every batch. The target is
    one transaction: it gets everything or nothing. Raises MoveRefused (the target has records; the contents cannot
    be stored there, or differ afterwards) and DatabaseNotReady (one of the two cannot be used as it is).
    """
    check_schema(source)
    with explained(target), target.connect() as connection:
        _check_empty(connection)
    migrate(target)
    parts = [_Part.of(table) for table in SQLModel.metadata.sorted_tables]
    with _snapshot(source) as reading, explained(target), writing(target).begin() as written:
        if target.dialect.name == "postgresql":
            # A service that is started now waits until everything is there.
            hold_migration_lock(written)
        _check_empty(written)
        total = sum(_count(reading, part) for part in parts)
        copied = {}
        done = 0
        for part in parts:
            copied[part.name] = digest = _Digest()
            for rows in _batches(reading, part):
                digest.add(rows)
                _write(written, part, rows)
                done += len(rows)
                if progress is not None:
                    progress(done, total)
            _link(reading, written, part)
        for part in parts:
            _compare(written, part, copied[part.name])
            if target.dialect.name == "postgresql":
                _continue_numbers(written, part)
    return {name: digest.rows for name, digest in copied.items()}


@dataclass(frozen=True)
class _Part:
    """One table with its values as SQL has them: what was stored is moved, even if a shape would refuse it today."""

    plain: TableClause
    # What the rows are told apart by.
    key: str
    # Columns that name another row of the same table, perhaps one that comes later.
    links: tuple[str, ...]
    lengths: Mapping[str, int]

    @classmethod
    def of(cls, table: Table) -> "_Part":
        own = tuple(one.name for one in table.columns if any(key.column.table is table for key in one.foreign_keys))
        lengths = {one.name: length for one in table.columns if (length := getattr(one.type, "length", None))}
        return cls(
            plain_table(table),
            next(iter(table.primary_key)).name,
            own,
            lengths,
        )

    @property
    def name(self) -> str:
        return self.plain.name


class _Digest:
    """What two tables with the same rows have in common, whatever the database: number and content, in order of keys."""

    def __init__(self) -> None:
        self.rows = 0
        self._sum = hashlib.sha256()

    def add(self, rows: Sequence[Row]) -> None:
        for row in rows:
            self._sum.update(line_of(row).encode() + b"\n")
        self.rows += len(rows)

    def same(self, other: "_Digest") -> bool:
        return (self.rows, self._sum.digest()) == (other.rows, other._sum.digest())


@contextmanager
def _snapshot(source: Engine) -> Iterator[Connection]:
    """The source as of one moment, for reading. On SQLite every transaction is that; writers are never kept waiting."""
    with explained(source), source.connect() as connection:
        if source.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


def _check_empty(target: Connection) -> None:
    known = set(inspect(target).get_table_names())
    for table in SQLModel.metadata.sorted_tables:
        if table.name in known and target.execute(select(*table.primary_key).limit(1)).first() is not None:
            raise MoveRefused(f"目标数据库的表 {table.name} 中已有记录，没有改动它", "请换一个新建的空数据库")


def _count(source: Connection, part: _Part) -> int:
    return source.execute(select(func.count()).select_from(part.plain)).scalar_one()


def _batches(connection: Connection, part: _Part) -> Iterator[Sequence[Row]]:
    rows = select(part.plain).order_by(part.plain.c[part.key])
    # With `yield_per` the server keeps the result and hands it over in pieces.
    for part_of_them in connection.execute(rows, execution_options={"yield_per": BATCH}).mappings().partitions():
        yield [dict(row) for row in part_of_them]


def _write(target: Connection, part: _Part, rows: Sequence[Row]) -> None:
    if target.dialect.name == "postgresql":
        for row in rows:
            _check_fits(part, row)
    try:
        target.execute(part.plain.insert(), [{**row, **dict.fromkeys(part.links)} for row in rows])
    except (DataError, IntegrityError) as error:
        # The driver's text repeats the values, contact data among them: it is not passed on.
        span = f"{rows[0][part.key]}—{rows[-1][part.key]}"
        raise MoveRefused(
            f"目标数据库不接受表 {part.name} 中编号 {span} 之间的某一行，没有写入任何数据", "请检查这些记录后重试"
        ) from error


def _check_fits(part: _Part, row: Row) -> None:
    """SQLite stores any text in any column; PostgreSQL stores no NUL and nothing longer than the column says."""
    for name, value in row.items():
        if not isinstance(value, str):
            continue
        if "\x00" in value:
            problem = "含有空字符（NUL）"
        elif len(value) > part.lengths.get(name, len(value)):
            problem = f"超过 {part.lengths[name]} 个字"
        else:
            continue
        raise MoveRefused(
            f"表 {part.name} 编号 {row[part.key]} 的 {name} {problem}，PostgreSQL 存不下，没有写入任何数据",
            "请先在原库中改正这条记录，再重新搬移",
        )


def _link(source: Connection, target: Connection, part: _Part) -> None:
    """Fill in what names a row of the same table, now that all of them are there."""
    key = part.plain.c[part.key]
    for name in part.links:
        link = part.plain.c[name]
        linked = select(key.label("row_id"), link.label("named")).where(link.is_not(None)).order_by(key)
        fill = part.plain.update().where(key == bindparam("row_id")).values({name: bindparam("named")})
        for rows in source.execute(linked, execution_options={"yield_per": BATCH}).mappings().partitions():
            target.execute(fill, [dict(row) for row in rows])


def _compare(target: Connection, part: _Part, copied: _Digest) -> None:
    arrived = _Digest()
    for rows in _batches(target, part):
        arrived.add(rows)
    if not arrived.same(copied):
        raise MoveRefused(
            f"表 {part.name} 搬移后内容不一致（原有 {copied.rows} 行，到达 {arrived.rows} 行），已全部撤销",
            "请确认没有其他程序在写目标数据库，然后重试",
        )


def _continue_numbers(target: Connection, part: _Part) -> None:
    """The next record gets the number behind the last one: so far PostgreSQL's own counter was not asked."""
    if part.key != "id":
        return
    last = func.max(part.plain.c.id)
    counter = func.pg_get_serial_sequence(part.name, "id")
    target.execute(select(func.setval(counter, last)).select_from(part.plain).having(last > 0))
