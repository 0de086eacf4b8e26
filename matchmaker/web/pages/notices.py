"""`/notices`: what somebody was told; `/account/notices`: how it reaches her outside the platform."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session
from starlette.datastructures import FormData

from matchmaker.courier import trial_message
from matchmaker.database import session_scope
from matchmaker.errors import MalformedRequest, NotFound
from matchmaker.models.account import Account
from matchmaker.models.notice import NoticeKind, Pace, Way
from matchmaker.notice_choices import (
    ROBOTS,
    Choice,
    choices_of,
    choose,
    recipient,
    remove_robot,
    robots_of,
    set_robot,
    ways_for,
)
from matchmaker.notices import failed_deliveries, mark_all_read, mark_read, notices_of, send_again, unread_count
from matchmaker.rights import Actor
from matchmaker.sending import Senders, Undelivered
from matchmaker.sending.robots import SIGNED, RobotKey
from matchmaker.web.dependencies import DatabaseDep, KnownActor, SessionDep, SettingsDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, own_path, text_of
from matchmaker.web.pages.view import day, moment
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)

_PAGE = 30
_LARGEST_PAGE = 10_000
_SETTINGS = "/account/notices"

NoticeId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/notices")
def notices(
    request: Request,
    session: SessionDep,
    reader: KnownActor,
    kind: str = "",
    page: Annotated[int, Query(ge=1, le=_LARGEST_PAGE)] = 1,
) -> Response:
    """Her notices, unread ones first; an unknown kind shows all."""
    chosen = _kind(kind)
    found = notices_of(session, reader, kind=chosen, limit=_PAGE, offset=_PAGE * (page - 1))
    context = {
        "notices": found.notices,
        "total": found.total,
        "unread_total": unread_count(session, reader.account_id or 0),
        "kinds": list(NoticeKind),
        "chosen": chosen,
        "moment": moment,
        "previous": _list_link(chosen, page - 1) if page > 1 else "",
        "next": _list_link(chosen, page + 1) if found.total > _PAGE * page else "",
    }
    return templates.TemplateResponse(request, "notices/list.html", context)


@router.get("/notices/{notice_id:int}")
def open_notice(database: DatabaseDep, reader: KnownActor, notice_id: NoticeId) -> Response:
    """On to what the notice is about; from now on it is read."""
    with session_scope(database) as session:
        notice = mark_read(session, notice_id, by=reader)
    return RedirectResponse(own_path(notice.link, "/notices"), 303)


@router.post("/notices/read")
def read_all(request: Request, session: SessionDep, reader: KnownActor, form: SubmittedForm) -> Response:
    """Everything, or one kind, is read."""
    kind = text_of(form, "kind")
    chosen = _kind(kind)
    mark_all_read(session, by=reader, kind=chosen)
    return answer_redirect(request, _list_link(chosen, 1), flash="done")


@router.post("/notices/{notice_id:int}/read")
def read_one(request: Request, session: SessionDep, reader: KnownActor, notice_id: NoticeId) -> Response:
    notice = mark_read(session, notice_id, by=reader)
    return answer_redirect(request, _list_link(notice.kind, 1) if "kind" in request.query_params else "/notices")


@router.get("/account/notices")
def settings_page(request: Request, session: SessionDep, reader: KnownActor) -> Response:
    return _settings_page(request, session, reader)


@router.post("/account/notices")
def save_choices(request: Request, session: SessionDep, reader: KnownActor, form: SubmittedForm) -> Response:
    """Keep what was ticked. Raises MalformedRequest for what the form does not offer."""
    try:
        choose(session, {kind: _submitted_choice(form, kind) for kind in NoticeKind}, by=reader)
    except ValueError as error:
        raise MalformedRequest("通知设置无法识别", "请回到通知设置页面重新选择") from error
    return answer_redirect(request, _SETTINGS, flash="saved")


@router.post("/account/notices/robots/{way}")
def save_robot(request: Request, session: SessionDep, reader: KnownActor, way: str, form: SubmittedForm) -> Response:
    """Keep a robot's key; it is never shown again, not even after a mistake."""
    robot = _robot(way)
    try:
        key = RobotKey.read(robot, text_of(form, "webhook"), text_of(form, "secret"))
    except ValueError as error:
        return _settings_page(request, session, reader, wrong={robot: str(error)})
    set_robot(session, robot, key, by=reader)
    return answer_redirect(request, _SETTINGS, flash="saved")


@router.post("/account/notices/robots/{way}/delete")
def delete_robot(request: Request, session: SessionDep, reader: KnownActor, way: str) -> Response:
    remove_robot(session, _robot(way), by=reader)
    return answer_redirect(request, _SETTINGS, flash="deleted")


@router.post("/account/notices/test/{way}")
def send_trial(
    request: Request, database: DatabaseDep, reader: KnownActor, settings: SettingsDep, way: str
) -> Response:
    """Send one message now and say how it went. No transaction stays open while the other side takes its time.

    Raises TooManyRequests.
    """
    chosen = _way(way)
    request.app.state.limits.count("trial", str(reader.account_id))
    with Session(database) as session:
        account = session.get(Account, reader.account_id)
        to = recipient(session, account, chosen) if account else ""
    sender = _senders(request).by_way.get(chosen)
    if sender is None or account is None or not to:
        said, went_well = f"{chosen.label}还没有设置好，未发送", False
    else:
        try:
            sender.send(to, trial_message(settings.title, account.id or 0))
        except Undelivered as problem:
            said, went_well = f"测试未成功：{problem}", False
        else:
            said, went_well = f"{chosen.label}：测试消息已发出，请查收", True
    with Session(database) as session:
        return _settings_page(request, session, reader, trial=(said, went_well))


@router.post("/account/notices/deliveries/{delivery_id:int}/again")
def send_once_more(request: Request, session: SessionDep, reader: KnownActor, delivery_id: NoticeId) -> Response:
    send_again(session, delivery_id, by=reader)
    return answer_redirect(request, _SETTINGS, flash="queued")


@dataclass(frozen=True)
class KindRow:
    """One line of the table of choices: per shown way whether it can be ticked and is."""

    kind: NoticeKind
    ways: list[tuple[Way, bool, bool]]
    pace: Pace


@dataclass(frozen=True)
class RobotPart:
    """One robot on the page. `since` is empty where there is none; the key itself never gets here."""

    way: Way
    since: str
    is_signed: bool
    error: str


def _settings_page(
    request: Request,
    session: Session,
    reader: Actor,
    *,
    wrong: Mapping[Way, str] | None = None,
    trial: tuple[str, bool] | None = None,
) -> Response:
    account_id = reader.account_id or 0
    account = session.get(Account, account_id)
    served, robots = set(_senders(request).by_way), robots_of(session, account_id)
    wrong = wrong or {}
    shown = [way for way in Way if way is Way.MAIL or (way in served and way in robots)]
    errors = FormErrors({f"webhook-{way.value}": sentence for way, sentence in wrong.items()})
    context: dict[str, Any] = {
        "ways": shown,
        "rows": [
            KindRow(kind, [(way, way in ways_for(kind), way in choice.ways) for way in shown], choice.pace)
            for kind, choice in choices_of(session, account_id).items()
        ],
        "paces": list(Pace),
        "robots": [
            RobotPart(way, day(robots[way].created_at) if way in robots else "", way in SIGNED, wrong.get(way, ""))
            for way in ROBOTS
            if way in served
        ],
        "email": account.email if account else "",
        "is_mail_served": Way.MAIL in served,
        "failed": failed_deliveries(session, reader),
        "moment": moment,
        "errors": errors,
        "trial": trial,
    }
    return templates.TemplateResponse(request, "notices/settings.html", context, status_code=422 if wrong else 200)


def _submitted_choice(form: FormData, kind: NoticeKind) -> Choice:
    """Raises ValueError for what is no way and no pace."""
    ways = frozenset(Way.parse(str(one)) for one in form.getlist(f"{kind.value}-ways"))
    return Choice(ways, Pace.parse(text_of(form, f"{kind.value}-pace")))


def _kind(value: str) -> NoticeKind | None:
    """The chosen kind; None, which is all of them, for anything else."""
    return next((kind for kind in NoticeKind if kind.value == value), None)


def _senders(request: Request) -> Senders:
    senders: Senders = request.app.state.senders
    return senders


def _way(value: str) -> Way:
    try:
        return Way.parse(value)
    except ValueError as error:
        raise NotFound("没有这种发送方式", "请从通知设置页面进入") from error


def _robot(value: str) -> Way:
    way = _way(value)
    if way not in ROBOTS:
        raise NotFound("没有这种机器人", "请从通知设置页面进入")
    return way


def _list_link(kind: NoticeKind | None, page: int) -> str:
    given = {name: value for name, value in (("kind", kind), ("page", page if page > 1 else None)) if value}
    return f"/notices?{urlencode(given)}" if given else "/notices"
