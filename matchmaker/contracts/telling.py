"""What people of a contract are told. Notices also travel by mail: no title, no party, no amount stands in them."""

from collections.abc import Iterable

from sqlmodel import Session, col, or_, select

from matchmaker.classification import classification
from matchmaker.contracts.life import ContractStep, step_of
from matchmaker.models.account import Account, Role
from matchmaker.models.contract import ContractEvent, TechnologyContract
from matchmaker.models.notice import NoticeKind
from matchmaker.notices import NoticeText, notify, officials_of
from matchmaker.rights import Actor

_TO_OFFICIALS: dict[ContractStep, str] = {
    ContractStep.SUBMIT: "已申请认定登记",
    ContractStep.REPORT: "当事人报告了登记结果，请核对后记录",
    ContractStep.AMEND: "已申请变更登记",
}
_TO_HOLDERS: dict[ContractStep, str] = {
    ContractStep.RETURN: "被退回补正，请按说明补正后再申请",
    ContractStep.ACCEPT: "已被登记机构受理",
    ContractStep.REVIEW: "已转大额复核",
    ContractStep.REGISTER: "已认定登记",
    ContractStep.REFUSE: "不予登记，原因见合同页面",
    ContractStep.DECIDE_AMENDMENT: "的变更登记已有结果",
    ContractStep.CORRECT: "的台账内容已由主管部门更正",
    ContractStep.CANCEL: "已注销登记",
    ContractStep.REVOKE: "已撤销登记",
}


def tell_step(session: Session, contract: TechnologyContract, event: ContractEvent, *, by: Actor) -> None:
    """Tell of a step those whose turn it is, or who have waited for it; never who took it. What a list brings in is not
    told: an office knows its own list.
    """
    step = step_of(event)
    if by.account_id is None:
        return
    key = f"{step}:{contract.version}"
    if step in _TO_OFFICIALS:
        tell(session, contract, officials_for(session, contract), _TO_OFFICIALS[step], key=key, but=by.account_id)
    elif step in _TO_HOLDERS:
        tell(session, contract, holders_of(session, contract), _TO_HOLDERS[step], key=key, but=by.account_id)


def tell(
    session: Session,
    contract: TechnologyContract,
    accounts: Iterable[int],
    what: str,
    *,
    key: str,
    but: int | None = None,
) -> None:
    """Tell these people, except the one who did it. `key` names the occasion within the contract: told once."""
    notify(session, [one for one in accounts if one != but], notice_of(contract, what, key))


def notice_of(contract: TechnologyContract, what: str, key: str) -> NoticeText:
    """The words of such a notice."""
    return NoticeText(
        kind=NoticeKind.CONTRACT,
        key=f"contract:{contract.id}:{key}",
        title=f"编号 {contract.id} 的技术合同{what}",
        link=f"/contracts/{contract.id}",
    )


def holders_of(session: Session, contract: TechnologyContract) -> list[int]:
    """Accounts of the parties, of the broker who carried it, and of whoever entered it; no officials."""
    mine = [
        (col(Account.enterprise_id), (contract.seller_enterprise_id, contract.buyer_enterprise_id)),
        (col(Account.institution_id), (contract.seller_institution_id, contract.buyer_institution_id)),
        (col(Account.broker_id), (contract.broker_id,)),
        (col(Account.id), (contract.posted_by_id,)),
    ]
    stated = [column == key for column, keys in mine for key in keys if key is not None]
    if not stated:
        return []
    officials = (Role.DISTRICT_OFFICIAL, Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
    wanted = select(Account.id).where(
        or_(*stated), col(Account.disabled_at).is_(None), col(Account.role).not_in(officials)
    )
    return [one for one in session.exec(wanted) if one is not None]


def officials_for(session: Session, contract: TechnologyContract) -> list[int]:
    """The officials of the seller's district, where the registration is applied for; of the buyer's where the seller is
    from elsewhere.
    """
    districts = classification().city.districts
    regions = (contract.seller_region_code, contract.buyer_region_code)
    here = (one for one in regions if one and any(one.startswith(known.code) for known in districts.entries))
    return officials_of(session, next(here, None))
