"""How an import looks on its page: columns to choose from, cells to correct; and what comes back from those forms."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import FormData

from matchmaker.ingest import ImportKind, column_choices
from matchmaker.models.upload import ImportBatch
from matchmaker.uploads import BatchReport, report_of
from matchmaker.web.pages.view import moment

# Longer texts get a box of several lines.
_ONE_LINE = 40


@dataclass(frozen=True)
class Row:
    """One import in the list."""

    id: int
    file_name: str
    kind: str
    status: str
    numbers: str
    who: str
    created: str


@dataclass(frozen=True)
class Guess:
    """One column of the file: the select's name, its heading, what it is taken for, a few of its cells."""

    name: str
    heading: str
    chosen: str
    samples: str
    options: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Cell:
    """One wrong cell; `name` is its field in the form, empty where it cannot be corrected in a cell."""

    name: str
    column: str
    text: str
    reason: str
    repair: str
    is_long: bool
    is_private: bool


@dataclass(frozen=True)
class Wrong:
    row: int
    cells: Sequence[Cell]


def rows_of_list(found: Sequence[tuple[ImportBatch, str]]) -> list[Row]:
    """The imports of a list, with who uploaded them."""
    return [
        Row(
            batch.id or 0,
            batch.file_name,
            ImportKind.parse(batch.kind).label,
            batch.status.label,
            _numbers(report_of(batch)),
            who,
            moment(batch.created_at),
        )
        for batch, who in found
    ]


def guesses(kind: ImportKind, report: BatchReport) -> list[Guess]:
    """The columns of the file with all they may mean.

    Fields that only data files of programs have are named by their English name alone: offered where they were found.
    """
    headings = column_choices(kind)
    named = [(field, heading) for field, heading in headings.items() if heading != field]
    return [
        Guess(
            f"column-{index}",
            one.heading,
            one.field,
            "；".join(one.samples),
            named if headings.get(one.field) != one.field else [*named, (one.field, one.field)],
        )
        for index, one in enumerate(report.columns)
    ]


def mapping_of(report: BatchReport, form: FormData) -> dict[str, str]:
    """What was chosen for each column; one that the form does not name stays as it was."""
    chosen = {}
    for index, one in enumerate(report.columns):
        value = form.get(f"column-{index}", one.field)
        chosen[one.heading] = value if isinstance(value, str) else one.field
    return chosen


def wrong_rows(report: BatchReport) -> list[Wrong]:
    """The wrong rows with a form field for every cell; a cell with two problems has one field."""
    position = {one.heading: index for index, one in enumerate(report.columns)}
    found = []
    for row in report.rejected:
        named: set[str] = set()
        cells = []
        for cell in row.cells:
            name = f"cell-{row.row}-{position[cell.column]}" if cell.is_editable and cell.column in position else ""
            is_long = len(cell.text) > _ONE_LINE or "\n" in cell.text
            shown = "" if name in named else name
            cells.append(Cell(shown, cell.column, cell.text, cell.reason, cell.repair, is_long, cell.is_private))
            named.add(name)
        found.append(Wrong(row.row, cells))
    return found


def corrections_of(report: BatchReport, form: FormData) -> dict[int, dict[str, str]]:
    """The cells that were written anew: row → heading → text. An empty private field was not touched."""
    corrections: dict[int, dict[str, str]] = {}
    for wrong in wrong_rows(report):
        for cell in wrong.cells:
            typed = form.get(cell.name) if cell.name else None
            if not isinstance(typed, str) or (cell.is_private and not typed.strip()):
                continue
            text = typed.replace("\r\n", "\n").strip()
            if text != cell.text:
                corrections.setdefault(wrong.row, {})[cell.column] = text
    return corrections


def _numbers(report: BatchReport) -> str:
    """How many records an import is about, in a few words."""
    told = {"新增": report.added, "更新": report.changed, "未变": report.unchanged, "退回": report.rejected_count}
    return "，".join(f"{word} {number}" for word, number in told.items() if number)
