"""`/carried`: matches that have been taken up, the life of each, and the forms of the steps."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, Request, Response
from pydantic import ValidationError
from sqlmodel import Session

from matchmaker.audit import record_apart
from matchmaker.brokerage import (
    Contact,
    Due,
    Pair,
    SentStep,
    Step,
    Waiting,
    Wanted,
    address,
    carried_matches,
    confidential_read,
    contact_of,
    declined_because,
    do,
    exported_matches,
    pair_of,
    readable_match,
    take_up,
    wish,
    write_message,
)
from matchmaker.database import session_scope
from matchmaker.errors import MalformedRequest, VersionConflict
from matchmaker.matching import proposed
from matchmaker.models.audit import AuditAction
from matchmaker.models.labels import Labelled
from matchmaker.models.match import MatchStatus, Side
from matchmaker.notices import has_unread_about, mark_read_about
from matchmaker.posting.answers import answer_question
from matchmaker.rights import Actor, Right
from matchmaker.visibility import is_own, today
from matchmaker.web.dependencies import DatabaseDep, KnownActor, ReadingDep, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.pages.carried_view import STATIONS, carried_page, carried_row, waitings_for
from matchmaker.web.pages.view import day, moment
from matchmaker.web.readable import readable_achievement, readable_need
from matchmaker.web.templating import templates
from matchmaker.web.workbook import workbook, workbook_answer

L = TypeVar("L", bound=Labelled)

router = APIRouter(include_in_schema=False, default_response_class=Response)

# The largest key of an INTEGER column on every database we run on.
RecordId = Annotated[int, Path(ge=1, le=2**31 - 1)]
# Far more than a city carries in a year, and still a file that opens at once.
LONGEST_EXPORT = 5000
LAST_PAGE = 10_000
EXPORTED = (
    "对接编号",
    "技术需求",
    "需求方",
    "科技成果",
    "成果方",
    "状态",
    "待办",
    "保密协议",
    "承办经纪人",
    "备案日期",
    "下一步",
    "到期日",
    "谢绝原因",
)
# Where a step's complaint is shown, if not beside its note: the field it is mostly about.
_COMPLAINS_AT = {Step.DECLINE: "reason", Step.SIGN: "on", Step.ASSIGN: "broker_account_id", Step.FOLLOW_UP: "text"}


def _wanted(source: Mapping[str, Any]) -> Wanted:
    """The filters of the list; a value that is none is as good as none."""

    page = str(source.get("page", ""))
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 6 else 1
    return Wanted(
        status=_chosen(MatchStatus, source.get("status")),
        due=_chosen(Due, source.get("due")),
        waiting=_chosen(Waiting, source.get("waiting")),
        page=min(max(number, 1), LAST_PAGE),
    )


def _chosen(choices: type[L], given: object) -> L | None:
    return next((one for one in choices if one == given), None)


@router.get("/carried")
def carried(request: Request, session: SessionDep, reader: KnownActor) -> Response:
    """What concerns the reader: what is due first."""
    wanted = _wanted(request.query_params)
    found = carried_matches(session, reader, wanted)
    context = {
        "rows": [carried_row(session, pair, reader) for pair in found.pairs],
        "total": found.total,
        "wanted": wanted,
        "statuses": [*STATIONS, MatchStatus.DECLINED, MatchStatus.CLOSED],
        "dues": list(Due),
        "waitings": waitings_for(reader, wanted.waiting),
        "earlier": address(wanted, wanted.page - 1) if wanted.page > 1 else "",
        "later": address(wanted, wanted.page + 1) if found.has_more else "",
    }
    return templates.TemplateResponse(request, "carried/list.html", context)


@router.post("/carried/export")
def export(session: ReadingDep, database: DatabaseDep, reader: KnownActor, form: SubmittedForm) -> Response:
    """The list as a workbook, without contacts; recorded in the audit trail."""
    wanted = _wanted(form)
    pairs = exported_matches(session, reader, wanted, limit=LONGEST_EXPORT)
    rows = [_cells(session, pair, reader) for pair in pairs]
    content = workbook("对接", EXPORTED, rows, {1: 40, 3: 40})
    record_apart(database, reader, AuditAction.EXPORTED, reason=f"对接 {len(pairs)} 项")
    return workbook_answer(content, "matches")


@router.get("/carried/{match_id:int}")
def match_page(
    request: Request, session: SessionDep, database: DatabaseDep, reader: KnownActor, match_id: RecordId
) -> Response:
    """One match: its life, the steps this reader may take, messages, contacts."""
    pair = pair_of(session, readable_match(session, match_id, reader=reader))
    for record in confidential_read(session, pair, reader):
        record_apart(database, reader, AuditAction.READ_CONFIDENTIAL, record)
    here = f"/carried/{match_id}"
    if has_unread_about(session, here, by=reader):
        with session_scope(database) as own:
            mark_read_about(own, here, by=reader)
    return _page(request, session, pair, reader)


@router.post("/carried/{match_id:int}/steps/{step}")
def take_step(
    request: Request, session: SessionDep, by: KnownActor, match_id: RecordId, step: Step, form: SubmittedForm
) -> Response:
    """Take one step. What is wrong with the form is shown on the page again, beside the field."""
    # A form's fields carry the step's name, because one page has several forms.
    values = {name: text_of(form, name) for name in form}
    given = {name.removeprefix(f"{step}-"): value for name, value in values.items() if value}
    errors = FormErrors()
    match = readable_match(session, match_id, reader=by)
    try:
        asked = SentStep.model_validate(given)
        readable_match(session, match_id, reader=by, version=asked.version)
        do(session, match, step, asked, by=by)
    except ValidationError as error:
        found = FormErrors()
        found.take(error)
        for name, sentence in found.by_field.items():
            errors.add(f"{step}-{name}" if name else "", sentence)
        status = 422
    except (MalformedRequest, VersionConflict) as error:
        field = _COMPLAINS_AT.get(step, "on" if step is Step.PLAN else "note")
        errors.add("" if isinstance(error, VersionConflict) else f"{step}-{field}", str(error))
        status = error.status
    else:
        return answer_redirect(request, f"/carried/{match_id}", flash="done")
    session.rollback()
    return _page(
        request, session, pair_of(session, match), by, values=values, errors=errors, failed=step, status=status
    )


@router.post("/carried/{match_id:int}/messages")
def add_message(
    request: Request, session: SessionDep, by: KnownActor, match_id: RecordId, form: SubmittedForm
) -> Response:
    """Write into the thread; the writer is told when contacts were taken out."""
    match = readable_match(session, match_id, reader=by)
    text = text_of(form, "message")
    try:
        hidden = write_message(session, match, by=by, text=text)
    except MalformedRequest as error:
        errors = FormErrors({"message": str(error)})
        pair = pair_of(session, match)
        return _page(request, session, pair, by, values={"message": text}, errors=errors, status=422)
    return answer_redirect(request, f"/carried/{match_id}#messages", flash="contacts_hidden" if hidden else "sent")


@router.post("/carried/{match_id:int}/answers")
def answer(request: Request, session: SessionDep, by: KnownActor, match_id: RecordId, form: SubmittedForm) -> Response:
    """Answer what the need requires and the achievement does not say; what was wrong stands at the question again."""
    match = readable_match(session, match_id, reader=by)
    values = {name: text_of(form, name) for name in ("requirement", "answer", "keep")}
    try:
        answered = answer_question(
            session, match, values["requirement"], values["answer"], keep=values["keep"] == "on", by=by
        )
    except MalformedRequest as error:
        session.rollback()
        errors = FormErrors({"answer": str(error)})
        return _page(request, session, pair_of(session, match), by, values=values, errors=errors, status=422)
    flash = "contacts_hidden" if answered.contacts_hidden else "answer_waits" if answered.revised else "sent"
    return answer_redirect(request, f"/carried/{match_id}#why", flash=flash)


@router.post("/carried/{match_id:int}/contacts")
def show_contacts(request: Request, session: SessionDep, reader: KnownActor, match_id: RecordId) -> Response:
    """The page with the contacts of the other side (of both, for the broker and officials); each look is recorded."""
    match = readable_match(session, match_id, reader=reader)
    pair = pair_of(session, match)
    sides = [side for side in Side if not is_own(pair.record(side), reader)] or list(Side)
    contacts = [contact_of(session, match, side, reader=reader) for side in sides]
    answer = _page(request, session, pair, reader, contacts=contacts)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.post("/take-up/{need_id:int}/{achievement_id:int}")
def begin(
    request: Request,
    session: SessionDep,
    by: KnownActor,
    need_id: RecordId,
    achievement_id: RecordId,
    form: SubmittedForm,
) -> Response:
    """The button on a recommendation: a broker takes it up, a side (or an official) wishes for it.

    With a `question` beside it, the match begins with that as its first message.
    """
    need = readable_need(session, need_id, by)
    achievement = readable_achievement(session, achievement_id, by)
    verb = take_up if by.may(Right.CARRY_MATCHES) else wish
    proposal = proposed(session, request.app.state.indexes, need, achievement)
    match = verb(session, need, achievement, by=by, proposal=proposal)
    session.flush()
    if question := text_of(form, "question"):
        write_message(session, match, by=by, text=question)
    return answer_redirect(request, f"/carried/{match.id}", flash="done")


def _page(
    request: Request,
    session: Session,
    pair: Pair,
    reader: Actor,
    *,
    values: Mapping[str, str] | None = None,
    errors: FormErrors | None = None,
    contacts: Sequence[Contact] = (),
    failed: Step | None = None,
    status: int = 200,
) -> Response:
    context = {
        "page": carried_page(session, pair, reader, contacts),
        "values": values or {},
        "errors": errors or FormErrors(),
        "Step": Step,
        "failed": failed,
        "today": today(),
        "moment": moment,
    }
    return templates.TemplateResponse(request, "carried/page.html", context, status_code=status)


def _cells(session: Session, pair: Pair, reader: Actor) -> tuple[str, ...]:
    row = carried_row(session, pair, reader)
    return (
        f"{row.number}",
        row.need,
        row.need_owner,
        row.achievement,
        row.achievement_owner,
        row.status.label,
        row.waits_for,
        pair.match.nda.label,
        row.broker,
        day(pair.match.filed_at),
        row.next_step,
        row.due,
        declined_because(pair, reader),
    )
