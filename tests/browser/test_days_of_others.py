"""The working day of institutions, commissioners, brokerages and the administrator, in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import expect

from tests.browser.people import ADMINISTRATOR, LATEST_SECONDS, City, Person
from tests.browser.watched import WIDTHS

pytestmark = pytest.mark.browser

LogIn = Callable[..., Person]

INSTITUTIONS = {1280: "gaoxiao01", 375: "gaoxiao02"}


@pytest.mark.parametrize("width", WIDTHS)
def test_an_institution_publishes_an_achievement(person: LogIn, width: int) -> None:
    institution = person(width, INSTITUTIONS[width])
    title = f"掘进面泡沫抑尘装置（{width}）"
    institution.go("我的成果")
    institution.follow("填写科技成果")
    institution.fill(成果名称=title, 成果简介="用于综掘工作面的泡沫抑尘，除尘率高、耗水少。")
    institution.fill(联系人="秦老师", 联系电话="0990-5550202")
    institution.press("提交前看一看")
    institution.sees("提交前看一看")
    institution.press("提交审核")
    institution.is_told("已提交，等待审核")
    expect(institution.row(title)).to_contain_text("待审核")


@pytest.mark.parametrize("width", WIDTHS)
def test_an_institution_imports_a_file_and_takes_it_back(person: LogIn, tmp_path: Path, width: int) -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["成果编号", "这项技术", "成果简介", "技术成熟度"])
    sheet.append([f"D{width}-1", f"秸秆纤维模塑成型技术 {width}", "以秸秆为原料。", "6"])
    sheet.append([f"D{width}-2", "菌", "用于污水处理。", "6"])
    workbook.save(tmp_path / "成果.xlsx")

    institution = person(width, INSTITUTIONS[width])
    main = institution.main
    institution.go("批量导入")
    main.get_by_label("文件里是什么").select_option(label="科技成果")
    main.locator("#field-file").set_input_files(tmp_path / "成果.xlsx")
    institution.press("上传并核对")
    institution.sees("成果.xlsx")
    main.get_by_role("row", name="这项技术").get_by_role("combobox").select_option(label="成果名称")
    institution.press("按所选重新核对")
    wrong = main.get_by_label(re.compile("这项技术.*第 3 行"))
    expect(wrong).to_have_value("菌")
    wrong.fill(f"低温脱氮菌剂 {width}")
    institution.press("保存并重新核对")
    institution.press("导入 2 行")

    def count(label: str) -> str:
        return main.locator(".import-counts div", has_text=label).locator("dd").inner_text()

    status = main.locator(".record-head .tag-type")

    # The page asks by itself how far it is: nobody has to reload it.
    expect(status).to_have_text("已导入", timeout=LATEST_SECONDS * 1000)
    assert count("新增") == "2"
    institution.unfold("撤销本次导入")
    institution.press("确认撤销整批")
    expect(status).to_have_text("已撤销", timeout=LATEST_SECONDS * 1000)
    expect(main).to_contain_text("已撤销 2 条")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_commissioner_posts_for_a_firm(person: LogIn, width: int) -> None:
    commissioner = person(width, "tepaiyuan01")
    title = f"稻田退水氮磷超标（{width}）"
    commissioner.go("我的需求")
    commissioner.follow("填写技术需求")
    commissioner.fill(需求名称=title, 主要问题="退水沟总磷超过地表水四类，插秧后两周最重。")
    commissioner.fill(企业=f"望川县绿禾米业{width}号有限公司", 联系人="何工", 联系电话="0990-5550303")
    commissioner.press("提交前看一看")
    commissioner.press("提交审核")
    commissioner.is_told("已提交，等待审核")
    expect(commissioner.row(title)).to_contain_text("待审核")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_brokerage_assigns_its_broker_and_reads_the_scorecard(person: LogIn, city: City, width: int) -> None:
    [match] = city.introduce_to({1280: "qiye05", 375: "qiye03"}[width], 1, by="jingjiren01")
    manager = person(width, "jigou01")
    main = manager.main
    manager.go("成员管理")
    expect(manager.row("jigou01")).to_contain_text("本人")
    main.get_by_label("备注").fill(f"新来的同事 {width}")
    manager.press("生成邀请链接")
    expect(main.locator(".secret code")).to_contain_text("/invitations/")

    manager.go("对接")
    main.locator(f"a[href='/carried/{match}']").click()
    manager.unfold("分派经纪人")
    main.locator("[name=assign-broker_account_id]").select_option(index=1)
    main.locator("[name=assign-note]").fill("原承办人休假")
    manager.press("分派经纪人")
    manager.is_told("已完成")

    manager.go("经纪人业绩")
    main.get_by_role("region", name=re.compile("^经纪人")).locator("td a.target").first.click()
    expect(main.locator("tbody tr").first).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_an_administrator_invites_and_disables_an_official(person: LogIn, width: int) -> None:
    administrator = person(width, ADMINISTRATOR)
    page, main = administrator.page, administrator.main
    administrator.go("账号管理")
    main.get_by_role("navigation", name="翻页").first.get_by_role("link", name="下一页").click()
    expect(main.get_by_role("navigation", name="翻页").first).to_contain_text("第 2 页")
    main.get_by_label("角色").last.select_option(label="市科技局")
    administrator.press("生成邀请链接")
    link = main.locator(".secret code").inner_text()
    administrator.open("/accounts")
    expect(main.locator(".secret")).to_have_count(0)

    official, login_name, password = person(width), f"shiju-new-{width}", "西窗夜雨巴山剪烛长句"
    official.open(link.removeprefix(official.base))
    official.sees("开通账号")
    official.fill(登录名=login_name, 姓名=f"新来的科员{width}", 密码=password, 再次输入密码=password)
    official.press("开通并登录")
    official.sees("工作台")
    official.close_tour()
    again = person(width)
    again.open(link.removeprefix(again.base))
    expect(again.main.get_by_role("button", name="开通并登录")).to_have_count(0)
    again.was_refused(404)

    official.open("/account/keys")
    official.fill(名称="每日导入")
    official.main.get_by_role("group", name="使用范围").get_by_role("checkbox").first.check()
    official.press("生成密钥")
    secret = official.main.locator(".secret code").inner_text()
    official.open("/account/keys")
    assert secret not in official.page.content()
    asked = {"Authorization": f"Bearer {secret}"}
    address = f"{official.base}/api/v1/needs"
    assert page.request.get(address, headers=asked).status == 200

    administrator.open(f"/accounts?q={login_name}")
    administrator.follow(f"新来的科员{width}")
    administrator.press("停用账号")
    administrator.is_told("账号已停用")
    official.open("/workplace")
    official.sees("登录")
    assert official.page.request.get(address, headers=asked).status == 401
