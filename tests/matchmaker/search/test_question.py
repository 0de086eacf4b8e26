"""What somebody types, and what is found: names, numbers, slips, pinyin, other words, on the real engine."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.dictionary import add_group, replace_line
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.models import RecordKind
from matchmaker.models.account import Role
from matchmaker.rights import ANYONE, Actor
from matchmaker.search import Order, SearchPage, SearchRequest, search_records
from tests.factories import actor_for, make_account, make_achievement, make_institution, make_need

Search = Callable[..., SearchPage]

TITLES = (
    "一种激光熔覆修复轧辊的方法",
    "岩棉板生产线集棉机",
    "聚丙烯无纺布驻极装置",
    "牵引车KST-2000底盘",
    "抗PD-L1抗体的制备",
    "252kV气体绝缘开关壳体",
    "碳化硅晶片切割液",
    "老人跌倒检测手环",
    "动力电池热失控预警",
    "风力发电机叶片除冰装置",
    "TGFβ受体拮抗剂",
    "桥梁支座更换顶升装置",
)


@pytest.fixture
def search(database: Engine, session: Session, indexes: Indexes) -> Search:
    for title in TITLES:
        make_achievement(session, title=title, summary="见名称。")
    session.commit()
    relay_all(database, indexes)

    def searched(text: str, **options: Any) -> SearchPage:
        return search_records(session, indexes, RecordKind.ACHIEVEMENTS, SearchRequest(text=text, **options))

    return searched


def titles(page: SearchPage) -> list[str]:
    return [entry.record.title for entry in page.entries]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("激光溶覆", TITLES[0]),
        ("岩绵", TITLES[1]),
        ("yanmian", TITLES[1]),
        ("wu fang bu", TITLES[2]),
        ("wfb", TITLES[2]),
        ("kst2000", TITLES[3]),
        ("KST 2000", TITLES[3]),
        ("pdl1 抗体", TITLES[4]),
        ("252千伏", TITLES[5]),
        ("SiC", TITLES[6]),
        ("摔倒", TITLES[7]),
        ("倒地 手環", TITLES[7]),
        ("battery thermal runaway", TITLES[8]),
        ("wind turbine blades", TITLES[9]),
        ("TGF-β", TITLES[10]),
    ],
)
def test_what_is_typed_otherwise_is_found(search: Search, typed: str, title: str) -> None:
    assert titles(search(typed))[:1] == [title]


@pytest.mark.parametrize("title", TITLES)
def test_a_whole_title_comes_first(search: Search, title: str) -> None:
    assert titles(search(title))[0] == title


def test_what_was_taken_for_what_is_told_and_can_be_refused(search: Search) -> None:
    page = search("岩绵")
    assert [(one.typed, one.taken_for) for one in page.takes] == [("岩绵", "岩棉")]
    assert not search("岩绵", literally=True).takes


@pytest.mark.parametrize("typed", ["示范应用", "冷链", "上市公司", "桥梁"])
def test_a_correct_word_is_never_taken_for_another(search: Search, typed: str) -> None:
    assert not search(typed).takes


def test_other_words_are_told(search: Search) -> None:
    assert "碳化硅" in search("SiC").also


def test_a_unit_inside_a_name_is_no_quantity(search: Search) -> None:
    assert search("zfj11d").words == ["zfj11d"]


def test_a_word_of_the_administrator_counts_at_once(search: Search, session: Session) -> None:
    assert search("皱皮蛇").total == 0
    add_group(session, ["皱皮蛇", "碳化硅"], by=ANYONE)
    assert titles(search("皱皮蛇")) == [TITLES[6]]


def test_a_bundled_line_can_be_switched_off(search: Search, session: Session) -> None:
    replace_line(session, "SiC = 碳化硅 = silicon carbide", [], by=ANYONE)
    assert TITLES[6] not in titles(search("SiC"))


def test_the_whole_list_can_be_sorted_and_turned_by_number(search: Search) -> None:
    assert titles(search("装置", order=Order.NEWEST))[:1] == [TITLES[11]]
    second = search("", limit=5, page=2)
    assert (second.page, second.pages, len(second.entries)) == (2, 3, 5)
    assert titles(second)[0] == titles(search("", limit=6))[5]


@pytest.fixture
def named(database: Engine, session: Session, indexes: Indexes) -> Search:
    owner = make_institution(session, name="澄湖大学")
    patent = {"type": "发明专利", "number": "ZL202310012345.6", "holder": "澄湖大学"}
    shown = {"title": "水处理膜组件", "institution_name": owner.name, "intellectual_property": [patent]}
    make_achievement(session, **shown, contact_name="顾明远", team=["卓文彬"])
    kept = {"disclosure": {"intellectual_property": "brokers"}}
    make_achievement(
        session,
        **{**shown, "title": "膜污染清洗", "intellectual_property": [{**patent, "number": "ZL202399999999.9"}]},
        **kept,
    )
    make_achievement(session, title="大学校园照明节能", owner_name="别的单位")
    session.commit()
    relay_all(database, indexes)

    def searched(text: str, reader: Actor = ANYONE, **options: Any) -> SearchPage:
        request = SearchRequest(text=text, reader=reader, **options)
        return search_records(session, indexes, RecordKind.ACHIEVEMENTS, request)

    return searched


def test_an_owner_is_found_by_name_and_nothing_else_with_it(named: Search) -> None:
    by_words = [entry.record.title for entry in named("澄湖大学").entries if entry.found_by == "words"]
    assert sorted(by_words) == ["水处理膜组件", "膜污染清洗"]


@pytest.mark.parametrize("typed", ["ZL202310012345.6", "202310012345.6", "202310012345", "CN202310012345"])
def test_a_patent_is_found_by_its_number(named: Search, typed: str) -> None:
    assert titles(named(typed))[0] == "水处理膜组件"


def test_a_number_that_is_not_disclosed_finds_nothing(named: Search) -> None:
    assert "膜污染清洗" not in titles(named("ZL202399999999.9"))


def test_a_record_is_found_by_its_number(named: Search) -> None:
    wanted = named("水处理膜组件").entries[0].record
    found = named(f"编号 {wanted.id}")
    assert [(entry.record.id, entry.found_by) for entry in found.entries] == [(wanted.id, "number")]


@pytest.mark.parametrize("name", ["顾明远", "卓文彬"])
def test_people_are_found_by_those_only_who_may_know_them(named: Search, session: Session, name: str) -> None:
    assert named(name).total == 0
    assert named(name, actor_for(session, make_account(session, Role.BROKER))).total == 0
    found = named(name, actor_for(session, make_account(session, Role.CITY_OFFICIAL)))
    assert [(entry.record.title, entry.found_by) for entry in found.entries] == [("水处理膜组件", "person")]


def test_owners_are_a_facet_and_hidden_posters_are_none(
    database: Engine, session: Session, indexes: Indexes, named: Search
) -> None:
    facet = next(one for one in named("").facets if one.field == "owner")
    assert {value.value: value.count for value in facet.values} == {"澄湖大学": 2, "别的单位": 1}
    assert titles(named("", chosen={"owner": ("别的单位",)})) == ["大学校园照明节能"]
    make_need(session, title="电镀废水回用", poster_name="隐名金属制品厂", poster_hidden=True)
    session.commit()
    relay_all(database, indexes)
    request = SearchRequest(text="隐名金属制品厂")
    assert search_records(session, indexes, RecordKind.NEEDS, request).total == 0
    facets = search_records(session, indexes, RecordKind.NEEDS, SearchRequest()).facets
    assert not next(one for one in facets if one.field == "owner").values


def test_the_filter_that_empties_the_list_is_named(named: Search) -> None:
    page = named("膜", chosen={"owner": ("别的单位",), "stage": ("研制",)})
    assert page.total == 0
    assert [(one.field, one.count) for one in page.relaxations] == [("", 2)]
    page = named("膜", chosen={"owner": ("别的单位",)})
    assert [(one.field, one.label, one.count) for one in page.relaxations] == [("owner", "完成单位", 2)]
