"""The directory of brokers 技术经纪人 and brokerages 技术转移机构: everybody may look somebody up."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, exists
from sqlmodel import Session, col, func, select

from matchmaker.classification import region_prefix
from matchmaker.models.broker import Broker, Brokerage, BrokerageMembership, BrokerPublic, CertificateLevel


@dataclass(frozen=True)
class DirectoryQuery:
    """Whom somebody looks for among the brokers; what is empty does not narrow."""

    name: str = ""
    technology_field: str = ""
    city_industry: str = ""
    region_code: str = ""
    level: CertificateLevel | None = None
    brokerage_id: int | None = None
    offset: int = 0
    limit: int = 20


@dataclass(frozen=True)
class BrokerPage:
    """Brokers in the order of their names, and how many there are in all."""

    brokers: list[BrokerPublic]
    total: int


@dataclass(frozen=True)
class BrokeragePage:
    """Brokerages in the order of their names, each with the number of its brokers."""

    brokerages: list[tuple[Brokerage, int]] = field(default_factory=list)
    total: int = 0


def directory(session: Session, query: DirectoryQuery) -> BrokerPage:
    """The brokers that are looked for; everybody may read it."""
    wanted = _conditions(query)
    total = session.exec(select(func.count()).select_from(Broker).where(*wanted)).one()
    order = (col(Broker.name), col(Broker.id))
    found = session.exec(select(Broker).where(*wanted).order_by(*order).offset(query.offset).limit(query.limit)).all()
    return BrokerPage(shown_brokers(session, list(found)), total)


def shown_brokers(session: Session, brokers: list[Broker]) -> list[BrokerPublic]:
    """What anyone may read of these brokers, with the brokerage each practises in the name of."""
    active = session.exec(
        select(BrokerageMembership.broker_id, Brokerage.id, Brokerage.name).where(
            col(Brokerage.id) == BrokerageMembership.brokerage_id,
            col(BrokerageMembership.left_on).is_(None),
            col(BrokerageMembership.broker_id).in_([one.id for one in brokers]),
        )
    )
    brokerages = {broker_id: (brokerage_id, name) for broker_id, brokerage_id, name in active}
    shown = []
    for broker in brokers:
        brokerage_id, name = brokerages.get(broker.id or 0, (None, ""))
        public = BrokerPublic.model_validate(broker, from_attributes=True)
        shown.append(public.model_copy(update={"brokerage_id": brokerage_id, "brokerage_name": name}))
    return shown


def brokerage_directory(session: Session, *, name: str = "", offset: int = 0, limit: int = 20) -> BrokeragePage:
    """The brokerages whose name contains `name`; everybody may read it."""
    wanted = col(Brokerage.name).icontains(name.strip(), autoescape=True)
    total = session.exec(select(func.count()).select_from(Brokerage).where(wanted)).one()
    members = (
        select(func.count())
        .select_from(BrokerageMembership)
        .where(BrokerageMembership.brokerage_id == Brokerage.id, col(BrokerageMembership.left_on).is_(None))
        .correlate(Brokerage)
        .scalar_subquery()
    )
    order = (col(Brokerage.name), col(Brokerage.id))
    rows = session.exec(select(Brokerage, members).where(wanted).order_by(*order).offset(offset).limit(limit))
    return BrokeragePage([(brokerage, count) for brokerage, count in rows], total)


def lies_in(region: Any, code: str) -> ColumnElement[bool]:
    """SQL condition: a region column holds this region or one inside it."""
    condition: ColumnElement[bool] = col(region).startswith(region_prefix(code), autoescape=True)
    return condition


def _conditions(query: DirectoryQuery) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if query.name.strip():
        wanted.append(col(Broker.name).icontains(query.name.strip(), autoescape=True))
    if query.technology_field:
        wanted.append(_has_code(Broker.technology_fields, query.technology_field))
    if query.city_industry:
        wanted.append(_has_code(Broker.city_industries, query.city_industry))
    if query.region_code:
        wanted.append(lies_in(Broker.region_code, query.region_code))
    if query.level is not None:
        wanted.append(col(Broker.certificate_level) == query.level)
    if query.brokerage_id is not None:
        wanted.append(
            exists().where(
                col(BrokerageMembership.broker_id) == col(Broker.id),
                col(BrokerageMembership.left_on).is_(None),
                col(BrokerageMembership.brokerage_id) == query.brokerage_id,
            )
        )
    return wanted


def _has_code(column: Any, code: str) -> ColumnElement[bool]:
    """Lists of codes are stored as JSON text on both databases: `["materials", "energy"]`."""
    return cast(col(column), Text).contains(f'"{code}"', autoescape=True)
