"""The ledger of contracts over the API: enter, change, take steps, amend, money, papers; versions as ETags."""

import hashlib
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from matchmaker.models.account import Role
from matchmaker.models.contract import TechnologyContract
from matchmaker.web.api.contract_changes import AMENDMENTS
from matchmaker.web.api.contract_papers import RECEIPTS
from matchmaker.web.api.contracts import CONTRACT_CHANGES, NEW_CONTRACTS
from tests.factories import key_of, make_account, make_contract, make_registered

pytestmark = pytest.mark.postgresql

V1 = "/api/v1"
CONTRACTS = f"{V1}/contracts"
NUMBER = "2026990100000001"
PDF = b"%PDF-1.7 \xe5\x90\x88\xe5\x90\x8c"


def new(**values: Any) -> dict[str, Any]:
    return {"title": "秸秆模塑成型工艺开发", "category": "技术开发", **values}


def entered(client: TestClient, headers: dict[str, str], **values: Any) -> dict[str, Any]:
    """A contract that was signed, as it was answered."""
    sent = new(
        signed_on="2026-03-02",
        contract_value="300000.00",
        technology_value="260000",
        deductions=[{"what": "加药设备", "amount": "40000.00"}],
        seller_name="澄湖示例研究所",
        buyer_name="澄湖示例企业",
    )
    answer = client.post(CONTRACTS, json={**sent, **values}, headers=headers)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def step(client: TestClient, headers: dict[str, str], contract: int, name: str, **sent: Any) -> Any:
    """Take a step over the version the contract has now."""
    tag = client.get(f"{CONTRACTS}/{contract}", headers=headers).headers["ETag"]
    return client.post(f"{CONTRACTS}/{contract}/steps/{name}", json=sent, headers={**headers, "If-Match": tag})


def test_examples_of_the_documentation_run(client: TestClient, admin: dict[str, str]) -> None:
    for example in NEW_CONTRACTS.values():
        added = client.post(CONTRACTS, json=example["value"], headers=admin)
        assert added.status_code == 201, added.text
        assert added.headers["Location"] == f"{CONTRACTS}/{added.json()['id']}"
        read = client.get(added.headers["Location"], headers=admin)
        assert read.json() == added.json()
        assert read.headers["ETag"] == added.headers["ETag"] == '"v1"'
        for change in CONTRACT_CHANGES.values():
            changed = client.patch(added.headers["Location"], json=change["value"], headers=admin)
            assert changed.status_code == 200, changed.text
            assert changed.headers["ETag"] == '"v2"'
    for receipt in RECEIPTS.values():
        assert client.post(f"{read.url}/receipts", json=receipt["value"], headers=admin).status_code == 201
    assert step(client, admin, read.json()["id"], "register", on="2026-04-01", number=NUMBER).status_code == 200
    for amendment in AMENDMENTS.values():
        version = client.get(str(read.url), headers=admin).json()["version"]
        sent = {**amendment["value"], "version": version}
        assert client.post(f"{read.url}/amendments", json=sent, headers=admin).status_code == 201


def test_amounts_are_text_in_yuan(client: TestClient, admin: dict[str, str], session: Session) -> None:
    contract = entered(client, admin, contract_value="12345.6", technology_value="12345.60", deductions=[])
    assert contract["contract_value"] == contract["technology_value"] == "12345.60"
    assert contract["technology_income"] == contract["received"] == "0.00"
    assert "contract_value_fen" not in contract
    stored = session.exec(select(TechnologyContract)).one()
    assert (stored.contract_value_fen, stored.technology_value_fen) == (1_234_560, 1_234_560)


@pytest.mark.parametrize(
    "amount",
    [
        12345.6,
        12345,
        "12345.605",
        "1.2万",
        "-1",
        "1e5",
        "",
        " ",
        "１２",
        None,
        True,
        "99999999999999",
        "12,345.60",
        " 12",
        "100000000000.01",
    ],
)
def test_other_amounts_are_refused_with_the_repair(client: TestClient, admin: dict[str, str], amount: Any) -> None:
    answer = client.post(CONTRACTS, json=new(contract_value=amount), headers=admin)
    assert answer.status_code == 422, answer.text
    [problem] = answer.json()["errors"]
    assert problem["field"] == "contract_value"
    assert "12345.60" in problem["reason"] or "不能大于" in problem["reason"]


def test_fen_are_no_field(client: TestClient, admin: dict[str, str]) -> None:
    answer = client.post(CONTRACTS, json=new(contract_value_fen=100), headers=admin)
    assert answer.json()["errors"][0]["field"] == "contract_value_fen"


def test_one_amount_can_be_changed_alone(client: TestClient, admin: dict[str, str]) -> None:
    contract = entered(client, admin)
    address = f"{CONTRACTS}/{contract['id']}"
    changed = client.patch(address, json={"technology_value": "250000"}, headers={**admin, "If-Match": '"v1"'})
    assert changed.json()["technology_value"] == "250000.00"
    assert changed.json()["contract_value"] == "300000.00"
    more = client.patch(address, json={"technology_value": "300000.01"}, headers={**admin, "If-Match": '"v2"'})
    assert more.status_code == 422
    again = client.patch(
        address,
        json={"deductions": [{"what": "加药设备", "amount": "40000"}]},
        headers={**admin, "If-Match": '"v2"'},
    )
    # The same list is no change, and no new version.
    assert again.headers["ETag"] == '"v2"'


def test_a_change_says_from_which_version(client: TestClient, admin: dict[str, str]) -> None:
    address = f"{CONTRACTS}/{entered(client, admin)['id']}"
    without = client.patch(address, json={"title": "新的名称"}, headers=admin)
    assert (without.status_code, without.json()["code"]) == (428, "precondition_required")
    assert 'If-Match: "v1"' in without.json()["fix"]
    stale = client.patch(address, json={"title": "新的名称"}, headers={**admin, "If-Match": '"v7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    body = client.patch(address, json={"title": "新的名称", "version": 7}, headers=admin)
    assert (body.status_code, body.json()["code"]) == (409, "version_conflict")
    for header in ('"v1"', '"v0", "v1"', "*"):
        title = f"新的名称 {header}"
        changed = client.patch(address, json={"title": title}, headers={**admin, "If-Match": header})
        if header == '"v1"':
            assert changed.status_code == 200
        else:
            assert changed.status_code == (200 if header == "*" else 412)


def test_what_one_has_is_not_sent_again(client: TestClient, admin: dict[str, str]) -> None:
    address = f"{CONTRACTS}/{entered(client, admin)['id']}"
    for header in ('"v1"', 'W/"v1"', '"v0", "v1"', "*"):
        answer = client.get(address, headers={**admin, "If-None-Match": header})
        assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", '"v1"')
    assert client.get(address, headers={**admin, "If-None-Match": '"v2"'}).status_code == 200


def test_the_life_of_a_contract(client: TestClient, admin: dict[str, str]) -> None:
    number = entered(client, admin)["id"]
    address = f"{CONTRACTS}/{number}"
    found = client.get(f"{address}/precheck", headers=admin).json()
    assert found["errors"] == sum(one["level"] == "error" for one in found["findings"])
    reason = {"note": "材料已当面说明"}
    assert step(client, admin, number, "submit", on="2026-03-05", **reason).json()["status"] == "submitted"
    accepted = step(client, admin, number, "accept", on="2026-03-09").json()
    assert (accepted["status"], accepted["decide_by"]) == ("accepted", "2026-03-30")
    assert {"register", "refuse", "return"} <= {one["step"] for one in accepted["steps"]}
    wrong = step(client, admin, number, "register", on="2026-03-20", number="123")
    assert "16 位" in wrong.json()["fix"]
    registered = step(client, admin, number, "register", on="2026-03-20", number=NUMBER).json()
    assert (registered["status"], registered["registration_number"]) == ("registered", NUMBER)
    assert step(client, admin, number, "sign", on="2026-03-20").status_code == 409
    locked = client.patch(address, json={"version": registered["version"], "title": "另一个名称"}, headers=admin)
    assert (locked.status_code, locked.json()["code"]) == (409, "wrong_status")
    happened = client.get(f"{address}/events", headers=admin).json()["items"]
    assert [one["step"] for one in happened] == ["create", "submit", "accept", "register"]
    assert happened[-1]["happened_on"] == "2026-03-20"
    chain = client.get(f"{address}/provenance", headers=admin).json()["items"]
    assert [one["what"] for one in chain] == ["合同签订", "申请登记", "认定登记"]


def test_amendments_and_corrections_become_versions(client: TestClient, admin: dict[str, str]) -> None:
    number = entered(client, admin)["id"]
    address = f"{CONTRACTS}/{number}"
    version = step(client, admin, number, "register", on="2026-03-20", number=NUMBER).json()["version"]
    sent = {"version": version, "changes": {"contract_value": "350000.00"}, "reason": "补充协议"}
    asked = client.post(f"{address}/amendments", json=sent, headers=admin)
    assert asked.status_code == 201, asked.text
    assert asked.json()["changes"] == {"contract_value": "350000.00"}
    assert client.get(address, headers=admin).json()["contract_value"] == "300000.00"
    sent["version"] = client.get(address, headers=admin).json()["version"]
    assert client.post(f"{address}/amendments", json=sent, headers=admin).status_code == 409
    decided = step(client, admin, number, "decide_amendment", on="2026-04-20", granted=True).json()
    assert decided["contract_value"] == "350000.00"
    mended = {"version": decided["version"], "changes": {"seller_name": "澄湖示例研究院"}, "reason": "录入有误"}
    assert client.post(f"{address}/corrections", json=mended, headers=admin).json()["version_number"] == 3
    versions = client.get(f"{address}/versions", headers=admin).json()["items"]
    assert [(one["number"], one["kind"], one["contract_value"]) for one in versions] == [
        (3, "correction", "350000.00"),
        (2, "amendment", "350000.00"),
        (1, "registration", "300000.00"),
    ]
    first = client.get(f"{address}/versions/1", headers=admin).json()["content"]
    assert first["contract_value"] == "300000.00"
    assert first["deductions"] == [{"what": "加药设备", "amount": "40000.00"}]
    assert client.get(f"{address}/versions/9", headers=admin).status_code == 404
    [amendment] = client.get(f"{address}/amendments", headers=admin).json()["items"]
    assert amendment["status"] == "recorded"


def test_only_a_correction_changes_what_the_registry_gave(client: TestClient, admin: dict[str, str]) -> None:
    number = entered(client, admin)["id"]
    address = f"{CONTRACTS}/{number}"
    version = step(client, admin, number, "register", on="2026-03-20", number=NUMBER).json()["version"]
    sent = {"version": version, "changes": {"registered_on": "2026-03-21"}, "reason": "日期抄错"}
    assert client.post(f"{address}/amendments", json=sent, headers=admin).status_code == 422
    mended = client.post(f"{address}/corrections", json=sent, headers=admin)
    assert (mended.status_code, mended.json()["registered_on"]) == (200, "2026-03-21")


def test_money_that_came_in(client: TestClient, admin: dict[str, str]) -> None:
    number = entered(client, admin)["id"]
    address = f"{CONTRACTS}/{number}"
    step(client, admin, number, "register", on="2026-03-20", number=NUMBER)
    receipt = client.post(
        f"{address}/receipts", json={"received_on": "2026-04-01", "amount": "100000.50"}, headers=admin
    )
    assert receipt.status_code == 201, receipt.text
    assert client.get(receipt.headers["Location"], headers=admin).json() == receipt.json()
    too_much = {"received_on": "2026-04-01", "amount": "300000"}
    assert client.post(f"{address}/receipts", json=too_much, headers=admin).status_code == 422
    verify = f"{receipt.headers['Location']}/verify"
    sent = {"on": "2026-04-09", "technology_income": "90000"}
    assert client.post(verify, json=sent, headers=admin).status_code == 428
    verified = client.post(verify, json=sent, headers={**admin, "If-Match": receipt.headers["ETag"]})
    assert verified.json()["technology_income"] == "90000.00"
    other = client.post(f"{address}/receipts", json={"received_on": "2026-05-01", "amount": "10"}, headers=admin)
    left = client.post(
        f"{other.headers['Location']}/remove",
        json={"note": "重复录入"},
        headers={**admin, "If-Match": other.headers["ETag"]},
    ).json()
    assert (len(left["items"]), left["received"], left["technology_income"]) == (1, "100000.50", "90000.00")
    assert client.get(other.headers["Location"], headers=admin).status_code == 404


def test_papers(client: TestClient, admin: dict[str, str]) -> None:
    address = f"{CONTRACTS}/{entered(client, admin)['id']}/files"
    sent = {"data": {"paper": "合同文本"}, "files": {"file": ("合同.pdf", PDF)}, "headers": admin}
    added = client.post(address, **sent)
    assert added.status_code == 201, added.text
    assert added.json()["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert client.post(address, **sent).status_code == 422
    assert client.post(address, data={"paper": "contract"}, headers=admin).status_code == 422
    assert client.post(address, data={"paper": "诗"}, files={"file": ("a.pdf", PDF)}, headers=admin).status_code == 422
    loaded = client.get(added.headers["Location"], headers=admin)
    assert loaded.content == PDF
    assert loaded.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''%E5%90%88")
    assert [one["name"] for one in client.get(address, headers=admin).json()["items"]] == ["合同.pdf"]
    assert client.delete(added.headers["Location"], headers=admin).status_code == 428
    removed = client.delete(added.headers["Location"], headers={**admin, "If-Match": added.headers["ETag"]})
    assert (removed.status_code, removed.content) == (204, b"")
    assert client.get(added.headers["Location"], headers=admin).status_code == 404


def test_the_list_adds_up_what_it_counts(client: TestClient, admin: dict[str, str], session: Session) -> None:
    for fen in (10_000_001, 20_000_002, 30_000_003):
        make_registered(session, contract_value_fen=fen, technology_value_fen=fen - 1, category="service", kind=None)
    make_contract(session)
    session.commit()
    pages, cursor = [], None
    while True:
        query = {"category": "技术服务", "status": "registered", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get(CONTRACTS, params=query, headers=admin).json()
        pages.append(page)
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [len(page["items"]) for page in pages] == [2, 1]
    assert {one["id"] for page in pages for one in page["items"]} == set(range(1, 4))
    for page in pages:
        assert (page["total"], page["contract_value"], page["technology_value"]) == (3, "600000.06", "600000.03")
    assert client.get(CONTRACTS, params={"cursor": "x"}, headers=admin).status_code == 422
    assert client.get(CONTRACTS, params={"colour": "red"}, headers=admin).status_code == 422


def test_contracts_are_nobody_elses_business(client: TestClient, session: Session) -> None:
    contract = make_contract(session)
    contract.seller_details = contract.seller_details.model_copy(update={"contact_phone": "0000-泄密"})
    outsider = key_of(session, make_account(session, role=Role.INSTITUTION))
    insider = make_account(session, role=Role.DISTRICT_OFFICIAL, region_code="990102")
    other = make_account(session, role=Role.DISTRICT_OFFICIAL, region_code="990104")
    keys = [outsider, key_of(session, other)]
    own = key_of(session, insider)
    session.commit()
    address = f"{CONTRACTS}/{contract.id}"
    below = ("", "/events", "/precheck", "/form.xlsx", "/provenance", "/receipts", "/files", "/versions", "/amendments")
    for path in below:
        assert client.get(address + path).status_code == 401
        for key in keys:
            assert client.get(address + path, headers=key).status_code == 404
        assert client.get(address + path, headers=own).status_code == 200
    for key in keys:
        assert client.get(CONTRACTS, headers=key).json()["items"] == []
    assert "泄密" in client.get(address, headers=own).text
    assert "泄密" not in client.get(CONTRACTS, headers=own).text


def test_the_precheck_asks_and_is_answered(client: TestClient, admin: dict[str, str]) -> None:
    address = f"{CONTRACTS}/{entered(client, admin, contract_value='30', technology_value='30', deductions=[])['id']}"
    found = client.get(f"{address}/precheck", headers=admin).json()
    assert found["errors"] == sum(one["level"] == "error" for one in found["findings"]) > 0
    assert found["warnings"] == sum(one["level"] == "warn" for one in found["findings"])
    assert all(one["sentence"] and one["source"] for one in found["findings"])
    unit = next(one for one in found["findings"] if one["rule"] == "V16")
    assert (unit["level"], unit["explained_as"]) == ("warn", "V16")
    question = found["questions"][0]["code"]
    sent = {"answers": {question: "yes"}, "overrides": {"V16": "金额已与合同文本核对"}}
    assert client.post(f"{address}/precheck", json=sent, headers=admin).status_code == 428
    answered = client.post(f"{address}/precheck", json=sent, headers={**admin, "If-Match": '"v1"'})
    assert answered.status_code == 200, answered.text
    assert answered.headers["ETag"] == client.get(address, headers=admin).headers["ETag"] != '"v1"'
    assert answered.json()["questions"][0]["answer"] == "yes"
    assert "V16" not in {one["rule"] for one in answered.json()["findings"] if one["level"] == "warn"}
    form = client.get(f"{address}/form.xlsx", headers=admin)
    assert form.content.startswith(b"PK")


def test_vocabularies_and_rules(client: TestClient) -> None:
    lists = {one["name"]: one for one in client.get(f"{V1}/vocabularies").json()["items"]}
    assert {"party_nature", "plan_source", "objective", "refusal_reason", "caliber", "measure"} <= lists.keys()
    assert {one["parent"] for one in lists["contract_kind"]["entries"]} == {
        one["code"] for one in lists["contract_category"]["entries"]
    }
    rules = client.get(f"{V1}/registration-rules").json()
    assert all(one["effective_from"] and one["title"] for one in rules["regulations"])
    large = [one for one in rules["limits"] if one["name"] == "large_technology_value"]
    assert large[0]["value"] == "5000000.00"
