"""The files of ../shared/cases: what each must come to. Read in place; skipped where that folder is not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.ingest import ImportKind, IngestOptions, IngestReport, ingest_file
from matchmaker.models.need import TechnologyNeed

CASES = Path(__file__).parents[3] / "shared" / "cases" / "files"
if not CASES.is_dir():
    pytest.skip(f"{CASES} is not here", allow_module_level=True)

Load = Callable[..., IngestReport]


@pytest.fixture
def load(database: Engine) -> Load:
    def loaded(name: str, kind: ImportKind = ImportKind.NEEDS, **options: Any) -> IngestReport:
        (path,) = CASES.glob(name)
        given = {"dry_run": True, "keep_records": True, **options}
        return ingest_file(database, kind, path, IngestOptions(**given))

    return loaded


def values(report: IngestReport, field: str) -> list[Any]:
    return [record.values.get(field) for record in report.records]


def test_running_numbers(load: Load, session: Session) -> None:
    for name in ("02-*/D10-*", "02-*/D10b-*"):
        assert load(name, dry_run=False).added == 2
    assert len({need.title for need in session.exec(select(TechnologyNeed))}) == 4


@pytest.mark.parametrize(
    ("name", "public"), [("D08-*", ["水处理膜"]), ("D08b-*", ["高温合金叶片"]), ("L4-*", ["核级阀门密封面堆焊工艺"])]
)
def test_classified_records(load: Load, name: str, public: list[str]) -> None:
    report = load(f"03-*/{name}", ImportKind.ACHIEVEMENTS)
    assert [one.values["title"] for one in report.records if one.values.get("confidentiality") == "public"] == public


def test_units(load: Load) -> None:
    assert values(load("05-*/D06-unit-thousand*"), "budget_max") == ["500000.00"]
    contracts = load("05-*/K1-*", ImportKind.CONTRACTS)
    assert values(contracts, "contract_value") == ["850000.00", "1200000.00", "25000000.00"]
    dollars = load("05-*/D06-unit-usd*")
    assert (dollars.added, dollars.returned) == (0, 1)
    assert "外币" in dollars.to_text()


def test_long_numbers(load: Load) -> None:
    report = load("06-*/C09*")
    assert report.returned == 3
    assert report.to_text().count("末位已经丢失") == 3


def test_dittos(load: Load) -> None:
    report = load("08-*/C38*")
    assert values(report, "poster_name") == ["示例1有限公司"] * 4 + ["示例5有限公司"]
    assert len(set(values(report, "problem"))) == 1


def test_cells_without_a_value(load: Load) -> None:
    formulas, errors = load("09-*/C07*"), load("09-*/D03*")
    for report in (formulas, errors):
        assert report.records[0].warnings
        assert all(one.problems for one in report.records[1:])
    assert [one.column for one in formulas.records[0].warnings] == ["预算上限（万元）", "需求时限"]


def test_days(load: Load) -> None:
    report = load("10-*/C23*")
    assert (report.added, report.returned) == (34, 0)
    due = {record.values["title"].partition("-")[2]: record.values.get("deadline") for record in report.records}
    assert due["2027年底"] == due["2027年"] == "2027-12-31"
    assert due["2027年6月30日前完成"] == due["2027.06.30前"] == "2027-06-30"
    assert due["2027年第三季度"] == due["2027Q3"] == "2027-09-30"
    assert due["26.3.5"] == "2026-03-05"
    assert due["12个月"]
    assert due["2年内"]
    asked = next(record for record in report.records if record.values["title"].endswith("-2027.1"))
    assert "deadline" not in asked.values
    assert "1 月还是 10 月" in asked.warnings[0].reason


def test_amounts(load: Load) -> None:
    report = load("11-*/C24*")
    assert (report.added, report.returned) == (50, 0)
    most = {record.values["title"].partition("：")[2]: record.values.get("budget_max") for record in report.records}
    assert most["人民币50万元整"] == most["50万元（分两期）"] == "500000.00"
    assert most["一百万元"] == most["百万元"] == "1000000.00"
    assert most["300余万元"] == "3000000.00"
    assert most["0"] is most["100万美元"] is most["500000"] is None


@pytest.mark.parametrize("ending", ["csv", "jsonl", "xlsx"])
def test_exports_of_a_market(load: Load, ending: str) -> None:
    report = load(f"12-*/L1-jstec.{ending}")
    assert (report.added, report.returned) == (6, 0)
    assert {"轻工和化工生物技术", "股权融资"} <= {word for words in values(report, "keywords") for word in words or []}
    assert sum("股权融资（1 行）" in note for note in report.notes) == 1
    assert any("轻工和化工生物技术（1 行）、" in note for note in report.notes)


@pytest.mark.parametrize("stated", ["budget_max_yuan", "预算上限（元）"])
def test_a_mapping_with_a_unit(load: Load, stated: str) -> None:
    report = load("13-*/L1*", column_map={"意向投入": stated})
    assert values(report, "budget_max") == ["150000.00", None, "550000.00", None, None, "2000000.00"]


def test_regions(load: Load) -> None:
    report = load("14-*/C48*")
    assert (report.added, report.returned) == (22, 0)
    codes = dict(enumerate(values(report, "region_code")))
    assert {codes[number] for number in (0, 1, 2, 3)} == {"320213"}
    assert [codes[number] for number in (6, 11, 13, 14, 15, 21)] == [
        "340100",
        "310115",
        "340104",
        "990102",
        "990102",
        "990100",
    ]
    assert codes[16] is codes[17] is codes[18] is None
    assert all(report.records[number].warnings for number in (16, 17, 18))


def test_credit_codes(load: Load) -> None:
    report = load("20-*/D01*")
    assert (report.added, report.returned) == (20, 0)
    codes = values(report, "enterprise_credit_code")
    assert {codes[number] for number in (0, 1, 2, 6, 7, 9, 10, 17, 18)} == {"91340000MA2T12345M"}
    assert all(report.records[number].warnings for number in (14, 15, 16))
    assert not any(codes[number] for number in (14, 15, 16))


def test_missing_posters(load: Load) -> None:
    assert load("21-*/C29*").ownerless == 2
    summary = load("21-*/L3*")
    assert (summary.added, summary.ownerless) == (3, 0)
    assert values(summary, "poster_name")[0] == "示例制药股份有限公司"


def test_two_titles(load: Load) -> None:
    report = load("22-*/D14*")
    assert values(report, "title") == ["铸管喷涂工艺"]
    assert report.unknown_columns == ["项目名称"]


def test_units_and_numbers_below_the_headings(load: Load) -> None:
    units = load("23-*/D04*")
    assert (units.added, units.returned, values(units, "budget_max")) == (1, 0, ["500000.00"])
    numbers = load("23-*/L3*")
    assert (numbers.added, numbers.returned, values(numbers, "budget_max")) == (
        3,
        0,
        ["3000000.00", "1505000.00", None],
    )


def test_contacts_in_text(load: Load) -> None:
    (record,) = load("24-*/D11*").records
    for contact in ("wang_139", "12345678", "w＠x.cn", "139 0000"):
        assert contact not in record.values["problem"]
    for contact in ("wang_139", "12345678", "w@x.cn"):
        assert contact in record.values["contact_phone"]


def test_nothing_and_the_infinite(load: Load) -> None:
    for name in ("J0", "J1"):
        report = load(f"30-*/{name}.jsonl")
        assert (report.added, report.returned) == (0, 1)
        report.to_text().encode()
    assert load("30-*/P3*").added == 3
    report = load("30-*/P1*")
    assert (report.added, report.returned) == (1, 1)
    assert not {"nan", "NaN", "NaT"} & {str(one) for record in report.records for one in record.values.values()}
