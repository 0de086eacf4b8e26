"""The registration rules of technology contracts as dated data: `registration_rules.toml`, read once per process.

Every rule carries its source and the days it is in force; pages show both. A regulation of which only the draft could
be read says so. Nothing here decides: it is what the checks and the wizard ask with.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from matchmaker.classification import Entry, Vocabulary


@dataclass(frozen=True)
class Regulation:
    """One legal text. `is_draft`: the final text could not be read; what is quoted is the draft for comment."""

    code: str
    title: str
    issuer: str
    effective_from: date
    effective_to: date | None = None
    is_draft: bool = False
    note: str = ""


@dataclass(frozen=True)
class Limit:
    """A number the rules set, from a day on."""

    value: int
    effective_from: date
    source: str


@dataclass(frozen=True)
class RegistrationRules:
    """All of them."""

    regulations: tuple[Regulation, ...]
    natures: Vocabulary
    plan_sources: Vocabulary
    objectives: Vocabulary
    refusal_reasons: Vocabulary
    limits: Mapping[str, tuple[Limit, ...]]

    def limit(self, name: str, on: date) -> Limit:
        """The limit of that name in force on a day; before the first one, the first. Raises KeyError."""
        known = self.limits[name]
        return next((one for one in reversed(known) if one.effective_from <= on), known[0])


@cache
def rules() -> RegistrationRules:
    """The rules of this installation."""
    content = tomllib.loads(files("matchmaker").joinpath("registration_rules.toml").read_text("utf-8"))
    return RegistrationRules(
        regulations=tuple(Regulation(**one) for one in content["regulations"]),
        natures=_vocabulary("单位性质", content["natures"]),
        plan_sources=_vocabulary("计划来源", content["plan_sources"]),
        objectives=_vocabulary("社会经济目标", content["objectives"]),
        refusal_reasons=_vocabulary("不予登记原因", content["refusal_reasons"]),
        limits={name: tuple(Limit(**one) for one in listed) for name, listed in content["limits"].items()},
    )


def _vocabulary(name: str, content: Mapping[str, Any]) -> Vocabulary:
    return Vocabulary(
        name, content["edition"], content["source"], content["effective_from"], tuple(_entries(content["entries"]))
    )


def _entries(rows: Iterable[Mapping[str, Any]]) -> Iterable[Entry]:
    for row in rows:
        yield Entry(
            row["code"], row["label"], row.get("parent", ""), tuple(row.get("aliases", ())), row.get("group", "")
        )
