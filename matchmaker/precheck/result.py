"""What the pre-check says of a contract: a verdict, findings by subject, papers, who applies where and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from matchmaker.classification import classification
from matchmaker.contracts.access import parts_of
from matchmaker.contracts.checks import Finding, Level, check
from matchmaker.contracts.checks_content import is_about_a_secret, is_about_rights
from matchmaker.contracts.files import files_of
from matchmaker.contracts.life import OPEN, Part
from matchmaker.contracts.working_days import is_announced
from matchmaker.models.contract import ContractFile, TechnologyContract
from matchmaker.models.contract_words import ContractCategory
from matchmaker.precheck.answering import ANSWERS, questions_for
from matchmaker.registration_rules import Benefit, Paper, Question, in_force, rules
from matchmaker.rights import Actor
from matchmaker.visibility import today

GROUPS = ("资格", "材料", "金额", "主体与印章", "重复与拆分", "在哪里申请", "期限")


@dataclass(frozen=True)
class Asked:
    """A question with the answer so far: yes, no, unknown or nothing."""

    question: Question
    given: str

    @property
    def words(self) -> str:
        """The answer for people."""
        return ANSWERS.get(self.given, "未回答")


@dataclass(frozen=True)
class Group:
    """The findings about one subject; none is good."""

    title: str
    findings: list[Finding]


@dataclass(frozen=True)
class PaperNeeded:
    """A paper, and whether a file of its kind is attached. `is_sure`: without doubt needed of this contract."""

    paper: Paper
    is_attached: bool
    is_sure: bool


@dataclass(frozen=True)
class Precheck:
    """All of it, for one reader. `standing`: the category under the rules of the signing date."""

    verdict: str
    errors: int
    warnings: int
    groups: list[Group]
    asked: list[Asked]
    papers: list[PaperNeeded]
    applicant: str
    until: str
    standing: str
    benefits: tuple[Benefit, ...]

    @property
    def is_ready(self) -> bool:
        """Nothing to mend and nothing to confirm."""
        return not self.errors and not self.warnings


def precheck(session: Session, contract: TechnologyContract, *, reader: Actor) -> Precheck:
    """The pre-check of today; what only officials are shown is left out for others."""
    is_official = Part.OFFICIAL in parts_of(contract, reader)
    findings = [one for one in check(session, contract) if is_official or not one.officials_only]
    errors = sum(one.level is Level.ERROR for one in findings)
    warnings = sum(one.level is Level.WARN for one in findings)
    on = contract.signed_on or today()
    standing = rules().category_of(contract.category, on)
    return Precheck(
        verdict=_verdict(contract, errors, warnings),
        errors=errors,
        warnings=warnings,
        groups=[Group(title, [one for one in findings if rules().check(one.rule).group == title]) for title in GROUPS],
        asked=[Asked(one, contract.answers.get(one.code, "")) for one in questions_for(contract)],
        papers=_papers(contract, files_of(session, contract), on),
        applicant=_applicant(contract),
        until=_until(contract),
        standing=ContractCategory.parse(standing).label,
        benefits=rules().benefits_for(contract.category, on),
    )


def _verdict(contract: TechnologyContract, errors: int, warnings: int) -> str:
    if errors:
        return f"有 {errors} 处须改正" + (f"，{warnings} 处须确认" if warnings else "")
    if warnings:
        return f"有 {warnings} 处须确认"
    return "可以申请" if contract.status in OPEN else "未发现问题"


def _papers(contract: TechnologyContract, files: Sequence[ContractFile], on: date) -> list[PaperNeeded]:
    """Papers of that day's rules; those that depend on what the form does not say are listed as unsure."""
    sure = {
        "always": True,
        "rights": is_about_rights(contract) and not is_about_a_secret(contract),
        "foreign": (contract.seller_country, contract.buyer_country) != ("CN", "CN"),
    }
    doubtful = {"agent", "project"} if contract.plan_source not in (None, "none") else {"agent"}
    attached = {str(one.paper) for one in files}
    return [
        PaperNeeded(one, one.attached_as in attached, sure.get(one.when, False))
        for one in in_force(rules().papers, on)
        if sure.get(one.when) or one.when in doubtful
    ]


def _applicant(contract: TechnologyContract) -> str:
    """Who applies where (draft measures art. 11): the seller at its place, of an import the buyer."""
    side, what = ("seller", "卖方") if contract.seller_country == "CN" else ("buyer", "境内买方")
    name, code = getattr(contract, f"{side}_name"), getattr(contract, f"{side}_region_code")
    where = classification().region_name(code) if code else "其所在地"
    return f"由{what}{name or '（未填写）'}向{where}的技术合同登记机构申请，一份合同只申请一次"


def _until(contract: TechnologyContract) -> str:
    if contract.registered_on is not None:
        return f"已于 {contract.registered_on} 认定登记"
    if contract.decide_by is not None:
        sure = "" if is_announced(contract.decide_by.year) else "（该年放假调休未公布，为估算）"
        return f"已受理，登记机构应在 {contract.decide_by} 前决定{sure}"
    if contract.ends_on is not None:
        return f"须在合同有效期内申请：最迟 {contract.ends_on}"
    return "须在合同有效期内申请；合同没有填写有效期"
