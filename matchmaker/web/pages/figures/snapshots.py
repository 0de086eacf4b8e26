"""Snapshots of the turnover: take one, read it as it was, and see what has changed since."""

from dataclasses import replace
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from matchmaker.classification import classification
from matchmaker.errors import MalformedRequest
from matchmaker.models.account import Account
from matchmaker.models.contract_words import Caliber, DateBasis, Measure
from matchmaker.models.reporting import SnapshotLine, TurnoverSnapshot
from matchmaker.period import PARTS, Period, day_of
from matchmaker.rights import Actor, Right
from matchmaker.snapshots import (
    BREAKDOWNS,
    asked_of,
    changes_since,
    correct_snapshot,
    corrections_of,
    headline_of,
    is_intact,
    lines_behind,
    snapshot_by_id,
    snapshots,
    take_snapshot,
)
from matchmaker.turnover import Dimension, Figures, counted_region, group_label, region_name
from matchmaker.visibility import today
from matchmaker.web.api.shapes import LARGEST_ID
from matchmaker.web.dependencies import Requires, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.pages.figures.snapshot_view import differences
from matchmaker.web.pages.figures.turnover_asked import behind
from matchmaker.web.pages.figures.turnover_view import amounts, value_words
from matchmaker.web.pages.paging import Paging, paging
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)

Reader = Annotated[Actor, Depends(Requires(Right.READ_TURNOVER))]
Maker = Annotated[Actor, Depends(Requires(Right.MAKE_REPORTS))]
SnapshotId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
LABELS = {
    "name": "名称",
    "year": "年度",
    "quarter": "期间",
    "region": "统计地区",
    "basis": "日期口径",
    "note": "说明",
}
# What a city hands in: the national caliber, and each contract once.
_REPORTED = (Caliber.OUTFLOW, Caliber.NET)
_BASES = {one.value: one for one in DateBasis}


class AskedLines(BaseModel):
    """Which figure of a snapshot: of a caliber, and of one group of a breakdown where `by` names one."""

    caliber: Caliber = Caliber.OUTFLOW
    by: str = Field(default="", max_length=40)
    group: str = Field(default="", max_length=200)


@router.get("/snapshots")
def snapshot_list(request: Request, session: SessionDep, reader: Reader) -> Response:
    values = {"year": str(today().year), "region": counted_region(reader), "basis": DateBasis.REGISTERED.value}
    return _list(request, session, reader, values, FormErrors())


@router.post("/snapshots")
def take(request: Request, session: SessionDep, by: Maker, form: SubmittedForm) -> Response:
    typed = {name: text_of(form, name) for name in LABELS}
    errors = FormErrors()
    if not 1 <= len(typed["name"]) <= 200:
        errors.add("name", "请填写名称，200 字以内")
    if len(typed["note"]) > 500:
        errors.add("note", "说明不超过 500 字")
    if not (typed["year"].isascii() and typed["year"].isdecimal() and 2001 <= int(typed["year"][:6]) <= 2100):
        errors.add("year", "请填写 2001—2100 年之间的年度")
    if typed["quarter"] not in ("", *PARTS):
        errors.add("quarter", "请从列表中选择")
    if typed["basis"] not in _BASES:
        errors.add("basis", "请从列表中选择")
    if typed["region"] not in dict(_regions(by)):
        errors.add("region", "请从列表中选择您负责的地区")
    if errors:
        return _list(request, session, by, typed, errors)
    made = take_snapshot(
        session,
        name=typed["name"],
        period=Period.of_part(int(typed["year"]), typed["quarter"]),
        region_code=typed["region"],
        date_basis=_BASES[typed["basis"]],
        by=by,
        note=typed["note"],
    )
    return answer_redirect(request, f"/snapshots/{made.id}", flash="saved")


@router.get("/snapshots/{snapshot_id:int}")
def snapshot(request: Request, session: SessionDep, reader: Reader, snapshot_id: SnapshotId) -> Response:
    found = snapshot_by_id(session, snapshot_id, reader=reader)
    return _page(request, session, reader, found, FormErrors())


@router.post("/snapshots/{snapshot_id:int}/correct")
def correct(request: Request, session: SessionDep, by: Maker, snapshot_id: SnapshotId, form: SubmittedForm) -> Response:
    found = snapshot_by_id(session, snapshot_id, reader=by)
    note = text_of(form, "note")
    if not 1 <= len(note) <= 500:
        errors = FormErrors()
        errors.add("note", "请写明更正的原因，500 字以内")
        return _page(request, session, by, found, errors)
    made = correct_snapshot(session, found, by=by, note=note)
    return answer_redirect(request, f"/snapshots/{made.id}", flash="saved")


@router.get("/snapshots/{snapshot_id:int}/contracts")
def lines(
    request: Request,
    session: SessionDep,
    reader: Reader,
    snapshot_id: SnapshotId,
    pages: Annotated[Paging, Depends(paging)],
    asked: Annotated[AskedLines, Query()],
) -> Response:
    """The contracts a figure of the snapshot counted, as they were then."""
    found = snapshot_by_id(session, snapshot_id, reader=reader)
    dimension = next((one for one in BREAKDOWNS if one == asked.by), None)
    if asked.by and dimension is None:
        raise MalformedRequest("快照中没有这一分组", f"可用：{'、'.join(BREAKDOWNS)}")
    counted = lines_behind(session, found, asked.caliber, (dimension, asked.group) if dimension else None)
    sums = Figures.sum(_figures(line, times) for line, times in counted)
    context = {
        "snapshot": found,
        "caliber": asked.caliber,
        "named": f"{dimension.label}：{group_label(session, dimension, asked.group)}" if dimension else "",
        "lines": counted[pages.offset : pages.offset + pages.size],
        "sums": amounts(sums),
        "pages": pages.of(len(counted)),
        "value_words": value_words,
        "Measure": Measure,
    }
    return templates.TemplateResponse(request, "turnover/snapshot_contracts.html", context)


def _list(request: Request, session: Session, reader: Actor, values: dict[str, str], errors: FormErrors) -> Response:
    year = today().year
    context = {
        "snapshots": [
            (
                one,
                region_name(one.region_code),
                day_of(one.taken_at),
                [(headline_of(one, by), _link(one, by)) for by in _REPORTED],
            )
            for one in snapshots(session, reader=reader)
        ],
        "amounts": [f"{Measure.CONTRACT_VALUE.label}（{by.label}）" for by in _REPORTED],
        "values": values,
        "errors": errors,
        "labels": LABELS,
        "may_take": reader.may(Right.MAKE_REPORTS),
        "parts": list(PARTS.items()),
        "years": [(str(one), f"{one} 年") for one in range(year, year - 6, -1)],
        "regions": _regions(reader),
        "bases": [(one.value, one.label) for one in DateBasis],
        "in_words": value_words,
        "Measure": Measure,
    }
    return templates.TemplateResponse(request, "turnover/snapshots.html", context, status_code=422 if errors else 200)


def _page(request: Request, session: Session, reader: Actor, found: TurnoverSnapshot, errors: FormErrors) -> Response:
    changes = changes_since(session, found)
    taker = session.get(Account, found.taken_by_id) if found.taken_by_id else None
    context = {
        "snapshot": found,
        "region": region_name(found.region_code),
        "taken_on": day_of(found.taken_at),
        "taken_by": taker.name if taker else "平台",
        "is_intact": is_intact(session, found),
        "headline": [
            (one, amounts(headline_of(found, one)), amounts(changes.headline[one]), _link(found, one), _now(found, one))
            for one in Caliber
        ],
        "breakdowns": [(one, _breakdown(found, one)) for one in BREAKDOWNS],
        "changes": changes,
        "differences": [(one.now, differences(session, one)) for one in changes.changed],
        "corrects": found.corrects_id,
        "corrections": corrections_of(session, found),
        "may_take": reader.may(Right.MAKE_REPORTS),
        "errors": errors,
        "value_words": value_words,
        "Measure": Measure,
    }
    return templates.TemplateResponse(request, "turnover/snapshot.html", context, status_code=422 if errors else 200)


def _breakdown(found: TurnoverSnapshot, dimension: Dimension) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """One line for each group: its label and, by caliber, value in words, link and heading."""
    by_caliber = found.figures["breakdowns"][dimension.value]
    rows: dict[str, tuple[str, list[tuple[str, str, str]]]] = {}
    codes = {one["code"]: one["label"] for groups in by_caliber.values() for one in groups}
    for code, label in codes.items():
        cells = []
        for caliber in Caliber:
            group = next((one for one in by_caliber[caliber.value] if one["code"] == code), None)
            value = value_words(group["contract_value_fen"] if group else 0, Measure.CONTRACT_VALUE)
            link = _link(found, caliber, dimension, code) if group and group["count"] else ""
            cells.append((value, link, caliber.label))
        rows[code] = (label, cells)
    return list(rows.values())


def _link(found: TurnoverSnapshot, caliber: Caliber, dimension: Dimension | None = None, code: str = "") -> str:
    given = {"caliber": caliber.value} | ({"by": dimension.value, "group": code} if dimension else {})
    return f"/snapshots/{found.id}/contracts?{urlencode(given)}"


def _now(found: TurnoverSnapshot, caliber: Caliber) -> str:
    """The contracts that make the same figure today."""
    return behind(replace(asked_of(found), caliber=caliber))


def _figures(line: SnapshotLine, times: int) -> Figures:
    return Figures(
        times,
        line.contract_value_fen * times,
        line.technology_value_fen * times,
        line.technology_income_fen * times,
    )


def _regions(reader: Actor) -> list[tuple[str, str]]:
    city = classification().city
    every = [(city.code, f"全市（{city.name}）"), *((one.code, one.label) for one in city.districts.entries)]
    return [(code, label) for code, label in every if reader.oversees(code)]
