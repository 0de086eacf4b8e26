"""Settings: `MATCHMAKER_*` in the environment or in `.env`; nothing reads the environment at import."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything that differs between installations. The README's table is checked against this class."""

    model_config = SettingsConfigDict(env_prefix="MATCHMAKER_", env_file=".env", extra="ignore")

    data_dir: Annotated[Path, Field(description="Folder for the database, the index and the vector cache")] = Path(
        "var"
    )
    database_url: Annotated[
        str, Field(description="SQLAlchemy URL of the database; empty: SQLite in the data folder")
    ] = ""
    engine_url: Annotated[
        str, Field(description="Search engine: `embedded:///path`; empty: embedded in the data folder")
    ] = ""
    embedder: Annotated[
        str,
        Field(description="`bundled`, `sentence-transformers:<name or path>`, `off` (words only) or `hash` (tests)"),
    ] = "bundled"
    city_file: Annotated[
        Path | None, Field(description="City configuration: districts, parks, industries; empty: the demo city")
    ] = None
    host: Annotated[str, Field(description="Address `serve` listens on")] = "127.0.0.1"
    port: Annotated[int, Field(description="Port `serve` listens on", ge=0, le=65535)] = 8000
    upload_limit_mb: Annotated[int, Field(description="Largest import file the API takes, in MB", ge=1)] = 50
    title: Annotated[str, Field(description="Name of the platform on its pages")] = "技术供需对接平台"

    def resolved_database_url(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'matchmaker.sqlite'}"

    def resolved_engine_url(self) -> str:
        """The search engine URL in force."""
        return self.engine_url or f"embedded://{self.data_dir.absolute() / 'index'}"
