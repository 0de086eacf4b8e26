"""The result of a comparison as an xlsx file: the sums first, then a sheet for every kind of difference."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from matchmaker.contracts.labels import FIELD_LABELS
from matchmaker.models.contract_words import ContractCategory
from matchmaker.reconciliation.comparison import GroupKind, Line, Reconciliation

_COLUMNS = ("registration_number", "title", "category", "seller_name", "buyer_name")
_SHEETS = (GroupKind.MISSING_HERE, GroupKind.MISSING_THERE, GroupKind.DIFFERENT, GroupKind.SAME)


def write_reconciliation(result: Reconciliation, path: Path) -> None:
    """Amounts are yuan with two decimals, registration numbers are text."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        formats = {
            "bold": book.add_format({"bold": True, "bg_color": "#DDE7F0", "border": 1, "text_wrap": True}),
            "money": book.add_format({"num_format": "#,##0.00"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        _summary(book.add_worksheet("汇总"), result, formats)
        for kind in _SHEETS:
            _lines(book.add_worksheet(kind.label), result, kind, formats)
        if result.registry_list.problems:
            sheet = book.add_worksheet("名单中无法识别的内容")
            sheet.write_row(0, 0, ("行", "列", "内容", "原因", "修改办法"), formats["bold"])
            for index, one in enumerate(result.registry_list.problems, start=1):
                sheet.write_row(index, 0, [one[name] for name in ("row", "column", "value", "reason", "repair")])
            sheet.set_column(1, 4, 30)


def _summary(sheet: Any, result: Reconciliation, formats: dict[str, Any]) -> None:
    listed = result.registry_list
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 8, 22)
    sheet.write_row(0, 0, (listed.name, f"登记日期 {listed.first} 至 {listed.last}"))
    heads = ["", "项数"]
    for measure in result.measures:
        label = FIELD_LABELS[measure]
        heads += [f"{label}：名单（元）", f"{label}：台账（元）", f"{label}：差额（元）"]
    sheet.write_row(2, 0, heads, formats["bold"])
    for row, kind in enumerate(GroupKind, start=3):
        group = result.groups[kind]
        sheet.write_row(row, 0, (kind.label, len(group.lines)))
        _amounts(sheet, row, [group.sums[one] for one in result.measures], formats)
    last = 3 + len(GroupKind)
    sheet.write_row(last, 0, ("合计", sum(len(group.lines) for group in result.groups.values())), formats["bold"])
    _amounts(sheet, last, [result.totals[one] for one in result.measures], formats)


def _amounts(sheet: Any, row: int, sums: list[Any], formats: dict[str, Any]) -> None:
    for index, one in enumerate(sums):
        for offset, fen in enumerate((one.there, one.here, one.difference)):
            sheet.write_number(row, 2 + index * 3 + offset, _yuan(fen), formats["money"])


def _lines(sheet: Any, result: Reconciliation, kind: GroupKind, formats: dict[str, Any]) -> None:
    heads = ["名单行号", *(FIELD_LABELS[name] for name in _COLUMNS), FIELD_LABELS["registered_on"]]
    for measure in result.measures:
        heads += [f"{FIELD_LABELS[measure]}：名单（元）", f"{FIELD_LABELS[measure]}：台账（元）"]
    sheet.write_row(0, 0, [*heads, "说明"], formats["bold"])
    sheet.freeze_panes(1, 0)
    sheet.set_column(1, 6, 22)
    sheet.set_column(7, len(heads), 20)
    for index, line in enumerate(result.groups[kind].lines, start=1):
        one = line.row or line.contract
        sheet.write(index, 0, line.row.row_number if line.row else "")
        for offset, name in enumerate(_COLUMNS, start=1):
            sheet.write_string(index, offset, _text(name, getattr(one, name)))
        sheet.write_string(index, 6, str(getattr(one, "registered_on", None) or ""))
        for offset, measure in enumerate(result.measures):
            if line.row is not None and getattr(line.row, measure) is not None:
                sheet.write_number(index, 7 + 2 * offset, _yuan(line.there(measure)), formats["money"])
            if line.contract is not None:
                sheet.write_number(index, 8 + 2 * offset, _yuan(getattr(line.contract, measure)), formats["money"])
        sheet.write_string(index, len(heads), _told(line), formats["wrap"])


def _text(name: str, value: Any) -> str:
    return ContractCategory.parse(value).label if name == "category" and value else str(value or "")


def _told(line: Line) -> str:
    told = [f"{one.label}：名单“{one.there}”，台账“{one.here}”" for one in line.differences]
    if line.candidate is not None:
        number = line.candidate.registration_number
        other = f"，登记编号 {number}" if number else ""
        told.append(f"可能是台账中的合同 {line.candidate.id}（{line.candidate.status.label}{other}）")
    if line.row is not None and line.contract is None and line.row.obstacle:
        told.append(f"不能直接入账：{line.row.obstacle}")
    return "；".join(told)


def _yuan(fen: int) -> Decimal:
    return Decimal(fen) / 100
