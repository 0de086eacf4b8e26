"""What a reconciliation looks like over the API: sums of both sides, and the lines that differ."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from matchmaker.models.reporting import RegistryList
from matchmaker.reconciliation import Group, GroupKind, Line, Reconciliation, Sums
from matchmaker.web.api.amounts import ShownYuan


class ListShown(BaseModel):
    """A list of the registry."""

    id: int
    name: str
    region_code: str
    first: date | None
    last: date | None
    sha256: str = Field(description="文件的 SHA-256")
    problems: int = Field(description="没有读懂的行和单元格数")
    uploaded_at: datetime
    is_demo: bool

    @classmethod
    def of(cls, found: RegistryList) -> "ListShown":
        values = {name: getattr(found, name) for name in cls.model_fields}
        return cls(**{**values, "problems": len(found.problems)})


class Lists(BaseModel):
    items: list[ListShown]
    total: int
    next_cursor: str | None


class SumsShown(BaseModel):
    """One amount on both sides."""

    measure: str = Field(examples=["contract_value"])
    there: ShownYuan = Field(description="名单（元）")
    here: ShownYuan = Field(description="台账（元）")
    difference: ShownYuan = Field(description="名单减台账（元）")

    @classmethod
    def all_of(cls, sums: dict[str, Sums]) -> "list[SumsShown]":
        return [
            cls(measure=name.removesuffix("_fen"), there=one.there, here=one.here, difference=one.difference)
            for name, one in sums.items()
        ]


class ReconciliationGroup(BaseModel):
    kind: GroupKind
    kind_label: str = Field(examples=["台账缺"])
    count: int = Field(description="合同项数")
    sums: list[SumsShown]

    @classmethod
    def of(cls, group: Group) -> "ReconciliationGroup":
        return cls(
            kind=group.kind,
            kind_label=group.kind.label,
            count=len(group.lines),
            sums=SumsShown.all_of(group.sums),
        )


class CellShown(BaseModel):
    row: int
    column: str
    reason: str
    repair: str


class ReconciliationShown(BaseModel):
    """The comparison: the differences of the groups add up to the difference of the totals, to the fen."""

    registry_list: ListShown
    rows: int = Field(description="名单的合同项数")
    counted: int = Field(description="台账中应在名单内的合同项数")
    totals: list[SumsShown]
    groups: list[ReconciliationGroup]
    problems: list[CellShown] = Field(description="没有读懂的行和单元格")


class DifferenceShown(BaseModel):
    field: str
    label: str
    there: str
    here: str


class ReconciliationLine(BaseModel):
    """A row of the list, a contract of the ledger, or both."""

    row_id: int | None = Field(description="名单中的行；名单缺时为 null")
    row_number: int | None
    registration_number: str
    title: str
    seller_name: str
    buyer_name: str
    contract_id: int | None = Field(description="台账中的合同；台账缺或与您无关时为 null")
    candidate_id: int | None = Field(description="台账中双方相同、尚未登记或登记编号不在名单中的合同，可能就是这一份")
    differences: list[DifferenceShown]

    @classmethod
    def of(cls, line: Line) -> "ReconciliationLine":
        side: Any = line.row or line.contract
        return cls(
            row_id=line.row.id if line.row else None,
            row_number=line.row.row_number if line.row else None,
            registration_number=side.registration_number or "",
            title=side.title,
            seller_name=side.seller_name,
            buyer_name=side.buyer_name,
            contract_id=line.contract.id if line.contract else None,
            candidate_id=line.candidate.id if line.candidate else None,
            differences=[
                DifferenceShown(field=one.field.removesuffix("_fen"), label=one.label, there=one.there, here=one.here)
                for one in line.differences
            ],
        )


class Lines(BaseModel):
    items: list[ReconciliationLine]
    total: int
    next_cursor: str | None


def shown(result: Reconciliation) -> ReconciliationShown:
    """The comparison without its lines."""
    return ReconciliationShown(
        registry_list=ListShown.of(result.registry_list),
        rows=result.rows,
        counted=result.counted,
        totals=SumsShown.all_of(result.totals),
        groups=[ReconciliationGroup.of(result.groups[kind]) for kind in GroupKind],
        problems=[
            CellShown(row=one["row"], column=one["column"], reason=one["reason"], repair=one["repair"])
            for one in result.registry_list.problems
        ],
    )
