"""Lists of contracts, of registered achievements and of signings: what becomes of every row."""

import csv
import io
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from matchmaker.contracts import versions_of
from matchmaker.ingest import ImportKind, IngestOptions, IngestReport, ingest_file, write_rejected
from matchmaker.models.contract import ContractVersion, TechnologyContract
from matchmaker.models.contract_words import CompanyScale, ContractCategory, ContractKind, ContractStatus
from matchmaker.models.target import AchievementRegistration, Signing
from matchmaker.settings import Settings
from tests.factories import make_achievement, make_contract, make_registered
from tests.matchmaker.dirty_contracts import ROWS, DirtyList, dirty_list, write_csv, write_xlsx

SCRIPT = """
import sys
from pathlib import Path
from matchmaker.database import open_database
from matchmaker.ingest import ImportKind, IngestOptions, ingest_file
options = IngestOptions(batch_size=100)
told = lambda done, _: print(done, flush=True)
ingest_file(open_database(sys.argv[1]), ImportKind.CONTRACTS, Path(sys.argv[2]), options, told)
"""
GOOD = {
    "合同登记编号": "2025990100000001",
    "项目名称": "秸秆模塑工艺",
    "合同类别": "技术开发",
    "卖方名称": "澄湖研究所",
    "买方名称": "澄湖企业",
    "合同成交额（元）": "300000",
    "技术交易额（元）": "280000",
    "签订日期": "2025-01-05",
    "登记日期": "2025-02-10",
    "卖方行政区划": "990102",
    "买方行政区划": "990103",
}


def load(database: Engine, path: Path, kind: ImportKind = ImportKind.CONTRACTS, **options: Any) -> IngestReport:
    return ingest_file(database, kind, path, IngestOptions(**options))


def written(path: Path, *rows: dict[str, str]) -> Path:
    """A csv with the headings of all rows."""
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    text = io.StringIO()
    csv.writer(text).writerows([headings, *([row.get(heading, "") for heading in headings] for row in rows)])
    path.write_text(text.getvalue(), "utf-8")
    return path


def numbers(report: IngestReport) -> tuple[int, int, int, int]:
    return report.added, report.changed, report.unchanged, len(report.rejected)


def told(report: IngestReport) -> list[tuple[int, str]]:
    return [(one.row, one.sentence()) for one in report.rejected]


def check(report: IngestReport, dirty: DirtyList) -> None:
    """Every row is where it has to be, for the reason and at the cell it has to be."""
    returned = {one.row: one for one in report.rejected}
    assert set(returned) == set(dirty.returned)
    for number, (heading, words) in dirty.returned.items():
        problems = returned[number].problems
        assert any(one.column == heading and words in one.reason + one.repair for one in problems), (
            dirty.cells[number - 1],
            returned[number].sentence(),
        )
    assert report.skipped == len(dirty.skipped)
    assert report.repeated_ids == len(dirty.repeated)
    assert report.added + report.changed + report.unchanged == len(dirty.accepted)
    everything = report.added + report.changed + report.unchanged + report.skipped + report.repeated_ids
    assert everything + len(report.rejected) == report.rows_read


def check_ledger(database: Engine, dirty: DirtyList) -> None:
    with Session(database) as session:
        found = session.exec(
            select(
                func.count(col(TechnologyContract.id)),
                func.sum(TechnologyContract.contract_value_fen),
                func.sum(TechnologyContract.technology_value_fen),
            )
        ).one()
    amounts = dirty.accepted.values()
    assert tuple(map(int, found)) == (len(amounts), sum(one for one, _ in amounts), sum(one for _, one in amounts))


@pytest.mark.slow
def test_a_dirty_list_is_taken_over_row_by_row_and_twice_without_a_change(database: Engine, tmp_path: Path) -> None:
    dirty = dirty_list()
    assert len(dirty.accepted) + len(dirty.returned) + len(dirty.repeated) == ROWS
    path = tmp_path / "清单.xlsx"
    write_xlsx(dirty, path)
    first = load(database, path)
    assert (first.added, first.unknown_columns) == (len(dirty.accepted), [])
    check(first, dirty)
    check_ledger(database, dirty)

    second = load(database, path)
    assert (second.added, second.changed, second.unchanged) == (0, 0, first.added)
    assert told(second) == told(first)
    assert second.to_text().splitlines()[1:] == first.to_text().splitlines()[1:]

    # The same list in the other format these offices use.
    other = tmp_path / "清单.csv"
    write_csv(dirty, other)
    third = load(database, other)
    check(third, dirty)
    assert (third.added, third.changed) == (0, 0)
    check_ledger(database, dirty)


@pytest.mark.postgresql
@pytest.mark.slow
def test_a_killed_run_is_completed_by_the_next_one(database: Engine, settings: Settings, tmp_path: Path) -> None:
    dirty = dirty_list(2000)
    path = tmp_path / "清单.csv"
    write_csv(dirty, path)
    command = [sys.executable, "-c", SCRIPT, settings.resolved_database_url(), str(path)]
    for batches in (3, 9):
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
            assert process.stdout is not None
            for _ in range(batches):
                process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        with Session(database) as session:
            registered = session.exec(
                select(func.count(col(TechnologyContract.id))).where(
                    TechnologyContract.status == ContractStatus.REGISTERED
                )
            ).one()
            versions = session.exec(select(func.count(col(ContractVersion.id)))).one()
        # What is there is whole.
        assert registered == versions > 0
    report = load(database, path)
    check(report, dirty)
    assert 0 < report.added < len(dirty.accepted)
    assert report.changed == 0
    check_ledger(database, dirty)


def test_a_row_becomes_a_registered_contract_with_its_version(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    more = {
        "受托方性质": "高等院校",
        "委托方信用代码": "91110000600037341L",
        "技术领域": "新材料及其应用",
        "知识产权": "技术秘密",
        "计划来源": "计划外",
        "社会经济目标": "工商业发展",
        "是否关联交易": "否",
        "付款方式": "分期付款",
        "合同有效期": "2025-01-05至2026年1月4日",
    }
    report = load(database, written(tmp_path / "a.csv", GOOD | more))
    assert (numbers(report), report.unknown_columns, report.notes) == ((1, 0, 0, 0), [], []), report.to_text()
    contract = session.exec(select(TechnologyContract)).one()
    assert (contract.status, contract.registered_on) == (ContractStatus.REGISTERED, date(2025, 2, 10))
    assert (contract.contract_value_fen, contract.technology_value_fen) == (30_000_000, 28_000_000)
    assert (contract.seller_nature, contract.buyer_credit_code) == ("022", "91110000600037341L")
    assert (contract.begins_on, contract.ends_on) == (date(2025, 1, 5), date(2026, 1, 4))
    assert contract.is_related_party is False
    assert [version.number for version in versions_of(session, contract)] == [1]


def test_what_lists_also_say_of_parties_rights_and_the_registry(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    more = {
        "卖方法定代表人": "赵某",
        "卖方联系电话": "0558-1234567",
        "买方企业规模": "小型",
        "买方行业": "C26",
        "专利号": "ZL202010123456.7；ZL202010123457.1、ZL202010123456.7",
        "登记机构": "澄湖市技术合同登记站",
    }
    path = written(tmp_path / "a.csv", GOOD | more, GOOD | {"合同登记编号": "2025990100000002", "专利号": "无"})
    report = load(database, path)
    assert (numbers(report), report.unknown_columns) == ((2, 0, 0, 0), []), report.to_text()
    first, second = session.exec(select(TechnologyContract).order_by(col(TechnologyContract.id))).all()
    assert (first.seller_details.legal_representative, first.seller_details.contact_phone) == ("赵某", "0558-1234567")
    assert (first.buyer_details.scale, first.buyer_details.industry_code) == (CompanyScale.SMALL, "C26")
    assert [one.number for one in first.rights] == ["ZL202010123456.7", "ZL202010123457.1"]
    assert first.registry_name == "澄湖市技术合同登记站"
    assert second.rights == []
    assert numbers(load(database, path)) == (0, 0, 2, 0)


def test_a_foreign_party_has_a_country(database: Engine, tmp_path: Path) -> None:
    foreign = GOOD | {"卖方性质": "境外机构", "卖方行政区划": ""}
    report = load(database, written(tmp_path / "a.csv", foreign))
    assert [one.column for one in report.rejected[0].problems] == ["卖方国别（地区）"]
    assert numbers(load(database, written(tmp_path / "b.csv", foreign | {"卖方所在地": "德国"}))) == (1, 0, 0, 0)
    assert numbers(load(database, written(tmp_path / "c.csv", foreign | {"卖方国别": "德国"}))) == (0, 0, 1, 0)


def test_a_list_keeps_the_details_that_it_does_not_state(database: Engine, session: Session, tmp_path: Path) -> None:
    row = {**GOOD, "合同编号": "HT-1", "合同登记编号": "", "登记日期": ""}
    load(database, written(tmp_path / "a.csv", row | {"卖方联系人": "王工", "卖方法定代表人": "赵某"}))
    assert numbers(load(database, written(tmp_path / "b.csv", row | {"卖方法定代表人": "钱某"}))) == (0, 1, 0, 0)
    details = session.exec(select(TechnologyContract)).one().seller_details
    assert (details.contact_name, details.legal_representative) == ("王工", "钱某")


def test_contacts_are_not_quoted_in_a_report(database: Engine, tmp_path: Path) -> None:
    report = load(database, written(tmp_path / "a.csv", GOOD | {"卖方联系人": "王" * 61}))
    assert [one.value for one in report.rejected[0].problems] == ["（不显示）"]


@pytest.mark.parametrize(
    "footer", [["填表人：李某", "", "审核人：张某"], ["", "注：金额含税"], ["单位负责人（签字）："]]
)
def test_the_lines_below_a_printed_list_are_no_contracts(database: Engine, tmp_path: Path, footer: list[str]) -> None:
    path = written(tmp_path / "a.csv", GOOD)
    path.write_text(path.read_text("utf-8") + ",".join(footer) + "\n", "utf-8")
    report = load(database, path)
    assert (numbers(report), report.skipped) == ((1, 0, 0, 0), 1), report.to_text()


def test_a_contract_whose_name_begins_like_a_footer_is_still_one(database: Engine, tmp_path: Path) -> None:
    report = load(database, written(tmp_path / "a.csv", GOOD | {"项目名称": "说明：书自动生成技术"}))
    assert numbers(report) == (1, 0, 0, 0), report.to_text()


@pytest.mark.parametrize(
    ("category", "kind", "signed", "becomes"),
    [
        ("技术转让", "专利实施许可", "2021-01-01", ("licence", "ordinary_licence")),
        ("专利实施许可（独占）", "", "2021-01-01", ("licence", "exclusive_licence")),
        # Before the Civil Code a licence was part of 技术转让, and what was reported stays as it was.
        ("技术转让", "专利实施许可", "2020-12-31", ("transfer", "ordinary_licence")),
        ("专利实施许可", "", "2020-12-31", ("transfer", "ordinary_licence")),
        ("技术转让（专利实施许可）", "", "1999-05-06", ("transfer", "ordinary_licence")),
        ("技术许可", "专利实施许可", "2020-12-31", ("licence", "ordinary_licence")),
        ("技术服务合同", "技术培训", "2025-01-05", ("service", "training")),
        ("技术开发-合作开发", "", "2025-01-05", ("development", "joint_development")),
    ],
)
def test_old_and_new_names_of_the_categories(
    database: Engine, session: Session, tmp_path: Path, category: str, kind: str, signed: str, becomes: Any
) -> None:
    row = GOOD | {"合同类别": category, "合同类型": kind, "签订日期": signed}
    report = load(database, written(tmp_path / "a.csv", row))
    assert numbers(report) == (1, 0, 0, 0), report.to_text()
    contract = session.exec(select(TechnologyContract)).one()
    wanted = ContractCategory(becomes[0]), ContractKind(becomes[1]) if becomes[1] else None  # type: ignore[call-arg]
    assert (contract.category, contract.kind) == wanted


def test_without_the_column_the_technology_value_is_the_contract_value_and_the_report_says_so(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    row = {name: cell for name, cell in GOOD.items() if not name.startswith("技术交易额")}
    report = load(database, written(tmp_path / "a.csv", row))
    assert numbers(report) == (1, 0, 0, 0)
    assert "技术交易额按合同成交额计" in report.notes[0]
    assert session.exec(select(TechnologyContract.technology_value_fen)).one() == 30_000_000


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"合同成交额（元）": "30"}, "300000"),
        ({"合同成交额（元）": "80-120万元"}, "确定的数"),
        ({"登记状态": "已撤销"}, "不能作为有效的合同"),
        ({"币种": "美元"}, "折算汇率"),
        ({"合同登记编号": "340001202500001"}, "15 位"),
        ({"合同有效期": "一年"}, "起止两个日期"),
        ({"卖方行政区划": "中国"}, "只写到国家"),
        ({"技术领域": "新材料及其应用；先进制造"}, "多个技术领域"),
    ],
)
def test_what_is_doubtful_goes_back_with_what_to_write(
    database: Engine, tmp_path: Path, changed: dict[str, str], words: str
) -> None:
    report = load(database, written(tmp_path / "a.csv", GOOD | changed))
    assert numbers(report) == (0, 0, 0, 1)
    assert words in report.rejected[0].sentence()


def test_a_heading_without_a_unit_is_not_guessed(database: Engine, tmp_path: Path) -> None:
    row = {name.replace("（元）", ""): cell for name, cell in GOOD.items()}
    report = load(database, written(tmp_path / "a.csv", row))
    assert [one.reason for one in report.rejected[0].problems] == ["没有写明单位"] * 2


def test_a_registered_contract_is_never_changed_by_a_list(database: Engine, session: Session, tmp_path: Path) -> None:
    load(database, written(tmp_path / "a.csv", GOOD))
    changed = GOOD | {"买方名称": "另一企业", "技术交易额（元）": "270000"}
    report = load(database, written(tmp_path / "b.csv", changed, GOOD | {"合同登记编号": "2025990100000002"}))
    assert numbers(report) == (1, 0, 0, 1)
    sentence = report.rejected[0].sentence()
    assert "买方名称" in sentence
    assert "技术交易额" in sentence
    assert "另一企业" not in session.exec(select(TechnologyContract.buyer_name)).all()


def test_a_signed_contract_becomes_registered_by_a_later_list(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    signed = GOOD | {"合同编号": "HT-1", "合同登记编号": "", "登记日期": ""}
    assert numbers(load(database, written(tmp_path / "a.csv", signed))) == (1, 0, 0, 0)
    assert session.exec(select(TechnologyContract.status)).one() is ContractStatus.SIGNED
    session.rollback()
    registered = GOOD | {"合同编号": "HT-1"}
    assert numbers(load(database, written(tmp_path / "b.csv", registered))) == (0, 1, 0, 0)
    assert numbers(load(database, written(tmp_path / "b.csv", registered))) == (0, 0, 1, 0)
    contract = session.exec(select(TechnologyContract)).one()
    assert (contract.status, contract.registration_number) == (ContractStatus.REGISTERED, GOOD["合同登记编号"])


def test_returned_contracts_are_corrected_and_loaded_again(database: Engine, tmp_path: Path) -> None:
    report = load(database, written(tmp_path / "a.csv", GOOD | {"合同成交额（元）": "30"}))
    write_rejected(report, tmp_path / "退回.xlsx")
    again = load(database, tmp_path / "退回.xlsx")
    assert told(again)[0][1] == told(report)[0][1]
    # The number is still text in the returned file: all 16 digits of it.
    assert again.rejected[0].cells[0] == GOOD["合同登记编号"]


def test_registered_achievements_are_linked_to_what_is_published(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    by_number = make_achievement(session, title="甲成果", registered_number="341202026001")
    by_name = make_achievement(session, title="乙成果", owner_name="澄湖大学")
    make_achievement(session, title="丙成果", owner_name="别的大学")
    known = by_number.id, by_name.id
    session.commit()
    rows = [
        {"成果登记号": "341202026001", "成果名称": "甲成果（改名）", "完成单位": "x", "登记日期": "2026-01-05"},
        {"成果登记号": "341202026002", "成果名称": "乙成果", "完成单位": "澄湖大学", "登记日期": "2026.1.6"},
        {"成果登记号": "341202026003", "成果名称": "丙成果", "完成单位": "澄湖大学", "登记日期": "46000"},
        {"成果登记号": "", "成果名称": "丁成果", "完成单位": "澄湖大学", "登记日期": "2026-01-05"},
        {"成果登记号": "合计", "成果名称": "3", "完成单位": "", "登记日期": ""},
    ]
    path = written(tmp_path / "a.csv", *rows)
    report = load(database, path, ImportKind.ACHIEVEMENT_REGISTRATIONS)
    assert (numbers(report), report.skipped) == ((3, 0, 0, 1), 1), report.to_text()
    assert numbers(load(database, path, ImportKind.ACHIEVEMENT_REGISTRATIONS)) == (0, 0, 3, 1)
    found = session.exec(select(AchievementRegistration).order_by(AchievementRegistration.registered_number)).all()
    assert [one.achievement_id for one in found] == [*known, None]
    # Published afterwards, it is linked by the next list.
    late = make_achievement(session, title="丙成果", owner_name="澄湖大学").id
    session.commit()
    assert numbers(load(database, path, ImportKind.ACHIEVEMENT_REGISTRATIONS)) == (0, 1, 2, 1)
    session.refresh(found[2])
    assert found[2].achievement_id == late


def test_signings_are_linked_to_the_contract_of_that_title_and_those_parties(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    contract = make_contract(session, title="秸秆模塑工艺", seller_name="澄湖研究所", buyer_name="澄湖企业").id
    make_registered(session, title="菌剂", seller_name="澄湖研究所", buyer_name="别的企业")
    session.commit()
    day = {"活动名称": "对接会", "签约日期": "2026-03-05"}
    rows = [
        {"签约项目": "秸秆模塑工艺", "签约类型": "技术合同", "甲方": "澄湖企业", "乙方": "澄湖研究所", **day},
        {"签约项目": "秸秆模塑工艺", "签约类型": "意向协议", "甲方": "澄湖企业", "乙方": "澄湖研究所二所", **day},
        {"签约项目": "菌剂", "签约类型": "技术合同", "甲方": "澄湖企业", "乙方": "澄湖研究所", **day},
        {"签约项目": "平台", "签约类型": "握手", "甲方": "澄湖企业", "乙方": "澄湖研究所", **day},
    ]
    path = written(tmp_path / "a.csv", *rows)
    report = load(database, path, ImportKind.SIGNINGS)
    assert numbers(report) == (3, 0, 0, 1), report.to_text()
    assert "签约类型" in report.rejected[0].sentence()
    assert numbers(load(database, path, ImportKind.SIGNINGS)) == (0, 0, 3, 1)
    linked = session.exec(select(Signing.contract_id).order_by(col(Signing.id))).all()
    assert linked == [contract, None, None]
