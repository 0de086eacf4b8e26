"""What is kept of a check or a run, for the page: numbers, wrong cells, the first rows as they were read."""

from pydantic import BaseModel

from matchmaker.models.upload import ImportBatch

# Rows that are kept word for word; who has more wrong rows than these corrects the file, not the page.
KEPT_REJECTED = 200
PREVIEW_ROWS = 50


class WrongCell(BaseModel):
    """`column` is empty for the row as a whole. `text` is what stands there; of contact columns nothing is kept."""

    column: str
    reason: str
    repair: str
    text: str = ""
    is_editable: bool = False
    is_private: bool = False


class WrongRow(BaseModel):
    row: int
    cells: list[WrongCell]


class ColumnGuess(BaseModel):
    heading: str
    field: str
    samples: list[str]


class PreviewRow(BaseModel):
    row: int
    texts: list[str]


class BatchReport(BaseModel):
    """Of a check what would happen, of a run what has happened so far."""

    columns: list[ColumnGuess] = []
    # The file's name column is not known yet: nothing could be read.
    needs_name: bool = False
    sheet: str = ""
    notes: list[str] = []
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    skipped: int = 0
    repeated_ids: int = 0
    title_only: int = 0
    rejected_count: int = 0
    rejected: list[WrongRow] = []
    preview_columns: list[str] = []
    preview: list[PreviewRow] = []
    # Two different facts about an achievement: in the platform for all to see; registered with the authority.
    published: int = 0
    pending: int = 0
    registered: int = 0
    # After undoing.
    undone: int = 0
    kept: int = 0

    @property
    def good(self) -> int:
        return self.added + self.changed + self.unchanged


def has_number(record: BaseModel) -> bool:
    """Has the achievement or contract been registered by the authority, as far as its row says?"""
    return any(getattr(record, name, None) for name in ("registered_number", "registration_number"))


def report_of(batch: ImportBatch) -> BatchReport:
    """The report kept with the batch."""
    return BatchReport.model_validate(batch.report)
