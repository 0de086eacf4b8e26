"""The public pages over the real app: what they show, what they keep to themselves, what they do without the search."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from matchmaker.app import Parts, assemble
from matchmaker.database import migrate, open_database, session_scope
from matchmaker.index_sync import relay_all
from matchmaker.indexes import open_indexes
from matchmaker.models.achievement import AchievementPublic
from matchmaker.models.need import NeedPublic
from matchmaker.models.outbox import IndexOutbox, RecordKind
from matchmaker.settings import Settings
from matchmaker.visibility import today
from matchmaker.web.pages.view import budget, day, price
from tests.factories import make_achievement, make_need

NEED: dict[str, Any] = {
    "title": "印染废水高盐浓水脱盐回用",
    "need_type": "process",
    "problem": "印染废水反渗透浓水含盐量高，膜污染严重，回用率不足四成。\n每天排放浓水 600 吨。",
    "key_indicators": [{"name": "脱盐率", "operator": ">=", "target": "95", "unit": "%", "current": "62"}],
    "elements": {"material": "反渗透浓水", "method": "膜分离"},
    "must_have": ["连续运行"],
    "cooperation_modes": ["transfer", "joint_development"],
    "budget_min_fen": 80_000_000,
    "budget_max_fen": 150_000_000,
    "technology_field": "environment",
    "city_industry": "textiles",
    "industry_code": "C17",
    "maturity_min": 6,
    "region_code": "990121",
    "keywords": ["浓水", "脱盐"],
    "contact_name": "张不该出现",
    "contact_phone": "13800000001",
    "contact_email": "secret@example.com",
}
ACHIEVEMENT: dict[str, Any] = {
    "title": "高盐废水电渗析脱盐与浓水减量装置",
    "summary": "面向印染废水和煤化工浓水的电渗析脱盐装置，脱盐率 96%，膜污染可在线清洗，浓水回用率提高到八成。",
    "indicators": [{"name": "脱盐率", "value": "96", "unit": "%", "best_existing": "88"}],
    "stage": "pilot",
    "maturity_level": 6,
    "intellectual_property": [{"type": "invention_patent", "status": "granted"}],
    "cooperation_modes": ["transfer"],
    "price_mode": "fixed",
    "price_fen": 80_000_000,
    "technology_field": "environment",
    "city_industry": "textiles",
    "team": ["李不该出现"],
    "contact_phone": "13800000002",
}
SECRETS = ("不该出现", "13800000001", "13800000002", "secret@example.com")


SUMMARY_NEED = {
    **NEED,
    "title": "高盐浓水脱盐回用（摘要公开）",
    "problem": "保密配方甲乙丙，浓水脱盐。",
    "key_indicators": [{"name": "脱盐率", "operator": ">=", "target": "97.531", "unit": "%"}],
    "confidentiality": "summary",
}
YESTERDAY = today() - timedelta(days=1)
HIDDEN: dict[str, dict[str, Any]] = {
    "不可公开的需求": {"confidentiality": "broker_only"},
    "定向公开的需求": {"confidentiality": "directed"},
    "还是草稿的需求": {"status": "draft"},
    "已经撤回的需求": {"status": "withdrawn"},
    "已过有效期的需求": {"valid_until": YESTERDAY.isoformat()},
}


@dataclass(frozen=True)
class Site:
    """A filled installation, shared by the tests that only read."""

    client: TestClient
    parts: Parts
    need: int
    achievement: int
    summary_need: int
    escaped_need: int
    hidden: list[int]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, new_database_url: Callable[..., str]) -> Iterator[Site]:
    """A need and an achievement that answer each other, others about something else, hidden ones, two pages of more."""
    folder = tmp_path_factory.mktemp("site")
    settings = Settings(_env_file=None, data_dir=folder, database_url=new_database_url(), embedder="hash")
    parts = Parts(settings, open_database(settings.resolved_database_url()), open_indexes(settings))
    assert parts.indexes is not None
    migrate(parts.database)
    with session_scope(parts.database) as session:
        for number in range(23):
            make_achievement(session, title=f"第 {number} 号谷物收割机割台", city_industry="machinery")
        for title in ("速冻虾尾保水", "注塑件翘曲变形", "变压器局部放电监测", "中药材产地追溯"):
            make_need(session, title=title, problem=f"{title}的现场问题急需解决。", city_industry="green_food")
            make_achievement(session, title=f"{title}技术", summary=f"用于{title}的新方法。")
        need = make_need(session, **NEED, enterprise_name="望川示例印染有限公司")
        need.is_demo = True
        achievement = make_achievement(session, **ACHIEVEMENT, institution_name="江岳大学")
        summary = make_need(session, **SUMMARY_NEED)
        escaped = make_need(session, title="<script>alert(1)</script> 脱盐", problem="<b>脱盐</b> & 回用")
        hidden = [make_need(session, title=title, **values) for title, values in HIDDEN.items()]
    relay_all(parts.database, parts.indexes)
    with TestClient(assemble(parts), follow_redirects=False) as client:
        records = (need, achievement, summary, escaped)
        yield Site(client, parts, *(record.id or 0 for record in records), [record.id or 0 for record in hidden])
    parts.close()


def text_of(html: str) -> str:
    """What a reader sees: tags dropped, blank space joined."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", html)))


def test_home_counts_what_anyone_may_read(site: Site) -> None:
    page = site.client.get("/").text
    shown = text_of(page)
    joined = shown.replace(" ", "")
    assert "已发布技术需求7项" in joined
    assert "已发布科技成果28项" in joined
    assert "高校院所1家" in joined
    assert "企业1家" in joined
    assert "演示数据" in shown
    assert '<a href="/needs?city_industry=textiles" aria-label="纺织服装：2 项需求">' in page
    assert [tier for tier in ("支柱产业", "主导产业", "先导产业") if tier not in shown] == []
    assert page.count("/needs?city_industry=") == 13
    assert NEED["title"] in shown
    assert [title for title in HIDDEN if title in shown] == []


def test_home_says_nothing_of_demo_records_when_there_are_none(client: TestClient) -> None:
    assert "演示数据" not in client.get("/").text


def test_empty_installation_has_pages(client: TestClient) -> None:
    for path in ("/", "/needs", "/achievements"):
        assert client.get(path).status_code == 200
    assert "没有符合条件的技术需求" in client.get("/needs").text


@pytest.mark.parametrize(("kind", "path"), [("needs", "/needs"), ("achievements", "/achievements"), ("x", "/needs")])
def test_the_home_search_box_leads_to_the_list(site: Site, kind: str, path: str) -> None:
    answer = site.client.get("/search", params={"kind": kind, "q": "脱盐 回用"})
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{path}?q=%E8%84%B1%E7%9B%90+%E5%9B%9E%E7%94%A8"


def test_search_shows_why_a_record_was_found(site: Site) -> None:
    page = site.client.get("/needs", params={"q": "浓水脱盐"}).text
    assert "<mark>脱盐</mark>" in page
    shown = text_of(page)
    assert "按这些词检索：" in shown
    for words in ("80–150 万元", "工艺改进", "纺织服装", "望川县", "要求不低于 TRL 6 正样级", "望川示例印染有限公司"):
        assert words in shown, words
    assert 'aria-live="polite"' in page


def test_filters_narrow_and_can_be_dropped(site: Site) -> None:
    page = site.client.get("/needs", params={"city_industry": "textiles"}).text
    assert "共2条" in text_of(page).replace(" ", "")
    assert 'value="textiles" checked' in page
    assert 'aria-label="取消条件 产业：纺织服装"' in page
    none = site.client.get("/needs", params={"q": "脱盐", "city_industry": "textiles", "need_type": "testing"}).text
    shown = text_of(none)
    assert "没有符合条件的技术需求" in shown
    assert "理解为：脱盐" in shown
    # Only the filter that empties the list is offered to be dropped, with what there is without it.
    assert re.search(r"去掉“需求类型：检验检测”，有 \d+ 条", shown)
    assert "去掉“产业：纺织服装”" not in shown
    assert 'href="/needs?q=%E8%84%B1%E7%9B%90&amp;city_industry=textiles"' in none


def test_htmx_gets_the_results_only_and_the_history_the_page(site: Site) -> None:
    whole = site.client.get("/needs")
    part = site.client.get("/needs", headers={"HX-Request": "true"})
    back = site.client.get("/needs", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<html" in whole.text
    assert "<html" not in part.text
    assert 'id="results"' in part.text
    assert '<hx-partial hx-target="#filters"' in part.text
    assert "<html" in back.text
    for answer in (whole, part, back):
        assert "HX-Request" in answer.headers["vary"]


def test_pages_are_numbered_and_turn(site: Site) -> None:
    seen: set[str] = set()
    path: str | None = "/achievements"
    for _ in range(2):
        assert path is not None
        page = site.client.get(path).text
        seen |= set(re.findall(r'href="/achievements/(\d+)"', page))
        following = re.search(r'href="([^"]+)" rel="next"', page)
        path = unescape(following.group(1)) if following else None
    assert len(seen) == 28
    assert path is None
    assert re.search(r'href="/achievements\?page=2"[^>]* aria-current="page">2<', page)
    assert 'rel="prev"' in page
    refused = site.client.get("/api/v1/achievements?cursor=not-ours")
    assert refused.status_code == 422
    assert refused.json()["fix"]


def test_need_page_shows_text_terms_and_explained_matches(site: Site) -> None:
    page = site.client.get(f"/needs/{site.need}").text
    shown = text_of(page)
    for words in (
        "主要问题",
        "脱盐率≥ 95 %62",
        "反渗透浓水",
        "连续运行",
        "80–150 万元",
        "技术转让、合作开发",
        "联系方式在双方同意后由技术经纪人提供",
        "推荐成果",
        ACHIEVEMENT["title"],
        "江岳大学",
        "推荐理由",
        # The value that decides, in the words of the achievement.
        "脱盐率 96",
        "两份原文对照",
        "技术数据",
    ):
        assert words in shown, words
    assert f'href="/achievements/{site.achievement}"' in page
    assert 'class="verdict verdict-met"' in page
    assert "<mark>脱盐</mark>" in page


def test_a_chosen_match_is_marked_in_the_record_itself(site: Site) -> None:
    plain = site.client.get(f"/needs/{site.need}").text
    chosen = site.client.get(f"/needs/{site.need}", params={"with": site.achievement}).text
    record = re.compile(r'<article id="compare">.*?</article>', re.DOTALL)
    before, after = record.search(plain), record.search(chosen)
    assert before is not None
    assert after is not None
    assert "<mark>" not in before.group()
    assert "<mark>脱盐</mark>" in after.group()
    assert "已标出本页正文与" in after.group()
    assert "已标出本页正文与" not in site.client.get(f"/needs/{site.need}", params={"with": 99999}).text


def test_achievement_page_mirrors_it(site: Site) -> None:
    page = site.client.get(f"/achievements/{site.achievement}").text
    shown = text_of(page)
    for words in ("成果简介", "发明专利授权", "中试 · TRL 6 正样级", "80 万元", "推荐需求", NEED["title"]):
        assert words in shown, words
    assert f'href="/needs/{site.need}"' in page


def test_nothing_private_is_on_any_page(site: Site) -> None:
    record_pages = (f"/needs/{site.need}", f"/achievements/{site.achievement}")
    for path in ("/", "/needs", "/achievements", *record_pages, f"/needs/{site.need}?with={site.achievement}"):
        page = site.client.get(path).text
        assert [secret for secret in SECRETS if secret in page] == [], path
    for secret in SECRETS:
        assert f'href="/needs/{site.need}"' not in site.client.get("/needs", params={"q": secret}).text


def test_what_a_summary_hides_is_on_no_page(site: Site) -> None:
    assert "发布方只公开摘要" in site.client.get(f"/needs/{site.summary_need}").text
    matched = site.client.get(f"/achievements/{site.achievement}").text
    assert SUMMARY_NEED["title"] in matched
    for path in (f"/needs/{site.summary_need}", f"/achievements/{site.achievement}", "/needs?q=浓水脱盐", "/"):
        page = site.client.get(path).text
        assert "保密配方" not in page, path
        assert "97.531" not in page, path


def test_hidden_and_missing_records_answer_alike(site: Site) -> None:
    for number in (*site.hidden, 999999):
        answer = site.client.get(f"/needs/{number}")
        assert answer.status_code == 404
        assert "没有找到" in answer.text
        assert "怎么办" in answer.text
    for path in ("/needs/abc", "/nowhere"):
        assert site.client.get(path).status_code == 404


def test_words_only_says_so_and_no_adequate_match_is_an_answer(tmp_path: Path, database_url: str) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path, database_url=database_url, embedder="off")
    parts = Parts(settings, open_database(settings.resolved_database_url()), open_indexes(settings))
    assert parts.indexes is not None
    migrate(parts.database)
    with session_scope(parts.database) as session:
        lonely = make_need(session, title="量子纠缠态远距离分发", problem="卫星链路损耗过大。")
        make_achievement(session)
    relay_all(parts.database, parts.indexes)
    with TestClient(assemble(parts)) as client:
        assert "语义检索未启用，只按词语匹配" in client.get("/needs", params={"q": "量子纠缠"}).text
        page = client.get(f"/needs/{lonely.id}").text
        assert "目前没有可以推荐的科技成果" in page
        assert "匹配度" not in page
        assert "按标题检索科技成果" in page
        # Nobody is there to ask, and a subscription needs somebody to be told.
        assert "请经纪人帮我找" not in page
        assert "时提醒我" not in page
    parts.close()


def test_matches_of_an_index_under_construction_are_not_the_last_word(site: Site) -> None:
    assert "正在建立索引" not in site.client.get(f"/needs/{site.need}").text
    with session_scope(site.parts.database) as session:
        session.add(IndexOutbox(kind=RecordKind.NEEDS, record_id=site.escaped_need))
    page = site.client.get(f"/needs/{site.need}").text
    assert "还有 1 条记录正在建立索引" in page
    assert ACHIEVEMENT["title"] in page
    assert site.parts.indexes is not None
    relay_all(site.parts.database, site.parts.indexes)


def test_pages_live_without_the_search(site: Site) -> None:
    app = assemble(replace(site.parts, indexes=None, search_problem="索引目录无法打开"))
    with TestClient(app) as client:
        found = client.get("/needs", params={"q": "脱盐"})
        record = client.get(f"/needs/{site.need}")
        assert client.get("/").status_code == 200
    assert found.status_code == record.status_code == 200
    assert "检索服务暂时不可用" in found.text
    assert NEED["title"] in found.text
    assert [title for title in HIDDEN if title in found.text] == []
    assert "匹配服务暂时不可用" in record.text
    assert "反渗透浓水" in record.text


def test_unknown_filters_do_not_break_a_page(site: Site) -> None:
    assert site.client.get("/needs?utm_source=wechat&stage=pilot").status_code == 200
    assert site.client.get("/needs?need_type=nonsense").status_code in (200, 422)


def test_text_size_is_a_cookie_and_leads_back(site: Site) -> None:
    answer = site.client.post("/text-size", data={"size": "large", "next": "/needs?q=a"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/needs?q=a"
    assert 'data-size="large"' in site.client.get("/").text
    site.client.post("/text-size", data={"size": "normal", "next": "/"})
    assert 'data-size="large"' not in site.client.get("/").text


@pytest.mark.parametrize(
    "away", ["https://example.com", "//example.com", "/\\example.com", "", "/a\r\nSet-Cookie: x=1"]
)
def test_text_size_leads_to_no_other_site(site: Site, away: str) -> None:
    answer = site.client.post("/text-size", data={"size": "normal", "next": away})
    assert answer.headers["location"] == "/"


def test_every_page_has_one_heading_landmarks_and_a_skip_link(site: Site) -> None:
    for path in (
        "/",
        "/needs",
        "/achievements",
        f"/needs/{site.need}",
        f"/achievements/{site.achievement}",
        "/nowhere",
    ):
        page = site.client.get(path).text
        assert page.count("<h1") == 1, path
        assert '<a class="skip" href="#content">' in page
        for landmark in ("<header", "<nav", '<main id="content"', "<footer"):
            assert landmark in page, path
        assert 'lang="zh-CN"' in page


def test_what_people_typed_is_escaped(site: Site) -> None:
    for path in ("/", "/needs", "/needs?q=%3Cscript%3E脱盐", f"/needs/{site.escaped_need}"):
        page = site.client.get(path).text
        assert "<script>alert" not in page
        assert "<b>" not in page


def test_amounts_and_days_as_people_write_them() -> None:
    base = {"id": 1, "version": 1, "is_demo": False, "status": "published", "title": "某项技术需求"}
    base |= {"created_at": "2026-11-23T17:30:00Z", "updated_at": "2026-11-23T17:30:00Z"}

    def need(**values: Any) -> NeedPublic:
        return NeedPublic.model_validate({**base, **values})

    assert budget(need(budget_min_fen=80_000_000, budget_max_fen=150_000_000)) == "80–150 万元"
    assert budget(need(budget_max_fen=3_500_000)) == "不超过 3.5 万元"
    assert budget(need(budget_min_fen=50_000_000)) == "50 万元起"
    assert budget(need(budget_min_fen=50_000_000, budget_max_fen=50_000_000)) == "50 万元"
    assert budget(need(budget_min_fen=50_000, budget_max_fen=50_000_000)) == "500 元–50 万元"
    assert budget(need(budget_negotiable=True)) == "面议"
    assert budget(need()) == "未填写"
    # Half past one in the morning of the next day in Shanghai.
    assert day(need().created_at) == "2026-11-24"


def test_price_says_how_it_is_meant() -> None:
    base = {"id": 1, "version": 1, "is_demo": False, "status": "published", "title": "某项科技成果"}
    base |= {"created_at": "2026-11-23T17:30:00Z", "updated_at": "2026-11-23T17:30:00Z"}

    def words(**values: Any) -> str:
        return price(AchievementPublic.model_validate({**base, **values}))

    assert words(price_mode="fixed", price_fen=80_000_000) == "80 万元"
    assert words(price_mode="auction", price_fen=80_000_000) == "80 万元（挂牌竞价）"
    assert words(price_mode="negotiable") == "面议"
    assert words() == "未填写"
