"""Targets, registered achievements, signings and reconciliations over the API."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.visibility import today
from matchmaker.web.api.registered import NEW_REGISTRATIONS, NEW_SIGNINGS
from matchmaker.web.api.reports import NEW_REPORTS
from matchmaker.web.api.snapshots import NEW_SNAPSHOTS
from matchmaker.web.api.targets import CHANGED_TARGETS, NEW_TARGETS
from tests.factories import key_of, make_account, make_registered

pytestmark = pytest.mark.postgresql

V1 = "/api/v1"
TARGET = {
    "year": 2026,
    "metric": "contract_value",
    "tier": "assigned",
    "region_code": "990100",
    "value": "280000000.00",
}
HEADINGS = "合同登记编号,项目名称,合同类别,卖方名称,买方名称,合同成交额（元）,技术交易额（元）,签订日期,登记日期"


@pytest.fixture
def district(session: Session) -> dict[str, str]:
    """The key of the official of 990102."""
    key = key_of(session, make_account(session, role=Role.DISTRICT_OFFICIAL))
    session.commit()
    return key


def test_examples_of_targets_run(client: TestClient, admin: dict[str, str]) -> None:
    for example in NEW_TARGETS.values():
        set_ = client.post(f"{V1}/targets", json=example["value"], headers=admin)
        assert set_.status_code == 201, set_.text
        assert client.get(set_.headers["Location"], headers=admin).json() == set_.json()
        assert client.post(f"{V1}/targets", json=example["value"], headers=admin).status_code == 409
    for change in CHANGED_TARGETS.values():
        changed = client.put(set_.headers["Location"], json=change["value"], headers=admin)
        assert changed.status_code == 200, changed.text
        assert (changed.json()["value"], changed.headers["ETag"]) == ("820", '"v2"')
        # Not split by hand any more: a quarter each.
        assert changed.json()["quarters"] == ["205", "205", "205", "205"]


def test_turnover_stands_beside_its_targets(client: TestClient, admin: dict[str, str], session: Session) -> None:
    make_registered(session, contract_value_fen=10_000_000_000, technology_value_fen=0)
    session.commit()
    year = today().year
    city = client.post(f"{V1}/targets", json={**TARGET, "year": year}, headers=admin).json()
    east = {"year": year, "region_code": "990102", "value": "50000000.00", "tier": "working"}
    district = client.post(f"{V1}/targets", json={**TARGET, **east}, headers=admin).json()
    asked = {"group_by": "district", "from": f"{year}-01-01"}
    found = client.get(f"{V1}/stats/turnover", params=asked, headers=admin).json()
    first = found["completions"][0]
    assert (first["target_id"], first["tier_label"], first["asked"], first["ratio"]) == (
        city["id"],
        "省下达目标",
        "280000000.00",
        "0.3571",
    )
    assert {one["code"]: one["completion"]["ratio"] for one in found["groups"] if one["completion"]} == {
        "990102": "2.0000"
    }
    of_group = next(one["completion"] for one in found["groups"] if one["code"] == "990102")
    assert of_group["target_id"] == district["id"]
    for other in ({"measure": "technology_value"}, {"caliber": "net"}, {"filter": "category:development"}):
        shown = client.get(f"{V1}/stats/turnover", params={**asked, **other}, headers=admin).json()
        assert (shown["completions"], {one["completion"] for one in shown["groups"]}) == ([], {None}), other


def test_a_running_year_is_compared_with_the_same_days(client: TestClient, admin: dict[str, str]) -> None:
    year = today().year
    for asked in ({}, {"from": f"{year}-01-01", "to": f"{year}-12-31"}):
        about = client.get(f"{V1}/stats/turnover", params=asked, headers=admin).json()["about"]
        assert (about["from"], about["to"]) == (f"{year}-01-01", today().isoformat())
    before = client.get(f"{V1}/stats/turnover", params={"from": f"{year - 1}-01-01"}, headers=admin).json()["about"]
    assert before["to"] == f"{year - 1}-12-31"


def test_a_target_in_its_unit(client: TestClient, admin: dict[str, str]) -> None:
    amount = client.post(f"{V1}/targets", json=TARGET, headers=admin).json()
    assert (amount["value"], amount["quarters"][0]) == ("280000000.00", "70000000.00")
    assert amount["about"] == "技术合同成交额（输出，按登记日期）"
    for value in (280000000, "2.8亿", "800.005", None):
        refused = client.post(f"{V1}/targets", json={**TARGET, "value": value}, headers=admin)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "value"
    number = {**TARGET, "metric": "contracts", "value": "800.00"}
    assert "整数" in client.post(f"{V1}/targets", json=number, headers=admin).json()["errors"][0]["reason"]


def test_words_that_name_another_metric_are_not_taken_silently(client: TestClient, admin: dict[str, str]) -> None:
    stated = {**TARGET, "stated_as": "技术合同交易额突破2.8亿元"}
    refused = client.post(f"{V1}/targets", json=stated, headers=admin)
    assert (refused.status_code, refused.json()["code"]) == (409, "metric_mismatch")
    kept = client.post(f"{V1}/targets", json={**stated, "confirmed": True}, headers=admin)
    assert kept.json()["qualifier"] == "at_least"


def test_a_target_changes_from_the_version_that_was_read(client: TestClient, admin: dict[str, str]) -> None:
    set_ = client.post(f"{V1}/targets", json=TARGET, headers=admin)
    address = set_.headers["Location"]
    change = {**TARGET, "value": "300000000.00", "reason": "省厅调整"}
    assert client.put(address, json=change, headers=admin).status_code == 428
    assert client.put(address, json=change, headers={**admin, "If-Match": '"v2"'}).status_code == 412
    assert client.put(address, json={**change, "version": 2}, headers=admin).status_code == 409
    assert client.put(address, json=change, headers={**admin, "If-Match": set_.headers["ETag"]}).status_code == 200
    assert client.get(address, headers={**admin, "If-None-Match": '"v2"'}).status_code == 304
    without = client.post(f"{address}/remove", json={"reason": " ", "version": 2}, headers=admin)
    assert without.status_code == 422
    assert client.post(f"{address}/remove", json={"reason": "重复", "version": 2}, headers=admin).status_code == 200
    assert client.get(address, headers=admin).status_code == 404


def test_a_district_reads_its_own_targets(client: TestClient, admin: dict[str, str], district: dict[str, str]) -> None:
    for region in ("990100", "990102"):
        client.post(f"{V1}/targets", json={**TARGET, "region_code": region}, headers=admin)
    [own] = client.get(f"{V1}/targets", headers=district).json()["items"]
    assert own["region_code"] == "990102"
    assert len(client.get(f"{V1}/targets", params={"year": 2026}, headers=admin).json()["items"]) == 2
    assert client.get(f"{V1}/targets", params={"year": 2025}, headers=admin).json()["items"] == []
    assert client.post(f"{V1}/targets", json=TARGET, headers=district).status_code == 403


@pytest.mark.parametrize(
    ("noun", "examples", "day"),
    [("achievement-registrations", NEW_REGISTRATIONS, "registered_on"), ("signings", NEW_SIGNINGS, "signed_on")],
)
def test_what_was_registered_and_signed(
    client: TestClient, admin: dict[str, str], district: dict[str, str], noun: str, examples: Any, day: str
) -> None:
    for example in examples.values():
        added = client.post(f"{V1}/{noun}", json=example["value"], headers=district)
        assert added.status_code == 201, added.text
        assert client.get(added.headers["Location"], headers=district).json() == added.json()
        assert client.post(f"{V1}/{noun}", json=example["value"], headers=admin).status_code == 409
        elsewhere = {**example["value"], "region_code": "990103"}
        assert client.post(f"{V1}/{noun}", json=elsewhere, headers=district).status_code == 403
        if noun == "achievement-registrations":
            elsewhere["registered_number"] = "9902026Y000002"
        other = client.post(f"{V1}/{noun}", json={**elsewhere, "title": "另一项"}, headers=admin)
        assert client.get(other.headers["Location"], headers=district).status_code == 404
    found = client.get(f"{V1}/{noun}", headers=district).json()
    assert (found["total"], found["next_cursor"]) == (1, None)
    first = client.get(f"{V1}/{noun}", params={"limit": 1}, headers=admin).json()
    assert (first["total"], first["next_cursor"]) == (2, "1")
    on = added.json()[day]
    for query, number in (({"from": on}, 2), ({"to": on}, 2), ({"from": "2027-01-01"}, 0), ({"to": "2020-01-01"}, 0)):
        assert client.get(f"{V1}/{noun}", params=query, headers=admin).json()["total"] == number


def test_a_signing_names_only_contracts_one_may_know_of(
    client: TestClient, session: Session, district: dict[str, str]
) -> None:
    foreign = make_registered(session, seller_region_code="990104", buyer_region_code="990104")
    session.commit()
    sent = {**next(iter(NEW_SIGNINGS.values()))["value"], "contract_id": foreign.id}
    assert client.post(f"{V1}/signings", json=sent, headers=district).status_code == 404


def registry_list(*rows: str) -> dict[str, Any]:
    content = "\n".join((HEADINGS, *rows)).encode()
    return {"files": {"file": ("登记名单.csv", content)}, "data": {"region_code": "990100", "name": "市登记站名单"}}


def test_the_list_of_the_registry(client: TestClient, admin: dict[str, str], session: Session) -> None:
    on = today() - timedelta(days=3)
    contract = make_registered(
        session, registration_number="2026990100000001", registered_on=on, contract_value_fen=100_000_000
    )
    session.commit()
    parties = f"{contract.seller_name},{contract.buyer_name}"
    known = f"2026990100000001,{contract.title},技术开发,{parties},1000000.50,300000,{contract.signed_on},{on}"
    new = f"2026990100000002,绿色包装工艺开发,技术开发,澄湖示例研究所,澄湖示例企业,20000,20000,{on},{on}"
    sent = registry_list(known, new)
    answer = client.post(f"{V1}/reconciliations", **sent, headers={**admin, "Idempotency-Key": "list"})
    assert answer.status_code == 201, answer.text
    again = client.post(f"{V1}/reconciliations", **sent, headers={**admin, "Idempotency-Key": "list"})
    assert again.headers["Location"] == answer.headers["Location"]
    assert client.get(f"{V1}/reconciliations", headers=admin).json()["total"] == 1
    result = client.get(answer.headers["Location"], headers=admin).json()
    assert result == answer.json()
    groups = {one["kind"]: one for one in result["groups"]}
    assert {kind: one["count"] for kind, one in groups.items()} == {
        "missing_here": 1,
        "missing_there": 0,
        "different": 1,
        "same": 0,
    }
    [total] = [one for one in result["totals"] if one["measure"] == "contract_value"]
    assert total == {
        "measure": "contract_value",
        "there": "1020000.50",
        "here": "1000000.00",
        "difference": "20000.50",
    }
    lines = f"{answer.headers['Location']}/lines"
    [different] = client.get(lines, params={"group": "different"}, headers=admin).json()["items"]
    assert [one["field"] for one in different["differences"]] == ["contract_value"]
    [missing] = client.get(lines, params={"group": "missing_here"}, headers=admin).json()["items"]
    enter = f"{answer.headers['Location']}/rows/{missing['row_id']}/enter"
    once = {**admin, "Idempotency-Key": "enter-1"}
    entered = client.post(enter, json={}, headers=once)
    assert entered.status_code == 201, entered.text
    again = client.post(enter, json={}, headers=once)
    assert (again.status_code, again.json()) == (201, entered.json())
    assert entered.json()["registration_number"] == "2026990100000002"
    assert client.get(entered.headers["Location"], headers=admin).json() == entered.json()
    assert client.get(lines, params={"group": "missing_here"}, headers=admin).json()["items"] == []
    book = client.get(f"{answer.headers['Location']}/reconciliation.xlsx", headers=admin)
    assert book.content.startswith(b"PK")
    assert client.delete(answer.headers["Location"], headers=admin).status_code == 204
    assert client.get(answer.headers["Location"], headers=admin).status_code == 404


def test_a_list_that_cannot_be_read(client: TestClient, admin: dict[str, str], district: dict[str, str]) -> None:
    sent = registry_list("2026990100000001,名称,技术开发,甲,乙,1,1,2026-03-01,2026-03-02")
    address = f"{V1}/reconciliations"
    assert client.post(address, **sent, headers=district).status_code == 403
    bad = {**sent, "data": {**sent["data"], "first": "soon"}}
    assert "日期" in client.post(address, **bad, headers=admin).json()["detail"]
    assert client.post(address, data=sent["data"], headers=admin).status_code == 422
    other = {**sent, "files": {"file": ("名单.csv", "项目名称\n一个项目".encode())}}
    assert "合同登记编号" in client.post(address, **other, headers=admin).json()["detail"]


@pytest.fixture
def turned_over(session: Session) -> None:
    """Two contracts out of the city, one within it, one into it; the year before one out of it."""
    for seller, buyer, fen, year in (
        ("990102", "990103", 10_000_000, 2026),
        ("990102", "340100", 20_000_000, 2026),
        ("990103", "340100", 30_000_001, 2026),
        ("340100", "990103", 40_000_000, 2026),
        ("990103", "340100", 50_000_000, 2025),
    ):
        make_registered(
            session,
            seller_region_code=seller,
            buyer_region_code=buyer,
            contract_value_fen=fen,
            technology_value_fen=fen,
            signed_on=f"{year}-02-01",
            begins_on=None,
            ends_on=None,
            registered_on=f"{year}-03-01",
        )
    session.commit()


@pytest.mark.usefixtures("turned_over")
def test_a_figure_leads_to_its_contracts(client: TestClient, admin: dict[str, str]) -> None:
    period = {"from": "2026-01-01", "to": "2026-12-31"}
    values = {
        "outflow": "600000.01",
        "inflow": "500000.00",
        "inner": "100000.00",
        "net": "1000000.01",
        "both": "1100000.01",
    }
    for caliber, value in values.items():
        query = {**period, "caliber": caliber, "group_by": "district"}
        found = client.get(f"{V1}/stats/turnover", params=query, headers=admin).json()
        assert (found["value"], found["about"]["caliber"]) == (value, caliber)
        assert found["about"]["measure_label"]
        behind = client.get(found["contracts"], headers=admin).json()
        assert behind["figures"]["contract_value"] == value
        assert sum(one["times"] for one in behind["items"]) == found["figures"]["count"]
        for group in found["groups"]:
            of_group = client.get(group["contracts"], headers=admin).json()
            assert of_group["figures"] == group["figures"]


@pytest.mark.usefixtures("turned_over")
def test_a_figure_says_what_it_is(client: TestClient, admin: dict[str, str], district: dict[str, str]) -> None:
    query = {"from": "2026-01-01", "to": "2026-12-31", "region": "990100"}
    found = client.get(f"{V1}/stats/turnover", params=query, headers=admin).json()
    assert (found["previous"]["contract_value"], found["growth"]) == ("500000.00", "0.2000")
    assert found["mean"] == "200000.00"
    count = client.get(f"{V1}/stats/turnover", params={**query, "measure": "项数"}, headers=admin).json()
    assert (count["value"], count["mean"]) == ("3", None)
    narrowed = client.get(f"{V1}/stats/turnover", params={**query, "filter": "district:990102"}, headers=admin).json()
    assert narrowed["value"] == "300000.00"
    assert client.get(narrowed["contracts"], headers=admin).json()["figures"] == narrowed["figures"]
    assert client.get(f"{V1}/stats/turnover", params=query, headers=district).status_code == 403
    own = client.get(f"{V1}/stats/turnover", params={"from": "2026-01-01"}, headers=district).json()
    assert (own["about"]["region_code"], own["value"]) == ("990102", "300000.00")
    for bad in ({"filter": "colour:red"}, {"filter": "x"}, {"from": "2026-02-01", "to": "2026-01-01"}, {"x": "1"}):
        assert client.get(f"{V1}/stats/turnover", params=bad, headers=admin).status_code == 422


@pytest.mark.usefixtures("turned_over")
def test_the_progress_of_a_target(client: TestClient, admin: dict[str, str]) -> None:
    for metric, value, reached in (
        ("contract_value", "400000.00", "600000.01"),
        ("contracts", "6", "3"),
        ("achievements_registered", "5", "0"),
    ):
        sent = {**TARGET, "metric": metric, "value": value}
        address = client.post(f"{V1}/targets", json=sent, headers=admin).headers["Location"]
        found = client.get(f"{address}/progress", headers=admin).json()
        assert (found["target"], found["reached"]) == (value, reached)
    assert (found["light"], found["completion"], found["growth"]) == ("behind", "0.0000", None)


@pytest.mark.usefixtures("turned_over")
def test_what_was_reported_stays(client: TestClient, admin: dict[str, str], session: Session) -> None:
    for example in NEW_SNAPSHOTS.values():
        headers = {**admin, "Idempotency-Key": "snapshot"}
        kept = client.post(f"{V1}/snapshots", json=example["value"], headers=headers)
        assert kept.status_code == 201, kept.text
        again = client.post(f"{V1}/snapshots", json=example["value"], headers=headers)
        assert again.json() == kept.json()
    address = kept.headers["Location"]
    assert client.get(address, headers=admin).json() == kept.json()
    assert client.get(address, headers={**admin, "If-None-Match": kept.headers["ETag"]}).status_code == 304
    headline = {one["caliber"]: one["figures"]["contract_value"] for one in kept.json()["headline"]}
    assert (headline["outflow"], headline["net"]) == ("600000.01", "1000000.01")
    late = make_registered(session, registered_on="2026-03-31", signed_on="2026-03-01", begins_on=None, ends_on=None)
    session.commit()
    changes = client.get(f"{address}/changes", headers=admin).json()
    assert [one["contract_id"] for one in changes["added"]] == [late.id]
    assert changes["gone"] == changes["changed"] == []
    assert client.get(address, headers=admin).json()["headline"] == kept.json()["headline"]
    lines = client.get(f"{address}/contracts", params={"caliber": "去重合计"}, headers=admin).json()
    assert lines["total"] == 4
    corrected = client.post(f"{address}/corrections", json={"note": "补登一份合同"}, headers=admin)
    assert corrected.status_code == 201, corrected.text
    number = corrected.json()["id"]
    assert corrected.headers["Location"] == f"{V1}/snapshots/{number}"
    assert client.get(address, headers=admin).json()["corrected_by"] == [number]
    assert client.get(f"{V1}/snapshots", headers=admin).json()["total"] == 2


@pytest.mark.usefixtures("turned_over")
def test_a_report_is_made_once(client: TestClient, admin: dict[str, str], district: dict[str, str]) -> None:
    for example in NEW_REPORTS.values():
        headers = {**admin, "Idempotency-Key": "report"}
        made = client.post(f"{V1}/reports", json=example["value"], headers=headers)
        assert made.status_code == 201, made.text
        again = client.post(f"{V1}/reports", json=example["value"], headers=headers)
        assert again.json() == made.json()
        assert again.headers["Location"] == made.headers["Location"]
        assert again.headers["Idempotent-Replayed"] == "true"
    report = client.get(made.headers["Location"], headers=admin).json()
    assert report == made.json()
    assert client.get(f"{V1}/snapshots/{report['snapshot_id']}", headers=admin).status_code == 200
    assert all(one["unit"] != "fen" for one in report["facts"])
    assert client.get(f"{V1}/reports", headers=admin).json()["total"] == 1
    for file in report["files"]:
        answer = client.get(file, headers=admin)
        assert answer.status_code == 200
        assert answer.content
        assert client.get(file, headers=district).status_code == 404
    assert client.get(f"{made.headers['Location']}/files/nothing", headers=admin).status_code == 422
    assert client.get(f"{V1}/reports", headers=district).json()["items"] == []
