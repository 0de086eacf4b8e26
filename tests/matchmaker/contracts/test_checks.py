"""What the checks find in a contract."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from matchmaker.contracts.checks import Finding, Level, check, missing_fields
from matchmaker.models.contract import ContractFile, TechnologyContract
from matchmaker.models.contract_words import ContractPaper
from matchmaker.registration_rules import rules
from matchmaker.visibility import today
from tests.factories import make_contract, make_enterprise, make_registered

DAY = today()
PATENT: dict[str, Any] = {
    "category": "transfer",
    "kind": "patent_transfer",
    "ip_type": "invention_patent",
    "rights": [{"number": "ZL202010000001.1", "expires_on": DAY + timedelta(days=3000)}],
}
CASES: list[tuple[str, Level, dict[str, Any]]] = [
    ("V1", Level.ERROR, {"technology_value_fen": 20_000_000}),
    ("V1", Level.ERROR, {"deductions": [{"what": "设备", "amount_fen": 100}]}),
    ("V2", Level.WARN, {"contract_value_fen": 0, "technology_value_fen": 0}),
    ("V3", Level.ERROR, {"begins_on": DAY - timedelta(days=9), "ends_on": DAY - timedelta(days=1)}),
    ("V3", Level.WARN, {"begins_on": DAY - timedelta(days=90)}),
    ("V3", Level.WARN, {"begins_on": DAY + timedelta(days=9)}),
    ("V4", Level.ERROR, {"buyer_name": "同一家单位", "seller_name": "同一家单位"}),
    (
        "V4",
        Level.WARN,
        {"seller_details": {"legal_representative": "赵某"}, "buyer_details": {"legal_representative": "赵某"}},
    ),
    ("V7", Level.ERROR, PATENT | {"ip_type": "none"}),
    ("V7", Level.ERROR, PATENT | {"rights": []}),
    ("V7", Level.ERROR, PATENT | {"rights": [{"number": "ZL1", "expires_on": date(2020, 1, 1)}]}),
    ("V7", Level.WARN, PATENT | {"ip_type": "software_copyright"}),
    ("V11", Level.ERROR, {"buyer_region_code": None}),
    ("V11", Level.ERROR, {"buyer_country": "DE"}),
    ("V11", Level.ERROR, {"seller_nature": "900"}),
    ("V11", Level.INFO, {"seller_region_code": "110101", "buyer_region_code": "110101"}),
    ("V12", Level.INFO, {"seller_region_code": "110101"}),
    ("V13", Level.INFO, {"contract_value_fen": 500_000_000, "technology_value_fen": 500_000_000}),
    ("V16", Level.WARN, {"contract_value_fen": 3_000, "technology_value_fen": 3_000}),
    ("V17", Level.ERROR, {"currency": "USD"}),
    (
        "V17",
        Level.WARN,
        {"currency": "USD", "foreign_amount": "10000", "exchange_rate": "7", "rate_on": DAY},
    ),
    ("V17", Level.INFO, {"seller_country": "DE", "seller_region_code": None}),
    (
        "V17",
        Level.ERROR,
        {"seller_country": "DE", "seller_region_code": None, "buyer_country": "JP", "buyer_region_code": None},
    ),
    ("D1", Level.WARN, {"subject": "提供成套设备并调试"}),
    ("D2", Level.INFO, {"amount_certainty": "royalty"}),
]


@pytest.mark.parametrize(
    ("number", "is_odd"),
    [
        (f"{DAY.year}990100000001", False),
        (f"{DAY.year - 1}990100000002", False),
        ("3026990100000001", True),
        (f"{DAY.year % 100:02}990100000003", False),
        # One of 16 digits that lost two.
        (f"{DAY.year}9901000001", True),
    ],
)
def test_a_number_of_another_year_is_asked_about(session: Session, number: str, is_odd: bool) -> None:
    contract = make_registered(session, registration_number=number)
    assert ("D4" in {one.rule for one in check(session, contract)}) is is_odd


def of(findings: list[Finding], rule: str) -> list[Level]:
    return [one.level for one in findings if one.rule == rule]


@pytest.mark.parametrize(("rule", "level", "values"), CASES)
def test_it_is_found(session: Session, rule: str, level: Level, values: dict[str, Any]) -> None:
    # Not in the contract as it comes, only in the changed one.
    assert level not in of(check(session, make_contract(session)), rule) or rule == "V7"
    findings = check(session, make_contract(session, **values))
    assert level in of(findings, rule)
    assert all(one.source and one.sentence for one in findings)


def test_a_sound_contract_has_no_errors(session: Session) -> None:
    assert Level.ERROR not in [one.level for one in check(session, make_contract(session))]
    sound = make_contract(session, **PATENT)
    assert Level.ERROR not in [one.level for one in check(session, sound)]
    secret = make_contract(session, category="transfer", kind="secret_transfer", ip_type="technical_secret")
    assert Level.ERROR not in [one.level for one in check(session, secret)]


def test_the_amounts_add_up(session: Session) -> None:
    values = {"technology_value_fen": 25_000_000, "deductions": [{"what": "设备", "amount_fen": 5_000_000}]}
    assert of(check(session, make_contract(session, **values)), "V1") == []


def test_an_application_of_an_earlier_day_was_in_time(session: Session) -> None:
    contract = make_contract(
        session, begins_on=date(2024, 1, 5), ends_on=date(2024, 12, 31), signed_on=date(2024, 1, 5)
    )
    assert of(check(session, contract), "V3") == [Level.ERROR]
    assert of(check(session, contract, date(2024, 12, 31)), "V3") == []
    assert of(check(session, contract, date(2025, 1, 1)), "V3") == [Level.ERROR]


def test_a_wrong_answer_is_an_error_and_an_open_one_a_warning(session: Session) -> None:
    contract = make_contract(session)
    assert of(check(session, contract), "V9") == [Level.WARN]
    contract.answers = {
        one.code: one.wanted for one in rules().questions_for("development", "commissioned_development", DAY)
    }
    assert of(check(session, contract), "V9") == []
    contract.answers = contract.answers | {"dev_targets": "no"}
    assert of(check(session, contract), "V9") == [Level.ERROR]


def test_a_confirmed_warning_becomes_a_note_but_an_error_does_not(session: Session) -> None:
    contract = make_contract(session, contract_value_fen=3_000, technology_value_fen=3_000)
    contract.overrides = {"V16": "样品检测，确为三十元", "V1": "不理会"}
    found = [one for one in check(session, contract) if one.rule == "V16"]
    assert {one.level for one in found} == {Level.INFO}
    assert "样品检测" in found[0].repair
    wrong = make_contract(session, technology_value_fen=20_000_000)
    wrong.overrides = {"V1": "不理会"}
    assert of(check(session, wrong), "V1") == [Level.ERROR]


def test_a_name_other_than_the_registered_one(session: Session) -> None:
    enterprise = make_enterprise(session, name="澄湖示例新材料有限公司")
    contract = make_contract(session, buyer_name="澄湖示例新材料有限公司")
    assert contract.buyer_enterprise_id == enterprise.id
    assert of(check(session, contract), "V14") == []
    contract.buyer_name = "澄湖示例新材料厂"
    assert of(check(session, contract), "V14") == [Level.WARN]


def test_errors_come_first(session: Session) -> None:
    contract = make_contract(
        session,
        **PATENT
        | {"rights": [], "contract_value_fen": 5_000, "amount_certainty": "royalty"}
        | {"technology_value_fen": 5_000},
    )
    levels = [list(Level).index(one.level) for one in check(session, contract)]
    assert levels == sorted(levels)
    assert len(set(levels)) == 3


def test_missing_fields_follow_the_form(session: Session) -> None:
    missing = missing_fields(make_contract(session))
    assert missing[:2] == ["payment_mode", "ip_type"]
    assert {"seller_credit_code", "buyer_credit_code", "is_related_party"} <= set(missing)
    assert "new_output_fen" not in missing
    assert "new_output_fen" in missing_fields(make_contract(session, **PATENT))
    abroad = make_contract(session, seller_country="DE", seller_region_code=None)
    assert "seller_credit_code" not in missing_fields(abroad)


SAME: dict[str, Any] = {"seller_name": "甲研究所", "buyer_name": "乙企业", "signed_on": DAY - timedelta(days=40)}


def test_the_same_deal_twice(session: Session) -> None:
    first = make_contract(session, title="秸秆还田机械设计", **SAME)
    second = make_contract(session, title="另一个名称的技术服务", **SAME)
    [found] = [one for one in check(session, second) if one.rule == "V5"]
    assert str(first.id) in found.sentence
    third = make_contract(session, title="又一个完全不同的项目", **SAME | {"buyer_name": "丙企业"})
    assert of(check(session, third), "V5") == []


@pytest.mark.parametrize(
    ("title", "days", "is_found"),
    [("秸秆还田机械设计开发二", 100, True), ("秸秆还田机械设计开发二", 200, False), ("水处理药剂评价", 100, False)],
)
def test_similar_titles_close_together(session: Session, title: str, days: int, is_found: bool) -> None:
    make_contract(session, title="秸秆还田机械设计开发一", **SAME | {"signed_on": DAY - timedelta(days=days)})
    amounts = {"contract_value_fen": 11_000_000, "technology_value_fen": 11_000_000}
    second = make_contract(session, title=title, **SAME | {"signed_on": DAY}, **amounts)
    assert bool(of(check(session, second), "V5")) is is_found


def test_the_same_contract_text(session: Session) -> None:
    first, second = make_contract(session), make_contract(session)
    for one in (first, second):
        session.add(
            ContractFile(
                contract_id=one.id or 0,
                paper=ContractPaper.CONTRACT,
                name="合同.pdf",
                media_type="application/pdf",
                size=3,
                sha256="a" * 64,
                content=b"abc",
            )
        )
    session.flush()
    assert of(check(session, second), "V5") == [Level.WARN]


def test_others_contracts_are_officials_business(session: Session) -> None:
    """Who carried this contract need not know that another broker carried one like it."""
    first, second = make_contract(session, **SAME), make_contract(session, **SAME)
    assert [one.officials_only for one in check(session, second) if one.rule == "V5"] == [False]
    second.posted_by_id = 1_000_000
    with session.no_autoflush:
        assert [one.officials_only for one in check(session, second) if one.rule == "V5"] == [True]
    assert first.posted_by_id is None


def split(session: Session, days: int, fen: int) -> TechnologyContract:
    amounts = {"contract_value_fen": fen, "technology_value_fen": fen}
    make_contract(
        session, title="智能仓储系统开发（一期）", **SAME | {"signed_on": DAY - timedelta(days=days)}, **amounts
    )
    amounts = {"contract_value_fen": fen + 100, "technology_value_fen": fen + 100}
    return make_contract(session, title="智能仓储系统开发（二期）", **SAME | {"signed_on": DAY}, **amounts)


def test_split_contracts_are_shown_to_officials(session: Session) -> None:
    contract = split(session, 90, 260_000_000)
    [found] = [one for one in check(session, contract) if one.rule == "V6"]
    assert (found.level, found.officials_only) == (Level.WARN, True)
    contract.overrides = {found.confirmed_as: "分期验收，已核对"}
    assert of(check(session, contract), "V6") == [Level.INFO]


@pytest.mark.parametrize(("days", "fen"), [(91, 260_000_000), (30, 240_000_000), (30, 500_000_000)])
def test_no_split_if_far_apart_or_small_or_large(session: Session, days: int, fen: int) -> None:
    assert of(check(session, split(session, days, fen)), "V6") == []
