"""`/contracts/{id}/versions`, `/amendments`, `/corrections`: what changes of a registered contract, and what it was."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path
from fastapi.openapi.models import Example
from pydantic import BaseModel, Field

from matchmaker.contracts import (
    amendment_by_id,
    amendments_of,
    apply_for_amendment,
    correct,
    readable_contract,
    version_by_number,
    versions_of,
)
from matchmaker.models.base import OUTSIDE
from matchmaker.models.contract import ContractAmendment, ContractVersion
from matchmaker.models.contract_words import AmendmentStatus, VersionKind
from matchmaker.web.api.amounts import ShownYuan, in_yuan
from matchmaker.web.api.contract_editing import EditingDep
from matchmaker.web.api.contract_shapes import ChangedFields, ContractFull, Version
from matchmaker.web.api.idempotency import REPEATABLE, OnceDep
from matchmaker.web.api.paging import Whole
from matchmaker.web.api.shapes import LARGEST_ID, RecordId
from matchmaker.web.dependencies import DatabaseDep, KnownActor, SessionDep
from matchmaker.web.readings import note_contract

router = APIRouter(prefix="/contracts/{record_id}", tags=["contracts"])

VersionNumber = Annotated[int, Path(ge=1, le=LARGEST_ID, description="第几版")]
AmendmentId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="变更申请的编号")]
AMENDMENTS: dict[str, Example] = {
    "amendment": {
        "summary": "延长有效期、增加金额",
        "value": {
            "version": 4,
            "changes": {"ends_on": "2030-03-01", "contract_value": "350000.00"},
            "reason": "双方签订补充协议，延长一年并增加费用。",
        },
    },
}

CORRECTIONS: dict[str, Example] = {
    "correction": {
        "summary": "登记日期录入有误",
        "value": {"version": 4, "changes": {"registered_on": "2026-03-20"}, "reason": "录入时误作受理日期。"},
    },
}


# What a field of a contract may hold: a value, a list, or a party's details. Amounts are strings in yuan here too.
_Plain = str | int | float | bool | None
ContractValue = _Plain | list[str] | list[dict[str, _Plain]] | dict[str, _Plain]


class SentAmendment(BaseModel):
    """Fields with new values, and why."""

    model_config = OUTSIDE

    version: Version = None
    changes: ChangedFields
    reason: str = Field(max_length=1000, description="变更或更正的原因，随版本保存")

    def values(self) -> dict[str, Any]:
        """The changed fields as the ledger takes them."""
        return self.changes.model_dump(mode="json", include=self.changes.model_fields_set)


class CorrectedFields(ChangedFields):
    """Fields that were entered wrongly, with what the registry gave among them."""

    registration_number: str | None = Field(default=None, max_length=40, description="登记证明上的编号")
    registered_on: date | None = Field(default=None, description="登记证明上的日期；成交额按这一天统计")
    registry_name: str = Field(default="", max_length=200, description="登记机构")


class ContractCorrection(SentAmendment):
    """Fields as they should have been entered, and why."""

    changes: CorrectedFields


class AmendmentShown(BaseModel):
    """A change that was applied for at the registry."""

    id: int
    status: AmendmentStatus
    status_label: str = Field(examples=["变更登记中"])
    changes: dict[str, ContractValue] = Field(description="要变更的字段和新的内容")
    reason: str
    applied_on: date
    decided_on: date | None
    note: str

    @classmethod
    def of(cls, amendment: ContractAmendment) -> "AmendmentShown":
        return cls(
            id=amendment.id or 0,
            status=amendment.status,
            status_label=amendment.status.label,
            changes=in_yuan(amendment.values),
            reason=amendment.reason,
            applied_on=amendment.applied_on,
            decided_on=amendment.decided_on,
            note=amendment.note,
        )


class Amendments(Whole):
    items: list[AmendmentShown]


class VersionShown(BaseModel):
    """What stood registered from a day on."""

    number: int
    kind: VersionKind
    kind_label: str = Field(examples=["变更登记"])
    effective_on: date
    reason: str
    contract_value: ShownYuan
    technology_value: ShownYuan
    recorded_at: datetime

    @classmethod
    def of(cls, version: ContractVersion) -> "VersionShown":
        return cls(**_shown(version))


class VersionFull(VersionShown):
    content: dict[str, ContractValue] = Field(description="该版的全部内容，字段名同合同，金额单位元")


class Versions(Whole):
    items: list[VersionShown]


@router.get("/versions", summary="已登记内容的各个版本")
def list_contract_versions(session: SessionDep, reader: KnownActor, record_id: RecordId) -> Versions:
    """认定登记、变更登记、台账更正、注销和撤销各留一版，新的在前；从未登记的为空。"""
    contract = readable_contract(session, record_id, reader)
    return Versions(items=[VersionShown.of(one) for one in versions_of(session, contract)])


@router.get("/versions/{number}", summary="查看一个版本")
def read_contract_version(
    session: SessionDep, database: DatabaseDep, reader: KnownActor, record_id: RecordId, number: VersionNumber
) -> VersionFull:
    """该版的全部内容：曾经上报的数据据此可以复核。"""
    contract = readable_contract(session, record_id, reader)
    version = version_by_number(session, contract, number)
    note_contract(database, contract, reader)
    return VersionFull(**_shown(version), content=in_yuan(version.content))


@router.get("/amendments", summary="变更登记的申请")
def list_amendments(session: SessionDep, reader: KnownActor, record_id: RecordId) -> Amendments:
    """新的在前，含未予变更和已撤回的。"""
    contract = readable_contract(session, record_id, reader)
    return Amendments(items=[AmendmentShown.of(one) for one in amendments_of(session, contract)])


@router.get("/amendments/{amendment_id}", summary="查看一次变更登记的申请")
def read_amendment(
    session: SessionDep, reader: KnownActor, record_id: RecordId, amendment_id: AmendmentId
) -> AmendmentShown:
    """要变更的字段、原因和结果。"""
    contract = readable_contract(session, record_id, reader)
    return AmendmentShown.of(amendment_by_id(session, contract, amendment_id))


@router.post("/amendments", status_code=201, summary="记录已申请变更登记", responses=REPEATABLE)
def add_amendment(
    editing: EditingDep, once: OnceDep, sent: Annotated[SentAmendment, Body(openapi_examples=AMENDMENTS)]
) -> AmendmentShown:
    """只写要变更的字段；结果记录前合同不变。同时只能有一项在办（409）；结果用 `steps/decide_amendment` 记录。"""
    session, by = editing.session, editing.by
    contract = readable_contract(session, editing.record_id, by)

    def make() -> ContractAmendment:
        editing.expected.check(contract, sent.version)
        return apply_for_amendment(session, contract, sent.values(), by=by, reason=sent.reason)

    amendment = once.create(session, sent, make, lambda number: amendment_by_id(session, contract, number))
    editing.tag(contract)
    return AmendmentShown.of(amendment)


@router.post("/corrections", summary="更正台账")
def correct_contract(
    editing: EditingDep, sent: Annotated[ContractCorrection, Body(openapi_examples=CORRECTIONS)]
) -> ContractFull:
    """登记机构的记录无误、本平台录入有误时，由主管部门更正，登记编号、登记日期和登记机构也在内；留下新的版本和原因。"""
    contract = editing.contract(sent.version)
    correct(editing.session, contract, sent.values(), by=editing.by, reason=sent.reason, version=contract.version)
    return editing.answered(contract)


def _shown(version: ContractVersion) -> dict[str, Any]:
    return {
        "number": version.number,
        "kind": version.kind,
        "kind_label": version.kind.label,
        "effective_on": version.effective_on,
        "reason": version.reason,
        "contract_value": version.contract_value_fen,
        "technology_value": version.technology_value_fen,
        "recorded_at": version.recorded_at,
    }
