"""One's own account: who am I, password, sessions, second factor."""

import re
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Path, Request, Response

from matchmaker.accounts import organisations_of
from matchmaker.accounts.login import change_password, turn_off_second_factor
from matchmaker.accounts.passwords import MIN_LENGTH
from matchmaker.accounts.people import checked_email, checked_name, own_account, revise_profile
from matchmaker.accounts.second_factor import begin_second_factor, confirm_second_factor, provisioning_uri
from matchmaker.accounts.sessions import end_session, end_sessions, open_sessions
from matchmaker.errors import LoginRefused, MalformedRequest
from matchmaker.web.dependencies import KnownActor, SessionDep, SettingsDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.guard import count_login
from matchmaker.web.pages.view import moment
from matchmaker.web.templating import templates

router = APIRouter(prefix="/account", include_in_schema=False, default_response_class=Response)

RowId = Annotated[int, Path(ge=1, le=2**31 - 1)]

NO_ERRORS = FormErrors()


def own_page(request: Request, name: str, context: dict[str, Any], errors: FormErrors = NO_ERRORS) -> Response:
    """One of the pages of the own account; 422 where the form on it was wrong."""
    context = {"values": {}, "errors": errors, **context}
    return templates.TemplateResponse(request, f"account/{name}.html", context, 422 if errors else 200)


@router.get("")
def account_page(request: Request, session: SessionDep, actor: KnownActor) -> Response:
    """Who am I: name, role, organisation, mail."""
    return _profile(request, session, actor, FormErrors(), {})


@router.post("")
def save_account(request: Request, session: SessionDep, actor: KnownActor, form: SubmittedForm) -> Response:
    """Change name and mail address."""
    errors = FormErrors()
    for field, check in (("name", checked_name), ("email", checked_email)):
        try:
            check(text_of(form, field))
        except MalformedRequest as error:
            errors.add(field, str(error))
    if errors:
        return _profile(
            request, session, actor, errors, {"name": text_of(form, "name"), "email": text_of(form, "email")}
        )
    revise_profile(session, name=text_of(form, "name"), email=text_of(form, "email"), by=actor)
    return answer_redirect(request, "/account", flash="saved")


@router.get("/password")
def password_page(request: Request, session: SessionDep, actor: KnownActor) -> Response:
    account = own_account(session, actor)
    return own_page(request, "password", {"account": account, "min_length": MIN_LENGTH})


@router.post("/password")
def save_password(request: Request, session: SessionDep, actor: KnownActor, form: SubmittedForm) -> Response:
    """Change the password; other browsers are logged out."""
    count_login(request, actor)
    old, new, again = (str(form.get(name, "")) for name in ("old", "new", "again"))
    errors = FormErrors()
    if new != again:
        errors.add("again", "两次输入的新密码不一致，请重新输入")
    else:
        try:
            change_password(session, old=old, new=new, by=actor)
        except LoginRefused as error:
            errors.add("old", str(error))
        except MalformedRequest as error:
            errors.add("new", str(error))
    if errors:
        context = {"account": own_account(session, actor), "min_length": MIN_LENGTH}
        return own_page(request, "password", context, errors)
    # Whoever had to change it came to work, not to look at her account.
    done = "/workplace" if actor.must_change_password else "/account"
    return answer_redirect(request, done, flash="password_changed")


@router.get("/sessions")
def sessions_page(request: Request, session: SessionDep, actor: KnownActor) -> Response:
    """Where the account is logged in."""
    listed = [
        {
            "id": one.id,
            "browser": browser(one.user_agent),
            "address": one.address,
            "since": moment(one.created_at),
            "seen": moment(one.last_seen_at),
            "is_this": one.id == actor.session_id,
        }
        for one in open_sessions(session, actor.account_id or 0)
    ]
    return own_page(request, "sessions", {"sessions": listed})


@router.post("/sessions/end-others")
def end_other_sessions(request: Request, session: SessionDep, actor: KnownActor) -> Response:
    end_sessions(session, actor.account_id or 0, but=actor.session_id)
    return answer_redirect(request, "/account/sessions", flash="logged_out_elsewhere")


@router.post("/sessions/{session_id}/end")
def end_one_session(request: Request, session: SessionDep, actor: KnownActor, session_id: RowId) -> Response:
    end_session(session, session_id, by=actor)
    return answer_redirect(request, "/account/sessions", flash="logged_out_elsewhere")


@router.get("/second-factor")
def second_factor_page(request: Request, session: SessionDep, actor: KnownActor, settings: SettingsDep) -> Response:
    """On or off; while it is being set up, the QR code for the phone."""
    return _second_factor(request, session, actor, settings.title, FormErrors())


@router.post("/second-factor/begin")
def begin(request: Request, session: SessionDep, actor: KnownActor) -> Response:
    begin_second_factor(session, by=actor)
    return answer_redirect(request, "/account/second-factor")


@router.post("/second-factor")
def confirm(
    request: Request, session: SessionDep, actor: KnownActor, form: SubmittedForm, settings: SettingsDep
) -> Response:
    """Put it in force, once the phone has shown a right code."""
    count_login(request, actor)
    errors = FormErrors()
    try:
        confirm_second_factor(session, text_of(form, "code"), by=actor)
    except MalformedRequest as error:
        errors.add("code", str(error))
        return _second_factor(request, session, actor, settings.title, errors)
    return answer_redirect(request, "/account/second-factor", flash="second_factor_on")


@router.post("/second-factor/off")
def turn_off(
    request: Request, session: SessionDep, actor: KnownActor, form: SubmittedForm, settings: SettingsDep
) -> Response:
    """Turn it off, with password and code."""
    count_login(request, actor)
    errors = FormErrors()
    try:
        turn_off_second_factor(session, password=str(form.get("password", "")), code=text_of(form, "code"), by=actor)
    except LoginRefused as error:
        errors.add("password", str(error))
        return _second_factor(request, session, actor, settings.title, errors)
    return answer_redirect(request, "/account/second-factor", flash="second_factor_off")


def _profile(
    request: Request, session: SessionDep, actor: KnownActor, errors: FormErrors, typed: dict[str, str]
) -> Response:
    account = own_account(session, actor)
    context = {
        "account": account,
        "organisation": organisations_of(session, [account])[account.id or 0],
        "last_login": moment(account.last_login_at),
        "values": typed or {"name": account.name, "email": account.email},
    }
    return own_page(request, "account", context, errors)


def _second_factor(
    request: Request, session: SessionDep, actor: KnownActor, title: str, errors: FormErrors
) -> Response:
    account = own_account(session, actor)
    uri = provisioning_uri(account, title)
    context = {
        "account": account,
        "since": moment(account.totp_enabled_at),
        "is_required": request.app.state.settings.require_second_factor and actor.is_official,
        "qr": segno.make(uri).svg_data_uri(scale=4, border=3) if uri else "",
        # In fours, as phones show it.
        "secret": " ".join(re.findall(".{1,4}", account.totp_secret or "")) if uri else "",
    }
    return own_page(request, "second_factor", context, errors)


# What a user agent says → what people call it; the first that fits, because many name several.
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "安卓"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser(user_agent: str) -> str:
    """`Chrome · Windows`: enough to recognise one's own."""
    known = (next((label for part, label in of if part in user_agent), "") for of in (_BROWSERS, _SYSTEMS))
    return " · ".join(filter(None, known)) or "其他程序"
