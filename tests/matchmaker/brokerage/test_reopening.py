"""Beginning again with a match that had ended, and what a contract means for the other matches of its need."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from matchmaker.brokerage import (
    Step,
    accept,
    close,
    contact_of,
    decline,
    introduce,
    negotiate,
    open_steps,
    pair_of,
    readable_match,
    record_signing,
    reopen,
    set_next_step,
    take_up,
    timeline,
    what_is_missing,
    wish,
)
from matchmaker.errors import ContactNotOpen, MalformedRequest, NotAllowed, NotFound, RecordNotMatchable, WrongStatus
from matchmaker.models.achievement import Achievement
from matchmaker.models.match import DeclineReason, Match, MatchStatus, Side
from matchmaker.visibility import today
from tests.factories import make_achievement
from tests.matchmaker.brokerage.world import People, agreed, introduced, make_people, told


@pytest.fixture
def people(session: Session) -> People:
    return make_people(session)


def declined(people: People, reason: DeclineReason) -> Match:
    match = introduced(people)
    accept(people.session, match, Side.ACHIEVEMENT, by=people.actor("institution"))
    decline(people.session, match, Side.NEED, by=people.actor("enterprise"), reason=reason)
    people.session.flush()
    return match


def test_a_match_that_was_closed_is_asked_about_anew(people: People) -> None:
    session, match = people.session, agreed(people)
    broker = people.actor("broker")
    set_next_step(session, match, by=broker, text="约时间", due_on=today())
    close(session, match, by=people.actor("enterprise"), note="项目暂停")
    with pytest.raises(MalformedRequest, match="原因"):
        reopen(session, match, by=broker, note="")
    for name in ("enterprise", "institution", "brokerage"):
        with pytest.raises(NotAllowed):
            reopen(session, match, by=people.actor(name), note="项目恢复")
    reopen(session, match, by=broker, note="企业项目恢复")
    session.flush()
    assert (match.status, match.need_accepted_at, match.achievement_accepted_at) == (
        MatchStatus.RECOMMENDED,
        None,
        None,
    )
    assert (match.next_step, match.due_on, match.broker_account_id) == ("", None, people.account_id("broker"))
    # Until it is introduced again it is between the broker and the officials.
    with pytest.raises(NotFound):
        readable_match(session, match.id or 0, reader=people.actor("institution"))
    with pytest.raises(WrongStatus):
        reopen(session, match, by=broker, note="再次")
    introduce(session, match, by=broker, note="再次引荐")
    accept(session, match, Side.NEED, by=people.actor("enterprise"))
    assert "成果方尚未同意" in what_is_missing(match)
    with pytest.raises(ContactNotOpen):
        contact_of(session, match, Side.NEED, reader=people.actor("institution"))
    read = timeline(session, match, reader=people.actor("institution"))
    assert Step.REOPEN in [one.step for one in read]
    assert all("恢复" not in one.note for one in read)


def test_a_no_stands_for_the_broker_unless_it_was_no_answer(people: People) -> None:
    session, match = people.session, declined(people, DeclineReason.TOO_EXPENSIVE)
    assert Step.REOPEN not in open_steps(pair_of(session, match), people.actor("broker"))
    with pytest.raises(NotAllowed, match="谢绝"):
        reopen(session, match, by=people.actor("broker"), note="价格已谈妥")
    assert Step.REOPEN in open_steps(pair_of(session, match), people.actor("district"))
    reopen(session, match, by=people.actor("district"), note="价格已谈妥")
    assert (match.declined_by, match.decline_reason, match.achievement_accepted_at) == (None, None, None)
    assert any("重新开启" in one.title for one in told(people, "broker"))
    introduce(session, match, by=people.actor("broker"))
    decline(session, match, Side.NEED, by=people.actor("enterprise"), reason=DeclineReason.NO_RESPONSE)
    assert Step.REOPEN in open_steps(pair_of(session, match), people.actor("broker"))
    reopen(session, match, by=people.actor("broker"), note="已联系上")


def test_what_is_no_longer_open_is_not_begun_again(people: People) -> None:
    match = declined(people, DeclineReason.NO_RESPONSE)
    people.need.valid_until = today() - timedelta(days=1)
    with pytest.raises(RecordNotMatchable):
        reopen(people.session, match, by=people.actor("broker"), note="已联系上")


def second(people: People) -> Achievement:
    """Another achievement of the same institution."""
    found = make_achievement(people.session, title="另一项成果")
    found.institution_id = people.achievement.institution_id
    people.session.flush()
    return found


def test_a_contract_is_told_once_to_the_people_of_the_needs_other_open_matches(people: People) -> None:
    session = people.session
    introduced_too = take_up(session, people.need, second(people), by=people.actor("other_broker"))
    introduce(session, introduced_too, by=people.actor("other_broker"))
    begun = take_up(session, people.need, second(people), by=people.actor("colleague"))
    wished = wish(session, people.need, second(people), by=people.actor("institution"))
    ended = take_up(session, people.need, second(people), by=people.actor("other_broker"))
    close(session, ended, by=people.actor("other_broker"), note="没有合作意向")
    match = agreed(people)
    negotiate(session, match, by=people.actor("enterprise"))
    session.flush()
    record_signing(session, match, by=people.actor("broker"), signed_on=today())
    links = {
        name: sorted(one.link for one in told(people, name) if "另行签约" in one.title)
        for name in ("other_broker", "colleague", "institution", "enterprise", "district", "broker")
    }
    first, alone, waiting = (f"/carried/{one.id}" for one in (introduced_too, begun, wished))
    assert links == {
        "other_broker": [first],
        # Neither side knows of what was not introduced yet.
        "colleague": [alone],
        "institution": sorted([first, waiting]),
        "enterprise": [first],
        "district": [waiting],
        "broker": [],
    }
    assert (introduced_too.status, begun.status) == (MatchStatus.INTRODUCED, MatchStatus.RECOMMENDED)
    # It comes to a contract all the same: the wish and what had begun were told of already.
    accept(session, introduced_too, Side.NEED, by=people.actor("enterprise"))
    accept(session, introduced_too, Side.ACHIEVEMENT, by=people.actor("institution"))
    negotiate(session, introduced_too, by=people.actor("enterprise"))
    record_signing(session, introduced_too, by=people.actor("other_broker"), signed_on=today())
    for name, known in links.items():
        assert sorted(one.link for one in told(people, name) if "另行签约" in one.title) == known
