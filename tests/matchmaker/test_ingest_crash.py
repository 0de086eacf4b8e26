"""kill −9 at any moment, again and again: run once more, the import is complete and nothing is there twice."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.ingest import ImportKind, IngestOptions, ingest_file
from matchmaker.models import Enterprise, IndexOutbox, TechnologyNeed
from matchmaker.settings import Settings

ROWS = 1500
SCRIPT = """
import sys
from pathlib import Path
from matchmaker.database import open_database
from matchmaker.ingest import ImportKind, IngestOptions, ingest_file
options = IngestOptions(batch_size=50)
ingest_file(open_database(sys.argv[1]), ImportKind.NEEDS, Path(sys.argv[2]), options, lambda done, _: print(done, flush=True))
"""


def test_an_import_that_is_killed_is_complete_after_the_next_run(
    database: Engine, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "需求.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(ROWS):
            row = {"title": f"第{number}个难题怎样解决", "body": "损耗高" * 30, "企业名称": f"{number % 200}号有限公司"}
            # Every other row has no id: it is known by its content.
            file.write(json.dumps(row | ({"id": f"X{number}"} if number % 2 else {}), ensure_ascii=False) + "\n")
    chance = random.Random(9)
    for _ in range(5):
        _start_and_kill(settings.resolved_database_url(), path, chance)
        _check(database)
    report = ingest_file(database, ImportKind.NEEDS, path, IngestOptions())
    assert report.added + report.unchanged == ROWS
    assert report.changed == len(report.rejected) == 0
    assert _check(database) == ROWS
    assert ingest_file(database, ImportKind.NEEDS, path, IngestOptions()).unchanged == ROWS


def _start_and_kill(url: str, path: Path, chance: random.Random) -> None:
    """Kill the run somewhere in a batch: after a random number of commits and a random part of the next one."""
    command = [sys.executable, "-c", SCRIPT, url, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        for _ in range(chance.randrange(1, 12)):
            process.stdout.readline()
        time.sleep(chance.uniform(0, 0.1))
        process.send_signal(signal.SIGKILL)


def _check(database: Engine) -> int:
    """Whatever is there is whole: each need once, with its enterprise, and queued for the index exactly once."""
    with Session(database) as session:
        needs = session.exec(select(TechnologyNeed)).all()
        enterprises = session.exec(select(Enterprise)).all()
        queued = session.exec(select(IndexOutbox.record_id)).all()
    assert len({need.title for need in needs}) == len(needs)
    assert len({enterprise.name for enterprise in enterprises}) == len(enterprises)
    assert {need.enterprise_id for need in needs} == {enterprise.id for enterprise in enterprises}
    assert sorted(queued) == sorted(need.id for need in needs if need.id is not None)
    return len(needs)
