"""A form on a phone that loses its connection, its login, or its rival window: nothing that was typed is lost."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.people import City, Person

pytestmark = pytest.mark.browser

LogIn = Callable[..., Person]

POSTER = "qiye06"


def forgive(person: Person, *reasons: str) -> None:
    """The browser notes what it could not load, as it had to be; anything else it complains of still counts."""
    person.complaints[:] = [one for one in person.complaints if not any(reason in one for reason in reasons)]


def test_a_form_outlives_its_connection_and_its_login(person: LogIn, city: City) -> None:
    enterprise = person(375, POSTER)
    context, main = enterprise.page.context, enterprise.main
    enterprise.open("/post/needs")
    enterprise.fill(需求名称="回转窑结圈频繁停窑清理")
    context.set_offline(True)
    enterprise.fill(主要问题="断网时写的问题")
    enterprise.press("保存草稿")
    expect(enterprise.page.locator("#saved")).to_contain_text("网络连接不上")
    context.set_offline(False)
    expect(enterprise.page.locator("#saved")).to_contain_text("已自动保存")
    forgive(enterprise, "ERR_INTERNET_DISCONNECTED")

    context.clear_cookies()
    enterprise.fill(预期目标或关键指标="结圈周期\n≥ 90 天")
    # The coach asks by itself: the page stays.
    expect(main.locator("#coach")).to_contain_text("登录已过期")
    enterprise.press("保存草稿")
    enterprise.sees("登录")
    expect(main).to_contain_text("您刚才填写的内容还在")
    enterprise.fill(登录名=POSTER, 密码=city.password)
    enterprise.press("登录")
    enterprise.sees("继续提交")
    enterprise.press("继续提交")
    enterprise.is_told("已保存")
    expect(main.locator("#field-problem")).to_have_value("断网时写的问题")
    expect(main.locator("#field-goal")).to_have_value("结圈周期\n≥ 90 天")
    forgive(enterprise, "status of 401")


def test_two_windows_of_one_draft_become_two_drafts(person: LogIn) -> None:
    enterprise = person(1280, POSTER)
    enterprise.open("/post/needs")
    enterprise.fill(需求名称="两个窗口里的同一份草稿")
    enterprise.press("保存草稿")
    enterprise.is_told("已保存")
    address = enterprise.page.url
    other = enterprise.page.context.new_page()
    other.goto(address)
    other.locator("#field-goal").fill("另一窗口写的目标")
    other.get_by_role("button", name="保存草稿").click()
    expect(other.get_by_role("status").filter(has_text="已保存")).to_be_visible()

    enterprise.fill(主要问题="这一窗口写的问题")
    enterprise.press("保存草稿")
    expect(enterprise.page.locator("#saved")).to_contain_text("已另存为新草稿")
    enterprise.press("保存草稿")
    enterprise.is_told("已保存")
    assert enterprise.page.url != address
    expect(enterprise.main.locator("#field-problem")).to_have_value("这一窗口写的问题")
    other.goto(address)
    expect(other.locator("#field-goal")).to_have_value("另一窗口写的目标")
