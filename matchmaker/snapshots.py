"""Snapshots of the turnover: what was reported stays as it was reported, and what has changed since can be told.

A snapshot keeps its figures and one line for each contract behind them, under one digest. It is never changed: what
turns out otherwise is a new snapshot that corrects it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col, select

from matchmaker.errors import MalformedRequest, NotAllowed, NotFound
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import Caliber, ContractSide, DateBasis, Measure
from matchmaker.models.reporting import SnapshotLine, TurnoverSnapshot
from matchmaker.period import Period
from matchmaker.rights import Actor, Right
from matchmaker.turnover import Dimension, Figures, TurnoverQuery, TurnoverReport, sides, turnover_reports
from matchmaker.turnover.lines import contract_lines

# What a snapshot also divides its figures by.
BREAKDOWNS = (Dimension.MONTH, Dimension.DISTRICT, Dimension.CATEGORY, Dimension.TECHNOLOGY_FIELD)
_COUNTED = (
    "contract_value_fen",
    "technology_value_fen",
    "technology_income_fen",
    "counted_on",
    "is_outflow",
    "is_inflow",
)
_SEALED = ("contract_id", "version_number", "registration_number", "title", *_COUNTED)
_GROUPS = ("seller_district", "buyer_district", "category", "technology_field")
# What makes a line another line: amounts, the day it counts on, the region it counts for, the groups it stands in.
COMPARED = (*_COUNTED, *_GROUPS)


@dataclass(frozen=True)
class Changed:
    """A contract whose line is another one now: `before` as it was taken, `now` as it would be taken today."""

    before: SnapshotLine
    now: SnapshotLine


@dataclass(frozen=True)
class Changes:
    """What happened since a snapshot. `headline`: the figures as they are now."""

    added: Sequence[SnapshotLine]
    gone: Sequence[SnapshotLine]
    changed: Sequence[Changed]
    headline: Mapping[Caliber, Figures]

    def __bool__(self) -> bool:
        return bool(self.added or self.gone or self.changed)


def take_snapshot(  # noqa: PLR0913 — the parts of one statement, all by keyword
    session: Session,
    *,
    name: str,
    period: Period,
    region_code: str,
    date_basis: DateBasis,
    by: Actor,
    note: str = "",
) -> TurnoverSnapshot:
    """Keep the turnover of the period as it is now. Raises NotAllowed, MalformedRequest."""
    asked = TurnoverQuery(period, date_basis=date_basis, region_code=region_code)
    return _take(session, asked, name, note, by)


def correct_snapshot(session: Session, snapshot: TurnoverSnapshot, *, by: Actor, note: str) -> TurnoverSnapshot:
    """A new snapshot of the same period, region and basis that says it corrects this one; the old one stays.

    Raises NotAllowed, and MalformedRequest without a note of why.
    """
    if not note.strip():
        raise MalformedRequest("更正快照要写明原因", "请填写更正说明，如：某合同注销登记")
    name = f"{snapshot.name.removesuffix('（更正）')}（更正）"[-200:]
    return _take(session, asked_of(snapshot), name, note, by, corrects=snapshot)


def _take(
    session: Session,
    asked: TurnoverQuery,
    name: str,
    note: str,
    by: Actor,
    corrects: TurnoverSnapshot | None = None,
) -> TurnoverSnapshot:
    _check(asked.region_code, by, Right.MAKE_REPORTS)
    if not 1 <= len(name.strip()) <= 200 or len(note) > 500:
        raise MalformedRequest("快照要有名称（200 字以内），说明不超过 500 字", "请修改名称或说明")
    _hold_still(session)
    lines = list(contract_lines(session, asked))
    figures = _figures(session, asked)
    snapshot = TurnoverSnapshot(
        name=name.strip(),
        region_code=asked.region_code,
        first=asked.period.first,
        last=asked.period.last,
        date_basis=asked.date_basis,
        figures=figures,
        digest="",
        corrects_id=corrects.id if corrects else None,
        note=note.strip(),
        taken_by_id=by.account_id,
        is_demo=bool(lines) and all(is_demo for _, is_demo in lines),
    )
    snapshot.digest = _digest(snapshot, [line for line, _ in lines])
    session.add(snapshot)
    session.flush()
    if lines:
        rows = [line.model_dump(exclude={"id"}) | {"snapshot_id": snapshot.id} for line, _ in lines]
        session.connection().execute(insert(SnapshotLine), rows)
    return snapshot


def snapshots(session: Session, *, reader: Actor) -> list[TurnoverSnapshot]:
    """Those she may read, the latest first."""
    wanted = select(TurnoverSnapshot).order_by(col(TurnoverSnapshot.id).desc())
    if not reader.oversees_everything:
        wanted = wanted.where(col(TurnoverSnapshot.region_code) == (reader.region_code or ""))
    return list(session.exec(wanted))


def snapshot_by_id(session: Session, snapshot_id: int, *, reader: Actor) -> TurnoverSnapshot:
    """The snapshot. Raises NotFound for one that does not exist and, alike, for one of another region."""
    found = session.get(TurnoverSnapshot, snapshot_id)
    if found is None or not reader.may(Right.READ_TURNOVER) or not reader.oversees(found.region_code):
        raise NotFound(f"没有编号为 {snapshot_id} 的统计快照", "请从“统计快照”列表重新进入")
    return found


def corrections_of(session: Session, snapshot: TurnoverSnapshot) -> list[TurnoverSnapshot]:
    """The snapshots that correct this one, the earliest first."""
    wanted = select(TurnoverSnapshot).where(col(TurnoverSnapshot.corrects_id) == snapshot.id)
    return list(session.exec(wanted.order_by(col(TurnoverSnapshot.id))))


def asked_of(snapshot: TurnoverSnapshot) -> TurnoverQuery:
    """The question the snapshot answers."""
    period = Period(snapshot.first, snapshot.last)
    return TurnoverQuery(period, date_basis=snapshot.date_basis, region_code=snapshot.region_code)


def is_intact(session: Session, snapshot: TurnoverSnapshot) -> bool:
    """Are figures and lines still those that were taken?"""
    return snapshot.digest == _digest(snapshot, _lines(session, snapshot))


def headline_of(snapshot: TurnoverSnapshot, caliber: Caliber) -> Figures:
    """The total as it was taken."""
    return Figures(**snapshot.figures["headline"][caliber.value])


def figure_at(snapshot: TurnoverSnapshot, key: str) -> int:
    """One figure: `outflow.contract_value`, or of a group `district.990102.outflow.count` (`category..…`: not stated).

    Amounts are fen. A group that is not there counted nothing. Raises MalformedRequest for a key of another form.
    """
    try:
        *place, caliber, measure = key.split(".")
        of, by = Caliber.parse(caliber), Measure.parse(measure)
        if not place:
            return headline_of(snapshot, of).value(by)
        dimension, code = place
        groups = snapshot.figures["breakdowns"][dimension][of.value]
    except (KeyError, ValueError) as error:
        raise MalformedRequest(f"快照中没有“{key[:100]}”这一数据", "写法如 outflow.contract_value") from error
    name = "count" if by is Measure.COUNT else f"{by.value}_fen"
    return sum(int(one[name]) for one in groups if one["code"] == code)


def lines_behind(
    session: Session, snapshot: TurnoverSnapshot, caliber: Caliber, group: tuple[Dimension, str] | None = None
) -> list[tuple[SnapshotLine, int]]:
    """The lines a figure of the snapshot counts, and how often (twice only by 安徽口径), in the order of the days."""
    found = []
    for line in _lines(session, snapshot):
        counted = sides(caliber, sells=line.is_outflow, buys=line.is_inflow)
        times = sum(group is None or _code(line, side, group[0]) == group[1] for side in counted)
        if times:
            found.append((line, times))
    return sorted(found, key=lambda one: (one[0].counted_on, one[0].contract_id))


def changes_since(session: Session, snapshot: TurnoverSnapshot) -> Changes:
    """Contracts that came, went (cancelled, revoked, moved out of the period) or changed since, and the figures now."""
    asked = asked_of(snapshot)
    before = {line.contract_id: line for line in _lines(session, snapshot)}
    now = {line.contract_id: line for line, _ in contract_lines(session, asked)}
    return Changes(
        added=[line for number, line in now.items() if number not in before],
        gone=[line for number, line in before.items() if number not in now],
        changed=[
            Changed(line, now[number])
            for number, line in before.items()
            if number in now and any(getattr(line, name) != getattr(now[number], name) for name in COMPARED)
        ],
        headline={caliber: one.total for caliber, one in turnover_reports(session, asked).items()},
    )


def _hold_still(session: Session) -> None:
    """Lines and figures are several readings, and must be of the same contracts: until the transaction ends nobody
    writes one. On SQLite a transaction that writes is alone anyway.
    """
    if session.connection().dialect.name == "postgresql":
        session.connection().exec_driver_sql(f"LOCK TABLE {TechnologyContract.__tablename__} IN SHARE MODE")


def _check(region_code: str, by: Actor, right: Right) -> None:
    if not by.may(right):
        raise NotAllowed("统计快照由科技主管部门保存", "如需数据，请联系市科技局")
    if not by.oversees(region_code):
        raise NotAllowed("只能保存本区县的统计快照", "请把统计地区改为本区县")


def _code(line: SnapshotLine, side: ContractSide, dimension: Dimension) -> str:
    """The group of a line when it is counted for this side."""
    if dimension is Dimension.MONTH:
        return f"{line.counted_on:%Y-%m}"
    name = f"{side.value}_district" if dimension is Dimension.DISTRICT else dimension.value
    return str(getattr(line, name))


def _lines(session: Session, snapshot: TurnoverSnapshot) -> list[SnapshotLine]:
    wanted = select(SnapshotLine).where(col(SnapshotLine.snapshot_id) == snapshot.id)
    return list(session.exec(wanted.order_by(col(SnapshotLine.contract_id))))


def _figures(session: Session, asked: TurnoverQuery) -> dict[str, Any]:
    """Headline and breakdowns under every caliber; each figure lies under its caliber, dimension and measure."""
    reports = {one: turnover_reports(session, replace(asked, group_by=one)) for one in BREAKDOWNS}
    total = reports[BREAKDOWNS[0]]
    return {
        "headline": {caliber.value: one.total.as_values() for caliber, one in total.items()},
        "breakdowns": {
            dimension.value: {caliber.value: _groups(one) for caliber, one in by_caliber.items()}
            for dimension, by_caliber in reports.items()
        },
    }


def _groups(report: TurnoverReport) -> list[dict[str, Any]]:
    return [{"code": one.code, "label": one.label, **one.as_values()} for one in report.groups]


def _digest(snapshot: TurnoverSnapshot, lines: Sequence[SnapshotLine]) -> str:
    head = (snapshot.region_code, snapshot.first, snapshot.last, snapshot.date_basis.value)
    digest = hashlib.sha256()
    for part in _sealed(head, snapshot.figures, lines):
        text = json.dumps(part, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=date.isoformat)
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()


def _sealed(head: tuple[Any, ...], figures: dict[str, Any], lines: Sequence[SnapshotLine]) -> Iterator[Any]:
    yield head
    yield figures
    for line in sorted(lines, key=lambda one: one.contract_id):
        yield [getattr(line, name) for name in (*_SEALED, *_GROUPS)]
