"""From a signed match to the number the bureau reports, in a real browser: the days of the broker and the official."""

import io
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import docx
import pytest
from playwright.sync_api import FilePayload, expect
from python_calamine import CalamineWorkbook

from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractCategory, ContractKind, TargetMetric
from matchmaker.money import FEN_PER_YUAN, in_wan, yuan_text
from matchmaker.registration_rules import rules
from matchmaker.reports.wording import amount_words
from matchmaker.targets import in_words
from matchmaker.visibility import today
from tests.browser.people import City, Person

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]

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
    main, words = official.main, in_words(TargetMetric.CONTRACT_VALUE, total_fen)
    official.go("成交看板")
    main.get_by_label("统计口径").select_option(label="去重合计")
    official.press("查看")
    expect(main.locator("dl.headline dd").first).to_contain_text(words)
    main.locator("dl.headline a").first.click()
    official.sees("计入的合同")
    expect(main.locator(f"a[href='/contracts/{contract}']")).to_be_visible()
    official.go("成交额统计")
    main.get_by_label("统计口径").select_option(label="去重合计")
    official.press("统计")
    expect(main.locator("dl.headline dd").first).to_have_text(in_wan(total_fen))
    asked = official.page.url
    official.row("湖滨区").get_by_role("link").first.click()
    expect(main.locator(f"a[href='/contracts/{contract}']")).to_be_visible()
    official.page.goto(asked)
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


@pytest.mark.parametrize(("width", "javascript"), [(1280, True), (375, False)])
def test_an_official_corrects_what_was_reported(person: LogIn, city: City, width: int, javascript: bool) -> None:
    # The last complete year: of this one there may be but a few days.
    year, name = today().year - 1, f"年度报送（{width}）"
    before = city.turnover_fen(year)
    official = person(width, "shiju01", javascript=javascript)
    main = official.main
    contract = district_by_district(official, year)

    official.go("统计快照")
    official.fill(名称=name)
    main.get_by_label("年度").select_option(f"{year}")
    official.press("保存快照")
    official.is_told("已保存")
    official.sees(name)
    expect(official.row("去重合计")).to_contain_text(in_wan(before))
    expect(main.get_by_role("region", name="固定以来的变化")).to_contain_text("没有变化")
    snapshot = official.number

    official.open(f"/contracts/{contract}")
    official.unfold("记录注销登记")
    main.locator("[name=cancel-note]").fill("双方协商解除，登记机构已注销")
    official.press("记录注销登记")
    official.is_told("已完成")
    expect(main.locator(".contract-head .state")).to_have_text("已注销")
    after = city.turnover_fen(year)
    assert after < before

    official.open(f"/snapshots/{snapshot}")
    changes = main.get_by_role("region", name="固定以来的变化")
    expect(changes).to_contain_text("不再计入 1 份")
    expect(changes.locator(f"a[href='/contracts/{contract}']")).to_be_visible()
    expect(official.row("去重合计")).to_contain_text(in_wan(before))
    expect(official.row("去重合计")).to_contain_text(in_wan(after))
    main.locator("[name=note]").fill("一份合同注销登记")
    official.press("保存更正快照")
    official.is_told("已保存")
    corrected = official.number
    assert corrected != snapshot
    expect(main.locator(f"a[href='/snapshots/{snapshot}']")).to_be_visible()
    expect(official.row("去重合计")).to_contain_text(in_wan(after))

    # The report of what was reported first keeps its numbers and says that they have changed; the other is up to date.
    for number, total_fen in ((snapshot, before), (corrected, after)):
        official.go("工作报告")
        official.fill(年度=f"{year}")
        main.get_by_label("统计快照").select_option(f"{number}")
        official.press("编制报告")
        official.is_told("已保存")
        assert main.get_by_text("快照固定以后，合同数据有变动").count() == (number == snapshot)
        document = docx.Document(io.BytesIO(fetched(official, "下载 Word")))
        assert amount_words(total_fen) in "\n".join(one.text for one in document.paragraphs)


def district_by_district(official: Person, year: int) -> int:
    """From the dashboard: one district shows no activity, another leads to its contracts; the first of those."""
    main = official.main
    official.go("成交看板")
    main.get_by_label("年份").select_option(f"{year}")
    main.get_by_label("季度").select_option("1")
    main.get_by_label("统计口径").select_option(label="输出")
    official.press("查看")
    # The page before has the same figure; and its table is folded when its chart is drawn.
    expect(official.page).to_have_url(re.compile("quarter=1"))
    figure = main.get_by_role("region", name="各县市区", exact=True).first
    if official.javascript:
        expect(figure.locator("canvas")).to_be_visible()
        figure.locator("details.chart-table > summary").click()
    lines = figure.locator("tbody tr")
    expect(lines.filter(has_text="无活动").first).to_be_visible()
    lines.filter(has=official.page.locator("a")).first.get_by_role("link").first.click()
    official.sees("计入的合同")
    main.locator("tbody a[href^='/contracts/']").first.click()
    expect(main.locator(".contract-head .state")).to_have_text("已登记")
    return official.number


def test_a_target_in_another_metric_is_never_compared_silently(person: LogIn) -> None:
    official = person(1280, "shiju01")
    main = official.main
    official.open(f"/targets/new?year={today().year - 2}")
    for name, value in {"tier": "working", "metric": "technology_value", "caliber": "net", "unit": "亿元"}.items():
        main.locator(f"[name={name}]").select_option(value)
    official.fill(目标值="1.2", 文件原文="技术合同成交额突破1.2亿元")
    official.press("保存")
    expect(main.get_by_role("alert")).to_contain_text("成交额")
    official.was_refused(422)
    main.get_by_label("已核对文件原文").check()
    official.press("保存")
    official.is_told("已保存")
    official.open(f"/dashboard?year={today().year - 2}&measure=contract_value&caliber=net")
    expect(main.locator(".notice").filter(has_text="技术交易额").first).to_be_visible()
    expect(main.locator("dl.headline")).not_to_contain_text("1.2 亿元")


LISTED = ("合同登记编号", "项目名称", "合同类别", "卖方名称", "买方名称", "合同签订日期", "登记日期")
AMOUNTS = ("合同成交额（元）", "技术交易额（元）")
UNKNOWN = "2020990104000931"


def registry_list(contracts: list[TechnologyContract]) -> str:
    """What the registry exports: one contract of the ledger is not in it, another has one fen more, and one is new."""
    absent, changed, *same = contracts
    rows = [",".join((*LISTED, *AMOUNTS))]
    for one in (changed, *same):
        fen = one.contract_value_fen + (one is changed)
        days = f"{one.signed_on},{one.registered_on}"
        named = f"{one.registration_number},{one.title},{one.category.label},{one.seller_name},{one.buyer_name}"
        rows.append(f"{named},{days},{yuan_text(fen)},{yuan_text(one.technology_value_fen)}")
    day = absent.registered_on
    rows.append(f"{UNKNOWN},湖滨泵站节能改造方案,技术服务,湖滨节能服务所,湖滨水务所,{day},{day},80000.01,80000.01")
    return "\n".join(rows)


def test_the_ledger_is_mended_until_it_agrees_with_the_registry(person: LogIn, city: City) -> None:
    year = today().year - 1
    contracts = city.registered(SELLING_DISTRICT, year)
    assert len(contracts) >= 3
    official = person(1280, "quxian03")
    main = official.main
    official.go("登记对账")
    upload(official, "名单.csv", registry_list(contracts), f"{year}-01-01", f"{year}-12-31")
    compared = official.page.url
    summary = main.locator("table.sums")
    for kind in ("台账缺", "名单缺", "不一致"):
        expect(summary.get_by_role("row", name=re.compile(f"^{kind} 1 "))).to_be_visible()

    summary.get_by_role("link", name="台账缺").click()
    main.locator("tbody input[type=checkbox]").check()
    official.press("入账所选")
    official.is_told("已完成")
    summary.get_by_role("link", name="不一致").click()
    expect(main.locator("section[aria-labelledby=lines] table")).to_contain_text(in_list(contracts[1]))
    official.follow("更正台账")
    main.locator("[name=contract_value]").fill(yuan_text(contracts[1].contract_value_fen + 1))
    add_a_fen_to_the_deductions(official, contracts[1])
    main.locator("[name=reason]").fill("录入时少一分，按登记机构名单更正")
    official.press("更正台账")
    official.is_told("已保存")
    official.page.goto(compared)
    summary.get_by_role("link", name="名单缺").click()
    main.locator("section[aria-labelledby=lines] tbody a").first.click()
    official.unfold("记录撤销登记")
    main.locator("[name=revoke-note]").fill("登记机构已撤销，名单中没有")
    official.press("记录撤销登记")
    official.is_told("已完成")

    official.page.goto(compared)
    for kind in ("台账缺", "名单缺", "不一致"):
        expect(summary.get_by_role("row", name=re.compile(f"^{kind} 0 "))).to_be_visible()
    expect(summary.locator("tr.total td").last).to_have_text("0.00")


def in_list(contract: TechnologyContract) -> str:
    """Its amount as the list states it, for people."""
    return f"{Decimal(contract.contract_value_fen + 1) / FEN_PER_YUAN:,.2f}"


def add_a_fen_to_the_deductions(official: Person, contract: TechnologyContract) -> None:
    """So that they still explain the difference of the two amounts."""
    main = official.main
    if contract.deductions:
        main.locator("[name=deductions-amount-0]").fill(yuan_text(contract.deductions[0].amount_fen + 1))
    else:
        main.locator("[name=deductions-what-0]").fill("资料费")
        main.locator("[name=deductions-amount-0]").fill("0.01")


def upload(official: Person, name: str, content: str, first: str, last: str) -> None:
    """Hand in a list of the registry."""
    main = official.main
    file = FilePayload(name=name, mimeType="text/csv", buffer=content.encode())
    main.locator("input[type=file]").set_input_files(file)
    main.locator("[name=first]").fill(first)
    main.locator("[name=last]").fill(last)
    official.press("上传并对账")
    official.sees(name.removesuffix(".csv"))


def test_who_errs_is_told_how_to_go_on(person: LogIn, city: City) -> None:
    """The wrong file, a page that is not hers, a contract of others, and the same step in two windows."""
    official = person(1280, "shiju01")
    main = official.main
    official.go("登记对账")
    main.locator("input[type=file]").set_input_files(
        FilePayload(name="名单.pdf", mimeType="application/pdf", buffer=b"%PDF-1.4")
    )
    official.press("上传并对账")
    expect(main.get_by_role("alert")).to_contain_text("名单")
    official.was_refused(422)

    contract = city.registered(SELLING_DISTRICT, today().year - 1)[0]
    stranger = person(1280, "jingjiren09")
    for path, status in ((f"/contracts/{contract.id}", 404), ("/dashboard", 403), ("/reports", 403)):
        assert stranger.status(path) == status, path

    official.open(f"/contracts/{contract.id}")
    second = person(1280, "shiju01")
    second.open(f"/contracts/{contract.id}")
    for one in (official, second):
        one.unfold("记录注销登记")
        one.main.locator("[name=cancel-note]").fill("双方协商解除")
        one.press("记录注销登记")
    official.is_told("已完成")
    expect(second.main.get_by_role("alert")).to_contain_text("请刷新后重新修改")
    expect(second.main.locator(".contract-head .state")).to_have_text("已注销")
    expect(second.main.locator(".contract-head")).to_contain_text("不计入成交额")
    second.was_refused(409)
