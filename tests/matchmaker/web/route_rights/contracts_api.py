"""Contracts, targets and what goes with them under /api/v1: the world's contract is between its institution and its
enterprise, carried by its broker, in its district.
"""

from datetime import timedelta

from sqlmodel import Session

from matchmaker.contracts import attach, record_receipt
from matchmaker.models.account import Role
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractPaper, SigningType, TargetMetric, TargetTier
from matchmaker.models.reporting import RegistryList, RegistryListRow
from matchmaker.models.target import AchievementRegistration, Signing, Target
from matchmaker.reports.making import make_report
from matchmaker.rights import PLATFORM
from matchmaker.visibility import today
from tests.factories import actor_for, make_contract, make_registered
from tests.matchmaker.web.route_rights import OFFICIALS, Row, anyone, each, known, only
from tests.matchmaker.web.route_rights.world import DISTRICT, OTHER_DISTRICT, World

V1 = "/api/v1"
CITY = (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
HOLDERS = (Role.ENTERPRISE, Role.INSTITUTION, Role.BROKER, Role.BROKERAGE_ADMINISTRATOR)
CONCERNED = (*HOLDERS, *OFFICIALS)
# Who has no right to record contracts learns that before whether there is one.
OUTSIDE = {Role.COMMISSIONER: 403}
ANY_VERSION = {"headers": {"If-Match": "*"}}


def prepare(session: Session, world: World) -> None:
    """A signed and a registered contract of the world's parties with money and a paper; one of others; a target …"""
    parties = {"buyer_name": "澄湖制药示例公司", "seller_name": "江南示例大学", "seller_region_code": DISTRICT}
    contracts: dict[str, TechnologyContract] = {
        "api_contract": make_contract(session, **parties),
        "api_registered": make_registered(session, registered_on=today() - timedelta(days=2), **parties),
        "api_foreign": make_contract(session, seller_region_code=OTHER_DISTRICT),
    }
    for name, contract in contracts.items():
        world.ids[name] = contract.id or 0
        if name != "api_foreign":
            contract.broker_id, contract.brokerage_id = world.ids["broker"], world.ids["brokerage"]
    signed = contracts["api_registered"]
    receipt = record_receipt(session, signed, by=PLATFORM, on=today(), amount_fen=100)
    file = attach(session, signed, ContractPaper.CONTRACT, "合同.pdf", b"%PDF-1.7", by=PLATFORM)
    target = Target(
        source="test",
        source_id="api-target",
        year=2024,
        metric=TargetMetric.CONTRACT_VALUE,
        tier=TargetTier.WORKING,
        region_code=DISTRICT,
        value=10_000_000_000,
    )
    registration = AchievementRegistration(
        source="test",
        source_id="api-registration",
        registered_number="9902026Y999999",
        title="秸秆纤维模塑成型技术",
        registered_on=today(),
        region_code=DISTRICT,
    )
    signing = Signing(
        source="test",
        source_id="api-signing",
        title="共建中试基地",
        signed_on=today(),
        signing_type=SigningType.INTENT,
        region_code=DISTRICT,
    )
    session.add_all([target, registration, signing])
    session.flush()
    listed = RegistryList(name="名单", region_code=DISTRICT, first=today(), last=today(), sha256="0" * 64)
    session.add(listed)
    session.flush()
    row = RegistryListRow(list_id=listed.id or 0, row_number=2, registration_number="2026990100000008")
    session.add(row)
    session.flush()
    official = actor_for(session, world.accounts[Role.CITY_OFFICIAL])
    report = make_report(session, year=2024, region_code=DISTRICT, by=official)
    world.ids |= {
        "api_snapshot": report.snapshot_id,
        "api_report": report.id or 0,
        "api_list": listed.id or 0,
        "api_list_row": row.id or 0,
        "api_receipt": receipt.id or 0,
        "api_file": file.id or 0,
        "api_target": target.id or 0,
        "api_registration": registration.id or 0,
        "api_signing": signing.id or 0,
    }


def read(route: str, path: str) -> Row:
    """Those whose business the contract is; nobody else learns of it."""
    return each(f"GET {V1}/contracts/{{record_id}}{route}", dict.fromkeys(CONCERNED, 200), f"{V1}/contracts{path}")


def write(route: str, path: str, roles: tuple[Role, ...] = CONCERNED, status: int = 200, **send: object) -> Row:
    """Some of those whose business it is; the others of them may not."""
    statuses = {**OUTSIDE, **dict.fromkeys(CONCERNED, 403), **dict.fromkeys(roles, status)}
    return each(
        f"POST {V1}/contracts/{{record_id}}{route}", statuses, f"{V1}/contracts{path}", **{**ANY_VERSION, **send}
    )


ROWS = [
    known(f"GET {V1}/contracts"),
    each(
        f"POST {V1}/contracts",
        # A member of an organisation enters the contracts of her own only.
        {**dict.fromkeys((Role.BROKER, Role.BROKERAGE_ADMINISTRATOR, *OFFICIALS), 201), Role.ENTERPRISE: 422}
        | {Role.INSTITUTION: 422, Role.COMMISSIONER: 403},
        json={"title": "秸秆模塑成型工艺开发", "category": "development"},
    ),
    read("", "/{api_contract}"),
    each(f"GET {V1}/contracts/{{record_id}}", dict.fromkeys(CITY, 200), f"{V1}/contracts/{{api_foreign}}"),
    each(
        f"PATCH {V1}/contracts/{{record_id}}",
        {**OUTSIDE, **dict.fromkeys(CONCERNED, 200)},
        f"{V1}/contracts/{{api_contract}}",
        json={"title": "改过的名称"},
        **ANY_VERSION,
    ),
    each(
        f"PATCH {V1}/contracts/{{record_id}}",
        {**OUTSIDE, **dict.fromkeys(CONCERNED, 428)},
        f"{V1}/contracts/{{api_contract}}",
        json={"title": "改过的名称"},
    ),
    write("/steps/{step}", "/{api_contract}/steps/submit", json={"note": "当面申请"}),
    write("/steps/{step}", "/{api_contract}/steps/void", json={"note": "未履行"}),
    write(
        "/steps/{step}",
        "/{api_contract}/steps/register",
        OFFICIALS,
        json={"on": today().isoformat(), "number": "2026990100000009"},
    ),
    write("/steps/{step}", "/{api_registered}/steps/cancel", OFFICIALS, json={"note": "双方解除"}),
    read("/precheck", "/{api_contract}/precheck"),
    write("/precheck", "/{api_contract}/precheck", json={}),
    read("/form.xlsx", "/{api_contract}/form.xlsx"),
    read("/provenance", "/{api_contract}/provenance"),
    read("/events", "/{api_contract}/events"),
    read("/versions", "/{api_registered}/versions"),
    read("/versions/{number}", "/{api_registered}/versions/1"),
    read("/amendments", "/{api_registered}/amendments"),
    read("/amendments/{amendment_id}", "/{changing_contract}/amendments/{amendment}"),
    write(
        "/amendments",
        "/{api_registered}/amendments",
        status=201,
        json={"changes": {"title": "改过的名称"}, "reason": "补充协议"},
    ),
    write(
        "/corrections",
        "/{api_registered}/corrections",
        OFFICIALS,
        json={"changes": {"title": "改过的名称"}, "reason": "录入有误"},
    ),
    read("/receipts", "/{api_registered}/receipts"),
    read("/receipts/{receipt_id}", "/{api_registered}/receipts/{api_receipt}"),
    write(
        "/receipts",
        "/{api_registered}/receipts",
        status=201,
        json={"received_on": today().isoformat(), "amount": "1.00"},
    ),
    write(
        "/receipts/{receipt_id}/verify",
        "/{api_registered}/receipts/{api_receipt}/verify",
        OFFICIALS,
        json={"on": today().isoformat(), "technology_income": "1.00"},
    ),
    write(
        "/receipts/{receipt_id}/remove", "/{api_registered}/receipts/{api_receipt}/remove", json={"note": "重复录入"}
    ),
    read("/files", "/{api_registered}/files"),
    read("/files/{file_id}", "/{api_registered}/files/{api_file}"),
    write(
        "/files",
        "/{api_registered}/files",
        status=201,
        data={"paper": "other"},
        files={"file": ("补充协议.pdf", b"%PDF-1.7 ")},
    ),
    each(
        f"DELETE {V1}/contracts/{{record_id}}/files/{{file_id}}",
        {**OUTSIDE, **dict.fromkeys(HOLDERS, 403), **dict.fromkeys(OFFICIALS, 204)},
        f"{V1}/contracts/{{api_registered}}/files/{{api_file}}",
        **ANY_VERSION,
    ),
    anyone(f"GET {V1}/registration-rules"),
    only(f"GET {V1}/targets", OFFICIALS),
    only(
        f"POST {V1}/targets",
        CITY,
        status=201,
        json={
            "year": 2027,
            "metric": "contract_value",
            "tier": "working",
            "region_code": DISTRICT,
            "value": "1000000.00",
        },
    ),
    only(f"GET {V1}/targets/{{record_id}}", OFFICIALS, f"{V1}/targets/{{api_target}}"),
    only(
        f"PUT {V1}/targets/{{record_id}}",
        CITY,
        f"{V1}/targets/{{api_target}}",
        json={
            "year": 2024,
            "metric": "contract_value",
            "tier": "working",
            "region_code": DISTRICT,
            "value": "2000000.00",
            "reason": "省厅调整",
        },
        **ANY_VERSION,
    ),
    only(
        f"POST {V1}/targets/{{record_id}}/remove",
        CITY,
        f"{V1}/targets/{{api_target}}/remove",
        json={"reason": "重复"},
        **ANY_VERSION,
    ),
    only(f"GET {V1}/achievement-registrations", OFFICIALS),
    only(
        f"POST {V1}/achievement-registrations",
        OFFICIALS,
        status=201,
        json={
            "registered_number": "9902026Y888888",
            "title": "秸秆纤维模塑成型技术",
            "registered_on": "2026-03-05",
            "region_code": DISTRICT,
        },
    ),
    only(
        f"GET {V1}/achievement-registrations/{{record_id}}",
        OFFICIALS,
        f"{V1}/achievement-registrations/{{api_registration}}",
    ),
    only(f"GET {V1}/signings", OFFICIALS),
    only(
        f"POST {V1}/signings",
        OFFICIALS,
        status=201,
        json={"title": "共建基地", "signed_on": "2026-03-05", "signing_type": "intent", "region_code": DISTRICT},
    ),
    only(f"GET {V1}/signings/{{record_id}}", OFFICIALS, f"{V1}/signings/{{api_signing}}"),
    only(f"GET {V1}/reconciliations", OFFICIALS),
    only(f"POST {V1}/reconciliations", OFFICIALS, status=422, data={"region_code": DISTRICT}),
    only(f"GET {V1}/reconciliations/{{record_id}}", OFFICIALS, f"{V1}/reconciliations/{{api_list}}"),
    only(
        f"GET {V1}/reconciliations/{{record_id}}/lines",
        OFFICIALS,
        f"{V1}/reconciliations/{{api_list}}/lines?group=same",
    ),
    only(
        f"GET {V1}/reconciliations/{{record_id}}/reconciliation.xlsx",
        OFFICIALS,
        f"{V1}/reconciliations/{{api_list}}/reconciliation.xlsx",
    ),
    only(
        f"POST {V1}/reconciliations/{{record_id}}/rows/{{row_id}}/enter",
        OFFICIALS,
        f"{V1}/reconciliations/{{api_list}}/rows/{{api_list_row}}/enter",
        # The row says too little.
        status=422,
        json={},
    ),
    only(f"DELETE {V1}/reconciliations/{{record_id}}", OFFICIALS, f"{V1}/reconciliations/{{api_list}}", status=204),
    only(f"GET {V1}/targets/{{record_id}}/progress", OFFICIALS, f"{V1}/targets/{{api_target}}/progress"),
    only(f"GET {V1}/stats/turnover", OFFICIALS),
    only(f"GET {V1}/stats/turnover", CITY, f"{V1}/stats/turnover?region=990100"),
    only(f"GET {V1}/stats/turnover/contracts", OFFICIALS),
    only(f"GET {V1}/snapshots", OFFICIALS),
    only(
        f"POST {V1}/snapshots",
        OFFICIALS,
        status=201,
        json={"name": "一季度", "from": "2026-01-01", "to": "2026-03-31"},
    ),
    only(f"GET {V1}/snapshots/{{record_id}}", OFFICIALS, f"{V1}/snapshots/{{api_snapshot}}"),
    only(f"GET {V1}/snapshots/{{record_id}}/contracts", OFFICIALS, f"{V1}/snapshots/{{api_snapshot}}/contracts"),
    only(f"GET {V1}/snapshots/{{record_id}}/changes", OFFICIALS, f"{V1}/snapshots/{{api_snapshot}}/changes"),
    only(
        f"POST {V1}/snapshots/{{record_id}}/corrections",
        OFFICIALS,
        f"{V1}/snapshots/{{api_snapshot}}/corrections",
        status=201,
        json={"note": "补登"},
    ),
    only(f"GET {V1}/reports", OFFICIALS),
    only(f"POST {V1}/reports", OFFICIALS, status=404, json={"year": 2026, "snapshot_id": 999999}),
    only(f"GET {V1}/reports/{{record_id}}", OFFICIALS, f"{V1}/reports/{{api_report}}"),
    only(f"GET {V1}/reports/{{record_id}}/files/{{name}}", OFFICIALS, f"{V1}/reports/{{api_report}}/files/annex"),
]
