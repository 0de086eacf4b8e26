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
from typing import Any, Protocol, TypeVar

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
    """A number the rules set, from a day on. `in_calendar_days`: of a span of days, not of working days."""

    value: int
    effective_from: date
    source: str
    in_calendar_days: bool = False

    @property
    def span(self) -> str:
        """Of a limit of time: how long it is, for people."""
        return f"{self.value} {'日' if self.in_calendar_days else '个工作日'}"


# The nature 境外机构: a party that has it is in no place of China.
FOREIGN_NATURE = "900"


class _Dated(Protocol):
    @property
    def effective_from(self) -> date: ...

    @property
    def effective_to(self) -> date | None: ...


D = TypeVar("D", bound=_Dated)


def in_force(rows: Iterable[D], on: date) -> tuple[D, ...]:
    """Those of the rows that hold on that day; `effective_to` is the first day on which one no longer does."""
    return tuple(
        one for one in rows if one.effective_from <= on and (one.effective_to is None or on < one.effective_to)
    )


@dataclass(frozen=True)
class CategoryRule:
    """Since when a category is one of its own; before, its contracts stood under `stood_under`."""

    code: str
    effective_from: date
    source: str
    stood_under: str = ""
    effective_to: date | None = None


@dataclass(frozen=True)
class KindRule:
    """Under which category a kind stands in a span of time."""

    code: str
    category: str
    effective_from: date
    source: str
    effective_to: date | None = None


@dataclass(frozen=True)
class Question:
    """One question of the wizard. `wanted` is `yes` or `no`; `consequence` is said of the other answer."""

    code: str
    text: str
    wanted: str
    consequence: str
    check: str
    level: str
    effective_from: date
    source: str
    categories: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    effective_to: date | None = None

    def is_about(self, category: str, kind: str | None) -> bool:
        """Is it asked of such a contract?"""
        return (not self.categories or category in self.categories) and (not self.kinds or kind in self.kinds)


@dataclass(frozen=True)
class Paper:
    """A paper of the application. `when`: always, rights, foreign, project or agent; `attached_as`: a `ContractPaper`."""

    code: str
    label: str
    when: str
    attached_as: str
    note: str
    effective_from: date
    source: str
    effective_to: date | None = None


@dataclass(frozen=True)
class Benefit:
    """What registration opens. Information: the authority named in the source decides. No category: for all."""

    code: str
    title: str
    text: str
    effective_from: date
    source: str
    categories: tuple[str, ...] = ()
    effective_to: date | None = None


@dataclass(frozen=True)
class Advice:
    """What has to be known at a point of a contract's life: a `ContractStatus`, `amending` or `deductions`."""

    code: str
    at: str
    text: str
    effective_from: date
    source: str
    effective_to: date | None = None


@dataclass(frozen=True)
class CheckRule:
    """What stands behind one validation. `is_own`: a caution of this platform that no published rule demands."""

    code: str
    title: str
    group: str
    effective_from: date
    source: str
    is_own: bool = False
    effective_to: date | None = None


@dataclass(frozen=True)
class RefusalText:
    """How one regulation puts a reason of `refusal_reasons`, in our words."""

    code: str
    text: str
    effective_from: date
    source: str
    effective_to: date | None = None


@dataclass(frozen=True)
class RegistrationRules:
    """All of them."""

    regulations: tuple[Regulation, ...]
    natures: Vocabulary
    plan_sources: Vocabulary
    objectives: Vocabulary
    refusal_reasons: Vocabulary
    # ISO 3166-1 alpha-2 → the three digits the national form asks for; countries that are not here have none.
    customs_codes: Mapping[str, str]
    limits: Mapping[str, tuple[Limit, ...]]
    categories: tuple[CategoryRule, ...]
    kinds: tuple[KindRule, ...]
    questions: tuple[Question, ...]
    papers: tuple[Paper, ...]
    benefits: tuple[Benefit, ...]
    advice: tuple[Advice, ...]
    checks: tuple[CheckRule, ...]
    refusal_texts: tuple[RefusalText, ...]

    def category_of(self, category: str, on: date) -> str:
        """Under which category a contract of that day stands in the registry: 许可 under 转让 before the Civil Code."""
        rule = next(one for one in self.categories if one.code == category)
        return rule.stood_under if rule.stood_under and on < rule.effective_from else category

    def stands_under(self, kind: str, category: str, on: date | None) -> bool:
        """Did contracts of this kind stand under that category on a day, or (None) on any day at all?

        What is older than the first rule is taken as under it.
        """
        first = min(one.effective_from for one in self.kinds)
        standing = self.kinds if on is None else in_force(self.kinds, max(on, first))
        return any(one.code == kind and one.category == category for one in standing)

    def questions_for(self, category: str, kind: str | None, on: date) -> tuple[Question, ...]:
        """What is asked of a contract of this category and kind that is signed on that day."""
        return tuple(one for one in in_force(self.questions, on) if one.is_about(category, kind))

    def benefits_for(self, category: str, on: date) -> tuple[Benefit, ...]:
        """What may be applied for after registration."""
        return tuple(one for one in in_force(self.benefits, on) if not one.categories or category in one.categories)

    def advice_at(self, point: str, on: date) -> tuple[Advice, ...]:
        """What the rules of that day say at this point."""
        return tuple(one for one in in_force(self.advice, on) if one.at == point)

    def check(self, code: str) -> CheckRule:
        """The rule behind a finding. Raises StopIteration for a code that is none of `checks`."""
        return next(one for one in self.checks if one.code == code)

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
        customs_codes=content["customs_codes"],
        limits={name: tuple(Limit(**one) for one in listed) for name, listed in content["limits"].items()},
        categories=_rows(CategoryRule, content["categories"]),
        kinds=_rows(KindRule, content["kinds"]),
        questions=_rows(Question, content["questions"]),
        papers=_rows(Paper, content["papers"]),
        benefits=_rows(Benefit, content["benefits"]),
        advice=_rows(Advice, content["advice"]),
        checks=_rows(CheckRule, content["checks"]),
        refusal_texts=_rows(RefusalText, content["refusal_texts"]),
    )


T = TypeVar("T")


def _rows(shape: type[T], listed: Iterable[Mapping[str, Any]]) -> tuple[T, ...]:
    """One table of the file; an unknown or missing key is a TypeError that names it."""
    return tuple(
        shape(**{name: tuple(one) if isinstance(one, list) else one for name, one in row.items()}) for row in listed
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
