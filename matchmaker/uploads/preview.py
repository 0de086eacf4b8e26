"""Rows for the page: the first as they were read, the wrong ones with what stands in their cells."""

from collections.abc import Sequence
from datetime import date
from enum import Enum
from typing import Any

from pydantic import BaseModel

from matchmaker.classification import classification
from matchmaker.ingest import PRIVATE_FIELDS, ImportKind, RejectedRow, field_headings, plain
from matchmaker.models.labels import Labelled
from matchmaker.money import in_wan
from matchmaker.uploads.report import PreviewRow, WrongCell, WrongRow

_SHOWN_LENGTH = 60
# More columns than these nobody compares at a glance.
_SHOWN_COLUMNS = 8
# The longest field of any record: what is longer is corrected in the file.
_KEPT_TEXT = 20_000
# Fields that no column is named after, because a column says several of them.
_HEADINGS = {
    "enterprise_name": "企业",
    "institution_name": "高校院所",
    "owner_name": "完成单位",
    "poster_name": "发布单位",
    "budget_min_fen": "预算下限",
    "budget_max_fen": "预算上限",
    "price_fen": "价格",
    "contract_value_fen": "合同成交额",
    "technology_value_fen": "技术交易额",
    "elements": "技术要素",
}
_REGIONS = frozenset({"region_code", "seller_region_code", "buyer_region_code"})


def wrong_row(kind: ImportKind, rejected: RejectedRow, headings: Sequence[str], fields: dict[str, str]) -> WrongRow:
    """A rejected row for the page. `fields`: heading → field, of the columns that are imported."""
    position = {heading: index for index, heading in enumerate(headings)}
    usual = {field: heading for heading, field in fields.items()}
    by_heading = {heading: field for field, heading in field_headings(kind).items()}
    cells = []
    for problem in rejected.problems:
        # A required column that is blank is named by its usual heading: the file may call it differently.
        column = problem.column if problem.column in position else usual.get(by_heading.get(problem.column, ""), "")
        is_private = fields.get(column, "") in PRIVATE_FIELDS
        cells.append(
            WrongCell(
                column=column or problem.column,
                reason=problem.reason,
                repair=problem.repair,
                text="" if is_private or not column else plain(rejected.cells[position[column]])[:_KEPT_TEXT],
                is_editable=bool(column),
                is_private=is_private,
            )
        )
    return WrongRow(row=rejected.row, cells=cells)


def preview(kind: ImportKind, first: Sequence[tuple[int, BaseModel]]) -> tuple[list[str], list[PreviewRow]]:
    """The columns that tell most, with what each row will say in them; contacts are left out."""
    headings = {**field_headings(kind), **_HEADINGS}
    names = [name for name in _told(first) if name in headings and name not in PRIVATE_FIELDS][:_SHOWN_COLUMNS]
    rows = [PreviewRow(row=number, texts=[_text(name, getattr(one, name)) for name in names]) for number, one in first]
    return [headings[name] for name in names], rows


def _told(first: Sequence[tuple[int, BaseModel]]) -> list[str]:
    """Fields in which any of the rows says something of its own; name and owner first."""
    shapes = [one for _, one in first]
    known = type(shapes[0]).model_fields if shapes else {}
    silent = {name: field.get_default(call_default_factory=True) for name, field in known.items()}
    leading = (
        "registration_number",
        "title",
        "name",
        "enterprise_name",
        "institution_name",
        "owner_name",
        "category",
        "seller_name",
        "buyer_name",
        "contract_value_fen",
        "technology_value_fen",
        "signed_on",
        "registered_on",
    )
    return [
        name
        for name in dict.fromkeys([*leading, *known])
        if any(getattr(one, name, None) not in (None, "", [], silent.get(name)) for one in shapes)
    ]


def _text(name: str, value: Any) -> str:
    """A value for people."""
    if value is None or value == "":
        return ""
    if name.endswith("_fen"):
        return in_wan(value)
    if name in _REGIONS:
        return classification().region_name(value)
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Labelled):
        return value.label
    if isinstance(value, date | Enum | int | float):
        return str(value)
    if isinstance(value, list):
        return "、".join(_text("", one) for one in value)[:_SHOWN_LENGTH]
    if isinstance(value, BaseModel):
        return "；".join(str(part) for part in value.model_dump(exclude_defaults=True, mode="json").values())
    text = str(value)
    return text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + "…"
