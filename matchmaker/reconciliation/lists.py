"""Lists of the registry: read from a file, kept row by row, seen by the officials of their region."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, func, select

from matchmaker.classification import classification
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound
from matchmaker.ingest import CellProblem, ImportKind, SourceRow
from matchmaker.ingest.no_records import is_no_record
from matchmaker.ingest.prepared import prepared
from matchmaker.ingest.readers import open_table
from matchmaker.ingest.repeats import Repeats
from matchmaker.ingest.rows import RowReader
from matchmaker.ingest.tables import Table, Wanted
from matchmaker.models.reporting import RegistryList, RegistryListRow
from matchmaker.period import Period
from matchmaker.rights import Actor, Right

# What the comparison needs of a row; what is wrong elsewhere only keeps it from being entered.
_COMPARED = ("title", "seller_name", "buyer_name", "contract_value_fen", "technology_value_fen", "registered_on")
_OBSTACLE_LENGTH = 1000


@dataclass(frozen=True)
class ListAsked:
    """What the reader of a list says of it: its name, the registry's region, the days it is to cover.

    Days that are not given are those of its first and last row.
    """

    name: str
    region_code: str
    first: date | None = None
    last: date | None = None
    is_demo: bool = False


def read_registry_list(session: Session, path: Path, asked: ListAsked, *, by: Actor) -> RegistryList:
    """Keep the list in the file. Rows without a usable number are its `problems`, as is every cell that cannot be read.

    Raises NotAllowed, MalformedRequest (region, period, no number column or no row), UnreadableFile.
    """
    if not by.may(Right.RECORD_REGISTRATIONS) or not by.oversees(asked.region_code):
        raise NotAllowed("您不能导入这个地区的登记名单", "请选择本辖区，或由市科技局对账")
    if asked.region_code not in classification().regions:
        raise MalformedRequest(f"“{asked.region_code}”不是行政区划", "请从列表中选择")
    if asked.first is not None and asked.last is not None and asked.last < asked.first:
        raise MalformedRequest("起止日期颠倒", "请核对名单的起止日期")
    with open_table(path, Wanted(ImportKind.CONTRACTS, needs_name=False)) as opened:
        table = prepared(ImportKind.CONTRACTS, opened, path)
        if "registration_number" not in table.layout.fields:
            shown = "、".join(one for one in table.headings if one)[:200]
            raise MalformedRequest(f"名单里没有“合同登记编号”一列（读到的列：{shown}）", "请核对文件，或补上这一列")
        rows, problems = _rows(table)
    if not rows:
        raise MalformedRequest("名单里没有可以对账的行", "请核对文件是否选错，登记编号一列是否为文本")
    days = [row.registered_on for row in rows if row.registered_on is not None]
    first, last = asked.first or min(days, default=None), asked.last or max(days, default=None)
    if first is None or last is None:
        raise MalformedRequest("名单没有登记日期，也没有填写起止日期", "请填写名单的起止日期")
    Period(first, last)
    registry_list = RegistryList(
        name=asked.name.strip()[:200] or path.name[-200:],
        first=first,
        last=last,
        region_code=asked.region_code,
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        problems=problems,
        uploaded_by_id=by.account_id,
        is_demo=asked.is_demo,
    )
    session.add(registry_list)
    session.flush()
    for row in rows:
        row.list_id = registry_list.id or 0
    session.add_all(rows)
    session.flush()
    return registry_list


def readable_list(session: Session, list_id: int, reader: Actor) -> RegistryList:
    """The list. Raises NotFound for one that does not exist and, alike, for one of another region."""
    found = session.get(RegistryList, list_id)
    if found is None or not reader.may(Right.RECORD_REGISTRATIONS) or not reader.oversees(found.region_code):
        raise NotFound(f"没有编号为 {list_id} 的登记名单", "请从“登记对账”重新进入")
    return found


def lists_page(session: Session, *, reader: Actor, offset: int, limit: int) -> tuple[Sequence[RegistryList], int]:
    """The lists of the reader's regions, newest first; and how many there are."""
    wanted = select(RegistryList)
    number = select(func.count(col(RegistryList.id)))
    if not reader.oversees_everything:
        hers = col(RegistryList.region_code).startswith(reader.region_code or "-", autoescape=True)
        wanted, number = wanted.where(hers), number.where(hers)
    found = session.exec(wanted.order_by(col(RegistryList.id).desc()).offset(offset).limit(limit)).all()
    return found, session.exec(number).one()


def row_of(session: Session, registry_list: RegistryList, row_id: int) -> RegistryListRow:
    """One row of the list. Raises NotFound."""
    found = session.get(RegistryListRow, row_id)
    if found is None or found.list_id != registry_list.id:
        raise NotFound("名单里没有这一行", "请刷新页面后重试")
    return found


def delete_list(session: Session, registry_list: RegistryList) -> None:
    """Remove the list with its rows; the ledger stays as it is."""
    session.delete(registry_list)
    session.flush()


def _rows(table: Table) -> tuple[list[RegistryListRow], list[dict[str, Any]]]:
    reader = RowReader(ImportKind.CONTRACTS, table.layout, "registry-list")
    repeats = Repeats(ImportKind.CONTRACTS, table.layout)
    lines = [row for row in table.rows() if not is_no_record(row.cells, table.headings)]
    for row in lines:
        repeats.note(row)
    rows: list[RegistryListRow] = []
    problems: list[dict[str, Any]] = []
    for row in lines:
        if row.problem is not None:
            problems += _told(row, [CellProblem("", "", *row.problem)])
        elif conflict := repeats.conflict(row):
            problems += _told(row, [conflict])
        elif not repeats.is_earlier(row):
            read, wrong = _row(reader, row)
            problems += _told(row, wrong)
            rows += [read] if read is not None else []
    return rows, problems


def _row(reader: RowReader, row: SourceRow) -> tuple[RegistryListRow | None, list[CellProblem]]:
    """The row, None without a number; and what of the compared cells could not be read."""
    reading = reader.reading(row.cells)
    number = reading.values.get("registration_number")
    whole = reader.read(row.cells)
    if not number:
        missing = CellProblem("合同登记编号", "", "没有填写", "没有登记编号的行不能对账")
        return None, reading.problems or [missing]
    values = whole.create
    read = RegistryListRow(
        list_id=0,
        row_number=row.number,
        registration_number=number,
        category=str(getattr(values, "category", "") or reading.values.get("category", "")),
        **{name: reading.values[name] for name in _COMPARED if reading.values.get(name) not in (None, "")},
    )
    read.title = read.title[:300]
    read.seller_name, read.buyer_name = read.seller_name[:200], read.buyer_name[:200]
    if values is not None:
        read.content = values.model_dump(mode="json", exclude_unset=True, exclude={"source"})
    else:
        read.obstacle = "；".join(one.sentence() for one in whole.problems)[:_OBSTACLE_LENGTH]
    return read, [*reading.problems, *reading.warnings]


def _told(row: SourceRow, problems: Sequence[CellProblem]) -> list[dict[str, Any]]:
    return [
        {"row": row.number, "column": one.column, "value": one.value, "reason": one.reason, "repair": one.repair}
        for one in problems
    ]
