"""How a report looks on its page: facts with their links, tables, what has changed since."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session

from matchmaker.models.reporting import TurnoverSnapshot
from matchmaker.reports.context import in_wan_exact
from matchmaker.reports.frozen import Counted
from matchmaker.reports.shapes import CONTRACTS, Line, ReportFacts
from matchmaker.snapshots import changes_since


@dataclass(frozen=True)
class FactRow:
    """One fact: `name` is what a template calls it."""

    name: str
    text: str
    rounded: str
    caliber: str
    link: str


@dataclass(frozen=True)
class TableLine:
    """One line of a table; what is empty links nowhere."""

    label: str
    count: int
    contract_value: str
    technology_value: str
    link: str


@dataclass(frozen=True)
class Table:
    """One breakdown."""

    key: str
    title: str
    head: str
    caliber: str
    lines: Sequence[TableLine]


def behind_link(report_id: int, what: str, table: str = "", group: str = "") -> str:
    """Where the rows of a figure are listed."""
    query = f"?{urlencode({'table': table, 'group': group})}" if table else ""
    return f"/reports/{report_id}/behind/{what}{query}"


def fact_rows(facts: ReportFacts, report_id: int) -> list[FactRow]:
    """All facts that say something."""
    return [
        FactRow(
            one.name,
            one.text,
            one.rounded if one.rounded != one.text else "",
            one.caliber,
            behind_link(report_id, one.behind) if one.behind and one.value != 0 else "",
        )
        for one in facts.facts
        if one.text
    ]


def tables_of(facts: ReportFacts, report_id: int) -> list[Table]:
    """The tables, each line with the link to its contracts, the total at the end."""
    return [
        Table(
            one.key,
            one.title,
            one.head,
            one.caliber,
            [
                *(_line(line, behind_link(report_id, CONTRACTS, one.key, line.label)) for line in one.lines),
                _line(one.total, behind_link(report_id, CONTRACTS)),
            ],
        )
        for one in facts.breakdowns
    ]


def contract_rows(found: Sequence[Counted], offset: int, limit: int) -> dict[str, Any]:
    """A page of contracts, and the sum over all of them."""
    lines = [one.line for one in found]
    return {
        "rows": [
            (one, in_wan_exact(one.contract_value_fen), in_wan_exact(one.technology_value_fen))
            for one in lines[offset : offset + limit]
        ],
        "contract_sum": in_wan_exact(sum(one.contract_value_fen for one in lines)),
        "technology_sum": in_wan_exact(sum(one.technology_value_fen for one in lines)),
    }


def changes_in_words(session: Session, snapshot: TurnoverSnapshot) -> str:
    """What has happened to the contracts since; empty if nothing has."""
    changes = changes_since(session, snapshot)
    parts = [
        f"{len(rows)} 项{name}"
        for name, rows in (("新计入", changes.added), ("不再计入", changes.gone), ("有变更", changes.changed))
        if rows
    ]
    return "、".join(parts)


def _line(line: Line, link: str) -> TableLine:
    amounts = in_wan_exact(line.contract_value_fen), in_wan_exact(line.technology_value_fen)
    return TableLine(line.label, line.count, *amounts, link if line.count else "")
