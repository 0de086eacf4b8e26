"""The ledger against the registry's list: what is missing where, what differs, and sums explained to the fen."""

import csv
import io
import random
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlmodel import Session, select

from matchmaker.contracts import correct, revoke
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, WrongStatus
from matchmaker.models.account import Role
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractCategory, ContractStatus
from matchmaker.models.reporting import RegistryList, RegistryListRow
from matchmaker.reconciliation import (
    GroupKind,
    ListAsked,
    Reconciliation,
    delete_list,
    enter_row,
    lists_page,
    read_registry_list,
    readable_list,
    reconcile,
    write_reconciliation,
)
from matchmaker.rights import PLATFORM, Actor
from tests.factories import actor_for, make_account, make_contract, make_enterprise, make_institution, make_registered

HEADINGS = (
    "合同登记编号",
    "项目名称",
    "合同类别",
    "卖方名称",
    "买方名称",
    "合同成交额（元）",
    "技术交易额（元）",
    "签订日期",
    "登记日期",
)
CITY = ListAsked("第一季度名单", "990100", date(2026, 1, 1), date(2026, 3, 31))


def number(of: int) -> str:
    return f"2026990100{of:06}"


def line(of: int, **more: Any) -> list[Any]:
    row = {
        "合同登记编号": number(of),
        "项目名称": f"秸秆模塑工艺 {of}",
        "合同类别": "技术开发",
        "卖方名称": "澄湖研究所",
        "买方名称": f"澄湖企业 {of}",
        "合同成交额（元）": "300000.00",
        "技术交易额（元）": "280000.01",
        "签订日期": "2026-01-05",
        "登记日期": "2026-02-10",
        **more,
    }
    return [row[heading] for heading in HEADINGS]


def contract(session: Session, of: int, **more: Any) -> TechnologyContract:
    return make_registered(
        session,
        **{
            "registration_number": number(of),
            "title": f"秸秆模塑工艺 {of}",
            "seller_name": "澄湖研究所",
            "buyer_name": f"澄湖企业 {of}",
            "contract_value_fen": 30_000_000,
            "technology_value_fen": 28_000_001,
            "signed_on": date(2026, 1, 5),
            "begins_on": None,
            "registered_on": date(2026, 2, 10),
            **more,
        },
    )


def kept(
    session: Session,
    tmp_path: Path,
    rows: Sequence[Sequence[Any]],
    asked: ListAsked = CITY,
    by: Actor = PLATFORM,
    headings: Sequence[str] = HEADINGS,
) -> RegistryList:
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    path = tmp_path / "名单.csv"
    path.write_bytes(text.getvalue().encode("gb18030"))
    return read_registry_list(session, path, asked, by=by)


def numbers(result: Reconciliation, kind: GroupKind) -> list[str | None]:
    return [(one.row or one.contract).registration_number for one in result.groups[kind].lines]  # type: ignore[union-attr]


def check_sums(result: Reconciliation) -> None:
    for measure in result.measures:
        groups = [result.groups[kind].sums[measure] for kind in GroupKind]
        total = result.totals[measure]
        assert sum(one.there for one in groups) == total.there
        assert sum(one.here for one in groups) == total.here
        assert sum(one.difference for one in groups) == total.difference == total.there - total.here
        assert result.groups[GroupKind.SAME].sums[measure].difference == 0


def test_each_contract_stands_in_one_group_and_the_difference_is_explained(session: Session, tmp_path: Path) -> None:
    contract(session, 1)
    contract(session, 2, contract_value_fen=30_000_001)
    contract(session, 3)
    contract(session, 9, registered_on=date(2026, 4, 1))
    result = reconcile(session, kept(session, tmp_path, [line(1), line(2), line(4)]), reader=PLATFORM)
    assert {kind: numbers(result, kind) for kind in GroupKind} == {
        GroupKind.MISSING_HERE: [number(4)],
        GroupKind.MISSING_THERE: [number(3)],
        GroupKind.DIFFERENT: [number(2)],
        GroupKind.SAME: [number(1)],
    }
    (found,) = result.groups[GroupKind.DIFFERENT].lines[0].differences
    assert (found.label, found.there, found.here) == ("合同成交额", "300,000.00 元", "300,000.01 元")
    assert result.totals["contract_value_fen"].difference == -1
    assert result.totals["technology_value_fen"].difference == 0
    check_sums(result)


def test_every_field_that_is_listed_is_compared_but_not_the_way_it_is_written(session: Session, tmp_path: Path) -> None:
    contract(session, 1, buyer_name="澄湖（集团）企业")
    contract(session, 2)
    rows = [
        line(1, 买方名称=" 澄湖(集团)企业", 项目名称="秸秆模塑工艺　1"),
        line(
            2, 项目名称="别的", 卖方名称="别的研究所", 买方名称="别的企业", 登记日期="2026-02-11", 合同类别="技术服务"
        ),
    ]
    result = reconcile(session, kept(session, tmp_path, rows), reader=PLATFORM)
    assert numbers(result, GroupKind.SAME) == [number(1)]
    labels = [one.label for one in result.groups[GroupKind.DIFFERENT].lines[0].differences]
    assert labels == ["项目名称", "卖方名称", "买方名称", "登记日期", "合同类别"]


def test_what_is_mended_in_the_ledger_leaves_the_list(session: Session, tmp_path: Path) -> None:
    wrong = contract(session, 1, contract_value_fen=31_000_000)
    listed = kept(session, tmp_path, [line(1)])
    assert numbers(reconcile(session, listed, reader=PLATFORM), GroupKind.DIFFERENT) == [number(1)]
    changes = {"contract_value_fen": 30_000_000}
    correct(session, wrong, changes, by=PLATFORM, reason="录入有误", version=wrong.version)
    assert numbers(reconcile(session, listed, reader=PLATFORM), GroupKind.SAME) == [number(1)]


def test_an_ended_contract_is_listed_there_and_not_counted_here(session: Session, tmp_path: Path) -> None:
    ended = contract(session, 1)
    revoke(session, ended, by=PLATFORM, on=date(2026, 3, 1), note="登记有误")
    result = reconcile(session, kept(session, tmp_path, [line(1)]), reader=PLATFORM)
    (found,) = result.groups[GroupKind.DIFFERENT].lines
    assert [(one.label, one.here) for one in found.differences] == [("状态", "已撤销登记")]
    assert result.totals["contract_value_fen"].difference == 30_000_000
    check_sums(result)


def test_a_contract_of_another_region_or_month_is_told_and_not_counted(session: Session, tmp_path: Path) -> None:
    contract(session, 1, seller_region_code="320106")
    contract(session, 2, registered_on=date(2025, 12, 31), signed_on=date(2025, 12, 1))
    # An import contract is registered where the buyer is.
    contract(session, 3, seller_country="DE", seller_region_code=None, buyer_region_code="990103")
    result = reconcile(session, kept(session, tmp_path, [line(1), line(2), line(3)]), reader=PLATFORM)
    assert numbers(result, GroupKind.SAME) == [number(3)]
    told = [[one.label for one in found.differences] for found in result.groups[GroupKind.DIFFERENT].lines]
    assert told == [["统计范围"], ["登记日期", "统计范围"]]
    assert result.totals["contract_value_fen"].difference == 60_000_000
    check_sums(result)


def test_a_column_the_list_has_not_is_not_compared_and_a_cell_that_cannot_be_read_is(
    session: Session, tmp_path: Path
) -> None:
    contract(session, 1)
    contract(session, 2)
    headings = ("合同登记编号", "合同成交额（元）", "登记日期")
    rows = [[number(1), "300000", "2026-02-10"], [number(2), "面议", "2026-02-10"], ["3.4E+15", "1000", "2026-02-10"]]
    listed = kept(session, tmp_path, rows, headings=headings)
    result = reconcile(session, listed, reader=PLATFORM)
    assert result.measures == ("contract_value_fen",)
    assert numbers(result, GroupKind.SAME) == [number(1)]
    (found,) = result.groups[GroupKind.DIFFERENT].lines
    assert [(one.label, one.there) for one in found.differences] == [("合同成交额", "未列出或无法识别")]
    assert [(one["row"], one["column"]) for one in listed.problems] == [(3, "合同成交额（元）"), (4, "合同登记编号")]
    check_sums(result)


def test_one_number_with_two_contents_is_a_problem_of_the_list(session: Session, tmp_path: Path) -> None:
    rows = [line(1), line(1, 买方名称="另一家"), line(2), line(2), ["合计", "", "", "", "", "900000", "800000", "", ""]]
    listed = kept(session, tmp_path, rows)
    assert [row.registration_number for row in session.exec(select(RegistryListRow))] == [number(2)]
    assert [one["row"] for one in listed.problems] == [2, 3]


def test_any_list_and_any_ledger_are_explained_to_the_fen(session: Session, tmp_path: Path) -> None:
    chance = random.Random(6)
    rows = []
    for of in range(1, 120):
        fen = chance.randrange(200_000, 10**9)
        on = date(2026, chance.randrange(1, 5), 28)
        if chance.random() < 0.8:
            moved = {"registered_on": on}
            region = {"seller_region_code": chance.choice(["990102", "990103", "320106"])}
            contract(session, of, contract_value_fen=fen, technology_value_fen=fen // 2, **moved, **region)
        if chance.random() < 0.8:
            listed_fen = fen + chance.choice([0, 0, 1, -100])
            amounts = {"合同成交额（元）": f"{listed_fen / 100:.2f}", "技术交易额（元）": f"{fen // 2 / 100:.2f}"}
            rows.append(line(of, **amounts, 登记日期=on.isoformat()))
    result = reconcile(session, kept(session, tmp_path, rows), reader=PLATFORM)
    assert all(result.groups[kind].lines for kind in GroupKind)
    check_sums(result)
    assert sum(len(result.groups[kind].lines) for kind in GroupKind) == len(
        {*(numbers(result, GroupKind.MISSING_THERE)), *(row[0] for row in rows)}
    )


def test_a_missing_contract_is_entered_with_all_that_its_row_says(session: Session, tmp_path: Path) -> None:
    make_enterprise(session, name="澄湖企业 7", region_code="990104")
    listed = kept(session, tmp_path, [line(7)])
    (missing,) = reconcile(session, listed, reader=PLATFORM).groups[GroupKind.MISSING_HERE].lines
    assert missing.row is not None
    entered = enter_row(session, listed, missing.row, by=PLATFORM)
    assert (entered.status, entered.registration_number) == (ContractStatus.REGISTERED, number(7))
    assert (entered.category, entered.signed_on) == (ContractCategory.DEVELOPMENT, date(2026, 1, 5))
    assert (entered.contract_value_fen, entered.technology_value_fen) == (30_000_000, 28_000_001)
    # The seller registers at home; the buyer's place is known here.
    assert (entered.seller_region_code, entered.buyer_region_code) == ("990100", "990104")
    assert numbers(reconcile(session, listed, reader=PLATFORM), GroupKind.SAME) == [number(7)]
    with pytest.raises(WrongStatus):
        enter_row(session, listed, missing.row, by=PLATFORM)


def test_a_seller_of_whom_there_are_several_is_taken_to_sit_where_the_registry_is(
    session: Session, tmp_path: Path
) -> None:
    for code, region in (("91350100M000100Y43", "990104"), ("91110000600037341L", "990102")):
        make_institution(session, name="澄湖研究所", credit_code=code, region_code=region)
    listed = kept(session, tmp_path, [line(7)])
    (missing,) = reconcile(session, listed, reader=PLATFORM).groups[GroupKind.MISSING_HERE].lines
    assert missing.row is not None
    entered = enter_row(session, listed, missing.row, by=PLATFORM)
    assert (entered.seller_institution_id, entered.seller_region_code) == (None, "990100")
    assert numbers(reconcile(session, listed, reader=PLATFORM), GroupKind.SAME) == [number(7)]


def test_a_contract_that_waits_for_its_registration_is_not_entered_twice(session: Session, tmp_path: Path) -> None:
    waiting = make_contract(
        session,
        title="秸秆模塑工艺 7",
        seller_name="澄湖研究所",
        buyer_name="澄湖企业 7",
        signed_on=date(2026, 1, 5),
        begins_on=None,
    )
    listed = kept(session, tmp_path, [line(7)])
    (missing,) = reconcile(session, listed, reader=PLATFORM).groups[GroupKind.MISSING_HERE].lines
    assert missing.candidate is not None
    assert missing.candidate.id == waiting.id
    assert missing.row is not None
    with pytest.raises(WrongStatus, match="记录认定登记"):
        enter_row(session, listed, missing.row, by=PLATFORM)
    assert enter_row(session, listed, missing.row, by=PLATFORM, is_new=True).id != waiting.id


def test_a_contract_under_a_mistyped_number_is_not_entered_twice(session: Session, tmp_path: Path) -> None:
    mistyped = contract(session, 70, title="秸秆模塑工艺 7", buyer_name="澄湖企业 7")
    contract(session, 8)
    listed = kept(session, tmp_path, [line(7), line(8), line(9, 买方名称="澄湖企业 8")])
    seventh, ninth = reconcile(session, listed, reader=PLATFORM).groups[GroupKind.MISSING_HERE].lines
    assert seventh.candidate is not None
    assert seventh.candidate.id == mistyped.id
    # Whose number is on the list is another contract, however alike.
    assert ninth.candidate is None
    assert seventh.row is not None
    with pytest.raises(WrongStatus, match="更正台账"):
        enter_row(session, listed, seventh.row, by=PLATFORM)
    right = {"registration_number": number(7)}
    correct(session, mistyped, right, by=PLATFORM, reason="编号抄错", version=mistyped.version)
    session.flush()
    assert numbers(reconcile(session, listed, reader=PLATFORM), GroupKind.SAME) == [number(7), number(8)]


def test_a_row_that_makes_no_contract_says_what_is_missing(session: Session, tmp_path: Path) -> None:
    listed = kept(session, tmp_path, [line(7, 签订日期="", 买方名称="")])
    row = session.exec(select(RegistryListRow)).one()
    with pytest.raises(MalformedRequest, match=r"签订日期.*没有填写"):
        enter_row(session, listed, row, by=PLATFORM)
    assert session.exec(select(TechnologyContract)).all() == []


def test_a_district_official_compares_her_own_lists_only(session: Session, tmp_path: Path) -> None:
    hers = actor_for(session, make_account(session, role=Role.DISTRICT_OFFICIAL, region_code="990102"))
    other = ListAsked("别区", "990103", date(2026, 1, 1), date(2026, 3, 31))
    own = ListAsked("本区", "990102", date(2026, 1, 1), date(2026, 3, 31))
    with pytest.raises(NotAllowed):
        kept(session, tmp_path, [line(1)], other, hers)
    foreign, listed = kept(session, tmp_path, [line(1)], other), kept(session, tmp_path, [line(2)], own, hers)
    assert [one.id for one in lists_page(session, reader=hers, offset=0, limit=9)[0]] == [listed.id]
    with pytest.raises(NotFound):
        readable_list(session, foreign.id or 0, hers)
    contract(session, 2, seller_region_code="990103", buyer_region_code="990104", contract_value_fen=77_777_700)
    (found,) = reconcile(session, listed, reader=hers).groups[GroupKind.DIFFERENT].lines
    assert found.contract is None
    assert [one.label for one in found.differences] == ["归属"]
    broker = actor_for(session, make_account(session, role=Role.BROKER))
    with pytest.raises(NotAllowed):
        kept(session, tmp_path, [line(1)], own, broker)
    with pytest.raises(NotFound):
        readable_list(session, listed.id or 0, broker)


@pytest.mark.parametrize(
    ("headings", "rows", "asked", "words"),
    [
        (("项目名称", "卖方名称", "买方名称"), [["a", "b", "c"]], CITY, "没有“合同登记编号”一列"),
        (("合同登记编号", "项目名称"), [["123", "工艺"]], CITY, "没有可以对账的行"),
        (("合同登记编号", "项目名称"), [[number(1), "工艺"]], ListAsked("x", "990100"), "没有登记日期"),
        (HEADINGS, [line(1)], ListAsked("x", "990100", date(2026, 3, 1), date(2026, 1, 1)), "起止日期颠倒"),
        (HEADINGS, [line(1)], ListAsked("x", "999999"), "不是行政区划"),
    ],
)
def test_a_list_that_cannot_be_compared_is_refused_with_the_reason(
    session: Session, tmp_path: Path, headings: Sequence[str], rows: Any, asked: ListAsked, words: str
) -> None:
    with pytest.raises(MalformedRequest, match=words):
        kept(session, tmp_path, rows, asked, headings=headings)


def test_a_list_without_days_covers_those_of_its_rows_and_goes_with_them(session: Session, tmp_path: Path) -> None:
    rows = [line(1), line(2, 登记日期="2026-03-05")]
    listed = kept(session, tmp_path, rows, ListAsked("", "990100"))
    assert (listed.first, listed.last, listed.name) == (date(2026, 2, 10), date(2026, 3, 5), "名单.csv")
    delete_list(session, listed)
    assert session.exec(select(RegistryListRow)).all() == []


def test_the_result_as_a_workbook(session: Session, tmp_path: Path) -> None:
    contract(session, 1)
    contract(session, 2, contract_value_fen=30_000_001)
    contract(session, 3)
    listed = kept(session, tmp_path, [line(1), line(2), line(4), line(5, 合同登记编号="x")])
    path = tmp_path / "result.xlsx"
    write_reconciliation(reconcile(session, listed, reader=PLATFORM), path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["汇总", "台账缺", "名单缺", "不一致", "一致", "名单中无法识别的内容"]
    sums = {row[0]: row[1:5] for row in book["汇总"].iter_rows(min_row=4, values_only=True)}
    assert sums["台账缺"] == (1, 300_000, 0, 300_000)
    assert sums["合计"] == (4, 900_000, 900_000.01, -0.01)
    assert [cell.value for cell in book["不一致"][2]][-1] == "合同成交额：名单“300,000.00 元”，台账“300,000.01 元”"
    assert book["台账缺"]["B2"].value == number(4)
