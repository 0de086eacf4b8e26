"""Figures of a snapshot from its lines: what the contracts were on the day it was taken, whatever became of them since.

Formulas and attribution follow domain.md §2.7: an outflow belongs to the seller's place, an inflow to the buyer's.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, and_, col, select

from matchmaker.classification import classification
from matchmaker.models.contract import ContractVersion, TechnologyContract
from matchmaker.models.contract_shapes import country_name
from matchmaker.models.contract_words import Caliber, ContractCategory, ContractSide, Measure
from matchmaker.models.reporting import SnapshotLine, TurnoverSnapshot
from matchmaker.reports.counting import Scope
from matchmaker.reports.shapes import Breakdown, Line
from matchmaker.turnover import MISSING, sides

OTHER_PLACES = "其他地区"
_CITY_DIGITS, _DISTRICT_DIGITS = 4, 6
# A report names the partners that matter; the rest is one line.
_NAMED_PARTNERS = 10
# Of a contract as it was: where its two sides are; everything else stands in the snapshot's line.
_PLACES = ("seller_country", "seller_region_code", "buyer_country", "buyer_region_code")


@dataclass(frozen=True)
class Counted:
    """One contract as a caliber counts it: for the seller's or for the buyer's place. 安徽口径 counts some twice."""

    line: SnapshotLine
    side: ContractSide
    places: dict[str, str | None]

    @property
    def district(self) -> str:
        """The district of the side it counts for; empty where none is stated."""
        return str(getattr(self.line, f"{self.side.value}_district"))

    @property
    def partner(self) -> tuple[str, str]:
        """Country and region code of the other side."""
        other = ContractSide.BUYER if self.side is ContractSide.SELLER else ContractSide.SELLER
        return self.places[f"{other.value}_country"] or "CN", self.places[f"{other.value}_region_code"] or ""


def counted(session: Session, snapshot: TurnoverSnapshot, caliber: Caliber) -> list[Counted]:
    """What the snapshot counts under this caliber, in the order of the days."""
    current = [getattr(TechnologyContract, name) for name in _PLACES]
    rows = session.exec(
        select(SnapshotLine, ContractVersion.content, *current)
        .join(
            ContractVersion,
            and_(
                col(ContractVersion.contract_id) == col(SnapshotLine.contract_id),
                col(ContractVersion.number) == col(SnapshotLine.version_number),
            ),
            isouter=True,
        )
        .join(TechnologyContract, col(TechnologyContract.id) == col(SnapshotLine.contract_id), isouter=True)
        .where(col(SnapshotLine.snapshot_id) == snapshot.id)
        .order_by(col(SnapshotLine.counted_on), col(SnapshotLine.id))
    )
    found: list[Counted] = []
    for line, frozen, *now in rows:
        # A contract that is not registered yet has no version; the signing-date figures count it all the same.
        places = dict(zip(_PLACES, now, strict=True)) if frozen is None else {one: frozen.get(one) for one in _PLACES}
        counts_for = sides(caliber, sells=line.is_outflow, buys=line.is_inflow)
        found += [Counted(line, side, places) for side in counts_for]
    return found


def value_of(entries: Sequence[Counted], measure: Measure) -> int:
    """The measure over all of them: fen, or for COUNT a number."""
    if measure is Measure.COUNT:
        return len(entries)
    return sum(getattr(one.line, f"{measure.value}_fen") for one in entries)


@dataclass(frozen=True)
class Grouping:
    """One way to divide the contracts. Labels of `always` stand in the table even with nothing behind them."""

    title: str
    head: str
    group: Callable[[Counted], str]
    always: tuple[str, ...] = ()


def groupings(entries: Sequence[Counted], scope: Scope) -> dict[str, Grouping]:
    """The tables of a report by key."""
    lists = classification()
    districts = tuple(one.label for one in lists.city.districts.entries) if scope.is_city else (scope.region_name,)
    partners = _partner_labels(entries, scope)
    return {
        "month": Grouping(
            "技术合同按月情况",
            "月份",
            lambda one: f"{one.line.counted_on.month}月",
            tuple(f"{number}月" for number in range(1, scope.period.last.month + 1)),
        ),
        "district": Grouping(
            "技术合同按县市区情况", "县市区", lambda one: lists.region_name(one.district) or MISSING, districts
        ),
        "category": Grouping(
            "技术合同按类别情况",
            "合同类别",
            lambda one: _category(one.line.category),
            tuple(one.label for one in ContractCategory),
        ),
        "technology_field": Grouping(
            "技术合同按技术领域情况",
            "技术领域",
            lambda one: lists.technology_fields.label(one.line.technology_field) or MISSING,
        ),
        "partner_region": Grouping("技术合同按合作地区情况", "合作地区", lambda one: partners[one.partner]),
    }


def breakdowns(entries: Sequence[Counted], scope: Scope, caliber_words: str) -> tuple[Breakdown, ...]:
    """The tables of a report. Every one sums to the same total."""
    total = _line("合计", entries)
    return tuple(
        Breakdown(
            key=key,
            title=one.title,
            head=one.head,
            lines=_lines(entries, one),
            total=total,
            caliber=caliber_words,
        )
        for key, one in groupings(entries, scope).items()
    )


def _lines(entries: Sequence[Counted], by: Grouping) -> tuple[Line, ...]:
    """What always stands there first and in its order, then the others by their amount, what is not stated last."""
    groups: dict[str, list[Counted]] = {label: [] for label in by.always}
    for one in entries:
        groups.setdefault(by.group(one), []).append(one)
    places = {label: number for number, label in enumerate(by.always)}
    lines = [_line(label, members) for label, members in groups.items()]
    lines.sort(
        key=lambda one: (
            places.get(one.label, len(places)),
            one.label in (MISSING, OTHER_PLACES),
            -one.contract_value_fen,
            one.label,
        )
    )
    return tuple(lines)


def _line(label: str, entries: Sequence[Counted]) -> Line:
    return Line(
        label=label,
        count=len(entries),
        contract_value_fen=value_of(entries, Measure.CONTRACT_VALUE),
        technology_value_fen=value_of(entries, Measure.TECHNOLOGY_VALUE),
    )


def _partner_labels(entries: Sequence[Counted], scope: Scope) -> dict[tuple[str, str], str]:
    """The other sides' places by name; from the eleventh by amount on, together."""
    amounts: dict[str, int] = {}
    labels = {one.partner: _partner(*one.partner, scope) for one in entries}
    for one in entries:
        label = labels[one.partner]
        amounts[label] = amounts.get(label, 0) + one.line.contract_value_fen
    named = sorted(amounts, key=lambda label: (label == MISSING, -amounts[label], label))[:_NAMED_PARTNERS]
    return {key: label if label in (*named, MISSING) else OTHER_PLACES for key, label in labels.items()}


def _partner(country: str, region_code: str, scope: Scope) -> str:
    lists = classification()
    if country != "CN":
        return country_name(country)
    if not region_code:
        return MISSING
    if region_code.startswith(lists.city.code[:_CITY_DIGITS]):
        return "本市" if scope.is_city else lists.region_name(region_code[:_DISTRICT_DIGITS])
    # Province and city: whether a partner sits in this or that of their districts matters to nobody.
    return "".join(lists.regions.label(part) for part in lists.region_path(region_code)[:2]) or region_code


def _category(value: str) -> str:
    return ContractCategory.parse(value).label if value else MISSING
