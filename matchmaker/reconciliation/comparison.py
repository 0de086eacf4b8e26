"""The comparison: which contracts only one side has, which differ, and how each part explains the difference of totals.

The ledger's side is what counts as registered in the list's region and period: contracts whose seller is there
(domain.md §2.4: the seller registers, of an import contract the domestic buyer).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, or_, select

from matchmaker.classification import region_prefix
from matchmaker.contracts import is_readable
from matchmaker.contracts.labels import FIELD_LABELS
from matchmaker.contracts.life import IN_FORCE
from matchmaker.ingest.values import folded
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractCategory, ContractStatus
from matchmaker.models.labels import Labelled
from matchmaker.models.reporting import RegistryList, RegistryListRow
from matchmaker.money import yuan_shown
from matchmaker.rights import Actor

_AMOUNTS = ("contract_value_fen", "technology_value_fen")
_TEXTS = ("title", "seller_name", "buyer_name")
# Values in one IN (…), far below what any database takes.
_CHUNK = 5_000
_NOT_STATED = "未列出或无法识别"


class GroupKind(Labelled):
    """Where a contract stands: on one side only, on both and different, on both and the same."""

    MISSING_HERE = "missing_here", "台账缺"
    MISSING_THERE = "missing_there", "名单缺"
    DIFFERENT = "different", "不一致"
    SAME = "same", "一致"


@dataclass(frozen=True)
class Difference:
    """One field that the two sides state differently, in words."""

    field: str
    label: str
    there: str
    here: str


@dataclass(frozen=True)
class Line:
    """A row of the list, a contract of the ledger, or both. `counted`: the contract is in the ledger's total.

    `candidate`: a contract of the same parties that is signed here and not registered yet, or is registered under
    another number, which the list does not have: it may have been entered wrongly.
    """

    row: RegistryListRow | None
    contract: TechnologyContract | None
    counted: bool = False
    differences: tuple[Difference, ...] = ()
    candidate: TechnologyContract | None = None

    def there(self, measure: str) -> int:
        """What the list's total has of it, in fen."""
        return (getattr(self.row, measure) or 0) if self.row is not None else 0

    def here(self, measure: str) -> int:
        """What the ledger's total has of it, in fen."""
        return getattr(self.contract, measure) if self.contract is not None and self.counted else 0


@dataclass(frozen=True)
class Sums:
    """A measure on both sides, in fen."""

    there: int
    here: int

    @property
    def difference(self) -> int:
        return self.there - self.here


@dataclass(frozen=True)
class Group:
    """The contracts of one kind; `sums` by measure."""

    kind: GroupKind
    lines: Sequence[Line]
    sums: dict[str, Sums]


@dataclass(frozen=True)
class Reconciliation:
    """All of it. The differences of the groups add up to the difference of the totals, measure by measure, to the fen.

    `measures`: those the list has a column for.
    """

    registry_list: RegistryList
    groups: dict[GroupKind, Group]
    totals: dict[str, Sums]
    measures: tuple[str, ...]
    rows: int
    counted: int


def reconcile(session: Session, registry_list: RegistryList, *, reader: Actor) -> Reconciliation:
    """Compare the list with the ledger as it is now. Of contracts that are not the reader's business nothing is shown."""
    rows = session.exec(
        select(RegistryListRow)
        .where(col(RegistryListRow.list_id) == registry_list.id)
        .order_by(col(RegistryListRow.row_number))
    ).all()
    ledger = _ledger(session, registry_list)
    known = _by_number(session, [row.registration_number for row in rows])
    measures = tuple(one for one in _AMOUNTS if any(getattr(row, one) is not None for row in rows))
    lines: dict[GroupKind, list[Line]] = {kind: [] for kind in GroupKind}
    for row in rows:
        contract = known.get(row.registration_number)
        if contract is None:
            lines[GroupKind.MISSING_HERE].append(Line(row, None))
            continue
        counted = contract.id in ledger
        found = _differences(row, contract, measures, counted=counted, is_open=is_readable(contract, reader))
        kind = GroupKind.DIFFERENT if found else GroupKind.SAME
        shown = contract if counted or is_readable(contract, reader) else None
        lines[kind].append(Line(row, shown, counted, found))
    listed = {row.registration_number for row in rows}
    lines[GroupKind.MISSING_THERE] = [
        Line(None, contract, counted=True) for contract in ledger.values() if contract.registration_number not in listed
    ]
    lines[GroupKind.MISSING_HERE] = _with_candidates(session, lines[GroupKind.MISSING_HERE], listed, reader)
    groups = {kind: Group(kind, of_kind, _sums(of_kind, measures)) for kind, of_kind in lines.items()}
    everything = [line for of_kind in lines.values() for line in of_kind]
    return Reconciliation(registry_list, groups, _sums(everything, measures), measures, len(rows), len(ledger))


def candidate_for(session: Session, row: RegistryListRow, reader: Actor) -> TechnologyContract | None:
    """A contract of the same parties that may be the one of this row (`Line.candidate`)."""
    of_list = select(RegistryListRow.registration_number).where(col(RegistryListRow.list_id) == row.list_id)
    return _with_candidates(session, [Line(row, None)], set(session.exec(of_list)), reader)[0].candidate


def _sums(lines: Sequence[Line], measures: Sequence[str]) -> dict[str, Sums]:
    return {
        one: Sums(sum(line.there(one) for line in lines), sum(line.here(one) for line in lines)) for one in measures
    }


def _ledger(session: Session, registry_list: RegistryList) -> dict[int | None, TechnologyContract]:
    table = TechnologyContract
    prefix = region_prefix(registry_list.region_code)
    sold: ColumnElement[bool] = col(table.seller_region_code).startswith(prefix, autoescape=True)
    imported = and_(col(table.seller_country) != "CN", col(table.buyer_region_code).startswith(prefix, autoescape=True))
    found = session.exec(
        select(table)
        .where(
            col(table.status) == ContractStatus.REGISTERED,
            col(table.registered_on) >= registry_list.first,
            col(table.registered_on) <= registry_list.last,
            or_(sold, imported),
        )
        .order_by(col(table.registered_on), col(table.id))
    )
    return {contract.id: contract for contract in found}


def _by_number(session: Session, numbers: Sequence[str]) -> dict[str, TechnologyContract]:
    found: dict[str, TechnologyContract] = {}
    for start in range(0, len(numbers), _CHUNK):
        wanted = col(TechnologyContract.registration_number).in_(numbers[start : start + _CHUNK])
        for contract in session.exec(select(TechnologyContract).where(wanted)):
            found[contract.registration_number or ""] = contract
    return found


def _differences(
    row: RegistryListRow, contract: TechnologyContract, measures: Sequence[str], *, counted: bool, is_open: bool
) -> tuple[Difference, ...]:
    if not counted and not is_open:
        return (Difference("seller_region_code", "归属", "在本名单", "台账中属于其他地区"),)
    found: list[Difference] = []
    for name in measures:
        stated, held = getattr(row, name), getattr(contract, name)
        if stated != held:
            there = f"{yuan_shown(stated)} 元" if stated is not None else _NOT_STATED
            found.append(Difference(name, FIELD_LABELS[name], there, f"{yuan_shown(held)} 元"))
    for name in _TEXTS:
        stated, held = getattr(row, name), getattr(contract, name)
        if stated and folded(stated) != folded(held):
            found.append(Difference(name, FIELD_LABELS[name], stated, held))
    if row.registered_on is not None and row.registered_on != contract.registered_on:
        found.append(_of_days("registered_on", row.registered_on, contract.registered_on))
    if row.category and row.category != contract.category:
        stated = ContractCategory.parse(row.category).label
        found.append(Difference("category", FIELD_LABELS["category"], stated, contract.category.label))
    if not counted:
        found.append(_why_not_counted(contract))
    return tuple(found)


def _why_not_counted(contract: TechnologyContract) -> Difference:
    """The ledger has the contract, but not among those registered in the list's region and period."""
    if contract.status is not ContractStatus.REGISTERED:
        return Difference("status", "状态", "已登记", contract.status.label)
    return Difference("counted", "统计范围", "在本名单", "台账中的登记日期或卖方地区不在名单的范围内")


def _of_days(name: str, there: date, here: date | None) -> Difference:
    return Difference(name, FIELD_LABELS[name], there.isoformat(), here.isoformat() if here else "")


def _with_candidates(session: Session, lines: Sequence[Line], listed: Collection[str], reader: Actor) -> list[Line]:
    table = TechnologyContract
    amounts = {line.row.contract_value_fen for line in lines if line.row is not None}
    names = sorted({line.row.seller_name for line in lines if line.row is not None and line.row.seller_name})
    waiting: dict[tuple[str, str], list[TechnologyContract]] = {}
    for start in range(0, len(names), _CHUNK):
        alike = select(table).where(
            col(table.seller_name).in_(names[start : start + _CHUNK]),
            col(table.status).in_(IN_FORCE),
            or_(col(table.status) != ContractStatus.REGISTERED, col(table.contract_value_fen).in_(amounts)),
        )
        for contract in session.exec(alike.order_by(col(table.id))):
            if contract.registration_number not in listed:
                waiting.setdefault(_parties(contract), []).append(contract)
    found: list[Line] = []
    for line in lines:
        same = [one for one in waiting.get(_parties(line.row), ()) if _is_alike(line.row, one)]
        candidate = next((one for one in same if is_readable(one, reader)), None)
        found.append(Line(line.row, None, candidate=candidate))
    return found


def _parties(one: Any) -> tuple[str, str]:
    return folded(one.seller_name), folded(one.buyer_name)


def _is_alike(row: RegistryListRow | None, contract: TechnologyContract) -> bool:
    if row is None:
        return False
    if contract.status is ContractStatus.REGISTERED:
        # Two registered contracts of the same parties are nothing odd: all but the number has to be the same.
        is_same = folded(row.title) == folded(contract.title) or row.registered_on == contract.registered_on
        return is_same and row.contract_value_fen == contract.contract_value_fen
    return folded(row.title) == folded(contract.title) or row.contract_value_fen == contract.contract_value_fen
