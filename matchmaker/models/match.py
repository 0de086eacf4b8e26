"""A match 匹配: one need with one achievement, its score and the reasons it was proposed for."""

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from matchmaker.models.base import now
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.labels import Labelled


class MatchStatus(Labelled):
    PROPOSED = "proposed", "已推荐"


class Band(Labelled):
    """How strongly a match is recommended; the limits stand in `matching/scoring.py`."""

    HIGH = "high", "匹配度高"
    MEDIUM = "medium", "匹配度中"
    LOW = "low", "匹配度低"


class Verdict(Labelled):
    """What one feature says. UNKNOWN: one side did not state it; never a guess."""

    MET = "met", "符合"
    PARTLY = "partly", "部分符合"
    UNMET = "unmet", "不符合"
    UNKNOWN = "unknown", "未知"


class Span(BaseModel):
    """A place in one field's original text: characters `start` (included) to `end` (not included)."""

    field: str
    start: int
    end: int


class SharedWord(BaseModel):
    """A word that met, and where it stands in both records. `weight` is its rarity (inverse document frequency)."""

    word: str
    weight: float
    in_need: list[Span]
    in_achievement: list[Span]


class Reason(BaseModel):
    """One feature's finding: both values compared, the verdict, its share in the score, a Chinese sentence."""

    code: str
    label: str
    verdict: Verdict
    score: float | None
    weight: float
    need_value: str = ""
    achievement_value: str = ""
    sentence: str


class Explanation(BaseModel):
    """Why a match was proposed: a by-product of scoring, stored with it, worded for people."""

    reasons: list[Reason]
    words: list[SharedWord]
    cosine: float | None = None
    ranks: dict[str, int] = {}


class Match(SQLModel, table=True):
    """One need with one achievement. Recomputed when either changes or the matcher does."""

    __tablename__ = "match"
    __table_args__ = (UniqueConstraint("need_id", "achievement_id"),)

    id: int | None = Field(default=None, primary_key=True)
    need_id: int = Field(foreign_key="technology_need.id", index=True, ondelete="CASCADE")
    achievement_id: int = Field(foreign_key="achievement.id", index=True, ondelete="CASCADE")
    need_version: int
    achievement_version: int
    score: float
    band: Band = Field(sa_type=enum_column(Band))
    explanation: Explanation = Field(sa_type=json_column(Explanation))
    matcher_version: str = Field(max_length=60)
    status: MatchStatus = Field(default=MatchStatus.PROPOSED, sa_type=enum_column(MatchStatus))
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)
