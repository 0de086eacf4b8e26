"""Messages, confidentiality, signing, follow-ups and the end of a match."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from matchmaker.brokerage import (
    Step,
    StepRequest,
    accept,
    close,
    contact_of,
    do,
    due_follow_ups,
    follow_ups_of,
    messages_of,
    negotiate,
    open_steps,
    pair_of,
    readable_match,
    record_follow_up,
    record_registration,
    record_signing,
    remind,
    request_nda,
    set_next_step,
    shown_explanation,
    sign_nda,
    timeline,
    what_is_missing,
    write_message,
)
from matchmaker.brokers import join, leave
from matchmaker.disclosure import reached
from matchmaker.errors import (
    ContactNotOpen,
    MalformedRequest,
    NotAllowed,
    NotFound,
    WrongStatus,
)
from matchmaker.models.account import Role
from matchmaker.models.broker import Broker
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.labels import Confidentiality, NeedStatus
from matchmaker.models.match import (
    DeclineReason,
    Explanation,
    MatchMessage,
    MatchStatus,
    NdaStatus,
    Reason,
    SharedWord,
    Side,
    Span,
    Verdict,
)
from matchmaker.models.notice import NoticeKind
from matchmaker.rights import PLATFORM
from matchmaker.visibility import is_readable, today
from tests.factories import actor_for, make_account, make_brokerage
from tests.matchmaker.brokerage.world import (
    People,
    agreed,
    introduced,
    make_people,
    told,
)


@pytest.fixture
def people(session: Session) -> People:
    return make_people(session)


def test_an_agreement_waited_for_keeps_contacts_and_protected_fields_closed(people: People) -> None:
    session, match = people.session, agreed(people)
    request_nda(session, match, by=people.actor("institution"))
    session.flush()
    assert "保密协议" in what_is_missing(match)
    assert reached(session, people.achievement, people.actor("enterprise")) is Disclosure.PUBLIC
    with pytest.raises(ContactNotOpen):
        contact_of(session, match, Side.NEED, reader=people.actor("institution"))
    sign_nda(session, match, Side.NEED, by=people.actor("enterprise"))
    with pytest.raises(WrongStatus):
        sign_nda(session, match, Side.NEED, by=people.actor("enterprise"))
    with pytest.raises(NotAllowed):
        sign_nda(session, match, Side.ACHIEVEMENT, by=people.actor("enterprise"))
    sign_nda(session, match, Side.ACHIEVEMENT, by=people.actor("institution"))
    assert match.nda is NdaStatus.SIGNED
    assert reached(session, people.achievement, people.actor("enterprise")) is Disclosure.PARTIES
    with pytest.raises(WrongStatus):
        request_nda(session, match, by=people.actor("institution"))


def test_nobody_is_told_that_contacts_are_open_while_an_agreement_waits(people: People) -> None:
    session, match = people.session, introduced(people)
    request_nda(session, match, by=people.actor("broker"))
    accept(session, match, Side.NEED, by=people.actor("enterprise"))
    accept(session, match, Side.ACHIEVEMENT, by=people.actor("institution"))

    def told_of_contacts(name: str) -> list[str]:
        return [one.title for one in told(people, name) if "可以查看联系方式" in one.title]

    assert any("保密协议尚未签署" in one.title for one in told(people, "enterprise"))
    assert told_of_contacts("enterprise") == []
    sign_nda(session, match, Side.NEED, by=people.actor("enterprise"))
    assert told_of_contacts("enterprise") == []
    sign_nda(session, match, Side.ACHIEVEMENT, by=people.actor("institution"))
    assert len(told_of_contacts("enterprise")) == 1


def test_an_explanation_tells_nothing_that_was_closed_since(people: People) -> None:
    """What a carried match quotes was public when it was recommended."""
    session, need = people.session, people.need
    need.budget_max_fen = 777_000_000
    match = introduced(people)
    both = [
        SharedWord(word=one, weight=2.0, in_need=[Span(field=one, start=0, end=2)], in_achievement=[])
        for one in ("goal", "title")
    ]
    for one in both:
        one.in_achievement.append(Span(field="title", start=0, end=2))
    told_of = Reason(
        code="words", label="关键词", verdict=Verdict.MET, score=1.0, weight=0.0, sentence="共同出现：goal、title"
    )
    match.explanation = Explanation(reasons=[told_of, *match.explanation.reasons], words=both)
    pair = pair_of(session, match)
    assert "777" in shown_explanation(session, pair, people.actor("institution")).model_dump_json()
    need.disclosure = {"budget": Disclosure.PARTIES, "goal": Disclosure.PARTIES}
    session.flush()
    for name in ("institution", "broker", "brokerage"):
        shown = shown_explanation(session, pair, people.actor(name))
        assert "777" not in shown.model_dump_json()
        assert "goal" not in shown.model_dump_json()
        assert [one.word for one in shown.words] == ["title"]
    for name in ("enterprise", "district", "city"):
        assert shown_explanation(session, pair, people.actor(name)) == match.explanation


def test_a_broker_whose_certificate_has_ended_learns_no_more(people: People) -> None:
    session, match = people.session, agreed(people)
    people.achievement.disclosure = {"principle": Disclosure.PARTIES}
    account = people.accounts["broker"]
    former = actor_for(session, account)
    assert contact_of(session, match, Side.NEED, reader=former).phone
    assert reached(session, people.achievement, former) is Disclosure.PARTIES
    broker = session.get(Broker, account.broker_id)
    assert broker is not None
    broker.certificate_valid_until = today() - timedelta(days=1)
    session.flush()
    former = actor_for(session, account)
    with pytest.raises(NotAllowed):
        contact_of(session, match, Side.NEED, reader=former)
    assert reached(session, people.achievement, former) is Disclosure.PUBLIC
    # What she filed stays hers to see: rewards are counted by it.
    assert readable_match(session, match.id or 0, reader=former) is match


def test_signing_takes_the_need_from_the_market_and_plans_the_follow_ups(people: People) -> None:
    session, match = people.session, agreed(people)
    broker = people.actor("broker")
    negotiate(session, match, by=people.actor("enterprise"))
    with pytest.raises(MalformedRequest):
        record_signing(session, match, by=broker, signed_on=today() + timedelta(days=1))
    record_signing(session, match, by=broker, signed_on=today() - timedelta(days=31))
    assert people.need.status is NeedStatus.CONTRACTED
    session.flush()
    assert [one.days for one in follow_ups_of(session, match)] == [30, 90, 180]
    assert [one.days for one, _ in due_follow_ups(session, today())] == [30]
    remind(session, today())
    remind(session, today())
    assert len([one for one in told(people, "broker") if one.kind is NoticeKind.FOLLOW_UP]) == 1
    with pytest.raises(MalformedRequest):
        record_follow_up(session, match, 30, by=broker, outcome="")
    record_follow_up(session, match, 30, by=broker, outcome="合同履行正常，联系 13812345678")
    assert "138" not in follow_ups_of(session, match)[0].outcome
    assert due_follow_ups(session, today()) == []
    with pytest.raises(WrongStatus):
        record_follow_up(session, match, 30, by=broker, outcome="再次")
    record_registration(session, match, by=broker, note="已认定登记")
    assert match.status is MatchStatus.REGISTERED


def test_the_next_step_reminds_when_it_is_due(people: People) -> None:
    session, match = people.session, agreed(people)
    with pytest.raises(MalformedRequest):
        set_next_step(session, match, by=people.actor("broker"), text="开会", due_on=today() - timedelta(days=1))
    set_next_step(session, match, by=people.actor("broker"), text="打 13812345678 约时间", due_on=today())
    assert "138" not in match.next_step
    with pytest.raises(NotAllowed):
        set_next_step(session, match, by=people.actor("enterprise"), text="开会", due_on=None)
    session.flush()
    remind(session, today())
    assert any("下一步已到期" in one.title for one in told(people, "broker"))


def test_closing_needs_a_note_and_closes_contacts(people: People) -> None:
    session, match = people.session, agreed(people)
    with pytest.raises(MalformedRequest):
        close(session, match, by=people.actor("enterprise"), note="")
    close(session, match, by=people.actor("broker"), note="对方报价过高")
    session.flush()
    assert all("报价" not in one.note for one in timeline(session, match, reader=people.actor("institution")))
    with pytest.raises(ContactNotOpen):
        contact_of(session, match, Side.NEED, reader=people.actor("institution"))
    assert reached(session, people.achievement, people.actor("enterprise")) is Disclosure.PUBLIC


def test_messages_lose_contacts_until_both_agree(people: People) -> None:
    session, match = people.session, introduced(people)
    assert write_message(session, match, by=people.actor("enterprise"), text="请打 13812345678")
    accept(session, match, Side.NEED, by=people.actor("enterprise"))
    accept(session, match, Side.ACHIEVEMENT, by=people.actor("institution"))
    assert not write_message(session, match, by=people.actor("institution"), text="请打 13912345678")
    read = messages_of(session, match, reader=people.actor("enterprise"))
    assert "138" not in read[0].text
    assert "13912345678" in read[1].text
    assert all("139" not in one.title + one.body for one in told(people, "enterprise"))
    assert [one.kind for one in told(people, "institution")].count(NoticeKind.MESSAGE) == 1
    with pytest.raises(NotAllowed):
        write_message(session, match, by=people.actor("district"), text="请尽快")
    with pytest.raises(NotFound):
        messages_of(session, match, reader=people.actor("other_enterprise"))
    with pytest.raises(MalformedRequest):
        write_message(session, match, by=people.actor("enterprise"), text="")
    assert session.exec(select(MatchMessage)).all()


def test_names_of_people_stay_hidden_until_contacts_open(people: People) -> None:
    session, match = people.session, introduced(people)
    write_message(session, match, by=people.actor("enterprise"), text="想了解中试情况")
    accept(session, match, Side.NEED, by=people.actor("enterprise"))
    name = people.accounts["enterprise"].name

    def seen(reader: str) -> str:
        session.flush()
        moments = timeline(session, match, reader=people.actor(reader))
        return str([moments, messages_of(session, match, reader=people.actor(reader))])

    assert name not in seen("institution")
    assert name in seen("broker")
    accept(session, match, Side.ACHIEVEMENT, by=people.actor("institution"))
    assert name in seen("institution")


def test_every_step_that_is_offered_can_be_taken(people: People) -> None:
    session, match = people.session, agreed(people)
    for name in ("broker", "enterprise", "institution", "district", "city", "brokerage", "colleague"):
        actor = people.actor(name)
        if name == "colleague":
            assert Step.CLOSE not in (open_steps(pair_of(session, match), people.actor("brokerage")))
            continue
        for step, sides in open_steps(pair_of(session, match), actor).items():
            with session.begin_nested() as undone:
                asked = StepRequest(
                    note="说明",
                    side=sides[0] if sides else None,
                    reason=DeclineReason.OTHER,
                    on=today(),
                    text="电话沟通",
                    broker_account_id=people.account_id("colleague"),
                )
                do(session, match, step, asked, by=actor)
                session.flush()
                undone.rollback()
            session.expire_all()


def test_a_match_stays_with_the_brokerage_it_was_filed_by(people: People) -> None:
    session, match = people.session, agreed(people)
    broker = session.get_one(Broker, people.actor("broker").broker_id)
    other = make_brokerage(session)
    newcomer = actor_for(session, make_account(session, role=Role.BROKERAGE_ADMINISTRATOR, brokerage_id=other.id))
    leave(session, broker, today(), by=PLATFORM)
    join(session, broker, other, today(), by=newcomer)
    session.flush()
    assert readable_match(session, match.id or 0, reader=people.actor("brokerage")).id == match.id
    with pytest.raises(NotFound):
        readable_match(session, match.id or 0, reader=newcomer)


def test_what_was_broken_off_opens_nothing_any_more(people: People) -> None:
    session, match = people.session, agreed(people)
    people.need.confidentiality = Confidentiality.DIRECTED
    session.flush()
    assert is_readable(session, people.need, people.actor("institution"))
    close(session, match, by=people.actor("broker"), note="双方同意终止")
    session.flush()
    assert not is_readable(session, people.need, people.actor("institution"))
    assert is_readable(session, people.need, people.actor("broker"))
