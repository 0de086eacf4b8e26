"""Technology needs 技术需求: the table and its Create / Update / Public shapes."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import computed_field, field_validator, model_validator
from sqlalchemy import BigInteger, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from matchmaker.models.base import OUTSIDE, Record, now
from matchmaker.models.codes import CheckedCodes
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.disclosure import Disclosure, checked_names
from matchmaker.models.labels import (
    Confidentiality,
    CooperationMode,
    NeedStatus,
    NeedType,
    PosterType,
    PostingChannel,
    Urgency,
)
from matchmaker.models.parts import Elements, Indicator, Keyword, Line, YuanText, labelled
from matchmaker.money import yuan_text

# A century of fen: more than any single need or price, and far below what a BIGINT holds.
LARGEST_AMOUNT_FEN = 10**14

Fen = Annotated[int | None, Field(ge=0, le=LARGEST_AMOUNT_FEN)]


# The fields that a summary-only need keeps to itself; the title, the classification and the terms stay readable.
NEED_HIDDEN_IN_SUMMARY = (
    "problem",
    "key_technology",
    "goal",
    "description",
    "key_indicators",
    "elements",
    "must_have",
    "nice_to_have",
    "constraints",
)

# What a poster may disclose step by step: name on the form → the fields it covers. Title and classification stay
# public, because without them nobody could find the record.
NEED_DISCLOSABLE: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in NEED_HIDDEN_IN_SUMMARY},
    "budget": ("budget_min_fen", "budget_max_fen", "budget_negotiable"),
    "deadline": ("deadline",),
}


# Running text, in which people leave their telephone numbers.
NEED_TEXTS = ("title", "problem", "key_technology", "goal", "description", "constraints")


class NeedFields(SQLModel):
    """What a poster writes. Lengths follow the usual 征集表; `description` takes free text."""

    title: str = Field(min_length=2, max_length=200)
    need_type: Annotated[NeedType | None, labelled(NeedType)] = Field(default=None, sa_type=enum_column(NeedType))
    problem: str = Field(default="", max_length=2000, sa_type=Text)
    key_technology: str = Field(default="", max_length=2000, sa_type=Text)
    goal: str = Field(default="", max_length=2000, sa_type=Text)
    description: str = Field(default="", max_length=20000, sa_type=Text)
    key_indicators: list[Indicator] = Field(default_factory=list, sa_type=json_column(list[Indicator]))
    elements: Elements = Field(default_factory=Elements, sa_type=json_column(Elements))
    must_have: list[Line] = Field(default_factory=list, sa_type=json_column(list[str]))
    nice_to_have: list[Line] = Field(default_factory=list, sa_type=json_column(list[str]))
    constraints: str = Field(default="", max_length=2000, sa_type=Text)
    keywords: list[Keyword] = Field(default_factory=list, sa_type=json_column(list[str]))
    cooperation_modes: list[Annotated[CooperationMode, labelled(CooperationMode)]] = Field(
        default_factory=list, sa_type=json_column(list[CooperationMode])
    )
    budget_min_fen: Fen = Field(default=None, sa_type=BigInteger)
    budget_max_fen: Fen = Field(default=None, sa_type=BigInteger)
    budget_negotiable: bool = False
    deadline: date | None = None
    urgency: Annotated[Urgency | None, labelled(Urgency)] = Field(default=None, sa_type=enum_column(Urgency))
    technology_field: str | None = Field(default=None, max_length=40)
    hitech_field: str | None = Field(default=None, max_length=40)
    emerging_industry: str | None = Field(default=None, max_length=40)
    industry_code: str | None = Field(default=None, max_length=8)
    city_industry: str | None = Field(default=None, max_length=40)
    maturity_min: int | None = Field(default=None, ge=1, le=9)
    confidentiality: Annotated[Confidentiality, labelled(Confidentiality)] = Field(
        default=Confidentiality.PUBLIC, sa_type=enum_column(Confidentiality)
    )
    # How far single fields are disclosed (`disclosure.py`); a field that is not named is public.
    disclosure: dict[str, Disclosure] = Field(default_factory=dict, sa_type=json_column(dict[str, Disclosure]))
    region_code: str | None = Field(default=None, max_length=12)
    park: str | None = Field(default=None, max_length=60)
    poster_type: Annotated[PosterType, labelled(PosterType)] = Field(
        default=PosterType.ENTERPRISE, sa_type=enum_column(PosterType)
    )
    poster_name: str = Field(default="", max_length=200)
    # Only certified brokers, officials and the other side of an accepted match learn who asks.
    poster_hidden: bool = False
    posting_channel: Annotated[PostingChannel | None, labelled(PostingChannel)] = Field(
        default=None, sa_type=enum_column(PostingChannel)
    )
    campaign: str = Field(default="", max_length=100)
    valid_until: date | None = None


class NeedContact(SQLModel):
    """Private: never in a list, a snippet, the index, an explanation or a log."""

    contact_name: str = Field(default="", max_length=60)
    # What is typed is short; the column has room for all that is moved here out of running text (`contact_data.py`).
    contact_phone: str = Field(default="", max_length=60, sa_type=Text)
    contact_email: str = Field(default="", max_length=120)


class TechnologyNeed(Record, NeedFields, NeedContact, table=True):
    """One technology need."""

    __tablename__ = "technology_need"
    __table_args__ = (UniqueConstraint("source", "source_id"), Index("ix_need_status_updated", "status", "updated_at"))

    enterprise_id: int | None = Field(default=None, foreign_key="enterprise.id", index=True)
    # Who typed it in; a file or another system has no account.
    posted_by_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    reviewed_by_id: int | None = Field(default=None, foreign_key="account.id")
    reviewed_at: datetime | None = Field(default=None)
    review_note: str = Field(default="", max_length=500)
    status: NeedStatus = Field(default=NeedStatus.PUBLISHED, sa_type=enum_column(NeedStatus))
    published_at: datetime | None = Field(default=None)
    last_confirmed_at: datetime | None = Field(default_factory=now)
    duplicate_of_id: int | None = Field(default=None, foreign_key="technology_need.id")


class _Checked(CheckedCodes, NeedFields, NeedContact):
    model_config = OUTSIDE

    @field_validator("disclosure", check_fields=False)
    @classmethod
    def disclosure_of_known_fields(cls, value: dict[str, Disclosure]) -> dict[str, Disclosure]:
        return checked_names(value, NEED_DISCLOSABLE)


class NeedCreate(_Checked):
    """A new need. The poster is an enterprise, by credit code or name, or a department (`poster_name`)."""

    source: str | None = Field(default=None, max_length=100)
    source_id: str | None = Field(default=None, max_length=200)
    enterprise_name: str | None = Field(default=None, max_length=200)
    enterprise_credit_code: str | None = None
    status: Annotated[NeedStatus, labelled(NeedStatus)] = NeedStatus.PUBLISHED

    @model_validator(mode="after")
    def consistent(self) -> Self:
        low, high = self.budget_min_fen, self.budget_max_fen
        if low is not None and high is not None and low > high:
            raise ValueError("预算下限高于上限：请核对两个数，单位都是元（或万元）")
        if not (self.problem or self.description or self.goal or self.key_technology or self.key_indicators):
            raise ValueError("需求没有内容：请至少填写“主要问题”或“需求描述”")
        return self


class NeedUpdate(_Checked):
    """A change: only the fields that are given change. `version` is the one that was read; another one is refused."""

    title: str = Field(default="", min_length=2, max_length=200)
    status: Annotated[NeedStatus, labelled(NeedStatus)] = NeedStatus.PUBLISHED
    version: int


class NeedPublic(NeedFields):
    """What anyone may read. A summary-only need leaves its text fields empty and says so (`text_hidden`)."""

    id: int
    version: int
    is_demo: bool
    status: NeedStatus
    enterprise_id: int | None = None
    text_hidden: bool = False
    # Fields that this reader does not see, by name: an empty value may be an empty field.
    hidden_fields: list[str] = []
    published_at: datetime | None = None
    created_at: datetime
    updated_at: datetime

    @computed_field
    def budget_min(self) -> YuanText | None:
        return None if self.budget_min_fen is None else yuan_text(self.budget_min_fen)

    @computed_field
    def budget_max(self) -> YuanText | None:
        return None if self.budget_max_fen is None else yuan_text(self.budget_max_fen)
