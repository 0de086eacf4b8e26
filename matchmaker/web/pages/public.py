"""The pages anyone may read: home, search in needs and achievements, one record with its matches."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from matchmaker.disclosure import reached
from matchmaker.models.achievement import Achievement
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.posting.revising import may_edit
from matchmaker.rights import Actor
from matchmaker.search import suggestions
from matchmaker.validity import may_be_confirmed
from matchmaker.visibility import is_own, is_published
from matchmaker.web.dependencies import ActorDep, SessionDep
from matchmaker.web.pages.finder import found, question_of
from matchmaker.web.pages.kept_back import kept_back
from matchmaker.web.pages.matches import marks_of_chosen, matches_of
from matchmaker.web.pages.next_step import next_step
from matchmaker.web.pages.overview import overview
from matchmaker.web.pages.sections import sections
from matchmaker.web.pages.view import KINDS, facts, owner, place, public, record_kind
from matchmaker.web.pages.ways_on import ways_on
from matchmaker.web.readable import readable_achievement, readable_need
from matchmaker.web.readings import note_reading, note_texts
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)

# The largest key of an INTEGER column on every database we run on.
RecordId = Annotated[int, Path(ge=1, le=2**31 - 1)]
ChosenId = Annotated[int | None, Query(alias="with", ge=1, le=2**31 - 1)]


@router.get("/")
def home(request: Request, session: SessionDep) -> Response:
    """Search box, figures, industries of the city, newest records."""
    return templates.TemplateResponse(request, "home.html", {"overview": overview(session), "kinds": KINDS})


@router.get("/search")
def search(request: Request) -> Response:
    """The home page's search box: send the reader to the list of the kind that was chosen there."""
    wanted = request.query_params.get("kind")
    kind = RecordKind.ACHIEVEMENTS if wanted == RecordKind.ACHIEVEMENTS else RecordKind.NEEDS
    return RedirectResponse(question_of(kind, request).link(), 303)


@router.get("/search/suggestions")
def suggest(
    request: Request, session: SessionDep, kind: Annotated[str, Query()] = "", q: Annotated[str, Query()] = ""
) -> Response:
    """What to search for, as somebody types; nothing while the search is down."""
    indexes = request.app.state.indexes
    wanted = RecordKind.NEEDS if kind == RecordKind.NEEDS else RecordKind.ACHIEVEMENTS
    found = suggestions(session, indexes, wanted, q) if indexes is not None and q.strip() else []
    return templates.TemplateResponse(request, "suggestions.html", {"suggestions": found, "kind": KINDS[wanted]})


@router.get("/needs")
def needs(request: Request, session: SessionDep, reader: ActorDep) -> Response:
    return _list(request, session, reader, RecordKind.NEEDS)


@router.get("/achievements")
def achievements(request: Request, session: SessionDep, reader: ActorDep) -> Response:
    return _list(request, session, reader, RecordKind.ACHIEVEMENTS)


@router.get("/needs/{record_id:int}")
def need(
    request: Request, session: SessionDep, reader: ActorDep, record_id: RecordId, chosen: ChosenId = None
) -> Response:
    return _record(request, session, readable_need(session, record_id, reader), reader, chosen)


@router.get("/achievements/{record_id:int}")
def achievement(
    request: Request, session: SessionDep, reader: ActorDep, record_id: RecordId, chosen: ChosenId = None
) -> Response:
    return _record(request, session, readable_achievement(session, record_id, reader), reader, chosen)


def _list(request: Request, session: SessionDep, reader: Actor, kind: RecordKind) -> Response:
    page = found(session, request.app.state.indexes, question_of(kind, request), reader)
    headers = request.headers
    # Going back through the history asks for the whole page, with the same header and one more.
    is_part = headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"
    name = "list_part.html" if is_part else "list.html"
    # Both forms have one address: a cache must not give the one for the other.
    return templates.TemplateResponse(
        request, name, {"found": page, "kind": page.question.kind}, headers={"Vary": "HX-Request"}
    )


def _record(
    request: Request, session: SessionDep, record: TechnologyNeed | Achievement, reader: Actor, chosen_id: int | None
) -> Response:
    matches = matches_of(session, request.app.state.indexes, record, reader, chosen_id)
    circle = reached(session, record, reader)
    note_reading(request.app.state.database, record, circle, reader)
    note_texts(request.app.state.database, matches.records, reader)
    shown = public(record, circle)
    may_change = is_own(record, reader) and may_edit(record)
    answers_for = is_own(record, reader) or reader.oversees(record.region_code)
    context: dict[str, Any] = {
        "kind": KINDS[record_kind(shown)],
        "record": shown,
        "owner": owner(shown),
        "place": place(shown.region_code),
        "facts": facts(shown),
        "sections": sections(shown, marks_of_chosen(matches, record)),
        "kept_back": kept_back(record, circle),
        "matches": matches,
        "ways_on": None if matches.is_answered else ways_on(session, record, shown, may_change=may_change),
        "may_change": may_change,
        "answers_for": answers_for,
        # What the official wrote is for the owner, not for the public.
        "review_note": record.review_note if answers_for else "",
        "is_published": is_published(record),
        "may_be_confirmed": may_be_confirmed(record),
        "next_step": next_step(record) if is_own(record, reader) else "",
    }
    return templates.TemplateResponse(request, "record.html", context)
