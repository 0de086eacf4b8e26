"""The pages of 登记对账 as an official without JavaScript uses them."""

import io
import re
from datetime import date
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.database import session_scope
from matchmaker.models.account import Role
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.reporting import RegistryList, RegistryListRow
from tests.factories import cookie_of, make_account, make_contract, make_registered

LIST = """登记编号,合同名称,合同类别,卖方名称,买方名称,成交额（万元）,技术交易额（万元）,签订日期,认定日期
2026990100000001,降解托盘开发,技术开发,澄湖研究所,甲企业,30,28,2026-01-05,2026-02-10
2026990100000002,菌剂转让,技术转让,澄湖研究所,乙企业,12.5,12.5,2026-01-06,2026-02-11
2026990100000003,无纺布咨询,技术咨询,澄湖研究所,丙企业,8,8,2026-01-07,2026-02-12
2026990100000004,没有签订日期,技术服务,澄湖研究所,丁企业,9,9,,2026-02-12
3.4E+15,编号丢失,技术服务,澄湖研究所,戊企业,9,9,2026-01-07,2026-02-12
"""


@pytest.fixture
def official(client: TestClient, database: Engine) -> TestClient:
    with session_scope(database) as session:
        client.cookies.update(cookie_of(session, make_account(session, role=Role.CITY_OFFICIAL)))
        known: dict[str, Any] = {
            "seller_name": "澄湖研究所",
            "buyer_name": "甲企业",
            "signed_on": date(2026, 1, 5),
            "begins_on": None,
            "title": "降解托盘开发",
        }
        make_registered(
            session,
            **known,
            registration_number="2026990100000001",
            registered_on=date(2026, 2, 10),
            contract_value_fen=30_000_001,
            technology_value_fen=28_000_000,
        )
        waiting = {"title": "无纺布咨询", "buyer_name": "丙企业"}
        make_contract(session, **{**known, **waiting, "category": "consulting", "kind": None})
    return client


def sent(browser: TestClient, content: bytes = LIST.encode("gb18030"), **data: str) -> Any:
    return browser.post(
        "/reconciliation", data={"region_code": "990100", **data}, files={"file": ("二月名单.csv", content)}
    )


def test_from_the_list_to_a_ledger_that_agrees(official: TestClient, session: Session) -> None:
    assert official.get("/reconciliation").status_code == 200
    answer = sent(official)
    assert answer.status_code == 303
    address = answer.headers["Location"]
    page = official.get(address).text
    assert "合同成交额：名单 595,000.00 元 − 台账 300,000.01 元 = 294,999.99 元" in page
    assert "不能直接入账" in page
    assert "末位已经丢失" in page
    # What waits for its registration is not to be ticked, and leads to that contract.
    rows = re.findall(r'name="row" value="(\d+)"', page)
    assert len(rows) == 1
    assert "记录登记</a>" in page
    assert official.post(f"{address}/enter", data={"row": rows}).status_code == 303
    entered = session.exec(
        select(TechnologyContract).where(TechnologyContract.registration_number == "2026990100000002")
    ).one()
    assert (entered.contract_value_fen, entered.seller_region_code) == (12_500_000, "990100")
    different = official.get(f"{address}?group=different").text
    assert re.search(r'href="/contracts/\d+/correct"', different)
    assert "名单“300,000.00 元”，台账“300,000.01 元”" in different
    assert "菌剂转让" in official.get(f"{address}?group=same").text
    assert "没有。" in official.get(f"{address}?group=missing_there").text
    assert official.get(f"{address}?group=nonsense&page=99").status_code == 200


def test_a_contract_of_the_same_parties_is_entered_only_when_it_is_said_to_be_another(
    official: TestClient, session: Session
) -> None:
    address = sent(official).headers["Location"]
    row = session.exec(
        select(RegistryListRow.id).where(RegistryListRow.registration_number == "2026990100000003")
    ).one()
    session.rollback()
    refused = official.post(f"{address}/enter", data={"row": str(row)})
    assert refused.status_code == 422
    assert "可能就是这一份" in refused.text
    assert official.post(f"{address}/enter", data={"new": str(row)}).status_code == 303
    numbers = session.exec(select(TechnologyContract.registration_number)).all()
    assert "2026990100000003" in numbers


def test_the_good_rows_are_entered_though_others_are_not(official: TestClient, session: Session) -> None:
    address = sent(official).headers["Location"]
    rows = [str(one) for one in session.exec(select(RegistryListRow.id))]
    session.rollback()
    answer = official.post(f"{address}/enter", data={"row": rows})
    assert answer.status_code == 422
    assert "第 5 行没有入账" in answer.text
    assert "2026990100000002" in session.exec(select(TechnologyContract.registration_number)).all()
    assert official.post(f"{address}/enter", data={}).status_code == 422
    assert official.post(f"{address}/enter", data={"row": "999999"}).status_code == 404


def test_what_cannot_be_read_is_told_beside_the_field(official: TestClient, session: Session) -> None:
    for answer, words in (
        (sent(official, b"\x89PNG\r\n"), "图片"),
        (sent(official, "项目名称,卖方名称,买方名称\n甲,乙,丙\n".encode()), "没有“合同登记编号”一列"),
        (sent(official, first="昨天"), "请填日期"),
        (sent(official, region_code="110000"), "请选择登记机构所在地区"),
        (official.post("/reconciliation", data={"region_code": "990100", "name": "留着"}), "请选择登记机构的名单"),
    ):
        assert answer.status_code == 422
        assert words in answer.text
    assert 'value="留着"' in answer.text
    assert session.exec(select(RegistryList)).all() == []


def test_the_result_is_exported_and_the_list_is_deleted(official: TestClient, session: Session) -> None:
    address = sent(official).headers["Location"]
    file = official.get(f"{address}/result.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(file.content))
    assert book["台账缺"]["B2"].value == "2026990100000002"
    events = session.exec(select(AuditEvent.reason).where(AuditEvent.action == AuditAction.EXPORTED)).all()
    assert events == ["导出对账结果"]
    assert official.post(f"{address}/delete").status_code == 303
    assert official.get(address).status_code == 404
    assert len(session.exec(select(TechnologyContract)).all()) == 2


def test_a_district_official_uploads_for_her_own_district(
    client: TestClient, database: Engine, session: Session
) -> None:
    with session_scope(database) as writing:
        client.cookies.update(cookie_of(writing, make_account(writing, role=Role.DISTRICT_OFFICIAL)))
    assert sent(client, region_code="990100").status_code == 303
    assert session.exec(select(RegistryList.region_code)).all() == ["990102"]
