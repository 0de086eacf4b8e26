"""The officials' lists: every record of the district or the city, whatever its status, and the table to take away."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.audit import record_apart
from matchmaker.classification import classification
from matchmaker.errors import MalformedRequest
from matchmaker.freshness import staleness
from matchmaker.models.audit import AuditAction
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.labels import AchievementStatus, NeedStatus
from matchmaker.models.need import NeedPublic
from matchmaker.models.outbox import RecordKind
from matchmaker.oversight import PAGE_SIZE, Carrying, Freshness, Overseen, Wanted, campaigns_of, overseen_records
from matchmaker.rights import Actor, Right
from matchmaker.visibility import SearchedRecord
from matchmaker.web.dependencies import DatabaseDep, ReadingDep, Requires, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm
from matchmaker.web.pages.view import KINDS, budget, day, owner, place, price, public
from matchmaker.web.templating import templates
from matchmaker.web.workbook import workbook, workbook_answer

router = APIRouter(include_in_schema=False, default_response_class=Response)

Official = Annotated[Actor, Depends(Requires(Right.REVIEW))]

# More rows than anybody reads; the table is built in memory.
LARGEST_EXPORT = 20_000
COLUMNS = {
    RecordKind.NEEDS: ("名称", "状态", "单位", "地区", "产业", "预算", "批次", "发布", "有效期至", "最近确认"),
    RecordKind.ACHIEVEMENTS: ("名称", "状态", "单位", "地区", "产业", "价格", "登记号", "发布", "有效期至", "最近确认"),
}


@router.get("/oversight/needs")
def needs(request: Request, session: SessionDep, by: Official) -> Response:
    return _list(request, session, by, RecordKind.NEEDS)


@router.get("/oversight/achievements")
def achievements(request: Request, session: SessionDep, by: Official) -> Response:
    return _list(request, session, by, RecordKind.ACHIEVEMENTS)


@router.post("/oversight/needs/export")
def export_needs(session: ReadingDep, database: DatabaseDep, by: Official, form: SubmittedForm) -> Response:
    return _export(session, database, by, _wanted(RecordKind.NEEDS, form))


@router.post("/oversight/achievements/export")
def export_achievements(session: ReadingDep, database: DatabaseDep, by: Official, form: SubmittedForm) -> Response:
    return _export(session, database, by, _wanted(RecordKind.ACHIEVEMENTS, form))


def _list(request: Request, session: Session, by: Actor, kind: RecordKind) -> Response:
    wanted, text = _wanted(kind, request.query_params), request.query_params.get("page", "1")
    page = min(max(int(text), 1), 100_000) if text.isascii() and text.isdecimal() and len(text) < 7 else 1
    found = overseen_records(session, wanted, by, offset=(page - 1) * PAGE_SIZE)
    lists = classification().city
    asked = {name: value for name, value in _asked(wanted).items() if value}
    every = urlencode({name: value for name, value in asked.items() if name != "status"})
    context = {
        "kind": KINDS[kind],
        "columns": COLUMNS[kind],
        "rows": [(f"/review/{kind}/{one.id}", cells(one), one.is_demo) for one in found.records],
        "total": found.total,
        "page": page,
        "pages": max(1, -(-found.total // PAGE_SIZE)),
        "address": f"/oversight/{kind}?{urlencode(asked)}{'&' if asked else ''}page=",
        "tabs": _tabs(kind, wanted, found, every),
        "values": _asked(wanted),
        "asked": asked,
        "errors": FormErrors(),
        "districts": [(one.code, one.label) for one in lists.districts.entries],
        "has_districts": by.oversees_everything,
        "industries": [(one.code, one.label) for one in lists.industries.entries],
        "campaigns": [(one, one) for one in campaigns_of(session, by)] if kind is RecordKind.NEEDS else [],
        "freshnesses": [(one.value, one.label) for one in Freshness],
        "carryings": [(one.value, one.label) for one in Carrying] if kind is RecordKind.NEEDS else [],
        "stale": staleness(session, kind, by),
        "largest_export": LARGEST_EXPORT,
    }
    return templates.TemplateResponse(request, "oversight/list.html", context)


def cells(record: SearchedRecord) -> tuple[str, ...]:
    """The record as a line of the list and of the exported table: no contacts, no texts."""
    shown = public(record, Disclosure.PARTIES)
    if isinstance(shown, NeedPublic):
        amount, belongs = budget(shown), shown.campaign
    else:
        amount, belongs = price(shown), shown.registered_number or ""
    return (
        shown.title,
        shown.status.label,
        owner(shown),
        place(shown.region_code),
        classification().city.industries.label(shown.city_industry),
        amount,
        belongs,
        day(shown.published_at),
        day(shown.valid_until),
        day(record.last_confirmed_at),
    )


def _export(session: Session, database: Engine, by: Actor, wanted: Wanted) -> Response:
    """All records of these filters as an Excel table. That they were taken away is recorded."""
    found = overseen_records(session, wanted, by, limit=LARGEST_EXPORT)
    if found.total > LARGEST_EXPORT:
        raise MalformedRequest(
            f"共 {found.total} 条，超过一次导出的上限 {LARGEST_EXPORT} 条", "请缩小筛选范围后分批导出"
        )
    filters = "，".join(f"{name}={value}" for name, value in _asked(wanted).items() if value)
    told = f"{wanted.kind.label} {found.total} 条" + (f"（{filters}）" if filters else "")
    rows = [(one.id, *cells(one)) for one in found.records]
    content = workbook(wanted.kind.label, ("编号", *COLUMNS[wanted.kind]), rows, {1: 45})
    record_apart(database, by, AuditAction.EXPORTED, reason=told[:500])
    return workbook_answer(content, wanted.kind)


def _wanted(kind: RecordKind, given: Mapping[str, Any]) -> Wanted:
    """The filters of an address or a form; what is no value of a filter filters nothing."""
    asked = {name: str(given.get(name, "")).strip() for name in ("status", "district", "industry", "campaign", "text")}
    if asked["status"] not in list(_statuses(kind)):
        asked["status"] = ""
    lists = classification().city
    if asked["district"] not in lists.districts:
        asked["district"] = ""
    if asked["industry"] not in lists.industries:
        asked["industry"] = ""
    freshness = next((one for one in Freshness if one == given.get("freshness")), None)
    carrying = next((one for one in Carrying if one == given.get("carrying")), None)
    texts = {name: value[:200] for name, value in asked.items()}
    return Wanted(kind, **texts, freshness=freshness, carrying=carrying if kind is RecordKind.NEEDS else None)


def _asked(wanted: Wanted) -> dict[str, str]:
    return {name: str(value or "") for name, value in vars(wanted).items() if name != "kind"}


def _tabs(kind: RecordKind, wanted: Wanted, found: Overseen, every: str) -> list[tuple[str, str, int, bool]]:
    base = f"/oversight/{kind}?{every}"
    tabs = [(base, "全部", sum(found.statuses.values()), not wanted.status)]
    join = "&" if every else ""
    for status in _statuses(kind):
        if found.statuses.get(status) or wanted.status == status:
            path = f"{base}{join}status={status}"
            tabs.append((path, status.label, found.statuses.get(status, 0), wanted.status == status))
    return tabs


def _statuses(kind: RecordKind) -> Sequence[NeedStatus | AchievementStatus]:
    return list(NeedStatus) if kind is RecordKind.NEEDS else list(AchievementStatus)
