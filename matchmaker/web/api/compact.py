"""`fields=`: records of which a program wants only some fields. `id` is always among them."""

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field, SerializerFunctionWrapHandler, create_model, model_serializer

from matchmaker.errors import MalformedRequest

C = TypeVar("C", bound="Compact")

FIELDS_TEXT = "只要哪些字段，逗号分隔，如 `id,title,updated_at`；`id` 总在其中。不给为全部字段"
Fields = Annotated[str | None, Query(max_length=1000, description=FIELDS_TEXT, examples=["id,title,updated_at"])]


class Compact(BaseModel):
    """Some fields of a record; those that were not asked for are missing, not empty."""

    @model_serializer(mode="wrap")
    def only_given(self, handler: SerializerFunctionWrapHandler):  # type: ignore[no-untyped-def]
        # Without a stated return type the description keeps the fields.
        return {name: value for name, value in handler(self).items() if name in self.model_fields_set}

    @classmethod
    def of(cls: type[C], record: BaseModel, names: frozenset[str]) -> C:
        """These fields of the record."""
        return cls.model_validate({name: getattr(record, name) for name in names})


def compact(name: str, shape: type[BaseModel]) -> type[Compact]:
    """A shape that has every field of `shape`, each of them optional except the number."""
    fields: dict[str, Any] = {}
    for field, info in shape.model_fields.items():
        description = info.description
        if field == "id":
            fields[field] = (info.annotation, Field(description=description))
        else:
            fields[field] = (_optional(info.annotation), Field(default=None, description=description))
    for field, computed in shape.model_computed_fields.items():
        fields[field] = (_optional(computed.return_type), Field(default=None, description=computed.description))
    return create_model(name, __base__=Compact, __doc__=f"Some fields of `{shape.__name__}`.", **fields)


def chosen_fields(asked: str | None, shape: type[Compact]) -> frozenset[str] | None:
    """The names in `fields=`, None without it. Raises MalformedRequest, which names those there are."""
    if asked is None or not asked.strip():
        return None
    names = {name for part in asked.split(",") if (name := part.strip())}
    if unknown := sorted(names - shape.model_fields.keys()):
        known = "、".join(shape.model_fields)
        raise MalformedRequest(f"fields 中没有这些字段：{'、'.join(unknown)[:200]}", f"可以写：{known}")
    return frozenset(names | {"id"})


def with_fields(records: Sequence[BaseModel], shape: type[Compact], names: frozenset[str] | None) -> list[Any]:
    """The records as they are, or with these fields only."""
    return list(records) if names is None else [shape.of(record, names) for record in records]


def _optional(annotation: Any) -> Any:
    return annotation | None
