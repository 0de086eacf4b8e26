"""What the API answers about matches: computed ones with their reasons, and kept ones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from matchmaker.disclosure import shown_achievement, shown_need
from matchmaker.errors import MalformedRequest
from matchmaker.harvest import Harvest
from matchmaker.matching import RELATED_LABEL, Counterparts, ScoredMatch
from matchmaker.models.achievement import AchievementPublic
from matchmaker.models.match import Band, Explanation, Match, MatchStatus
from matchmaker.models.need import NeedPublic
from matchmaker.visibility import SearchedRecord
from matchmaker.web.api.compact import compact, with_fields
from matchmaker.web.api.harvesting import NEXT_SINCE_TEXT, RemovedRecord, harvested
from matchmaker.web.api.paging import NEXT_CURSOR_TEXT, next_cursor, offset_of
from matchmaker.web.api.shapes import AchievementCompact, NeedCompact

# Beyond these nothing is recommended: retrieval itself looks no deeper.
MOST_MATCHES = 200
PROBABILITY_TEXT = "专家会认为这是一个好匹配的概率，0–1；两个方向相同，与库中其他记录无关"


class Scored(BaseModel):
    """One match: its probability and band, and every reason for it."""

    match_id: int | None = Field(description="已保存的匹配编号；平台尚未保存这一对时为 null")
    need_id: int = Field(description="需求编号；所给内容没有入库时为 0")
    achievement_id: int
    probability: float = Field(description=PROBABILITY_TEXT)
    score: float = Field(deprecated=True, description="同 probability；为早先的程序保留")
    band: Band | None = Field(description="匹配度：概率所在的区间；null 表示未达推荐标准，仅供参考")
    band_label: str = Field(description="匹配度的中文说法", examples=["匹配度高", "可能相关"])
    matcher_version: str = Field(description="给出此得分的匹配规则版本")
    explanation: Explanation = Field(description="推荐理由：逐项判定（verdicts）、逐项比较、共同词及其位置")


class MatchedAchievement(Scored):
    achievement: AchievementPublic | AchievementCompact  # type: ignore[valid-type]


class MatchedAchievements(BaseModel):
    items: list[MatchedAchievement] = Field(description="推荐的成果，从高到低")
    related: list[MatchedAchievement] = Field(description="可能相关、未达推荐标准的成果，至多五项，供参考；只在第一页")
    next_cursor: str | None = Field(description=NEXT_CURSOR_TEXT)


class MatchedNeed(Scored):
    need: NeedPublic | NeedCompact  # type: ignore[valid-type]


class MatchedNeeds(BaseModel):
    items: list[MatchedNeed] = Field(description="推荐的需求，从高到低")
    related: list[MatchedNeed] = Field(description="可能相关、未达推荐标准的需求，至多五条，供参考；只在第一页")
    next_cursor: str | None = Field(description=NEXT_CURSOR_TEXT)


@dataclass(frozen=True)
class MatchPage:
    """Some of a record's counterparts, in their order."""

    recommended: list[ScoredMatch]
    related: list[ScoredMatch]
    next_cursor: str | None

    @classmethod
    def of(cls, find: Callable[[int], Counterparts], limit: int, cursor: str | None = None) -> "MatchPage":
        """The page behind the cursor; `find` finds so many best counterparts. Raises MalformedRequest."""
        begin = offset_of(cursor)
        if begin + limit > MOST_MATCHES:
            raise MalformedRequest(f"推荐最多列出 {MOST_MATCHES} 条", "更靠后的匹配度更低；请改用检索")
        found = find(begin + limit + 1)
        more = next_cursor(begin + limit, min(len(found.recommended), MOST_MATCHES))
        return cls(found.recommended[begin : begin + limit], [] if begin else found.related[:limit], more)

    @property
    def records(self) -> list[SearchedRecord]:
        """The counterparts of both lists."""
        return [scored.record for scored in (*self.recommended, *self.related)]


def matched_achievements(page: MatchPage, names: frozenset[str] | None = None) -> MatchedAchievements:
    """The matches of a need, each with the public shape of its achievement, or with some of its fields."""
    return MatchedAchievements(
        items=[_matched_achievement(scored, names) for scored in page.recommended],
        related=[_matched_achievement(scored, names) for scored in page.related],
        next_cursor=page.next_cursor,
    )


def matched_needs(page: MatchPage, names: frozenset[str] | None = None) -> MatchedNeeds:
    """The matches of an achievement, each with the public shape of its need, or with some of its fields."""
    return MatchedNeeds(
        items=[_matched_need(scored, names) for scored in page.recommended],
        related=[_matched_need(scored, names) for scored in page.related],
        next_cursor=page.next_cursor,
    )


def _matched_achievement(scored: ScoredMatch, names: frozenset[str] | None) -> MatchedAchievement:
    [shown] = with_fields([shown_achievement(scored.achievement)], AchievementCompact, names)
    return MatchedAchievement(**_scored(scored), achievement=shown)


def _matched_need(scored: ScoredMatch, names: frozenset[str] | None) -> MatchedNeed:
    [shown] = with_fields([shown_need(scored.need)], NeedCompact, names)
    return MatchedNeed(**_scored(scored), need=shown)


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
        "matcher_version": scored.matcher_version,
        "explanation": scored.explanation,
    }


class KeptMatch(BaseModel):
    """A match that stands in the database: a recommendation, or one that has been taken up."""

    id: int = Field(description="对接编号，见 /carried/{id}")
    need_id: int
    achievement_id: int
    probability: float = Field(description=PROBABILITY_TEXT)
    band: Band
    band_label: str = Field(description="匹配度的中文说法", examples=["匹配度高"])
    matcher_version: str = Field(description="给出此得分的匹配规则版本")
    status: MatchStatus
    status_label: str = Field(examples=["已引荐"])
    updated_at: datetime


KeptMatchCompact = compact("KeptMatchCompact", KeptMatch)


class ChangedMatches(BaseModel):
    items: list[KeptMatch | KeptMatchCompact]  # type: ignore[valid-type]
    total: int = Field(description="此后有变化的匹配数")
    next_cursor: str | None = Field(description=NEXT_CURSOR_TEXT)
    removed: list[RemovedRecord] = Field(description="已不再与您有关的匹配")
    next_updated_since: datetime | None = Field(description=NEXT_SINCE_TEXT)


def changed_matches(harvest: Harvest[Match], names: frozenset[str] | None) -> ChangedMatches:
    """A page of changes of matches."""
    items = [
        KeptMatch(
            id=match.id or 0,
            need_id=match.need_id,
            achievement_id=match.achievement_id,
            probability=match.score,
            band=match.band,
            band_label=match.band.label,
            matcher_version=match.matcher_version,
            status=match.status,
            status_label=match.status.label,
            updated_at=match.updated_at,
        )
        for match in harvest.records
    ]
    return ChangedMatches(items=with_fields(items, KeptMatchCompact, names), **harvested(harvest))
