"""The import pages as a person without JavaScript uses them."""

import io
import re
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.database import session_scope
from matchmaker.models.account import Account, Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.upload import BatchStatus, ImportBatch
from matchmaker.uploads import run_waiting_batches
from tests.factories import cookie_of, make_account

pytestmark = pytest.mark.postgresql

ROWS = (
    "成果编号,成果名称,成果简介,技术成熟度,联系电话,备注栏\n"
    "A1,秸秆纤维模塑成型技术,以秸秆为原料。,6,0558-1234567,甲\n"
    "A2,菌,用于污水处理。,7,0558-1234567,乙\n"
)


@pytest.fixture
def institution(database: Engine) -> Account:
    with session_scope(database) as session:
        return make_account(session, role=Role.INSTITUTION)


@pytest.fixture
def browser(client: TestClient, database: Engine, institution: Account) -> TestClient:
    """The institution's browser."""
    with session_scope(database) as session:
        client.cookies.update(cookie_of(session, institution))
    return client


def sent(browser: TestClient, content: bytes = ROWS.encode("gb18030"), name: str = "成果.csv", **data: str) -> Any:
    return browser.post("/imports", data={"kind": "achievements", **data}, files={"file": (name, content)})


def numbers(page: str) -> dict[str, int]:
    return {label: int(number) for label, number in re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", page)}


def test_a_file_name_of_half_characters_is_no_obstacle(browser: TestClient, session: Session) -> None:
    body = (
        b'--X\r\nContent-Disposition: form-data; name="kind"\r\n\r\nachievements\r\n'
        b'--X\r\nContent-Disposition: form-data; name="file"; filename="a\\ud800.csv"\r\n\r\n'
        + ROWS.encode("gb18030")
        + b"\r\n--X--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=X; charset=unicode_escape"}
    assert browser.post("/imports", content=body, headers=headers).status_code == 303
    assert session.exec(select(ImportBatch)).one().file_name == "a.csv"


def test_from_the_file_to_the_records_and_back(browser: TestClient, database: Engine, session: Session) -> None:
    form = browser.get("/imports")
    assert "成果模板" in form.text
    assert "技术需求模板" not in form.text
    answer = sent(browser)
    assert answer.status_code == 303
    address = answer.headers["Location"]

    page = browser.get(address).text
    assert numbers(page) == {"可导入": 1, "将新增": 1, "将更新": 0, "没有变化": 0, "有问题的行": 1}
    assert "1234567" not in page
    assert "备注栏" in page
    name = re.search(r'<input[^>]* name="(cell-\d+-\d+)" value="菌"', page)
    assert name is not None
    assert browser.post(f"{address}/corrections", data={name[1]: "低温脱氮菌剂"}).status_code == 303
    page = browser.get(address).text
    assert numbers(page)["可导入"] == 2
    assert "改正有问题的单元格" not in page

    # The button may be pressed twice.
    for _ in range(2):
        assert browser.post(f"{address}/run", data={"mode": "both"}).headers["Location"] == address
    waiting = browser.get(address).text
    assert "等待导入" in waiting
    assert 'href="' + address + '">刷新' in waiting
    part = browser.get(address, headers={"HX-Request": "true"})
    assert part.text.lstrip().startswith("<section")
    run_waiting_batches(database)
    assert browser.get(address, headers={"HX-Request": "true"}).headers["HX-Redirect"] == address
    done = numbers(browser.get(address).text)
    assert done == {"新增": 2, "更新": 0, "未变": 0, "退回": 0, "其中待审核": 2}

    for _ in range(2):
        assert browser.post(f"{address}/undo").status_code == 303
    assert "正在撤销" in browser.get(address).text
    run_waiting_batches(database)
    assert "已撤销 2 条" in browser.get(address).text
    assert {one.status.value for one in session.exec(select(Achievement))} == {"withdrawn"}
    assert "成果.csv" in browser.get("/imports").text


def test_columns_can_be_chosen_otherwise(browser: TestClient, session: Session) -> None:
    address = sent(browser, "东西,说明文字\n秸秆纤维模塑,以秸秆为原料\n".encode()).headers["Location"]
    page = browser.get(address).text
    assert "没有认出名称所在的列" in page
    assert "导入 " not in numbers(page)
    browser.post(f"{address}/columns", data={"column-0": "title", "column-1": "summary"})
    assert numbers(browser.get(address).text)["可导入"] == 1
    assert session.exec(select(ImportBatch)).one().mapping == {"东西": "title", "说明文字": "summary"}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"PK\x03\x04 broken", "已损坏"),
        ("a.pdf", b"%PDF-1.7", "PDF"),
        ("空.csv", b"", "空文件"),
        ("<script>.csv", b"", "空文件"),
    ],
)
def test_a_file_that_is_no_table_is_refused_beside_the_field(
    browser: TestClient, session: Session, name: str, content: bytes, said: str
) -> None:
    answer = sent(browser, content, name)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'id="error-file"' in answer.text
    assert "<script>.csv" not in answer.text
    assert session.exec(select(ImportBatch)).all() == []


def test_what_may_not_be_imported_is_not_taken(browser: TestClient) -> None:
    assert sent(browser, kind="enterprises").status_code == 422
    assert sent(browser, kind="").status_code == 422
    assert browser.post("/imports", data={"kind": "achievements"}).status_code == 422


def test_a_file_that_is_too_large_is_refused_by_a_page(browser: TestClient) -> None:
    answer = sent(browser, b"x" * 1_200_000)
    assert answer.status_code == 413
    assert "1 MB" in answer.text


def test_the_rejected_rows_go_to_excel_and_back(browser: TestClient, session: Session) -> None:
    address = sent(browser).headers["Location"]
    book = openpyxl.load_workbook(io.BytesIO(browser.get(f"{address}/rejected.xlsx").content))
    book.worksheets[0]["B2"] = "低温脱氮菌剂"
    corrected = io.BytesIO()
    book.save(corrected)
    wrong = browser.post(f"{address}/corrected-file", files={"file": ("a.csv", ROWS.encode())})
    assert wrong.status_code == 422
    assert "不是退回的行" in wrong.text
    good = browser.post(f"{address}/corrected-file", files={"file": ("退回.xlsx", corrected.getvalue())})
    assert good.status_code == 303
    assert numbers(browser.get(address).text)["可导入"] == 2
    exported = session.exec(select(AuditEvent).where(AuditEvent.action == AuditAction.EXPORTED)).one()
    assert (exported.table_name, exported.reason) == ("import_batch", "下载退回的行")


def test_a_private_cell_is_not_shown_beside_the_one_that_is_written_anew(browser: TestClient, session: Session) -> None:
    rows = "成果名称,成果简介,电子信箱\n秸,以秸秆为原料," + "secret" * 40 + "@example.com\n"
    address = sent(browser, rows.encode()).headers["Location"]
    page = browser.get(address).text
    assert "secretsecret" not in page
    name = re.search(r'name="(cell-\d+-\d+)" value="秸"', page)
    assert name is not None
    browser.post(f"{address}/corrections", data={name[1]: "秸秆纤维模塑"})
    page = browser.get(address).text
    assert numbers(page)["可导入"] == 1
    # The address is too long to be kept: it is told, and still not shown.
    assert "“电子信箱”填的是“（不显示）”：超过 120 个字" in page
    assert "secretsecret" not in page


def test_rows_can_be_left_out_and_the_whole_file_thrown_away(browser: TestClient, session: Session) -> None:
    address = sent(browser).headers["Location"]
    browser.post(f"{address}/corrections", data={"drop": "3"})
    page = numbers(browser.get(address).text)
    assert (page["可导入"], page["有问题的行"]) == (1, 0)
    assert browser.post(f"{address}/discard").headers["Location"] == "/imports"
    assert session.exec(select(ImportBatch)).all() == []


def test_a_large_file_is_checked_in_the_background(
    browser: TestClient, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matchmaker.web.pages.imports.CHECKED_AT_ONCE", 10)
    address = sent(browser).headers["Location"]
    assert "正在逐行核对" in browser.get(address).text
    monkeypatch.setattr("matchmaker.uploads.running._LEFT", timedelta(seconds=-1))
    run_waiting_batches(database)
    assert numbers(browser.get(address).text)["可导入"] == 1


def test_an_official_sees_the_numbers_of_a_members_import_but_no_cells(
    browser: TestClient, database: Engine, client: TestClient
) -> None:
    address = sent(browser).headers["Location"]
    with session_scope(database) as session:
        official = cookie_of(session, make_account(session, role=Role.CITY_OFFICIAL))
    client.cookies.clear()
    client.cookies.update(official)
    page = client.get(address)
    assert page.status_code == 200
    assert "秸秆" not in page.text
    assert client.get(f"{address}/rejected.xlsx").status_code == 404


def test_nothing_to_import_is_said_beside_the_choice(browser: TestClient, session: Session) -> None:
    address = sent(browser, "成果名称,成果简介,技术成熟度\n秸,以秸秆为原料,6\n".encode()).headers["Location"]
    answer = browser.post(f"{address}/run", data={"mode": "both"})
    assert answer.status_code == 422
    assert "没有可以导入的行" in answer.text
    assert browser.post(f"{address}/run", data={"mode": "nonsense"}).status_code == 422
    assert session.exec(select(ImportBatch)).one().status is BatchStatus.UPLOADED
