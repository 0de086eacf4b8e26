"""Settings: `MATCHMAKER_*` in the environment, in `.env` or as files in a folder of secrets; never read at import."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError


def secrets_folders() -> list[Path]:
    """Where secrets lie as files, whether or not it exists; several folders are written like a search path, `a:b`."""
    return [Path(one) for one in os.environ.get("MATCHMAKER_SECRETS_DIR", "/run/secrets").split(os.pathsep)]


class Settings(BaseSettings):
    """Everything that differs between installations. The README's table is checked against this class."""

    model_config = SettingsConfigDict(env_prefix="MATCHMAKER_", env_file=".env", extra="ignore")

    def __init__(self, **values: Any) -> None:
        # Where containers get their secrets: one file per setting, e.g. `matchmaker_database_password`.
        if folders := [folder for folder in secrets_folders() if folder.is_dir()]:
            values.setdefault("_secrets_dir", folders)
        super().__init__(**values)

    data_dir: Annotated[Path, Field(description="Folder for the database, the index and the vector cache")] = Path(
        "var"
    )
    database_url: Annotated[
        str, Field(description="SQLAlchemy URL of the database; empty: SQLite in the data folder")
    ] = ""
    database_password: Annotated[
        SecretStr | None, Field(description="Password of the database, when it is not part of the URL")
    ] = None
    engine_url: Annotated[
        str,
        Field(
            description="Search engine: `embedded:///path` or `https://host:9200,host2:9200/prefix?shards=1&replicas=1`"
            " (Elasticsearch); empty: embedded in the data folder"
        ),
    ] = ""
    engine_api_key: Annotated[SecretStr | None, Field(description="API key for Elasticsearch")] = None
    engine_ca_file: Annotated[
        Path | None, Field(description="Certificate authority of Elasticsearch, when the system does not know it")
    ] = None
    embedder: Annotated[
        str,
        Field(
            description="`bundled`, `e5` (texts in several languages), `sentence-transformers:<name or path>`, `off` (words only) or `hash` (tests)"
        ),
    ] = "bundled"
    city_file: Annotated[
        Path | None, Field(description="City configuration: districts, parks, industries; empty: the demo city")
    ] = None
    backup_dir: Annotated[Path | None, Field(description="Folder for backups; empty: `backups` in the data folder")] = (
        None
    )
    backups_kept: Annotated[
        int, Field(description="One backup is made every night, and so many are kept; 0: none is made", ge=0)
    ] = 14
    audit_key: Annotated[
        SecretStr | None,
        Field(
            description="Key of the audit chain, the same for all processes, 32 characters or more; empty: on SQLite made "
            "once in the data folder, on PostgreSQL the chain has none"
        ),
    ] = None
    audit_heads: Annotated[
        str,
        Field(
            description="Where the end of the audit chain is noted every night beside the data folder: files and "
            "`syslog://host:514`, separated by commas"
        ),
    ] = ""
    host: Annotated[str, Field(description="Address `serve` listens on")] = "127.0.0.1"
    port: Annotated[int, Field(description="Port `serve` listens on", ge=0, le=65535)] = 8000
    upload_limit_mb: Annotated[int, Field(description="Largest import file the API takes, in MB", ge=1)] = 50
    log_format: Annotated[
        Literal["text", "json"], Field(description="Log lines for people (`text`) or for collectors (`json`)")
    ] = "text"
    title: Annotated[str, Field(description="Name of the platform on its pages")] = "技术供需对接平台"
    public_url: Annotated[
        str, Field(description="Address under which people open the platform, for links in mails: `https://host`")
    ] = ""
    mail_url: Annotated[
        str,
        Field(
            description="Mail server: `smtp://user@host:587?from=address` (encrypted as soon as the server offers it;"
            " `&tls=off`: never) or `smtps://user@host:465`; empty: no mail"
        ),
    ] = ""
    mail_password: Annotated[
        SecretStr | None, Field(description="Password at the mail server, when it is not part of the URL")
    ] = None
    wecom_url: Annotated[str, Field(description="Where WeCom's group robots are reached; empty: not offered")] = (
        "https://qyapi.weixin.qq.com"
    )
    dingtalk_url: Annotated[str, Field(description="Where DingTalk's group robots are reached; empty: not offered")] = (
        "https://oapi.dingtalk.com"
    )
    feishu_url: Annotated[str, Field(description="Where Feishu's group robots are reached; empty: not offered")] = (
        "https://open.feishu.cn"
    )
    webhook_networks: Annotated[
        str,
        Field(
            description="Networks beside the public ones that webhooks may be sent to, as `10.20.0.0/16,192.168.5.7/32`; "
            "within them also without TLS. Empty: none"
        ),
    ] = ""
    require_second_factor: Annotated[
        bool, Field(description="Officials and administrators must set up a second factor before anything else")
    ] = False
    requests_per_minute: Annotated[
        int, Field(description="Requests an address may make in a minute without logging in; 0: any number", ge=0)
    ] = 600
    account_requests_per_minute: Annotated[
        int, Field(description="Requests an account may make in a minute; 0: any number", ge=0)
    ] = 1200
    logins_per_minute: Annotated[
        int, Field(description="Logins an address may try in a minute; 0: any number", ge=0)
    ] = 30
    oidc_issuer: Annotated[
        str, Field(description="Identity provider (OpenID Connect) for logging in: its issuer URL; empty: none")
    ] = ""
    oidc_client_id: Annotated[str, Field(description="Name of this platform at the identity provider")] = ""
    oidc_client_secret: Annotated[
        SecretStr | None, Field(description="Secret of this platform at the identity provider")
    ] = None
    oidc_label: Annotated[str, Field(description="What the identity provider is called on the login page")] = (
        "统一身份认证"
    )

    def resolved_database_url(self) -> str:
        """The database URL in force, with its password: not for printing."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir.absolute() / 'matchmaker.sqlite'}"
        try:
            url = make_url(self.database_url)
        except (ArgumentError, ValueError):
            # `open_database` says so in a sentence; the exception would quote a piece of the password.
            return self.database_url
        if self.database_password is not None and url.password is None and url.host:
            url = url.set(password=self.database_password.get_secret_value())
        return url.render_as_string(hide_password=False)

    def resolved_engine_url(self) -> str:
        """The search engine URL in force."""
        return self.engine_url or f"embedded://{self.data_dir.absolute() / 'index'}"
