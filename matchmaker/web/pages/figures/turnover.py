"""The turnover: one figure with all that belongs to it, its groups, the contracts behind each, and both as a file."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response

from matchmaker.audit import record_apart
from matchmaker.classification import classification
from matchmaker.completion import OF_A_DISTRICT, completions, completions_of_groups
from matchmaker.models.audit import AuditAction
from matchmaker.models.contract_words import Caliber, DateBasis, Measure
from matchmaker.period import PARTS
from matchmaker.rights import Actor, Right
from matchmaker.targets import targets_of
from matchmaker.turnover import (
    Dimension,
    contracts_behind,
    group_label,
    turnover_report,
    turnover_reports,
    year_before,
)
from matchmaker.visibility import today
from matchmaker.web.dependencies import DatabaseDep, ReadingDep, Requires, SessionDep
from matchmaker.web.pages.figures.figure_words import signed_percent
from matchmaker.web.pages.figures.turnover_asked import AskedContracts, AskedTurnover, address, behind, parameters
from matchmaker.web.pages.figures.turnover_file import turnover_file
from matchmaker.web.pages.figures.turnover_view import (
    MOST_ROWS,
    about,
    amounts,
    caliber_rows,
    chips,
    completion_words,
    explanations,
    rows_of,
    value_words,
)
from matchmaker.web.pages.paging import Paging, paging
from matchmaker.web.templating import templates
from matchmaker.web.workbook import XLSX

router = APIRouter(include_in_schema=False, default_response_class=Response)

Reader = Annotated[Actor, Depends(Requires(Right.READ_TURNOVER))]
# More contracts than anybody reads; the file is built in memory.
LARGEST_EXPORT = 20_000
# As many years as a plan period has, beside the running one.
_YEARS = 6


@router.get("/turnover")
def turnover(
    request: Request, session: SessionDep, reader: Reader, given: Annotated[AskedTurnover, Query()]
) -> Response:
    """One page answers with one reading of the contracts: headline, groups, calibers, the year before."""
    asked = given.query(session, reader)
    reports = turnover_reports(session, asked, grouped=(asked.caliber,))
    report = reports[asked.caliber]
    targets = targets_of(session, reader=reader)
    rows = rows_of(report, completions_of_groups(report, targets))
    context = {
        "asked": asked,
        "given": given,
        "about": about(asked),
        "value": value_words(report.value, asked.measure),
        "count": report.total.count,
        "mean": value_words(report.mean, asked.measure) if report.mean is not None else "—",
        "previous": value_words(report.previous.value(asked.measure), asked.measure),
        "period_before": year_before(asked.period),
        "growth": signed_percent(report.growth),
        "completions": [completion_words(one) for one in completions(report, targets)],
        "contracts_link": behind(asked),
        "previous_link": behind(replace(asked, period=year_before(asked.period))),
        "rows": rows,
        "has_completions": any(row.completion for row in rows),
        "districts_differ": asked.group_by is Dimension.DISTRICT and asked.caliber not in OF_A_DISTRICT,
        "is_cut": len(rows) < len(report.groups),
        "most_rows": MOST_ROWS,
        "calibers": caliber_rows(reports, asked),
        "chips": chips(session, asked),
        "explanations": explanations(asked),
        "export_path": f"/turnover/export?{urlencode(parameters(asked))}",
        "offered": _offered(reader),
        "kept_filters": given.filter,
        "printed_on": today(),
    }
    return templates.TemplateResponse(request, "turnover/turnover.html", context)


@router.get("/turnover/contracts")
def contracts(
    request: Request,
    session: SessionDep,
    reader: Reader,
    given: Annotated[AskedContracts, Query()],
    pages: Annotated[Paging, Depends(paging)],
) -> Response:
    """The contracts behind a figure or one of its groups; what they sum to stands above them."""
    asked = given.query(session, reader)
    group = given.group if asked.group_by is not None else None
    found = contracts_behind(session, asked, group, offset=pages.offset, limit=pages.size)
    named = [chip.text for chip in chips(session, asked)]
    if asked.group_by is not None and group is not None:
        named.append(f"{asked.group_by.label}：{group_label(session, asked.group_by, group)}")
    context = {
        "asked": asked,
        "about": about(asked),
        "named": named,
        "found": found,
        "sums": amounts(found.figures),
        "pages": pages.of(found.total),
        "is_registered": asked.date_basis is DateBasis.REGISTERED,
        "back": address(asked),
        "value_words": value_words,
        "Measure": Measure,
    }
    return templates.TemplateResponse(request, "turnover/contracts.html", context)


@router.post("/turnover/export")
def export(
    session: ReadingDep, database: DatabaseDep, reader: Reader, given: Annotated[AskedTurnover, Query()]
) -> Response:
    """All groups and the contracts behind them, as an Excel file. That it was taken away is recorded.

    Of more contracts than `LARGEST_EXPORT` the table comes alone; the file says so and how to get them.
    """
    asked = given.query(session, reader)
    report = turnover_report(session, asked)
    found = contracts_behind(session, asked, limit=LARGEST_EXPORT)
    filters = [chip.text for chip in chips(session, asked)]
    told = "；".join([f"成交额统计 {about(asked)}", *filters, f"合同 {found.total} 份"])
    contracts, remarks = found.contracts, [("筛选", one) for one in filters]
    if found.total > LARGEST_EXPORT:
        contracts = []
        why = f"共 {found.total} 份，超过一次导出的上限 {LARGEST_EXPORT} 份，未附；请缩小期间或增加筛选后分批导出"
        remarks.append(("合同明细", why))
    content = turnover_file(report, contracts, remarks, targets_of(session, reader=reader))
    record_apart(database, reader, AuditAction.EXPORTED, reason=told[:500])
    headers = {"Content-Disposition": 'attachment; filename="turnover.xlsx"'}
    return Response(content, media_type=XLSX, headers=headers)


def _offered(reader: Actor) -> dict[str, list[tuple[str, str]]]:
    city = classification().city
    regions = [(city.code, f"全市（{city.name}）"), *((one.code, one.label) for one in city.districts.entries)]
    year = today().year
    return {
        "parts": list(PARTS.items()),
        "years": [(str(one), f"{one} 年") for one in range(year, year - _YEARS, -1)],
        "measures": [(one.value, one.label) for one in Measure],
        "calibers": [(one.value, one.label) for one in Caliber],
        "bases": [(one.value, one.label) for one in DateBasis],
        "dimensions": [(one.value, one.label) for one in Dimension],
        "regions": [(code, label) for code, label in regions if reader.oversees(code)],
    }
