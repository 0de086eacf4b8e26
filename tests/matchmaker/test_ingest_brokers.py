"""Files of brokers and brokerages: headings of offices, codes, memberships, twice the same file."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.ingest import ImportKind, IngestOptions, IngestReport, ingest_file, write_template
from matchmaker.models.broker import Broker, Brokerage, BrokerageMembership, CertificateLevel, LegalType


def sheet(path: Path, *rows: tuple[Any, ...]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    return path


def load(database: Engine, kind: ImportKind, path: Path) -> IngestReport:
    return ingest_file(database, kind, path, IngestOptions())


HEADINGS = ("姓名", "证书编号", "等级", "发证机构", "发证日期", "所在机构", "擅长领域", "联系电话")
ROWS = (
    (
        "张甲",
        "JS-001",
        "中级",
        "国家技术转移人才培养基地",
        "2025-06-30",
        "澄湖转移中心",
        "新材料；先进制造",
        "13800000001",
    ),
    ("李乙", "JS-002", "初级", "", "2024年5月", "澄湖转移中心", "生物、医药和医疗器械", ""),
)


def test_a_list_of_brokers_is_loaded_once_however_often(database: Engine, session: Session, tmp_path: Path) -> None:
    path = sheet(tmp_path / "名录.xlsx", HEADINGS, *ROWS)
    first = load(database, ImportKind.BROKERS, path)
    assert (first.added, first.unknown_columns, len(first.rejected)) == (2, [], 0), first.to_text()
    again = load(database, ImportKind.BROKERS, path)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 2)
    brokers = {one.name: one for one in session.exec(select(Broker))}
    assert brokers["张甲"].technology_fields == ["materials", "manufacturing"]
    assert brokers["李乙"].technology_fields == ["biomedicine"]
    assert brokers["张甲"].certificate_level is CertificateLevel.MIDDLE
    assert brokers["张甲"].contact_phone == "13800000001"
    assert len(session.exec(select(BrokerageMembership)).all()) == 2
    assert session.exec(select(Brokerage.name)).all() == ["澄湖转移中心"]


@pytest.mark.parametrize("word", ["技术经纪人", "技术经理人", "技术经济人"])
def test_all_three_spellings_of_the_profession_are_headings(database: Engine, tmp_path: Path, word: str) -> None:
    path = sheet(tmp_path / "a.xlsx", (f"{word}姓名", f"{word}证书编号", f"{word}等级"), ("张甲", "JS-1", "高级"))
    report = load(database, ImportKind.BROKERS, path)
    assert (report.added, report.unknown_columns) == (1, [])


def test_wrong_cells_and_a_second_brokerage_are_told_with_the_repair(database: Engine, tmp_path: Path) -> None:
    load(database, ImportKind.BROKERS, sheet(tmp_path / "a.xlsx", HEADINGS, *ROWS))
    moved = (*ROWS[0][:5], "另一家中心", *ROWS[0][6:])
    wrong = ("王丙", "11010519491231002X", "特级", "", "昨天", "", "炼金术", "")
    report = load(database, ImportKind.BROKERS, sheet(tmp_path / "b.xlsx", HEADINGS, moved, wrong))
    assert [one.row for one in report.rejected] == [2, 3]
    (membership,) = report.rejected[0].problems
    assert "澄湖转移中心" in membership.reason
    assert "离开" in membership.repair
    by_column = {one.column: one for one in report.rejected[1].problems}
    assert set(by_column) == {"证书编号", "等级", "发证日期", "擅长领域"}
    assert "身份证号" in by_column["证书编号"].reason
    assert "新材料及其应用" in by_column["擅长领域"].repair


def test_brokerages_complete_what_brokers_named(database: Engine, session: Session, tmp_path: Path) -> None:
    load(database, ImportKind.BROKERS, sheet(tmp_path / "a.xlsx", HEADINGS, *ROWS))
    path = sheet(tmp_path / "b.xlsx", ("机构名称", "法人类型", "主营业务"), ("澄湖转移中心", "事业", "成果推介"))
    assert load(database, ImportKind.BROKERAGES, path).changed == 1
    assert load(database, ImportKind.BROKERAGES, path).unchanged == 1
    (brokerage,) = session.exec(select(Brokerage))
    assert (brokerage.legal_type, brokerage.main_business) == (LegalType.PUBLIC_INSTITUTION, "成果推介")


@pytest.mark.parametrize("kind", [ImportKind.BROKERS, ImportKind.BROKERAGES])
def test_the_template_is_understood_when_it_comes_back(database: Engine, tmp_path: Path, kind: ImportKind) -> None:
    path = tmp_path / "template.xlsx"
    write_template(kind, path)
    book = openpyxl.load_workbook(path)
    page = book.worksheets[0]
    names = [str(cell.value) for cell in page[1]]
    page.cell(2, next(at for at, name in enumerate(names, 1) if name.endswith("*")), "张甲")
    book.save(path)
    report = load(database, kind, path)
    assert (report.added, report.unknown_columns) == (1, [])
    assert len(report.recognised_columns) == len(names)
