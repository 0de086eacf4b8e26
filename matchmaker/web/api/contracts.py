"""`/contracts`: the ledger of technology contracts, its steps and the history."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from fastapi.openapi.models import Example
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import col, select

from matchmaker.contracts import (
    ContractQuery,
    ContractStep,
    contracts_page,
    create_contract,
    readable_contract,
    revise_contract,
)
from matchmaker.contracts.doing import StepRequest, do
from matchmaker.contracts.provenance import chain_of
from matchmaker.models.account import Account
from matchmaker.models.contract import ContractEvent
from matchmaker.models.contract_words import ContractCategory, ContractStatus
from matchmaker.models.parts import labelled
from matchmaker.visibility import today
from matchmaker.web.api.contract_editing import EditingDep, Recorder, answered
from matchmaker.web.api.contract_shapes import (
    ContractChanges,
    ContractFull,
    ContractList,
    ContractShort,
    NewContract,
    Version,
)
from matchmaker.web.api.etags import TAGGED, SeenDep, etag_of
from matchmaker.web.api.idempotency import REPEATABLE, OnceDep
from matchmaker.web.api.paging import Whole, next_cursor, offset_of
from matchmaker.web.api.queries import Region
from matchmaker.web.api.shapes import LARGEST_ID, RecordId
from matchmaker.web.dependencies import DatabaseDep, KnownActor, SessionDep
from matchmaker.web.readings import note_contract

router = APIRouter(prefix="/contracts", tags=["contracts"])

NEW_CONTRACTS: dict[str, Example] = {
    "minimal": {
        "summary": "草拟的合同",
        "value": {"title": "玉米秸秆模塑成型工艺开发", "category": "技术开发", "kind": "委托开发"},
    },
    "full": {
        "summary": "已签订，含非技术性费用",
        "value": {
            "title": "低温脱氮菌剂专利实施许可",
            "category": "技术许可",
            "kind": "专利实施许可（普通）",
            "subject": "许可方将低温脱氮菌剂的发明专利以普通许可方式许可被许可方实施。",
            "signed_on": "2026-03-02",
            "begins_on": "2026-03-02",
            "ends_on": "2029-03-01",
            "contract_value": "300000.00",
            "technology_value": "260000.00",
            "deductions": [{"what": "配套加药设备", "amount": "40000.00"}],
            "payment_mode": "分期支付",
            "ip_type": "发明专利",
            "rights": [{"number": "ZL000000000000.0", "name": "一种低温脱氮菌剂"}],
            "seller_name": "澄湖示例大学",
            "buyer_name": "澄湖水务示例有限公司",
        },
    },
}
CONTRACT_CHANGES: dict[str, Example] = {
    "change": {
        "summary": "改两个金额",
        "value": {"version": 1, "contract_value": "320000", "technology_value": "260000"},
    },
}
STEPS: dict[str, Example] = {
    "sign": {"summary": "sign：记录签订", "value": {"version": 1, "on": "2026-03-02"}},
    "register": {
        "summary": "register：记录认定登记",
        "value": {"version": 3, "on": "2026-04-01", "number": "2026990100000001"},
    },
}


class ContractsAsked(BaseModel):
    """The filters of the ledger, each narrowing it."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(default="", max_length=100, description="项目名称、卖方、买方或登记编号中的一段文字")
    status: list[Annotated[ContractStatus, labelled(ContractStatus)]] = Field(default=[], description="状态，可重复")
    category: Annotated[ContractCategory | None, labelled(ContractCategory)] = Field(default=None, description="类别")
    signed_from: date | None = Field(default=None, description="签订日期不早于")
    signed_to: date | None = Field(default=None, description="签订日期不晚于")
    registered_from: date | None = Field(default=None, description="登记日期不早于")
    registered_to: date | None = Field(default=None, description="登记日期不晚于")
    region: Region = ""
    match_id: int | None = Field(default=None, ge=1, le=LARGEST_ID, description="由哪项对接而来")
    overdue: bool = Field(default=False, description="只列登记机构逾期未办结的")
    limit: int = Field(default=20, ge=1, le=100, description="每页条数")
    cursor: str | None = Field(default=None, max_length=10, description="上一页答复中的 next_cursor")

    def query(self) -> ContractQuery:
        return ContractQuery(
            text=self.q.strip(),
            statuses=tuple(self.status),
            category=self.category,
            signed_from=self.signed_from,
            signed_to=self.signed_to,
            registered_from=self.registered_from,
            registered_to=self.registered_to,
            region_code=self.region,
            match_id=self.match_id,
            overdue_before=today() if self.overdue else None,
            offset=offset_of(self.cursor),
            limit=self.limit,
        )


class TakenStep(StepRequest):
    """What a step says, and over which version."""

    version: Version = None


class EventShown(BaseModel):
    """One step in the life of a contract."""

    at: datetime
    who: str
    step: ContractStep
    what: str = Field(examples=["记录认定登记"])
    before: ContractStatus
    after: ContractStatus
    happened_on: date | None
    reasons: list[str]
    note: str


class Events(Whole):
    items: list[EventShown]


class LinkShown(BaseModel):
    """One link of the chain from the need to the payment."""

    what: str = Field(examples=["认定登记"])
    words: str
    on: date | None
    path: str = Field(description="页面地址；空即没有，或不向您公开")


class Chain(Whole):
    items: list[LinkShown]


@router.get("", summary="检索合同台账")
def list_contracts(session: SessionDep, reader: KnownActor, asked: Annotated[ContractsAsked, Query()]) -> ContractList:
    """与您有关的合同：当事人、承办的经纪人和机构看自己的，区县看本区县的，市级看全部；附合计。统计口径的成交额见 `/stats/turnover`。"""
    query = asked.query()
    page = contracts_page(session, query, reader=reader)
    return ContractList(
        items=[ContractShort.of(one) for one in page.contracts],
        total=page.total,
        contract_value=page.contract_value_fen,
        technology_value=page.technology_value_fen,
        next_cursor=next_cursor(query.offset + query.limit, page.total),
    )


@router.post("", status_code=201, summary="新建技术合同", responses=REPEATABLE)
def add_contract(
    session: SessionDep,
    by: Recorder,
    once: OnceDep,
    response: Response,
    create: Annotated[NewContract, Body(openapi_examples=NEW_CONTRACTS)],
) -> ContractFull:
    """有签订日期即为已签订，否则为草拟。登记编号和登记日期不在此填写，请用 `steps/register`。来源键已有时为 409。"""
    contract = once.create(
        session,
        create,
        lambda: create_contract(session, create, by=by),
        lambda number: readable_contract(session, number, by),
    )
    return answered(session, response, contract, by)


@router.get("/{record_id}", summary="查看一份技术合同", response_model=ContractFull, responses=TAGGED)
def read_contract(
    session: SessionDep, database: DatabaseDep, reader: KnownActor, seen: SeenDep, record_id: RecordId
) -> Any:
    """全部内容、现在可以办理的步骤。与您无关的合同为 404。"""
    contract = readable_contract(session, record_id, reader)
    tag = etag_of(contract)
    if seen.is_current(tag):
        return seen.unchanged(tag)
    note_contract(database, contract, reader)
    return ContractFull.of(session, contract, reader)


@router.patch("/{record_id}", summary="修改技术合同")
def change_contract(
    editing: EditingDep,
    changes: Annotated[ContractChanges, Body(openapi_examples=CONTRACT_CHANGES)],
) -> ContractFull:
    """只改给出的字段。申请登记之后为 409（`wrong_status`）：退回后可改；已登记的请用 `amendments` 或 `corrections`。"""
    contract = editing.contract(changes.version)
    revise_contract(editing.session, contract, changes.update(contract), by=editing.by)
    return editing.answered(contract)


@router.post("/{record_id}/steps/{step}", summary="办理一个步骤")
def take_contract_step(
    editing: EditingDep, step: ContractStep, sent: Annotated[TakenStep, Body(openapi_examples=STEPS)]
) -> ContractFull:
    """sign 签订，submit 已申请登记，report 报告登记结果；主管部门：return 退回补正，accept 受理，review 转大额复核，
    register 认定登记，refuse 不予登记，decide_amendment 变更结果，cancel 注销，revoke 撤销，link 关联对接；
    withdraw_amendment 撤回变更，void 作废。现在可以办理的见合同的 `steps`。
    """
    contract = editing.contract(sent.version)
    do(editing.session, contract, step, sent, by=editing.by)
    return editing.answered(contract)


@router.get("/{record_id}/provenance", summary="合同的来龙去脉")
def read_provenance(session: SessionDep, reader: KnownActor, record_id: RecordId) -> Chain:
    """需求 → 成果 → 对接 → 活动 → 签订 → 登记 → 到款，按时间先后；不向您公开的环节只说明有此一环。"""
    contract = readable_contract(session, record_id, reader)
    return Chain(items=[LinkShown(**vars(one)) for one in chain_of(session, contract, reader)])


@router.get("/{record_id}/events", summary="合同的办理经过")
def list_contract_events(session: SessionDep, reader: KnownActor, record_id: RecordId) -> Events:
    """每一步由谁、何时办理，先办的在前。"""
    contract = readable_contract(session, record_id, reader)
    wanted = (
        select(ContractEvent, Account.name)
        .join(Account, col(Account.id) == col(ContractEvent.account_id), isouter=True)
        .where(col(ContractEvent.contract_id) == contract.id)
        .order_by(col(ContractEvent.id))
    )
    return Events(items=[_event(event, name) for event, name in session.exec(wanted)])


def _event(event: ContractEvent, name: str | None) -> EventShown:
    step = ContractStep.parse(event.what)
    return EventShown(
        at=event.at,
        who=name or "平台",
        step=step,
        what=step.label,
        before=event.before,
        after=event.after,
        happened_on=event.happened_on,
        reasons=event.reasons,
        note=event.note,
    )
