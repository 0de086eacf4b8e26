"""Targets 目标, achievements registered by the province 成果登记, and signings at events 现场签约."""

from datetime import date
from typing import Annotated

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from matchmaker.models.base import OUTSIDE, Record
from matchmaker.models.codes import CheckedCodes
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.contract_words import (
    Caliber,
    DateBasis,
    Qualifier,
    SigningType,
    TargetMetric,
    TargetTier,
)
from matchmaker.models.parts import labelled


class TargetFields(SQLModel):
    """What somebody is to reach in a year. `value` is fen for the amounts, a number of items for the counts.

    A metric, a caliber and a date basis are part of it: a figure of another one is never silently compared with it.
    """

    year: int = Field(ge=2000, le=2100, index=True)
    metric: Annotated[TargetMetric, labelled(TargetMetric)] = Field(sa_type=enum_column(TargetMetric))
    caliber: Annotated[Caliber, labelled(Caliber)] = Field(default=Caliber.OUTFLOW, sa_type=enum_column(Caliber))
    date_basis: Annotated[DateBasis, labelled(DateBasis)] = Field(
        default=DateBasis.REGISTERED, sa_type=enum_column(DateBasis)
    )
    tier: Annotated[TargetTier, labelled(TargetTier)] = Field(sa_type=enum_column(TargetTier))
    # The city's code, or a district's.
    region_code: str = Field(max_length=12)
    value: int = Field(gt=0, le=10**15, sa_type=BigInteger)
    qualifier: Annotated[Qualifier, labelled(Qualifier)] = Field(
        default=Qualifier.EXACT, sa_type=enum_column(Qualifier)
    )
    # The words of the document it stands in (“技术合同交易额突破2.8亿元”), and which document that is.
    stated_as: str = Field(default="", max_length=300)
    document: str = Field(default="", max_length=300)
    giver: str = Field(default="", max_length=100)
    # How it is split over the four quarters, in the unit of `value`; empty: a quarter each.
    quarters: list[int] = Field(default_factory=list, sa_type=json_column(list[int]))


class Target(Record, TargetFields, table=True):
    """One target."""

    __tablename__ = "target"
    __table_args__ = (UniqueConstraint("year", "metric", "caliber", "date_basis", "tier", "region_code"),)


class TargetCreate(CheckedCodes, TargetFields):
    model_config = OUTSIDE


class AchievementRegistrationFields(SQLModel):
    """An achievement as the province registered it: another fact than being published here (domain.md §3.2)."""

    registered_number: str = Field(min_length=4, max_length=40, unique=True)
    title: str = Field(min_length=2, max_length=300)
    owner_name: str = Field(default="", max_length=200)
    registered_on: date = Field(index=True)
    region_code: str | None = Field(default=None, max_length=12)
    technology_field: str | None = Field(default=None, max_length=40)


class AchievementRegistration(Record, AchievementRegistrationFields, table=True):
    """One registration; linked where the achievement is also published here."""

    __tablename__ = "achievement_registration"
    __table_args__ = (UniqueConstraint("source", "source_id"),)

    achievement_id: int | None = Field(default=None, foreign_key="achievement.id", index=True, ondelete="SET NULL")


class AchievementRegistrationCreate(CheckedCodes, AchievementRegistrationFields):
    model_config = OUTSIDE

    source: str | None = Field(default=None, max_length=100)
    source_id: str | None = Field(default=None, max_length=200)


class SigningFields(SQLModel):
    """One signing at an event: what kind it is decides whether a technology contract can follow."""

    title: str = Field(min_length=2, max_length=300)
    event_name: str = Field(default="", max_length=200, index=True)
    signed_on: date = Field(index=True)
    signing_type: Annotated[SigningType, labelled(SigningType)] = Field(sa_type=enum_column(SigningType))
    first_party: str = Field(default="", max_length=200)
    second_party: str = Field(default="", max_length=200)
    region_code: str | None = Field(default=None, max_length=12)
    note: str = Field(default="", max_length=500)


class Signing(Record, SigningFields, table=True):
    """One signing, and the contract or match it belongs to."""

    __tablename__ = "signing"
    __table_args__ = (UniqueConstraint("source", "source_id"),)

    contract_id: int | None = Field(default=None, foreign_key="technology_contract.id", index=True, ondelete="SET NULL")
    match_id: int | None = Field(default=None, foreign_key="match.id", index=True, ondelete="SET NULL")


class SigningCreate(CheckedCodes, SigningFields):
    model_config = OUTSIDE

    source: str | None = Field(default=None, max_length=100)
    source_id: str | None = Field(default=None, max_length=200)
    contract_id: int | None = None
    match_id: int | None = None
