"""Saved searches, the shortlist, and records side by side: what somebody keeps at hand while searching."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Form, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.disclosure import reached
from matchmaker.errors import MalformedRequest, MatchmakerError, NotFound, SearchNotAvailable
from matchmaker.models.achievement import AchievementPublic
from matchmaker.models.need import NeedPublic
from matchmaker.models.outbox import RecordKind
from matchmaker.models.workbench import SavedSearch
from matchmaker.rights import Actor
from matchmaker.search import FACET_LABELS, value_label
from matchmaker.searched import records_of
from matchmaker.visibility import is_readable
from matchmaker.web.api.shapes import LARGEST_ID
from matchmaker.web.dependencies import DatabaseDep, KnownActor, SessionDep
from matchmaker.web.forms import FormErrors, answer_redirect, own_path
from matchmaker.web.pages.comparison import compared
from matchmaker.web.pages.finder import Question
from matchmaker.web.pages.view import KINDS, Row, public, row
from matchmaker.web.readings import note_reading
from matchmaker.web.templating import templates
from matchmaker.workbench import (
    MOST_SEARCHES,
    change_search,
    delete_search,
    keep,
    latest_answers,
    remove,
    save_search,
    saved_search,
    saved_searches,
    shortlist,
    write_note,
)

router = APIRouter(include_in_schema=False, default_response_class=Response)

MOST_COMPARED = 4

ItemId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
ComparedIds = Annotated[
    list[Annotated[int, Query(ge=1, le=LARGEST_ID)]], Query(alias="id", default_factory=list, max_length=100)
]
Text = Annotated[str, Form(max_length=2000)]


class Picked(BaseModel):
    """Records to keep, and the page to come back to."""

    kind: RecordKind
    id: list[Annotated[int, Field(ge=1, le=LARGEST_ID)]] = Field(default_factory=list, max_length=100)
    note: str = Field(default="", max_length=500)
    next: str = Field(default="/shortlist", max_length=2000)


@dataclass(frozen=True)
class ShownSearch:
    """A saved search as its page tells it."""

    saved: SavedSearch
    words: str
    link: str


@dataclass
class Rejected:
    """A form that was not accepted: whose, what was typed, what is wrong with it."""

    search_id: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    errors: FormErrors = field(default_factory=FormErrors)


@router.get("/saved-searches")
def list_searches(request: Request, session: SessionDep, actor: KnownActor) -> Response:
    """Her saved searches."""
    return _searches(request, session, actor, Rejected())


@router.post("/saved-searches")
def add_search(
    request: Request,
    session: SessionDep,
    actor: KnownActor,
    kind: Annotated[RecordKind, Form()],
    name: Text = "",
    question: Text = "",
) -> Response:
    """Keep the question of the list whose address stands in `question`."""
    asked = parse_qsl(question.partition("?")[2])
    text = next((value for key, value in asked if key == "q"), "")
    chosen = {name: tuple(value for key, value in asked if key == name) for name in FACET_LABELS[kind]}
    try:
        saved = save_search(session, name, kind, text, chosen, by=actor)
    except MatchmakerError as error:
        values = {"name": name, "kind": kind.value, "question": question}
        return _searches(request, session, actor, _rejected(0, values, error))
    return answer_redirect(request, f"/saved-searches/{saved.id}", flash="saved")


@router.get("/saved-searches/{search_id:int}")
def read_search(request: Request, session: SessionDep, actor: KnownActor, search_id: ItemId) -> Response:
    """What was published lately that answers it."""
    saved = saved_search(session, search_id, by=actor)
    rows: list[Row] | None = None
    if request.app.state.indexes is not None:
        try:
            rows = [row(one) for one in latest_answers(session, request.app.state.indexes, saved, actor)]
        except (SearchNotAvailable, MalformedRequest):
            rows = None
    context = {"search": _shown(saved), "kind": KINDS[saved.kind], "rows": rows}
    return templates.TemplateResponse(request, "workbench/saved_search.html", context)


@router.post("/saved-searches/{search_id:int}")
def revise_search(
    request: Request, session: SessionDep, actor: KnownActor, search_id: ItemId, name: Text = "", alerts: Text = ""
) -> Response:
    """Another name, alerts on or off."""
    try:
        change_search(session, search_id, name=name, alerts=bool(alerts), by=actor)
    except NotFound:
        raise
    except MatchmakerError as error:
        return _searches(request, session, actor, _rejected(search_id, {"name": name}, error))
    return answer_redirect(request, "/saved-searches", flash="saved")


@router.post("/saved-searches/{search_id:int}/delete")
def remove_search(request: Request, session: SessionDep, actor: KnownActor, search_id: ItemId) -> Response:
    """Forget it."""
    delete_search(session, search_id, by=actor)
    return answer_redirect(request, "/saved-searches", flash="deleted")


@router.get("/shortlist")
def read_shortlist(request: Request, session: SessionDep, actor: KnownActor) -> Response:
    """What she keeps, by kind."""
    parts = [
        (
            KINDS[kind],
            [(one.item, one.record and row(one.record), one.record) for one in shortlist(session, kind, by=actor)],
        )
        for kind in RecordKind
    ]
    return templates.TemplateResponse(request, "workbench/shortlist.html", {"parts": parts})


@router.post("/shortlist")
def add_items(request: Request, session: SessionDep, actor: KnownActor, picked: Annotated[Picked, Form()]) -> Response:
    """Keep one record, or the ticked ones of a list."""
    if not picked.id:
        raise MalformedRequest("没有勾选任何记录", "请返回列表，先勾选要收藏的记录")
    for record_id in picked.id:
        keep(session, picked.kind, record_id, picked.note, by=actor)
    return answer_redirect(request, own_path(picked.next, "/shortlist"), flash="saved")


@router.post("/shortlist/{item_id:int}")
def revise_item(request: Request, session: SessionDep, actor: KnownActor, item_id: ItemId, note: Text = "") -> Response:
    """Another note."""
    write_note(session, item_id, note, by=actor)
    return answer_redirect(request, "/shortlist", flash="saved")


@router.post("/shortlist/{item_id:int}/remove")
def remove_item(request: Request, session: SessionDep, actor: KnownActor, item_id: ItemId) -> Response:
    """Take it off the list."""
    remove(session, item_id, by=actor)
    return answer_redirect(request, "/shortlist", flash="deleted")


@router.get("/compare/needs")
def compare_needs(
    request: Request, session: SessionDep, database: DatabaseDep, actor: KnownActor, ids: ComparedIds
) -> Response:
    """Needs side by side."""
    return _compare(request, session, database, actor, RecordKind.NEEDS, ids)


@router.get("/compare/achievements")
def compare_achievements(
    request: Request, session: SessionDep, database: DatabaseDep, actor: KnownActor, ids: ComparedIds
) -> Response:
    """Achievements side by side."""
    return _compare(request, session, database, actor, RecordKind.ACHIEVEMENTS, ids)


def _compare(
    request: Request, session: Session, database: Engine, actor: Actor, kind: RecordKind, ids: list[int]
) -> Response:
    wanted = list(dict.fromkeys(ids))
    found = {one.id: one for one in records_of(session, kind, wanted[:MOST_COMPARED])}
    readable = [found[one] for one in wanted if one in found and is_readable(session, found[one], actor)]
    records: list[NeedPublic | AchievementPublic] = []
    for one in readable:
        circle = reached(session, one, actor)
        note_reading(database, one, circle, actor)
        records.append(public(one, circle))
    context: dict[str, Any] = {
        "kind": KINDS[kind],
        "records": records,
        "parts": compared(records) if len(records) > 1 else [],
        "too_many": len(wanted) > MOST_COMPARED,
        "missing": min(len(wanted), MOST_COMPARED) - len(records),
    }
    return templates.TemplateResponse(request, "workbench/compare.html", context)


def _searches(request: Request, session: Session, actor: Actor, rejected: Rejected) -> Response:
    context = {
        "searches": [_shown(one) for one in saved_searches(session, by=actor)],
        "rejected": rejected,
        "most": MOST_SEARCHES,
    }
    status = 422 if rejected.errors else 200
    return templates.TemplateResponse(request, "workbench/saved_searches.html", context, status_code=status)


def _rejected(search_id: int, values: Mapping[str, str], error: MatchmakerError) -> Rejected:
    return Rejected(search_id, values, FormErrors({"name": str(error)}))


def _shown(saved: SavedSearch) -> ShownSearch:
    question = Question(KINDS[saved.kind], saved.text, {name: tuple(values) for name, values in saved.filters.items()})
    labels = FACET_LABELS[saved.kind]
    said = [f"检索词：{saved.text}"] if saved.text else []
    said += [
        f"{labels[name]}：{'、'.join(value_label(name, value) for value in values)}"
        for name, values in saved.filters.items()
        if name in labels
    ]
    return ShownSearch(saved, "；".join(said), question.link())
