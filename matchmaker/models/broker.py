"""Brokers 技术经纪人 and the brokerages 技术转移机构 in whose name they practise."""

from datetime import date
from typing import Annotated

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from matchmaker.models.base import OUTSIDE, Record
from matchmaker.models.codes import CheckedCodes
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.labels import Labelled
from matchmaker.models.parts import labelled
from matchmaker.models.party import PartyContact, PartyFields


class CertificateLevel(Labelled):
    """Level of a broker's certificate, as the training bases issue them."""

    JUNIOR = "junior", "初级"
    MIDDLE = "middle", "中级"
    SENIOR = "senior", "高级"


class LegalType(Labelled):
    """法人类型 of the provincial assessment form (domain.md §3.4)."""

    ENTERPRISE = "enterprise", "企业法人", "企业"
    PUBLIC_INSTITUTION = "public_institution", "事业法人", "事业"
    ASSOCIATION = "association", "社团法人", "社团"
    INTERNAL = "internal", "内设机构"


class BrokerageFields(PartyFields):
    legal_type: Annotated[LegalType | None, labelled(LegalType)] = Field(default=None, sa_type=enum_column(LegalType))
    main_business: str = Field(default="", max_length=2000, sa_type=Text)


class Brokerage(Record, BrokerageFields, PartyContact, table=True):
    """One technology-transfer organisation."""

    __tablename__ = "brokerage"
    __table_args__ = (UniqueConstraint("source", "source_id"),)


class BrokerageCreate(CheckedCodes, BrokerageFields, PartyContact):
    model_config = OUTSIDE

    source: str | None = Field(default=None, max_length=100)
    source_id: str | None = Field(default=None, max_length=200)


class BrokerageUpdate(CheckedCodes, BrokerageFields, PartyContact):
    """A change: only the fields that are given change. `version` is the one that was read."""

    model_config = OUTSIDE

    name: str = Field(default="", min_length=2, max_length=200)
    version: int


class BrokeragePublic(BrokerageFields):
    id: int
    version: int
    is_demo: bool


class BrokerFields(SQLModel):
    """What a broker's public profile says. A certificate number is public, an identity number is never stored."""

    name: str = Field(min_length=2, max_length=60, index=True)
    certificate_number: str | None = Field(default=None, max_length=60, unique=True)
    certificate_level: Annotated[CertificateLevel | None, labelled(CertificateLevel)] = Field(
        default=None, sa_type=enum_column(CertificateLevel)
    )
    certificate_issuer: str = Field(default="", max_length=200)
    certified_on: date | None = None
    certificate_valid_until: date | None = None
    # Codes of technology fields and of the city's industries the broker knows.
    technology_fields: list[str] = Field(default_factory=list, sa_type=json_column(list[str]))
    city_industries: list[str] = Field(default_factory=list, sa_type=json_column(list[str]))
    region_code: str | None = Field(default=None, max_length=12)
    introduction: str = Field(default="", max_length=2000, sa_type=Text)


class BrokerContact(SQLModel):
    """Private: shown to the parties of an accepted match, the brokerage and officials."""

    contact_phone: str = Field(default="", max_length=60)
    contact_email: str = Field(default="", max_length=120)


class Broker(Record, BrokerFields, BrokerContact, table=True):
    """One broker."""

    __tablename__ = "broker"
    __table_args__ = (UniqueConstraint("source", "source_id"),)


class BrokerCreate(CheckedCodes, BrokerFields, BrokerContact):
    """A new broker; the brokerage is found by credit code or name and joined."""

    model_config = OUTSIDE

    source: str | None = Field(default=None, max_length=100)
    source_id: str | None = Field(default=None, max_length=200)
    brokerage_name: str | None = Field(default=None, max_length=200)


class BrokerUpdate(CheckedCodes, BrokerFields, BrokerContact):
    """A change: only the fields that are given change. `version` is the one that was read."""

    model_config = OUTSIDE

    name: str = Field(default="", min_length=2, max_length=60)
    version: int


class BrokerPublic(BrokerFields):
    id: int
    version: int
    is_demo: bool
    brokerage_id: int | None = None
    brokerage_name: str = ""


class BrokerageMembership(SQLModel, table=True):
    """From when to when a broker practises in the name of a brokerage: never for two at once (domain.md §3.4)."""

    __tablename__ = "brokerage_membership"
    __table_args__ = (
        Index(
            "uq_brokerage_membership_active",
            "broker_id",
            unique=True,
            sqlite_where=text("left_on IS NULL"),
            postgresql_where=text("left_on IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    broker_id: int = Field(foreign_key="broker.id", index=True)
    brokerage_id: int = Field(foreign_key="brokerage.id", index=True)
    joined_on: date
    left_on: date | None = Field(default=None)
