"""How values that SQL has no type for are stored: enums as text, nested shapes as JSON."""

from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import JSON, String
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class EnumText(TypeDecorator[StrEnum]):
    """A StrEnum stored as its value, so that SQL stays readable and a new member needs no migration."""

    impl = String(40)
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.enum(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.enum(value)


class Json(TypeDecorator[Any]):
    """A pydantic-typed value (a model, a list of enums …) stored as JSON; read back as the same type."""

    impl = JSON
    cache_ok = True

    def __init__(self, of: Any) -> None:
        super().__init__()
        self.of = of
        self._adapter: TypeAdapter[Any] = TypeAdapter(of)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        return self._adapter.dump_python(self._adapter.validate_python(value), mode="json")

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        return None if value is None else self._adapter.validate_python(value)


def sorted_text(length: int) -> Any:
    """`Field(sa_type=sorted_text(200))`: text that pages sort by. The order is that of the code points on every database:
    SQLite's only one, while PostgreSQL would follow the language it was set up with.
    """
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def enum_column(enum: type[StrEnum]) -> Any:
    """`Field(sa_type=enum_column(NeedStatus))`; typed Any because SQLModel's stub knows only classes."""
    return EnumText(enum)


def json_column(of: Any) -> Any:
    """`Field(sa_type=json_column(list[Indicator]))`. Mutating the value in place is not seen: assign a new one."""
    return Json(of)
