"""Pages of reports, as an official walks them: make one, follow a number to its rows, take the files, edit the template."""

import io
import re
from collections.abc import Callable
from datetime import date

import pytest
from docx import Document
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.models.account import Role
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import VersionKind
from matchmaker.models.reporting import ReportDocument, ReportTemplate
from matchmaker.reports.word import shipped_template
from tests.factories import cookie_of, make_account
from tests.matchmaker.reports.year import CITY, EAST, YEAR, make_year

Login = Callable[[Role], TestClient]


@pytest.fixture
def login(client: TestClient, session: Session) -> Login:
    """The client, logged in in that role."""

    def as_role(role: Role) -> TestClient:
        client.cookies.clear()
        client.cookies.update(cookie_of(session, make_account(session, role=role)))
        session.commit()
        return client

    return as_role


@pytest.fixture
def official(login: Login, session: Session) -> TestClient:
    """A city official, over the year of `year.py`."""
    make_year(session, registrations=5)
    return login(Role.CITY_OFFICIAL)


def make(client: TestClient, **fields: str) -> str:
    """The address of a report made through the form."""
    answer = client.post("/reports", data={"year": str(YEAR), "region_code": CITY, "snapshot": "", **fields})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_from_the_form_to_the_rows_behind_a_number(official: TestClient) -> None:
    page = official.get(make(official)).text
    assert "澄湖市2025年技术转移工作情况" in page
    assert "2.44亿元" in page
    assert "不是同一指标" in page
    links = re.findall(r'href="(/reports/\d+/behind/[^"]+)"', page)
    assert links
    for link in links:
        rows = official.get(link.replace("&amp;", "&"))
        assert rows.status_code == 200, link
        assert "没有合同" not in rows.text
    (west,) = (one for one in links if "table=district" in one and "%E8%A5%BF" in one)
    behind = official.get(west.replace("&amp;", "&")).text
    assert "合同成交额 14,500.00 万元" in behind
    assert "澄西区：3 项合同" in behind


def test_the_files_come_with_their_names_and_leave_events(official: TestClient, session: Session) -> None:
    address = make(official)
    kinds = {"word": b"PK", "annex": b"PK", "pdf": b"%PDF"}
    for file, begins in kinds.items():
        answer = official.get(f"{address}/{file}")
        assert answer.content.startswith(begins)
        assert "attachment" in answer.headers["content-disposition"]
        assert "%E6%BE%84%E6%B9%96%E5%B8%82" in answer.headers["content-disposition"]
    assert official.get(f"{address}/facts").status_code == 404
    wanted = select(AuditEvent).where(
        AuditEvent.table_name == "report_document", AuditEvent.action == AuditAction.EXPORTED
    )
    assert len(session.exec(wanted).all()) == 3


def test_the_list_offers_what_is_there(official: TestClient, session: Session) -> None:
    make(official)
    page = official.get("/reports").text
    assert "澄湖市2025年技术转移工作情况" in page
    snapshot_id = session.exec(select(ReportDocument.snapshot_id)).one()
    assert f'<option value="{snapshot_id}"' in page
    again = make(official, snapshot=str(snapshot_id))
    assert again.endswith("/2")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"year": "二〇二五"}, "请填写四位年份"),
        ({"year": "1999"}, "请填写四位年份"),
        ({"snapshot": "x"}, "请从列表中选择"),
        ({"snapshot": "999"}, "没有这个统计快照"),
        ({"region_code": "340100"}, "不是本市"),
    ],
)
def test_what_cannot_be_made_is_said_beside_the_field(official: TestClient, fields: dict[str, str], said: str) -> None:
    answer = official.post("/reports", data={"year": str(YEAR), "region_code": CITY, "snapshot": "", **fields})
    assert answer.status_code == 422
    assert said in answer.text
    assert 'role="alert"' in answer.text


def test_a_snapshot_of_another_year_is_refused(official: TestClient, session: Session) -> None:
    make(official)
    snapshot_id = session.exec(select(ReportDocument.snapshot_id)).one()
    answer = official.post("/reports", data={"year": "2024", "region_code": CITY, "snapshot": str(snapshot_id)})
    assert answer.status_code == 422
    assert "不是澄湖市2024年的" in answer.text
    assert 'value="2024"' in answer.text


def test_a_district_makes_its_own_whatever_the_form_says(login: Login, session: Session) -> None:
    make_year(session, achievements=1, registrations=1)
    page = login(Role.DISTRICT_OFFICIAL).get(make(login(Role.DISTRICT_OFFICIAL), region_code=CITY)).text
    assert "澄东区2025年技术转移工作情况" in page
    assert session.exec(select(ReportDocument.region_code)).all() == [EAST]


def test_contracts_that_changed_since_are_told(official: TestClient, session: Session) -> None:
    address = make(official)
    assert "合同数据有变动" not in official.get(address).text
    contract = session.exec(
        select(TechnologyContract).where(TechnologyContract.registered_on == date(YEAR, 1, 15))
    ).one()
    from matchmaker.contracts.versions import freeze
    from matchmaker.rights import PLATFORM

    contract.contract_value_fen += 100
    freeze(session, contract, VersionKind.CORRECTION, date(YEAR, 2, 1), by=PLATFORM, reason="录入有误")
    session.commit()
    page = official.get(address).text
    assert "合同数据有变动：1 项有变更" in page
    assert "2.44亿元" in page


def test_the_office_edits_its_template(official: TestClient, session: Session) -> None:
    got = official.get("/reports/templates/current.docx")
    assert got.content == shipped_template()
    edited, written = Document(io.BytesIO(got.content)), io.BytesIO()
    edited.add_paragraph("成果科 {{ 制表日期 }}")
    edited.save(written)
    sent = {"file": ("本局.docx", written.getvalue())}
    assert official.post("/reports/templates", files=sent).status_code == 303
    assert "现用：本局.docx" in official.get("/reports/templates").text
    word = official.get(f"{make(official)}/word").content
    assert Document(io.BytesIO(word)).paragraphs[-1].text.startswith("成果科 20")
    assert official.post("/reports/templates/use", data={"template": ""}).status_code == 303
    assert official.get("/reports/templates/current.docx").content == shipped_template()
    own = session.exec(select(ReportTemplate.id)).one()
    assert official.post("/reports/templates/use", data={"template": str(own)}).status_code == 303
    assert official.get("/reports/templates/current.docx").content == written.getvalue()


def test_a_template_that_cannot_be_filled_is_refused_beside_the_field(official: TestClient, session: Session) -> None:
    edited, written = Document(io.BytesIO(shipped_template())), io.BytesIO()
    edited.add_paragraph("{{ 成交总额 }}")
    edited.save(written)
    answer = official.post("/reports/templates", files={"file": ("本局.docx", written.getvalue())})
    assert answer.status_code == 422
    assert "“成交总额”" in answer.text
    assert 'id="error-file"' in answer.text
    assert official.post("/reports/templates", files={"file": ("本局.xlsx", b"x")}).status_code == 422
    assert official.post("/reports/templates", data={"x": "y"}).status_code == 422
    assert session.exec(select(ReportTemplate)).all() == []


def test_every_placeholder_is_explained(official: TestClient) -> None:
    page = official.get("/reports/templates").text
    for name in ("成交额", "目标比较", "按县市区", "图_按月", "口径提示"):
        assert f"<code>{name}</code>" in page


def test_districts_see_the_template_and_change_nothing(login: Login, database: Engine) -> None:
    district = login(Role.DISTRICT_OFFICIAL)
    assert "模板由市科技局维护" in district.get("/reports/templates").text
    answer = district.post("/reports/templates", files={"file": ("本局.docx", shipped_template())})
    assert answer.status_code == 403
    with Session(database) as session:
        assert session.exec(select(ReportTemplate)).all() == []
