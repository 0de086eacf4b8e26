"""Seats: which role an account takes for whom, and who may fill which."""

import re
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlmodel import Session, col, or_, select

from matchmaker.classification import classification
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, RecordAlreadyExists
from matchmaker.models.account import Account, Invitation, Role
from matchmaker.models.broker import Broker, Brokerage, BrokerageMembership
from matchmaker.models.party import Enterprise, Institution
from matchmaker.parties import mentioned_enterprise, mentioned_institution
from matchmaker.rights import Actor, Right

P = TypeVar("P", Enterprise, Institution, Brokerage)

# Which column of a seat a role needs; the other roles need none.
_NEEDED: dict[Role, str] = {
    Role.ENTERPRISE: "enterprise_id",
    Role.INSTITUTION: "institution_id",
    Role.BROKERAGE_ADMINISTRATOR: "brokerage_id",
    Role.BROKER: "broker_id",
    Role.DISTRICT_OFFICIAL: "region_code",
}


@dataclass(frozen=True)
class Seat:
    """A role and whom it is for: an enterprise, an institution, a brokerage, a broker's own record, or a district."""

    role: Role
    enterprise_id: int | None = None
    institution_id: int | None = None
    brokerage_id: int | None = None
    broker_id: int | None = None
    region_code: str | None = None

    def values(self) -> dict[str, Any]:
        """As columns of an account or an invitation."""
        return dict(vars(self))


def seat_of(holder: Account | Invitation) -> Seat:
    """The seat an account has, or an invitation offers."""
    return Seat(
        role=holder.role,
        enterprise_id=holder.enterprise_id,
        institution_id=holder.institution_id,
        brokerage_id=holder.brokerage_id,
        broker_id=holder.broker_id,
        region_code=holder.region_code,
    )


def own_seat(by: Actor) -> Seat:
    """The seat of the person who acts. Raises NotAllowed for nobody in particular."""
    if by.role is None:
        raise NotAllowed("请先登录", "登录后再进行此操作")
    return Seat(by.role, by.enterprise_id, by.institution_id, by.brokerage_id, by.broker_id, by.region_code)


def seat_by_name(session: Session, role: Role, name: str, *, add_unknown: bool = False) -> Seat:
    """The seat of that role for the organisation of this name, the broker of this name or certificate number, or
    the district of this name or code.

    `add_unknown` notes an enterprise or institution that the platform does not know yet. Raises NotFound (with names that
    are like it), MalformedRequest (a name is missing), RecordAlreadyExists (the broker has an account).
    """
    name = name.strip()
    if role in _NEEDED and not name:
        raise MalformedRequest("请填写所属单位", "经纪人填姓名或证书编号，县市区科技局填县市区名称")
    match role:
        case Role.ENTERPRISE:
            party = mentioned_enterprise(session, name, None) if add_unknown else _by_name(session, Enterprise, name)
            return Seat(role, enterprise_id=party.id if party else None)
        case Role.INSTITUTION:
            home = mentioned_institution(session, name, None) if add_unknown else _by_name(session, Institution, name)
            return Seat(role, institution_id=home.id if home else None)
        case Role.BROKERAGE_ADMINISTRATOR:
            return Seat(role, brokerage_id=_by_name(session, Brokerage, name).id)
        case Role.BROKER:
            return Seat(role, broker_id=_broker(session, name).id)
        case Role.DISTRICT_OFFICIAL:
            return Seat(role, region_code=_district(name))
        case _:
            return Seat(role)


def check_seat(session: Session, seat: Seat) -> None:
    """Raise MalformedRequest for a seat that lacks what its role needs, RecordAlreadyExists for a broker's that is taken."""
    needed = _NEEDED.get(seat.role)
    if needed is not None and getattr(seat, needed) is None:
        raise MalformedRequest(f"“{seat.role.label}”账号须有所属单位", "请填写单位名称；县市区科技局填县市区")
    if seat.region_code is not None and seat.region_code not in classification().city.districts:
        raise MalformedRequest("没有这个县市区", "请从列表中选择")
    if seat.broker_id is not None:
        taken = session.exec(select(Account.id).where(col(Account.broker_id) == seat.broker_id)).first()
        if taken is not None:
            raise RecordAlreadyExists("这位经纪人已有账号", "如需重新登录，请重置其密码")


def may_fill(session: Session, seat: Seat, by: Actor) -> bool:
    """May this person give somebody this seat, or look after whoever has it?

    Who manages all accounts may, but only an administrator makes administrators. Who manages the members of the own
    organisation may for seats like the own one; a brokerage's administrator also for the brokers who practise there.
    """
    if by.may(Right.MANAGE_ACCOUNTS):
        return seat.role is not Role.ADMINISTRATOR or by.role is Role.ADMINISTRATOR
    if not by.may(Right.MANAGE_MEMBERS) or by.role is None:
        return False
    if seat.role is Role.BROKER and by.role is Role.BROKERAGE_ADMINISTRATOR:
        return _practises_at(session, seat.broker_id, by.brokerage_id)
    # A role that looks after members has an organisation; an account without one is nobody's colleague.
    return seat == own_seat(by) and getattr(seat, _NEEDED[by.role]) is not None


def check_may_fill(session: Session, seat: Seat, by: Actor) -> None:
    """Raise NotAllowed where `may_fill` says no."""
    if not may_fill(session, seat, by):
        raise NotAllowed("您不能办理这个账号", "只能办理本单位成员的账号，其他账号请联系市科技局")


def brokers_without_account(session: Session, brokerage_id: int) -> list[Broker]:
    """Who practises at the brokerage and cannot log in yet, by name."""
    wanted = (
        select(Broker)
        .join(BrokerageMembership, col(BrokerageMembership.broker_id) == col(Broker.id))
        .where(
            col(BrokerageMembership.brokerage_id) == brokerage_id,
            col(BrokerageMembership.left_on).is_(None),
            col(Broker.id).not_in(select(Account.broker_id).where(col(Account.broker_id).is_not(None))),
        )
        .order_by(col(Broker.name), col(Broker.id))
    )
    return list(session.exec(wanted))


def _practises_at(session: Session, broker_id: int | None, brokerage_id: int | None) -> bool:
    if broker_id is None or brokerage_id is None:
        return False
    active = select(BrokerageMembership.id).where(
        col(BrokerageMembership.broker_id) == broker_id,
        col(BrokerageMembership.brokerage_id) == brokerage_id,
        col(BrokerageMembership.left_on).is_(None),
    )
    return session.exec(active).first() is not None


def _by_name(session: Session, table: type[P], name: str) -> P:
    found = session.exec(select(table).where(col(table.name) == name).order_by(col(table.id))).first()
    if found is not None:
        return found
    # `ilike`, because SQLite's LIKE takes a for A, PostgreSQL's does not.
    part = re.sub(r"([%_/])", r"/\1", name)
    like = select(table.name).where(col(table.name).ilike(f"%{part}%", escape="/")).order_by(col(table.name)).limit(5)
    similar = "、".join(session.exec(like))
    raise NotFound(f"没有名为“{name[:60]}”的单位", f"是不是：{similar}" if similar else "请核对全称")


def _broker(session: Session, name: str) -> Broker:
    wanted = or_(col(Broker.certificate_number) == name, col(Broker.name) == name)
    found = session.exec(select(Broker).where(wanted).order_by(col(Broker.id)).limit(2)).all()
    if not found:
        raise NotFound(f"没有经纪人“{name[:60]}”", "请先登记这位经纪人，再开通账号")
    if len(found) > 1:
        raise MalformedRequest(f"有多位经纪人名为“{name[:60]}”", "请改填证书编号")
    return found[0]


def _district(name: str) -> str:
    districts = classification().city.districts
    found = next((one.code for one in districts.entries if name in (one.code, one.label)), None)
    if found is None:
        raise NotFound(f"没有县市区“{name[:60]}”", f"可填：{'、'.join(one.label for one in districts.entries)}")
    return found
