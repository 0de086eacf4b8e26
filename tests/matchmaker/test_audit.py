"""The trail says who changed what, gives nothing private away, and its chain shows every tampering."""

import pytest
from sqlalchemy import Engine, delete, update
from sqlmodel import Session, col, select

from matchmaker.accounts import actor_of
from matchmaker.audit import examine_chain, reason_for, record_event, seal
from matchmaker.database import session_scope
from matchmaker.models.account import Role
from matchmaker.models.audit import AuditAction, AuditEvent, AuditSeal
from matchmaker.models.match import Band, Explanation, Match
from matchmaker.models.need import NeedUpdate
from matchmaker.needs import revise_need
from matchmaker.records import ACTOR
from tests.factories import make_account, make_achievement, make_need


def events(session: Session, table: str = "technology_need") -> list[AuditEvent]:
    wanted = select(AuditEvent).where(col(AuditEvent.table_name) == table).order_by(col(AuditEvent.id))
    return list(session.exec(wanted))


def test_a_change_says_who_what_from_to_and_why(session: Session) -> None:
    official = make_account(session, role=Role.CITY_OFFICIAL, name="王审核")
    need = make_need(session, urgency="low", contact_phone="13900000001")
    session.flush()
    session.info[ACTOR] = actor_of(session, official)
    update_ = NeedUpdate.model_validate({"version": 1, "urgency": "high", "contact_phone": "13900000002"})
    with reason_for(session, "企业来电更正"):
        revise_need(session, need, update_)
    added, changed = events(session)
    assert (added.action, added.actor_name) == (AuditAction.ADDED, "平台")
    assert (changed.action, changed.actor_name, changed.reason) == (AuditAction.CHANGED, "王审核", "企业来电更正")
    assert changed.record_id == need.id
    assert changed.record_version == need.version == 2
    told = {one.field: (one.before, one.after, one.is_private) for one in changed.changes}
    assert told == {"urgency": ("一般", "紧急", False), "contact_phone": ("", "", True)}


def test_secrets_and_contacts_are_nowhere_in_the_trail(session: Session) -> None:
    account = make_account(session, password="correct horse battery", email="wang@example.cn")
    account.email = "li@example.cn"
    need = make_need(session, contact_name="赵联系", contact_phone="13912345678")
    session.flush()
    need.contact_name = "钱联系"
    session.flush()
    whole = "".join(one.model_dump_json() for one in session.exec(select(AuditEvent)))
    for secret in ("correct horse", "argon2", "example.cn", "赵联系", "钱联系", "13912345678"):
        assert secret not in whole


def test_bookkeeping_and_recommendations_leave_no_event(session: Session) -> None:
    account = make_account(session)
    need, achievement = make_need(session), make_achievement(session)
    session.flush()
    before = len(session.exec(select(AuditEvent)).all())
    account.failed_logins = 3
    session.add(
        Match(
            need_id=need.id or 0,
            achievement_id=achievement.id or 0,
            need_version=1,
            achievement_version=1,
            score=0.5,
            band=Band.MEDIUM,
            explanation=Explanation(reasons=[], words=[]),
            matcher_version="test",
        )
    )
    session.flush()
    assert len(session.exec(select(AuditEvent)).all()) == before


def test_what_is_rolled_back_never_happened(database: Engine) -> None:
    with Session(database) as session:
        make_need(session)
        session.flush()
        session.rollback()
        assert events(session) == []


def chained(database: Engine, count: int = 5) -> None:
    with session_scope(database) as session:
        for number in range(count):
            record_event(session, AuditAction.EXPORTED, reason=f"第 {number} 次")
    assert seal(database, limit=2) == 2
    while seal(database):
        pass


def test_a_whole_chain_holds_and_goes_on(database: Engine) -> None:
    chained(database)
    with Session(database) as session:
        first = examine_chain(session)
    assert first.holds
    assert first.links == 5
    chained(database)
    with Session(database) as session:
        second = examine_chain(session)
    assert (second.holds, second.links) == (True, 10)
    assert second.head != first.head
    assert seal(database) == 0


@pytest.mark.parametrize(
    "tampering",
    [
        update(AuditEvent).where(col(AuditEvent.id) == 3).values(actor_name="别人"),
        update(AuditEvent).where(col(AuditEvent.id) == 3).values(reason="改写"),
        update(AuditSeal).where(col(AuditSeal.sequence) == 3).values(hash="0" * 64),
        delete(AuditSeal).where(col(AuditSeal.sequence) == 3),
    ],
    ids=["who", "why", "link", "gap"],
)
def test_tampering_breaks_the_chain_where_it_was_done(database: Engine, tampering: object) -> None:
    chained(database)
    with session_scope(database) as session:
        session.execute(tampering)  # type: ignore[call-overload]
    with Session(database) as session:
        found = examine_chain(session)
    assert not found.holds
    assert found.broken_at == 3


def test_an_event_put_in_behind_the_chain_is_noticed(database: Engine) -> None:
    chained(database)
    with session_scope(database) as session:
        old = session.get_one(AuditEvent, 1).at.replace(year=2020)
        session.add(AuditEvent(action=AuditAction.EXPORTED, at=old))
    assert seal(database) == 0
    with Session(database) as session:
        assert examine_chain(session).unsealed == 1
