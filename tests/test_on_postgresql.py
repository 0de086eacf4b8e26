"""The part of the suite that is also run on PostgreSQL is no smaller than the program's SQL.

The complete run there ends with the first test below, which names every function that sends statements but did not in
that run. Then mark a test module that runs the function: `pytestmark = pytest.mark.postgresql`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stages import DOORS, PROGRAM, ROOT, sent_from

pytestmark = pytest.mark.postgresql
# What a session and a connection are asked to do with a statement.
SENDING = {"exec", "execute", "scalar", "scalars"}
# These make a database of their own for what they measure, always an SQLite file.
ALWAYS_ON_SQLITE = {"benchmark_turnover.py", "evaluation.py", "evaluation_rankings.py"}
# A backup is an SQLite file whichever database is in use; what goes to PostgreSQL and comes from it goes through `moving.py`.
FILES_OF_ITS_OWN = {"backup.py"}
Function = tuple[str, range]


def functions_that_send(source: str) -> Iterator[Function]:
    """Name and lines of every function and method in which a statement is handed to a session or connection."""
    yield from _in(ast.parse(source), "")


def _in(node: ast.AST, name: str) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _in(child, f"{name}{child.name}.")
        elif isinstance(child, ast.FunctionDef):
            calls = (call.func for call in ast.walk(child) if isinstance(call, ast.Call))
            if any(isinstance(called, ast.Attribute) and called.attr in SENDING for called in calls):
                assert child.end_lineno
                yield f"{name}{child.name}", range(child.lineno, child.end_lineno + 1)


def files() -> Iterator[Path]:
    for file in sorted(PROGRAM.rglob("*.py")):
        if not str(file).startswith(DOORS) and file.name not in ALWAYS_ON_SQLITE | FILES_OF_ITS_OWN:
            yield file


def test_the_complete_run_has_sent_every_statement() -> None:
    lines: dict[str, set[int]] = {}
    for file, line in sent_from:
        lines.setdefault(file, set()).add(line)
    never = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in files()
        for name, where in functions_that_send(file.read_text("utf-8"))
        if not lines.get(str(file), set()) & set(where)
    ]
    assert never == [], "mark a test module that runs it with pytest.mark.postgresql"


def test_whoever_sends_a_statement_is_seen() -> None:
    source = """
def reading(session):
    def row():
        return session.exec(select(Need)).one()
    return row()
class Courier:
    def fetch(self):
        return self._connection.execute(text("SELECT 1"))
    def wait(self):
        return self._event.wait()
def building():
    return select(Need)
"""
    assert [name for name, _ in functions_that_send(source)] == ["reading", "Courier.fetch"]
    assert next(functions_that_send(source))[1] == range(2, 6)


@pytest.mark.parametrize("name", sorted(ALWAYS_ON_SQLITE))
def test_what_is_always_on_sqlite_says_so(name: str) -> None:
    (source,) = [file.read_text("utf-8") for file in PROGRAM.rglob(name)]
    assert source.count("open_database(") == 1
    assert 'f"sqlite:///{folder}/' in source


def test_the_program_is_full_of_statements() -> None:
    """The run above would be content with a program in which it finds none."""
    found = [name for file in files() for name, _ in functions_that_send(file.read_text("utf-8"))]
    assert len(found) > 200
