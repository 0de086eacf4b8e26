"""Logging in and out."""

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from matchmaker.accounts import actor_of
from matchmaker.accounts.login import check_login, log_in, log_out
from matchmaker.accounts.sessions import recognise_session, start_session
from matchmaker.database import session_scope
from matchmaker.errors import CodeNeeded, LoginRefused
from matchmaker.models.account import Account, LoginSession
from matchmaker.models.base import now
from matchmaker.records import ACTOR
from matchmaker.rights import Actor
from matchmaker.web.dependencies import ActorDep, DatabaseDep, KnownActor, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, own_path, text_of
from matchmaker.web.guard import count_login
from matchmaker.web.login_form import kept_of, login_form
from matchmaker.web.templating import templates
from matchmaker.web.visitor import session_cookie

KNOWN_COOKIE = "matchmaker_known"
# As long as ended sessions are kept.
_KNOWN_SECONDS = 90 * 24 * 3600

router = APIRouter(include_in_schema=False, default_response_class=Response)

FIRST_PAGE = "/workplace"


@router.get("/login")
def login_page(request: Request, actor: ActorDep) -> Response:
    """The form; whoever is logged in goes on to where she wanted to go."""
    wanted = own_path(request.query_params.get("next", ""), FIRST_PAGE)
    if actor.is_known:
        return answer_redirect(request, wanted)
    return login_form(request, {"next": wanted}, FormErrors())


@router.post("/login")
def login(request: Request, database: DatabaseDep, actor: ActorDep, form: SubmittedForm) -> Response:
    """Log in, on to the page that was wanted; the same page with one sentence if that failed.

    Whoever was on the way with a form is asked whether to send it now.
    """
    count_login(request, actor)
    wanted = own_path(text_of(form, "next"), FIRST_PAGE)
    login_name, password = text_of(form, "login_name"), str(form.get("password", ""))
    kept = kept_of(form)
    with Session(database) as reading:
        checked = check_login(reading, login_name, password)
    errors = FormErrors()
    # A session of its own: what a refused attempt leaves behind must stay.
    with session_scope(database) as session:
        session.info[ACTOR] = actor
        try:
            account = log_in(session, checked, code=text_of(form, "code"), known=request.cookies.get(KNOWN_COOKIE, ""))
            secret = begin_session(request, session, account)
            known = actor_of(session, account)
        except LoginRefused as error:
            errors.add("code" if isinstance(error, CodeNeeded) else "", str(error))
    if errors:
        return login_form(request, {"next": wanted, "login_name": login_name}, errors, kept, status=422)
    if kept is None:
        return logged_in(request, secret, wanted)
    request.state.actor = known
    page = templates.TemplateResponse(request, "account/resume.html", {"kept": kept, "next": wanted})
    return _with_cookie(request, page, secret)


@router.post("/logout")
def logout(request: Request, session: SessionDep, actor: KnownActor) -> Response:
    """End this session and take its cookie away."""
    log_out(session, by=actor)
    answer = answer_redirect(request, "/")
    answer.delete_cookie(session_cookie(request), httponly=True, samesite="lax", secure=_is_secure(request))
    return answer


def begin_session(request: Request, session: Session, account: Account) -> str:
    """The cookie's value for the account. A session this browser had before ends: nobody goes on under a known cookie."""
    if before := request.cookies.get(session_cookie(request)):
        known = recognise_session(session, before)
        if known is not None and isinstance(known.used, LoginSession):
            known.used.revoked_at = now()
            session.add(known.used)
    actor: Actor = session.info[ACTOR]
    agent = request.headers.get("user-agent", "")
    return start_session(session, account, address=actor.address, user_agent=agent)


def logged_in(request: Request, secret: str, path: str) -> Response:
    """On to a page of ours, with the cookie. It ends with the browser: many offices share a computer."""
    return _with_cookie(request, answer_redirect(request, path), secret)


def _with_cookie(request: Request, answer: Response, secret: str) -> Response:
    is_secure = _is_secure(request)
    answer.set_cookie(session_cookie(request), secret, httponly=True, samesite="lax", secure=is_secure)
    # Long after the session has ended it says that somebody logged in here before.
    answer.set_cookie(
        KNOWN_COOKIE, secret, max_age=_KNOWN_SECONDS, httponly=True, samesite="strict", secure=is_secure, path="/login"
    )
    return answer


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"


def refused_login(request: Request, sentence: str, values: dict[str, str]) -> Response:
    """The login page with a sentence that is about no field."""
    return login_form(request, values, FormErrors({"": sentence}), status=422)
