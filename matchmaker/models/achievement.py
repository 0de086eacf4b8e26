"""Achievements 科技成果: the table and its Create / Update / Public shapes."""

from datetime import date, datetime
from typing import Annotated

from pydantic import computed_field, field_validator
from sqlalchemy import BigInteger, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from matchmaker.models.base import OUTSIDE, Record, now
from matchmaker.models.codes import CheckedCodes
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.disclosure import Disclosure, checked_names
from matchmaker.models.labels import AchievementStatus, Confidentiality, CooperationMode, PriceMode, Stage
from matchmaker.models.need import Fen
from matchmaker.models.parts import AchievedIndicator, Elements, IntellectualProperty, Keyword, Line, YuanText, labelled
from matchmaker.money import yuan_text

# The fields that a summary-only achievement keeps to itself: the summary stays readable, the know-how does not.
ACHIEVEMENT_HIDDEN_IN_SUMMARY = (
    "problem_solved",
    "principle",
    "indicators",
    "economic_comparison",
    "elements",
    "maturity_evidence",
    "applied_cases",
)

# What a poster may disclose step by step, as of needs.
ACHIEVEMENT_DISCLOSABLE: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in ACHIEVEMENT_HIDDEN_IN_SUMMARY},
    "price": ("price_mode", "price_fen"),
    "intellectual_property": ("intellectual_property",),
}


# Running text, in which people leave their telephone numbers.
ACHIEVEMENT_TEXTS = (
    "title",
    "summary",
    "problem_solved",
    "principle",
    "economic_comparison",
    "applied_cases",
    "maturity_evidence",
)


class AchievementFields(SQLModel):
    """What an institution writes about one achievement."""

    title: str = Field(min_length=2, max_length=200)
    summary: str = Field(default="", max_length=5000, sa_type=Text)
    problem_solved: str = Field(default="", max_length=5000, sa_type=Text)
    principle: str = Field(default="", max_length=5000, sa_type=Text)
    indicators: list[AchievedIndicator] = Field(default_factory=list, sa_type=json_column(list[AchievedIndicator]))
    economic_comparison: str = Field(default="", max_length=2000, sa_type=Text)
    elements: Elements = Field(default_factory=Elements, sa_type=json_column(Elements))
    keywords: list[Keyword] = Field(default_factory=list, sa_type=json_column(list[str]))
    stage: Annotated[Stage | None, labelled(Stage)] = Field(default=None, sa_type=enum_column(Stage))
    maturity_level: int | None = Field(default=None, ge=1, le=9)
    maturity_evidence: str = Field(default="", max_length=1000, sa_type=Text)
    maturity_assessor: str = Field(default="", max_length=200)
    maturity_assessed_on: date | None = None
    intellectual_property: list[IntellectualProperty] = Field(
        default_factory=list, sa_type=json_column(list[IntellectualProperty])
    )
    exclusive_licence_given: bool = False
    pledged: bool = False
    cooperation_modes: list[Annotated[CooperationMode, labelled(CooperationMode)]] = Field(
        default_factory=list, sa_type=json_column(list[CooperationMode])
    )
    price_mode: Annotated[PriceMode | None, labelled(PriceMode)] = Field(default=None, sa_type=enum_column(PriceMode))
    price_fen: Fen = Field(default=None, sa_type=BigInteger)
    technology_field: str | None = Field(default=None, max_length=40)
    hitech_field: str | None = Field(default=None, max_length=40)
    emerging_industry: str | None = Field(default=None, max_length=40)
    industry_codes: list[str] = Field(default_factory=list, sa_type=json_column(list[str]))
    city_industry: str | None = Field(default=None, max_length=40)
    region_code: str | None = Field(default=None, max_length=12)
    registered_number: str | None = Field(default=None, max_length=12)
    registered_on: date | None = None
    awards: list[Line] = Field(default_factory=list, sa_type=json_column(list[str]))
    applied_cases: str = Field(default="", max_length=2000, sa_type=Text)
    completed_on: date | None = None
    confidentiality: Annotated[Confidentiality, labelled(Confidentiality)] = Field(
        default=Confidentiality.PUBLIC, sa_type=enum_column(Confidentiality)
    )
    # How far single fields are disclosed (`disclosure.py`); a field that is not named is public.
    disclosure: dict[str, Disclosure] = Field(default_factory=dict, sa_type=json_column(dict[str, Disclosure]))
    owner_name: str = Field(default="", max_length=200)
    valid_until: date | None = None


class AchievementContact(SQLModel):
    """Private: never in a list, a snippet, the index, an explanation or a log. Team members are people."""

    team: list[Line] = Field(default_factory=list, sa_type=json_column(list[str]))
    contact_name: str = Field(default="", max_length=60)
    # What is typed is short; the column has room for all that is moved here out of running text (`contact_data.py`).
    contact_phone: str = Field(default="", max_length=60, sa_type=Text)
    contact_email: str = Field(default="", max_length=120)


class Achievement(Record, AchievementFields, AchievementContact, table=True):
    """One achievement of an institution (or of an enterprise)."""

    __tablename__ = "achievement"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        Index("ix_achievement_status_updated", "status", "updated_at"),
    )

    institution_id: int | None = Field(default=None, foreign_key="institution.id", index=True)
    enterprise_id: int | None = Field(default=None, foreign_key="enterprise.id", index=True)
    # Who typed it in; a file or another system has no account.
    posted_by_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    reviewed_by_id: int | None = Field(default=None, foreign_key="account.id")
    reviewed_at: datetime | None = Field(default=None)
    review_note: str = Field(default="", max_length=500)
    status: AchievementStatus = Field(default=AchievementStatus.PUBLISHED, sa_type=enum_column(AchievementStatus))
    published_at: datetime | None = Field(default=None)
    last_confirmed_at: datetime | None = Field(default_factory=now)
    duplicate_of_id: int | None = Field(default=None, foreign_key="achievement.id")


class _Checked(CheckedCodes, AchievementFields, AchievementContact):
    model_config = OUTSIDE

    @field_validator("disclosure", check_fields=False)
    @classmethod
    def disclosure_of_known_fields(cls, value: dict[str, Disclosure]) -> dict[str, Disclosure]:
        return checked_names(value, ACHIEVEMENT_DISCLOSABLE)

    @field_validator("registered_number", check_fields=False)
    @classmethod
    def registered_number_whole(cls, number: str | None) -> str | None:
        # National registration number: place or ministry 3, year 4, kind 1, serial 4 (domain practice, 应用技术类 = Y).
        if number is not None and len(number) != 12:
            raise ValueError(f"成果登记号“{number}”应为 12 位（地方/部门 3 位+年份 4 位+类别 1 位+流水号 4 位）")
        return number


class AchievementCreate(_Checked):
    """A new achievement. The owner is an institution or enterprise by credit code or name, else `owner_name` only."""

    source: str | None = Field(default=None, max_length=100)
    source_id: str | None = Field(default=None, max_length=200)
    institution_name: str | None = Field(default=None, max_length=200)
    institution_credit_code: str | None = None
    enterprise_name: str | None = Field(default=None, max_length=200)
    enterprise_credit_code: str | None = None
    status: Annotated[AchievementStatus, labelled(AchievementStatus)] = AchievementStatus.PUBLISHED


class AchievementUpdate(_Checked):
    """A change: only the fields that are given change. `version` is the one that was read; another one is refused."""

    title: str = Field(default="", min_length=2, max_length=200)
    status: Annotated[AchievementStatus, labelled(AchievementStatus)] = AchievementStatus.PUBLISHED
    version: int


class AchievementPublic(AchievementFields):
    """What anyone may read. A summary-only achievement leaves its text fields empty and says so (`text_hidden`)."""

    id: int
    version: int
    is_demo: bool
    status: AchievementStatus
    institution_id: int | None = None
    enterprise_id: int | None = None
    text_hidden: bool = False
    # Fields that this reader does not see, by name: an empty value may be an empty field.
    hidden_fields: list[str] = []
    published_at: datetime | None = None
    created_at: datetime
    updated_at: datetime

    @computed_field
    def price(self) -> YuanText | None:
        return None if self.price_fen is None else yuan_text(self.price_fen)
