"""`/snapshots`: the turnover as it was on a day, kept for ever, and what has changed since."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Body, Depends, Query
from fastapi.openapi.models import Example
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session

from matchmaker.models.base import OUTSIDE
from matchmaker.models.contract_words import Caliber, DateBasis
from matchmaker.models.parts import labelled
from matchmaker.models.reporting import SnapshotLine, TurnoverSnapshot
from matchmaker.period import Period
from matchmaker.rights import Actor, Right
from matchmaker.snapshots import (
    changes_since,
    correct_snapshot,
    corrections_of,
    headline_of,
    is_intact,
    lines_behind,
    snapshot_by_id,
    snapshots,
    take_snapshot,
)
from matchmaker.turnover import Dimension, Figures, counted_region
from matchmaker.web.api.amounts import ShownYuan
from matchmaker.web.api.etags import TAGGED, SeenDep
from matchmaker.web.api.idempotency import REPEATABLE, OnceDep
from matchmaker.web.api.paging import next_cursor, offset_of
from matchmaker.web.api.shapes import RecordId
from matchmaker.web.api.turnover import FiguresShown
from matchmaker.web.dependencies import Requires, SessionDep

router = APIRouter(prefix="/snapshots", tags=["statistics"])

Reader = Annotated[Actor, Depends(Requires(Right.READ_TURNOVER))]
Keeper = Annotated[Actor, Depends(Requires(Right.MAKE_REPORTS))]
CaliberAsked = Annotated[Caliber, labelled(Caliber)]

NEW_SNAPSHOTS: dict[str, Example] = {
    "quarter": {
        "summary": "一季度上报数",
        "value": {"name": "2026 年一季度上报", "from": "2026-01-01", "to": "2026-03-31", "note": "报市统计局"},
    },
}


class NewSnapshot(BaseModel):
    """Which figures are to be kept."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=200)
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    date_basis: Annotated[DateBasis, labelled(DateBasis)] = DateBasis.REGISTERED
    region_code: str = Field(default="", max_length=12, description="不填为本市，区县为本区县")
    note: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def days_in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("截止日期早于起始日期：请核对 from 和 to")
        return self


class SentCorrection(BaseModel):
    """Why the figures have to be stated anew."""

    model_config = OUTSIDE

    note: str = Field(min_length=1, max_length=500, description="更正的原因")


class CaliberFigures(BaseModel):
    caliber: Caliber
    label: str = Field(examples=["输出"])
    figures: FiguresShown

    @classmethod
    def of(cls, caliber: Caliber, figures: Figures) -> "CaliberFigures":
        return cls(caliber=caliber, label=caliber.label, figures=FiguresShown.of(figures))


class SnapshotShort(BaseModel):
    id: int
    name: str
    region_code: str
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    date_basis: DateBasis
    corrects_id: int | None = Field(description="更正的是哪个快照")
    note: str
    taken_at: datetime
    digest: str = Field(description="数据与明细的 SHA-256")
    is_demo: bool

    @classmethod
    def values(cls, found: TurnoverSnapshot) -> dict[str, Any]:
        return {name: getattr(found, name) for name in SnapshotShort.model_fields}


class Snapshots(BaseModel):
    items: list[SnapshotShort]
    total: int
    next_cursor: str | None


class GroupKept(BaseModel):
    code: str
    label: str
    figures: FiguresShown


class BreakdownKept(BaseModel):
    """One division of the figures under one caliber."""

    dimension: Dimension
    dimension_label: str = Field(examples=["合同类别"])
    caliber: Caliber
    groups: list[GroupKept]


class SnapshotFull(SnapshotShort):
    """The figures as they were taken."""

    is_intact: bool = Field(description="数据与明细仍是保存时的样子")
    corrected_by: list[int] = Field(description="更正它的快照")
    headline: list[CaliberFigures]
    breakdowns: list[BreakdownKept]

    @classmethod
    def read(cls, session: Session, found: TurnoverSnapshot) -> "SnapshotFull":
        return cls(
            **cls.values(found),
            is_intact=is_intact(session, found),
            corrected_by=[one.id or 0 for one in corrections_of(session, found)],
            headline=[CaliberFigures.of(one, headline_of(found, one)) for one in Caliber],
            breakdowns=[
                BreakdownKept(
                    dimension=Dimension.parse(name),
                    dimension_label=Dimension.parse(name).label,
                    caliber=Caliber.parse(caliber),
                    groups=[_group(one) for one in groups],
                )
                for name, by_caliber in found.figures["breakdowns"].items()
                for caliber, groups in by_caliber.items()
            ],
        )


class SnapshotRow(BaseModel):
    """A contract as it was then."""

    contract_id: int
    version_number: int = Field(description="当时是已登记内容的第几版")
    registration_number: str | None
    title: str
    counted_on: date
    is_outflow: bool
    is_inflow: bool
    seller_district: str = Field(description="卖方所在县市区的代码；空即未填写")
    buyer_district: str = Field(description="买方所在县市区的代码；空即未填写")
    category: str
    technology_field: str = Field(description="空即未填写")
    contract_value: ShownYuan
    technology_value: ShownYuan
    technology_income: ShownYuan

    @classmethod
    def of(cls, line: SnapshotLine) -> "SnapshotRow":
        plain = ("contract_id", "version_number", "registration_number", "title", "counted_on")
        groups = ("seller_district", "buyer_district", "category", "technology_field")
        values = {name: getattr(line, name) for name in (*plain, "is_outflow", "is_inflow", *groups)}
        return cls(
            **values,
            contract_value=line.contract_value_fen,
            technology_value=line.technology_value_fen,
            technology_income=line.technology_income_fen,
        )


class LineCounted(BaseModel):
    line: SnapshotRow
    times: int = Field(description="计几次")


class LinesShown(BaseModel):
    items: list[LineCounted]
    total: int
    next_cursor: str | None


class ChangedLine(BaseModel):
    before: SnapshotRow
    now: SnapshotRow


class ChangesShown(BaseModel):
    """What happened since."""

    added: list[SnapshotRow] = Field(description="新计入的合同")
    gone: list[SnapshotRow] = Field(description="不再计入的合同")
    changed: list[ChangedLine] = Field(description="内容有变的合同")
    now: list[CaliberFigures] = Field(description="按现在的数据")


@router.get("", summary="统计快照")
def list_snapshots(
    session: SessionDep,
    reader: Reader,
    limit: Annotated[int, Query(ge=1, le=100, description="每页条数")] = 20,
    cursor: Annotated[str | None, Query(max_length=10, description="上一页答复中的 next_cursor")] = None,
) -> Snapshots:
    """本辖区的快照，新的在前。"""
    found, offset = snapshots(session, reader=reader), offset_of(cursor)
    return Snapshots(
        items=[SnapshotShort(**SnapshotShort.values(one)) for one in found[offset : offset + limit]],
        total=len(found),
        next_cursor=next_cursor(offset + limit, len(found)),
    )


@router.post("", status_code=201, summary="保存统计快照", responses=REPEATABLE)
def add_snapshot(
    session: SessionDep,
    by: Keeper,
    once: OnceDep,
    create: Annotated[NewSnapshot, Body(openapi_examples=NEW_SNAPSHOTS)],
) -> SnapshotFull:
    """留存上报的数和背后的合同，以后台账怎样变化都可核对；快照不能修改，有误时另存更正。"""

    def make() -> TurnoverSnapshot:
        return take_snapshot(
            session,
            name=create.name,
            period=Period(create.first, create.last),
            region_code=create.region_code or counted_region(by),
            date_basis=create.date_basis,
            by=by,
            note=create.note,
        )

    found = once.create(session, create, make, lambda number: snapshot_by_id(session, number, reader=by))
    once.response.headers["ETag"] = f'"{found.digest}"'
    return SnapshotFull.read(session, found)


@router.get("/{record_id}", summary="查看一个快照", response_model=SnapshotFull, responses=TAGGED)
def read_snapshot(session: SessionDep, reader: Reader, seen: SeenDep, record_id: RecordId) -> Any:
    """各口径的合计与分组、是否完好、有没有更正。"""
    found = snapshot_by_id(session, record_id, reader=reader)
    tag = f'"{found.digest}"'
    return seen.unchanged(tag) if seen.is_current(tag) else SnapshotFull.read(session, found)


@router.post("/{record_id}/corrections", status_code=201, summary="保存更正快照", responses=REPEATABLE)
def add_snapshot_correction(
    session: SessionDep, by: Keeper, once: OnceDep, record_id: RecordId, sent: SentCorrection
) -> SnapshotFull:
    """同一期间、地区和日期口径，按现在的台账重新统计；原快照保留。"""
    wrong = snapshot_by_id(session, record_id, reader=by)
    found = once.create(
        session,
        sent,
        lambda: correct_snapshot(session, wrong, by=by, note=sent.note),
        lambda number: snapshot_by_id(session, number, reader=by),
        below="/api/v1/snapshots",
    )
    once.response.headers["ETag"] = f'"{found.digest}"'
    return SnapshotFull.read(session, found)


@router.get("/{record_id}/contracts", summary="快照中的合同")
def list_snapshot_contracts(
    session: SessionDep,
    reader: Reader,
    record_id: RecordId,
    caliber: Annotated[CaliberAsked, Query(description="统计口径")] = Caliber.OUTFLOW,
    limit: Annotated[int, Query(ge=1, le=100, description="每页条数")] = 20,
    cursor: Annotated[str | None, Query(max_length=10, description="上一页答复中的 next_cursor")] = None,
) -> LinesShown:
    """这一口径计入的合同，内容为保存快照时的。"""
    offset = offset_of(cursor)
    found = lines_behind(session, snapshot_by_id(session, record_id, reader=reader), caliber)
    return LinesShown(
        items=[LineCounted(line=SnapshotRow.of(line), times=times) for line, times in found[offset : offset + limit]],
        total=len(found),
        next_cursor=next_cursor(offset + limit, len(found)),
    )


@router.get("/{record_id}/changes", summary="快照之后的变化")
def list_snapshot_changes(session: SessionDep, reader: Reader, record_id: RecordId) -> ChangesShown:
    """新计入、不再计入和内容有变的合同，及现在的合计。"""
    found = changes_since(session, snapshot_by_id(session, record_id, reader=reader))
    return ChangesShown(
        added=[SnapshotRow.of(one) for one in found.added],
        gone=[SnapshotRow.of(one) for one in found.gone],
        changed=[ChangedLine(before=SnapshotRow.of(one.before), now=SnapshotRow.of(one.now)) for one in found.changed],
        now=[CaliberFigures.of(caliber, figures) for caliber, figures in found.headline.items()],
    )


def _group(kept: dict[str, Any]) -> GroupKept:
    amounts = {name: value for name, value in kept.items() if name not in ("code", "label")}
    return GroupKept(code=kept["code"], label=kept["label"], figures=FiguresShown.of(Figures(**amounts)))
