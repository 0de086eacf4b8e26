"""Brokers 技术经纪人 and brokerages 技术转移机构: who may change what, and memberships."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, or_, select

from matchmaker.contact_data import move_contacts
from matchmaker.errors import AlreadyMember, MalformedRequest, NotAllowed, RecordAlreadyExists
from matchmaker.models.account import Account, Role
from matchmaker.models.broker import (
    Broker,
    Brokerage,
    BrokerageMembership,
    BrokerageUpdate,
    BrokerCreate,
    BrokerPublic,
    BrokerUpdate,
)
from matchmaker.parties import mentioned_brokerage, revise_brokerage
from matchmaker.records import Outcome, check_version, content_key, record_by_source, stated_values, write_values
from matchmaker.rights import PLATFORM, Actor, Right
from matchmaker.visibility import today

# What makes a certified broker, and by what she is known: only who keeps the register may change it. The rest of a
# profile is the broker's own affair.
REGISTERED_FIELDS = frozenset(
    (
        "name",
        "certificate_number",
        "certificate_level",
        "certificate_issuer",
        "certified_on",
        "certificate_valid_until",
    )
)
# Likewise of a brokerage.
REGISTERED_BROKERAGE_FIELDS = frozenset(("name", "credit_code", "legal_type"))


@dataclass(frozen=True)
class Practice:
    """One stretch of time in which a broker practised in the name of a brokerage."""

    brokerage: Brokerage
    membership: BrokerageMembership


def upsert_broker(session: Session, create: BrokerCreate, *, is_demo: bool = False) -> tuple[Broker, Outcome]:
    """The broker of this source key or certificate, added or brought up to date, and a member of the named brokerage.

    Raises AlreadyMember when she practises in the name of another one: a file never moves a broker.
    """
    values: dict[str, Any] = {name: getattr(create, name) for name in type(create).model_fields}
    source = values.pop("source") or "manual"
    brokerage_name = values.pop("brokerage_name")
    source_id = values.pop("source_id") or create.certificate_number or content_key({"name": create.name})
    broker = record_by_source(session, Broker, source, source_id) or _of_certificate(session, create.certificate_number)
    values = _without_contacts(values, broker.contact_phone if broker else "")
    outcome = Outcome.ADDED
    if broker is None:
        broker = Broker(source=source, source_id=source_id, is_demo=is_demo, **values)
        session.add(broker)
        session.flush()
    else:
        _check_certificate(session, broker, create.certificate_number)
        if create.certificate_number is None:
            # A later file without the number does not take it away.
            del values["certificate_number"]
        derived = ["contact_phone"] if values["contact_phone"] else []
        changed = write_values(broker, stated_values(create, values, derived))
        outcome = Outcome.CHANGED if changed else Outcome.UNCHANGED
    brokerage = mentioned_brokerage(session, brokerage_name, is_demo=is_demo)
    if brokerage is not None and _enter(session, broker, brokerage, today()) and outcome is Outcome.UNCHANGED:
        outcome = Outcome.CHANGED
    return broker, outcome


def may_edit_broker(session: Session, broker: Broker, who: Actor) -> bool:
    """The broker herself, the administrator of her brokerage, and who keeps the register."""
    if who.may(Right.MANAGE_BROKERS):
        return True
    if who.role is Role.BROKER:
        return who.broker_id == broker.id and who.may(Right.CARRY_MATCHES)
    current = current_practice(session, broker)
    return current is not None and _administers(who, current.brokerage)


def revise_broker(session: Session, broker: Broker, update: BrokerUpdate, *, by: Actor) -> Broker:
    """Change the given fields.

    Raises NotAllowed (not hers to change; name and certificate without MANAGE_BROKERS: a certificate opens what
    is meant for certified brokers), VersionConflict, RecordAlreadyExists (certificate of another broker).
    """
    if not may_edit_broker(session, broker, by):
        raise NotAllowed("这位经纪人的资料不由您维护", "本人、所在机构管理员和市科技局可以修改")
    check_version(broker, update.version)
    values = {name: getattr(update, name) for name in update.model_fields_set - {"version"}}
    if not by.may(Right.MANAGE_BROKERS) and _differs(broker, values, REGISTERED_FIELDS):
        raise NotAllowed("姓名和证书信息由市科技局登记", "如有错误，请联系市科技局更正")
    _check_certificate(session, broker, values.get("certificate_number"))
    write_values(broker, _without_contacts(values, broker.contact_phone))
    return broker


def may_edit_brokerage(brokerage: Brokerage, who: Actor) -> bool:
    """Its administrator, and who keeps the register."""
    return who.may(Right.MANAGE_BROKERS) or _administers(who, brokerage)


def change_brokerage(session: Session, brokerage: Brokerage, update: BrokerageUpdate, *, by: Actor) -> Brokerage:
    """Change the given fields. Raises NotAllowed, VersionConflict, RecordAlreadyExists (credit code of another one)."""
    if not may_edit_brokerage(brokerage, by):
        raise NotAllowed("这家机构的资料不由您维护", "机构管理员和市科技局可以修改")
    values = {name: getattr(update, name) for name in update.model_fields_set - {"version"}}
    if not by.may(Right.MANAGE_BROKERS) and _differs(brokerage, values, REGISTERED_BROKERAGE_FIELDS):
        raise NotAllowed("机构名称、信用代码和法人类型由市科技局登记", "如有错误，请联系市科技局更正")
    return revise_brokerage(session, brokerage, update)


def join(
    session: Session, broker: Broker, brokerage: Brokerage, on: date, *, by: Actor = PLATFORM
) -> BrokerageMembership:
    """From that day on the broker practises in the name of the brokerage; a member already stays one.

    Raises NotAllowed, AlreadyMember (of another brokerage: never two at once, domain.md §3.4), MalformedRequest.
    """
    if not may_edit_brokerage(brokerage, by):
        raise NotAllowed("您不能为这家机构增加经纪人", "机构管理员只能增加本机构的经纪人，其他情况请联系市科技局")
    if on > today():
        raise MalformedRequest("加入日期晚于今天", "请填今天或更早的日期")
    last_left = session.exec(
        select(func.max(BrokerageMembership.left_on)).where(col(BrokerageMembership.broker_id) == broker.id)
    ).one()
    if last_left is not None and on < last_left:
        raise MalformedRequest(f"加入日期早于上一次离开的日期 {last_left}", "请核对日期：两段执业时间不能重叠")
    _enter(session, broker, brokerage, on)
    current = current_practice(session, broker)
    assert current is not None  # noqa: S101 — entered above
    return current.membership


def leave(session: Session, broker: Broker, on: date, *, by: Actor) -> BrokerageMembership:
    """The broker stops practising in the name of her brokerage; what was stays on record.

    Raises NotAllowed, MalformedRequest (no member anywhere, or a day that cannot be).
    """
    current = current_practice(session, broker)
    if current is None:
        raise MalformedRequest(f"{broker.name}目前没有执业机构", "无需办理离开")
    if not may_edit_broker(session, broker, by):
        raise NotAllowed("您不能办理这位经纪人的离开", "本人、所在机构管理员和市科技局可以办理")
    if not current.membership.joined_on <= on <= today():
        raise MalformedRequest(f"离开日期应在加入日期 {current.membership.joined_on} 与今天之间", "请核对日期")
    current.membership.left_on = on
    session.flush()
    return current.membership


def current_practice(session: Session, broker: Broker) -> Practice | None:
    """In whose name she practises now."""
    return next((one for one in practices(session, broker) if one.membership.left_on is None), None)


def practices(session: Session, broker: Broker) -> list[Practice]:
    """Every brokerage she practised in the name of, the latest first."""
    rows = session.exec(
        select(Brokerage, BrokerageMembership)
        .where(col(Brokerage.id) == BrokerageMembership.brokerage_id, BrokerageMembership.broker_id == broker.id)
        .order_by(col(BrokerageMembership.joined_on).desc(), col(BrokerageMembership.id).desc())
    )
    return [Practice(brokerage, membership) for brokerage, membership in rows]


def account_of(session: Session, broker: Broker) -> Account | None:
    """The account with which the broker logs in, if she has one."""
    return session.exec(select(Account).where(Account.broker_id == broker.id)).first()


def is_certificate_valid(broker: Broker | BrokerPublic) -> bool:
    """A certificate whose validity has not ended."""
    end = broker.certificate_valid_until
    return bool(broker.certificate_number) and (end is None or end >= today())


def with_valid_certificate() -> tuple[ColumnElement[bool], ...]:
    """`is_certificate_valid` as SQL conditions on `Broker`."""
    number, end = col(Broker.certificate_number), col(Broker.certificate_valid_until)
    return number.is_not(None), number != "", or_(end.is_(None), end >= today())


def _enter(session: Session, broker: Broker, brokerage: Brokerage, on: date) -> bool:
    """Add the membership; False if it is there. The unique index decides between two who do it at once."""
    current = current_practice(session, broker)
    if current is None:
        try:
            with session.begin_nested():
                session.add(BrokerageMembership(broker_id=broker.id or 0, brokerage_id=brokerage.id or 0, joined_on=on))
            return True
        except IntegrityError:
            current = current_practice(session, broker)
            if current is None:
                raise
    if current.brokerage.id == brokerage.id:
        return False
    raise AlreadyMember(
        f"{broker.name}目前在“{current.brokerage.name}”执业，同一时间只能在一家机构执业",
        "请先办理离开原机构，再加入新机构",
    )


def _administers(who: Actor, brokerage: Brokerage) -> bool:
    own = who.role is Role.BROKERAGE_ADMINISTRATOR and who.brokerage_id == brokerage.id
    return own and who.may(Right.MANAGE_MEMBERS)


def _differs(record: Broker | Brokerage, values: dict[str, Any], names: frozenset[str]) -> bool:
    return any(getattr(record, name) != value for name, value in values.items() if name in names)


def _without_contacts(values: dict[str, Any], known: str) -> dict[str, Any]:
    """An introduction is for everybody: telephone numbers in it go where contacts belong, as far as there is room."""
    moved = move_contacts(values, ("introduction",), known)
    if "contact_phone" in moved:
        moved["contact_phone"] = moved["contact_phone"][:60]
    return moved


def _of_certificate(session: Session, number: str | None) -> Broker | None:
    if not number:
        return None
    return session.exec(select(Broker).where(Broker.certificate_number == number)).first()


def _check_certificate(session: Session, broker: Broker, number: str | None) -> None:
    holder = _of_certificate(session, number)
    if holder is not None and holder.id != broker.id:
        raise RecordAlreadyExists(f"证书编号 {number} 已登记在“{holder.name}”名下", "请核对编号，或改为更新那一条记录")
