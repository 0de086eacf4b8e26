"""How one contract looks on its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from matchmaker.classification import classification
from matchmaker.contracts import (
    DECIDING,
    ChainLink,
    ContractStep,
    Part,
    amendments_of,
    chain_of,
    files_of,
    open_steps,
    parts_of,
    pending_amendment,
    receipts_of,
    versions_of,
)
from matchmaker.contracts.checks import Finding, Level, check
from matchmaker.contracts.flows import calibers_of
from matchmaker.contracts.life import ENDED, step_of
from matchmaker.contracts.steps import decision_limit, is_large
from matchmaker.contracts.words import details_in_words, differences, in_words
from matchmaker.contracts.working_days import is_announced, working_days_until
from matchmaker.models.account import Account
from matchmaker.models.contract import (
    ContractAmendment,
    ContractEvent,
    ContractFile,
    ContractReceipt,
    ContractVersion,
    TechnologyContract,
)
from matchmaker.models.contract_shapes import country_name
from matchmaker.models.contract_words import ContractStatus
from matchmaker.money import in_wan, yuan_shown
from matchmaker.registration_rules import Advice, rules
from matchmaker.rights import Actor
from matchmaker.visibility import today
from matchmaker.web.pages.view import Fact, day, place

_Difference = tuple[str, str, str]


@dataclass(frozen=True)
class Amount:
    """One of the three amounts, exact and for people. `note` says how it comes about."""

    label: str
    wan: str
    yuan: str
    note: str = ""


@dataclass(frozen=True)
class Deadline:
    """Until when the registry has to decide, and how that was computed."""

    by: str
    words: str
    is_overdue: bool
    how: str
    source: str
    is_certain: bool


@dataclass(frozen=True)
class Happened:
    """One line of the history."""

    what: str
    who: str
    at: datetime
    on: str
    note: str


@dataclass(frozen=True)
class VersionRow:
    """A version, and what it changed."""

    version: ContractVersion
    who: str
    changes: list[_Difference]


@dataclass(frozen=True)
class AmendmentRow:
    """A change that was applied for."""

    amendment: ContractAmendment
    who: str
    changes: list[_Difference]


@dataclass(frozen=True)
class ContractView:
    """A contract with everything its reader may see and do."""

    contract: TechnologyContract
    is_official: bool
    amounts: list[Amount]
    deductions: list[tuple[str, str]]
    unexplained: str
    flow: str
    deadline: Deadline | None
    chain: list[ChainLink]
    steps: list[ContractStep]
    findings: list[Finding]
    errors: list[Finding]
    refusals: list[str]
    parties: list[tuple[str, list[Fact]]]
    facts: list[Fact]
    versions: list[VersionRow]
    amendments: list[AmendmentRow]
    has_pending: bool
    receipts: list[ContractReceipt]
    unverified: list[ContractReceipt]
    files: Sequence[ContractFile]
    history: list[Happened]
    advice: list[Advice]
    # When it was supplemented: that day is the day of acceptance (draft measures art. 14).
    supplemented_on: date | None


def contract_view(session: Session, contract: TechnologyContract, reader: Actor) -> ContractView:
    """The contract as this reader sees it."""
    is_official = Part.OFFICIAL in parts_of(contract, reader)
    findings = [one for one in check(session, contract) if is_official or not one.officials_only]
    receipts = receipts_of(session, contract)
    explained = sum(one.amount_fen for one in contract.deductions)
    left = contract.contract_value_fen - contract.technology_value_fen - explained
    is_pending = pending_amendment(session, contract) is not None
    history = _history(session, contract)
    was_returned = any(one.what == ContractStep.RETURN.label for one in history)
    return ContractView(
        contract=contract,
        is_official=is_official,
        amounts=_amounts(contract),
        deductions=[(one.what, f"{yuan_shown(one.amount_fen)} 元") for one in contract.deductions],
        unexplained=f"{yuan_shown(abs(left))} 元" if left else "",
        flow=_flow(contract),
        deadline=_deadline(contract),
        chain=chain_of(session, contract, reader),
        steps=open_steps(session, contract, reader),
        findings=findings,
        errors=[one for one in findings if one.level is Level.ERROR],
        refusals=[rules().refusal_reasons.label(code) for code in contract.refusal_reasons],
        parties=[(label, _party(contract, side)) for side, label in (("seller", "卖方"), ("buyer", "买方"))],
        facts=_facts(contract),
        versions=version_rows(session, contract),
        amendments=_amendments(session, contract),
        has_pending=is_pending,
        receipts=receipts,
        unverified=[one for one in receipts if one.verified_on is None],
        files=files_of(session, contract),
        history=history,
        advice=list(rules().advice_at("amending" if is_pending else contract.status, today())),
        supplemented_on=contract.submitted_on if was_returned else None,
    )


def version_rows(session: Session, contract: TechnologyContract) -> list[VersionRow]:
    """All versions, the newest first, each with what differs from the one before."""
    versions = versions_of(session, contract)
    names = _names(session, [one.recorded_by_id for one in versions])
    found = []
    for place_, one in enumerate(versions):
        before = versions[place_ + 1] if place_ + 1 < len(versions) else None
        changes = differences(before.content, one.content) if before else []
        found.append(VersionRow(one, names.get(one.recorded_by_id, "平台"), changes))
    return found


def _amounts(contract: TechnologyContract) -> list[Amount]:
    income = f"已到款 {in_wan(contract.received_fen)}" if contract.received_fen else "到款核定后计入"
    values = (
        ("合同成交额", contract.contract_value_fen, contract.amount_certainty.label),
        ("技术交易额", contract.technology_value_fen, "成交额 − 非技术性费用"),
        ("技术性收入", contract.technology_income_fen, income),
    )
    return [Amount(label, in_wan(fen), yuan_shown(fen), note) for label, fen, note in values]


def _flow(contract: TechnologyContract) -> str:
    """Which calibers of the city count it."""
    if contract.status in ENDED:
        return f"{contract.status.label}，不计入成交额"
    if not calibers_of(contract):
        return "双方都不在本市（或没有填写行政区划），不计入本市成交额"
    labels = "、".join(f"“{one.label}”" for one in calibers_of(contract))
    if contract.contract_value_fen == 0:
        return f"金额为零，不计入成交额（填写金额后计入{labels}）"
    return f"{'计入' if contract.status is ContractStatus.REGISTERED else '登记后将计入'}{labels}"


def _deadline(contract: TechnologyContract) -> Deadline | None:
    if contract.status not in DECIDING or contract.decide_by is None or contract.accepted_on is None:
        return None
    limit = decision_limit(contract, contract.accepted_on)
    left = working_days_until(today(), contract.decide_by)
    ahead = f"还有 {left} 个工作日" if left else "今天到期"
    why = "有争议，" if contract.is_disputed else "大额合同，" if is_large(contract, contract.accepted_on) else ""
    counted = "" if limit.in_calendar_days else "，按国务院放假调休安排计算"
    return Deadline(
        by=day(contract.decide_by),
        words=ahead if left >= 0 else f"已逾期 {-left} 个工作日",
        is_overdue=left < 0,
        how=f"{why}自受理日 {day(contract.accepted_on)} 起 {limit.span}{counted}",
        source=limit.source,
        is_certain=is_announced(contract.decide_by.year),
    )


def _party(contract: TechnologyContract, side: str) -> list[Fact]:
    def of(name: str) -> str:
        return getattr(contract, f"{side}_{name}") or ""

    country = of("country")
    found = [
        Fact("名称", of("name") or "未填写", strong=True),
        Fact("信用代码", of("credit_code")),
        Fact("性质", rules().natures.label(of("nature"))),
        Fact("国别（地区）", "" if country == "CN" else country_name(country)),
        Fact("行政区划", place(of("region_code"), of("park"))),
        *(Fact(label, value) for label, value in details_in_words(getattr(contract, f"{side}_details"))),
    ]
    return [one for one in found if one.value]


def _facts(contract: TechnologyContract) -> list[Fact]:
    lists, known = classification(), rules()
    validity = " 至 ".join(one for one in (day(contract.begins_on), day(contract.ends_on)) if one)
    content = contract.model_dump(mode="json", include={"rights", "industry_code", "is_related_party"})
    found = [
        Fact("合同登记编号", contract.registration_number or ""),
        Fact("登记日期", day(contract.registered_on)),
        Fact("登记机构", contract.registry_name),
        Fact("签订日期", day(contract.signed_on)),
        Fact("有效期", validity),
        Fact("合同类型", contract.kind.label if contract.kind else ""),
        Fact("支付方式", contract.payment_mode.label if contract.payment_mode else ""),
        Fact("外币", _foreign(contract)),
        Fact("知识产权", contract.ip_type.label if contract.ip_type else ""),
        Fact("权利编号", in_words("rights", content["rights"]) if contract.rights else ""),
        Fact("技术领域", lists.technology_fields.label(contract.technology_field)),
        Fact("国民经济行业", in_words("industry_code", content["industry_code"]) if contract.industry_code else ""),
        Fact("本市产业", lists.city.industries.label(contract.city_industry)),
        Fact("计划来源", known.plan_sources.label(contract.plan_source)),
        Fact("社会经济目标", known.objectives.label(contract.objective)),
        Fact("关联交易", "" if contract.is_related_party is None else "是" if contract.is_related_party else "否"),
        *(
            Fact(label, f"{yuan_shown(fen)} 元")
            for label, fen in (("预计新增投入", contract.new_investment_fen), ("预计新增产值", contract.new_output_fen))
            if fen is not None
        ),
    ]
    return [one for one in found if one.value]


def _foreign(contract: TechnologyContract) -> str:
    if contract.currency == "CNY":
        return ""
    rate = f"，汇率 {contract.exchange_rate}（{day(contract.rate_on)}）" if contract.exchange_rate else ""
    return f"{contract.foreign_amount} {contract.currency}{rate}"


def _amendments(session: Session, contract: TechnologyContract) -> list[AmendmentRow]:
    amendments = amendments_of(session, contract)
    names = _names(session, [one.applied_by_id for one in amendments])
    now = contract.model_dump(mode="json")
    # What a decided one changed stands with its version.
    return [
        AmendmentRow(
            one,
            names.get(one.applied_by_id, "平台"),
            differences(now, now | one.values) if one.decided_on is None else [],
        )
        for one in amendments
    ]


def _history(session: Session, contract: TechnologyContract) -> list[Happened]:
    wanted = select(ContractEvent).where(col(ContractEvent.contract_id) == contract.id)
    events = session.exec(wanted.order_by(col(ContractEvent.id).desc())).all()
    names = _names(session, [one.account_id for one in events])
    reasons = rules().refusal_reasons
    return [
        Happened(
            what=step_of(one).label,
            who=names.get(one.account_id, "平台"),
            at=one.at,
            on=_apart(one.happened_on, one.at),
            note="；".join(part for part in ("、".join(reasons.label(code) for code in one.reasons), one.note) if part),
        )
        for one in events
    ]


def _apart(on: date | None, at: datetime) -> str:
    """The day something happened, where it was not the day it was entered."""
    return "" if on is None or day(on) == day(at) else day(on)


def _names(session: Session, account_ids: Sequence[int | None]) -> dict[int | None, str]:
    wanted = {one for one in account_ids if one is not None}
    rows = session.exec(select(Account.id, Account.name).where(col(Account.id).in_(wanted)))
    return dict(rows.all())
