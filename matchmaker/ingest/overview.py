"""What a file looks like before it is read: its columns, what each of them was taken for, a few of its cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from matchmaker.ingest.columns import COLUMNS, column_choices, column_for
from matchmaker.ingest.fields import Column, ImportKind
from matchmaker.ingest.readers import open_table
from matchmaker.ingest.rows import PRIVATE_FIELDS
from matchmaker.ingest.tables import Wanted, corrected
from matchmaker.ingest.values import is_blank, plain

_SAMPLED_ROWS = 20
_SAMPLES = 2
_SAMPLE_LENGTH = 30


@dataclass(frozen=True)
class FileColumn:
    """A column of a file; `field` is empty where it is not imported. Of contact columns there are no samples."""

    heading: str
    field: str
    samples: tuple[str, ...]


def file_columns(kind: ImportKind, path: Path, column_map: Mapping[str, str]) -> list[FileColumn]:
    """The columns of the likeliest table, though its name column may not be recognised. Raises as `open_table`."""
    with open_table(path, Wanted(kind, column_map=column_map, needs_name=False)) as table:
        choices = column_choices(kind)
        fields = {
            # With the unit, where somebody has stated it.
            bound.heading: stated if (stated := column_map.get(bound.heading, "")) in choices else bound.column.field
            for bound in table.layout.bound
        }
        rows = list(islice(table.rows(), _SAMPLED_ROWS))
        return [
            FileColumn(
                heading,
                fields.get(heading, ""),
                ()
                if fields.get(heading) in PRIVATE_FIELDS
                else tuple(
                    plain(row.cells[position])[:_SAMPLE_LENGTH] for row in rows if not is_blank(row.cells[position])
                )[:_SAMPLES],
            )
            for position, heading in enumerate(table.headings)
            if heading
        ]


def table_texts(
    kind: ImportKind, path: Path, column_map: Mapping[str, str], corrections: Mapping[int, Mapping[str, str]]
) -> tuple[list[str], dict[int, list[str]]]:
    """The headings, and row number → cells as text, corrections applied. Raises as `open_table`."""
    with open_table(path, Wanted(kind, column_map=column_map)) as opened:
        table = corrected(opened, corrections, ())
        return list(table.headings), {row.number: [plain(cell) for cell in row.cells] for row in table.rows()}


def guessed_field(kind: ImportKind, heading: str) -> str:
    """What the heading is taken for when nobody says otherwise; empty: not imported."""
    column = column_for(kind, heading)
    return column.field if column is not None else ""


def name_column(kind: ImportKind) -> Column:
    """The column without which there is no record: its title or name."""
    return next(column for column in COLUMNS[kind] if column.field in ("title", "name"))
