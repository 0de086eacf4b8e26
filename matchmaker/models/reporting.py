"""What was reported: frozen figures, report documents and their templates, lists of the registry, idempotency keys."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from matchmaker.models.base import now
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.contract_words import DateBasis


class TurnoverSnapshot(SQLModel, table=True):
    """What the turnover of a period was on a day: the contracts behind it stand in its lines, for ever."""

    __tablename__ = "turnover_snapshot"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=200)
    region_code: str = Field(max_length=12)
    first: date
    last: date
    date_basis: DateBasis = Field(sa_type=enum_column(DateBasis))
    # Headline and breakdowns as they were shown, each with measure, caliber and basis.
    figures: dict[str, Any] = Field(sa_type=json_column(dict[str, Any]))
    # Of figures and lines: whether somebody touched them since.
    digest: str = Field(max_length=64)
    corrects_id: int | None = Field(default=None, foreign_key="turnover_snapshot.id")
    note: str = Field(default="", max_length=500)
    taken_by_id: int | None = Field(default=None, foreign_key="account.id")
    taken_at: datetime = Field(default_factory=now)
    is_demo: bool = Field(default=False, index=True)


class SnapshotLine(SQLModel, table=True):
    """One contract of a snapshot as it was then."""

    __tablename__ = "snapshot_line"
    __table_args__ = (UniqueConstraint("snapshot_id", "contract_id"),)

    id: int | None = Field(default=None, primary_key=True)
    snapshot_id: int = Field(foreign_key="turnover_snapshot.id", index=True, ondelete="CASCADE")
    # No foreign key: the line outlives whatever happens to the contract.
    contract_id: int = Field(index=True)
    version_number: int
    registration_number: str | None = Field(default=None, max_length=16)
    title: str = Field(max_length=300)
    counted_on: date
    is_outflow: bool
    is_inflow: bool
    # The groups of the frozen breakdowns: what a group's figure counts stays known when the contract changes.
    seller_district: str = Field(default="", max_length=12)
    buyer_district: str = Field(default="", max_length=12)
    category: str = Field(default="", max_length=40)
    technology_field: str = Field(default="", max_length=40)
    contract_value_fen: int = Field(sa_type=BigInteger)
    technology_value_fen: int = Field(sa_type=BigInteger)
    technology_income_fen: int = Field(sa_type=BigInteger)


class ReportTemplate(SQLModel, table=True):
    """A .docx template that the office has edited; without one the shipped template is used."""

    __tablename__ = "report_template"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=200)
    content: bytes = Field(sa_type=LargeBinary)
    sha256: str = Field(max_length=64)
    is_active: bool = Field(default=True)
    uploaded_by_id: int | None = Field(default=None, foreign_key="account.id")
    uploaded_at: datetime = Field(default_factory=now)


class ReportDocument(SQLModel, table=True):
    """A report that was made: the files as they were handed in, and the facts they were written from."""

    __tablename__ = "report_document"

    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(max_length=200)
    year: int
    region_code: str = Field(max_length=12)
    snapshot_id: int = Field(foreign_key="turnover_snapshot.id", index=True)
    template_id: int | None = Field(default=None, foreign_key="report_template.id")
    facts: dict[str, Any] = Field(sa_type=json_column(dict[str, Any]))
    word: bytes = Field(sa_type=LargeBinary)
    annex: bytes = Field(sa_type=LargeBinary)
    pdf: bytes | None = Field(default=None, sa_type=LargeBinary)
    # What could not be made and why, a sentence with the repair each: no PDF, no charts.
    missing: list[str] = Field(default_factory=list, sa_type=json_column(list[str]))
    made_by_id: int | None = Field(default=None, foreign_key="account.id")
    made_at: datetime = Field(default_factory=now)
    is_demo: bool = Field(default=False, index=True)


class RegistryList(SQLModel, table=True):
    """A list the registry gave out, to compare the ledger with."""

    __tablename__ = "registry_list"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=200)
    first: date | None = Field(default=None)
    last: date | None = Field(default=None)
    # The region whose registry made it; a district official compares her own.
    region_code: str = Field(max_length=12)
    sha256: str = Field(max_length=64)
    problems: list[dict[str, Any]] = Field(default_factory=list, sa_type=json_column(list[dict[str, Any]]))
    uploaded_by_id: int | None = Field(default=None, foreign_key="account.id")
    uploaded_at: datetime = Field(default_factory=now)
    is_demo: bool = Field(default=False, index=True)


class RegistryListRow(SQLModel, table=True):
    """One contract of that list. Amounts are fen; what a list does not state is None."""

    __tablename__ = "registry_list_row"
    __table_args__ = (UniqueConstraint("list_id", "row_number"),)

    id: int | None = Field(default=None, primary_key=True)
    list_id: int = Field(foreign_key="registry_list.id", index=True, ondelete="CASCADE")
    row_number: int
    registration_number: str = Field(max_length=16, index=True)
    title: str = Field(default="", max_length=300)
    seller_name: str = Field(default="", max_length=200)
    buyer_name: str = Field(default="", max_length=200)
    category: str = Field(default="", max_length=40)
    contract_value_fen: int | None = Field(default=None, sa_type=BigInteger)
    technology_value_fen: int | None = Field(default=None, sa_type=BigInteger)
    registered_on: date | None = Field(default=None)
    # All the row says as `ContractCreate`, to enter it in the ledger; empty where it does not make a whole contract,
    # and then what is missing.
    content: dict[str, Any] = Field(default_factory=dict, sa_type=json_column(dict[str, Any]))
    obstacle: str = Field(default="", max_length=1000)


class IdempotencyKey(SQLModel, table=True):
    """A request that creates something and was answered: the same key gets the same answer again."""

    __tablename__ = "idempotency_key"
    __table_args__ = (UniqueConstraint("account_id", "key"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", ondelete="CASCADE")
    key: str = Field(max_length=100)
    request_sha256: str = Field(max_length=64)
    status: int
    location: str = Field(default="", max_length=200)
    body: str = Field(sa_type=Text)
    created_at: datetime = Field(default_factory=now, index=True)
