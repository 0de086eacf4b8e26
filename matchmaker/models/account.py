"""Accounts 账号: people who log in, their sessions, API keys and the invitations they came by."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from matchmaker.models.base import now
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.labels import Labelled


class Role(Labelled):
    """What somebody does here. One account has one role; what a role may do stands in `rights.py`."""

    ENTERPRISE = "enterprise", "企业用户"
    INSTITUTION = "institution", "高校院所用户"
    COMMISSIONER = "commissioner", "科技特派员"
    BROKER = "broker", "技术经纪人", "技术经理人"
    BROKERAGE_ADMINISTRATOR = "brokerage_administrator", "经纪机构管理员"
    DISTRICT_OFFICIAL = "district_official", "县市区科技局"
    CITY_OFFICIAL = "city_official", "市科技局"
    ADMINISTRATOR = "administrator", "系统管理员"


class Scope(Labelled):
    """What an API key may be used for; never more than its account may do."""

    READ = "read", "读取"
    WRITE = "write", "填报与对接"
    IMPORT = "import", "批量导入"
    MANAGE = "manage", "审核与管理"


class Account(SQLModel, table=True):
    """One person who logs in. Never deleted, only disabled: the history names her.

    Which organisation she acts for follows from her role: an enterprise, an institution, a brokerage, or (for a
    broker) her own broker record, whose active membership names the brokerage. A district official has a region.
    """

    __tablename__ = "account"

    id: int | None = Field(default=None, primary_key=True)
    login_name: str = Field(max_length=60, unique=True)
    name: str = Field(max_length=60)
    role: Role = Field(sa_type=enum_column(Role))
    enterprise_id: int | None = Field(default=None, foreign_key="enterprise.id", index=True)
    institution_id: int | None = Field(default=None, foreign_key="institution.id", index=True)
    brokerage_id: int | None = Field(default=None, foreign_key="brokerage.id", index=True)
    broker_id: int | None = Field(default=None, foreign_key="broker.id", unique=True)
    region_code: str | None = Field(default=None, max_length=12)
    # Private: where notices go.
    email: str = Field(default="", max_length=120)
    # Empty where the account logs in by OIDC only.
    password_hash: str = Field(default="", max_length=200)
    must_change_password: bool = Field(default=False)
    oidc_subject: str | None = Field(default=None, max_length=300, unique=True)
    totp_secret: str | None = Field(default=None, max_length=64)
    # The time step of the last accepted code: one code logs in once.
    totp_last_step: int | None = Field(default=None)
    totp_enabled_at: datetime | None = Field(default=None)
    failed_logins: int = Field(default=0)
    locked_until: datetime | None = Field(default=None)
    disabled_at: datetime | None = Field(default=None)
    last_login_at: datetime | None = Field(default=None)
    is_demo: bool = Field(default=False, index=True)
    created_at: datetime = Field(default_factory=now)

    def __repr__(self) -> str:
        # The default prints every field, the password's hash among them.
        return f"Account(id={self.id})"


class LoginSession(SQLModel, table=True):
    """One browser that is logged in. The cookie's value is random; only its SHA-256 is stored."""

    __tablename__ = "login_session"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    created_at: datetime = Field(default_factory=now)
    last_seen_at: datetime = Field(default_factory=now)
    expires_at: datetime
    revoked_at: datetime | None = Field(default=None)
    address: str = Field(default="", max_length=60)
    user_agent: str = Field(default="", max_length=200)
    # Wrong passwords from this browser after its session ended.
    failed_logins: int = Field(default=0)


class ApiKey(SQLModel, table=True):
    """A program's key: shown once, stored as SHA-256, limited to `scopes` and to what its account may do."""

    __tablename__ = "api_key"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    name: str = Field(max_length=60)
    secret_hash: str = Field(max_length=64, unique=True)
    scopes: list[Scope] = Field(default_factory=list, sa_type=json_column(list[Scope]))
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime | None = Field(default=None)
    last_used_at: datetime | None = Field(default=None)
    revoked_at: datetime | None = Field(default=None)


class Invitation(SQLModel, table=True):
    """A link that lets one person make her account, with role and organisation decided by who invited her."""

    __tablename__ = "invitation"

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(max_length=64, unique=True)
    role: Role = Field(sa_type=enum_column(Role))
    enterprise_id: int | None = Field(default=None, foreign_key="enterprise.id")
    institution_id: int | None = Field(default=None, foreign_key="institution.id")
    brokerage_id: int | None = Field(default=None, foreign_key="brokerage.id")
    broker_id: int | None = Field(default=None, foreign_key="broker.id")
    region_code: str | None = Field(default=None, max_length=12)
    note: str = Field(default="", max_length=200)
    invited_by_id: int = Field(foreign_key="account.id", index=True)
    created_at: datetime = Field(default_factory=now)
    expires_at: datetime
    accepted_at: datetime | None = Field(default=None)
    account_id: int | None = Field(default=None, foreign_key="account.id")
    revoked_at: datetime | None = Field(default=None)
