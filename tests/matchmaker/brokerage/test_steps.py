"""The verbs of a match up to the agreement: who may do what when, what goes on record, who is told."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, col, select

from matchmaker.brokerage import (
    Step,
    Wanted,
    accept,
    assign,
    awaiting_answer,
    carried_matches,
    contact_of,
    decline,
    declined_because,
    introduce,
    open_steps,
    pair_of,
    readable_match,
    remind,
    take_up,
    timeline,
    wish,
)
from matchmaker.disclosure import reached
from matchmaker.errors import (
    AlreadyCarried,
    ContactNotOpen,
    MalformedRequest,
    NotAllowed,
    NotFound,
    RecordNotMatchable,
    VersionConflict,
    WrongStatus,
)
from matchmaker.matching.refusals import refused_counterparts
from matchmaker.models.account import Account, Scope
from matchmaker.models.achievement import Achievement
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.match import DeclineReason, Match, MatchEvent, MatchStatus, Side
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import NoticeKind
from matchmaker.rights import Actor
from matchmaker.visibility import today
from tests.factories import actor_for, make_account, make_achievement, make_need
from tests.matchmaker.brokerage.world import (
    ACHIEVEMENT_PHONE,
    NEED_PHONE,
    People,
    agreed,
    introduced,
    make_people,
    told,
)


@pytest.fixture
def people(session: Session) -> People:
    return make_people(session)


def test_the_first_filing_wins(people: People) -> None:
    match = people.match()
    assert (match.broker_account_id, match.status) == (people.account_id("broker"), MatchStatus.RECOMMENDED)
    assert match.filed_at is not None
    assert match.explanation.reasons[0].code == "manual"
    version = match.version
    assert people.match() is match
    assert match.version == version
    with pytest.raises(AlreadyCarried) as refused:
        take_up(people.session, people.need, people.achievement, by=people.actor("other_broker"))
    assert f"{match.filed_at:%Y-}" in refused.value.detail
    assert people.accounts["broker"].name not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "error"), [("uncertified", NotAllowed), ("enterprise", NotAllowed), ("city", NotAllowed)]
)
def test_only_certified_brokers_take_up(people: People, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        take_up(people.session, people.need, people.achievement, by=people.actor(name))


def test_what_a_broker_may_not_read_or_is_not_open_is_not_taken_up(people: People) -> None:
    hidden = make_need(people.session, confidentiality="directed")
    with pytest.raises(NotFound):
        take_up(people.session, hidden, people.achievement, by=people.actor("broker"))
    own = make_achievement(people.session, enterprise_name=people.need.poster_name)
    with pytest.raises(RecordNotMatchable, match="同一单位"):
        take_up(people.session, people.need, own, by=people.actor("broker"))
    people.match()
    people.need.valid_until = today() - timedelta(days=1)
    with pytest.raises(RecordNotMatchable):
        people.match()


def test_a_wish_is_seen_by_officials_and_brokers_until_one_takes_it_up(people: People) -> None:
    match = wish(people.session, people.need, people.achievement, by=people.actor("enterprise"), note="希望尽快")
    seen = {
        name
        for name in people.accounts
        if carried_matches(people.session, people.actor(name), Wanted()).total
        and readable_match(people.session, match.id or 0, reader=people.actor(name))
    }
    assert seen == {"enterprise", "broker", "colleague", "other_broker", "brokerage", "district", "city"}
    assert [one.kind for one in told(people, "district")] == [NoticeKind.ASSIGNMENT]
    with pytest.raises(WrongStatus):
        wish(people.session, people.need, people.achievement, by=people.actor("enterprise"))
    with pytest.raises(NotAllowed):
        wish(people.session, people.need, people.achievement, by=people.actor("other_enterprise"))
    assert Step.TAKE_UP in open_steps(pair_of(people.session, match), people.actor("other_broker"))
    people.match()
    for name in ("other_broker", "institution", "other_district", "other_enterprise"):
        with pytest.raises(NotFound):
            readable_match(people.session, match.id or 0, reader=people.actor(name))
    assert any("已有经纪人" in one.title for one in told(people, "enterprise"))


def test_officials_assign_and_reassign_with_a_reason(people: People) -> None:
    session = people.session
    match = wish(session, people.need, people.achievement, by=people.actor("city"))
    assign(session, match, people.accounts["other_broker"], by=people.actor("district"))
    assert match.broker_account_id == people.account_id("other_broker")
    with pytest.raises(MalformedRequest, match="原因"):
        assign(session, match, people.accounts["broker"], by=people.actor("district"))
    with pytest.raises(MalformedRequest, match="证书"):
        assign(session, match, people.accounts["uncertified"], by=people.actor("district"), reason="换人")
    with pytest.raises(NotFound):
        assign(session, match, people.accounts["broker"], by=people.actor("other_district"), reason="换人")
    assign(session, match, people.accounts["broker"], by=people.actor("district"), reason="原经纪人休假")
    # A brokerage's administrator gives it to her own people only.
    with pytest.raises(MalformedRequest, match="范围"):
        assign(session, match, people.accounts["other_broker"], by=people.actor("brokerage"), reason="换人")
    assign(session, match, people.accounts["colleague"], by=people.actor("brokerage"), reason="专业对口")
    with pytest.raises(NotAllowed):
        assign(session, match, people.accounts["broker"], by=people.actor("colleague"), reason="换人")
    assert {one.kind for one in told(people, "colleague")} == {NoticeKind.ASSIGNMENT}
    assert any("改派" in one.title for one in told(people, "broker"))


def test_those_who_know_of_a_match_are_told_who_carries_it(people: People) -> None:
    match = wish(people.session, people.need, people.achievement, by=people.actor("enterprise"))
    assign(people.session, match, people.accounts["broker"], by=people.actor("district"))
    assert [one.title for one in told(people, "enterprise") if "已有经纪人承办" in one.title]
    assert told(people, "institution") == [], "nobody has introduced it to them"
    introduce(people.session, match, by=people.actor("broker"))
    assign(people.session, match, people.accounts["colleague"], by=people.actor("district"), reason="休假")
    for name in ("enterprise", "institution"):
        assert [one.title for one in told(people, name) if "改由另一位经纪人" in one.title], name


def test_a_side_that_has_not_answered_for_a_week_is_reminded_once(people: People) -> None:
    match = introduced(people)
    accept(people.session, match, Side.NEED, by=people.actor("enterprise"))

    def reminded(name: str) -> int:
        return sum("已等待 7 天" in one.title for one in told(people, name))

    for days, expected in ((6, 0), (7, 1), (8, 1), (40, 1)):
        remind(people.session, today() + timedelta(days=days))
        assert (reminded("institution"), reminded("enterprise")) == (expected, 0), days
    assert reminded("broker") == 0


def test_both_have_to_agree_before_contacts_open(people: People) -> None:
    session, match = people.session, introduced(people)
    for name in ("enterprise", "institution"):
        assert [pair.id for pair in awaiting_answer(session, people.actor(name))] == [match.id]
    assert awaiting_answer(session, people.actor("broker")) == []
    accept(session, match, Side.NEED, by=people.actor("enterprise"))
    assert (match.status, awaiting_answer(session, people.actor("enterprise"))) == (MatchStatus.INTRODUCED, [])
    with pytest.raises(WrongStatus):
        accept(session, match, Side.NEED, by=people.actor("enterprise"))
    with pytest.raises(ContactNotOpen, match="成果方尚未同意"):
        contact_of(session, match, Side.ACHIEVEMENT, reader=people.actor("enterprise"))
    assert reached(session, people.achievement, people.actor("enterprise")) is Disclosure.PUBLIC
    accept(session, match, Side.ACHIEVEMENT, by=people.actor("institution"))
    assert match.status is MatchStatus.ACCEPTED
    assert contact_of(session, match, Side.ACHIEVEMENT, reader=people.actor("enterprise")).phone == ACHIEVEMENT_PHONE
    assert contact_of(session, match, Side.NEED, reader=people.actor("broker")).phone == NEED_PHONE
    assert contact_of(session, match, Side.NEED, reader=people.actor("district")).name == "王工"
    assert reached(session, people.achievement, people.actor("enterprise")) is Disclosure.PARTIES
    with pytest.raises(NotAllowed):
        contact_of(session, match, Side.NEED, reader=people.actor("brokerage"))
    for name in ("other_broker", "other_enterprise", "other_district", "uncertified"):
        with pytest.raises(NotFound):
            contact_of(session, match, Side.NEED, reader=people.actor(name))
    session.flush()
    looks = session.exec(select(AuditEvent).where(col(AuditEvent.action) == AuditAction.READ_CONTACT)).all()
    assert len(looks) == 3


def test_the_poster_stands_in_where_the_record_states_no_contact(people: People) -> None:
    poster = make_account(people.session, name="赵工", email="zhao@example.com")
    people.need.contact_phone, people.need.posted_by_id = "", poster.id
    found = contact_of(people.session, agreed(people), Side.NEED, reader=people.actor("institution"))
    assert (found.name, found.email) == ("王工", "zhao@example.com")


def test_nobody_answers_for_somebody_else(people: People) -> None:
    session, match = people.session, introduced(people)
    for name, side in (("enterprise", Side.ACHIEVEMENT), ("institution", Side.NEED), ("broker", Side.NEED)):
        with pytest.raises(NotAllowed):
            accept(session, match, side, by=people.actor(name))
    # The side has an account: no official answers in its place.
    with pytest.raises(NotAllowed):
        accept(session, match, Side.NEED, by=people.actor("district"), note="电话确认")
    with pytest.raises(NotFound):
        accept(session, match, Side.NEED, by=people.actor("other_enterprise"))


def test_a_broker_who_posted_for_a_firm_does_not_answer_for_it(people: People) -> None:
    people.need.enterprise_id, people.need.posted_by_id = None, people.account_id("broker")
    match = introduced(people)
    with pytest.raises(NotAllowed):
        accept(people.session, match, Side.NEED, by=people.actor("broker"))
    accept(people.session, match, Side.NEED, by=people.actor("district"), note="11 月 20 日电话确认")


def test_an_official_answers_on_behalf_of_a_side_without_account(people: People) -> None:
    session = people.session
    people.accounts["institution"].institution_id = None
    session.flush()
    match = introduced(people)
    # The officials are told that the answer is theirs to get.
    assert any("请答复" in one.title for one in told(people, "district"))
    with pytest.raises(MalformedRequest, match="依据"):
        accept(session, match, Side.ACHIEVEMENT, by=people.actor("district"))
    accept(session, match, Side.ACHIEVEMENT, by=people.actor("district"), note="11 月 20 日电话确认")
    session.flush()
    event = session.exec(select(MatchEvent).where(col(MatchEvent.on_behalf_of) == Side.ACHIEVEMENT)).one()
    assert event.account_id == people.account_id("district")


def test_one_person_on_both_sides_is_no_agreement(people: People) -> None:
    people.achievement.posted_by_id = people.account_id("enterprise")
    match = introduced(people)
    with pytest.raises(NotAllowed):
        accept(people.session, match, Side.NEED, by=people.actor("enterprise"))
    assert not open_steps(pair_of(people.session, match), people.actor("enterprise")).get(Step.ACCEPT)


def test_declining_needs_a_reason_of_ones_own_list_and_is_told_softly(people: People) -> None:
    session, match = people.session, introduced(people)
    need_side = people.actor("enterprise")
    with pytest.raises(MalformedRequest, match="须选择原因"):
        decline(session, match, Side.NEED, by=need_side, reason=None)
    with pytest.raises(MalformedRequest, match="不是需求方可选"):
        decline(session, match, Side.NEED, by=need_side, reason=DeclineReason.NO_CAPACITY)
    with pytest.raises(MalformedRequest, match="其他"):
        decline(session, match, Side.NEED, by=need_side, reason=DeclineReason.OTHER)
    decline(session, match, Side.NEED, by=need_side, reason=DeclineReason.TOO_EXPENSIVE, note="报价 80 万超出预算")
    assert (match.status, match.declined_by) == (MatchStatus.DECLINED, Side.NEED)
    pair = pair_of(session, match)
    other = people.actor("institution")
    theirs = declined_because(pair, other) + "".join(one.note for one in timeline(session, match, reader=other))
    theirs += "".join(one.title + one.body for one in told(people, "institution"))
    assert "合作条件" in theirs
    for hard in ("价", "成本", "80", "预算"):
        assert hard not in theirs
    for name in ("broker", "district", "enterprise"):
        assert "成本或报价过高" in declined_because(pair, people.actor(name))
        assert any("80 万" in one.note for one in timeline(session, match, reader=people.actor(name)))
    assert refused_counterparts(session, people.need) == set()
    with pytest.raises(WrongStatus):
        accept(session, match, Side.ACHIEVEMENT, by=other)


def test_only_out_of_field_says_the_recommendation_was_wrong(people: People) -> None:
    match = introduced(people)
    reason = DeclineReason.OUT_OF_FIELD
    decline(people.session, match, Side.NEED, by=people.actor("enterprise"), reason=reason)
    people.session.flush()
    assert refused_counterparts(people.session, people.need) == {people.achievement.id}
    assert refused_counterparts(people.session, people.achievement) == {people.need.id}


def test_an_older_version_is_refused(people: People) -> None:
    match = people.match()
    with pytest.raises(VersionConflict):
        readable_match(people.session, match.id or 0, reader=people.actor("broker"), version=match.version - 1)


def test_a_key_for_reading_only_reads(people: People) -> None:
    session, match = people.session, introduced(people)
    account = session.get(Account, people.account_id("enterprise"))
    assert account is not None
    reader = Actor(**{**vars(actor_for(session, account)), "scopes": frozenset({Scope.READ})})
    assert timeline(session, match, reader=reader)
    assert open_steps(pair_of(session, match), reader) == {}
    with pytest.raises(NotAllowed):
        accept(session, match, Side.NEED, by=reader)


def test_of_two_brokers_at_once_one_is_refused(people: People, database: Engine) -> None:
    wish(people.session, people.need, people.achievement, by=people.actor("enterprise"))
    people.session.commit()
    with Session(database, expire_on_commit=False) as late:
        # The late one has read the match, and ends no transaction that would show the other's filing.
        seen = late.exec(select(Match)).one()
        need, achievement = (
            late.get_one(TechnologyNeed, people.need.id),
            late.get_one(Achievement, people.achievement.id),
        )
        late.commit()
        people.match()
        people.session.commit()
        with pytest.raises(StaleDataError):
            take_up(late, need, achievement, by=people.actor("other_broker"))
        late.rollback()
        assert seen.broker_account_id == people.account_id("broker")
