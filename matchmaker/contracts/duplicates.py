"""Contracts that may be the same one twice (V5), or one large contract in parts (V6).

The database narrows to contracts of the same two parties; titles are compared here.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from rapidfuzz import fuzz
from sqlalchemy import ColumnElement, and_, exists
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from matchmaker.contracts.checks_finding import Finding, Level
from matchmaker.contracts.life import ENDED
from matchmaker.models.contract import ContractFile, TechnologyContract
from matchmaker.models.contract_words import ContractPaper
from matchmaker.money import in_wan
from matchmaker.registration_rules import rules
from matchmaker.visibility import today

# The newest contracts of one pair of parties that are compared: no pair of a city signs more within the windows.
_COMPARED = 200
# What makes somebody a holder of a contract (`access.py`).
_HOLDING = (
    "posted_by_id",
    "broker_id",
    "brokerage_id",
    "seller_enterprise_id",
    "seller_institution_id",
    "buyer_enterprise_id",
    "buyer_institution_id",
)


def duplicates(session: Session, contract: TechnologyContract) -> Iterator[Finding]:
    """V5, one finding per likely double."""
    day = contract.signed_on or today()
    window = timedelta(days=_limit("similar_window_days", day))
    for other in _of_same_parties(session, contract):
        close = other.signed_on is not None and abs(other.signed_on - day) <= window
        if _same_deal(contract, other):
            why = "成交额和签订日期都相同"
        elif close and _is_similar(contract, other, day):
            why = "项目名称相似、签订日期相近"
        else:
            continue
        yield _double(contract, other, why)
    for other in _with_same_file(session, contract):
        yield _double(contract, other, "附有同一份合同文本")


def splits(session: Session, contract: TechnologyContract) -> Iterator[Finding]:
    """V6, for officials only: similar contracts below the limit that together reach it."""
    day = contract.signed_on or today()
    limit = rules().limit("large_technology_value_fen", day).value
    if not 0 < contract.technology_value_fen < limit:
        return
    window = timedelta(days=_limit("split_window_days", day))
    alike = [
        one
        for one in _of_same_parties(session, contract)
        if one.signed_on is not None
        and abs(one.signed_on - day) <= window
        and 0 < one.technology_value_fen < limit
        and not _same_deal(contract, one)
        and _is_similar(contract, one, day)
    ]
    total = contract.technology_value_fen + sum(one.technology_value_fen for one in alike)
    if not alike or total < limit:
        return
    named = "、".join(str(one.id) for one in alike)
    sentence = f"与合同 {named} 同为双方 {window.days} 天内的相似合同，技术交易额合计 {in_wan(total)}，各自低于大额标准"
    repair = "请核对是否为规避大额复核而拆分；分期、分项确有必要的请写明"
    yield Finding("V6", Level.WARN, sentence, repair, rules().check("V6").source, "technology_value_fen", True)


def _double(contract: TechnologyContract, other: TechnologyContract, why: str) -> Finding:
    number = f"，登记编号 {other.registration_number}" if other.registration_number else ""
    sentence = f"可能与台账中的合同 {other.id}（{other.status.label}{number}）重复：{why}"
    repair = "一份合同只登记一次：是同一份请作废一份；不是的请写明区别"
    is_hidden = not _has_the_same_holders(contract, other)
    return Finding("V5", Level.WARN, sentence, repair, rules().check("V5").source, "title", is_hidden)


def _has_the_same_holders(contract: TechnologyContract, other: TechnologyContract) -> bool:
    """Does everybody who holds this contract hold the other too? Otherwise its existence is none of their business."""
    return all(getattr(contract, one) in (None, getattr(other, one)) for one in _HOLDING)


def _of_same_parties(session: Session, contract: TechnologyContract) -> Sequence[TechnologyContract]:
    seller, buyer = (_same_side(contract, side) for side in ("seller", "buyer"))
    if seller is None or buyer is None:
        return ()
    wanted = select(TechnologyContract).where(*_others(contract), seller, buyer)
    newest = wanted.order_by(col(TechnologyContract.signed_on).desc(), col(TechnologyContract.id).desc())
    return sorted(session.exec(newest.limit(_COMPARED)).all(), key=lambda one: one.id or 0)


def _same_side(contract: TechnologyContract, side: str) -> ColumnElement[bool] | None:
    """The same party by name or credit code; None where the contract does not say who it is."""
    same: list[ColumnElement[bool]] = [
        col(getattr(TechnologyContract, f"{side}_{name}")) == value
        for name in ("name", "credit_code")
        if (value := getattr(contract, f"{side}_{name}"))
    ]
    return or_(*same) if same else None


def _others(contract: TechnologyContract) -> tuple[ColumnElement[bool], ...]:
    table = TechnologyContract
    return (col(table.id) != (contract.id or 0), col(table.status).not_in(ENDED))


def _with_same_file(session: Session, contract: TechnologyContract) -> Sequence[TechnologyContract]:
    """Contracts to which the very same contract text is attached, whoever the parties."""
    mine, theirs = aliased(ContractFile), aliased(ContractFile)
    is_text = ContractPaper.CONTRACT
    shared = exists().where(
        and_(
            col(theirs.contract_id) == col(TechnologyContract.id),
            col(theirs.paper) == is_text,
            col(mine.contract_id) == (contract.id or 0),
            col(mine.paper) == is_text,
            col(mine.sha256) == col(theirs.sha256),
        )
    )
    wanted = select(TechnologyContract).where(*_others(contract), shared)
    return session.exec(wanted.order_by(col(TechnologyContract.id)).limit(_COMPARED)).all()


def _same_deal(contract: TechnologyContract, other: TechnologyContract) -> bool:
    return contract.signed_on is not None and (contract.signed_on, contract.contract_value_fen) == (
        other.signed_on,
        other.contract_value_fen,
    )


def _is_similar(contract: TechnologyContract, other: TechnologyContract, day: date) -> bool:
    return fuzz.ratio(contract.title, other.title) >= _limit("similar_title_percent", day)


def _limit(name: str, day: date) -> int:
    return rules().limit(name, day).value
