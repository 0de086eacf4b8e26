"""The scorecards of brokers and brokerages for a period, and the same as a file."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from matchmaker.audit import record_apart
from matchmaker.broker_figures import COUNTED_CONTRACTS, COUNTED_MATCHES, Figures
from matchmaker.contracts import is_readable as is_readable_contract
from matchmaker.errors import MalformedRequest
from matchmaker.models.audit import AuditAction
from matchmaker.models.broker import Broker, Brokerage
from matchmaker.models.outbox import RecordKind
from matchmaker.money import in_wan
from matchmaker.period import Period, day_of
from matchmaker.records import record_by_id
from matchmaker.rights import Actor
from matchmaker.scorecard import BrokerageScorecard, BrokerScorecard, contracts_behind, matches_behind, scorecards
from matchmaker.scorecard_file import COLUMNS, DEFINITIONS, write_scorecards
from matchmaker.searched import records_of
from matchmaker.visibility import is_readable, today
from matchmaker.web.api.shapes import LARGEST_ID
from matchmaker.web.dependencies import DatabaseDep, KnownActor, ReadingDep, SessionDep
from matchmaker.web.pages.paging import Paging, paging
from matchmaker.web.templating import templates
from matchmaker.web.workbook import XLSX

router = APIRouter(include_in_schema=False, default_response_class=Response)


class AskedPeriod(BaseModel):
    """A year, one of its quarters, or any days; empty fields are as good as missing ones."""

    year: str = Field(default="", pattern="^([0-9]{4})?$")
    quarter: str = Field(default="", pattern="^[1-4]?$")
    first: str = Field(default="", max_length=10, alias="from")
    last: str = Field(default="", max_length=10, alias="to")

    def period(self) -> Period:
        """Days before a year; without either the current year. Raises MalformedRequest."""
        if self.first or self.last:
            try:
                return Period(date.fromisoformat(self.first), date.fromisoformat(self.last))
            except ValueError as error:
                raise MalformedRequest("起止日期不完整或不是日期", "请同时填写起止日期，如 2026-01-01") from error
        return Period.of_year(int(self.year or today().year), int(self.quarter) if self.quarter else None)


@dataclass(frozen=True)
class Cell:
    """One figure as text, and the page with its matches where it counts some."""

    label: str
    text: str
    link: str = ""


@router.get("/scorecards")
def read_scorecards(
    request: Request,
    session: SessionDep,
    actor: KnownActor,
    asked: Annotated[AskedPeriod, Query()],
    pages: Annotated[Paging, Depends(paging)],
) -> Response:
    """Officials see their region's brokers, a brokerage its own, a broker herself."""
    cards = scorecards(session, asked.period(), reader=actor)
    context = {
        "cards": cards,
        "shown": cards.brokers[pages.offset : pages.offset + pages.size],
        "pages": pages.of(len(cards.brokers)),
        "asked": asked,
        "this_year": today().year,
        "columns": [label for label, _ in COLUMNS],
        "definitions": DEFINITIONS,
        "cells_of": lambda card: _cells(card.figures, cards.period, card),
        "sums_of": lambda card: _cells(card.figures, cards.period, card),
        "percent": percent,
    }
    return templates.TemplateResponse(request, "brokers/scorecards.html", context)


@router.get("/scorecards/{broker_id:int}/contracts")
def read_contracts(
    request: Request,
    session: SessionDep,
    actor: KnownActor,
    broker_id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
    asked: Annotated[AskedPeriod, Query()],
) -> Response:
    """The contracts that a broker's figures count."""
    return _contracts(request, session, actor, record_by_id(session, Broker, broker_id), asked)


@router.get("/scorecards/brokerages/{brokerage_id:int}/contracts")
def read_contracts_of_brokerage(
    request: Request,
    session: SessionDep,
    actor: KnownActor,
    brokerage_id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
    asked: Annotated[AskedPeriod, Query()],
) -> Response:
    """The contracts that a brokerage's figures count."""
    return _contracts(request, session, actor, record_by_id(session, Brokerage, brokerage_id), asked)


@router.get("/scorecards/{broker_id:int}/{figure}")
def read_figure(
    request: Request,
    session: SessionDep,
    actor: KnownActor,
    broker_id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
    figure: str,
    asked: Annotated[AskedPeriod, Query()],
) -> Response:
    """The matches that one figure counts."""
    period = asked.period()
    broker, matches = matches_behind(session, broker_id, figure, period, reader=actor)
    needs = _titles(session, RecordKind.NEEDS, [one.need_id for one in matches], actor)
    achievements = _titles(session, RecordKind.ACHIEVEMENTS, [one.achievement_id for one in matches], actor)
    context = {
        "broker_name": broker.name,
        "period": period,
        "label": next(label for label, name in COLUMNS if name == figure),
        "rows": [
            (one, needs.get(one.need_id), achievements.get(one.achievement_id), one.filed_at and day_of(one.filed_at))
            for one in matches
        ],
    }
    return templates.TemplateResponse(request, "brokers/figure.html", context)


@router.post("/scorecards/export")
def export_scorecards(
    session: ReadingDep, database: DatabaseDep, actor: KnownActor, asked: Annotated[AskedPeriod, Form()]
) -> Response:
    """The same as xlsx; put on record."""
    cards = scorecards(session, asked.period(), reader=actor)
    period = f"{cards.period.first} 至 {cards.period.last}"
    with TemporaryDirectory() as folder:
        path = FilePath(folder) / "scorecards.xlsx"
        write_scorecards(cards, path)
        content = path.read_bytes()
    record_apart(database, actor, AuditAction.EXPORTED, reason=f"经纪人业绩 {period}，{len(cards.brokers)} 人")
    name = quote(f"经纪人业绩 {period}.xlsx")
    return Response(content, media_type=XLSX, headers={"Content-Disposition": f"attachment; filename*=utf-8''{name}"})


def percent(share: float | None) -> str:
    """`66.7%`; a dash where there is nothing to divide by."""
    return "—" if share is None else f"{share:.1%}"


def _titles(session: Session, kind: RecordKind, ids: list[int], reader: Actor) -> dict[int | None, str]:
    """Titles of those of the records that the reader may open."""
    return {one.id: one.title for one in records_of(session, kind, ids) if is_readable(session, one, reader)}


def _contracts(
    request: Request, session: Session, reader: Actor, owner: Broker | Brokerage, asked: AskedPeriod
) -> Response:
    period = asked.period()
    found = contracts_behind(session, owner, period, reader=reader)
    context = {
        "owner_name": owner.name,
        "period": period,
        "in_wan": in_wan,
        "count": len(found),
        "contract_value_fen": sum(one.contract_value_fen for one in found),
        "technology_value_fen": sum(one.technology_value_fen for one in found),
        # A district's official sees her district's brokers, and what these did elsewhere as a figure only.
        "rows": [one for one in found if is_readable_contract(one, reader)],
    }
    return templates.TemplateResponse(request, "brokers/figure_contracts.html", context)


def _cells(figures: Figures, period: Period, card: BrokerScorecard | BrokerageScorecard) -> list[Cell]:
    return [_cell(label, name, getattr(figures, name), period, card) for label, name in COLUMNS]


def _cell(
    label: str, name: str, value: float | None, period: Period, card: BrokerScorecard | BrokerageScorecard
) -> Cell:
    if name.endswith("_rate"):
        return Cell(label, percent(value))
    text = "—" if value is None else in_wan(int(value)) if name.endswith("_fen") else f"{value:g}"
    return Cell(label, text, _rows_behind(name, period, card) if value else "")


def _rows_behind(name: str, period: Period, card: BrokerScorecard | BrokerageScorecard) -> str:
    days = urlencode({"from": period.first, "to": period.last})
    if name in COUNTED_CONTRACTS:
        whose = card.broker.id if isinstance(card, BrokerScorecard) else f"brokerages/{card.brokerage.id}"
        return f"/scorecards/{whose}/contracts?{days}"
    if name in COUNTED_MATCHES and isinstance(card, BrokerScorecard):
        return f"/scorecards/{card.broker.id}/{name}?{days}"
    return ""
