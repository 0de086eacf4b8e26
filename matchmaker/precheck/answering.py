"""The questions of the wizard, their answers, and warnings that were looked at and overruled."""

from collections.abc import Mapping

from sqlmodel import Session

from matchmaker.contracts.access import check_acting
from matchmaker.contracts.checks import OVERRIDABLE, check
from matchmaker.contracts.life import ContractStep, Part
from matchmaker.contracts.recording import Told, put_on_record
from matchmaker.errors import MalformedRequest
from matchmaker.models.contract import TechnologyContract
from matchmaker.registration_rules import Question, rules
from matchmaker.rights import Actor
from matchmaker.visibility import today

ANSWERS = {"yes": "是", "no": "否", "unknown": "不确定"}
LONGEST_REASON = 500


def questions_for(contract: TechnologyContract) -> tuple[Question, ...]:
    """What is asked of this contract: by its category and kind, under the rules of its signing date."""
    return rules().questions_for(contract.category, contract.kind, contract.signed_on or today())


def answer(session: Session, contract: TechnologyContract, answers: Mapping[str, str], *, by: Actor) -> None:
    """Keep the answers (question code → yes, no or unknown); questions that are not mentioned keep theirs.

    Raises MalformedRequest for an unknown answer, and what `check_acting` raises: answers are part of the contract,
    and it is not changed while it is with the registry.
    """
    check_acting(contract, ContractStep.REVISE, by)
    asked = {one.code for one in questions_for(contract)}
    if wrong := [code for code, given in answers.items() if code not in asked or given not in ANSWERS]:
        raise MalformedRequest(f"有 {len(wrong)} 个回答不属于这份合同的预检", "请刷新预检页面后重新回答")
    kept = {code: given for code, given in contract.answers.items() if code in asked} | dict(answers)
    if kept == contract.answers:
        return
    contract.answers = kept
    put_on_record(session, contract, ContractStep.REVISE, by, Told(note="回答登记预检的问题"))


def override(session: Session, contract: TechnologyContract, key: str, reason: str, *, by: Actor) -> None:
    """Say why warnings (`Finding.confirmed_as`) are right as they are; an empty reason takes that back.

    Raises MalformedRequest where there is no such warning (for her) or the reason is too long.
    """
    parts = check_acting(contract, ContractStep.REVISE, by)
    told = [one for one in check(session, contract) if Part.OFFICIAL in parts or not one.officials_only]
    confirmed = next((one for one in told if one.confirmed_as == key and one.rule in OVERRIDABLE), None)
    if confirmed is None:
        raise MalformedRequest("这份合同没有这一条须确认的提示", "请刷新预检页面")
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise MalformedRequest(f"说明最多 {LONGEST_REASON} 字", "请写得简短些")
    others = {one: words for one, words in contract.overrides.items() if one != key}
    contract.overrides = others | ({key: reason} if reason else {})
    # The parties read the history: what only officials are warned of does not stand in it.
    what, words = ("仅供主管部门的提示", "") if confirmed.officials_only else (f"提示 {key}", f"：{reason}")
    note = f"确认{what}{words}" if reason else f"撤回对{what}的确认"
    put_on_record(session, contract, ContractStep.REVISE, by, Told(note=note))
