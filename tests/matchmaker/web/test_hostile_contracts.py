"""Every address of the ledger and its figures, asked by everybody whose business a contract is not."""

import re
from datetime import date

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlmodel import Session

from matchmaker.contracts import attach, record_receipt
from matchmaker.contracts.versions import apply_for_amendment
from matchmaker.models.account import Role, Scope
from matchmaker.models.contract import PartyDetails
from matchmaker.models.contract_words import ContractPaper, DateBasis
from matchmaker.period import Period
from matchmaker.reconciliation import ListAsked, read_registry_list
from matchmaker.reports.making import make_report
from matchmaker.rights import PLATFORM
from matchmaker.snapshots import take_snapshot
from matchmaker.visibility import today
from tests.factories import cookie_of, key_of, make_account, make_registered

WEST, NORTH, EAST = "990103", "990104", "990102"
NUMBER = "2026990103777777"
# Words that stand in the contract, its papers, receipts, list and snapshot and nowhere else.
SECRETS = ("绝密代号甲", "隐名卖方", "隐名买方", "联络人丁", "13900008888", "第一笔密款", NUMBER, "7777.77", "7,777.77")
ABOUT = re.compile(r"contract|turnover|snapshot|report|reconciliation|target|dashboard|history|audit|notice|stats")
OUTSIDERS = (
    Role.ENTERPRISE,
    Role.INSTITUTION,
    Role.COMMISSIONER,
    Role.BROKER,
    Role.BROKERAGE_ADMINISTRATOR,
    Role.DISTRICT_OFFICIAL,
)


@pytest.fixture
def secret(session: Session, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A registered contract of two other districts with all that belongs to it, and all that was made of it."""
    year = today().year
    kept = make_registered(
        session,
        title="绝密代号甲",
        registration_number=NUMBER,
        contract_value_fen=777_777,
        technology_value_fen=777_777,
        seller_name="隐名卖方有限公司",
        seller_region_code=WEST,
        seller_details=PartyDetails(contact_name="联络人丁", contact_phone="13900008888"),
        buyer_name="隐名买方有限公司",
        buyer_region_code=NORTH,
        registered_on=date(year, 1, 2),
        signed_on=date(year, 1, 1),
        begins_on=date(year, 1, 1),
    )
    attach(session, kept, ContractPaper.CONTRACT, "绝密代号甲.pdf", b"%PDF-1.7 x", by=PLATFORM)
    record_receipt(session, kept, by=PLATFORM, on=today(), amount_fen=1, note="第一笔密款")
    apply_for_amendment(session, kept, {"title": "绝密代号甲之二"}, by=PLATFORM, reason="绝密代号甲变更")
    period = Period.of_year(year)
    for region in (WEST, "990100"):
        taken = take_snapshot(
            session,
            name="绝密代号甲快照",
            period=period,
            region_code=region,
            date_basis=DateBasis.REGISTERED,
            by=PLATFORM,
        )
    make_report(session, year=year, region_code="990100", by=PLATFORM, snapshot=taken)
    path = tmp_path_factory.mktemp("list") / "list.csv"
    path.write_text(f"合同登记编号,项目名称,合同成交额（元）\n{NUMBER},绝密代号甲,7777.77\n")
    read_registry_list(session, path, ListAsked("绝密代号甲名单", WEST, period.first, period.last), by=PLATFORM)
    session.commit()


def addresses(app: FastAPI, method: str) -> list[str]:
    """With every number that may be one of a record, and with words of the secret as filters."""
    found = []
    for route in app.routes:
        if not isinstance(route, APIRoute) or method not in route.methods or not ABOUT.search(route.path):
            continue
        for number in ("1", "2"):
            path = route.path
            for name in re.findall(r"{(\w+)(?::\w+)?}", path):
                value = {"step": "register", "name": "word", "file": "word", "kind": "contracts", "what": "contracts"}
                path = re.sub(rf"{{{name}(?::\w+)?}}", value.get(name, number), path)
            found.append(path)
    return sorted(set(found))


QUERIES = (
    "",
    "?text=绝密代号甲&q=绝密代号甲&region=990103&limit=100",
    "?region=990100&by=district&caliber=both&basis=signed&group=990103",
    "?region_code=990103&year=2026&caliber=outflow&group=missing_here",
)


@pytest.mark.parametrize("role", OUTSIDERS)
def test_nobody_reads_of_a_contract_that_is_not_hers(
    app: FastAPI, client: TestClient, session: Session, secret: None, role: Role
) -> None:
    account = make_account(session, role=role)
    session.commit()
    key, few, cookies = key_of(session, account), key_of(session, account, Scope.READ), cookie_of(session, account)
    session.commit()
    paths = addresses(app, "GET")
    assert len(paths) > 60
    for path in paths:
        for query in QUERIES:
            if path.startswith("/api/"):
                answers = [client.get(path + query, headers=one) for one in (key, few)]
            else:
                answers = [client.get(path + query, headers={"Cookie": f"session={cookies['session']}"})]
            for answer in answers:
                assert answer.status_code < 500, (path, query)
                told = answer.text.replace("绝密代号甲", "", 0) if not query else answer.text.replace("绝密代号甲", "")
                assert not [one for one in SECRETS if one in told], (path, query)


@pytest.mark.parametrize("role", OUTSIDERS)
def test_nobody_does_anything_to_it_and_no_error_tells_of_it(
    app: FastAPI, client: TestClient, session: Session, secret: None, role: Role
) -> None:
    account = make_account(session, role=role)
    session.commit()
    key, cookies = key_of(session, account), cookie_of(session, account)
    session.commit()
    sent = {"on": str(today()), "number": "2026990100000009", "version": 1, "note": "x", "reason": "x", "name": "x"}
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        for path in addresses(app, method):
            if path.startswith("/api/"):
                answer = client.request(method, path, json=sent, headers={**key, "If-Match": "*"})
            else:
                headers = {"Cookie": f"session={cookies['session']}", "Origin": "http://testserver"}
                answer = client.request(method, path, data=sent, headers=headers, follow_redirects=False)
            assert answer.status_code < 500, (method, path, answer.text)
            assert not [one for one in SECRETS if one in answer.text], (method, path)
            if "contracts/1" in path:
                assert answer.status_code >= 400, (method, path)
