"""kill −9 in the middle of an import: another process finishes it, and every row is there once."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.database import session_scope
from matchmaker.ingest import ImportKind
from matchmaker.models.account import Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.upload import BatchStatus, ImportBatch, ImportedRecord, WriteMode
from matchmaker.settings import Settings
from matchmaker.uploads import report_of, running, start
from tests.matchmaker.uploading import HEADINGS, actor_of_role, batch, counts, csv, uploaded

ROWS = 400
# Chunks of 50 rows; in the fourth, with everything of it written but nothing committed, it says so and waits for its end.
DYING = """
import sys, time
from matchmaker.database import open_database
from matchmaker.uploads import run_waiting_batches, running
running._CHUNK = 50
closing, chunks = running._Running.closing, []
def slow(self, session, rows):
    closing(self, session, rows)
    chunks.append(rows)
    if len(chunks) == 4:
        print("writing", flush=True)
        time.sleep(600)
running._Running.closing = slow
run_waiting_batches(open_database(sys.argv[1]))
"""
FINISHING = """
import sys
from matchmaker.database import open_database
from matchmaker.uploads import run_waiting_batches
print(run_waiting_batches(open_database(sys.argv[1])))
"""


def process(script: str, settings: Settings) -> subprocess.Popen[str]:
    url = settings.resolved_database_url()
    command = [sys.executable, "-c", script, url]
    foreign = {name: value for name, value in os.environ.items() if not name.startswith("MATCHMAKER_")}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2], env=foreign)


def test_another_process_finishes_what_a_killed_one_began(
    database: Engine, session: Session, settings: Settings
) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    rows = [[f"N{number}", f"第{number}项技术的做法", "简介。", "6"] for number in range(ROWS)]
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *rows]))
    with session_scope(database) as writing:
        start(writing, writing.get_one(ImportBatch, batch_id), WriteMode.BOTH)
    with process(DYING, settings) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "writing\n"
        killed.send_signal(signal.SIGKILL)
    assert killed.returncode == -signal.SIGKILL
    dead = batch(database, batch_id)
    assert (dead.status, dead.rows_done, report_of(dead).added) == (BatchStatus.RUNNING, 150, 150)
    assert len(session.exec(select(Achievement.id)).all()) == 150
    session.rollback()
    # The time in which nobody takes it over is over.
    with session_scope(database) as writing:
        writing.get_one(ImportBatch, batch_id).updated_at = now() - running._SILENT * 2
    with process(FINISHING, settings) as other:
        printed, _ = other.communicate(timeout=120)
    assert (other.returncode, printed) == (0, "1\n")
    done = batch(database, batch_id)
    assert (done.status, done.rows_done, counts(done)) == (BatchStatus.FINISHED, ROWS, (ROWS, 0, 0, 0))
    found = session.exec(select(Achievement.id, Achievement.source_id)).all()
    assert sorted(str(number) for _, number in found) == sorted(row[0] for row in rows)
    imported = session.exec(select(ImportedRecord.record_id)).all()
    assert sorted(imported) == sorted(record_id for record_id, _ in found if record_id is not None)
