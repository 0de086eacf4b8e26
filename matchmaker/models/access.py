"""Access tokens: who may write before accounts exist. Only a hash is stored."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from matchmaker.models.base import now


class AccessToken(SQLModel, table=True):
    """The administrator's token: SHA-256 of a random 256-bit secret that was printed once."""

    __tablename__ = "access_token"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60, unique=True)
    secret_hash: str = Field(max_length=64, unique=True)
    created_at: datetime = Field(default_factory=now)
