"""What every record has: key, origin, version and times; and the rule for credit codes."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel
from sqlmodel._compat import SQLModelConfig
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

# For shapes that come from outside: an unknown field is an error, not silently dropped.
OUTSIDE = SQLModelConfig(extra="forbid", str_strip_whitespace=True)


def now() -> datetime:
    """The current time, aware, UTC: what the database stores."""
    return datetime.now(UTC)


def checked_credit_code(code: str | None) -> str | None:
    """The 18-character unified social credit code (GB 32100) in its plain form; None for an empty one."""
    if code is None or not code.strip():
        return None
    try:
        return str(uscc.validate(code))
    except ValidationError as error:
        raise ValueError(
            f"统一社会信用代码“{code}”校验不通过：应为 18 位且末位校验码正确，请核对营业执照后重填"
        ) from error


class Record(SQLModel):
    """Columns of every table whose rows come from outside.

    `source` + `source_id` is the natural key: loading the same file twice finds the same rows.
    `version` grows with every change; the search index keeps the highest it has seen. A change is written only over
    the version it was made from: where somebody else was quicker, flushing raises StaleDataError.
    """

    id: int | None = Field(default=None, primary_key=True)
    source: str = Field(max_length=100, index=True)
    source_id: str = Field(max_length=200)
    version: int = Field(default=1)
    is_demo: bool = Field(default=False, index=True)
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 — SQLAlchemy calls it with the class
        # Only tables have columns; the shapes are no tables. `write_values` counts, not SQLAlchemy.
        table = getattr(cls, "__table__", None)
        return {} if table is None else {"version_id_col": table.c.version, "version_id_generator": False}

    def __repr__(self) -> str:
        # The default prints every field: a record in a log or a traceback would carry its contact data along.
        return f"{type(self).__name__}(id={self.id})"
