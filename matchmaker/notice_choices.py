"""What everybody chose about notices: for each kind the ways and the pace, and the robots they go to."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from matchmaker.errors import MalformedRequest, NotFound, NotLoggedIn
from matchmaker.models.account import Account
from matchmaker.models.notice import NoticeKind, NoticePreference, NoticeRobot, Pace, Way
from matchmaker.rights import Actor
from matchmaker.sending.robots import RobotKey

ROBOTS = (Way.WECOM, Way.DINGTALK, Way.FEISHU)

# What waits for a person goes out at once, what she looks through anyway once a day.
_AT_ONCE = frozenset(
    {NoticeKind.REVIEW, NoticeKind.MATCH, NoticeKind.ASSIGNMENT, NoticeKind.CONTRACT, NoticeKind.ACCOUNT}
)


@dataclass(frozen=True)
class Choice:
    """How one kind of notice reaches one person outside the platform."""

    ways: frozenset[Way]
    pace: Pace


def default_choice(kind: NoticeKind) -> Choice:
    """What holds until somebody chooses."""
    return Choice(frozenset({Way.MAIL}), Pace.AT_ONCE if kind in _AT_ONCE else Pace.DAILY)


def ways_for(kind: NoticeKind) -> tuple[Way, ...]:
    """The ways one may choose for it: a group must not read about the security of somebody's account."""
    return (Way.MAIL,) if kind is NoticeKind.ACCOUNT else tuple(Way)


def choices_of(session: Session, account_id: int) -> dict[NoticeKind, Choice]:
    """All her choices, the defaults where she made none."""
    made = session.exec(select(NoticePreference).where(col(NoticePreference.account_id) == account_id))
    chosen = {one.kind: Choice(frozenset(one.ways), one.pace) for one in made}
    return {kind: chosen.get(kind) or default_choice(kind) for kind in NoticeKind}


def choose(session: Session, choices: Mapping[NoticeKind, Choice], *, by: Actor) -> None:
    """Keep these choices of the person who acts, for what is told from now on.

    Raises NotLoggedIn; MalformedRequest for a way that is not open to a kind.
    """
    account_id = _account_id(by)
    wanted = select(NoticePreference).where(col(NoticePreference.account_id) == account_id)
    stored = {one.kind: one for one in session.exec(wanted)}
    for kind, choice in choices.items():
        if not choice.ways <= set(ways_for(kind)):
            raise MalformedRequest(f"“{kind.label}”只能用电子邮件发送", "请去掉机器人")
        row = stored.get(kind) or NoticePreference(account_id=account_id, kind=kind)
        row.ways, row.pace = [way for way in Way if way in choice.ways], choice.pace
        session.add(row)


def set_robot(session: Session, way: Way, key: RobotKey, *, by: Actor) -> None:
    """Keep the key of her robot of this kind, in place of an earlier one. Raises NotLoggedIn, NotFound (mail)."""
    if way not in ROBOTS:
        raise NotFound("没有这种机器人")
    account_id = _account_id(by)
    found = _robot(session, account_id, way) or NoticeRobot(account_id=account_id, way=way, secret_key="")
    found.secret_key = str(key)
    session.add(found)


def remove_robot(session: Session, way: Way, *, by: Actor) -> None:
    """Forget the robot; what still waits for it fails with that reason. Nothing happens where there is none."""
    if (robot := _robot(session, _account_id(by), way)) is not None:
        session.delete(robot)


def robots_of(session: Session, account_id: int) -> dict[Way, NoticeRobot]:
    """Her robots, for showing that there is one; the key itself is for the courier."""
    found = session.exec(select(NoticeRobot).where(col(NoticeRobot.account_id) == account_id))
    return {one.way: one for one in found}


def recipient(session: Session, account: Account, way: Way) -> str:
    """Where a message to her goes this way: an address, a robot's key; empty where there is none."""
    if way is Way.MAIL or account.id is None:
        return account.email
    robot = _robot(session, account.id, way)
    return robot.secret_key if robot else ""


def reachable(session: Session, account_ids: Collection[int]) -> dict[int, frozenset[Way]]:
    """For each account the ways that lead to it at all: an address is known, a robot has been set up.

    No mail goes to the people of the demo city: nobody knows who reads at made-up addresses.
    """
    ways: dict[int, set[Way]] = {one: set() for one in account_ids}
    wanted = (
        col(Account.id).in_(account_ids),
        col(Account.email) != "",
        col(Account.disabled_at).is_(None),
        col(Account.is_demo).is_(False),
    )
    for account_id in session.exec(select(Account.id).where(*wanted)):
        if account_id is not None:
            ways[account_id].add(Way.MAIL)
    for robot in session.exec(select(NoticeRobot).where(col(NoticeRobot.account_id).in_(account_ids))):
        ways[robot.account_id].add(robot.way)
    return {account_id: frozenset(found) for account_id, found in ways.items()}


def choices_about(session: Session, kind: NoticeKind, account_ids: Iterable[int]) -> dict[int, Choice]:
    """What each of these accounts chose for one kind."""
    wanted = list(account_ids)
    made = session.exec(
        select(NoticePreference).where(col(NoticePreference.account_id).in_(wanted), col(NoticePreference.kind) == kind)
    )
    chosen = {one.account_id: Choice(frozenset(one.ways), one.pace) for one in made}
    return {one: chosen.get(one) or default_choice(kind) for one in wanted}


def _robot(session: Session, account_id: int, way: Way) -> NoticeRobot | None:
    wanted = select(NoticeRobot).where(col(NoticeRobot.account_id) == account_id, col(NoticeRobot.way) == way)
    return session.exec(wanted).first()


def _account_id(by: Actor) -> int:
    if by.account_id is None:
        raise NotLoggedIn("请先登录", "登录后才能设置通知")
    return by.account_id
