"""What the API answers with, beside the Public shapes of the models."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BaseModel, Field

from matchmaker.disclosure import shown_achievement, shown_need
from matchmaker.matching import MATCHER_VERSION, RELATED_LABEL, Counterparts, ScoredMatch
from matchmaker.matching.highlight import Piece
from matchmaker.models.achievement import Achievement, AchievementContact, AchievementPublic
from matchmaker.models.match import Band, Explanation
from matchmaker.models.need import NeedContact, NeedPublic, TechnologyNeed
from matchmaker.models.party import EnterprisePublic, InstitutionPublic, PartyContact
from matchmaker.search import Entry, Facet, FoundBy, Relaxation, SearchPage, Suggestion, Taken

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

    @staticmethod
    def common(page: SearchPage) -> dict[str, Any]:
        """The shared fields of a page, for the constructors of the two kinds."""
        return {name: getattr(page, name) for name in Found.model_fields}


FOUND_BY = Field(description="因何找到：words 词语，meaning 意思相近，number 编号，person 负责人（仅本单位与主管部门）")


class NeedHit(NeedPublic):
    highlights: Highlights
    found_by: FoundBy = FOUND_BY


class FoundNeeds(Found):
    items: list[NeedHit]


class AchievementHit(AchievementPublic):
    highlights: Highlights
    found_by: FoundBy = FOUND_BY


class FoundAchievements(Found):
    items: list[AchievementHit]


class SearchSuggestions(BaseModel):
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


class Scored(BaseModel):
    """One match: its probability and band, and every reason for it."""

    match_id: int | None = Field(description="已保存的匹配编号；平台尚未保存这一对时为 null")
    need_id: int
    achievement_id: int
    probability: float = Field(description="专家会认为这是一个好匹配的概率，0–1；两个方向相同，与库中其他记录无关")
    score: float = Field(description="同 probability；为早先的程序保留")
    band: Band | None = Field(description="匹配度：概率所在的区间；null 表示未达推荐标准，仅供参考")
    band_label: str = Field(description="匹配度的中文说法", examples=["匹配度高", "可能相关"])
    matcher_version: str = Field(description="给出此得分的匹配规则版本")
    explanation: Explanation = Field(description="推荐理由：逐项比较、共同词及其位置")


class MatchedAchievement(Scored):
    achievement: AchievementPublic


class MatchedAchievements(BaseModel):
    items: list[MatchedAchievement] = Field(description="推荐的成果，从高到低")
    related: list[MatchedAchievement] = Field(description="可能相关、未达推荐标准的成果，至多五项，供参考")


class MatchedNeed(Scored):
    need: NeedPublic


class MatchedNeeds(BaseModel):
    items: list[MatchedNeed] = Field(description="推荐的需求，从高到低")
    related: list[MatchedNeed] = Field(description="可能相关、未达推荐标准的需求，至多五条，供参考")


def matched_achievements(counterparts: Counterparts) -> MatchedAchievements:
    """The matches of a need, each with the public shape of its achievement."""
    return MatchedAchievements(
        items=[_matched_achievement(scored) for scored in counterparts.recommended],
        related=[_matched_achievement(scored) for scored in counterparts.related],
    )


def matched_needs(counterparts: Counterparts) -> MatchedNeeds:
    """The matches of an achievement, each with the public shape of its need."""
    return MatchedNeeds(
        items=[_matched_need(scored) for scored in counterparts.recommended],
        related=[_matched_need(scored) for scored in counterparts.related],
    )


def _matched_achievement(scored: ScoredMatch) -> MatchedAchievement:
    return MatchedAchievement(**_scored(scored), achievement=shown_achievement(scored.achievement))


def _matched_need(scored: ScoredMatch) -> MatchedNeed:
    return MatchedNeed(**_scored(scored), need=shown_need(scored.need))


def _scored(scored: ScoredMatch) -> dict[str, Any]:
    need_id, achievement_id = scored.pair
    return {
        "match_id": scored.match.id if scored.match else None,
        "need_id": need_id,
        "achievement_id": achievement_id,
        "probability": scored.probability,
        "score": scored.probability,
        "band": scored.band,
        "band_label": scored.band.label if scored.band else RELATED_LABEL,
        "matcher_version": MATCHER_VERSION,
        "explanation": scored.explanation,
    }


def full_need(need: TechnologyNeed) -> NeedFull:
    return NeedFull.model_validate(need, from_attributes=True)


def full_achievement(achievement: Achievement) -> AchievementFull:
    return AchievementFull.model_validate(achievement, from_attributes=True)
