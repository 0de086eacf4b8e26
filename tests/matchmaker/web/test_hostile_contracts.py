"""Every address of the ledger and its figures, asked by everybody whose business a contract is not."""

import re
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
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
from tests.matchmaker.web.test_route_rights import routes_of

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
    paths = [one.removeprefix(f"{method} ") for one in routes_of(app) if one.startswith(f"{method} ")]
    named = {"step": "register", "name": "word", "file": "word", "kind": "contracts", "what": "contracts"}
    found = set()
    for path in paths:
        if ABOUT.search(path):
            for number in ("1", "2"):
                filled = path
                for name in re.findall(r"{(\w+)", path):
                    filled = re.sub(rf"{{{name}(?::\w+)?}}", named.get(name, number), filled)
                found.add(filled)
    return sorted(found)


QUERIES = (
    "",
    "?text=隐名&q=隐名&region=990103&limit=100",
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
        # Filters mean nothing where one record is asked for.
        for query in QUERIES if not re.search(r"/\d", path) else QUERIES[:1]:
            told = read(client, path + query, key, cookies)
            assert not [one for one in SECRETS if one in told], (path, query)
        if path.startswith("/api/"):
            told = read(client, path, few, cookies)
            assert not [one for one in SECRETS if one in told], path


def test_an_official_of_the_city_finds_all_of_it(
    app: FastAPI, client: TestClient, session: Session, secret: None
) -> None:
    """What is looked for above is really there to be found."""
    account = make_account(session, role=Role.CITY_OFFICIAL)
    key, cookies = key_of(session, account), cookie_of(session, account)
    session.commit()
    told = "".join(read(client, path, key, cookies) for path in addresses(app, "GET"))
    assert [one for one in SECRETS if one not in told] == []


def read(client: TestClient, path: str, key: dict[str, str], cookies: dict[str, str]) -> str:
    """What is answered, with a key or in a browser."""
    browser = {"Cookie": f"session={cookies['session']}"}
    answer = client.get(path, headers=key if path.startswith("/api/") else browser)
    assert answer.status_code < 500, path
    return answer.text


ODD = ("\0", "9999-12-31")


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_odd_input_is_refused_and_breaks_nothing(
    app: FastAPI, client: TestClient, session: Session, secret: None, value: str
) -> None:
    account = make_account(session, role=Role.ADMINISTRATOR)
    key, cookies = key_of(session, account), cookie_of(session, account)
    session.commit()
    browser = {"Cookie": f"session={cookies['session']}", "Origin": "http://testserver"}
    names = (
        "on",
        "number",
        "title",
        "contract_value",
        "signed_on",
        "year",
        "region_code",
        "from",
        "to",
        "first",
        "last",
    )
    steps = ("register", "refuse", "amend", "receive", "correct", "cancel")
    sent = dict.fromkeys(names, value) | {f"{a}-{b}": value for a in steps for b in ("on", "amount", "number", "note")}
    asked = ("from", "to", "year", "quarter", "region", "by", "filter", "group", "cursor", "page", "q", "text", "match")
    for path in (one for one in addresses(app, "GET") if not one.endswith("2")):
        whole = dict.fromkeys(asked, value)
        # A form of many fields stops at the first that is wrong; one at a time reaches all of them.
        for given in [{name: value} for name in asked] if not re.search(r"/\d", path) else [whole]:
            answer = client.get(path, params=given, headers=key if path.startswith("/api/") else browser)
            assert answer.status_code < 500, (path, given)
    for method in ("POST", "PATCH", "PUT"):
        for path in (one for one in addresses(app, method) if not one.endswith("2")):
            if path.startswith("/api/"):
                headers = {**key, "If-Match": "*", "Content-Type": "application/json"}
                bodies: list[dict[str, Any]] = [
                    {"json": sent},
                    {"json": [value]},
                    {"content": b""},
                    {"content": b'{"title": "\\ud800"}'},
                ]
            else:
                headers = browser
                bodies = [{"data": sent}, {"files": {"file": ("../../a\r\nb.pdf", value.encode())}, "data": sent}]
            for body in bodies:
                answer = client.request(method, path, headers=headers, follow_redirects=False, **body)
                assert answer.status_code < 500, (method, path, body, answer.text)


@pytest.mark.parametrize("role", OUTSIDERS)
def test_nobody_does_anything_to_it_and_no_error_tells_of_it(
    app: FastAPI, client: TestClient, session: Session, secret: None, role: Role
) -> None:
    account = make_account(session, role=role)
    session.commit()
    key, cookies = key_of(session, account), cookie_of(session, account)
    session.commit()
    sent: dict[str, str] = {
        "on": str(today()),
        "number": "2026990100000009",
        "version": "1",
        "note": "x",
        "reason": "x",
        "name": "x",
    }
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
