"""The working day of everybody who carries a need from its posting to a signed contract, in a real browser."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.people import PHONE, City, Person, eventually
from tests.browser.watched import WIDTHS

pytestmark = pytest.mark.browser

LogIn = Callable[..., Person]

# Everybody works on records of her own: the tests share one city, and a width must not find what another has done.
POSTING = {1280: "qiye01", 375: "qiye02"}
REVIEWED = {1280: "qiye03", 375: "qiye05"}
WISHING = {1280: "qiye08", 375: "qiye09"}
CARRYING = {1280: ("jingjiren01", "qiye04"), 375: ("jingjiren02", "qiye11")}
WITHOUT_SCRIPTS = "qiye10"


def post_a_need(enterprise: Person, title: str) -> None:
    """The shortest way: the first fields, a look, and off."""
    enterprise.open("/post/needs")
    enterprise.fill(需求名称=title, 主要问题="现有除尘水幕覆盖不住截割头，粉尘浓度超标，司机看不清。")
    enterprise.fill(联系人="何工", 联系电话=PHONE)
    enterprise.press("提交前看一看")
    enterprise.sees("提交前看一看")
    enterprise.press("提交审核")
    enterprise.is_told("已提交，等待审核")


def answer(enterprise: Person, matches: list[int]) -> None:
    """Accept the first introduction, decline the second with a reason."""
    accepted, declined = matches
    enterprise.open("/workplace")
    enterprise.go("对接")
    enterprise.main.get_by_label("待办").select_option(label="待我方答复")
    enterprise.press("筛选")
    enterprise.main.locator(f"a[href='/carried/{accepted}']").click()
    expect(enterprise.main.get_by_role("heading", name="联系方式")).to_be_visible()
    enterprise.press("同意对接")
    enterprise.is_told("已完成")
    enterprise.open(f"/carried/{declined}")
    enterprise.unfold("谢绝对接")
    enterprise.main.get_by_label("谢绝原因").select_option(label="成本或报价过高")
    enterprise.press("谢绝对接")
    enterprise.is_told("已完成")
    expect(enterprise.main.locator("header .state")).to_have_text("已谢绝")


@pytest.mark.parametrize("width", WIDTHS)
def test_an_enterprise_posts_a_need_and_answers_introductions(person: LogIn, city: City, width: int) -> None:
    enterprise = person(width, POSTING[width])
    main = enterprise.main
    title = f"掘进工作面粉尘大看不见截割头（{width}）"
    enterprise.follow("发布需求")
    enterprise.sees("填写技术需求")
    enterprise.fill(需求名称=title, 主要问题="割煤时粉尘浓度超过每立方米三百毫克，司机看不见截割头。")
    enterprise.press("保存草稿")
    enterprise.is_told("已保存")

    enterprise.go("我的需求")
    enterprise.follow(title)
    coach = main.locator("#coach")
    missing = coach.locator(".findings a[href='#field-goal']")
    expect(missing).to_be_visible()
    before = coach.locator(".score strong").inner_text()
    enterprise.fill(预期目标或关键指标="司机处总粉尘浓度 ≤ 50 mg/m³")
    expect(coach.locator(".score strong")).not_to_have_text(before)

    enterprise.fill(**{"预算上限（万元）": "86"}, 联系人="何工", 联系电话=PHONE)
    enterprise.unfold("更多内容")
    main.locator("[name=disclosure_budget]").select_option(label="仅认证经纪人")
    enterprise.press("别人看到的样子")
    enterprise.sees(title)
    expect(main).not_to_contain_text("86")
    main.get_by_role("navigation", name="以谁的身份看").get_by_role("link", name=re.compile("经纪人")).click()
    expect(main.locator("aside")).to_contain_text("86")
    enterprise.follow("继续填写")

    enterprise.press("提交前看一看")
    enterprise.sees("提交前看一看")
    expect(main.get_by_role("region", name="可能重复")).to_be_visible()
    likely = main.get_by_role("region", name="发布后会推荐的科技成果")
    expect(likely).to_be_visible()
    expect(likely).to_contain_text(re.compile("匹配度|可能相关"))
    enterprise.press("提交审核")
    enterprise.is_told("已提交，等待审核")
    expect(enterprise.row(title)).to_contain_text("待审核")

    answer(enterprise, city.introduce_to(POSTING[width], 2))


def test_an_enterprise_without_scripts_posts_and_answers(person: LogIn, city: City) -> None:
    enterprise = person(375, WITHOUT_SCRIPTS, javascript=False)
    title = "三维点云标注返工（无脚本）"
    enterprise.go("我的需求")
    enterprise.follow("填写技术需求")
    enterprise.press("提交前看一看")
    expect(enterprise.main.get_by_role("alert")).to_contain_text("需求名称")
    enterprise.was_refused(422)
    enterprise.fill(需求名称=title, 主要问题="不同人员标注的同一批点云差异很大，一半要返工。")
    enterprise.fill(联系人="何工", 联系电话=PHONE)
    enterprise.press("提交前看一看")
    enterprise.press("提交审核")
    enterprise.is_told("已提交，等待审核")
    expect(enterprise.row(title)).to_contain_text("待审核")
    answer(enterprise, city.introduce_to(WITHOUT_SCRIPTS, 2))


@pytest.mark.parametrize("width", WIDTHS)
def test_officials_return_publish_and_assign(person: LogIn, city: City, width: int) -> None:
    poster = REVIEWED[width]
    title = f"综掘面降尘雾幕覆盖不住（{width}）"
    enterprise = person(width, poster)
    post_a_need(enterprise, title)

    district = person(width, city.district_of(poster))
    district.go("审核")
    district.follow(title)
    need = district.number
    district.sees(title)
    expect(district.main).to_contain_text(PHONE)
    district.unfold("退回修改")
    district.main.get_by_label("指标不可衡量").check()
    district.main.get_by_label("说明", exact=True).last.fill("请写明粉尘浓度要降到多少")
    district.press("退回修改")
    district.is_told("已完成")

    enterprise.go("我的需求")
    expect(enterprise.row(title)).to_contain_text("请写明粉尘浓度要降到多少")
    enterprise.row(title).get_by_role("button", name="修改", exact=False).first.click()
    enterprise.fill(预期目标或关键指标="司机处总粉尘浓度 ≤ 50 mg/m³")
    enterprise.press("提交前看一看")
    enterprise.press("提交审核")
    expect(enterprise.row(title)).to_contain_text("待审核")

    district.go("审核")
    district.follow(title)
    district.press("通过并发布")
    district.is_told("已完成")

    reader = person(width)
    reader.open(f"/needs/{need}")
    reader.sees(title)

    def found() -> bool:
        reader.open(f"/needs?q={title}")
        return reader.main.locator("ol.rows a", has_text="雾幕").count() > 0

    eventually(found)

    district.open(f"/history/needs/{need}")
    district.sees(title)
    expect(district.main).to_contain_text("请写明粉尘浓度要降到多少")
    assert district.main.locator("section.block").filter(has_text="已发布").count() > 0

    wishing = person(width, WISHING[width])
    wishing.open(f"/needs/{city.need_of(WISHING[width])}")
    wishing.press("希望对接")
    wishing.is_told("已完成")
    match = wishing.number

    official = person(width, "shiju01")
    official.go("对接")
    official.main.get_by_label("待办").select_option(label="待经纪人承办")
    official.press("筛选")
    official.main.locator(f"a[href='/carried/{match}']").click()
    official.main.locator("[name=assign-broker_account_id]").select_option(index=1)
    official.press("分派经纪人")
    official.is_told("已完成")
    official.go("操作记录")
    official.main.get_by_label("对象").select_option(label="技术需求")
    official.press("筛选")
    expect(official.main.locator("tbody tr").first).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_broker_carries_a_match_to_its_contract(person: LogIn, city: City, width: int) -> None:
    broker_name, enterprise_name = CARRYING[width]
    broker = person(width, broker_name)
    page, main = broker.page, broker.main
    broker.go("技术需求")
    main.get_by_role("searchbox").fill("煤")
    broker.press("检索")
    if width < 992:
        broker.follow("筛选")
    main.locator("#filters input[type=checkbox]").first.check()
    expect(main.get_by_role("list", name="已选条件")).to_be_visible()
    if width < 992:
        main.locator("a.close-filters").click()
    broker.unfold("保存此检索")
    main.locator("#search-name").fill(f"煤化工难题 {width}")
    broker.press("保存，有新记录时提醒我")
    broker.sees(f"煤化工难题 {width}")

    broker.go("技术需求")
    ticks = main.locator("ol.rows input[type=checkbox]")
    ticks.nth(0).check()
    ticks.nth(1).check()
    broker.press("收藏勾选的记录")
    expect(main.locator("ol.rows .tag", has_text="已收藏")).to_have_count(2)
    broker.go("收藏夹")
    ticks.nth(0).check()
    ticks.nth(1).check()
    broker.press("对比勾选的 2–4 条")
    broker.sees("技术需求对比")
    expect(main.locator("ol.compared > li")).to_have_count(2)

    broker.open(f"/needs/{city.need_of(enterprise_name)}")
    broker.press("承办对接")
    broker.is_told("已完成")
    match = broker.number
    main.get_by_label("引荐说明").fill("材料和指标都对得上，建议先试样。")
    broker.press("向双方引荐")
    broker.is_told("已完成")
    contacts = main.locator("section", has=page.get_by_role("heading", name="联系方式"))
    expect(contacts).to_contain_text("双方同意")
    assert PHONE not in page.content()
    for name in (enterprise_name, city.owner_of_achievement_in(match)):
        side = person(width, name)
        side.open(f"/carried/{match}")
        expect(side.main.get_by_role("button", name="查看联系方式")).to_have_count(0)
        side.press("同意对接")
        side.is_told("已完成")
    broker.open(f"/carried/{match}")
    broker.press("查看联系方式")
    expect(contacts).to_contain_text(PHONE)

    broker.open(f"/carried/{match}")
    broker.press("开始洽谈")
    broker.is_told("已完成")
    broker.unfold("安排下一步")
    broker.fill(下一步="组织双方视频会议", 到期日=f"{date.today() + timedelta(days=7)}")
    broker.press("安排下一步")
    expect(main.locator(".carried-head")).to_contain_text("组织双方视频会议")
    main.get_by_label("写留言").fill("请贵方本周内寄两公斤试样。")
    broker.press("发送")
    expect(main.locator(".thread")).to_contain_text("两公斤试样")
    broker.unfold("记录签约")
    broker.fill(签约日期=f"{date.today()}")
    broker.press("记录签约")
    expect(main.locator(".carried-head .state")).to_have_text("已签约")
    expect(main.locator(".follow-up")).to_have_count(3)


def test_the_keyboard_goes_everywhere(person: LogIn) -> None:
    official = person(1280, "shiju01")
    page = official.page
    page.keyboard.press("Control+k")
    page.keyboard.type("czjl")
    expect(page.locator("#go-found a").first).to_have_text("操作记录")
    page.keyboard.press("Enter")
    official.sees("操作记录")
    official.open("/needs")
    page.keyboard.press("/")
    expect(official.main.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("?")
    official.sees("帮助")
