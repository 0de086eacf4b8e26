"""A technology contract 技术合同 in the ledger, its versions, amendments, events, receipts and files."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator
from sqlalchemy import BigInteger, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from matchmaker.models.base import Record, now
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.contract_words import (
    AmendmentStatus,
    AmountCertainty,
    CompanyScale,
    ContractCategory,
    ContractIp,
    ContractKind,
    ContractPaper,
    ContractStatus,
    PaymentMode,
    VersionKind,
)
from matchmaker.models.parts import Part, labelled

# 100 billion yuan: no contract of a city is larger, and sums of 10⁵ of them still fit into 64 bits.
LARGEST_FEN = 10**13
AmountFen = Annotated[int, Field(ge=0, le=LARGEST_FEN)]


class Deduction(Part):
    """One non-technical item between contract value and technology value: equipment, materials …"""

    what: Annotated[str, Field(min_length=1, max_length=200)]
    amount_fen: AmountFen


class ContractRight(Part):
    """One intellectual property right the contract is about."""

    number: Annotated[str, Field(min_length=1, max_length=60)]
    name: Annotated[str, Field(max_length=200)] = ""
    # An expired patent is in the public domain: no subject of a transfer (domain.md §2.2).
    expires_on: date | None = None


class PartyDetails(Part):
    """What the national form also asks of a party. Read by whoever may read the contract, and in no list."""

    address: Annotated[str, Field(max_length=300)] = ""
    legal_representative: Annotated[str, Field(max_length=60)] = ""
    contact_name: Annotated[str, Field(max_length=60)] = ""
    contact_phone: Annotated[str, Field(max_length=60)] = ""
    postcode: Annotated[str, Field(max_length=12)] = ""
    # What the party itself does (GB/T 4754); what the contract serves is a field of the contract.
    industry_code: Annotated[str, Field(max_length=60)] = ""
    # Validators run from the last: a blank is nothing before it could be no label.
    scale: Annotated[CompanyScale | None, labelled(CompanyScale), BeforeValidator(lambda value: value or None)] = None
    is_transfer_body: bool = False
    is_research_body: bool = False
    is_converted_institute: bool = False
    is_in_high_tech_zone: bool = False
    is_listed: bool = False


class ContractFields(SQLModel):
    """What a contract says, and what the national registration form asks (domain.md §2.5). Amounts are fen."""

    title: str = Field(min_length=2, max_length=300)
    category: Annotated[ContractCategory, labelled(ContractCategory)] = Field(sa_type=enum_column(ContractCategory))
    kind: Annotated[ContractKind | None, labelled(ContractKind)] = Field(
        default=None, sa_type=enum_column(ContractKind)
    )
    subject: str = Field(default="", max_length=5000, sa_type=Text)
    signed_on: date | None = Field(default=None)
    begins_on: date | None = Field(default=None)
    ends_on: date | None = Field(default=None)
    contract_value_fen: int = Field(default=0, ge=0, le=LARGEST_FEN, sa_type=BigInteger)
    technology_value_fen: int = Field(default=0, ge=0, le=LARGEST_FEN, sa_type=BigInteger)
    deductions: list[Deduction] = Field(default_factory=list, sa_type=json_column(list[Deduction]))
    amount_certainty: Annotated[AmountCertainty, labelled(AmountCertainty)] = Field(
        default=AmountCertainty.FIXED, sa_type=enum_column(AmountCertainty)
    )
    payment_mode: Annotated[PaymentMode | None, labelled(PaymentMode)] = Field(
        default=None, sa_type=enum_column(PaymentMode)
    )
    # ISO 4217. Of a contract in foreign money: its amount in that money, the rate to yuan and the day of the rate, as
    # decimal text; the two values above are yuan always.
    currency: str = Field(default="CNY", max_length=3)
    foreign_amount: str = Field(default="", max_length=30)
    exchange_rate: str = Field(default="", max_length=20)
    rate_on: date | None = Field(default=None)
    ip_type: Annotated[ContractIp | None, labelled(ContractIp)] = Field(default=None, sa_type=enum_column(ContractIp))
    rights: list[ContractRight] = Field(default_factory=list, sa_type=json_column(list[ContractRight]))
    technology_field: str | None = Field(default=None, max_length=40)
    industry_code: str | None = Field(default=None, max_length=8)
    city_industry: str | None = Field(default=None, max_length=40)
    # Codes of dated lists in `registration_rules.toml`.
    objective: str | None = Field(default=None, max_length=40)
    plan_source: str | None = Field(default=None, max_length=40)
    is_related_party: bool | None = Field(default=None)
    new_investment_fen: int | None = Field(default=None, ge=0, le=LARGEST_FEN, sa_type=BigInteger)
    new_output_fen: int | None = Field(default=None, ge=0, le=LARGEST_FEN, sa_type=BigInteger)
    # The two parties. `country` is ISO 3166-1 alpha-2; a region is of China only (GB/T 2260).
    seller_name: str = Field(default="", max_length=200)
    seller_credit_code: str | None = Field(default=None, max_length=18)
    seller_nature: str | None = Field(default=None, max_length=3)
    seller_country: str = Field(default="CN", max_length=2)
    seller_region_code: str | None = Field(default=None, max_length=12)
    seller_park: str | None = Field(default=None, max_length=60)
    seller_details: PartyDetails = Field(default_factory=PartyDetails, sa_type=json_column(PartyDetails))
    buyer_name: str = Field(default="", max_length=200)
    buyer_credit_code: str | None = Field(default=None, max_length=18)
    buyer_nature: str | None = Field(default=None, max_length=3)
    buyer_country: str = Field(default="CN", max_length=2)
    buyer_region_code: str | None = Field(default=None, max_length=12)
    buyer_park: str | None = Field(default=None, max_length=60)
    buyer_details: PartyDetails = Field(default_factory=PartyDetails, sa_type=json_column(PartyDetails))
    # The event (对接会 …) it came from, in words.
    event_name: str = Field(default="", max_length=200)


class ContractLinks(SQLModel):
    """Where a contract came from: one chain from the need to the payment."""

    match_id: int | None = Field(default=None, foreign_key="match.id", index=True, ondelete="SET NULL")
    need_id: int | None = Field(default=None, foreign_key="technology_need.id", index=True, ondelete="SET NULL")
    achievement_id: int | None = Field(default=None, foreign_key="achievement.id", index=True, ondelete="SET NULL")
    broker_id: int | None = Field(default=None, foreign_key="broker.id", index=True, ondelete="SET NULL")
    brokerage_id: int | None = Field(default=None, foreign_key="brokerage.id", index=True, ondelete="SET NULL")
    seller_enterprise_id: int | None = Field(default=None, foreign_key="enterprise.id", index=True, ondelete="SET NULL")
    seller_institution_id: int | None = Field(
        default=None, foreign_key="institution.id", index=True, ondelete="SET NULL"
    )
    buyer_enterprise_id: int | None = Field(default=None, foreign_key="enterprise.id", index=True, ondelete="SET NULL")
    buyer_institution_id: int | None = Field(
        default=None, foreign_key="institution.id", index=True, ondelete="SET NULL"
    )


# Amounts, and what the turnover is divided by.
_TURNOVER_COLUMNS = (
    "contract_value_fen",
    "technology_value_fen",
    "technology_income_fen",
    *(f"{side}_{name}" for side in ("seller", "buyer") for name in ("region_code", "country", "park", "nature")),
    "seller_institution_id",
    "buyer_institution_id",
    "category",
    "kind",
    "technology_field",
    "industry_code",
    "city_industry",
    "ip_type",
    "plan_source",
    "is_related_party",
    "broker_id",
    "brokerage_id",
)


class TechnologyContract(Record, ContractFields, ContractLinks, table=True):
    """One contract. Registered ones are immutable: what changes becomes a `ContractVersion` (domain rule V15)."""

    __tablename__ = "technology_contract"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        # All that the turnover reads, by either date: the rows themselves, ten times as long, stay unread.
        Index("ix_technology_contract_registered_on", "status", "registered_on", *_TURNOVER_COLUMNS),
        Index("ix_technology_contract_signed_on", "status", "signed_on", *_TURNOVER_COLUMNS),
        Index("ix_technology_contract_parties", "seller_name", "buyer_name"),
    )

    status: ContractStatus = Field(default=ContractStatus.DRAFT, sa_type=enum_column(ContractStatus), index=True)
    # Sums of the receipts: money received, and the part of it verified as technology income.
    received_fen: int = Field(default=0, sa_type=BigInteger)
    technology_income_fen: int = Field(default=0, sa_type=BigInteger)
    # The pre-check wizard: question code → `yes`, `no` or `unknown`.
    answers: dict[str, str] = Field(default_factory=dict, sa_type=json_column(dict[str, str]))
    # Warnings that were looked at and overruled: rule → reason.
    overrides: dict[str, str] = Field(default_factory=dict, sa_type=json_column(dict[str, str]))
    submitted_on: date | None = Field(default=None)
    accepted_on: date | None = Field(default=None)
    # Until when the registry has to decide: working days from acceptance (domain.md §2.4).
    decide_by: date | None = Field(default=None, index=True)
    is_disputed: bool = Field(default=False)
    registry_name: str = Field(default="", max_length=200)
    registration_number: str | None = Field(default=None, max_length=16, unique=True)
    registered_on: date | None = Field(default=None)
    # What a party says the registry gave; counts for nothing until an official has recorded it.
    reported_number: str | None = Field(default=None, max_length=16)
    reported_on: date | None = Field(default=None)
    # Codes of `registration_rules.toml`.
    refusal_reasons: list[str] = Field(default_factory=list, sa_type=json_column(list[str]))
    ended_on: date | None = Field(default=None)
    version_number: int = Field(default=0)
    posted_by_id: int | None = Field(default=None, foreign_key="account.id", index=True)


class ContractVersion(SQLModel, table=True):
    """What stood registered from `effective_on` on: kept for ever, so that every reported figure can be shown again."""

    __tablename__ = "contract_version"
    __table_args__ = (UniqueConstraint("contract_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="technology_contract.id", index=True, ondelete="CASCADE")
    number: int
    kind: VersionKind = Field(sa_type=enum_column(VersionKind))
    effective_on: date
    reason: str = Field(default="", max_length=1000)
    # The whole contract as `ContractFields`, with its number and date.
    content: dict[str, Any] = Field(sa_type=json_column(dict[str, Any]))
    contract_value_fen: int = Field(sa_type=BigInteger)
    technology_value_fen: int = Field(sa_type=BigInteger)
    recorded_by_id: int | None = Field(default=None, foreign_key="account.id")
    recorded_at: datetime = Field(default_factory=now)


class ContractAmendment(SQLModel, table=True):
    """A change the seller applies for at the registry 变更登记; while pending the contract stays as it is."""

    __tablename__ = "contract_amendment"

    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="technology_contract.id", index=True, ondelete="CASCADE")
    # Changed fields → new values, as in `ContractFields`.
    values: dict[str, Any] = Field(sa_type=json_column(dict[str, Any]))
    reason: str = Field(max_length=1000)
    status: AmendmentStatus = Field(default=AmendmentStatus.PENDING, sa_type=enum_column(AmendmentStatus))
    applied_on: date
    applied_by_id: int | None = Field(default=None, foreign_key="account.id")
    decided_on: date | None = Field(default=None)
    decided_by_id: int | None = Field(default=None, foreign_key="account.id")
    note: str = Field(default="", max_length=1000)
    created_at: datetime = Field(default_factory=now)


class ContractEvent(SQLModel, table=True):
    """One step in the life of a contract: who, when, from where to where, on which day it happened."""

    __tablename__ = "contract_event"

    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="technology_contract.id", index=True, ondelete="CASCADE")
    at: datetime = Field(default_factory=now)
    account_id: int | None = Field(default=None, foreign_key="account.id")
    what: str = Field(max_length=40)
    before: ContractStatus = Field(sa_type=enum_column(ContractStatus))
    after: ContractStatus = Field(sa_type=enum_column(ContractStatus))
    happened_on: date | None = Field(default=None)
    reasons: list[str] = Field(default_factory=list, sa_type=json_column(list[str]))
    note: str = Field(default="", max_length=1000)


class ContractReceipt(SQLModel, table=True):
    """Money the seller received. The part that is technology income is verified by the registry afterwards."""

    __tablename__ = "contract_receipt"

    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="technology_contract.id", index=True, ondelete="CASCADE")
    received_on: date
    amount_fen: int = Field(sa_type=BigInteger)
    technology_income_fen: int | None = Field(default=None, sa_type=BigInteger)
    verified_on: date | None = Field(default=None)
    note: str = Field(default="", max_length=500)
    recorded_by_id: int | None = Field(default=None, foreign_key="account.id")
    recorded_at: datetime = Field(default_factory=now)


class ContractFile(SQLModel, table=True):
    """One paper of a contract. The digest says that it is still the one that was attached."""

    __tablename__ = "contract_file"

    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="technology_contract.id", index=True, ondelete="CASCADE")
    paper: ContractPaper = Field(sa_type=enum_column(ContractPaper))
    name: str = Field(max_length=200)
    media_type: str = Field(max_length=100)
    size: int
    sha256: str = Field(max_length=64, index=True)
    content: bytes = Field(sa_type=LargeBinary)
    uploaded_by_id: int | None = Field(default=None, foreign_key="account.id")
    uploaded_at: datetime = Field(default_factory=now)
