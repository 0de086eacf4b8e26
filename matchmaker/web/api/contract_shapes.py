"""Contracts as the API takes and answers them: amounts in yuan as text, under the names the offices use."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Field
from sqlmodel import Session

from matchmaker.contracts import LIFE, ContractStep
from matchmaker.contracts.doing import open_steps
from matchmaker.models.contract import ContractFields, Deduction, TechnologyContract
from matchmaker.models.contract_shapes import ContractCreate, ContractInput, ContractUpdate
from matchmaker.models.contract_words import ContractCategory, ContractKind, ContractStatus
from matchmaker.models.parts import labelled
from matchmaker.rights import Actor
from matchmaker.web.api.amounts import SentYuan, ShownYuan
from matchmaker.web.api.shapes import LARGEST_ID

Version = Annotated[int | None, Field(ge=1, le=LARGEST_ID, description="读到的版本号；也可改用请求头 If-Match")]
_ZERO: Any = {"default": "0.00"}


class SentDeduction(Deduction):
    """One non-technical item between contract value and technology value."""

    amount_fen: SentYuan = Field(alias="amount")


class NewContract(ContractCreate):
    """A contract to be entered."""

    contract_value_fen: SentYuan = Field(default=0, alias="contract_value", json_schema_extra=_ZERO)
    technology_value_fen: SentYuan = Field(default=0, alias="technology_value", json_schema_extra=_ZERO)
    # A list that is only read: of a subclass it is as good.
    deductions: list[SentDeduction] = Field(default_factory=list, max_length=50)  # type: ignore[assignment]
    new_investment_fen: SentYuan | None = Field(default=None, alias="new_investment")
    new_output_fen: SentYuan | None = Field(default=None, alias="new_output")


class ChangedFields(ContractInput):
    """Fields of a contract with new values; what is not given stays."""

    is_partial: ClassVar[bool] = True

    title: str = Field(default="", min_length=2, max_length=300)
    category: Annotated[ContractCategory, labelled(ContractCategory)] = ContractCategory.DEVELOPMENT
    contract_value_fen: SentYuan = Field(default=0, alias="contract_value", json_schema_extra=_ZERO)
    technology_value_fen: SentYuan = Field(default=0, alias="technology_value", json_schema_extra=_ZERO)
    deductions: list[SentDeduction] = Field(default_factory=list, max_length=50)  # type: ignore[assignment]
    new_investment_fen: SentYuan | None = Field(default=None, alias="new_investment")
    new_output_fen: SentYuan | None = Field(default=None, alias="new_output")


class ContractChanges(ChangedFields):
    """A change of a contract that is not with the registry."""

    version: Version = None

    def update(self, contract: TechnologyContract) -> ContractUpdate:
        """The change for the ledger, over the version that has been checked to be the one that was read."""
        given = self.model_fields_set - {"version"}
        values: dict[str, Any] = {name: getattr(self, name) for name in given}
        return ContractUpdate.model_construct(given | {"version"}, **values, version=contract.version)


class ShownDeduction(Deduction):
    amount_fen: ShownYuan = Field(serialization_alias="amount")


class ContractShort(BaseModel):
    """A contract in the list: no details of the parties."""

    id: int
    version: int
    title: str
    category: ContractCategory
    kind: ContractKind | None
    status: ContractStatus
    status_label: str = Field(examples=["已登记"])
    seller_name: str
    seller_region_code: str | None
    buyer_name: str
    buyer_region_code: str | None
    contract_value: ShownYuan = Field(description="合同成交额（元）")
    technology_value: ShownYuan = Field(description="技术交易额（元）")
    signed_on: date | None
    registered_on: date | None
    registration_number: str | None
    decide_by: date | None = Field(description="登记机构应在此日前办结")
    is_demo: bool

    @classmethod
    def of(cls, contract: TechnologyContract) -> "ContractShort":
        values = {name: getattr(contract, name) for name in cls.model_fields if hasattr(contract, name)}
        return cls(
            **values,
            status_label=contract.status.label,
            contract_value=contract.contract_value_fen,
            technology_value=contract.technology_value_fen,
        )


class ContractList(BaseModel):
    """A page of the ledger, and what all contracts that meet the filters add up to."""

    items: list[ContractShort]
    total: int = Field(description="符合条件的合同项数")
    contract_value: ShownYuan = Field(description="符合条件的合同的合同成交额之和（元），不分是否登记")
    technology_value: ShownYuan = Field(description="符合条件的合同的技术交易额之和（元），不分是否登记")
    next_cursor: str | None = Field(description="下一页的 cursor；没有下一页时为 null")


class OpenContractStep(BaseModel):
    """Something the caller may do with the contract now."""

    step: ContractStep
    label: str
    leads_to: ContractStatus | None = Field(description="办理后的状态；null 即状态不变")


class ContractFull(ContractFields):
    """Everything of one contract that its reader may know."""

    id: int
    version: int
    status: ContractStatus
    status_label: str = Field(examples=["已登记"])
    contract_value_fen: ShownYuan = Field(serialization_alias="contract_value")
    technology_value_fen: ShownYuan = Field(serialization_alias="technology_value")
    received_fen: ShownYuan = Field(serialization_alias="received", description="已到款（元）")
    technology_income_fen: ShownYuan = Field(
        serialization_alias="technology_income", description="已核定的技术性收入（元）"
    )
    deductions: list[ShownDeduction]  # type: ignore[assignment]
    new_investment_fen: ShownYuan | None = Field(serialization_alias="new_investment")
    new_output_fen: ShownYuan | None = Field(serialization_alias="new_output")
    submitted_on: date | None
    accepted_on: date | None
    decide_by: date | None = Field(description="登记机构应在此日前办结")
    is_disputed: bool
    registry_name: str
    registration_number: str | None
    registered_on: date | None
    reported_number: str | None = Field(description="当事人报告的登记编号，主管部门核对前不计入统计")
    reported_on: date | None
    refusal_reasons: list[str]
    ended_on: date | None
    version_number: int = Field(description="已登记内容的版本数；0 为尚未登记")
    match_id: int | None
    need_id: int | None
    achievement_id: int | None
    broker_id: int | None
    brokerage_id: int | None
    source: str
    source_id: str
    is_demo: bool
    created_at: datetime
    updated_at: datetime
    steps: list[OpenContractStep] = Field(description="现在可以办理的步骤")

    @classmethod
    def of(cls, session: Session, contract: TechnologyContract, reader: Actor) -> "ContractFull":
        values = {name: getattr(contract, name) for name in cls.model_fields if hasattr(contract, name)}
        steps = [
            OpenContractStep(step=step, label=step.label, leads_to=LIFE[step].after)
            for step in open_steps(session, contract, reader)
        ]
        whole = {**values, "status_label": contract.status.label, "steps": steps}
        return cls.model_validate(whole, from_attributes=True)
