"""What the year came to against its target, and what the next one asks: sentences that follow from the numbers.

A target is compared only with the same metric, caliber and date basis; where they differ, a notice says so instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlmodel import Session, col, select

from matchmaker.classification import classification
from matchmaker.fuzzy import YUAN, Stated, stated_text
from matchmaker.models.contract_words import Qualifier, TargetMetric, TargetTier
from matchmaker.models.target import Target
from matchmaker.reports.wording import completion_words, percent
from matchmaker.targets import AMOUNTS

# Words of which one is in every name of what a target counts.
_COUNTED = ("额", "收入", "合同", "成果")


@dataclass(frozen=True)
class Comparison:
    """A figure beside its target. `sentence` has no full stop."""

    target: Target
    actual: int
    is_over: bool

    @property
    def completion(self) -> Fraction:
        return Fraction(self.actual, self.target.value)

    @property
    def sentence(self) -> str:
        words = completion_words(self.actual, self.target.value, is_over=self.is_over)
        joined = "的" if self.target.qualifier is Qualifier.AT_LEAST else ""
        task = f"{given_by(self.target)}{stated(self.target)}{joined}目标任务"
        return f"{words}{task}，完成率{percent(self.completion)}"


def targets_of(session: Session, year: int, region_code: str) -> list[Target]:
    """The targets of a year and region: assigned ones first, amounts before counts."""
    found = session.exec(select(Target).where(col(Target.year) == year, col(Target.region_code) == region_code))
    tiers, metrics = list(TargetTier), list(TargetMetric)
    return sorted(found, key=lambda one: (tiers.index(one.tier), metrics.index(one.metric), one.id))


def leading(targets: Sequence[Target]) -> Target | None:
    """The one the headline is compared with."""
    return next((one for one in targets if one.metric in AMOUNTS), None)


def registration_target(targets: Sequence[Target]) -> Target | None:
    """The one for achievements registered by the province."""
    return next((one for one in targets if one.metric is TargetMetric.ACHIEVEMENTS_REGISTERED), None)


def stated(target: Target) -> str:
    """The target with its qualifier: `1.8亿元`, `800项以上`."""
    return stated_text(Stated(target.value, target.qualifier, YUAN if target.metric in AMOUNTS else "项"))


def given_by(target: Target) -> str:
    """Whose target it is, as part of a sentence: `省科技厅下达的`."""
    if target.tier is TargetTier.ASSIGNED:
        return f"{target.giver or '上级科技主管部门'}下达的"
    if target.giver and target.region_code != classification().city.code:
        # What a district works towards is handed on by the city.
        return f"{target.giver}下达的"
    return "人大报告确定的" if target.tier is TargetTier.COUNCIL else "年度工作计划确定的"


def one_per_metric(targets: Sequence[Target]) -> list[Target]:
    """Of several tiers the first counts."""
    by_metric: dict[TargetMetric, Target] = {}
    for one in targets:
        by_metric.setdefault(one.metric, one)
    return list(by_metric.values())


def plan_words(targets: Sequence[Target]) -> str:
    """`技术合同交易额突破2.8亿元、登记科技成果800项以上`, one per metric; empty without targets."""
    return "、".join(map(_in_its_words, one_per_metric(targets)))


def _in_its_words(target: Target) -> str:
    """The words of the document it stands in, where they say what is counted; otherwise the metric's name and the number."""
    words = target.stated_as.strip().rstrip("。；;，,")
    return words if any(one in words for one in _COUNTED) else f"{target.metric.label}{stated(target)}"


def growth_words(target: Target, actual: int) -> str:
    """What the next target asks beyond this year's figure of the same metric."""
    name = target.metric.label
    if actual == 0:
        return f"本年没有{name}，无法计算所需增长。"
    growth = Fraction(target.value, actual) - 1
    if growth <= 0:
        return f"按{name}计，本年实绩已达到该目标。"
    return f"按{name}计，比本年实绩需增长{percent(growth)}。"


def mismatch_words(this: TargetMetric, following: Target, actual: int) -> str:
    """The notice where next year's target is stated in another metric than this year's figure; empty if it is not."""
    if following.metric is this:
        return ""
    said = (
        f"下一年目标中的“{following.metric.label}”与本年实绩的“{this.label}”不是同一指标，"
        "不能直接相比，待向下达单位核实"
    )
    if actual == 0:
        return said
    growth = Fraction(following.value, actual) - 1
    compared = f"比本年实绩增长{percent(growth)}" if growth > 0 else "不高于本年实绩"
    return f"{said}；如该目标实指{this.label}，则{compared}"
