"""Cells that may go wrong without losing the row: which columns these are, and where their words are kept."""

from collections.abc import Iterator, MutableMapping
from typing import Any

from annotated_types import MaxLen
from pydantic import BaseModel

from matchmaker.ingest.fields import ImportKind
from matchmaker.ingest.report import CellProblem

# What the row is known by and what it is about: without it there is no record, and a wrong one is another record.
_ASKED = {
    ImportKind.NEEDS: {"title", "source_id", "poster", "enterprise_name", "poster_name"},
    ImportKind.ACHIEVEMENTS: {"title", "source_id", "owner", "institution_name", "enterprise_name", "owner_name"},
    ImportKind.ENTERPRISES: {"name", "source_id", "credit_code"},
    ImportKind.INSTITUTIONS: {"name", "source_id", "credit_code"},
}
_CONTENT = frozenset(("problem", "description", "goal", "key_technology"))
# Of lists of the office itself only what stands beside the facts: everything else is a figure, a party or a number.
_BESIDE = {
    ImportKind.ACHIEVEMENT_REGISTRATIONS: {"technology_field", "region_code"},
    ImportKind.SIGNINGS: {"region_code", "note"},
}
# Words outside of these lists are worth searching for.
_KEYWORDS = frozenset(("technology_field", "hitech_field", "emerging_industry", "city_industry", "industry_code"))
_MATURITY = frozenset(("maturity_level", "stage"))


def is_optional(kind: ImportKind, field: str) -> bool:
    """May a cell of this field be left out with a warning?"""
    if kind in _ASKED:
        return field not in _ASKED[kind] and field not in _CONTENT
    if kind is ImportKind.CONTRACTS:
        return "_details." in field
    return field in _BESIDE.get(kind, ())


def kept_as_keyword(field: str) -> bool:
    """Is a word of this field that its list does not have a keyword?"""
    return field in _KEYWORDS


def text_home(kind: ImportKind, field: str) -> str | None:
    """The text field in which the words of a cell are kept that was not understood; None: they are dropped."""
    if kind is ImportKind.NEEDS:
        return "constraints"
    if kind is ImportKind.ACHIEVEMENTS:
        return "maturity_evidence" if field in _MATURITY else "summary"
    return None


def trimmed(kind: ImportKind, shape: type[BaseModel], values: MutableMapping[str, Any]) -> Iterator[CellProblem]:
    """Shorten texts and lists that are longer than their field; tells of each, its `column` being the field.

    A long text of a need goes on in its description; nothing else is cut but what no field could hold.
    """
    if kind not in (ImportKind.NEEDS, ImportKind.ACHIEVEMENTS):
        return
    for name in _TEXTS[kind]:
        text, limit = values.get(name), _limit(shape, name)
        if not isinstance(text, str) or len(text) <= limit:
            continue
        if kind is ImportKind.NEEDS and name != "description":
            held = values.get("description") or ""
            values["description"] = f"{held}\n{text}" if held else text
            del values[name]
            yield CellProblem(name, "", f"超过 {limit} 个字，已并入需求描述", f"请缩短到 {limit} 个字以内")
        else:
            values[name] = text[:limit]
            yield CellProblem(
                name, "", f"超过 {limit} 个字，只导入了前 {limit} 个字", "请缩短，或把其余内容填到别的栏目"
            )
    for name, longest in _LINES:
        entries = values.get(name)
        if not isinstance(entries, list):
            continue
        short = [entry for entry in entries if not isinstance(entry, str) or len(entry) <= longest]
        if len(short) < len(entries):
            values[name] = short
            yield CellProblem(name, "", f"有超过 {longest} 个字的一项，没有导入", f"每项请在 {longest} 个字以内")


# Shortened in this order: the description takes what the others cannot hold.
_TEXTS = {
    ImportKind.NEEDS: ("problem", "key_technology", "goal", "constraints", "description"),
    ImportKind.ACHIEVEMENTS: (
        "summary",
        "problem_solved",
        "principle",
        "economic_comparison",
        "applied_cases",
        "maturity_evidence",
    ),
}
_LINES = (("keywords", 40), ("must_have", 300), ("nice_to_have", 300), ("awards", 300), ("team", 300))


def _limit(shape: type[BaseModel], name: str) -> int:
    return next(rule.max_length for rule in shape.model_fields[name].metadata if isinstance(rule, MaxLen))
