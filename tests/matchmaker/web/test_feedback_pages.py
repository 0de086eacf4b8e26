"""One tap on a card by whoever may, the list on which it is taken back, and the same over the API."""

import re

from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.models.account import Account, Scope
from matchmaker.models.achievement import Achievement
from matchmaker.models.need import TechnologyNeed
from tests.factories import cookie_of, key_of, make_account, make_achievement, make_enterprise, make_need

TITLE = "再生铅熔炼烟气中铅尘深度净化"
FEEDBACK = "/api/v1/matches/feedback"


def pair(database: Engine, session: Session, indexes: Indexes) -> tuple[TechnologyNeed, Achievement, Account]:
    enterprise = make_enterprise(session, name="澄湖再生资源示例公司")
    need = make_need(session, title=TITLE, enterprise_name=enterprise.name)
    achievement = make_achievement(session, title=f"{TITLE}装备")
    owner = make_account(session, enterprise_id=enterprise.id)
    session.commit()
    relay_all(database, indexes)
    return need, achievement, owner


def test_one_tap_and_taken_back(client: TestClient, database: Engine, session: Session, indexes: Indexes) -> None:
    need, achievement, owner = pair(database, session, indexes)
    mine, strangers = cookie_of(session, owner), cookie_of(session, make_account(session))
    session.commit()
    page, card = f"/needs/{need.id}", f'id="m{achievement.id}"'
    for cookies in ({}, strangers):
        client.cookies.clear()
        client.cookies.update(cookies)
        shown = client.get(page).text
        assert card in shown
        assert "这条不相关" not in shown
    client.cookies.clear()
    client.cookies.update(mine)
    assert "这条不相关" in client.get(page).text
    action = f"/match-feedback/{need.id}/{achievement.id}"
    useful = client.post(action, data={"verdict": "useful", "came_from": "needs"})
    assert useful.headers["Location"] == f"{page}#matches"
    assert "您的评价：有用" in client.get(page).text
    assert client.post(action, data={"verdict": "great"}).status_code == 422
    client.post(action, data={"verdict": "not_relevant", "came_from": "needs"})
    assert card not in client.get(page).text
    listed = client.get("/match-feedback").text
    assert TITLE in listed
    [withdraw] = re.findall(r"/match-feedback/\d+/withdraw", listed)
    assert client.post(withdraw).headers["Location"] == "/match-feedback"
    assert card in client.get(page).text
    assert client.post(withdraw).status_code == 404


def test_over_the_api(client: TestClient, database: Engine, session: Session, indexes: Indexes) -> None:
    need, achievement, owner = pair(database, session, indexes)
    program, reader = key_of(session, owner, Scope.WRITE), key_of(session, owner, Scope.READ)
    session.commit()
    sent = {"need_id": need.id, "achievement_id": achievement.id, "verdict": "not_relevant", "reason": "用途不同"}
    assert client.post(FEEDBACK, json=sent, headers=reader).status_code == 403
    first, again = (client.post(FEEDBACK, json=sent, headers=program).json() for _ in range(2))
    assert first == again
    assert (first["side"], first["verdict"], first["reason"]) == ("need", "not_relevant", "用途不同")
    assert first["probability"] > 0
    assert first["matcher_version"]
    assert client.get(f"/api/v1/matches?need_id={need.id}", headers=program).json()["items"] == []
    listed = client.get(f"{FEEDBACK}?limit=1", headers=program).json()
    assert listed == {"items": [first], "next_cursor": None}
    assert client.delete(f"{FEEDBACK}/{first['id']}", headers=program).status_code == 204
    items = client.get(f"/api/v1/matches?need_id={need.id}", headers=program).json()["items"]
    assert [item["achievement_id"] for item in items] == [achievement.id]


def test_what_may_no_longer_be_read_has_no_title_on_the_list(
    client: TestClient, database: Engine, session: Session, indexes: Indexes
) -> None:
    need, achievement, owner = pair(database, session, indexes)
    client.cookies.update(cookie_of(session, owner))
    session.commit()
    client.post(f"/match-feedback/{need.id}/{achievement.id}", data={"verdict": "not_relevant"})
    session.refresh(achievement)
    achievement.confidentiality = "directed"
    achievement.title = "不再公开的题目"
    achievement.version += 1
    session.commit()
    listed = client.get("/match-feedback").text
    assert "已不公开" in listed
    assert "不再公开的题目" not in listed
