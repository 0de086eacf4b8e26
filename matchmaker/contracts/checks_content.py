"""Amounts, dates, rights and the qualification of a contract."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from matchmaker.contracts.checks_finding import Finding, Level, found
from matchmaker.contracts.numbers import has_odd_year
from matchmaker.contracts.plausible import suggested_fen
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import AmountCertainty, ContractCategory, ContractIp, ContractKind
from matchmaker.money import FEN_PER_YUAN, in_wan, yuan_shown
from matchmaker.registration_rules import rules
from matchmaker.visibility import today

# Things that are bought, not technology: the price of them belongs among the deductions.
_THINGS = re.compile("设备|仪器|零部件|元器件|原材料|生产线|成套装置")
# A rate is written with four decimals at most: the product may differ from the booked value by half a per cent.
_RATE_TOLERANCE = Decimal("0.005")
# Contracts that run from before their signature usually run from the same month.
_EARLY_BEGIN = timedelta(days=31)
_PATENTS = frozenset({ContractIp.INVENTION_PATENT, ContractIp.UTILITY_MODEL, ContractIp.DESIGN})
_K, _I = ContractKind, ContractIp
# The rights a kind can be about; kinds that are not listed can be about any.
_FITTING: dict[ContractKind, frozenset[ContractIp]] = {
    _K.PATENT_TRANSFER: _PATENTS,
    _K.PATENT_APPLICATION_TRANSFER: _PATENTS,
    _K.EXCLUSIVE_LICENCE: _PATENTS,
    _K.SOLE_LICENCE: _PATENTS,
    _K.ORDINARY_LICENCE: _PATENTS,
    _K.SECRET_TRANSFER: frozenset({_I.TECHNICAL_SECRET}),
    _K.SECRET_LICENCE: frozenset({_I.TECHNICAL_SECRET}),
    _K.SOFTWARE_TRANSFER: frozenset({_I.SOFTWARE_COPYRIGHT}),
    _K.CHIP_LAYOUT_TRANSFER: frozenset({_I.CHIP_LAYOUT}),
    _K.PLANT_VARIETY_TRANSFER: frozenset({_I.PLANT_VARIETY}),
    _K.DRUG_VARIETY_TRANSFER: frozenset({_I.DRUG_VARIETY}),
}
_ABOUT_RIGHTS = (ContractCategory.TRANSFER, ContractCategory.LICENCE)


def is_about_rights(contract: TechnologyContract) -> bool:
    """Does it pass on or license rights, so that numbers and certificates are asked for?"""
    return contract.category in _ABOUT_RIGHTS


def is_about_a_secret(contract: TechnologyContract) -> bool:
    """Is its subject a technical secret 技术秘密, which has no number and no certificate?"""
    kinds = (ContractKind.SECRET_TRANSFER, ContractKind.SECRET_LICENCE)
    return contract.ip_type is ContractIp.TECHNICAL_SECRET or contract.kind in kinds


def amounts(contract: TechnologyContract) -> Iterator[Finding]:
    """V1, V2, V16, the arithmetic of V17, and what the amounts leave open."""
    value, technology = contract.contract_value_fen, contract.technology_value_fen
    if technology > value:
        yield found("V1", Level.ERROR, "技术交易额大于合同成交额", "请核对两个金额", "technology_value_fen")
    elif value == 0:
        sentence = "合同成交额为零：可以签订，但不计入成交额统计，登记系统一般不接受"
        yield found("V2", Level.WARN, sentence, "无偿许可等请确认；漏填的请补金额", "contract_value_fen")
    else:
        yield from _deductions(contract, value - technology)
    for field, fen in (("contract_value_fen", value), ("technology_value_fen", technology)):
        suggested = suggested_fen(fen)
        if suggested is not None:
            sentence = f"{'合同成交额' if field == 'contract_value_fen' else '技术交易额'}为 {yuan_shown(fen)} 元，是否把“万元”与“元”弄混？"
            yield found("V16", Level.WARN, sentence, f"如应为 {in_wan(suggested)}，请改正；金额无误请写明", field)
    if contract.amount_certainty is not AmountCertainty.FIXED:
        sentence = f"金额为{contract.amount_certainty.label}：确定后须先向原登记机构更正"
        yield found("D2", Level.INFO, sentence, "更正之后才能办理税收优惠和奖励", "amount_certainty")
    if contract.currency != "CNY":
        yield from _foreign_money(contract)


def _deductions(contract: TechnologyContract, difference: int) -> Iterator[Finding]:
    listed = sum(one.amount_fen for one in contract.deductions)
    if listed != difference:
        sentence = f"扣除项合计 {yuan_shown(listed)} 元，与成交额减技术交易额的差 {yuan_shown(difference)} 元不一致"
        yield found("V1", Level.ERROR, sentence, "请逐项列明设备、材料等非技术性费用，或改正金额", "deductions")
    thing = _THINGS.search(f"{contract.title} {contract.subject}")
    if thing and difference == 0:
        sentence = f"标的提到“{thing[0]}”，而技术交易额等于成交额"
        repair = "购置设备、仪器、材料的费用须从技术交易额中扣除；确实没有的请写明"
        yield found("D1", Level.WARN, sentence, repair, "technology_value_fen")


def _foreign_money(contract: TechnologyContract) -> Iterator[Finding]:
    if not (contract.foreign_amount and contract.exchange_rate and contract.rate_on):
        sentence = "外币合同须填外币金额、折算汇率和汇率日期"
        yield found("V17", Level.ERROR, sentence, "请照合同和当日汇率填写", "foreign_amount")
        return
    converted = Decimal(contract.foreign_amount) * Decimal(contract.exchange_rate) * FEN_PER_YUAN
    if abs(converted - contract.contract_value_fen) > _RATE_TOLERANCE * converted:
        sentence = f"外币金额乘汇率为 {yuan_shown(round(converted))} 元，与合同成交额不符"
        yield found("V17", Level.WARN, sentence, "请核对汇率（每 1 外币折合人民币元）和金额", "exchange_rate")


def dates(contract: TechnologyContract, day: date) -> Iterator[Finding]:
    """V3 and V13."""
    signed, begins, ends = contract.signed_on, contract.begins_on, contract.ends_on
    if signed and signed > today():
        yield found("V3", Level.ERROR, "合同签订日期晚于今天", "请照合同文本填写", "signed_on")
    if begins and ends and ends < begins:
        yield found("V3", Level.ERROR, "合同有效期的结束早于开始", "请核对起止日期", "ends_on")
    if signed and begins and begins < signed - _EARLY_BEGIN:
        sentence = f"有效期自 {begins} 起，早于签订日期 {signed} 一个多月"
        yield found("V3", Level.WARN, sentence, "请核对日期；先履行后补签的请写明", "begins_on")
    if ends and ends < day:
        sentence = f"合同有效期已于 {ends} 届满，不能再申请登记"
        yield found("V3", Level.ERROR, sentence, "合同已续期的，请签补充协议并改有效期", "ends_on")
    if begins and begins > day:
        yield found("V3", Level.WARN, f"合同有效期自 {begins} 起，尚未生效", "请在合同生效后申请", "begins_on")
    limit = rules().limit("large_technology_value_fen", day)
    if contract.technology_value_fen >= limit.value:
        span = rules().limit("large_decision_working_days", day).span
        sentence = f"技术交易额达到 {in_wan(limit.value)}，为大额合同：须专家审核，期限 {span}"
        yield found("V13", Level.INFO, sentence, "请预留时间", "technology_value_fen")


def number(contract: TechnologyContract) -> Iterator[Finding]:
    """D4: of the number that was recorded, or else of the one that a party reported."""
    given, on = contract.registration_number, contract.registered_on
    if not given:
        given, on = contract.reported_number, contract.reported_on
    if given and on and has_odd_year(given, on):
        sentence = f"登记编号 {given} 开头的年份与登记日期 {on} 不符"
        repair = "请照登记证明核对是否漏了或抄错数字；录入有误的请“更正台账”，无误的不必处理"
        yield found("D4", Level.INFO, sentence, repair, "registration_number")


def rights(contract: TechnologyContract) -> Iterator[Finding]:
    """V7 and, for what the answers do not say, the fit of the right with the kind."""
    on = contract.signed_on or today()
    if is_about_rights(contract):
        if contract.ip_type in (None, ContractIp.NONE):
            sentence = f"{contract.category.label}合同必须涉及知识产权"
            yield found("V7", Level.ERROR, sentence, "请选择所涉的知识产权；确不涉及的，应按其他类别登记", "ip_type")
        if not contract.rights and not is_about_a_secret(contract):
            yield found("V7", Level.ERROR, "没有填写权利编号", "请填专利号、登记号等，并附证书复印件", "rights")
        for one in contract.rights:
            if one.expires_on and one.expires_on < on:
                sentence = f"权利 {one.number} 已于 {one.expires_on} 到期，属公有领域"
                yield found(
                    "V7", Level.ERROR, sentence, "到期的权利不能转让或许可：请从合同中删去或改按服务登记", "rights"
                )
    fitting = _FITTING.get(contract.kind) if contract.kind else None
    if contract.kind and fitting and contract.ip_type not in (None, ContractIp.NONE, *fitting):
        ip = contract.ip_type.label if contract.ip_type else ""
        sentence = f"合同类型是{contract.kind.label}，知识产权却填{ip}"
        yield found("V7", Level.WARN, sentence, "请核对合同类型与知识产权", "ip_type")


def qualification(contract: TechnologyContract, day: date) -> Iterator[Finding]:
    """What the answers of the wizard say: V8, V9, V10 and the questions put to every contract."""
    on = contract.signed_on or day
    asked = rules().questions_for(contract.category, contract.kind, on)
    for one in asked:
        given = contract.answers.get(one.code, "unknown")
        if given in ("yes", "no") and given != one.wanted:
            level = Level.ERROR if one.level == "error" else Level.WARN
            said = "是" if given == "yes" else "否"
            yield Finding(
                one.check, level, f"“{one.text}”答“{said}”", one.consequence, one.source, f"question-{one.code}"
            )
    left = [one for one in asked if contract.answers.get(one.code, "unknown") not in ("yes", "no")]
    for rule in dict.fromkeys(one.check for one in left):
        mine = [one for one in left if one.check == rule]
        sentence = f"{rules().check(rule).title}：还有 {len(mine)} 个问题没有回答"
        yield found(rule, Level.WARN, sentence, "请在预检页逐项回答", f"question-{mine[0].code}")
