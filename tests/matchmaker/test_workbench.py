"""Saved searches and their alerts, the shortlist, and what stays one's own."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.accounts import actor_of
from matchmaker.errors import LimitReached, MalformedRequest, NotAllowed, NotFound, NotLoggedIn, RecordAlreadyExists
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.models.account import Account, Role, Scope
from matchmaker.models.base import now
from matchmaker.models.labels import NeedStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import Notice
from matchmaker.models.outbox import RecordKind
from matchmaker.models.workbench import SavedSearch
from matchmaker.rights import ANYONE, Actor
from matchmaker.visibility import today
from matchmaker.workbench import (
    MOST_ITEMS,
    MOST_SEARCHES,
    change_search,
    delete_search,
    keep,
    latest_answers,
    new_answers,
    remove,
    save_search,
    saved_search,
    saved_searches,
    shortlist,
    tell_answers,
    write_note,
)
from tests.factories import make_account, make_need

NEEDS = RecordKind.NEEDS
TOMORROW = today() + timedelta(days=1)


@pytest.fixture
def account(session: Session) -> Account:
    return make_account(session, role=Role.BROKER)


@pytest.fixture
def reader(session: Session, account: Account) -> Actor:
    return actor_of(session, account)


def saved(session: Session, reader: Actor, name: str = "秸秆", text: str = "秸秆", **filters: Any) -> SavedSearch:
    return save_search(session, name, NEEDS, text, filters, by=reader)


def publish(database: Engine, session: Session, indexes: Indexes, **values: Any) -> TechnologyNeed:
    need = make_need(session, **values)
    session.commit()
    relay_all(database, indexes)
    return need


def alert(session: Session, indexes: Indexes, day: date) -> int:
    return tell_answers(session, new_answers(session, indexes, day))


def told(session: Session) -> list[tuple[str, str]]:
    return [(one.title, one.body) for one in session.exec(select(Notice).order_by(Notice.id))]


def test_alerts_tell_each_new_answer_once(database: Engine, session: Session, indexes: Indexes, reader: Actor) -> None:
    publish(database, session, indexes, title="秸秆收储运成本高")
    saved(session, reader)
    assert alert(session, indexes, today()) == 0
    publish(database, session, indexes, title="秸秆板材甲醛超标")
    publish(database, session, indexes, title="轴承钢夹杂物控制", problem="钢中夹杂")
    assert alert(session, indexes, today()) == 1
    assert told(session) == [("“秸秆”有 1 条新技术需求", "秸秆板材甲醛超标")]
    assert alert(session, indexes, TOMORROW) == 0


def test_what_comes_after_todays_notice_is_told_tomorrow(
    database: Engine, session: Session, indexes: Indexes, reader: Actor
) -> None:
    saved(session, reader)
    for title in ("秸秆制浆黑液处理", "秸秆打捆机故障"):
        publish(database, session, indexes, title=title)
        alert(session, indexes, today())
    assert alert(session, indexes, TOMORROW) == 1
    assert [body for _, body in told(session)] == ["秸秆制浆黑液处理", "秸秆打捆机故障"]


def test_what_the_index_does_not_know_yet_waits_and_is_not_lost(
    database: Engine, session: Session, indexes: Indexes, reader: Actor
) -> None:
    saved(session, reader)
    publish(database, session, indexes, title="秸秆燃料结渣")
    make_need(session, title="秸秆饲料霉变")
    session.commit()
    assert alert(session, indexes, today()) == 1
    session.commit()
    relay_all(database, indexes)
    assert alert(session, indexes, TOMORROW) == 1
    assert [body for _, body in told(session)] == ["秸秆燃料结渣", "秸秆饲料霉变"]


def test_a_notice_names_three_and_nothing_that_is_for_brokers_only(
    database: Engine, session: Session, indexes: Indexes, reader: Actor
) -> None:
    saved(session, reader)
    for number in range(4):
        make_need(session, title=f"秸秆难题第{number}号")
    publish(database, session, indexes, title="秸秆机密难题", confidentiality="broker_only")
    alert(session, indexes, today())
    ((title, body),) = told(session)
    assert title == "“秸秆”有 5 条新技术需求"
    assert len(body.split("；")) == 3
    assert "机密" not in body


def test_a_search_finds_for_its_owner_what_she_may_find(database: Engine, session: Session, indexes: Indexes) -> None:
    enterprise = make_account(session, role=Role.ENTERPRISE)
    saved(session, actor_of(session, enterprise))
    publish(database, session, indexes, title="秸秆机密难题", confidentiality="broker_only")
    assert alert(session, indexes, today()) == 0


def test_filters_alone_switched_off_and_disabled_accounts(
    database: Engine, session: Session, indexes: Indexes, account: Account, reader: Actor
) -> None:
    one = saved(session, reader, text="", technology_field=("materials",))
    off = saved(session, reader, "关闭的")
    change_search(session, off.id or 0, name="关闭的", alerts=False, by=reader)
    other = make_account(session, role=Role.BROKER)
    saved(session, actor_of(session, other))
    other.disabled_at = now()
    publish(database, session, indexes, title="秸秆复合材料", technology_field="materials")
    publish(database, session, indexes, title="秸秆焚烧监测", technology_field="environment")
    assert alert(session, indexes, today()) == 1
    assert told(session) == [("“秸秆”有 1 条新技术需求", "秸秆复合材料")]
    assert [record.title for record in latest_answers(session, indexes, one, reader)] == ["秸秆复合材料"]
    # Switched on again: only what comes from now on.
    change_search(session, off.id or 0, name="重新开启", alerts=True, by=reader)
    assert alert(session, indexes, TOMORROW) == 0


def test_a_filter_that_is_no_more_does_not_stop_the_others(
    database: Engine, session: Session, indexes: Indexes, reader: Actor
) -> None:
    saved(session, reader, "旧").filters = {"gone": ["x"]}
    saved(session, reader, "新")
    publish(database, session, indexes, title="秸秆还田机具")
    assert alert(session, indexes, today()) == 1


def test_what_changes_while_answers_are_looked_up_is_not_told_today(
    database: Engine, session: Session, indexes: Indexes, reader: Actor
) -> None:
    gone, off, again, stays = (saved(session, reader, name) for name in ("删除", "关闭", "重开", "保留"))
    publish(database, session, indexes, title="秸秆炭化炉结焦")
    found = new_answers(session, indexes, today())
    assert len(found) == 4
    delete_search(session, gone.id or 0, by=reader)
    change_search(session, off.id or 0, name="关闭", alerts=False, by=reader)
    for alerts in (False, True):
        change_search(session, again.id or 0, name="重开", alerts=alerts, by=reader)
    assert [tell_answers(session, found) for _ in range(2)] == [1, 0]
    assert [title for title, _ in told(session)] == [f"“{stays.name}”有 1 条新技术需求"]


def test_a_saved_search_is_its_owners(session: Session, reader: Actor) -> None:
    mine = saved(session, reader)
    other = actor_of(session, make_account(session, role=Role.ADMINISTRATOR))
    for attempt in (saved_search, delete_search):
        with pytest.raises(NotFound):
            attempt(session, mine.id or 0, by=other)
    assert saved_searches(session, by=other) == []
    delete_search(session, mine.id or 0, by=reader)
    assert saved_searches(session, by=reader) == []


@pytest.mark.parametrize(
    ("name", "text", "filters"),
    [
        ("", "秸秆", {}),
        ("字" * 61, "秸秆", {}),
        ("两\n行", "秸秆", {}),
        ("空", " ", {}),
        ("错", "", {"colour": ("red",)}),
    ],
)
def test_what_cannot_be_saved(session: Session, reader: Actor, name: str, text: str, filters: Any) -> None:
    with pytest.raises(MalformedRequest):
        save_search(session, name, NEEDS, text, filters, by=reader)


def test_names_are_ones_own_and_used_once(session: Session, reader: Actor) -> None:
    saved(session, reader, "甲")
    second = saved(session, reader, "乙")
    with pytest.raises(RecordAlreadyExists):
        saved(session, reader, "甲")
    with pytest.raises(RecordAlreadyExists):
        change_search(session, second.id or 0, name="甲", alerts=True, by=reader)
    assert [one.name for one in saved_searches(session, by=reader)] in (["乙", "甲"], ["甲", "乙"])
    saved(session, actor_of(session, make_account(session)), "甲")


def test_there_is_an_end_to_searches_and_items(session: Session, reader: Actor) -> None:
    for number in range(MOST_SEARCHES):
        saved(session, reader, f"第{number}个")
    with pytest.raises(LimitReached):
        saved(session, reader, "多一个")
    needs = [make_need(session) for _ in range(MOST_ITEMS + 1)]
    session.flush()
    for need in needs[:-1]:
        keep(session, NEEDS, need.id or 0, by=reader)
    with pytest.raises(LimitReached):
        keep(session, NEEDS, needs[-1].id or 0, by=reader)


def test_the_shortlist_shows_what_is_still_readable(session: Session, reader: Actor) -> None:
    stays, goes = make_need(session), make_need(session)
    session.flush()
    item = keep(session, NEEDS, stays.id or 0, "约下周电话", by=reader)
    assert keep(session, NEEDS, stays.id or 0, by=reader).note == "约下周电话"
    keep(session, NEEDS, goes.id or 0, by=reader)
    goes.status = NeedStatus.WITHDRAWN
    session.flush()
    assert [one.record for one in shortlist(session, NEEDS, by=reader)] == [None, stays]
    assert shortlist(session, RecordKind.ACHIEVEMENTS, by=reader) == []
    write_note(session, item.id or 0, "已联系", by=reader)
    assert shortlist(session, NEEDS, by=reader)[1].item.note == "已联系"
    other = actor_of(session, make_account(session))
    for attempt in (remove, lambda *given, by: write_note(*given, "", by=by)):
        with pytest.raises(NotFound):
            attempt(session, item.id or 0, by=other)
    remove(session, item.id or 0, by=reader)
    assert [one.record for one in shortlist(session, NEEDS, by=reader)] == [None]


def test_nobody_keeps_what_she_may_not_know_of(session: Session, reader: Actor) -> None:
    hidden = make_need(session, confidentiality="directed")
    session.flush()
    for record_id in (hidden.id or 0, 10**6):
        with pytest.raises(NotFound, match="或它未公开"):
            keep(session, NEEDS, record_id, by=reader)


def test_the_public_keeps_nothing_and_a_reading_key_does_not_write(session: Session, account: Account) -> None:
    need = make_need(session)
    session.flush()
    reading = actor_of(session, account, scopes=frozenset({Scope.READ}))
    for who, error in ((ANYONE, NotLoggedIn), (reading, NotAllowed)):
        with pytest.raises(error):
            keep(session, NEEDS, need.id or 0, by=who)
        with pytest.raises(error):
            saved(session, who)
    assert saved_searches(session, by=reading) == []


@pytest.mark.parametrize("word", ["技术经纪人", "技术经理人", "技术经济人"])
def test_the_profession_is_found_under_each_of_its_names(
    database: Engine, session: Session, indexes: Indexes, reader: Actor, word: str
) -> None:
    asked = saved(session, reader, text=word)
    for title in ("技术经纪人实训平台建设", "技术经理人评价体系", "经济作物种植技术"):
        make_need(session, title=title, problem="缺少办法")
    session.commit()
    relay_all(database, indexes)
    found = {record.title for record in latest_answers(session, indexes, asked, reader)}
    assert {"技术经纪人实训平台建设", "技术经理人评价体系"} <= found
