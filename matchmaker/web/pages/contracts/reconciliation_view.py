"""How a comparison looks on its page: sums in yuan to the fen, one kind of difference at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session, col, func, select

from matchmaker.contracts.labels import FIELD_LABELS
from matchmaker.models.contract_words import ContractCategory
from matchmaker.models.reporting import RegistryList, RegistryListRow
from matchmaker.money import yuan_shown
from matchmaker.reconciliation import GroupKind, Line, Reconciliation, Sums
from matchmaker.web.pages.paging import Paging
from matchmaker.web.pages.view import day, moment, place

SHOWN_PROBLEMS = 100
_EXPLAINED = {
    GroupKind.MISSING_HERE: "名单有、台账没有登记的合同。核对后勾选入账，按名单所列内容记为已登记。",
    GroupKind.MISSING_THERE: "台账在本地区、本期间登记的合同，名单里没有。请向登记机构核实，或更正台账。",
    GroupKind.DIFFERENT: "登记编号相同，内容不同。台账有误的，打开合同“更正台账”；改好后自动从这里消失。",
    GroupKind.SAME: "名单所列各项与台账一致。",
}


@dataclass(frozen=True)
class ListRow:
    """One list among the lists."""

    id: int
    name: str
    place: str
    period: str
    rows: int
    uploaded: str
    is_demo: bool


@dataclass(frozen=True)
class SumRow:
    """One line of the table of sums; `path` leads to its contracts."""

    label: str
    path: str
    number: int
    amounts: Sequence[tuple[str, str, str]]
    is_current: bool = False


@dataclass(frozen=True)
class Shown:
    """One contract of a group."""

    row_id: int
    row_number: int
    number: str
    title: str
    category: str
    parties: str
    registered: str
    amounts: Sequence[tuple[str, str]]
    contract_id: int
    differences: Sequence[Any]
    obstacle: str
    candidate: str
    candidate_id: int
    # The number under which it is registered, where it is.
    candidate_number: str


def list_rows(session: Session, found: Sequence[RegistryList]) -> list[ListRow]:
    """The lists with how many rows each has."""
    counted = dict(
        session.exec(
            select(RegistryListRow.list_id, func.count(col(RegistryListRow.id)))
            .where(col(RegistryListRow.list_id).in_([one.id for one in found]))
            .group_by(col(RegistryListRow.list_id))
        ).all()
    )
    return [
        ListRow(
            one.id or 0,
            one.name,
            place(one.region_code),
            f"{day(one.first)} 至 {day(one.last)}",
            counted.get(one.id or 0, 0),
            moment(one.uploaded_at),
            one.is_demo,
        )
        for one in found
    ]


def page_of(result: Reconciliation, group: str, page: Paging) -> dict[str, Any]:
    """The context of the page. Without a group the first one that asks for something is shown."""
    listed = result.registry_list
    kind = next((one for one in GroupKind if one.value == group), None) or next(
        (one for one in GroupKind if result.groups[one].lines), GroupKind.SAME
    )
    lines = result.groups[kind].lines
    path = f"/reconciliation/{listed.id}"
    # Also where the page answers a form that could not be done whole.
    turned = replace(page, path=path, parameters=(("group", kind.value),), total=len(lines))
    rows = [
        SumRow(
            one.label,
            f"{path}?group={one.value}",
            len(result.groups[one].lines),
            [_amounts(result.groups[one].sums[measure]) for measure in result.measures],
            one is kind,
        )
        for one in GroupKind
    ]
    total = SumRow(
        "合计", "", sum(row.number for row in rows), [_amounts(result.totals[one]) for one in result.measures]
    )
    shown = [_shown(line, result.measures) for line in lines[turned.offset : turned.offset + turned.size]]
    return {
        "listed": listed,
        "place": place(listed.region_code),
        "period": f"{day(listed.first)} 至 {day(listed.last)}",
        "uploaded": moment(listed.uploaded_at),
        "path": path,
        "result": result,
        "measures": [FIELD_LABELS[one] for one in result.measures],
        "rows": rows,
        "total": total,
        "explained": [
            f"{FIELD_LABELS[one]}：名单 {yuan_shown(result.totals[one].there)} 元 − 台账 {yuan_shown(result.totals[one].here)} 元 = "
            f"{yuan_shown(result.totals[one].difference)} 元"
            for one in result.measures
        ],
        "kind": kind,
        "kind_note": _EXPLAINED[kind],
        "tab_entries": [(row.path, row.label, row.number, row.is_current) for row in rows],
        "lines": shown,
        "may_enter": any(not one.obstacle and not one.candidate_id for one in shown),
        "page": turned,
        "problems": listed.problems[:SHOWN_PROBLEMS],
        "more_problems": max(0, len(listed.problems) - SHOWN_PROBLEMS),
    }


def _amounts(sums: Sums) -> tuple[str, str, str]:
    return yuan_shown(sums.there), yuan_shown(sums.here), yuan_shown(sums.difference)


def _shown(line: Line, measures: Sequence[str]) -> Shown:
    row, contract, candidate = line.row, line.contract, line.candidate
    one: Any = row or contract
    return Shown(
        row_id=(row.id or 0) if row else 0,
        row_number=row.row_number if row else 0,
        number=one.registration_number or "",
        title=one.title or "（名单未列名称）",
        category=ContractCategory.parse(one.category).label if one.category else "",
        parties=" → ".join(part for part in (one.seller_name, one.buyer_name) if part),
        registered=day(one.registered_on),
        amounts=[
            (
                yuan_shown(getattr(row, name)) if row is not None and getattr(row, name) is not None else "",
                yuan_shown(getattr(contract, name)) if contract is not None else "",
            )
            for name in measures
        ],
        contract_id=(contract.id or 0) if contract else 0,
        differences=line.differences,
        obstacle=row.obstacle if row is not None and not row.content else "",
        candidate=candidate.status.label if candidate else "",
        candidate_id=(candidate.id or 0) if candidate else 0,
        candidate_number=(candidate.registration_number or "") if candidate else "",
    )
