"""Enterprises 企业 and institutions 高校院所: tables and shapes."""

from typing import Annotated

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from matchmaker.models.base import OUTSIDE, Record
from matchmaker.models.codes import CheckedCodes
from matchmaker.models.columns import enum_column, json_column, sorted_text
from matchmaker.models.labels import InstitutionType, Qualification
from matchmaker.models.parts import labelled


class PartyFields(SQLModel):
    """What both kinds of party have in common and may be shown to anyone."""

    name: str = Field(min_length=2, max_length=200, index=True, sa_type=sorted_text(200))
    credit_code: str | None = Field(default=None, max_length=18, unique=True)
    region_code: str | None = Field(default=None, max_length=12)
    introduction: str = Field(default="", max_length=5000, sa_type=Text)


class PartyContact(SQLModel):
    """Private: shown to nobody but the party itself and the administrator."""

    address: str = Field(default="", max_length=300)
    contact_name: str = Field(default="", max_length=60)
    contact_phone: str = Field(default="", max_length=60)
    contact_email: str = Field(default="", max_length=120)


class EnterpriseFields(PartyFields):
    park: str | None = Field(default=None, max_length=60)
    industry_code: str | None = Field(default=None, max_length=8)
    city_industry: str | None = Field(default=None, max_length=40)
    qualifications: list[Annotated[Qualification, labelled(Qualification)]] = Field(
        default_factory=list, sa_type=json_column(list[Qualification])
    )
    main_products: str = Field(default="", max_length=2000, sa_type=Text)


class Enterprise(Record, EnterpriseFields, PartyContact, table=True):
    """One enterprise; may post needs and own achievements."""

    __tablename__ = "enterprise"
    __table_args__ = (UniqueConstraint("source", "source_id"),)


class EnterpriseCreate(CheckedCodes, EnterpriseFields, PartyContact):
    model_config = OUTSIDE

    source: str | None = Field(default=None, max_length=100)
    source_id: str | None = Field(default=None, max_length=200)


class EnterpriseUpdate(CheckedCodes, EnterpriseFields, PartyContact):
    """A change: only the fields that are given change. `version` is the one that was read."""

    model_config = OUTSIDE

    name: str = Field(default="", min_length=2, max_length=200)
    version: int


class EnterprisePublic(EnterpriseFields):
    id: int
    version: int
    is_demo: bool


class InstitutionFields(PartyFields):
    institution_type: Annotated[InstitutionType | None, labelled(InstitutionType)] = Field(
        default=None, sa_type=enum_column(InstitutionType)
    )
    research_fields: str = Field(default="", max_length=2000, sa_type=Text)


class Institution(Record, InstitutionFields, PartyContact, table=True):
    """One university, institute or hospital."""

    __tablename__ = "institution"
    __table_args__ = (UniqueConstraint("source", "source_id"),)


class InstitutionCreate(CheckedCodes, InstitutionFields, PartyContact):
    model_config = OUTSIDE

    source: str | None = Field(default=None, max_length=100)
    source_id: str | None = Field(default=None, max_length=200)


class InstitutionUpdate(CheckedCodes, InstitutionFields, PartyContact):
    """A change: only the fields that are given change. `version` is the one that was read."""

    model_config = OUTSIDE

    name: str = Field(default="", min_length=2, max_length=200)
    version: int


class InstitutionPublic(InstitutionFields):
    id: int
    version: int
    is_demo: bool
