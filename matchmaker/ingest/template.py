"""Fillable xlsx templates, made from the same columns the import recognises."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from matchmaker.ingest.columns import COLUMNS, unit_of
from matchmaker.ingest.fields import Column, ImportKind
from matchmaker.ingest.money import Unit
from matchmaker.models.labels import MATURITY_LABELS

_ROWS = 2000  # rows with drop-downs and formats: more than any 征集表 that is filled by hand
_DATES = frozenset(
    {
        "deadline",
        "valid_until",
        "registered_on",
        "completed_on",
        "certified_on",
        "certificate_valid_until",
        "signed_on",
        "begins_on",
        "ends_on",
    }
)
_LEVELS = frozenset({"maturity_min", "maturity_level"})
_LONG = frozenset(
    ("problem", "key_technology", "key_indicators", "goal", "constraints", "summary", "principle", "introduction")
)
_OPTIONS_SHEET = "可选项"
_HELP_SHEET = "填写说明"
# Excel's own limits for the input help of a cell.
_HELP_TITLE, _HELP_TEXT = 32, 255


def write_template(kind: ImportKind, path: Path) -> None:
    """Write an empty table of this kind: headings (required ones with *), drop-downs, formats, help for each column.

    Sheets: the table, 填写说明 (one line per column: meaning, example, allowed values), and the lists behind the
    drop-downs (hidden). A filled one is imported as it is.
    """
    columns = [column for column in COLUMNS[kind] if column.listed]
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(f"{kind.label}表")
        explained = book.add_worksheet(_HELP_SHEET)
        lists = book.add_worksheet(_OPTIONS_SHEET)
        lists.hide()
        formats = {
            "required": book.add_format(
                {"bold": True, "text_wrap": True, "bg_color": "#F9E2C7", "border": 1, "valign": "vcenter"}
            ),
            "optional": book.add_format(
                {"bold": True, "text_wrap": True, "bg_color": "#DDE7F0", "border": 1, "valign": "vcenter"}
            ),
            "text": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
            "money": book.add_format({"num_format": "#,##0.##", "valign": "top"}),
            "level": book.add_format({"num_format": "0", "valign": "top"}),
        }
        sheet.freeze_panes(1, 1)
        sheet.set_row(0, 36)
        for position, column in enumerate(columns):
            sheet.write_string(0, position, _heading(column), formats["required" if column.required else "optional"])
            sheet.set_column(position, position, 40 if column.field in _LONG else 18, formats[_format(column)])
            _validate(sheet, lists, position, column)
        _explain(explained, columns, formats)


def _heading(column: Column) -> str:
    return f"{column.heading}*" if column.required else column.heading


def _format(column: Column) -> str:
    if column.field in _DATES:
        return "date"
    if column.field in _LEVELS:
        return "level"
    return "money" if column.money else "text"


def _options(column: Column) -> Sequence[str]:
    return column.options() if column.options is not None else ()


def _validate(sheet: Any, lists: Any, position: int, column: Column) -> None:
    """A drop-down, a check, or only the input help of a column."""
    rule: dict[str, Any] = {"validate": "any", "ignore_blank": True}
    options = _options(column)
    if options:
        letter = xl_col_to_name(position)
        lists.write_column(0, position, options)
        rule |= {"validate": "list", "source": f"='{_OPTIONS_SHEET}'!${letter}$1:${letter}${len(options)}"}
        # Several values, or a place outside the city, cannot be picked from the list: they may be typed.
        rule["show_error"] = not (column.several or column.field == "region_code")
        rule["error_message"] = "请从下拉列表中选择"
    elif column.field in _LEVELS:
        rule |= {"validate": "integer", "criteria": "between", "minimum": 1, "maximum": 9}
        rule["error_message"] = "请填 1 至 9 的整数"
    elif column.money:
        # A word such as 面议 is as good as a number here: the help says so, nothing is refused.
        rule["show_error"] = False
    if column.meaning or column.example or options:
        rule["input_title"] = column.heading[:_HELP_TITLE]
        rule["input_message"] = (_help(column) or "可从下拉列表中选择")[:_HELP_TEXT]
    if rule["validate"] != "any" or "input_message" in rule:
        sheet.data_validation(1, position, _ROWS, position, rule)


def _help(column: Column) -> str:
    return "；例：".join(part for part in (column.meaning, column.example) if part)


def _explain(sheet: Any, columns: Sequence[Column], formats: dict[str, Any]) -> None:
    sheet.freeze_panes(1, 1)
    for width, position in ((22, 0), (8, 1), (50, 2), (36, 3), (60, 4)):
        sheet.set_column(position, position, width, formats["text"])
    sheet.write_row(0, 0, ("列", "必填", "怎样填", "示例", "可填内容"), formats["optional"])
    for index, column in enumerate(columns, start=1):
        allowed = "、".join(_options(column))
        if column.field in _LEVELS:
            allowed = "、".join(f"{level} {label}" for level, label in MATURITY_LABELS.items())
        elif column.field in _DATES:
            allowed = "日期，如 2027-06-30 或 2027年6月30日"
        elif column.money:
            in_yuan = unit_of(column.heading) is Unit.YUAN
            allowed = "以元计的数，如 500000.00" if in_yuan else "以万元计的数，如 50；还没有定写 面议"
        cells = (column.heading, "必填" if column.required else "", column.meaning, column.example, allowed)
        for position, cell in enumerate(cells):
            sheet.write_string(index, position, cell, formats["text"])
