"""The wizard, its verdict, and the national form."""

from datetime import timedelta
from io import BytesIO

import openpyxl
import pytest
from sqlmodel import Session, select

from matchmaker.contracts import attach
from matchmaker.contracts.checks import check
from matchmaker.errors import MalformedRequest, NotFound, WrongStatus
from matchmaker.models.audit import AuditEvent
from matchmaker.models.contract import ContractEvent, PartyDetails
from matchmaker.models.contract_words import KINDS, ContractPaper
from matchmaker.precheck import answer, national_form, override, precheck, questions_for
from matchmaker.visibility import today
from tests.factories import make_contract, make_registered
from tests.matchmaker.contracts.world import make_contracting

COMPLETE = {
    "payment_mode": "instalments",
    "ip_type": "none",
    "technology_field": "电子信息",
    "industry_code": "C26",
    "objective": "industry",
    "plan_source": "none",
    "is_related_party": False,
    "seller_nature": "021",
    "buyer_nature": "150",
    "seller_credit_code": "91110000100000001X",
    "buyer_credit_code": "91110000100000002X",
}


def test_a_complete_contract_may_apply(session: Session) -> None:
    world = make_contracting(session, **{k: v for k, v in COMPLETE.items() if not k.endswith("credit_code")})
    contract, by = world.contract, world.actor("institution")
    contract.seller_credit_code, contract.buyer_credit_code = "91110000100000001X", "91110000100000002X"
    before = precheck(session, contract, reader=by)
    assert (before.errors, before.warnings > 0, before.is_ready) == (0, True, False)
    answer(session, contract, {one.code: one.wanted for one in questions_for(contract)}, by=by)
    after = precheck(session, contract, reader=by)
    assert (after.verdict, after.is_ready) == ("可以申请", True)
    answer(session, contract, {"dev_goal": "no"}, by=by)
    assert precheck(session, contract, reader=by).verdict == "有 1 处须改正"


@pytest.mark.parametrize(("category", "kind"), [(one, kind) for one, kinds in KINDS.items() for kind in kinds])
def test_every_kind_has_a_wizard(session: Session, category: str, kind: str) -> None:
    world = make_contracting(session, category=category, kind=kind)
    contract, by = world.contract, world.actor("broker")
    answer(
        session, contract, {one.code: {"yes": "no", "no": "yes"}[one.wanted] for one in questions_for(contract)}, by=by
    )
    found = precheck(session, contract, reader=by)
    assert {one.given for one in found.asked} == {"yes", "no"}
    shown = {one.field for group in found.groups for one in group.findings}
    assert {f"question-{one.code}" for one in questions_for(contract)} <= shown


def test_answers_are_checked(session: Session) -> None:
    world = make_contracting(session)
    contract, by = world.contract, world.actor("institution")
    for wrong in ({"train_general": "yes"}, {"dev_goal": "perhaps"}):
        with pytest.raises(MalformedRequest):
            answer(session, contract, wrong, by=by)
    with pytest.raises(NotFound):
        answer(session, contract, {"dev_goal": "yes"}, by=world.actor("other_enterprise"))
    registered = make_registered(session)
    with pytest.raises(WrongStatus):
        answer(session, registered, {"dev_goal": "yes"}, by=world.actor("city"))


def test_a_warning_is_overruled_with_a_reason(session: Session) -> None:
    world = make_contracting(session, contract_value_fen=3_000, technology_value_fen=3_000)
    contract, by = world.contract, world.actor("institution")
    before = precheck(session, contract, reader=by).warnings
    override(session, contract, "V16", " 检测一次 ", by=by)
    assert contract.overrides == {"V16": "检测一次"}
    assert precheck(session, contract, reader=by).warnings == before - 2
    override(session, contract, "V16", "", by=by)
    assert precheck(session, contract, reader=by).warnings == before
    for rule in ("V5", "V9", "V99"):
        with pytest.raises(MalformedRequest):
            override(session, contract, rule, "照合同", by=by)


def test_what_officials_alone_see(session: Session) -> None:
    amounts = {"contract_value_fen": 260_000_000, "technology_value_fen": 260_000_000}
    world = make_contracting(session, title="智能仓储系统开发（一期）", **amounts)
    contract = world.contract
    make_contract(
        session,
        title="智能仓储系统开发（二期）",
        seller_name=contract.seller_name,
        buyer_name=contract.buyer_name,
        contract_value_fen=260_000_100,
        technology_value_fen=260_000_100,
    )

    def rules_for(name: str) -> set[str]:
        found = precheck(session, contract, reader=world.actor(name))
        return {one.rule for group in found.groups for one in group.findings}

    assert "V6" in rules_for("city")
    assert "V6" not in rules_for("institution")
    with pytest.raises(MalformedRequest):
        override(session, contract, "V6-official", "分期", by=world.actor("institution"))
    override(session, contract, "V6-official", "分期", by=world.actor("city"))
    assert contract.overrides == {"V6-official": "分期"}
    # The parties read the history of their contract: neither the warning nor the reason stands in it.
    session.flush()
    notes = session.exec(select(ContractEvent.note).where(ContractEvent.contract_id == contract.id)).all()
    audited = session.exec(select(AuditEvent).where(AuditEvent.table_name == "technology_contract")).all()
    told = " ".join([*notes, *(one.model_dump_json() for one in audited)])
    assert "仅供主管部门的提示" in told
    assert "V6" not in told
    assert "分期" not in told


def test_a_holder_confirms_what_she_is_shown_and_nothing_else(session: Session) -> None:
    """Of two doubles she holds one; the other is another broker's, and stays for the officials to look at."""
    world = make_contracting(session, signed_on=today() - timedelta(days=9))
    contract, city = world.contract, world.actor("city")
    for broker_id in (contract.broker_id, None):
        double = make_contract(
            session, seller_name=contract.seller_name, buyer_name=contract.buyer_name, signed_on=contract.signed_on
        )
        double.broker_id, double.brokerage_id = broker_id, contract.brokerage_id
    session.flush()

    def doubles() -> dict[bool, str]:
        return {one.officials_only: one.level.value for one in check(session, contract) if one.rule == "V5"}

    assert doubles() == {False: "warn", True: "warn"}
    override(session, contract, "V5", "分两年执行", by=world.actor("institution"))
    assert doubles() == {False: "info", True: "warn"}
    override(session, contract, "V5-official", "已向两家核实", by=city)
    assert doubles() == {False: "info", True: "info"}


def test_papers_and_who_applies(session: Session) -> None:
    world = make_contracting(session)
    contract, by = world.contract, world.actor("institution")
    first = {one.paper.code: one.is_attached for one in precheck(session, contract, reader=by).papers}
    assert first == {"contract": False, "authority": False}
    attach(session, contract, ContractPaper.CONTRACT, "合同.pdf", b"%PDF-1.7 x", by=by)
    found = precheck(session, contract, reader=by)
    assert found.papers[0].is_attached
    assert contract.seller_name in found.applicant
    contract.seller_country, contract.seller_region_code = "DE", None
    abroad = precheck(session, contract, reader=by)
    assert f"境内买方{contract.buyer_name}" in abroad.applicant
    assert "translation" in {one.paper.code for one in abroad.papers}


def test_the_national_form(session: Session) -> None:
    world = make_contracting(
        session,
        title="=1+1 技术开发",
        **{k: v for k, v in COMPLETE.items() if k != "seller_credit_code" and k != "buyer_credit_code"},
    )
    details = {"scale": "small", "industry_code": "C26", "is_converted_institute": True, "contact_name": "王工"}
    world.contract.seller_details = PartyDetails.model_validate(details)
    file = attach(session, world.contract, ContractPaper.CONTRACT, "合同.pdf", b"%PDF-1.7 x", by=world.actor("broker"))
    book = openpyxl.load_workbook(BytesIO(national_form(session, world.contract)))
    assert book.sheetnames == ["技术合同登记表", "附件清单"]
    cells = {row[0].value: (row[1].value, row[2].value) for row in book["技术合同登记表"].iter_rows(min_row=4)}
    assert cells["合同登记编号"][0] == "登记编号由登记机构出具"
    assert cells["合同成交额（元）"][0] == 300_000
    assert cells["项目名称"][0] == "=1+1 技术开发"
    assert cells["卖方性质"] == ("科研机构", "021")
    assert cells["卖方行政区划"][1] == "990102"
    assert cells["卖方国别（地区）"] == ("中国", "142")
    # Every detail of a party has a row of its own, as on the form.
    assert cells["卖方企业规模"][0] == "小型企业"
    assert cells["卖方从事的国民经济行业"] == ("化学原料和化学制品制造业 C26", "C26")
    assert (cells["卖方转制科研院所"][0], cells["买方转制科研院所"][0]) == ("是", "否")
    assert (cells["卖方联系人"][0], cells["买方联系人"][0]) == ("王工", "（空）")
    papers = list(book["附件清单"].iter_rows(min_row=2, values_only=True))
    assert [(one[0], one[1], one[4]) for one in papers] == [("合同文本", "合同.pdf", file.sha256)]
