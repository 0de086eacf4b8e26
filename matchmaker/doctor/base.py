"""What the checks share: the lines they give, and the installation as far as it could be opened."""

import re
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Engine

from matchmaker.indexes import Indexes
from matchmaker.logs import without_secrets
from matchmaker.settings import Settings

Level = Literal["green", "yellow", "red"]


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, and unless it is green exactly one repair."""

    check: str
    label: str
    level: Level
    sentence: str
    repair: str = ""


@dataclass
class Patient:
    """The installation, as far as it could be opened."""

    settings: Settings
    database: Engine | None = None
    indexes: Indexes | None = None
    # Label of the line that says why the index can be neither searched nor written.
    obstacle: str = ""
    gave_up: bool = False
    folder: Path | None = None

    def close(self) -> None:
        """Give back what was opened."""
        # What still waits for an answer cannot be closed; it ends with the process.
        if not self.gave_up:
            if self.indexes is not None:
                self.indexes.close()
            if self.database is not None:
                self.database.dispose()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


Check = Callable[[Patient], Iterable[Finding]]


def parted(text: str, otherwise: str) -> tuple[str, str]:
    """Sentence and repair of a text in the form of our errors, `what：请 repair`; else the given repair."""
    sentence, *repair = re.split("[：；。]请", without_secrets(text), maxsplit=1)
    return sentence, f"请{repair[0]}" if repair else otherwise
