"""A match 匹配: one need with one achievement, its score and the reasons it was proposed for."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

from matchmaker.models.base import now
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.labels import Labelled


class MatchStatus(Labelled):
    """Life of a match. Which step may follow which, and who may take it, stands in `brokerage.py`."""

    RECOMMENDED = "recommended", "已推荐"
    INTRODUCED = "introduced", "已引荐"
    ACCEPTED = "accepted", "双方同意"
    DECLINED = "declined", "已谢绝"
    NEGOTIATING = "negotiating", "洽谈中"
    INTENT = "intent", "达成意向"
    SIGNED = "signed", "已签约"
    REGISTERED = "registered", "已登记"
    CLOSED = "closed", "已终止"


class Side(Labelled):
    """The two sides of a match."""

    NEED = "need", "需求方"
    ACHIEVEMENT = "achievement", "成果方"


class DeclineReason(Labelled):
    """Why one side says no (domain.md §5.3). Which side may give which reason stands in `brokerage.py`.

    Only OUT_OF_FIELD says that the recommendation was wrong; the others are no judgement on relevance.
    """

    INDICATORS_NOT_MET = "indicators_not_met", "技术指标不满足"
    TOO_IMMATURE = "too_immature", "成熟度不足"
    TOO_EXPENSIVE = "too_expensive", "成本或报价过高"
    INCOMPATIBLE = "incompatible", "工艺设备不兼容"
    ALREADY_SOLVED = "already_solved", "已有解决方案"
    BUDGET_CANCELLED = "budget_cancelled", "预算取消"
    NEED_CHANGED = "need_changed", "需求已变化"
    RIGHTS_UNCLEAR = "rights_unclear", "知识产权不清"
    NO_RESPONSE = "no_response", "对方无回应"
    REPEATED = "repeated", "重复推荐"
    OUT_OF_FIELD = "out_of_field", "领域不符（推荐不准）", "领域不符"
    NOT_OUR_DIRECTION = "not_our_direction", "不在研究方向"
    TOO_SHORT = "too_short", "周期过短"
    BUDGET_TOO_LOW = "budget_too_low", "预算过低"
    EXCLUSIVELY_LICENSED = "exclusively_licensed", "已独占许可"
    NEED_UNCLEAR = "need_unclear", "需求描述不清（请求补充）", "需求描述不清"
    RESTRICTED = "restricted", "涉密或限制"
    NO_CAPACITY = "no_capacity", "团队无产能"
    OTHER = "other", "其他"


class NdaStatus(Labelled):
    """State of the confidentiality agreement 保密协议 of a match."""

    NOT_NEEDED = "not_needed", "无需保密协议"
    REQUESTED = "requested", "待签保密协议"
    SIGNED = "signed", "已签保密协议"


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


class Gap(Labelled):
    """Why a value could not be compared: nobody stated it, or it is stated and not open to the public."""

    NOT_STATED = "not_stated", "未填写"
    NOT_DISCLOSED = "not_disclosed", "未公开"


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
    """One feature's finding: both values compared, the verdict, its share in the score, a Chinese sentence.

    `gap` says why a value is missing where one is.
    """

    code: str
    label: str
    verdict: Verdict
    score: float | None
    weight: float
    need_value: str = ""
    achievement_value: str = ""
    sentence: str
    gap: Gap | None = Field(default=None, description="为什么没有比较：双方或一方未填写，或填写了而未公开")


class RequirementVerdict(BaseModel):
    """One requirement of the need, judged on what the achievement states.

    `words` are the deciding words of the achievement, `span` their place in its text (None: a form field of its own);
    `question` is what to ask the other side where nothing is said. A hard requirement rules the pair out when broken.
    """

    kind: str
    requirement: str
    field: str
    is_hard: bool
    verdict: Verdict
    words: str = ""
    span: Span | None = None
    sentence: str = ""
    question: str = ""


class Explanation(BaseModel):
    """Why a match was proposed: a by-product of scoring, stored with it, worded for people.

    `sentence` says it in one; `verdicts` judge the need's requirements one by one; `reasons` compare texts and form
    fields. `cosine` and `ranks` are for engineers.
    """

    sentence: str = ""
    verdicts: list[RequirementVerdict] = []
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
    status: MatchStatus = Field(default=MatchStatus.RECOMMENDED, sa_type=enum_column(MatchStatus), index=True)
    # The account of the broker who carries it, and since when: the prior filing that reward rules ask for.
    broker_account_id: int | None = Field(default=None, foreign_key="account.id", index=True)
    filed_at: datetime | None = Field(default=None)
    # The brokerage in whose name the broker filed it: it stays the brokerage's when she moves on.
    brokerage_id: int | None = Field(default=None, foreign_key="brokerage.id", index=True)
    need_accepted_at: datetime | None = Field(default=None)
    achievement_accepted_at: datetime | None = Field(default=None)
    declined_by: Side | None = Field(default=None, sa_type=enum_column(Side))
    decline_reason: DeclineReason | None = Field(default=None, sa_type=enum_column(DeclineReason))
    nda: NdaStatus = Field(default=NdaStatus.NOT_NEEDED, sa_type=enum_column(NdaStatus))
    next_step: str = Field(default="", max_length=300)
    due_on: date | None = Field(default=None, index=True)
    # Grows with every change of its life; a change made from an older one is refused.
    version: int = Field(default=1)
    is_demo: bool = Field(default=False, index=True)
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 — SQLAlchemy calls it with the class
        # As of every record: a change is written only over the version it was made from.
        return {"version_id_col": cls.__table__.c.version, "version_id_generator": False}  # type: ignore[attr-defined]

    @property
    def is_carried(self) -> bool:
        """Has somebody taken it up? From then on its explanation is kept as it was."""
        return self.status is not MatchStatus.RECOMMENDED or self.broker_account_id is not None


class MatchEvent(SQLModel, table=True):
    """One step in the life of a match: who, when, from where to where, and what was said about it."""

    __tablename__ = "match_event"

    id: int | None = Field(default=None, primary_key=True)
    match_id: int = Field(foreign_key="match.id", index=True, ondelete="CASCADE")
    at: datetime = Field(default_factory=now)
    account_id: int | None = Field(default=None, foreign_key="account.id")
    # An official may record what a side without an account said by telephone.
    on_behalf_of: Side | None = Field(default=None, sa_type=enum_column(Side))
    before: MatchStatus = Field(sa_type=enum_column(MatchStatus))
    after: MatchStatus = Field(sa_type=enum_column(MatchStatus))
    what: str = Field(max_length=60)
    reason: DeclineReason | None = Field(default=None, sa_type=enum_column(DeclineReason))
    note: str = Field(default="", max_length=1000)


class MatchMessage(SQLModel, table=True):
    """One message between the people of a match. Contacts stay out of it until both sides have accepted."""

    __tablename__ = "match_message"

    id: int | None = Field(default=None, primary_key=True)
    match_id: int = Field(foreign_key="match.id", index=True, ondelete="CASCADE")
    at: datetime = Field(default_factory=now)
    account_id: int = Field(foreign_key="account.id")
    text: str = Field(max_length=2000, sa_type=Text)


class FollowUp(SQLModel, table=True):
    """A look at a signed match after 30, 90 and 180 days: what became of it."""

    __tablename__ = "follow_up"
    __table_args__ = (UniqueConstraint("match_id", "days"),)

    id: int | None = Field(default=None, primary_key=True)
    match_id: int = Field(foreign_key="match.id", index=True, ondelete="CASCADE")
    days: int
    due_on: date = Field(index=True)
    done_at: datetime | None = Field(default=None)
    done_by_id: int | None = Field(default=None, foreign_key="account.id")
    outcome: str = Field(default="", max_length=1000)
