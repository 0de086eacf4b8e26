"""What the API answers with, beside the Public shapes of the models."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, Field

from matchmaker.harvest import Harvest
from matchmaker.matching.highlight import Piece
from matchmaker.models.achievement import Achievement, AchievementContact, AchievementPublic
from matchmaker.models.need import NeedContact, NeedPublic, TechnologyNeed
from matchmaker.models.party import EnterprisePublic, InstitutionPublic, PartyContact
from matchmaker.search import Entry, Facet, FoundBy, Relaxation, SearchPage, Suggestion, Taken
from matchmaker.web.api.compact import compact
from matchmaker.web.api.harvesting import NEXT_SINCE_TEXT, REMOVED_TEXT, RemovedRecord, harvested
from matchmaker.web.api.paging import Whole

# The largest key of an INTEGER column on every database we run on.
LARGEST_ID = 2**31 - 1

RecordId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="记录编号", examples=[1])]


class Highlights(BaseModel):
    """Title and snippet in pieces; `hit` pieces are what met the query."""

    title: list[Piece]
    snippet: list[Piece]

    @classmethod
    def of(cls, entry: Entry) -> "Highlights":
        return cls(title=entry.title, snippet=entry.snippet)

    @classmethod
    def none(cls, title: str) -> "Highlights":
        """Of a record that nobody searched for."""
        return cls(title=[Piece(title, hit=False)], snippet=[])


class Found(BaseModel):
    """What both kinds of result page share."""

    total: int = Field(description="符合条件的记录数")
    facets: list[Facet] = Field(description="各筛选项的取值与条数")
    next_cursor: str | None = Field(description="下一页的 cursor；没有下一页时为 null")
    words: list[str] = Field(description="检索所用的词")
    meaning: Literal["used", "loading", "off"] = Field(
        description="语义检索：used 已用，loading 模型加载中，off 未启用"
    )
    page: int = Field(description="这是第几页")
    pages: int = Field(description="一共几页")
    found_by: FoundBy = Field(description="words 有记录含所查的词；meaning 没有，各条只是意思相近")
    takes: list[Taken] = Field(description="把什么当作了什么：错字、拼音、首字母；加 literal=true 可按原样检索")
    also: list[str] = Field(description="同时检索的其他说法：同义词、缩写、译名")
    relaxations: list[Relaxation] = Field(
        description="没有结果时：去掉哪个筛选项就有结果，有多少条；field 为空表示去掉全部筛选项"
    )
    removed: list[RemovedRecord] = Field(default=[], description=REMOVED_TEXT)
    next_updated_since: datetime | None = Field(default=None, description=NEXT_SINCE_TEXT)

    @staticmethod
    def common(page: SearchPage) -> dict[str, Any]:
        """The shared fields of a page, for the constructors of the two kinds."""
        return {name: getattr(page, name) for name in Found.model_fields if name not in _OF_CHANGES}

    @staticmethod
    def collected(harvest: Harvest[Any]) -> dict[str, Any]:
        """The same of what has changed: nothing was searched."""
        nothing: dict[str, Any] = {name: [] for name in ("facets", "words", "takes", "also", "relaxations")}
        return {**harvested(harvest), **nothing, "meaning": "off", "page": 1, "pages": 1, "found_by": "words"}


# What a search does not answer.
_OF_CHANGES = frozenset({"removed", "next_updated_since"})


FOUND_BY = Field(description="因何找到：words 词语，meaning 意思相近，number 编号，person 负责人（仅本单位与主管部门）")


class NeedHit(NeedPublic):
    highlights: Highlights
    found_by: FoundBy = FOUND_BY


NeedCompact = compact("NeedCompact", NeedHit)


class FoundNeeds(Found):
    items: list[NeedHit | NeedCompact]  # type: ignore[valid-type]


class AchievementHit(AchievementPublic):
    highlights: Highlights
    found_by: FoundBy = FOUND_BY


AchievementCompact = compact("AchievementCompact", AchievementHit)


class FoundAchievements(Found):
    items: list[AchievementHit | AchievementCompact]  # type: ignore[valid-type]


class SearchSuggestions(Whole):
    """What to search for, likeliest first."""

    items: list[Suggestion]


class NeedFull(NeedPublic, NeedContact):
    """Everything of a need, contact included: for the administrator only."""

    # Longer than what may be typed: contacts found in running text are added to it.
    contact_phone: str = ""
    source: str
    source_id: str
    last_confirmed_at: datetime | None = None
    duplicate_of_id: int | None = None


class AchievementFull(AchievementPublic, AchievementContact):
    """Everything of an achievement, team and contact included: for the administrator only."""

    # Longer than what may be typed: contacts found in running text are added to it.
    contact_phone: str = ""
    source: str
    source_id: str
    last_confirmed_at: datetime | None = None
    duplicate_of_id: int | None = None


class EnterpriseFull(EnterprisePublic, PartyContact):
    """Everything of an enterprise, address and contact included: for the administrator only."""

    source: str
    source_id: str
    created_at: datetime
    updated_at: datetime


class InstitutionFull(InstitutionPublic, PartyContact):
    """Everything of an institution, address and contact included: for the administrator only."""

    source: str
    source_id: str
    created_at: datetime
    updated_at: datetime


class EnterpriseList(BaseModel):
    items: list[EnterprisePublic]
    total: int = Field(description="符合条件的记录数")
    next_cursor: str | None = Field(description="下一页的 cursor；没有下一页时为 null")


class InstitutionList(BaseModel):
    items: list[InstitutionPublic]
    total: int = Field(description="符合条件的记录数")
    next_cursor: str | None = Field(description="下一页的 cursor；没有下一页时为 null")


def full_need(need: TechnologyNeed) -> NeedFull:
    return NeedFull.model_validate(need, from_attributes=True)


def full_achievement(achievement: Achievement) -> AchievementFull:
    return AchievementFull.model_validate(achievement, from_attributes=True)
