"""The table of steps, the reasons for declining, and a walk of random people through random steps."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker.brokerage import (
    REASONS,
    SOFTENED,
    Part,
    Step,
    StepRequest,
    Wanted,
    assign,
    carried_matches,
    contact_of,
    do,
    messages_of,
    open_steps,
    pair_of,
    parts_of,
    readable_match,
    take_up,
    timeline,
    wish,
    write_message,
)
from matchmaker.brokerage.life import ENDED, LIFE, may_take
from matchmaker.disclosure import reached
from matchmaker.errors import MatchmakerError
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.match import DeclineReason, Match, MatchEvent, MatchMessage, MatchStatus, NdaStatus, Side
from matchmaker.models.notice import Notice
from matchmaker.visibility import today
from tests.matchmaker.brokerage.world import ACHIEVEMENT_PHONE, NEED_PHONE, People, make_people

# domain.md §5.3, as written there.
LISTED = {
    Side.NEED: "技术指标不满足 / 成熟度不足 / 成本或报价过高 / 工艺设备不兼容 / 已有解决方案 / 预算取消 / 需求已变化 / "
    "知识产权不清 / 对方无回应 / 重复推荐 / 领域不符（推荐不准） / 其他",
    Side.ACHIEVEMENT: "不在研究方向 / 周期过短 / 预算过低 / 已独占许可 / 需求描述不清（请求补充） / 涉密或限制 / "
    "团队无产能 / 其他",
}
SECRET = "13812345678"
PEOPLE = (
    "enterprise",
    "institution",
    "broker",
    "colleague",
    "other_broker",
    "uncertified",
    "brokerage",
    "district",
    "other_district",
    "city",
    "other_enterprise",
)


@pytest.mark.parametrize("side", Side)
def test_the_reasons_are_those_of_the_two_lists(side: Side) -> None:
    assert [one.label for one in REASONS[side]] == LISTED[side].split(" / ")


def test_no_softened_word_speaks_of_money_or_blames() -> None:
    assert set(SOFTENED) == set(DeclineReason) == {one for reasons in REASONS.values() for one in reasons}
    for sentence in SOFTENED.values():
        assert not any(word in sentence for word in ("价", "成本", "预算", "经费", "钱", "涉密", "不成熟", "不满足"))


def test_an_end_is_followed_by_a_look_at_it_or_a_new_beginning() -> None:
    for status in ENDED:
        steps = {step for step in Step if may_take(step, status, frozenset(Part))}
        assert steps == {Step.FOLLOW_UP if status is MatchStatus.REGISTERED else Step.REOPEN}


def test_every_status_is_reached_by_the_table() -> None:
    found = {MatchStatus.RECOMMENDED}
    while more := {after for rule in LIFE if rule.before & found for after in rule.after} - found:
        found |= more
    assert found == set(MatchStatus)


def contact_is_open(match: Match) -> bool:
    """What the design says, in the test's own words."""
    both = match.need_accepted_at is not None and match.achievement_accepted_at is not None
    alive = match.status not in (MatchStatus.DECLINED, MatchStatus.CLOSED)
    return both and alive and match.nda is not NdaStatus.REQUESTED


def attempt(people: People, name: str, step: str, asked: StepRequest) -> bool:
    """One person tries one thing: was it done? What is refused changes nothing."""
    session, by = people.session, people.actor(name)
    found = session.exec(select(Match)).first()
    try:
        with session.begin_nested():
            if step == "take_up" or (found is None and step != "wish"):
                take_up(session, people.need, people.achievement, by=by)
            elif step == "wish":
                wish(session, people.need, people.achievement, by=by, note=f"请打 {SECRET}")
            elif step == "message":
                write_message(session, found, by=by, text=f"请打 {SECRET}")  # type: ignore[arg-type]
            elif step == "assign":
                broker = people.accounts[PEOPLE[(asked.days or 0) % len(PEOPLE)]]
                assign(session, found, broker, by=by, reason=asked.note)  # type: ignore[arg-type]
            else:
                do(session, found, Step(step), asked, by=by)  # type: ignore[call-arg, arg-type]
            session.flush()
    except MatchmakerError:
        session.expire_all()
        return False
    return True


def check(people: People) -> None:
    """What must hold after every step, for everybody."""
    session = people.session
    match = session.exec(select(Match)).first()
    if match is None:
        return
    events = session.exec(select(MatchEvent).where(col(MatchEvent.match_id) == match.id).order_by(col(MatchEvent.id)))
    status = MatchStatus.RECOMMENDED
    for event in events:
        assert event.before is status
        assert event.before is event.after or any(
            str(rule.step) == event.what.partition(":")[0] and event.before in rule.before and event.after in rule.after
            for rule in LIFE
        )
        assert SECRET not in event.note
        status = event.after
    assert match.status is status
    assert match.status in (MatchStatus.RECOMMENDED, MatchStatus.CLOSED) or match.broker_account_id is not None
    if match.status not in (MatchStatus.RECOMMENDED, MatchStatus.INTRODUCED, MatchStatus.DECLINED, MatchStatus.CLOSED):
        assert match.need_accepted_at is not None
        assert match.achievement_accepted_at is not None
    pair = pair_of(session, match)
    is_open = contact_is_open(match)
    for name in PEOPLE:
        reader = people.actor(name)
        parts = parts_of(pair, reader)
        # The list (SQL) and the page (Python) agree on whose business it is.
        assert bool(parts) == bool(carried_matches(session, reader, Wanted()).total)
        for side in Side:
            try:
                found = contact_of(session, match, side, reader=reader)
            except MatchmakerError:
                found = None
            allowed = is_open and parts & {Part.CARRIER, Part.OVERSEER, Part.NEED_SIDE, Part.ACHIEVEMENT_SIDE}
            assert (found is not None) == bool(allowed), (name, side, match.status)
        if name in ("institution", "broker", "other_broker", "other_enterprise"):
            protected = reached(session, people.need, reader) is Disclosure.PARTIES
            assert protected == (is_open and bool(parts)), (name, match.status)
        if parts:
            seen = f"{timeline(session, match, reader=reader)}{open_steps(pair, reader)}{match.next_step}"
            assert not any(word in seen for word in (SECRET, NEED_PHONE, ACHIEVEMENT_PHONE))
            messages_of(session, match, reader=reader)
        else:
            for read in (timeline, messages_of):
                with pytest.raises(MatchmakerError):
                    read(session, match, reader=reader)
            with pytest.raises(MatchmakerError):
                readable_match(session, match.id or 0, reader=reader)
    for notice in session.exec(select(Notice)):
        assert not any(word in notice.title + notice.body for word in (SECRET, NEED_PHONE, ACHIEVEMENT_PHONE))


TRIED = ["message", *[str(step) for step in Step if step not in (Step.PAIR, Step.TAKE_UP)]]
ATTEMPTS = st.tuples(
    st.sampled_from(PEOPLE),
    st.sampled_from(TRIED),
    st.sampled_from([None, *Side]),
    st.sampled_from([None, *DeclineReason]),
    st.sampled_from(["", f"说明 {SECRET}"]),
    st.sampled_from([None, 0, 3, 4, 30, 90]),
)
# Walks that get somewhere: each of these has its turn in about this order, with random ones between.
COURSE = (
    ("enterprise", "wish"),
    ("broker", "take_up"),
    ("broker", "introduce"),
    ("enterprise", "accept"),
    ("institution", "accept"),
    ("institution", "request_nda"),
    ("enterprise", "sign_nda"),
    ("institution", "sign_nda"),
    ("broker", "negotiate"),
    ("broker", "plan"),
    ("broker", "record_intent"),
    ("broker", "sign"),
    ("district", "register"),
)
# One that ends twice and is begun again.
DETOUR = (
    ("broker", "take_up"),
    ("broker", "introduce"),
    ("enterprise", "accept"),
    ("institution", "decline"),
    ("district", "reopen"),
    ("broker", "introduce"),
    ("enterprise", "accept"),
    ("institution", "accept"),
    ("enterprise", "close"),
    ("broker", "reopen"),
)


def usual(people: People, name: str, step: str) -> bool:
    said = StepRequest(note="说明", on=today(), text="电话沟通", reason=DeclineReason.OTHER)
    return attempt(people, name, step, said)


@settings(
    max_examples=12,
    deadline=None,
    # Every person's view is looked at after every step: finding the shortest failing walk would take minutes.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    way=st.sampled_from([COURSE, DETOUR]), walk=st.lists(st.tuples(st.booleans(), ATTEMPTS), min_size=4, max_size=16)
)
@pytest.mark.postgresql
@pytest.mark.slow
def test_no_walk_leads_to_a_contact_that_is_not_open(
    database: Engine, way: tuple[tuple[str, str], ...], walk: list[tuple[bool, tuple[Any, ...]]]
) -> None:
    """Random people try random steps; `True` inserts the next step of the way before."""
    with Session(database, expire_on_commit=False) as session:
        people = make_people(session)
        course = iter(way)
        for goes_on, (name, step, side, reason, note, days) in walk:
            if goes_on and (following := next(course, None)):
                usual(people, *following)
                check(people)
            asked = StepRequest(note=note, side=side, reason=reason, on=today(), text=note, days=days or None)
            if attempt(people, name, step, asked):
                check(people)
        session.rollback()


@pytest.mark.parametrize(
    ("way", "end"),
    [(COURSE, (MatchStatus.REGISTERED, NdaStatus.SIGNED)), (DETOUR, (MatchStatus.RECOMMENDED, NdaStatus.NOT_NEEDED))],
    ids=["course", "detour"],
)
def test_both_ways_reach_their_end(
    database: Engine, way: tuple[tuple[str, str], ...], end: tuple[MatchStatus, NdaStatus]
) -> None:
    """The walk above is worth something only if its ways work, step by step."""
    with Session(database, expire_on_commit=False) as session:
        people = make_people(session)
        for name, step in way:
            assert usual(people, name, step), (name, step)
            check(people)
        match = session.exec(select(Match)).one()
        assert (match.status, match.nda) == end
        assert session.exec(select(MatchMessage)).all() == []
        session.rollback()
