"""The contract ledger: contracts of the world's institution (seller) and enterprise, carried by its broker."""

from datetime import timedelta
from typing import Any

from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.models.contract import ContractAmendment, ContractFile, ContractReceipt, TechnologyContract
from matchmaker.models.contract_words import ContractPaper, ContractStatus
from matchmaker.models.match import Match
from matchmaker.visibility import today
from tests.factories import make_contract, make_registered
from tests.matchmaker.web.route_rights import OFFICIALS, Row, each
from tests.matchmaker.web.route_rights.world import DISTRICT, World

HOLDERS = (Role.ENTERPRISE, Role.INSTITUTION, Role.BROKER, Role.BROKERAGE_ADMINISTRATOR)
ALL = (*HOLDERS, *OFFICIALS)
# Has no right to keep a ledger at all.
OUTSIDE: dict[str, int] = {Role.COMMISSIONER: 403}
REFUSED: dict[str, int] = {**dict.fromkeys(ALL, 403), **OUTSIDE}
ONE = "/contracts/{contract_id:int}"


def prepare(session: Session, world: World) -> None:
    """A contract in each state that a route needs; the signed one comes from the world's match."""
    for name, status in (
        ("draft_contract", ContractStatus.DRAFT),
        ("signed_contract", ContractStatus.SIGNED),
        ("free_contract", ContractStatus.SIGNED),
        ("submitted_contract", ContractStatus.SUBMITTED),
        ("accepted_contract", ContractStatus.ACCEPTED),
        ("registered_contract", ContractStatus.REGISTERED),
        ("changing_contract", ContractStatus.REGISTERED),
    ):
        make = make_registered if status is ContractStatus.REGISTERED else make_contract
        contract = make(
            session,
            title=f"权限表的合同 {name}",
            seller_name="江南示例大学",
            buyer_name="澄湖制药示例公司",
            seller_region_code=DISTRICT,
            deductions=[{"what": "设备购置", "amount_fen": 5_000_000}],
            technology_value_fen=25_000_000,
        )
        contract.broker_id, contract.brokerage_id = world.ids["broker"], world.ids["brokerage"]
        contract.status = status
        if status is ContractStatus.DRAFT:
            contract.signed_on = None
        if status in (ContractStatus.SUBMITTED, ContractStatus.ACCEPTED):
            contract.submitted_on = today() - timedelta(days=2)
        if status is ContractStatus.ACCEPTED:
            contract.accepted_on, contract.decide_by = today(), today() + timedelta(days=21)
        session.add(contract)
        session.flush()
        world.ids[name] = contract.id or 0
    _linked(session, world)
    number = world.ids["registered_contract"]
    receipt = ContractReceipt(id=RECEIPT, contract_id=number, received_on=today(), amount_fen=10_000_000, note="首付款")
    content = b"%PDF-1.7"
    file = ContractFile(
        contract_id=number,
        paper=ContractPaper.CONTRACT,
        name="合同.pdf",
        media_type="application/pdf",
        size=len(content),
        sha256="0" * 64,
        content=content,
    )
    change = ContractAmendment(
        contract_id=world.ids["changing_contract"],
        values={"contract_value_fen": 35_000_000},
        reason="补充协议",
        applied_on=today(),
    )
    session.add_all([receipt, file, change])
    session.get_one(TechnologyContract, number).received_fen = 10_000_000
    session.flush()
    world.ids["contract_file"] = file.id or 0
    world.ids["amendment"] = change.id or 0
    for name in [one for one in world.ids if one.endswith("_contract")]:
        world.ids[f"version_of_{name}"] = session.get_one(TechnologyContract, world.ids[name]).version


def _linked(session: Session, world: World) -> None:
    match = session.get_one(Match, world.ids["match"])
    contract = session.get_one(TechnologyContract, world.ids["signed_contract"])
    contract.match_id, contract.need_id, contract.achievement_id = match.id, match.need_id, match.achievement_id
    session.add(contract)


def typed(**changed: str) -> dict[str, Any]:
    """A form of a contract that is all right."""
    return {
        "data": {
            "version": "1",
            "title": "权限表改过的合同",
            "category": "development",
            "signed_on": f"{today()}",
            "contract_value": "310000",
            "technology_value": "310000",
            "amount_certainty": "fixed",
            "seller_name": "江南示例大学",
            "seller_region_code": DISTRICT,
            "buyer_name": "澄湖制药示例公司",
            **changed,
        }
    }


def step(name: str, roles: tuple[Role, ...], contract: str, **fields: str) -> Row:
    """303 for these roles, 403 for the others whose contract it is, 404 for nobody: outsiders have no right at all."""
    data = {"version": f"{{version_of_{contract}}}", **{f"{name}-{field}": value for field, value in fields.items()}}
    statuses: dict[str, int] = {**REFUSED, **dict.fromkeys(roles, 303)}
    return each(f"POST {ONE}/steps/{{step}}", statuses, f"/contracts/{{{contract}}}/steps/{name}", data=data)


def page(route: str, path: str, roles: tuple[Role, ...] = ALL) -> Row:
    return each(f"GET {route}", {**REFUSED, **dict.fromkeys(roles, 200)}, path)


def sent(route: str, path: str, roles: tuple[Role, ...] = ALL, **send: Any) -> Row:
    statuses: dict[str, int] = {**REFUSED, **dict.fromkeys(roles, 303)}
    return each(f"POST {route}", statuses, path, **send)


TODAY = f"{today()}"
# The number of a receipt stands in the names of its fields; far from the numbers the database counts up itself.
RECEIPT = 900001
ROWS = [
    page("/contracts", ""),
    each("POST /contracts/export", {**OUTSIDE, **dict.fromkeys(ALL, 200)}),
    page("/contracts/new", ""),
    # The match is introduced, and no side has agreed: there is nothing to sign yet.
    each(
        "GET /contracts/new",
        {**OUTSIDE, **dict.fromkeys(ALL, 409)},
        "/contracts/new?match={match}",
    ),
    sent("/contracts/new", "", (*HOLDERS, *OFFICIALS), **typed()),
    page(ONE, "/contracts/{signed_contract}"),
    page(ONE, "/contracts/{accepted_contract}"),
    page(ONE, "/contracts/{registered_contract}"),
    page(ONE, "/contracts/{changing_contract}"),
    page(f"{ONE}/edit", "/contracts/{signed_contract}/edit"),
    page(f"{ONE}/edit", "/contracts/{registered_contract}/edit", ()),
    page(f"{ONE}/amend", "/contracts/{registered_contract}/amend"),
    page(f"{ONE}/correct", "/contracts/{registered_contract}/correct", OFFICIALS),
    page(f"{ONE}/versions/{{number:int}}", "/contracts/{registered_contract}/versions/1"),
    page(f"{ONE}/files/{{file_id:int}}", "/contracts/{registered_contract}/files/{contract_file}"),
    each(
        f"POST {ONE}/edit",
        {**OUTSIDE, **dict.fromkeys(ALL, 303)},
        "/contracts/{signed_contract}/edit",
        **typed(version="{version_of_signed_contract}"),
    ),
    sent(
        f"{ONE}/amend",
        "/contracts/{registered_contract}/amend",
        **typed(reason="补充协议", version="{version_of_registered_contract}"),
    ),
    sent(
        f"{ONE}/correct",
        "/contracts/{registered_contract}/correct",
        OFFICIALS,
        **typed(reason="录入有误", version="{version_of_registered_contract}"),
    ),
    step("sign", ALL, "draft_contract", on=TODAY),
    step("submit", ALL, "signed_contract", on=TODAY, note="已经提交"),
    step("report", ALL, "submitted_contract", on=TODAY, number="2026999999999999"),
    step("return", OFFICIALS, "submitted_contract", on=TODAY, note="缺盖章页"),
    step("accept", OFFICIALS, "submitted_contract", on=TODAY),
    step("review", OFFICIALS, "accepted_contract", on=TODAY),
    step("register", OFFICIALS, "accepted_contract", on=TODAY, number="2026999999999999"),
    step("refuse", OFFICIALS, "accepted_contract", on=TODAY, reasons="other", note="不属于技术合同"),
    step("decide_amendment", OFFICIALS, "changing_contract", on=TODAY, granted="true"),
    step("withdraw_amendment", ALL, "changing_contract"),
    step("cancel", OFFICIALS, "registered_contract", on=TODAY, note="双方终止"),
    step("revoke", OFFICIALS, "registered_contract", on=TODAY, note="登记有误"),
    step("void", ALL, "draft_contract", note="没有签成"),
    step("link", OFFICIALS, "free_contract", match_id="{match}"),
    sent(
        f"{ONE}/receipts",
        "/contracts/{registered_contract}/receipts",
        data={"receive-on": TODAY, "receive-amount": "1000"},
    ),
    sent(
        f"{ONE}/receipts/{{receipt_id:int}}/verify",
        f"/contracts/{{registered_contract}}/receipts/{RECEIPT}/verify",
        OFFICIALS,
        data={f"verify-{RECEIPT}-on": TODAY, f"verify-{RECEIPT}-amount": "1000"},
    ),
    sent(
        f"{ONE}/receipts/{{receipt_id:int}}/remove",
        f"/contracts/{{registered_contract}}/receipts/{RECEIPT}/remove",
        data={f"remove-{RECEIPT}-note": "录错了"},
    ),
    sent(
        f"{ONE}/files",
        "/contracts/{signed_contract}/files",
        data={"attach-paper": "contract"},
        files={"file": ("合同.pdf", b"%PDF-1.7 x", "application/pdf")},
    ),
    sent(
        f"{ONE}/files/{{file_id:int}}/remove",
        "/contracts/{registered_contract}/files/{contract_file}/remove",
        OFFICIALS,
    ),
]
