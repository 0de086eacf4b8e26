"""The life of a contract as one table: which step may follow which status, where it leads, and who may take it.

States and steps follow domain.md §2.4. From the application on another authority decides: those steps only note what
the registry 技术合同登记机构 did, and are taken by officials.
"""

from dataclasses import dataclass
from enum import Enum, auto

from matchmaker.errors import NotAllowed, WrongStatus
from matchmaker.models.contract import ContractEvent
from matchmaker.models.contract_words import ContractStatus
from matchmaker.models.labels import Labelled


class ContractStep(Labelled):
    """One thing that can be done with a contract; the label stands on the button and in the history."""

    CREATE = "create", "建立台账"
    REVISE = "revise", "修改"
    SIGN = "sign", "记录签订"
    SUBMIT = "submit", "记录已申请登记"
    REPORT = "report", "报告登记结果"
    RETURN = "return", "记录退回补正"
    ACCEPT = "accept", "记录受理"
    REVIEW = "review", "记录转大额复核"
    REGISTER = "register", "记录认定登记"
    REFUSE = "refuse", "记录不予登记"
    AMEND = "amend", "申请变更登记"
    DECIDE_AMENDMENT = "decide_amendment", "记录变更结果"
    WITHDRAW_AMENDMENT = "withdraw_amendment", "撤回变更申请"
    CORRECT = "correct", "更正台账"
    CANCEL = "cancel", "记录注销登记"
    REVOKE = "revoke", "记录撤销登记"
    VOID = "void", "作废"
    RECEIVE = "receive", "登记到款"
    VERIFY = "verify", "记录收入核定"
    ATTACH = "attach", "添加材料"
    LINK = "link", "关联来源"


class Part(Enum):
    """What somebody is to a contract."""

    HOLDER = auto()  # a party, the broker who carried it, the brokerage, whoever entered it
    OFFICIAL = auto()  # an official who answers for a party's region


_C = ContractStatus
OPEN = frozenset({_C.DRAFT, _C.SIGNED, _C.RETURNED, _C.REFUSED})
# With the registry: it decides next.
DECIDING = frozenset({_C.SUBMITTED, _C.ACCEPTED, _C.SECOND_REVIEW})
# Signed, and neither void nor refused for good nor ended: what the signing-date figures count.
IN_FORCE = frozenset({_C.SIGNED, _C.RETURNED, _C.REGISTERED}) | DECIDING
ENDED = frozenset({_C.CANCELLED, _C.REVOKED, _C.VOID})
_BOTH = frozenset(Part)
_OFFICIAL = frozenset({Part.OFFICIAL})


@dataclass(frozen=True)
class Rule:
    """Who may take a step from which status, and where it leads; without `after` the status stays."""

    before: frozenset[ContractStatus]
    who: frozenset[Part]
    after: ContractStatus | None = None


LIFE: dict[ContractStep, Rule] = {
    ContractStep.REVISE: Rule(OPEN, _BOTH),
    ContractStep.SIGN: Rule(frozenset({_C.DRAFT}), _BOTH, _C.SIGNED),
    # After a refusal the mended contract may be applied for again.
    ContractStep.SUBMIT: Rule(frozenset({_C.SIGNED, _C.RETURNED, _C.REFUSED}), _BOTH, _C.SUBMITTED),
    ContractStep.REPORT: Rule(DECIDING | {_C.SIGNED}, _BOTH),
    ContractStep.RETURN: Rule(DECIDING, _OFFICIAL, _C.RETURNED),
    ContractStep.ACCEPT: Rule(frozenset({_C.SUBMITTED}), _OFFICIAL, _C.ACCEPTED),
    ContractStep.REVIEW: Rule(frozenset({_C.ACCEPTED}), _OFFICIAL, _C.SECOND_REVIEW),
    # Registries elsewhere tell nobody of the steps before: the result may be the first that is heard.
    ContractStep.REGISTER: Rule(DECIDING | {_C.SIGNED}, _OFFICIAL, _C.REGISTERED),
    ContractStep.REFUSE: Rule(DECIDING, _OFFICIAL, _C.REFUSED),
    ContractStep.AMEND: Rule(frozenset({_C.REGISTERED}), _BOTH),
    ContractStep.DECIDE_AMENDMENT: Rule(frozenset({_C.REGISTERED}), _OFFICIAL),
    ContractStep.WITHDRAW_AMENDMENT: Rule(frozenset({_C.REGISTERED}), _BOTH),
    ContractStep.CORRECT: Rule(frozenset({_C.REGISTERED}), _OFFICIAL),
    ContractStep.CANCEL: Rule(frozenset({_C.REGISTERED}), _OFFICIAL, _C.CANCELLED),
    ContractStep.REVOKE: Rule(frozenset({_C.REGISTERED}), _OFFICIAL, _C.REVOKED),
    ContractStep.VOID: Rule(OPEN, _BOTH, _C.VOID),
    ContractStep.RECEIVE: Rule(IN_FORCE, _BOTH),
    ContractStep.VERIFY: Rule(frozenset({_C.REGISTERED}), _OFFICIAL),
    ContractStep.ATTACH: Rule(OPEN | IN_FORCE, _BOTH),
    ContractStep.LINK: Rule(OPEN | IN_FORCE, _OFFICIAL),
}


def may_take(step: ContractStep, status: ContractStatus, parts: frozenset[Part]) -> bool:
    """Does the table let one of these parts take the step now?"""
    rule = LIFE[step]
    return status in rule.before and bool(rule.who & parts)


_STEPS = {str(step): step for step in ContractStep}


def step_of(event: ContractEvent) -> ContractStep:
    """Which step the event tells of."""
    return _STEPS[event.what]


def check_step(step: ContractStep, status: ContractStatus, parts: frozenset[Part]) -> None:
    """Raise NotAllowed if these parts never take the step, WrongStatus if not in this status."""
    rule = LIFE[step]
    if not rule.who & parts:
        raise NotAllowed(f"“{step.label}”不由您办理", "认定登记的结果由科技主管部门核对后记录")
    if status not in rule.before:
        repair = (
            "已登记的合同不能直接修改：请用“申请变更登记”，录入有误的由主管部门“更正台账”"
            if step is ContractStep.REVISE and status is _C.REGISTERED
            else "请刷新页面，按页面上列出的步骤办理"
        )
        raise WrongStatus(f"“{status.label}”的合同不能“{step.label}”", repair)
