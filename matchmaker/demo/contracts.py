"""Technology contracts of the demo city: two full years and the current one, registered as its office would have them.

The sums are those of the report the city is modelled on: the last complete year reached exactly 2.44 亿元.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count
from random import Random
from typing import Any, TypeVar

from sqlmodel import Session, col, select

from matchmaker.contracts import record_receipt, upsert_contract, verify_income
from matchmaker.contracts.working_days import is_working_day
from matchmaker.demo.contract_parts import (
    BUYERS,
    COSTS,
    EVENTS,
    FOREIGN_BUYERS,
    FOREIGN_SELLERS,
    INDUSTRIES,
    KINDS,
    NUMBERED,
    OBJECTIVES,
    PAYMENTS,
    PLANS,
    RIGHTS,
    SIZES,
    SMALL,
    TITLES,
    Outsider,
)
from matchmaker.demo.last_year import SOURCE, last_complete_year
from matchmaker.demo.people import districts_without_parks
from matchmaker.models.achievement import Achievement
from matchmaker.models.broker import Broker, BrokerageMembership
from matchmaker.models.contract import ContractEvent, Deduction, TechnologyContract
from matchmaker.models.contract_shapes import ContractCreate
from matchmaker.models.contract_words import CATEGORY_OF, AmountCertainty, ContractKind, PaymentMode
from matchmaker.models.labels import AchievementStatus
from matchmaker.models.match import Match
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.party import Enterprise, Institution
from matchmaker.money import FEN_PER_WAN
from matchmaker.rights import PLATFORM
from matchmaker.visibility import CITY_TIME, today

T = TypeVar("T")

# Turnover of the last complete year in 10,000 yuan, as the report says (2.44 亿元), and of the one before it.
REPORTED_WAN, BEFORE_WAN = 24_400, 19_860
# What a whole current year would come to: on the way to the target of 2.8 亿元, neither sure nor hopeless.
THIS_YEAR_WAN = 27_000
_CONTRACTS = {-1: 92, 0: 110, 1: 124}
_BROKERS = 24
_SEED = 20260101
REGISTRY = "澄湖市技术合同登记站"


@dataclass(frozen=True)
class _Year:
    """How many contracts of what sum in which days."""

    year: int
    number: int
    wan: int
    last: date


def add_contracts(session: Session) -> None:
    """Registered contracts of three years, with receipts and verified income."""
    year = last_complete_year()
    passed = today().timetuple().tm_yday / 365
    ledger = _Ledger(session)
    ledger.add(_Year(year - 1, _CONTRACTS[-1], BEFORE_WAN, date(year - 1, 12, 31)))
    ledger.add(_Year(year, _CONTRACTS[0], REPORTED_WAN, date(year, 12, 31)))
    # On the first days of January there is one contract at least.
    ledger.add(_Year(year + 1, max(1, round(_CONTRACTS[1] * passed)), max(60, round(THIS_YEAR_WAN * passed)), today()))


def quiet_district(session: Session) -> str:
    """The district in which nothing is registered this year: one that none of the carried matches lies in."""
    needs = select(TechnologyNeed.region_code).where(
        TechnologyNeed.id == Match.need_id, col(Match.broker_account_id).is_not(None)
    )
    busy = {one[:6] for one in session.exec(needs) if one}
    free = [code for code in districts_without_parks() if code not in busy]
    return (free or districts_without_parks())[-1]


def date_events(session: Session) -> None:
    """The history of every demo contract at the times when things happened, not at the time of loading."""
    rows = session.exec(
        select(ContractEvent, TechnologyContract)
        .where(ContractEvent.contract_id == TechnologyContract.id, col(TechnologyContract.is_demo))
        .order_by(col(ContractEvent.contract_id), col(ContractEvent.id))
    ).all()
    earliest: dict[int, datetime] = {}
    for event, contract in rows:
        day = event.happened_on or contract.signed_on or today()
        at = datetime.combine(day, time(9 + (event.id or 0) % 8, (event.id or 0) * 7 % 60), CITY_TIME)
        # In the order in which the steps were taken, and none in the future.
        at = min(max(at, earliest.get(event.contract_id, at)), event.at)
        event.at = earliest[event.contract_id] = at
        if event.what == "create":
            contract.created_at = at


class _Ledger:
    """What the contracts of all years draw on: technologies, parties, brokers."""

    def __init__(self, session: Session) -> None:
        self._session = session
        # The same city at every loading.
        self._random = Random(_SEED)  # noqa: S311
        self._numbers = count(1)
        self._quiet = quiet_district(session)
        offered = select(Achievement).where(
            col(Achievement.is_demo), col(Achievement.status) == AchievementStatus.PUBLISHED
        )
        self._technologies = list(session.exec(offered.order_by(col(Achievement.id))))
        self._random.shuffle(self._technologies)
        self._enterprises = _of_demo(session, Enterprise)
        self._institutions = _of_demo(session, Institution)
        self._brokers = session.exec(
            select(Broker.id, BrokerageMembership.brokerage_id)
            .where(BrokerageMembership.broker_id == Broker.id, col(Broker.is_demo))
            .where(col(Broker.certificate_number).is_not(None))
            .order_by(col(Broker.id))
            .limit(_BROKERS)
        ).all()

    def add(self, year: _Year) -> None:
        """The contracts of a year; their values add up to its sum to the fen."""
        kinds = [KINDS[number % len(KINDS)] for number in range(year.number)]
        self._random.shuffle(kinds)
        values = _scaled([_size(number, kind) for number, kind in enumerate(kinds)], year.wan)
        for number, (kind, value) in enumerate(zip(kinds, values, strict=True)):
            self._contract(year, number, kind, value)

    def _contract(self, year: _Year, number: int, kind: ContractKind, value: int) -> None:
        technology = self._technology(kind)
        registered_on = _working_day(date(year.year, 1, 1), year.last, number, year.number)
        signed_on = registered_on - timedelta(days=12 + number * 17 % 50)
        content = self._content(number, kind, value, technology)
        content |= self._parties(year, number, technology, value, signed_on)
        sequence = f"{number + 1:06}"
        create = ContractCreate.model_validate(
            content
            | {
                "source": SOURCE,
                "source_id": f"contract-{year.year}-{sequence}",
                "signed_on": signed_on,
                "begins_on": signed_on,
                "ends_on": signed_on + timedelta(days=365 + number * 31 % 730),
                # 16 digits, as the registries give; the first ten name no registry that exists.
                "registration_number": f"{year.year}990100{sequence}",
                "registered_on": registered_on,
            }
        )
        contract, _ = upsert_contract(self._session, create, is_demo=True, is_new=True)
        contract.registry_name = REGISTRY
        if number % 3 == 0:
            contract.broker_id, contract.brokerage_id = self._brokers[number // 3 % len(self._brokers)]
        self._receive(contract, number)

    def _technology(self, kind: ContractKind) -> Achievement:
        """The next one; of the kinds that belong to one industry, the next of that industry."""
        industry = INDUSTRIES.get(kind)
        fitting = [one for one in self._technologies if industry in (None, one.city_industry)]
        return fitting[next(self._numbers) % len(fitting)]

    def _content(self, number: int, kind: ContractKind, value: int, technology: Achievement) -> dict[str, Any]:
        deductions: list[Deduction] = []
        if number % 4 == 1:
            # Whole thousands of yuan, never more than a fifth of the whole.
            cost = value * (5 + number % 15) // 100 // 100_000 * 100_000
            deductions = [Deduction(what=COSTS[number % len(COSTS)], amount_fen=cost)] if cost else []
        ip = RIGHTS.get(kind)
        rights = []
        if ip in NUMBERED:
            expires = date(today().year + 4 + number % 9, 6, 30)
            rights = [
                {"number": f"演示权利-{kind.value}-{number + 1}", "name": technology.title, "expires_on": expires}
            ]
        is_royalty = kind is ContractKind.ORDINARY_LICENCE
        return {
            "title": TITLES[kind].format(technology.title),
            "category": CATEGORY_OF[kind],
            "kind": kind,
            "subject": technology.summary[:400],
            "contract_value_fen": value,
            "technology_value_fen": value - sum(one.amount_fen for one in deductions),
            "deductions": deductions,
            "amount_certainty": AmountCertainty.PROVISIONAL if is_royalty else AmountCertainty.FIXED,
            "payment_mode": PaymentMode.ROYALTY if is_royalty else PAYMENTS[number % len(PAYMENTS)],
            "ip_type": ip or "none",
            "rights": rights,
            "technology_field": technology.technology_field,
            "industry_code": technology.industry_codes[0] if technology.industry_codes else None,
            "city_industry": technology.city_industry,
            "objective": OBJECTIVES.get(technology.city_industry or "", "industry"),
            "plan_source": PLANS[number % len(PLANS)],
            "is_related_party": number % 19 == 7,
            "new_investment_fen": value * 2 if number % 5 == 0 else None,
            "new_output_fen": value * 6 if number % 5 == 0 else None,
            "event_name": EVENTS[number // 6 % len(EVENTS)] if number % 6 == 0 else "",
        }

    def _parties(self, year: _Year, number: int, technology: Achievement, value: int, on: date) -> dict[str, Any]:
        """Most technology comes into such a city; every fifth contract sells, every seventh stays within."""
        is_quiet = year.year == today().year
        mine = [one for one in self._enterprises if not (is_quiet and one.region_code == self._quiet)]
        same = [one for one in mine if one.city_industry == technology.city_industry]
        here = _one(same or mine, number)
        if number % 5 == 2:
            abroad = number % 25 == 7
            return _of("seller", here) | _of("buyer", _one(FOREIGN_BUYERS if abroad else BUYERS, number), value, on)
        if number % 7 == 3:
            seller: Enterprise | Institution = _one([one for one in mine if one.id != here.id], number * 3)
            return _of("seller", seller) | _of("buyer", here)
        if number % 40 == 11:
            return _of("seller", _one(FOREIGN_SELLERS, number // 40), value, on) | _of("buyer", here)
        owner = next((one for one in self._institutions if one.id == technology.institution_id), None)
        if owner is None or (is_quiet and owner.region_code == self._quiet):
            owner = _one([one for one in self._institutions if not str(one.region_code).startswith("9901")], number)
        return _of("seller", owner) | _of("buyer", here)

    def _receive(self, contract: TechnologyContract, number: int) -> None:
        """Half of the contracts have been paid in part, most of it verified as technology income."""
        first = (contract.registered_on or today()) + timedelta(days=6)
        if number % 2 or first > today():
            return
        amount = contract.contract_value_fen * (30 + number * 11 % 50) // 100
        receipt = record_receipt(self._session, contract, by=PLATFORM, on=first, amount_fen=amount, note="首期款")
        verified = first + timedelta(days=20)
        if number % 3 and verified <= today():
            self._session.flush()
            income = amount * contract.technology_value_fen // contract.contract_value_fen
            verify_income(self._session, contract, receipt.id or 0, by=PLATFORM, on=verified, income_fen=income)


def _of_demo(session: Session, table: type[T]) -> Sequence[T]:
    found: Any = table
    return session.exec(select(table).where(col(found.is_demo)).order_by(col(found.id))).all()


def _one(choice: Sequence[T], number: int) -> T:
    # Eleven divides none of the lists: every party has its turn.
    return choice[number * 11 % len(choice)]


def _size(number: int, kind: ContractKind) -> int:
    size = SIZES[number % len(SIZES)]
    return min(size, 20) if kind in SMALL else size


def _scaled(sizes: Sequence[int], wan: int) -> list[int]:
    """Values in fen, whole thousands of yuan each, that add up to the sum exactly."""
    step = FEN_PER_WAN // 10
    steps = [max(1, size * wan * 10 // sum(sizes)) for size in sizes]
    # What rounding left over goes to the largest.
    steps[steps.index(max(steps))] += wan * 10 - sum(steps)
    return [one * step for one in steps]


def _working_day(first: date, last: date, number: int, of: int) -> date:
    """The number-th of so many days spread over the period, moved to a day on which offices work."""
    day = first + timedelta(days=((last - first).days * (number + 1)) // of)
    while day > first and not is_working_day(day):
        day -= timedelta(days=1)
    return day


def _of(
    side: str, party: Enterprise | Institution | Outsider, value: int = 0, on: date | None = None
) -> dict[str, Any]:
    found: dict[str, Any] = {"name": party.name, "region_code": party.region_code, "nature": _nature(party)}
    if not isinstance(party, Outsider):
        found["park"] = party.park if isinstance(party, Enterprise) else None
        found["details"] = {"is_research_body": isinstance(party, Institution)}
        return {f"{side}_{name}": one for name, one in found.items() if one}
    found["country"] = party.country
    money: dict[str, Any] = {}
    if party.rate:
        foreign = (Decimal(value) / 100 / Decimal(party.rate)).quantize(Decimal("0.01"))
        money = {"currency": party.currency, "foreign_amount": str(foreign), "exchange_rate": party.rate, "rate_on": on}
    return {f"{side}_{name}": one for name, one in found.items() if one} | money


def _nature(party: Enterprise | Institution | Outsider) -> str:
    if isinstance(party, Outsider):
        return party.nature
    if isinstance(party, Enterprise):
        return "150"
    return {"university": "022", "hospital": "023"}.get(str(party.institution_type), "021")
