"""The pre-check in the browser's eyes."""

from fastapi.testclient import TestClient
from sqlmodel import Session, select

from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.contract import TechnologyContract
from tests.factories import cookie_of
from tests.matchmaker.contracts.world import make_contracting


def test_answers_reasons_and_files(client: TestClient, session: Session) -> None:
    world = make_contracting(session, contract_value_fen=3_000, technology_value_fen=3_000)
    client.cookies.update(cookie_of(session, world.accounts["institution"]))
    session.commit()
    path = f"/contracts/{world.contract.id}"
    page = client.get(f"{path}/precheck").text
    for expected in (
        "V16",
        "/edit#field-contract_value",
        "记录已申请登记",
        "登记编号由登记机构出具",
        "question-dev_goal",
    ):
        assert expected in page
    sent = client.post(f"{path}/precheck/answers", data={"question-dev_goal": "no"})
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{path}/precheck")
    sent = client.post(f"{path}/precheck/overrides", data={"rule": "V16", "reason": "<b>一次检测</b>"})
    assert sent.status_code == 303
    page = client.get(f"{path}/precheck").text
    assert "答“否”" in page
    assert "&lt;b&gt;一次检测" in page
    assert client.post(f"{path}/precheck/overrides", data={"rule": "V1", "reason": "x"}).status_code == 422
    assert client.post(f"{path}/precheck/answers", data={"question-dev_goal": "maybe"}).status_code == 422
    session.expire_all()
    kept = session.get_one(TechnologyContract, world.contract.id)
    assert (kept.answers, kept.overrides) == ({"dev_goal": "no"}, {"V16": "<b>一次检测</b>"})
    sheet = client.get(f"{path}/sheet").text
    assert kept.title in sheet
    assert "登记编号由登记机构出具" in sheet
    assert client.get(f"{path}/form.xlsx").content.startswith(b"PK")
    exported = kept.id
    session.rollback()
    # The sheet and the workbook hold the same.
    taken = session.exec(select(AuditEvent).where(AuditEvent.action == AuditAction.EXPORTED)).all()
    assert [one.record_id for one in taken] == [exported, exported]


def test_outsiders_learn_nothing(client: TestClient, session: Session) -> None:
    world = make_contracting(session)
    client.cookies.update(cookie_of(session, world.accounts["other_institution"]))
    session.commit()
    path = f"/contracts/{world.contract.id}"
    for below in ("precheck", "sheet", "form.xlsx"):
        assert client.get(f"{path}/{below}").status_code == 404
    assert client.post(f"{path}/precheck/answers", data={}).status_code == 404


def test_the_rules_show_their_sources_and_dates(client: TestClient, session: Session) -> None:
    world = make_contracting(session)
    assert client.get("/registration-rules").status_code == 303
    client.cookies.update(cookie_of(session, world.accounts["commissioner"]))
    session.commit()
    page = client.get("/registration-rules").text
    for expected in ("民法典第八百六十三条", "2021-01-01 起", "请以正式文本为准", "本平台自定"):
        assert expected in page
