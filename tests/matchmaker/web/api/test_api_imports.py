"""Files over the API: counts, rejected rows and their file, limits, and who may have them."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlmodel import Session, select

from matchmaker.models.account import Role, Scope
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.labels import CooperationMode, NeedStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import Notice
from matchmaker.settings import Settings
from tests.factories import key_of, make_account, make_enterprise, make_institution
from tests.matchmaker.test_ingest_bombs import FAR, book, sheet_of
from tests.matchmaker.test_ingest_formats import word_document, zipped

V1 = "/api/v1"
CSV = """需求名称,主要问题,联系电话,预算上限（万元）
低温污水脱氮工艺,冬季总氮去除率下降,13900001234,80
短
注塑件翘曲控制,,13900001234,很多钱
"""


def send(
    client: TestClient, headers: dict[str, str], content: str | bytes, name: str = "needs.csv", **data: Any
) -> Any:
    given = {"kind": "needs", **data}
    content = content.encode() if isinstance(content, str) else content
    return client.post(f"{V1}/imports", files={"file": (name, content)}, data=given, headers=headers)


def test_what_a_program_loads_is_told_of_its_account(
    client: TestClient, admin: dict[str, str], session: Session
) -> None:
    report = send(client, admin, CSV).json()
    answer = client.get(report["rejected_file"], headers=admin)
    assert answer.status_code == 200
    added = session.exec(select(AuditEvent).where(AuditEvent.table_name == "technology_need")).one()
    taken = session.exec(select(AuditEvent).where(AuditEvent.action == AuditAction.EXPORTED)).one()
    assert added.account_id is not None
    assert added.account_id == taken.account_id


def test_good_rows_are_loaded_and_bad_ones_come_back(
    client: TestClient, admin: dict[str, str], session: Session, settings: Settings
) -> None:
    answer = send(client, admin, CSV, source="征集2026")
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert (report["rows_read"], report["added"], report["rejected_count"]) == (3, 1, 2)
    assert report["source"] == "征集2026"
    assert report["recognised_columns"]["需求名称"] == "title"
    for row in report["rejected"]:
        for problem in row["problems"]:
            assert problem["reason"]
            assert problem["repair"]
    assert "13900001234" not in answer.text
    [need] = session.exec(select(TechnologyNeed)).all()
    assert (need.title, need.contact_phone, need.budget_max_fen) == ("低温污水脱氮工艺", "13900001234", 80_000_000)
    # Only the rejected rows are kept, readable by their owner alone.
    [folder] = (settings.data_dir / "imports").iterdir()
    assert sorted(one.name for one in folder.iterdir()) == ["owner", "rejected.xlsx"]
    assert folder.stat().st_mode & 0o077 == 0

    assert client.get(report["rejected_file"]).status_code == 401
    rejected = client.get(report["rejected_file"], headers=admin)
    assert rejected.status_code == 200
    cells = [
        cell for row in load_workbook(BytesIO(rejected.content)).active.iter_rows(values_only=True) for cell in row
    ]
    assert "注塑件翘曲控制" in cells


def test_loading_a_file_twice_changes_nothing(client: TestClient, admin: dict[str, str], settings: Settings) -> None:
    good = "需求名称,主要问题\n低温污水脱氮工艺,冬季总氮去除率下降\n"
    assert send(client, admin, good).json()["added"] == 1
    again = send(client, admin, good, name="other name.csv").json()
    assert (again["added"], again["changed"], again["unchanged"]) == (0, 0, 1)
    assert again["rejected_file"] is None
    assert list((settings.data_dir / "imports").iterdir()) == []


def test_a_dry_run_writes_nothing(client: TestClient, admin: dict[str, str], session: Session) -> None:
    report = send(client, admin, CSV, dry_run="true").json()
    assert report["dry_run"] is True
    assert (report["added"], report["rejected_count"]) == (1, 2)
    assert session.exec(select(TechnologyNeed)).all() == []


def test_a_program_states_what_columns_and_words_mean(
    client: TestClient, admin: dict[str, str], session: Session
) -> None:
    content = "需求名称,主要问题,意向投入,合作方式\n低温污水脱氮工艺,冬季总氮去除率下降,150000,股权融资\n"
    report = send(client, admin, content).json()
    assert report["warned_count"] == 1
    assert {cell["column"] for cell in report["warned"][0]["problems"]} == {"意向投入", "合作方式", "需求单位"}
    data = {
        "mapping": '{"意向投入": "budget_max_yuan"}',
        "constants": '{"需求单位": "澄湖水务示例有限公司"}',
        "values": '{"合作方式:股权融资": "技术入股"}',
    }
    report = send(client, admin, content, source="澄湖市场", **data).json()
    assert (report["added"], report["warned_count"]) == (1, 0)
    need = session.exec(select(TechnologyNeed).where(TechnologyNeed.source == "澄湖市场")).one()
    assert (need.budget_max_fen, need.poster_name) == (15_000_000, "澄湖水务示例有限公司")
    assert need.cooperation_modes == [CooperationMode.EQUITY]
    assert send(client, admin, content, mapping="意向投入").status_code == 422


@pytest.mark.parametrize(
    ("data", "name", "content", "status"),
    [
        ({"kind": "unicorns"}, "a.csv", CSV, 422),
        ({"kind": "needs", "dry_run": "perhaps"}, "a.csv", CSV, 422),
        ({"kind": "needs", "source": "x" * 101}, "a.csv", CSV, 422),
        ({"kind": "needs"}, "a.docx", b"\x00\x01\x02 no table", 400),
        ({"kind": "needs"}, "a.png", b"\x89PNG\r\n\x1a\n", 400),
        ({"kind": "needs"}, "a.xlsx", b"PK\x03\x04 broken", 400),
        ({"kind": "needs"}, "a.csv", b"", 400),
    ],
    ids=["kind", "flag", "source", "no table", "picture", "broken workbook", "empty"],
)
def test_what_cannot_be_read_is_refused_with_the_repair(
    client: TestClient, admin: dict[str, str], settings: Settings, data: Any, name: str, content: Any, status: int
) -> None:
    answer = send(client, admin, content, name, **data)
    assert answer.status_code == status, answer.text
    assert answer.json()["fix"]
    assert not list((settings.data_dir).glob("imports/*"))


def test_the_senders_file_name_is_no_path(client: TestClient, admin: dict[str, str], settings: Settings) -> None:
    for name in ("../../../x.csv", "..\\..\\x.csv", "/etc/x.csv", "a/../../b.csv"):
        assert send(client, admin, CSV, name).status_code == 200
    kept = [path.name for path in settings.data_dir.parent.rglob("*.csv")]
    assert kept == []


def test_a_form_without_a_file_is_refused(client: TestClient, admin: dict[str, str]) -> None:
    assert client.post(f"{V1}/imports", data={"kind": "needs"}, headers=admin).status_code == 422
    assert client.post(f"{V1}/imports", json={"kind": "needs"}, headers=admin).status_code == 422
    broken = {**admin, "Content-Type": "multipart/form-data"}
    assert client.post(f"{V1}/imports", content=b"x", headers=broken).status_code == 400


def test_a_file_over_the_limit_is_refused(client: TestClient, admin: dict[str, str], settings: Settings) -> None:
    too_large = b"x" * (settings.upload_limit_mb * 1024 * 1024 + 100_000)
    answer = send(client, admin, too_large)
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"


def test_a_strangers_file_is_not_even_read(client: TestClient) -> None:
    """A form that cannot be read is answered by 401, not 400: the token is asked for first."""
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    assert client.post(f"{V1}/imports", content=b"--x\r\nbroken", headers=headers).status_code == 401


@pytest.mark.parametrize("kind", ["needs", "achievements", "enterprises", "institutions"])
def test_templates_can_be_filled_in_and_sent_back(client: TestClient, admin: dict[str, str], kind: str) -> None:
    template = client.get(f"{V1}/imports/template/{kind}")
    assert template.status_code == 200
    assert template.content[:2] == b"PK"
    assert "attachment" in template.headers["Content-Disposition"]
    report = send(client, admin, template.content, "filled.xlsx", kind=kind, dry_run="true")
    assert report.status_code == 200, report.text
    assert report.json()["unknown_columns"] == []


def test_rejected_files_are_found_by_id_only(client: TestClient, admin: dict[str, str]) -> None:
    for import_id, status in (("0" * 32, 404), ("..", 404), ("x", 422), ("A" * 32, 422)):
        assert client.get(f"{V1}/imports/{import_id}/rejected.xlsx", headers=admin).status_code == status


def import_key(session: Session, role: Role, **belongs: Any) -> dict[str, str]:
    headers = key_of(session, make_account(session, role, **belongs), Scope.IMPORT)
    session.commit()
    return headers


def test_a_key_for_importing_imports_what_a_member_may(client: TestClient, session: Session) -> None:
    enterprise = make_enterprise(session, name="澄湖注塑示例厂")
    headers = import_key(session, Role.ENTERPRISE, enterprise_id=enterprise.id)
    official = make_account(session, Role.CITY_OFFICIAL)
    session.commit()
    report = send(client, headers, CSV, source="厂内系统")
    assert report.status_code == 200, report.text
    assert (report.json()["added"], report.json()["rejected_count"]) == (1, 2)
    [need] = session.exec(select(TechnologyNeed)).all()
    assert (need.status, need.enterprise_id) == (NeedStatus.PENDING, enterprise.id)
    assert need.source == f"import:needs:enterprise-{enterprise.id}:厂内系统"
    told = session.exec(select(Notice).where(Notice.account_id == official.id)).one()
    assert told.title == "1 条技术需求等待审核"
    assert client.get(report.json()["rejected_file"], headers=headers).status_code == 200
    session.commit()
    # Somebody else's rows stay somebody else's, and their file too.
    other = import_key(session, Role.INSTITUTION, institution_id=make_institution(session).id)
    assert client.get(report.json()["rejected_file"], headers=other).status_code == 404
    foreign = "需求名称,主要问题,需求单位\n低温污水脱氮工艺,冬季总氮去除率下降,别的公司\n"
    assert send(client, headers, foreign).json()["rejected_count"] == 1
    assert send(client, other, CSV).status_code == 403
    assert send(client, headers, "名称\n某厂\n", kind="enterprises").status_code == 403


@pytest.mark.parametrize("role", [Role.CITY_OFFICIAL, Role.ADMINISTRATOR])
def test_a_key_for_importing_imports_what_an_official_may(client: TestClient, session: Session, role: Role) -> None:
    headers = import_key(session, role)
    assert send(client, headers, CSV).json()["added"] == 1
    [need] = session.exec(select(TechnologyNeed)).all()
    # The key of `matchmaker ingest`: the same table is the same records.
    assert (need.status, need.source) == (NeedStatus.PUBLISHED, "import:needs")
    brokerages = "机构名称\n澄湖示例技术转移中心\n"
    assert send(client, headers, brokerages, kind="brokerages").json()["added"] == 1


def test_a_key_without_the_scope_imports_nothing(client: TestClient, session: Session) -> None:
    enterprise = make_enterprise(session)
    account = make_account(session, Role.ENTERPRISE, enterprise_id=enterprise.id)
    headers = key_of(session, account, Scope.READ, Scope.WRITE)
    session.commit()
    assert send(client, headers, CSV).status_code == 403
    assert session.exec(select(TechnologyNeed)).all() == []


def test_a_form_in_word_a_zip_and_a_list_of_objects_are_loaded_like_a_table(
    client: TestClient, admin: dict[str, str], session: Session, tmp_path: Path
) -> None:
    form = [["需求名称", "电镀废液镍回收率低"], ["企业名称", "己电镀有限公司"], ["主要问题", "回收率只有六成"]]
    titles = ["酿酒酒糟烘干能耗高", "冷库制冷剂泄漏难查"]
    table = "\n".join(["需求名称,主要问题", f"{titles[0]},每吨耗电300度"])
    files = {
        "征集表.docx": word_document(tmp_path / "a.docx", form).read_bytes(),
        "各区.zip": zipped(tmp_path / "a.zip", {"甲区/需求.csv": table}).read_bytes(),
        "导出.json": json.dumps({"data": {"rows": [{"需求名称": titles[1], "主要问题": "查漏要停机两天"}]}}).encode(),
    }
    for name, content in files.items():
        answer = send(client, admin, content, name)
        assert (answer.status_code, answer.json()["added"]) == (200, 1), answer.text
    found = {need.title for need in session.exec(select(TechnologyNeed))}
    assert found == {*titles, "电镀废液镍回收率低"}


def test_a_workbook_that_would_take_all_memory_is_refused(
    client: TestClient, admin: dict[str, str], tmp_path: Path
) -> None:
    path = book(tmp_path / "a.xlsx", sheet_of(FAR["single quotes"]))
    answer = send(client, admin, path.read_bytes(), "a.xlsx")
    assert (answer.status_code, answer.json()["code"]) == (400, "unreadable_file")
    assert send(client, admin, CSV).status_code == 200
