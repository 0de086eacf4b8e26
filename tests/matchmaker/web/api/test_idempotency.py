"""The same request twice creates one record: one after the other, at the same moment, and after a failure."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from matchmaker.database import session_scope
from matchmaker.errors import KeyInUse
from matchmaker.idempotency import Asked, claim, forget_old_keys, once_apart, settle
from matchmaker.models.account import Role
from matchmaker.models.contract import ContractAmendment, ContractReceipt, TechnologyContract
from matchmaker.models.reporting import IdempotencyKey
from tests.factories import key_of, make_account, make_contract, make_registered

pytestmark = pytest.mark.postgresql

CONTRACTS = "/api/v1/contracts"
NEW = {"title": "秸秆模塑成型工艺开发", "category": "技术开发", "seller_details": {"contact_phone": "0000-1234567"}}
PDF = b"%PDF-1.7"


def keyed(headers: dict[str, str], key: str = "k-1") -> dict[str, str]:
    return {**headers, "Idempotency-Key": key}


def count(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def test_sent_again_it_is_the_same_contract(client: TestClient, admin: dict[str, str], session: Session) -> None:
    first = client.post(CONTRACTS, json=NEW, headers=keyed(admin))
    again = client.post(CONTRACTS, json=NEW, headers=keyed(admin))
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    for name in ("Location", "ETag"):
        assert first.headers[name] == again.headers[name]
    assert (first.headers.get("Idempotent-Replayed"), again.headers.get("Idempotent-Replayed")) == (None, "true")
    # The same said in other words is the same request.
    other = client.post(CONTRACTS, json={**NEW, "category": "development"}, headers=keyed(admin))
    assert other.headers["Location"] == first.headers["Location"]
    assert count(session, TechnologyContract) == 1


RECORDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "needs": ({"title": "低温条件下污水脱氮工艺改造", "problem": "冬季总氮去除率低"}, {"urgency": "high"}),
    "achievements": ({"title": "耐低温反硝化菌剂", "summary": "在 5 ℃ 仍有活性"}, {"maturity_level": 6}),
    "enterprises": ({"name": "澄湖水务示例有限公司"}, {"main_products": "自来水"}),
    "institutions": ({"name": "澄湖示例大学", "institution_type": "高校"}, {"research_fields": "环境工程"}),
    "brokers": ({"name": "赵示例", "certificate_number": "SL-0001"}, {"introduction": "环境工程"}),
    "brokerages": ({"name": "澄湖示例技术转移中心"}, {"introduction": "环境工程"}),
}


@pytest.mark.parametrize("noun", RECORDS)
def test_every_record_is_created_once_and_changed_from_its_version(
    client: TestClient, admin: dict[str, str], noun: str
) -> None:
    new, change = RECORDS[noun]
    address = f"/api/v1/{noun}"
    first = client.post(address, json=new, headers=keyed(admin))
    again = client.post(address, json=new, headers=keyed(admin))
    assert (first.status_code, again.status_code) == (201, 201), first.text
    assert first.json() == again.json()
    assert again.headers["Location"] == first.headers["Location"] == f"{address}/{first.json()['id']}"
    assert again.headers["Idempotent-Replayed"] == "true"
    title = "title" if "title" in new else "name"
    other = client.post(address, json={**new, title: "另一个名称的记录"}, headers=keyed(admin))
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    tag = client.get(first.headers["Location"], headers=admin).headers["ETag"]
    assert tag == first.headers["ETag"]
    sent = {"version": first.json()["version"], **change}
    stale = client.patch(first.headers["Location"], json=sent, headers={**admin, "If-Match": '"v99"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    changed = client.patch(first.headers["Location"], json=sent, headers={**admin, "If-Match": tag})
    assert changed.status_code == 200, changed.text
    assert changed.headers["ETag"] == f'"v{changed.json()["version"]}"' != tag


def test_a_campaign_is_created_once(client: TestClient, admin: dict[str, str]) -> None:
    new = {"name": "第一批", "starts_on": "2026-01-01", "ends_on": "2026-12-31"}
    first, again = (client.post("/api/v1/campaigns", json=new, headers=keyed(admin)) for _ in range(2))
    assert first.json() == again.json()
    assert client.get("/api/v1/campaigns").json()["total"] == 1


def test_who_posts_for_review_is_answered_alike(client: TestClient, session: Session) -> None:
    headers = key_of(session, make_account(session, role=Role.ENTERPRISE))
    session.commit()
    new = {"title": "低温条件下污水脱氮工艺改造", "problem": "冬季总氮去除率低", "contact_phone": "0000-1234567"}
    first, again = (client.post("/api/v1/needs", json=new, headers=keyed(headers)) for _ in range(2))
    assert (first.status_code, first.json()["status"], first.json()["contact_phone"]) == (
        201,
        "pending",
        "0000-1234567",
    )
    assert first.json() == again.json()


def test_without_a_key_every_request_creates(client: TestClient, admin: dict[str, str], session: Session) -> None:
    for _ in range(2):
        assert client.post(CONTRACTS, json=NEW, headers=admin).status_code == 201
    assert count(session, TechnologyContract) == 2


def test_a_key_stands_for_one_request(client: TestClient, admin: dict[str, str], session: Session) -> None:
    first = client.post(CONTRACTS, json=NEW, headers=keyed(admin))
    for address, sent in (
        (CONTRACTS, {**NEW, "title": "另一份合同"}),
        (f"{first.headers['Location']}/receipts", {"received_on": "2026-04-01", "amount": "1"}),
    ):
        answer = client.post(address, json=sent, headers=keyed(admin))
        assert (answer.status_code, answer.json()["code"]) == (409, "key_reused")
    assert count(session, TechnologyContract) == 1


def test_a_key_is_ones_own(client: TestClient, admin: dict[str, str], session: Session) -> None:
    other = key_of(session, make_account(session, role=Role.CITY_OFFICIAL))
    session.commit()
    first = client.post(CONTRACTS, json=NEW, headers=keyed(admin))
    second = client.post(CONTRACTS, json=NEW, headers=keyed(other))
    assert first.headers["Location"] != second.headers["Location"]


@pytest.mark.parametrize("key", ["x" * 101, "键".encode(), "a b"])
def test_what_is_no_key_is_refused(client: TestClient, admin: dict[str, str], key: Any) -> None:
    assert client.post(CONTRACTS, json=NEW, headers={**admin, "Idempotency-Key": key}).status_code == 422


def test_a_failure_takes_the_key_back(client: TestClient, admin: dict[str, str], session: Session) -> None:
    bad = {**NEW, "registration_number": "2026990100000001"}
    assert client.post(CONTRACTS, json=bad, headers=keyed(admin)).status_code == 422
    assert count(session, IdempotencyKey) == 0
    assert client.post(CONTRACTS, json=NEW, headers=keyed(admin)).status_code == 201


def test_what_was_answered_is_read_again(client: TestClient, admin: dict[str, str], session: Session) -> None:
    first = client.post(CONTRACTS, json=NEW, headers=keyed(admin))
    client.patch(first.headers["Location"], json={"version": 1, "title": "改过的名称"}, headers=admin)
    assert client.post(CONTRACTS, json=NEW, headers=keyed(admin)).json()["title"] == "改过的名称"
    [kept] = session.exec(select(IdempotencyKey)).all()
    assert "1234567" not in kept.model_dump_json()


def test_money_and_papers_once(client: TestClient, admin: dict[str, str], session: Session) -> None:
    address = f"{CONTRACTS}/{make_contract(session).id}"
    session.commit()
    tag = {"If-Match": client.get(address, headers=admin).headers["ETag"]}
    receipt = {"received_on": "2026-11-01", "amount": "100.00"}
    receipts = [
        # The version is that of the first time: sent again it is not looked at.
        client.post(f"{address}/receipts", json=receipt, headers=keyed({**admin, **tag}, "money"))
        for _ in range(2)
    ]
    assert [one.status_code for one in receipts] == [201, 201]
    assert receipts[0].json() == receipts[1].json()
    assert count(session, ContractReceipt) == 1
    papers = [
        client.post(
            f"{address}/files",
            data={"paper": "contract"},
            files={"file": ("合同.pdf", PDF)},
            headers=keyed(admin, "paper"),
        )
        for _ in range(2)
    ]
    assert [one.status_code for one in papers] == [201, 201]
    assert papers[0].json() == papers[1].json()
    other = {"data": {"paper": "contract"}, "files": {"file": ("合同.pdf", PDF + b" ")}}
    assert client.post(f"{address}/files", **other, headers=keyed(admin, "paper")).json()["code"] == "key_reused"


def test_a_change_is_applied_for_once(client: TestClient, admin: dict[str, str], session: Session) -> None:
    contract = make_registered(session)
    session.commit()
    address = f"{CONTRACTS}/{contract.id}/amendments"
    sent = {"version": contract.version, "changes": {"title": "变更后的项目名称"}, "reason": "双方补充协议"}
    first = client.post(address, json=sent, headers=keyed(admin))
    again = client.post(address, json=sent, headers=keyed(admin))
    assert (first.status_code, again.status_code) == (201, 201), again.text
    assert first.json() == again.json() == client.get(first.headers["Location"], headers=admin).json()
    assert count(session, ContractAmendment) == 1
    # Another change is over the version that was read.
    stale = client.post(address, json={**sent, "version": 99}, headers=keyed(admin, "k-2"))
    assert stale.json()["code"] == "version_conflict"
    missing = client.get(f"{CONTRACTS}/{make_contract(session).id}/amendments/{first.json()['id']}", headers=admin)
    assert missing.status_code == 404


def test_many_at_the_same_moment(app: FastAPI, admin: dict[str, str], session: Session) -> None:
    together = threading.Barrier(6)

    def send(_: int) -> tuple[int, str]:
        with TestClient(app) as client:
            together.wait()
            answer = client.post(CONTRACTS, json=NEW, headers=keyed(admin))
            return answer.status_code, answer.headers.get("Location", "")

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(send, range(6)))
    assert len(answers) == 1
    assert answers.pop()[0] == 201
    assert count(session, TechnologyContract) == 1


@pytest.mark.parametrize("is_kept", [True, False])
def test_the_second_waits_for_the_first(database: Engine, is_kept: bool) -> None:
    with session_scope(database) as session:
        account = make_account(session).id or 0
    asked = Asked(account, "k-1", "POST /x", b"1")
    begun = threading.Event()

    def second() -> tuple[int, str]:
        begun.set()
        with session_scope(database) as session:
            row = claim(session, asked)
            return row.status, row.body

    with ThreadPoolExecutor(1) as pool:
        with session_scope(database) as session:
            row = claim(session, asked)
            answer = pool.submit(second)
            assert begun.wait(10)
            if is_kept:
                settle(session, row, status=201, location="/x/7", body="7")
            else:
                session.rollback()
        assert answer.result(30) == ((201, "7") if is_kept else (0, ""))


def test_keys_are_forgotten_after_a_week(database: Engine) -> None:
    with session_scope(database) as session:
        account = make_account(session).id or 0
        for days in (6, 8):
            row = claim(session, Asked(account, f"k-{days}", "POST /x", b""))
            settle(session, row, status=201, location="/x/1", body="1")
            row.created_at -= timedelta(days=days)
        session.flush()
        forget_old_keys(session)
        assert [one.key for one in session.exec(select(IdempotencyKey))] == ["k-6"]


def test_an_import_once(client: TestClient, admin: dict[str, str], session: Session) -> None:
    content = "成果名称,成果简介,联系电话\n秸秆纤维模塑,以秸秆为原料,0000-1234567\n,没有名称,0000-7654321\n".encode()
    answers = [
        client.post(
            "/api/v1/imports",
            data={"kind": "achievements"},
            files={"file": ("成果.csv", content)},
            headers=keyed(admin),
        )
        for _ in range(2)
    ]
    first, again = (one.json() for one in answers)
    assert (first["added"], first["rejected_count"]) == (again["added"], again["rejected_count"]) == (1, 1)
    assert first["id"] == again["id"]
    assert again["rejected"][0]["problems"][0]["reason"] == first["rejected"][0]["problems"][0]["reason"]
    [kept] = session.exec(select(IdempotencyKey)).all()
    assert "7654321" not in kept.body
    other = {"data": {"kind": "achievements"}, "files": {"file": ("成果.csv", content + b" ")}}
    assert client.post("/api/v1/imports", **other, headers=keyed(admin)).json()["code"] == "key_reused"


def test_what_has_begun_is_not_begun_again(database: Engine) -> None:
    with session_scope(database) as session:
        asked = Asked(make_account(session).id or 0, "k-1", "POST /x", b"")
    tried: list[str] = []

    def make() -> str:
        with pytest.raises(KeyInUse):
            once_apart(database, asked, lambda: tried.append("second") or "")
        return "7"

    assert once_apart(database, asked, make) == ("7", False)
    assert once_apart(database, asked, make) == ("7", True)
    assert tried == []


def test_what_fails_or_breaks_off_may_be_begun_again(database: Engine) -> None:
    with session_scope(database) as session:
        asked = Asked(make_account(session).id or 0, "k-1", "POST /x", b"")

    def fail() -> str:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        once_apart(database, asked, fail)
    with session_scope(database) as session:
        # As a process leaves it that was killed an hour ago.
        row = claim(session, asked)
        row.created_at -= timedelta(hours=1)
    assert once_apart(database, asked, lambda: "7") == ("7", False)
