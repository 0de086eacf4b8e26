"""入账: a contract the registry has and the ledger has not, taken over from its row."""

from sqlmodel import Session

from matchmaker.contracts import upsert_contract
from matchmaker.contracts.links import known_party
from matchmaker.errors import MalformedRequest, NotAllowed, WrongStatus
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_shapes import ContractCreate
from matchmaker.models.contract_words import ContractStatus
from matchmaker.models.reporting import RegistryList, RegistryListRow
from matchmaker.reconciliation.comparison import candidate_for
from matchmaker.records import Outcome
from matchmaker.rights import Actor, Right

_SOURCE = "import:contracts"


def enter_row(
    session: Session, registry_list: RegistryList, row: RegistryListRow, *, by: Actor, is_new: bool = False
) -> TechnologyContract:
    """The registered contract made from all that the row says.

    Raises NotAllowed, MalformedRequest (the row does not make a whole contract; says what is missing), WrongStatus: it
    is in the ledger already, or a contract of the same parties may be it (`Line.candidate`) and `is_new` does not say
    that this is another one.
    """
    if not by.may(Right.RECORD_REGISTRATIONS) or not by.oversees(registry_list.region_code):
        raise NotAllowed("您不能按这份名单入账", "请由名单所属地区的主管部门办理")
    if not row.content:
        raise MalformedRequest(
            f"第 {row.row_number} 行的内容不足以入账：{row.obstacle or '名单没有列全'}",
            "请在名单文件中补全后重新对账，或用“批量导入”",
        )
    candidate = None if is_new else candidate_for(session, row, by)
    if candidate is not None:
        is_registered = candidate.status is ContractStatus.REGISTERED
        step = "“更正台账”的登记编号" if is_registered else "“记录认定登记”"
        raise WrongStatus(
            f"台账中有同样双方的合同 {candidate.id}（{candidate.status.label}），可能就是这一份",
            f"请在那份合同上{step}；确是另一份合同时请用“作为新合同入账”",
        )
    # As `uploads.rules.source_of`: a district's own numbers collide with nobody else's.
    source = _SOURCE if by.oversees_everything else f"{_SOURCE}:{by.region_code}"
    create = ContractCreate.model_validate({**row.content, "source": source})
    create.source_id = create.source_id or row.registration_number
    if create.seller_country == "CN" and create.seller_region_code is None:
        seller = known_party(session, create.seller_name, create.seller_credit_code)
        if seller is None or seller.region_code is None:
            # The seller registers where the seller is (domain.md §2.4): the list's region, as far as anybody knows.
            create.seller_region_code = registry_list.region_code
    contract, outcome = upsert_contract(
        session, create, is_demo=registry_list.is_demo, posted_by_id=by.account_id, is_new=is_new
    )
    if outcome is Outcome.UNCHANGED:
        raise WrongStatus(f"登记编号 {row.registration_number} 已在台账中", "请刷新页面")
    if not any(by.oversees(one) for one in (contract.seller_region_code, contract.buyer_region_code)):
        raise NotAllowed(f"第 {row.row_number} 行的卖方和买方都不在您的辖区", "请由所在县市区或市科技局入账")
    return contract
