"""The facts of a year: what section (五) of a bureau's yearly report states, each with its caliber and the rows behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from matchmaker.errors import MalformedRequest
from matchmaker.funnel import Counting, funnel
from matchmaker.models.contract_words import Caliber, Measure, SigningType
from matchmaker.models.labels import PosterType
from matchmaker.models.reporting import TurnoverSnapshot
from matchmaker.models.target import Target
from matchmaker.period import Period, day_of
from matchmaker.reports import counting
from matchmaker.reports import targets_in_words as said
from matchmaker.reports.counting import Behind, Scope
from matchmaker.reports.frozen import Counted, breakdowns, counted, value_of
from matchmaker.reports.shapes import CONTRACTS, Fact, ReportFacts, SnapshotReference, Stage
from matchmaker.reports.wording import amount_words, day_words, listed, percent, rounded_words
from matchmaker.targets import AMOUNTS, MEASURE_OF, METRIC_OF, About
from matchmaker.visibility import today

# So many institutions are named, then 等.
NAMED = 3


@dataclass(frozen=True)
class _Year:
    """What the facts are gathered from."""

    session: Session
    scope: Scope
    snapshot: TurnoverSnapshot
    targets: Sequence[Target]
    following: Sequence[Target]

    @property
    def is_over(self) -> bool:
        """Do the figures reach to the end of the year?"""
        return self.scope.period == Period.of_year(self.scope.year)

    @property
    def target(self) -> Target | None:
        """The leading target, where it is counted by the same dates as the snapshot."""
        found = said.leading(self.targets)
        return found if found is not None and found.date_basis is self.snapshot.date_basis else None

    @property
    def measure(self) -> Measure:
        return MEASURE_OF[self.target.metric] if self.target else Measure.CONTRACT_VALUE

    @property
    def caliber(self) -> Caliber:
        return self.target.caliber if self.target else Caliber.OUTFLOW

    def words(self, measure: Measure) -> str:
        return About(METRIC_OF[measure], self.caliber, self.snapshot.date_basis).label


def facts_of(session: Session, *, year: int, region_code: str, snapshot: TurnoverSnapshot) -> ReportFacts:
    """The facts of a year in the city or a district; figures of contracts come from the snapshot alone.

    Raises MalformedRequest for a snapshot of another region or another year.
    """
    scope = Scope(year, region_code, until=last_day(snapshot))
    if snapshot.region_code != region_code or snapshot.first != scope.period.first or snapshot.last.year != year:
        raise MalformedRequest(
            f"统计快照“{snapshot.name}”（{snapshot.first} 至 {snapshot.last}）不是{scope.region_name}{year}年的",
            "请选择同一地区、从该年 1 月 1 日起的快照，或新取一个",
        )
    following = said.targets_of(session, year + 1, region_code)
    this = _Year(session, scope, snapshot, said.targets_of(session, year, region_code), following)
    entries = counted(session, snapshot, this.caliber)
    return ReportFacts(
        year=year,
        region_code=region_code,
        region_name=scope.region_name,
        measure=this.measure,
        caliber=this.caliber,
        snapshot=SnapshotReference(
            id=snapshot.id or 0,
            name=snapshot.name,
            taken_at=snapshot.taken_at,
            date_basis=snapshot.date_basis.label,
            digest=snapshot.digest,
        ),
        facts=(
            *_needs(this),
            *_achievements(this),
            *_registrations(this),
            *_turnover(this, entries),
            *_signings(this),
            *_plans(this),
        ),
        breakdowns=breakdowns(entries, scope, this.words(Measure.CONTRACT_VALUE)),
        funnel=_funnel(this),
        notices=tuple(_notices(this, entries)),
        target_fen=this.target.value if this.target and this.measure is not Measure.COUNT else 0,
        until=scope.period.last,
        counted_on=today(),
    )


def last_day(snapshot: TurnoverSnapshot) -> date:
    """The day a snapshot's figures reach to: the end of its period, or where that lay ahead the day it was taken."""
    return min(snapshot.last, max(snapshot.first, day_of(snapshot.taken_at)))


def _funnel(this: _Year) -> tuple[Stage, ...]:
    """The needs of the year and how far they came; each step is part of the one before.

    Empty where none was carried on the platform, as in the year before it began: zeros would say that nobody worked.
    """
    found = funnel(this.session, Counting.COHORT, this.scope.period, this.scope.region_code)
    if not any(one.number for one in found.steps[1:]):
        return ()
    return tuple(Stage(label=one.stage.label, count=one.number) for one in found.steps)


def _count(key: str, name: str, number: int, caliber: str, behind: str) -> Fact:
    return Fact(
        key=key,
        name=name,
        text=str(number),
        rounded=rounded_words(number),
        value=number,
        unit="count",
        caliber=caliber,
        behind=behind,
    )


def _needs(this: _Year) -> list[Fact]:
    posters = counting.needs_by_poster(this.session, this.scope)
    caliber = "当年收到的技术需求，不含草稿和判定为重复的"
    asking = [one.label for one in PosterType if posters[one]]
    text = "和".join(["、".join(asking[:-1]), asking[-1]]) if len(asking) > 1 else "".join(asking)
    facts = [
        _count("needs", "需求数", posters.total(), caliber, Behind.NEEDS),
        Fact(key="posters", name="需求来源", text=text or "各方面", caliber="提出需求的各方，按发布主体"),
    ]
    named = {PosterType.ENTERPRISE: "企业", PosterType.GOVERNMENT: "政府部门", PosterType.PARK: "园区"}
    for one, name in named.items():
        facts.append(
            _count(f"needs_{one}", f"{name}需求数", posters[one], f"其中发布主体为{one.label}的", Behind.NEEDS)
        )
    return facts


def _achievements(this: _Year) -> list[Fact]:
    number = counting.achievements_published(this.session, this.scope)
    leading = counting.leading_institutions(this.session, this.scope, NAMED + 1)
    names = listed([name for name, _ in leading], NAMED)
    caliber = "当年在平台公开发布的科技成果，含此后转化、过期和撤回的"
    return [
        _count("achievements", "成果数", number, caliber, Behind.ACHIEVEMENTS),
        Fact(
            key="institutions",
            name="来源院校",
            text=f"{names}高校院所" if len(leading) > NAMED else names or "高校院所",
            caliber="完成单位中发布成果最多的高校院所",
            behind=Behind.ACHIEVEMENTS,
        ),
    ]


def _registrations(this: _Year) -> list[Fact]:
    number = counting.registrations(this.session, this.scope)
    target = said.registration_target(this.targets)
    compared = said.Comparison(target, number, this.is_over).sentence if target else ""
    return [
        _count("registrations", "成果登记数", number, "省科技成果登记，按登记日期", Behind.REGISTRATIONS),
        Fact(key="registrations_compared", name="成果登记比较", text=compared, caliber="成果登记数与同年目标"),
    ]


def _turnover(this: _Year, entries: Sequence[Counted]) -> list[Fact]:
    actual = value_of(entries, this.measure)
    technology = value_of(entries, Measure.TECHNOLOGY_VALUE)
    target = this.target
    compared = said.Comparison(target, actual, this.is_over) if target else None
    return [
        _amount("turnover", "成交额", actual, this.words(this.measure)),
        Fact(
            key="turnover_name",
            name="成交额名称",
            text=METRIC_OF[this.measure].label,
            caliber="成交额一项所用的指标",
        ),
        _count("contracts", "合同项数", len(entries), this.words(Measure.COUNT), CONTRACTS),
        _amount("technology_value", "技术交易额", technology, this.words(Measure.TECHNOLOGY_VALUE)),
        Fact(key="caliber", name="统计口径", text=this.words(this.measure), caliber="本报告合同数据的口径"),
        Fact(
            key="target",
            name="目标值",
            text=said.stated(target) if target else "",
            value=target.value if target else None,
            unit="fen" if target else "",
            caliber=f"{this.words(this.measure)}；{target.tier.label}，{target.document or '文件未注明'}"
            if target
            else "没有可比的目标",
        ),
        Fact(key="target_giver", name="目标来源", text=said.given_by(target) if target else "", caliber="目标由谁确定"),
        Fact(
            key="completion",
            name="完成率",
            text=percent(compared.completion) if compared else "",
            value=round(compared.completion * 1000) if compared else None,
            unit="permille" if compared else "",
            caliber="成交额与目标值之比，两者同指标、同口径、同日期依据",
            behind=CONTRACTS if compared else "",
        ),
        Fact(
            key="compared",
            name="目标比较",
            text=compared.sentence if compared else "",
            caliber="由成交额和目标值得出",
        ),
    ]


def _amount(key: str, name: str, fen: int, caliber: str) -> Fact:
    text = amount_words(fen)
    return Fact(key=key, name=name, text=text, value=fen, unit="fen", caliber=caliber, behind=CONTRACTS)


def _signings(this: _Year) -> list[Fact]:
    kinds = counting.signings_by_type(this.session, this.scope)
    made_up = "、".join(f"{one.label}{kinds[one]}项" for one in SigningType if kinds[one])
    events = counting.signing_events(this.session, this.scope)
    examples = counting.signing_examples(this.session, this.scope)
    return [
        _count("signings", "签约数", kinds.total(), "当年对接活动上的签约，含不构成技术合同的", Behind.SIGNINGS),
        Fact(key="signing_types", name="签约构成", text=made_up, caliber="签约按类型分列", behind=Behind.SIGNINGS),
        Fact(
            key="signing_events",
            name="签约活动",
            text=_events(events, kinds.total()),
            caliber="签约最多的活动",
            behind=Behind.SIGNINGS,
        ),
        Fact(
            key="signing_examples",
            name="签约举例",
            text="、".join(examples),
            caliber="各类签约中最早的，及签约双方",
            behind=Behind.SIGNINGS,
        ),
    ]


def _events(events: Sequence[tuple[str, int]], signings: int) -> str:
    """Where all of them were signed: one event by its name, several by the largest one and how many they are."""
    if not events:
        return ""
    name = events[0][0]
    # Of what states no event nobody knows at how many it was signed.
    if sum(number for _, number in events) < signings:
        return f"{name}等活动"
    return name if len(events) == 1 else f"{name}等{len(events)}场活动"


def _plans(this: _Year) -> list[Fact]:
    growth = "".join(
        said.growth_words(one, _actual_for(this, one))
        for one in said.one_per_metric(this.following)
        if one.metric in AMOUNTS and one.date_basis is this.snapshot.date_basis
    )
    year = this.scope.year + 1
    return [
        Fact(key="plans", name="下年目标", text=said.plan_words(this.following), caliber=f"{year}年的各项目标"),
        Fact(key="needed_growth", name="下年增长", text=growth, caliber="下年目标与本年同一指标、同一口径的实绩相比"),
    ]


def _actual_for(this: _Year, target: Target) -> int:
    """This year's figure by the target's own metric and caliber."""
    return value_of(counted(this.session, this.snapshot, target.caliber), MEASURE_OF[target.metric])


def _notices(this: _Year, entries: Sequence[Counted]) -> list[str]:
    found = []
    leading = said.leading(this.targets)
    if leading is not None and this.target is None:
        found.append(
            f"目标“{said.stated(leading)}”{leading.date_basis.label}统计，快照{this.snapshot.date_basis.label}统计，"
            "日期依据不同，未作比较"
        )
    if not this.is_over:
        found.append(f"本报告各项数据统计至{day_words(this.scope.period.last)}，不是全年数")
    # Without a target of this year nobody is tempted to compare.
    for one in said.one_per_metric(this.following) if leading is not None else ():
        notice = said.mismatch_words(METRIC_OF[this.measure], one, value_of(entries, this.measure))
        found += [notice] if notice and one.metric in AMOUNTS else []
    return found
