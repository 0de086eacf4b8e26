"""The work lists: what each role is told to do, and what it must not learn from them."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlmodel import Session

from matchmaker.brokerage import (
    Due,
    Waiting,
    Wanted,
    accept,
    carried_matches,
    introduce,
    negotiate,
    record_signing,
    request_nda,
    set_next_step,
    sign_nda,
    take_up,
    wish,
    write_message,
)
from matchmaker.models.account import Account, Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.base import now
from matchmaker.models.broker import Broker, BrokerageMembership
from matchmaker.models.match import Band, Explanation, FollowUp, Match, MatchMessage, MatchStatus, Side
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import DeliveryStatus, NoticeDelivery, Way
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Campaign, Draft, Revision
from matchmaker.models.target import TargetCreate
from matchmaker.rights import ANYONE, PLATFORM
from matchmaker.targets import add_target
from matchmaker.visibility import today
from matchmaker.worklist import WorkKind, WorkList, figures, why_not_certified, work_lists
from matchmaker.worklist.base import SHOWN
from tests.factories import (
    actor_for,
    make_account,
    make_achievement,
    make_broker,
    make_brokerage,
    make_enterprise,
    make_hidden,
    make_institution,
    make_need,
)
from tests.matchmaker.brokerage.world import agreed, introduced, make_people

DISTRICT, OTHER = "990102", "990103"


def make_match(session: Session, need: TechnologyNeed, achievement: Achievement, **values: Any) -> Match:
    session.flush()
    given: dict[str, Any] = {"score": 0.5, "band": Band.MEDIUM, **values}
    match = Match(
        need_id=need.id or 0,
        achievement_id=achievement.id or 0,
        need_version=1,
        achievement_version=1,
        explanation=Explanation(reasons=[], words=[]),
        matcher_version="test",
        **given,
    )
    session.add(match)
    session.flush()
    return match


def wanted(**values: Any) -> TargetCreate:
    given = {
        "metric": "contract_value",
        "caliber": "outflow",
        "date_basis": "registered",
        "tier": "working",
        "value": 10**10,
    }
    return TargetCreate.model_validate({**given, "region_code": "990100", **values})


def lists_of(session: Session, account: Account) -> dict[WorkKind, WorkList]:
    session.flush()
    return {one.kind: one for one in work_lists(session, actor_for(session, account))}


def titles(found: WorkList) -> list[str]:
    return [item.title for item in found.items]


@pytest.mark.parametrize("role", list(Role))
def test_empty_lists_say_something_and_lead_on(session: Session, role: Role) -> None:
    account = make_account(session, role=role, totp_enabled_at=now())
    found = lists_of(session, account)
    assert found
    for kind, one in found.items():
        # On an empty platform these two are never empty.
        if kind in (WorkKind.SILENT_DISTRICTS, WorkKind.FIRST_STEPS):
            assert one.items
            continue
        assert (one.items, one.total) == ([], 0), kind
        assert one.empty.endswith("。")
        assert bool(one.next_label) <= bool(one.next_link)
    empty = (0, "0 万元")
    assert [one.value for one in figures(session, actor_for(session, account)) if one.value not in empty] == []


def test_the_public_has_no_work(session: Session) -> None:
    assert work_lists(session, ANYONE) == []


def test_an_enterprise_sees_its_own_records_by_state(session: Session) -> None:
    enterprise = make_enterprise(session)
    account = make_account(session, role=Role.ENTERPRISE, enterprise_id=enterprise.id)
    mine = {"enterprise_name": enterprise.name}
    returned = make_need(session, title="被退回的需求", status="returned", **mine)
    returned.review_note = "请补充指标"
    make_need(session, title="待审核的需求", status="pending", **mine)
    make_need(session, title="快到期的需求", valid_until=today() + timedelta(days=30), **mine)
    make_need(session, title="已过期的需求", valid_until=today() - timedelta(days=1), **mine)
    make_need(session, title="还早的需求", valid_until=today() + timedelta(days=31), **mine)
    make_need(session, title="别人被退回的需求", status="returned", enterprise_name="另一家企业有限公司")
    session.add(Draft(account_id=account.id or 0, kind=RecordKind.NEEDS, values={"title": "写到一半"}))
    session.add(Draft(account_id=account.id or 0, kind=RecordKind.ACHIEVEMENTS))
    other = make_account(session)
    session.add(Draft(account_id=other.id or 0, kind=RecordKind.NEEDS, values={"title": "别人的草稿"}))
    found = lists_of(session, account)
    assert [(one.title, one.detail) for one in found[WorkKind.RETURNED].items] == [("被退回的需求", "请补充指标")]
    assert titles(found[WorkKind.PENDING]) == ["待审核的需求"]
    assert titles(found[WorkKind.EXPIRING]) == ["已过期的需求", "快到期的需求"]
    assert set(titles(found[WorkKind.DRAFTS])) == {"写到一半", "未命名的科技成果"}
    assert {one.label: one.value for one in figures(session, actor_for(session, account))} == {
        "需求 · 待审核": 1,
        "需求 · 已退回": 1,
        "需求 · 已发布": 3,
    }


def test_new_recommendations_are_strong_open_and_meant_for_the_reader(session: Session) -> None:
    enterprise = make_enterprise(session)
    account = make_account(session, role=Role.ENTERPRISE, enterprise_id=enterprise.id)
    need = make_need(session, enterprise_name=enterprise.name)
    good = make_achievement(session, title="对口的成果")
    make_match(session, need, good, band=Band.HIGH)
    make_match(session, need, make_achievement(session, title="不对口的成果"), band=Band.LOW)
    carried = make_account(session, role=Role.BROKER)
    make_match(session, need, make_achievement(session, title="已承办的成果"), broker_account_id=carried.id)
    for record in make_hidden(session, title="不该知道的记录"):
        if isinstance(record, Achievement):
            make_match(session, need, record, band=Band.HIGH)
    likely = lists_of(session, account)[WorkKind.LIKELY]
    assert (titles(likely), likely.total) == (["对口的成果"], 1)
    assert likely.items[0].link == f"/needs/{need.id}?with={good.id}#m{good.id}"


def test_an_institution_is_shown_the_need(session: Session) -> None:
    institution = make_institution(session)
    account = make_account(session, role=Role.INSTITUTION, institution_id=institution.id)
    achievement = make_achievement(session, institution_name=institution.name)
    make_match(session, make_need(session, title="对口的需求"), achievement)
    assert titles(lists_of(session, account)[WorkKind.LIKELY]) == ["对口的需求"]


def test_introductions_wait_for_the_side_that_has_not_answered(session: Session) -> None:
    enterprise, institution = make_enterprise(session), make_institution(session)
    asks = make_account(session, role=Role.ENTERPRISE, enterprise_id=enterprise.id)
    offers = make_account(session, role=Role.INSTITUTION, institution_id=institution.id)
    broker = make_account(session, role=Role.BROKER)
    match = make_match(
        session,
        make_need(session, title="甲需求", enterprise_name=enterprise.name),
        make_achievement(session, title="乙成果", institution_name=institution.name),
        status=MatchStatus.INTRODUCED,
        broker_account_id=broker.id,
        need_accepted_at=now(),
    )
    assert titles(lists_of(session, asks)[WorkKind.TO_ANSWER]) == []
    assert titles(lists_of(session, offers)[WorkKind.TO_ANSWER]) == ["甲需求 ⇄ 乙成果"]
    assert titles(lists_of(session, broker)[WorkKind.AWAITING]) == ["甲需求 ⇄ 乙成果"]
    session.add(MatchMessage(match_id=match.id or 0, account_id=broker.id or 0, text="请看指标"))
    assert titles(lists_of(session, offers)[WorkKind.MESSAGES]) == ["甲需求 ⇄ 乙成果"]
    assert titles(lists_of(session, broker)[WorkKind.MESSAGES]) == []
    session.add(MatchMessage(match_id=match.id or 0, account_id=offers.id or 0, text="好"))
    assert titles(lists_of(session, offers)[WorkKind.MESSAGES]) == []
    assert titles(lists_of(session, broker)[WorkKind.MESSAGES]) == ["甲需求 ⇄ 乙成果"]


def test_a_broker_sees_what_is_due_first_and_only_hers(session: Session) -> None:
    broker, other = make_account(session, role=Role.BROKER), make_account(session, role=Role.BROKER)
    for title, due, carrier in (
        ("下周", 7, broker),
        ("逾期", -3, broker),
        ("以后", 8, broker),
        ("别人的", 0, other),
    ):
        make_match(
            session,
            make_need(session, title=f"{title}需求"),
            make_achievement(session, title="成果"),
            status=MatchStatus.NEGOTIATING,
            broker_account_id=carrier.id,
            due_on=today() + timedelta(days=due),
            next_step="约见面",
        )
    found = lists_of(session, broker)[WorkKind.DUE]
    assert titles(found) == ["逾期需求 ⇄ 成果", "下周需求 ⇄ 成果"]
    assert found.items[0].detail.startswith("约见面")
    signed = make_match(
        session,
        make_need(session, title="已签约需求"),
        make_achievement(session),
        status=MatchStatus.SIGNED,
        broker_account_id=broker.id,
    )
    for days, due_in, done in ((30, -60, now()), (90, 7, None), (180, 90, None)):
        due_on = today() + timedelta(days=due_in)
        session.add(FollowUp(match_id=signed.id or 0, days=days, due_on=due_on, done_at=done))
    follow_ups = lists_of(session, broker)[WorkKind.FOLLOW_UPS]
    assert [(one.title, one.detail) for one in follow_ups.items] == [("已签约需求", "签约后 90 天跟进")]
    assert lists_of(session, other)[WorkKind.FOLLOW_UPS].items == []


def test_new_needs_are_those_of_her_fields_and_circle(session: Session) -> None:
    broker = make_broker(session, technology_fields=["environment"], city_industries=["textiles"])
    account = make_account(session, role=Role.BROKER, broker_id=broker.id)
    make_need(session, title="领域相符", technology_field="environment")
    make_need(session, title="产业相符", city_industry="textiles", confidentiality="broker_only")
    make_need(session, title="定向公开", city_industry="textiles", confidentiality="directed")
    make_need(session, title="别的领域", city_industry="machinery")
    old = make_need(session, title="早已发布", city_industry="textiles")
    old.published_at = now() - timedelta(days=15)
    assert set(titles(lists_of(session, account)[WorkKind.NEW_NEEDS])) == {"领域相符", "产业相符"}
    broker.certificate_valid_until = today() - timedelta(days=1)
    assert titles(lists_of(session, account)[WorkKind.NEW_NEEDS]) == ["领域相符"]


def test_a_broker_without_certificate_is_told_why(session: Session) -> None:
    certified = make_account(session, role=Role.BROKER)
    assert why_not_certified(session, actor_for(session, certified)) == ""
    for broker, words in (
        (make_broker(session, certificate_number=None), "尚未登记"),
        (make_broker(session, certificate_valid_until=today() - timedelta(days=1)), "已过有效期"),
    ):
        account = make_account(session, role=Role.BROKER, broker_id=broker.id)
        assert words in why_not_certified(session, actor_for(session, account))
    left = Broker(source="test", source_id="left", name="离开的经纪人", certificate_number="JS-X")
    session.add(left)
    session.flush()
    account = make_account(session, role=Role.BROKER, broker_id=left.id)
    assert "不在任何经纪机构执业" in why_not_certified(session, actor_for(session, account))


def test_a_brokerage_sees_its_brokers_only(session: Session) -> None:
    brokerage = make_brokerage(session)
    administrator = make_account(session, role=Role.BROKERAGE_ADMINISTRATOR, brokerage_id=brokerage.id)
    member = make_account(session, role=Role.BROKER, broker_id=make_broker(session, brokerage=brokerage).id)
    stranger = make_account(session, role=Role.BROKER)
    for title, carrier, filed_by in (("本机构", member, brokerage), ("别的机构", stranger, make_brokerage(session))):
        make_match(
            session,
            make_need(session, title=f"{title}需求"),
            make_achievement(session, title="成果"),
            status=MatchStatus.INTRODUCED,
            broker_account_id=carrier.id,
            brokerage_id=filed_by.id,
            due_on=today(),
        )
    make_broker(session, brokerage=brokerage, name="没有证书", certificate_number=None)
    make_broker(session, brokerage=brokerage, name="证书将到期", certificate_valid_until=today())
    gone = make_broker(session, name="已离开", certificate_number=None)
    session.add(
        BrokerageMembership(broker_id=gone.id or 0, brokerage_id=brokerage.id or 0, joined_on=today(), left_on=today())
    )
    found = lists_of(session, administrator)
    assert titles(found[WorkKind.OPEN_OF_MEMBERS]) == ["本机构需求 ⇄ 成果"]
    assert titles(found[WorkKind.DUE]) == ["本机构需求 ⇄ 成果"]
    assert set(titles(found[WorkKind.UNCERTIFIED])) == {"没有证书", "证书将到期"}


def test_officials_see_their_district_and_the_city_all(session: Session) -> None:
    district = make_account(session, role=Role.DISTRICT_OFFICIAL, region_code=DISTRICT)
    city = make_account(session, role=Role.CITY_OFFICIAL)
    long_ago = now() - timedelta(days=40)
    for code, name in ((DISTRICT, "本区"), (OTHER, "邻区")):
        pending = make_need(session, title=f"{name}待审", status="pending", region_code=code)
        pending.updated_at = now() - timedelta(days=3)
        lonely = make_need(session, title=f"{name}无人承办", region_code=code, valid_until=today() + timedelta(days=5))
        lonely.published_at = long_ago
        carried = make_need(session, title=f"{name}停滞", region_code=code)
        carried.published_at = long_ago
        broker = make_account(session, role=Role.BROKER)
        match = make_match(
            session,
            carried,
            make_achievement(session, title="成果"),
            status=MatchStatus.NEGOTIATING,
            broker_account_id=broker.id,
        )
        match.updated_at = long_ago
        revision = Revision(
            kind=RecordKind.NEEDS, record_id=carried.id or 0, base_version=1, submitted_by_id=district.id or 0
        )
        session.add(revision)
        running = {"starts_on": today() - timedelta(days=9), "ends_on": today()}
        session.add(Campaign(name=f"{name}征集", region_code=code, **running))
        session.flush()
    session.add(Campaign(name="已结束", starts_on=today() - timedelta(days=9), ends_on=today() - timedelta(days=1)))
    make_need(session, title="草稿", status="draft", region_code=DISTRICT)
    found = lists_of(session, district)
    assert titles(found[WorkKind.TO_REVIEW]) == ["本区待审", "本区停滞"]
    assert found[WorkKind.TO_REVIEW].items[0].detail == "技术需求 · 已等待 3 天"
    assert titles(found[WorkKind.WITHOUT_BROKER]) == ["本区无人承办"]
    assert titles(found[WorkKind.STUCK]) == ["本区停滞 ⇄ 成果"]
    assert titles(found[WorkKind.CAMPAIGNS]) == ["本区征集"]
    assert [one.count for one in found[WorkKind.UNCONFIRMED].items] == [1]
    totals = {one.label: one.value for one in figures(session, actor_for(session, district))}
    assert totals == {
        "公开有效的需求": 2,
        "公开有效的成果": 0,
        "在办对接": 1,
        "已签约": 0,
        "今年成交额（输出，按登记日期）": "0 万元",
    }
    found = lists_of(session, city)
    assert found[WorkKind.TO_REVIEW].total == 4
    assert found[WorkKind.WITHOUT_BROKER].total == 2
    assert titles(found[WorkKind.CAMPAIGNS]) == ["本区征集", "邻区征集"]
    silent = found[WorkKind.SILENT_DISTRICTS]
    assert silent.items
    assert not [one for one in silent.items if DISTRICT in one.link or OTHER in one.link]


def test_the_administrator_sees_what_does_not_run(session: Session) -> None:
    account = make_account(session, role=Role.ADMINISTRATOR, name="管理员甲")
    make_account(session, role=Role.CITY_OFFICIAL, totp_enabled_at=now())
    make_account(session, role=Role.CITY_OFFICIAL, disabled_at=now())
    hours = timedelta(hours=2)
    for number, status, at in (
        (1, DeliveryStatus.FAILED, now()),
        (2, DeliveryStatus.WAITING, now() - hours),
        (3, DeliveryStatus.WAITING, now()),
    ):
        session.add(
            NoticeDelivery(account_id=account.id or 0, way=Way.MAIL, key=str(number), status=status, created_at=at)
        )
    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
        session.add(AuditEvent(action=AuditAction.LOGIN_FAILED, address=address))
    session.add(AuditEvent(action=AuditAction.LOGIN_FAILED, address="192.0.2.9", at=now() - timedelta(days=2)))
    session.add(AuditEvent(action=AuditAction.LOGGED_IN, address="192.0.2.9"))
    found = lists_of(session, account)
    assert [one.count for one in found[WorkKind.DELIVERIES].items] == [1, 1]
    assert titles(found[WorkKind.SECOND_FACTORS]) == ["管理员甲"]
    assert [(one.title, one.count) for one in found[WorkKind.FAILED_LOGINS].items] == [
        ("192.0.2.1", 2),
        ("192.0.2.2", 1),
    ]


def test_first_steps_go_away_as_they_are_done(session: Session) -> None:
    account = make_account(session, role=Role.ADMINISTRATOR)

    def left() -> list[str]:
        return [one.link for one in lists_of(session, account)[WorkKind.FIRST_STEPS].items]

    # The city is set outside the pages: its step leads nowhere.
    assert left() == ["", "/accounts", "/targets/new", "/imports"]
    make_account(session, role=Role.CITY_OFFICIAL, disabled_at=now())
    make_account(session, role=Role.DISTRICT_OFFICIAL, region_code=DISTRICT)
    add_target(session, wanted(year=today().year - 1), by=PLATFORM)
    assert len(left()) == 4
    make_account(session, role=Role.CITY_OFFICIAL)
    assert left() == ["", "/targets/new", "/imports"]
    add_target(session, wanted(year=today().year), by=PLATFORM)
    make_achievement(session)
    assert left() == [""]
    # Who looks at the demo city has nothing to set up.
    make_account(session, role=Role.ENTERPRISE, is_demo=True)
    assert left() == []


def test_a_long_list_is_cut_and_counted(session: Session) -> None:
    account = make_account(session, role=Role.DISTRICT_OFFICIAL, region_code=DISTRICT)
    for _ in range(SHOWN + 2):
        make_need(session, status="pending", region_code=DISTRICT)
    found = lists_of(session, account)[WorkKind.TO_REVIEW]
    assert (len(found.items), found.total) == (SHOWN, SHOWN + 2)


def test_what_is_wished_for_waits_for_brokers_and_officials(session: Session) -> None:
    people = make_people(session)
    wish(session, people.need, people.achievement, by=people.actor("enterprise"))
    other = make_need(session, title="已经过期", region_code=DISTRICT, enterprise_name="另一家企业有限公司")
    wish(session, other, people.achievement, by=people.actor("city"))
    other.valid_until = today() - timedelta(days=1)
    asked = [f"{people.need.title} ⇄ {people.achievement.title}"]
    for name in ("broker", "brokerage", "district", "city"):
        found = lists_of(session, people.accounts[name])[WorkKind.WISHED]
        assert (titles(found), found.total) == (asked, 1), name
    assert lists_of(session, people.accounts["other_district"])[WorkKind.WISHED].items == []
    take_up(session, people.need, people.achievement, by=people.actor("broker"))
    for name in ("broker", "brokerage", "district", "city"):
        assert lists_of(session, people.accounts[name])[WorkKind.WISHED].items == [], name
    assert titles(lists_of(session, people.accounts["broker"])[WorkKind.TO_INTRODUCE]) == asked


def test_an_agreed_match_without_a_next_step_is_not_forgotten(session: Session) -> None:
    people = make_people(session)
    match = agreed(people)
    for name in ("broker", "brokerage"):
        assert lists_of(session, people.accounts[name])[WorkKind.UNPLANNED].total == 1, name
    assert lists_of(session, people.accounts["colleague"])[WorkKind.UNPLANNED].items == []
    broker = people.actor("broker")
    set_next_step(session, match, by=broker, text="约双方见面", due_on=today() + timedelta(days=30))
    assert lists_of(session, people.accounts["broker"])[WorkKind.UNPLANNED].items == []


def test_a_signed_match_is_due_and_replied_to_as_well(session: Session) -> None:
    people = make_people(session)
    match = agreed(people)
    broker = people.actor("broker")
    negotiate(session, match, by=broker)
    record_signing(session, match, by=broker, signed_on=today())
    set_next_step(session, match, by=broker, text="催问登记", due_on=today())
    write_message(session, match, by=people.actor("enterprise"), text="登记材料已寄出")
    found = lists_of(session, people.accounts["broker"])
    assert found[WorkKind.DUE].total == 1
    assert found[WorkKind.MESSAGES].total == 1


def test_a_confidentiality_agreement_waits_for_the_side_that_has_not_signed(session: Session) -> None:
    people = make_people(session)
    match = agreed(people)
    request_nda(session, match, by=people.actor("broker"))
    sign_nda(session, match, Side.NEED, by=people.actor("enterprise"))
    assert lists_of(session, people.accounts["enterprise"])[WorkKind.TO_AGREE].items == []
    assert lists_of(session, people.accounts["institution"])[WorkKind.TO_AGREE].total == 1
    sign_nda(session, match, Side.ACHIEVEMENT, by=people.actor("institution"))
    assert lists_of(session, people.accounts["institution"])[WorkKind.TO_AGREE].items == []


def test_officials_answer_for_a_side_that_has_no_account(session: Session) -> None:
    people = make_people(session)
    match = introduced(people)

    def total(name: str) -> int:
        return lists_of(session, people.accounts[name])[WorkKind.ON_BEHALF].total

    assert total("district") == 0
    people.accounts["institution"].disabled_at = now()
    assert (total("district"), total("city"), total("other_district")) == (1, 1, 0)
    accept(session, match, Side.ACHIEVEMENT, by=people.actor("district"), note="电话同意")
    assert total("district") == 0
    request_nda(session, match, by=people.actor("broker"))
    assert total("district") == 1
    sign_nda(session, match, Side.ACHIEVEMENT, by=people.actor("district"), note="协议 2026-3")
    assert total("district") == 0


def test_a_broker_sees_what_became_of_the_needs_she_posted(session: Session) -> None:
    broker = make_account(session, role=Role.BROKER)
    returned = make_need(session, title="代填的需求", status="returned")
    returned.posted_by_id = broker.id
    assert titles(lists_of(session, broker)[WorkKind.RETURNED]) == ["代填的需求"]


def test_the_link_of_a_list_shows_the_same_matches(session: Session) -> None:
    people = make_people(session)
    long_ago = now() - timedelta(days=40)
    for steps in range(3):
        need = make_need(session, enterprise_name="另一家企业有限公司", region_code=DISTRICT)
        match = take_up(session, need, people.achievement, by=people.actor("broker"))
        if steps:
            introduce(session, match, by=people.actor("broker"))
        match.updated_at = long_ago
        match.due_on = today() + timedelta(days=steps)
    signed = agreed(people)
    negotiate(session, signed, by=people.actor("broker"))
    record_signing(session, signed, by=people.actor("broker"), signed_on=today() - timedelta(days=40))
    seen = 0
    for name in ("broker", "brokerage", "enterprise", "institution", "district", "city"):
        reader = people.actor(name)
        for one in lists_of(session, people.accounts[name]).values():
            if one.link.startswith("/carried?") and one.items:
                asked = dict(parse_qsl(urlsplit(one.link).query))
                status = MatchStatus(asked["status"]) if "status" in asked else None
                due = Due(asked["due"]) if "due" in asked else None
                waiting = Waiting(asked["waiting"]) if "waiting" in asked else None
                found = carried_matches(session, reader, Wanted(status=status, due=due, waiting=waiting))
                assert {f"/carried/{pair.id}" for pair in found.pairs} == {item.link for item in one.items}, one.kind
                seen += 1
    assert seen >= 8
