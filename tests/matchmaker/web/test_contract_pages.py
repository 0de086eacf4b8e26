"""The pages of the contract ledger: one contract walked from a match to registration, payment and amendment."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlmodel import Session, col, select

from matchmaker.brokerage import accept, introduce, negotiate
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.contract import ContractAmendment, ContractReceipt, TechnologyContract
from matchmaker.models.contract_words import ContractStatus
from matchmaker.models.match import Match, MatchStatus, Side
from matchmaker.models.notice import Notice, NoticeKind
from matchmaker.visibility import today
from matchmaker.web.pages.contracts import ledger
from tests.factories import cookie_of, make_contract, make_registered
from tests.matchmaker.brokerage.world import People, make_people

pytestmark = pytest.mark.postgresql

NUMBER = "2026123456789012"


@pytest.fixture
def people(session: Session) -> People:
    found = make_people(session)
    session.commit()
    return found


@pytest.fixture
def browsers(app: FastAPI, people: People) -> Iterator[dict[str, TestClient]]:
    """A browser for each person."""
    opened = {}
    for name, account in people.accounts.items():
        opened[name] = TestClient(app, follow_redirects=False, cookies=cookie_of(people.session, account))
    people.session.commit()
    yield opened
    for one in opened.values():
        one.close()


def negotiating(people: People) -> Match:
    match = people.match()
    introduce(people.session, match, by=people.actor("broker"))
    accept(people.session, match, Side.NEED, by=people.actor("enterprise"))
    accept(people.session, match, Side.ACHIEVEMENT, by=people.actor("institution"))
    negotiate(people.session, match, by=people.actor("broker"))
    people.session.commit()
    return match


def current(people: People) -> TechnologyContract:
    people.session.expire_all()
    found = people.session.exec(select(TechnologyContract)).one()
    people.session.expunge(found)
    people.session.rollback()
    return found


def take(people: People, browser: TestClient, step: str, **fields: str) -> int:
    contract = current(people)
    data = {"version": f"{contract.version}", **{f"{step}-{name}": value for name, value in fields.items()}}
    return browser.post(f"/contracts/{contract.id}/steps/{step}", data=data).status_code


def typed(contract: TechnologyContract, **changed: str) -> dict[str, str]:
    """What a browser sends of the form of this contract."""
    return {
        "version": f"{contract.version}",
        "title": contract.title,
        "category": contract.category,
        "kind": contract.kind or "",
        "signed_on": f"{contract.signed_on or ''}",
        "begins_on": f"{contract.begins_on or ''}",
        "ends_on": f"{contract.ends_on or ''}",
        "contract_value": f"{contract.contract_value_fen / 100:.2f}",
        "technology_value": f"{contract.technology_value_fen / 100:.2f}",
        "amount_certainty": contract.amount_certainty,
        "seller_name": contract.seller_name,
        "seller_region_code": contract.seller_region_code or "",
        "buyer_name": contract.buyer_name,
        "buyer_region_code": contract.buyer_region_code or "",
        **changed,
    }


def test_a_contract_is_walked_from_the_match_to_the_income(people: People, browsers: dict[str, TestClient]) -> None:
    match = negotiating(people)
    broker, district = browsers["broker"], browsers["district"]
    assert f"/contracts/new?match={match.id}" in broker.get(f"/carried/{match.id}").text
    form = broker.get(f"/contracts/new?match={match.id}").text
    assert people.need.title in form
    sent = {
        "match": f"{match.id}",
        "title": people.need.title,
        "category": "development",
        "kind": "commissioned_development",
        "contract_value": "120,000",
        "technology_value": "100000.50",
        "deductions-what-0": "设备购置",
        "deductions-amount-0": "19999.50",
        "seller_name": "江南示例大学",
        "seller_region_code": "990102",
        "buyer_name": "澄湖示例企业",
        "buyer_region_code": "澄东区" if "澄东区" in form else "990103",
    }
    answer = broker.post("/contracts/new", data=sent)
    assert answer.status_code == 303, answer.text
    path = answer.headers["Location"]
    page = broker.get(path).text
    for words in ("12 万元", "120,000.00 元", "设备购置", "草拟", "本地内循环", f"对接 {match.id}"):
        assert words in page
    assert take(people, broker, "sign", on=f"{today()}") == 303
    people.session.expire_all()
    assert people.session.get_one(Match, match.id).status is MatchStatus.SIGNED
    people.session.rollback()
    assert take(people, broker, "submit", on=f"{today()}", note="照样已提交") == 303
    assert take(people, broker, "accept", on=f"{today()}") == 403
    assert take(people, district, "accept", on=f"{today()}") == 303
    page = district.get(path).text
    assert "15 个工作日" in page
    assert "征求意见稿" in page
    assert take(people, district, "register", on=f"{today()}", number=NUMBER) == 303
    people.session.expire_all()
    assert people.session.get_one(Match, match.id).status is MatchStatus.REGISTERED
    people.session.rollback()
    receipt = {"receive-on": f"{today()}", "receive-amount": "60000", "receive-note": "首付款"}
    assert broker.post(f"{path}/receipts", data=receipt).status_code == 303
    number = people.session.exec(select(ContractReceipt.id)).one()
    people.session.rollback()
    verify = {f"verify-{number}-on": f"{today()}", f"verify-{number}-amount": "50000"}
    assert broker.post(f"{path}/receipts/{number}/verify", data=verify).status_code == 403
    assert district.post(f"{path}/receipts/{number}/verify", data=verify).status_code == 303
    page = broker.get(path).text
    for words in (NUMBER, "首付款", "5 万元", "第 1 版", "计入“输出”"):
        assert words in page
    assert "照样已提交" in page
    assert NUMBER in broker.get("/contracts").text


def test_amounts_in_the_wrong_unit_are_asked_about(people: People, browsers: dict[str, TestClient]) -> None:
    sent = {"title": "测试合同", "category": "service", "contract_value": "25", "technology_value": "25"}
    sent |= {"seller_name": "甲", "buyer_name": "乙"}
    answer = browsers["city"].post("/contracts/new", data=sent)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "25.00 元（25 元）" in answer.text
    assert "请填 250000.00" in answer.text
    assert 'name="sure_contract_value" value="2500"' in answer.text
    confirmed = {**sent, "sure_contract_value": "2500", "sure_technology_value": "2500"}
    assert browsers["city"].post("/contracts/new", data=confirmed).status_code == 303
    # The confirmation is of that amount only.
    assert browsers["city"].post("/contracts/new", data={**confirmed, "contract_value": "26"}).status_code == 422
    large = {**sent, "contract_value": "12,000,000,000", "technology_value": "250000"}
    assert "1200000.00" in browsers["city"].post("/contracts/new", data=large).text


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"contract_value": "12万"}, "contract_value", "最多两位小数"),
        ({"category": ""}, "category", "必填"),
        ({"signed_on": "2026-02-30"}, "signed_on", "应为日期"),
        ({"seller_region_code": "火星"}, "seller_region_code", "火星"),
        ({"seller_credit_code": "91341200MA2"}, "seller_credit_code", "校验不通过"),
        ({"deductions-amount-0": "100"}, "deductions", "写明名称"),
        ({"deductions-what-0": "设备", "deductions-amount-0": "一百"}, "deductions", "设备"),
        ({"rights-name-0": "一种装置"}, "rights", "编号"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(
    people: People, browsers: dict[str, TestClient], changed: dict[str, str], field: str, words: str
) -> None:
    contract = make_contract(people.session)
    people.session.commit()
    answer = browsers["city"].post(f"/contracts/{contract.id}/edit", data=typed(contract, **changed))
    assert answer.status_code == 422
    assert f'id="error-{field}"' in answer.text
    assert words in answer.text
    assert contract.title in answer.text


def test_more_technology_than_contract_is_refused(people: People, browsers: dict[str, TestClient]) -> None:
    contract = make_contract(people.session)
    people.session.commit()
    answer = browsers["city"].post(f"/contracts/{contract.id}/edit", data=typed(contract, technology_value="999999"))
    assert answer.status_code == 422
    assert "技术交易额大于合同成交额" in answer.text


def test_a_stale_form_is_refused(people: People, browsers: dict[str, TestClient]) -> None:
    contract = make_contract(people.session)
    people.session.commit()
    path = f"/contracts/{contract.id}/edit"
    assert browsers["city"].post(path, data=typed(contract, title="改过的名称")).status_code == 303
    answer = browsers["city"].post(path, data=typed(contract, title="又改的名称"))
    assert answer.status_code == 422
    assert "已被他人修改" in answer.text
    assert current(people).title == "改过的名称"


def test_saving_the_form_unchanged_changes_nothing(people: People, browsers: dict[str, TestClient]) -> None:
    contract = make_contract(
        people.session,
        deductions=[{"what": "设备", "amount_fen": 1_000_000}],
        contract_value_fen=31_000_000,
        rights=[{"number": "ZL202310000001.X", "name": "一种装置", "expires_on": "2043-01-01"}],
        is_related_party=False,
        seller_details={"contact_name": "王工", "scale": "small", "industry_code": "C26", "is_research_body": True},
        industry_code="C2614",
        currency="USD",
        foreign_amount="43000",
        exchange_rate="7.1203",
        rate_on="2026-01-05",
    )
    people.session.commit()
    before = contract.model_dump(exclude={"updated_at"})
    page = browsers["city"].get(f"/contracts/{contract.id}/edit").text
    answer = browsers["city"].post(f"/contracts/{contract.id}/edit", data=fields_of(page))
    assert answer.status_code == 303, answer.text
    assert current(people).model_dump(exclude={"updated_at"}) == before


def test_what_is_wrong_in_the_folded_part_of_a_party_is_shown(people: People, browsers: dict[str, TestClient]) -> None:
    contract = make_contract(people.session)
    people.session.commit()
    path = f"/contracts/{contract.id}/edit"
    page = browsers["city"].get(path).text
    assert '<details id="field-seller_details"><summary>' in page
    answer = browsers["city"].post(path, data=fields_of(page) | {"seller_industry_code": "火星"})
    assert answer.status_code == 422
    assert '<details id="field-seller_details" open>' in answer.text
    assert 'id="error-seller_industry_code"' in answer.text
    assert '<details id="field-buyer_details"><summary>' in answer.text


def fields_of(page: str) -> dict[str, str]:
    """What a browser would send of the page's last form, as it stands."""
    from lxml import html

    form = html.fromstring(page).xpath('//form[.//input[@name="title"]]')[0]
    return {name: value or "" for name, value in form.form_values()}


def test_submitting_with_errors_needs_a_reason(
    people: People, browsers: dict[str, TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = make_contract(people.session, category="transfer", kind="patent_transfer", ip_type="none")
    contract.technology_value_fen = contract.contract_value_fen + 100
    people.session.add(contract)
    people.session.commit()
    page = browsers["city"].get(f"/contracts/{contract.id}").text
    assert "处须改正" in page
    assert take(people, browsers["city"], "submit", on=f"{today()}") == 409
    assert current(people).status is ContractStatus.SIGNED
    assert take(people, browsers["city"], "submit", on=f"{today()}", note="登记机构已收件") == 303


def test_a_registered_contract_changes_by_amendment_only(people: People, browsers: dict[str, TestClient]) -> None:
    contract = make_registered(people.session, seller_region_code="990102")
    contract.broker_id = people.accounts["broker"].broker_id
    people.session.add(contract)
    people.session.commit()
    path, broker, district = f"/contracts/{contract.id}", browsers["broker"], browsers["district"]
    assert broker.get(f"{path}/edit").status_code == 403
    assert broker.post(f"{path}/edit", data=typed(contract, title="偷偷改")).status_code == 422
    changed = typed(contract, contract_value="350000", reason="双方补充协议")
    assert broker.post(f"{path}/amend", data={**changed, "reason": ""}).status_code == 422
    assert broker.post(f"{path}/amend", data=changed).status_code == 303
    page = district.get(path).text
    assert "变更登记中" in page
    assert "350,000.00 元" in page
    assert current(people).contract_value_fen == 30_000_000
    assert take(people, broker, "decide_amendment", granted="true", on=f"{today()}") == 403
    assert take(people, district, "decide_amendment", on=f"{today()}") == 422
    assert take(people, district, "decide_amendment", granted="true", on=f"{today()}") == 303
    assert current(people).contract_value_fen == 35_000_000
    page = broker.get(path).text
    assert "第 2 版" in page
    assert "双方补充协议" in page
    assert "300,000.00 元" in broker.get(f"{path}/versions/1").text
    correction = typed(current(people), title="更正的项目名称", reason="录入漏字")
    assert broker.get(f"{path}/correct").status_code == 403
    assert district.post(f"{path}/correct", data=correction).status_code == 303
    assert current(people).version_number == 3


def test_a_number_that_was_entered_wrongly_is_corrected(people: People, browsers: dict[str, TestClient]) -> None:
    contract = make_registered(people.session, seller_region_code="990102")
    people.session.commit()
    path, district = f"/contracts/{contract.id}/correct", browsers["district"]
    page = district.get(path).text
    assert f'value="{contract.registration_number}"' in page
    assert f'value="{contract.registered_on}"' in page
    sent = typed(contract, reason="编号抄错", registration_number="2026 9901 0000 0077", registered_on=f"{today()}")
    assert district.post(path, data={**sent, "registration_number": "123"}).status_code == 422
    assert district.post(path, data=sent).status_code == 303
    people.session.expire_all()
    assert contract.registration_number == "2026990100000077"
    # An amendment is about the contract: the number is not part of its form.
    assert 'name="registration_number"' not in district.get(f"/contracts/{contract.id}/amend").text


def test_an_amendment_does_not_ask_to_undo_a_correction_made_meanwhile(
    people: People, browsers: dict[str, TestClient]
) -> None:
    contract = make_registered(people.session, seller_region_code="990102")
    contract.broker_id = people.accounts["broker"].broker_id
    people.session.add(contract)
    people.session.commit()
    path = f"/contracts/{contract.id}"
    opened = typed(contract, contract_value="350000", reason="双方补充协议")
    correction = typed(contract, title="更正的项目名称", reason="录入漏字")
    assert browsers["district"].post(f"{path}/correct", data=correction).status_code == 303
    answer = browsers["broker"].post(f"{path}/amend", data=opened)
    assert answer.status_code == 422
    assert "记录已被他人修改" in answer.text
    assert people.session.exec(select(ContractAmendment)).all() == []


def test_saving_the_form_keeps_rows_however_many_there_are(people: People, browsers: dict[str, TestClient]) -> None:
    rights = [{"number": f"ZL2020{row:08}.1"} for row in range(70)]
    contract = make_contract(people.session, rights=rights, ip_type="invention_patent", seller_region_code="990102")
    people.session.commit()
    sent = typed(contract, ip_type="invention_patent", title="改了名称")
    sent |= {f"rights-number-{row}": one["number"] for row, one in enumerate(rights)}
    assert browsers["district"].post(f"/contracts/{contract.id}/edit", data=sent).status_code == 303
    assert (current(people).title, len(current(people).rights)) == ("改了名称", 70)


def test_papers_are_kept_with_their_digest(people: People, browsers: dict[str, TestClient]) -> None:
    contract = make_contract(people.session)
    contract.broker_id = people.accounts["broker"].broker_id
    people.session.add(contract)
    people.session.commit()
    path, broker = f"/contracts/{contract.id}", browsers["broker"]
    pdf = {"file": ("合同 扫描.pdf", b"%PDF-1.7 hello", "application/pdf")}
    assert broker.post(f"{path}/files", data={"attach-paper": "contract"}, files=pdf).status_code == 303
    page = broker.get(path).text
    assert "合同 扫描.pdf" in page
    assert "SHA-256" in page
    again = broker.post(f"{path}/files", data={"attach-paper": "contract"}, files=pdf)
    assert again.status_code == 422
    assert "已经附上" in again.text
    exe = {"file": ("run.pdf", b"MZ\x90", "application/pdf")}
    assert broker.post(f"{path}/files", data={"attach-paper": "contract"}, files=exe).status_code == 400
    answer = broker.get(f"{path}/files/1")
    assert answer.content == b"%PDF-1.7 hello"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert browsers["other_broker"].get(f"{path}/files/1").status_code == 404
    assert broker.post(f"{path}/files/1/remove").status_code == 303
    assert broker.get(f"{path}/files/1").status_code == 404


def test_the_list_is_filtered_added_up_and_exported(people: People, browsers: dict[str, TestClient]) -> None:
    make_contract(people.session, title="=HYPERLINK(1)", contract_value_fen=12_345_678, technology_value_fen=0)
    make_registered(people.session, title="登记过的合同", category="service", kind=None)
    late = make_contract(people.session, title="逾期的合同")
    late.status, late.decide_by = ContractStatus.ACCEPTED, today() - timedelta(days=1)
    late.accepted_on = today() - timedelta(days=30)
    people.session.add(late)
    people.session.commit()
    city = browsers["city"]
    page = city.get("/contracts").text
    assert "共 3 项" in page
    assert "72.35 万元" in page
    assert "共 1 项" in city.get("/contracts?status=registered&category=service&registered_from=2020-01-01").text
    overdue = city.get("/contracts?overdue=1").text
    assert "共 1 项" in overdue
    assert "逾期的合同" in overdue
    assert "没有符合条件的合同" in city.get("/contracts?text=没有这样的").text
    assert city.get("/contracts?signed_from=yesterday&status=none&match=x").status_code == 200
    answer = city.post("/contracts/export", data={"text": "HYPERLINK"})
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 2
    assert rows[1][2] == "=HYPERLINK(1)"
    assert rows[1][12] == 123456.78
    people.session.rollback()
    found = people.session.exec(select(AuditEvent).where(col(AuditEvent.action) == AuditAction.EXPORTED)).one()
    assert found.reason == "技术合同 1 项"


def test_an_export_is_whole_or_refused(
    people: People, browsers: dict[str, TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_contract(people.session)
    make_registered(people.session)
    make_registered(people.session, title="无偿许可", contract_value_fen=0, technology_value_fen=0)
    people.session.commit()
    city = browsers["city"]
    sheet = load_workbook(BytesIO(city.post("/contracts/export").content)).active
    assert sheet is not None
    calibers = {(row[5], row[12] > 0): row[16] for row in sheet.iter_rows(min_row=2, values_only=True)}
    # What is not registered counts nowhere, nor what is worth nothing.
    counted = "输出、吸纳、本地内循环"
    assert calibers == {("已签订", True): None, ("已登记", True): counted, ("已登记", False): None}
    monkeypatch.setattr(ledger, "LONGEST_EXPORT", 1)
    refused = city.post("/contracts/export")
    assert refused.status_code == 422
    assert "一次最多导出 1 份" in refused.text


def test_outsiders_learn_of_no_contract(people: People, browsers: dict[str, TestClient]) -> None:
    contract = make_contract(people.session, title="保密的合同名称")
    people.session.commit()
    for name in ("other_enterprise", "other_broker", "enterprise", "institution"):
        assert browsers[name].get(f"/contracts/{contract.id}").status_code == 404
        assert "保密的合同名称" not in browsers[name].get("/contracts").text


def test_notices_tell_of_a_step_and_of_nothing_else(people: People, browsers: dict[str, TestClient]) -> None:
    contract = make_contract(people.session, title="保密的合同名称", seller_region_code="990102")
    contract.broker_id = people.accounts["broker"].broker_id
    people.session.add(contract)
    people.session.commit()
    assert take(people, browsers["broker"], "submit", on=f"{today()}", note="已交") == 303
    assert take(people, browsers["district"], "return", on=f"{today()}", note="缺盖章页") == 303
    people.session.rollback()
    told = people.session.exec(select(Notice).where(col(Notice.kind) == NoticeKind.CONTRACT)).all()
    assert {one.account_id for one in told} == {people.account_id("district"), people.account_id("broker")}
    for one in told:
        assert "保密的合同名称" not in one.title + one.body
        assert "缺盖章页" not in one.title + one.body


def test_a_match_with_a_contract_is_registered_by_it(people: People, browsers: dict[str, TestClient]) -> None:
    match = negotiating(people)
    broker = browsers["broker"]
    form = fields_of(broker.get(f"/contracts/new?match={match.id}").text)
    sent = {**form, "contract_value": "120000", "technology_value": "120000", "signed_on": f"{today()}"}
    sent |= {"seller_region_code": "990102"}
    assert broker.post("/contracts/new", data=sent).status_code == 303
    people.session.expire_all()
    # The day of signing is stated: the match is signed with it.
    assert people.session.get_one(Match, match.id).status is MatchStatus.SIGNED
    people.session.rollback()
    page = broker.get(f"/carried/{match.id}").text
    assert "已签订" in page
    assert "steps/register" not in page
    assert "去合同台账记录登记" in browsers["district"].get(f"/carried/{match.id}").text
    assert "另建一份合同" in page
    assert "这项对接已有合同" in broker.get(f"/contracts/new?match={match.id}").text


def test_the_trail_reads_in_words(people: People, browsers: dict[str, TestClient]) -> None:
    contract = make_contract(people.session, seller_details={"contact_name": "王工", "contact_phone": "13800001111"})
    people.session.commit()
    changed = typed(contract, contract_value="310000", seller_contact_phone="13900002222")
    assert browsers["city"].post(f"/contracts/{contract.id}/edit", data=changed).status_code == 303
    trail = browsers["city"].get("/audit").text
    assert f'href="/contracts/{contract.id}"' in trail
    history = browsers["city"].get(f"/history/contracts/{contract.id}").text
    for words in ("合同成交额", "300,000.00 元", "310,000.00 元", "卖方其他信息"):
        assert words in history
    for secret in ("13800001111", "13900002222", "王工"):
        assert secret not in history + trail
    assert browsers["other_broker"].get(f"/history/contracts/{contract.id}").status_code == 404


def test_contacts_of_the_parties_stand_in_no_list(people: People, browsers: dict[str, TestClient]) -> None:
    contract = make_contract(people.session, seller_details={"contact_name": "王工", "contact_phone": "13800001111"})
    people.session.commit()
    city = browsers["city"]
    assert "13800001111" in city.get(f"/contracts/{contract.id}").text
    assert "13800001111" not in city.get("/contracts").text
    sheet = load_workbook(BytesIO(city.post("/contracts/export").content)).active
    assert sheet is not None
    assert not [cell for row in sheet.iter_rows(values_only=True) for cell in row if "13800001111" in f"{cell}"]
    assert "没有符合条件的合同" in city.get("/contracts?text=13800001111").text
