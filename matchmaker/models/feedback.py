"""What people say of a recommendation with one tap: not relevant, or useful."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from matchmaker.models.account import Role
from matchmaker.models.base import now
from matchmaker.models.columns import enum_column
from matchmaker.models.labels import Labelled
from matchmaker.models.match import Side


class Relevance(Labelled):
    """What somebody says of a recommended pair."""

    NOT_RELEVANT = "not_relevant", "不相关"
    USEFUL = "useful", "有用"


class MatchFeedback(SQLModel, table=True):
    """One account's word on one pair; said again, it replaces what the account said before.

    `side` is the record she answers for, None for brokers and officials. `probability` and `matcher_version` are what
    the matcher said of the pair then, None and empty where it could not be asked.
    """

    __tablename__ = "match_feedback"
    __table_args__ = (UniqueConstraint("need_id", "achievement_id", "account_id"),)

    id: int | None = Field(default=None, primary_key=True)
    need_id: int = Field(foreign_key="technology_need.id", index=True, ondelete="CASCADE")
    achievement_id: int = Field(foreign_key="achievement.id", index=True, ondelete="CASCADE")
    account_id: int = Field(foreign_key="account.id", index=True)
    role: Role = Field(sa_type=enum_column(Role))
    side: Side | None = Field(default=None, sa_type=enum_column(Side))
    verdict: Relevance = Field(sa_type=enum_column(Relevance))
    reason: str = Field(default="", max_length=300)
    probability: float | None = Field(default=None)
    matcher_version: str = Field(default="", max_length=60)
    at: datetime = Field(default_factory=now)
