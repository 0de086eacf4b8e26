"""What a record without a number is known by, whose it is, and what of it is stored."""

from typing import Any

from pydantic import BaseModel

from matchmaker.ingest.values import folded
from matchmaker.models.achievement import AchievementCreate
from matchmaker.models.base import Record
from matchmaker.models.need import NeedCreate
from matchmaker.money import yuan_text
from matchmaker.records import content_key

_OWNERS = (
    "enterprise_name",
    "institution_name",
    "poster_name",
    "owner_name",
    "enterprise_credit_code",
    "institution_credit_code",
)
# Of the platform itself, not of the row.
_NOT_SHOWN = frozenset(
    (
        "id",
        "source",
        "version",
        "is_demo",
        "created_at",
        "updated_at",
        "published_at",
        "last_confirmed_at",
        "posted_by_id",
        "reviewed_by_id",
        "reviewed_at",
        "enterprise_id",
        "institution_id",
    )
)


def with_identity(create: BaseModel) -> BaseModel:
    """The shape with a source id. A need or achievement without one is known by its title and whose it is, so that the
    same list, corrected, is the same records, and two lists numbered 1, 2, 3 are not.
    """
    if not isinstance(create, NeedCreate | AchievementCreate) or create.source_id:
        return create
    named = {"title": folded(create.title), "owner": folded(_owner(create))}
    return create.model_copy(update={"source_id": content_key(named)})


def is_ownerless(create: BaseModel) -> bool:
    """A need or achievement that nobody can be asked about."""
    return isinstance(create, NeedCreate | AchievementCreate) and not _owner(create)


def stored_values(record: Record, create: BaseModel | None) -> dict[str, Any]:
    """Field → value as it is stored, days as ISO text, amounts in fen and also in yuan; what is empty is left out.

    `create` tells how the row names the organisations, which are records of their own.
    """
    named = {name: value for name in _OWNERS if (value := getattr(create, name, None))}
    values = {
        name: value
        for name, value in record.model_dump(mode="json").items()
        if name not in _NOT_SHOWN and value not in (None, "", [], {})
    }
    yuan = {
        name.removesuffix("_fen"): yuan_text(value)
        for name, value in values.items()
        if name.endswith("_fen") and isinstance(value, int)
    }
    return {**named, **values, **yuan}


def _owner(create: BaseModel) -> str:
    return next((owner for name in _OWNERS if (owner := getattr(create, name, None))), "")
