"""The contract ledger 合同台账: the list, its export, and the form of a contract."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Request, Response

from matchmaker.audit import record_apart
from matchmaker.classification import classification
from matchmaker.contracts import (
    ContractQuery,
    contracts_page,
)
from matchmaker.contracts.flows import counted_in
from matchmaker.errors import MalformedRequest
from matchmaker.models.audit import AuditAction
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractCategory, ContractStatus
from matchmaker.models.labels import Labelled
from matchmaker.money import FEN_PER_YUAN, in_wan
from matchmaker.rights import Actor, Right
from matchmaker.visibility import today
from matchmaker.web.dependencies import DatabaseDep, ReadingDep, Requires, SessionDep
from matchmaker.web.forms import SubmittedForm, text_of
from matchmaker.web.pages.paging import Paging, paging
from matchmaker.web.pages.view import day, place
from matchmaker.web.templating import templates
from matchmaker.web.workbook import Cell, workbook, workbook_answer

L = TypeVar("L", bound=Labelled)

router = APIRouter(prefix="/contracts", include_in_schema=False, default_response_class=Response)

Recorder = Annotated[Actor, Depends(Requires(Right.RECORD_CONTRACTS))]
ContractId = Annotated[int, Path(ge=1, le=2**31 - 1)]
Page = Annotated[Paging, Depends(paging)]
# More than a city registers in three years, and still a file that opens at once.
LONGEST_EXPORT = 10_000
HEADINGS = (
    "台账编号",
    "合同登记编号",
    "项目名称",
    "合同类别",
    "合同类型",
    "状态",
    "卖方名称",
    "卖方行政区划",
    "买方名称",
    "买方行政区划",
    "签订日期",
    "登记日期",
    "合同成交额（元）",
    "技术交易额（元）",
    "已到款（元）",
    "技术性收入（元）",
    "统计口径",
)
# The filters a query has, in the order they stand in the address.
_FILTERS = (
    "text",
    "status",
    "category",
    "region",
    "signed_from",
    "signed_to",
    "registered_from",
    "registered_to",
    "overdue",
    "match",
)


@router.get("")
def contract_list(request: Request, session: SessionDep, reader: Recorder, page: Page) -> Response:
    """Those that concern the reader, with what they add up to."""
    given = _given(request.query_params)
    found = contracts_page(session, _query(given, offset=page.offset, limit=page.size), reader=reader)
    context = {
        "contracts": found.contracts,
        "found": found,
        "given": given,
        "is_filtered": any(given.values()),
        "page": page.of(found.total),
        "statuses": [(one.value, one.label) for one in ContractStatus],
        "categories": [(one.value, one.label) for one in ContractCategory],
        "districts": [(one.code, one.label) for one in classification().city.districts.entries],
        "in_wan": in_wan,
        "place": place,
        "today": today(),
    }
    return templates.TemplateResponse(request, "contracts/list.html", context)


@router.post("/export")
def export(session: ReadingDep, database: DatabaseDep, reader: Recorder, form: SubmittedForm) -> Response:
    """The list as a workbook, amounts in yuan; recorded in the audit trail."""
    given = _given({name: text_of(form, name) for name in _FILTERS})
    found = contracts_page(session, _query(given, offset=0, limit=LONGEST_EXPORT), reader=reader)
    if found.total > LONGEST_EXPORT:
        raise MalformedRequest(
            f"共 {found.total} 份合同，一次最多导出 {LONGEST_EXPORT} 份", "请用状态、日期等条件分批导出"
        )
    content = workbook("合同台账", HEADINGS, [_cells(one) for one in found.contracts], {2: 40, 6: 30, 8: 30})
    record_apart(database, reader, AuditAction.EXPORTED, reason=f"技术合同 {len(found.contracts)} 项")
    return workbook_answer(content, "contracts")


def _given(source: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(source.get(name, ""))[:100].strip().replace("\x00", "") for name in _FILTERS}


def _query(given: Mapping[str, str], *, offset: int, limit: int) -> ContractQuery:
    """The filters of the list; a value that is none is as good as none."""
    status = _chosen(ContractStatus, given["status"])
    return ContractQuery(
        text=given["text"],
        statuses=(status,) if status else (),
        category=_chosen(ContractCategory, given["category"]),
        region_code=given["region"] if given["region"] in classification().city.districts else "",
        signed_from=_date(given["signed_from"]),
        signed_to=_date(given["signed_to"]),
        registered_from=_date(given["registered_from"]),
        registered_to=_date(given["registered_to"]),
        overdue_before=today() if given["overdue"] else None,
        match_id=number_of(given["match"]),
        offset=offset,
        limit=limit,
    )


def _chosen(choices: type[L], given: str) -> L | None:
    return next((one for one in choices if one == given), None)


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def number_of(text: str) -> int | None:
    """The number a field or an address states, if it is one."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _cells(one: TechnologyContract) -> tuple[Cell, ...]:
    return (
        one.id,
        one.registration_number or "",
        one.title,
        one.category.label,
        one.kind.label if one.kind else "",
        one.status.label,
        one.seller_name,
        place(one.seller_region_code),
        one.buyer_name,
        place(one.buyer_region_code),
        day(one.signed_on),
        day(one.registered_on),
        *(
            Decimal(fen) / FEN_PER_YUAN
            for fen in (one.contract_value_fen, one.technology_value_fen, one.received_fen, one.technology_income_fen)
        ),
        "、".join(caliber.label for caliber in counted_in(one)),
    )
