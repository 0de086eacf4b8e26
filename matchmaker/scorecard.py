"""The scorecard of brokers and brokerages (domain.md §3.4): counted from what happened, never asked for.

Every figure is counted over the rows of matches and their events within a period (days of the city, both ends
included). A match counts for the broker who carries it now. Figures of a brokerage are the sums over the brokers who
practised in its name at any time of the period. Contracts and their amounts are those that name the broker, or the
brokerage, whoever practised where: a brokerage may have brought one about without any of its brokers.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlmodel import Session, col, or_, select

from matchmaker.broker_directory import lies_in, shown_brokers
from matchmaker.broker_figures import (
    COUNTED_CONTRACTS,
    COUNTED_MATCHES,
    Figures,
    contract_figures,
    counted_matches,
    figures_of,
    registered_in,
)
from matchmaker.brokers import is_certificate_valid
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound
from matchmaker.models.account import Account, Role
from matchmaker.models.broker import Broker, Brokerage, BrokerageMembership, BrokerPublic
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.match import Match
from matchmaker.period import Period
from matchmaker.rights import Actor
from matchmaker.visibility import today


@dataclass(frozen=True)
class BrokerScorecard:
    """One broker's figures; `account_id` is None where she has no account and so cannot have done anything here."""

    broker: BrokerPublic
    account_id: int | None
    figures: Figures


@dataclass(frozen=True)
class BrokerageScorecard:
    """One brokerage's figures, its brokers, and how many of them hold a valid certificate."""

    brokerage: Brokerage
    brokers: int
    certified: int
    figures: Figures

    @property
    def certified_share(self) -> float | None:
        """Brokers with a valid certificate ÷ all of its brokers; None when it has none."""
        return self.certified / self.brokers if self.brokers else None


@dataclass(frozen=True)
class Scorecards:
    """What a reader may see for a period."""

    period: Period
    brokers: list[BrokerScorecard] = field(default_factory=list)
    brokerages: list[BrokerageScorecard] = field(default_factory=list)


def scorecards(session: Session, period: Period, *, reader: Actor) -> Scorecards:
    """City officials see all brokers, district officials those of the district, a brokerage's administrator its own,
    a broker herself. Raises NotAllowed for anybody else, MalformedRequest for a period that ends before it begins.
    """
    if period.last < period.first:
        raise MalformedRequest("结束日期早于开始日期", "请核对统计期间")
    brokers, brokerages = _shown_to(session, period, reader)
    members = _members(session, brokerages, period)
    everyone = {one.id or 0: one for one in [*brokers, *(one for listed in members.values() for one in listed)]}
    accounts = _accounts(session, everyone)
    figures = figures_of(session, list(accounts.values()), period)
    # A broker's contracts count for her whether she has an account here or not.
    theirs = contract_figures(session, TechnologyContract.broker_id, everyone, period)
    houses = {one.id or 0 for one in brokerages}
    of_houses = contract_figures(session, TechnologyContract.brokerage_id, houses, period)

    def of(broker: Broker) -> Figures:
        worked = figures.get(accounts.get(broker.id or 0, 0), Figures())
        return _with_contracts(worked, theirs.get(broker.id or 0))

    cards = [
        BrokerScorecard(shown, accounts.get(broker.id or 0), of(broker))
        for broker, shown in zip(brokers, shown_brokers(session, list(brokers)), strict=True)
    ]
    return Scorecards(
        period,
        cards,
        [
            BrokerageScorecard(
                brokerage=one,
                brokers=len(listed := members.get(one.id or 0, [])),
                certified=sum(is_certificate_valid(broker) for broker in listed),
                figures=_with_contracts(Figures.together(of(broker) for broker in listed), of_houses.get(one.id or 0)),
            )
            for one in brokerages
        ],
    )


def _shown_to(session: Session, period: Period, reader: Actor) -> tuple[Sequence[Broker], Sequence[Brokerage]]:
    all_brokers = select(Broker).order_by(col(Broker.name), col(Broker.id))
    all_brokerages = select(Brokerage).order_by(col(Brokerage.name), col(Brokerage.id))
    if reader.role is Role.DISTRICT_OFFICIAL and reader.region_code:
        all_brokers = all_brokers.where(lies_in(Broker.region_code, reader.region_code))
        all_brokerages = all_brokerages.where(lies_in(Brokerage.region_code, reader.region_code))
    elif reader.role is Role.BROKERAGE_ADMINISTRATOR:
        brokerages = session.exec(all_brokerages.where(Brokerage.id == reader.brokerage_id)).all()
        return _members(session, brokerages, period).get(reader.brokerage_id or 0, []), brokerages
    elif reader.role is Role.BROKER:
        return session.exec(all_brokers.where(Broker.id == reader.broker_id)).all(), []
    elif not reader.oversees_everything:
        raise NotAllowed("您不能查看经纪人业绩", "经纪人本人、所在机构管理员和主管部门可以查看")
    return session.exec(all_brokers).all(), session.exec(all_brokerages).all()


def matches_behind(
    session: Session, broker_id: int, figure: str, period: Period, *, reader: Actor
) -> tuple[Broker, list[Match]]:
    """The broker and the matches that a figure of hers counts, the latest first.

    Raises NotFound (no such figure, no account, or a broker whose scorecard this reader does not see), NotAllowed.
    """
    brokers, _ = _shown_to(session, period, reader)
    broker = next((one for one in brokers if one.id == broker_id), None)
    account_id = _accounts(session, [broker_id]).get(broker_id)
    if broker is None or account_id is None or figure not in COUNTED_MATCHES:
        raise _no_such_figure()
    ids = counted_matches(session, account_id, figure, period)
    found = session.exec(select(Match).where(col(Match.id).in_(ids)).order_by(col(Match.id).desc()))
    return broker, list(found)


def contracts_behind(
    session: Session, owner: Broker | Brokerage, period: Period, *, reader: Actor
) -> list[TechnologyContract]:
    """The contracts that the three figures of contracts count for a broker or a brokerage, the latest first.

    Raises NotFound for one whose scorecard this reader does not see, NotAllowed.
    """
    shown: Sequence[Broker | Brokerage] = _shown_to(session, period, reader)[0 if isinstance(owner, Broker) else 1]
    if all(one.id != owner.id for one in shown):
        raise _no_such_figure()
    table = TechnologyContract
    key = table.broker_id if isinstance(owner, Broker) else table.brokerage_id
    wanted = select(table).where(col(key) == owner.id, *registered_in(period))
    return list(session.exec(wanted.order_by(col(table.registered_on).desc(), col(table.id).desc())))


def public_figures(session: Session, account_id: int | None) -> tuple[int, int]:
    """What a profile tells everybody: matches the broker took up so far, and how many of them were signed."""
    if account_id is None:
        return 0, 0
    so_far = figures_of(session, [account_id], Period(date(2000, 1, 1), today())).get(account_id, Figures())
    return so_far.filed, so_far.signed


def _with_contracts(figures: Figures, contracts: Figures | None) -> Figures:
    found = contracts or Figures()
    return replace(figures, **{name: getattr(found, name) for name in COUNTED_CONTRACTS})


def _no_such_figure() -> NotFound:
    return NotFound("没有这项业绩的明细", "请从经纪人业绩页面重新进入")


def _members(session: Session, brokerages: Sequence[Brokerage], period: Period) -> dict[int, list[Broker]]:
    """Who practised in the name of each of these at any time of the period."""
    found: dict[int, dict[int, Broker]] = defaultdict(dict)
    rows = session.exec(
        select(BrokerageMembership.brokerage_id, Broker)
        .where(
            Broker.id == BrokerageMembership.broker_id,
            col(BrokerageMembership.brokerage_id).in_([one.id for one in brokerages]),
            BrokerageMembership.joined_on <= period.last,
            or_(col(BrokerageMembership.left_on).is_(None), col(BrokerageMembership.left_on) >= period.first),
        )
        .order_by(col(Broker.name), col(Broker.id))
    )
    for brokerage_id, broker in rows:
        found[brokerage_id][broker.id or 0] = broker
    return {brokerage_id: list(brokers.values()) for brokerage_id, brokers in found.items()}


def _accounts(session: Session, broker_ids: Iterable[int]) -> dict[int, int]:
    rows = session.exec(select(Account.broker_id, Account.id).where(col(Account.broker_id).in_(list(broker_ids))))
    return {broker_id: account_id for broker_id, account_id in rows if broker_id and account_id}
