"""From a signed match to the number the bureau reports, in a real browser: the days of the broker and the official."""

import io
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import docx
import pytest
from playwright.sync_api import expect
from python_calamine import CalamineWorkbook

from matchmaker.models.contract_words import ContractCategory, ContractKind
from matchmaker.money import FEN_PER_YUAN
from matchmaker.registration_rules import rules
from matchmaker.reports.wording import amount_words
from matchmaker.visibility import today
from tests.browser.people import City, Person

pytestmark = pytest.mark.browser

LogIn = Callable[..., Person]

SELLING_DISTRICT = "990104"
VALUE, TECHNOLOGY, DEDUCTED = "1234567.89", "1000000.55", "234567.34"
VALUE_FEN = 123_456_789


class Case:
    """Who signs what, and with which two faults."""

    def __init__(self, broker: str, enterprise: str, number: str, category: ContractCategory, kind: ContractKind):
        self.broker, self.enterprise, self.number = broker, enterprise, number
        self.category, self.kind = category, kind

    @property
    def is_transfer(self) -> bool:
        return self.category is ContractCategory.TRANSFER


CASES = {
    1280: Case("jingjiren06", "qiye41", "2026990100000901", ContractCategory.TRANSFER, ContractKind.PATENT_TRANSFER),
    375: Case(
        "jingjiren07", "qiye42", "2026990100000902", ContractCategory.DEVELOPMENT, ContractKind.COMMISSIONED_DEVELOPMENT
    ),
}


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (375, False)])
def test_from_a_signed_match_to_the_report(
    person: LogIn, city: City, tmp_path: Path, width: int, javascript: bool
) -> None:
    case, year = CASES[width], today().year
    before = city.turnover_fen(year)
    match = city.agreed_match(case.enterprise, by=case.broker, region_code=SELLING_DISTRICT)
    broker = person(width, case.broker, javascript=javascript)
    contract = build_the_contract(broker, match, case)
    mend_and_submit(broker, contract, case)
    official = person(width, "shiju01", javascript=javascript)
    register(official, contract, case)
    assert city.turnover_fen(year) == before + VALUE_FEN
    read_the_figures(official, contract, case, city.turnover_fen(year))
    read_the_report(official, contract, case, city.turnover_fen(year))


def build_the_contract(broker: Person, match: int, case: Case) -> int:
    """The broker notes that the match is signed and builds its contract; two things are wrong with it."""
    main, day = broker.main, today().isoformat()
    broker.open(f"/carried/{match}")
    broker.unfold("记录签约")
    broker.fill(签约日期=day)
    broker.press("记录签约")
    expect(main.locator(".carried-head .state")).to_have_text("已签约")
    broker.follow("建立合同")
    broker.sees("新建合同")
    expect(main.locator("[name=signed_on]")).to_have_value(day)
    for name, code in {
        "category": case.category,
        "kind": case.kind,
        "payment_mode": "lump_sum",
        "ip_type": "invention_patent",
        "objective": "industry",
        "plan_source": "none",
        "is_related_party": "no",
    }.items():
        main.locator(f"[name={name}]").select_option(code)
    for name, text in {
        "title": f"矿井除尘水幕专利技术（{broker.width}）",
        "begins_on": day,
        "ends_on": f"{today().year + 2}-12-31",
        "seller_credit_code": "12990104MA0WA1K04H",
        "buyer_credit_code": "91990104MA0WA1K039",
        "industry_code": "C26",
        "new_investment": "500000",
        "new_output": "2000000",
        "contract_value": VALUE,
        "technology_value": TECHNOLOGY,
    }.items():
        main.locator(f"[name={name}]").fill(text)
    main.locator("[name=deductions-what-0]").fill("样机试制材料费")
    main.locator("[name=deductions-amount-0]").fill("200000")
    broker.press("保存")
    broker.is_told("已保存")
    broker.follow("登记预检")
    broker.sees("登记预检")
    return int(broker.page.url.split("/")[-2])


def mend_and_submit(broker: Person, contract: int, case: Case) -> None:
    """The pre-check names both faults, each is mended where its link leads, and what is complete is applied for."""
    main = broker.main
    answer_questions(broker, case, wrong="" if case.is_transfer else "dev_acceptance")
    result = main.get_by_role("region", name="检查结果")
    faults = result.locator(".level-error")
    expect(main.locator(".verdict-line")).to_contain_text("有 2 处须改正")
    expect(faults).to_have_count(2)
    other = "没有填写权利编号" if case.is_transfer else "验收"
    expect(faults.filter(has_text=other)).to_have_count(1)

    if case.is_transfer:
        faults.filter(has_text=other).get_by_role("link", name="去修改").click()
        broker.sees("修改合同")
        main.locator("[name=rights-number-0]").fill("ZL202310123456.7")
        main.locator("[name=rights-name-0]").fill("一种综掘面除尘水幕")
        # The deductions leave 34567.34 yuan unexplained: the form is kept as it is, the pre-check says so.
        main.locator("[name=deductions-amount-0]").fill("200000")
        broker.press("保存")
        broker.is_told("已保存")
        broker.follow("登记预检")
        expect(main.locator(".verdict-line")).to_contain_text("有 1 处须改正")
    else:
        answer_questions(broker, case)
    faults.filter(has_text="扣除项合计").get_by_role("link", name="去修改").click()
    broker.sees("修改合同")
    main.locator("[name=deductions-amount-0]").fill(DEDUCTED)
    broker.press("保存")
    broker.is_told("已保存")
    broker.follow("登记预检")
    expect(main.locator(".verdict-line")).to_have_text("可以申请")
    broker.press("记录已申请登记")
    broker.is_told("已完成")
    expect(main.locator(".contract-head .state")).to_have_text("已申请登记")


def answer_questions(broker: Person, case: Case, wrong: str = "") -> None:
    """All questions of the wizard as a good contract answers them, but for one."""
    for question in rules().questions_for(case.category, case.kind, today()):
        answer = question.wanted if question.code != wrong else {"yes": "no", "no": "yes"}[question.wanted]
        broker.main.locator(f"[name=question-{question.code}][value={answer}]").check()
    broker.press("保存回答")
    broker.is_told("已保存")


def register(official: Person, contract: int, case: Case) -> None:
    """The official finds it among what waits for the registry, and notes what the registry did."""
    main, day = official.main, today().isoformat()
    official.go("合同台账")
    main.get_by_label("状态").select_option(label="已申请登记")
    official.press("筛选")
    main.locator(f"a[href='/contracts/{contract}']").click()
    official.press("记录受理")
    official.is_told("已完成")
    expect(main.locator(".contract-head .state")).to_have_text("已受理")
    expect(main.locator(".contract-head")).to_contain_text("个工作日")
    official.fill(合同登记编号=case.number, 登记日期=day)
    official.press("记录认定登记")
    official.is_told("已完成")
    expect(main.locator(".contract-head .state")).to_have_text("已登记")
    expect(main.locator(".contract-head")).to_contain_text(case.number)
    expect(main.locator(".chain")).to_contain_text("登记")


def read_the_figures(official: Person, contract: int, case: Case, total_fen: int) -> None:
    """Dashboard, drill-down and workbook all state the database's own sum."""
    main = official.main
    official.go("成交看板")
    expect(main.locator("dl.headline dd").first).to_contain_text(amount_words(total_fen))
    main.locator("dl.headline a").first.click()
    official.sees("计入的合同")
    expect(main.locator(f"a[href='/contracts/{contract}']")).to_be_visible()
    official.go("成交额统计")
    expect(main.locator("dl.headline dd").first).to_have_text(amount_words(total_fen))
    official.row("天溪").get_by_role("link").first.click()
    expect(main.locator(f"a[href='/contracts/{contract}']")).to_be_visible()
    official.open("/turnover")
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(downloaded(official, "导出 Excel")))
    total = sheets.get_sheet_by_name("统计表").to_python()[-1]
    assert (total[0], fen(total[2])) == ("合计", total_fen)
    listed = {row[0]: row for row in sheets.get_sheet_by_name("合同明细").to_python()}
    assert fen(listed[case.number][7]) == VALUE_FEN


def read_the_report(official: Person, contract: int, case: Case, total_fen: int) -> None:
    """The report of the year, read back from its Word file and its annex."""
    main = official.main
    official.go("工作报告")
    official.press("编制报告")
    official.is_told("已保存")
    # Made through the browser, read as the office reads it.
    document = docx.Document(io.BytesIO(fetched(official, "下载 Word")))
    text = "\n".join(one.text for one in document.paragraphs)
    assert amount_words(total_fen) in text
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert f"{Decimal(total_fen) / 1_000_000:,.2f}" in cells
    annex = CalamineWorkbook.from_filelike(io.BytesIO(fetched(official, "下载附表（xlsx）")))
    stated = {row[0]: row for row in annex.get_sheet_by_name("数据来源").to_python()}
    assert fen(stated["成交额"][2]) == total_fen
    contracts = {row[0]: row for row in annex.get_sheet_by_name("合同明细").to_python()}
    assert fen(contracts[case.number][5]) == VALUE_FEN
    expect(main.get_by_role("row", name="成交额").first).to_contain_text(amount_words(total_fen))


def downloaded(one: Person, button: str) -> bytes:
    """The file a button makes."""
    with one.page.expect_download() as found:
        one.press(button)
    return Path(found.value.path()).read_bytes()


def fetched(one: Person, link: str) -> bytes:
    """The file a link leads to."""
    with one.page.expect_download() as found:
        one.follow(link)
    return Path(found.value.path()).read_bytes()


def fen(yuan: object) -> int:
    """A cell in yuan, to the fen."""
    return round(Decimal(str(yuan)) * FEN_PER_YUAN)
